//! How much of what is personal in labelled texts is found, as Presidio's researchers count it: token by token,
//! whatever the kind, recall counting twice as much as precision.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_domain::limits::Limits;
use redoubt_guard::{Engine, Policy, Profile};
use serde_json::Value;

/// What is not counted as found below this: Presidio's own threshold.
const SCORE_MIN: f32 = 0.4;
/// Labels that say something of a text other than what is personal in it.
const OTHERS: &[&str] = &["PROMPT_INJECTION", "JAILBREAK", "TOXICITY", "SECRET"];

#[derive(Default)]
struct Kind {
    tokens: usize,
    found: usize,
    spans: usize,
    whole: usize,
}

/// Scans every row of a file with all detectors and counts.
pub(crate) fn run(arguments: &[String]) -> Result<String, String> {
    let [path, options @ ..] = arguments else { return Err("`measure FILE [--errors]`".to_owned()) };
    let shows_errors = options.iter().any(|option| option == "--errors");
    let text = fs::read_to_string(Path::new(path)).map_err(|error| format!("cannot read `{path}`: {error}"))?;
    let rows: Vec<Value> = serde_json::from_str(&text).map_err(|error| format!("`{path}` is no JSON: {error}"))?;
    let engine =
        Engine::new(Policy::profile(Profile::Observe), Limits::default()).map_err(|error| error.to_string())?;
    let mut report = String::new();
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for row in &rows {
        let text = row["full_text"].as_str().unwrap_or("");
        // Positions count characters.
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let byte = |value: &Value| {
            value.as_u64().and_then(|at| places.get(usize::try_from(at).ok()?)).copied().unwrap_or(text.len())
        };
        let spans = row["spans"].as_array().cloned().unwrap_or_default();
        let gold: Vec<(usize, usize, String)> = spans
            .iter()
            .map(|span| {
                let kind = span["entity_type"].as_str().unwrap_or("").to_owned();
                (byte(&span["start_position"]), byte(&span["end_position"]), kind)
            })
            .collect();
        let scan = engine.scan(text, Origin::User, Direction::Input);
        let found: Vec<(usize, usize, String)> = scan
            .judged
            .iter()
            .map(|judged| &judged.finding)
            .filter(|finding| finding.score >= SCORE_MIN && !OTHERS.contains(&finding.label.as_str()))
            .map(|finding| (finding.span.start, finding.span.end, finding.label.as_str().to_owned()))
            .collect();
        let tokens = tokens(text);
        let is_in = |spans: &[(usize, usize, String)], start: usize, end: usize| {
            spans.iter().find(|(from, to, _)| *from < end && start < *to).map(|(_, _, kind)| kind.clone())
        };
        for (start, end) in &tokens {
            let (is_gold, is_found) = (is_in(&gold, *start, *end), is_in(&found, *start, *end));
            match (&is_gold, &is_found) {
                (Some(_), Some(_)) => right += 1,
                (None, Some(_)) => wrong += 1,
                (Some(_), None) => missed += 1,
                (None, None) => {}
            }
            if let Some(kind) = &is_gold {
                let count = kinds.entry(kind.clone()).or_default();
                count.tokens += 1;
                count.found += usize::from(is_found.is_some());
            }
            if shows_errors && is_gold.is_some() != is_found.is_some() {
                let word = text.get(*start..*end).unwrap_or("");
                let sign = if is_gold.is_some() { '-' } else { '+' };
                let _ = writeln!(report, "{sign} {} `{word}` in {text:?}", is_gold.or(is_found).unwrap_or_default());
            }
        }
        for (start, end, kind) in &gold {
            let count = kinds.entry(kind.clone()).or_default();
            count.spans += 1;
            let is_whole = tokens
                .iter()
                .filter(|token| token.0 < *end && *start < token.1)
                .all(|token| is_in(&found, token.0, token.1).is_some());
            count.whole += usize::from(is_whole);
        }
    }
    for (kind, count) in &kinds {
        let _ = writeln!(
            report,
            "{kind:<18} tokens {}/{}  spans found whole {}/{}",
            count.found, count.tokens, count.whole, count.spans
        );
    }
    let share = |of: usize| right as f64 / (right + of).max(1) as f64;
    let (precision, recall) = (share(wrong), share(missed));
    let f2 = 5.0 * precision * recall / (4.0 * precision + recall).max(1e-9);
    let _ = writeln!(report, "{} rows: precision {precision:.3} recall {recall:.3} F2 {f2:.3}", rows.len());
    Ok(report)
}

/// Words and signs: signs are not counted, as they belong to nobody.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                tokens.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    tokens
}
