//! Whatever a stranger hands us is refused, and nothing panics.

use bytes::Bytes;
use proptest::prelude::*;
use redoubt_audit::tile::decode_entries;
use redoubt_audit::{
    Checkpoint, Entry, MasterKey, Proof, Side, VerifierKey, WrappedKey, canonical, verify, verify_proof,
};
use redoubt_domain::seams::Entropy;
use redoubt_domain::{Secret, TenantId};

use crate::{Published, completion, events, interrupted, laws, request, request_id, signing_key};

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

proptest! {
    #[test]
    fn bytes_of_any_kind_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let key = signing_key();
        prop_assert!(Entry::from_bytes(&bytes).is_err());
        prop_assert!(Checkpoint::open(&bytes, key.verifier()).is_err());
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(Proof::parse(&text).is_err());
        prop_assert!(VerifierKey::parse(&text).is_err());
        let _ = canonical::from_bytes(&bytes);
        let _ = decode_entries(&Bytes::from(bytes.clone()), 256);
        let tenant = MasterKey::new(Secret::new([1; 32])).tenant(&TenantId::parse("acme").unwrap()).unwrap();
        prop_assert!(tenant.unwrap(request_id(1), &WrappedKey::from_bytes(bytes.clone().into())).is_err());
        let (key, _) = tenant.payload_key(request_id(1), &Zeros).unwrap();
        prop_assert!(key.open(Side::Answer, &bytes).is_err());
    }

    #[test]
    fn what_is_read_is_what_was_written(bytes in prop::collection::vec(any::<u8>(), 0..200), width in 1_u16..=256) {
        laws::only_what_was_signed_opens(&bytes);
        laws::a_proof_reads_back(&bytes);
        laws::tiles_read_back(&bytes, width);
        laws::a_tree_proves_what_is_in_it(&bytes);
        laws::only_what_was_sealed_opens(&bytes);
    }

    #[test]
    fn a_changed_entry_reads_back_as_changed_or_not_at_all(
        which in 0_usize..4,
        at in any::<prop::sample::Index>(),
        cut in 0_usize..8,
        put in prop::sample::select(vec!["", "0", "1.0", "\"", "{}", "null", "\\u0041", ",", "9007199254740993", "é"]),
    ) {
        let mut entry = [events(1).remove(0), interrupted(1), completion(1), request(1)][which].to_vec();
        let at = at.index(entry.len());
        let end = entry.len().min(at + cut);
        entry.splice(at..end, put.bytes());
        laws::an_entry_reads_back(&entry);
        laws::json_has_one_form(&entry);
    }

    #[test]
    fn text_that_looks_right_is_refused(
        index in any::<u64>(),
        size in any::<u64>(),
        hashes in prop::collection::vec("[A-Za-z0-9+/]{42}A=", 0..70),
        entry in "[A-Za-z0-9+/]{40}",
    ) {
        let key = signing_key();
        let root = redoubt_audit::sha256(b"root");
        let note = Checkpoint { origin: "example.com/audit".to_owned(), size, root }.sign(&key);
        let note = String::from_utf8(note.to_vec()).unwrap();
        let lines: String = hashes.iter().map(|hash| format!("{hash}\n")).collect();
        let text = format!("c2sp.org/tlog-proof@v1\nextra {entry}\nindex {index}\n{lines}\n{note}");
        prop_assert!(verify_proof(&text, key.verifier(), None).is_err());
    }

    #[test]
    fn a_signed_size_without_files_ends_at_once(size in 1_u64..) {
        let key = signing_key();
        let note = Checkpoint { origin: "example.com/audit".to_owned(), size, root: redoubt_audit::sha256(b"") }.sign(&key);
        let mut files = Published::default();
        files.0.insert(redoubt_audit::CHECKPOINT_PATH.to_owned(), note);
        let report = verify(key.verifier(), &mut |path| files.fetch(path), &mut std::iter::empty(), None);
        prop_assert_eq!(report.fault.unwrap().entry, Some(0));
        let fetch = &mut |path: &str| files.fetch(path);
        prop_assert!(redoubt_audit::Publisher::resume(key.verifier(), fetch).is_err());
        prop_assert!(redoubt_audit::prove(size - 1, key.verifier(), &mut |path| files.fetch(path)).is_err());
    }
}
