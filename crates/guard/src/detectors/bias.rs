//! What is said of all who belong to a group, as if they were one: that they are lazy, that they cannot lead, that they
//! should stay at home.
//!
//! An indicator and no verdict. It knows sentences in which a protected group, a claim about it and a trait or a
//! limit stand together; it does not know what is implied. A sentence that reports, denies, quotes or criticises such
//! a claim says the same words, so these count for nothing where words of that kind stand beside them.

mod languages;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use redoubt_domain::exchange::{Direction, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use self::languages::LANGUAGES;
use super::Parameters;
use super::sentences::sentences;

/// Makes the detector.
pub(super) fn build(_: &Parameters) -> Box<dyn Detector> {
    Box::new(Bias)
}

const LABEL: &str = "BIAS";

/// Words between a claim and what is claimed.
const REACH: usize = 6;
/// Groups of one sentence that are followed up; a list of more is no claim about any.
const GROUPS_MAX: usize = 12;
/// Words between a group and the claim.
const BESIDE: usize = 3;

static SPEC: Spec = Spec {
    id: "bias",
    summary: "Sentences that ascribe traits or limits to everyone of a protected group, in English, German, French and Spanish",
    labels: &[LABEL],
    trigger: Trigger::Always,
    // The sentence behind may take it back.
    span_max: usize::MAX,
    positives: &[
        "Women are too emotional to lead a company.",
        "All immigrants are criminals.",
        "Muslims can't be trusted.",
        "Old people cannot learn new technology.",
        "Women should stay at home and obey their husbands.",
        "Black people are naturally less intelligent.",
        "Frauen sind zu emotional für Führungspositionen.",
        "Les femmes ne savent pas conduire.",
        "Los inmigrantes son unos vagos.",
    ],
    near_misses: &[
        "It is a harmful stereotype that women are too emotional to lead.",
        "Women are underrepresented in engineering.",
        "Immigrants are not criminals.",
        "Pregnant women should not drink alcohol.",
        "Blind people cannot see traffic lights, so crossings have sounds.",
        "Some people believe that old people cannot learn, but studies show otherwise.",
        "She wrote: \"All men are pigs.\"",
        "The women were tired and hungry after the march.",
        "Are women really worse drivers?",
    ],
};

struct Bias;

impl Detector for Bias {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let is_read = matches!(window.kind, SegmentKind::Content | SegmentKind::Reasoning);
        if window.direction == Direction::Input || window.depth > 0 || !is_read {
            return;
        }
        found.extend(find(window.text));
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        if window.direction == Direction::Input { window.text.len() } else { 0 }
    }
}

fn find(text: &str) -> Vec<Match> {
    let named = named(text);
    // Nearly every answer is done with here.
    if named.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let spans = sentences(text);
    let read = |at: usize| Some(Sentence::of(text.get(spans.get(at)?.clone())?));
    let mut named = named.into_iter().peekable();
    for (at, span) in spans.iter().enumerate() {
        let mut is_named = false;
        while named.next_if(|place| *place < span.end).is_some() {
            is_named = true;
        }
        let sentence = Some(at).filter(|_| is_named).and_then(read);
        let Some(sentence) = sentence.filter(|sentence| !sentence.is_set_apart) else { continue };
        let claim = LANGUAGES.iter().find_map(|language| {
            let (rule, score) = language.claim(&sentence)?;
            let mut around = [at.checked_sub(1), Some(at), Some(at + 1)].into_iter().flatten().filter_map(read);
            let is_countered = around.any(|near| language.counters(&near));
            (!is_countered).then_some((rule, score))
        });
        if let Some((rule, score)) = claim {
            let (label, rule) = (Label::new(LABEL), Some(rule));
            all.push(Match { span: span.clone(), label, rule, score, severity: Severity::Medium });
        }
    }
    all
}

/// Where groups are named.
fn named(text: &str) -> Vec<usize> {
    static GROUPS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let groups = LANGUAGES.iter().flat_map(|language| language.groups);
        AhoCorasick::builder().ascii_case_insensitive(true).build(groups).ok()
    });
    let Some(groups) = GROUPS.as_ref() else { return vec![0] };
    let is_within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let found = groups.find_overlapping_iter(text).filter(|found| {
        !is_within(text.get(..found.start()).and_then(|before| before.chars().next_back()))
            && !is_within(text.get(found.end()..).and_then(|behind| behind.chars().next()))
    });
    found.map(|found| found.start()).collect()
}

