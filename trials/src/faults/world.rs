//! A gateway with a scripted upstream behind it, and what can be learnt of both from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Seen;
use crate::Outcome;
use crate::client::{self, Answer, Connection};
use crate::product::{Installation, Server};
use crate::upstream::{Step, Upstream, whole};

/// The model that the configuration knows.
const MODEL: &str = "m";
pub(super) const CHAT: &str = "/v1/chat/completions";
pub(super) const MESSAGES: &str = "/v1/messages";

/// An installation, its upstream and a key to it.
pub(super) struct World {
    pub(super) installation: Installation,
    pub(super) upstream: Upstream,
    pub(super) key: String,
}

/// A world whose gateway runs.
pub(super) struct Live {
    pub(super) world: World,
    pub(super) server: Server,
    idle_kib: u64,
    log_from: u64,
}

/// What a row sets differently: settings of the provider and whole tables, as TOML.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting<'a> {
    pub(super) provider: &'a str,
    pub(super) tables: &'a str,
}

/// Time limits towards the upstream, where a row sets none.
pub(super) const TIMES: &str =
    "connect_timeout = \"1s\"\nfirst_byte_timeout = \"2s\"\nidle_timeout = \"1s\"\ntotal_timeout = \"20s\"";

impl World {
    /// Writes the configuration and makes a key; nothing runs yet.
    pub(super) fn new(setting: Setting<'_>) -> Outcome<Self> {
        let world = Self::without_key(setting)?;
        let key = world.installation.new_key("faults")?;
        Ok(Self { key, ..world })
    }

    /// The same without a home: a row that mounts one, or asks for a key of its own, makes them.
    pub(super) fn without_key(Setting { provider, tables }: Setting<'_>) -> Outcome<Self> {
        let upstream = Upstream::start().map_err(|error| format!("cannot start an upstream: {error}"))?;
        let provider = if provider.is_empty() { TIMES } else { provider };
        let installation = Installation::new(&format!(
            "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n\
             [providers.up]\nkind = \"openai\"\nbase_url = \"http://{}/v1\"\napi_key = \"sk-upstream\"\n{provider}\n\
             [models.{MODEL}]\ntargets = [{{ provider = \"up\" }}]\n\
             [routes.default]\nguard = {{ profile = \"default\" }}\n{tables}\n",
            upstream.address
        ))?;
        upstream.script(|_| says("fine"));
        Ok(Self { installation, upstream, key: String::new() })
    }

    /// Starts the gateway and notes its memory.
    pub(super) fn start(self) -> Outcome<Live> {
        let log_from = self.log_length();
        let server = self.installation.start()?;
        let idle_kib = server.memory_kib()?.resident;
        Ok(Live { world: self, server, idle_kib, log_from })
    }

    fn log_length(&self) -> u64 {
        std::fs::metadata(self.installation.log_file()).map_or(0, |found| found.len())
    }

    /// The product's own check of its log.
    pub(super) fn verify(&self) -> Outcome {
        let output = self.installation.run(&["audit", "verify"])?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(format!("`audit verify` does not pass: {}", String::from_utf8_lossy(&said).trim()))
    }

    /// Every entry of the log, in its order.
    pub(super) fn entries(&self) -> Outcome<Vec<Value>> {
        let output = self.installation.run(&["audit", "tail", "--json", "-n", "100000000"])?;
        if !output.status.success() {
            return Err(format!("`audit tail` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|_| "`audit tail` printed no JSON".to_owned())).collect()
    }

    /// The record of one request once it is complete, which it is shortly after the answer.
    pub(super) fn record(&self, id: &str) -> Outcome<Value> {
        let mut last = Value::Null;
        let came = eventually(Duration::from_secs(20), || {
            let shown = self.installation.run(&["audit", "show", id, "--json"]);
            let Ok(shown) = shown.map(|output| serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)) else {
                return false;
            };
            last = shown;
            last.get("request").is_some_and(Value::is_object) && last.get("completion").is_some_and(Value::is_object)
        });
        if came { Ok(last) } else { Err(format!("the record of {id} is not complete: {last}")) }
    }
}

impl Live {
    /// What is seen when everything held.
    pub(super) fn seen(&self, notes: Vec<String>) -> Outcome<Seen> {
        Ok(Seen { idle_kib: self.idle_kib, peak_kib: self.server.memory_kib()?.peak, notes })
    }

    /// What the gateway has logged since it was started here.
    pub(super) fn log(&self) -> String {
        self.world.installation.log_since(self.log_from)
    }

    /// How many bytes that is.
    pub(super) fn log_mark(&self) -> usize {
        self.log().len()
    }

    /// A request on a connection of its own.
    pub(super) fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        client::post(&self.server.data_address, path, &self.world.key, body)
            .map_err(|error| format!("no answer: {error}"))
    }

    /// A connection over which a request has been sent; its answer can be read piece by piece.
    pub(super) fn ask(&self, path: &str, body: &Value) -> Outcome<Connection> {
        ask(&self.server.data_address, path, &self.world.key, body)
    }

    /// A plain connection.
    pub(super) fn connect(&self) -> Outcome<Connection> {
        Connection::open(&self.server.data_address).map_err(|error| format!("cannot connect: {error}"))
    }

    /// The status of a page of the admin plane, and what it says.
    pub(super) fn admin(&self, path: &str) -> Outcome<(u16, String)> {
        let answer =
            client::get(&self.server.admin_address, path).map_err(|error| format!("no answer on {path}: {error}"))?;
        Ok((answer.status, answer.text()))
    }

    /// That it still answers, which is asked at the end of most rows.
    pub(super) fn answers(&mut self) -> Outcome {
        if !self.server.lives() {
            return Err(format!("the gateway ended:\n{}", self.log()));
        }
        self.world.upstream.script(|_| says("fine"));
        let answer = self.post(CHAT, &chat("hello", false))?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(format!("afterwards it answers {}: {}", answer.status, answer.text()))
        }
    }
}

