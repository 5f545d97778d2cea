//! Where the processor time of the gateway goes, by function, as `perf` samples it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Starts to sample a process for some seconds; none without `perf`.
pub(super) fn start(process: u32, seconds: u64, folder: &Path) -> Option<std::process::Child> {
    Command::new("perf")
        .args(["record", "-q", "-F", "997", "-p", &process.to_string(), "-o"])
        .arg(folder.join("perf.data"))
        .args(["--", "sleep", &seconds.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

/// Functions with their share in percent.
pub(super) type Shares = Vec<(f64, String)>;

/// The functions that took most.
pub(super) fn top(folder: &Path, count: usize) -> Shares {
    let report = Command::new("perf")
        .args(["report", "-q", "--stdio", "--no-children", "--sort", "symbol", "-i"])
        .arg(folder.join("perf.data"))
        .stderr(Stdio::null())
        .output();
    let text = report.map(|report| String::from_utf8_lossy(&report.stdout).into_owned()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        let (share, symbol) = line.trim().split_once("%")?;
        let symbol = symbol.trim().trim_start_matches("[.]").trim_start_matches("[k]").trim();
        Some((share.trim().parse::<f64>().ok()?, shortened(symbol)))
    });
    lines.take(count).collect()
}

/// Without the hash, and not longer than a line.
fn shortened(symbol: &str) -> String {
    let plain = symbol.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(symbol, |(name, _)| name);
    plain.chars().take(110).collect()
}
