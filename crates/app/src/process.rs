//! What a server asks of the process it runs in.

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// Linux's number of the signal that comes with `EFBIG`; the other systems we know have the same.
const FILE_SIZE_EXCEEDED: i32 = 25;

/// Files that a server needs besides its clients' connections: stores, listeners, connections to upstreams.
const OWN_FILES: u64 = 1_024;

/// Makes the process fit for serving `connections` on each plane: as many open files as the system lets it have,
/// and a write beyond the limit of a file's size as an error instead of the end. Must run inside the runtime.
pub(crate) fn prepare(connections: usize) {
    // Handled, so that the system's default, which ends the process, is not in force; there is nothing to do.
    if let Err(error) = signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED)) {
        tracing::warn!(%error, "a limit of file sizes would end the process");
    }
    let mut limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum;
    if limit.current != hard {
        limit.current = hard;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files cannot be raised");
        }
    }
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OWN_FILES);
    let may_open = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if may_open < wanted {
        tracing::warn!(
            may_open,
            wanted,
            "the system allows fewer open files than `bounds.connections` may need; beyond them, clients wait"
        );
    }
}
