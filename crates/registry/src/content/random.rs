//! Reading anywhere in a sealed file, as a scanner does, without its plain bytes lying anywhere.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io;

use redoubt_models::{ReadError, Source};

use super::keys::FileKey;
use super::seal::{CHUNK_BYTES, TAG_BYTES};

/// Chunks that are kept open: a scanner looks at headers, ends and what lies between by turns.
const KEPT: usize = 8;

/// Fills a buffer with the sealed bytes from a place on.
pub type ReadSealed = Box<dyn Fn(u64, &mut [u8]) -> io::Result<()>>;

/// A sealed file that is opened where it is read. Each chunk is bound to the file, its place and the length of all, so
/// what is read is what was sealed.
pub struct SealedFile {
    key: FileKey,
    /// Plain bytes, as the manifest says.
    length: u64,
    read: ReadSealed,
    open: RefCell<VecDeque<(u32, Vec<u8>)>>,
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedFile({:?}, {} bytes)", self.key, self.length)
    }
}

impl SealedFile {
    /// The file with this key and plain length, whose sealed bytes `read` gives.
    pub fn new(key: FileKey, length: u64, read: ReadSealed) -> Self {
        Self { key, length, read, open: RefCell::default() }
    }

    /// Copies the part of chunk `number` from `within` on.
    fn copy(&self, number: u32, within: usize, into: &mut [u8]) -> Result<(), ReadError> {
        let mut open = self.open.borrow_mut();
        if !open.iter().any(|(held, _)| *held == number) {
            if open.len() >= KEPT {
                open.pop_front();
            }
            open.push_back((number, self.chunk(number)?));
        }
        let found = open.iter().find(|(held, _)| *held == number);
        let part = found.and_then(|(_, plain)| plain.get(within..within.checked_add(into.len())?));
        into.copy_from_slice(part.ok_or_else(|| damaged(number))?);
        Ok(())
    }

    fn chunk(&self, number: u32) -> Result<Vec<u8>, ReadError> {
        let size = CHUNK_BYTES as u64;
        let begin = u64::from(number).saturating_mul(size);
        let plain = self.length.saturating_sub(begin).min(size);
        let is_last = begin.saturating_add(size) >= self.length;
        let mut chunk = vec![0; usize::try_from(plain).map_err(|_| damaged(number))? + TAG_BYTES];
        (self.read)(u64::from(number).saturating_mul(size + TAG_BYTES as u64), &mut chunk)?;
        let length = self.key.open(number, is_last, &mut chunk).map_err(|_| damaged(number))?.len();
        chunk.truncate(length);
        Ok(chunk)
    }
}

impl Source for SealedFile {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError> {
        if at.checked_add(into.len() as u64).is_none_or(|end| end > self.length) {
            return Err(ReadError::End { at, length: self.length });
        }
        let (mut at, mut rest) = (at, into);
        while !rest.is_empty() {
            let number = u32::try_from(at / CHUNK_BYTES as u64).map_err(|_| damaged(u32::MAX))?;
            let within = usize::try_from(at % CHUNK_BYTES as u64).map_err(|_| damaged(number))?;
            let (now, later) = rest.split_at_mut(rest.len().min(CHUNK_BYTES - within));
            self.copy(number, within, now)?;
            at += now.len() as u64;
            rest = later;
        }
        Ok(())
    }
}

fn damaged(chunk: u32) -> ReadError {
    ReadError::System(io::Error::other(format!("chunk {chunk} of it was changed, moved or cut off")))
}
