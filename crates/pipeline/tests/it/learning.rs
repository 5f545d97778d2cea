//! Steps that learn, finish and measure.

use redoubt_pipeline::Product;
use serde_json::Value;

use super::support::{Memory, all, check_said, figure, load, report};

const PIPELINE: &str = r#"
name = "yes-or-no"
seed = 5
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
stratify = "said"
[steps.model]
kind = "train"
input = "parts.train"
target = "said"
exclude = ["group"]
learner = "logistic_regression"
[steps.decide]
kind = "postprocess"
input = "parts.validation"
model = "model"
positive = "yes"
threshold_for = "f1"
answered_accuracy = 0.9
[steps.measure]
kind = "evaluate"
input = "parts.test"
model = "decide"
positive = "yes"
groups = ["group"]
rounds = 100
"#;

/// Rows of which `yes` is likelier the larger `x` is, and always likelier in group `a`.
fn rows() -> String {
    let mut text = "x,noise,group,said\n".to_owned();
    for row in 0..600_u32 {
        let x = f64::from(row * 37 % 600) / 100.0;
        let noise = f64::from(row * 7919 % 601) / 100.0;
        let group = if row % 3 == 0 { "b" } else { "a" };
        let yes = x + noise * 0.3 + if group == "a" { 0.8 } else { 0.0 } > 4.0;
        text.push_str(&format!("{x},{noise},{group},{}\n", if yes { "yes" } else { "no" }));
    }
    text
}

#[test]
fn a_model_is_learned_finished_and_measured() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    assert!(figure(&made, "measure", "roc_auc") > 0.95);
    let (low, high) = (figure(&made, "measure", "roc_auc_low"), figure(&made, "measure", "roc_auc_high"));
    assert!(low < figure(&made, "measure", "roc_auc") && figure(&made, "measure", "roc_auc") < high);
    assert_eq!(figure(&made, "measure", "threshold").to_bits(), figure(&made, "decide", "threshold").to_bits());
    assert!(figure(&made, "measure", "group_demographic_parity_difference") > 0.0);
    let groups = &report(&shelf, &made, "measure")["groups"]["group"];
    assert_eq!(groups[0]["group"], "a");
    // What was not looked at is not among the features.
    assert_eq!(figure(&made, "model", "features").to_bits(), 2.0_f64.to_bits());
}

#[test]
fn what_a_learner_or_a_measure_cannot_use_is_said() {
    let check = |from: &str, to: &str, expected: &str| check_said(PIPELINE, &rows(), (from, to), expected);
    check("\"said\"\nexclude", "\"sayd\"\nexclude", "there is no column `sayd`, did you mean `said`?");
    check("exclude = [\"group\"]", "", "the column `group` holds text, not numbers");
    check(
        "exclude = [\"group\"]",
        "exclude = [\"group\"]\nfeatures = [\"x\", \"said\"]",
        "the target `said` is among the features",
    );
    check("exclude = [\"group\"]", "exclude = [\"group\"]\nfeatures = [\"group\"]", "`group` is in `features` as well");
    check("logistic_regression", "logistic_regresion", "`logistic_regresion` is not one of");
    check("\"logistic_regression\"", "\"logistic_regression\"\nparameters = { l3 = 1.0 }", "unknown key `l3`");
    check(
        "positive = \"yes\"\nthreshold_for",
        "positive = \"Yes\"\nthreshold_for",
        "`positive` is `Yes`, and the classes are no, yes",
    );
    check(
        "rounds = 100",
        "rounds = 100\nrequire = [\"roc_auc >= 0.999999\"]",
        "`roc_auc >= 0.999999` is required, and it is",
    );
    check("rounds = 100", "rounds = 100\nrequire = [\"auc >= 0.9\"]", "there is no such figure; there are accuracy");
    check("rounds = 100", "rounds = 100\nrequire = [\"model.rows >= 9\"]", "only the step's own figures");
    check("model = \"decide\"", "model = \"parts\"", "`parts` is a table, and a model is needed");
}

