//! Clients that dawdle, exceed and talk nonsense.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::world::{CHAT, Live, Setting, World, chat};
use super::{Fault, Plan, Seen};
use crate::Outcome;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "slow_headers",
        done: "clients send nothing, one byte, a line and a half, half of HTTP/2's preface, or a header byte at a time",
        promise: "each connection is closed after `header_read_timeout`, counted from its beginning",
        peak_mib: 192,
        is_quick: true,
        run: slow_headers,
    },
    Fault {
        name: "idle_keep_alive",
        done: "clients keep their connection after an answer and ask nothing more",
        promise: "the connection can be used again for `keep_alive_timeout` and is closed after it",
        peak_mib: 192,
        is_quick: true,
        run: idle_keep_alive,
    },
    Fault {
        name: "slow_body",
        done: "a client sends its body at one byte a second, with a length and in chunks",
        promise: "408 in the surface's envelope after `body_read_timeout`, and the connection is closed",
        peak_mib: 192,
        is_quick: true,
        run: slow_body,
    },
    Fault {
        name: "oversized",
        done: "clients send a body beyond `bounds.body_bytes` (announced, and in chunks), 64 KiB and more of headers, a \
               thousand headers, an endless path, an endless chunk extension",
        promise: "413, 431 or 414, or the connection is closed, before more has been read; memory stays bounded",
        peak_mib: 256,
        is_quick: true,
        run: oversized,
    },
    Fault {
        name: "pipelined_garbage",
        done: "clients send garbage instead of HTTP, behind a good request, or requests whose length is ambiguous",
        promise: "a good request is answered, what follows is answered 400 and the connection closed; what is ambiguous \
                  is not served at all",
        peak_mib: 192,
        is_quick: true,
        run: garbage,
    },
];

fn quick_times() -> Setting<'static> {
    Setting {
        tables: "[bounds]\nheader_read_timeout = \"2s\"\nbody_read_timeout = \"3s\"\nkeep_alive_timeout = \"4s\"\n\
                 body_bytes = \"8MiB\"\n",
        ..Setting::default()
    }
}

/// What a client sends at once, and what it goes on with, a byte at a time.
struct Dawdler {
    words: &'static str,
    at_once: String,
    then: String,
    /// The time between two bytes.
    pause: Duration,
}

/// Lets a client dawdle until it is closed; returns how long that took and what was said to it.
fn dawdle(live: &Live, dawdler: &Dawdler, patience: Duration) -> Outcome<(Duration, String)> {
    let Dawdler { words, at_once, then, pause } = dawdler;
    let failed = |error: std::io::Error| format!("{words}: {error}");
    let mut socket = TcpStream::connect(&live.server.data_address).map_err(failed)?;
    let begun = Instant::now();
    socket.write_all(at_once.as_bytes()).map_err(failed)?;
    socket.set_read_timeout(Some(*pause)).map_err(failed)?;
    let mut said = Vec::new();
    let mut bytes = then.bytes();
    loop {
        let mut piece = [0; 4096];
        match socket.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => said.extend_from_slice(piece.get(..read).unwrap_or_default()),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                if begun.elapsed() > patience {
                    return Err(format!("{words}: after {patience:?} the connection is still open"));
                }
                if let Some(byte) = bytes.next() {
                    // A peer that has closed is noticed by the next read.
                    let _ = socket.write_all(&[byte]);
                }
            }
            Err(_) => break,
        }
    }
    Ok((begun.elapsed(), String::from_utf8_lossy(&said).into_owned()))
}

/// That every one of these is closed at about this time.
fn all_close(plan: &Plan, live: &Live, dawdlers: &[Dawdler], promised: Duration, said: &str) -> Outcome<String> {
    let took = thread::scope(|scope| {
        let tries: Vec<_> =
            dawdlers.iter().map(|dawdler| scope.spawn(|| dawdle(live, dawdler, plan.within(promised)))).collect();
        tries
            .into_iter()
            .map(|tried| tried.join().unwrap_or_else(|_| Err("a client panicked".to_owned())))
            .collect::<Vec<_>>()
    });
    let mut slowest = Duration::ZERO;
    for (dawdler, took) in dawdlers.iter().zip(took) {
        let (took, heard) = took?;
        if took > plan.within(promised) || took + Duration::from_millis(200) < promised {
            return Err(format!("{}: closed after {took:?}, promised are {promised:?}", dawdler.words));
        }
        if !heard.starts_with(said) {
            return Err(format!("{}: told {heard:?}", dawdler.words));
        }
        slowest = slowest.max(took);
    }
    Ok(format!("{} ways, all closed, the last after {:.1} s", dawdlers.len(), slowest.as_secs_f64()))
}

