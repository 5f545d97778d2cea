//! The end of a stream that is cut short, in the surface's own way.

use bytes::Bytes;
use redoubt_domain::{ModelName, Surface};
use serde_json::{Value, json};

use super::ledger::Ledger;
use crate::problem::{Problem, anthropic_envelope, openai_error};
use crate::refusal::{FILTERED, id, stop_message, stop_response};
use crate::shape::{self, Named, Script};
use crate::verdict::Verdict;

pub(super) fn refuse(
    surface: Surface,
    model: &ModelName,
    ledger: Ledger,
    already_sent: bool,
    verdict: &Verdict<'_>,
) -> Bytes {
    let own_id = id(surface, verdict);
    let id = ledger.head.id.as_deref().unwrap_or(&own_id);
    let named = Named { id, created: ledger.head.created.unwrap_or_default(), model: model.as_str() };
    let mut script = Script::from(if already_sent { ledger.number } else { 0 });
    match surface {
        Surface::Messages => refuse_message(&mut script, named, &ledger, already_sent, verdict),
        Surface::Responses => {
            if !already_sent {
                let begun = shape::response(named, "in_progress", json!([]), None);
                script.numbered(json!({ "type": "response.created", "response": begun }));
            }
            stop_response(&mut script, named, json!([]), verdict);
        }
        Surface::Completions => {
            let choices = unfinished(&ledger, already_sent).into_iter();
            let choices = choices.map(|turn| shape::completion_choice(turn, "", Some(FILTERED))).collect();
            let chunk = shape::completion(named, choices);
            script.data(&shape::with_verdict(chunk, verdict.to_json())).done();
        }
        Surface::ChatCompletions | Surface::Embeddings | Surface::Moderations | Surface::CountTokens => {
            let delta = if already_sent { json!({}) } else { json!({ "role": "assistant", "content": "" }) };
            let choices = unfinished(&ledger, already_sent).into_iter();
            let choices = choices.map(|turn| shape::chat_choice(turn, delta.clone(), Some(FILTERED))).collect();
            let chunk = shape::chat_chunk(named, choices);
            script.data(&shape::with_verdict(chunk, verdict.to_json())).done();
        }
    }
    script.finish()
}

fn refuse_message(script: &mut Script, named: Named<'_>, ledger: &Ledger, already_sent: bool, verdict: &Verdict<'_>) {
    if !already_sent || !ledger.is_begun {
        script.event(&json!({ "type": "message_start", "message": shape::message(named, json!([]), None) }));
    } else {
        for block in &ledger.blocks {
            script.event(&json!({ "type": "content_block_stop", "index": block.part }));
        }
    }
    stop_message(script, verdict);
}

/// The choices that must still be given a finish reason: one at least, so that the caller is told why.
fn unfinished(ledger: &Ledger, already_sent: bool) -> Vec<u16> {
    if !already_sent {
        return vec![0];
    }
    let open: Vec<u16> = ledger.choices.difference(&ledger.finished).copied().collect();
    if open.is_empty() { vec![0] } else { open }
}

pub(super) fn fail(surface: Surface, ledger: Ledger, problem: &Problem<'_>) -> Bytes {
    let mut script = Script::from(ledger.number);
    match surface {
        Surface::Messages | Surface::CountTokens => {
            script.event(&anthropic_envelope(problem));
        }
        Surface::Responses => {
            script.numbered(error_event(openai_error(problem)));
        }
        Surface::ChatCompletions | Surface::Completions | Surface::Embeddings | Surface::Moderations => {
            script.data(&json!({ "error": openai_error(problem) }));
        }
    }
    script.finish()
}

/// OpenAI's error as an event of `/v1/responses`, which has its members where its envelope would be.
pub(super) fn error_event(error: Value) -> Value {
    let mut event = json!({ "type": "error", "sequence_number": 0 });
    if let (Some(members), Value::Object(error)) = (event.as_object_mut(), error) {
        members.extend(error.into_iter().filter(|(key, _)| key != "type"));
    }
    event
}