#[test]
fn numbers_and_many_classes_have_measures_of_their_own() {
    let check = |target: &str, task: &str, learner: &str, figures: &[&str]| {
        let text = format!(
            "name = \"x\"\n[data.rows]\npath = \"rows.csv\"\n[steps.parts]\nkind = \"split\"\ninput = \"rows\"\n\
             [steps.model]\nkind = \"train\"\ninput = \"parts.train\"\ntarget = \"{target}\"\ntask = \"{task}\"\n\
             features = [\"noise\", \"half\"]\nlearner = \"{learner}\"\n[steps.measure]\nkind = \"evaluate\"\n\
             input = \"parts.test\"\nmodel = \"model\"\nrounds = 100\n"
        );
        let data: String = rows()
            .lines()
            .enumerate()
            .map(|(at, line)| match at {
                0 => format!("{line},half,third\n"),
                _ => format!("{line},{},{}\n", at % 600 / 2, ["red", "green", "blue"][at % 600 / 200]),
            })
            .collect();
        let made = all(&load(&text).unwrap(), &Memory::with("rows.csv", &data)).unwrap();
        for name in figures {
            figure(&made, "measure", name);
        }
        made
    };
    let made = check("x", "number", "gradient_boosting", &["rmse", "rmse_low", "mae", "r2"]);
    assert!(figure(&made, "measure", "rmse") > 0.0);
    let made = check("third", "classes", "random_forest", &["accuracy", "f1_macro", "log_loss", "roc_auc"]);
    assert!(figure(&made, "measure", "accuracy") > 0.95);
}

#[test]
fn the_best_parameters_of_those_tried_are_found() {
    let check = |search: &str, space: &str, expected: &str| {
        let step = format!("kind = \"tune\"\nvalidation = \"parts.validation\"\nsearch = \"{search}\"\ntrials = 12\n");
        let text = PIPELINE.replacen("kind = \"train\"\n", &step, 1).replacen(
            "learner = \"logistic_regression\"\n",
            &format!("learner = \"gradient_boosting\"\n[steps.model.space]\n{space}\n"),
            1,
        );
        let said = match load(&text) {
            Err(mistakes) => mistakes.into_iter().map(|mistake| mistake.reason).collect::<Vec<_>>().join("; "),
            Ok(pipeline) => {
                let shelf = Memory::with("rows.csv", &rows());
                let made = all(&pipeline, &shelf).unwrap();
                let again = all(&pipeline, &Memory::with("rows.csv", &rows())).unwrap();
                assert_eq!(made, again);
                let kept = made.iter().find(|made| made.name == "model").unwrap().products.last().unwrap().clone();
                let bytes = shelf.objects.borrow().get(&kept.digest).unwrap().clone();
                let Product::Report(trials) = Product::from_bytes(kept.kind, &bytes).unwrap() else { panic!() };
                let whole = |trial: &&Value| trial["share"] == 100;
                let losses = trials["trials"].as_array().unwrap().iter().filter(whole);
                let losses: Vec<f64> = losses.map(|trial| trial["loss"].as_f64().unwrap()).collect();
                let best = figure(&made, "model", "loss");
                assert!(losses.iter().all(|loss| best <= *loss), "{losses:?}");
                assert!(figure(&made, "measure", "roc_auc") > 0.9);
                String::new()
            }
        };
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    };
    let space = "learning_rate = { least = 0.001, most = 0.5, log = true }\nleaves_max = { least = 2, most = 31 }";
    check("tpe", space, "");
    check("random", space, "");
    check("halving", space, "");
    check("tpe", "learning_rate = { least = 0.5, most = 0.1 }", "learning_rate");
    check("tpe", "learning_rate = { least = 0.5 }", "`least` and `most` are both needed");
    check("tpe", "lerning_rate = { least = 0.1, most = 0.5 }", "unknown key `lerning_rate`");
    check("tpe", "", "a search has from 1 to");
}

#[test]
fn validation_rows_stop_boosting() {
    let bytes_of_model =
        |validation: &str, parameters: &str| {
            let text = PIPELINE
                .replacen("kind = \"train\"\n", &format!("kind = \"train\"\n{validation}\n"), 1)
                .replacen("\"logistic_regression\"", &format!("\"gradient_boosting\"\n{parameters}"), 1);
            let shelf = Memory::with("rows.csv", &rows());
            let made = all(&load(&text).unwrap(), &shelf).unwrap();
            let kept = made.iter().find(|made| made.name == "model").unwrap().products[0].clone();
            shelf.objects.borrow().get(&kept.digest).unwrap().len()
        };
    let with = "validation = \"parts.validation\"";
    let whole = bytes_of_model("", "");
    assert!(bytes_of_model(with, "") < whole);
    assert_eq!(bytes_of_model(with, "parameters = { early_stopping_rounds = 0 }"), whole);
}
