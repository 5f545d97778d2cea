//! What holds for all bytes that claim to be part of a log. The properties beside draw them at random; the
//! fuzz targets of `fuzz/` include this file and let coverage choose them.

use bytes::Bytes;
use redoubt_audit::tile::{decode_entries, decode_hashes, encode_entries, encode_hashes};
use redoubt_audit::tree::{
    Frontier, consistency_proof, inclusion_proof, is_consistent, is_included, leaf_hash, node_hash,
};
use redoubt_audit::{
    Checkpoint, Entry, MasterKey, OpenRequests, Payload, Proof, Side, SigningKey, VerifierKey, WrappedKey, canonical,
    sha256, verify_proof,
};
use redoubt_domain::seams::Entropy;
use redoubt_domain::{Digest, RequestId, Secret, TenantId, Timestamp};

/// The name of the log.
const LOG: &str = "example.com/audit";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(LOG, &Secret::new([3; 32])).unwrap()
}

/// An entry that is read is written as it was, and the open requests that follow from it are counted alike.
pub(crate) fn an_entry_reads_back(bytes: &[u8]) {
    let Ok(entry) = Entry::from_bytes(bytes) else { return };
    assert_eq!(entry.to_bytes(), bytes);
    let mut open = OpenRequests::default();
    let first = open.observe(0, &entry).is_ok();
    assert!(open.len() <= 1 && open.is_empty() == open.oldest().is_none(), "{entry:?}");
    let again = open.observe(1, &entry).is_ok();
    assert!(!(first && again) || entry.request().is_none(), "the same twice: {entry:?}");
}

/// Canonical JSON has one form: what is read is that form, and what is written is read.
pub(crate) fn json_has_one_form(bytes: &[u8]) {
    if let Ok(value) = canonical::from_bytes(bytes) {
        assert_eq!(canonical::to_bytes(&value), bytes);
    }
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) {
        let written = canonical::to_bytes(&value);
        let read = canonical::from_bytes(&written);
        let read = read.unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&written)));
        assert_eq!(canonical::to_bytes(&read), written);
    }
}

/// What is no checkpoint is refused, and a signed one with `bytes` in the place of some of its own opens only
/// as what was signed.
pub(crate) fn only_what_was_signed_opens(bytes: &[u8]) {
    let key = key();
    if let Ok(opened) = Checkpoint::open(bytes, key.verifier()) {
        assert!(bytes.starts_with(opened.text().as_bytes()), "{opened:?}");
    }
    let Some((&[at, length, size], put)) = bytes.split_first_chunk::<3>() else { return };
    let signed = Checkpoint { origin: LOG.to_owned(), size: size.into(), root: sha256(&[size]) };
    let mut note = signed.sign(&key).to_vec();
    let at = usize::from(at).min(note.len());
    let end = (at + usize::from(length)).min(note.len());
    note.splice(at..end, put.iter().copied());
    if let Ok(opened) = Checkpoint::open(&note, key.verifier()) {
        assert_eq!(opened, signed, "{:?}", String::from_utf8_lossy(&note));
    }
}

/// A proof that is read is written as it was, and proves nothing that was not signed.
pub(crate) fn a_proof_reads_back(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(proof) = Proof::parse(&text) {
        assert_eq!(Proof::parse(&proof.to_text()).as_ref(), Ok(&proof));
        assert_eq!(proof.to_text(), text);
    }
    assert!(verify_proof(&text, key().verifier(), None).is_err(), "{text}");
    if let Ok(key) = VerifierKey::parse(&text) {
        assert_eq!(key.to_string(), text.trim());
    }
}

/// A bundle gives back the entries that its bytes are, and a tile its hashes.
pub(crate) fn tiles_read_back(bytes: &[u8], width: u16) {
    let bundle = Bytes::copy_from_slice(bytes);
    let (entries, has_more) = decode_entries(&bundle, width);
    assert!(entries.len() <= usize::from(width));
    let again = encode_entries(&entries);
    assert!(bundle.starts_with(&again), "{entries:?}");
    assert_eq!(has_more, again.len() < bundle.len());
    match decode_hashes(bytes, width) {
        Some(hashes) => assert_eq!(encode_hashes(&hashes), bytes[..usize::from(width) * 32]),
        None => assert!(bytes.len() < usize::from(width) * 32),
    }
}

