//! Weights, thresholds of groups, rules, and what is left to people.

use super::support::{Memory, all, check_said, figure, load, rows_of};

const PIPELINE: &str = r#"
name = "fairer"
seed = 5
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
stratify = "said"
[steps.weighed]
kind = "reweigh"
input = "parts.train"
target = "said"
groups = ["group"]
[steps.model]
kind = "train"
input = "weighed"
target = "said"
exclude = ["group"]
weights = "weight"
learner = "logistic_regression"
[steps.decide]
kind = "postprocess"
input = "parts.validation"
model = "model"
positive = "yes"
refer_between = [0.45, 0.55]
fairness = { groups = ["group"], constraint = "equal_opportunity", tolerance = 0.05 }
[[steps.decide.rules]]
when = "x > 5.9"
decide = "refer"
[[steps.decide.rules]]
when = "group == c"
decide = "no"
[steps.measure]
kind = "evaluate"
input = "parts.test"
model = "decide"
positive = "yes"
groups = ["group"]
rounds = 100
"#;

/// In group `b` a yes needs more of `x`, and `x` is less.
fn rows() -> String {
    let mut text = "x,noise,group,said\n".to_owned();
    for row in 0..900_u32 {
        let (x, noise) = (f64::from(row * 37 % 600) / 100.0, f64::from(row * 7919 % 601) / 100.0);
        let group = if row % 3 == 0 { "b" } else { "a" };
        let yes = x + noise * 0.5 + if group == "a" { 1.0 } else { -0.5 } > 4.5;
        text.push_str(&format!("{x},{noise},{group},{}\n", if yes { "yes" } else { "no" }));
    }
    text
}

#[test]
fn groups_are_treated_more_alike() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    assert!(figure(&made, "weighed", "yes_share_difference_before") > 0.2);
    assert!(figure(&made, "weighed", "yes_share_difference").abs() < 1e-9);
    // The weight is no feature.
    assert_eq!(figure(&made, "model", "features").to_bits(), 2.0_f64.to_bits());
    let of = |name: &str| figure(&made, "decide", name);
    assert!(of("equal_opportunity_difference_before") > of("equal_opportunity_difference"));
    assert!(of("equal_opportunity_difference") <= 0.05 + 1e-9);
    // The same thresholds hold where the model is measured.
    let plain = PIPELINE.replace("fairness = {", "#");
    let plain = all(&load(&plain).unwrap(), &Memory::with("rows.csv", &rows())).unwrap();
    let name = "group_equal_opportunity_difference";
    assert!(figure(&made, "measure", name) < figure(&plain, "measure", name));
}

#[test]
fn rules_and_people_decide_first() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let predictions = rows_of(&shelf, &made, "measure.predictions");
    let (decisions, likelihoods) = (predictions.texts("decision").unwrap(), predictions.numbers("likelihood").unwrap());
    let referred = decisions.iter().filter(|decision| *decision == "refer").count();
    assert!(referred > 0);
    let share = referred as f64 / decisions.len() as f64;
    assert!((figure(&made, "measure", "referred_share") - share).abs() < 1e-12);
    for (decision, likelihood) in decisions.iter().zip(likelihoods) {
        assert!(!(0.45..0.55).contains(likelihood) || decision == "refer", "{likelihood} {decision}");
    }
    // A rule speaks before the band and the thresholds do.
    let all_refused = PIPELINE.replace("x > 5.9\"\ndecide = \"refer\"", "x >= 0\"\ndecide = \"no\"");
    let made = all(&load(&all_refused).unwrap(), &Memory::with("rows.csv", &rows())).unwrap();
    assert_eq!(figure(&made, "decide", "yes_share").to_bits(), 0.0_f64.to_bits());
    assert_eq!(figure(&made, "measure", "referred_share").to_bits(), 0.0_f64.to_bits());
}

#[test]
fn what_does_not_fit_is_said() {
    let check = |from: &str, to: &str, expected: &str| check_said(PIPELINE, &rows(), (from, to), expected);
    check("x > 5.9", "x > lots", "`lots` is no number, and `>` compares numbers");
    check("x > 5.9", "x 5.9", "is not of the form `COLUMN > VALUE`");
    check("x > 5.9", "y > 5.9", "there is no column `y`");
    check("x > 5.9", "group > 5.9", "the column `group` holds text, not numbers");
    check("[0.45, 0.55]", "[0.55, 0.45]", "expected two likelihoods, the lower first");
    check("tolerance = 0.05", "tolerance = 0.0", "expected a number from 0.005 to 1");
    check("tolerance = 0.05", "group_rows_min = 1000", "the threshold of a group is undefined: it has too few rows");
    check("positive = \"yes\"\ngroups", "positive = \"no\"\ngroups", "`positive` is another class than that");
    check("target = \"said\"\ngroups", "target = \"noise\"\ngroups", "two classes are needed");
    check(
        "groups = [\"group\"]\n[steps.model]",
        "groups = [\"group\"]\ncolumn = \"x\"\n[steps.model]",
        "there is a column `x` already",
    );
}
