//! The tour: a gateway before a model that obeys and leaks, real requests through it, and what became of
//! each.

mod client;
mod scene;

use std::fmt::Write as _;

use redoubt_domain::RequestId;
use redoubt_gateway::Settings;
use serde_json::{Value, json};

use crate::config::{self, ConfigError};
use crate::table::TextTable;
pub(crate) use client::{Client, Reply};
pub(crate) use scene::{Expected, Scene, scenes};

/// The configuration of the tour, its planes on `port` and the one after it; 0 for any free ports.
pub(crate) fn settings(port: u16) -> Result<Settings, ConfigError> {
    let admin = if port == 0 { 0 } else { port.saturating_add(1) };
    let planes = format!("listen = \"127.0.0.1:{port}\"\nadmin_listen = \"127.0.0.1:{admin}\"\n");
    config::parse("demo.toml", format!("{planes}{}", include_str!("demo.toml")))
}

/// What became of a scene.
pub(crate) struct Played {
    scene: Scene,
    reply: Reply,
    model_saw: Option<String>,
    wrong: Vec<String>,
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
            wrong.push(format!("the decision is {:?} instead of {decision}", reply.decision));
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
        Self { scene, reply, model_saw, wrong }
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
            "overhead_us": self.reply.overhead_us, "request_id": self.reply.request.map(|id| id.to_string()),
            "ok": self.wrong.is_empty(), "wrong": self.wrong,
        })
    }
}

/// The table of the tour.
pub(crate) fn table(played: &[Played]) -> String {
    let mut table = TextTable::new(&[
        ("", 2),
        ("what", 18),
        ("the caller sent", 34),
        ("the model saw", 34),
        ("came back", 34),
        ("decision", 10),
        ("µs", 7),
    ]);
    for Played { scene, reply, model_saw, wrong } in played {
        let mark = if wrong.is_empty() { "✓" } else { "✗" };
        let decision = reply.decision.clone().unwrap_or_else(|| format!("{}", reply.status));
        table.row(vec![
            mark.to_owned(),
            scene.title.to_owned(),
            scene.sent.clone(),
            model_saw.as_deref().map_or_else(|| "nothing".to_owned(), words_of),
            format!(
                "{}{}",
                if reply.status == 200 { String::new() } else { format!("HTTP {}: ", reply.status) },
                reply.said
            ),
            decision,
            reply.overhead_us.map_or_else(String::new, |micros| micros.to_string()),
        ]);
    }
    let mut text = table.render();
    for Played { scene, wrong, .. } in played {
        for reason in wrong {
            _ = write!(text, "\n✗ {}: {reason}", scene.title);
        }
    }
    text
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
