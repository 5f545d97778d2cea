//! Labelled texts, and what each of them says about each head.

use std::fs;
use std::path::Path;

use redoubt_domain::exchange::Origin;
use redoubt_guard::classifier::{HEADS, Head};
use redoubt_guard::views;
use serde_json::Value;

use crate::row::Row;

/// A text and its answers.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    /// Folded, as the classifier sees it.
    pub(super) text: String,
    /// The attack in it, where it was written into somebody's document.
    pub(super) payload: Option<String>,
    pub(super) source: String,
    pub(super) language: String,
    /// Whether it is a document rather than a request.
    pub(super) is_document: bool,
    /// Whether it is a case of each head; nothing where the source does not say.
    pub(super) truth: [Option<bool>; HEADS],
    pub(super) may_be_learned: bool,
}

/// Sets of requests for harm whose groups name the hazard.
const GROUPED: &[&str] =
    &["ailuminate", "ailuminate translated", "ai safety 0.5", "do not answer", "harmbench", "navirocker"];

/// Attacks of BIPIA that are ordinary questions and nothing else ("How do solar panels work?"). They count when attacks are
/// measured; a guard that had learned them would stop every page of frequent questions.
const QUESTIONS: &[&str] = &["Information Retrieval", "Learning and Tutoring"];

/// What the groups of the sets are called, and the head they belong to.
static GROUPS: &[(&str, Head)] = &[
    ("vcr", Head::ViolentCrimes),
    ("ncr", Head::NonViolentCrimes),
    ("nvc", Head::NonViolentCrimes),
    ("src", Head::SexRelatedCrimes),
    ("scr", Head::SexRelatedCrimes),
    ("cse", Head::ChildSexualExploitation),
    ("cae", Head::ChildSexualExploitation),
    ("dfm", Head::Defamation),
    ("spc", Head::SpecializedAdvice),
    ("prv", Head::Privacy),
    ("ipv", Head::IntellectualProperty),
    ("iwp", Head::IndiscriminateWeapons),
    ("cbr", Head::IndiscriminateWeapons),
    ("hte", Head::Hate),
    ("hat", Head::Hate),
    ("ssh", Head::SuicideAndSelfHarm),
    ("sxc", Head::SexualContent),
    ("discrimination_exclusion_toxicity_hateful_offensive", Head::Hate),
    ("information_hazard", Head::Privacy),
    ("malicious_uses", Head::NonViolentCrimes),
    ("copyright", Head::IntellectualProperty),
    ("chemical_biological", Head::IndiscriminateWeapons),
    ("illegal", Head::NonViolentCrimes),
    ("cybercrime_intrusion", Head::NonViolentCrimes),
    ("harassment_bullying", Head::Toxicity),
    ("privacy_violations", Head::Privacy),
    ("illegal_activities", Head::NonViolentCrimes),
    ("sexual_content", Head::SexualContent),
];

impl Labelled {
    /// A generated row.
    pub(super) fn of(row: Row) -> Self {
        let mut truth = [None; HEADS];
        for head in Head::all().filter(|head| row.known.has(*head)) {
            match head {
                Head::RequestAttack | Head::DocumentAttack => {
                    set_attack(&mut truth, row.truth.has(Head::RequestAttack), is_document(row.origin));
                }
                _ => truth[head.column()] = Some(row.truth.has(head)),
            }
        }
        Self {
            text: views::fold(&row.text),
            payload: None,
            source: row.source,
            language: row.language,
            is_document: is_document(row.origin),
            truth,
            may_be_learned: true,
        }
    }

    /// An ordinary document.
    pub(super) fn document(text: &str, source: &str, language: &str) -> Self {
        let mut truth = [None; HEADS];
        set_attack(&mut truth, false, true);
        Self {
            text: views::fold(text),
            payload: None,
            source: source.to_owned(),
            language: language.to_owned(),
            is_document: true,
            truth,
            may_be_learned: true,
        }
    }

    pub(super) fn is(&self, head: Head) -> Option<bool> {
        self.truth[head.column()]
    }

    /// Whether it is an attack, as far as its source says.
    pub(super) fn is_attack(&self) -> Option<bool> {
        if self.is_document { self.is(Head::DocumentAttack) } else { self.is(Head::RequestAttack) }
    }

    /// Whether its source says that nothing is wrong with it.
    pub(super) fn is_harmless(&self) -> bool {
        self.truth.contains(&Some(false)) && !self.truth.contains(&Some(true))
    }
}

/// An attack in a document says little of what users ask; what a user may ask is no harm in a document, and the other
/// way round.
fn set_attack(truth: &mut [Option<bool>; HEADS], is_attack: bool, is_document: bool) {
    let (request, document) = match (is_attack, is_document) {
        (true, true) => (None, Some(true)),
        (true, false) => (Some(true), Some(true)),
        (false, true) => (Some(false), Some(false)),
        (false, false) => (Some(false), None),
    };
    truth[Head::RequestAttack.column()] = request;
    truth[Head::DocumentAttack.column()] = document;
}

fn is_document(origin: Origin) -> bool {
    matches!(origin, Origin::Tool | Origin::Retrieved)
}

