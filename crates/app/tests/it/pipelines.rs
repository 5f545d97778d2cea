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
