//! Writing a file in one step: beside its place first, then into it by renaming.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The directory for files that are not finished yet. Must be on the file system of their places.
#[derive(Debug)]
pub(crate) struct Staging {
    directory: PathBuf,
    next: AtomicU64,
}

impl Staging {
    pub(crate) fn open(directory: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        Ok(Self { directory, next: AtomicU64::new(0) })
    }

    /// Removes what a crash has left unfinished. Only for whoever knows that nobody else writes.
    pub(crate) fn forget_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// Puts `content` at `place`. A reader sees the old file or the new one, never a part; with
    /// `is_durable`, that holds across a crash too, once the directory has been synced.
    pub(crate) fn write(&self, place: &Path, content: &[u8], is_durable: bool) -> io::Result<()> {
        // The process id keeps apart what a command writes beside a running server.
        let name = format!("{}-{}", std::process::id(), self.next.fetch_add(1, Ordering::Relaxed));
        let unfinished = self.directory.join(name);
        let written = self.write_unfinished(&unfinished, content, is_durable).and_then(|()| {
            // The directory may have been removed by somebody who found it empty.
            match fs::rename(&unfinished, place) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    place.parent().map_or(Ok(()), fs::create_dir_all)?;
                    fs::rename(&unfinished, place)
                }
                result => result,
            }
        });
        if written.is_err() {
            // Best effort; what stays is removed at the next start.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn write_unfinished(&self, path: &Path, content: &[u8], is_durable: bool) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(content)?;
        if is_durable { file.sync_all() } else { Ok(()) }
    }
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The content of a file, or none if there is no such file.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file; no error if there is none.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_absence(&error) => Err(error),
        _ => Ok(()),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
