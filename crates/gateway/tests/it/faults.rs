//! Upstreams that fail, hang, lie and come back; callers that go away.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use redoubt_audit::{Entry, Outcome};
use serde_json::{Value, json};

use crate::http_client::{next, open, request};
use crate::upstream::{Act, Then, Upstream, chunk, end, fails, says};
use crate::world::{World, chat, demo, eventually, with};

fn over(upstream: &Upstream, more: Value) -> Value {
    let base = json!({
        "providers": { "demo": { "kind": "openai", "base_url": upstream.url(), "api_key": "sk-live-key" } },
        "breaker": { "failures": 0 },
    });
    with(with(demo(), base), more)
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let upstream = Upstream::start(vec![fails(500), fails(429), says("third time")]).await;
    let gate = World::new().start(over(&upstream, json!({}))).await;
    let answer = gate.chat("hi").await;
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "third time", "{}", answer.text());
    assert_eq!(answer.json()["model"], "redoubt-demo");
    assert_eq!(upstream.count(), 3);
    assert!(answer.headers.get("openai-organization").is_none(), "provider identity left");
    assert_ne!(answer.header("x-request-id"), "req_upstream");
    let (path, headers, body) = upstream.calls.lock().unwrap().first().unwrap().clone();
    assert_eq!(path, "/v1/chat/completions");
    assert_eq!(headers["authorization"], "Bearer sk-live-key");
    assert_eq!(headers["accept-encoding"], "identity");
    assert_eq!(body["model"], "redoubt-demo");
    assert!(!format!("{headers:?}").contains("rdt_"), "the caller's key went upstream");
}

#[tokio::test]
async fn anthropic_and_azure_are_spoken_to_as_they_wish() {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
        "content": [{ "type": "text", "text": "translated" }],
        "stop_reason": "end_turn", "stop_sequence": null, "usage": { "input_tokens": 3, "output_tokens": 1 },
    });
    let upstream = Upstream::start(vec![Act::Say(200, vec![], message)]).await;
    let kind = json!({ "providers": { "demo": { "kind": "anthropic" } } });
    let gate = World::new().start(over(&upstream, kind)).await;
    let answer = gate.chat("hi").await;
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "translated", "{}", answer.text());
    assert_eq!(answer.json()["model"], "redoubt-demo");
    let (path, headers, body) = upstream.calls.lock().unwrap().first().unwrap().clone();
    assert_eq!((path.as_str(), &headers["x-api-key"]), ("/v1/messages", &"sk-live-key".parse().unwrap()));
    assert_eq!(headers["anthropic-version"], "2023-06-01");
    assert!(headers.get("authorization").is_none() && body["max_tokens"].as_u64() > Some(0), "{headers:?} {body}");

    let upstream = Upstream::start(vec![says("from azure")]).await;
    let azure = json!({
        "providers": { "demo": { "kind": "azure", "base_url": format!("http://{}", upstream.address) } },
        "models": { "redoubt-demo": { "targets": [{ "provider": "demo", "model": "my-deployment" }] } },
    });
    let gate = World::new().start(over(&upstream, azure)).await;
    let body = json!({ "model": "redoubt-demo", "max_tokens": 9, "messages": [{ "role": "user", "content": "hi" }] });
    let answer = gate.post("/v1/messages", body.clone()).await;
    assert_eq!(answer.json()["content"][0]["text"], "from azure", "{}", answer.text());
    let (path, headers, _) = upstream.calls.lock().unwrap().first().unwrap().clone();
    assert_eq!(path, "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21");
    assert_eq!(headers["api-key"], "sk-live-key");

    // Tokens are counted here where the upstream counts none, and embeddings cannot be made of messages.
    let counted = gate.post("/v1/messages/count_tokens", body).await;
    assert!(counted.json()["input_tokens"].as_u64() > Some(0), "{}", counted.text());
    assert_eq!(upstream.count(), 1);
    let kind = json!({ "providers": { "demo": { "kind": "anthropic" } } });
    let gate = World::new().start(over(&upstream, kind)).await;
    let answer = gate.post("/v1/embeddings", json!({ "model": "redoubt-demo", "input": "x" })).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

