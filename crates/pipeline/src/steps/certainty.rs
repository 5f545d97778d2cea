//! `level` and `rounds`: how sure the intervals of a step are.

use redoubt_domain::settings::Table as Settings;

/// A draw costs as much as a measurement.
const ROUNDS_MAX: usize = 10_000;

/// How sure intervals are, and by how many draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certainty {
    /// The share of intervals that hold the true figure.
    pub(super) level: f64,
    /// Draws of the bootstrap.
    pub(super) rounds: usize,
}

impl Certainty {
    /// Reads both settings; `words` tells what is drawn.
    pub(super) fn read(table: &mut Settings<'_>, words: &'static str) -> Self {
        let level = table.or("level", "how sure intervals are", 0.95);
        if !(0.5..1.0).contains(&level) {
            table.refuse("level", "expected a share from 0.5 to 1, such as 0.95");
        }
        let rounds = table.or("rounds", words, 1_000_usize);
        if !(100..=ROUNDS_MAX).contains(&rounds) {
            table.refuse("rounds", format!("expected 100 to {ROUNDS_MAX}"));
        }
        Self { level, rounds }
    }
}
