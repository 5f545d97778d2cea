use proptest::prelude::*;
use redoubt_learn::error::Error;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::metrics::*;
use redoubt_learn::random::Random;

use crate::support::{close, golden, numbers, whole};

const ACTUAL: [usize; 10] = [0, 1, 2, 2, 1, 0, 2, 1, 0, 2];
const PREDICTED: [usize; 10] = [0, 2, 2, 2, 1, 0, 1, 1, 2, 2];
const RIGHT: [bool; 7] = [true, false, true, true, false, false, true];
const SCORES: [f64; 7] = [0.9, 0.8, 0.8, 0.6, 0.6, 0.2, 0.4];

#[test]
fn golden_values_of_scikit_learn() {
    let golden = golden("fairness.json");
    let value = |name: &str| golden[name].as_f64().unwrap();
    let labels = whole(&golden["y_true"]);
    let actual: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
    let scores = numbers(&golden["score"]);
    let confusion = Confusion::new(&labels, &whole(&golden["y_pred"]), 2).unwrap();
    close("auc", roc_auc(&actual, &scores).unwrap(), value("auc"));
    close("f1", confusion.scores(1).f1().unwrap(), value("f1"));
    close("accuracy", confusion.accuracy(), value("acc"));
    close("brier", brier(&actual, &scores).unwrap(), value("brier"));
    close("ap", average_precision(&actual, &scores).unwrap(), value("ap"));
    // The definition, with every pair of rows looked at.
    let interval = delong(&actual, &scores, 0.95).unwrap();
    close("delong low", interval.low, 0.764_480_274_057_506_8);
    close("delong high", interval.high, 0.846_555_353_961_816_8);
}

#[test]
fn small_cases_of_scikit_learn_and_scipy() {
    let confusion = Confusion::new(&ACTUAL, &PREDICTED, 3).unwrap();
    for (average, precision, recall, f1) in [
        (Average::Micro, 0.7, 0.7, 0.7),
        (Average::Macro, 0.755_555_555_555_555_5, 0.694_444_444_444_444_3, 0.711_111_111_111_111_1),
        (Average::Weighted, 0.74, 0.7, 0.706_666_666_666_666_7),
    ] {
        close("precision", confusion.precision(average).unwrap(), precision);
        close("recall", confusion.recall(average).unwrap(), recall);
        close("f1", confusion.f1(average).unwrap(), f1);
    }
    close("balanced", confusion.balanced_accuracy(), 0.694_444_444_444_444_3);
    assert_eq!((confusion.count(2, 1), confusion.count(1, 2), confusion.count(9, 9)), (1, 1, 0));
    #[rustfmt::skip]
    let chances = Matrix::new(vec![
        0.7, 0.2, 0.1, 0.1, 0.5, 0.4, 0.2, 0.2, 0.6, 0.1, 0.1, 0.8, 0.3, 0.6, 0.1,
        0.5, 0.3, 0.2, 0.3, 0.4, 0.3, 0.2, 0.7, 0.1, 0.3, 0.3, 0.4, 0.1, 0.2, 0.7,
    ], 3).unwrap();
    close("log loss", log_loss(&ACTUAL, &chances).unwrap(), 0.610_905_960_043_415);
    close("one against the rest", roc_auc_one_vs_rest(&ACTUAL, &chances).unwrap(), 0.956_349_206_349_206_4);
    close("auc", roc_auc(&RIGHT, &SCORES).unwrap(), 2.0 / 3.0);
    close("ap", average_precision(&RIGHT, &SCORES).unwrap(), 0.733_333_333_333_333_3);
    close("brier", brier(&RIGHT, &SCORES).unwrap(), 0.23);
    let (is, said) = ([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0]);
    close("mae", mean_absolute_error(&is, &said).unwrap(), 0.5);
    close("rmse", root_mean_square_error(&is, &said).unwrap(), 0.612_372_435_695_794_5);
    close("r2", r2(&is, &said).unwrap(), 0.948_608_137_044_967_9);
    close("mape", mean_absolute_percentage_error(&is, &said).unwrap(), 0.327_380_952_380_952_4);
    close("median", median_absolute_error(&is, &said).unwrap(), 0.5);
    let interval = wilson(7, 20, 0.95).unwrap();
    close("wilson low", interval.low, 0.181_191_824_101_082_1);
    close("wilson high", interval.high, 0.567_145_723_314_763_7);
    let disagreements = Disagreements { champion: 5, challenger: 15 };
    close("mcnemar", disagreements.exact_p(), 0.041_389_465_332_031_25);
    close("corrected", disagreements.corrected_p(), 0.044_171_344_908_442_71);
    assert_eq!(Disagreements { champion: 3, challenger: 3 }.exact_p(), 1.0);
    assert_eq!(Disagreements { champion: 0, challenger: 0 }.corrected_p(), 1.0);
}

#[test]
fn calibration_by_hand() {
    // One bin says 0.1 and has none of two, one says 0.9 and has one of two.
    let (is, said) = ([false, false, true, false], [0.1, 0.1, 0.9, 0.9]);
    close("ece", expected_calibration_error(&is, &said, 10).unwrap(), 0.5 * 0.1 + 0.5 * 0.4);
    assert_eq!(binned_calibration(&is, &said, 10).unwrap().len(), 2);
    assert_eq!(binned_calibration(&[true], &[1.0], 10).unwrap()[0].frequency, 1.0);
}

