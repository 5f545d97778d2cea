//! Programs that pipelines run: a folder of their own, limits, and walls around them.
//!
//! ```text
//! redoubt ── redoubt walls FOLDER outer ── unshare(1) ── redoubt walls FOLDER inner ── the program
//!            dies with the first           namespaces    a root of its own, no rights, limits
//! ```
//!
//! The walls are namespaces of Linux for users, mounts, processes, network and the rest. The program sees the system's
//! programs and libraries read-only, its own folder, and nothing else: no other file, no other process, no network.
//! What cannot be walled is not run, unless the file and the person both say so.

mod folder;
mod run;
mod walls;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redoubt_pipeline::{Digest, Ended, Outside, ShelfError, Task, TaskError};

use crate::shelf::{self, FileError};

pub(crate) use self::walls::Walls;

/// Where programs without `/` in their names are looked for.
const PROGRAMS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The world outside of a pipeline's steps.
#[derive(Debug)]
pub(crate) struct DiskOutside {
    base: PathBuf,
    may_be_unsandboxed: bool,
}

impl DiskOutside {
    /// Files are named from `base`, the folder of the pipeline file.
    pub(crate) fn new(base: &Path, may_be_unsandboxed: bool) -> Self {
        Self { base: base.to_owned(), may_be_unsandboxed }
    }

    /// Where a program or file lies.
    fn find(&self, name: &str) -> Result<PathBuf, FileError> {
        if name.contains('/') {
            let path = self.base.join(name);
            return if path.is_file() { Ok(path) } else { Err(FileError::Missing(path)) };
        }
        let is_program =
            |path: &PathBuf| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
        let mut places = PROGRAMS.iter().map(|place| Path::new(place).join(name));
        places.find(is_program).ok_or_else(|| FileError::Missing(Path::new("/usr/bin").join(name)))
    }
}

impl Outside for DiskOutside {
    fn digest(&self, path: &str) -> Result<Digest, ShelfError> {
        let path = self.find(path)?;
        let bytes = shelf::read_if(&path)?.ok_or(FileError::Missing(path))?;
        Ok(Digest::of(&bytes))
    }

    fn execute(&self, task: &Task<'_>) -> Result<Ended, TaskError> {
        if !task.is_sandboxed && !self.may_be_unsandboxed {
            let reason = "the file says `sandbox = \"none\"`, so the program could read and change whatever you can; \
                          give `--allow-unsandboxed` if you trust it as you trust yourself";
            return Err(TaskError::Refused(reason.to_owned()));
        }
        run::execute(self, task)
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
