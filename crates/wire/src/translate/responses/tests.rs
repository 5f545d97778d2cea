//! Responses by example.

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::tests::{check_request, translated};
use super::super::{answer, request};
use super::{request_from_chat, request_to_chat};

#[test]
fn requests_to_responses_become_chat() {
    for (responses, chat) in [
        (json!({"input": "hi"}), json!({"messages": [{"role": "user", "content": "hi"}]})),
        (
            json!({"instructions": "be kind", "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]}),
            json!({"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]}),
        ),
        (
            json!({
                "input": [], "max_output_tokens": 5, "temperature": 0.5, "top_p": 0.1, "user": "u", "stream": true,
                "store": true, "metadata": {"a": "b"}, "truncation": "auto", "include": ["reasoning.encrypted_content"],
                "background": false, "tool_choice": "auto", "parallel_tool_calls": true, "previous_response_id": null,
                "reasoning": {"effort": "low", "summary": "auto"}, "text": {"format": {"type": "text"}, "verbosity": "low"},
            }),
            json!({
                "messages": [], "max_completion_tokens": 5, "temperature": 0.5, "top_p": 0.1, "user": "u", "stream": true,
                "stream_options": {"include_usage": true}, "reasoning_effort": "low", "verbosity": "low",
            }),
        ),
        (
            json!({"input": [
                {"role": "user", "content": "q"},
                {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "s"},
                {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "wait", "annotations": []}]},
                {"type": "function_call", "id": "fc", "call_id": "c1", "name": "f", "arguments": "{}"},
                {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "one"},
                {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "two"}]},
                {"role": "assistant", "content": "done"},
            ]}),
            json!({"messages": [
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "wait", "reasoning_content": "hm", "reasoning_signature": "s", "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                    {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "c1", "content": "one"},
                {"role": "tool", "tool_call_id": "c2", "content": "two"},
                {"role": "assistant", "content": "done"},
            ]}),
        ),
        (
            json!({"input": [], "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {}, "strict": true}],
                "tool_choice": {"type": "function", "name": "f"}, "parallel_tool_calls": false,
                "text": {"format": {"type": "json_schema", "name": "n", "schema": {}, "strict": true}}}),
            json!({"messages": [], "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {}, "strict": true}}],
                "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false,
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": true}}}),
        ),
        (
            json!({"input": [], "include": ["message.output_text.logprobs"], "top_logprobs": 2}),
            json!({"messages": [], "logprobs": true, "top_logprobs": 2}),
        ),
    ] {
        check_request(request_to_chat, responses, Ok(chat));
    }
}

#[test]
fn what_chat_cannot_say_is_refused() {
    let item = |item: Value| json!({"input": [item]});
    let part = |part: Value| json!({"input": [{"role": "user", "content": [part]}]});
    for (body, field) in [
        (json!({"input": "x", "previous_response_id": "resp_1"}), "previous_response_id"),
        (json!({"input": "x", "conversation": "c"}), "conversation"),
        (json!({"prompt": {"id": "p"}}), "prompt"),
        (json!({"input": "x", "background": true}), "background"),
        (json!({"input": "x", "new_field": "text"}), "new_field"),
        (json!({"input": "x", "tools": [{"type": "web_search"}]}), "tools[0].type"),
        (json!({"input": "x", "tool_choice": {"type": "mcp"}}), "tool_choice.type"),
        (json!({"input": 5}), "input"),
        (item(json!({"type": "item_reference", "id": "x"})), "input[0].type"),
        (item(json!({"type": "web_search_call", "id": "x"})), "input[0].type"),
        (item(json!({"type": "function_call", "call_id": "c", "name": "f"})), "input[0].arguments"),
        (item(json!({"role": "tool", "content": "x"})), "input[0].role"),
        (item(json!({"role": "user", "content": "x", "extra": 1})), "input[0].extra"),
        (part(json!({"type": "input_image", "file_id": "f", "detail": "auto"})), "input[0].content[0].file_id"),
        (part(json!({"type": "input_file", "file_url": "f"})), "input[0].content[0].file_url"),
        (part(json!({"type": "new_part", "text": "f"})), "input[0].content[0].type"),
    ] {
        check_request(request_to_chat, body, Err(field));
    }
}

#[test]
fn requests_to_chat_become_responses() {
    check_request(
        request_from_chat,
        json!({
            "model": "m", "max_tokens": 5, "logprobs": true, "top_logprobs": 1, "reasoning_effort": "low",
            "messages": [
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "u"}}]},
                {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c", "content": "r"},
            ],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "tool_choice": "required",
            "response_format": {"type": "json_object"},
        }),
        Ok(json!({
            "model": "m", "max_output_tokens": 5, "store": false, "include": ["message.output_text.logprobs"],
            "top_logprobs": 1, "reasoning": {"effort": "low"}, "text": {"format": {"type": "json_object"}},
            "input": [
                {"type": "message", "role": "system", "content": "be kind"},
                {"type": "message", "role": "user", "content": [
                    {"type": "input_text", "text": "hi"}, {"type": "input_image", "image_url": "u", "detail": "auto"},
                ]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "r"},
            ],
            "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": false}], "tool_choice": "required",
        })),
    );
    for (fields, field) in [
        (json!({"messages": [], "stop": "x"}), "stop"),
        (json!({"messages": [], "n": 2}), "n"),
        (json!({"messages": [], "top_k": 2}), "top_k"),
        (json!({"messages": [{"role": "user", "name": "ann", "content": "x"}]}), "messages[0].name"),
    ] {
        check_request(request_from_chat, fields, Err(field));
    }
}

