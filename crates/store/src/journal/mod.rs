//! The journal: entries of the audit log from the moment they are promised until they are published.
//!
//! One thread writes. Everything that is appended while an `fdatasync` runs waits for the next one and
//! shares it, so a thousand appends at once cost two. The next one waits a little for those who were just served, since
//! they tend to come again: else two crowds take turns, and each waits for the commit of the other. What nobody waits
//! for goes along with the next commit, or has one of its own some milliseconds later. An append that fails fails
//! everyone who shared it, and leaves nothing behind; the next one tries again from the last good byte.

mod frame;
mod queue;
mod segment;
mod writer;

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_domain::seams::{Haste, LOG_ENTRY_BYTES_MAX, Log, LogError, Told};
use thiserror::Error;

use frame::Rest;
use queue::{Append, Manner, Queue};
use segment::{HEADER, OpenSink, Segment};
use writer::Writer;

/// Why a journal cannot be opened.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The medium refused.
    #[error("cannot {operation} the journal at `{}`", path.display())]
    Medium {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process writes here.
    #[error("another process has the journal at `{}` open; stop it first", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// Bytes that had been durable are not what was written. To go on would lose entries in silence.
    #[error(
        "the journal is damaged: entry {index} at byte {at} of `{}` was durable and is broken; \
         restore the file, or move the journal away to give up its entries from there on",
        path.display()
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// The first broken entry.
        index: u64,
        /// Where it lies.
        at: u64,
    },
    /// The file is not a segment of a version that this program knows.
    #[error("`{}` is not a journal of a version that this program knows", path.display())]
    Version {
        /// The file.
        path: PathBuf,
    },
}

/// How a journal works. The defaults are for use, other values for tests.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A segment that has reached this size gets a successor. What is published is released by the
    /// segment, so this bounds what stays behind.
    pub segment_bytes_max: u64,
    /// How long an entry that nobody waits for waits for others: not so long that whoever looks into the log right after
    /// an answer misses its end there.
    pub soon: Duration,
    /// As many entries as these need no company.
    pub crowd: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes_max: 16 << 20, soon: Duration::from_millis(4), crowd: 1_024 }
    }
}

/// What was mended when a journal was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Bytes cut off behind the last whole entry: a write that a crash interrupted, promised to nobody.
    pub torn_bytes: u64,
    /// How many entries the journal counts, those released included.
    pub size: u64,
}

/// A journal that is open for writing.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    manner: Manner,
    thread: Option<JoinHandle<()>>,
    /// Unlocks when it is closed, after the thread has ended.
    _lock: File,
}

struct Shared {
    /// Oldest first; never empty.
    segments: Mutex<Vec<Segment>>,
    queue: Queue,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("segments", &self.segments).finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal in `directory`, making it if it is not there. Cuts off a torn end and says so;
    /// refuses one that is damaged elsewhere. Blocks.
    pub fn open(directory: &Path, options: Options) -> Result<(Self, Recovery), JournalError> {
        Self::open_with(directory, options, Box::new(segment::open_file))
    }

