//! Who rows are about, and what of it is taken out.

use std::error::Error;
use std::time::Duration;

use redoubt_pipeline::privacy::Privacy;
use redoubt_pipeline::{Clearing, Digest, Ended, Guard, Outside, Reading, ShelfError, Table, Task, TaskError};

use super::support::{Memory, all, check_said, load, rows_of};

const PIPELINE: &str = r#"
name = "safe"
seed = 5
[data.rows]
path = "rows.csv"
text = ["zip"]
[steps.safe]
kind = "anonymize"
input = "rows"
drop = ["name"]
k = 4
left_out_max = 0.05
sensitive = ["illness"]
l_min = 2
[steps.safe.quasi.age]
widths = [5, 10, 20]
[steps.safe.quasi.zip]
keep = [4, 3, 2]
"#;

fn rows() -> String {
    let mut text = "name,age,zip,illness,note\n".to_owned();
    for row in 0..120_u32 {
        let is_young = row % 40 < 20;
        let illness = if is_young && row % 2 == 0 { "flu" } else { ["flu", "asthma", "gout"][(row % 3) as usize] };
        let note = if row == 7 { "refused" } else { "call ann@example.com" };
        text.push_str(&format!("p{row},{},{:05},{illness},{note}\n", 20 + row % 40, 10_000 + row * 7 % 100));
    }
    text
}

/// A guard that takes out one address and refuses one word.
struct World(&'static str);

impl Guard for World {
    fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    fn clear(&self, text: &str) -> Clearing {
        if text == "refused" {
            return Clearing::Refused("it may not pass".to_owned());
        }
        let found = text.matches("ann@example.com").count();
        let text = text.replace("ann@example.com", "<EMAIL_ADDRESS_1>");
        Clearing::Text { text, found: vec![("EMAIL_ADDRESS".to_owned(), found)] }
    }
}

impl Outside for World {
    fn digest(&self, path: &str) -> Result<Digest, ShelfError> {
        Ok(Digest::of(path.as_bytes()))
    }

    fn execute(&self, _: &Task<'_>) -> Result<Ended, TaskError> {
        Err(TaskError::Refused("there are no programs here".to_owned()))
    }

    fn wait(&self, _: Duration) {}

    fn guard(&self, _: Option<&str>) -> Result<Option<Box<dyn Guard>>, ShelfError> {
        Ok(Some(Box::new(World(self.0))))
    }
}

#[test]
fn each_row_is_like_others() {
    let shelf = Memory::with("rows.csv", &rows());
    let made = all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let table = rows_of(&shelf, &made, "safe.table");
    assert!(!table.names().contains(&"name".to_owned()));
    let (quasi, sensitive) = (["age".to_owned(), "zip".to_owned()], ["illness".to_owned()]);
    let privacy = Privacy::new(&table, &quasi, &sensitive).unwrap();
    assert!(privacy.anonymity.k >= 4 && privacy.sensitive[0].1.distinct_l >= 2);
    assert!(table.rows() >= 114);
    let ages = table.texts("age").unwrap();
    assert!(ages.iter().all(|age| age.contains('-')), "{:?}", &ages[..3]);
    assert_eq!(rows_of(&shelf, &made, "safe.quarantine").rows() + table.rows(), 120);
}

#[test]
fn texts_go_through_the_guard_or_nowhere() {
    let text = PIPELINE.replace("k = 4", "texts = [\"note\"]\nk = 4");
    let without = all(&load(&text).unwrap(), &Memory::with("rows.csv", &rows())).unwrap_err();
    assert_eq!(without.source().unwrap().to_string(), "`texts` need the guard, which is not here");
    let shelf = Memory { world: Some(Box::new(World("one"))), ..Memory::with("rows.csv", &rows()) };
    let made = all(&load(&text).unwrap(), &shelf).unwrap();
    let table = rows_of(&shelf, &made, "safe.table");
    assert!(table.texts("note").unwrap().iter().all(|note| note == "call <EMAIL_ADDRESS_1>"));
    let bad = rows_of(&shelf, &made, "safe.quarantine");
    assert!(bad.texts("reasons").unwrap().contains(&"note: it may not pass".to_owned()));
    // Another policy is another step.
    let first = made.iter().find(|made| made.name == "safe").unwrap().key.clone();
    let shelf = Memory { world: Some(Box::new(World("two"))), ..Memory::with("rows.csv", &rows()) };
    let made = all(&load(&text).unwrap(), &shelf).unwrap();
    assert_ne!(first, made.iter().find(|made| made.name == "safe").unwrap().key);
}

#[test]
fn what_cannot_be_hidden_is_said() {
    let check = |from: &str, to: &str, expected: &str| check_said(PIPELINE, &rows(), (from, to), expected);
    check("k = 4", "k = 1", "expected at least 2");
    check("k = 4", "k = 200", "there are too few rows for this `k`");
    check("l_min = 2", "l_min = 4", "different values of `illness`, and `l_min` asks for 4");
    check("l_min = 2", "t_max = 0.0", "from those of all rows, and `t_max` allows 0");
    check("[5, 10, 20]", "[10, 5]", "each larger than the one before");
    check("[4, 3, 2]", "[4, 4]", "each smaller than the one before");
    check("quasi.zip]\nkeep = [4, 3, 2]", "quasi.illness]", "`illness` is in `quasi` as well");
    check("quasi.age]", "quasi.agee]", "there is no column `agee`, did you mean `age`?");
}

#[test]
fn a_report_names_the_smallest_groups() {
    let text = "age,zip,illness\n30,a,flu\n30,a,gout\n40,b,flu\n";
    let table = Table::from_csv(text.as_bytes(), &Reading::default()).unwrap();
    let privacy = Privacy::new(&table, &["age".to_owned(), "zip".to_owned()], &["illness".to_owned()]).unwrap();
    let report = privacy.to_json();
    assert_eq!((&report["k"], &report["groups"]), (&1.into(), &2.into()));
    assert_eq!(report["smallest"][0]["cells"], serde_json::json!(["40", "b"]));
    assert_eq!(report["sensitive"][0]["distinct_l"], 1);
}
