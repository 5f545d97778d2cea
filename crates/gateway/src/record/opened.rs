//! Whether the beginning of a request's record is durable, for those who have to know.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Known once. One may wait for it, and one thing may follow it.
#[derive(Default)]
pub(super) struct Opened(Mutex<State>);

enum State {
    Waiting { waker: Option<Waker>, next: Option<Next> },
    Over { is_written: bool },
}

type Next = Box<dyn FnOnce() + Send>;

impl Default for State {
    fn default() -> Self {
        Self::Waiting { waker: None, next: None }
    }
}

/// Whoever has this says what became of it; dropped unkept, it was not written.
pub(super) struct Promise(Option<Arc<Opened>>);

impl Opened {
    /// The right to say what became of it.
    pub(super) fn promise(self: Arc<Self>) -> Promise {
        Promise(Some(self))
    }

    /// Waits until it is known.
    pub(super) async fn is_written(&self) -> bool {
        poll_fn(|context| match &mut *self.state() {
            State::Over { is_written } => Poll::Ready(*is_written),
            State::Waiting { waker: Some(waker), .. } => {
                waker.clone_from(context.waker());
                Poll::Pending
            }
            State::Waiting { waker, .. } => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }

    /// Whether it is known that it was not written.
    pub(super) fn is_lost(&self) -> bool {
        matches!(*self.state(), State::Over { is_written: false })
    }

    /// Does `work` once it is durable, on the thread that finds that out, or here if it is known already; not at all
    /// if it was not written.
    pub(super) fn then(&self, work: impl FnOnce() + Send + 'static) {
        let is_written = match &mut *self.state() {
            State::Over { is_written } => *is_written,
            State::Waiting { next, .. } => {
                *next = Some(Box::new(work));
                return;
            }
        };
        if is_written {
            work();
        }
    }

    fn settle(&self, is_written: bool) {
        let before = std::mem::replace(&mut *self.state(), State::Over { is_written });
        let State::Waiting { waker, next } = before else { return };
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(next) = next.filter(|_| is_written) {
            next();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Promise {
    /// Says whether it is durable.
    pub(super) fn keep(mut self, is_written: bool) {
        if let Some(opened) = self.0.take() {
            opened.settle(is_written);
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(opened) = self.0.take() {
            opened.settle(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn opened() -> (Arc<Opened>, Arc<AtomicBool>) {
        (Arc::default(), Arc::default())
    }

    fn follow(opened: &Opened, done: &Arc<AtomicBool>) {
        let done = Arc::clone(done);
        opened.then(move || done.store(true, Ordering::SeqCst));
    }

    #[tokio::test]
    async fn what_follows_is_done_before_or_after_if_it_was_written() {
        for is_written in [true, false] {
            for is_known in [true, false] {
                let (opened, done) = opened();
                let promise = Arc::clone(&opened).promise();
                if is_known {
                    promise.keep(is_written);
                    follow(&opened, &done);
                } else {
                    follow(&opened, &done);
                    promise.keep(is_written);
                }
                assert_eq!(opened.is_written().await, is_written);
                assert_eq!(done.load(Ordering::SeqCst), is_written, "{is_known}");
            }
        }
    }

    #[tokio::test]
    async fn a_promise_that_is_forgotten_was_not_kept() {
        let (opened, done) = opened();
        let promise = Arc::clone(&opened).promise();
        follow(&opened, &done);
        let waiting = tokio::spawn(async move { opened.is_written().await });
        tokio::task::yield_now().await;
        drop(promise);
        assert!(!waiting.await.unwrap() && !done.load(Ordering::SeqCst));
    }
}
