//! Throughput over harmless text, and the time of one prompt and of one token.

use std::hint::black_box;

use bytes::Bytes;
use redoubt_domain::exchange::{
    Direction, Encoding, Exchange, Frame, Lane, Origin, Segment, SegmentKind, SegmentMode, Surface,
};
use redoubt_domain::ids::{ModelName, RequestId, TenantId};
use redoubt_domain::secret::Secret;
use redoubt_domain::time::Timestamp;
use redoubt_guard::{Conversation, Engine, Outcome as Decided, Scope};
use std::sync::Arc;

use super::corpus::{KINDS, Kind, PROMPT, PROSE};
use super::hostile::{as_float, shortest};
use crate::Outcome;

/// How fast one kind of text is read.
pub(super) struct Throughput {
    pub(super) what: &'static str,
    pub(super) megabytes_per_second: f64,
    pub(super) least: Option<u32>,
}

/// The size of one text of a throughput: that of a long prompt.
pub(super) const TEXT_BYTES: usize = 2 << 10;
/// So many texts, no two the same, so that nothing is learned by heart.
const TEXTS: u64 = 256;
/// So many prompts in one measurement.
const PROMPTS: usize = 1_000;
/// The size of a streamed answer.
const ANSWER_BYTES: usize = 16 << 10;

/// What the conversation's system prompt says, which an answer must not repeat.
const SYSTEM_PROMPT: &str = "You help the visitors of a small museum of clocks. Answer shortly and kindly, in the \
    language of the question, and send them to the desk on the ground floor for tickets.";

pub(super) fn throughput(engine: &Engine) -> Vec<Throughput> {
    let one = |kind: &Kind| {
        let texts: Vec<String> = (0..TEXTS).map(|seed| kind.text(TEXT_BYTES, seed)).collect();
        let bytes: usize = texts.iter().map(String::len).sum();
        let time = shortest(|| texts.iter().for_each(|text| inspect(engine, text)));
        Throughput {
            what: kind.name,
            megabytes_per_second: as_float(bytes) / time.as_secs_f64() / 1e6,
            least: kind.least,
        }
    };
    KINDS.iter().map(one).collect()
}

/// Decides about a text as a gateway decides about a user's words. A scan reads them once more, to score what is no
/// finding.
pub(super) fn inspect(engine: &Engine, text: &str) {
    // They are built of constants.
    if let (Ok(request), Ok(scope)) = (request(&[(Origin::User, text)]), scope()) {
        drop(black_box(engine.inspect(request, &scope)));
    }
}

/// Microseconds for a prompt of fifty words.
pub(super) fn prompt(engine: &Engine) -> f64 {
    let time = shortest(|| (0..PROMPTS).for_each(|_| inspect(engine, black_box(PROMPT))));
    time.as_secs_f64() * 1e6 / as_float(PROMPTS)
}

/// Microseconds for one token of a streamed answer.
pub(super) fn delta(engine: &Arc<Engine>) -> Outcome<f64> {
    let answer = PROSE.text(ANSWER_BYTES, 1);
    let tokens = tokens(&answer);
    let mut result = Ok(());
    let time = shortest(|| {
        if let Err(reason) = stream(engine, &tokens) {
            result = Err(reason);
        }
    });
    result.map(|()| time.as_secs_f64() * 1e6 / as_float(tokens.len()))
}

/// The pieces in which an answer comes: a word and the space before it.
pub(super) fn tokens(answer: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut from = 0;
    for (at, _) in answer.match_indices(' ').filter(|(at, _)| *at > 0).chain([(answer.len(), "")]) {
        tokens.extend(answer.get(from..at));
        from = at;
    }
    tokens
}

/// Lets an answer through as it would come from an upstream, token by token.
pub(super) fn stream(engine: &Arc<Engine>, tokens: &[&str]) -> Outcome {
    let mut watch = engine.watch(conversation(engine)?);
    let lane = Lane { turn: 0, part: 0, kind: SegmentKind::Content };
    for token in tokens {
        let mut frame = Frame::new(None, Bytes::from_static(b"{}"));
        let segment = Segment::new(Origin::Assistant, lane, Encoding::Plain, (*token).to_owned(), 0..0);
        frame.segments.push(segment.with_mode(SegmentMode::Delta));
        frame.is_bare = true;
        if black_box(watch.push(frame)).halt {
            return Err("a harmless answer was stopped".to_owned());
        }
    }
    if black_box(watch.finish()).halt { Err("a harmless answer was stopped".to_owned()) } else { Ok(()) }
}

/// A conversation with a system prompt and a value of the caller's to put back.
fn conversation(engine: &Engine) -> Outcome<Conversation> {
    let question = "When do you open? Please answer to ann@museum.example.";
    let request = request(&[(Origin::System, SYSTEM_PROMPT), (Origin::User, question)])?;
    match engine.inspect(request, &scope()?).outcome {
        Decided::Clear { conversation, .. } => Ok(conversation),
        Decided::Refuse => Err("a harmless request was refused".to_owned()),
    }
}

/// A request in which these are said in turn.
fn request(said: &[(Origin, &str)]) -> Outcome<Exchange> {
    let model = ModelName::parse("small").map_err(|error| error.to_string())?;
    let mut request = Exchange::new(Surface::ChatCompletions, Direction::Input, model, Bytes::from_static(b"{}"));
    for (turn, (origin, text)) in (0..).zip(said) {
        let lane = Lane { turn, part: 0, kind: SegmentKind::Content };
        request.segments.push(Segment::new(*origin, lane, Encoding::Plain, (*text).to_owned(), 0..0));
    }
    Ok(request)
}

fn scope() -> Outcome<Scope> {
    let tenant = TenantId::parse("trials").map_err(|error| error.to_string())?;
    Ok(Scope { tenant, request: RequestId::new(Timestamp::default(), [0; 10]), key: Secret::new([0; 32]) })
}
