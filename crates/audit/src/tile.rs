//! C2SP tlog-tiles: how a log lies in a directory.

use std::fmt;

use bytes::Bytes;
use redoubt_domain::Digest;
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;

/// Hashes in a complete tile, and entries in a complete bundle.
pub const WIDTH: u16 = 256;

/// Levels of the tree that one tile spans.
pub const HEIGHT: u32 = 8;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Hashes of complete subtrees of `256^level` entries.
    Hashes {
        /// The level, 0 to 7: a tree of 2^64 leaves has no more.
        level: u8,
    },
    /// Entries, each with its length before it.
    Entries,
}

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// What it holds.
    pub kind: Kind,
    /// Its place among the tiles of its kind.
    pub index: u64,
    /// How many hashes or entries it holds, 1 to 256.
    pub width: u16,
}

impl TileId {
    /// Every tile that belongs to a log of `size` entries and not, with this width, to one of `old`
    /// entries. Bundles first, then hashes from the leaves upwards.
    pub fn between(old: u64, size: u64) -> Vec<Self> {
        let mut tiles = Vec::new();
        for (kind, shift) in kinds() {
            let (before, now) = (old >> shift, size >> shift);
            if before < now {
                for index in before / 256..now.div_ceil(256) {
                    tiles.push(Self { kind, index, width: width_at(index, now) });
                }
            }
        }
        tiles
    }

    /// The tiles at the right edge of a log of `size` entries that are not complete.
    pub fn partial(size: u64) -> Vec<Self> {
        let edge = |(kind, shift): (Kind, u32)| {
            let now = size >> shift;
            let width = u16::try_from(now % 256).ok().filter(|&width| width > 0)?;
            Some(Self { kind, index: now / 256, width })
        };
        kinds().filter_map(edge).collect()
    }

    /// The tile with the hash of the complete subtree at `level` and `index` in a log of `size` entries,
    /// and which of its hashes that subtree spans.
    pub fn of_node(level: u32, index: u64, size: u64) -> (Self, std::ops::Range<usize>) {
        let inner = level % HEIGHT;
        let first = index << inner;
        let offset = usize::try_from(first % 256).unwrap_or(0);
        let tile_level = level / HEIGHT;
        let kind = Kind::Hashes { level: u8::try_from(tile_level).unwrap_or(u8::MAX) };
        let count = size.checked_shr(tile_level * HEIGHT).unwrap_or(0);
        (Self { kind, index: first / 256, width: width_at(first / 256, count) }, offset..offset + (1 << inner))
    }

    /// The bundle with entry `index` in a log of `size` entries, and which of its entries that is.
    pub fn of_entry(index: u64, size: u64) -> (Self, usize) {
        let tile = Self { kind: Kind::Entries, index: index / 256, width: width_at(index / 256, size) };
        (tile, usize::try_from(index % 256).unwrap_or(0))
    }

    /// Whether the tile will never change again.
    pub fn is_complete(&self) -> bool {
        self.width == WIDTH
    }

    /// The same tile when it is complete.
    pub fn completed(&self) -> Self {
        Self { width: WIDTH, ..*self }
    }

    /// The beginning of the paths of every incomplete form of the tile.
    pub fn partials_prefix(&self) -> String {
        format!("{}.p/", self.completed())
    }
}

/// The path of the tile, relative to the log.
impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes { level } => write!(f, "tile/{level}")?,
            Kind::Entries => f.write_str("tile/entries")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(group) = groups.pop() {
            write!(f, "/{}{group:03}", if groups.is_empty() { "" } else { "x" })?;
        }
        if !self.is_complete() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// The kinds of tile with the power of two of entries that one of their items stands for.
fn kinds() -> impl Iterator<Item = (Kind, u32)> {
    std::iter::once((Kind::Entries, 0))
        .chain((0_u8..8).map(|level| (Kind::Hashes { level }, u32::from(level) * HEIGHT)))
}

fn width_at(index: u64, count: u64) -> u16 {
    u16::try_from(count.saturating_sub(index.saturating_mul(256)).min(256)).unwrap_or(WIDTH)
}

