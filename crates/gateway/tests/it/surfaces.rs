//! Every surface, complete and streamed, over the demonstration upstream.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http_client::{events, request};
use crate::world::{World, chat, demo, with};

/// The words of a streamed chat completion.
fn chat_words(events: &[(String, Value)]) -> String {
    events.iter().filter_map(|(_, data)| data.pointer("/choices/0/delta/content")?.as_str()).collect()
}

#[tokio::test]
async fn chat_completions() {
    let gate = World::new().start(demo()).await;
    let answer = gate.chat("hello there").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "[demonstration] You said: hello there");
    assert_eq!(answer.json()["model"], "redoubt-demo");
    assert_eq!(answer.header("x-redoubt-decision"), "allow");
    assert_eq!(answer.header("x-redoubt-request-id").len(), 36);
    assert_eq!(answer.header("x-request-id"), answer.header("x-redoubt-request-id"));
    assert!(answer.header("x-redoubt-overhead-us").parse::<u64>().is_ok());

    let answer = gate.chat_stream("hello there").await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events = answer.events();
    assert_eq!(chat_words(&events), "[demonstration] You said: hello there");
    assert_eq!(events.last().unwrap().1, "[DONE]");
    assert!(events.len() > 5, "it streams in pieces: {events:?}");
    assert!(!answer.text().contains("usage\":{"), "usage was not asked for");

    let body = with(chat("hello"), json!({ "stream": true, "stream_options": { "include_usage": true }, "n": 2 }));
    let events = gate.post("/v1/chat/completions", body).await.events();
    assert!(events.iter().any(|(_, data)| data["usage"]["completion_tokens"].as_u64() > Some(0)));
    assert!(events.iter().any(|(_, data)| data["choices"][0]["index"] == 1));

    let body = with(chat("hi"), json!({ "logprobs": true, "n": 2, "max_tokens": 2 }));
    let answer = gate.post("/v1/chat/completions", body).await.json();
    assert_eq!(answer["choices"][1]["finish_reason"], "length");
    assert!(answer["choices"][0]["logprobs"]["content"][0]["token"].is_string());
}

