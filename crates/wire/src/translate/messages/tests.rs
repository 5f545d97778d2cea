//! Messages by example.

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::tests::{check_request, summed, translated};
use super::super::{TranslateError, answer};
use super::{request_from_chat, request_to_chat};

/// A request to messages with these fields, as chat.
fn check_to_chat(fields: Value, expected: Result<Value, &str>) {
    check_request(request_to_chat, with_model(fields), expected.map(with_model));
}

/// A request to chat with these fields, as messages.
fn check_from_chat(fields: Value, expected: Result<Value, &str>) {
    let bounded = |fields: Value| {
        let mut body = with_model(fields);
        if body["max_tokens"].is_null() {
            body["max_tokens"] = 64.into();
        }
        if body["messages"].is_null() {
            body["messages"] = json!([]);
        }
        body
    };
    check_request(|body| request_from_chat(body, 64), with_model(fields), expected.map(bounded));
}

fn with_model(mut fields: Value) -> Value {
    fields["model"] = "m".into();
    if fields["messages"].is_null() {
        fields["messages"] = json!([]);
    }
    fields
}

#[test]
fn fields_are_renamed_both_ways() {
    for (messages, chat) in [
        (json!({"max_tokens": 5}), json!({"max_completion_tokens": 5})),
        (json!({"stop_sequences": ["a", "b"]}), json!({"stop": ["a", "b"]})),
        (json!({"temperature": 0.5, "top_p": 0.1, "top_k": 3}), json!({"temperature": 0.5, "top_p": 0.1, "top_k": 3})),
        (json!({"metadata": {"user_id": "u"}}), json!({"user": "u"})),
        (json!({"output_config": {"effort": "high"}}), json!({"reasoning_effort": "high"})),
        (
            json!({"system": "be kind", "messages": [{"role": "user", "content": "hello"}]}),
            json!({"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello"}]}),
        ),
        (
            json!({"messages": [{"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}, "title": "a.pdf"},
            ]}]}),
            json!({"messages": [{"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB"}},
            ]}]}),
        ),
        (
            json!({"messages": [
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "text", "text": "wait"},
                    {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": [1]}},
                    {"type": "tool_use", "id": "c2", "name": "g", "input": {"unparsed_arguments": "{oops"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "one"},
                    {"type": "tool_result", "tool_use_id": "c2", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "2"}]},
                    {"type": "text", "text": "go on"},
                ]},
            ]}),
            json!({"messages": [
                {
                    "role": "assistant", "content": "wait", "reasoning_signature": "s", "reasoning_content": "hm",
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":[1]}"}},
                        {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{oops"}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "one"},
                {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "2"}]},
                {"role": "user", "content": "go on"},
            ]}),
        ),
        (
            json!({
                "tools": [{"name": "f", "description": "d", "strict": true, "input_schema": {"type": "object"}}],
                "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
            }),
            json!({
                "tools": [{"type": "function", "function": {
                    "name": "f", "description": "d", "strict": true, "parameters": {"type": "object"},
                }}],
                "tool_choice": "required", "parallel_tool_calls": false,
            }),
        ),
        (
            json!({"tools": [{"name": "f", "input_schema": {}}], "tool_choice": {"type": "tool", "name": "f"}}),
            json!({
                "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
                "tool_choice": {"type": "function", "function": {"name": "f"}},
            }),
        ),
        (
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}),
            json!({"response_format": {"type": "json_schema", "json_schema": {
                "name": "answer", "strict": true, "schema": {"type": "object"},
            }}}),
        ),
    ] {
        check_to_chat(messages.clone(), Ok(chat.clone()));
        check_from_chat(chat, Ok(messages));
    }
}

