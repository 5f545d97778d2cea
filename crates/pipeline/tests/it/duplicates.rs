//! Rows that are there already, and what tells too much.

use redoubt_pipeline::Product;

use super::support::{Memory, all, check_said, load, rows_of};

const PIPELINE: &str = r#"
name = "once"
seed = 5
[data.rows]
path = "rows.csv"
[steps.once]
kind = "deduplicate"
input = "rows"
columns = ["text"]
way = "near"
similarity = 0.7
[steps.parts]
kind = "split"
input = "once"
[steps.check]
kind = "leakage"
train = "parts.train"
test = ["parts.validation", "parts.test"]
columns = ["text"]
way = "near"
similarity = 0.7
target = "said"
except = ["text"]
"#;

fn rows() -> String {
    let mut text = "text,x,said\n".to_owned();
    for row in 0..60_u32 {
        let said = if row % 2 == 0 { "yes" } else { "no" };
        let words: Vec<String> = (0..12).map(|word| format!("w{}", (row * 131 + word * 17) % 997)).collect();
        let words = words.join(" ");
        text.push_str(&format!("{words},{},{said}\n", row % 7));
        if row % 10 == 0 {
            // The same with one word more.
            text.push_str(&format!("{words} again,{},{said}\n", row % 7));
        }
    }
    text
}

#[test]
fn the_first_stays_and_the_others_say_what_they_repeat() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let once = made.iter().find(|made| made.name == "once").unwrap();
    assert_eq!(once.figures["removed"].to_bits(), 6.0_f64.to_bits());
    let quarantine = rows_of(&shelf, &made, "once.quarantine");
    assert!(quarantine.texts("text").unwrap().iter().all(|text| text.ends_with("again")));
    assert_eq!(quarantine.texts("reasons").unwrap()[0], "91 % of row 1");
    assert_eq!(rows_of(&shelf, &made, "once.table").rows(), 60);
}

#[test]
fn what_is_known_or_tells_the_answer_stops_it() {
    let check = |from: &str, to: &str, expected: &str| check_said(PIPELINE, &rows(), (from, to), expected);
    check("input = \"once\"", "input = \"rows\"", "rows to judge by are known from `parts.train`");
    // No row is the same to the letter, so nothing is removed, and those that nearly are meet again behind the split.
    check(
        "way = \"near\"\nsimilarity = 0.7\n[steps.parts]",
        "removed_share_max = 0.0\n[steps.parts]",
        "2 of 26 rows to judge by are known from `parts.train`, and `overlap_max` allows 0",
    );
    check(
        "similarity = 0.7\n[steps.parts]",
        "removed_share_max = 0.05\n[steps.parts]",
        "6 of 66 rows are there already, and `removed_share_max` allows 5 %; row 2 is 91 % of row 1",
    );
    check("\nexcept = [\"text\"]", "\nassociation_max = 0.0", "alone tells `said`");
    check("similarity = 0.7", "similarity = 0.1", "expected a share from 0.3 to 1");
    check("way = \"near\"", "way = \"exact\"", "only `way = \"near\"` looks at it");
}

#[test]
fn rows_of_other_tables_count_as_there() {
    let text = PIPELINE.replace(
        "[steps.parts]",
        "[steps.none]\nkind = \"deduplicate\"\ninput = \"once\"\nagainst = [\"rows\"]\n[steps.parts]",
    );
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(&text).unwrap(), &shelf).unwrap();
    assert_eq!(rows_of(&shelf, &made, "none.table").rows(), 0);
    assert_eq!(rows_of(&shelf, &made, "none.quarantine").texts("reasons").unwrap()[0], "the same as row 1 of `rows`");
}

#[test]
fn associations_are_those_of_scikit_learn_and_numpy() {
    let mut text = "region,x,y,said\n".to_owned();
    for row in 0..40_u32 {
        let (order, noise) = (row * 7 % 40, row * 13 % 17);
        let (x, said) = (order + noise, if order < 18 { "yes" } else { "no" });
        let y = 3.0 * f64::from(noise) - f64::from(row % 5) + f64::from(x) / 4.0;
        text.push_str(&format!("{},{x},{y},{said}\n", ["north", "south", "east"][(order / 15) as usize]));
    }
    let check = |target: &str, except: &str, column: &str, expected: f64| {
        let pipeline = format!(
            "name = \"one\"\n[data.rows]\npath = \"rows.csv\"\n[steps.check]\nkind = \"leakage\"\ntrain = \"rows\"\n\
             target = {target:?}\nexcept = [{except:?}]\n"
        );
        let shelf = Memory::with("rows.csv", &text);
        let made = all(&load(&pipeline).unwrap(), &shelf).unwrap();
        let check = made.iter().find(|made| made.name == "check").unwrap();
        let bytes = shelf.objects.borrow().get(&check.products[0].digest).unwrap().clone();
        let Product::Report(report) = Product::from_bytes(check.products[0].kind, &bytes).unwrap() else { panic!() };
        let found = report["associations"][column].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-9, "{column}: {found}");
    };
    // `homogeneity_score`, |2 `roc_auc_score` - 1|, |`corrcoef`|, and variance between over all.
    check("said", "y", "region", 0.727_306_605_749_863_8);
    check("said", "y", "x", 0.941_919_191_919_191_9);
    check("y", "said", "x", 0.457_491_254_519_880_15);
    check("y", "said", "region", 0.016_616_610_532_496_356);
}
