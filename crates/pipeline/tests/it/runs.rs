//! Pipelines that run, stop, go on, and say why.

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;

use redoubt_pipeline::{Fate, Made, Why, run, run_one};

use super::support::{Memory, all, load};

const PIPELINE: &str = r#"
name = "ages"
seed = 1
[data.people]
path = "people.csv"
[steps.check]
kind = "validate"
input = "people"
unique = ["id"]
on_bad_rows = "quarantine"
quarantine_max = 0.5
[steps.check.columns.age]
min = 0
max = 120
[steps.parts]
kind = "split"
input = "check"
train = 0.5
validation = 0.25
test = 0.25
stratify = "city"
[steps.ready]
kind = "preprocess"
fit = "parts.train"
also = ["parts.validation", "parts.test"]
drop = ["id"]
scale = "standard"
"#;

fn people() -> String {
    let mut text = "id,age,city\n".to_owned();
    for id in 0..200 {
        let city = ["Oslo", "Rome", ""][id % 3];
        text.push_str(&format!("{id},{},{city}\n", 20 + id * 7 % 60));
    }
    text.push_str("200,-4,Oslo\n7,33,Rome\n");
    text
}

fn digests(made: &[Made]) -> Vec<String> {
    made.iter()
        .flat_map(|made| made.products.iter().map(|kept| format!("{}.{} {}", made.name, kept.name, kept.digest)))
        .collect()
}

fn fates(made: &[Made]) -> Vec<String> {
    made.iter()
        .map(|made| match &made.fate {
            Fate::Kept => format!("{} kept", made.name),
            Fate::Runs(why) => format!("{} runs: {why}", made.name),
            Fate::Skipped(why) => format!("{} skipped: {why}", made.name),
        })
        .collect()
}

#[test]
fn the_same_file_and_data_have_the_same_digests_and_run_once() {
    let pipeline = load(PIPELINE).unwrap();
    let (one, other) = (Memory::with("people.csv", &people()), Memory::with("people.csv", &people()));
    let first = all(&pipeline, &one).unwrap();
    assert_eq!(digests(&first), digests(&all(&pipeline, &other).unwrap()));
    let again = all(&pipeline, &one).unwrap();
    assert_eq!(digests(&again), digests(&first));
    assert_eq!(fates(&again), ["people kept", "check kept", "parts kept", "ready kept"]);
    let check = &first[1];
    assert_eq!((check.figures["rows"], check.figures["quarantined"]), (200.0, 2.0));
    let parts = &first[2].figures;
    assert_eq!((parts["train_rows"], parts["validation_rows"], parts["test_rows"]), (99.0, 51.0, 50.0));
}

#[test]
fn a_plan_says_what_would_run_and_why() {
    let shelf = Memory::with("people.csv", &people());
    let plan = |text: &str, shelf: &Memory| fates(&run(&load(text).unwrap(), shelf, None, |_| ()).unwrap());
    let fresh = [
        "people kept",
        "check runs: never run",
        "parts runs: `check` runs before it",
        "ready runs: `parts` runs before it",
    ];
    assert_eq!(plan(PIPELINE, &shelf), fresh);
    all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let check = |from: &str, to: &str, expected: &[&str]| {
        assert_eq!(plan(&PIPELINE.replacen(from, to, 1), &shelf)[1..], *expected, "{to}");
    };
    check("x", "x", &["check kept", "parts kept", "ready kept"]);
    check("scale = \"standard\"", "scale = \"min_max\"", &["check kept", "parts kept", "ready runs: settings changed"]);
    // How it is written does not matter.
    check("min = 0\nmax = 120", "max   = 120 # years\nmin = 0", &["check kept", "parts kept", "ready kept"]);
    check("seed = 1", "seed = 2", &["check kept", "parts runs: seed changed", "ready runs: `parts` runs before it"]);
    check(
        "max = 120",
        "max = 119",
        &["check runs: settings changed", "parts runs: `check` runs before it", "ready runs: `parts` runs before it"],
    );
    let mut other = shelf;
    other.sources.insert("people.csv".to_owned(), people().replace("Rome", "Bern").into_bytes());
    assert_eq!(plan(PIPELINE, &other)[1], "check runs: changed: input");
}

#[test]
fn what_dies_anywhere_goes_on_and_ends_the_same() {
    let pipeline = load(PIPELINE).unwrap();
    let whole = digests(&all(&pipeline, &Memory::with("people.csv", &people())).unwrap());
    for writes in 0..14 {
        let shelf = Memory::with("people.csv", &people());
        shelf.dies_after.set(Some(writes));
        let died = all(&pipeline, &shelf).is_err();
        shelf.dies_after.set(None);
        assert_eq!(digests(&all(&pipeline, &shelf).unwrap()), whole, "after {writes} writes, died: {died}");
    }
}

#[test]
fn what_was_changed_on_the_shelf_is_made_again() {
    let pipeline = load(PIPELINE).unwrap();
    let shelf = Memory::with("people.csv", &people());
    let made = all(&pipeline, &shelf).unwrap();
    let train = made[2].products[0].digest.clone();
    shelf.objects.borrow_mut().get_mut(&train).unwrap()[40] ^= 1;
    let again = all(&pipeline, &shelf).unwrap();
    assert_eq!(again[2].fate, Fate::Runs(Why::Gone("train".to_owned())));
    assert_eq!(digests(&again), digests(&made));
}

