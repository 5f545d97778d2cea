//! One step as several, and the best of them.

use redoubt_pipeline::{Condition, split_reference};

use super::support::{Memory, all, load};

const PIPELINE: &str = r#"
name = "best"
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
[steps.model]
kind = "train"
matrix = { learner = ["random_forest", "logistic_regression"], seed = [1, 2] }
input = "parts.train"
target = "y"
[steps.measure]
kind = "evaluate"
input = "parts.test"
model = "model"
rounds = 100
[steps.best]
kind = "select"
among = ["model"]
reports = ["measure"]
pick = "max roc_auc"
[steps.last]
kind = "evaluate"
input = "parts.validation"
model = "best"
rounds = 100
when = "best.roc_auc > 0.5"
"#;

fn rows() -> String {
    let mut text = "x,y\n".to_owned();
    for row in 0..300 {
        let x = row * 37 % 100;
        text.push_str(&format!("{x},{}\n", if (x + row % 7 * 5) > 60 { "yes" } else { "no" }));
    }
    text
}

fn names(text: &str) -> Vec<String> {
    load(text).unwrap().steps.into_iter().map(|step| step.name).collect()
}

#[test]
fn a_step_with_a_matrix_and_what_hangs_on_it_stands_for_each_combination() {
    let names = names(PIPELINE);
    let of = |step: &str| -> Vec<String> {
        let learners = ["random_forest", "logistic_regression"];
        learners
            .iter()
            .flat_map(|learner| [1, 2].map(|seed| format!("{step}[learner={learner},seed={seed}]")))
            .collect()
    };
    for name in of("model").into_iter().chain(of("measure")).chain(["parts", "best", "last"].map(str::to_owned)) {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert_eq!(names.len(), 11);
}

#[test]
fn the_best_of_a_matrix_is_chosen_and_kept() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let figures = |name: &str| &made.iter().find(|made| made.name == name).unwrap().figures;
    let measured: Vec<f64> =
        made.iter().filter(|made| made.name.starts_with("measure[")).map(|made| made.figures["roc_auc"]).collect();
    assert_eq!(measured.len(), 4);
    assert_eq!(figures("best")["roc_auc"], measured.iter().copied().fold(0.0, f64::max));
    let chosen = figures("best")["chosen"];
    let product = |name: &str| made.iter().find(|made| made.name == name).unwrap().products[0].digest.clone();
    let models: Vec<_> = made.iter().filter(|made| made.name.starts_with("model[")).collect();
    assert_eq!(product("best"), models[chosen as usize - 1].products[0].digest);
    // Another value runs what is new, and nothing that was there.
    let more = PIPELINE.replace("seed = [1, 2]", "seed = [1, 2, 3]");
    let made = all(&load(&more).unwrap(), &shelf).unwrap();
    let ran: Vec<&str> =
        made.iter().filter(|made| made.fate != redoubt_pipeline::Fate::Kept).map(|made| made.name.as_str()).collect();
    assert_eq!(ran.iter().filter(|name| name.contains('[')).count(), 4, "{ran:?}");
    assert!(ran.iter().filter(|name| name.contains('[')).all(|name| name.contains("seed=3")), "{ran:?}");
}

#[test]
fn two_matrices_meet_only_where_they_agree() {
    let text = r#"
name = "x"
[data.d]
path = "d.csv"
[steps.parts]
kind = "split"
input = "d"
matrix = { seed = [1, 2] }
[steps.ready]
kind = "preprocess"
fit = "parts.train"
also = ["parts.validation", "parts.test"]
[steps.model]
kind = "train"
input = "ready.train"
validation = "ready.validation"
target = "y"
matrix = { parameters.trees = [10, 0.5] }
"#;
    // A list that names a step which this one hangs on anyway has one of it.
    let pipeline = load(&text.replace("0.5", "20")).unwrap();
    let needs = |name: &str| -> Vec<String> {
        pipeline.step(name).unwrap().needs.iter().map(|need| format!("{}.{}", need.of, need.output)).collect()
    };
    assert_eq!(needs("ready[seed=2]"), ["parts[seed=2].train", "parts[seed=2].validation", "parts[seed=2].test"]);
    assert_eq!(needs("model[seed=1,trees=20]"), ["ready[seed=1].train", "ready[seed=1].validation"]);
    assert_eq!(pipeline.steps.len(), 2 + 2 + 4);
    // What is wrong in all of them is told once.
    assert_eq!(load(text).unwrap_err().len(), 1);
}

#[test]
fn a_bad_matrix_is_told_with_its_place() {
    let check = |matrix: &str, at: &str, reason: &str| {
        let text =
            PIPELINE.replace("{ learner = [\"random_forest\", \"logistic_regression\"], seed = [1, 2] }", matrix);
        let mistakes = load(&text).unwrap_err();
        let found =
            mistakes.iter().any(|mistake| text[mistake.span.clone()].contains(at) && mistake.reason.contains(reason));
        assert!(found, "{matrix}: {mistakes:#?}");
    };
    check("{}", "{}", "a matrix has settings with lists");
    check("7", "7", "expected lists of values");
    check("{ learner = \"random_forest\" }", "\"random_forest\"", "expected a list of values for `learner`");
    check("{ learner = [] }", "[]", "expected 1 to 256 values");
    check("{ kind = [\"train\"] }", "kind", "cannot differ");
    check("{ learner = [\"random_forest\", \"random_frost\"] }", "random_frost", "is not one of");
    check("{ seed = [1, 1] }", "1, 1", "two steps would be called `model[seed=1]`");
    let many = format!("{{ seed = {0:?}, features = {1:?} }}", (1..=20).collect::<Vec<_>>(), vec![["x"]; 20]);
    check(&many, "seed", "more than 256 steps");
}

#[test]
fn what_is_chosen_from_must_fit_what_it_is_chosen_by() {
    let check = |from: &str, to: &str, reason: &str| {
        let mistakes = load(&PIPELINE.replacen(from, to, 1)).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.reason.contains(reason)), "{to}: {mistakes:#?}");
    };
    check("[\"measure\"]", "[\"measure[learner=random_forest,seed=1]\"]", "1 reports for 4");
    check("max roc_auc", "most roc_auc", "expected `max` or `min`");
    check("max roc_auc", "max", "expected `max` or `min`");
    let text = PIPELINE.replacen("max roc_auc", "max rock_auc", 1);
    let error = all(&load(&text).unwrap(), &Memory::with("rows.csv", &rows())).unwrap_err();
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(said.contains("has no figure `rock_auc`; it has accuracy"), "{said}");
}

#[test]
fn names_of_a_matrix_may_have_points_and_signs() {
    assert_eq!(split_reference("model[rate=0.5].importance"), ("model[rate=0.5]", Some("importance")));
    assert_eq!(split_reference("model[rate=0.5]"), ("model[rate=0.5]", None));
    assert_eq!(split_reference("model.importance"), ("model", Some("importance")));
    let condition = Condition::parse("model[rate=0.5,a=b].roc_auc >= 0.7").unwrap();
    assert_eq!((condition.step.as_str(), condition.figure.as_str()), ("model[rate=0.5,a=b]", "roc_auc"));
    assert_eq!(condition.to_string(), "model[rate=0.5,a=b].roc_auc >= 0.7");
}
