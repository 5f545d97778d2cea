//! The answer of `/v1/moderations`, from the guard's own scores.

use bytes::Bytes;
use redoubt_domain::{ModelName, RequestId};
use serde_json::{Map, Value, json};

/// OpenAI's categories, all of which its clients expect to find.
pub const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// From this score on a category is flagged.
const FLAGGED_FROM: f32 = 0.5;

/// One result for each input. A category that is missing scores zero; one that OpenAI does not know (such
/// as `prompt_injection`) is added beside the others.
pub fn encode_moderation(model: &ModelName, request_id: RequestId, results: &[Vec<(&'static str, f32)>]) -> Bytes {
    let results: Vec<Value> = results.iter().map(|scores| result(scores)).collect();
    let answer = json!({
        "id": format!("modr-{request_id}"),
        "model": model.as_str(),
        "results": results,
    });
    Bytes::from(answer.to_string())
}

fn result(scores: &[(&'static str, f32)]) -> Value {
    let mut all: Vec<(&str, f32)> = CATEGORIES.iter().map(|&category| (category, 0.0)).collect();
    for &(category, score) in scores {
        match all.iter_mut().find(|(known, _)| *known == category) {
            Some((_, known)) => *known = known.max(score),
            None => all.push((category, score)),
        }
    }
    let is_flagged = |score: f32| score >= FLAGGED_FROM;
    let map = |value: fn(f32) -> Value| {
        all.iter().map(|&(category, score)| (category.to_owned(), value(score))).collect::<Map<_, _>>()
    };
    json!({
        "flagged": all.iter().any(|&(_, score)| is_flagged(score)),
        "categories": map(|score| (score >= FLAGGED_FROM).into()),
        "category_scores": map(|score| Value::from(f64::from(score))),
        "category_applied_input_types": map(|_| json!(["text"])),
    })
}
