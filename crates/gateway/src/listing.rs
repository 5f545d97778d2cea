//! `GET /v1/models`: the aliases that a caller may name.

use std::net::IpAddr;

use http::request::Parts;
use redoubt_domain::{ModelName, Surface};
use redoubt_wire::{ModelCard, ProblemKind};
use serde_json::Value;

use crate::flow::Reply;
use crate::journey::Journey;
use crate::state::Snapshot;
use crate::stop::{Stop, Trouble};

/// Whose errors a caller of no particular surface understands: Anthropic's SDK names its version.
pub(crate) fn envelope(head: &Parts) -> Surface {
    if head.headers.contains_key("anthropic-version") { Surface::Messages } else { Surface::ChatCompletions }
}

/// Every alias that the caller may name. One with a `*` is no name, so it is left out.
pub(crate) fn all(snapshot: &Snapshot, peer: IpAddr, head: &Parts, journey: &mut Journey) -> Result<Reply, Stop> {
    let cards = cards(snapshot, peer, head, journey)?;
    Ok(Reply::own(redoubt_wire::encode_models(&cards)))
}

/// One alias.
pub(crate) fn one(
    snapshot: &Snapshot,
    peer: IpAddr,
    head: &Parts,
    name: &str,
    journey: &mut Journey,
) -> Result<Reply, Stop> {
    let mut cards = cards(snapshot, peer, head, journey)?;
    cards.retain(|card| card.id.as_str() == name);
    // The list of one holds the object that is asked for.
    let list: Value = serde_json::from_slice(&redoubt_wire::encode_models(&cards)).unwrap_or_default();
    match list.pointer("/data/0") {
        Some(card) => Ok(Reply::own(card.to_string().into())),
        None => {
            let message = format!("the model `{name}` does not exist or you do not have access to it");
            Err(Trouble::new(ProblemKind::NotFound, message).into())
        }
    }
}

fn cards(snapshot: &Snapshot, peer: IpAddr, head: &Parts, journey: &mut Journey) -> Result<Vec<ModelCard>, Stop> {
    let caller = journey.shared.admission.identify(&head.headers, peer)?;
    journey.is_of(&caller);
    let card = |alias: &str| {
        Some(ModelCard { id: ModelName::parse(alias).ok()?, owned_by: "redoubt".to_owned(), created: CREATED })
    };
    let visible = snapshot.visible_models(&caller.tenant);
    let allowed =
        |alias: &&str| caller.models.is_empty() || caller.models.iter().any(|model| model.fit(alias).is_some());
    Ok(visible.into_iter().filter(|alias| !alias.contains('*')).filter(allowed).filter_map(card).collect())
}

/// An alias has no date of its own, and clients insist on one: that of Redoubt's first.
const CREATED: u64 = 1_795_305_600;
