//! Linear models, forests and neighbours.

use super::{COLUMNS, clusters, make, quality, setting, table, threads};
use redoubt_learn::learners::{Examples, Inputs, Table, Targets};

/// The answers of a learner to some rows, after learning from some.
fn answers(name: &str, parameters: &str, train: (&[f64], Targets<'_>), columns: usize, ask: &[f64]) -> Vec<f64> {
    let inputs = |values| Inputs::Table(Table::new(values, values.len() / columns, columns).unwrap());
    let examples = Examples::new(inputs(train.0), train.1, None).unwrap();
    let model = make(name, parameters).fit(&examples, &setting(1)).unwrap();
    model.predict(&inputs(ask), threads(1)).unwrap().values().to_vec()
}

fn near(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{name}: {found} instead of {expected}");
    }
}

#[test]
fn lines_are_found_exactly() {
    let x = [0.0, 1.0, 2.0, 3.0, 5.0];
    let y = [1.0, 3.0, 5.0, 7.0, 11.0];
    let line = |parameters, ask: &[f64]| answers("linear_regression", parameters, (&x, Targets::Numbers(&y)), 1, ask);
    near("least squares", &line("l2=0", &[10.0, -1.0]), &[21.0, -1.0]);
    // A missing value is the mean of the column.
    near("missing", &line("l2=0", &[f64::NAN]), &[2.0 * 2.2 + 1.0]);
    // The centred sum of squares is 14.8: the slope is 29.6 / (14.8 + 14.8).
    near("ridge", &line("l2=14.8 standardize=false", &[2.2, 3.2]), &[5.4, 6.4]);
}

#[test]
fn equations_without_a_single_answer_are_refused() {
    let twice = [1.0, 2.0, 2.0, 4.0, 3.0, 6.0];
    let inputs = Inputs::Table(Table::new(&twice, 3, 2).unwrap());
    let examples = Examples::new(inputs, Targets::Numbers(&[1.0, 2.0, 4.0]), None).unwrap();
    let error = make("linear_regression", "l2=0").fit(&examples, &setting(1)).unwrap_err();
    let expected = "`linear_regression` found no finite solution; bound huge values, raise `l2`, or drop columns that depend \
                    on each other";
    assert_eq!(error.to_string(), expected);
    make("linear_regression", "l2=1").fit(&examples, &setting(1)).unwrap();
}

#[test]
fn logistic_regression_finds_the_known_optimum() {
    // Of scikit-learn 1.9, LogisticRegression(C=1.0, tol=1e-10).
    let x = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
    let targets = Targets::Classes { labels: &[0, 0, 1, 0, 1, 1], classes: 2 };
    let found = answers("logistic_regression", "standardize=false tolerance=1e-10", (&x, targets), 1, &[0.0, 1.0, 4.0]);
    let second: Vec<f64> = found.chunks(2).map(|row| row[1]).collect();
    near("logistic", &second, &LOGISTIC);
}

const LOGISTIC: [f64; 3] = [0.405276544, 0.594723457, 0.936117051];

#[test]
fn neighbours_vote() {
    let x = [0.0, 1.0, 2.0, 10.0, 11.0];
    let targets = Targets::Numbers(&[0.0, 1.0, 2.0, 10.0, 20.0]);
    let ask = |parameters, ask: &[f64]| answers("k_nearest_neighbors", parameters, (&x, targets), 1, ask);
    near("one", &ask("neighbors=1", &[0.2, 10.6]), &[0.0, 20.0]);
    near("two", &ask("neighbors=2 standardize=false", &[10.4]), &[15.0]);
    near("by distance", &ask("neighbors=2 weights=distance standardize=false", &[10.25]), &[12.5]);
    near("in the very place", &ask("neighbors=3 weights=distance", &[2.0]), &[2.0]);
    // Of equally near ones the first.
    near("tie", &ask("neighbors=1 standardize=false", &[0.5]), &[0.0]);
    near("all", &ask("neighbors=1000", &[100.0]), &[6.6]);
    let rays = [1.0, 0.1, 0.1, 1.0, 5.0, 5.1];
    let targets = Targets::Classes { labels: &[0, 1, 2], classes: 3 };
    let found = answers(
        "k_nearest_neighbors",
        "neighbors=1 metric=cosine standardize=false",
        (&rays, targets),
        2,
        &[0.1, 0.11],
    );
    near("cosine", &found, &[0.0, 0.0, 1.0]);
}

#[test]
fn forests_hold_up_on_rows_they_have_not_seen() {
    for classes in [2, 3, 5] {
        let (values, labels) = clusters(600, classes, 11);
        let (unseen, truth) = clusters(600, classes, 12);
        let examples =
            |values, labels| Examples::new(table(values), Targets::Classes { labels, classes }, None).unwrap();
        let model = make("random_forest", "trees=30").fit(&examples(&values, &labels), &setting(1)).unwrap();
        let quality = quality(model.as_ref(), &examples(&unseen, &truth));
        assert!(quality > 0.8, "{classes}: {quality}");
    }
}

#[test]
fn a_forest_of_one_whole_tree_knows_what_it_has_seen() {
    let (values, labels) = clusters(200, 3, 21);
    let examples = Examples::new(table(&values), Targets::Classes { labels: &labels, classes: 3 }, None).unwrap();
    let model =
        make("random_forest", "trees=1 bootstrap=false columns_per_split=all").fit(&examples, &setting(1)).unwrap();
    assert!(quality(model.as_ref(), &examples) > 0.99);
    let numbers: Vec<f64> = values.chunks(COLUMNS).map(|row| row[0]).collect();
    let examples = Examples::new(table(&values), Targets::Numbers(&numbers), None).unwrap();
    let model = make("random_forest", "trees=1 bootstrap=false").fit(&examples, &setting(1)).unwrap();
    assert!(quality(model.as_ref(), &examples) > 0.99);
}
