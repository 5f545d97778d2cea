//! Where the processor time of the gateway goes, by function, as `perf` samples it.

use std::collections::BTreeMap;
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

/// The parts of the process, the kernel one of them, and then the functions that took most. A binary that was stripped of
/// its names has no functions; `CARGO_PROFILE_RELEASE_STRIP=none` leaves them.
pub(super) fn top(folder: &Path, count: usize) -> Shares {
    let report = Command::new("perf")
        .args(["report", "-q", "--stdio", "--no-children", "--sort", "dso,symbol", "--field-separator", "\t", "-i"])
        .arg(folder.join("perf.data"))
        .stderr(Stdio::null())
        .output();
    let text = report.map(|report| String::from_utf8_lossy(&report.stdout).into_owned()).unwrap_or_default();
    shares(&text, count)
}

/// Reads lines of a share, a part and a symbol.
fn shares(report: &str, count: usize) -> Shares {
    let mut parts: BTreeMap<&str, f64> = BTreeMap::new();
    let mut functions = Vec::new();
    for line in report.lines() {
        let mut cells = line.split('\t').map(str::trim);
        let (Some(share), Some(part), Some(symbol)) = (cells.next(), cells.next(), cells.next()) else { continue };
        let Ok(share) = share.trim_end_matches('%').parse::<f64>() else { continue };
        *parts.entry(part).or_default() += share;
        let symbol = symbol.trim_start_matches("[.]").trim_start_matches("[k]").trim();
        if !symbol.starts_with("0x") {
            functions.push((share, format!("{part}: {}", shortened(symbol))));
        }
    }
    functions.truncate(count);
    let mut all: Shares = parts.into_iter().map(|(part, share)| (share, format!("{part}, all of it"))).collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    all.retain(|(share, _)| *share >= SHARE_MIN);
    all.extend(functions);
    all
}

/// What has less is not told.
const SHARE_MIN: f64 = 0.1;

/// Without the hash, and not longer than a line.
fn shortened(symbol: &str) -> String {
    let plain = symbol.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(symbol, |(name, _)| name);
    plain.chars().take(110).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_before_functions_and_addresses_are_no_names() {
        let report = "\n  5.20%\t[kernel.kallsyms]\t[k] tcp_ack\n 3.00%\tredoubt\t[.] 0x00000000020c9abc\n 2.5%\tredoubt\t\
                      [.] a::b::h0123456789abcdef\n 0.01%\t[vdso]\t[.] clock\nno line\n";
        let expected = [
            (5.5, "redoubt, all of it"),
            (5.2, "[kernel.kallsyms], all of it"),
            (5.2, "[kernel.kallsyms]: tcp_ack"),
            (2.5, "redoubt: a::b"),
        ];
        let expected: Shares = expected.into_iter().map(|(share, words)| (share, words.to_owned())).collect();
        assert_eq!(shares(report, 2), expected);
    }
}
