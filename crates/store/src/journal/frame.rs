//! How an entry lies in a segment, and how a torn end is told from damage.
//!
//! ```text
//! magic (4) | length (4) | index (8) | durable (8) | check (8) | entry
//! ```
//!
//! Numbers are big-endian. `durable` is how many entries were durable when this one was written: a frame
//! that is found whole behind a broken one shows whether the broken one had ever been promised to anybody.
//! `check` is the beginning of the BLAKE3 hash over all the rest.
//!
//! Behind the last entry lies a mark, which the next entry overwrites: a frame without an entry and with an index
//! that none has. Its `durable` is what makes damage to the last entry look like damage; without it, that looked
//! like a torn write.

use std::ops::Range;

use bytes::Bytes;
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;

/// Begins with a byte that no UTF-8 text holds, so that no entry can hold it.
const MAGIC: [u8; 4] = [0xf5, b'R', b'D', b'J'];

/// Bytes before the entry.
pub(super) const HEADER_LEN: usize = 32;

/// The index of a mark.
const MARK: u64 = u64::MAX;

/// The mark that says that `durable` entries are.
pub(super) fn mark(durable: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_LEN);
    write(b"", MARK, durable, &mut out);
    out
}

/// Adds the frame of `entry` to `out`.
pub(super) fn write(entry: &[u8], index: u64, durable: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&durable.to_be_bytes());
    let check = check(out.get(start..).unwrap_or_default(), entry);
    out.extend_from_slice(&check);
    out.extend_from_slice(entry);
}

/// A whole frame.
pub(super) struct Frame {
    pub(super) index: u64,
    pub(super) durable: u64,
    /// Where the entry lies.
    pub(super) entry: Range<usize>,
}

/// Reads the frame at `at`, if a whole one lies there.
pub(super) fn read(bytes: &[u8], at: usize) -> Option<Frame> {
    let rest = bytes.get(at..)?;
    let (header, rest) = rest.split_first_chunk::<HEADER_LEN>()?;
    let (magic, fields) = header.split_first_chunk::<4>()?;
    let (length, fields) = fields.split_first_chunk::<4>()?;
    let (index, fields) = fields.split_first_chunk::<8>()?;
    let (durable, found) = fields.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if *magic != MAGIC || length > LOG_ENTRY_BYTES_MAX {
        return None;
    }
    let entry = rest.get(..length)?;
    if found != check(header.get(..24)?, entry) {
        return None;
    }
    let start = at + HEADER_LEN;
    Some(Frame {
        index: u64::from_be_bytes(*index),
        durable: u64::from_be_bytes(*durable),
        entry: start..start + length,
    })
}

fn check(header: &[u8], entry: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header).update(entry);
    let mut check = [0; 8];
    hasher.finalize_xof().fill(&mut check);
    check
}

/// What lies in a segment.
pub(super) struct Scan {
    /// Where each frame begins.
    pub(super) offsets: Vec<u64>,
    /// Where the last whole frame ends.
    pub(super) end: usize,
    /// What follows it.
    pub(super) rest: Rest,
}

/// What follows the last whole frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    Clean,
    /// Bytes that were never promised to anybody: a write that a crash cut off.
    Torn,
    /// Bytes that had been durable, since a frame behind them says so.
    Damaged,
}

/// Finds the frames from `at` on, the first of which has index `first`, up to index `until`.
pub(super) fn scan(bytes: &[u8], at: usize, first: u64, until: Option<u64>) -> Scan {
    let mut scan = Scan { offsets: Vec::new(), end: at, rest: Rest::Clean };
    let mut next = first;
    while until.is_none_or(|until| next < until) {
        let Some(frame) = read(bytes, scan.end).filter(|frame| frame.index == next) else {
            scan.rest = rest(bytes, scan.end, next);
            break;
        };
        scan.offsets.push(u64::try_from(scan.end).unwrap_or(u64::MAX));
        scan.end = frame.entry.end;
        next += 1;
    }
    scan
}

fn rest(bytes: &[u8], end: usize, next: u64) -> Rest {
    let Some(after) = bytes.get(end..).filter(|after| !after.is_empty()) else { return Rest::Clean };
    let is_mark = |frame: &Frame| frame.index == MARK && frame.durable == next;
    if after.len() == HEADER_LEN && read(after, 0).is_some_and(|frame| is_mark(&frame)) {
        return Rest::Clean;
    }
    let promised = |at: usize| read(after, at).is_some_and(|frame| frame.durable > next);
    if memchr::memmem::find_iter(after, &MAGIC).any(promised) { Rest::Damaged } else { Rest::Torn }
}

/// The entries of `bytes`, a run of frames the first of which has index `first`; none if one is broken.
pub(super) fn entries(bytes: &Bytes, first: u64, count: usize) -> Option<Vec<Bytes>> {
    let mut at = 0;
    let mut entries = Vec::with_capacity(count);
    for index in (first..).take(count) {
        let frame = read(bytes, at).filter(|frame| frame.index == index)?;
        at = frame.entry.end;
        entries.push(bytes.slice(frame.entry));
    }
    Some(entries)
}
