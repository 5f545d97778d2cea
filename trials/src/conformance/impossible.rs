//! What a vendor's format makes impossible, and how the product says so: each is tried, and must be refused.

use serde_json::{Value, json};

use super::surfaces::{SURFACES, Shape};
use super::target::Target;
use crate::Outcome;
use crate::client::{self, Answer};
use crate::product::Installation;

/// Something that cannot be, and what protects whoever asks for it.
pub(crate) struct Protected {
    pub(crate) what: String,
    pub(crate) reason: &'static str,
    /// What is said, up to what changes from call to call.
    pub(crate) said: String,
}

/// A configuration that cannot be kept.
struct Configuration {
    what: &'static str,
    reason: &'static str,
    route: &'static str,
    /// What `redoubt config check` must say.
    said: &'static str,
}

const CONFIGURATIONS: &[Configuration] = &[
    Configuration {
        what: "a rule over complete answers, kept by a window on a stream",
        reason: "whether an answer fits a schema is not known before its end",
        route: r#"
            [[routes.main.guard.rules]]
            name = "shape"
            labels = ["SCHEMA_VIOLATION"]
            action = "block"
            stream = "hold_window""#,
        said: "so on a stream of `chat` it needs `stream = \"buffer\"`",
    },
    Configuration {
        what: "values put back into answers of a route that serves embeddings alone",
        reason: "such an answer is made of numbers",
        route: r#"
            surfaces = ["embeddings"]
            [[routes.main.guard.rules]]
            name = "values"
            labels = ["EMAIL_ADDRESS"]
            action = "transform"
            transform = "anonymize""#,
        said: "there is nothing to put a value back into",
    },
    Configuration {
        what: "values put back by a rule that speaks of answers alone",
        reason: "what an answer brings was never taken out of its request",
        route: r#"
            [[routes.main.guard.rules]]
            name = "values"
            labels = ["EMAIL_ADDRESS"]
            directions = ["output"]
            action = "transform"
            transform = "anonymize""#,
        said: "`anonymize` puts the values of a request back",
    },
];

/// Tries each of them.
pub(crate) fn check(target: &Target) -> Outcome<Vec<Protected>> {
    let mut protected = Vec::new();
    for row in CONFIGURATIONS {
        protected.push(refused_configuration(row)?);
    }
    for surface in SURFACES.iter().filter(|surface| !surface.asked.streams()) {
        protected.push(refused_stream(target, surface.name, surface.asked)?);
    }
    protected.push(refused_prompts(target)?);
    Ok(protected)
}

fn refused_configuration(row: &Configuration) -> Outcome<Protected> {
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[providers.demo]\nkind = \"demo\"\n\
         [models.demo]\ntargets = [{{ provider = \"demo\" }}]\n[routes.main]\n{}\n",
        row.route
    );
    let installation = Installation::new(&configuration)?;
    for command in [&["config", "check"], &["serve"][..]] {
        let told = installation.run(command)?;
        let said = [told.stdout.as_slice(), &told.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // A long line is broken where the terminal ends.
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if told.status.success() || !flat.contains(row.said) {
            return Err(format!("`redoubt {}` does not refuse {}:\n{said}", command.join(" "), row.what));
        }
    }
    Ok(Protected {
        what: row.what.to_owned(), reason: row.reason, said: format!("start-up error: … {} …", row.said)
    })
}

fn refused_prompts(target: &Target) -> Outcome<Protected> {
    let body = json!({ "model": "mask-chat-0", "prompt": ["Good evening.", "Good morning."] });
    let answer = client::post(&target.address, Shape::Completions.path(), &target.key, &body)
        .map_err(|error| format!("no answer: {error}"))?;
    Ok(Protected {
        what: "several prompts of `completions` for an upstream that speaks `chat`".to_owned(),
        reason: "a conversation is one prompt",
        said: message(&answer).ok_or_else(|| format!("several prompts are not refused: {}", answer.text()))?,
    })
}

/// What a refusal says, if it is one that blames the request.
fn message(answer: &Answer) -> Option<String> {
    let said: Value = serde_json::from_slice(&answer.body).ok()?;
    let message = said.pointer("/error/message").and_then(Value::as_str)?;
    (answer.status == 400).then(|| format!("HTTP 400: {message}"))
}

fn refused_stream(target: &Target, name: &str, shape: Shape) -> Outcome<Protected> {
    let body = match shape {
        Shape::CountTokens => json!({ "model": "mask-native-0", "stream": true,
            "messages": [{ "role": "user", "content": "Good evening." }] }),
        _ => json!({ "model": "mask-native-0", "stream": true, "input": "Good evening." }),
    };
    let answer = client::post(&target.address, shape.path(), &target.key, &body)
        .map_err(|error| format!("no answer of {name}: {error}"))?;
    Ok(Protected {
        what: format!("a stream of `{name}`"),
        reason: "the vendor's format has none",
        said: message(&answer)
            .ok_or_else(|| format!("a stream of {name} is not refused: {} {}", answer.status, answer.text()))?,
    })
}
