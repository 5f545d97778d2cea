//! The curves by which likelihoods are judged, as points that a report can draw.

use redoubt_learn::metrics;
use serde_json::{Value, json};

use super::count;

/// The most points of a curve: more than a drawing shows.
const POINTS_MAX: usize = 200;
/// Bins of the calibration plot, of equal width.
const BINS: usize = 10;

/// The ROC curve (false against true positive rate), the precision-recall curve (recall against precision), and of
/// each bin of likelihoods how often it came true. Empty where only one class occurs.
pub(super) fn curves(actual: &[bool], likelihoods: &[f64]) -> Value {
    let positives = count(actual.iter().filter(|yes| **yes).count());
    let negatives = count(actual.len()) - positives;
    let mut rows: Vec<(f64, bool)> = likelihoods.iter().copied().zip(actual.iter().copied()).collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut roc, mut precision) = (vec![[0.0, 0.0]], Vec::new());
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for tie in rows.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        right += tie.iter().filter(|(_, yes)| *yes).count();
        wrong += tie.iter().filter(|(_, yes)| !*yes).count();
        roc.push([count(wrong) / negatives, count(right) / positives]);
        precision.push([count(right) / positives, count(right) / count(right + wrong)]);
    }
    if positives == 0.0 || negatives == 0.0 {
        (roc, precision) = (Vec::new(), Vec::new());
    }
    let bins = metrics::binned_calibration(actual, likelihoods, BINS).unwrap_or_default();
    let bins: Vec<Value> = bins
        .iter()
        .filter(|bin| bin.rows > 0)
        .map(|bin| json!({ "rows": bin.rows, "mean": rounded(bin.confidence), "share": rounded(bin.frequency) }))
        .collect();
    json!({ "roc": thinned(&roc), "precision_recall": thinned(&precision), "calibration": bins })
}

/// So many points at most, with the first and the last.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let last = points.len().saturating_sub(1);
    let kept = points.len().min(POINTS_MAX);
    let places = (0..kept).filter_map(|at| points.get(at * last / kept.saturating_sub(1).max(1)));
    places.map(|point| point.map(rounded)).collect()
}

/// With six places: nobody sees more, and a report stays short.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_begin_and_end_where_they_must_and_are_bounded() {
        let actual: Vec<bool> = (0..5_000).map(|row| row % 3 == 0).collect();
        let likelihoods: Vec<f64> = (0..5_000).map(|row| f64::from(row * 7 % 1_000) / 1_000.0).collect();
        let said = curves(&actual, &likelihoods);
        let roc = said["roc"].as_array().unwrap();
        assert_eq!((roc.len(), &roc[0], &roc[199]), (200, &json!([0.0, 0.0]), &json!([1.0, 1.0])));
        assert_eq!(said["precision_recall"][199][0], json!(1.0));
        assert_eq!(said["calibration"].as_array().unwrap().len(), 10);
        let tie = curves(&[true, false], &[0.5, 0.5]);
        assert_eq!(tie["roc"], json!([[0.0, 0.0], [1.0, 1.0]]));
        assert_eq!(curves(&[true], &[0.5])["roc"], json!([]));
    }
}
