//! `rows [--seed N] [--per-family N]`: generated rows as JSON lines.

use redoubt_guard::classifier::Head;
use serde_json::json;

use crate::generate;
use crate::row::{Heads, Row};

const USAGE: &str = "usage: rows [--seed N] [--per-family N]";

/// Rows of every family and weight, unless somebody says otherwise.
const PER_FAMILY: usize = 300;

/// The command: the same lines from the same seed.
pub(crate) fn run(arguments: &[String]) -> Result<String, String> {
    let (mut seed, mut per_family) = (1, PER_FAMILY);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse::<u32>().ok()).ok_or(USAGE)?;
        match word.as_str() {
            "--seed" => seed = u64::from(value),
            "--per-family" => per_family = value as usize,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(generate::rows(seed, per_family).iter().map(line).collect())
}

fn line(row: &Row) -> String {
    let Row { text, origin, language, source, group, truth, known } = row;
    let origin = origin.name();
    let (truth, known) = (names(*truth), names(*known));
    let line = json!({
        "text": text, "origin": origin, "language": language, "source": source,
        "group": format!("{group:016x}"), "truth": truth, "known": known,
    });
    format!("{line}\n")
}

fn names(heads: Heads) -> Vec<&'static str> {
    Head::all().filter(|head| heads.has(*head)).map(Head::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_from_the_same_seed_and_know_what_they_claim() {
        let arguments = ["--seed", "7", "--per-family", "20"].map(str::to_owned);
        let lines = run(&arguments).unwrap();
        assert_eq!(lines, run(&arguments).unwrap());
        assert!(lines.lines().count() > 500);
        for line in lines.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let known = line["known"].as_array().unwrap();
            assert!(line["truth"].as_array().unwrap().iter().all(|head| known.contains(head)), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for arguments in [&["--seed"][..], &["--seed", "x"], &["--rows", "1"]] {
            let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(run(&arguments), Err(USAGE.to_owned()));
        }
    }
}
