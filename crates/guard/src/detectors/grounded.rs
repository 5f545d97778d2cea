//! Answers that say what the documents they were given do not.
//!
//! A check of words, not of meaning: how much of what a sentence says stands together somewhere in what was retrieved,
//! the rarer words counting for more; and whether its numbers and names stand there at all. It finds an answer that
//! comes from elsewhere. A sentence that uses the right words to say the wrong thing it finds only where a number, a
//! name or a negation shows it.

mod index;

use std::ops::Range;
use std::sync::OnceLock;

use redoubt_domain::exchange::{Direction, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use self::index::Index;
use super::sentences::{Word, sentences, words};
use super::{Background, ConversationRow, Parameters};

/// The row of the table.
pub(super) static ROW: ConversationRow = ConversationRow {
    id: ID,
    summary: SUMMARY,
    labels: LABELS,
    needs_whole: true,
    build: |_: &Parameters, background: &Background| {
        let sources = Sources::of(background)?;
        Some(Box::new(Grounded { spec: spec(), sources, grounding: OnceLock::new() }))
    },
};

const ID: &str = "groundedness";
const SUMMARY: &str = "Sentences of an answer that nothing in the retrieved documents and tool results supports";
const LABEL: &str = "UNGROUNDED";
const LABELS: &[&str] = &[LABEL];

/// Documents longer than this together are not read for it: what they do not say takes too long to know.
const SOURCE_BYTES_MAX: usize = 4 << 20;
/// A sentence with less support is told.
const SUPPORT_MIN: f32 = 0.5;

/// A text that an answer may rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which segment of the request it is.
    pub segment: usize,
    /// What it says.
    pub text: String,
}

/// How well one sentence of an answer is supported.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// The sentence, in bytes of the answer.
    pub sentence: Range<usize>,
    /// How much of it stands in the documents, 0 to 1.
    pub score: f32,
    /// What lacks support most, for the record.
    pub lack: Option<Lack>,
    /// The passage that supports it best: the segment of the request, and bytes of its text.
    pub passage: Option<(usize, Range<usize>)>,
}

/// What speaks against a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Its words do not stand together in any document.
    Words,
    /// A number that no document has.
    Number,
    /// A name that no document has.
    Name,
    /// It denies what the passage says, or says what the passage denies.
    Negation,
}

impl Lack {
    const fn rule(self) -> &'static str {
        match self {
            Self::Words => "unsupported",
            Self::Number => "unsupported-number",
            Self::Name => "unsupported-name",
            Self::Negation => "contradicted",
        }
    }
}

/// Documents, ready to be compared with answers.
pub struct Grounding {
    index: Index,
}

impl Grounding {
    /// Reads documents, and what was asked: what the question says itself needs no support.
    pub fn new(sources: &[Source], asked: &[String]) -> Self {
        Self { index: Index::new(sources, asked) }
    }

    /// Every sentence of an answer that claims something, with the passage that supports it best.
    pub fn judge(&self, answer: &str) -> Vec<Support> {
        let mut all = Vec::new();
        let mut is_code = false;
        for span in sentences(answer) {
            let sentence = answer.get(span.clone()).unwrap_or_default();
            if sentence.starts_with("```") {
                is_code = !is_code;
                continue;
            }
            let said = words(answer, span.clone());
            if !is_code && is_claim(sentence, &said) {
                all.extend(self.index.support(span, &said));
            }
        }
        all
    }
}

