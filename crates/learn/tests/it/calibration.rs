use proptest::prelude::*;
use redoubt_learn::calibration::{Isotonic, Platt, Temperature, abstention, improvement};
use redoubt_learn::matrix::Matrix;
use redoubt_learn::metrics::{expected_calibration_error, log_loss};
use redoubt_learn::random::Random;

use crate::support::{close, within};

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// Scores that are three times as sure as they should be.
fn sure(random: &mut Random, rows: usize) -> (Vec<bool>, Vec<f64>) {
    (0..rows)
        .map(|_| {
            let z = 1.5 * random.normal();
            (random.uniform() < sigmoid(z), 3.0 * z + 1.0)
        })
        .unzip()
}

#[test]
fn too_sure_scores_become_chances() {
    let mut random = Random::new(51);
    let (actual, scores) = sure(&mut random, 4000);
    let (later, unseen) = sure(&mut random, 4000);
    let before: Vec<f64> = unseen.iter().map(|score| sigmoid(*score)).collect();
    let platt = Platt::fit(&actual, &scores).unwrap();
    within("slope", platt.slope, -1.0 / 3.0, 0.05);
    within("intercept", platt.intercept, 1.0 / 3.0, 0.1);
    let isotonic = Isotonic::fit(&actual, &scores).unwrap();
    let logits = Matrix::from_rows(&scores.iter().map(|score| [0.0, *score]).collect::<Vec<_>>()).unwrap();
    let labels: Vec<usize> = actual.iter().map(|is| usize::from(*is)).collect();
    let temperature = Temperature::fit(&labels, &logits).unwrap();
    for (name, after, most) in [
        ("platt", unseen.iter().map(|score| platt.chance(*score)).collect::<Vec<f64>>(), 0.03),
        ("isotonic", unseen.iter().map(|score| isotonic.chance(*score)).collect(), 0.03),
        ("temperature", unseen.iter().map(|score| temperature.chances(&[0.0, *score])[1]).collect(), 0.08),
    ] {
        let (was, is) = improvement(&later, &before, &after, 15).unwrap();
        println!("{name}: {was} before, {is} after");
        assert!(is < most && is < was / 2.0, "{name}: {was} {is}");
    }
}

#[test]
fn platt_as_libsvm_would() {
    // Separable and tied: the moved targets keep all finite. Of `scipy.optimize.minimize` on the same loss.
    for (actual, scores, slope, intercept) in PLATT {
        let found = Platt::fit(actual, scores).unwrap();
        within("slope", found.slope, *slope, 1e-5);
        within("intercept", found.intercept, *intercept, 1e-5);
    }
    assert!(Platt::fit(&[true, true], &[0.0, 1.0]).is_err());
    assert!(Platt::fit(&[], &[]).is_err());
    for scale in [1e-90, 1e90] {
        let found = Platt::fit(&[false, true, true], &[-scale, scale, scale]).unwrap();
        assert!(found.chance(scale) > 0.5 && found.chance(-scale) < 0.5);
    }
}

type Case = (&'static [bool], &'static [f64], f64, f64);

const PLATT: &[Case] = &[
    (&[false, false, true, true], &[-2.0, -1.0, 1.0, 2.0], -0.673996403, -0.000000020),
    (&[false, true, false, true, true], &[0.5, 0.5, 1.0, 1.0, 2.5], -0.643117345, 0.358555596),
    (
        &[true, false, true, false, false, false, true, true],
        &[3.0, -1.0, 0.2, 0.1, -2.0, 0.4, 1.0, 0.3],
        -0.812584972,
        0.175772720,
    ),
];

#[test]
fn steps_by_hand() {
    // The second and third violate and are pooled.
    let isotonic = Isotonic::fit(&[false, true, false, true], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert_eq!(isotonic.scores, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(isotonic.chances, [0.0, 0.5, 0.5, 1.0]);
    for (score, expected) in [(0.0, 0.0), (1.5, 0.25), (2.5, 0.5), (3.5, 0.75), (9.0, 1.0)] {
        close("chance", isotonic.chance(score), expected);
    }
    assert!(Isotonic::fit(&[], &[]).is_err());
}

#[test]
fn a_temperature_only_helps() {
    let logits = Matrix::from_rows(&[[4.0, 0.0, 1.0], [0.0, 5.0, 0.0], [3.0, 0.0, 6.0], [2.0, 0.0, 0.0]]).unwrap();
    let actual = [0, 1, 0, 0];
    let fitted = Temperature::fit(&actual, &logits).unwrap();
    let loss = |temperature: Temperature| {
        let chances: Vec<Vec<f64>> = logits.iter().map(|row| temperature.chances(row)).collect();
        log_loss(&actual, &Matrix::from_rows(&chances).unwrap()).unwrap()
    };
    for other in [0.5, 1.0, fitted.0 * 0.99, fitted.0 * 1.01, 5.0] {
        assert!(loss(fitted) <= loss(Temperature(other)) + 1e-12);
    }
    assert!(fitted.0 > 1.0);
}

#[test]
fn unsure_answers_are_kept_back() {
    let mut random = Random::new(52);
    let confidences: Vec<f64> = (0..5000).map(|_| 0.5 + 0.5 * random.uniform()).collect();
    let right: Vec<bool> = confidences.iter().map(|own| random.uniform() < *own).collect();
    let found = abstention(&right, &confidences, 0.9, 0.95).unwrap();
    println!("{found:?}");
    // Rows from t on are right with (1 + t) / 2.
    assert!((0.78..0.86).contains(&found.threshold), "{found:?}");
    assert!(found.accuracy_low >= 0.9);
    assert!(abstention(&right, &confidences, 0.999, 0.95).is_err());
    assert!(abstention(&right, &confidences, 1.0, 0.95).is_err());
    let few = abstention(&[true, true], &[0.9, 0.8], 0.9, 0.95);
    assert!(few.is_err(), "two lucky rows prove nothing");
}

proptest! {
    #[test]
    fn steps_never_fall(rows in prop::collection::vec((any::<bool>(), 0_u8..20), 1..60)) {
        let (actual, scores): (Vec<bool>, Vec<f64>) = rows.iter().map(|(is, score)| (*is, f64::from(*score))).unzip();
        let isotonic = Isotonic::fit(&actual, &scores).unwrap();
        prop_assert!(isotonic.chances.windows(2).all(|pair| pair[0] <= pair[1]));
        let after: Vec<f64> = scores.iter().map(|score| isotonic.chance(*score)).collect();
        // What was fitted is calibrated on average.
        let mean: f64 = after.iter().sum::<f64>() / after.len() as f64;
        let share = actual.iter().filter(|is| **is).count() as f64 / actual.len() as f64;
        prop_assert!((mean - share).abs() < 1e-9);
        prop_assert!(expected_calibration_error(&actual, &after, 1).unwrap() < 1e-9);
    }
}
