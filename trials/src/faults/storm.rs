//! An upstream that refuses everything: how often it is asked all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::world::{CHAT, Live, Setting, World, chat, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;
use crate::upstream::whole;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "storm_of_500",
        done: "the upstream answers 500 to everything, 16 callers at once ask hundreds of times, then it is well again",
        promise: "every caller gets 502 in its surface's envelope; the breaker opens, so that the upstream is asked no \
                  more than 40 times; once it has rested, answers come again",
        peak_mib: 192,
        is_quick: true,
        run: |plan| storm(plan, 500),
    },
    Fault {
        name: "storm_of_429",
        done: "the upstream answers 429 to everything, 16 callers at once ask hundreds of times, then it is well again",
        promise: "every caller gets 429 in its surface's envelope; tries beyond the first are at most a tenth of the \
                  requests and ten more, so that a busy upstream is not made busier; answers come again at once",
        peak_mib: 192,
        is_quick: true,
        run: |plan| storm(plan, 429),
    },
];

const CALLERS: usize = 16;

fn storm(plan: &Plan, status: u16) -> Outcome<Seen> {
    let tables = "[breaker]\nrest = \"2s\"\n[retries]\nwait = \"20ms\"\n";
    let mut live = World::new(Setting { tables, ..Setting::default() })?.start()?;
    live.world.upstream.script(move |_| whole(status, "application/json", b"{\"error\":{\"message\":\"no\"}}"));
    let each = plan.choose(40, 10);
    let begun = std::time::Instant::now();
    let told = ask_all(&live, each)?;
    let took = begun.elapsed();
    let (asked, requests) = (live.world.upstream.take_received().len(), CALLERS * each);
    let expected = if status == 429 { 429 } else { 502 };
    if told.keys().any(|&found| found != expected) {
        return Err(format!("callers were told {told:?}, all should be told {expected}"));
    }
    let bound = if status == 429 {
        requests + requests / 10 + 10
    } else {
        // Those in flight at the beginning, some of them tried again, and one call after each rest.
        40 + usize::try_from(took.as_secs() / 2).unwrap_or(usize::MAX)
    };
    if asked > bound {
        return Err(format!("{requests} requests made {asked} calls to the upstream, more than {bound}"));
    }
    live.world.upstream.script(|_| super::world::says("well again"));
    let is_well = || live.post(CHAT, &chat("hello", false)).is_ok_and(|answer| answer.status == 200);
    if !eventually(Duration::from_secs(10), is_well) {
        return Err("the upstream is well again, and nobody gets an answer".to_owned());
    }
    let seen = live.seen(vec![format!("{requests} requests, {asked} calls reached the upstream")])?;
    live.world.verify()?;
    live.answers()?;
    live.server.stop()?;
    Ok(seen)
}

fn ask_all(live: &Live, each: usize) -> Outcome<BTreeMap<u16, usize>> {
    let told = Arc::new(Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            let told = Arc::clone(&told);
            scope.spawn(move || {
                for _ in 0..each {
                    let status = live.post(CHAT, &chat("hello", false)).map_or(0, |answer| answer.status);
                    *told.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_insert(0) += 1;
                }
            });
        }
    });
    Ok(std::mem::take(&mut told.lock().unwrap_or_else(PoisonError::into_inner)))
}
