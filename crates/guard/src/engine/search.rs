//! One pass over a text for the literals of all detectors.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use redoubt_domain::seams::Hit;

use super::scratch::Scratch;
use crate::policy::PolicyError;

/// More literals than this make a table-driven automaton too large to be worth its speed.
const TABLE_LITERALS_MAX: usize = 8_000;

/// An automaton over literals, and whose each of them is.
pub(super) struct Search {
    automaton: AhoCorasick,
    owners: Vec<Owner>,
}

/// A literal to look for.
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) owner: Owner,
}

/// Whose literal it is, and which of its literals.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) detector: usize,
    pub(super) literal: usize,
}

impl Search {
    /// None if there is nothing to look for.
    pub(super) fn new(literals: &[Literal]) -> Result<Option<Self>, PolicyError> {
        if literals.is_empty() {
            return Ok(None);
        }
        let kind =
            if literals.len() <= TABLE_LITERALS_MAX { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(literals.iter().map(|literal| literal.text.as_bytes()))
            .map_err(|error| PolicyError::Automaton { reason: error.to_string() })?;
        Ok(Some(Self { automaton, owners: literals.iter().map(|literal| literal.owner).collect() }))
    }

    /// Hands each detector its hits.
    pub(super) fn run(&self, text: &str, scratch: &mut Scratch) {
        // Overlapping, because a literal of one detector may lie within one of another.
        for found in self.automaton.find_overlapping_iter(text) {
            let Some(owner) = self.owners.get(found.pattern().as_usize()) else { continue };
            scratch.add_hit(owner.detector, Hit { literal: owner.literal, start: found.start(), end: found.end() });
        }
    }
}