#[tokio::test]
async fn failures_name_no_provider() {
    let cases: [(u16, u16, &str); 6] = [
        (400, 400, "invalid_request_error"),
        (401, 502, ""),
        (404, 404, ""),
        (429, 429, ""),
        (500, 502, ""),
        (503, 503, ""),
    ];
    for (theirs, ours, kind) in cases {
        let upstream = Upstream::start(vec![fails(theirs)]).await;
        let gate = World::new().start(over(&upstream, json!({ "retries": { "attempts": 2 } }))).await;
        let answer = gate.chat("hi").await;
        assert_eq!(answer.status.as_u16(), ours, "{theirs}: {}", answer.text());
        if !kind.is_empty() {
            assert_eq!(answer.json()["error"]["type"], kind);
        }
        assert!(!answer.text().contains("org-1"), "{theirs}: {}", answer.text());
        assert_ne!(answer.status, StatusCode::FORBIDDEN);
        let expected = if matches!(theirs, 400 | 401 | 404) { 1 } else { 2 };
        assert_eq!(upstream.count(), expected, "{theirs}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_relayed() {
    let error = json!({ "error": {
        "message": "This model's maximum context length is 8192 tokens.",
        "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded",
    } });
    let upstream = Upstream::start(vec![Act::Say(400, vec![], error)]).await;
    let gate = World::new().start(over(&upstream, json!({}))).await;
    let answer = gate.chat("hi").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let error = &answer.json()["error"];
    assert_eq!((&error["code"], &error["param"]), (&json!("context_length_exceeded"), &json!("messages")));
    assert!(error["message"].as_str().unwrap().contains("8192 tokens"), "{error}");
}

#[tokio::test]
async fn retry_after_is_honoured_and_relayed() {
    let busy = Act::Say(429, vec![("retry-after", "30")], json!({}));
    let upstream = Upstream::start(vec![busy]).await;
    let gate = World::new().start(over(&upstream, json!({ "retries": { "wait_max": "1s" } }))).await;
    let answer = gate.chat("hi").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "30"));
    assert_eq!(upstream.count(), 1, "a wait that is too long is not worth it");
}

#[tokio::test]
async fn a_fallback_answers_when_every_target_fails() {
    let (bad, good) = (Upstream::start(vec![fails(500)]).await, Upstream::start(vec![says("fallback")]).await);
    let config = json!({
        "providers": { "good": { "kind": "openai", "base_url": good.url() } },
        "models": {
            "redoubt-demo": { "targets": [{ "provider": "demo" }], "fallbacks": ["other"] },
            "other": { "targets": [{ "provider": "good", "model": "gpt-other" }] },
        },
        "retries": { "attempts": 1 },
    });
    let gate = World::new().start(over(&bad, config)).await;
    let answer = gate.chat("hi").await;
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "fallback", "{}", answer.text());
    assert_eq!(answer.json()["model"], "redoubt-demo");
    assert_eq!(good.calls.lock().unwrap().first().unwrap().2["model"], "gpt-other");
}

#[tokio::test]
async fn a_breaker_leaves_a_failing_target_alone() {
    let upstream = Upstream::start(vec![fails(500), fails(500), says("back")]).await;
    let config = json!({ "retries": { "attempts": 1 }, "breaker": { "failures": 2, "rest": "300ms" } });
    let gate = World::new().start(over(&upstream, config)).await;
    for _ in 0..4 {
        assert_eq!(gate.chat("hi").await.status, StatusCode::BAD_GATEWAY);
    }
    assert_eq!(upstream.count(), 2, "two failures opened it");
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(gate.chat("hi").await.status, StatusCode::OK);
    assert_eq!(upstream.count(), 3);
}

