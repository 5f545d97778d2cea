//! What holds for every body and every stream, however hostile. The properties beside change bodies at
//! random; the fuzz targets of `fuzz/` include this file and let coverage choose them.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use redoubt_domain::exchange::Closes;
use redoubt_domain::{
    Encoding, Exchange, Frame, Limits, ModelName, Origin, Segment, SegmentKind, SegmentMode, Surface, Timestamp,
};
use redoubt_wire::json::{Document, Duplicates};
use redoubt_wire::{
    DecodeError, Outbound, StreamDecoder, decode_answer, decode_request, encode_answer, encode_request,
};

const MADE: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// Small enough to be reached.
pub(crate) fn limits() -> Limits {
    Limits { json_depth_max: 24, segments_max: 400, frame_bytes_max: 3_000, ..Limits::default() }
}

fn model() -> ModelName {
    ModelName::parse("m").unwrap()
}

/// Surfaces on which a model answers with words, which can be turned into each other.
pub(crate) const WORDY: [Surface; 4] =
    [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages];

fn read(body: &[u8]) -> serde_json::Value {
    let read = serde_json::from_slice(body);
    read.unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(body)))
}

/// The segments lie in the body, in its order, beside each other, each on its literal.
fn segments_lie_in_the_body(segments: &[Segment], body: &[u8]) {
    let mut from = 0;
    for segment in segments {
        let span = segment.span();
        assert!(span.start >= from && span.end <= body.len(), "{segment:?}");
        from = span.end;
        if span.is_empty() {
            assert!(segment.companion().is_some(), "what has no literal goes with a value that has: {segment:?}");
            continue;
        }
        let literal = &body[span];
        let is_quoted = literal.len() > 1 && literal.starts_with(b"\"") && literal.ends_with(b"\"");
        assert_eq!(is_quoted, segment.encoding != Encoding::Number, "{segment:?}");
        if let Some(companion) = segment.companion() {
            assert!(companion.start <= companion.end && companion.end <= body.len(), "{segment:?}");
        }
    }
}

/// Changes every text that may be changed. A model's name that looks like words is a text too, but another name
/// takes its place whatever becomes of it.
fn edit(exchange: &mut Exchange) {
    let model = exchange.model_span();
    let segments = exchange.segments.iter_mut().enumerate();
    let is_text = |segment: &Segment| segment.kind().is_editable() && Some(segment.span()) != model;
    for (position, segment) in segments.filter(|(_, segment)| is_text(segment)) {
        segment.edit(match segment.encoding {
            Encoding::Json => format!("{{\"edited\":{position}}}"),
            _ => format!("edited {position} \"quoted\" \\ \n \u{1} ü 😀"),
        });
    }
}

fn texts(segments: &[Segment]) -> Vec<&str> {
    segments.iter().map(Segment::text).collect()
}

/// A request that is read is JSON, leaves as it came if nothing is edited, and reads as edited if something
/// is.
pub(crate) fn a_request_reads_back(surface: Surface, body: &[u8]) {
    let Ok(exchange) = decode_request(surface, Bytes::copy_from_slice(body), &limits()) else { return };
    if is_within_double(body) {
        read(body);
    }
    segments_lie_in_the_body(&exchange.segments, body);
    // The model's name is written anew.
    let expected = match exchange.model_span() {
        Some(span) => {
            let name = serde_json::to_vec(exchange.model.as_str()).unwrap();
            [&body[..span.start], &name, &body[span.end..]].concat()
        }
        None => body.to_vec(),
    };
    assert!(encode_answer(&exchange) == expected, "{:?}", String::from_utf8_lossy(body));
    let mut edited = exchange.clone();
    edit(&mut edited);
    let encoded = encode_answer(&edited);
    let again = decode_request(surface, encoded.clone(), &limits())
        .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&encoded)));
    // An edit may show more: what was a picture by the name of its file is a text under another name.
    let mut seen = again.segments.iter().map(Segment::text);
    for text in texts(&edited.segments) {
        assert!(seen.any(|seen| seen == text), "{text:?} is lost in {:?}", String::from_utf8_lossy(&encoded));
    }
    assert_eq!(again.demand.stream, exchange.demand.stream);
}

