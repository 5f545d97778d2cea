//! What is done now and then: noticing what other processes changed.

use std::sync::Arc;
use std::time::Duration;

use redoubt_domain::seams::Records;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::outbox;
use crate::state::Shared;

/// How soon a revoked key stops working, at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reads the keys again when they change, and takes up the events of other processes.
pub(crate) fn start(shared: Arc<Shared>, records: Arc<dyn Records>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // A failure keeps what is known: the keys of a second ago, and the events where they are.
            if let Err(error) = shared.admission.refresh().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot read the keys again");
            }
            match outbox::collect(records.as_ref(), shared.recorder.log()).await {
                Ok(0) => {}
                Ok(_) => shared.recorder.ring(),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot take up events");
                }
            }
        }
    })
}