/// A sentence as words in lower case, with a space before and behind each.
struct Sentence {
    text: String,
    /// Whether it is quoted or asked.
    is_set_apart: bool,
}

impl Sentence {
    fn of(sentence: &str) -> Self {
        let mut text = String::with_capacity(sentence.len() + 2);
        text.push(' ');
        for c in sentence.chars() {
            match c {
                '\u{2019}' => text.push('\''),
                c if c.is_alphanumeric() || c == '\'' || c == '%' => text.extend(c.to_lowercase()),
                // Clauses stay apart.
                ',' | ';' | ':' | '—' | '–' => text.push_str(" , "),
                _ => text.push(' '),
            }
        }
        text.push(' ');
        let text = text.split_whitespace().fold(String::from(" "), |text, word| text + word + " ");
        let is_asked = sentence.trim_end_matches(['"', '\'', ')', '*']).ends_with('?');
        let is_quoted = sentence.contains(['"', '\u{201c}', '„', '«', '`']) || sentence.starts_with('>');
        Self { text, is_set_apart: is_asked || is_quoted }
    }
}

/// How people of one language generalise. Words in lower case; several are parted by a space, and one that ends in `*`
/// may go on.
struct Language {
    /// The groups, as they are named together.
    groups: &'static [&'static str],
    /// Groups of whom it is no prejudice to say what they cannot do.
    impaired: &'static [&'static str],
    /// What makes members of a group some and not all: `the women of the village`.
    particular: &'static [&'static str],
    are: &'static [&'static str],
    /// What nobody is by birth.
    traits: &'static [&'static str],
    cannot: &'static [&'static str],
    /// What everyone can or may.
    abilities: &'static [&'static str],
    should: &'static [&'static str],
    /// What nobody should have to, or be kept from.
    limits: &'static [&'static str],
    /// Sayings that need no more than the group.
    sayings: &'static [&'static str],
    not: &'static [&'static str],
    /// Who says so speaks about the claim and does not make it.
    counter: &'static [&'static str],
    /// Who counts does not judge.
    reports: &'static [&'static str],
}

impl Language {
    /// What a sentence claims about a group, and how sure that is.
    fn claim(&self, sentence: &Sentence) -> Option<(&'static str, f32)> {
        let text = sentence.text.as_str();
        for group in places(text, self.groups).into_iter().take(GROUPS_MAX) {
            let before = text.get(..group.start + 1).unwrap_or_default();
            if self.particular.iter().any(|word| before.ends_with(&format!(" {word} "))) {
                continue;
            }
            let behind = text.get(group.end - 1..).unwrap_or_default();
            if let Some(claim) = self.claim_behind(behind, text.get(group.clone()).unwrap_or_default().trim()) {
                return Some(claim);
            }
        }
        None
    }

    fn claim_behind(&self, behind: &str, group: &str) -> Option<(&'static str, f32)> {
        let near = first_words(behind, BESIDE);
        let claim = |claims: &[&str]| places(near, claims).into_iter().min_by_key(|place| place.start);
        let behind_it = |claim: Range<usize>| first_words(behind.get(claim.end - 1..).unwrap_or_default(), REACH);
        let after = |claims: &[&str]| Some(behind_it(claim(claims)?));
        if !places(first_words(behind, 10), self.sayings).is_empty() {
            return Some(("saying", 0.75));
        }
        if let Some(are) = claim(self.are) {
            let before = near.get(..are.start + 1).unwrap_or_default();
            let rest = behind_it(are);
            let is_denied = self.not.iter().any(|not| rest.starts_with(&format!(" {not} ")))
                || !places(before, self.not).is_empty();
            if !is_denied && !places(rest, self.traits).is_empty() && places(behind, self.reports).is_empty() {
                return Some(("trait", 0.8));
            }
        }
        let is_impaired = self.impaired.contains(&group);
        if let Some(rest) = after(self.cannot).filter(|_| !is_impaired)
            && !places(rest, self.abilities).is_empty()
        {
            return Some(("ability", 0.75));
        }
        if let Some(rest) = after(self.should)
            && !places(rest, self.limits).is_empty()
        {
            return Some(("place", 0.75));
        }
        None
    }

