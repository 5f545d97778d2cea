//! Bytes that can be read anywhere: a file at the rim, a part of it, or memory.

use std::io;

use thiserror::Error;

/// Why bytes could not be had.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file ends before what it announces.
    #[error("byte {at} is beyond the end, {length} bytes in")]
    End {
        /// Where reading went on.
        at: u64,
        /// How long the source is.
        length: u64,
    },
    /// The system refused.
    #[error("the file cannot be read")]
    System(#[from] io::Error),
}

/// Bytes of a known length. An implementation gives the same bytes for the same place every time.
pub trait Source {
    /// How many bytes there are.
    fn length(&self) -> u64;

    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// [`ReadError::End`] if there are not that many, and whatever the system says.
    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError>;
}

impl Source for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError> {
        let end = || ReadError::End { at, length: self.length() };
        let start = usize::try_from(at).map_err(|_| end())?;
        let bytes = start.checked_add(into.len()).and_then(|stop| self.get(start..stop)).ok_or_else(end)?;
        into.copy_from_slice(bytes);
        Ok(())
    }
}

impl Source for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError> {
        Source::read_at(&self.as_slice(), at, into)
    }
}

/// A part of another source, as an uncompressed member of an archive is.
#[derive(Clone, Copy)]
pub(crate) struct Part<'s> {
    source: &'s dyn Source,
    from: u64,
    length: u64,
}

impl<'s> Part<'s> {
    /// The `length` bytes from `from` on, or as many of them as there are.
    pub(crate) fn new(source: &'s dyn Source, from: u64, length: u64) -> Self {
        let from = from.min(source.length());
        Self { source, from, length: length.min(source.length() - from) }
    }
}

impl Source for Part<'_> {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError> {
        let stop = at.checked_add(into.len() as u64);
        if stop.is_none_or(|stop| stop > self.length) {
            return Err(ReadError::End { at, length: self.length });
        }
        self.source.read_at(self.from + at, into)
    }
}

/// Up to `max` bytes from `at` on: fewer if the source ends.
pub(crate) fn peek(source: &dyn Source, at: u64, max: usize) -> Result<Vec<u8>, ReadError> {
    let length = source.length().saturating_sub(at).min(max as u64);
    // It fits: it is at most `max`.
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(max)];
    source.read_at(at, &mut bytes)?;
    Ok(bytes)
}

/// Bytes are fetched in pieces of this size: one system call for some thousands of opcodes.
const WINDOW: usize = 1 << 16;

/// Reads a source from some place on, forwards.
pub(crate) struct Cursor<'s> {
    source: &'s dyn Source,
    window: Vec<u8>,
    /// Where the window lies in the source.
    window_at: u64,
    /// Where reading is in the window.
    next: usize,
}

impl<'s> Cursor<'s> {
    pub(crate) fn new(source: &'s dyn Source, at: u64) -> Self {
        Self { source, window: Vec::new(), window_at: at, next: 0 }
    }

    pub(crate) fn source(&self) -> &'s dyn Source {
        self.source
    }

    /// Where the next byte is.
    pub(crate) fn at(&self) -> u64 {
        self.window_at + self.next as u64
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.source.length().saturating_sub(self.at())
    }

    fn end(&self) -> ReadError {
        ReadError::End { at: self.source.length(), length: self.source.length() }
    }

    fn refill(&mut self) -> Result<(), ReadError> {
        let at = self.at();
        self.window = peek(self.source, at, WINDOW)?;
        (self.window_at, self.next) = (at, 0);
        Ok(())
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ReadError> {
        if self.next >= self.window.len() {
            self.refill()?;
        }
        let byte = *self.window.get(self.next).ok_or_else(|| self.end())?;
        self.next += 1;
        Ok(byte)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let mut array = [0; N];
        for place in &mut array {
            *place = self.byte()?;
        }
        Ok(array)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ReadError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ReadError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next `length` bytes. Nothing is allocated that the source does not have.
    pub(crate) fn take(&mut self, length: u64) -> Result<Vec<u8>, ReadError> {
        if length > self.left() {
            return Err(self.end());
        }
        let length = usize::try_from(length).map_err(|_| self.end())?;
        if let Some(bytes) = self.window.get(self.next..self.next.saturating_add(length)) {
            let bytes = bytes.to_vec();
            self.next += length;
            return Ok(bytes);
        }
        let mut bytes = vec![0; length];
        self.source.read_at(self.at(), &mut bytes)?;
        self.jump(self.at() + length as u64);
        Ok(bytes)
    }

    /// Goes over the next `length` bytes, which must be there.
    pub(crate) fn skip(&mut self, length: u64) -> Result<(), ReadError> {
        if length > self.left() {
            return Err(self.end());
        }
        self.jump(self.at() + length);
        Ok(())
    }

    fn jump(&mut self, to: u64) {
        let within = to.checked_sub(self.window_at).and_then(|from| usize::try_from(from).ok());
        match within {
            Some(next) if next <= self.window.len() => self.next = next,
            _ => (self.window, self.window_at, self.next) = (Vec::new(), to, 0),
        }
    }

    /// The bytes up to the next line feed, which is taken as well. At most `kept_max` of them are kept, and none of the
    /// rest: a second value tells whether there were more.
    pub(crate) fn line(&mut self, kept_max: usize) -> Result<(Vec<u8>, bool), ReadError> {
        let (mut line, mut longer) = (Vec::new(), false);
        loop {
            if self.next >= self.window.len() {
                self.refill()?;
                if self.window.is_empty() {
                    return Err(self.end());
                }
            }
            let rest = self.window.get(self.next..).unwrap_or_default();
            let stop = memchr::memchr(b'\n', rest);
            let piece = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
            let kept = piece.len().min(kept_max.saturating_sub(line.len()));
            line.extend_from_slice(piece.get(..kept).unwrap_or_default());
            longer |= kept < piece.len();
            self.next += piece.len() + usize::from(stop.is_some());
            if stop.is_some() {
                return Ok((line, longer));
            }
        }
    }
}