    fn open_with(directory: &Path, options: Options, open_sink: OpenSink) -> Result<(Self, Recovery), JournalError> {
        let failed = |operation| {
            let path = directory.to_owned();
            move |source| JournalError::Medium { operation, path, source }
        };
        fs::create_dir_all(directory).map_err(failed("create"))?;
        let lock = lock(directory)?;
        let mut firsts = segment::list(directory).map_err(failed("list"))?;
        if firsts.is_empty() {
            segment::create(directory, 0).map_err(failed("create"))?;
            firsts.push(0);
        }
        let mut segments = Vec::with_capacity(firsts.len());
        let mut torn_bytes = 0;
        for (at, &first) in firsts.iter().enumerate() {
            let (segment, torn) = load(directory, first, firsts.get(at + 1).copied())?;
            segments.push(segment);
            torn_bytes += torn;
        }
        let Some(last) = segments.last() else {
            return Err(failed("list")(io::Error::other("no segment")));
        };
        let (first, next, end, path) = (last.first, last.next(), last.end, last.path.clone());
        let mut sink = open_sink(&path).map_err(failed("open"))?;
        if torn_bytes > 0 {
            sink.truncate(end).and_then(|()| sink.sync()).map_err(failed("mend"))?;
        }
        let shared = Arc::new(Shared { segments: Mutex::new(segments), queue: Queue::default() });
        let manner = Manner { soon: options.soon, crowd: options.crowd };
        let writer = Writer {
            directory: directory.to_owned(),
            segment_bytes_max: options.segment_bytes_max,
            manner,
            shared: Arc::clone(&shared),
            open_sink,
            sink,
            first,
            next,
            end,
            is_dirty: false,
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run());
        let thread = thread.map_err(failed("start writing"))?;
        let journal = Self { shared, manner, thread: Some(thread), _lock: lock };
        Ok((journal, Recovery { torn_bytes, size: next }))
    }

