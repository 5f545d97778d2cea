//! The journal's file as a disk would see it: which of its bytes have been promised, and which a power cut may
//! take.

use std::fs;
use std::path::{Path, PathBuf};

use super::chance::Chance;
use crate::Outcome;

/// What a segment begins with, and what each entry has before it: magic, length, index, how many entries were
/// durable when it was written, and a checksum.
const SEGMENT_HEADER: usize = 16;
const FRAME_HEADER: usize = 32;

/// The end of the last segment.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Everything before has been promised: the commit it came with is over, an answer stands on it, or it is
    /// published.
    promised: usize,
}

struct Frame<'a> {
    index: u64,
    durable: u64,
    entry: &'a [u8],
    end: usize,
}

impl Tail {
    /// Reads the last segment under `home`. `is_answered` tells whether an entry belongs to an answered request,
    /// `published` is how many entries the checkpoint signs.
    pub(super) fn read(home: &Path, published: u64, is_answered: impl Fn(&[u8]) -> bool) -> Outcome<Self> {
        let folder = home.join("audit/journal");
        let names = fs::read_dir(&folder).map_err(|error| format!("cannot list the journal: {error}"))?;
        let is_segment = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let path = names
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(is_segment))
            .map(|entry| entry.path())
            .max()
            .ok_or("the journal has no segment")?;
        let bytes = fs::read(&path).map_err(|error| format!("cannot read the journal: {error}"))?;
        let mut frames = Vec::new();
        let mut at = SEGMENT_HEADER;
        // The mark behind the last entry is no entry, and a power cut may take it.
        while let Some(frame) = frame(&bytes, at).filter(|frame| frame.index != u64::MAX) {
            at = frame.end;
            frames.push(frame);
        }
        let committed = frames.last().map_or(0, |frame| frame.durable);
        let is_promised = |frame: &&Frame<'_>| frame.index < committed.max(published) || is_answered(frame.entry);
        let promised = frames.iter().rfind(is_promised).map_or(SEGMENT_HEADER, |frame| frame.end);
        Ok(Self { path, bytes, promised })
    }

    /// Leaves the file as a power cut in the middle of a write might: cut short, with blocks that never came, or
    /// with blocks of something else; and what a disk may have written behind the last whole entry. Returns how
    /// many bytes of whole entries were taken.
    pub(super) fn tear(&mut self, chance: &mut Chance) -> Outcome<usize> {
        let loose = self.bytes.len().saturating_sub(self.promised);
        let from = self.promised + chance.below(loose + 1);
        let taken = self.bytes.len() - from;
        match chance.below(4) {
            0 => self.bytes.truncate(from),
            1 => self.bytes.iter_mut().skip(from).for_each(|byte| *byte = 0),
            2 => self.bytes.iter_mut().skip(from).for_each(|byte| *byte = chance.below(256) as u8),
            _ => {
                self.bytes.truncate(from);
                let junk = chance.below(5_000);
                self.bytes.extend((0..junk).map(|_| chance.below(256) as u8));
            }
        }
        fs::write(&self.path, &self.bytes).map_err(|error| format!("cannot write the journal: {error}"))?;
        Ok(taken)
    }
}

/// How many entries under `home` have been published, or are in tiles that wait for their checkpoint: only what is
/// durable comes so far, and no power cut takes it back.
pub(super) fn published(home: &Path) -> u64 {
    let checkpoint = fs::read_to_string(home.join("audit/checkpoint")).unwrap_or_default();
    let signed = checkpoint.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
    let mut tiles = Vec::new();
    for entry in fs::read_dir(home.join("audit/tile/entries")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (index, widths) = match name.strip_suffix(".p") {
            Some(index) => (index, fs::read_dir(entry.path()).into_iter().flatten().flatten()),
            None => {
                tiles.extend(name.parse::<u64>().map(|index| (index + 1) * TILE));
                continue;
            }
        };
        let widths = widths.filter_map(|width| width.file_name().to_str()?.parse::<u64>().ok());
        tiles.extend(index.parse::<u64>().ok().zip(widths.max()).map(|(index, width)| index * TILE + width));
    }
    tiles.into_iter().max().unwrap_or(0).max(signed)
}

/// Entries in a whole tile.
const TILE: u64 = 256;

fn frame(bytes: &[u8], at: usize) -> Option<Frame<'_>> {
    let header = bytes.get(at..at + FRAME_HEADER)?;
    let number = |range: std::ops::Range<usize>| {
        header.get(range).map(|bytes| bytes.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte)))
    };
    if header.get(..4)? != [0xf5, b'R', b'D', b'J'] {
        return None;
    }
    let start = at + FRAME_HEADER;
    let end = start + usize::try_from(number(4..8)?).ok()?;
    Some(Frame { index: number(8..16)?, durable: number(16..24)?, entry: bytes.get(start..end)?, end })
}