/// Reads what `evaluate-guard DATA --rows FILE` wrote.
pub(super) fn read(file: &Path) -> Result<Vec<Labelled>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let lines = text.lines().enumerate();
    let rows = lines.map(|(at, line)| row(line).ok_or_else(|| format!("line {} is no labelled row", at + 1)));
    rows.filter_map(Result::transpose).collect()
}

/// One row; nothing inside if it says nothing that is learned.
fn row(line: &str) -> Option<Option<Labelled>> {
    let line: Value = serde_json::from_str(line).ok()?;
    let word = |name: &str| line[name].as_str();
    let (set, is_positive) = (word("set")?, line["positive"].as_bool()?);
    let is_document = matches!(word("origin")?, "tool" | "retrieved");
    let group = word("group").unwrap_or_default();
    let mut truth = [None; HEADS];
    match set {
        "cold" | "cold train" => {
            truth[Head::Toxicity.column()] = Some(is_positive);
            // What people say about each other is not addressed to a model.
            truth[Head::DocumentAttack.column()] = Some(false);
        }
        "olid" | "decodingtrust" | "realtoxicityprompts" => truth[Head::Toxicity.column()] = Some(is_positive),
        "sghatecheck" => {
            truth[Head::Hate.column()] = Some(is_positive);
            truth[Head::Toxicity.column()] = Some(is_positive);
        }
        "advbench" | "tdc 2023" | "harmful instructions" | "malicious instruct" => {
            truth[Head::NonViolentCrimes.column()] = Some(true);
        }
        "code interpreter abuse" => truth[Head::CodeInterpreterAbuse.column()] = Some(true),
        _ if GROUPED.contains(&set) => {
            if !is_positive {
                truth[Head::Toxicity.column()..].fill(Some(false));
            } else if let Some((_, head)) = GROUPS.iter().find(|(name, _)| *name == group) {
                truth[head.column()] = Some(true);
            }
        }
        "past and future" | "navirocker translated" => {}
        _ => {
            set_attack(&mut truth, is_positive, is_document);
            if !is_positive && !is_document {
                truth[Head::Toxicity.column()..].fill(Some(false));
            }
        }
    }
    if truth.iter().all(Option::is_none) {
        return Some(None);
    }
    Some(Some(Labelled {
        text: views::fold(without_question(set, word("text")?)),
        payload: word("payload").map(views::fold),
        source: set.to_owned(),
        language: word("language")?.to_owned(),
        is_document,
        truth,
        may_be_learned: line["learned"].as_bool()? && !(set.starts_with("bipia") && QUESTIONS.contains(&group)),
    }))
}

/// Some documents are written down together with the question that they were fetched for. It is the user's, and would be
/// learned for an attack.
fn without_question<'t>(set: &str, text: &'t str) -> &'t str {
    if !set.starts_with("cyberseceval indirect") {
        return text;
    }
    let after = text.split_once(['?', '？', '؟', '\n']).map(|(_, after)| after.trim_start());
    after.filter(|after| !after.is_empty()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks which heads a line knows, as `name` or `!name`.
    #[track_caller]
    fn check(set: &str, origin: &str, group: &str, positive: bool, expected: &str) {
        let line = serde_json::json!({
            "set": set, "origin": origin, "group": group, "positive": positive, "learned": true, "language": "en",
            "text": "Some Text",
        });
        let row = row(&line.to_string()).expect("a row");
        let known: Vec<String> = row.map_or_else(Vec::new, |row| {
            assert_eq!(row.text, "some text");
            let heads = Head::all().filter_map(|head| Some((head, row.is(head)?)));
            heads.map(|(head, is)| format!("{}{}", if is { "" } else { "!" }, head.name())).collect()
        });
        assert_eq!(known.join(" "), expected, "{set}");
    }

    #[test]
    fn a_row_answers_what_its_set_is_about() {
        check("giskard", "user", "", true, "request-attack document-attack");
        check("bipia e-mails", "retrieved", "", true, "document-attack");
        check("bipia e-mails", "retrieved", "", false, "!request-attack !document-attack");
        check("cold", "user", "race", true, "!document-attack toxicity");
        check("ailuminate", "user", "iwp", true, "indiscriminate-weapons");
        check("advbench", "user", "", true, "non-violent-crimes");
        check("past and future", "user", "", true, "");
        check("navirocker", "user", "manipulation", true, "");
    }

    #[test]
    fn a_question_goes_from_before_its_document() {
        let check = |set: &str, text: &str, expected: &str| assert_eq!(without_question(set, text), expected);
        check("cyberseceval indirect", "What is it? It is blue.", "It is blue.");
        check("cyberseceval indirect translated", "何ですか？青です。", "青です。");
        check("cyberseceval indirect", "Sum up this page", "Sum up this page");
        check("bipia e-mails", "What is it? It is blue.", "What is it? It is blue.");
    }

    #[test]
    fn a_harmless_request_is_a_case_of_nothing() {
        let line = r#"{"set":"personas","origin":"user","group":null,"positive":false,"learned":true,"language":"en","text":"a"}"#;
        let row = row(line).expect("a row").expect("labels");
        assert!(row.is_harmless());
        assert_eq!(row.truth.iter().filter(|truth| truth.is_some()).count(), HEADS - 1);
        assert!(super::row("{}").is_none() && super::row("no").is_none());
    }
}
