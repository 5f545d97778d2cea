//! The detectors that a policy speaks of, compiled for one pass.

use redoubt_domain::exchange::Direction;
use redoubt_domain::limits::Limits;
use redoubt_domain::seams::{Detector, Trigger};

use super::digits;
use super::scratch::Scratch;
use super::search::{Literal, Owner, Search};
use crate::detectors::{Parameters, Row, SIGNALS, SignalRow, SizeBounds};
use crate::policy::{Policy, PolicyError};
use crate::views::{self, Form};

/// A detector at work.
pub(crate) struct Active {
    pub(crate) id: &'static str,
    pub(crate) detector: Box<dyn Detector>,
    /// Whether a stream is held back for it.
    pub(crate) holds: bool,
}

impl Active {
    pub(crate) fn new(id: &'static str, detector: Box<dyn Detector>, policy: &Policy) -> Self {
        let holds = policy.enforces(Direction::Output, id, detector.spec().labels);
        Self { id, detector, holds }
    }

    /// Which form of a text it is shown.
    pub(crate) fn form(&self) -> Form {
        match self.detector.spec().trigger {
            Trigger::Phrases(_) => Form::Folded,
            Trigger::Literals(_) | Trigger::Digits(_) | Trigger::Always => Form::Canonical,
        }
    }
}

/// Everything a policy looks for.
pub(crate) struct Detectors {
    pub(super) all: Vec<Active>,
    pub(super) signals: Vec<&'static SignalRow>,
    pub(super) sizes: SizeBounds,
    canonical: Option<Search>,
    folded: Option<Search>,
    /// The fewest digits that any detector asks for.
    digits: Option<usize>,
}

impl Detectors {
    pub(crate) fn new(table: &[Row], policy: &Policy, limits: &Limits) -> Result<Self, PolicyError> {
        let parameters: Parameters = policy.parameters_within(limits);
        let mut all: Vec<Active> = Vec::new();
        for row in table {
            let detector = (row.build)(&parameters);
            if policy.speaks_of(row.id, detector.spec().labels) {
                all.push(Active::new(row.id, detector, policy));
            }
        }
        let signals = SIGNALS.iter().copied().filter(|row| policy.speaks_of(row.id, row.labels)).collect();
        let (mut canonical, mut folded, mut digits) = (Vec::new(), Vec::new(), None);
        for (detector, active) in all.iter().enumerate() {
            let literals = |texts: &[&str], form: fn(&str) -> String| -> Vec<Literal> {
                let texts = texts.iter().enumerate();
                texts
                    .map(|(literal, text)| Literal { text: form(text), owner: Owner { detector, literal } })
                    .filter(|literal| !literal.text.is_empty())
                    .collect()
            };
            match active.detector.spec().trigger {
                Trigger::Literals(texts) => canonical.extend(literals(texts, str::to_owned)),
                Trigger::Phrases(texts) => folded.extend(literals(texts, views::fold)),
                Trigger::Digits(least) => digits = Some(digits.map_or(least, |known: usize| known.min(least))),
                Trigger::Always => {}
            }
        }
        let sizes = parameters.sizes;
        Ok(Self { all, signals, sizes, canonical: Search::new(&canonical)?, folded: Search::new(&folded)?, digits })
    }

    /// The one pass: hits and digit runs of a view.
    pub(super) fn search(&self, text: &str, form: Form, scratch: &mut Scratch) {
        scratch.clear();
        let search = match form {
            Form::Canonical => &self.canonical,
            Form::Folded => &self.folded,
        };
        if let Some(search) = search {
            search.run(text, scratch);
            scratch.sort();
        }
        if let (Form::Canonical, Some(least)) = (form, self.digits) {
            digits::find(text, least, scratch);
        }
    }
}
