//! A candidate beside the champion, parts of rows, and disturbed rows.

use redoubt_pipeline::Product;

use super::support::{Memory, all, check_said, figure, load};

const PIPELINE: &str = r#"
name = "challenge"
seed = 5
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
[steps.champion]
kind = "train"
input = "parts.train"
target = "said"
features = ["noise"]
learner = "logistic_regression"
[steps.candidate]
kind = "train"
input = "parts.train"
target = "said"
features = ["x", "noise"]
learner = "logistic_regression"
[steps.challenge]
kind = "compare"
input = "parts.test"
model = "candidate"
champion = "champion"
positive = "yes"
rounds = 100
require = ["difference_roc_auc_low >= 0", "mcnemar_p < 0.05"]
[steps.measure]
kind = "evaluate"
input = "parts.test"
model = "candidate"
rounds = 100
slices = ["region"]
slice_rows_min = 20
robustness = { noise = [0.5, 3.0], missing = [0.2] }
"#;

fn rows() -> String {
    let mut text = "x,noise,region,said\n".to_owned();
    for row in 0..600_u32 {
        let (x, noise) = (f64::from(row * 37 % 600) / 100.0, f64::from(row * 7919 % 601) / 100.0);
        let region = ["north", "south", "east"][(row % 7 % 3) as usize];
        // In the north nothing that is known decides.
        let yes = if region == "north" { row % 2 == 0 } else { x + noise * 0.2 > 3.5 };
        text.push_str(&format!("{x},{noise},{region},{}\n", if yes { "yes" } else { "no" }));
    }
    text
}

#[test]
fn a_better_model_passes_and_what_it_loses_is_told() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let of = |name: &str| figure(&made, "challenge", name);
    assert!(of("difference_accuracy_low") > 0.0 && of("difference_log_loss") > 0.0);
    assert!((of("candidate_roc_auc") - of("champion_roc_auc") - of("difference_roc_auc")).abs() < 1e-12);
    assert!(of("only_candidate_right") > of("only_champion_right"));
    assert_eq!(of("lost_rows").to_bits(), of("only_champion_right").to_bits());
    let challenge = made.iter().find(|made| made.name == "challenge").unwrap();
    let bytes = shelf.objects.borrow().get(&challenge.products[1].digest).unwrap().clone();
    let Product::Table(lost) = Product::from_bytes(challenge.products[1].kind, &bytes).unwrap() else { panic!() };
    assert!((lost.rows() as f64 - of("lost_rows")).abs() < 0.5);
    assert!(lost.numbers("row").unwrap().iter().all(|row| *row >= 1.0));
}

#[test]
fn the_weak_part_and_the_weak_spot_show() {
    let made = all(&load(PIPELINE).unwrap(), &Memory::with("rows.csv", &rows())).unwrap();
    let of = |name: &str| figure(&made, "measure", name);
    assert!(of("slice_region_worst_accuracy") < 0.7 && of("slice_region_gap_accuracy") > 0.2);
    assert!(of("accuracy_noise_3") < of("accuracy_noise_0_5") && of("accuracy_noise_0_5") < of("accuracy"));
    assert!(of("accuracy_missing_0_2") < of("accuracy"));
}

#[test]
fn what_is_asked_and_not_so_stops_it() {
    let check = |from: &str, to: &str, expected: &str| check_said(PIPELINE, &rows(), (from, to), expected);
    let swapped = "model = \"champion\"\nchampion = \"candidate\"";
    check(
        "model = \"candidate\"\nchampion = \"champion\"",
        swapped,
        "`difference_roc_auc_low >= 0` is required, and it is -0.",
    );
    check("rounds = 100\nrequire", "rounds = 100\nlost_max = 0\nrequire", "and `lost_max` allows 0; the first is row");
    check(
        "rounds = 100\nrequire",
        "rounds = 100\nlost_share_max = 0.0001\nregression = \"parts.validation\"\nrequire",
        "and `lost_share_max` allows 0.01 %",
    );
    check("rounds = 100\nrequire", "rounds = 100\nmetrics = [\"acuracy\"]\nrequire", "`acuracy` is none of accuracy");
    check(
        "rounds = 100\nrequire",
        "rounds = 100\nmetrics = [\"rmse\"]\nrequire",
        "`rmse` is not defined for this target",
    );
    check("slices = [\"region\"]", "slices = [\"regoin\"]", "there is no column `regoin`, did you mean `region`?");
    check("missing = [0.2]", "typos = [0.2]", "`robustness.typos` has nothing to disturb: the model looks at numbers");
    check("missing = [0.2]", "missing = [2.0]", "expected a number above 0 and up to 1");
}
