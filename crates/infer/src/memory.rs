//! Answers that were given, since a conversation sends all of its turns again with each.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redoubt_domain::ids::Digest;
use redoubt_domain::seams::{Asked, Likelihood};

/// About a hundred bytes each.
const ANSWERS_MAX: usize = 16_384;

/// The answers to the last so many texts, by digest: texts are not kept.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    known: HashMap<(Digest, Asked), Likelihood>,
    /// The oldest first.
    order: VecDeque<(Digest, Asked)>,
}

impl Memory {
    pub(crate) fn get(&self, text: Digest, asked: Asked) -> Option<Likelihood> {
        self.answers().known.get(&(text, asked)).copied()
    }

    pub(crate) fn put(&self, text: Digest, asked: Asked, likelihood: Likelihood) {
        let mut answers = self.answers();
        if answers.known.insert((text, asked), likelihood).is_some() {
            return;
        }
        answers.order.push_back((text, asked));
        if answers.order.len() > ANSWERS_MAX
            && let Some(oldest) = answers.order.pop_front()
        {
            answers.known.remove(&oldest);
        }
    }

    /// Answers are right whatever a thread that panicked was doing to them.
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let memory = Memory::default();
        let likelihood = |permille| Likelihood { permille, is_whole: true };
        let digest = |n: usize| Digest::new(std::array::from_fn(|at| n.to_le_bytes().get(at).copied().unwrap_or(0)));
        for n in 0..=ANSWERS_MAX {
            memory.put(digest(n), Asked::Request, likelihood(1));
        }
        assert_eq!(memory.get(digest(0), Asked::Request), None);
        assert_eq!(memory.get(digest(1), Asked::Request), Some(likelihood(1)));
        assert_eq!(memory.get(digest(1), Asked::Document), None);
        memory.put(digest(1), Asked::Request, likelihood(2));
        assert_eq!(memory.get(digest(1), Asked::Request), Some(likelihood(2)));
        assert_eq!(memory.answers().known.len(), ANSWERS_MAX);
    }
}