#[tokio::test]
async fn what_cannot_be_reached_or_takes_too_long() {
    let upstream = Upstream::start(vec![Act::Hang(Duration::from_secs(20))]).await;
    let slow = json!({ "providers": { "demo": { "first_byte_timeout": "100ms" } } });
    let gate = World::new().start(over(&upstream, slow)).await;
    let begun = Instant::now();
    assert_eq!(gate.chat("hi").await.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(upstream.count(), 1, "a slow upstream is not given the same work again");

    let nowhere = json!({ "providers": { "demo": { "kind": "openai", "base_url": "http://127.0.0.1:1/v1" } } });
    let gate = World::new().start(with(demo(), nowhere)).await;
    let answer = gate.chat("hi").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", answer.text());
    assert!(!answer.text().contains("127.0.0.1"));
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_the_upstream() {
    let pieces: Vec<String> = (0..1_000).map(|n| chunk(&format!("word{n} "))).collect();
    let upstream = Upstream::start(vec![Act::Stream(pieces, Duration::from_millis(20), Then::End)]).await;
    let world = World::new();
    let gate = world.start(over(&upstream, json!({}))).await;
    let body = with(chat("hi"), json!({ "stream": true })).to_string();
    let mut response = open(gate.address, request(Method::POST, "/v1/chat/completions", &gate.key, body)).await;
    assert!(next(response.body_mut()).await.is_some());
    drop(response);
    eventually(|| upstream.dropped() == 1).await;
    world.tells(&["request", "completion"]).await;

    // The same before the answer begins.
    let upstream = Upstream::start(vec![Act::Hang(Duration::from_secs(30))]).await;
    let world = World::new();
    let gate = world.start(over(&upstream, json!({}))).await;
    let sent = request(Method::POST, "/v1/chat/completions", &gate.key, chat("hi").to_string());
    let waiting = tokio::spawn(open(gate.address, sent));
    eventually(|| upstream.count() == 1).await;
    waiting.abort();
    world.tells(&["request", "completion"]).await;
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error() {
    for (then, idle) in [(Then::Break, "5s"), (Then::Hang, "200ms"), (Then::End, "5s")] {
        let upstream = Upstream::start(vec![Act::Stream(
            vec![chunk("half a "), chunk("sentence")],
            Duration::from_millis(20),
            then,
        )])
        .await;
        let world = World::new();
        let config = json!({ "providers": { "demo": { "idle_timeout": idle } } });
        let gate = world.start(over(&upstream, config)).await;
        let text = gate.chat_stream("hi").await.text();
        assert!(text.contains("half "), "{then:?}: {text}");
        assert!(text.contains("\"error\""), "{then:?}: {text}");
        assert_eq!(upstream.count(), 1, "nothing is tried again once bytes were relayed");
        world.tells(&["request", "completion"]).await;
    }
}

#[tokio::test]
async fn a_slow_stream_is_relayed_piece_by_piece() {
    let pieces = vec![chunk("one "), chunk("two "), chunk("three"), end()];
    let upstream = Upstream::start(vec![Act::Stream(pieces, Duration::from_millis(150), Then::End)]).await;
    // Nothing to hold back for: how long the guard holds is its own tests' matter.
    let watching = json!({ "routes": { "default": { "guard": { "profile": "observe" } } } });
    let gate = World::new().start(over(&upstream, watching)).await;
    let body = with(chat("hi"), json!({ "stream": true })).to_string();
    let begun = Instant::now();
    let mut response = open(gate.address, request(Method::POST, "/v1/chat/completions", &gate.key, body)).await;
    let first = next(response.body_mut()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(140), "the first piece waited: {:?}", begun.elapsed());
    assert!(String::from_utf8_lossy(&first).contains("one"));
}

#[tokio::test]
async fn connections_to_upstreams_are_used_again() {
    let act = Act::Stream(vec![chunk("one"), end()], Duration::ZERO, Then::End);
    let upstream = Upstream::start(vec![act.clone(), act, says("whole")]).await;
    let gate = World::new().start(over(&upstream, json!({}))).await;
    for stream in [true, true, false, false] {
        let answer = if stream { gate.chat_stream("hi").await } else { gate.chat("hi").await };
        assert_eq!(answer.status, StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(upstream.count(), 4);
    assert_eq!(upstream.connections.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_failure() {
    let error = json!({ "error": { "message": "The server had an error", "type": "server_error" } });
    let packed = vec![("content-encoding", "gzip")];
    let whole = json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": "plain" } }] });
    for act in [Act::Say(200, vec![], error.clone()), Act::Say(200, packed, whole)] {
        let upstream = Upstream::start(vec![act.clone()]).await;
        let gate = World::new().start(over(&upstream, json!({}))).await;
        let answer = gate.chat("hi").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{act:?}: {}", answer.text());
        assert_eq!(answer.json()["error"]["code"], "upstream_error");
    }

    // In a stream it is relayed, and recorded as what it is.
    let pieces = vec![chunk("half"), format!("data: {error}\n\n")];
    let upstream = Upstream::start(vec![Act::Stream(pieces, Duration::ZERO, Then::End)]).await;
    let world = World::new();
    let gate = world.start(over(&upstream, json!({}))).await;
    assert!(gate.chat_stream("hi").await.text().contains("The server had an error"));
    world.tells(&["request", "completion"]).await;
    let entries = world.entries();
    let outcome = entries.iter().find_map(|entry| match entry {
        Entry::Completion(completion) => Some(completion.outcome),
        _ => None,
    });
    assert_eq!(outcome, Some(Outcome::UpstreamError));
}

#[tokio::test]
async fn a_busy_upstream_is_not_made_busier() {
    let upstream = Upstream::start(vec![fails(429)]).await;
    let gate = World::new().start(over(&upstream, json!({ "retries": { "wait": "1ms" } }))).await;
    for _ in 0..40 {
        assert_eq!(gate.chat("hi").await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    assert!((45..=55).contains(&upstream.count()), "{} calls for 40 requests", upstream.count());
}

#[tokio::test]
async fn an_endless_answer_ends() {
    let upstream = Upstream::start(vec![says(&"x".repeat(5_000))]).await;
    let gate = World::new().start(over(&upstream, json!({ "bounds": { "answer_bytes": 1_000 } }))).await;
    assert_eq!(gate.chat("hi").await.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn weights_share_the_calls() {
    let (one, two) = (Upstream::start(vec![says("one")]).await, Upstream::start(vec![says("two")]).await);
    let config = json!({
        "providers": { "two": { "kind": "openai", "base_url": two.url() } },
        "models": { "redoubt-demo": { "targets": [
            { "provider": "demo", "weight": 3 }, { "provider": "two", "weight": 1 },
        ] } },
    });
    let gate = World::new().start(over(&one, config)).await;
    for _ in 0..60 {
        assert_eq!(gate.chat("hi").await.status, StatusCode::OK);
    }
    assert!(one.count() > two.count() && two.count() > 3, "{} to {}", one.count(), two.count());
}
