//! The Merkle tree of RFC 6962 (RFC 9162, section 2.1): hashes, the growing edge, proofs.

use aws_lc_rs::digest;
use redoubt_domain::Digest;

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    hash(&[bytes])
}

/// The hash of a leaf with this content.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    hash(&[&[0], entry])
}

/// The hash of the node above `left` and `right`.
pub fn node_hash(left: Digest, right: Digest) -> Digest {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut bytes = [0; 32];
    // The lengths agree: SHA-256 has 32 bytes.
    bytes.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Digest::new(bytes)
}

/// The right edge of a tree: the roots of its largest complete subtrees, widest first. Enough to append
/// to the tree and to know its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves with these peaks, of which there must be one for each bit set.
    pub fn new(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Self { size, peaks })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and tells `completed` of each subtree that it completes, from the leaf upwards, by
    /// level and hash.
    pub fn push(&mut self, leaf: Digest, mut completed: impl FnMut(u32, Digest)) {
        completed(0, leaf);
        let mut hash = leaf;
        for level in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(left, hash);
                completed(level + 1, hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root hash.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            Some(last) => peaks.fold(last, |right, left| node_hash(left, right)),
            None => sha256(b""),
        }
    }
}

/// The complete subtrees that make up the leaves from `start` to `end`, left to right, as level and index.
/// `start` must be aligned to the largest of them, which holds for every range that proofs ask for.
pub fn complete_subtrees(start: u64, end: u64) -> Vec<(u32, u64)> {
    let mut at = start;
    let mut subtrees = Vec::new();
    while at < end {
        let level = (end - at).ilog2();
        subtrees.push((level, at >> level));
        at += 1 << level;
    }
    subtrees
}

/// Looks up the hash of the complete subtree at a level and index.
pub type Nodes<'a, E> = &'a mut dyn FnMut(u32, u64) -> Result<Digest, E>;

/// The hash over the leaves from `start` to `end`.
fn range_hash<E>(start: u64, end: u64, nodes: Nodes<'_, E>) -> Result<Digest, E> {
    let mut frontier = Frontier::default();
    for (level, index) in complete_subtrees(start, end) {
        frontier.peaks.push(nodes(level, index)?);
    }
    Ok(frontier.root())
}

/// The root of the tree of `size` leaves.
pub fn root<E>(size: u64, nodes: Nodes<'_, E>) -> Result<Digest, E> {
    range_hash(0, size, nodes)
}

/// The proof that leaf `index` is in the tree of `size` leaves: sibling hashes from the leaf upwards.
/// `index` must be less than `size`.
pub fn inclusion_proof<E>(index: u64, size: u64, nodes: Nodes<'_, E>) -> Result<Vec<Digest>, E> {
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range_hash(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(range_hash(start, middle, nodes)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves. Empty if either
/// is empty or they are the same.
pub fn consistency_proof<E>(old: u64, new: u64, nodes: Nodes<'_, E>) -> Result<Vec<Digest>, E> {
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, new);
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range_hash(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(range_hash(start, middle, nodes)?);
            start = middle;
        }
    }
    // Whoever holds the old root knows this hash already if it is the old tree.
    if start != 0 {
        proof.push(range_hash(start, end, nodes)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two below `count`, which must be at least two.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Whether `proof` shows that `leaf` is number `index` in the tree of `size` leaves with this `root`
/// (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn is_included(index: u64, size: u64, leaf: Digest, proof: &[Digest], root: Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut number, mut last) = (index, size - 1);
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            hash = node_hash(*sibling, hash);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Whether `proof` shows that the tree of `old` leaves with `old_root` is the beginning of the tree of
/// `new` leaves with `new_root` (RFC 9162, section 2.1.4.2).
#[must_use]
pub fn is_consistent(old: u64, new: u64, old_root: Digest, new_root: Digest, proof: &[Digest]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && old_root == sha256(b"");
    }
    let mut hashes = proof.iter().copied();
    let first = if old.is_power_of_two() { Some(old_root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let (mut number, mut last) = (old - 1, new - 1);
    while number & 1 == 1 {
        number >>= 1;
        last >>= 1;
    }
    let (mut from_old, mut from_new) = (first, first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            from_old = node_hash(hash, from_old);
            from_new = node_hash(hash, from_new);
            while number & 1 == 0 && number != 0 {
                number >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node_hash(from_new, hash);
        }
        number >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == old_root && from_new == new_root
}
