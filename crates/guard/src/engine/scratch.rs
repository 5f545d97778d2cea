//! Buffers that every look at a text uses again, so that a harmless text costs no allocation.

use std::cell::Cell;

use redoubt_domain::seams::{DigitRun, Hit, Match};

/// Buffers of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    /// The hits of each detector.
    hits: Vec<Vec<Hit>>,
    /// The detectors that have hits.
    touched: Vec<usize>,
    /// Runs of digits; those beyond `runs_used` are spare.
    runs: Vec<DigitRun>,
    runs_used: usize,
    /// What a detector has just found.
    pub(super) matches: Vec<Match>,
}

thread_local! {
    static SPARE: Cell<Option<Scratch>> = const { Cell::new(None) };
}

impl Scratch {
    /// Runs `work` with this thread's buffers.
    pub(super) fn with<T>(detectors: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let mut scratch = SPARE.take().unwrap_or_default();
        if scratch.hits.len() < detectors {
            scratch.hits.resize_with(detectors, Vec::new);
        }
        let result = work(&mut scratch);
        scratch.clear();
        SPARE.set(Some(scratch));
        result
    }

    /// Forgets the text before.
    pub(super) fn clear(&mut self) {
        for detector in self.touched.drain(..) {
            if let Some(hits) = self.hits.get_mut(detector) {
                hits.clear();
            }
        }
        self.runs_used = 0;
        self.matches.clear();
    }

    pub(super) fn add_hit(&mut self, detector: usize, hit: Hit) {
        let Some(hits) = self.hits.get_mut(detector) else { return };
        if hits.is_empty() {
            self.touched.push(detector);
        }
        hits.push(hit);
    }

    /// Puts the hits in order of position: the automaton finds them in order of their ends.
    pub(super) fn sort(&mut self) {
        for &detector in &self.touched {
            if let Some(hits) = self.hits.get_mut(detector) {
                hits.sort_unstable_by_key(|hit| (hit.start, hit.end, hit.literal));
            }
        }
    }

    /// A run to fill, used again from an earlier text if there is one.
    pub(super) fn next_run(&mut self) -> Option<&mut DigitRun> {
        if self.runs.len() == self.runs_used {
            self.runs.push(DigitRun { digits: Vec::new(), at: Vec::new(), span: 0..0 });
        }
        let run = self.runs.get_mut(self.runs_used)?;
        run.digits.clear();
        run.at.clear();
        self.runs_used += 1;
        Some(run)
    }

    /// Gives the last run back: it was too short.
    pub(super) fn drop_run(&mut self) {
        self.runs_used = self.runs_used.saturating_sub(1);
    }

    /// What one detector is shown, and where it puts what it finds.
    pub(super) fn show(&mut self, detector: usize) -> (&[Hit], &[DigitRun], &mut Vec<Match>) {
        let hits = self.hits.get(detector).map_or(&[][..], Vec::as_slice);
        let runs = self.runs.get(..self.runs_used).unwrap_or_default();
        (hits, runs, &mut self.matches)
    }

    /// Whether the detector has hits.
    pub(super) fn has_hits(&self, detector: usize) -> bool {
        self.hits.get(detector).is_some_and(|hits| !hits.is_empty())
    }

    /// The most digits in one run.
    pub(super) fn digits_max(&self) -> usize {
        self.runs.iter().take(self.runs_used).map(|run| run.digits.len()).max().unwrap_or(0)
    }
}
