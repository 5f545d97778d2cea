//! Marked places in a text, and how well found ones meet them.

use std::collections::BTreeMap;
use std::ops::Range;

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Engine;

use super::statistics::Counts;

/// Something of a kind at a place, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: &'static str,
    pub(super) range: Range<usize>,
}

/// What is surer than this counts as found, as in the rules of the default profile.
const SCORE_MIN: f32 = 0.5;

/// The labels of findings under the names of the sets' kinds. A label that is not here counts under its own name if it
/// is personal data, and not at all if it is an intention or a secret.
const LABELS: &[(&str, &[&str])] = &[
    ("PERSON", &["PERSON", "FIRST_NAME", "LAST_NAME", "USERNAME"]),
    ("LOCATION", &["LOCATION", "ADDRESS", "STREET_ADDRESS", "CITY", "COUNTRY", "GPE", "ZIP_CODE", "POSTAL_CODE"]),
    ("ORGANIZATION", &["ORGANIZATION"]),
    ("NRP", &["NRP", "NATIONALITY"]),
    ("DATE_TIME", &["DATE_TIME", "DATE", "TIME", "DATE_OF_BIRTH"]),
    ("AGE", &["AGE"]),
    ("TITLE", &["TITLE"]),
    ("CREDIT_CARD", &["CREDIT_CARD"]),
    ("IBAN_CODE", &["IBAN_CODE"]),
    ("US_SSN", &["US_SSN", "US_ITIN"]),
    ("US_DRIVER_LICENSE", &["US_DRIVER_LICENSE"]),
    ("PHONE_NUMBER", &["PHONE_NUMBER"]),
    ("EMAIL_ADDRESS", &["EMAIL_ADDRESS"]),
    ("IP_ADDRESS", &["IP_ADDRESS"]),
    ("URL", &["URL", "DOMAIN_NAME"]),
];

/// What no set marks as personal data.
const NOT_PERSONAL: &[&str] = &[
    "BANNED_WORD",
    "BIAS",
    "CODE_INJECTION",
    "COMMAND_INJECTION",
    "DANGEROUS_LINK",
    "EXFILTRATION_LINK",
    "GIBBERISH",
    "HARASSMENT",
    "HARASSMENT_THREATENING",
    "HATE",
    "HATE_THREATENING",
    "ILLICIT",
    "ILLICIT_VIOLENT",
    "INVISIBLE_TEXT",
    "JAILBREAK",
    "NESTED_ENCODING",
    "PROMPT_INJECTION",
    "REFUSAL",
    "REPETITION",
    "SCHEMA_VIOLATION",
    "SECRET",
    "SELF_HARM",
    "SELF_HARM_INSTRUCTIONS",
    "SELF_HARM_INTENT",
    "SEXUAL",
    "SEXUAL_MINORS",
    "SIZE_LIMIT",
    "SQL_INJECTION",
    "SUSPICIOUS_PACKAGE",
    "SYSTEM_PROMPT_LEAK",
    "TEMPLATE_INJECTION",
    "TOKEN_LIMIT",
    "TOXICITY",
    "UNGROUNDED",
    "VIOLENCE",
    "VIOLENCE_GRAPHIC",
    "XSS",
];

/// A kind for whatever has no name among the sets' kinds: the id of another country, say.
pub(super) const OTHER: &str = "OTHER";

/// The name under which a label counts; none if it is no personal data.
pub(super) fn kind_of(label: &str) -> Option<&'static str> {
    if NOT_PERSONAL.contains(&label) {
        return None;
    }
    Some(LABELS.iter().find(|(_, labels)| labels.contains(&label)).map_or(OTHER, |(kind, _)| kind))
}

/// The personal data that the engine finds.
pub(super) fn found(engine: &Engine, text: &str) -> Vec<Span> {
    let scan = engine.scan(text, Origin::User, Direction::Input);
    let findings = scan.judged.iter().map(|judged| &judged.finding).filter(|finding| finding.score >= SCORE_MIN);
    findings
        .filter_map(|finding| Some(Span { kind: kind_of(finding.label.as_str())?, range: finding.span.clone() }))
        .collect()
}

/// Whether the engine finds a secret, and where.
pub(super) fn secrets(engine: &Engine, text: &str) -> Vec<Range<usize>> {
    let scan = engine.scan(text, Origin::User, Direction::Input);
    let findings = scan.judged.iter().map(|judged| &judged.finding).filter(|finding| finding.score >= SCORE_MIN);
    findings.filter(|finding| finding.label.as_str() == "SECRET").map(|finding| finding.span.clone()).collect()
}

/// How found places meet marked ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// The same bytes.
    Exact,
    /// At least half of what both cover together is covered by each.
    Overlap,
}

/// Found and marked places by kind. Each marked one is met by one found one at most.
pub(super) fn compare(marked: &[Span], found: &[Span], meeting: Meeting, counts: &mut BTreeMap<&'static str, Counts>) {
    let mut is_met = vec![false; marked.len()];
    for one in found {
        let meets = |(other, is_met): &(&Span, &mut bool)| {
            !**is_met && other.kind == one.kind && meet(&other.range, &one.range, meeting)
        };
        let counts = counts.entry(one.kind).or_default();
        match marked.iter().zip(&mut is_met).find(meets) {
            Some((_, is_met)) => {
                *is_met = true;
                counts.right += 1;
            }
            None => counts.wrong += 1,
        }
    }
    for (one, _) in marked.iter().zip(is_met).filter(|(_, is_met)| !is_met) {
        counts.entry(one.kind).or_default().missed += 1;
    }
}

