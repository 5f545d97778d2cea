//! What holds for every pair of surfaces, and what the surfaces' own tests share.

use proptest::prelude::*;
use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::*;

const CHATTY: [Surface; 4] = [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages];

/// Checks one translated request: its body, or the field that an error names.
pub(super) fn check_request(
    translate: impl Fn(Value) -> Result<Value>,
    body: Value,
    expected: std::result::Result<Value, &str>,
) {
    match (translate(body.clone()), expected) {
        (Ok(actual), Ok(expected)) => assert_eq!(actual, expected, "{body}"),
        (Err(TranslateError::Unsupported { field, .. } | TranslateError::Shape { field, .. }), Err(expected)) => {
            assert_eq!(field, expected, "{body}");
        }
        (actual, expected) => panic!("{body}\nbecame {actual:?}\nnot {expected:?}"),
    }
}

/// The whole stream that a caller is sent for these events.
pub(super) fn translated(from: Surface, to: Surface, events: Vec<Value>) -> Result<Vec<Value>> {
    let mut translator = StreamTranslator::new(from, to);
    let mut out = Vec::new();
    for event in events {
        let name = event.get("type").and_then(Value::as_str).map(str::to_owned);
        out.extend(translator.push(name.as_deref(), event)?);
    }
    out.extend(translator.done());
    assert_eq!(translator.done(), Vec::new());
    for (name, data) in &out {
        assert_eq!(name.as_deref(), data.get("type").and_then(Value::as_str));
    }
    Ok(out.into_iter().map(|(_, data)| data).collect())
}

/// The answer that a stream's events add up to, as the vendors' own clients add them up.
pub(super) fn summed(surface: Surface, events: &[Value]) -> Value {
    match surface {
        Surface::ChatCompletions => summed_chat(events),
        Surface::Messages => summed_messages(events),
        Surface::Responses => summed_responses(events),
        _ => summed_completions(events),
    }
}

fn append(to: &mut Value, text: &Value) {
    let Some(text) = text.as_str() else { return };
    *to = (to.as_str().unwrap_or_default().to_owned() + text).into();
}

fn summed_chat(events: &[Value]) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    let mut choice = json!({"index": 0});
    let mut body = json!({});
    for event in events {
        for key in ["id", "created", "model"] {
            body[key] = event[key].clone();
        }
        if !event["usage"].is_null() {
            assert_eq!(event["choices"], json!([]));
            body["usage"] = event["usage"].clone();
        }
        for part in event["choices"].as_array().unwrap() {
            for (key, value) in part["delta"].as_object().unwrap() {
                match key.as_str() {
                    "role" => assert_eq!(value, "assistant"),
                    "tool_calls" => {
                        for call in value.as_array().unwrap() {
                            let index = call["index"].as_u64().unwrap() as usize;
                            if message["tool_calls"].is_null() {
                                message["tool_calls"] = json!([]);
                            }
                            if message["tool_calls"].as_array().unwrap().len() == index {
                                let mut begun = call.clone();
                                begun.as_object_mut().unwrap().remove("index");
                                message["tool_calls"].as_array_mut().unwrap().push(begun);
                            } else {
                                let arguments = &mut message["tool_calls"][index]["function"]["arguments"];
                                append(arguments, &call["function"]["arguments"]);
                            }
                        }
                    }
                    _ => append(&mut message[key], value),
                }
            }
            for key in ["finish_reason", "stop_reason"] {
                if !part[key].is_null() {
                    choice[key] = part[key].clone();
                }
            }
        }
    }
    if message["content"] == "" && !(message["tool_calls"].is_null() && message["refusal"].is_null()) {
        message["content"] = Value::Null;
    }
    choice["message"] = message;
    choice["logprobs"] = Value::Null;
    body["object"] = "chat.completion".into();
    body["choices"] = json!([choice]);
    body
}

