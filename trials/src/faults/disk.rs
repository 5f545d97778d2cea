//! A disk that is full, files that may not grow, and a home that cannot be written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::namespace::{inside, mount_read_only, mount_small, unmount};
use super::world::{CHAT, Live, MESSAGES, Setting, Told, World, chat, decided, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "full_disk",
        done: "the home's file system, a small one of its own, is filled up while requests come, and space is made again",
        promise: "requests are refused with 503 in the surface's own envelope and do not reach the upstream, `/readyz` \
                  says so, the log says it once; with space again it serves again by itself, `audit verify` passes and \
                  no answered request is lost",
        peak_mib: 192,
        is_quick: false,
        run: |plan| inside("full_disk", plan, full_disk),
    },
    Fault {
        name: "file_limit",
        done: "the process may not make its files longer (`RLIMIT_FSIZE`), then it may again",
        promise: "as with a full disk; the signal that comes with the limit does not end the process",
        peak_mib: 192,
        is_quick: true,
        run: file_limit,
    },
    Fault {
        name: "full_disk_start",
        done: "the gateway is started on a full disk",
        promise: "it ends at once with a message that names the file and the reason, and exit code 2",
        peak_mib: 0,
        is_quick: false,
        run: |plan| inside("full_disk_start", plan, full_disk_start),
    },
    Fault {
        name: "read_only_start",
        done: "the gateway is started with a home on a read-only file system, an empty one and one that was in use",
        promise: "it ends at once with a message that names the path and the reason, and exit code 2",
        peak_mib: 0,
        is_quick: false,
        run: |plan| inside("read_only_start", plan, read_only_start),
    },
    Fault {
        name: "read_only_running",
        done: "the home turns read-only under the running gateway, which keeps only the files that it has open, and \
               then writable again",
        promise: "requests go on, each durable in the open journal; what cannot be published waits and is published \
                  later, the log says both once, and `audit verify` passes",
        peak_mib: 192,
        is_quick: false,
        run: |plan| inside("read_only_running", plan, read_only_running),
    },
];

/// The size of the small file system.
const SMALL_MIB: u64 = 12;
/// Only what is worth a warning, so that lines can be counted.
const QUIET: &str = "[telemetry]\nlog_filter = \"warn\"\n";

fn full_disk(plan: &Plan) -> Outcome<Seen> {
    let world = small_world()?;
    let home = world.installation.home();
    let ballast = home.join("ballast");
    let live = world.start()?;
    let seen = fails_closed(plan, live, &|_| fill(&ballast), &|_| remove(&ballast));
    unmount(&home)?;
    seen
}

fn file_limit(plan: &Plan) -> Outcome<Seen> {
    let live = World::new(Setting { tables: QUIET, ..Setting::default() })?.start()?;
    let limit = |live: &Live, bytes: Option<u64>| {
        let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let output = Command::new("prlimit")
            .args(["--pid", &live.server.id().to_string(), &format!("--fsize={bytes}:")])
            .output()
            .map_err(|error| format!("cannot run prlimit: {error}"))?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    };
    // Room for the head of a new file and for no entry.
    fails_closed(plan, live, &|live| limit(live, Some(40)), &|live| limit(live, None))
}

/// What is asked once a request has been refused.
const LATER: &str = "and is it better now";

/// Takes the room to write away from a gateway and gives it back.
fn fails_closed(
    plan: &Plan,
    mut live: Live,
    take: &dyn Fn(&Live) -> Outcome,
    give: &dyn Fn(&Live) -> Outcome,
) -> Outcome<Seen> {
    let mut answered = BTreeSet::new();
    let mut note = |answer: &crate::client::Answer| {
        answered.extend(decided(answer).filter(|_| answer.status < 500).map(str::to_owned))
    };
    for turn in 0..20 {
        let answer = live.post(if turn % 2 == 0 { CHAT } else { MESSAGES }, &chat("hello", false))?;
        note(&answer);
        if answer.status != 200 {
            return Err(format!("before the fault it answers {}", answer.status));
        }
    }
    let mark = live.log_mark();
    take(&live)?;

    // The last room is used up by requests that are still answered, and that are in the log.
    let refused = (0..3_000).find_map(|_| {
        let answer = live.post(CHAT, &chat("hello", false));
        if let Ok(answer) = &answer {
            note(answer);
        }
        (!answer.as_ref().is_ok_and(|answer| answer.status == 200)).then_some(answer)
    });
    let refused = refused.ok_or("three thousand requests were answered with no room to record them")??;
    refusal(CHAT, &refused)?;
    let requests = plan.choose(200, 40);
    for turn in 0..requests {
        let path = if turn % 2 == 0 { CHAT } else { MESSAGES };
        refusal(path, &live.post(path, &chat(LATER, turn % 4 > 1))?)?;
    }
    // The first that was refused may be on its way still: it was sent before anybody knew.
    let is_later = |body: &[u8]| body.windows(LATER.len()).any(|window| window == LATER.as_bytes());
    let received = live.world.upstream.take_received();
    let reached = received.iter().filter(|received| is_later(&received.body)).count();
    if reached > 0 {
        return Err(format!("{reached} of {requests} requests that were refused had reached the upstream"));
    }
    let (ready, words) = live.admin("/readyz")?;
    let (alive, _) = live.admin("/livez")?;
    if (ready, alive) != (503, 200) || !words.contains("audit log") {
        return Err(format!("/readyz says {ready} ({}) and /livez {alive}", words.trim()));
    }
    let said = live.log().split_off(mark);
    let (lines, about) = (said.lines().count(), said.matches("the audit log cannot be written").count());
    if about != 1 || lines > 12 {
        return Err(format!("{requests} refusals made {lines} lines of log, {about} about the audit log:\n{said}"));
    }

    give(&live)?;
    // By itself: nobody sends requests to a gateway that is not ready.
    if !eventually(Duration::from_secs(15), || live.admin("/readyz").is_ok_and(|(status, _)| status == 200)) {
        return Err(format!("with room again it does not become ready:\n{}", live.log().split_off(mark)));
    }
    for turn in 0..20 {
        let answer = live.post(if turn % 2 == 0 { CHAT } else { MESSAGES }, &chat("hello", false))?;
        note(&answer);
        if answer.status != 200 {
            return Err(format!("with room again it answers {}: {}", answer.status, answer.text()));
        }
    }
    if !live.log().split_off(mark).contains("the audit log can be written again") {
        return Err("the log does not say that the audit log can be written again".to_owned());
    }
    sound(&live.world, &answered)?;
    let seen = live.seen(vec![format!(
        "{requests} requests refused, {lines} lines of log in that time, {} answered ones all in the log",
        answered.len()
    )])?;

    // And what was left of it all can be taken up again.
    live.server.kill()?;
    live = live.world.start()?;
    sound(&live.world, &answered)?;
    live.answers()?;
    live.server.stop()?;
    Ok(seen)
}

