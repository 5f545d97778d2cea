//! Upstreams that are slow, broken, endless or lying.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Fault;
use super::answers::{Case, FAILED, SLOW, Streamed, try_case};
use super::world::{STREAM_HEAD, Setting, TIMES, completion, event};
use crate::upstream::{Step, whole};

const SECOND: Duration = Duration::from_secs(1);
/// As long as nobody is willing to wait.
const AGES: Step = Step::Wait(Duration::from_secs(120));
/// No breaker: each of the four surfaces is to be told what happened to it.
const NO_BREAKER: &str = "[breaker]\nfailures = 0\n";
const USUAL: Setting<'static> = Setting { provider: TIMES, tables: NO_BREAKER };
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const JSON_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

const IN_TIME: &str =
    "the caller gets 502 in its surface's envelope, or the stream's error event; the record is complete";

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "slow_upstream",
        done: "the upstream takes the request and never begins to answer",
        promise: "504 in the surface's envelope after `first_byte_timeout`, without another try at the same target; the \
                  record is complete",
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &SLOW_HEADERS),
    },
    Fault {
        name: "half_a_chunk",
        done: "the upstream sends half of a body or a chunk and falls silent",
        promise: "504, or the stream's error event, after `idle_timeout`; the record is complete",
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &HALF_A_CHUNK),
    },
    Fault {
        name: "upstream_reset",
        done: "the upstream resets the connection in the middle of its answer",
        promise: IN_TIME,
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &RESET),
    },
    Fault {
        name: "garbage",
        done: "the upstream answers with bytes that are no HTTP",
        promise: IN_TIME,
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &GARBAGE),
    },
    Fault {
        name: "wrong_type",
        done: "the upstream answers with a page of HTML and status 200",
        promise: IN_TIME,
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &WRONG_TYPE),
    },
    Fault {
        name: "endless_answer",
        done: "the upstream never stops sending: a body without end, a stream without end",
        promise: "the answer ends at `bounds.answer_bytes` (here 16 MiB): with 502, or as a stream does that a rule stopped, since what goes on is not inspected; the record is complete",
        peak_mib: 288,
        is_quick: false,
        run: |plan| try_case(plan, &ENDLESS),
    },
    Fault {
        name: "endless_head",
        done: "the upstream sends headers without end",
        promise: IN_TIME,
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &ENDLESS_HEAD),
    },
    Fault {
        name: "gzip_bomb",
        done: "the upstream sends a compressed answer that unpacks to 256 MiB, though none was asked for",
        promise: "nothing is unpacked: 502 in the surface's envelope; the record is complete",
        peak_mib: 192,
        is_quick: true,
        run: |plan| {
            // Packed before anybody waits for it.
            drop(bomb(""));
            try_case(plan, &GZIP_BOMB)
        },
    },
    Fault {
        name: "encoding_lie",
        done: "the upstream says that its plain answer is compressed",
        promise: "502 in the surface's envelope, since what it means cannot be known; the record is complete",
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &ENCODING_LIE),
    },
    Fault {
        name: "error_with_200",
        done: "the upstream answers 200 with an error in the body",
        promise: "502 in the surface's envelope, or the stream's error event; the record is complete",
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &ERROR_WITH_200),
    },
    Fault {
        name: "huge_event",
        done: "the upstream sends one event of 100 MB without a line's end",
        promise: "the stream ends with its error event at 8 MiB; the record is complete",
        peak_mib: 288,
        is_quick: true,
        run: |plan| try_case(plan, &HUGE_EVENT),
    },
    Fault {
        name: "deep_json",
        done: "the upstream's answer nests arrays a hundred thousand deep",
        promise: IN_TIME,
        peak_mib: 192,
        is_quick: true,
        run: |plan| try_case(plan, &DEEP_JSON),
    },
];

const SLOW_HEADERS: Case = Case {
    setting: USUAL,
    plain: || vec![AGES],
    stream: || vec![AGES],
    told: SLOW,
    streamed: Streamed::Refused,
    within: Duration::from_secs(2),
    calls: 1,
};

const HALF_A_CHUNK: Case = Case {
    setting: USUAL,
    plain: || {
        let body = completion("half of this").to_string();
        let head = format!("{}content-length: {}\r\n\r\n", String::from_utf8_lossy(JSON_HEAD), body.len());
        let half = body.as_bytes().get(..body.len() / 2).unwrap_or_default();
        vec![Step::Send([head.as_bytes(), half].concat()), AGES]
    },
    stream: || {
        let event = event("whole");
        let whole = [format!("{:x}\r\n", event.len()).as_bytes(), &event, b"\r\n"].concat();
        vec![Step::Send(CHUNKED.to_vec()), Step::Send(whole), Step::Send(b"80\r\ndata: {\"id\":".to_vec()), AGES]
    },
    told: SLOW,
    streamed: Streamed::BreaksOff,
    within: SECOND,
    calls: 1,
};

const RESET: Case = Case {
    setting: USUAL,
    plain: || vec![Step::Send([JSON_HEAD, b"content-length: 5000\r\n\r\n{\"id\":"].concat()), Step::Reset],
    stream: || vec![Step::Send(CHUNKED.to_vec()), Step::Send(b"80\r\ndata: {\"id\":".to_vec()), Step::Reset],
    told: FAILED,
    streamed: Streamed::BreaksOff,
    within: SECOND,
    calls: 3,
};

