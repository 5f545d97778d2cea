//! Sealing a file of any length in constant memory: STREAM over AES-256-GCM.
//!
//! A file is cut into chunks of a mebibyte; the last may be shorter, and is empty for an empty file alone. Each chunk is
//! sealed under its number and whether it is the last, so chunks that are changed, moved, left out, added or cut off are
//! noticed at the first of them; and the digest of the plain file is compared at the end.

use std::io::{self, Read, Write};

use redoubt_domain::Digest;
use redoubt_models::sign::Hasher;
use thiserror::Error;

use super::keys::{FileKey, KeyError};

/// Plain bytes in one chunk.
pub const CHUNK_BYTES: usize = 1 << 20;
pub(super) const TAG_BYTES: usize = 16;

/// Why a file was not sealed or opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The plain file or its place failed.
    #[error("cannot read what is to be taken")]
    Read(#[source] io::Error),
    /// The place it goes to failed.
    #[error("cannot write it")]
    Write(#[source] io::Error),
    /// A chunk does not open.
    #[error("chunk {chunk} of it was changed, moved or cut off")]
    Chunk {
        /// Which, from 0.
        chunk: u32,
    },
    /// The file has another digest than the manifest says.
    #[error("its digest is {found}, and the manifest says {wanted}")]
    Digest {
        /// What it has.
        found: Digest,
        /// What it should have.
        wanted: Digest,
    },
    /// It has more chunks than can be numbered.
    #[error("it is larger than 4 PiB")]
    TooLarge,
    /// The cryptography failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Plain bytes.
    pub bytes: u64,
}

/// Seals what `plain` gives, which must have the digest of the key, into `sealed`.
///
/// # Errors
/// [`SealError`]; what was written by then is of no use.
pub fn seal(key: &FileKey, plain: &mut dyn Read, sealed: &mut dyn Write) -> Result<Sealed, SealError> {
    let (mut chunk, mut next) = (Vec::new(), Vec::new());
    fill(plain, &mut chunk, CHUNK_BYTES)?;
    let (mut hasher, mut bytes, mut number) = (Hasher::default(), 0_u64, 0_u32);
    loop {
        hasher.update(&chunk);
        bytes += chunk.len() as u64;
        fill(plain, &mut next, CHUNK_BYTES)?;
        let is_last = next.is_empty();
        key.seal(number, is_last, &mut chunk)?;
        sealed.write_all(&chunk).map_err(SealError::Write)?;
        if is_last {
            break;
        }
        std::mem::swap(&mut chunk, &mut next);
        number = number.checked_add(1).ok_or(SealError::TooLarge)?;
    }
    check(hasher, key)?;
    Ok(Sealed { bytes })
}

/// Opens what [`seal`] sealed under this key. What was written may be used only if this succeeds.
///
/// # Errors
/// [`SealError::Chunk`] at the first chunk that is not what was sealed.
pub fn open(key: &FileKey, sealed: &mut dyn Read, plain: &mut dyn Write) -> Result<Sealed, SealError> {
    let (mut chunk, mut next) = (Vec::new(), Vec::new());
    fill(sealed, &mut chunk, CHUNK_BYTES + TAG_BYTES)?;
    let (mut hasher, mut bytes, mut number) = (Hasher::default(), 0_u64, 0_u32);
    loop {
        fill(sealed, &mut next, CHUNK_BYTES + TAG_BYTES)?;
        let is_last = next.is_empty();
        let opened = key.open(number, is_last, &mut chunk).map_err(|_| SealError::Chunk { chunk: number })?;
        hasher.update(opened);
        bytes += opened.len() as u64;
        plain.write_all(opened).map_err(SealError::Write)?;
        if is_last {
            break;
        }
        std::mem::swap(&mut chunk, &mut next);
        number = number.checked_add(1).ok_or(SealError::TooLarge)?;
    }
    check(hasher, key)?;
    Ok(Sealed { bytes })
}

fn check(hasher: Hasher, key: &FileKey) -> Result<(), SealError> {
    let (found, wanted) = (hasher.finish(), key.digest());
    if found == wanted { Ok(()) } else { Err(SealError::Digest { found, wanted }) }
}

/// Reads until `most` bytes are there, or the end.
fn fill(from: &mut dyn Read, into: &mut Vec<u8>, most: usize) -> Result<(), SealError> {
    into.clear();
    // Room for the tag as well: a chunk that grows leaves no copy of itself behind.
    into.reserve_exact(CHUNK_BYTES + TAG_BYTES);
    from.take(most as u64).read_to_end(into).map_err(SealError::Read)?;
    Ok(())
}