/// The bytes of a tile of hashes.
pub fn encode_hashes(hashes: &[Digest]) -> Bytes {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The first `width` hashes of a tile; none if it is shorter.
pub fn decode_hashes(tile: &[u8], width: u16) -> Option<Vec<Digest>> {
    let (hashes, _) = tile.as_chunks::<32>();
    Some(hashes.get(..usize::from(width))?.iter().map(|hash| Digest::new(*hash)).collect())
}

/// The bytes of a bundle of entries, none of which may be longer than [`LOG_ENTRY_BYTES_MAX`].
pub fn encode_entries(entries: &[Bytes]) -> Bytes {
    let mut bundle = Vec::with_capacity(entries.iter().map(|entry| entry.len() + 2).sum());
    for entry in entries {
        debug_assert!(entry.len() <= LOG_ENTRY_BYTES_MAX, "the publisher refuses longer entries");
        bundle.extend_from_slice(&u16::try_from(entry.len()).unwrap_or(u16::MAX).to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    bundle.into()
}

/// The first `width` entries of a bundle, fewer if it breaks off; and whether anything follows them.
pub fn decode_entries(bundle: &Bytes, width: u16) -> (Vec<Bytes>, bool) {
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bundle.clone();
    while entries.len() < usize::from(width) {
        let Some((&length, after)) = rest.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_be_bytes(length));
        if after.len() < length {
            break;
        }
        let mut entry = rest.split_off(2);
        rest = entry.split_off(length);
        entries.push(entry);
    }
    (entries, !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let hashes = |level, index, width| TileId { kind: Kind::Hashes { level }, index, width };
        let entries = |index, width| TileId { kind: Kind::Entries, index, width };
        for (tile, path) in [
            (hashes(0, 0, 256), "tile/0/000"),
            (hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
            (hashes(3, 5, 112), "tile/3/005.p/112"),
            (hashes(0, 1_000, 1), "tile/0/x001/000.p/1"),
            (entries(0, 256), "tile/entries/000"),
            (entries(1_234_067, 8), "tile/entries/x001/x234/067.p/8"),
        ] {
            assert_eq!(tile.to_string(), path);
        }
        assert_eq!(hashes(0, 1_000, 1).partials_prefix(), "tile/0/x001/000.p/");
    }

    #[test]
    fn the_example_of_the_specification_has_its_tiles() {
        // "A tree of size 70,000" in C2SP tlog-tiles: 273 full tiles and one of 112, then 1 and 17, then 1.
        let tiles = TileId::between(0, 70_000);
        let count = |kind| tiles.iter().filter(|tile| tile.kind == kind).count();
        assert_eq!(count(Kind::Entries), 274);
        assert_eq!(count(Kind::Hashes { level: 0 }), 274);
        assert_eq!(count(Kind::Hashes { level: 1 }), 2);
        assert_eq!(count(Kind::Hashes { level: 2 }), 1);
        assert_eq!(count(Kind::Hashes { level: 3 }), 0);
        let partial: Vec<String> = TileId::partial(70_000).iter().map(ToString::to_string).collect();
        assert_eq!(partial, ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    }

    #[test]
    fn only_what_grew_is_written_again() {
        let paths: Vec<String> = TileId::between(255, 257).iter().map(ToString::to_string).collect();
        assert_eq!(
            paths,
            ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]
        );
        assert!(TileId::between(300, 300).is_empty());
        assert!(TileId::between(0, 0).is_empty());
    }

    #[test]
    fn a_bundle_that_breaks_off_gives_what_it_has() {
        let all = [Bytes::from_static(b"one"), Bytes::new(), Bytes::from_static(b"three")];
        let bundle = encode_entries(&all);
        assert_eq!(decode_entries(&bundle, 3), (all.to_vec(), false));
        assert_eq!(decode_entries(&bundle, 2), (all[..2].to_vec(), true));
        assert_eq!(decode_entries(&bundle, 4), (all.to_vec(), false));
        assert_eq!(decode_entries(&bundle.slice(..bundle.len() - 1), 3).0, all[..2]);
        assert_eq!(decode_entries(&Bytes::from_static(&[9]), 1), (vec![], true));
    }
}
