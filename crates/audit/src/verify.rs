//! Checking a whole log, with nothing but its files and its public key.
//!
//! One pass over all entries: each must have the hash that its tile says, each complete subtree the hash
//! that the tile above says, and all together the root that the checkpoint signs. If the root fits, the
//! entries are the signed ones and a tile that disagrees is damaged itself; if not, the first disagreement
//! is the first bad entry.

use std::fmt;

use bytes::Bytes;
use redoubt_domain::{Digest, RequestId};

use crate::checkpoint::{CHECKPOINT_PATH, Checkpoint};
use crate::entry::Entry;
use crate::key::VerifierKey;
use crate::open::{Misfit, OpenRequests};
use crate::read::{self, Fetch, ReadError};
use crate::tile::{HEIGHT, Kind, TileId, WIDTH, decode_entries};
use crate::tree::{Frontier, leaf_hash};

/// What a check found out.
#[derive(Debug)]
pub struct Report {
    /// The published log; none if there is none yet.
    pub checkpoint: Option<Checkpoint>,
    /// How many entries were read: those published and those waiting in the journal.
    pub entries: u64,
    /// How many of them wait in the journal.
    pub unpublished: u64,
    /// Requests without a completion: they are being answered, or were cut off.
    pub open: Vec<RequestId>,
    /// What is wrong first; none if all is well.
    pub fault: Option<Fault>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.fault.is_none()
    }
}

/// Something wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The first bad entry; none if the fault lies in the checkpoint.
    pub entry: Option<u64>,
    /// The last entry that may be the bad one, where it cannot be told exactly.
    pub last: Option<u64>,
    /// The file in which the fault shows.
    pub path: Option<String>,
    /// What is wrong, in words.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.entry, self.last) {
            (Some(entry), Some(last)) if last > entry => write!(f, "one of the entries {entry} to {last}: ")?,
            (Some(entry), _) => write!(f, "entry {entry}: ")?,
            (None, _) => {}
        }
        f.write_str(&self.reason)?;
        match &self.path {
            Some(path) => write!(f, " (`{path}`)"),
            None => Ok(()),
        }
    }
}

/// Checks the published log and the entries after it that wait in the journal, `(index, entry)` in order.
/// Waiting entries that are published by now are passed over. `earlier` is a checkpoint that somebody kept:
/// the log must be a continuation of it.
pub fn verify(
    key: &VerifierKey,
    fetch: &mut Fetch<'_>,
    waiting: &mut dyn Iterator<Item = (u64, Bytes)>,
    earlier: Option<&Checkpoint>,
) -> Report {
    let mut pass = Pass { earlier, ..Pass::default() };
    let checkpoint = match read::checkpoint(fetch, key) {
        Ok(found) => found.map(|(checkpoint, _)| checkpoint),
        Err(error) => return pass.report(None, Some(file_fault(None, CHECKPOINT_PATH, &error))),
    };
    let fault = checkpoint.as_ref().and_then(|checkpoint| pass.published(checkpoint, fetch).err());
    let fault = fault.or_else(|| pass.earlier_fault()).or_else(|| pass.waiting(waiting).err()).or(pass.content.take());
    pass.report(checkpoint, fault)
}

/// Checks a narrower form of a tile that is still there for readers of an older checkpoint: it must be the
/// beginning of `current`, the form that `tile` names now. Says what is wrong if it is not.
pub fn verify_superseded(path: &str, older: &[u8], tile: TileId, current: &Bytes) -> Option<Fault> {
    if older.len() <= current.len() && current.starts_with(older) {
        return None;
    }
    let same = older.iter().zip(current.iter()).take_while(|(old, now)| old == now).count();
    let (first, span) = match tile.kind {
        Kind::Entries => {
            let (entries, _) = decode_entries(current, tile.width);
            let mut end = 0;
            let whole = entries.iter().take_while(|entry| {
                end += 2 + entry.len();
                end <= same
            });
            (whole.count(), 0)
        }
        Kind::Hashes { level } => (same / 32, u32::from(level) * HEIGHT),
    };
    let first = (tile.index * u64::from(WIDTH) + u64::try_from(first).unwrap_or(0)) << span;
    Some(Fault {
        entry: Some(first),
        last: Some(first + (1_u64 << span) - 1),
        path: Some(path.to_owned()),
        reason: "a superseded tile is not the beginning of the one that took its place".to_owned(),
    })
}

#[derive(Default)]
struct Pass<'a> {
    frontier: Frontier,
    open: OpenRequests,
    earlier: Option<&'a Checkpoint>,
    /// The root when the tree had the size of `earlier`.
    earlier_root: Option<Digest>,
    /// The first entry that is authentic but not well formed.
    content: Option<Fault>,
    unpublished: u64,
}

