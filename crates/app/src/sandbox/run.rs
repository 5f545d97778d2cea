//! A program from its beginning to its end, seen from outside.

use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use redoubt_pipeline::{Ended, Said, Task, TaskError};
use rustix::process::{Pid, Signal, geteuid, getpid, kill_process_group};

use super::DiskOutside;
use super::folder::{Folder, NOBODY};
use super::walls::{COMMAND, FAILED, Plan, SPEC, VISIBLE};
use crate::shelf;

/// The last words of `unshare` if the program was killed.
const KILLED: &[u8] = b"unshare: sigprocmask unblock failed: Invalid argument";
const ENDED: &str = "was killed by the system, as one is that passes `limits.processor_s` or all memory";

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Each how many looks its folder is measured.
const LOOKS_PER_SIZE: u32 = 10;
/// How long streams may stay open after the end: only what escaped its group without walls holds them.
const LINGER: Duration = Duration::from_secs(1);
/// How much of its last words is told.
const WORDS: usize = 600;

/// Runs a task in a fresh folder and takes its outputs.
pub(super) fn execute(outside: &DiskOutside, task: &Task<'_>) -> Result<Ended, TaskError> {
    let refused = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| TaskError::Refused(format!("{what}: {error}"))
    };
    let owner = geteuid().is_root().then_some(NOBODY);
    let folder = Folder::new(owner).map_err(refused("no folder can be made for the program"))?;
    let filled = fill(outside, task, &folder);
    let program = filled?;
    let own = own(&folder).map_err(refused("this program does not find itself"))?;
    let plan = Plan {
        parent: getpid().as_raw_nonzero().get(),
        program,
        arguments: task.command.iter().skip(1).cloned().collect(),
        environment: task.environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        is_walled: task.is_sandboxed,
        processor_s: task.limits.processor_s,
        memory: task.limits.memory,
        file: task.limits.disk,
        processes: task.limits.processes,
    };
    let put = folder.put(SPEC, plan.to_json().to_string().as_bytes(), 0o600);
    put.and_then(|()| folder.put(FAILED, b"", 0o600)).map_err(refused("the program's folder cannot be filled"))?;
    let mut command = Command::new(own);
    command.arg(COMMAND).arg(folder.path()).arg("outer").env_clear().current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    if let Some(owner) = owner {
        command.uid(owner).gid(owner);
    }
    let mut child = command.spawn().map_err(refused("the program cannot be begun"))?;
    let (stdout, stderr) =
        (listen(child.stdout.take(), task.limits.said), listen(child.stderr.take(), task.limits.said));
    let ended = watch(&mut child, task, &folder);
    kill(&mut child);
    let (stdout, stderr) = (stdout.said(), stderr.said());
    // What stands there was written before the program began, and by none but us.
    let failed = std::fs::read_to_string(folder.path().join(FAILED)).unwrap_or_default();
    if !failed.is_empty() {
        return Err(TaskError::Refused(failed.trim().to_owned()));
    }
    match ended {
        Ok(status) if status.success() => {}
        // So `unshare` says that what it waited for was killed.
        Ok(_) if stderr.bytes.trim_ascii_end().ends_with(KILLED) => {
            return Err(TaskError::Failed(format!("the program {ENDED}")));
        }
        Ok(status) => return Err(TaskError::Failed(format!("the program {}{}", how(status), words(&stderr)))),
        Err(reason) => return Err(TaskError::Failed(format!("the program {reason}, and was ended{}", words(&stderr)))),
    }
    if folder.size() > task.limits.disk {
        return Err(TaskError::Output(format!(
            "the program wrote more than `limits.disk`, {} bytes",
            task.limits.disk
        )));
    }
    let outputs = task.outputs.iter().map(|output| folder.take(output, task.limits.disk)).collect::<Result<_, _>>()?;
    Ok(Ended { outputs, stdout, stderr })
}

