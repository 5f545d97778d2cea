//! A gateway on a free port, and what it stands on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use http_body_util::Full;
use redoubt_audit::{Entry, SigningKey, Turn};
use redoubt_domain::seams::{Classifier, Clock as _};
use redoubt_domain::settings::{self, Entry as Pair, Node, Value as Setting};
use redoubt_domain::{Capabilities, Secret, TenantId};
use redoubt_gateway::admit::{Allowance, KeyTerms, Keyring};
use redoubt_gateway::{Dependencies, Gateway, Running, Settings, StartError};
use serde_json::{Value, json};

use crate::http_client::{Answer, open, read, request};
use crate::memory::{CountingEntropy, MemoryBlobs, MemoryCounters, MemoryFiles, MemoryLog, MemoryRecords, SystemClock};

/// What outlives a gateway.
pub(crate) struct World {
    pub(crate) records: Arc<MemoryRecords>,
    pub(crate) blobs: Arc<MemoryBlobs>,
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) files: Arc<MemoryFiles>,
    entropy: Arc<CountingEntropy>,
    pub(crate) classifier: Option<Arc<dyn Classifier>>,
    pub(crate) admin: axum::Router,
}

/// A gateway that serves, with a key to it.
pub(crate) struct Gate {
    pub(crate) running: Running,
    pub(crate) key: String,
    pub(crate) address: SocketAddr,
}

const MASTER: [u8; 32] = [7; 32];

impl World {
    pub(crate) fn new() -> Self {
        Self {
            records: Arc::default(),
            blobs: Arc::default(),
            log: Arc::default(),
            files: Arc::default(),
            entropy: Arc::default(),
            classifier: None,
            admin: axum::Router::new(),
        }
    }

    pub(crate) async fn key(&self, tenant: &str, allowance: Allowance) -> String {
        self.key_that_can(tenant, allowance, Capabilities::default()).await
    }

    pub(crate) async fn key_that_can(&self, tenant: &str, allowance: Allowance, capabilities: Capabilities) -> String {
        let master = Secret::new(MASTER);
        let (records, entropy) = (self.records.as_ref(), self.entropy.as_ref());
        let ring = Keyring { records, entropy, master: &master, actor: "test" };
        let tenant = TenantId::parse(tenant).unwrap();
        let (name, models) = ("test".to_owned(), Vec::new());
        let terms = KeyTerms { tenant, name, expires: None, models, allowance, capabilities, owner: None };
        let text = ring.create(terms, SystemClock.now()).await.unwrap().text.expose().clone();
        // So that the log tells of requests alone.
        self.records.clear("outbox");
        text
    }

    pub(crate) async fn try_start(&self, config: &Value) -> Result<Running, StartError> {
        let dependencies = Dependencies {
            records: self.records.clone(),
            blobs: self.blobs.clone(),
            counters: Arc::new(MemoryCounters::default()),
            log: self.log.clone(),
            files: self.files.clone(),
            clock: Arc::new(SystemClock),
            entropy: self.entropy.clone(),
            signing_key: signing_key(),
            master: Secret::new(MASTER),
            classifier: self.classifier.clone(),
            admin: self.admin.clone(),
        };
        Gateway::start(settings_of(config), dependencies).await
    }

    pub(crate) async fn start(&self, config: Value) -> Gate {
        self.start_with(config, Allowance::default()).await
    }

    pub(crate) async fn start_with(&self, config: Value, allowance: Allowance) -> Gate {
        let key = self.key("acme", allowance).await;
        let running = self.try_start(&config).await.unwrap_or_else(|error| panic!("{}", causes(&error)));
        let address = running.data_address();
        Gate { running, key, address }
    }

    /// What the log holds, in order.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.log.entries().iter().map(|bytes| Entry::from_bytes(bytes).unwrap()).collect()
    }

    /// The names of the entries about requests, in order.
    pub(crate) fn told(&self) -> Vec<&'static str> {
        let name = |entry: &Entry| match entry {
            Entry::Request(_) => Some("request"),
            Entry::Completion(_) => Some("completion"),
            Entry::Interrupted(_) => Some("interrupted"),
            Entry::Event(_) => None,
        };
        self.entries().iter().filter_map(name).collect()
    }

    /// Waits until the log tells this of its requests. What nobody waits for is written a little later, so the end of
    /// one request may stand behind the beginning of the next; but never before its own.
    pub(crate) async fn tells(&self, expected: &[&str]) {
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        eventually(|| sorted(self.told()) == expected).await;
        let mut begun = Vec::new();
        for entry in self.entries() {
            match entry.turn() {
                Turn::Begins(request) => begun.push(request),
                Turn::Ends(request) => assert!(begun.contains(&request), "{request} ends before it begins"),
                Turn::Neither => {}
            }
        }
    }
}

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_seed("redoubt.test", &Secret::new([9; 32])).unwrap()
}

/// Waits for something that happens soon.
pub(crate) async fn eventually(mut happened: impl FnMut() -> bool) {
    for _ in 0..500 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within five seconds");
}

pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl Gate {
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(request(Method::POST, path, &self.key, body.to_string())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, &self.key, "")).await
    }

    pub(crate) async fn send(&self, request: Request<Full<bytes::Bytes>>) -> Answer {
        read(open(self.address, request).await).await
    }

    /// Asks the demonstration one question in chat.
    pub(crate) async fn chat(&self, question: &str) -> Answer {
        self.post("/v1/chat/completions", chat(question)).await
    }

    pub(crate) async fn chat_stream(&self, question: &str) -> Answer {
        self.post("/v1/chat/completions", with(chat(question), json!({ "stream": true }))).await
    }
}

pub(crate) fn chat(question: &str) -> Value {
    json!({ "model": "redoubt-demo", "messages": [{ "role": "user", "content": question }] })
}

/// `base` with the keys of `more`, tables merged.
pub(crate) fn with(mut base: Value, more: Value) -> Value {
    let (Some(into), Value::Object(from)) = (base.as_object_mut(), more) else { panic!("objects") };
    for (key, value) in from {
        match into.get_mut(&key) {
            Some(old) if old.is_object() && value.is_object() => *old = with(old.take(), value),
            _ => drop(into.insert(key, value)),
        }
    }
    base
}

/// The demonstration under the standard policy.
pub(crate) fn demo() -> Value {
    json!({
        "listen": "127.0.0.1:0",
        "admin_listen": "127.0.0.1:0",
        "providers": { "demo": { "kind": "demo" } },
        "models": { "redoubt-demo": { "targets": [{ "provider": "demo" }] } },
        "retries": { "wait": "10ms" },
    })
}

pub(crate) fn settings_of(config: &Value) -> Settings {
    settings::read(&node(config), Settings::read).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// The settings, or the reasons why they are none.
pub(crate) fn settings_read(config: &Value) -> Result<Settings, Vec<String>> {
    settings::read(&node(config), Settings::read)
        .map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.reason).collect())
}

fn node(value: &Value) -> Node {
    let setting = match value {
        Value::String(text) => Setting::String(text.clone()),
        Value::Bool(value) => Setting::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Setting::Integer(whole),
            None => Setting::Float(number.as_f64().unwrap()),
        },
        Value::Array(items) => Setting::Array(items.iter().map(node).collect()),
        Value::Object(members) => Setting::Table(
            members.iter().map(|(key, value)| Pair { key: key.clone(), key_span: 0..0, node: node(value) }).collect(),
        ),
        Value::Null => panic!("no null in a configuration"),
    };
    Node { span: 0..0, value: setting }
}
