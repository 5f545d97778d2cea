//! Which requests have begun and not ended.

use std::collections::{BTreeMap, HashMap};

use redoubt_domain::RequestId;

use crate::entry::{Entry, Turn};

/// Follows the log and knows the requests that have no completion yet.
///
/// Two uses. While the gateway runs, the journal must not be released beyond [`OpenRequests::oldest`].
/// Then, after a crash, what is left in the journal names every request that was cut off, and each gets an
/// [`Entry::Interrupted`].
#[derive(Debug, Default)]
pub struct OpenRequests {
    by_id: HashMap<RequestId, u64>,
    by_index: BTreeMap<u64, RequestId>,
}

/// An entry that does not fit those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The request has begun already and not ended.
    Repeated(RequestId),
    /// The request has not begun, or has ended already.
    Unopened(RequestId),
}

impl OpenRequests {
    /// Notes the entry at `index`.
    pub fn observe(&mut self, index: u64, entry: &Entry) -> Result<(), Misfit> {
        self.note(index, entry.turn())
    }

    /// Notes what the entry at `index` does.
    pub fn note(&mut self, index: u64, turn: Turn) -> Result<(), Misfit> {
        match turn {
            Turn::Begins(request) => {
                if self.by_id.contains_key(&request) {
                    return Err(Misfit::Repeated(request));
                }
                self.by_id.insert(request, index);
                self.by_index.insert(index, request);
                Ok(())
            }
            Turn::Ends(request) => self.close(request),
            Turn::Neither => Ok(()),
        }
    }

    fn close(&mut self, request: RequestId) -> Result<(), Misfit> {
        let index = self.by_id.remove(&request).ok_or(Misfit::Unopened(request))?;
        self.by_index.remove(&index);
        Ok(())
    }

    /// The index of the oldest open request.
    pub fn oldest(&self) -> Option<u64> {
        self.by_index.first_key_value().map(|(index, _)| *index)
    }

    /// The open requests, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = RequestId> {
        self.by_index.values().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_index.is_empty()
    }
}
