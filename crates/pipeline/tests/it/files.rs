//! What is wrong with a file is said with its place.

use redoubt_pipeline::Pipeline;

use super::support::{document, load};

const GOOD: &str = r#"
name = "lending"
seed = 7
[parameters]
share = 0.6
[data.applications]
path = "applications.csv"
[steps.check]
kind = "validate"
input = "applications"
[steps.parts]
kind = "split"
input = "check"
train = "@share"
validation = 0.2
test = 0.2
[steps.ready]
kind = "preprocess"
fit = "parts.train"
also = ["parts.validation", "parts.test"]
"#;

#[test]
fn every_mistake_has_its_place_and_what_was_meant() {
    // What replaces what in the good file, the text at the place, and what is said.
    let check = |from: &str, to: &str, at: &str, reason: &str, suggestion: Option<&str>| {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let mistakes = load(&text).unwrap_err();
        let found = mistakes.iter().any(|mistake| {
            text.get(mistake.span.clone()).is_some_and(|text| text.contains(at))
                && mistake.reason.contains(reason)
                && mistake.suggestion.as_deref() == suggestion
        });
        assert!(found, "{to}: {mistakes:#?}");
    };
    check("input = \"check\"", "input = \"chek\"", "\"chek\"", "there is no step or data set `chek`", Some("check"));
    check("parts.train", "parts.trian", "parts.trian", "makes `train`, `validation`, `test`", Some("parts.train"));
    check(
        "\"applications\"",
        "\"parts\"",
        "\"validate\"",
        "the steps wait for each other: check needs parts needs check",
        None,
    );
    check("\"split\"", "\"splitt\"", "splitt", "`splitt` is not one of", Some("split"));
    check("seed = 7", "seed = 7\nsede = 8", "sede", "unknown key", Some("seed"));
    check("@share", "@shar", "@shar", "there is no parameter `shar`", Some("@share"));
    check("share = 0.6", "share = 0.7", "@share", "are shares that sum to 1", None);
    check("[steps.ready]", "[steps.\"re dy\"]", "", "`re dy` is no name", None);
    check(
        "kind = \"split\"",
        "kind = \"split\"\nwhen = \"check.rows > many\"",
        "check.rows > many",
        "is not of the form",
        None,
    );
    check(
        "kind = \"split\"",
        "kind = \"split\"\nwhen = \"chck.rows > 1\"",
        "chck.rows > 1",
        "there is no step `chck`",
        Some("check"),
    );
    check("kind = \"split\"", "kind = \"split\"\nwhen = \"rows > 1\"", "rows > 1", "names no step", None);
    check(
        "fit = \"parts.train\"",
        "fit = \"check.report\"",
        "check.report",
        "is a report, and a table is needed",
        None,
    );
    check("path = \"applications.csv\"", "path = \"a.csv\"\ndigest = \"md5:1\"", "md5:1", "expected `sha256:`", None);
}

#[test]
fn a_step_whose_kind_is_not_known_is_one_mistake() {
    for kind in ["", "kind = \"splitt\"", "kind = 7"] {
        let text = GOOD.replacen("kind = \"split\"", kind, 1);
        let reasons: Vec<String> = load(&text).unwrap_err().into_iter().map(|mistake| mistake.reason).collect();
        // And the steps that need it do not find it.
        let own = reasons.iter().filter(|reason| !reason.starts_with("there is no step")).count();
        assert_eq!(own, 1, "{kind}: {reasons:?}");
    }
}

#[test]
fn a_step_names_the_revisions_of_all_code_that_it_runs() {
    let model = "[steps.model]\nkind = \"train\"\ninput = \"ready\"\ntarget = \"y\"\nlearner = \"random_forest\"\n";
    let programs: Vec<String> =
        load(&(GOOD.to_owned() + model)).unwrap().steps.iter().map(|step| step.program()).collect();
    assert_eq!(programs[0], "validate/2");
    assert!(programs[3].starts_with("train/") && programs[3].contains(" random_forest/"), "{programs:?}");
}

#[test]
fn steps_stand_behind_what_they_need_however_they_are_written() {
    let turned = "name = \"x\"\n[steps.b]\nkind = \"validate\"\ninput = \"a\"\n[steps.a]\nkind = \"validate\"\ninput = \"d\"\n[data.d]\npath = \"d.csv\"\n";
    let names: Vec<String> = load(turned).unwrap().steps.into_iter().map(|step| step.name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn parameters_keep_their_type() {
    let set = |name: &str, value: &str| {
        let set = [(name.to_owned(), value.to_owned())];
        match Pipeline::load(&document(GOOD), &set) {
            Ok(_) => String::new(),
            Err(mistakes) => mistakes.into_iter().map(|mistake| mistake.reason).collect::<Vec<_>>().join("; "),
        }
    };
    assert_eq!(set("share", "0.6"), "");
    assert_eq!(set("share", "most"), "`most` is not a number, which the parameter `share` is");
    assert!(set("shape", "1").contains("no parameter `shape`"));
    assert!(set("share", "0.9").contains("sum to 1"));
}
