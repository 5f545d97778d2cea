//! Streams cut anywhere, edited, renamed, hidden, cut short, translated.

use bytes::{Bytes, BytesMut};
use redoubt_domain::exchange::Closes;
use redoubt_domain::{Frame, Limits, Segment, SegmentKind, SegmentMode, Surface};
use redoubt_wire::{DecodeError, StreamDecoder, encode_frame};

use crate::golden::{MADE, alias, body, files};

fn decoder(surface: Surface) -> StreamDecoder {
    StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default())
}

fn encode(frames: &[Frame]) -> BytesMut {
    let mut out = BytesMut::new();
    frames.iter().for_each(|frame| encode_frame(frame, &mut out));
    out
}

#[test]
fn cutting_anywhere_gives_the_same_frames() {
    for (surface, path) in files(".stream.txt") {
        let bytes = body(&path);
        let whole = decoder(surface).push(&bytes).unwrap();
        let mut one_by_one = decoder(surface);
        let singles: Vec<Frame> = bytes.chunks(1).flat_map(|byte| one_by_one.push(byte).unwrap()).collect();
        assert_eq!(singles, whole, "{}", path.display());
        for cut in (0..bytes.len()).step_by(7) {
            let mut decoder = decoder(surface);
            let (head, tail) = bytes.split_at(cut);
            let mut frames = decoder.push(head).unwrap();
            frames.extend(decoder.push(tail).unwrap());
            assert_eq!(frames, whole, "{} cut at {cut}", path.display());
        }
        let with_returns = String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n");
        assert_eq!(decoder(surface).push(with_returns.as_bytes()).unwrap(), whole);
    }
}

#[test]
fn frames_leave_as_they_came_but_for_the_name_of_the_model() {
    for (surface, path) in files(".stream.txt") {
        let text = String::from_utf8(body(&path).to_vec()).unwrap();
        let frames = decoder(surface).push(text.as_bytes()).unwrap();
        let expected = ["gpt-5-2026", "claude-sonnet-4", "davinci-002"]
            .iter()
            .fold(text, |text, name| text.replace(&format!("\"model\":\"{name}\""), "\"model\":\"alias\""))
            .replace("\"model\":\"m\"", "\"model\":\"alias\"")
            .replace(": keep-alive\n\n", "");
        assert_eq!(String::from_utf8(encode(&frames).to_vec()).unwrap(), expected, "{}", path.display());
    }
}

#[test]
fn edited_frames_read_as_edited() {
    for (surface, path) in files(".stream.txt") {
        let mut frames = decoder(surface).push(&body(&path)).unwrap();
        for frame in &mut frames {
            for segment in frame.segments.iter_mut().filter(|segment| segment.kind().is_editable()) {
                segment.edit(format!("<{}>", segment.text()));
            }
        }
        let again = decoder(surface).push(&encode(&frames)).unwrap();
        // Text put beside a role comes back in a frame of its own: only the order of texts must stay.
        let texts = |frames: &[Frame]| -> Vec<String> {
            let segments = frames.iter().flat_map(|frame| &frame.segments);
            segments.map(|segment| segment.text().to_owned()).filter(|text| !text.is_empty()).collect()
        };
        assert_eq!(texts(&again), texts(&frames), "{}", path.display());
    }
}

#[test]
fn only_what_nobody_asked_for_is_hidden() {
    let path = files("chat/text.stream.txt").remove(0).1;
    let mut decoder = decoder(Surface::ChatCompletions).hiding_usage();
    let frames = decoder.push(&body(&path)).unwrap();
    let usage = frames.iter().filter_map(|frame| frame.usage).next_back().unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (5, 6));
    let text = String::from_utf8(encode(&frames).to_vec()).unwrap();
    assert!(!text.contains("prompt_tokens") && text.ends_with("data: [DONE]\n\n"));
    assert_eq!(text.matches("data: ").count(), frames.len() - 1);
}

#[test]
fn a_stream_that_stops_early_is_told_from_one_that_ends() {
    for (surface, path) in files(".stream.txt") {
        let bytes = body(&path);
        let mut decoder = decoder(surface);
        decoder.push(&bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(decoder.finish(), Err(DecodeError::Truncated), "{}", path.display());
    }
    // Without `[DONE]`, but finished: some upstreams do so.
    let mut unsaid = decoder(Surface::ChatCompletions);
    unsaid.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}").unwrap();
    let frames = unsaid.finish().unwrap();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1].closes, Closes::All);
    assert_eq!(&encode(&frames[1..])[..], b"data: [DONE]\n\n");
}

#[test]
fn what_follows_the_end_is_dropped() {
    let mut decoder = decoder(Surface::ChatCompletions);
    let frames = decoder.push(b"data: [DONE]\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"more\"}}]}\n\n").unwrap();
    assert_eq!(frames.len(), 1);
}

#[test]
fn the_name_of_an_event_is_that_of_its_data() {
    let stream = b"event: ping\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n";
    let frames = decoder(Surface::Messages).push(stream).unwrap();
    assert_eq!(frames[0].event.as_deref(), Some("content_block_delta"));
    assert_eq!(frames[0].segments[0].mode, SegmentMode::Delta);
}

#[test]
fn responses_are_numbered_without_gaps() {
    let path = files("responses/text.stream.txt").remove(0).1;
    let mut decoder = decoder(Surface::Responses);
    let frames = decoder.push(&body(&path)).unwrap();
    let mut out = BytesMut::new();
    for frame in frames.iter().filter(|frame| !frame.is_bare) {
        decoder.encode(frame, &mut out);
    }
    let text = String::from_utf8(out.to_vec()).unwrap();
    let numbers: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str::<serde_json::Value>(data).unwrap()["sequence_number"].as_u64().unwrap())
        .map(|number| usize::try_from(number).unwrap())
        .collect();
    assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>());
}