/// Sends a request and does not wait for its answer.
pub(super) fn ask(address: &str, path: &str, key: &str, body: &Value) -> Outcome<Connection> {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let mut connection = Connection::open(address).map_err(|error| format!("cannot connect: {error}"))?;
    connection
        .send("POST", path, &headers, body.to_string().as_bytes())
        .map_err(|error| format!("cannot send: {error}"))?;
    Ok(connection)
}

/// A request that fits both `/v1/chat/completions` and `/v1/messages`.
pub(super) fn chat(text: &str, is_stream: bool) -> Value {
    json!({
        "model": MODEL, "max_tokens": 64, "stream": is_stream, "messages": [{ "role": "user", "content": text }],
    })
}

/// A whole answer of the upstream.
pub(super) fn says(text: &str) -> Vec<Step> {
    whole(200, "application/json", completion(text).to_string().as_bytes())
}

pub(super) fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL,
        "choices": [{
            "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": text },
        }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 },
    })
}

/// One event of a streamed answer.
pub(super) fn event(text: &str) -> Vec<u8> {
    let chunk = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
        "choices": [{ "index": 0, "delta": { "role": "assistant", "content": text }, "finish_reason": null }],
    });
    format!("data: {chunk}\n\n").into_bytes()
}

/// The events that end a streamed answer.
pub(super) fn last_events() -> Vec<u8> {
    let chunk = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
    });
    format!("data: {chunk}\n\ndata: [DONE]\n\n").into_bytes()
}

/// The head of a streamed answer whose end is the connection's.
pub(super) const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// Whether the upstream was asked for a stream.
pub(super) fn wants_stream(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("stream") == Some(&Value::Bool(true)))
}

/// The id of the request that an answer belongs to, if the gateway has decided on it.
pub(super) fn decided(answer: &Answer) -> Option<&str> {
    answer.header("x-redoubt-decision")?;
    answer.header("x-redoubt-request-id")
}

/// Asks until the answer is yes, or the time is over.
pub(super) fn eventually(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if begun.elapsed() > time {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// What a log holds of each request.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Requests that were begun.
    pub(super) begun: BTreeSet<String>,
    /// How each that ended did: `completion` or `interrupted`.
    pub(super) ended: BTreeMap<String, String>,
}

impl Told {
    /// Reads the entries in their order; an end before its beginning, or a second end, is a fault.
    pub(super) fn read(entries: &[Value]) -> Outcome<Self> {
        let mut told = Self::default();
        for entry in entries {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (kind, request) = (text("type"), text("request"));
            match kind.as_str() {
                "request" if !told.begun.insert(request.clone()) => {
                    return Err(format!("{request} begins twice in the log"));
                }
                "completion" | "interrupted" => {
                    if !told.begun.contains(&request) {
                        return Err(format!("{request} ends in the log before it begins"));
                    }
                    if told.ended.insert(request.clone(), kind).is_some() {
                        return Err(format!("{request} ends twice in the log"));
                    }
                }
                _ => {}
            }
        }
        Ok(told)
    }

    /// That each of these requests is in the log.
    pub(super) fn holds(&self, answered: &BTreeSet<String>) -> Outcome {
        let lost: Vec<&String> = answered.difference(&self.begun).collect();
        match lost.as_slice() {
            [] => Ok(()),
            [first, ..] => Err(format!("{} answered requests are not in the log, such as {first}", lost.len())),
        }
    }
}
