//! The load: so many connections, each asking again as soon as it has its answer. It speaks HTTP/1.1 by hand,
//! because each microsecond it takes is taken from what it measures.

use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use memchr::memmem;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::histogram::Histogram;
use super::role::{Arguments, say};
use super::stamp;
use crate::Outcome;

/// An answer that has not come after this is an error.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the load saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: u64,
    pub(super) errors: u64,
    pub(super) seconds: f64,
    /// From the request's last byte to the answer's last.
    pub(super) whole: Histogram,
    /// From the request's last byte to the first of the answer's body.
    pub(super) first_byte: Histogram,
    /// How old each piece of a stream was when it came.
    pub(super) pieces: Histogram,
    /// The first thing that went wrong.
    pub(super) complaint: Option<String>,
}

impl Tally {
    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.seconds += other.seconds;
        self.whole.merge(&other.whole);
        self.first_byte.merge(&other.first_byte);
        self.pieces.merge(&other.pieces);
        self.complaint = self.complaint.take().or_else(|| other.complaint.clone());
    }

    fn to_json(&self) -> Value {
        json!({
            "requests": self.requests,
            "errors": self.errors,
            "seconds": self.seconds,
            "whole": self.whole.to_json(),
            "first_byte": self.first_byte.to_json(),
            "pieces": self.pieces.to_json(),
            "complaint": self.complaint,
        })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            requests: value.get("requests")?.as_u64()?,
            errors: value.get("errors")?.as_u64()?,
            seconds: value.get("seconds")?.as_f64()?,
            whole: Histogram::from_json(value.get("whole")?)?,
            first_byte: Histogram::from_json(value.get("first_byte")?)?,
            pieces: Histogram::from_json(value.get("pieces")?)?,
            complaint: value.get("complaint")?.as_str().map(str::to_owned),
        })
    }
}

struct Task {
    address: String,
    request: Vec<u8>,
    /// What every answer must have.
    expected: Vec<u8>,
    stream: bool,
    warm_until: Instant,
    end: Instant,
}

/// Runs once and prints what it saw.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    let request = fs::read(arguments.text("request")?).map_err(|error| format!("cannot read the request: {error}"))?;
    let connections = arguments.number("connections")?;
    let (warm, measured) = (arguments.number("warm_ms")?, arguments.number("measured_ms")?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let now = Instant::now();
    let task = Rc::new(Task {
        address: arguments.text("address")?.to_owned(),
        request,
        expected: arguments.text("expected")?.as_bytes().to_vec(),
        stream: arguments.text("stream")? == "yes",
        warm_until: now + Duration::from_millis(warm),
        end: now + Duration::from_millis(warm + measured),
    });
    let mut all = Tally::default();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let running: Vec<_> = (0..connections)
            .map(|number| {
                // Spread over the time before the measure begins, so that they do not march in step.
                let wait = Duration::from_millis(warm * number / connections.max(1) / 2);
                tokio::task::spawn_local(ask_again_and_again(Rc::clone(&task), wait))
            })
            .collect();
        for connection in running {
            if let Ok(tally) = connection.await {
                all.merge(&tally);
            }
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    let seconds = measured as f64 / 1_000.0;
    all.seconds = seconds;
    say(&all.to_json().to_string())
}

async fn ask_again_and_again(task: Rc<Task>, wait: Duration) -> Tally {
    tokio::time::sleep(wait).await;
    let mut tally = Tally::default();
    let mut open: Option<(TcpStream, BytesMut)> = None;
    while Instant::now() < task.end {
        let (mut socket, mut buffer) = match open.take() {
            Some(open) => open,
            None => match TcpStream::connect(&task.address).await {
                Ok(socket) => {
                    let _ = socket.set_nodelay(true);
                    (socket, BytesMut::with_capacity(64 << 10))
                }
                Err(error) => {
                    tally.errors += 1;
                    tally.complaint.get_or_insert(format!("cannot connect: {error}"));
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        let mut pieces = Histogram::default();
        let asked = timeout(PATIENCE, ask(&task, &mut socket, &mut buffer, &mut pieces)).await;
        let now = Instant::now();
        match asked.unwrap_or_else(|_| Err("no answer came".to_owned())) {
            Ok(Times { begun, first_byte }) => {
                // What began before the measure or ended after it is not of it.
                if begun >= task.warm_until && now <= task.end {
                    tally.requests += 1;
                    tally.whole.note(nanos(now - begun));
                    tally.first_byte.note(nanos(first_byte - begun));
                    tally.pieces.merge(&pieces);
                }
                open = Some((socket, buffer));
            }
            Err(complaint) => {
                tally.errors += 1;
                tally.complaint.get_or_insert(complaint);
            }
        }
    }
    tally
}

struct Times {
    begun: Instant,
    first_byte: Instant,
}

/// One request and its answer. `buffer` is empty before and after.
async fn ask(
    task: &Task,
    socket: &mut TcpStream,
    buffer: &mut BytesMut,
    pieces: &mut Histogram,
) -> Result<Times, String> {
    let begun = Instant::now();
    socket.write_all(&task.request).await.map_err(|error| error.to_string())?;
    let body = loop {
        more(socket, buffer).await?;
        if let Some(end) = memmem::find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
    };
    let length = head(buffer.get(..body).unwrap_or_default())?;
    let mut first_byte = (buffer.len() > body).then(Instant::now);
    let mut stamped = body;
    loop {
        if task.stream {
            note_stamps(buffer, &mut stamped, pieces);
        }
        let is_whole = match length {
            Some(length) => buffer.len() >= body + length,
            None => buffer.ends_with(b"0\r\n\r\n"),
        };
        if is_whole {
            break;
        }
        more(socket, buffer).await?;
        first_byte.get_or_insert_with(Instant::now);
    }
    let first_byte = first_byte.unwrap_or_else(Instant::now);
    let is_right = task.expected.is_empty() || memmem::find(buffer, &task.expected).is_some();
    let complaint = (!is_right).then(|| {
        format!(
            "the answer lacks what was expected: {}",
            String::from_utf8_lossy(buffer.get(body..).unwrap_or_default())
        )
    });
    buffer.advance(buffer.len());
    complaint.map_or(Ok(Times { begun, first_byte }), Err)
}

async fn more(socket: &mut TcpStream, buffer: &mut BytesMut) -> Result<(), String> {
    buffer.reserve(16 << 10);
    match socket.read_buf(buffer).await {
        Ok(0) => Err("the connection was closed".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a head: the body's length, none if it comes in chunks.
fn head(head: &[u8]) -> Result<Option<usize>, String> {
    if head.get(9..12) != Some(b"200".as_slice()) {
        return Err(String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned());
    }
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default());
            return value.trim().parse().map(Some).map_err(|_| "a length that is no number".to_owned());
        }
    }
    Ok(None)
}

/// Notes the age of each piece that has come whole behind `from`.
fn note_stamps(buffer: &[u8], from: &mut usize, pieces: &mut Histogram) {
    let now = stamp::now();
    while let Some(rest) = buffer.get(*from..)
        && let Some(at) = memmem::find(rest, stamp::MARK)
    {
        let start = *from + at + stamp::MARK.len();
        let Some(letters) = buffer.get(start..start + stamp::LETTERS) else { return };
        if let Some(age) = stamp::age(letters, now) {
            pieces.note(age * 1_000);
        }
        *from = start + stamp::LETTERS;
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