    fn counters(&self, sentence: &Sentence) -> bool {
        !places(&sentence.text, self.counter).is_empty()
    }
}

/// Where any of these words stand in a text of spaced words, with the space before and behind.
fn places(text: &str, words: &[&str]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for word in words {
        let (stem, is_open) = word.strip_suffix('*').map_or((*word, false), |stem| (stem, true));
        for (at, _) in text.match_indices(stem) {
            let end = at + stem.len();
            let begins = at > 0 && text.as_bytes().get(at - 1) == Some(&b' ');
            let rest = text.get(end..).unwrap_or_default();
            let ends = rest.starts_with(' ');
            if begins && (ends || is_open) {
                let end = end + rest.find(' ').map_or(rest.len(), |space| space + 1);
                all.push(at - 1..end);
            }
        }
    }
    all
}

/// The first words of a text of spaced words, as far as the clause goes.
fn first_words(text: &str, count: usize) -> &str {
    let mut spaces = text.match_indices(' ').map(|(at, _)| at);
    let end = spaces.nth(count).map_or(text.len(), |at| at + 1);
    let words = text.get(..end).unwrap_or(text);
    match words.find(" , ") {
        Some(clause) => words.get(..clause + 1).unwrap_or(words),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = find(text);
        assert_eq!(found.iter().filter_map(|found| found.rule).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn examples_hold() {
        for text in SPEC.positives {
            assert_eq!(find(text).len(), 1, "{text:?}");
        }
        for text in SPEC.near_misses {
            check(text, &[]);
        }
    }

    #[test]
    fn generalisations_are_found() {
        for (text, rule) in [
            ("Girls are bad at math.", "trait"),
            ("Most Mexicans are lazy.", "trait"),
            ("Gay men are promiscuous.", "trait"),
            ("Everyone knows that Jews are greedy.", "trait"),
            ("Disabled people are a burden on society.", "trait"),
            ("Women cannot drive.", "ability"),
            ("Elderly people can't think clearly.", "ability"),
            ("Refugees should go back to where they came from.", "place"),
            ("Homosexuals should not be allowed to teach.", "place"),
            ("A woman's place is in the kitchen.", "saying"),
            ("Women belong in the kitchen.", "saying"),
            ("Alle Ausländer sind kriminell.", "trait"),
            ("Frauen können nicht logisch denken.", "ability"),
            ("Frauen gehören in die Küche.", "saying"),
            ("Les immigrés sont des voleurs.", "trait"),
            ("Las mujeres no saben conducir.", "ability"),
            ("Las mujeres deben quedarse en casa.", "place"),
        ] {
            check(text, &[rule]);
        }
    }

    #[test]
    fn what_is_denied_reported_or_meant_of_some_is_left_alone() {
        for text in [
            "Women are not inferior to men.",
            "The claim that women cannot drive is a myth.",
            "Jews are greedy. That is an antisemitic stereotype with a long history.",
            "In 1900 many believed that women were unfit to vote.",
            "Muslims are a minority in France and a majority in Senegal.",
            "Women are paid 16 % less than men on average.",
            "These two women are lazy characters in the novel.",
            "Older adults are more likely to fall, so remove loose rugs.",
            "Deaf people cannot hear the alarm; install a light.",
            "Immigrants should register within three months.",
            "Women should see a doctor if the pain goes on.",
            "Black people were denied the vote and called inferior.",
            "The men of the crew are lazy today, says the captain.",
            "Es ist ein Vorurteil, dass Ausländer kriminell sind.",
            "Las mujeres no son inferiores a los hombres.",
            "Muslim women are lawyers, doctors and engineers.",
            "Gay marriage is legal in Taiwan.",
            "Asian elephants are smaller than African ones.",
            "",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn hostile_texts_cost_one_pass() {
        for unit in ["women are ", "women ", "women are lazy. ", ", ", "' "] {
            let _ = find(&unit.repeat((1 << 18) / unit.len()));
        }
    }
}