/// Puts all that the program needs into its folder, and says where the program is for itself.
fn fill(outside: &DiskOutside, task: &Task<'_>, folder: &Folder) -> Result<String, TaskError> {
    let refused = |name: &str| {
        let name = name.to_owned();
        move |error: String| TaskError::Refused(format!("`{name}` cannot be given to the program: {error}"))
    };
    let place = |name: &str| format!("work/{}", name.strip_prefix("./").unwrap_or(name));
    let copy = |name: &str, mode: u32| {
        let from = outside.base.join(name);
        let bytes = shelf::read_if(&from).map_err(|error| refused(name)(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| refused(name)("there is no such file".to_owned()))?;
        folder.put(&place(name), &bytes, mode).map_err(|error| refused(name)(error.to_string()))
    };
    for file in task.files {
        copy(file, 0o500)?;
    }
    for (name, bytes) in &task.inputs {
        folder.put(&place(name), bytes, 0o400).map_err(|error| refused(name)(error.to_string()))?;
    }
    let name = task.command.first().map_or("", String::as_str);
    let work = if task.is_sandboxed { PathBuf::from("/work") } else { folder.work() };
    if name.contains('/') && !name.starts_with('/') {
        let is_given = task.files.iter().any(|file| place(file) == place(name));
        if !is_given {
            copy(name, 0o500)?;
        }
        let local = name.strip_prefix("./").unwrap_or(name);
        return Ok(work.join(local).to_string_lossy().into_owned());
    }
    let found = outside.find(name).map_err(|error| refused(name)(error.to_string()))?;
    if task.is_sandboxed && !VISIBLE.iter().any(|place| found.starts_with(place)) {
        let reason = format!("behind walls only {} are seen; copy it beside the pipeline file", VISIBLE.join(", "));
        return Err(refused(name)(reason));
    }
    Ok(found.to_string_lossy().into_owned())
}

/// This program, where the one that runs it may reach it.
fn own(folder: &Folder) -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let is_open = |path: &Path| path.metadata().is_ok_and(|it| it.permissions().mode() & 0o001 != 0);
    if !geteuid().is_root() || own.ancestors().all(is_open) {
        return Ok(own);
    }
    let copy = folder.path().join("redoubt");
    std::fs::copy(&own, &copy)?;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o555))?;
    Ok(copy)
}

/// Waits for the end; the error says which limit was passed.
fn watch(child: &mut Child, task: &Task<'_>, folder: &Folder) -> Result<ExitStatus, String> {
    let began = Instant::now();
    for look in 0_u32.. {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => return Err(format!("was lost sight of ({error})")),
        }
        if began.elapsed() > task.limits.time {
            return Err(format!("took longer than `limits.time`, {} s", task.limits.time.as_secs_f64()));
        }
        if look.is_multiple_of(LOOKS_PER_SIZE) && folder.size() > task.limits.disk {
            return Err(format!("wrote more than `limits.disk`, {} bytes", task.limits.disk));
        }
        thread::sleep(LOOK);
    }
    Err("ran for ever".to_owned())
}

/// Ends all of its group. Behind walls the end of the first is the end of every process within.
fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // There may be nobody left.
        _ = kill_process_group(group, Signal::KILL);
    }
    _ = child.kill();
    _ = child.wait();
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with {code}"),
        (None, Some(signal)) if signal == Signal::XCPU.as_raw() || signal == Signal::KILL.as_raw() => ENDED.to_owned(),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "did not end well".to_owned(),
    }
}

fn words(said: &Said) -> String {
    let text = String::from_utf8_lossy(&said.bytes);
    let text = text.trim();
    let from = text.char_indices().rev().nth(WORDS).map_or(0, |(at, _)| at);
    match text.get(from..) {
        Some(last) if !last.is_empty() => format!("; its last words: {last}"),
        _ => String::new(),
    }
}

/// A stream that is read to its end, of which the beginning is kept.
struct Listener {
    said: Arc<Mutex<Said>>,
    thread: JoinHandle<()>,
}

fn listen(stream: Option<impl Read + Send + 'static>, kept_max: usize) -> Listener {
    let said = Arc::new(Mutex::new(Said::default()));
    let heard = Arc::clone(&said);
    let thread = thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0_u8; 8192];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let mut said = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = count.min(kept_max.saturating_sub(said.bytes.len()));
            said.bytes.extend(buffer.get(..kept).unwrap_or_default());
            said.lost += (count - kept) as u64;
        }
    });
    Listener { said, thread }
}

impl Listener {
    fn said(self) -> Said {
        let since = Instant::now();
        while !self.thread.is_finished() && since.elapsed() < LINGER {
            thread::sleep(LOOK);
        }
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
