//! Configuration files, as text.

#[allow(dead_code, unused_imports, reason = "included from the binary, which uses more of it")]
#[path = "../../crates/app/src/config/mod.rs"]
mod config;

use redoubt_gateway::Settings;

/// A variable of the environment that holds a secret.
const SECRET: &str = "canary-3f1c9e77";

/// A file is read or every mistake told with its place, and always the same ones.
pub fn configuration(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let environment = |name: &str| (name == "KEY").then(|| SECRET.to_owned());
    let parse = || config::parse_as("redoubt.toml", source.clone().into_owned(), &environment, Settings::read);
    match (parse(), parse()) {
        (Ok(settings), Ok(again)) => {
            let shown = format!("{settings:?}");
            assert_eq!(shown, format!("{again:?}"));
        }
        (Err(error), Err(again)) => {
            let report = error.to_string();
            assert_eq!(report, again.to_string());
            let config::ConfigError::Mistakes { source_text, mistakes, .. } = error else {
                panic!("{report}");
            };
            assert!(!mistakes.is_empty() && source_text == source);
            let lines = source.split('\n').count();
            for placed in config::place(&source, &mistakes) {
                assert!((1..=lines).contains(&placed.line) && placed.column > 0, "{placed:?}");
            }
            for mistake in &mistakes {
                let span = &mistake.span;
                assert!(span.start <= span.end && source.get(..span.start).is_some(), "{mistake:?} in {source:?}");
                assert!(!mistake.reason.is_empty() && report.contains(&mistake.reason), "{mistake:?}");
            }
        }
        (one, other) => panic!("{one:?} and then {other:?}"),
    }
}
