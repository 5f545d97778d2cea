//! Archives and compressed files.

pub(crate) mod gzip;
pub(crate) mod tar;
pub(crate) mod zip;

use std::io::{self, Read};

use crate::finding::{ARCHIVE_BOMB, ARCHIVE_BROKEN, ARCHIVE_LIMIT, ARCHIVE_NAME};
use crate::scan::Scan;
use crate::source::{Source, peek};

/// A source as a stream.
pub(crate) struct Stream<'s> {
    source: &'s dyn Source,
    at: u64,
}

impl<'s> Stream<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, at: 0 }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let piece = peek(self.source, self.at, into.len()).map_err(io::Error::other)?;
        into.iter_mut().zip(&piece).for_each(|(to, from)| *to = *from);
        self.at += piece.len() as u64;
        Ok(piece.len())
    }
}

/// Everything that `stream` gives, which was `packed` bytes before, within the limits. If it breaks or is too large,
/// that is said, and what was read so far is given: a loader that does not read to the end would read that.
pub(crate) fn inflate(scan: &mut Scan<'_>, stream: impl Read, packed: u64) -> Vec<u8> {
    let room = scan.limits.inflated_total_bytes_max.saturating_sub(scan.inflated);
    let max = scan.limits.inflated_bytes_max.min(room);
    let mut bytes = Vec::new();
    let outcome = stream.take(max.saturating_add(1)).read_to_end(&mut bytes);
    let length = bytes.len() as u64;
    scan.inflated = scan.inflated.saturating_add(length);
    if length > 1 << 24 && length / packed.max(1) > scan.limits.inflation_ratio_max {
        scan.found(ARCHIVE_BOMB, format!("{packed} bytes become {length} and more"));
    }
    if length > max {
        scan.found(ARCHIVE_LIMIT, format!("more than {max} bytes when unpacked"));
    } else if let Err(error) = outcome {
        scan.found(ARCHIVE_BROKEN, format!("cannot be unpacked after {length} bytes: {error}"));
    }
    bytes
}

/// Says so if a member would be written outside the folder it is unpacked into.
pub(crate) fn check_name(scan: &mut Scan<'_>, name: &str, at: u64) {
    if is_outside(name) || name.contains('\0') {
        scan.at(ARCHIVE_NAME, at, format!("`{name}`"));
    }
}

/// Whether a path leads out of its folder: absolute, with a drive, or upwards.
pub(crate) fn is_outside(path: &str) -> bool {
    let path = path.replace('\\', "/");
    let has_drive =
        path.as_bytes().get(1) == Some(&b':') && path.starts_with(|letter: char| letter.is_ascii_alphabetic());
    path.starts_with('/') || path.starts_with("~/") || has_drive || path.split('/').any(|part| part == "..")
}