fn summed_messages(events: &[Value]) -> Value {
    let mut body = Value::Null;
    let mut arguments: Map<String, Value> = Map::new();
    let mut open: Vec<u64> = Vec::new();
    for event in events {
        let index = event["index"].as_u64();
        match event["type"].as_str().unwrap() {
            "message_start" => body = event["message"].clone(),
            "content_block_start" => {
                let content = body["content"].as_array_mut().unwrap();
                assert_eq!(index, Some(content.len() as u64));
                content.push(event["content_block"].clone());
                open.extend(index);
            }
            "content_block_delta" => {
                assert!(open.contains(&index.unwrap()), "{event}");
                let block = &mut body["content"][index.unwrap() as usize];
                let delta = &event["delta"];
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(&mut block["text"], &delta["text"]),
                    "thinking_delta" => append(&mut block["thinking"], &delta["thinking"]),
                    "signature_delta" => append(&mut block["signature"], &delta["signature"]),
                    "input_json_delta" => {
                        let held = arguments.entry(index.unwrap().to_string()).or_insert("".into());
                        append(held, &delta["partial_json"]);
                        if let Ok(input) = serde_json::from_str(held.as_str().unwrap()) {
                            block["input"] = input;
                        }
                    }
                    other => panic!("{other}"),
                }
            }
            "content_block_stop" => open.retain(|block| Some(*block) != index),
            "message_delta" => {
                assert_eq!(open, Vec::<u64>::new());
                body["stop_reason"] = event["delta"]["stop_reason"].clone();
                body["stop_sequence"] = event["delta"]["stop_sequence"].clone();
                body["usage"] = event["usage"].clone();
            }
            "message_stop" => assert_eq!(event, events.last().unwrap()),
            other => panic!("{other}"),
        }
    }
    body
}

/// The last event has the whole response; each event before must agree with it.
fn summed_responses(events: &[Value]) -> Value {
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let body = events.last().unwrap()["response"].clone();
    let mut texts: Map<String, Value> = Map::new();
    for event in events {
        let kind = event["type"].as_str().unwrap();
        let lane = format!("{}/{}", event["output_index"], event["content_index"]);
        if kind.ends_with(".delta") {
            append(texts.entry(lane).or_insert("".into()), &event["delta"]);
        } else if kind.ends_with("_text.done") {
            assert_eq!(texts.remove(&lane).unwrap(), event["text"]);
        } else if kind == "response.refusal.done" {
            assert_eq!(texts.remove(&lane).unwrap(), event["refusal"]);
        } else if kind == "response.function_call_arguments.done" {
            assert_eq!(texts.remove(&lane).unwrap_or("".into()), event["arguments"]);
        } else if kind == "response.output_item.done" {
            let shown = &body["output"][event["output_index"].as_u64().unwrap() as usize];
            assert_eq!(event["item"]["id"], shown["id"]);
            assert_eq!(event["item"]["content"], shown["content"]);
            assert_eq!(event["item"]["arguments"], shown["arguments"]);
        }
    }
    assert!(texts.is_empty(), "{texts:?}");
    body
}

fn summed_completions(events: &[Value]) -> Value {
    let mut body = json!({});
    let mut choice = json!({"text": "", "index": 0, "logprobs": null});
    for event in events {
        for key in ["id", "object", "created", "model"] {
            body[key] = event[key].clone();
        }
        if !event["usage"].is_null() {
            body["usage"] = event["usage"].clone();
        }
        for part in event["choices"].as_array().unwrap() {
            append(&mut choice["text"], &part["text"]);
            for key in ["finish_reason", "stop_reason"] {
                if !part[key].is_null() {
                    choice[key] = part[key].clone();
                }
            }
        }
    }
    body["choices"] = json!([choice]);
    body
}

/// What a model may say, for trying every surface with the same words.
#[derive(Clone, Debug)]
struct Said {
    reasoning: Vec<String>,
    text: Vec<String>,
    refusal: Vec<String>,
    /// The arguments of each call, in the pieces in which they arrive.
    calls: Vec<Vec<String>>,
    by_turns: bool,
    reason: &'static str,
}

