//! The machine, as far as figures depend on it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use super::histogram::Histogram;
use crate::Outcome;

/// Cores and kernel in words.
pub(super) fn words() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release: String = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    format!("{cores} cores, Linux {release}; load, mock and gateway share them")
}

/// How long the disk takes to make 600 bytes behind the end of a file durable, as the journal asks it to: the
/// floor under every request whose record must be on the disk.
pub(super) fn sync_times(folder: &Path, count: usize, times: &mut Histogram) -> Outcome {
    let failed = |error: std::io::Error| format!("cannot measure the disk: {error}");
    let mut file = File::create(folder.join("synced")).map_err(failed)?;
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&[7; 600]).and_then(|()| file.sync_data()).map_err(failed)?;
        times.note(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok(())
}
