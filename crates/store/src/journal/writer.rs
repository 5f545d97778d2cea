//! The thread that writes: everything that waits goes into one commit.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use redoubt_domain::seams::{Haste, LogError};

use super::queue::{Append, Expected, Manner};
use super::segment::{self, HEADER, OpenSink, Segment, Sink};
use super::{Shared, frame};

/// The most bytes of one commit: a disk writes them in the time that one `fdatasync` takes anyway.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// The share of a commit's time that is worth waiting for those who were just served.
const PATIENCE_SHARE: u32 = 4;
/// More than this would be felt by those who do not come again and again.
const PATIENCE_MAX: Duration = Duration::from_millis(10);

/// Writes to the last segment. Nobody else does.
pub(super) struct Writer {
    pub(super) directory: PathBuf,
    pub(super) segment_bytes_max: u64,
    pub(super) manner: Manner,
    pub(super) shared: Arc<Shared>,
    pub(super) open_sink: OpenSink,
    pub(super) sink: Box<dyn Sink>,
    /// The index of the last segment's first entry.
    pub(super) first: u64,
    /// The index that the next entry will have: all before it are durable.
    pub(super) next: u64,
    /// Where the last durable frame ends in the last segment.
    pub(super) end: u64,
    /// Whether the last write failed, so that the segment may hold bytes that nobody was promised.
    pub(super) is_dirty: bool,
}

impl Writer {
    /// Writes until nobody can append any more.
    pub(super) fn run(mut self) {
        let mut batch = Vec::new();
        let mut expected = Expected::default();
        let shared = Arc::clone(&self.shared);
        // The mark is best effort: it protects against damage, and a power cut that takes it takes nothing else.
        while shared.queue.next(&mut batch, self.manner, expected, || drop(self.mark())) {
            let served = batch.iter().filter(|append| append.haste == Haste::Now).count();
            let begun = Instant::now();
            self.write(&mut batch);
            // Those who waited meanwhile, and those who were just served: who asks again and again is soon back.
            let awaited = self.shared.queue.awaited() + served;
            expected = Expected { awaited, patience: (begun.elapsed() / PATIENCE_SHARE).min(PATIENCE_MAX) };
        }
        let _ = self.mark().and_then(|()| self.sink.sync());
    }

    /// Writes the batch and tells everyone.
    fn write(&mut self, batch: &mut Vec<Append>) {
        while !batch.is_empty() {
            let mut bytes = 0;
            let fits = |append: &&Append| {
                let is_first = bytes == 0;
                bytes += append.entry.len() + frame::HEADER_LEN;
                is_first || bytes <= BATCH_BYTES_MAX
            };
            let count = batch.iter().take_while(fits).count();
            let committed = self.commit(batch.get(..count).unwrap_or_default());
            for (append, index) in batch.drain(..count).zip(committed.as_ref().copied().unwrap_or_default()..) {
                (append.told)(match &committed {
                    Ok(_) => Ok(index),
                    Err(error) => Err(medium(error)),
                });
            }
        }
    }

    /// Says behind the last entry that it is durable, once nothing more comes for the moment. Not synced: nobody waits
    /// for it, and the next commit takes it along or overwrites it.
    fn mark(&mut self) -> io::Result<()> {
        if self.is_dirty || self.next == self.first {
            return Ok(());
        }
        self.sink.write(self.end, &frame::mark(self.next))
    }

    /// Makes the batch durable and returns the index of its first entry; or leaves nothing of it behind.
    fn commit(&mut self, batch: &[Append]) -> io::Result<u64> {
        if self.is_dirty {
            self.mend()?;
        }
        if self.end >= self.segment_bytes_max {
            self.roll()?;
        }
        let first = self.next;
        let mut frames = Vec::with_capacity(batch.iter().map(|append| append.entry.len() + frame::HEADER_LEN).sum());
        let mut offsets = Vec::with_capacity(batch.len());
        for (append, index) in batch.iter().zip(first..) {
            offsets.push(self.end + length(&frames));
            frame::write(&append.entry, index, first, &mut frames);
        }
        if let Err(error) = self.sink.write(self.end, &frames).and_then(|()| self.sink.sync()) {
            self.is_dirty = true;
            // At once, so that a reader beside us and a crash right now find as little as can be; `mend`
            // does it again and insists.
            let _ = self.sink.truncate(self.end);
            return Err(error);
        }
        self.end += length(&frames);
        self.next += u64::try_from(offsets.len()).unwrap_or(u64::MAX);
        let mut segments = self.shared.segments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = segments.last_mut() {
            last.offsets.extend(offsets);
            last.end = self.end;
        }
        Ok(first)
    }

    /// Cuts off what a failed write has left. After a failed `fdatasync` the kernel may believe pages to be
    /// on the disk that are not, so nothing more is written to that file: the next segment begins.
    fn mend(&mut self) -> io::Result<()> {
        self.sink.truncate(self.end)?;
        self.sink.sync()?;
        if self.next != self.first {
            self.roll()?;
        }
        self.is_dirty = false;
        Ok(())
    }

    /// Begins the next segment.
    fn roll(&mut self) -> io::Result<()> {
        segment::create(&self.directory, self.next)?;
        let path = segment::path(&self.directory, self.next);
        self.sink = (self.open_sink)(&path)?;
        self.first = self.next;
        self.end = length(HEADER);
        let segment = Segment { first: self.first, path, offsets: Vec::new(), end: self.end };
        self.shared.segments.lock().unwrap_or_else(PoisonError::into_inner).push(segment);
        Ok(())
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The same failure for each of those that shared a commit.
fn medium(error: &io::Error) -> LogError {
    LogError::Medium { operation: "append", source: io::Error::new(error.kind(), error.to_string()).into() }
}
