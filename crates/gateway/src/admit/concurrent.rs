//! How many requests are being served at one time, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts of requests in flight. Only names with requests in flight are held.
#[derive(Debug, Default)]
pub(super) struct Concurrent {
    counts: Mutex<HashMap<String, u32>>,
}

impl Concurrent {
    /// Takes a place under `name` if fewer than `max` are taken.
    pub(super) fn enter(self: &Arc<Self>, name: String, max: u32) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name.clone()).or_insert(0);
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Place { concurrent: Arc::clone(self), name })
    }
}

/// A place among the requests in flight; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    concurrent: Arc<Concurrent>,
    name: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.concurrent.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_and_leave_nothing_behind() {
        let concurrent = Arc::new(Concurrent::default());
        let first = concurrent.enter("a".into(), 2);
        let second = concurrent.enter("a".into(), 2);
        assert!(first.is_some() && second.is_some());
        assert!(concurrent.enter("a".into(), 2).is_none());
        assert!(concurrent.enter("b".into(), 1).is_some());
        drop(first);
        assert!(concurrent.enter("a".into(), 2).is_some());
        drop(second);
        assert!(concurrent.counts.lock().unwrap().is_empty());
    }
}
