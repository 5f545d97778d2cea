//! Forms of address before a name: `Mr.`, `Dr.`, `Frau`. By themselves nobody's, they say of whom they stand before what
//! sex or rank he has.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, is_word};

/// Forms of address.
pub(super) struct Title;

const TITLES: &[&str] = &[
    "Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Rev", "Herr", "Herrn", "Frau", "Monsieur", "Madame", "Mme", "Mlle",
    "Señor", "Señora", "Sra", "Srta", "Signor", "Signora", "Sig", "Senhor", "Senhora", "Shri", "Smt",
];

/// The longest, a full stop, a space and the first letter of the name.
const SPAN_MAX: usize = 16;

static SPEC: Spec = Spec {
    id: "title",
    summary: "forms of address and academic titles before a name",
    labels: &["TITLE"],
    trigger: Trigger::Literals(TITLES),
    span_max: SPAN_MAX,
    positives: &["Dear Mrs. Berg,", "Dr Who", "Sehr geehrte Frau Berg", "from Mr. A. Stone", "Prof. Édouard Roche"],
    near_misses: &[
        "Mr",
        "the dr. said",
        "MSc Frauke",
        "Miss you!",
        "Ms.",
        "Drive",
        "Herr, ich",
        "Mr.\nB",
        "Missouri River",
    ],
};

impl Detector for Title {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        for hit in window.hits {
            // `ms` are milliseconds, and `miss` is a verb.
            let is_capital = after(text, hit.start).starts_with(char::is_uppercase);
            if !is_capital || before(text, hit.start).chars().next_back().is_some_and(is_word) {
                continue;
            }
            let rest = after(text, hit.end);
            let stop = usize::from(rest.starts_with('.'));
            let name = after(rest, stop).strip_prefix(' ').and_then(|name| name.chars().next());
            if name.is_some_and(char::is_uppercase) {
                found.push(Match {
                    span: hit.start..hit.end + stop,
                    label: Label::new("TITLE"),
                    rule: None,
                    score: 0.7,
                    severity: Severity::Low,
                });
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        // A title that ends here, whole or not, and what stands between it and the name.
        let end = text.trim_end_matches(['.', ' ']);
        let word = end.char_indices().rev().take(SPAN_MAX).take_while(|(_, c)| c.is_alphabetic() && is_word(*c)).last();
        let may_grow = |word: &str| {
            let is_begun = |title: &str| title.get(..word.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(word));
            TITLES.iter().any(|title| is_begun(title) || title.starts_with(word))
        };
        match word {
            Some((at, _)) if text.len() - at <= SPAN_MAX && may_grow(after(end, at)) => at,
            _ => text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::Title;

    #[test]
    fn keeps_its_promises() {
        conforms(&Title);
    }

    #[test]
    fn titles_stand_before_names() {
        check(&Title, "Mr. Stone and Dr. Berg", "TITLE 0.70 `Mr.`\nTITLE 0.70 `Dr.`");
        check(&Title, "Mrs Stone", "TITLE 0.70 `Mrs`");
        check(&Title, "Prof. Dr. Berg", "TITLE 0.70 `Prof.`\nTITLE 0.70 `Dr.`");
        for text in
            ["Mrss Stone", "HMrs Stone", "Dr.  Stone", "Dr.Stone", "dr. Stone", "Miss it", "Herr der Ringe", "Dr. 12"]
        {
            check(&Title, text, "");
        }
    }
}
