//! House checks and test set-up: `cargo xtask <task>`.
//!
//! Each task is one file and one line in [`TASKS`].

mod command;
mod fmt;
mod fuzz;
mod layers;
mod licences;
mod metadata;
mod pages;
mod test;
mod train_guard;
mod trials;

use std::process::ExitCode;

/// What went wrong, in words.
type Outcome = Result<(), String>;

struct Task {
    name: &'static str,
    words: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TASKS: &[Task] = &[
    Task { name: "test", words: "install or start what the tests need, and run them all", run: test::run },
    Task { name: "layers", words: "check which crate may see which", run: layers::run },
    Task { name: "licences", words: "check the licence of every dependency against deny.toml", run: licences::run },
    Task {
        name: "fuzz",
        words: "send a million hostile inputs to each fuzz target; --target NAME, --runs N",
        run: fuzz::run,
    },
    Task { name: "fmt", words: "check the form of every Rust file", run: fmt::run },
    Task {
        name: "pages",
        words: "write the generated pages of docs/, or with --check say which are stale",
        run: pages::run,
    },
    Task {
        name: "conformance",
        words: "try every rule on every surface against every evasion",
        run: |arguments| trials::released("conformance", arguments),
    },
    Task {
        name: "bench",
        words: "measure what the gateway costs, next to direct calls and to other gateways",
        run: |arguments| trials::released("bench", arguments),
    },
    Task {
        name: "guard",
        words: "measure the guard engine: throughput, growth, instructions",
        run: |arguments| trials::released("guard", arguments),
    },
    Task {
        name: "evaluate-guard",
        words: "measure what the guard finds on labelled data: DATA [--peers] [--write] [--json FILE]",
        run: |arguments| trials::released("detection", arguments),
    },
    Task {
        name: "train-guard",
        words: "make the guard's classifier: DATA --documents DIR [--without SET] [--out FILE]",
        run: train_guard::run,
    },
    Task {
        name: "faults",
        words: "kill, fill, cut and flood the gateway, and look for what was lost",
        run: |arguments| trials::released("faults", arguments),
    },
    Task {
        name: "footprint",
        words: "measure start, memory and size",
        run: |arguments| trials::released("footprint", arguments),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments
        .split_first()
        .and_then(|(name, rest)| TASKS.iter().find(|task| task.name == name.as_str()).map(|task| (task, rest)));
    let Some((task, rest)) = named else {
        eprintln!("usage: cargo xtask <task>\n");
        for Task { name, words, run: _ } in TASKS {
            eprintln!("  {name:14} {words}");
        }
        return ExitCode::from(2);
    };
    match (task.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask {}: {reason}", task.name);
            ExitCode::FAILURE
        }
    }
}