impl Said {
    fn chat_answer(&self) -> Value {
        let or_null = |pieces: &[String]| if pieces.is_empty() { Value::Null } else { pieces.concat().into() };
        let mut message = json!({
            "role": "assistant", "content": or_null(&self.text), "refusal": or_null(&self.refusal),
        });
        if !self.reasoning.is_empty() {
            message["reasoning_content"] = self.reasoning.concat().into();
        }
        let calls: Vec<Value> = self.calls.iter().enumerate().map(|(index, pieces)| {
            json!({"id": format!("call_{index}"), "type": "function", "function": {"name": "f", "arguments": pieces.concat()}})
        }).collect();
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "m", "usage": usage(),
            "choices": [{"index": 0, "message": message, "finish_reason": self.reason, "logprobs": null}],
        })
    }

    fn chat_chunks(&self) -> Vec<Value> {
        let chunk = |choices: Value| json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": choices});
        let delta = |delta: Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]));
        let mut chunks = vec![json!({"choices": []}), delta(json!({"role": "assistant", "content": ""}))];
        chunks.extend(self.reasoning.iter().map(|text| delta(json!({"reasoning_content": text}))));
        chunks.extend(self.text.iter().map(|text| delta(json!({"content": text}))));
        chunks.extend(self.refusal.iter().map(|text| delta(json!({"refusal": text}))));
        let mut rests = Vec::new();
        for (index, pieces) in self.calls.iter().enumerate() {
            let id = format!("call_{index}");
            chunks.push(delta(json!({"tool_calls": [
                {"index": index, "id": id, "type": "function", "function": {"name": "f", "arguments": ""}},
            ]})));
            let more = pieces
                .iter()
                .map(|piece| delta(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})));
            if self.by_turns { rests.extend(more.enumerate()) } else { chunks.extend(more) }
        }
        rests.sort_by_key(|(turn, _)| *turn);
        chunks.extend(rests.into_iter().map(|(_, chunk)| chunk));
        chunks.push(chunk(json!([{"index": 0, "delta": {}, "finish_reason": self.reason}])));
        let mut last = chunk(json!([]));
        last["usage"] = usage();
        chunks.push(last);
        chunks
    }
}

