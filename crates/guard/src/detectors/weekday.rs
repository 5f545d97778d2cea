//! Days of the week: `on Tuesday morning`. Nobody's by themselves, they are a date as the text tells it.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, is_word};

/// Days of the week.
pub(super) struct Weekday;

/// The names: English first, which are also told in small letters behind a word that asks for a day.
#[rustfmt::skip]
const DAYS: &[&str] = &[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "montag", "dienstag", "mittwoch",
    "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
    "dimanche", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "lunedì", "martedì", "mercoledì",
    "giovedì", "venerdì", "sabato", "domenica", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira",
    "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag",
];

/// Words before a day in small letters.
const LEADS: &[&str] =
    &["on", "this", "next", "last", "every", "until", "by", "since", "le", "el", "este", "ce", "op", "am"];

/// The longest name, an `s` and a sign behind it.
const SPAN_MAX: usize = 20;

static SPEC: Spec = Spec {
    id: "weekday",
    summary: "days of the week",
    labels: &["DATE_TIME"],
    trigger: Trigger::Literals(DAYS),
    span_max: SPAN_MAX,
    positives: &[
        "See you on Tuesday morning.",
        "am Montag, um neun",
        "Jeudi soir",
        "el viernes a las tres",
        "on friday ",
    ],
    near_misses: &["Mondayish", "a mardi gras", "the friday crowd", "Sundaybest", "xMonday", "man friday "],
};

impl Detector for Weekday {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        for hit in window.hits {
            let rest = after(text, hit.end);
            let plural = usize::from(rest.starts_with('s'));
            let is_whole = !before(text, hit.start).ends_with(is_word) && !after(rest, plural).starts_with(is_word);
            let is_told = after(text, hit.start).starts_with(char::is_uppercase) || is_led(before(text, hit.start));
            if is_whole && is_told {
                found.push(Match {
                    span: hit.start..hit.end + plural,
                    label: Label::new("DATE_TIME"),
                    rule: None,
                    score: 0.6,
                    severity: Severity::Low,
                });
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let is_part = |c: char| is_word(c) || c == '-';
        let word = text.char_indices().rev().take(SPAN_MAX).take_while(|(_, c)| is_part(*c)).last();
        let Some((at, _)) = word else { return text.len() };
        let begun: String = after(text, at).chars().flat_map(char::to_lowercase).collect();
        let may_be = |day: &&str| day.starts_with(begun.trim_end_matches('s')) || day.starts_with(&begun);
        // A hyphen may stand before a day, too.
        if DAYS.iter().any(may_be) || begun.contains('-') { at } else { text.len() }
    }
}

/// Whether a word that asks for a day stands at the end of a text.
fn is_led(text: &str) -> bool {
    let Some(text) = text.strip_suffix(' ') else { return false };
    LEADS.iter().any(|lead| {
        let head = text.len().checked_sub(lead.len()).and_then(|from| Some((text.get(..from)?, text.get(from..)?)));
        head.is_some_and(|(head, word)| word.eq_ignore_ascii_case(lead) && !head.ends_with(is_word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::Weekday;

    #[test]
    fn keeps_its_promises() {
        conforms(&Weekday);
    }

    #[test]
    fn days_of_the_week() {
        for (text, expected) in [
            ("flew on Saturday morning.", "DATE_TIME 0.60 `Saturday`"),
            ("closed on Sundays and next friday", "DATE_TIME 0.60 `Sundays`\nDATE_TIME 0.60 `friday`"),
            ("Bis Donnerstag!", "DATE_TIME 0.60 `Donnerstag`"),
            ("el miércoles", "DATE_TIME 0.60 `miércoles`"),
            ("na Segunda-feira", "DATE_TIME 0.60 `Segunda-feira`"),
            ("my man friday", ""),
            ("con friday", ""),
            ("Sundayss", ""),
        ] {
            check(&Weekday, text, expected);
        }
    }
}
