//! Makes what the guard has learned: `redoubt-training names --data DIR --out FILE` makes the tagger of names,
//! with `--without SET` it says how well that does on texts it has not seen, and `redoubt-training measure FILE` says
//! how much of what is personal the guard finds. `redoubt-training rows` prints labelled attacks and harmless twins of
//! them, made from templates: a test for any guard, and what the classifier learns from. `redoubt-training classifier
//! --rows FILE --documents DIR --out FILE` makes that. `redoubt-training head`, in a build with the feature `infer`, makes
//! the head of an encoder that is asked beside it, and `redoubt-training encoder` fine-tunes the encoder, too.

#![allow(clippy::indexing_slicing, reason = "runs on a developer's machine over arrays whose sizes it made itself")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights, shares and counts; their last bits say nothing"
)]

mod classifier;
mod generate;
mod names;
mod row;
mod rows;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, rest)) if command == "names" => names::run(rest),
        Some((command, rest)) if command == "measure" => names::measure::run(rest),
        Some((command, rest)) if command == "classifier" => classifier::run(rest),
        #[cfg(feature = "infer")]
        Some((command, rest)) if command == "head" => classifier::head::run(rest),
        #[cfg(feature = "infer")]
        Some((command, rest)) if command == "encoder" => classifier::encoder::run(rest),
        #[cfg(not(feature = "infer"))]
        Some((command, _)) if ["head", "encoder"].contains(&command.as_str()) => {
            Err("this build has no encoders; run it with `cargo run --release -p redoubt-training --features infer`"
                .to_owned())
        }
        Some((command, rest)) if command == "rows" => rows::run(rest),
        _ => Err("there are `names`, `measure`, `rows`, `classifier`, `head` and `encoder`".to_owned()),
    };
    match result {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "redoubt-training: {reason}");
            ExitCode::FAILURE
        }
    }
}
