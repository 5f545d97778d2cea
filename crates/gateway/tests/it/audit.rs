//! The audit log: written before anything leaves, closed in any case, taken up after a crash.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use redoubt_audit::{Entry, EventKind, MasterKey, Outcome, Side, WrappedKey};
use redoubt_domain::seams::{Files as _, Log as _, Records as _};
use redoubt_domain::{Action, RequestId, Secret};
use redoubt_gateway::PAYLOAD_KEY_KIND;
use serde_json::json;

use crate::http_client::{open, read, request};
use crate::upstream::{Upstream, says};
use crate::world::{World, causes, demo, eventually, signing_key, with};

#[tokio::test]
async fn the_record_is_durable_before_the_first_byte() {
    let world = World::new();
    let gate = world.start(demo()).await;
    world.log.delay_ms.store(200, Ordering::Relaxed);
    for stream in [false, true] {
        let before = world.told().len();
        let begun = Instant::now();
        let answer = if stream { gate.chat_stream("hi").await } else { gate.chat("hi").await };
        assert_eq!(answer.status, StatusCode::OK);
        assert!(begun.elapsed() >= Duration::from_millis(200), "the answer left before its record");
        assert!(world.told().get(before..).is_some_and(|new| new.contains(&"request")));
    }
    world.tells(&["request", "completion", "request", "completion"]).await;
}

