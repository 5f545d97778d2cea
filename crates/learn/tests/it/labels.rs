use redoubt_learn::labels::{Filter, Labelled, confidence_weighted_entropy, normalized_margin, self_confidence};
use redoubt_learn::matrix::Matrix;
use redoubt_learn::random::Random;
use serde_json::Value;

use crate::support::{close, golden, numbers, rows, whole};

fn counts(value: &Value) -> Vec<Vec<u64>> {
    value.as_array().unwrap().iter().map(|row| whole(row).into_iter().map(|count| count as u64).collect()).collect()
}

fn check(golden: &Value) {
    let (labels, chances) = (whole(&golden["labels"]), Matrix::from_rows(&rows(&golden["pred_probs"])).unwrap());
    let labelled = Labelled::new(&labels, &chances).unwrap();
    for (found, expected) in labelled.thresholds().iter().zip(numbers(&golden["thresholds"])) {
        close("threshold", *found, expected);
    }
    assert_eq!(labelled.confident_joint(), counts(&golden["confident_joint_uncalibrated"]));
    assert_eq!(labelled.calibrated_joint(), counts(&golden["confident_joint_calibrated"]));
    for (filter, name) in [
        (Filter::PruneByNoiseRate, "prune_by_noise_rate"),
        (Filter::PruneByClass, "prune_by_class"),
        (Filter::Both, "both"),
        (Filter::ConfidentLearning, "confident_learning"),
        (Filter::PredictedOther, "predicted_neq_given"),
        (Filter::LowNormalizedMargin, "low_normalized_margin"),
        (Filter::LowSelfConfidence, "low_self_confidence"),
    ] {
        assert_eq!(labelled.issues(filter), whole(&golden[format!("issues_{name}")]), "{name}");
    }
    for (found, name) in [
        (self_confidence(&labelled), "self_confidence"),
        (normalized_margin(&labelled), "normalized_margin"),
        (confidence_weighted_entropy(&labelled), "confidence_weighted_entropy"),
    ] {
        let expected = numbers(&golden[format!("score_{name}")]);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            close(name, found, expected);
        }
    }
}

#[test]
fn as_cleanlab() {
    check(&golden("confident_learning.json"));
}

#[test]
fn changed_labels_are_found() {
    let mut random = Random::new(41);
    let (mut labels, mut chances, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..600 {
        let class = random.below(3);
        let mut powers: Vec<f64> =
            (0..3).map(|own| (random.normal() + if own == class { 3.0 } else { 0.0 }).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter_mut().for_each(|power| *power /= sum);
        chances.push(powers);
        if random.uniform() < 0.15 {
            changed.push(row);
            labels.push((class + 1 + random.below(2)) % 3);
        } else {
            labels.push(class);
        }
    }
    let chances = Matrix::from_rows(&chances).unwrap();
    let found = Labelled::new(&labels, &chances).unwrap().issues(Filter::PruneByNoiseRate);
    let hits = found.iter().filter(|row| changed.contains(row)).count() as f64;
    let (precision, recall) = (hits / found.len() as f64, hits / changed.len() as f64);
    println!("precision {precision}, recall {recall}");
    assert!(precision > 0.8 && recall > 0.8, "{precision} {recall}");
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let chances = Matrix::from_rows(&[[0.4, 0.6], [0.5, 0.5]]).unwrap();
    assert!(Labelled::new(&[0, 0], &chances).is_err(), "a class has no row");
    assert!(Labelled::new(&[0], &chances).is_err());
    assert!(Labelled::new(&[0, 2], &chances).is_err());
    assert!(Labelled::new(&[0, 1], &Matrix::from_rows(&[[0.4, 1.6], [0.5, 0.5]]).unwrap()).is_err());
    assert!(Labelled::new(&[0, 0], &Matrix::from_rows(&[[0.4], [0.5]]).unwrap()).is_err());
    // A model that has no doubt.
    let sure = Matrix::from_rows(&[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]).unwrap();
    let labelled = Labelled::new(&[0, 1, 1], &sure).unwrap();
    assert_eq!(labelled.issues(Filter::PredictedOther), [2]);
    assert!(confidence_weighted_entropy(&labelled).iter().all(|score| score.is_finite()));
}
