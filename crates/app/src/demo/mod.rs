//! The tour: a gateway before a model that obeys and leaks, real requests through it, and what became of
//! each.

mod client;
mod scene;

use std::fmt::Write as _;

use redoubt_domain::RequestId;
use redoubt_gateway::Settings;
use serde_json::{Value, json};

use crate::config::{self, ConfigError};
use crate::output::{self, BAD, FAINT, GOOD, TITLE, paint};
use crate::table::wrap;
pub(crate) use client::{Client, Reply};
pub(crate) use scene::{Expected, Scene, scenes};

/// The configuration of the tour, its planes on `port` and the one after it; 0 for any free ports.
pub(crate) fn settings(port: u16) -> Result<Settings, ConfigError> {
    let admin = if port == 0 { 0 } else { port.saturating_add(1) };
    let planes = format!("listen = \"127.0.0.1:{port}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n");
    Ok(config::parse("demo.toml", format!("{planes}{}", include_str!("demo.toml")))?.gateway)
}

/// What became of a scene.
pub(crate) struct Played {
    scene: Scene,
    reply: Reply,
    model_saw: Option<String>,
    wrong: Vec<String>,
    /// What was decided about the answer, which a streamed one tells only at its end.
    answer_decision: Option<String>,
}

impl Played {
    /// Compares what came back, and what the model received according to the audit log, with what must.
    pub(crate) fn judge(scene: Scene, reply: Reply, model_saw: Option<String>) -> Self {
        let Expected { status, decision, shows, hides, hidden_from_model, reaches_model } = &scene.expected;
        let mut wrong = Vec::new();
        if reply.status != *status {
            wrong.push(format!("HTTP {} instead of {status}", reply.status));
        }
        if let Some(decision) = decision
            && reply.decision.as_deref() != Some(*decision)
        {
            let made = reply.decision.as_deref().unwrap_or("none");
            wrong.push(format!("the decision is {made} instead of {decision}"));
        }
        let seen = model_saw.as_deref().unwrap_or("");
        wrong.extend(
            shows
                .iter()
                .filter(|text| !reply.said.contains(*text))
                .map(|_| "the answer lacks what it must show".to_owned()),
        );
        wrong.extend(
            hides
                .iter()
                .filter(|text| reply.raw.contains(*text))
                .map(|_| "the answer shows what it must hide".to_owned()),
        );
        wrong.extend(
            hidden_from_model
                .iter()
                .filter(|text| seen.contains(*text))
                .map(|_| "the model saw what it must not".to_owned()),
        );
        if *reaches_model && seen.is_empty() {
            wrong.push("the model saw nothing".to_owned());
        }
        if !reaches_model && !seen.is_empty() {
            wrong.push("the model saw a request that was refused".to_owned());
        }
        Self { scene, reply, model_saw, wrong, answer_decision: None }
    }

    /// Adds what was decided about the answer.
    pub(crate) fn decided_answer(&mut self, decision: String) {
        self.answer_decision = Some(decision);
    }

    /// What is not as it must be; empty if all is well.
    pub(crate) fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Which request it was.
    pub(crate) fn request(&self) -> Option<RequestId> {
        self.reply.request
    }

    /// The same for machines.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "title": self.scene.title, "path": self.scene.path, "sent": self.scene.sent, "model_saw": self.model_saw,
            "status": self.reply.status, "came_back": self.reply.said, "decision": self.reply.decision,
            "answer_decision": self.answer_decision,
            "overhead_us": self.reply.overhead_us, "request_id": self.reply.request.map(|id| id.to_string()),
            "ok": self.wrong.is_empty(), "wrong": self.wrong,
        })
    }
}

/// What became of each request, one under the other, so that what was changed on its way shows by itself.
pub(crate) fn table(played: &[Played]) -> String {
    /// The width of "model saw" and the space around it.
    const INDENT: usize = 15;
    let width = output::width();
    let mut text = String::new();
    for Played { scene, reply, model_saw, wrong, answer_decision } in played {
        let mark = if wrong.is_empty() { paint(GOOD, "✓") } else { paint(BAD, "✗") };
        let decision = match (&reply.decision, answer_decision) {
            (None, _) => paint(BAD, &format!("HTTP {}", reply.status)),
            (Some(request), Some(answer)) if answer != request && answer != "allow" => {
                format!("{}, answer {}", painted(request), painted(answer))
            }
            (Some(request), _) => painted(request),
        };
        let here = reply.overhead_us.map(|micros| format!("  {micros} µs")).unwrap_or_default();
        _ = writeln!(text, "{mark} {}  {decision}{}", paint(TITLE, scene.title), paint(FAINT, &here));
        let error = if reply.status == 200 { String::new() } else { format!("HTTP {} ", reply.status) };
        let saw = model_saw.as_deref().map_or_else(|| "nothing".to_owned(), words_of);
        for (name, words) in
            [("sent", scene.sent.clone()), ("model saw", saw), ("came back", format!("{error}{}", reply.said))]
        {
            let mut name = name;
            for line in wrap(&output::shown(&words), width.saturating_sub(INDENT)) {
                _ = writeln!(text, "    {}  {line}", paint(FAINT, &format!("{name:9}")));
                name = "";
            }
        }
        for reason in wrong {
            _ = writeln!(text, "    {}", paint(BAD, &format!("wrong: {reason}")));
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn painted(decision: &str) -> String {
    paint(output::of_decision(decision), decision)
}

/// The words in a request as the model receives it: its `content` and `text` strings.
fn words_of(body: &str) -> String {
    fn collect(value: &Value, words: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
            Value::Object(members) => {
                for (key, member) in members {
                    match member {
                        Value::String(text)
                            if matches!(key.as_str(), "content" | "text" | "data" | "input" | "prompt") =>
                        {
                            words.push(text.clone());
                        }
                        Value::String(_) => {}
                        other => collect(other, words),
                    }
                }
            }
            _ => {}
        }
    }
    let Ok(value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let mut words = Vec::new();
    collect(&value, &mut words);
    words.join(" ")
}
