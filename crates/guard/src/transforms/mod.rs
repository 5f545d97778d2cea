//! What may be done to a value that must not pass as it is.

mod encrypt;
pub(crate) mod json;
mod mask;

use std::ops::Range;

use redoubt_domain::exchange::Encoding;
use redoubt_domain::finding::{Finding, Label};

pub use encrypt::decrypt;
pub(crate) use json::Strings;

use crate::vault::Vault;

/// A way of changing a value.
pub struct Transform {
    /// The name in configuration and records.
    pub id: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Whether the value can be had back, and from whom.
    pub reversible: bool,
    /// What takes the place of a value.
    apply: fn(&str, &Label, &mut Vault) -> String,
}

/// Every transform, by id.
pub static TABLE: &[Transform] = &[
    Transform {
        id: ANONYMIZE,
        summary: "puts a placeholder in its place and the value back into the answer",
        reversible: true,
        apply: |value, label, vault| vault.token(value, label),
    },
    Transform { id: "drop", summary: "leaves nothing in its place", reversible: false, apply: |_, _, _| String::new() },
    Transform {
        id: "encrypt",
        summary: "puts its ciphertext in its place, under a key of this request",
        reversible: true,
        apply: |value, _, vault| encrypt::encrypt(value, vault),
    },
    Transform {
        id: "hash",
        summary: "puts a keyed hash in its place, equal for equal values of this request",
        reversible: false,
        apply: |value, label, vault| format!("[{label}:{}]", vault.hash(value)),
    },
    Transform {
        id: "mask",
        summary: "leaves the end of a number or the domain of an address, and stars for the rest",
        reversible: false,
        apply: |value, label, _| mask::mask(value, label),
    },
    Transform {
        id: "redact",
        summary: "puts `[REDACTED]` in its place",
        reversible: false,
        apply: |_, _, _| REDACTED.to_owned(),
    },
    Transform {
        id: REPAIR,
        summary: "puts the form of an answer right so that it follows its schema, and blocks what it cannot",
        reversible: false,
        // The detector that found the fault puts it right, as it knows the schema; nothing else can be.
        apply: |_, _, _| REDACTED.to_owned(),
    },
    Transform {
        id: "replace",
        summary: "puts the name of its label in its place",
        reversible: false,
        apply: |_, label, _| format!("[{label}]"),
    },
    Transform {
        id: SURROGATE,
        summary: "puts another value of the same kind in its place, which is nobody's, and the value back into the answer",
        reversible: true,
        apply: |value, label, vault| vault.surrogate(value, label, true),
    },
    Transform {
        id: SURROGATE_ONE_WAY,
        summary: "puts another value of the same kind in its place, which is nobody's",
        reversible: false,
        apply: |value, label, vault| vault.surrogate(value, label, false),
    },
];

/// Puts a placeholder in the place of a value, and the value back into the answer.
pub(crate) const ANONYMIZE: &str = "anonymize";

/// Puts another value in the place of one.
pub(crate) const SURROGATE: &str = "surrogate";

/// The same for ever.
pub(crate) const SURROGATE_ONE_WAY: &str = "surrogate_one_way";

/// Whether a transform puts the values of a request back into its answer.
pub fn restores(id: &str) -> bool {
    matches!(id, ANONYMIZE | SURROGATE)
}

/// Whether a transform puts values in place of others that are found like those.
pub(crate) fn makes_surrogates(id: &str) -> bool {
    matches!(id, SURROGATE | SURROGATE_ONE_WAY)
}

/// Puts right what is wrong with a text as a whole.
pub(crate) const REPAIR: &str = "repair";

/// What a redacted value leaves behind.
pub(crate) const REDACTED: &str = "[REDACTED]";

/// What takes the place of `value`. An id that is in no row redacts: the policy has checked it before, and
/// the safe reading of a name that means nothing is to show nothing.
pub(crate) fn apply(id: &str, value: &str, label: &Label, vault: &mut Vault) -> String {
    match TABLE.iter().find(|row| row.id == id) {
        Some(row) => (row.apply)(value, label, vault),
        None => REDACTED.to_owned(),
    }
}