impl Pass<'_> {
    fn published(&mut self, checkpoint: &Checkpoint, fetch: &mut Fetch<'_>) -> Result<(), Fault> {
        let size = checkpoint.size;
        // The first place where entries and tiles disagree.
        let mut mismatch: Option<Fault> = None;
        let mut rows: [Option<(TileId, Vec<Digest>)>; 8] = Default::default();
        while self.frontier.size() < size {
            let start = self.frontier.size();
            let (tile, _) = TileId::of_entry(start, size);
            let path = tile.to_string();
            let bytes = read::tile_bytes(fetch, tile).map_err(|error| file_fault(Some(start), &path, &error))?;
            let (entries, rest) = decode_entries(&bytes, tile.width);
            for entry in &entries {
                let index = self.frontier.size();
                let mut completed = Vec::new();
                self.push(index, entry, |level, hash| completed.push((level, hash)));
                for (level, hash) in completed.into_iter().filter(|(level, _)| level % 8 == 0) {
                    if let Some(fault) = compare(level, hash, index, size, &mut rows, fetch) {
                        mismatch.get_or_insert(fault);
                    }
                }
            }
            // A complete bundle that stands in for a partial one rightly goes on.
            let stands_in = !tile.is_complete() && decode_entries(&bytes, tile.width + 1).0.len() > entries.len();
            if entries.len() < usize::from(tile.width) || (rest && !stands_in) {
                let entry = self.frontier.size().min(size - 1);
                let reason = "the bundle of entries breaks off or goes on after its last entry".to_owned();
                let fault = Fault { entry: Some(entry), last: None, path: Some(path), reason };
                return Err(mismatch.unwrap_or(fault));
            }
        }
        if self.frontier.root() == checkpoint.root {
            return match mismatch {
                Some(fault) => Err(Fault {
                    reason: "the entry is the signed one, but the tile over it is damaged".to_owned(),
                    last: None,
                    ..fault
                }),
                None => Ok(()),
            };
        }
        Err(mismatch.unwrap_or_else(|| Fault {
            entry: Some(0),
            last: Some(size.saturating_sub(1)),
            path: Some(CHECKPOINT_PATH.to_owned()),
            reason: "the entries and tiles agree with each other, but not with the signed root".to_owned(),
        }))
    }

    /// Appends an entry and looks at its content.
    fn push(&mut self, index: u64, entry: &Bytes, completed: impl FnMut(u32, Digest)) {
        self.note_earlier();
        self.frontier.push(leaf_hash(entry), completed);
        let problem = match Entry::from_bytes(entry) {
            Ok(entry) => match self.open.observe(index, &entry) {
                Ok(()) => return,
                Err(Misfit::Repeated(request)) => format!("the request {request} has been recorded before"),
                Err(Misfit::Unopened(request)) => {
                    format!("it completes the request {request}, which has not begun or has ended already")
                }
            },
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                format!("it is not an entry: {error}{cause}")
            }
        };
        self.content.get_or_insert(Fault { entry: Some(index), last: None, path: None, reason: problem });
    }

    fn note_earlier(&mut self) {
        if self.earlier.is_some_and(|earlier| earlier.size == self.frontier.size()) {
            self.earlier_root = Some(self.frontier.root());
        }
    }

    fn earlier_fault(&mut self) -> Option<Fault> {
        self.note_earlier();
        let earlier = self.earlier?;
        let reason = match self.earlier_root {
            Some(root) if root == earlier.root => return None,
            Some(_) => format!("the first {} entries are not those of the earlier checkpoint", earlier.size),
            None => format!(
                "the log has {} entries, fewer than the {} of the earlier checkpoint",
                self.frontier.size(),
                earlier.size
            ),
        };
        Some(Fault { entry: Some(0), last: Some(earlier.size.saturating_sub(1)), path: None, reason })
    }

    fn waiting(&mut self, entries: &mut dyn Iterator<Item = (u64, Bytes)>) -> Result<(), Fault> {
        for (index, entry) in entries {
            let next = self.frontier.size();
            if index < next {
                continue;
            }
            if index > next {
                let reason = format!("neither published nor in the journal, which goes on with entry {index}");
                return Err(Fault { entry: Some(next), last: None, path: None, reason });
            }
            self.push(index, &entry, |_, _| {});
            self.unpublished += 1;
        }
        Ok(())
    }

    fn report(self, checkpoint: Option<Checkpoint>, fault: Option<Fault>) -> Report {
        Report {
            checkpoint,
            entries: self.frontier.size(),
            unpublished: self.unpublished,
            open: self.open.requests().collect(),
            fault,
        }
    }
}

/// Compares the hash of the subtree that entry `index` completes with what the tile above says.
fn compare(
    level: u32,
    hash: Digest,
    index: u64,
    size: u64,
    rows: &mut [Option<(TileId, Vec<Digest>)>; 8],
    fetch: &mut Fetch<'_>,
) -> Option<Fault> {
    let node = index >> level;
    let (tile, range) = TileId::of_node(level, node, size);
    let row = rows.get_mut(usize::try_from(level / 8).ok()?)?;
    let first = node << level;
    let fault =
        |reason: String| Some(Fault { entry: Some(first), last: Some(index), path: Some(tile.to_string()), reason });
    if !matches!(row, Some((loaded, _)) if *loaded == tile) {
        match read::hashes(fetch, tile) {
            Ok(hashes) => *row = Some((tile, hashes)),
            // Remembered as empty, so that it is not fetched again for each of its hashes.
            Err(error) => {
                *row = Some((tile, Vec::new()));
                return fault(describe(&error));
            }
        }
    }
    let recorded = row.as_ref().and_then(|(_, hashes)| hashes.get(range.start));
    if recorded == Some(&hash) {
        return None;
    }
    fault(match level {
        0 => "the entry does not have the hash that its tile says".to_owned(),
        _ => "the entries do not have the hash that the tile over them says".to_owned(),
    })
}

fn file_fault(entry: Option<u64>, path: &str, error: &ReadError) -> Fault {
    Fault { entry, last: None, path: Some(path.to_owned()), reason: describe(error) }
}

fn describe(error: &ReadError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
