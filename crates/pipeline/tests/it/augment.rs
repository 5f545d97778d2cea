//! Copies of rows: where they may be made, and which may stay.

use super::support::{Memory, all, check_said, load, rows_of};

const NUMBERS: &str = r#"
name = "more"
seed = 5
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
stratify = "said"
[steps.ready]
kind = "preprocess"
fit = "parts.train"
also = ["parts.validation", "parts.test"]
keep = ["said", "region", "age"]
[steps.more]
kind = "augment"
input = "ready.train"
target = "said"
smote = { neighbours = 3 }
"#;

const TEXTS: &str = r#"
name = "more"
seed = 5
[data.rows]
path = "rows.csv"
[steps.parts]
kind = "split"
input = "rows"
stratify = "said"
[steps.first]
kind = "train"
input = "parts.train"
target = "said"
features = ["words"]
learner = "hashed_text"
[steps.more]
kind = "augment"
input = "parts.train"
target = "said"
model = "first"
quarantine_max = 1.0
text = { column = "words", changes = ["swap", "delete", "leet"], strength = 0.3, copies = 3 }
"#;

fn numbers() -> String {
    let mut text = "x,age,region,said\n".to_owned();
    for row in 0..200_u32 {
        let is_rare = row % 5 == 0;
        let x = f64::from(row * 37 % 100) / 100.0 + if is_rare { 3.0 } else { 0.0 };
        let region = if is_rare { "north" } else { "south" };
        text.push_str(&format!("{x},{},{region},{}\n", 20 + row % 50, if is_rare { "yes" } else { "no" }));
    }
    text
}

fn texts() -> String {
    let mut text = "words,said\n".to_owned();
    for row in 0..120_u32 {
        let (word, said) = if row % 2 == 0 { ("invoice", "yes") } else { ("weather", "no") };
        text.push_str(&format!("the {word} of day {row} came late,{said}\n"));
    }
    text
}

#[test]
fn the_rare_class_is_filled_with_rows_between_its_own() {
    let shelf = Memory::with("rows.csv", &numbers());
    let made = all(&load(NUMBERS).unwrap(), &shelf).unwrap();
    let table = rows_of(&shelf, &made, "more.table");
    let (said, regions, ages) =
        (table.texts("said").unwrap(), table.texts("region").unwrap(), table.numbers("age").unwrap());
    let yes = said.iter().filter(|said| *said == "yes").count();
    assert_eq!(yes * 2, table.rows());
    assert!(said.iter().zip(regions).all(|(said, region)| (said == "yes") == (region == "north")));
    // Nobody is 33.3 years old.
    assert!(ages.iter().all(|age| age.fract() == 0.0 && (20.0..70.0).contains(age)));
    assert_eq!(rows_of(&shelf, &made, "more.quarantine").rows(), 0);
}

#[test]
fn a_copy_that_lost_its_class_goes_to_quarantine() {
    let shelf = Memory::with("rows.csv", &texts());
    let made = all(&load(TEXTS).unwrap(), &shelf).unwrap();
    let (table, bad) = (rows_of(&shelf, &made, "more.table"), rows_of(&shelf, &made, "more.quarantine"));
    assert!(table.rows() > 120 && bad.rows() > 0, "{} {}", table.rows(), bad.rows());
    assert!(bad.texts("reasons").unwrap()[0].contains("the model says"));
    // Classes that lie in one another: most copies are nearest to rows of the other.
    let mixed: String = numbers().replace(".0\n", "\n").lines().enumerate().fold(String::new(), |text, (at, line)| {
        let line = if at > 0 && at % 9 == 0 {
            line.replace(",no", ",yes").replace(",south", ",north")
        } else {
            line.to_owned()
        };
        text + &line + "\n"
    });
    let strict = ("smote =", "quarantine_max = 0.0\nsmote =");
    check_said(NUMBERS, &mixed, strict, "nearest rows are of its class; make weaker changes");
}

#[test]
fn copies_are_made_after_a_split_of_rows_to_learn_from() {
    let check = |text: &str, from: &str, to: &str, expected: &str| {
        check_said(text, &(if text == TEXTS { texts() } else { numbers() }), (from, to), expected);
    };
    check(NUMBERS, "input = \"ready.train\"", "input = \"rows\"", "its rows were not split");
    check(NUMBERS, "input = \"ready.train\"", "input = \"parts.test\"", "which are to judge by; augment `parts.train`");
    check(NUMBERS, "input = \"ready.train\"", "input = \"ready.test\"", "its rows are `parts.test`");
    let again = "neighbours = 3 }\n[steps.again]\nkind = \"split\"\ninput = \"more\"";
    check(NUMBERS, "neighbours = 3 }", again, "`more` made changed copies of rows, which this would part");
    check(NUMBERS, "smote = {", "mixup = { copies = 0.5 }\nsmote = {", "give one of `text`, `smote` and `mixup`");
    check(NUMBERS, "smote = { neighbours = 3 }", "mixup = { copies = 0.5 }", "");
    check(NUMBERS, "target = \"said\"\nsmote", "target = \"region\"\ngate = \"model\"\nsmote", "name the `model`");
    check(TEXTS, "model = \"first\"", "", "texts have no nearest rows");
    check(TEXTS, "strength = 0.3", "strength = 0.9", "expected a share above 0 and up to 0.5");
    check(TEXTS, "\"leet\"", "\"leeet\"", "`leeet` is not one of");
}
