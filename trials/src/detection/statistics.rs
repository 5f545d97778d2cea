//! The figures of a detector: shares with their uncertainty, and how well scores tell two kinds of text apart.
//!
//! Ties are counted exactly everywhere, since rules give few distinct scores: a figure that breaks ties by the order
//! of the rows says whatever that order says.

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) hits: usize,
    pub(super) of: usize,
}

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

impl Share {
    /// The share of those for which `is_hit` holds.
    pub(super) fn count<T>(of: impl IntoIterator<Item = T>, is_hit: impl Fn(T) -> bool) -> Self {
        let mut share = Self::default();
        for one in of {
            share.of += 1;
            share.hits += usize::from(is_hit(one));
        }
        share
    }

    /// None of nothing.
    pub(super) fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| float(self.hits) / float(self.of))
    }

    /// The 95 % interval of Wilson, which holds for small numbers and for shares near 0 and 1.
    pub(super) fn interval(self) -> Option<(f64, f64)> {
        let rate = self.rate()?;
        let n = float(self.of);
        let spread = Z * Z / n;
        let centre = rate + spread / 2.0;
        let half = Z * (rate * (1.0 - rate) / n + spread / (4.0 * n)).sqrt();
        Some((((centre - half) / (1.0 + spread)).max(0.0), ((centre + half) / (1.0 + spread)).min(1.0)))
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, of: self.of + other.of }
    }
}

/// The area under the receiver operating characteristic: how often a positive scores above a negative, a tie
/// counting half. None without both kinds.
pub(super) fn roc_auc(positives: &[f32], negatives: &[f32]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut below = 0.0;
    let mut won = 0.0;
    for Step { positives, negatives, .. } in steps(positives, negatives).into_iter().rev() {
        won += float(positives) * (below + float(negatives) / 2.0);
        below += float(negatives);
    }
    Some(won / (float(positives.len()) * float(negatives.len())))
}

/// The average precision: the precision at each score that occurs, weighed by the recall it adds. None without
/// positives.
pub(super) fn average_precision(positives: &[f32], negatives: &[f32]) -> Option<f64> {
    if positives.is_empty() {
        return None;
    }
    let (mut right, mut wrong, mut sum) = (0.0, 0.0, 0.0);
    for Step { positives, negatives, .. } in steps(positives, negatives) {
        right += float(positives);
        wrong += float(negatives);
        sum += float(positives) * right / (right + wrong);
    }
    Some(sum / float(positives.len()))
}

/// Where attacks begin: what scores above this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Threshold(pub(super) f32);

impl Threshold {
    /// The lowest threshold that flags no more than this share of the negatives. None without negatives, or where
    /// they are too few for a share so small: then the highest of them decides, which says nothing about the share.
    pub(super) fn at(negatives: &[f32], share: f64) -> Option<Self> {
        let mut sorted = negatives.to_vec();
        sorted.sort_by(|left, right| right.total_cmp(left));
        let allowed = (float(sorted.len()) * share).floor() as usize;
        if allowed == 0 {
            return None;
        }
        // With a share of 1 everything may be flagged.
        Some(Self(sorted.get(allowed).copied().unwrap_or(f32::NEG_INFINITY)))
    }

    pub(super) fn flags(self, score: f32) -> bool {
        score > self.0
    }
}

/// What was found rightly, found wrongly, and not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) right: usize,
    pub(super) wrong: usize,
    pub(super) missed: usize,
}

impl Counts {
    pub(super) fn precision(self) -> Share {
        Share { hits: self.right, of: self.right + self.wrong }
    }

    pub(super) fn recall(self) -> Share {
        Share { hits: self.right, of: self.right + self.missed }
    }

    /// The weighted harmonic mean of precision and recall; recall counts `beta` times as much. None where there was
    /// nothing to find and nothing was found.
    pub(super) fn f(self, beta: f64) -> Option<f64> {
        let weight = beta * beta;
        let right = (1.0 + weight) * float(self.right);
        let whole = right + weight * float(self.missed) + float(self.wrong);
        (whole > 0.0).then(|| right / whole)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { right: self.right + other.right, wrong: self.wrong + other.wrong, missed: self.missed + other.missed }
    }
}