/// Whether a sentence says something about the world rather than to the reader.
fn is_claim(sentence: &str, said: &[Word<'_>]) -> bool {
    const TO_THE_READER: &[&str] = &[
        "i",
        "i'm",
        "i'll",
        "i've",
        "i'd",
        "let",
        "please",
        "feel",
        "hope",
        "sure",
        "certainly",
        "thanks",
        "thank",
        "here",
        "hello",
        "hi",
        "sorry",
        "unfortunately",
        "would",
        "you",
        "ich",
        "bitte",
        "gerne",
        "leider",
        "hier",
        "je",
        "voici",
        "désolé",
        "lo",
        "aquí",
        "por",
        "ecco",
        "mi",
        "spiacente",
        "desculpe",
        "aqui",
    ];
    const OF_WHAT_IS_MISSING: &[&str] = &[
        "not mention",
        "n't mention",
        "not provide",
        "n't provide",
        "not specif",
        "n't specif",
        "no information",
        "not include",
        "n't include",
        "not contain",
        "n't contain",
        "not state",
        "not say",
        "n't say",
        "not available",
        "no mention",
        "not clear",
        "unclear",
        "keine angabe",
        "nicht erwähnt",
        "keine information",
        "nicht angegeben",
        "pas mention",
        "aucune information",
        "ne précise pas",
        "no menciona",
        "no se menciona",
        "no hay información",
        "non menziona",
        "nessuna informazione",
        "não menciona",
        "не указан",
        "не упомина",
        "нет информации",
        "没有提到",
        "未提及",
        "没有提供",
        "没有说明",
        "記載",
        "لا يذكر",
    ];
    let first = said.first().map(|word| word.text.to_lowercase().replace('\u{2019}', "'")).unwrap_or_default();
    let lower = sentence.to_lowercase().replace('\u{2019}', "'");
    !sentence.ends_with(['?', '？', ':', '：', '؟'])
        && !TO_THE_READER.contains(&first.as_str())
        && !OF_WHAT_IS_MISSING.iter().any(|phrase| lower.contains(phrase))
}

struct Sources {
    texts: Vec<Source>,
    asked: Vec<String>,
}

impl Sources {
    /// What there is to compare with, if anything was retrieved.
    fn of(background: &Background) -> Option<Self> {
        let bytes: usize = background.sources.iter().map(|source| source.text.len()).sum();
        let is_readable = bytes > 0 && bytes <= SOURCE_BYTES_MAX;
        if !is_readable {
            return None;
        }
        let mut texts = background.sources.clone();
        // What the operator says is so needs no other support.
        let told = background.system_prompts.iter();
        texts.extend(told.map(|text| Source { segment: usize::MAX, text: text.clone() }));
        Some(Self { texts, asked: background.asked.clone() })
    }
}

struct Grounded {
    spec: Spec,
    sources: Sources,
    /// Made when the first answer comes: a request that is refused upstream never needs it.
    grounding: OnceLock<Grounding>,
}

impl Grounded {
    fn judge(&self, answer: &str) -> Vec<Support> {
        let grounding = self.grounding.get_or_init(|| Grounding::new(&self.sources.texts, &self.sources.asked));
        grounding.judge(answer)
    }
}

fn spec() -> Spec {
    Spec {
        id: ID,
        summary: SUMMARY,
        labels: LABELS,
        trigger: Trigger::Always,
        // What a sentence refers to may stand anywhere in the answer, and part of a sentence says something else.
        span_max: usize::MAX,
        positives: &[],
        near_misses: &[],
    }
}

impl Detector for Grounded {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        if !is_answer(window) {
            return;
        }
        let unsupported = self.judge(window.text).into_iter().filter(|support| support.score < SUPPORT_MIN);
        found.extend(unsupported.map(|support| Match {
            span: support.sentence,
            label: Label::new(LABEL),
            rule: support.lack.map(Lack::rule),
            score: (1.0 - support.score).clamp(0.0, 1.0),
            severity: Severity::Low,
        }));
    }

    /// The passage that comes nearest to saying it.
    fn detail(&self, window: &Window<'_>, found: &Match) -> Option<String> {
        let sentence = window.text.get(found.span.clone())?;
        let said = words(sentence, 0..sentence.len());
        let (segment, span) = self.grounding.get()?.index.support(0..sentence.len(), &said)?.passage?;
        let whose = if segment == usize::MAX { "the system prompt".to_owned() } else { format!("segment {segment}") };
        Some(format!("nearest: bytes {}..{} of {whose}", span.start, span.end))
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        if is_answer(window) { 0 } else { window.text.len() }
    }
}