#[test]
fn a_request_passes_through_chat() {
    let body = json!({"model": "m", "instructions": "be kind", "input": "hi"});
    let messages = json!({
        "model": "m", "max_tokens": 64, "system": "be kind", "messages": [{"role": "user", "content": "hi"}],
    });
    assert_eq!(request(Surface::Responses, Surface::Messages, body, 64), Ok(messages));
}

fn chat(message: Value, reason: &str) -> Value {
    let choice = json!({"index": 0, "message": message, "finish_reason": reason, "logprobs": null});
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "m", "choices": [choice]})
}

#[test]
fn answers_of_chat_become_responses() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let message =
        json!({"role": "assistant", "reasoning_content": "hm", "content": "hi", "refusal": "no", "tool_calls": [call]});
    let body = answer(Surface::ChatCompletions, Surface::Responses, chat(message, "tool_calls")).unwrap();
    assert_eq!(
        body["output"],
        json!([
            {
                "id": "rs_1_0", "type": "reasoning", "status": "completed", "summary": [],
                "content": [{"type": "reasoning_text", "text": "hm"}], "encrypted_content": null,
            },
            {
                "id": "msg_1_1", "type": "message", "status": "completed", "role": "assistant",
                "content": [
                    {"type": "output_text", "text": "hi", "annotations": [], "logprobs": []},
                    {"type": "refusal", "refusal": "no"},
                ],
            },
            {
                "id": "fc_1_2", "type": "function_call", "status": "completed", "call_id": "c", "name": "f",
                "arguments": "{}",
            },
        ])
    );
    assert_eq!((&body["id"], &body["status"], &body["usage"]), (&json!("resp_1"), &json!("completed"), &Value::Null));
    for (reason, status, details) in [
        ("stop", "completed", Value::Null),
        ("length", "incomplete", json!({"reason": "max_output_tokens"})),
        ("content_filter", "incomplete", json!({"reason": "content_filter"})),
    ] {
        let message = json!({"role": "assistant", "content": "hi"});
        let body = answer(Surface::ChatCompletions, Surface::Responses, chat(message, reason)).unwrap();
        assert_eq!((&body["status"], &body["incomplete_details"]), (&json!(status), &details), "{reason}");
    }
}

#[test]
fn log_probabilities_are_carried() {
    let entry = json!({"token": "é", "logprob": -0.5, "bytes": null, "top_logprobs": []});
    let mut body = chat(json!({"role": "assistant", "content": "é"}), "stop");
    body["choices"][0]["logprobs"] = json!({"content": [entry], "refusal": null});
    let body = answer(Surface::ChatCompletions, Surface::Responses, body).unwrap();
    let shown = json!([{"token": "é", "logprob": -0.5, "bytes": [195, 169], "top_logprobs": []}]);
    assert_eq!(body["output"][0]["content"][0]["logprobs"], shown);
    let chunk = json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"content": "é"}, "logprobs": {"content": [entry]}}]});
    let events = translated(Surface::ChatCompletions, Surface::Responses, vec![chunk]).unwrap();
    let delta = events.iter().find(|event| event["type"] == "response.output_text.delta").unwrap();
    assert_eq!(delta["logprobs"], shown);
    assert_eq!(events.last().unwrap()["response"]["output"][0]["content"][0]["logprobs"], shown);
}

#[test]
fn a_stream_for_responses_is_in_order() {
    let chunk = |delta: Value| json!({"id": "chatcmpl-1", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta}]});
    let stream = vec![
        chunk(json!({"role": "assistant", "content": ""})),
        chunk(json!({"content": "hi"})),
        chunk(json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]})),
    ];
    let kinds: Vec<String> = translated(Surface::ChatCompletions, Surface::Responses, stream)
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap().strip_prefix("response.").unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
}

#[test]
fn a_malformed_stream_of_responses_is_an_error() {
    let created = json!({"type": "response.created", "response": {"id": "resp_1", "model": "m", "created_at": 1.5}});
    for middle in [
        vec![created.clone()],
        vec![json!({"type": "response.function_call_arguments.delta", "output_index": 3, "delta": "x"})],
        vec![json!({"type": "response.output_text.delta"})],
        vec![json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "web_search_call"}})],
        vec![json!({"type": "response.new.delta", "delta": "x"})],
        vec![
            json!({"type": "response.completed", "response": {"id": "resp_1"}}),
            json!({"type": "response.output_text.delta", "delta": "x"}),
        ],
    ] {
        let mut events = vec![created.clone()];
        events.extend(middle.clone());
        assert!(translated(Surface::Responses, Surface::ChatCompletions, events).is_err(), "{middle:?}");
    }
    let late = vec![json!({"type": "response.output_text.delta", "delta": "x"})];
    assert!(translated(Surface::Responses, Surface::ChatCompletions, late).is_err());
    let silent = vec![created, json!({"type": "response.new.event", "sequence_number": 1})];
    assert!(translated(Surface::Responses, Surface::ChatCompletions, silent).is_ok());
}