/// A whole answer is like a request, but that an edit takes what repeats the edited text with it.
pub(crate) fn an_answer_reads_back(surface: Surface, body: &[u8]) {
    let decode = |body: Bytes| decode_answer(surface, surface, &model(), MADE, body, &limits());
    let Ok(mut answer) = decode(Bytes::copy_from_slice(body)) else { return };
    segments_lie_in_the_body(&answer.segments, body);
    let renamed = encode_answer(&answer);
    match answer.model_span() {
        Some(span) => assert_eq!([&body[..span.start], b"\"m\"", &body[span.end..]].concat(), renamed),
        None => assert_eq!(renamed, body),
    }
    let companions: Vec<_> =
        answer.segments.iter().filter(|s| s.kind().is_editable()).filter_map(Segment::companion).collect();
    let model = answer.model_span();
    let stays = |segment: &Segment| {
        Some(segment.span()) != model && !companions.iter().any(|gone| gone.contains(&segment.span().start))
    };
    let stay: Vec<bool> = answer.segments.iter().map(stays).collect();
    edit(&mut answer);
    let encoded = encode_answer(&answer);
    let again =
        decode(encoded.clone()).unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&encoded)));
    let expected: Vec<&str> =
        answer.segments.iter().zip(stay).filter(|(_, stays)| *stays).map(|(segment, _)| segment.text()).collect();
    assert_eq!(texts(&again.segments), expected, "{:?}", String::from_utf8_lossy(body));
}

/// serde_json refuses numbers beyond a double, which are JSON all the same.
fn is_within_double(body: &[u8]) -> bool {
    let read = serde_json::from_slice::<serde_json::Value>(body);
    !read.is_err_and(|error| error.to_string().contains("out of range"))
}

/// Everything that comes of a stream that arrives in these pieces, and how it ends.
fn frames<'a>(
    asked: Surface,
    spoken: Surface,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Frame>, Result<(), DecodeError>, bool) {
    let mut decoder = StreamDecoder::new(asked, spoken, &model(), MADE, &limits());
    let mut frames = Vec::new();
    for piece in pieces {
        match decoder.push(piece) {
            Ok(more) => frames.extend(more),
            Err(error) => return (frames, Err(error), decoder.is_done()),
        }
    }
    match decoder.finish() {
        Ok(more) => frames.extend(more),
        Err(error) => return (frames, Err(error), decoder.is_done()),
    }
    (frames, Ok(()), decoder.is_done())
}

/// Wherever a stream is cut it has the same frames and the same end, and what is encoded of it reads back.
pub(crate) fn a_stream_reads_alike_wherever_it_is_cut(asked: Surface, spoken: Surface, bytes: &[u8], step: usize) {
    let (whole, end, is_done) = frames(asked, spoken, [bytes]);
    let (cut, cut_end, _) = frames(asked, spoken, bytes.chunks(step.max(1)));
    assert_eq!(end, cut_end);
    // An error takes the frames of its own chunk with it.
    assert!(if end.is_ok() { cut == whole } else { cut.starts_with(&whole) }, "{whole:?}\n{cut:?}");
    for frame in &whole {
        segments_lie_in_the_body(&frame.segments, frame.body_as_received());
    }
    if end.is_ok() {
        assert!(is_done, "a stream ended well that did not end");
        assert!(whole.is_empty() || whole.iter().any(|frame| frame.closes == Closes::All));
    }
    // Of a key that stands there twice the last counts, but both are read.
    let is_plain = |frame: &Frame| Document::read(frame.body_as_received(), 128, Duplicates::Refuse).is_ok();
    if !whole.iter().all(|frame| frame.body_as_received().as_ref() == b"[DONE]" || is_plain(frame)) {
        return;
    }
    let mut out = BytesMut::new();
    let mut encoder = StreamDecoder::new(asked, spoken, &model(), MADE, &limits());
    whole.iter().for_each(|frame| encoder.encode(frame, &mut out));
    // The name of a tool waits for what follows it, which a stream that ended badly lacks.
    out.extend_from_slice(b"data: [DONE]\n\n");
    let larger = Limits { frame_bytes_max: 1 << 20, json_depth_max: 128, ..limits() };
    let mut decoder = StreamDecoder::new(asked, asked, &model(), MADE, &larger);
    let again = decoder.push(&out).unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&out)));
    assert_eq!(said(&again), said(&whole), "{:?}", String::from_utf8_lossy(&out));
}

