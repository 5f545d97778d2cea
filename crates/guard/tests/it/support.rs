//! Engines and exchanges for the suite.

use std::sync::Arc;

use bytes::Bytes;
use redoubt_domain::exchange::{
    Closes, Direction, Encoding, Exchange, Frame, Lane, Origin, Segment, SegmentKind, SegmentMode, Surface,
};
use redoubt_domain::{Limits, ModelName, RequestId, Secret, Severity, TenantId, Timestamp};
use redoubt_guard::detectors::{Checksum, Definition, Parameters, Recognizer, SizeBounds};
use redoubt_guard::policy::{Rule, StreamPolicy, Verb};
use redoubt_guard::{Conversation, Engine, Outcome, Policy, Profile, Row, Scope};

pub(crate) const LANE: Lane = Lane { turn: 0, part: 0, kind: SegmentKind::Content };

pub(crate) fn profile(profile: Profile) -> Arc<Engine> {
    Arc::new(Engine::new(Policy::profile(profile), Limits::default()).unwrap())
}

/// An engine whose only rule is about one detector.
pub(crate) fn only(row: &Row, verb: Verb) -> Arc<Engine> {
    only_of(row.id, verb)
}

/// The same for a detector of any table.
pub(crate) fn only_of(id: &'static str, verb: Verb) -> Arc<Engine> {
    let rule = Rule {
        name: "only".to_owned(),
        labels: Vec::new(),
        detectors: vec![id],
        directions: Vec::new(),
        origins: Vec::new(),
        score_min: 0.0,
        verb,
        stream: StreamPolicy::HoldWindow,
    };
    let mut policy = Policy::profile(Profile::Observe).with_rules(vec![rule]);
    policy = policy.without("everything").with_parameters(parameters(id));
    Arc::new(Engine::new(policy, Limits::default()).unwrap())
}

/// What those detectors are given that find nothing without. A bound on sizes would be found beside anything.
fn parameters(id: &str) -> Parameters {
    let bounds = SizeBounds { text_bytes_max: Some(300), text_tokens_max: None };
    Parameters {
        banned_words: ["blue lantern", "Zürich", "xyzzy"].map(str::to_owned).to_vec(),
        canaries: vec!["canary-7f3a-91".to_owned()],
        recognizers: if id == "recognizer" { recognizers() } else { Vec::new() },
        sizes: if id == SizeBounds::KIND.id { bounds } else { SizeBounds::default() },
        ..Parameters::default()
    }
}

/// Values that no detector of the product knows: by pattern, by checksum, beside a word, by name.
pub(crate) fn recognizers() -> Vec<Recognizer> {
    let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    let definition = |label: &str, patterns: &[&str], words: &[&str], context: &[&str]| Definition {
        label: label.to_owned(),
        patterns: list(patterns),
        words: list(words),
        context: list(context),
        score: 0.5,
        score_in_context: 0.9,
        needs_context: false,
        severity: Severity::High,
        checksum: None,
        examples: Vec::new(),
        counterexamples: Vec::new(),
    };
    let checked = definition("MEMBER_NUMBER", &["M ?[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]"], &[], &[]);
    let named = definition("ROOM", &["[A-Z][0-9]{2}(\\.[0-9]{2})?"], &[], &["room", "Raum", "部屋"]);
    let definitions = [
        definition("EMPLOYEE_ID", &["EMP-[0-9]{6}", "E[0-9]{3}/[A-Z]{1,3}"], &[], &["employee"]),
        Definition { checksum: Some(Checksum::Luhn), ..checked },
        Definition { needs_context: true, ..named },
        definition("PROJECT_NAME", &[], &["blue heron", "Zürich Süd", "隼计划"], &["project"]),
    ];
    definitions.into_iter().map(|definition| Recognizer::new(definition).unwrap()).collect()
}

/// Values of them, and others that are nearly some.
pub(crate) const RECOGNIZED: &[&str] = &[
    "EMP-123456",
    "E123/ABC",
    "M 799-273 9",
    "M7992738",
    "room B12.34",
    "Raum C07",
    "部屋D11",
    "A21 is a room",
    "project blue heron",
    "Blue-Heron",
    "Zurich  Süd",
    "隼计划",
    "EMP-1234567",
    "TEMP-123456",
    "E123/ABCD",
    "M 799-273 8",
    "mushroom B12",
    "herons of blue",
    "EMP-",
    "E12",
    "M 799",
    "employee",
    "room",
    "blue",
    "Süd",
];

pub(crate) fn scope() -> Scope {
    Scope {
        tenant: TenantId::parse("acme").unwrap(),
        request: RequestId::new(Timestamp::from_micros(1), [7; 10]),
        key: Secret::new([9; 32]),
    }
}

pub(crate) fn exchange(direction: Direction, origin: Origin, text: &str) -> Exchange {
    let model = ModelName::parse("m").unwrap();
    let mut exchange = Exchange::new(Surface::ChatCompletions, direction, model, Bytes::from_static(b"{}"));
    exchange.segments = vec![Segment::new(origin, LANE, Encoding::Plain, text.to_owned(), 0..0)];
    exchange
}

pub(crate) fn text_of(exchange: &Exchange) -> String {
    exchange.segments[0].text().to_owned()
}

/// What the model sees of a question, if it may, and the conversation.
pub(crate) fn asked(engine: &Engine, question: &str) -> Option<(String, Conversation)> {
    let decided = engine.inspect(exchange(Direction::Input, Origin::User, question), &scope());
    match decided.outcome {
        Outcome::Clear { cleared, conversation } => Some((text_of(cleared.get()), conversation)),
        Outcome::Refuse => None,
    }
}

/// What comes of a whole answer; none if it is blocked.
pub(crate) fn whole(engine: &Engine, text: &str) -> Option<String> {
    let (_, mut conversation) = asked(engine, "hello").unwrap();
    let answer = exchange(Direction::Output, Origin::Assistant, text);
    let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
    cleared.map(|cleared| text_of(cleared.get()))
}

/// What comes of the same answer in pieces, up to where it is stopped.
pub(crate) fn streamed<'a>(engine: &Arc<Engine>, pieces: impl IntoIterator<Item = &'a str>) -> (String, bool) {
    let (_, conversation) = asked(engine, "hello").unwrap();
    streamed_in(engine, conversation, pieces)
}

/// The same in a given conversation.
pub(crate) fn streamed_in<'a>(
    engine: &Arc<Engine>,
    conversation: Conversation,
    pieces: impl IntoIterator<Item = &'a str>,
) -> (String, bool) {
    let mut watch = engine.watch(conversation);
    let mut out = String::new();
    for frame in frames(pieces) {
        let step = watch.push(frame);
        for frame in &step.frames {
            out.extend(frame.get().segments.iter().map(|segment| segment.text()));
        }
        if step.halt {
            return (out, true);
        }
    }
    (out, false)
}

/// The frames of an answer that comes in these pieces.
pub(crate) fn frames<'a>(pieces: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Frame> {
    let mut end = Frame::new(None, Bytes::from_static(b"[DONE]"));
    end.closes = Closes::All;
    let deltas = pieces.into_iter().map(|piece| {
        let mut frame = Frame::new(None, Bytes::from_static(b"{}"));
        let segment = Segment::new(Origin::Assistant, LANE, Encoding::Plain, piece.to_owned(), 0..0);
        frame.segments.push(segment.with_mode(SegmentMode::Delta));
        frame.is_bare = true;
        frame
    });
    deltas.chain([end])
}
