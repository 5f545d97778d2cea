//! The examples of the repository whose data are ours, in memory.

use std::fs;
use std::path::Path;

use super::support::{Memory, all, load};

#[test]
fn the_guard_learns_and_gives_the_same_twice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guard");
    let text = fs::read_to_string(folder.join("pipeline.toml")).unwrap();
    let rows = fs::read_to_string(folder.join("rows.jsonl")).unwrap();
    let run = || all(&load(&text).unwrap(), &Memory::with("rows.jsonl", &rows)).unwrap();
    let made = run();
    assert_eq!(made, run());
    let of = |step: &str, name: &str| made.iter().find(|made| made.name == step).unwrap().figures[name];
    assert!(of("measure", "roc_auc") > 0.9);
    assert!(of("more", "added") > 100.0);
    // Copies with digits for letters are what the augmented model knows better.
    assert!(of("measure", "accuracy_leet_0_2") > 0.7);
}