/// The pieces of texts in order, and whatever else is said. Pieces of one text may come in other frames than they
/// went, with what stands beside them repeated. The upstream's name for the model is a text if it looks like words,
/// but does not go out.
fn said(frames: &[Frame]) -> (Vec<&str>, BTreeSet<&str>) {
    let is_renamed = |frame: &Frame, segment: &Segment| {
        frame.body_as_received().get(segment.span()).is_some_and(|literal| literal == b"\"m\"")
    };
    let (mut pieces, mut others) = (Vec::new(), BTreeSet::new());
    for frame in frames {
        for segment in frame.segments.iter().filter(|segment| !segment.text().is_empty()) {
            match segment.mode {
                SegmentMode::Delta => pieces.push(segment.text()),
                _ if segment.text() == "m" || is_renamed(frame, segment) => {}
                SegmentMode::Whole | SegmentMode::Snapshot => _ = others.insert(segment.text()),
            }
        }
    }
    (pieces, others)
}

/// A request that can be turned into one of another surface is read there, and says what it said.
pub(crate) fn a_request_is_carried_over(from: Surface, to: Surface, body: &[u8]) {
    let Ok(exchange) = decode_request(from, Bytes::copy_from_slice(body), &limits()) else { return };
    let model = ModelName::parse("other").unwrap();
    let outbound = Outbound { spoken: to, model: &model, ask_usage: true, output_tokens_default: 9 };
    let Ok(sent) = encode_request(&exchange, &outbound) else { return };
    assert_eq!(Ok(&sent), encode_request(&exchange, &outbound).as_ref());
    let larger = Limits { json_depth_max: 128, segments_max: 10_000, ..limits() };
    let carried = decode_request(to, sent.clone(), &larger)
        .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&sent)));
    assert_eq!(carried.model.as_str(), "other");
    assert_eq!(carried.demand.stream, exchange.demand.stream);
    for text in words(&exchange) {
        let is_there = carried.segments.iter().any(|segment| segment.text().contains(text));
        assert!(is_there, "{text:?} is lost in {:?}", String::from_utf8_lossy(&sent));
    }
}

/// What people and tools say in a request: the words that no translation may drop.
fn words(exchange: &Exchange) -> Vec<&str> {
    let is_word = |segment: &&Segment| {
        segment.kind() == SegmentKind::Content
            && matches!(segment.origin, Origin::User | Origin::System)
            && segment.encoding == Encoding::Plain
            && segment.mode == SegmentMode::Whole
    };
    exchange.segments.iter().filter(is_word).map(Segment::text).collect()
}

/// An answer that can be turned into one of another surface is read there.
pub(crate) fn an_answer_is_carried_over(asked: Surface, spoken: Surface, body: &[u8]) {
    let decode = || decode_answer(asked, spoken, &model(), MADE, Bytes::copy_from_slice(body), &limits());
    let Ok(answer) = decode() else { return };
    assert_eq!(Ok(&answer), decode().as_ref());
    let encoded = encode_answer(&answer);
    if is_within_double(&encoded) {
        read(&encoded);
    }
    segments_lie_in_the_body(&answer.segments, answer.body_as_received());
    decode_answer(asked, asked, &model(), MADE, encoded, &limits()).unwrap();
}
