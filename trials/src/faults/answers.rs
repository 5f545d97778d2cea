//! Asking on both families of surfaces, plain and streamed, while the upstream misbehaves, and holding what the
//! caller got against what it was promised.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::world::{CHAT, Live, MESSAGES, Setting, World, chat, wants_stream};
use super::{Plan, Seen};
use crate::Outcome;
use crate::upstream::Step;

/// One way in which an upstream misbehaves.
pub(super) struct Case {
    pub(super) setting: Setting<'static>,
    /// What the upstream does when a plain answer is asked for.
    pub(super) plain: fn() -> Vec<Step>,
    /// What it does when a stream is asked for.
    pub(super) stream: fn() -> Vec<Step>,
    /// What the caller is told.
    pub(super) told: Told,
    /// What the caller of a stream gets.
    pub(super) streamed: Streamed,
    /// The time after which the caller must know, as configured.
    pub(super) within: Duration,
    /// How often the upstream may be asked on behalf of one request.
    pub(super) calls: usize,
}

/// An error by its names on the two families of surfaces.
#[derive(Clone, Copy)]
pub(super) struct Told {
    status: u16,
    openai_code: &'static str,
    anthropic_type: &'static str,
}

/// The upstream failed, or made no sense.
pub(super) const FAILED: Told = Told { status: 502, openai_code: "upstream_error", anthropic_type: "api_error" };
/// The upstream took too long.
pub(super) const SLOW: Told = Told { status: 504, openai_code: "upstream_timeout", anthropic_type: "timeout_error" };

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Streamed {
    /// The stream never begins: the error is the answer.
    Refused,
    /// The stream has begun and ends with an error event.
    BreaksOff,
    /// The stream has begun and ends as one that a rule stopped: what goes on cannot be inspected.
    Stopped,
}

/// Tries a case on each surface, plain and streamed.
pub(super) fn try_case(plan: &Plan, case: &Case) -> Outcome<Seen> {
    let mut live = World::new(case.setting)?.start()?;
    let (plain, stream) = (case.plain, case.stream);
    live.world.upstream.script(move |received| if wants_stream(&received.body) { stream() } else { plain() });
    let mut slowest = Duration::ZERO;
    for (path, is_stream) in [(CHAT, false), (MESSAGES, false), (CHAT, true), (MESSAGES, true)] {
        let words = format!("{path}{}", if is_stream { ", streamed" } else { "" });
        let failed = |reason: String| format!("{words}: {reason}");
        let took = one(&live, case, path, is_stream).map_err(failed)?;
        if took > plan.within(case.within) {
            return Err(failed(format!("the caller waited {took:?}, configured are {:?}", case.within)));
        }
        slowest = slowest.max(took);
    }
    let mut notes = vec![format!("four surfaces told, the slowest after {:.1} s", slowest.as_secs_f64())];
    let calls = live.world.upstream.take_received().len();
    if calls > 4 * case.calls {
        return Err(format!("four requests made {calls} calls to the upstream"));
    }
    notes.push(format!("{calls} calls reached the upstream"));
    let seen = live.seen(notes)?;
    // The breaker may rest: what is asked is whether the gateway lives and its log is sound.
    if !live.server.lives() {
        return Err(format!("the gateway ended:\n{}", live.log()));
    }
    live.world.verify()?;
    live.server.stop()?;
    Ok(seen)
}

fn one(live: &Live, case: &Case, path: &str, is_stream: bool) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut connection = live.ask(path, &chat("hello", is_stream))?;
    let lost = |error: std::io::Error| format!("no answer: {error}");
    connection.socket.set_read_timeout(Some(Duration::from_secs(120))).map_err(lost)?;
    let id;
    let is_begun = is_stream && case.streamed != Streamed::Refused;
    if is_begun {
        let head = connection.head().map_err(lost)?;
        id = head.header("x-redoubt-request-id").unwrap_or_default().to_owned();
        if head.status != 200 {
            return Err(format!("the stream should have begun and was answered {}", head.status));
        }
        let tail = tail(connection.take_pending(), &mut connection.socket);
        let (names, is_told) = match case.streamed {
            Streamed::Stopped => {
                let reason = if path == CHAT { "content_filter" } else { "refusal" };
                (reason, tail.contains(&format!("_reason\":\"{reason}\"")))
            }
            Streamed::BreaksOff | Streamed::Refused => {
                let names = if path == CHAT { case.told.openai_code } else { case.told.anthropic_type };
                (names, tail.contains("\"error\"") && tail.contains(&format!("\"{names}\"")))
            }
        };
        if !is_told || !tail.ends_with("0\r\n\r\n") {
            let from = tail.len().saturating_sub(400);
            return Err(format!(
                "the stream does not end with the error {names}: …{}",
                tail.get(from..).unwrap_or(&tail)
            ));
        }
    } else {
        let answer = connection.answer().map_err(lost)?;
        id = answer.header("x-redoubt-request-id").unwrap_or_default().to_owned();
        refusal(path, &answer, case.told)?;
    }
    let took = begun.elapsed();
    let record = live.world.record(&id)?;
    let outcome = record.pointer("/completion/outcome").and_then(Value::as_str).unwrap_or_default();
    let expected = if is_begun && case.streamed == Streamed::Stopped { "blocked" } else { "upstream_error" };
    if outcome != expected {
        return Err(format!("the record says `{outcome}`"));
    }
    Ok(took)
}

fn refusal(path: &str, answer: &crate::client::Answer, told: Told) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (place, expected) =
        if path == CHAT { ("/error/code", told.openai_code) } else { ("/error/type", told.anthropic_type) };
    if answer.status == told.status && body.pointer(place).is_some_and(|name| name == expected) {
        return Ok(());
    }
    let text = answer.text();
    Err(format!(
        "answered {} instead of {} {expected}: {}",
        answer.status,
        told.status,
        text.get(..300).unwrap_or(&text)
    ))
}

/// Reads to the end and keeps the last of it.
fn tail(mut kept: Vec<u8>, socket: &mut std::net::TcpStream) -> String {
    const KEPT: usize = 16 << 10;
    let mut piece = vec![0; 64 << 10];
    while !kept.ends_with(b"\r\n0\r\n\r\n")
        && let Ok(read @ 1..) = socket.read(&mut piece)
    {
        kept.extend_from_slice(piece.get(..read).unwrap_or_default());
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
