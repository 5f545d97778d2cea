//! Pipelines of the examples: run twice they give the same, and killed anywhere they go on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("pipeline.toml")
}

fn command(home: &Path, file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redoubt"));
    command.arg("--home").arg(home).args(["pipeline", "run", "--json"]).arg(file);
    command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// The name, fate and digest of each step.
fn ran(home: &Path, file: &Path) -> Vec<(String, String, String)> {
    let output = command(home, file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let steps = said["steps"].as_array().unwrap();
    steps.iter().map(|step| (text(step, "name"), text(step, "fate"), text(step, "digest"))).collect()
}

fn digests(steps: &[(String, String, String)]) -> Vec<&str> {
    steps.iter().map(|(_, _, digest)| digest.as_str()).collect()
}

fn check(name: &str) {
    let file = example(name);
    let home = tempfile::tempdir().unwrap();
    let whole = ran(home.path(), &file);
    assert!(whole.iter().all(|(_, _, digest)| digest.starts_with("sha256:")), "{whole:?}");
    let again = ran(home.path(), &file);
    assert_eq!(digests(&again), digests(&whole));
    assert!(again.iter().all(|(_, fate, _)| fate == "kept"), "{again:?}");
    // Killed again and again in one home, each time a little later, until it comes to its end.
    let home = tempfile::tempdir().unwrap();
    for wait in std::iter::successors(Some(20_u64), |wait| Some(wait * 3 / 2)) {
        let mut child = command(home.path(), &file).spawn().unwrap();
        thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
    }
    assert_eq!(digests(&ran(home.path(), &file)), digests(&whole));
}

#[test]
fn lending_runs_twice_the_same_and_survives_kills() {
    check("lending");
}

#[test]
fn tickets_run_twice_the_same_and_survive_kills() {
    check("tickets");
}

#[test]
fn the_guard_runs_twice_the_same_and_survives_kills() {
    check("guard");
}

/// The columns of the public file, in its order.
const COMPAS: &str = "id,compas_screening_date,sex,age,age_cat,race,juv_fel_count,decile_score,juv_misd_count,\
    juv_other_count,priors_count,days_b_screening_arrest,c_jail_in,c_jail_out,c_offense_date,c_arrest_date,\
    c_days_from_compas,c_charge_degree,c_charge_desc,is_recid,r_charge_degree,r_days_from_arrest,r_offense_date,\
    r_charge_desc,r_jail_in,r_jail_out,violent_recid,is_violent_recid,vr_charge_degree,vr_offense_date,vr_charge_desc,\
    type_of_assessment,score_text,screening_date,v_type_of_assessment,v_decile_score,v_score_text,v_screening_date,\
    in_custody,out_custody,start,end,event,two_year_recid";

/// Made-up people: who has more charges is charged again more often.
fn people() -> String {
    let columns: Vec<&str> = COMPAS.split(',').collect();
    let mut text = format!("{COMPAS}\n");
    for row in 0..600_usize {
        let priors = row * 37 % 12;
        let age = 18 + row * 53 % 50;
        let again = usize::from(priors * 4 + row * 7919 % 23 > age / 2 + 14);
        let cell = |name: &&str| match *name {
            "id" => row.to_string(),
            "sex" => ["Male", "Female"][usize::from(row % 5 == 0)].to_owned(),
            "race" => ["African-American", "Caucasian", "Other"][row * 31 % 3].to_owned(),
            "age" => age.to_string(),
            "priors_count" => priors.to_string(),
            "juv_fel_count" | "juv_misd_count" | "juv_other_count" => (row * 11 % 40 / 39).to_string(),
            "two_year_recid" | "is_recid" | "event" => again.to_string(),
            "decile_score" => (1 + row * 17 % 10).to_string(),
            "c_charge_degree" => ["F", "M"][row % 2].to_owned(),
            _ => String::new(),
        };
        text.push_str(&columns.iter().map(cell).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

#[test]
fn compas_runs_on_a_file_of_its_columns() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("people.csv");
    std::fs::write(&path, people()).unwrap();
    let mut command = command(home.path(), &example("compas"));
    let output = command.arg("--set").arg(format!("path={}", path.display())).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = said["steps"].as_array().unwrap();
    let figure = |step: &str, name: &str| {
        let step = steps.iter().find(|known| known["name"] == step).unwrap();
        step["figures"][name].as_f64().unwrap_or_else(|| panic!("{step}"))
    };
    assert!(figure("measure", "roc_auc") > 0.7);
    assert!(figure("weighed", "yes_share_difference").abs() < 1e-9);
    assert!(figure("decide", "equalized_odds_difference") <= 0.1 + 1e-9);
}

#[test]
fn every_example_is_tried() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["adult", "compas", "guard", "lending", "tickets"]);
    // Its data are not ours to hand on; without them it says so.
    let home = tempfile::tempdir().unwrap();
    let output = command(home.path(), &example("adult")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("data set `census` cannot be read from `adult.data`"), "{said}");
}
