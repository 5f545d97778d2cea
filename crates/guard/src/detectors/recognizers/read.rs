//! Recognisers from configuration.

use redoubt_domain::finding::Severity;
use redoubt_domain::settings::Table;

use super::super::interned;
use super::{BOUNDS, Checksum, Definition, Flaw, Recognizer};

/// By how much a word that names a value makes it surer, where configuration does not say.
const RAISED: f32 = 0.35;

/// The recognisers of a policy.
pub(crate) struct Read {
    pub(crate) recognizers: Vec<Recognizer>,
    /// Every label that is named, also by those that are wrong: a rule that names it need not be told, too.
    pub(crate) labels: Vec<&'static str>,
}

/// Reads the recognisers of a policy. What is wrong with one is said where it is written.
pub(crate) fn read(table: &mut Table<'_>) -> Read {
    let read: Vec<(String, Option<Recognizer>)> =
        table.tables("recognizers", "kinds of values of your own, each with a label for rules", read_one);
    if read.len() > BOUNDS.recognizers_max {
        let reason = format!("{} recognizers, of at most {}", read.len(), BOUNDS.recognizers_max);
        table.refuse("recognizers", reason);
    }
    let (labels, recognizers): (Vec<String>, Vec<Option<Recognizer>>) = read.into_iter().unzip();
    Read { recognizers: recognizers.into_iter().flatten().collect(), labels: interned::words(labels).to_vec() }
}

fn read_one(table: &mut Table<'_>) -> (String, Option<Recognizer>) {
    let checksums: Vec<(&str, Option<Checksum>)> =
        std::iter::once(("none", None)).chain(Checksum::ALL.map(|(name, checksum)| (name, Some(checksum)))).collect();
    let label: String = table.require("label", "what findings are called, such as `EMPLOYEE_ID`", String::new());
    let is_named = !label.is_empty();
    let patterns = table.or("patterns", "regular expressions of it, each with a longest match", Vec::new());
    let words = table.or("words", "values that are known as they are, found however they are spelt", Vec::new());
    let context: Vec<String> = table.or("context", "words that name it, whole and in any case", Vec::new());
    let score: f32 = score(table.or("score", "how sure a match is by itself, from 0 to 1", 0.5));
    let in_context = table.get("score_in_context", "how sure it is beside a word of `context`; 0.35 more if left out");
    let definition = Definition {
        label: label.clone(),
        patterns,
        words,
        score,
        score_in_context: in_context.map_or((score + RAISED).min(score.max(1.0)), self::score),
        needs_context: table.or("needs_context", "whether it is found only beside a word of `context`", false),
        context,
        severity: table.choose(
            "severity",
            "how bad it is",
            &Severity::ALL.map(|severity| (severity.name(), severity)),
            Severity::Medium,
            Severity::Medium.name(),
        ),
        checksum: table.choose("checksum", "what the digits of a match must add up to", &checksums, None, "none"),
        examples: table.or("examples", "texts in which it must be found, checked at the start", Vec::new()),
        counterexamples: table.or("counterexamples", "texts in which it must not be found", Vec::new()),
    };
    // That the label is missing has been said.
    if !is_named {
        return (label, None);
    }
    let recognizer = match Recognizer::new(definition) {
        Ok(recognizer) => Some(recognizer),
        Err(flaws) => {
            for Flaw { key, item, reason, suggestion } in flaws {
                match item {
                    Some(item) => table.refuse_item(key, item, reason, suggestion),
                    None => table.refuse_with(key, reason, suggestion),
                }
            }
            None
        }
    };
    (label, recognizer)
}

#[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits")]
fn score(score: f64) -> f32 {
    score as f32
}
