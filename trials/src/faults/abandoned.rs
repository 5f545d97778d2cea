//! Callers that go away: how soon the upstream is told to stop.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::world::{CHAT, STREAM_HEAD, Setting, World, chat, event};
use super::{Fault, Plan, Seen};
use crate::Outcome;
use crate::upstream::Step;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "abandoned_stream",
        done: "the caller closes its connection in the middle of a stream, 20 times",
        promise: "the upstream sees its connection closed within 100 ms each time; the record says `cancelled`",
        peak_mib: 192,
        is_quick: true,
        run: |plan| abandon(plan, true),
    },
    Fault {
        name: "abandoned_request",
        done: "the caller closes its connection while it waits for a plain answer, 20 times",
        promise: "the upstream sees its connection closed within 100 ms each time; the record says `cancelled`",
        peak_mib: 192,
        is_quick: true,
        run: |plan| abandon(plan, false),
    },
];

fn abandon(plan: &Plan, is_stream: bool) -> Outcome<Seen> {
    let provider = "first_byte_timeout = \"60s\"\nidle_timeout = \"60s\"";
    let mut live = World::new(Setting { provider, ..Setting::default() })?.start()?;
    live.world.upstream.script(move |_| {
        let wait = Step::Wait(Duration::from_secs(60));
        if !is_stream {
            return vec![wait];
        }
        vec![Step::Send(STREAM_HEAD.to_vec()), Step::Send(event("the first of many, long enough to leave. ")), wait]
    });
    let mut delays = Vec::new();
    for _ in 0..plan.choose(20, 5) {
        live.world.upstream.take_abandoned();
        live.world.upstream.take_received();
        let mut connection = live.ask(CHAT, &chat("hello", is_stream))?;
        if is_stream {
            connection.head().map_err(|error| format!("the stream does not begin: {error}"))?;
        } else if !super::world::eventually(Duration::from_secs(5), || !live.world.upstream.take_received().is_empty())
        {
            return Err("the request does not reach the upstream".to_owned());
        }
        thread::sleep(Duration::from_millis(30));
        let left = Instant::now();
        drop(connection);
        let gone = wait_for_abandoned(&live.world.upstream);
        let gone = gone.ok_or("the upstream goes on though its caller has gone")?;
        delays.push(gone.saturating_duration_since(left));
    }
    delays.sort_unstable();
    let millis = |share: usize| {
        let at = (delays.len() - 1) * share / 100;
        delays.get(at).map_or(0.0, |delay| delay.as_secs_f64() * 1_000.0)
    };
    let promised = plan.within(Duration::ZERO).min(Duration::from_secs(1));
    let promised = if plan.is_quick { promised } else { Duration::from_millis(100) };
    if delays.last().is_some_and(|slowest| *slowest > promised) {
        return Err(format!("the upstream was told after {:.1} ms, promised are {promised:?}", millis(100)));
    }
    let cancelled = |entry: &Value| entry.get("outcome").is_some_and(|outcome| outcome == "cancelled");
    let is_told = super::world::eventually(Duration::from_secs(5), || {
        live.world
            .entries()
            .is_ok_and(|entries| entries.iter().filter(|entry| cancelled(entry)).count() == delays.len())
    });
    if !is_told {
        return Err("not every abandoned request is recorded as cancelled".to_owned());
    }
    live.answers()?;
    live.world.verify()?;
    let seen = live.seen(vec![format!(
        "told after: least {:.1} ms, median {:.1} ms, nine tenths {:.1} ms, most {:.1} ms, of {}",
        millis(0),
        millis(50),
        millis(90),
        millis(100),
        delays.len()
    )])?;
    live.server.stop()?;
    Ok(seen)
}

/// Looked at closely: the time is noted where it happens, this only must not wait too long for it.
fn wait_for_abandoned(upstream: &crate::upstream::Upstream) -> Option<Instant> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        if let Some(&gone) = upstream.take_abandoned().first() {
            return Some(gone);
        }
        thread::sleep(Duration::from_millis(2));
    }
    None
}
