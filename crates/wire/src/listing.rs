//! The answer of `GET /v1/models`, in one body that both vendors' clients read.

use bytes::Bytes;
use redoubt_domain::{ModelName, Timestamp};
use serde_json::{Value, json};

/// A model that a caller may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCard {
    /// The name to ask for it by.
    pub id: ModelName,
    /// Who serves it.
    pub owned_by: String,
    /// Since when, in seconds of the Unix epoch.
    pub created: u64,
}

/// The list of models. OpenAI's clients read `object`, `id`, `created` and `owned_by`; Anthropic's the rest.
pub fn encode_models(cards: &[ModelCard]) -> Bytes {
    let data: Vec<Value> = cards.iter().map(card).collect();
    let list = json!({
        "object": "list",
        "data": data,
        "has_more": false,
        "first_id": cards.first().map(|card| card.id.as_str()),
        "last_id": cards.last().map(|card| card.id.as_str()),
    });
    Bytes::from(list.to_string())
}

fn card(card: &ModelCard) -> Value {
    let created_at = Timestamp::from_micros(card.created.saturating_mul(1_000_000));
    json!({
        "id": card.id.as_str(),
        "object": "model",
        "created": card.created,
        "owned_by": card.owned_by,
        "type": "model",
        "display_name": card.id.as_str(),
        "created_at": created_at.to_string(),
        "lifecycle": "active",
    })
}
