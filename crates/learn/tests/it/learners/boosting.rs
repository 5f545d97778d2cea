//! Gradient boosting.

use super::{COLUMNS, clusters, make, quality, setting, table, threads};
use redoubt_learn::learners::{Examples, Inputs, Model, Setting, Table, Targets};
use redoubt_learn::random::Random;

fn fit(parameters: &str, examples: &Examples<'_>) -> Box<dyn Model> {
    make("gradient_boosting", parameters).fit(examples, &setting(1)).unwrap()
}

fn columns(values: &[f64], columns: usize) -> Inputs<'_> {
    Inputs::Table(Table::new(values, values.len() / columns, columns).unwrap())
}

#[test]
fn a_missing_value_goes_to_the_better_side() {
    for missing_is in [0, 1] {
        // Known values are of class 0 below 5 and of class 1 above; missing ones are all of one class.
        let values: Vec<f64> = (0..200).map(|row| if row % 4 == 3 { f64::NAN } else { f64::from(row % 10) }).collect();
        let label = |value: &f64| if value.is_nan() { missing_is } else { usize::from(*value >= 5.0) };
        let labels: Vec<usize> = values.iter().map(label).collect();
        let targets = Targets::Classes { labels: &labels, classes: 2 };
        let examples = Examples::new(columns(&values, 1), targets, None).unwrap();
        let model = fit("trees=20 rows_in_leaf_min=5", &examples);
        assert_eq!(quality(model.as_ref(), &examples), 1.0);
    }
}

#[test]
fn categories_need_no_order() {
    // Of 12 categories every third is good: no threshold tells them apart, one set does.
    let mut random = Random::new(3);
    let values: Vec<f64> = (0..2400).map(|_| random.below(12) as f64 * 7.0 - 20.0).collect();
    let is_good = |value: &f64| (((value + 20.0) / 7.0).round() as usize).is_multiple_of(3);
    let labels: Vec<usize> = values.iter().map(|value| usize::from(is_good(value))).collect();
    let targets = Targets::Classes { labels: &labels, classes: 2 };
    let examples = Examples::new(columns(&values, 1), targets, None).unwrap();
    let with = fit("trees=1 leaves_max=2 categorical_columns=0", &examples);
    let without = fit("trees=1 leaves_max=2", &examples);
    let spread = |model: &dyn Model| {
        let scores = model.predict(&examples.inputs(), threads(1)).unwrap().output(1);
        let mut distinct: Vec<u64> =
            scores.iter().zip(&labels).map(|(score, label)| score.to_bits() ^ *label as u64).collect();
        distinct.sort_unstable();
        distinct.dedup();
        distinct.len()
    };
    // One split is enough for the two classes to have a score each.
    assert_eq!(spread(with.as_ref()), 2);
    assert!(spread(without.as_ref()) > 2);
    // A category never seen is like a missing value.
    let ask = |value: f64| with.predict(&columns(&[value], 1), threads(1)).unwrap().values().to_vec();
    assert_eq!(ask(1234.5), ask(f64::NAN));
}

#[test]
fn early_stopping_keeps_the_best_round() {
    let mut random = Random::new(5);
    let mut noise = |rows: usize| -> (Vec<f64>, Vec<f64>) {
        let values: Vec<f64> = (0..rows * 2).map(|_| random.normal()).collect();
        let numbers = values.chunks(2).map(|row| row[0] + random.normal()).collect();
        (values, numbers)
    };
    let ((values, numbers), (unseen, truth)) = (noise(300), noise(300));
    let examples = Examples::new(columns(&values, 2), Targets::Numbers(&numbers), None).unwrap();
    let validation = Examples::new(columns(&unseen, 2), Targets::Numbers(&truth), None).unwrap();
    let stopped = make("gradient_boosting", "trees=500 early_stopping_rounds=10 rows_in_leaf_min=5")
        .fit(&examples, &Setting { validation: Some(validation), ..setting(1) })
        .unwrap();
    let all = fit("trees=500 rows_in_leaf_min=5", &examples);
    let (stopped_quality, all_quality) = (quality(stopped.as_ref(), &validation), quality(all.as_ref(), &validation));
    assert!(stopped_quality > all_quality + 0.05, "{stopped_quality} {all_quality}");
    assert!(stopped.to_bytes().len() * 4 < all.to_bytes().len());
}

