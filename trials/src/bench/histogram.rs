//! Times in buckets whose width grows with the time: counts of nanoseconds, exact to one part in 64.

use serde_json::{Value, json};

/// Buckets in each doubling.
const STEPS: u64 = 64;

/// How often each time was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub(super) fn note(&mut self, nanos: u64) {
        self.add(bucket(nanos), 1);
    }

    fn add(&mut self, bucket: usize, count: u64) {
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(slot) = self.counts.get_mut(bucket) {
            *slot += count;
        }
        self.total += count;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (bucket, &count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.add(bucket, count);
        }
    }

    /// The time, in microseconds, that a share of the observations does not exceed.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    pub(super) fn micros(&self, share: f64) -> f64 {
        let rank = ((self.total as f64) * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, &count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return middle(bucket) / 1_000.0;
            }
        }
        0.0
    }

    pub(super) fn to_json(&self) -> Value {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        json!(filled.map(|(bucket, count)| [bucket as u64, *count]).collect::<Vec<_>>())
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let mut histogram = Self::default();
        for pair in value.as_array()? {
            let bucket = usize::try_from(pair.get(0)?.as_u64()?).ok()?;
            // A bucket beyond any time would only cost memory.
            histogram.add(bucket.min(1 << 13), pair.get(1)?.as_u64()?);
        }
        Some(histogram)
    }
}

fn bucket(nanos: u64) -> usize {
    let doublings = u64::from((nanos / STEPS).checked_ilog2().map_or(0, |log| log + 1));
    let step = if doublings == 0 { nanos } else { (nanos >> (doublings - 1)) - STEPS };
    usize::try_from(doublings * STEPS + step).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "a time to one part in 64")]
fn middle(bucket: usize) -> f64 {
    let (doublings, step) = (bucket as u64 / STEPS, bucket as u64 % STEPS);
    if doublings == 0 {
        return step as f64;
    }
    let width = (1_u64 << (doublings - 1)) as f64;
    (STEPS + step) as f64 * width + width / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_found_again_to_one_part_in_64() {
        for nanos in [1, 63, 64, 65, 127, 128, 1_000, 99_999, 1_234_567, 20_000_000, 9_876_543_210] {
            let mut histogram = Histogram::default();
            histogram.note(nanos);
            let found = histogram.micros(0.5) * 1_000.0;
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let expected = nanos as f64;
            assert!((found - expected).abs() <= expected / 64.0 + 0.5, "{nanos} became {found}");
        }
    }

    #[test]
    fn shares_are_taken_of_all_and_survive_the_way_between_processes() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|micros| histogram.note(micros * 1_000));
        let again = Histogram::from_json(&histogram.to_json()).unwrap();
        for histogram in [histogram, again] {
            assert!((histogram.micros(0.5) - 500.0).abs() < 10.0);
            assert!((histogram.micros(0.99) - 990.0).abs() < 20.0);
            assert_eq!(histogram.total, 1_000);
        }
    }
}