/// The value below which this share of sorted values lies (nearest rank). None of nothing.
pub(super) fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (float(sorted.len()) * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The plain mean. None of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / float(values.len()))
}

pub(super) fn float(count: usize) -> f64 {
    count as f64
}

/// How many of each kind have one score.
struct Step {
    score: f32,
    positives: usize,
    negatives: usize,
}

/// Every score that occurs, highest first.
fn steps(positives: &[f32], negatives: &[f32]) -> Vec<Step> {
    let mut all: Vec<(f32, bool)> = positives.iter().map(|score| (*score, true)).collect();
    all.extend(negatives.iter().map(|score| (*score, false)));
    all.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut steps: Vec<Step> = Vec::new();
    for (score, is_positive) in all {
        let (positives, negatives) = (usize::from(is_positive), usize::from(!is_positive));
        match steps.last_mut() {
            Some(step) if step.score == score => {
                step.positives += positives;
                step.negatives += negatives;
            }
            _ => steps.push(Step { score, positives, negatives }),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn close(found: Option<f64>, expected: f64) {
        let found = found.expect("a figure");
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }

    #[test]
    fn wilson_is_as_in_the_tables() {
        let check = |hits, of, low, high| {
            let (found_low, found_high) = Share { hits, of }.interval().expect("an interval");
            close(Some(found_low), low);
            close(Some(found_high), high);
        };
        check(0, 10, 0.0, 0.277_533);
        check(10, 10, 0.722_467, 1.0);
        check(5, 10, 0.236_593, 0.763_407);
        check(1, 100, 0.001_767, 0.054_487);
        check(95, 100, 0.888_250, 0.978_464);
        assert_eq!(Share::default().interval(), None);
    }

    #[test]
    fn the_area_counts_a_tie_half() {
        close(roc_auc(&[0.9, 0.8], &[0.1, 0.2]), 1.0);
        close(roc_auc(&[0.1], &[0.9]), 0.0);
        close(roc_auc(&[0.0, 0.0], &[0.0, 0.0, 0.0]), 0.5);
        // Pairs: 0.5 wins over 0.1 and ties with 0.5; 0.3 wins over 0.1 and loses to 0.5.
        close(roc_auc(&[0.5, 0.3], &[0.5, 0.1]), (1.0 + 0.5 + 1.0 + 0.0) / 4.0);
        assert_eq!(roc_auc(&[], &[0.5]), None);
        assert_eq!(roc_auc(&[0.5], &[]), None);
    }

    #[test]
    fn average_precision_takes_equal_scores_together() {
        close(average_precision(&[0.9, 0.8], &[0.1]), 1.0);
        // By rank: 0.9 right (1/1), 0.8 wrong, 0.7 right (2/3).
        close(average_precision(&[0.9, 0.7], &[0.8]), (1.0 + 2.0 / 3.0) / 2.0);
        // All alike: the share of positives, in whatever order the rows come.
        close(average_precision(&[0.0], &[0.0, 0.0, 0.0]), 0.25);
        // 0.9: one of one. 0.5: two more right and one wrong, three of four.
        close(average_precision(&[0.9, 0.5, 0.5], &[0.5, 0.1]), (1.0 + 2.0 * 0.75) / 3.0);
        assert_eq!(average_precision(&[], &[0.5]), None);
    }

    #[test]
    fn a_threshold_keeps_to_its_share() {
        let negatives: Vec<f32> = (0..100_u8).map(|at| f32::from(at) / 100.0).collect();
        assert_eq!(Threshold::at(&negatives, 0.01), Some(Threshold(0.98)));
        assert_eq!(Threshold::at(&negatives, 0.05), Some(Threshold(0.94)));
        assert_eq!(Threshold::at(&negatives, 1.0), Some(Threshold(f32::NEG_INFINITY)));
        // A hundred cannot tell one in a thousand.
        assert_eq!(Threshold::at(&negatives, 0.001), None);
        assert_eq!(Threshold::at(&[], 0.01), None);
        // Of a hundred equal ones none may be flagged, if one may.
        let threshold = Threshold::at(&[0.5; 100], 0.01).expect("a threshold");
        assert!(!threshold.flags(0.5) && threshold.flags(0.500_1));
    }

    #[test]
    fn f_weighs_recall() {
        let counts = Counts { right: 6, wrong: 2, missed: 4 };
        close(counts.f(1.0), 2.0 * 0.75 * 0.6 / (0.75 + 0.6));
        close(counts.f(2.0), 5.0 * 0.75 * 0.6 / (4.0 * 0.75 + 0.6));
        assert_eq!(Counts::default().f(1.0), None);
        close(Counts { missed: 3, ..Counts::default() }.f(2.0), 0.0);
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(percentile(&sorted, 0.5), Some(2.0));
        assert_eq!(percentile(&sorted, 0.99), Some(4.0));
        assert_eq!(percentile(&sorted, 0.0), Some(1.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    /// Few distinct scores, so that there are ties.
    fn scores() -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec((0..8_u8).prop_map(|eighths| f32::from(eighths) / 8.0), 1..60)
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs_won(positives in scores(), negatives in scores()) {
            let mut won = 0.0;
            for positive in &positives {
                for negative in &negatives {
                    won += if positive > negative { 1.0 } else if positive == negative { 0.5 } else { 0.0 };
                }
            }
            let area = roc_auc(&positives, &negatives).expect("both kinds");
            prop_assert!((area - won / float(positives.len() * negatives.len())).abs() < 1e-9);
            let other = roc_auc(&negatives, &positives).expect("both kinds");
            prop_assert!((area + other - 1.0).abs() < 1e-9);
        }

        #[test]
        fn the_order_of_the_rows_says_nothing(positives in scores(), negatives in scores()) {
            let turned = |scores: &[f32]| scores.iter().rev().copied().collect::<Vec<_>>();
            prop_assert_eq!(
                average_precision(&positives, &negatives),
                average_precision(&turned(&positives), &turned(&negatives))
            );
            let found = average_precision(&positives, &negatives).expect("positives");
            prop_assert!(found > 0.0 && found <= 1.0 + 1e-12);
        }

        #[test]
        fn no_lower_threshold_keeps_to_the_share(negatives in scores(), percent in 1..=100_u8) {
            let share = f64::from(percent) / 100.0;
            let allowed = (float(negatives.len()) * share).floor() as usize;
            match Threshold::at(&negatives, share) {
                None => prop_assert_eq!(allowed, 0),
                Some(threshold) => {
                    let flagged = |threshold: Threshold| negatives.iter().filter(|score| threshold.flags(**score)).count();
                    prop_assert!(flagged(threshold) <= allowed);
                    let lower = negatives.iter().copied().filter(|score| *score < threshold.0).fold(f32::NEG_INFINITY, f32::max);
                    if threshold.0.is_finite() {
                        prop_assert!(flagged(Threshold(lower)) > allowed);
                    }
                }
            }
        }

        #[test]
        fn an_interval_holds_its_share(hits in 0..200_usize, more in 0..200_usize) {
            let share = Share { hits, of: hits + more };
            if let (Some(rate), Some((low, high))) = (share.rate(), share.interval()) {
                prop_assert!((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
                prop_assert!(low <= rate + 1e-12 && rate <= high + 1e-12);
            }
        }

        #[test]
        fn f_lies_between_precision_and_recall(right in 1..50_usize, wrong in 0..50_usize, missed in 0..50_usize) {
            let counts = Counts { right, wrong, missed };
            let (precision, recall) = (counts.precision().rate(), counts.recall().rate());
            let (precision, recall) = (precision.expect("found"), recall.expect("there"));
            for beta in [1.0, 2.0] {
                let f = counts.f(beta).expect("a figure");
                prop_assert!(f >= precision.min(recall) - 1e-12 && f <= precision.max(recall) + 1e-12);
            }
        }
    }
}
