//! What is done now and then: noticing what other processes changed, and that a log can be written again.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::outbox::Outbox;
use crate::record::Health;
use crate::state::Shared;

/// How soon a revoked key stops working, at most; and how soon a log that can be written again is written.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reads the keys again when they change, takes up the events that wait, and tries a log that could not
/// be written.
pub(crate) fn start(shared: Arc<Shared>, outbox: Outbox) -> JoinHandle<()> {
    let keys = Health::new("cannot read the keys again, those known go on", "the keys can be read again");
    let events = Health::new("cannot take up the events that wait for the log", "events can be taken up again");
    tokio::spawn(async move {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            shared.recorder.try_again().await;
            // A failure keeps what is known: the keys of a second ago, and the events where they are.
            keys.note(&shared.admission.refresh().await);
            let collected = outbox.collect().await;
            events.note(&collected);
            if collected.is_ok_and(|count| count > 0) {
                shared.recorder.ring();
            }
        }
    })
}
