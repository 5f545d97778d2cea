//! Which labels to look at again.

use super::{Labelled, normalized_margin, self_confidence};

/// How rows are chosen. But for the last two, rows whose label is what the model says are left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// From each label and each other class as many as the joint has, those with the largest margin first.
    PruneByNoiseRate,
    /// From each label as many as the joint has off its diagonal, those with the lowest chance of it first.
    PruneByClass,
    /// Those that both would choose.
    Both,
    /// Those of which the model is confident that they are of another class.
    ConfidentLearning,
    /// Those of which the model says another class, however unsure.
    PredictedOther,
    /// As many as [`Self::ConfidentLearning`], with the lowest margin.
    LowNormalizedMargin,
    /// As many as [`Self::ConfidentLearning`], with the lowest chance of their label.
    LowSelfConfidence,
}

impl Labelled<'_> {
    /// The rows that a filter chooses, in order.
    #[must_use]
    pub fn issues(&self, filter: Filter) -> Vec<usize> {
        let chosen: Vec<bool> = match filter {
            Filter::PruneByNoiseRate => self.by_noise_rate(),
            Filter::PruneByClass => self.by_class(),
            Filter::Both => self.by_noise_rate().into_iter().zip(self.by_class()).map(|(a, b)| a && b).collect(),
            Filter::ConfidentLearning => self.confidently_other(),
            Filter::PredictedOther => vec![true; self.labels.len()],
            Filter::LowNormalizedMargin => return self.lowest(&normalized_margin(self)),
            Filter::LowSelfConfidence => return self.lowest(&self_confidence(self)),
        };
        let rows = chosen.into_iter().zip(self.labels.iter().zip(self.chances.iter())).enumerate();
        rows.filter(|(_, (is_chosen, (label, chances)))| *is_chosen && is_other(chances, **label))
            .map(|(row, _)| row)
            .collect()
    }

    fn confidently_other(&self) -> Vec<bool> {
        let rows = self.labels.iter().zip(&self.confident);
        rows.map(|(label, confident)| confident.is_some_and(|class| class != *label)).collect()
    }

    fn lowest(&self, scores: &[f64]) -> Vec<usize> {
        let count = self.issues(Filter::ConfidentLearning).len();
        let mut order: Vec<(usize, f64)> = scores.iter().copied().enumerate().collect();
        order.sort_by(|left, right| left.1.total_cmp(&right.1));
        let mut rows: Vec<usize> = order.into_iter().take(count).map(|(row, _)| row).collect();
        rows.sort_unstable();
        rows
    }

    fn by_noise_rate(&self) -> Vec<bool> {
        let joint = self.calibrated_joint();
        let mut chosen = vec![false; self.labels.len()];
        for (label, row) in joint.iter().enumerate() {
            for (class, count) in row.iter().enumerate().filter(|(class, _)| *class != label) {
                self.choose(&mut chosen, label, *count, true, |chances| {
                    chances.get(class).copied().unwrap_or(0.0) - chances.get(label).copied().unwrap_or(0.0)
                });
            }
        }
        chosen
    }

    fn by_class(&self) -> Vec<bool> {
        let mut chosen = vec![false; self.labels.len()];
        for (label, row) in self.calibrated_joint().iter().enumerate() {
            let count = row.iter().enumerate().filter(|(class, _)| *class != label).map(|(_, count)| count).sum();
            self.choose(&mut chosen, label, count, false, |chances| -chances.get(label).copied().unwrap_or(0.0));
        }
        chosen
    }

    /// Chooses the `count` rows of a label that a score puts first, and those equal to the last of them if `with_ties`, else
    /// the earlier of them.
    fn choose(&self, chosen: &mut [bool], label: usize, count: u64, with_ties: bool, score: impl Fn(&[f64]) -> f64) {
        let rows = self.labels.iter().zip(self.chances.iter()).enumerate();
        let mut scores: Vec<(usize, f64)> =
            rows.filter(|(_, (own, _))| **own == label).map(|(row, (_, chances))| (row, score(chances))).collect();
        scores.sort_by(|left, right| right.1.total_cmp(&left.1));
        let mut last = f64::INFINITY;
        for (place, (row, score)) in scores.into_iter().enumerate() {
            if place as u64 >= count && !(with_ties && score == last) {
                break;
            }
            last = score;
            if let Some(slot) = chosen.get_mut(row) {
                *slot = true;
            }
        }
    }
}

/// Whether a class is likelier than the given one.
fn is_other(chances: &[f64], label: usize) -> bool {
    let own = chances.get(label).copied().unwrap_or(0.0);
    chances.iter().any(|chance| *chance > own)
}
