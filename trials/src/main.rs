//! What Redoubt promises, tried from outside on the real binary: `cargo xtask <trial>`.
//!
//! Each trial is one module and one line in [`TRIALS`]. A trial starts `redoubt` as a user would, puts a
//! scripted upstream behind it and a plain client before it, and looks only at what those two saw.

mod bench;
mod client;
mod conformance;
mod detection;
mod disguises;
mod faults;
mod footprint;
mod guard;
mod product;
mod upstream;

use std::process::ExitCode;

/// What went wrong, in words.
pub(crate) type Outcome<T = ()> = Result<T, String>;

struct Trial {
    name: &'static str,
    words: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TRIALS: &[Trial] = &[
    Trial {
        name: "conformance",
        words: "try every rule on every surface against every evasion",
        run: conformance::run,
    },
    Trial {
        name: "faults",
        words: "kill, fill, cut and flood the gateway, and look for what was lost",
        run: faults::run,
    },
    Trial {
        name: "guard",
        words: "measure the guard on its own: throughput, one prompt, one token, hostile texts",
        run: guard::run,
    },
    Trial {
        name: "detection",
        words: "how well the guard tells attacks, harm, personal data and secrets from the rest; DATA [--write]",
        run: detection::run,
    },
    Trial {
        name: "bench",
        words: "what the gateway costs, next to direct calls and to other gateways",
        run: bench::run,
    },
    Trial { name: "footprint", words: "measure start, memory and size", run: footprint::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments
        .split_first()
        .and_then(|(name, rest)| TRIALS.iter().find(|trial| trial.name == name.as_str()).map(|trial| (trial, rest)));
    let Some((trial, rest)) = named else {
        eprintln!("usage: redoubt-trials <trial>\n");
        for Trial { name, words, run: _ } in TRIALS {
            eprintln!("  {name:12} {words}");
        }
        return ExitCode::from(2);
    };
    match (trial.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{}: {reason}", trial.name);
            ExitCode::FAILURE
        }
    }
}
