//! Many connections at once, and callers that never read.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::world::{CHAT, STREAM_HEAD, Setting, World, chat, event, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;
use crate::upstream::Step;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "idle_connections",
        done: "10,000 clients connect at once, fewer than `bounds.connections`, to a gateway started from a shell with a soft limit of 1,024 open files, and say nothing",
        promise: "all are taken; the gateway raised its own limit; requests beside them are answered; they are closed after \
                  `header_read_timeout` and others can come",
        peak_mib: 384,
        is_quick: true,
        run: idle_connections,
    },
    Fault {
        name: "connection_cap",
        done: "more clients connect than `bounds.connections` allows, and keep their connections",
        promise: "those that are in are served as before, those beyond wait in the system's queue and are served when \
                  another leaves",
        peak_mib: 192,
        is_quick: true,
        run: connection_cap,
    },
    Fault {
        name: "unread_streams",
        done: "16 callers ask for an endless stream and never read it",
        promise: "the upstream is paused and memory stays bounded; after `write_stall_timeout` the callers are cut off and \
                  the upstream is told to stop; the records say `cancelled`",
        peak_mib: 352,
        is_quick: false,
        run: unread_streams,
    },
];

fn idle_connections(plan: &Plan) -> Outcome<Seen> {
    let count = plan.choose(10_000, 1_500);
    let mut setting =
        Setting { tables: "[bounds]\nconnections = 12000\nheader_read_timeout = \"20s\"\n", ..Setting::default() };
    if plan.is_quick {
        setting.tables = "[bounds]\nheader_read_timeout = \"12s\"\n";
    }
    let mut world = World::new(setting)?;
    raise_own_limit(count + 200)?;
    // As a shell or a service manager starts it: with little, and leave to take more.
    world.installation.set_soft_file_limit(1_024);
    let mut live = world.start()?;
    let begun = Instant::now();
    let mut crowd = Vec::with_capacity(count);
    for number in 0..count {
        let client = TcpStream::connect(&live.server.data_address);
        crowd.push(client.map_err(|error| format!("connection {number} of {count}: {error}"))?);
    }
    let connected = begun.elapsed();
    let answering = Instant::now();
    let answer = live.post(CHAT, &chat("hello", false))?;
    let beside = answering.elapsed();
    if answer.status != 200 {
        return Err(format!("beside {count} idle connections a request is answered {}", answer.status));
    }
    if beside > plan.within(Duration::ZERO) {
        return Err(format!("beside {count} idle connections a request takes {beside:?}"));
    }
    let open = open_files(live.server.id())?;
    let held = live.server.memory_kib()?.resident;
    // The one that was served may have made room for another; no more than that may be missing.
    if begun.elapsed() < Duration::from_secs(4) && open < count {
        return Err(format!("of {count} connections only {open} files are open"));
    }
    let all_closed = eventually(Duration::from_secs(40), || crowd.iter().all(is_closed));
    if !all_closed {
        let left = crowd.iter().filter(|client| !is_closed(client)).count();
        return Err(format!("{left} of {count} silent connections are never closed"));
    }
    live.answers()?;
    let seen = live.seen(vec![format!(
        "{count} connections in {:.1} s, {} MiB held by them, {open} files open; a request beside them took {:.0} ms",
        connected.as_secs_f64(),
        held >> 10,
        beside.as_secs_f64() * 1_000.0
    )])?;
    live.server.stop()?;
    Ok(seen)
}

/// Whether the other side has closed.
fn is_closed(client: &TcpStream) -> bool {
    let _ = client.set_nonblocking(true);
    match client.peek(&mut [0; 1]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// How many files a process has open.
fn open_files(process: u32) -> Outcome<usize> {
    let files = std::fs::read_dir(format!("/proc/{process}/fd"));
    files.map(Iterator::count).map_err(|error| format!("cannot count the gateway's files: {error}"))
}

/// Lets this program open as many files as it needs.
fn raise_own_limit(count: usize) -> Outcome {
    let said = std::process::Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string(), &format!("--nofile={count}:")])
        .output()
        .map_err(|error| format!("cannot run prlimit: {error}"))?;
    if said.status.success() {
        return Ok(());
    }
    Err(format!("this program may not open {count} files: {}", String::from_utf8_lossy(&said.stderr).trim()))
}