#[test]
fn requests_to_messages_become_chat() {
    for (messages, chat) in [
        (json!({"stream": true}), json!({"stream": true, "stream_options": {"include_usage": true}})),
        (json!({"stream": false, "service_tier": "auto", "cache_control": {"type": "ephemeral"}}), json!({})),
        (json!({"thinking": {"type": "enabled", "budget_tokens": 2000}}), json!({"reasoning_effort": "low"})),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 9000}, "output_config": {"effort": "max"}}),
            json!({"reasoning_effort": "max"}),
        ),
        (json!({"thinking": {"type": "adaptive"}}), json!({})),
        (
            json!({"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "b"}]}),
            json!({"messages": [{"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}),
        ),
        (
            json!({"messages": [{"role": "user", "content": [
                {"type": "document", "title": "T", "context": "C", "source": {"type": "text", "media_type": "text/plain", "data": "D"}},
            ]}]}),
            json!({"messages": [{"role": "user", "content": [
                {"type": "text", "text": "T"}, {"type": "text", "text": "C"}, {"type": "text", "text": "D"},
            ]}]}),
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "is_error": true}]}]}),
            json!({"messages": [{"role": "tool", "tool_call_id": "c", "content": "error"}]}),
        ),
        (
            json!({"messages": [{"role": "assistant", "content": [
                {"type": "redacted_thinking", "data": "x"}, {"type": "thinking", "thinking": "a", "signature": "1"},
                {"type": "thinking", "thinking": "b", "signature": "2"}, {"type": "text", "text": "hi"},
            ]}]}),
            json!({"messages": [{"role": "assistant", "content": "hi", "reasoning_content": "ab"}]}),
        ),
    ] {
        check_to_chat(messages, Ok(chat));
    }
}

#[test]
fn what_chat_cannot_say_is_refused() {
    let user = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    for (fields, field) in [
        (json!({"container": "c"}), "container"),
        (json!({"mcp_servers": [{"url": "x"}]}), "mcp_servers"),
        (json!({"new_field": "text"}), "new_field"),
        (json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), "tools[0].type"),
        (json!({"tools": [{"name": "f", "input_schema": {}, "defer_loading": true}]}), "tools[0].defer_loading"),
        (json!({"tool_choice": {"type": "some"}}), "tool_choice.type"),
        (json!({"system": [{"type": "image"}]}), "system[0].type"),
        (json!({"system": 5}), "system"),
        (json!({"messages": {"role": "user"}}), "messages"),
        (json!({"messages": ["hi"]}), "messages[0]"),
        (json!({"messages": [{"role": "tool", "content": "x"}]}), "messages[0].role"),
        (json!({"messages": [{"role": "user", "content": "x", "extra": 1}]}), "messages[0].extra"),
        (
            user(json!({"type": "image", "source": {"type": "file", "file_id": "f"}})),
            "messages[0].content[0].source.type",
        ),
        (
            user(json!({"type": "document", "source": {"type": "url", "url": "u"}})),
            "messages[0].content[0].source.type",
        ),
        (user(json!({"type": "container_upload", "file_id": "f"})), "messages[0].content[0].type"),
        (user(json!({"type": "text", "text": "x", "citations": [{}]})), "messages[0].content[0].citations"),
        (user(json!({"type": "text"})), "messages[0].content[0].text"),
        (
            user(json!({"type": "document", "citations": {"enabled": true}, "source": {"type": "text", "data": "x"}})),
            "messages[0].content[0].citations.enabled",
        ),
        (user(json!({"text": "x"})), "messages[0].content[0].type"),
        (
            user(
                json!({"type": "tool_result", "tool_use_id": "c", "content": [{"type": "tool_reference", "tool_name": "f"}]}),
            ),
            "messages[0].content[0].content[0].type",
        ),
    ] {
        check_to_chat(fields, Err(field));
    }
}