/// A tree over entries of these first bytes proves each of them and each of its beginnings, and neither once
/// anything is changed.
pub(crate) fn a_tree_proves_what_is_in_it(bytes: &[u8]) {
    let Some((&[index, old, damage], leaves)) = bytes.split_first_chunk::<3>() else { return };
    let leaves: Vec<Digest> = leaves.iter().take(40).map(|leaf| leaf_hash(&[*leaf])).collect();
    if leaves.is_empty() {
        return;
    }
    let count = u64::try_from(leaves.len()).unwrap();
    let root_of = |size: u64| {
        let mut frontier = Frontier::default();
        leaves.iter().take(usize::try_from(size).unwrap()).for_each(|leaf| frontier.push(*leaf, |_, _| {}));
        frontier.root()
    };
    fn node(leaves: &[Digest], level: u32, index: u64) -> Digest {
        if level == 0 {
            return leaves[usize::try_from(index).unwrap()];
        }
        node_hash(node(leaves, level - 1, index * 2), node(leaves, level - 1, index * 2 + 1))
    }
    let mut nodes = |level: u32, index: u64| Ok::<_, ()>(node(&leaves, level, index));
    let (index, old, root) = (u64::from(index) % count, u64::from(old) % (count + 1), root_of(count));
    let leaf = leaves[usize::try_from(index).unwrap()];

    let proof = inclusion_proof(index, count, &mut nodes).unwrap();
    assert!(is_included(index, count, leaf, &proof, root));
    let consistent = consistency_proof(old, count, &mut nodes).unwrap();
    assert!(is_consistent(old, count, root_of(old), root, &consistent), "{old} of {count}");

    let damaged = |proof: &[Digest]| {
        let mut proof = proof.to_vec();
        match (usize::from(damage) % (proof.len() + 1), damage & 0x80) {
            (at, 0) if at < proof.len() => proof[at] = sha256(b"other"),
            (at, _) if at < proof.len() => drop(proof.remove(at)),
            _ => proof.push(sha256(b"more")),
        }
        proof
    };
    let other = damaged(&proof);
    assert!(!is_included(index, count, leaf, &other, root), "{index} of {count}");
    assert!(!is_included(index, count, leaf_hash(b"other"), &proof, root));
    assert!(!is_included(index + count, count, leaf, &proof, root));
    assert!(!is_consistent(old, count, root_of(old), root, &damaged(&consistent)), "{old} of {count}");
}

struct Counting;

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.iter_mut().zip(1..=u8::MAX).for_each(|(byte, count)| *byte = count);
    }
}

/// A payload opens as what was sealed; with anything changed, or for another request or side, not at all.
pub(crate) fn only_what_was_sealed_opens(bytes: &[u8]) {
    let tenant = MasterKey::new(Secret::new([1; 32])).tenant(&TenantId::parse("acme").unwrap()).unwrap();
    let request = |n: u8| RequestId::new(Timestamp::from_micros(5_000_000), [n; 10]);
    let (key, wrapped) = tenant.payload_key(request(1), &Counting).unwrap();
    assert!(key.open(Side::Answer, bytes).is_err());
    assert!(tenant.unwrap(request(1), &WrappedKey::from_bytes(Bytes::copy_from_slice(bytes))).is_err());

    let Some((&[at, flip, cut], rest)) = bytes.split_first_chunk::<3>() else { return };
    let (received, sent) = rest.split_at(usize::from(cut).min(rest.len()));
    let sent = (cut & 1 == 1).then(|| Bytes::copy_from_slice(sent));
    let payload = Payload { received: Bytes::copy_from_slice(received), sent };
    let sealed = key.seal(Side::Request, &payload, &Counting).unwrap();
    assert_eq!(key.open(Side::Request, &sealed).as_ref(), Ok(&payload));
    assert!(key.open(Side::Answer, &sealed).is_err());
    assert!(tenant.unwrap(request(2), &wrapped).is_err());
    let mut changed = sealed.to_vec();
    let at = usize::from(at) % changed.len();
    changed[at] ^= flip.max(1);
    assert!(key.open(Side::Request, &changed).is_err(), "byte {at}");
}