fn slow_headers(plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(quick_times())?.start()?;
    let dawdler = |words, at_once: &str, then: &str| Dawdler {
        words,
        at_once: at_once.to_owned(),
        then: then.to_owned(),
        pause: Duration::from_millis(100),
    };
    let line = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";
    let note = all_close(
        plan,
        &live,
        &[
            dawdler("nothing", "", ""),
            dawdler("one byte", "P", ""),
            dawdler("a line and a half", "POST /v1/chat/completions HTTP/1.1\r\nhost", ""),
            dawdler("half of the preface of HTTP/2", "PRI * HTTP/2.0\r\n", ""),
            dawdler("a header byte at a time", line, &"x-header: y\r\n".repeat(100)),
        ],
        Duration::from_secs(2),
        "",
    )?;
    live.answers()?;
    let seen = live.seen(vec![note])?;
    live.server.stop()?;
    Ok(seen)
}

fn idle_keep_alive(plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(quick_times())?.start()?;
    let body = chat("hello", false).to_string();
    let again = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
        live.world.key,
        body.len()
    );
    // Longer than the time for a head: a pooled connection must not be gone when its owner comes back.
    let mut connection = live.ask(CHAT, &chat("hello", false))?;
    let lost = |error: std::io::Error| format!("the kept connection is gone: {error}");
    connection.answer().map_err(lost)?;
    thread::sleep(Duration::from_secs(3));
    connection.socket.write_all(again.as_bytes()).map_err(lost)?;
    if connection.answer().map_err(lost)?.status != 200 {
        return Err("the second request on a kept connection is not answered".to_owned());
    }
    let pause = Duration::from_millis(100);
    let note = all_close(
        plan,
        &live,
        &[Dawdler { words: "idle after an answer", at_once: again, then: String::new(), pause }],
        Duration::from_secs(4),
        "HTTP/1.1 200",
    )?;
    live.answers()?;
    let seen = live.seen(vec!["used again after 3 s".to_owned(), note])?;
    live.server.stop()?;
    Ok(seen)
}

fn slow_body(plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(quick_times())?.start()?;
    let head = format!("POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n", live.world.key);
    let pause = Duration::from_secs(1);
    let note = all_close(
        plan,
        &live,
        &[
            Dawdler {
                words: "with a length",
                at_once: format!("{head}content-length: 500\r\n\r\n{{"),
                then: " ".repeat(100),
                pause,
            },
            Dawdler {
                words: "in chunks",
                at_once: format!("{head}transfer-encoding: chunked\r\n\r\n"),
                then: "1\r\n \r\n".repeat(100),
                pause,
            },
        ],
        Duration::from_secs(3),
        "HTTP/1.1 408",
    )?;
    live.answers()?;
    let seen = live.seen(vec![note])?;
    live.server.stop()?;
    Ok(seen)
}

