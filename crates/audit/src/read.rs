//! Reading a published log through a closure that fetches its files.

use std::collections::BTreeMap;

use bytes::Bytes;
use redoubt_domain::Digest;
use thiserror::Error;

use crate::checkpoint::{CHECKPOINT_PATH, Checkpoint, CheckpointError};
use crate::key::VerifierKey;
use crate::tile::{TileId, decode_entries, decode_hashes};
use crate::tree::{Frontier, complete_subtrees, node_hash};

/// Why a file could not be fetched, in the words of whoever fetches.
pub type FetchError = Box<dyn std::error::Error + Send + Sync>;

/// Fetches the file at a path of the log, or says that there is none.
pub type Fetch<'a> = dyn FnMut(&str) -> Result<Option<Bytes>, FetchError> + 'a;

/// Why a log could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A file could not be fetched.
    #[error("cannot fetch `{path}`")]
    Fetch {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// A file that the checkpoint promises is not there.
    #[error("`{path}` is missing")]
    Missing {
        /// The file.
        path: String,
    },
    /// A file does not hold what it should.
    #[error("`{path}` is cut short or damaged")]
    Damaged {
        /// The file.
        path: String,
    },
    /// The checkpoint is not this log's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log has fewer entries.
    #[error("entry {index} is not in the log, which has {size} entries")]
    Beyond {
        /// The entry asked for.
        index: u64,
        /// The size of the log.
        size: u64,
    },
}

/// The files of a log whose store cannot be asked while a reader runs, such as an asynchronous one.
///
/// Run the reader over [`Gathered::fetch`]; while it fails and [`Gathered::wanted`] names a file, give that
/// file and run it again. A reader wants one file after the other, so there are as many rounds as files.
#[derive(Debug, Default)]
pub struct Gathered {
    files: BTreeMap<String, Option<Bytes>>,
    wanted: Option<String>,
}

impl Gathered {
    /// The file if it has been given; notes it as wanted and fails if not.
    pub fn fetch(&mut self, path: &str) -> Result<Option<Bytes>, FetchError> {
        if let Some(file) = self.files.get(path) {
            return Ok(file.clone());
        }
        self.wanted = Some(path.to_owned());
        Err("the file has not been gathered yet".into())
    }

    /// The file that the last run stopped at, once.
    pub fn wanted(&mut self) -> Option<String> {
        self.wanted.take()
    }

    /// Gives the file at `path`, or says that there is none.
    pub fn give(&mut self, path: String, file: Option<Bytes>) {
        self.files.insert(path, file);
    }
}

/// The newest checkpoint, its signature checked, with the note as it lies; none if nothing is published.
pub fn checkpoint(fetch: &mut Fetch<'_>, key: &VerifierKey) -> Result<Option<(Checkpoint, Bytes)>, ReadError> {
    match get(fetch, CHECKPOINT_PATH)? {
        Some(note) => Ok(Some((Checkpoint::open(&note, key)?, note))),
        None => Ok(None),
    }
}

/// Up to `limit` entries from index `from` of a log of `size` entries, not checked against its tree.
pub fn entries(fetch: &mut Fetch<'_>, size: u64, from: u64, limit: usize) -> Result<Vec<Bytes>, ReadError> {
    let mut found = Vec::new();
    let mut at = from;
    while at < size && found.len() < limit {
        let (tile, offset) = TileId::of_entry(at, size);
        let bundle = bundle(fetch, tile)?;
        if bundle.len() < usize::from(tile.width) {
            return Err(ReadError::Damaged { path: tile.to_string() });
        }
        let before = found.len();
        found.extend(bundle.into_iter().skip(offset).take(limit - before));
        at += u64::try_from(found.len() - before).unwrap_or(0);
    }
    Ok(found)
}

/// The entries of a bundle: those that can be read, if it breaks off.
pub(crate) fn bundle(fetch: &mut Fetch<'_>, tile: TileId) -> Result<Vec<Bytes>, ReadError> {
    let bytes = tile_bytes(fetch, tile)?;
    Ok(decode_entries(&bytes, tile.width).0)
}

/// The bytes of a tile. A partial tile may be gone once the complete one is there, of which it is the
/// beginning.
pub(crate) fn tile_bytes(fetch: &mut Fetch<'_>, tile: TileId) -> Result<Bytes, ReadError> {
    if let Some(bytes) = get(fetch, &tile.to_string())? {
        return Ok(bytes);
    }
    if !tile.is_complete()
        && let Some(bytes) = get(fetch, &tile.completed().to_string())?
    {
        return Ok(bytes);
    }
    Err(ReadError::Missing { path: tile.to_string() })
}

/// The hashes of a tile.
pub(crate) fn hashes(fetch: &mut Fetch<'_>, tile: TileId) -> Result<Vec<Digest>, ReadError> {
    let bytes = tile_bytes(fetch, tile)?;
    decode_hashes(&bytes, tile.width).ok_or_else(|| ReadError::Damaged { path: tile.to_string() })
}

fn get(fetch: &mut Fetch<'_>, path: &str) -> Result<Option<Bytes>, ReadError> {
    fetch(path).map_err(|source| ReadError::Fetch { path: path.to_owned(), source })
}

/// Hashes of complete subtrees, out of the tiles of a log of one size, each of which is fetched once.
pub(crate) struct TiledNodes<'a, 'f> {
    fetch: &'a mut Fetch<'f>,
    size: u64,
    tiles: BTreeMap<TileId, Vec<Digest>>,
}

impl<'a, 'f> TiledNodes<'a, 'f> {
    pub(crate) fn new(fetch: &'a mut Fetch<'f>, size: u64) -> Self {
        Self { fetch, size, tiles: BTreeMap::new() }
    }

    pub(crate) fn node(&mut self, level: u32, index: u64) -> Result<Digest, ReadError> {
        let (tile, range) = TileId::of_node(level, index, self.size);
        if !self.tiles.contains_key(&tile) {
            let hashes = hashes(self.fetch, tile)?;
            self.tiles.insert(tile, hashes);
        }
        self.tiles
            .get(&tile)
            .and_then(|hashes| hashes.get(range))
            .and_then(subtree)
            .ok_or_else(|| ReadError::Damaged { path: tile.to_string() })
    }

    /// The right edge of the tree.
    pub(crate) fn frontier(&mut self) -> Result<Frontier, ReadError> {
        let peaks = complete_subtrees(0, self.size).into_iter().map(|(level, index)| self.node(level, index));
        let peaks = peaks.collect::<Result<Vec<_>, _>>()?;
        // One peak for each bit, by construction.
        Frontier::new(self.size, peaks).ok_or_else(|| ReadError::Damaged { path: CHECKPOINT_PATH.to_owned() })
    }
}

/// The root over hashes, of which there must be a power of two.
fn subtree(hashes: &[Digest]) -> Option<Digest> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[left, right]| node_hash(*left, *right)).collect();
    }
    row.first().copied()
}