#[test]
fn what_is_undefined_is_said_to_be() {
    let undefined = |found: Result<f64, Error>| assert!(matches!(found, Err(Error::Undefined { .. })), "{found:?}");
    undefined(roc_auc(&[true, true], &[0.1, 0.2]));
    undefined(average_precision(&[false], &[0.1]));
    undefined(r2(&[1.0, 1.0], &[1.0, 2.0]));
    undefined(mean_absolute_percentage_error(&[0.0], &[1.0]));
    let confusion = Confusion::new(&[0, 1], &[0, 0], 3).unwrap();
    undefined(confusion.scores(1).precision());
    undefined(confusion.scores(2).recall());
    undefined(confusion.scores(2).f1());
    undefined(confusion.precision(Average::Macro));
    close("f1 of a class that is missed", confusion.f1(Average::Macro).unwrap(), (2.0 / 3.0) / 2.0);
    undefined(wilson(0, 0, 0.95).map(|interval| interval.point));
    undefined(delong(&[true, false, false], &[0.3, 0.2, 0.1], 0.95).map(|interval| interval.point));
    assert!(Confusion::new(&[], &[], 2).is_err());
    assert!(Confusion::new(&[2], &[0], 2).is_err());
    assert!(Confusion::new(&[0], &[0], usize::MAX).is_err());
    assert!(brier(&[true], &[1.1]).is_err());
    assert!(roc_auc(&[true, false], &[f64::NAN, 0.0]).is_err());
    assert!(wilson(3, 2, 0.95).is_err());
    let huge = bootstrap(usize::MAX, 100, 0.95, &mut Random::new(1), |_| Ok(0.0));
    assert!(matches!(huge, Err(Error::TooLarge { .. })), "{huge:?}");
    assert!(bootstrap(10, 1, 0.95, &mut Random::new(1), |_| Ok(0.0)).is_err());
    assert!(mean_absolute_error(&[1e300], &[0.0]).is_err(), "its square overflows");
    assert!(wilson(1, 2, 1.0).is_err());
    assert!(expected_calibration_error(&[true], &[0.5], 0).is_err());
}

#[test]
fn intervals_cover() {
    let mut random = Random::new(21);
    let (mut wilson_hits, mut bootstrap_hits, mut delong_hits) = (0, 0, 0);
    for _ in 0..500 {
        let successes = random.binomial(100, 0.3);
        let interval = wilson(successes, 100, 0.95).unwrap();
        wilson_hits += usize::from((interval.low..=interval.high).contains(&0.3));
        let values: Vec<f64> = (0..80).map(|_| random.normal()).collect();
        let mean = |rows: &[usize]| Ok(rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64);
        let interval = bootstrap(80, 300, 0.95, &mut random, mean).unwrap();
        bootstrap_hits += usize::from((interval.low..=interval.high).contains(&0.0));
        let is: Vec<bool> = (0..120).map(|at| at < 60).collect();
        let scores: Vec<f64> = is.iter().map(|is| random.normal() + f64::from(u8::from(*is))).collect();
        let interval = delong(&is, &scores, 0.95).unwrap();
        // The normal distribution function at 1 / sqrt(2).
        delong_hits += usize::from((interval.low..=interval.high).contains(&0.760_249_938_906_523_3));
    }
    for (name, hits) in [("wilson", wilson_hits), ("bootstrap", bootstrap_hits), ("delong", delong_hits)] {
        let percent = hits as f64 / 5.0;
        println!("{name} covers {percent} %");
        assert!((percent - 95.0).abs() <= 2.5, "{name} covers {percent} %");
    }
}

#[test]
fn a_better_challenger_is_seen_and_an_equal_one_is_not() {
    let mut random = Random::new(22);
    let mut right = |chance: f64| (0..400).map(|_| random.uniform() < chance).collect::<Vec<bool>>();
    let (champion, equal, better) = (right(0.8), right(0.8), right(0.92));
    let share = |right: &[bool], rows: &[usize]| Ok(rows.iter().filter(|row| right[**row]).count() as f64 / 400.0);
    let against = |challenger: &[bool]| {
        let mut random = Random::new(23);
        paired_bootstrap(400, 500, 0.95, &mut random, |rows| share(&champion, rows), |rows| share(challenger, rows))
            .unwrap()
    };
    assert!(against(&better).interval.low > 0.0);
    assert!(against(&better).share_not_better < 0.02);
    assert!(against(&equal).interval.low < 0.0);
    assert!(Disagreements::new(&champion, &better).unwrap().exact_p() < 0.001);
    assert!(Disagreements::new(&champion, &equal).unwrap().exact_p() > 0.05);
    let again = against(&better);
    assert_eq!(again, against(&better), "the same seed gives the same interval");
}

proptest! {
    #[test]
    fn the_area_counts_pairs(rows in prop::collection::vec((any::<bool>(), 0_u8..10), 2..60)) {
        let (is, scores): (Vec<bool>, Vec<f64>) = rows.iter().map(|(is, score)| (*is, f64::from(*score))).unzip();
        prop_assume!(is.contains(&true) && is.contains(&false));
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (one, _) in rows.iter().enumerate().filter(|(_, row)| row.0) {
            for (other, _) in rows.iter().enumerate().filter(|(_, row)| !row.0) {
                sum += if scores[one] > scores[other] { 1.0 } else if scores[one] == scores[other] { 0.5 } else { 0.0 };
                pairs += 1.0;
            }
        }
        prop_assert!((roc_auc(&is, &scores).unwrap() - sum / pairs).abs() < 1e-12);
    }

    #[test]
    fn wilson_holds_its_point(successes in 0_u64..1000, more in 0_u64..1000) {
        prop_assume!(successes + more > 0);
        let interval = wilson(successes, successes + more, 0.95).unwrap();
        prop_assert!(0.0 <= interval.low && interval.low <= interval.point + 1e-12);
        prop_assert!(interval.point <= interval.high + 1e-12 && interval.high <= 1.0);
    }
}
