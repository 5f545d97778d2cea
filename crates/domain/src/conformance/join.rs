//! Running futures side by side without a runtime.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Polls all of them, in order, until each has its result.
pub(super) async fn join_all<'a, T>(
    futures: impl IntoIterator<Item = Pin<Box<dyn Future<Output = T> + Send + 'a>>>,
) -> Vec<T> {
    let mut slots: Vec<(Option<T>, _)> = futures.into_iter().map(|future| (None, future)).collect();
    poll_fn(|context| {
        for (slot, future) in slots.iter_mut().filter(|(slot, _)| slot.is_none()) {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *slot = Some(result);
            }
        }
        if slots.iter().all(|(slot, _)| slot.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    slots.into_iter().filter_map(|(slot, _)| slot).collect()
}
