//! The files of a journal: each is named after the index of its first entry.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::atomic::sync_directory;

/// What every segment begins with: the format and its version.
pub(super) const HEADER: &[u8; 16] = b"redoubt journal1";

/// A segment as the journal knows it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The index of its first entry.
    pub(super) first: u64,
    pub(super) path: PathBuf,
    /// Where the frame of each durable entry begins.
    pub(super) offsets: Vec<u64>,
    /// Where the last of them ends.
    pub(super) end: u64,
}

impl Segment {
    /// The index behind its last entry.
    pub(super) fn next(&self) -> u64 {
        self.first + u64::try_from(self.offsets.len()).unwrap_or(u64::MAX)
    }
}

pub(super) fn path(directory: &Path, first: u64) -> PathBuf {
    directory.join(format!("{first:020}"))
}

/// The segments in a directory by their first index, in order.
pub(super) fn list(directory: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let digits = name.to_str().filter(|name| name.len() == 20 && name.bytes().all(|b| b.is_ascii_digit()));
        found.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Makes an empty segment, durable with its name. Whatever had the name goes.
pub(super) fn create(directory: &Path, first: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path(directory, first))?;
    file.write_all(HEADER)?;
    file.sync_all()?;
    sync_directory(directory)
}

/// Where frames are written: a file, or something that fails on purpose in a test.
pub(super) trait Sink: Send {
    /// Writes all of `bytes` at `at`.
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off everything from `end`.
    fn truncate(&mut self, end: u64) -> io::Result<()>;
}

/// Opens the sink for a segment.
pub(super) type OpenSink = Box<dyn Fn(&Path) -> io::Result<Box<dyn Sink>> + Send>;

pub(super) fn open_file(path: &Path) -> io::Result<Box<dyn Sink>> {
    Ok(Box::new(OpenOptions::new().write(true).open(path)?))
}

impl Sink for File {
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, end: u64) -> io::Result<()> {
        self.set_len(end)
    }
}
