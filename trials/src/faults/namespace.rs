//! A mount table of one's own: a fault that needs a small or read-only file system runs in one, so that it needs
//! no rights on the machine and leaves nothing mounted.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Plan, Seen};
use crate::Outcome;

/// Set for the program that runs inside.
const MARK: &str = "REDOUBT_FAULTS_INSIDE";

/// How a mount table of one's own may be had: as anybody where the kernel lets users make namespaces, or as root
/// where it does not.
const WAYS: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];

/// Runs `work` where it may mount, which is this program once more, asked for the fault of this `name` alone.
pub(super) fn inside(name: &str, plan: &Plan, work: fn(&Plan) -> Outcome<Seen>) -> Outcome<Seen> {
    if env::var_os(MARK).is_some() {
        return work(plan);
    }
    let way = way()?;
    let program = env::current_exe().map_err(|error| format!("cannot tell where this program lies: {error}"))?;
    let mut command = Command::new("unshare");
    command.args(way).arg("--").arg(program).args(["faults", "--json", "--only", name]).env(MARK, "1");
    if plan.is_quick {
        command.arg("--quick");
    }
    let output = command.stderr(Stdio::piped()).output().map_err(|error| format!("cannot run unshare: {error}"))?;
    let told: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("the trial inside said: {}", String::from_utf8_lossy(&output.stderr)))?;
    let row = told.get(0).ok_or("the trial inside told nothing")?;
    if let Some(reason) = row.get("reason").and_then(Value::as_str) {
        return Err(reason.to_owned());
    }
    let number = |key: &str| row.get(key).and_then(Value::as_u64).unwrap_or(u64::MAX);
    let notes = row.get("notes").and_then(Value::as_array).into_iter().flatten();
    Ok(Seen {
        idle_kib: number("idle_kib"),
        peak_kib: number("peak_kib"),
        notes: notes.filter_map(|note| note.as_str().map(str::to_owned)).collect(),
    })
}

fn way() -> Outcome<&'static [&'static str]> {
    let mut said = String::new();
    for way in WAYS {
        let tried = Command::new("unshare")
            .args(way)
            .args(["--", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp"])
            .output()
            .map_err(|error| format!("cannot run unshare: {error}"))?;
        if tried.status.success() {
            return Ok(way);
        }
        said.push_str(String::from_utf8_lossy(&tried.stderr).trim());
        said.push(' ');
    }
    Err(format!("this machine lets neither users nor root mount in a namespace of their own: {}", said.trim()))
}

/// Mounts an empty file system of `mib` MiB on `folder`.
pub(super) fn mount_small(folder: &Path, mib: u64) -> Outcome {
    mount(&["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "tmpfs"], folder)
}

/// Lets everything below `folder` be read and nothing be written, for all that is opened from now on. Files that
/// are open for writing stay so, as they do where a file system turns read-only under a process.
pub(super) fn mount_read_only(folder: &Path) -> Outcome {
    // Made aside and moved there in one step: a file opened for writing in between would keep it writable.
    let aside = folder.with_extension("aside");
    std::fs::create_dir_all(&aside).map_err(|error| format!("cannot make {}: {error}", aside.display()))?;
    mount(&["--bind", &folder.display().to_string()], &aside)?;
    mount(&["-o", "remount,bind,ro"], &aside)?;
    mount(&["--move", &aside.display().to_string()], folder)
}

/// Takes back the last mount on `folder`.
pub(super) fn unmount(folder: &Path) -> Outcome {
    said(Command::new("umount").arg("--lazy").arg(folder), "umount")
}

fn mount(arguments: &[&str], folder: &Path) -> Outcome {
    said(Command::new("mount").args(arguments).arg(folder), "mount")
}

fn said(command: &mut Command, name: &str) -> Outcome {
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