fn connection_cap(_plan: &Plan) -> Outcome<Seen> {
    const CAP: usize = 20;
    let mut live = World::new(Setting {
        tables: "[bounds]\nconnections = 20\nkeep_alive_timeout = \"60s\"\n",
        ..Setting::default()
    })?
    .start()?;
    let lost = |error: std::io::Error| format!("a connection within the cap is not served: {error}");
    let mut inside = Vec::new();
    for _ in 0..CAP {
        let mut connection = live.ask(CHAT, &chat("hello", false))?;
        connection.answer().map_err(lost)?;
        inside.push(connection);
    }
    // One more: the system takes it, the gateway does not.
    let mut waiting = live.ask(CHAT, &chat("hello", false))?;
    let set = |connection: &crate::client::Connection, time| connection.socket.set_read_timeout(Some(time));
    set(&waiting, Duration::from_millis(700)).map_err(lost)?;
    if let Ok(answer) = waiting.answer() {
        return Err(format!("beyond the cap a connection is answered {}", answer.status));
    }
    for connection in &mut inside {
        let body = chat("again", false).to_string();
        let bearer = format!("Bearer {}", live.world.key);
        connection.send("POST", CHAT, &[("authorization", &bearer)], body.as_bytes()).map_err(lost)?;
        if connection.answer().map_err(lost)?.status != 200 {
            return Err("at the cap, those inside are no longer served".to_owned());
        }
    }
    let (ready, _) = live.admin("/readyz")?;
    inside.pop();
    set(&waiting, Duration::from_secs(5)).map_err(lost)?;
    let answer = waiting.answer().map_err(|error| format!("the one that waited is not served: {error}"))?;
    if answer.status != 200 || ready != 200 {
        return Err(format!("the one that waited is answered {}, /readyz said {ready}", answer.status));
    }
    drop(inside);
    drop(waiting);
    live.answers()?;
    let seen = live.seen(vec![format!("{CAP} inside and one that waited, all served")])?;
    live.server.stop()?;
    Ok(seen)
}

fn unread_streams(plan: &Plan) -> Outcome<Seen> {
    let count = plan.choose(16, 4);
    let provider = "idle_timeout = \"60s\"\ntotal_timeout = \"300s\"";
    let mut live = World::new(Setting { provider, tables: "[bounds]\nwrite_stall_timeout = \"4s\"\n" })?.start()?;
    live.world
        .upstream
        .script(|_| vec![Step::Send(STREAM_HEAD.to_vec()), Step::Forever(event(&"and on it goes ".repeat(60)))]);
    let callers = (0..count).map(|_| live.ask(CHAT, &chat("hello", true))).collect::<Outcome<Vec<_>>>()?;
    thread::sleep(Duration::from_millis(2_500));
    let early = live.world.upstream.take_abandoned().len();
    let first = live.server.memory_kib()?.resident;
    // First the buffers of two connections fill up, megabytes that are all inspected; then the stall begins.
    let promised = Duration::from_secs(90);
    let mut gone = 0;
    let all_gone = eventually(promised, || {
        gone += live.world.upstream.take_abandoned().len();
        gone == count
    });
    if early > 0 || !all_gone {
        return Err(format!("{early} were cut off at once and {gone} of {count} within {promised:?}"));
    }
    drop(callers);
    let mut outcomes = std::collections::BTreeMap::new();
    let is_told = eventually(Duration::from_secs(30), || {
        outcomes.clear();
        for entry in live.world.entries().into_iter().flatten() {
            if let Some(outcome) = entry.get("outcome").and_then(serde_json::Value::as_str) {
                *outcomes.entry(outcome.to_owned()).or_insert(0_usize) += 1;
            }
        }
        outcomes.get("cancelled") == Some(&count)
    });
    if !is_told {
        return Err(format!(
            "not every stream that nobody read is recorded as cancelled: {outcomes:?}\n{}",
            live.log()
        ));
    }
    live.answers()?;
    live.world.verify()?;
    let seen = live.seen(vec![format!("{count} streams held {} MiB and were all cut off", first >> 10)])?;
    live.server.stop()?;
    Ok(seen)
}