#[test]
fn requests_to_chat_become_messages() {
    let text_file = "data:text/csv;base64,YSxi";
    for (chat, messages) in [
        (json!({"max_tokens": 3}), json!({"max_tokens": 3})),
        (
            json!({"stop": "a", "stream": true, "stream_options": {"include_usage": true}}),
            json!({"stop_sequences": ["a"], "stream": true}),
        ),
        (json!({"user": "u", "safety_identifier": "s"}), json!({"metadata": {"user_id": "s"}})),
        (
            json!({
                "n": 1, "seed": 5, "store": true, "metadata": {"a": "b"}, "service_tier": "auto", "logprobs": false,
                "frequency_penalty": 0.0, "presence_penalty": 0, "logit_bias": {}, "modalities": ["text"],
                "response_format": {"type": "text"}, "reasoning_effort": "none", "top_logprobs": 0, "temperature": null,
            }),
            json!({}),
        ),
        (
            json!({"messages": [
                {"role": "developer", "content": "a"}, {"role": "user", "content": "hi"}, {"role": "system", "content": "b"},
            ]}),
            json!({
                "system": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                "messages": [{"role": "user", "content": "hi"}],
            }),
        ),
        (
            json!({"messages": [{"role": "user", "content": [
                {"type": "text", "text": ""}, {"type": "file", "file": {"filename": "t", "file_data": text_file}},
            ]}]}),
            json!({"messages": [{"role": "user", "content": [
                {"type": "document", "title": "t", "source": {"type": "text", "media_type": "text/plain", "data": "a,b"}},
            ]}]}),
        ),
        (
            json!({"messages": [
                {"role": "assistant", "content": ""}, {"role": "assistant", "content": null, "refusal": "no"},
                {"role": "assistant", "content": "hi", "reasoning_content": "unsigned"},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}},
                ]},
                {"role": "tool", "tool_call_id": "c", "name": "f", "content": "r"}, {"role": "user", "content": "a"},
                {"role": "user", "content": "b"},
            ]}),
            json!({"messages": [
                {"role": "assistant", "content": "no"}, {"role": "assistant", "content": "hi"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "c", "content": "r"}, {"type": "text", "text": "a"},
                ]},
                {"role": "user", "content": "b"},
            ]}),
        ),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "parallel_tool_calls": false}),
            json!({
                "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
                "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
            }),
        ),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "parallel_tool_calls": false, "tool_choice": "none"}),
            json!({"tools": [{"name": "f", "input_schema": {}}], "tool_choice": {"type": "none"}}),
        ),
        (json!({"tool_choice": "auto", "parallel_tool_calls": true}), json!({})),
    ] {
        check_from_chat(chat, Ok(messages));
    }
}

#[test]
fn what_messages_cannot_say_is_refused() {
    let user = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let arguments = |value: Value| {
        let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": value}});
        json!({"messages": [{"role": "assistant", "tool_calls": [call]}]})
    };
    for (fields, field) in [
        (json!({"n": 2}), "n"),
        (json!({"logprobs": true}), "logprobs"),
        (json!({"top_logprobs": 2}), "top_logprobs"),
        (json!({"frequency_penalty": 0.1}), "frequency_penalty"),
        (json!({"logit_bias": {"5": 1}}), "logit_bias"),
        (json!({"temperature": 1.5}), "temperature"),
        (json!({"modalities": ["audio"]}), "modalities"),
        (json!({"functions": [{"name": "f"}]}), "functions"),
        (json!({"new_field": "text"}), "new_field"),
        (json!({"response_format": {"type": "json_object"}}), "response_format.type"),
        (json!({"tools": [{"type": "custom", "custom": {"name": "f"}}]}), "tools[0].type"),
        (json!({"tool_choice": {"type": "allowed_tools"}}), "tool_choice.type"),
        (json!({"messages": [{"role": "function", "name": "f", "content": "x"}]}), "messages[0].role"),
        (json!({"messages": [{"role": "user", "name": "ann", "content": "x"}]}), "messages[0].name"),
        (json!({"messages": [{"role": "assistant", "function_call": {"name": "f"}}]}), "messages[0].function_call"),
        (json!({"messages": [{"role": "tool", "content": "x"}]}), "messages[0].tool_call_id"),
        (user(json!({"type": "input_audio", "input_audio": {}})), "messages[0].content[0].type"),
        (user(json!({"type": "file", "file": {"file_id": "f"}})), "messages[0].content[0].file.file_id"),
        (
            user(json!({"type": "file", "file": {"file_data": "data:image/gif;base64,AA=="}})),
            "messages[0].content[0].file.file_data",
        ),
        (user(json!({"type": "file", "file": {"file_data": "AA=="}})), "messages[0].content[0].file.file_data"),
        (
            user(json!({"type": "image_url", "image_url": {"url": "data:image/png,AA"}})),
            "messages[0].content[0].image_url.url",
        ),
        (user(json!({"type": "text", "text": 5})), "messages[0].content[0].text"),
        (arguments(json!({"a": 1})), "messages[0].tool_calls[0].function.arguments"),
    ] {
        check_from_chat(fields, Err(field));
    }
}

