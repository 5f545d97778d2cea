//! Bodies and streams as files, and what is seen in them beside them. `UPDATE_GOLDEN=1` rewrites what is seen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bytes::Bytes;
use redoubt_domain::{Encoding, Exchange, Frame, Limits, ModelName, Segment, Surface, Timestamp};
use redoubt_wire::{StreamDecoder, decode_answer, decode_request, encode_answer};

/// When an answer was made, if its upstream does not say.
pub(crate) const MADE: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// Every file under `golden/` whose name ends so, with its surface.
pub(crate) fn files(ending: &str) -> Vec<(Surface, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = Vec::new();
    for surface in Surface::ALL {
        let Ok(entries) = fs::read_dir(root.join(surface.name())) else { continue };
        let paths = entries.map(|entry| entry.unwrap().path());
        files.extend(paths.filter(|path| path.to_str().unwrap().ends_with(ending)).map(|path| (surface, path)));
    }
    files.sort();
    assert!(!files.is_empty(), "no {ending}");
    files
}

/// The bytes of a file, without the line feed at its end.
pub(crate) fn body(path: &Path) -> Bytes {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "json") && bytes.ends_with(b"\n") {
        bytes.pop();
    }
    Bytes::from(bytes)
}

pub(crate) fn alias() -> ModelName {
    ModelName::parse("alias").unwrap()
}

#[test]
fn requests_show_their_strings_and_leave_as_they_came() {
    for (surface, path) in files(".request.json") {
        let body = body(&path);
        let exchange = decode_request(surface, body.clone(), &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(encode_answer(&exchange), body, "{}", path.display());
        assert_spans(&exchange.segments, &body);
        let mut seen = format!("model {}\n{:?}\n", exchange.model, exchange.demand);
        write_exchange(&exchange, &mut seen);
        check(&path, &seen);
    }
}

#[test]
fn answers_show_their_strings_and_leave_as_they_came() {
    for (surface, path) in files(".answer.json") {
        let body = body(&path);
        let mut answer = decode_answer(surface, surface, &alias(), MADE, body.clone(), &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_spans(&answer.segments, &body);
        let mut seen = format!("usage {:?}\n", answer.usage);
        write_exchange(&answer, &mut seen);
        check(&path, &seen);

        let text = std::str::from_utf8(&body).unwrap();
        if let Some(span) = answer.model_span() {
            let renamed = [&text[..span.start], "\"alias\"", &text[span.end..]].concat();
            assert_eq!(encode_answer(&answer), renamed.as_bytes(), "{}", path.display());
            answer.model = ModelName::parse(text[span].trim_matches('"')).unwrap();
        }
        assert_eq!(encode_answer(&answer), body, "{}", path.display());
    }
}

#[test]
fn streams_show_their_frames() {
    for (surface, path) in files(".stream.txt") {
        let mut decoder = StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default());
        let mut frames = decoder.push(&body(&path)).unwrap();
        assert!(decoder.is_done(), "{}", path.display());
        frames.extend(decoder.finish().unwrap());
        let mut seen = String::new();
        for frame in &frames {
            write_frame(frame, &mut seen);
        }
        check(&path, &seen);
    }
}

fn assert_spans(segments: &[Segment], body: &[u8]) {
    let mut from = 0;
    for segment in segments {
        assert!(segment.span().start >= from, "segments in order of the body");
        from = segment.span().end;
        if segment.span().is_empty() {
            assert!(segment.companion().is_some(), "what has no literal goes with a value that has");
            continue;
        }
        let literal = &body[segment.span()];
        let is_quoted = literal.starts_with(b"\"") && literal.ends_with(b"\"");
        assert_eq!(is_quoted, segment.encoding != Encoding::Number);
    }
}

fn write_exchange(exchange: &Exchange, seen: &mut String) {
    for opaque in &exchange.opaque {
        writeln!(seen, "opaque {opaque}").unwrap();
    }
    write_segments(&exchange.segments, seen);
}

fn write_frame(frame: &Frame, seen: &mut String) {
    let event = frame.event.as_deref().unwrap_or("-");
    let bare = if frame.is_bare { " bare" } else { "" };
    write!(seen, "frame {event}{bare} closes {:?}", frame.closes).unwrap();
    match frame.usage {
        Some(usage) => writeln!(seen, " usage {}+{}", usage.input_tokens, usage.output_tokens).unwrap(),
        None => seen.push('\n'),
    }
    write_segments(&frame.segments, seen);
}

fn write_segments(segments: &[Segment], seen: &mut String) {
    for segment in segments {
        let lane = segment.lane;
        let turn = if lane.turn == u16::MAX { "-".to_owned() } else { lane.turn.to_string() };
        write!(seen, "  {} {turn}/{} {:?}", segment.origin.name(), lane.part, lane.kind).unwrap();
        write!(seen, " {:?} {:?}", segment.encoding, segment.mode).unwrap();
        let companion = if segment.companion().is_some() { " +companion" } else { "" };
        writeln!(seen, "{companion} {:?}", segment.text()).unwrap();
    }
}

fn check(path: &Path, seen: &str) {
    let beside = path.with_extension("seen");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&beside, seen).unwrap();
        return;
    }
    let expected = fs::read_to_string(&beside).unwrap_or_default();
    assert_eq!(seen, expected, "{} (UPDATE_GOLDEN=1 rewrites it)", beside.display());
}
