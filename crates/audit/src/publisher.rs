//! Turning entries into tiles and checkpoints.

use bytes::Bytes;
use redoubt_domain::Digest;
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;
use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::key::{SigningKey, VerifierKey};
use crate::read::{self, Fetch, ReadError, TiledNodes};
use crate::tile::{Kind, TileId, encode_entries, encode_hashes};
use crate::tree::{Frontier, leaf_hash};

/// Why entries cannot be published.
#[derive(Debug, Error)]
pub enum PublisherError {
    /// An entry is longer than a bundle can say.
    #[error("an entry of {actual} bytes does not fit into the log, {max} is the most")]
    TooLarge {
        /// Its size in bytes.
        actual: usize,
        /// The bound in bytes.
        max: usize,
    },
    /// What is published cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What is published is not what was signed: to go on would sign the damage.
    #[error("the tiles do not have the root that the checkpoint at {size} entries signs; run `redoubt audit verify`")]
    Root {
        /// The size of the published log.
        size: u64,
    },
}

/// What to write so that everyone sees the log at its present size. In this order: write the tiles and
/// make them durable; write the checkpoint and make it durable; tell [`Publisher::published`]; then the
/// superseded files may go. Writing all of it again after a failure is always right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The tiles that are new or wider than before, by path.
    pub tiles: Vec<(String, Bytes)>,
    /// The signed note for [`crate::CHECKPOINT_PATH`].
    pub checkpoint: Bytes,
    /// The size that it signs.
    pub size: u64,
    /// Beginnings of the paths of partial tiles whose complete forms are in `tiles`.
    pub superseded: Vec<String>,
}

/// Keeps the right edge of the log, and what has not been published yet.
#[derive(Debug, Default)]
pub struct Publisher {
    frontier: Frontier,
    /// The size of the newest checkpoint; none if there is no checkpoint yet.
    published: Option<u64>,
    /// The entries from the beginning of the last published bundle that was not complete.
    entries: Row<Bytes>,
    /// The same for the hashes of each level of tiles.
    levels: [Row<Digest>; 8],
}

/// The items of one kind of tile, from the beginning of a tile onwards.
#[derive(Debug)]
struct Row<T> {
    /// How many items lie before these: a multiple of a tile's width.
    start: u64,
    items: Vec<T>,
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self { start: 0, items: Vec::new() }
    }
}

impl<T> Row<T> {
    /// The items of the tile `index`, of which there must be `width`.
    fn tile(&self, index: u64, width: u16) -> &[T] {
        let at = index.saturating_mul(256).checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.items.get(at..at + usize::from(width))).unwrap_or_default()
    }

    /// Forgets the complete tiles among the first `count` items of the log.
    fn forget(&mut self, count: u64) {
        let keep_from = count / 256 * 256;
        let drop = usize::try_from(keep_from.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.items.drain(..drop.min(self.items.len()));
        self.start = self.start.max(keep_from);
    }
}

impl Publisher {
    /// Takes up the log that `fetch` reads, or begins one. Checks that the right edge of what is there has
    /// the root that its checkpoint signs.
    pub fn resume(key: &VerifierKey, fetch: &mut Fetch<'_>) -> Result<Self, PublisherError> {
        let Some((checkpoint, _)) = read::checkpoint(fetch, key)? else {
            return Ok(Self::default());
        };
        let size = checkpoint.size;
        let frontier = TiledNodes::new(fetch, size).frontier()?;
        if frontier.root() != checkpoint.root {
            return Err(PublisherError::Root { size });
        }
        let mut publisher = Self { frontier, published: Some(size), ..Self::default() };
        publisher.forget(size);
        for tile in TileId::partial(size) {
            match tile.kind {
                Kind::Entries => {
                    let entries = read::bundle(fetch, tile)?;
                    if entries.len() < usize::from(tile.width) {
                        return Err(ReadError::Damaged { path: tile.to_string() }.into());
                    }
                    publisher.entries.items = entries;
                }
                Kind::Hashes { level } => {
                    if let Some(row) = publisher.levels.get_mut(usize::from(level)) {
                        row.items = read::hashes(fetch, tile)?;
                    }
                }
            }
        }
        Ok(publisher)
    }

    /// How many entries it has been given or found: the index of the next.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// How many entries are published.
    pub fn published_size(&self) -> u64 {
        self.published.unwrap_or(0)
    }

    /// Appends entries to the log; the next publication shows them. All of them or, if one is too long,
    /// none.
    pub fn append(&mut self, entries: &[Bytes]) -> Result<(), PublisherError> {
        if let Some(entry) = entries.iter().find(|entry| entry.len() > LOG_ENTRY_BYTES_MAX) {
            return Err(PublisherError::TooLarge { actual: entry.len(), max: LOG_ENTRY_BYTES_MAX });
        }
        for entry in entries {
            let levels = &mut self.levels;
            self.frontier.push(leaf_hash(entry), |level, hash| {
                let row = usize::try_from(level / 8).ok().filter(|_| level % 8 == 0);
                if let Some(row) = row.and_then(|row| levels.get_mut(row)) {
                    row.items.push(hash);
                }
            });
            self.entries.items.push(entry.clone());
        }
        Ok(())
    }

    /// What to write so that everyone sees the log at its present size; none if they do.
    pub fn publish(&self, key: &SigningKey) -> Option<Publication> {
        let size = self.size();
        if self.published == Some(size) {
            return None;
        }
        let ids = TileId::between(self.published_size(), size);
        let superseded = ids.iter().filter(|tile| tile.is_complete()).map(TileId::partials_prefix).collect();
        let content = |tile: &TileId| match tile.kind {
            Kind::Entries => encode_entries(self.entries.tile(tile.index, tile.width)),
            Kind::Hashes { level } => {
                let row = self.levels.get(usize::from(level));
                encode_hashes(row.map(|row| row.tile(tile.index, tile.width)).unwrap_or_default())
            }
        };
        let tiles = ids.iter().map(|tile| (tile.to_string(), content(tile))).collect();
        let origin = key.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size, root: self.frontier.root() }.sign(key);
        Some(Publication { tiles, checkpoint, size, superseded })
    }

    /// Notes that a publication of this size is durable: what only it needed is forgotten.
    pub fn published(&mut self, size: u64) {
        let size = size.min(self.size()).max(self.published_size());
        self.published = Some(size);
        self.forget(size);
    }

    fn forget(&mut self, size: u64) {
        self.entries.forget(size);
        for (row, shift) in self.levels.iter_mut().zip((0_u32..).step_by(8)) {
            row.forget(size >> shift);
        }
    }
}
