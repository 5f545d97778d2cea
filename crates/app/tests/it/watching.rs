//! Pipelines that run by themselves, and the pages that runs leave.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

const PIPELINE: &str = r#"
name = "own"
[data.rows]
path = "rows.csv"
[triggers.fresh]
new_data = "rows"
[triggers.more]
feedback = { data = "rows", rows_min = 3 }
[triggers.moved]
drift = { baseline = "noted", data = "rows" }
[steps.noted]
kind = "baseline"
input = "rows"
"#;

fn redoubt(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redoubt"));
    command.arg("--home").arg(folder.join("home")).arg("pipeline").args(arguments);
    command.arg(folder.join("pipeline.toml")).stdin(Stdio::null());
    command
}

fn fires(output: &Output) -> Vec<bool> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    said["triggers"].as_array().unwrap().iter().map(|trigger| trigger["fires"].as_bool().unwrap()).collect()
}

#[test]
fn a_pipeline_runs_when_there_is_a_reason_and_not_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.toml"), PIPELINE).unwrap();
    let rows = |count: u32| {
        let rows: String = (0..count).map(|row| format!("{},{}\n", row, row * 7 % 13)).collect();
        fs::write(folder.path().join("rows.csv"), format!("a,b\n{rows}")).unwrap();
    };
    let look = |how: &str| fires(&redoubt(folder.path(), &["watch", how, "--json"]).output().unwrap());
    rows(2);
    assert_eq!(look("--dry-run"), [true, false, false]);
    assert_eq!(look("--once"), [true, false, false]);
    assert_eq!(look("--once"), [false, false, false]);
    rows(400);
    assert_eq!(look("--dry-run"), [true, true, false]);
    assert_eq!(look("--once"), [true, true, false]);
    assert_eq!(look("--once"), [false, false, false]);
    assert!(folder.path().join("home/pipelines/reports/own.html").is_file());
}

#[test]
fn a_watch_ends_when_it_is_asked_to_and_no_second_begins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.toml"), PIPELINE).unwrap();
    fs::write(folder.path().join("rows.csv"), "a\n1\n2\n").unwrap();
    let mut first = redoubt(folder.path(), &["watch"]).stderr(Stdio::piped()).spawn().unwrap();
    let page = folder.path().join("home/pipelines/reports/own.html");
    for _ in 0..600 {
        if page.is_file() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let second = redoubt(folder.path(), &["watch", "--once"]).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("another `redoubt pipeline watch`"));
    let ended = Command::new("kill").arg(first.id().to_string()).status().unwrap();
    assert!(ended.success() && first.wait().unwrap().success());
}

#[test]
fn a_page_is_one_file_that_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.toml"), PIPELINE).unwrap();
    fs::write(folder.path().join("rows.csv"), "a\n1\n2\n").unwrap();
    let out = folder.path().join("page.html");
    let write = || redoubt(folder.path(), &["report", "--out", out.to_str().unwrap()]).output().unwrap();
    // There is nothing to tell of yet.
    assert!(!write().status.success());
    assert!(redoubt(folder.path(), &["run"]).output().unwrap().status.success());
    assert!(write().status.success());
    let html = fs::read_to_string(&out).unwrap();
    assert!(html.contains("default-src 'none'") && html.contains("<h1>own</h1>") && html.contains("sha256:"));
    for word in ["<script", "http:", "https:", "src=", "href="] {
        assert!(!html.contains(word), "{word}");
    }
}