#[test]
fn a_condition_that_is_not_met_skips_what_hangs_on_it() {
    let check = |when: &str, expected: &str| {
        let text = PIPELINE.replacen("kind = \"split\"", &format!("kind = \"split\"\nwhen = \"{when}\""), 1);
        let said = match all(&load(&text).unwrap(), &Memory::with("people.csv", &people())) {
            Ok(made) => fates(&made)[2..].join("; "),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    };
    check("check.rows >= 200", "parts runs: never run; ready runs: never run");
    check(
        "check.rows > 200",
        "parts skipped: `check.rows > 200` is not met: it is 200; ready skipped: `parts` was skipped",
    );
    check("check.rosw > 1", "step `parts`: `when` asks for the figure `rosw` of `check`, which has quarantined, rows");
}

#[test]
fn bad_data_stops_with_the_step_the_row_and_the_remedy() {
    let check = |from: &str, to: &str, data: &str, expected: &str| {
        let text = PIPELINE.replacen(from, to, 1);
        let error = all(&load(&text).unwrap(), &Memory::with("people.csv", data)).unwrap_err();
        let said = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        assert!(said.contains(expected), "{said}");
    };
    check(
        "\"quarantine\"",
        "\"stop\"",
        &people(),
        "step `check` failed: row 201 is bad: age is -4, below 0 (2 rows are bad)",
    );
    check("quarantine_max = 0.5", "quarantine_max = 0.001", &people(), "2 of 202 rows are bad");
    check("[\"id\"]", "[\"identity\"]", &people(), "there is no column `identity`");
    check("x", "x", "id,age,city\n1,old,Oslo\n", "the column `age` holds text, not numbers; it has \"old\"");
    check(
        "x",
        "x",
        "id,age,city\n1,2\n",
        "data set `people` in `people.csv` is no table: line 2: 2 cells for 3 columns",
    );
    check("x", "x", "id,age,city\n1,2,Oslo\n", "1 rows are too few for a part");
    check(
        "people.csv\"",
        "nobody.csv\"",
        &people(),
        "data set `people` cannot be read from `nobody.csv`: there is no such file",
    );
    let wrong = format!("people.csv\"\ndigest = \"sha256:{}\"", "0".repeat(64));
    check("people.csv\"", &wrong, &people(), "if the new data is meant, change `digest`");
}

#[test]
fn what_is_kept_from_before_is_what_was_made_last() {
    let shelf = Memory::with("people.csv", &people());
    let other = PIPELINE.replacen("scale = \"standard\"", "scale = \"min_max\"", 1);
    let last = |step: &str| shelf.last.borrow()[&("ages".to_owned(), step.to_owned())].given.clone();
    all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    let first = last("ready");
    all(&load(&other).unwrap(), &shelf).unwrap();
    assert_ne!(last("ready"), first);
    all(&load(PIPELINE).unwrap(), &shelf).unwrap();
    assert_eq!(last("ready"), first);
    // And what another pipeline made is there under this one's name.
    all(&load(&PIPELINE.replacen("\"ages\"", "\"others\"", 1)).unwrap(), &shelf).unwrap();
    assert!(shelf.last.borrow().contains_key(&("others".to_owned(), "check".to_owned())));
}

#[test]
fn steps_that_run_alone_make_what_a_whole_run_makes() {
    let text = PIPELINE.replace("[steps.parts]\n", "[steps.parts]\nwhen = \"check.rows >= 10\"\n");
    let (pipeline, alone) = (load(&text).unwrap(), Memory::with("people.csv", &people()));
    let one = |name: &str| run_one(&pipeline, &alone, name, NonZeroUsize::MIN, |_| ());
    let early = one("ready").unwrap_err().to_string();
    assert_eq!(early, "step `ready` cannot run alone: `check` must run before it (never run)");
    assert_eq!(one("redy").unwrap_err().to_string(), "there is no step `redy`, did you mean `ready`?");
    for name in ["check", "parts", "ready"] {
        let made = one(name).unwrap();
        assert_eq!(made.last().unwrap().fate, Fate::Runs(Why::New));
    }
    let whole = all(&pipeline, &Memory::with("people.csv", &people())).unwrap();
    assert_eq!(digests(&one("ready").unwrap()), digests(&whole));
    // Other rows under its feet: what stands before must run first.
    let changed =
        Memory { sources: BTreeMap::from([("people.csv".to_owned(), b"id,age,city\n1,2,Rome\n".to_vec())]), ..alone };
    let refused = run_one(&pipeline, &changed, "ready", NonZeroUsize::MIN, |_| ()).unwrap_err().to_string();
    assert_eq!(refused, "step `ready` cannot run alone: `check` must run before it (changed: input)");
}

#[test]
fn a_step_that_runs_alone_is_skipped_as_in_a_whole_run() {
    let text = PIPELINE.replace("[steps.parts]\n", "[steps.parts]\nwhen = \"check.rows >= 1000\"\n");
    let (pipeline, shelf) = (load(&text).unwrap(), Memory::with("people.csv", &people()));
    let one = |name: &str| run_one(&pipeline, &shelf, name, NonZeroUsize::MIN, |_| ()).unwrap().pop().unwrap().fate;
    assert_eq!(one("check"), Fate::Runs(Why::New));
    assert_eq!(one("parts"), Fate::Skipped("`check.rows >= 1000` is not met: it is 200".to_owned()));
    assert_eq!(one("ready"), Fate::Skipped("`parts` was skipped".to_owned()));
}
