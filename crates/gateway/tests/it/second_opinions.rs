//! A model that is asked where the classifier is not sure, seen from outside.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::StatusCode;
use redoubt_audit::Entry;
use redoubt_domain::Digest;
use redoubt_domain::seams::{Asked, Classifier, Likelihood, Question, Unanswered};
use serde_json::{Value, json};

use crate::http_client::Answer;
use crate::world::{Gate, World, causes, demo, settings_read, with};

/// Says what it is told, or nothing.
#[derive(Default)]
struct Scripted {
    says: Mutex<Option<Result<Likelihood, Unanswered>>>,
    hangs: bool,
    asked: Mutex<Vec<Question>>,
    given_up: Arc<AtomicUsize>,
}

impl Scripted {
    fn saying(permille: u16) -> Arc<Self> {
        let scripted = Self::default();
        scripted.say(Ok(Likelihood { permille, is_whole: true }));
        Arc::new(scripted)
    }

    fn say(&self, answer: Result<Likelihood, Unanswered>) {
        *self.says.lock().unwrap() = Some(answer);
    }
}

/// Counts those who go before they were answered.
struct Leaving(Arc<AtomicUsize>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Classifier for Scripted {
    fn model(&self) -> Digest {
        Digest::new([0xab; 32])
    }

    async fn classify(&self, questions: Vec<Question>, _: Duration) -> Vec<Result<Likelihood, Unanswered>> {
        let _leaving = Leaving(Arc::clone(&self.given_up));
        let count = questions.len();
        self.asked.lock().unwrap().extend(questions);
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let answer = *self.says.lock().unwrap();
        answer.map_or_else(Vec::new, |answer| vec![answer; count])
    }
}

fn config(second_opinion: Value, deadline: &str) -> Value {
    let everything = json!({ "margin_from": -1e6, "margin_to": 1e6 });
    with(
        demo(),
        json!({
            "transformer": { "folder": "nowhere", "deadline": deadline },
            "routes": { "default": { "guard": { "second_opinion": with(everything, second_opinion) } } },
        }),
    )
}

async fn gate(classifier: Arc<Scripted>, second_opinion: Value, deadline: &str) -> (World, Gate) {
    let mut world = World::new();
    world.classifier = Some(classifier);
    let gate = world.start(config(second_opinion, deadline)).await;
    (world, gate)
}

const QUESTION: &str = "Please summarise the meeting notes in three sentences.";
const SURFACES: [&str; 4] = ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"];

async fn ask(gate: &Gate, surface: &str, stream: bool) -> Answer {
    let body = match surface {
        "/v1/completions" => json!({ "prompt": QUESTION }),
        "/v1/responses" => json!({ "input": QUESTION }),
        _ => json!({ "messages": [{ "role": "user", "content": QUESTION }], "max_tokens": 1_000 }),
    };
    gate.post(surface, with(body, json!({ "model": "redoubt-demo", "stream": stream }))).await
}

/// The findings of the last request in the log.
fn findings(world: &World) -> Vec<Value> {
    let requests = world.entries().into_iter().filter_map(|entry| match entry {
        Entry::Request(request) => Some(request),
        _ => None,
    });
    let last = requests.last().unwrap();
    let decision = serde_json::to_value(&last.decision).unwrap();
    let list = |name: &str| decision.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let of_model = |finding: &Value| finding["detector"] == "transformer";
    list("findings").into_iter().filter(of_model).chain(list("unscanned")).collect()
}

#[tokio::test]
async fn an_opinion_decides_on_every_surface_whole_and_streamed() {
    let model = Scripted::saying(900);
    let (world, gate) = gate(Arc::clone(&model), json!({}), "5s").await;
    for surface in SURFACES {
        for stream in [false, true] {
            model.say(Ok(Likelihood { permille: 900, is_whole: true }));
            let answer = ask(&gate, surface, stream).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{surface} {stream} {}", answer.text());
            let found = answer.text();
            assert!(found.contains("content_filter") && found.contains("\"transformer\""), "{found}");
            assert!(!found.contains("likelihood"), "who asks is not told how near he was: {found}");
            model.say(Ok(Likelihood { permille: 100, is_whole: true }));
            let answer = ask(&gate, surface, stream).await;
            assert_eq!(answer.status, StatusCode::OK, "{surface} {stream} {}", answer.text());
            let [finding] = findings(&world).try_into().unwrap_or_else(|all| panic!("{all:?}"));
            assert_eq!(finding["rule"], "request-attack");
            let detail = finding["detail"].as_str().unwrap();
            assert!(detail.starts_with("likelihood 0.100, 0.500 acts; model abababab"), "{detail}");
        }
    }
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked.len(), 16);
    assert!(
        asked.iter().all(|question| question.asked == Asked::Request && question.text.starts_with("please summarise"))
    );
}

