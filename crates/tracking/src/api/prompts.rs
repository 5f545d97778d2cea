//! Prompts of MLflow 3: registered models whose versions are texts, kept in tags. A version has the digest of its text, so
//! that evidence is about the text, and the text never changes.

use std::collections::BTreeMap;

use redoubt_models::sign::sha256;
use redoubt_models::{FileReport, Limits, Report, Verdict, scan};
use redoubt_registry::{AttestationKind, Entry, Manifest, NewVersion, Version};

use super::sources::{details, refusal};
use crate::call::{Call, Register};
use crate::problem::Problem;

/// What tells a prompt from a model.
const IS_PROMPT: &str = "mlflow.prompt.is_prompt";
const TEXT: &str = "mlflow.prompt.text";
/// The tags that are the prompt itself.
const CONTENT: [&str; 4] =
    [TEXT, "_mlflow_prompt_type", "_mlflow_prompt_response_format", "_mlflow_prompt_model_config"];

/// Whether a model or a version with these tags is a prompt.
pub(super) fn is_prompt(tags: &BTreeMap<String, String>) -> bool {
    tags.get(IS_PROMPT).is_some_and(|value| value == "true")
}

/// Registers a text as the next version of a prompt. It is looked at as the template that a client may make of it, and not
/// registered if something in it reaches for more than a prompt needs.
pub(super) async fn create(call: &Call<Register>, name: &str, new: NewVersion) -> Result<Version, Problem> {
    if !new.tags.contains_key(TEXT) {
        return Err(Problem::invalid(format!("a version of a prompt has its text in the tag `{TEXT}`")));
    }
    let registry = call.registry();
    let report = report(name, &new.tags);
    let entries = report
        .files
        .iter()
        .filter_map(|file| Some((file.path.clone(), Entry { size: file.size, digest: file.digest? })));
    let manifest = Manifest::new(entries, &registry.limits);
    let manifest = manifest.map_err(|error| Problem::invalid(format!("`{name}` is no prompt: {error}")))?;
    if report.verdict() != Verdict::Clean {
        return Err(Problem::denied(refusal(name, &report)));
    }
    // What MLflow's own store writes there.
    let source = Some("prompt-template".to_owned());
    let new = NewVersion { source, digest: Some(manifest.digest()), is_pending: false, ..new };
    let version = registry.create_version(name, new, call.by()).await?;
    registry.attest(name, version.version, AttestationKind::FileScan, true, details(&report), call.by()).await?;
    Ok(version)
}

/// Refuses to change what a version of a prompt says, or whether it is one.
pub(super) async fn check_tag(call: &Call<Register>, name: &str, number: u64, key: &str) -> Result<(), Problem> {
    if !CONTENT.contains(&key) && key != IS_PROMPT {
        return Ok(());
    }
    let version = call.registry().version(name, number).await?;
    if !is_prompt(&version.tags) && key != IS_PROMPT {
        return Ok(());
    }
    let message = format!("`{key}` of version {number} of `{name}` never changes; register another version");
    Err(Problem::denied(message))
}

/// Refuses to make a prompt of a model, or the other way round.
pub(super) fn check_tag_of_model(key: &str) -> Result<(), Problem> {
    if key != IS_PROMPT {
        return Ok(());
    }
    Err(Problem::denied(format!("`{IS_PROMPT}` is said when a prompt is made, and never changes")))
}

fn report(name: &str, tags: &BTreeMap<String, String>) -> Report {
    let limits = Limits::default();
    let file = |key: &&str| {
        let text = tags.get(*key)?;
        let path = match *key {
            TEXT if text.contains("{%") => "prompt.jinja".to_owned(),
            TEXT => "prompt.txt".to_owned(),
            other => format!("{}.txt", other.trim_start_matches('_')),
        };
        let bytes = text.as_bytes();
        let (size, digest) = (bytes.len() as u64, Some(sha256(bytes)));
        Some(FileReport { scanned: scan(&bytes, &path, &limits), path, size, digest })
    };
    Report { name: name.to_owned(), files: CONTENT.iter().filter_map(file).collect(), manifest: None }
}