fn meet(left: &Range<usize>, right: &Range<usize>, meeting: Meeting) -> bool {
    match meeting {
        Meeting::Exact => left == right,
        Meeting::Overlap => {
            let shared = left.end.min(right.end).saturating_sub(left.start.max(right.start));
            let together = left.len() + right.len() - shared;
            shared > 0 && shared * 2 >= together
        }
    }
}

/// The words of a text and each sign around them, as tokenisers for English cut: what stands between spaces, with the
/// signs at its two ends apart, but not those inside, so that an address stays whole.
pub(super) fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut from = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !c.is_whitespace() {
            continue;
        }
        if let Some(piece) = text.get(from..at).filter(|piece| !piece.is_empty()) {
            let core = piece.trim_matches(|c: char| !c.is_alphanumeric());
            let before = piece.len() - piece.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
            let signs = |range: Range<usize>, tokens: &mut Vec<Range<usize>>| {
                let part = text.get(range.clone()).unwrap_or_default();
                tokens.extend(part.char_indices().map(|(at, c)| range.start + at..range.start + at + c.len_utf8()));
            };
            signs(from..from + before, &mut tokens);
            if !core.is_empty() {
                tokens.push(from + before..from + before + core.len());
            }
            signs(from + before + core.len()..at, &mut tokens);
        }
        from = at + c.len_utf8();
    }
    tokens
}

/// Token by token whether it is personal at all, of whatever kind: Presidio's measure.
pub(super) fn by_token(text: &str, marked: &[Span], found: &[Span]) -> Counts {
    let touches = |token: &Range<usize>, spans: &[Span]| {
        spans.iter().any(|span| span.range.start < token.end && token.start < span.range.end)
    };
    let mut counts = Counts::default();
    for token in tokens(text) {
        match (touches(&token, marked), touches(&token, found)) {
            (true, true) => counts.right += 1,
            (true, false) => counts.missed += 1,
            (false, true) => counts.wrong += 1,
            (false, false) => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(kind: &'static str, range: Range<usize>) -> Span {
        Span { kind, range }
    }

    #[test]
    fn tokens_are_words_and_signs() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = tokens(text).into_iter().map(|token| &text[token]).collect();
            assert_eq!(found, expected);
        };
        check("Mail a.b@c.org, now!", &["Mail", "a.b@c.org", ",", "now", "!"]);
        check("(\"Zürich\")…", &["(", "\"", "Zürich", "\"", ")", "…"]);
        check("  -- \n", &["-", "-"]);
        check("", &[]);
    }

    #[test]
    fn places_meet_by_kind_and_by_bytes() {
        let check = |marked: &[Span], found: &[Span], meeting, expected: Counts| {
            let mut counts = BTreeMap::new();
            compare(marked, found, meeting, &mut counts);
            assert_eq!(counts.into_values().fold(Counts::default(), Counts::and), expected, "{marked:?} {found:?}");
        };
        let one = |right, wrong, missed| Counts { right, wrong, missed };
        let ann = [span("PERSON", 0..8)];
        check(&ann, &[span("PERSON", 0..8)], Meeting::Exact, one(1, 0, 0));
        check(&ann, &[span("PERSON", 0..6)], Meeting::Exact, one(0, 1, 1));
        check(&ann, &[span("PERSON", 0..6)], Meeting::Overlap, one(1, 0, 0));
        check(&ann, &[span("PERSON", 0..3)], Meeting::Overlap, one(0, 1, 1));
        check(&ann, &[span("LOCATION", 0..8)], Meeting::Overlap, one(0, 1, 1));
        // Two for one: the second is wrong.
        check(&ann, &[span("PERSON", 0..8), span("PERSON", 0..7)], Meeting::Overlap, one(1, 1, 0));
        check(&ann, &[], Meeting::Exact, one(0, 0, 1));
        check(&[], &[], Meeting::Exact, one(0, 0, 0));
    }

    #[test]
    fn a_token_counts_whatever_its_kind() {
        let text = "Ann Lee lives in Ulm .";
        let marked = [span("PERSON", 0..7), span("LOCATION", 17..20)];
        let found = [span("LOCATION", 0..3), span("PERSON", 8..13)];
        assert_eq!(by_token(text, &marked, &found), Counts { right: 1, wrong: 1, missed: 2 });
    }

    #[test]
    fn an_intention_is_no_personal_data() {
        let check = |label: &str, expected: Option<&str>| assert_eq!(kind_of(label), expected);
        check("STREET_ADDRESS", Some("LOCATION"));
        check("CREDIT_CARD", Some("CREDIT_CARD"));
        check("DE_TAX_ID", Some(OTHER));
        check("PROMPT_INJECTION", None);
        check("SECRET", None);
    }
}