#[tokio::test]
async fn who_is_not_answered_in_time_is_refused_and_gives_up_the_question() {
    let model = Arc::new(Scripted { hangs: true, ..Scripted::default() });
    let (world, gate) = gate(Arc::clone(&model), json!({}), "50ms").await;
    for stream in [false, true] {
        let before = Instant::now();
        let answer = ask(&gate, "/v1/chat/completions", stream).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert!(before.elapsed() < Duration::from_secs(5));
        let found = findings(&world);
        assert_eq!(found[0]["rule"], "request-unanswered");
        assert!(found.iter().any(|gap| gap["reason"] == "the transformer did not answer in time"), "{found:?}");
    }
    assert_eq!(model.given_up.load(Ordering::Relaxed), 2);
    let metrics = redoubt_gateway::telemetry::render();
    let late = metrics.lines().find(|line| line.starts_with("redoubt_second_opinions_total{outcome=\"late\"}"));
    assert!(late.is_some(), "{metrics}");
    assert!(metrics.contains("redoubt_second_opinion_seconds_count"), "{metrics}");
}

#[tokio::test]
async fn failures_and_missing_answers_are_refused_unless_the_policy_trusts_the_classifier() {
    for (answer, status) in [
        (Some(Err(Unanswered::Full)), StatusCode::BAD_REQUEST),
        (Some(Err(Unanswered::Failed)), StatusCode::BAD_REQUEST),
        // It answers nothing at all.
        (None, StatusCode::BAD_REQUEST),
    ] {
        let model = Arc::new(Scripted { says: Mutex::new(answer), ..Scripted::default() });
        let trusting = json!({ "on_failure": "unsafely_trust_classifier" });
        for (second_opinion, status) in [(json!({}), status), (trusting, StatusCode::OK)] {
            let (world, gate) = gate(Arc::clone(&model), second_opinion, "5s").await;
            let answer = ask(&gate, "/v1/messages", false).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            assert!(findings(&world).iter().any(|found| found["rule"] == "request-unanswered"));
        }
    }
}

#[tokio::test]
async fn nobody_is_asked_outside_the_band() {
    let model = Scripted::saying(1_000);
    let (_, gate) = gate(Arc::clone(&model), json!({ "margin_from": 1e5 }), "5s").await;
    assert_eq!(ask(&gate, "/v1/messages", false).await.status, StatusCode::OK);
    assert!(model.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_model_that_was_not_loaded_stops_the_start() {
    let reason = match World::new().try_start(&config(json!({}), "1s")).await {
        Ok(_) => panic!("it starts"),
        Err(error) => causes(&error),
    };
    assert!(reason.contains("no model was loaded"), "{reason}");
}

#[test]
fn a_model_that_nobody_asks_and_a_question_to_nobody_are_mistakes() {
    let both = config(json!({}), "1s");
    assert!(settings_read(&both).is_ok());
    for (key, expected) in [("transformer", "add a table `[transformer]`"), ("routes", "no route asks the model")] {
        let mut one = both.clone();
        one.as_object_mut().unwrap().remove(key);
        let mistakes = settings_read(&one).map(|_| ()).unwrap_err().join("\n");
        assert!(mistakes.contains(expected), "{mistakes}");
    }
}
