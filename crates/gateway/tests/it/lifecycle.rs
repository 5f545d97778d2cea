//! Starting, reloading, draining.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use redoubt_gateway::{ReloadError, StartError};
use serde_json::json;

use crate::http_client::{open, read, request};
use crate::world::{World, causes, demo, settings_of, with};

#[tokio::test]
async fn a_reload_takes_all_or_nothing() {
    let world = World::new();
    let gate = world.start(demo()).await;
    let keep = |more| with(demo(), more);
    let more = keep(json!({ "models": { "second": { "targets": [{ "provider": "demo" }] } } }));
    let zero = with(more, json!({}));
    // A port of 0 was asked for both times, so the address is the same to the reader of the settings.
    gate.running.reload(settings_of(&zero)).await.unwrap();
    assert_eq!(gate.get("/v1/models").await.json()["data"].as_array().unwrap().len(), 2);

    let broken = keep(
        json!({ "providers": { "demo": { "kind": "openai", "base_url": "https://h/v1", "ca": "/nowhere.pem" } } }),
    );
    let error = gate.running.reload(settings_of(&broken)).await.unwrap_err();
    assert!(causes(&error).contains("/nowhere.pem"), "{}", causes(&error));
    assert_eq!(gate.get("/v1/models").await.json()["data"].as_array().unwrap().len(), 2, "the last good one goes on");

    let moved = keep(json!({ "listen": "127.0.0.1:9" }));
    let error = gate.running.reload(settings_of(&moved)).await.unwrap_err();
    assert!(matches!(error, ReloadError::NeedsRestart { key: "listen", .. }));
    assert_eq!(gate.chat("still here").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_drain_lets_requests_in_flight_finish() {
    let world = World::new();
    let gate = world.start(with(demo(), json!({ "providers": { "demo": { "pace": "20ms" } } }))).await;
    let body = with(crate::world::chat("count to 20"), json!({ "stream": true })).to_string();
    let response = open(gate.address, request(Method::POST, "/v1/chat/completions", &gate.key, body)).await;
    let draining = tokio::spawn(gate.running.drain(Duration::from_secs(10)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tokio::net::TcpStream::connect(gate.address).await.is_err(), "it still accepts");
    let answer = read(response).await;
    assert!(answer.text().contains("[DONE]"), "{}", answer.text());
    draining.await.unwrap();
    assert_eq!(world.told(), ["request", "completion"]);
}

#[tokio::test]
async fn a_drain_has_an_end() {
    let world = World::new();
    let gate = world.start(with(demo(), json!({ "providers": { "demo": { "delay": "60s" } } }))).await;
    let waiting = tokio::spawn(open(
        gate.address,
        request(Method::POST, "/v1/chat/completions", &gate.key, crate::world::chat("x").to_string()),
    ));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    gate.running.drain(Duration::from_millis(200)).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(waiting.await.is_err(), "it was cut");
    assert_eq!(world.told(), ["request", "completion"]);
}

#[tokio::test]
async fn readiness_is_told_on_the_admin_plane() {
    let gate = World::new().start(demo()).await;
    let admin = gate.running.admin_address();
    for path in ["/livez", "/readyz"] {
        assert_eq!(read(open(admin, request(Method::GET, path, "", "")).await).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let world = World::new();
    let gate = world.start(demo()).await;
    let taken = with(demo(), json!({ "listen": gate.address.to_string() }));
    let error = World::new().try_start(&taken).await.err().unwrap();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let gate = World::new().start(with(demo(), json!({ "bounds": { "body_read_timeout": "100ms" } }))).await;
    let mut stream = tokio::net::TcpStream::connect(gate.address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
        gate.key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer));
    reading.await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let bounds = json!({ "bounds": { "header_read_timeout": "150ms", "keep_alive_timeout": "600ms" } });
    let gate = World::new().start(with(demo(), bounds)).await;
    let asked = format!("GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", gate.key);
    for (said, answers, least) in [
        ("", 0, 150),
        ("P", 0, 150),
        ("PRI * HTTP/2.0\r\n", 0, 150),
        ("GET /v1/models HTTP/1.1\r\nhost", 0, 150),
        (asked.as_str(), 1, 600),
    ] {
        let begun = Instant::now();
        let mut stream = tokio::net::TcpStream::connect(gate.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        read.unwrap_or_else(|_| panic!("{said:?} keeps its connection")).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(least), "{said:?} after {:?}", begun.elapsed());
        assert_eq!(String::from_utf8_lossy(&answer).matches("HTTP/1.1 200").count(), answers, "{said:?}");
    }
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let gate = World::new().start(demo()).await;
    let headers: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let mut stream = tokio::net::TcpStream::connect(gate.address).await.unwrap();
    stream.write_all(format!("GET /v1/models HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 431"));
    assert_eq!(gate.get("/v1/models").await.status, StatusCode::OK);
}
