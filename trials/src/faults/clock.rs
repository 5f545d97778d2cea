//! A clock that jumps.
//!
//! The gateway is started with a small library before the system's own that adds an offset, read from a file, to
//! the time of day. It is built on the spot with `cc`; time that only runs forward is left as it is, as it is when
//! somebody sets a machine's clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::world::{CHAT, Live, Setting, Told, World, chat, eventually};
use super::{Fault, Plan, Seen};
use crate::Outcome;

pub(super) const FAULTS: &[Fault] = &[Fault {
    name: "clock_jumps",
    done: "the system's clock is set back an hour, forward a day, and back again, while a key is at its limit and \
           another has expired",
    promise: "the used-up limit stays used up and the expired key stays expired, the log keeps the order in which \
              things happened, and `audit verify` passes; after a start the system's clock is believed",
    peak_mib: 192,
    is_quick: true,
    run: jumps,
}];

const SHIM: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        char text[32] = {0};
        int file = open(getenv("REDOUBT_TRIAL_CLOCK"), O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            if (read(file, text, sizeof text - 1) > 0) time->tv_sec += atoll(text);
            close(file);
        }
    }
    return result;
}
"#;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A clock that a trial sets.
struct Clock {
    folder: PathBuf,
}

impl Clock {
    fn build(folder: &Path) -> Outcome<Self> {
        let source = folder.join("clock.c");
        fs::write(&source, SHIM).map_err(|error| format!("cannot write {}: {error}", source.display()))?;
        let clock = Self { folder: folder.to_owned() };
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(clock.library())
            .arg(&source)
            .output()
            .map_err(|error| format!("cannot run cc: {error}"))?;
        if !output.status.success() {
            return Err(format!("cc failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        clock.set(0)?;
        Ok(clock)
    }

    fn library(&self) -> PathBuf {
        self.folder.join("clock.so")
    }

    fn offset(&self) -> PathBuf {
        self.folder.join("offset")
    }

    /// The variables under which a program sees this clock.
    fn variables(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.display().to_string();
        vec![("LD_PRELOAD".to_owned(), text(self.library())), ("REDOUBT_TRIAL_CLOCK".to_owned(), text(self.offset()))]
    }

    /// Sets the clock so many seconds off, in one step.
    fn set(&self, seconds: i64) -> Outcome {
        let unfinished = self.folder.join("offset.unfinished");
        fs::write(&unfinished, seconds.to_string())
            .and_then(|()| fs::rename(&unfinished, self.offset()))
            .map_err(|error| format!("cannot set the clock: {error}"))
    }
}

fn jumps(_plan: &Plan) -> Outcome<Seen> {
    let mut world = World::without_key(Setting::default())?;
    let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
    let clock = Clock::build(folder.path())?;
    world.installation.set_variables(clock.variables());
    let make = |world: &World, arguments: &[&str]| {
        let made = world.installation.run(&[&["key", "create", "--json"], arguments].concat())?;
        let said: Value = serde_json::from_slice(&made.stdout).unwrap_or_default();
        let key = said.get("key").and_then(Value::as_str).map(str::to_owned);
        key.ok_or_else(|| format!("no key was made: {}", String::from_utf8_lossy(&made.stderr)))
    };
    world.key = make(&world, &[])?;
    let limited = make(&world, &["--requests", "3"])?;
    // Made a day ago but for a few seconds, so that it is about to expire.
    clock.set(8 - DAY)?;
    let expiring = make(&world, &["--expires-in-days", "1"])?;
    clock.set(0)?;

    let live = world.start()?;
    let status = |key: &str| -> Outcome<u16> {
        let answer = crate::client::post(&live.server.data_address, CHAT, key, &chat("hello", false));
        answer.map(|answer| answer.status).map_err(|error| format!("no answer: {error}"))
    };
    if status(&expiring)? != 200 {
        return Err("the key is expired before its time".to_owned());
    }
    let shift = shift_is_seen(&live, &clock)?;
    if !eventually(Duration::from_secs(30), || status(&expiring) == Ok(401)) {
        return Err("the key does not expire".to_owned());
    }
    let mut used = 0;
    while status(&limited)? == 200 {
        used += 1;
        if used > 5 {
            return Err("a limit of three requests a minute lets six pass".to_owned());
        }
    }
    for (offset, words) in
        [(-HOUR, "back an hour"), (DAY, "forward a day"), (0, "right again"), (-3 * DAY, "back three days")]
    {
        clock.set(offset)?;
        thread::sleep(Duration::from_millis(50));
        for (key, expected, what) in [(&limited, 429, "the used-up limit"), (&expiring, 401, "the expired key")] {
            let found = status(key)?;
            if found != expected {
                return Err(format!("with the clock {words}, {what} is answered with {found} instead of {expected}"));
            }
        }
        let found = status(&live.world.key)?;
        if found != 200 {
            return Err(format!("with the clock {words}, a good key is answered with {found}"));
        }
    }
    let steps = order(&live)?;
    live.world.verify()?;
    let seen = live.seen(vec![shift, steps])?;

    // A crash while the clock is wrong, and a start with the right one.
    live.server.kill()?;
    clock.set(0)?;
    let mut live = live.world.start()?;
    live.world.verify()?;
    live.answers()?;
    live.server.stop()?;
    Ok(seen)
}

/// That the gateway sees the clock that is set, or nothing here would say anything.
fn shift_is_seen(live: &Live, clock: &Clock) -> Outcome<String> {
    let time = |live: &Live| -> Outcome<i64> {
        let answer = live.post(CHAT, &chat("hello", false))?;
        let id = answer.header("x-redoubt-request-id").unwrap_or_default().to_owned();
        let record = live.world.record(&id)?;
        record.pointer("/request/time").and_then(Value::as_i64).ok_or_else(|| "a record without a time".to_owned())
    };
    let before = time(live)?;
    clock.set(-HOUR)?;
    let after = time(live)?;
    clock.set(0)?;
    let shift = (before - after) / 1_000_000;
    if (HOUR - 60..=HOUR).contains(&shift) {
        return Ok(format!("set back an hour, the next record is dated {shift} s earlier"));
    }
    Err(format!("the gateway does not see the clock that was set: {shift} s"))
}

/// That each request begins before it ends in the log, however its times stand.
fn order(live: &Live) -> Outcome<String> {
    let entries = live.world.entries()?;
    Told::read(&entries)?;
    let times: Vec<i64> = entries.iter().filter_map(|entry| entry.get("time")?.as_i64()).collect();
    let back = times.iter().zip(times.iter().skip(1)).filter(|(first, second)| second < first).count();
    Ok(format!("{} entries in order; their times go back {back} times", entries.len()))
}