#[test]
fn an_error_within_a_stream_is_its_end() {
    let cases: [(Surface, &[u8]); 3] = [
        (Surface::ChatCompletions, b"data: {\"error\":{\"message\":\"too busy now\"}}\n\n"),
        (Surface::Messages, b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"too busy now\"}}\n\n"),
        (Surface::Responses, b"event: error\ndata: {\"type\":\"error\",\"code\":\"busy\",\"message\":\"too busy now\",\"param\":null}\n\n"),
    ];
    for (surface, stream) in cases {
        let mut decoder = decoder(surface);
        let frames = decoder.push(&Bytes::from_static(stream)).unwrap();
        assert!(decoder.is_done());
        assert_eq!(frames[0].closes, Closes::All);
        assert!(frames[0].segments.iter().any(|segment| segment.text() == "too busy now"));
    }
}

#[test]
fn text_beside_a_role_or_an_id_gets_a_frame_of_its_own() {
    let chat = br#"data: {"id":"c","model":"alias","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi","tool_calls":[{"id":"call_1","type":"function","function":{"name":"mail","arguments":"{}"}}]},"finish_reason":null}]}

"#;
    let mut decoding = decoder(Surface::ChatCompletions);
    // The name might go on.
    assert_eq!(decoding.push(chat).unwrap(), []);
    let frames = decoding.push(b"data: {\"choices\":[]}\n\n").unwrap();
    let frames = &frames[..2];
    let seen: Vec<_> = frames.iter().map(|frame| (frame.is_bare, said(frame))).collect();
    assert_eq!(seen, [(false, vec![String::new(), String::new()]), (true, vec!["Hi".to_owned(), "{}".to_owned()])]);
    let text = String::from_utf8(encode(frames).to_vec()).unwrap();
    assert_eq!(text.matches("call_1").count() + text.matches("assistant").count(), 2, "{text}");

    let messages = b"data: {\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n";
    let frames = decoder(Surface::Messages).push(messages).unwrap();
    let seen: Vec<_> =
        frames.iter().map(|frame| (frame.event.as_deref().unwrap(), frame.is_bare, said(frame))).collect();
    assert_eq!(
        seen,
        [("content_block_start", false, vec![String::new()]), ("content_block_delta", true, vec!["Hi".to_owned()]),]
    );
    assert_eq!(frames[0].segments[0].lane, frames[1].segments[0].lane);

    // What ends its lanes needs no frame of its own: nothing may be held beyond it.
    let last = br#"data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}

"#;
    assert_eq!(decoder(Surface::ChatCompletions).push(last).unwrap().len(), 1);
}

#[test]
fn a_name_in_pieces_becomes_whole() {
    let chunk = |call: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{{\"index\":0,{call}}}]}}}}]}}\n\n")
    };
    let named = |name: &str| chunk(&format!("\"function\":{{\"name\":\"{name}\",\"arguments\":\"\"}}"));
    let check = |events: &[String], expected: Option<&[&str]>| {
        let mut decoding = decoder(Surface::ChatCompletions);
        let mut told = Vec::new();
        for event in events.iter().map(String::as_bytes).chain([b"data: [DONE]\n\n".as_slice()]) {
            match decoding.push(event) {
                Ok(frames) => told.extend(frames),
                Err(_) => return assert_eq!(expected, None, "{events:?}"),
            }
        }
        let segments = told.iter().flat_map(|frame| &frame.segments);
        let names = segments.filter(|segment| segment.kind() == SegmentKind::Identifier).map(Segment::text);
        assert_eq!(Some(names.collect::<Vec<_>>().as_slice()), expected, "{events:?}");
    };
    let arguments = chunk("\"function\":{\"arguments\":\"{}\"}");
    check(&[named("mail")], Some(&["mail"]));
    check(&[named("ma"), named("il"), arguments.clone()], Some(&["mail"]));
    check(&[named("mail"), arguments.clone(), named("mail")], Some(&["mail", "mail"]));
    check(&[named("mail"), named("mail")], Some(&["mail"]));
    check(&[named("ma"), arguments.clone(), named("il")], None);
    check(&[named(&"m".repeat(3_000)), named(&"n".repeat(3_000))], None);
    check(&[arguments], Some(&[]));
}

#[test]
fn log_probabilities_of_another_text_are_left_out_of_a_stream() {
    let chunk = |content: &str, token: &str| {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{content}\"}},\"logprobs\":{{\"content\":[{{\"token\":\"{token}\",\"bytes\":[52]}}]}}}}]}}\n\n"
        )
    };
    for (content, token, is_kept) in [("4", "4", true), ("", "4", false), ("5", "4", false), ("5", "5", false)] {
        let frames = decoder(Surface::ChatCompletions).push(chunk(content, token).as_bytes()).unwrap();
        let sent = String::from_utf8(encode(&frames).to_vec()).unwrap();
        assert_eq!(sent.contains("\"logprobs\":null"), !is_kept, "{sent}");
    }
}

fn said(frame: &Frame) -> Vec<String> {
    let deltas = frame.segments.iter().filter(|segment| segment.mode == SegmentMode::Delta);
    deltas.map(|segment| segment.text().to_owned()).collect()
}