const GARBAGE: Case = Case {
    setting: USUAL,
    plain: || vec![Step::Send(b"SSH-2.0-OpenSSH_9.9\r\n\x00\xff\xfe\r\n\r\n".to_vec()), Step::Reset],
    stream: || vec![Step::Send(vec![0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), Step::Reset],
    told: FAILED,
    streamed: Streamed::Refused,
    within: SECOND,
    calls: 3,
};

const WRONG_TYPE: Case = Case {
    setting: USUAL,
    plain: || whole(200, "text/html", b"<html><body>Welcome to your new server</body></html>"),
    stream: || whole(200, "text/html", b"<html><body>Welcome to your new server</body></html>"),
    told: FAILED,
    streamed: Streamed::Refused,
    within: SECOND,
    calls: 1,
};

const ENDLESS: Case = Case {
    setting: Setting { provider: TIMES, tables: "[breaker]\nfailures = 0\n[bounds]\nanswer_bytes = \"16MiB\"\n" },
    plain: || {
        let head = [JSON_HEAD, b"connection: close\r\n\r\n{\"id\":\""].concat();
        vec![Step::Send(head), Step::Forever(vec![b'x'; 64 << 10])]
    },
    stream: || vec![Step::Send(STREAM_HEAD.to_vec()), Step::Forever(event(&"and so on ".repeat(100)))],
    told: FAILED,
    streamed: Streamed::Stopped,
    within: Duration::from_secs(20),
    calls: 1,
};

const ENDLESS_HEAD: Case = Case {
    setting: USUAL,
    plain: endless_head,
    stream: endless_head,
    told: FAILED,
    streamed: Streamed::Refused,
    within: SECOND,
    calls: 3,
};

fn endless_head() -> Vec<Step> {
    vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Forever(b"x-again: and again\r\n".repeat(200))]
}

const GZIP_BOMB: Case = Case {
    setting: USUAL,
    plain: || bomb("application/json"),
    stream: || bomb("text/event-stream"),
    told: FAILED,
    streamed: Streamed::Refused,
    within: SECOND,
    calls: 1,
};

/// 256 MiB of nothing, packed by the system's `gzip` the first time it is asked for.
fn bomb(content_type: &str) -> Vec<Step> {
    static PACKED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let packed = PACKED.get_or_init(|| pack().unwrap_or_default());
    compressed(content_type, packed)
}

fn pack() -> std::io::Result<Vec<u8>> {
    let mut gzip = Command::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = gzip.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    let feeding = std::thread::spawn(move || (0..256).try_for_each(|_| input.write_all(&[b' '; 1 << 20])));
    let output = gzip.wait_with_output()?;
    drop(feeding.join());
    Ok(output.stdout)
}

fn compressed(content_type: &str, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    vec![Step::Send([head.as_bytes(), body].concat())]
}

const ENCODING_LIE: Case = Case {
    setting: USUAL,
    plain: || compressed("application/json", completion("plain after all").to_string().as_bytes()),
    stream: || compressed("text/event-stream", &[event("plain"), super::world::last_events()].concat()),
    told: FAILED,
    streamed: Streamed::Refused,
    within: SECOND,
    calls: 1,
};

const ERROR_WITH_200: Case = Case {
    setting: USUAL,
    plain: || whole(200, "application/json", ERROR),
    stream: || {
        let event = [b"data: ".as_slice(), ERROR, b"\n\n"].concat();
        vec![Step::Send(STREAM_HEAD.to_vec()), Step::Send(event), Step::Send(Vec::new())]
    },
    told: FAILED,
    streamed: Streamed::BreaksOff,
    within: SECOND,
    calls: 1,
};

const ERROR: &[u8] =
    br#"{"error":{"message":"The server had an error","type":"server_error","param":null,"code":"upstream_error"}}"#;

const HUGE_EVENT: Case = Case {
    setting: USUAL,
    plain: || whole(200, "application/json", b"[]"),
    stream: || {
        let start = Step::Send([STREAM_HEAD, &event("first"), b"data: {\"id\":\""].concat());
        let rest = std::iter::repeat_n(Step::Send(vec![b'x'; 1 << 20]), 100);
        std::iter::once(start).chain(rest).collect()
    },
    told: FAILED,
    streamed: Streamed::BreaksOff,
    within: Duration::from_secs(10),
    calls: 1,
};

const DEEP_JSON: Case = Case {
    setting: USUAL,
    plain: || whole(200, "application/json", &deep()),
    stream: || {
        let event = [b"data: ".as_slice(), &deep(), b"\n\n"].concat();
        vec![Step::Send(STREAM_HEAD.to_vec()), Step::Send(event), Step::Send(Vec::new())]
    },
    told: FAILED,
    streamed: Streamed::BreaksOff,
    within: SECOND,
    calls: 1,
};

fn deep() -> Vec<u8> {
    const DEPTH: usize = 100_000;
    [b"{\"choices\":".as_slice(), &b"[".repeat(DEPTH), &b"]".repeat(DEPTH), b"}"].concat()
}
