//! Names of persons, places and organisations, by the tagger of [`crate::names`].

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use crate::names::{self, Label as Kind, Model, runs};

/// Names in running text.
pub(super) struct Name {
    model: Option<Model<'static>>,
}

static SPEC: Spec = Spec {
    id: "name",
    summary: "names of persons, places, organisations and peoples in running text, by a trained tagger",
    labels: &["PERSON", "LOCATION", "ORGANIZATION", "NRP"],
    trigger: Trigger::Always,
    span_max: 1024,
    positives: &[
        "My name is Anna Schmidt and I live in Berlin.",
        "Please ask Maria Rossi about it. ",
        "The meeting with John Miller of Siemens is on Monday.",
        "Je m'appelle Pierre Dupont et j'habite à Lyon. ",
        "Me llamo Carlos García y vivo en Madrid.",
        "Ich heiße Jürgen Müller.",
        "How do I get from Paris to London? ",
    ],
    near_misses: &[
        "Please summarise the following text. ",
        "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
        "What is the difference between a list and a tuple in Python? ",
        "I will be there on Monday, in March. ",
        "see john.smith@example.com or foo_Bar ",
        "",
    ],
};

/// What the tagger itself rather doubts is no name.
const SCORE_MIN: f32 = 0.5;

pub(super) fn build(_: &super::Parameters) -> Box<dyn Detector> {
    // The engine has refused to start before this if the weights cannot be read.
    Box::new(Name { model: names::shipped().ok().cloned() })
}

impl Detector for Name {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let Some(model) = &self.model else { return };
        model.each_name(window.text, |name| {
            if name.score < SCORE_MIN {
                return;
            }
            let label = match name.label {
                Kind::PersonBegin | Kind::PersonInside => "PERSON",
                Kind::PlaceBegin | Kind::PlaceInside => "LOCATION",
                Kind::OrganisationBegin | Kind::OrganisationInside => "ORGANIZATION",
                Kind::Other => "NRP",
                Kind::Outside => return,
            };
            found.push(Match {
                span: name.start..name.end,
                label: Label::new(label),
                rule: None,
                score: name.score.clamp(0.0, 1.0),
                severity: Severity::Low,
            });
        });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let table = self.model.as_ref().map(Model::table);
        table.map_or(window.text.len(), |table| runs(window.text, table, |_| {}))
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    fn detector() -> Box<dyn Detector> {
        build(&super::super::Parameters::default())
    }

    #[test]
    fn conforms() {
        examples::conforms(detector().as_ref());
    }

    /// Checks which names are found, as `LABEL text` parted by commas.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let detector = detector();
        let found = examples::find(detector.as_ref(), text);
        let lines: Vec<String> = found.iter().map(|f| format!("{} {}", f.label, &text[f.span.clone()])).collect();
        assert_eq!(lines.join(", "), expected, "{text:?}");
        examples::is_sound(detector.as_ref(), text);
    }

    #[test]
    fn names_in_several_languages() {
        check("Hello, my name is Robert Brown.", "PERSON Robert Brown");
        check("Anna's brother Tom lives in Vienna.", "PERSON Anna, PERSON Tom, LOCATION Vienna");
        check("She works for the Bank of England in London.", "ORGANIZATION Bank of England, LOCATION London");
        check("Sehr geehrte Frau Schneider, vielen Dank.", "PERSON Schneider");
        check("Il signor Bianchi abita a Milano.", "PERSON Bianchi, LOCATION Milano");
        check("O senhor Oliveira mora em Lisboa.", "PERSON Oliveira, LOCATION Lisboa");
        check("De heer Bakker woont in Utrecht.", "PERSON Bakker, LOCATION Utrecht");
    }

    #[test]
    fn ordinary_text_has_none() {
        for text in [
            "Write a Python function that sorts a list of numbers.",
            "Dear Sir or Madam,",
            "Executive Summary",
            "The weather was nice today, and I went for a walk.",
            "1. Introduction\n2. Methods\n3. Results",
            "Ich habe eine Frage zu meiner Rechnung.",
        ] {
            check(text, "");
        }
    }
}