#[tokio::test]
async fn tools_in_chat() {
    let gate = World::new().start(demo()).await;
    let tool = json!({
        "type": "function",
        "function": {
            "name": "send_mail",
            "parameters": { "type": "object", "properties": { "to": { "type": "string" } } },
        },
    });
    let body = with(chat("use the tool for bob@example.com please"), json!({ "tools": [tool] }));
    for stream in [false, true] {
        let answer = gate.post("/v1/chat/completions", with(body.clone(), json!({ "stream": stream }))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let arguments: String = if stream {
            let pointer = "/choices/0/delta/tool_calls/0/function/arguments";
            answer.events().iter().filter_map(|(_, data)| data.pointer(pointer)?.as_str().map(str::to_owned)).collect()
        } else {
            answer.json()["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let arguments: Value = serde_json::from_str(&arguments).unwrap();
        assert_eq!(arguments["to"], "bob@example.com", "the address was restored in the arguments, stream: {stream}");
    }
}

#[tokio::test]
async fn completions() {
    let gate = World::new().start(demo()).await;
    let body = json!({ "model": "redoubt-demo", "prompt": "hello there" });
    let answer = gate.post("/v1/completions", body.clone()).await;
    assert_eq!(answer.json()["choices"][0]["text"], "[demonstration] You said: hello there", "{}", answer.text());
    let events = gate.post("/v1/completions", with(body, json!({ "stream": true }))).await.events();
    let words: String = events.iter().filter_map(|(_, data)| data.pointer("/choices/0/text")?.as_str()).collect();
    assert_eq!(words, "[demonstration] You said: hello there");
}

#[tokio::test]
async fn responses_by_translation() {
    let gate = World::new().start(demo()).await;
    let body = json!({ "model": "redoubt-demo", "input": "hello there" });
    let answer = gate.post("/v1/responses", body.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.text().contains("You said: hello there"), "{}", answer.text());
    let answer = gate.post("/v1/responses", with(body, json!({ "stream": true }))).await;
    let events = answer.events();
    let words: String = events
        .iter()
        .filter(|(name, _)| name == "response.output_text.delta")
        .filter_map(|(_, data)| data["delta"].as_str())
        .collect();
    assert_eq!(words, "[demonstration] You said: hello there", "{}", answer.text());
    assert_eq!(events.iter().filter(|(name, _)| name == "response.completed").count(), 1);
}

#[tokio::test]
async fn messages() {
    let gate = World::new().start(demo()).await;
    let body = json!({
        "model": "redoubt-demo",
        "max_tokens": 100,
        "messages": [{ "role": "user", "content": "hello there" }],
    });
    let answer = gate.post("/v1/messages", body.clone()).await;
    assert_eq!(answer.json()["content"][0]["text"], "[demonstration] You said: hello there", "{}", answer.text());
    let answer = gate.post("/v1/messages", with(body.clone(), json!({ "stream": true }))).await;
    let events = answer.events();
    let words: String = events.iter().filter_map(|(_, data)| data.pointer("/delta/text")?.as_str()).collect();
    assert_eq!(words, "[demonstration] You said: hello there", "{}", answer.text());
    assert_eq!(events.last().unwrap().0, "message_stop");
    let counted = gate.post("/v1/messages/count_tokens", body).await;
    assert!(counted.json()["input_tokens"].as_u64() > Some(0), "{}", counted.text());
}

#[tokio::test]
async fn embeddings() {
    let gate = World::new().start(demo()).await;
    let body = json!({ "model": "redoubt-demo", "input": ["one", "two"], "dimensions": 8 });
    let answer = gate.post("/v1/embeddings", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["data"][1]["embedding"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn moderations_are_our_own() {
    let gate = World::new().start(demo()).await;
    let answer = gate.post("/v1/moderations", json!({ "input": ["hello", "good morning"] })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let results = answer.json()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["flagged"], false);
}

#[tokio::test]
async fn models() {
    let config = with(demo(), json!({ "models": { "free/*": { "targets": [{ "provider": "demo", "model": "*" }] } } }));
    let gate = World::new().start(config).await;
    let list = gate.get("/v1/models").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "a pattern is no model: {list}");
    assert_eq!(list["data"][0]["id"], "redoubt-demo");
    assert_eq!(gate.get("/v1/models/redoubt-demo").await.json()["id"], "redoubt-demo");
    assert_eq!(gate.get("/v1/models/other").await.status, StatusCode::NOT_FOUND);
    let answer = gate.post("/v1/chat/completions", with(chat("hi"), json!({ "model": "free/anything" }))).await;
    assert_eq!(answer.json()["model"], "free/anything", "{}", answer.text());
}

#[tokio::test]
async fn refusals_speak_the_surface_they_answer() {
    let gate = World::new().start(demo()).await;
    let post = |path, key: &str, body: &str| request(Method::POST, path, key, body.to_owned());
    let chat_path = "/v1/chat/completions";

    let answer = gate.send(post(chat_path, "", "{}")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.json()["error"]["message"].is_string());
    let answer = gate.send(post("/v1/messages", "rdt_wrong", "{}")).await;
    assert_eq!((answer.status, &answer.json()["type"]), (StatusCode::UNAUTHORIZED, &json!("error")));
    assert_eq!(answer.json()["error"]["type"], "authentication_error");

    let answer = gate.send(post(chat_path, &gate.key, "{not json")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    let answer = gate.post(chat_path, with(chat("hi"), json!({ "model": "nobody" }))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    assert_eq!(answer.json()["error"]["code"], "model_not_found");
    assert_eq!(gate.get("/v1/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(gate.get(chat_path).await.status, StatusCode::METHOD_NOT_ALLOWED);

    let small = with(demo(), json!({ "bounds": { "body_bytes": 200 } }));
    let gate = World::new().start(small).await;
    let answer = gate.chat(&"x".repeat(300)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
}

#[tokio::test]
async fn over_a_limit_the_vendors_headers_tell() {
    let allowance = redoubt_gateway::admit::Allowance { requests: Some(1), ..Default::default() };
    let gate = World::new().start_with(demo(), allowance).await;
    assert_eq!(gate.chat("hi").await.header("x-ratelimit-remaining-requests"), "0");
    let answer = gate.chat("hi").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(answer.header("x-ratelimit-limit-requests"), "1");
    let body = json!({ "model": "redoubt-demo", "max_tokens": 9, "messages": [{ "role": "user", "content": "x" }] });
    let answer = gate.post("/v1/messages", body).await;
    assert_eq!(answer.header("anthropic-ratelimit-requests-remaining"), "0");
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
}

#[test]
fn the_tests_read_events() {
    let text = "event: a\ndata: {\"x\":1}\n\ndata: [DONE]\n\n";
    assert_eq!(events(text), vec![("a".to_owned(), json!({ "x": 1 })), (String::new(), json!("[DONE]"))]);
}
