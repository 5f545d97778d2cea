//! `POST /v1/moderations`: the guard's own opinion, without an upstream.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use redoubt_domain::{Action, Decision, Direction, Exchange, Origin, SegmentKind};

use crate::admit::Admitted;
use crate::flow::Reply;
use crate::journey::Journey;
use crate::record::Opening;
use crate::state::{Route, Snapshot};
use crate::stop::Stop;

/// Says of each input what the guard makes of it. Nothing is refused: to be told is what the caller wants.
pub(crate) async fn answer(
    snapshot: &Arc<Snapshot>,
    peer: IpAddr,
    route: &Route,
    admitted: Admitted<Exchange>,
    body: Bytes,
    journey: &mut Journey,
) -> Result<Reply, Stop> {
    let (exchange, permit) = admitted.into_parts();
    journey.permit = Some(permit);
    let mut decision = Decision {
        action: Action::Allow,
        judged: Vec::new(),
        unscanned: Vec::new(),
        policy: route.engine.policy_digest(),
    };
    // The parts of one input lie in one turn and get one result.
    let mut results: BTreeMap<u16, Vec<(&'static str, f32)>> = BTreeMap::new();
    for segment in exchange.segments.iter().filter(|segment| segment.kind() == SegmentKind::Content) {
        let scan = route.engine.scan(segment.text(), Origin::User, Direction::Input);
        let result = results.entry(segment.lane.turn).or_default();
        for (category, score) in scan.categories {
            match result.iter_mut().find(|(known, _)| *known == category) {
                Some((_, highest)) => *highest = highest.max(score),
                None => result.push((category, score)),
            }
        }
        decision.judged.extend(scan.judged);
    }
    decision.judged.truncate(snapshot.settings.bounds.findings_max);
    journey.decided_input(&decision);
    let draft = journey.shared.recorder.draft(Opening {
        peer,
        user: exchange.demand.user.as_deref(),
        decision: &decision,
        received: body,
        keep: snapshot.settings.audit.payloads,
        durability: snapshot.settings.audit.durability,
        journey,
    })?;
    let (record, recording) = draft.write(None)?;
    journey.record = Some(record);
    recording.durable().await?;
    let results: Vec<_> = results.into_values().collect();
    let body = redoubt_wire::encode_moderation(&exchange.model, journey.id, &results);
    Ok(Reply::own(body))
}
