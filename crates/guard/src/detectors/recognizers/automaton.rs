//! The patterns of a recogniser as one automaton without any choice: each byte is one step, whatever the text.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, MatchKind};

use super::{BOUNDS, Flaw, pattern};

/// How many ends of one match are weighed against each other, the longest first.
const ENDS_MAX: usize = 8;

/// Compiled patterns.
pub(super) struct Automaton {
    states: dense::DFA<Vec<u32>>,
    start: StateID,
    /// The bytes that a match can begin with.
    first: [bool; 256],
    /// Bytes of the longest match.
    pub(super) longest: usize,
}

impl std::fmt::Debug for Automaton {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Automaton").field("longest", &self.longest).finish_non_exhaustive()
    }
}

/// What reading from one place came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Where matches end, the last ones last.
    ends: [usize; ENDS_MAX],
    count: usize,
    /// Whether the text ended before all matches had.
    pub(super) is_open: bool,
}

impl Reading {
    fn push(&mut self, end: usize) {
        if let Some(place) = self.ends.get_mut(self.count % ENDS_MAX) {
            *place = end;
            self.count += 1;
        }
    }

    /// Where matches end, the longest first.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> {
        (self.count.saturating_sub(ENDS_MAX)..self.count).rev().filter_map(|at| self.ends.get(at % ENDS_MAX).copied())
    }
}

impl Automaton {
    /// None if there are no patterns.
    pub(super) fn of(patterns: &[String]) -> Result<Option<Self>, Vec<Flaw>> {
        let (mut expressions, mut flaws, mut longest) = (Vec::new(), Vec::new(), 0);
        for (at, pattern) in patterns.iter().enumerate() {
            let flaw = |(reason, suggestion)| Flaw { key: "patterns", item: Some(at), reason, suggestion };
            let compiled = pattern::parse(pattern).and_then(|parsed| {
                // Alone first, so that the error names the one that is too large.
                compile(std::slice::from_ref(&parsed.expression)).map_err(|reason| (reason, None))?;
                Ok(parsed)
            });
            match compiled {
                Ok(parsed) => {
                    longest = longest.max(parsed.longest);
                    expressions.push(parsed.expression);
                }
                Err(wrong) => flaws.push(flaw(wrong)),
            }
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        if expressions.is_empty() {
            return Ok(None);
        }
        let whole = |reason: String| vec![Flaw { key: "patterns", item: None, reason, suggestion: None }];
        let states = compile(&expressions).map_err(whole)?;
        let Some(start) = states.universal_start_state(Anchored::Yes) else {
            return Err(whole("these patterns depend on what stands before them".to_owned()));
        };
        let mut first = [false; 256];
        for (byte, can_begin) in (0..=u8::MAX).zip(&mut first) {
            *can_begin = !states.is_dead_state(states.next_state(start, byte));
        }
        Ok(Some(Self { states, start, first, longest }))
    }

    /// Every place from `from` on where a match may begin, by its first byte.
    pub(super) fn starts<'a>(&'a self, text: &'a str, from: usize) -> impl Iterator<Item = usize> + 'a {
        let bytes = text.as_bytes().iter().enumerate().skip(from);
        bytes
            .filter(|(at, byte)| {
                self.first.get(usize::from(**byte)).is_some_and(|can| *can) && text.is_char_boundary(*at)
            })
            .map(|(at, _)| at)
    }

    /// Reads the matches that begin at a byte.
    pub(super) fn read(&self, text: &str, start: usize) -> Reading {
        let mut reading = Reading::default();
        let mut state = self.start;
        for (at, byte) in text.as_bytes().iter().enumerate().skip(start) {
            state = self.states.next_state(state, *byte);
            // An automaton knows of a match one byte late.
            if self.states.is_match_state(state) {
                reading.push(at);
            }
            if self.states.is_dead_state(state) || self.states.is_quit_state(state) {
                return reading;
            }
        }
        if self.states.is_match_state(self.states.next_eoi_state(state)) {
            reading.push(text.len());
        }
        reading.is_open = true;
        reading
    }
}

fn compile(expressions: &[regex_syntax::hir::Hir]) -> Result<dense::DFA<Vec<u32>>, String> {
    let too_large = |_| {
        format!(
            "these patterns make an automaton of more than {} KiB; write `[0-9]` for `\\d`, `[A-Za-z0-9_]` for `\\w`, \
             and smaller numbers of repetitions",
            BOUNDS.automaton_bytes_max >> 10
        )
    };
    let program = thompson::Compiler::new()
        .configure(
            thompson::Config::new()
                .which_captures(thompson::WhichCaptures::None)
                .nfa_size_limit(Some(BOUNDS.automaton_bytes_max)),
        )
        .build_many_from_hir(expressions)
        .map_err(|_| too_large(()))?;
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .accelerate(false)
        .dfa_size_limit(Some(BOUNDS.automaton_bytes_max))
        // What it takes to make one is let go at once.
        .determinize_size_limit(Some(4 * BOUNDS.automaton_bytes_max));
    dense::Builder::new().configure(config).build_from_nfa(&program).map_err(|_| too_large(()))
}