fn sound(world: &World, answered: &BTreeSet<String>) -> Outcome {
    world.verify()?;
    Told::read(&world.entries()?)?.holds(answered)
}

/// That an answer is the one of a gateway that cannot record.
fn refusal(path: &str, answer: &crate::client::Answer) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let told = if path == CHAT { body.pointer("/error/code") } else { body.pointer("/error/type") };
    let expected = if path == CHAT { "unavailable" } else { "overloaded_error" };
    if answer.status == 503 && told.is_some_and(|told| told == expected) {
        return Ok(());
    }
    Err(format!("{path} is refused with {}: {}", answer.status, answer.text()))
}

fn full_disk_start(_plan: &Plan) -> Outcome<Seen> {
    let world = small_world()?;
    let home = world.installation.home();
    fill(&home.join("ballast"))?;
    let said = ends(&world);
    unmount(&home)?;
    let said = said?;
    if !said.contains("No space left") {
        return Err(format!("the message does not tell why: {said}"));
    }
    Ok(Seen { notes: vec![said.replace('\n', " ")], ..Seen::default() })
}

fn read_only_start(_plan: &Plan) -> Outcome<Seen> {
    let mut notes = Vec::new();
    for is_used in [false, true] {
        let mut world = World::without_key(Setting::default())?;
        let home = world.installation.home();
        if is_used {
            world.key = world.installation.new_key("faults")?;
            let live = world.start()?;
            live.post(CHAT, &chat("hello", false))?;
            live.server.stop()?;
            world = live.world;
        }
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        mount_read_only(&home)?;
        let said = ends(&world);
        // Once for the binding and once for what it was bound to.
        unmount(&home)?;
        let said = said?;
        if !said.contains("Read-only file system") || !said.contains(&home.display().to_string()) {
            return Err(format!("the message does not tell what and why: {said}"));
        }
        notes.push(said.replace('\n', " ").replace(&home.display().to_string(), "HOME"));
    }
    Ok(Seen { notes, ..Seen::default() })
}

/// Starts a gateway that cannot, and returns what it said.
fn ends(world: &World) -> Outcome<String> {
    let output = world.installation.run(&["serve"])?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.code() != Some(2) || said.contains("panicked") {
        return Err(format!("it ended with {} and said: {said}", output.status));
    }
    Ok(said)
}

fn read_only_running(_plan: &Plan) -> Outcome<Seen> {
    let mut live = World::new(Setting { tables: QUIET, ..Setting::default() })?.start()?;
    let home = live.world.installation.home();
    let mut answered = BTreeSet::new();
    let mut ask = |live: &Live| {
        let answer = live.post(CHAT, &chat("hello", false))?;
        answered.extend(decided(&answer).map(str::to_owned));
        if answer.status == 200 { Ok(()) } else { Err(format!("it answers {}: {}", answer.status, answer.text())) }
    };
    (0..10).try_for_each(|_| ask(&live))?;
    let mark = live.log_mark();
    mount_read_only(&home)?;
    let held = (0..40).try_for_each(|_| {
        std::thread::sleep(Duration::from_millis(100));
        ask(&live)
    });
    unmount(&home)?;
    held?;
    let said = live.log().split_off(mark);
    if said.matches("the audit log cannot be published").count() != 1 {
        return Err(format!("the log must say once that nothing can be published:\n{said}"));
    }
    let can_again = || live.log().split_off(mark).contains("the audit log can be published again");
    if !eventually(Duration::from_secs(15), can_again) {
        return Err(format!("what waited is not published:\n{}", live.log().split_off(mark)));
    }
    ask(&live)?;
    sound(&live.world, &answered)?;
    live.answers()?;
    let seen = live.seen(vec![format!("{} requests answered, all in the log", answered.len())])?;
    live.server.stop()?;
    Ok(seen)
}

/// A world whose home is a small file system of its own.
fn small_world() -> Outcome<World> {
    let mut world = World::without_key(Setting { tables: QUIET, ..Setting::default() })?;
    let home = world.installation.home();
    fs::create_dir_all(&home).map_err(|error| format!("cannot make the home: {error}"))?;
    mount_small(&home, SMALL_MIB)?;
    world.key = world.installation.new_key("faults")?;
    Ok(world)
}

fn fill(ballast: &Path) -> Outcome {
    let mut file = File::create(ballast).map_err(|error| format!("cannot fill the disk: {error}"))?;
    while file.write_all(&[7; 4_096]).is_ok() {}
    Ok(())
}

fn remove(ballast: &Path) -> Outcome {
    fs::remove_file(ballast).map_err(|error| format!("cannot make space: {error}"))
}