fn message(content: Value, reason: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": reason, "stop_sequence": null,
        "usage": {
            "input_tokens": 4, "output_tokens": 4, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2,
            "output_tokens_details": {"thinking_tokens": 1},
        },
    })
}

#[test]
fn answers_of_messages_become_chat() {
    let whole = message(
        json!([
            {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "a"},
            {"type": "text", "text": "b"}, {"type": "tool_use", "id": "c", "name": "f", "input": {"k": 1}},
        ]),
        "tool_use",
    );
    let chat = answer(Surface::Messages, Surface::ChatCompletions, whole).unwrap();
    assert_eq!(
        chat,
        json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant", "content": "ab", "refusal": null, "reasoning_content": "hm",
                    "reasoning_signature": "s",
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"k\":1}"}}],
                },
                "logprobs": null, "finish_reason": "tool_calls",
            }],
            "usage": {
                "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
                "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 1},
            },
        })
    );
    for (reason, finish) in [
        ("end_turn", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("tool_use", "tool_calls"),
    ] {
        let chat = answer(Surface::Messages, Surface::ChatCompletions, message(json!([]), reason)).unwrap();
        assert_eq!(chat["choices"][0]["finish_reason"], finish, "{reason}");
    }
    let mut met = message(json!([]), "stop_sequence");
    met["stop_sequence"] = "END".into();
    let chat = answer(Surface::Messages, Surface::ChatCompletions, met.clone()).unwrap();
    assert_eq!(
        (&chat["choices"][0]["finish_reason"], &chat["choices"][0]["stop_reason"]),
        (&json!("stop"), &json!("END"))
    );
    assert_eq!(answer(Surface::ChatCompletions, Surface::Messages, chat), Ok(met));
    let unknown = message(json!([{"type": "web_search_tool_result", "content": []}]), "end_turn");
    assert!(answer(Surface::Messages, Surface::ChatCompletions, unknown).is_err());
}