fn usage() -> Value {
    json!({
        "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    })
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-zé\"\\\\ \n]{1,4}", 0..4)
}

fn said() -> impl Strategy<Value = Said> {
    let arguments = (0u8..4, any::<bool>()).prop_map(|(cut, _)| match cut {
        0 => vec!["{}".to_owned()],
        1 => vec!["{\"a\":".to_owned(), "[1,\"é\\\"\"]}".to_owned()],
        2 => vec!["{".to_owned(), "\"b\":".to_owned(), "null".to_owned(), "}".to_owned()],
        _ => vec!["{\"text\":\"a b\"}".to_owned()],
    });
    let calls = prop::collection::vec(arguments, 0..3);
    let reason = prop::sample::select(vec!["stop", "length", "tool_calls", "content_filter"]);
    let parts = (pieces(), pieces(), pieces(), calls);
    (parts, any::<bool>(), reason).prop_map(|((reasoning, text, refusal, calls), by_turns, reason)| Said {
        reasoning,
        text,
        refusal,
        calls,
        by_turns,
        reason,
    })
}

proptest! {
    #[test]
    fn streams_add_up_to_the_plain_translation(said in said()) {
        let chat = Surface::ChatCompletions;
        for to in CHATTY {
            let plain = answer(chat, to, said.chat_answer());
            let streamed = translated(chat, to, said.chat_chunks());
            match (plain, streamed) {
                _ if to == chat => {}
                (Ok(plain), Ok(events)) => prop_assert_eq!(summed(to, &events), plain),
                (Err(plain), Err(streamed)) => prop_assert_eq!(plain, streamed),
                (plain, streamed) => prop_assert!(false, "{:?}\n{:?}", plain, streamed),
            }
        }
    }

    #[test]
    fn answers_return_as_they_went(said in said()) {
        let chat = Surface::ChatCompletions;
        for by in [Surface::Messages, Surface::Responses] {
            // Messages has no field for a refusal, and responses no reason for an end that depends on calls.
            let mut said = said.clone();
            said.refusal.clear();
            said.reason = if said.calls.is_empty() { "stop" } else { "tool_calls" };
            let through = answer(chat, by, said.chat_answer()).unwrap();
            let mut returned = answer(by, chat, through).unwrap();
            // Messages has no time.
            returned["created"] = 7.into();
            let mut original = said.chat_answer();
            if original["choices"][0]["message"]["content"].is_null() && said.calls.is_empty() {
                original["choices"][0]["message"]["content"] = "".into();
            }
            prop_assert_eq!(&returned, &original);
            // And the same as a stream, there and back.
            let there = translated(chat, by, said.chat_chunks()).unwrap();
            let mut back = summed(chat, &translated(by, chat, there).unwrap());
            back["created"] = 7.into();
            prop_assert_eq!(back, original);
        }
    }

    #[test]
    fn every_text_of_a_request_is_carried(shape in prop::collection::vec(0u8..40, 1..12)) {
        for (from, body, texts) in [chat_request(&shape), messages_request(&shape), responses_request(&shape)] {
            for to in [Surface::ChatCompletions, Surface::Responses, Surface::Messages] {
                let out = request(from, to, body.clone(), 100).map_err(|error| TestCaseError::fail(format!("{error} {body}")))?;
                let out = out.to_string();
                for text in 0..texts {
                    prop_assert!(out.contains(&format!("~{text}~")), "text {} of {} is not in {}", text, body, out);
                }
            }
        }
    }

    #[test]
    fn no_body_makes_a_translation_panic(body in any_json(), shape in prop::collection::vec(0u8..40, 1..6)) {
        for from in CHATTY {
            for to in CHATTY {
                let _ = request(from, to, body.clone(), 1);
                let _ = answer(from, to, body.clone());
                let _ = error(from, to, body.clone());
                let mut translator = StreamTranslator::new(from, to);
                for kind in &shape {
                    let mut data = body.clone();
                    if let Some(data) = data.as_object_mut() {
                        let kinds = ["message_start", "content_block_start", "content_block_delta", "message_delta",
                            "response.created", "response.output_item.added", "response.output_text.delta"];
                        data.insert("type".to_owned(), kinds[usize::from(*kind) % kinds.len()].into());
                    }
                    let _ = translator.push(None, data);
                }
                translator.done();
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    const KEYS: &[&str] = &[
        "messages",
        "role",
        "content",
        "text",
        "type",
        "choices",
        "delta",
        "message",
        "tool_calls",
        "function",
        "index",
        "usage",
        "input",
        "output",
        "content_block",
        "id",
        "response",
        "item",
        "error",
        "tools",
        "source",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0u64..3).prop_map(Value::from),
        prop::sample::select(vec!["user", "assistant", "text", "tool_use", "function", "m"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(KEYS), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

/// Hands out texts that can be told apart.
#[derive(Default)]
struct Texts(usize);

impl Texts {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("~{}~", self.0 - 1)
    }
}

fn chat_request(shape: &[u8]) -> (Surface, Value, usize) {
    let mut texts = Texts::default();
    let mut messages = Vec::new();
    for kind in shape {
        messages.push(match kind % 8 {
            0 => json!({"role": "system", "content": texts.next()}),
            1 => json!({"role": "developer", "content": [{"type": "text", "text": texts.next()}, {"type": "text", "text": texts.next()}]}),
            2 => json!({"role": "user", "content": texts.next()}),
            3 => json!({"role": "user", "content": [
                {"type": "text", "text": texts.next()}, {"type": "image_url", "image_url": {"url": texts.next()}},
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{}", texts.next())}},
                {"type": "file", "file": {"filename": texts.next(), "file_data": format!("data:application/pdf;base64,{}", texts.next())}},
            ]}),
            4 => json!({"role": "assistant", "content": texts.next(), "tool_calls": [
                {"id": texts.next(), "type": "function", "function": {"name": texts.next(), "arguments": json!({"k": texts.next()}).to_string()}},
                {"id": texts.next(), "type": "function", "function": {"name": texts.next(), "arguments": texts.next()}},
            ]}),
            5 => json!({"role": "tool", "tool_call_id": texts.next(), "content": texts.next()}),
            6 => json!({"role": "assistant", "reasoning_content": texts.next(), "reasoning_signature": texts.next(), "content": [
                {"type": "text", "text": texts.next()}, {"type": "refusal", "refusal": texts.next()},
            ]}),
            _ => json!({"role": "assistant", "content": null, "refusal": texts.next()}),
        });
    }
    let body = json!({
        "model": texts.next(), "messages": messages, "user": texts.next(),
        "tools": [{"type": "function", "function": {
            "name": texts.next(), "description": texts.next(), "parameters": {"type": "object", "description": texts.next()},
        }}],
        "tool_choice": {"type": "function", "function": {"name": texts.next()}},
        "response_format": {"type": "json_schema", "json_schema": {
            "name": "n", "description": texts.next(), "schema": {"type": "object", "title": texts.next()},
        }},
    });
    (Surface::ChatCompletions, body, texts.0)
}

fn messages_request(shape: &[u8]) -> (Surface, Value, usize) {
    let mut texts = Texts::default();
    let mut messages = Vec::new();
    for kind in shape {
        messages.push(match kind % 8 {
            0 => json!({"role": "system", "content": texts.next()}),
            1 => json!({"role": "user", "content": texts.next()}),
            2 => json!({"role": "user", "content": [
                {"type": "text", "text": texts.next(), "cache_control": {"type": "ephemeral"}},
                {"type": "image", "source": {"type": "url", "url": texts.next()}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": texts.next()}},
            ]}),
            3 => json!({"role": "user", "content": [
                {"type": "document", "title": texts.next(), "context": texts.next(), "source": {"type": "text", "media_type": "text/plain", "data": texts.next()}},
                {"type": "document", "title": texts.next(), "context": texts.next(), "source": {"type": "base64", "media_type": "application/pdf", "data": texts.next()}},
                {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": texts.next()}]}},
                {"type": "search_result", "title": texts.next(), "source": texts.next(), "content": [{"type": "text", "text": texts.next()}]},
            ]}),
            4 => json!({"role": "assistant", "content": [
                {"type": "thinking", "thinking": texts.next(), "signature": texts.next()},
                {"type": "text", "text": texts.next()},
                {"type": "tool_use", "id": texts.next(), "name": texts.next(), "input": {"k": texts.next()}},
            ]}),
            5 => json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": texts.next(), "content": texts.next()},
                {"type": "tool_result", "tool_use_id": texts.next(), "is_error": true, "content": [
                    {"type": "text", "text": texts.next()}, {"type": "image", "source": {"type": "url", "url": texts.next()}},
                ]},
                {"type": "text", "text": texts.next()},
            ]}),
            6 => json!({"role": "assistant", "content": texts.next()}),
            _ => json!({"role": "system", "content": [{"type": "text", "text": texts.next()}]}),
        });
    }
    let body = json!({
        "model": texts.next(), "max_tokens": 9, "messages": messages, "metadata": {"user_id": texts.next()},
        "system": [{"type": "text", "text": texts.next()}, {"type": "text", "text": texts.next()}],
        "tools": [{
            "name": texts.next(), "description": texts.next(), "input_schema": {"type": "object", "description": texts.next()},
            "input_examples": [{"k": texts.next()}],
        }],
        "tool_choice": {"type": "tool", "name": texts.next()},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "title": texts.next()}}},
    });
    (Surface::Messages, body, texts.0)
}

fn responses_request(shape: &[u8]) -> (Surface, Value, usize) {
    let mut texts = Texts::default();
    let mut input = Vec::new();
    for kind in shape {
        match kind % 8 {
            0 => input.push(json!({"role": "developer", "content": texts.next()})),
            1 => input.push(json!({"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": texts.next()},
                {"type": "input_image", "image_url": texts.next(), "detail": "auto"},
                {"type": "input_file", "filename": texts.next(), "file_data": format!("data:application/pdf;base64,{}", texts.next())},
            ]})),
            2 => input.push(json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
                {"type": "output_text", "text": texts.next(), "annotations": []}, {"type": "refusal", "refusal": texts.next()},
            ]})),
            3 => input.push(json!({"type": "function_call", "id": "fc_1", "call_id": texts.next(), "name": texts.next(), "arguments": json!({"k": texts.next()}).to_string()})),
            4 => input.push(json!({"type": "function_call_output", "call_id": texts.next(), "output": texts.next()})),
            5 => input.push(json!({"type": "function_call_output", "call_id": texts.next(), "output": [{"type": "input_text", "text": texts.next()}]})),
            6 => {
                input.push(json!({"role": "user", "content": texts.next()}));
                input.push(json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": texts.next()}],
                    "content": [{"type": "reasoning_text", "text": texts.next()}], "encrypted_content": texts.next()}));
                input.push(json!({"role": "assistant", "content": texts.next()}));
                input.push(json!({"role": "user", "content": texts.next()}));
            }
            _ => input.push(json!({"role": "assistant", "content": texts.next()})),
        }
    }
    let body = json!({
        "model": texts.next(), "instructions": texts.next(), "input": input, "safety_identifier": texts.next(),
        "tools": [{
            "type": "function", "name": texts.next(), "description": texts.next(), "strict": true,
            "parameters": {"type": "object", "description": texts.next()},
        }],
        "tool_choice": {"type": "function", "name": texts.next()},
        "text": {"format": {"type": "json_schema", "name": "n", "description": texts.next(), "schema": {"type": "object"}}},
    });
    (Surface::Responses, body, texts.0)
}