/// Leaves out what was found in what a transform left behind.
pub(crate) fn disown(text: &str, findings: &mut Vec<Finding>, vault: Option<&Vault>) {
    if findings.is_empty() {
        return;
    }
    // One is told from another by all of it, so the text is read as it stands, escapes of JSON included.
    let surrogates = vault.map(|vault| vault.surrogates(text, Encoding::Json)).unwrap_or_default();
    findings.retain(|finding| !is_own(text, &finding.span, vault) && !is_surrogate(text, &finding.span, &surrogates));
}

/// Whether every letter and digit of a span belongs to a surrogate.
fn is_surrogate(text: &str, span: &Range<usize>, surrogates: &[Range<usize>]) -> bool {
    let from = surrogates.partition_point(|surrogate| surrogate.end <= span.start);
    let mut own = surrogates.iter().skip(from).take_while(|surrogate| surrogate.start < span.end).peekable();
    if own.peek().is_none() {
        return false;
    }
    let mut at = span.start;
    for surrogate in own {
        // One that begins before the span leaves nothing between.
        if text.get(at..surrogate.start).is_some_and(|between| between.contains(char::is_alphanumeric)) {
            return false;
        }
        at = surrogate.end;
    }
    !text.get(at..span.end).is_some_and(|behind| behind.contains(char::is_alphanumeric))
}

/// Whether a match lies within what a transform left behind, which must not be found again.
fn is_own(text: &str, span: &Range<usize>, vault: Option<&Vault>) -> bool {
    let Some(bracket) = enclosing_bracket(text, span) else { return false };
    let Some(inner) = text.get(bracket.start + 1..bracket.end - 1) else { return false };
    if inner == "REDACTED" {
        return true;
    }
    let label_end = inner.bytes().take_while(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'0'..=b'9')).count();
    let rest = inner.get(label_end..).unwrap_or_default();
    let is_hash = rest.len() == 17
        && rest.starts_with(':')
        && rest.bytes().skip(1).all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let is_label = rest.is_empty() && inner.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    is_hash || is_label || vault.is_some_and(|vault| vault.owns(inner))
}

/// The `[...]` in which the span lies, or which it covers but for quotes and spaces around it.
fn enclosing_bracket(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    const LONGEST: usize = 96;
    let bytes = text.as_bytes();
    let covered = bytes.get(span.clone())?;
    // A decoded text may hold many findings, each with all of it for its span.
    if covered.len() > LONGEST && covered.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let start = match covered.iter().position(|&b| b == b'[') {
        Some(at) => covered.iter().take(at).all(|b| !b.is_ascii_alphanumeric()).then_some(span.start + at)?,
        None => {
            let from = span.start.saturating_sub(LONGEST);
            from + bytes.get(from..span.start)?.iter().rposition(|&b| matches!(b, b'[' | b']'))?
        }
    };
    if bytes.get(start) != Some(&b'[') {
        return None;
    }
    let to = bytes.len().min(start + LONGEST);
    let end = start + bytes.get(start..to)?.iter().position(|&b| b == b']')? + 1;
    let behind = bytes.get(end..span.end.max(end))?;
    behind.iter().all(|b| !b.is_ascii_alphanumeric()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn what_transforms_leave_is_known_again() {
        let cases = [
            ("password: [REDACTED]", "[REDACTED]", true),
            ("password: [REDACTED]", "REDACTED", true),
            ("key [EMAIL_ADDRESS] x", "[EMAIL_ADDRESS]", true),
            ("key [SECRET:0123456789abcdef]", "0123456789abcdef", true),
            ("key [hunter2]", "hunter2", false),
            ("key [Hunter_A]", "Hunter_A", false),
            ("[REDACTED] hunter2", "hunter2", false),
            ("[REDACTED]hunter2", "[REDACTED]hunter2", false),
        ];
        for (text, value, expected) in cases {
            let start = text.find(value).unwrap();
            assert_eq!(is_own(text, &(start..start + value.len()), None), expected, "{text} {value}");
        }
    }
}
