//! The demonstration as an OpenAI chat completion.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::mind::{Speech, speak};
use super::{CREATED, Said, cut, event, id, tokens};

/// Answers `ask`.
pub(super) fn answer(ask: &Ask, model: &str, stream: bool) -> Said {
    let speech = speak(ask);
    let id = id("chatcmpl-", &format!("{ask:?}"));
    if stream {
        Said::Streamed(streamed(ask, &speech, &id, model))
    } else {
        Said::Whole(whole(ask, &speech, &id, model))
    }
}

fn usage(ask: &Ask, speech: &Speech) -> Value {
    let input = ask.input_tokens();
    let output = ask.choices
        * match speech {
            Speech::Words(words) => tokens(&cut(words, ask.output_tokens_max).0).len(),
            Speech::Call { name, arguments } => tokens(name).len() + tokens(&arguments.to_string()).len(),
        };
    json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output })
}

/// Log probabilities of `words`: each token is as likely as it is short.
fn logprobs(ask: &Ask, words: &[&str]) -> Value {
    if !ask.logprobs {
        return Value::Null;
    }
    let content: Vec<Value> = words
        .iter()
        .map(|token| json!({ "token": token, "logprob": -0.25, "bytes": token.as_bytes(), "top_logprobs": [] }))
        .collect();
    json!({ "content": content, "refusal": null })
}

fn whole(ask: &Ask, speech: &Speech, id: &str, model: &str) -> Value {
    let choice = |index: usize| match speech {
        Speech::Words(words) => {
            let (words, complete) = cut(words, ask.output_tokens_max);
            json!({
                "index": index,
                "message": { "role": "assistant", "content": words, "refusal": null },
                "logprobs": logprobs(ask, &tokens(&words)),
                "finish_reason": if complete { "stop" } else { "length" },
            })
        }
        Speech::Call { name, arguments } => json!({
            "index": index,
            "message": {
                "role": "assistant",
                "content": null,
                "refusal": null,
                "tool_calls": [{
                    "id": format!("call_demo{index}"),
                    "type": "function",
                    "function": { "name": name, "arguments": arguments.to_string() },
                }],
            },
            "logprobs": null,
            "finish_reason": "tool_calls",
        }),
    };
    let choices: Vec<Value> = (0..ask.choices).map(choice).collect();
    json!({
        "id": id,
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": choices,
        "usage": usage(ask, speech),
        "system_fingerprint": "fp_redoubt_demo",
    })
}

fn streamed(ask: &Ask, speech: &Speech, id: &str, model: &str) -> Vec<Bytes> {
    let chunk = |index: usize, delta: Value, logprobs: Value, finish: Option<&str>| {
        let mut chunk = json!({
            "id": id,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "system_fingerprint": "fp_redoubt_demo",
            "choices": [{ "index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish }],
        });
        if ask.include_usage
            && let Some(chunk) = chunk.as_object_mut()
        {
            chunk.insert("usage".to_owned(), Value::Null);
        }
        event(&chunk)
    };
    let each = |make: &dyn Fn(usize) -> Bytes| (0..ask.choices).map(make).collect::<Vec<Bytes>>();
    let mut events = each(&|index| chunk(index, json!({ "role": "assistant", "content": "" }), Value::Null, None));
    let finish = match speech {
        Speech::Words(words) => {
            let (words, complete) = cut(words, ask.output_tokens_max);
            for token in tokens(&words) {
                events.extend(each(&|index| chunk(index, json!({ "content": token }), logprobs(ask, &[token]), None)));
            }
            if complete { "stop" } else { "length" }
        }
        Speech::Call { name, arguments } => {
            events.extend(each(&|index| {
                let function = json!({ "name": name, "arguments": "" });
                let call =
                    json!({ "index": 0, "id": format!("call_demo{index}"), "type": "function", "function": function });
                chunk(index, json!({ "tool_calls": [call] }), Value::Null, None)
            }));
            for token in tokens(&arguments.to_string()) {
                events.extend(each(&|index| {
                    let call = json!({ "index": 0, "function": { "arguments": token } });
                    chunk(index, json!({ "tool_calls": [call] }), Value::Null, None)
                }));
            }
            "tool_calls"
        }
    };
    events.extend(each(&|index| chunk(index, json!({}), Value::Null, Some(finish))));
    if ask.include_usage {
        events.push(event(&json!({
            "id": id,
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "system_fingerprint": "fp_redoubt_demo",
            "choices": [],
            "usage": usage(ask, speech),
        })));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}