    /// The entries in the journal at `directory` with their indices, read without disturbing whoever has it
    /// open. What is being written right now is left out.
    ///
    /// To check a log that is being written, read this first and the checkpoint after it: entries move from
    /// here to there.
    pub fn entries(directory: &Path) -> Result<Vec<(u64, Bytes)>, JournalError> {
        let failed = |source| JournalError::Medium { operation: "read", path: directory.to_owned(), source };
        let firsts = match segment::list(directory) {
            Ok(firsts) => firsts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut entries = Vec::new();
        for (at, &first) in firsts.iter().enumerate() {
            let bytes = match fs::read(segment::path(directory, first)) {
                Ok(bytes) => Bytes::from(bytes),
                // Released since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            let until = firsts.get(at + 1).copied();
            let scan = scan(directory, &bytes, first, until)?;
            let found = frame::entries(&bytes.slice(HEADER.len().min(bytes.len())..), first, scan.offsets.len());
            entries.extend((first..).zip(found.unwrap_or_default()));
        }
        Ok(entries)
    }

    fn segments(&self) -> MutexGuard<'_, Vec<Segment>> {
        self.shared.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_index(&self) -> u64 {
        self.segments().first().map_or(0, |segment| segment.first)
    }

    /// Where the entries from `from` on lie, at most `limit` of them and within one segment.
    fn locate(&self, from: u64, limit: usize) -> Result<Option<Run>, LogError> {
        let segments = self.segments();
        let first = segments.first().map_or(0, |segment| segment.first);
        if from < first {
            return Err(LogError::Released { from, first });
        }
        let Some(segment) = segments.iter().find(|segment| (segment.first..segment.next()).contains(&from)) else {
            return Ok(None);
        };
        let skip = usize::try_from(from - segment.first).unwrap_or(usize::MAX);
        let count = (segment.offsets.len() - skip).min(limit);
        let start = segment.offsets.get(skip).copied().unwrap_or(segment.end);
        let end = segment.offsets.get(skip + count).copied().unwrap_or(segment.end);
        Ok(Some(Run { path: segment.path.clone(), first: from, count, start, end }))
    }
}

/// Frames in a row.
struct Run {
    path: PathBuf,
    first: u64,
    count: usize,
    start: u64,
    end: u64,
}

impl Run {
    fn read(&self) -> io::Result<Vec<Bytes>> {
        let mut bytes = vec![0; usize::try_from(self.end - self.start).unwrap_or(0)];
        File::open(&self.path)?.read_exact_at(&mut bytes, self.start)?;
        let entries = frame::entries(&bytes.into(), self.first, self.count);
        entries.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "an entry is damaged"))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // The thread ends when nobody can append any more and everything that waits is written.
        self.shared.queue.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Log for Journal {
    fn enqueue(&self, entry: Bytes, haste: Haste, told: Told) {
        if entry.len() > LOG_ENTRY_BYTES_MAX {
            return told(Err(LogError::TooLarge { actual: entry.len(), max: LOG_ENTRY_BYTES_MAX }));
        }
        if let Err(Append { told, .. }) = self.shared.queue.push(Append { entry, haste, told }, self.manner) {
            told(Err(LogError::Medium { operation: "append", source: "the disk does not keep up".into() }));
        }
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError> {
        let mut entries = Vec::new();
        let mut at = from;
        while entries.len() < limit
            && let Some(run) = self.locate(at, limit - entries.len())?
        {
            let result = tokio::task::spawn_blocking(move || run.read()).await;
            match result.map_err(io::Error::other).and_then(|result| result) {
                Ok(found) => entries.extend(found),
                // Released while it was read.
                Err(_) if self.first_index() > at => {
                    return Err(LogError::Released { from, first: self.first_index() });
                }
                Err(source) => return Err(LogError::Medium { operation: "read", source: source.into() }),
            }
            at = from + u64::try_from(entries.len()).unwrap_or(u64::MAX);
        }
        if limit == 0 {
            self.locate(from, 0)?;
        }
        Ok(entries)
    }

    async fn first(&self) -> Result<u64, LogError> {
        Ok(self.first_index())
    }

    async fn size(&self) -> Result<u64, LogError> {
        Ok(self.segments().last().map_or(0, Segment::next))
    }

    async fn release(&self, before: u64) -> Result<(), LogError> {
        let released: Vec<PathBuf> = {
            let mut segments = self.segments();
            let count = segments.iter().skip(1).take_while(|segment| segment.first <= before).count();
            segments.drain(..count).map(|segment| segment.path).collect()
        };
        if released.is_empty() {
            return Ok(());
        }
        // Oldest first: a crash in between leaves no gap.
        let removed = tokio::task::spawn_blocking(move || released.iter().try_for_each(fs::remove_file)).await;
        let result = removed.map_err(io::Error::other).and_then(|result| result);
        result.map_err(|source| LogError::Medium { operation: "release", source: source.into() })
    }
}

fn lock(directory: &Path) -> Result<File, JournalError> {
    let path = directory.join("lock");
    let failed = |source| JournalError::Medium { operation: "lock", path: directory.to_owned(), source };
    let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Reads a segment whose successor, if it has one, begins with index `until`; mends it if it is the last
/// one and was cut off before it was begun. Returns how many bytes are torn.
fn load(directory: &Path, first: u64, until: Option<u64>) -> Result<(Segment, u64), JournalError> {
    let path = segment::path(directory, first);
    let failed = |operation| {
        let path = path.clone();
        move |source| JournalError::Medium { operation, path, source }
    };
    let mut bytes = fs::read(&path).map_err(failed("read"))?;
    if until.is_none() && bytes.len() < HEADER.len() && HEADER.starts_with(&bytes) {
        // Cut off while it was made: no entry can be in it.
        segment::create(directory, first).map_err(failed("mend"))?;
        bytes = HEADER.to_vec();
    }
    let scan = scan(directory, &bytes, first, until)?;
    let end = u64::try_from(scan.end).unwrap_or(u64::MAX);
    let segment = Segment { first, path: path.clone(), offsets: scan.offsets, end };
    let is_short = until.is_some_and(|until| segment.next() < until);
    if is_short || scan.rest == Rest::Damaged {
        return Err(JournalError::Damaged { index: segment.next(), at: end, path });
    }
    let torn = if scan.rest == Rest::Torn { bytes.len() - scan.end } else { 0 };
    Ok((segment, u64::try_from(torn).unwrap_or(u64::MAX)))
}

fn scan(directory: &Path, bytes: &[u8], first: u64, until: Option<u64>) -> Result<frame::Scan, JournalError> {
    if !bytes.starts_with(HEADER) && !HEADER.starts_with(bytes) {
        return Err(JournalError::Version { path: segment::path(directory, first) });
    }
    Ok(frame::scan(bytes, HEADER.len().min(bytes.len()), first, until))
}

#[cfg(test)]
mod tests;
