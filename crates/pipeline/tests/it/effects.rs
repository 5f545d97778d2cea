//! Steps that have something done to the registry of models, before a registry of a few lines.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use redoubt_pipeline::{
    Deployment, DeploymentSlot, Digest, EffectError, Fate, Made, Models, Origin, Outside, Record, Registration,
    ReportKind, RunError, Shelf, ShelfError, Source, run,
};
use serde_json::{Value, json};

use super::support::{Memory, load};

const PIPELINE: &str = r#"
name = "loans"
[data.rows]
path = "rows.csv"
[data.unused]
path = "rows.csv"
[steps.checked]
kind = "validate"
input = "rows"
[steps.model]
kind = "train"
input = "checked"
target = "y"
exclude = ["g"]
learner = "logistic_regression"
[steps.measure]
kind = "evaluate"
input = "checked"
model = "model"
groups = ["g"]
group_rows_min = 5
rounds = 100
[steps.aside]
kind = "baseline"
input = "unused"
[steps.register]
kind = "register"
name = "loans"
model = "model"
reports = ["measure"]
data_scan = "checked.report"
[steps.deploy]
kind = "deploy"
version = "register"
alias = "challenger"
"#;

/// A registry that counts what is done, and can be emptied or refuse.
#[derive(Default)]
struct Registry {
    versions: RefCell<Vec<Registration>>,
    origins: RefCell<Vec<Vec<String>>>,
    deployed: RefCell<Vec<DeploymentSlot>>,
    refuses: RefCell<bool>,
}

impl Registry {
    /// The first version that was registered, if anything leads to one.
    fn champion(&self) -> Option<Registration> {
        self.versions.borrow().first().cloned().filter(|_| !self.deployed.borrow().is_empty())
    }
}

impl Models for Registry {
    fn register(&self, what: &Registration, origin: &Origin<'_>) -> Result<Value, EffectError> {
        self.origins.borrow_mut().push(origin.made.iter().map(|made| made.name.clone()).collect());
        let mut versions = self.versions.borrow_mut();
        versions.push(what.clone());
        Ok(json!({ "model": what.model, "version": versions.len(), "sha256": "00" }))
    }

    fn deploy(&self, what: &Deployment) -> Result<Value, EffectError> {
        if *self.refuses.borrow() {
            return Err(EffectError::Refused("approval is missing".to_owned()));
        }
        self.deployed.borrow_mut().push(what.slot.clone());
        Ok(json!({ "model": "loans", "version": what.version["version"], "sha256": "00", "slot": "alias" }))
    }

    fn version(&self, reference: &str) -> Result<Option<Digest>, EffectError> {
        if reference != "loans@champion" {
            return Err(EffectError::Refused(format!("`{reference}` is no version")));
        }
        Ok(self.champion().map(|version| Digest::of(format!("{version:?}").as_bytes())))
    }

    fn model(&self, _: &str, digest: &Digest) -> Result<(Value, Vec<u8>), EffectError> {
        let version = self.champion().unwrap();
        assert_eq!(*digest, Digest::of(format!("{version:?}").as_bytes()));
        let file = |name: &str| version.files.iter().find(|(path, _)| path == name).unwrap().1.clone();
        Ok((serde_json::from_slice(&file("card.json")).unwrap(), file("model.safetensors")))
    }

    fn holds(&self, receipt: &Value) -> Result<bool, ShelfError> {
        let known = receipt["version"].as_u64().is_some_and(|n| n as usize <= self.versions.borrow().len());
        Ok(known && (receipt.get("slot").is_none() || !self.deployed.borrow().is_empty()))
    }
}

struct Beside {
    memory: Memory,
    registry: Option<Registry>,
}