#[test]
fn choices_beyond_the_first_are_refused() {
    let choice =
        |index: u64| json!({"index": index, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"});
    for choices in [json!([]), json!([choice(0), choice(1)])] {
        let chat = json!({"id": "1", "model": "m", "choices": choices});
        assert!(answer(Surface::ChatCompletions, Surface::Messages, chat).is_err());
    }
    let chunk = json!({"id": "1", "model": "m", "choices": [{"index": 1, "delta": {"content": "x"}}]});
    assert!(translated(Surface::ChatCompletions, Surface::Messages, vec![chunk]).is_err());
}

fn events(middle: Vec<Value>) -> Vec<Value> {
    let mut start = message(json!([]), "end_turn");
    start["stop_reason"] = Value::Null;
    let mut events = vec![json!({"type": "message_start", "message": start}), json!({"type": "ping"})];
    events.extend(middle);
    events
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

#[test]
fn a_stream_of_messages_becomes_chat() {
    let block =
        |index: u64, content: Value| json!({"type": "content_block_start", "index": index, "content_block": content});
    let stop = |index: u64| json!({"type": "content_block_stop", "index": index});
    let stream = events(vec![
        block(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "s"})),
        stop(0),
        block(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "wa"})),
        delta(1, json!({"type": "text_delta", "text": "it"})),
        stop(1),
        block(2, json!({"type": "tool_use", "id": "c1", "name": "f", "input": {}})),
        delta(2, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(2, json!({"type": "input_json_delta", "partial_json": "{\"k\":"})),
        delta(2, json!({"type": "input_json_delta", "partial_json": "1}"})),
        stop(2),
        block(3, json!({"type": "tool_use", "id": "c2", "name": "g", "input": {}})),
        stop(3),
        json!({"type": "new_event", "index": 5}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 7}}),
        json!({"type": "message_stop"}),
    ]);
    let chunks = translated(Surface::Messages, Surface::ChatCompletions, stream).unwrap();
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant", "content": "", "refusal": null}));
    let mut whole = message(
        json!([
            {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "wait"},
            {"type": "tool_use", "id": "c1", "name": "f", "input": {"k": 1}},
            {"type": "tool_use", "id": "c2", "name": "g", "input": {}},
        ]),
        "tool_use",
    );
    whole["usage"]["output_tokens"] = 7.into();
    let plain = answer(Surface::Messages, Surface::ChatCompletions, whole).unwrap();
    assert_eq!(summed(Surface::ChatCompletions, &chunks), plain);
}

#[test]
fn a_malformed_stream_of_messages_is_an_error() {
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let finish = |events: Vec<Value>| translated(Surface::Messages, Surface::ChatCompletions, events);
    for middle in [
        vec![delta(0, json!({"type": "text_delta", "text": "x"}))],
        vec![json!({"type": "content_block_stop", "index": 0})],
        vec![block.clone(), block.clone()],
        vec![block.clone(), delta(0, json!({"type": "new_delta", "text": "x"}))],
        vec![block.clone(), delta(0, json!({"type": "input_json_delta", "partial_json": "x"}))],
        vec![block.clone(), delta(0, json!({"type": "citations_delta", "citation": {"cited_text": "x"}}))],
        vec![block.clone(), delta(0, json!({"type": "text_delta", "text": 5}))],
        vec![json!({"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use"}})],
        vec![json!({"type": "new_event", "text": "x"})],
        vec![json!({"type": "message_stop"}), json!({"type": "message_stop"})],
        vec![json!({"type": "message_start", "message": {"id": "x"}})],
        vec![json!("text")],
    ] {
        assert!(finish(events(middle.clone())).is_err(), "{middle:?}");
    }
    assert_eq!(finish(vec![block]), Err(TranslateError::Order { problem: "an event came before `message_start`" }));
}

#[test]
fn a_stream_for_messages_is_in_order() {
    let chunk = |delta: Value| json!({"id": "chatcmpl-1", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta}]});
    let stream = vec![
        chunk(json!({"role": "assistant", "content": ""})),
        chunk(json!({"reasoning": "hm", "reasoning_content": "hm"})),
        chunk(json!({"content": "hi"})),
        chunk(json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]})),
    ];
    let kinds: Vec<String> = translated(Surface::ChatCompletions, Surface::Messages, stream)
        .unwrap()
        .iter()
        .map(|event| format!("{} {}", event["type"].as_str().unwrap(), event["index"]))
        .collect();
    assert_eq!(
        kinds,
        [
            "message_start null",
            "content_block_start 0",
            "content_block_delta 0",
            "content_block_stop 0",
            "content_block_start 1",
            "content_block_delta 1",
            "content_block_stop 1",
            "content_block_start 2",
            "content_block_delta 2",
            "content_block_stop 2",
            "message_delta null",
            "message_stop null",
        ]
    );
}
