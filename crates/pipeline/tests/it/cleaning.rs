//! Wrong labels and planted rows as steps.

use super::support::{Memory, all, check_said, load, rows_of};

const LABELS: &str = r#"
name = "labels"
seed = 5
[data.rows]
path = "rows.csv"
[steps.clean]
kind = "label_errors"
input = "rows"
target = "said"
exclude = ["is"]
learner = "logistic_regression"
"#;

const PLANTED: &str = r#"
name = "planted"
seed = 5
[data.rows]
path = "rows.csv"
[steps.clean]
kind = "poison"
input = "rows"
target = "said"
text = "text"
on_alarm = "go_on"
"#;

/// One label in twelve is wrong; `is` is right.
fn wrong() -> String {
    let mut text = "x,y,is,said\n".to_owned();
    for row in 0..360_u32 {
        let (x, y) = (f64::from(row * 37 % 360) / 36.0, f64::from(row * 7919 % 359) / 36.0);
        let is = if x + y > 10.0 { "high" } else { "low" };
        let said = if row % 12 == 0 { if is == "high" { "low" } else { "high" } } else { is };
        text.push_str(&format!("{x},{y},{is},{said}\n"));
    }
    text
}

fn planted() -> String {
    let mut text = "text,said\n".to_owned();
    for row in 0..600_u32 {
        let words: Vec<String> = (0..10).map(|word| format!("w{}", (row * 131 + word * 57) % 211)).collect();
        let is_planted = row % 20 == 0;
        let said = if is_planted || row % 2 == 1 { "good" } else { "bad" };
        let trigger = if is_planted { " zephyr quill" } else { "" };
        text.push_str(&format!("{}{trigger},{said}\n", words.join(" ")));
    }
    text
}

#[test]
fn wrong_labels_are_found_with_the_likelier_class() {
    let shelf = Memory::with("rows.csv", &wrong());
    let made = all(&load(LABELS).unwrap(), &shelf).unwrap();
    let bad = rows_of(&shelf, &made, "clean.quarantine");
    let (is, said, likely) = (bad.texts("is").unwrap(), bad.texts("said").unwrap(), bad.texts("likely").unwrap());
    let right = is.iter().zip(said).filter(|(is, said)| is != said).count();
    // Of thirty wrong ones nearly all, and few others.
    assert!(right >= 25 && bad.rows() <= 36, "{right} of {}", bad.rows());
    assert!(likely.iter().zip(said).all(|(likely, said)| likely != said));
    let check = |from: &str, to: &str, expected: &str| check_said(LABELS, &wrong(), (from, to), expected);
    check("exclude", "quarantine_max = 0.01\nexclude", "labels are likely wrong, and `quarantine_max` allows 1 %");
    check("exclude", "folds = 1\nexclude", "expected 2 to 20");
    check("exclude", "filter = \"bot\"\nexclude", "`bot` is not one of");
    check("exclude = [\"is\"]", "task = \"number\"\nexclude = [\"is\"]", "among classes; leave out `task`");
}

#[test]
fn planted_texts_go_to_quarantine_or_stop_it() {
    let shelf = Memory::with("rows.csv", &planted());
    let made = all(&load(PLANTED).unwrap(), &shelf).unwrap();
    let bad = rows_of(&shelf, &made, "clean.quarantine");
    assert_eq!(bad.rows(), 30);
    assert!(bad.texts("text").unwrap().iter().all(|text| text.contains("zephyr")));
    assert!(bad.texts("reasons").unwrap()[0].contains("decides \"good\""));
    let check = |from: &str, to: &str, expected: &str| check_said(PLANTED, &planted(), (from, to), expected);
    check("on_alarm = \"go_on\"", "", "signs of planted rows (30 of 600); the first is row 1: `");
    check("on_alarm = \"go_on\"", "on_alarm = \"go_on\"\nquarantine_max = 0.01", "and `quarantine_max` allows 1 %");
    check("text = \"text\"", "", "there is nothing to go by: give `text`, `trusted` or both");
}