impl Shelf for Beside {
    fn source(&self, source: &Source) -> Result<Vec<u8>, ShelfError> {
        self.memory.source(source)
    }
    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), ShelfError> {
        self.memory.keep(digest, bytes)
    }
    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ShelfError> {
        self.memory.fetch(digest)
    }
    fn note(&self, key: &Digest, record: &Record) -> Result<(), ShelfError> {
        self.memory.note(key, record)
    }
    fn noted(&self, key: &Digest) -> Result<Option<Record>, ShelfError> {
        self.memory.noted(key)
    }
    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, ShelfError> {
        self.memory.last(pipeline, step)
    }
    fn outside(&self) -> Option<&dyn Outside> {
        self.memory.outside()
    }
    fn models(&self) -> Option<&dyn Models> {
        self.registry.as_ref().map(|registry| registry as &dyn Models)
    }
}

fn beside() -> Beside {
    let mut rows = "x,g,y\n".to_owned();
    for at in 0..80 {
        let yes = (at * 37 % 80 + at % 7) > 42;
        rows.push_str(&format!("{},{},{}\n", at * 37 % 80, ["a", "b"][at % 2], if yes { "yes" } else { "no" }));
    }
    Beside { memory: Memory::with("rows.csv", &rows), registry: Some(Registry::default()) }
}

fn go(shelf: &Beside, text: &str) -> Result<Vec<Made>, RunError> {
    run(&load(text).unwrap(), shelf, Some(NonZeroUsize::MIN), |_| ())
}

fn fate(made: &[Made], name: &str) -> String {
    match &made.iter().find(|made| made.name == name).unwrap().fate {
        Fate::Kept => "kept".to_owned(),
        Fate::Runs(why) => why.to_string(),
        Fate::Skipped(why) => why.clone(),
    }
}

#[test]
fn a_model_is_registered_with_its_files_its_reports_and_what_it_came_from() {
    let shelf = beside();
    let made = go(&shelf, PIPELINE).unwrap();
    let registry = shelf.registry.as_ref().unwrap();
    let versions = registry.versions.borrow();
    let files: Vec<&str> = versions[0].files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(files, ["card.json", "model.safetensors"]);
    let kinds: Vec<ReportKind> = versions[0].reports.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [ReportKind::Evaluation, ReportKind::Fairness, ReportKind::DataScan]);
    assert_eq!(*registry.origins.borrow(), [["rows", "checked", "model", "measure"]]);
    assert_eq!(*registry.deployed.borrow(), [DeploymentSlot::Alias("challenger".to_owned())]);
    let register = made.iter().find(|made| made.name == "register").unwrap();
    assert_eq!(register.figures.get("version"), Some(&1.0));
}

#[test]
fn an_effect_is_kept_as_long_as_the_registry_has_it() {
    let shelf = beside();
    let registry = shelf.registry.as_ref().unwrap();
    go(&shelf, PIPELINE).unwrap();
    let again = go(&shelf, PIPELINE).unwrap();
    assert_eq!((fate(&again, "register"), fate(&again, "deploy")), ("kept".to_owned(), "kept".to_owned()));
    assert_eq!(registry.versions.borrow().len(), 1);

    registry.deployed.borrow_mut().clear();
    let gone = go(&shelf, PIPELINE).unwrap();
    assert_eq!(fate(&gone, "register"), "kept");
    assert_eq!(fate(&gone, "deploy"), "its `receipt` is gone or was changed");

    registry.versions.borrow_mut().clear();
    let plan = run(&load(PIPELINE).unwrap(), &shelf, None, |_| ()).unwrap();
    assert_eq!(fate(&plan, "register"), "its `receipt` is gone or was changed");
    assert_eq!(registry.versions.borrow().len(), 0, "a plan does nothing");
    assert_eq!(fate(&go(&shelf, PIPELINE).unwrap(), "model"), "kept");
    assert_eq!(registry.versions.borrow().len(), 1);
}

