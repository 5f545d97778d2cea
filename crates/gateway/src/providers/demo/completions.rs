//! The demonstration as an OpenAI completion.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::{Ask, from_prompt};
use super::mind::{Speech, speak};
use super::{CREATED, Said, cut, event, id, tokens};

/// Answers each prompt of `body`.
pub(super) fn answer(body: &Value, model: &str, stream: bool) -> Said {
    let asks: Vec<Ask> = prompts(body).iter().map(|prompt| from_prompt(body, prompt)).collect();
    let include_usage = asks.first().is_some_and(|ask| ask.include_usage);
    let echo = body.get("echo").and_then(Value::as_bool).unwrap_or(false);
    let mut choices: Vec<(String, bool, bool)> = Vec::new();
    for ask in &asks {
        let Speech::Words(words) = speak(ask) else { continue };
        let (words, complete) = cut(&words, ask.output_tokens_max);
        let prompt = if echo { ask.turns.iter().map(|(_, text)| text.as_str()).collect() } else { String::new() };
        for _ in 0..ask.choices {
            choices.push((format!("{prompt}{words}"), complete, ask.logprobs));
        }
    }
    let input: usize = asks.iter().map(Ask::input_tokens).sum();
    let output: usize = choices.iter().map(|(words, ..)| tokens(words).len()).sum();
    let usage = json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output });
    let id = id("cmpl-", &body.to_string());

    let choice = |index: usize, words: &str, logprobs: bool, finish: Option<&str>| {
        let logprobs = if logprobs { self::logprobs(words) } else { Value::Null };
        json!({ "index": index, "text": words, "logprobs": logprobs, "finish_reason": finish })
    };
    let finish = |complete: bool| if complete { "stop" } else { "length" };
    if !stream {
        let choices: Vec<Value> = choices
            .iter()
            .enumerate()
            .map(|(index, (words, complete, logprobs))| choice(index, words, *logprobs, Some(finish(*complete))))
            .collect();
        return Said::Whole(json!({
            "id": id,
            "object": "text_completion",
            "created": CREATED,
            "model": model,
            "choices": choices,
            "usage": usage,
        }));
    }
    let chunk = |choices: Value| json!({ "id": id, "object": "text_completion", "created": CREATED, "model": model, "choices": choices });
    let mut events: Vec<Bytes> = Vec::new();
    for (index, (words, complete, logprobs)) in choices.iter().enumerate() {
        for token in tokens(words) {
            events.push(event(&chunk(json!([choice(index, token, *logprobs, None)]))));
        }
        events.push(event(&chunk(json!([choice(index, "", false, Some(finish(*complete)))]))));
    }
    if include_usage {
        let mut last = chunk(json!([]));
        if let Some(last) = last.as_object_mut() {
            last.insert("usage".to_owned(), usage);
        }
        events.push(event(&last));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    Said::Streamed(events)
}

/// The prompts; token numbers, which the demonstration cannot read, are named rather than read.
fn prompts(body: &Value) -> Vec<String> {
    match body.get("prompt") {
        Some(Value::String(prompt)) => vec![prompt.clone()],
        Some(Value::Array(prompts)) if prompts.iter().all(Value::is_string) => {
            prompts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::Array(prompts)) => vec![format!("{} tokens", prompts.len())],
        _ => vec![String::new()],
    }
}

fn logprobs(words: &str) -> Value {
    let tokens = tokens(words);
    let mut at = 0;
    let offsets: Vec<usize> = tokens
        .iter()
        .map(|token| {
            let here = at;
            at += token.chars().count();
            here
        })
        .collect();
    json!({
        "tokens": tokens,
        "token_logprobs": vec![-0.25; tokens.len()],
        "top_logprobs": null,
        "text_offset": offsets,
    })
}