#[test]
fn the_absolute_error_and_huber_bear_outliers() {
    let values: Vec<f64> = (0..400).map(f64::from).collect();
    let straight: Vec<f64> = values.iter().map(|value| value / 40.0).collect();
    let spoiled: Vec<f64> =
        straight.iter().zip(0..).map(|(value, row)| if row % 10 == 0 { 1000.0 } else { *value }).collect();
    let error = |loss: &str| {
        let examples = Examples::new(columns(&values, 1), Targets::Numbers(&spoiled), None).unwrap();
        let model = fit(&format!("trees=200 rows_in_leaf_min=20 {loss}"), &examples);
        let scores = model.predict(&examples.inputs(), threads(1)).unwrap();
        scores.values().iter().zip(&straight).map(|(score, number)| (score - number).abs()).sum::<f64>() / 400.0
    };
    assert!(error("loss=absolute_error") < 0.3, "{}", error("loss=absolute_error"));
    assert!(error("loss=huber huber_delta=1") < error("loss=squared_error") / 2.0);
    assert!(error("loss=squared_error") > 50.0);
}

#[test]
fn penalties_shares_and_depth_bound_what_is_learned() {
    let (values, labels) = clusters(500, 4, 9);
    // Opposite clusters are of one class: a single split does not tell them apart.
    let labels: Vec<usize> = labels.iter().map(|label| label % 2).collect();
    let examples = Examples::new(table(&values), Targets::Classes { labels: &labels, classes: 2 }, None).unwrap();
    let sharpness = |parameters: &str| {
        let scores = fit(parameters, &examples).predict(&examples.inputs(), threads(1)).unwrap().output(1);
        scores.iter().map(|score| (score - 0.5).abs()).sum::<f64>()
    };
    let free = sharpness("trees=20");
    for bound in
        ["l2=100", "l1=10", "gain_min=20", "depth_max=1", "leaves_max=2", "rows_in_leaf_min=200", "learning_rate=0.01"]
    {
        let bounded = sharpness(&format!("trees=20 {bound}"));
        assert!(bounded < free, "{bound}: {bounded} {free}");
    }
    for share in ["row_fraction=0.5", "column_fraction=0.5", "row_fraction=0.3 rows_drawn_every=5"] {
        let model = fit(&format!("trees=30 {share}"), &examples);
        assert!(quality(model.as_ref(), &examples) > 0.9, "{share}");
        let other = make("gradient_boosting", &format!("trees=30 {share}")).fit(&examples, &setting(2)).unwrap();
        assert_ne!(model.to_bytes(), other.to_bytes(), "{share}: another seed draws others");
    }
}

#[test]
fn nothing_to_learn_is_the_mean() {
    let values = vec![1.0; 40 * COLUMNS];
    let numbers: Vec<f64> = (0..40).map(f64::from).collect();
    let examples = Examples::new(table(&values), Targets::Numbers(&numbers), None).unwrap();
    let model = fit("", &examples);
    let scores = model.predict(&examples.inputs(), threads(1)).unwrap();
    assert!(scores.values().iter().all(|score| (score - 19.5).abs() < 1e-9));
    let one = Examples::new(table(&values[..COLUMNS]), Targets::Classes { labels: &[1], classes: 2 }, None).unwrap();
    let scores = fit("", &one).predict(&one.inputs(), threads(1)).unwrap();
    assert!(scores.values()[1] > 0.99);
    let empty = [f64::NAN; 40 * COLUMNS];
    let examples = Examples::new(table(&empty), Targets::Numbers(&numbers), None).unwrap();
    for parameters in ["trees=3", "trees=3 categorical_columns=0,1,2,3"] {
        fit(parameters, &examples).predict(&examples.inputs(), threads(1)).unwrap();
    }
}

/// Many rows take the way with several threads and with bins whose sums are subtracted.
#[test]
fn threads_do_not_change_large_problems() {
    let (values, labels) = clusters(40_000, 2, 31);
    let wide: Vec<f64> = values
        .chunks(COLUMNS)
        .flat_map(|row| (0..5).flat_map(move |by| row.iter().map(move |value| value * f64::from(by + 1))))
        .collect();
    let targets = Targets::Classes { labels: &labels, classes: 2 };
    let examples = Examples::new(columns(&wide, 20), targets, None).unwrap();
    let of = |count| {
        let setting = Setting { threads: threads(count), ..setting(1) };
        make("gradient_boosting", "trees=5").fit(&examples, &setting).unwrap().to_bytes()
    };
    assert_eq!(of(1), of(2));
}