#[test]
fn what_is_refused_stops_the_run_and_is_not_noted() {
    let shelf = beside();
    *shelf.registry.as_ref().unwrap().refuses.borrow_mut() = true;
    for _ in 0..2 {
        let error = go(&shelf, PIPELINE).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!((error.to_string().as_str(), source.as_str()), ("step `deploy` failed", "approval is missing"));
    }
    *shelf.registry.as_ref().unwrap().refuses.borrow_mut() = false;
    assert_eq!(fate(&go(&shelf, PIPELINE).unwrap(), "deploy"), "never run");

    let shelf = Beside { registry: None, ..beside() };
    let error = go(&shelf, PIPELINE).unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "there is no registry of models here");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let check = |from: &str, to: &str, reason: &str| {
        let mistakes = load(&PIPELINE.replacen(from, to, 1)).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.reason.contains(reason)), "{mistakes:?}");
    };
    check("name = \"loans\"\nmodel", "name = \"a/b\"\nmodel", "without `/` and `:`");
    check("alias = \"challenger\"", "alias = \"challenger\"\nstage = \"Staging\"", "to a stage or to an alias");
    check("alias = \"challenger\"", "stage = \"Archived\"", "is not one of");
    check("version = \"register\"", "version = \"rows\"", "report");
    // A report that is no receipt is told when it is seen.
    let error = go(&beside(), &PIPELINE.replacen("version = \"register\"", "version = \"measure\"", 1)).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("`register`"));
}

const CHALLENGE: &str = r#"
[steps.other]
kind = "train"
input = "checked"
target = "y"
exclude = ["g"]
learner = "random_forest"
[steps.challenge]
kind = "compare"
input = "checked"
model = "model"
champion = "registry:loans@champion"
rounds = 100
require = ["difference_roc_auc >= 0.1"]
"#;

#[test]
fn the_champion_of_the_registry_is_an_input_like_any_other() {
    let shelf = beside();
    let text = format!("{PIPELINE}{CHALLENGE}");
    let said = |outcome: Result<Vec<Made>, RunError>| {
        let error = outcome.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    // Before there is one a run stops, unless the file says that there may be none.
    let none = said(go(
        &shelf,
        &text.replace("alias = \"challenger\"", "stage = \"Production\"\nwhen = \"challenge.rows >= 1\""),
    ));
    assert!(none.contains("`loans@champion` leads to no version") && none.contains("without_champion"), "{none}");
    let without = text.replace("rounds = 100\nrequire", "rounds = 100\nwithout_champion = \"pass\"\nrequire");
    let without = without.replace("[steps.register]", "[steps.register]\nwhen = \"challenge.rows >= 1\"");
    let made = go(&shelf, &without).unwrap();
    let figure = |made: &[Made], name: &str| {
        made.iter().find(|made| made.name == "challenge").unwrap().figures.get(name).copied()
    };
    assert_eq!((figure(&made, "has_champion"), figure(&made, "difference_roc_auc")), (Some(0.0), None));

    // By now the candidate is the champion, is no better than itself, and may stay.
    let again = go(&shelf, &without).unwrap();
    assert_eq!(fate(&again, "challenge"), "changed: champion");
    assert_eq!((figure(&again, "has_champion"), figure(&again, "difference_roc_auc")), (Some(1.0), Some(0.0)));
    assert_eq!(fate(&go(&shelf, &without).unwrap(), "challenge"), "kept");

    // Another candidate has to be better.
    let worse = without.replace("model = \"model\"\nchampion", "model = \"other\"\nchampion");
    let refused = said(go(&shelf, &worse));
    assert!(refused.contains("`difference_roc_auc >= 0.1` is required, and it is"), "{refused}");
    let elsewhere = said(go(&shelf, &text.replace("loans@champion", "lones@champion")));
    assert_eq!(elsewhere, "`lones@champion` is no version");
}

#[test]
fn references_to_the_registry_have_a_form() {
    let check = |from: &str, to: &str, reason: &str| {
        let mistakes = load(&format!("{PIPELINE}{CHALLENGE}").replacen(from, to, 1)).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.reason.contains(reason)), "{mistakes:?}");
    };
    check("registry:loans@champion", "registry:loans", "write `registry:NAME@ALIAS`");
    check("registry:loans@champion", "registry:@champion", "write `registry:NAME@ALIAS`");
    check("\"registry:loans@champion\"", "\"other\"\nwithout_champion = \"pass\"", "always there; leave it out");
}
