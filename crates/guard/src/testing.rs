//! Small detectors and exchanges with which the machinery is tested apart from the product's detectors.

use std::sync::Arc;

use bytes::Bytes;
use redoubt_domain::exchange::{
    Closes, Direction, Encoding, Exchange, Frame, Lane, Origin, Segment, SegmentKind, SegmentMode, Surface,
};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::ids::{ModelName, RequestId, TenantId};
use redoubt_domain::limits::Limits;
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};
use redoubt_domain::secret::Secret;
use redoubt_domain::time::Timestamp;

use crate::detectors::Row;
use crate::policy::{Policy, Profile, Rule, StreamPolicy, Verb};
use crate::{Engine, Outcome, Scope};

/// Words around an `@`, eight digits in a row, and one phrase.
pub(crate) static TABLE: &[Row] = &[
    Row { id: "toy_address", build: |_| Box::new(Address) },
    Row { id: "toy_number", build: |_| Box::new(Number) },
    Row { id: "toy_phrase", build: |_| Box::new(Phrase) },
];

static ADDRESS: Spec = spec("toy_address", &["EMAIL_ADDRESS"], Trigger::Literals(&["@"]));
static NUMBER: Spec = spec("toy_number", &["CREDIT_CARD"], Trigger::Digits(8));
static PHRASE: Spec = spec("toy_phrase", &["PROMPT_INJECTION"], Trigger::Phrases(&["open sesame"]));

const fn spec(id: &'static str, labels: &'static [&'static str], trigger: Trigger) -> Spec {
    Spec { id, summary: "for tests", labels, trigger, span_max: 64, positives: &[], near_misses: &[] }
}

fn found(span: std::ops::Range<usize>, label: &'static str) -> Match {
    Match { span, label: Label::new(label), rule: None, score: 0.9, severity: Severity::High }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.'
}

struct Address;

impl Detector for Address {
    fn spec(&self) -> &Spec {
        &ADDRESS
    }

    fn detect(&self, window: &Window<'_>, all: &mut Vec<Match>) {
        let bytes = window.text.as_bytes();
        for hit in window.hits {
            let before = bytes[..hit.start].iter().rev().take(20).take_while(|b| is_word(**b)).count();
            let mut after = bytes[hit.end..].iter().take(20).take_while(|b| is_word(**b)).count();
            after -= bytes[hit.end..hit.end + after].iter().rev().take_while(|b| **b == b'.').count();
            if before > 0 && after > 0 {
                all.push(found(hit.start - before..hit.end + after, "EMAIL_ADDRESS"));
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let bytes = window.text.as_bytes();
        let tail = bytes.iter().rev().take(41).take_while(|b| is_word(**b) || **b == b'@').count();
        bytes.len() - tail
    }
}

struct Number;

impl Detector for Number {
    fn spec(&self) -> &Spec {
        &NUMBER
    }

    fn detect(&self, window: &Window<'_>, all: &mut Vec<Match>) {
        let runs = window.runs.iter().filter(|run| run.digits.len() == 8);
        all.extend(runs.map(|run| found(run.span.clone(), "CREDIT_CARD")));
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let bytes = window.text.as_bytes();
        let tail = bytes.iter().rev().take_while(|b| b.is_ascii_digit() || b" -./()[]".contains(b)).count();
        let first = bytes[bytes.len() - tail..].iter().position(u8::is_ascii_digit);
        first.map_or(bytes.len(), |first| bytes.len() - tail + first)
    }
}

struct Phrase;

impl Detector for Phrase {
    fn spec(&self) -> &Spec {
        &PHRASE
    }

    fn detect(&self, window: &Window<'_>, all: &mut Vec<Match>) {
        all.extend(window.hits.iter().map(|hit| found(hit.start..hit.end, "PROMPT_INJECTION")));
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let phrase = "open sesame";
        let grows = |at: &usize| window.text.get(*at..).is_some_and(|tail| phrase.starts_with(tail) && tail != phrase);
        (0..window.text.len()).find(grows).unwrap_or(window.text.len())
    }
}

pub(crate) fn rule(name: &str, label: &'static str, verb: Verb) -> Rule {
    Rule {
        name: name.to_owned(),
        labels: vec![label],
        detectors: Vec::new(),
        directions: Vec::new(),
        origins: Vec::new(),
        score_min: 0.5,
        verb,
        stream: StreamPolicy::HoldWindow,
    }
}

pub(crate) fn engine(rules: Vec<Rule>) -> Arc<Engine> {
    let policy = Policy::profile(Profile::Observe).with_rules(rules);
    Arc::new(Engine::with_table(TABLE, policy, Limits::default()).unwrap())
}

/// Addresses and numbers are made anonymous in requests and masked in answers; the phrase blocks.
pub(crate) fn usual() -> Arc<Engine> {
    let on = |direction, mut rule: Rule| {
        rule.name = format!("{}_{direction:?}", rule.name);
        rule.directions = vec![direction];
        rule
    };
    engine(vec![
        on(Direction::Input, rule("address", "EMAIL_ADDRESS", Verb::Transform("anonymize"))),
        on(Direction::Output, rule("address", "EMAIL_ADDRESS", Verb::Transform("replace"))),
        on(Direction::Input, rule("number", "CREDIT_CARD", Verb::Transform("anonymize"))),
        on(Direction::Output, rule("number", "CREDIT_CARD", Verb::Transform("mask"))),
        rule("phrase", "PROMPT_INJECTION", Verb::Block),
    ])
}

pub(crate) fn scope() -> Scope {
    Scope {
        tenant: TenantId::parse("acme").unwrap(),
        request: RequestId::new(Timestamp::from_micros(1), [7; 10]),
        key: Secret::new([9; 32]),
    }
}

pub(crate) fn lane(turn: u16, part: u16, kind: SegmentKind) -> Lane {
    Lane { turn, part, kind }
}

pub(crate) fn segment(origin: Origin, lane: Lane, encoding: Encoding, text: &str) -> Segment {
    Segment::new(origin, lane, encoding, text.to_owned(), 0..0)
}

pub(crate) fn exchange(direction: Direction, segments: Vec<Segment>) -> Exchange {
    let model = ModelName::parse("m").unwrap();
    let mut exchange = Exchange::new(Surface::ChatCompletions, direction, model, Bytes::from_static(b"{}"));
    exchange.segments = segments;
    exchange
}

/// A request of one message of the user.
pub(crate) fn asked(text: &str) -> Exchange {
    let lane = lane(0, 0, SegmentKind::Content);
    exchange(Direction::Input, vec![segment(Origin::User, lane, Encoding::Plain, text)])
}

/// What a model sees of a request, and the conversation that follows from it.
pub(crate) fn cleared(engine: &Engine, request: Exchange) -> (Vec<String>, crate::Conversation) {
    let decided = engine.inspect(request, &scope());
    let Outcome::Clear { cleared, conversation } = decided.outcome else {
        panic!("refused: {:?}", decided.decision);
    };
    (cleared.get().segments.iter().map(|segment| segment.text().to_owned()).collect(), conversation)
}

/// A frame with one delta.
pub(crate) fn delta(lane: Lane, encoding: Encoding, text: &str) -> Frame {
    let mut frame = Frame::new(None, Bytes::from_static(b"{}"));
    frame.segments.push(segment(Origin::Assistant, lane, encoding, text).with_mode(SegmentMode::Delta));
    frame.is_bare = true;
    frame
}

/// A frame without text that ends every lane.
pub(crate) fn end() -> Frame {
    let mut frame = Frame::new(None, Bytes::from_static(b"[DONE]"));
    frame.closes = Closes::All;
    frame
}
