//! A policy from configuration.

use std::collections::BTreeSet;

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_domain::settings::{Table, nearest};

use super::rule::{IRREPARABLE, Rule, StreamPolicy, Verb};
use super::{Policy, Profile};
use crate::detectors::{self, Parameters, SizeBounds, recognizers};
use crate::second_opinion::SecondOpinion;
use crate::transforms;

impl Policy {
    /// Reads a policy. Labels, detectors and transforms that do not exist are refused with the nearest one.
    pub fn read(table: &mut Table<'_>) -> Self {
        let profile = table.choose(
            "profile",
            "the profile to start from",
            &Profile::ALL,
            Profile::Default,
            Profile::Default.name(),
        );
        let base = Self::profile(profile);
        let without: Vec<String> = table.or("without", "names of the profile's rules to leave out", Vec::new());
        let known: Vec<&str> = base.rules.iter().map(|rule| rule.name.as_str()).collect();
        for name in &without {
            if !known.contains(&name.as_str()) {
                let suggestion = nearest(name, known.iter().copied()).map(str::to_owned);
                let reason = format!("the profile `{}` has no rule `{name}`", profile.name());
                table.refuse_with("without", reason, suggestion);
            }
        }
        let recognizers::Read { recognizers, labels } = recognizers::read(table);
        let vocabulary = Vocabulary::new(labels);
        let rules =
            table.tables("rules", "rules beside or instead of the profile's", |table| read_rule(table, &vocabulary));
        let parameters = Parameters {
            banned_words: table.or("banned_words", "words and phrases that must not occur", Vec::new()),
            allowed: table.or("allow", "values of persons and firms that may stand as they are", Vec::new()),
            canaries: table.or("canaries", "texts planted so that a leak of them shows", Vec::new()),
            link_hosts: table.or("link_hosts", "hosts to which links and images of an answer may point", Vec::new()),
            recognizers,
            sizes: SizeBounds {
                text_bytes_max: table.get("text_bytes_max", "the most bytes of one text"),
                text_tokens_max: table.get("text_tokens_max", "the most estimated tokens of one text"),
            },
            second_opinion: table.table_if(
                "second_opinion",
                "when the model of `[transformer]` is asked beside the classifier; never, if left out",
                SecondOpinion::read,
            ),
            ..Parameters::default()
        };
        if parameters.allowed.iter().any(|value| value.trim().is_empty()) {
            table.refuse("allow", "an empty text is no value");
        }
        for (key, words) in [("banned_words", &parameters.banned_words), ("canaries", &parameters.canaries)] {
            if words.iter().any(|word| word.trim().is_empty()) {
                table.refuse(key, "an empty text would be found everywhere");
            }
        }
        let mut policy = base.with_rules(rules).with_parameters(parameters);
        policy.rules.retain(|rule| !without.contains(&rule.name));
        policy
    }
}

/// The words that rules may use.
struct Vocabulary {
    labels: Vec<(&'static str, &'static str)>,
    /// Labels that this policy describes itself.
    own: Vec<(&'static str, &'static str)>,
    detectors: Vec<(&'static str, &'static str)>,
    transforms: Vec<(&'static str, &'static str)>,
}

impl Vocabulary {
    fn new(own: Vec<&'static str>) -> Self {
        let labels = detectors::labels();
        let own: BTreeSet<&'static str> = own.into_iter().collect();
        Self {
            own: own.difference(&labels).map(|label| (*label, *label)).collect(),
            labels: labels.into_iter().map(|label| (label, label)).collect(),
            detectors: detectors::kinds().into_iter().map(|kind| (kind.id, kind.id)).collect(),
            transforms: transforms::TABLE.iter().map(|row| (row.id, row.id)).collect(),
        }
    }
}

fn read_rule(table: &mut Table<'_>, vocabulary: &Vocabulary) -> Rule {
    const VERBS: [(&str, Verb); 4] = [
        ("observe", Verb::Observe),
        ("transform", Verb::Transform("redact")),
        ("hold", Verb::Hold),
        ("block", Verb::Block),
    ];
    let directions = [("input", Direction::Input), ("output", Direction::Output)];
    let origins = Origin::ALL.map(|origin| (origin.name(), origin));
    let name = table.require("name", "the name of the rule in records", String::from("rule"));
    let labels = table.choose_many_or_own(
        "labels",
        "the labels it speaks of; all if left out",
        &vocabulary.labels,
        &vocabulary.own,
        recognizers::LABEL_PATTERN,
    );
    let detectors = table.choose_many(
        "detectors",
        "the detectors it speaks of; all if left out",
        &vocabulary.detectors,
        Vec::new(),
    );
    let directions = table.choose_many("directions", "the ways it watches; both if left out", &directions, Vec::new());
    let origins = table.choose_many("origins", "whose text it watches; everyone's if left out", &origins, Vec::new());
    let score_min = table.or("score_min", "the least score, from 0 to 1", 0.5);
    if !(0.0..=1.0).contains(&score_min) {
        table.refuse("score_min", format!("expected a score from 0 to 1, found {score_min}"));
    }
    let mut verb = table.choose("action", "what to do", &VERBS, Verb::Observe, "observe");
    let has_transform = table.has("transform");
    let transform = table.choose("transform", "how to change the text", &vocabulary.transforms, "redact", "redact");
    match verb {
        Verb::Transform(_) => verb = Verb::Transform(transform),
        Verb::Observe | Verb::Hold | Verb::Block if has_transform => {
            table.refuse("transform", format!("a rule that says `{}` does not change the text", verb.name()));
        }
        Verb::Observe | Verb::Hold | Verb::Block => {}
    }
    if let Verb::Transform(id) = verb
        && transforms::restores(id)
        && !directions.is_empty()
        && !directions.contains(&Direction::Input)
    {
        let other = if id == transforms::SURROGATE { transforms::SURROGATE_ONE_WAY } else { "replace" };
        let reason = format!(
            "`{id}` puts the values of a request back into its answer, and an answer's own have nowhere to go back to; \
             use `{other}`"
        );
        table.refuse("transform", reason);
    }
    let stream = table.choose(
        "stream",
        "how the rule is kept while an answer streams",
        &StreamPolicy::ALL,
        StreamPolicy::HoldWindow,
        StreamPolicy::HoldWindow.name(),
    );
    #[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits")]
    let score_min = score_min as f32;
    let rule = Rule { name, labels, detectors, directions, origins, score_min, verb, stream };
    if verb == Verb::Transform(transforms::REPAIR) && !rule.is_about_what_can_be_repaired() {
        table.refuse("transform", IRREPARABLE);
    }
    rule
}
