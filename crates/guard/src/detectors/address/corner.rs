//! Corners of streets: `the corner of Main Street and 5th Avenue`.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::super::boundary::{self, after, before, floor};
use super::super::cursor::Cursor;
use super::super::hits::read_each;
use super::words::Street;
use super::{Name, announced, number};

/// Corners of streets.
pub(in super::super) struct Corner;

const WORDS: &[&str] = &["corner of ", "intersection of "];
/// Two names with their numbers and what stands before them.
const SPAN_BYTES: usize = 320;

static SPEC: Spec = Spec {
    id: "corner",
    summary: "two streets at whose corner something is",
    labels: &["LOCATION", "STREET_ADDRESS"],
    trigger: Trigger::Literals(WORDS),
    span_max: SPAN_BYTES,
    positives: &[
        "We met at the corner of Main Street and 5th Avenue.",
        "My address is the corner of Via Nuova 85 and Mill Road",
        "the intersection of Oak Street and Elm Street",
        "Corner of Király utca 15. and Dob utca",
    ],
    near_misses: &[
        "the corner of the room and the door",
        "the corner of my eye",
        "every corner of Europe and Asia",
        "at the intersection of Art and Science",
        "the corner of ",
    ],
};

impl Detector for Corner {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        read_each(window, found, |hit| read(window.text, hit.start, &mut Cursor::new(window.text, hit.end)));
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = floor(text, text.len().saturating_sub(SPAN_BYTES));
        let lower = after(text, from).to_ascii_lowercase();
        let mut live = text.len();
        for word in WORDS {
            for (at, _) in lower.match_indices(word) {
                let mut cursor = Cursor::new(text, from + at + word.len());
                let one = read(text, from + at, &mut cursor);
                if cursor.saw_end() {
                    live = live.min(one.map_or(start(text, from + at), |one| one.span.start));
                }
            }
            // The words that announce it may themselves be cut.
            let begun = (1..word.len()).rev().find(|length| lower.ends_with(word.get(..*length).unwrap_or(word)));
            live = live.min(begun.map_or(text.len(), |length| start(text, text.len() - length)));
        }
        let article = (1..=4).rev().find(|length| lower.ends_with("the ".get(..*length).unwrap_or("the ")));
        live.min(text.len() - article.unwrap_or(0))
    }
}

/// Where a corner begins: with its article.
fn start(text: &str, at: usize) -> usize {
    let head = before(text, at);
    let article = head.len().checked_sub(4).and_then(|from| head.get(from..));
    let is_article = article.is_some_and(|word| word.eq_ignore_ascii_case("the "));
    let is_whole = is_article && !before(text, at - 4).ends_with(|c: char| boundary::is_word(c));
    if is_whole { at - 4 } else { at }
}

fn read(text: &str, at: usize, cursor: &mut Cursor<'_>) -> Option<Match> {
    if before(text, at).ends_with(|c: char| boundary::is_word(c)) {
        return None;
    }
    let start = start(text, at);
    let is_announced = announced::is_announced(text, start);
    let first = Side::read(cursor, is_announced)?;
    if !(cursor.eat(" and ") || cursor.eat(" & ")) {
        return None;
    }
    let second = Side::read(cursor, is_announced)?;
    let is_numbered = first.is_numbered || second.is_numbered;
    if !(is_announced || is_numbered || first.street.max(second.street).is_some()) {
        return None;
    }
    // A corner by itself is a place that everybody knows; behind `my address is` it is somebody's.
    let (label, score) = if is_announced || is_numbered { ("STREET_ADDRESS", 0.7) } else { ("LOCATION", 0.6) };
    Some(Match { span: start..second.end, label: Label::new(label), rule: None, score, severity: Severity::Medium })
}

/// One of the two streets.
struct Side {
    end: usize,
    street: Option<Street>,
    is_numbered: bool,
}

impl Side {
    fn read(cursor: &mut Cursor<'_>, is_announced: bool) -> Option<Self> {
        let start = cursor.at();
        let mut is_numbered = number(cursor).is_some() && cursor.eat(" ");
        if !is_numbered {
            cursor.back_to(start);
        }
        let name = Name::read(cursor, is_announced)?;
        let mut end = name.end;
        cursor.back_to(end);
        if cursor.eat(" ") && number(cursor).is_some() {
            (end, is_numbered) = (cursor.at(), true);
            if cursor.eat(". ") {
                end += 1;
            }
        }
        cursor.back_to(end);
        Some(Self { end, street: name.street, is_numbered })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::examples::{check, conforms};
    use super::Corner;

    #[test]
    fn keeps_its_promises() {
        conforms(&Corner);
    }

    #[test]
    fn corners_are_two_streets() {
        for (text, expected) in [
            (
                "at the corner of Main Street and Oak Avenue.",
                "LOCATION 0.60 `the corner of Main Street and Oak Avenue`",
            ),
            (
                "the intersection of 5th Avenue & 42nd Street",
                "LOCATION 0.60 `the intersection of 5th Avenue & 42nd Street`",
            ),
            (
                "my address is the corner of Kuusiku 7 and Alder Flat, thanks",
                "STREET_ADDRESS 0.70 `the corner of Kuusiku 7 and Alder Flat`",
            ),
            (
                "taxi to the corner of salontie 19 and dob street. please hurry",
                "STREET_ADDRESS 0.70 `the corner of salontie 19 and dob street`",
            ),
            (
                "return to the corner of Dorfweg 85 and Mill Street in case of need",
                "STREET_ADDRESS 0.70 `the corner of Dorfweg 85 and Mill Street`",
            ),
            ("corner of Dob utca 10. and Mill Road", "STREET_ADDRESS 0.70 `corner of Dob utca 10. and Mill Road`"),
            ("from every corner of France and Spain", ""),
            ("the corner of the street and the square", ""),
            ("a cornerstone of Main Street and more", ""),
        ] {
            check(&Corner, text, expected);
        }
    }
}