fn is_answer(window: &Window<'_>) -> bool {
    window.direction == Direction::Output && window.kind == SegmentKind::Content && window.depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "The Harbour Lighthouse was built in 1887 by the engineer Ada Thornbury. It stands 41 metres \
        tall and was automated in 1994. The lighthouse is not open to visitors in winter. Its lamp can be seen from a \
        distance of 22 nautical miles. The keeper's cottage beside it now houses a small museum of navigation.";

    fn grounding() -> Grounding {
        let sources = [Source { segment: 3, text: DOCUMENT.to_owned() }];
        Grounding::new(&sources, &["Tell me about the lighthouse, please. Is Ms Quill the keeper?".to_owned()])
    }

    #[track_caller]
    fn check(answer: &str, expected: Option<Option<Lack>>) {
        let found = grounding().judge(answer);
        assert!(found.len() <= 1, "{found:?}");
        let lack = found.first().map(|support| support.lack.filter(|_| support.score < SUPPORT_MIN));
        assert_eq!(lack, expected, "{answer:?}: {found:?}");
    }

    #[test]
    fn what_the_document_says_is_supported() {
        for answer in [
            "The lighthouse was built in 1887 by Ada Thornbury.",
            "Ada Thornbury built it in 1887, and it was automated in 1994.",
            "It is 41 metres tall, and its lamp is visible from 22 nautical miles.",
            "The keeper's cottage houses a museum of navigation.",
            "In winter the lighthouse isn't open to visitors.",
            "**Height:** the tower stands 41 metres tall.",
        ] {
            check(answer, Some(None));
        }
    }

    #[test]
    fn what_it_does_not_say_is_not() {
        for (answer, lack) in [
            ("The lighthouse was built in 1902 by Ada Thornbury.", Lack::Number),
            ("The lighthouse was built in 1887 by the engineer Robert Stevenson.", Lack::Name),
            ("The lighthouse is open to visitors in winter.", Lack::Negation),
            ("Its foghorn warned fishing boats about dangerous rocks during storms.", Lack::Words),
            ("The island's population lives from tourism, farming and weaving wool.", Lack::Words),
        ] {
            check(answer, Some(Some(lack)));
        }
    }

    #[test]
    fn what_claims_nothing_is_not_judged() {
        for answer in [
            "Sure!",
            "Is there anything else you would like to know about dangerous foghorns?",
            "I hope this answers your question about the history of foghorns.",
            "The document does not mention who painted the tower white.",
            "Yes, exactly.",
            "```\nlet foghorn = Dangerous::rocks(during, storms, and, winds);\n```",
        ] {
            assert_eq!(grounding().judge(answer), [], "{answer:?}");
        }
    }

    #[test]
    fn support_says_where() {
        let found = grounding().judge("The cottage houses a small museum. Its lamp is seen from 22 nautical miles.");
        let passages: Vec<_> = found.iter().map(|support| support.passage.clone().unwrap()).collect();
        assert_eq!(passages.len(), 2);
        for ((segment, span), begin) in passages.into_iter().zip(["The keeper's cottage", "Its lamp can be"]) {
            assert_eq!(segment, 3);
            assert!(DOCUMENT[span.clone()].starts_with(begin), "{}", &DOCUMENT[span]);
        }
    }

    #[test]
    fn scripts_without_spaces_are_compared_too() {
        let sources = [Source {
            segment: 0, text: "港口灯塔建于1887年，由工程师李明设计，高四十一米。".to_owned()
        }];
        let grounding = Grounding::new(&sources, &[]);
        assert!(grounding.judge("灯塔由工程师李明设计，建于1887年。")[0].score >= SUPPORT_MIN);
        assert!(grounding.judge("灯塔由工程师李明设计，建于1903年。")[0].score < SUPPORT_MIN);
        assert!(grounding.judge("岛上的居民主要依靠旅游业和渔业为生。")[0].score < SUPPORT_MIN);
    }

    #[test]
    fn nothing_retrieved_is_no_detector() {
        let build = |background: &Background| (ROW.build)(&Parameters::default(), background).is_some();
        let told = Background { system_prompts: vec![DOCUMENT.to_owned()], ..Background::default() };
        assert!(!build(&told));
        let source = Source { segment: 1, text: DOCUMENT.to_owned() };
        assert!(build(&Background { sources: vec![source.clone()], ..told.clone() }));
        let long = Source { text: DOCUMENT.repeat(20_000), ..source };
        assert!(!build(&Background { sources: vec![long], ..told }));
    }

    #[test]
    fn hostile_documents_and_answers_cost_what_they_weigh() {
        let sources = [Source { segment: 0, text: "Tall tower. ".repeat(80_000) }];
        let grounding = Grounding::new(&sources, &[]);
        let found = grounding.judge(&"Tall tower stands tall tower leans. ".repeat(20_000));
        assert_eq!(found.len(), 20_000);
    }
}
