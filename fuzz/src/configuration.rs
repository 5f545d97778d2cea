//! Configuration files, as text.

#[path = "../../crates/app/src/config/document.rs"]
mod document;

use redoubt_domain::settings::{self, Mistake};
use redoubt_gateway::Settings;

/// A file is read or every mistake told with its place, and always the same ones.
pub fn configuration(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let environment = |name: &str| (name == "KEY").then(|| "value".to_owned());
    let read = || -> Result<String, Vec<Mistake>> {
        let (root, mut mistakes) = document::parse(&source, &environment);
        match settings::read(&root, Settings::read) {
            Ok(settings) if mistakes.is_empty() => Ok(format!("{settings:?}")),
            Ok(_) => Err(mistakes),
            Err(more) => {
                mistakes.extend(more);
                Err(mistakes)
            }
        }
    };
    let told = read();
    assert_eq!(told, read());
    let Err(mistakes) = told else { return };
    assert!(!mistakes.is_empty());
    for mistake in &mistakes {
        let span = &mistake.span;
        let is_place = span.start <= span.end && source.get(..span.start).is_some();
        assert!(is_place && !mistake.reason.is_empty(), "{mistake:?} in {source:?}");
    }
}