#[test]
fn surfaces_without_words_have_no_translation() {
    for from in Surface::ALL {
        for to in Surface::ALL {
            let body = json!({"kept": "as it is"});
            if from == to {
                assert_eq!(request(from, to, body.clone(), 1), Ok(body.clone()));
                assert_eq!(answer(from, to, body.clone()), Ok(body.clone()));
                let pushed = StreamTranslator::new(from, to).push(Some("event"), body.clone());
                assert_eq!(pushed, Ok(vec![(Some("event".to_owned()), body)]));
            } else if !is_possible(from, to) {
                let pair = TranslateError::Pair { from: from.name(), to: to.name() };
                assert_eq!(request(from, to, body.clone(), 1), Err(pair.clone()));
                assert_eq!(StreamTranslator::new(from, to).push(None, body), Err(pair));
            }
        }
    }
}

#[test]
fn an_error_in_a_stream_ends_it() {
    let failed = json!({"error": {"message": "too many", "type": "server_error", "param": null, "code": "overloaded"}});
    for to in CHATTY {
        let mut translator = StreamTranslator::new(Surface::ChatCompletions, to);
        let events = translator.push(None, failed.clone()).unwrap();
        let expected = match to {
            Surface::Messages => json!({"type": "error", "error": {"type": "overloaded_error", "message": "too many"}}),
            Surface::Responses => json!({
                "type": "error", "code": "overloaded", "message": "too many", "param": null, "sequence_number": 0,
            }),
            _ => failed.clone(),
        };
        assert_eq!(events.last().map(|(_, data)| data), Some(&expected));
        if to != Surface::ChatCompletions {
            assert!(translator.push(None, json!({"choices": []})).is_err());
            assert_eq!(translator.done(), Vec::new());
        }
    }
}