#[tokio::test]
async fn the_record_is_written_while_the_upstream_works() {
    let world = World::new();
    let gate = world.start(with(demo(), json!({ "providers": { "demo": { "delay": "200ms" } } }))).await;
    world.log.delay_ms.store(200, Ordering::Relaxed);
    let begun = Instant::now();
    assert_eq!(gate.chat("hi").await.status, StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_millis(380), "one waited for the other: {:?}", begun.elapsed());
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_answered() {
    let upstream = Upstream::start(vec![says("forbidden words")]).await;
    let world = World::new();
    let config = with(demo(), json!({ "providers": { "demo": { "kind": "openai", "base_url": upstream.url() } } }));
    let gate = world.start(config).await;
    world.log.is_broken.store(true, Ordering::Relaxed);
    for stream in [false, true] {
        let answer = if stream { gate.chat_stream("hi").await } else { gate.chat("hi").await };
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
        assert!(!answer.text().contains("forbidden"));
    }
    world.log.is_broken.store(false, Ordering::Relaxed);
    assert_eq!(gate.chat("hi").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_keeps_requests_from_upstreams_until_it_can() {
    let upstream = Upstream::start(vec![says("fine")]).await;
    let world = World::new();
    let config = with(demo(), json!({ "providers": { "demo": { "kind": "openai", "base_url": upstream.url() } } }));
    let gate = world.start(config).await;
    let admin = gate.running.admin_address();
    let ready = || async move { read(open(admin, request(Method::GET, "/readyz", "", "")).await).await.status };
    assert_eq!(ready().await, StatusCode::OK);

    world.log.is_broken.store(true, Ordering::Relaxed);
    assert_eq!(gate.chat("the first finds out").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let reached = upstream.count();
    for stream in [false, true] {
        let answer = if stream { gate.chat_stream("hi").await } else { gate.chat("hi").await };
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    }
    assert_eq!(upstream.count(), reached, "what cannot be recorded was sent on");
    assert_eq!(ready().await, StatusCode::SERVICE_UNAVAILABLE);

    // Nobody asks a gateway that is not ready: it finds out by itself.
    world.log.is_broken.store(false, Ordering::Relaxed);
    let begun = Instant::now();
    while ready().await != StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not become ready again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let resumed = |entry: &Entry| matches!(entry, Entry::Event(event) if event.kind == EventKind::LogResumed);
    assert_eq!(world.entries().iter().filter(|entry| resumed(entry)).count(), 1);
    assert_eq!(gate.chat("hi").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_may_wait_for_its_own_record() {
    for stream in [false, true] {
        let world = World::new();
        let gate = world.start(with(demo(), json!({ "audit": { "durability": "answer" } }))).await;
        let answer = if stream { gate.chat_stream("hi").await } else { gate.chat("hi").await };
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(world.told(), ["request", "completion"], "stream: {stream}");
    }
}

#[tokio::test]
async fn every_request_has_its_two_entries() {
    let world = World::new();
    let gate =
        world.start(with(demo(), json!({ "routes": { "main": { "guard": { "banned_words": ["zebra"] } } } }))).await;
    let answered = gate.chat("mail ada@example.com").await;
    let blocked = gate.chat("a zebra").await;
    world.tells(&["request", "completion", "request", "completion"]).await;
    let mut outcomes = BTreeMap::new();
    let mut decisions = BTreeMap::new();
    for entry in world.entries() {
        match entry {
            Entry::Request(request) => {
                assert_eq!(request.tenant.as_str(), "acme");
                assert_eq!(request.route.as_deref(), Some("main"));
                assert_eq!(request.body.sent.is_some(), request.decision.action == Action::Transform);
                decisions.insert(request.request.to_string(), request.decision.action);
            }
            Entry::Completion(completion) => {
                outcomes.insert(completion.request.to_string(), (completion.outcome, completion.status));
            }
            Entry::Interrupted(_) | Entry::Event(_) => {}
        }
    }
    let (answered, blocked) = (answered.header("x-redoubt-request-id"), blocked.header("x-redoubt-request-id"));
    assert_eq!(decisions[answered], Action::Transform);
    assert_eq!(decisions[blocked], Action::Block);
    assert_eq!(outcomes[answered], (Outcome::Answered, Some(200)));
    assert_eq!(outcomes[blocked], (Outcome::Blocked, Some(400)));
}

#[tokio::test]
async fn payloads_are_kept_sealed_and_open_with_their_key() {
    let world = World::new();
    let gate = world.start(demo()).await;
    let answer = gate.chat("hello payload").await;
    let id = RequestId::parse(answer.header("x-redoubt-request-id")).unwrap();
    gate.running.drain(Duration::from_secs(1)).await;

    let (mut request, mut completion) = (None, None);
    for entry in world.entries() {
        match entry {
            Entry::Request(entry) => request = Some(entry),
            Entry::Completion(entry) => completion = Some(entry),
            Entry::Interrupted(_) | Entry::Event(_) => {}
        }
    }
    let (request, completion) = (request.unwrap(), completion.unwrap());
    let wrapped = world.records.get(PAYLOAD_KEY_KIND, &id.to_string()).await.unwrap().unwrap();
    let tenant = MasterKey::new(Secret::new([7; 32])).tenant(&request.tenant).unwrap();
    let key = tenant.unwrap(id, &WrappedKey::from_bytes(wrapped.value)).unwrap();
    for (side, digest, words) in [
        (Side::Request, request.body.payload.unwrap(), "hello payload"),
        (Side::Answer, completion.body.unwrap().payload.unwrap(), "You said: hello payload"),
    ] {
        let sealed = world.blobs.0.lock().unwrap()[&digest].clone();
        assert_eq!(redoubt_audit::sha256(&sealed), digest);
        assert!(!sealed.windows(7).any(|window| window == b"payload"));
        let payload = key.open(side, &sealed).unwrap();
        assert!(String::from_utf8_lossy(&payload.received).contains(words));
    }
}

#[tokio::test]
async fn the_log_is_published_and_verifies() {
    let world = World::new();
    let gate = world.start(demo()).await;
    for _ in 0..5 {
        gate.chat("hi").await;
    }
    eventually(|| world.told().len() == 10).await;
    gate.running.drain(Duration::from_secs(1)).await;
    let note = world.files.get(redoubt_audit::CHECKPOINT_PATH).await.unwrap().unwrap();
    let checkpoint = redoubt_audit::Checkpoint::open(&note, signing_key().verifier()).unwrap();
    assert_eq!(checkpoint.size, world.log.size().await.unwrap());

    // And it is taken up where it was left.
    let gate = world.start(demo()).await;
    gate.chat("again").await;
    gate.running.drain(Duration::from_secs(1)).await;
    let note = world.files.get(redoubt_audit::CHECKPOINT_PATH).await.unwrap().unwrap();
    let later = redoubt_audit::Checkpoint::open(&note, signing_key().verifier()).unwrap();
    assert!(later.size > checkpoint.size);
    assert!(!world.told().contains(&"interrupted"));
}

#[tokio::test]
async fn what_a_crash_cut_off_is_said_at_the_next_start() {
    let world = World::new();
    let gate = world.start(demo()).await;
    gate.chat("hi").await;
    world.tells(&["request", "completion"]).await;
    // A log that lost its end, as after a crash: the request is there, its completion is not.
    let torn = World::new();
    let request = world.entries().into_iter().find(|entry| matches!(entry, Entry::Request(_))).unwrap();
    torn.log.append(request.to_bytes()).await.unwrap();
    let gate = torn.start(demo()).await;
    assert_eq!(torn.told(), ["request", "interrupted"]);
    drop(gate);

    // Tiles of another log are not taken over.
    let other = World::new();
    let note = world.files.get(redoubt_audit::CHECKPOINT_PATH).await.unwrap();
    if let Some(note) = note {
        for path in world.files.list("").await.unwrap() {
            other.files.put(&path, world.files.get(&path).await.unwrap().unwrap()).await.unwrap();
        }
        other.files.put(redoubt_audit::CHECKPOINT_PATH, note).await.unwrap();
        let error = other.try_start(&demo()).await.err().unwrap();
        assert!(causes(&error).contains("published"), "{}", causes(&error));
    }
}
