//! A text as it stands: no disguise is undone, and no policy is asked. For whoever tries a detector on its own.

use redoubt_domain::exchange::{Direction, Origin, SegmentKind};
use redoubt_domain::seams::{Match, Trigger, Window};

use super::Engine;
use super::scratch::Scratch;

impl Engine {
    /// What the active detectors see in `text`, which must be in the form that they are shown; and from which
    /// byte on more text might change that.
    pub fn plain(&self, text: &str, origin: Origin, direction: Direction) -> (Vec<Match>, usize) {
        let (mut found, mut live) = (Vec::new(), text.len());
        Scratch::with(self.detectors.all.len(), |scratch| {
            for (index, active) in self.detectors.all.iter().enumerate() {
                self.detectors.search(text, active.form(), scratch);
                let digits_max = scratch.digits_max();
                let (is_shown, sees_runs) = match active.detector.spec().trigger {
                    Trigger::Digits(least) => (digits_max >= least, true),
                    Trigger::Always | Trigger::Folded => (true, false),
                    _ => (scratch.has_hits(index), false),
                };
                let (hits, runs, _) = scratch.show(index);
                let runs = if sees_runs { runs } else { &[] };
                let window = Window { text, hits, runs, origin, direction, kind: SegmentKind::Content, depth: 0 };
                if is_shown {
                    active.detector.detect(&window, &mut found);
                }
                live = live.min(active.detector.live_from(&window));
            }
        });
        (found, live)
    }
}