fn oversized(plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(quick_times())?.start()?;
    let head = format!("POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n", live.world.key);
    let many: String = (0..1_000).map(|number| format!("x-{number}: 1\r\n")).collect();
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let times = plan.choose(20, 3);
    // What is sent once, what is then sent again and again, how often, and what may be the answer.
    let cases: [(&str, String, &str, usize, &[&str]); 6] = [
        ("a body announced too long", format!("{head}content-length: 100000000\r\n\r\n"), "{", 1, &["413"]),
        ("a body too long in chunks", format!("{head}transfer-encoding: chunked\r\n\r\n"), &chunk, 100, &["413"]),
        ("a header without end", format!("{head}x-long: "), "yyyyyyyyyyyyyyyy", 1 << 20, &["431"]),
        ("a thousand headers", format!("{head}{many}\r\n"), "", 0, &["431"]),
        ("a path without end", "GET /v1/".to_owned(), "pppppppppppppppp", 1 << 20, &["414", "431", "400"]),
        (
            "a chunk extension without end",
            format!("{head}transfer-encoding: chunked\r\n\r\n5;"),
            "eeeeeeeeeeeeeeee",
            1 << 20,
            &["400", ""],
        ),
    ];
    let mut notes = Vec::new();
    for (words, start, again, count, expected) in &cases {
        for _ in 0..times {
            let told = send(&live, start, again, *count).map_err(|error| format!("{words}: {error}"))?;
            if !expected.contains(&told.as_str()) {
                return Err(format!("{words} is answered `{told}`, expected is {expected:?}"));
            }
            if notes.len() < cases.len() && !notes.iter().any(|note: &String| note.starts_with(words)) {
                notes.push(format!("{words}: {}", if told.is_empty() { "closed" } else { &told }));
            }
        }
    }
    live.answers()?;
    let seen = live.seen(vec![notes.join(", ")])?;
    live.server.stop()?;
    Ok(seen)
}

/// Sends until the other side has had enough, and returns the status it told; none if it just closed.
fn send(live: &Live, start: &str, again: &str, count: usize) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(&live.server.data_address)?;
    let mut answers = socket.try_clone()?;
    answers.set_read_timeout(Some(Duration::from_secs(20)))?;
    // Read beside the writing: a close with unread bytes would take the answer away.
    let reading = thread::spawn(move || {
        let mut said = [0; 12];
        answers.read_exact(&mut said).map(|()| String::from_utf8_lossy(said.get(9..).unwrap_or_default()).into_owned())
    });
    let _ = socket.write_all(start.as_bytes());
    for _ in 0..count {
        if reading.is_finished() || socket.write_all(again.as_bytes()).is_err() {
            break;
        }
    }
    Ok(reading.join().ok().and_then(Result::ok).unwrap_or_default())
}

fn garbage(_plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(quick_times())?.start()?;
    let body = chat("hello", false).to_string();
    let head = format!("POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n", live.world.key);
    let good = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let smuggled = format!("0\r\n\r\n{good}");
    // What is sent in one write, the statuses that come back, and how many requests the upstream then has.
    let cases: [(&str, Vec<u8>, &[u16], usize); 8] = [
        ("two good requests at once", format!("{good}{good}").into_bytes(), &[200, 200], 2),
        ("garbage behind a good request", [good.as_bytes(), b"\x00\xff garbage\r\n\r\n"].concat(), &[200, 400], 1),
        ("garbage alone", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n".to_vec(), &[400], 0),
        (
            "a length and chunks",
            format!("{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{smuggled}").into_bytes(),
            &[400],
            0,
        ),
        (
            "two lengths",
            format!("{head}content-length: 5\r\ncontent-length: 0\r\n\r\n{smuggled}").into_bytes(),
            &[400],
            0,
        ),
        (
            "chunks that are not the last coding",
            format!("{head}transfer-encoding: chunked, identity\r\n\r\n{smuggled}").into_bytes(),
            &[400],
            0,
        ),
        (
            "a length that is none",
            format!("{head}content-length: +{}\r\n\r\n{body}", body.len()).into_bytes(),
            &[400],
            0,
        ),
        ("a body cut short", format!("{head}content-length: 900\r\n\r\n{body}").into_bytes(), &[400], 0),
    ];
    live.world.upstream.take_received();
    let count = cases.len();
    for (words, bytes, expected, calls) in cases {
        let failed = |error: std::io::Error| format!("{words}: {error}");
        let mut connection = live.connect()?;
        connection.socket.write_all(&bytes).map_err(failed)?;
        if words.ends_with("cut short") {
            connection.socket.shutdown(std::net::Shutdown::Write).map_err(failed)?;
        }
        let mut told = Vec::new();
        while let Ok(answer) = connection.answer() {
            told.push(answer.status);
        }
        let reached = live.world.upstream.take_received().len();
        if told != expected || reached != calls {
            return Err(format!(
                "{words}: answered {told:?} with {reached} calls upstream, expected {expected:?} and {calls}"
            ));
        }
    }
    live.answers()?;
    live.world.verify()?;
    let seen = live.seen(vec![format!("{count} ways")])?;
    live.server.stop()?;
    Ok(seen)
}
