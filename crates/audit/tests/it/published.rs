//! Publishing in steps, across restarts, and proving what was published.

use bytes::Bytes;
use proptest::prelude::*;
use redoubt_audit::read::Gathered;
use redoubt_audit::{
    CHECKPOINT_PATH, Checkpoint, Entry, OpenRequests, Proof, ProofError, Publisher, PublisherError, ReadError, prove,
    read, verify, verify_proof,
};

use crate::{Published, completion, events, interrupted, request, request_id, signing_key};

fn resume(files: &Published) -> Publisher {
    Publisher::resume(signing_key().verifier(), &mut |path| files.fetch(path)).unwrap()
}

#[test]
fn the_steps_of_publishing_leave_no_trace() {
    let entries = events(1_100);
    let at_once = Published::with(&entries, &[1_100]);
    let sizes: Vec<usize> = (0..=1_100).step_by(50).collect();
    let in_steps = Published::with(&entries, &sizes);

    // Resumed before every step, as after a restart.
    let mut files = Published::default();
    for chunk in entries.chunks(130) {
        let mut publisher = resume(&files);
        publisher.append(chunk).unwrap();
        files.publish(&mut publisher);
    }
    for other in [in_steps, files] {
        for (path, content) in &at_once.0 {
            assert_eq!(other.0.get(path), Some(content), "{path}");
        }
        // What is there beyond: partial forms of tiles that are still partial.
        for path in other.0.keys().filter(|path| !at_once.0.contains_key(*path)) {
            let (tile, _) = path.split_once(".p/").unwrap();
            assert!(!at_once.0.contains_key(tile), "{path} should have gone");
        }
    }
}

#[test]
fn a_publication_that_failed_can_be_repeated() {
    let entries = events(600);
    let mut publisher = Publisher::default();
    publisher.append(&entries[..300]).unwrap();
    let lost = publisher.publish(&signing_key()).unwrap();
    assert_eq!(lost.size, 300);
    publisher.append(&entries[300..]).unwrap();
    let mut files = Published::default();
    files.publish(&mut publisher);
    assert_eq!(files.0, Published::with(&entries, &[600]).0);
    assert!(publisher.publish(&signing_key()).is_none());
}

#[test]
fn an_empty_log_has_a_checkpoint() {
    let mut files = Published::default();
    let mut publisher = Publisher::default();
    files.publish(&mut publisher);
    assert_eq!(files.0.keys().collect::<Vec<_>>(), [CHECKPOINT_PATH]);
    assert!(publisher.publish(&signing_key()).is_none());
    let publisher = resume(&files);
    assert_eq!((publisher.size(), publisher.published_size()), (0, 0));
    assert!(publisher.publish(&signing_key()).is_none());
}

#[test]
fn damage_is_not_signed_over() {
    let entries = events(300);
    let mut files = Published::with(&entries, &[300]);
    let resume = |files: &Published| Publisher::resume(signing_key().verifier(), &mut |path| files.fetch(path));
    let mut tile = files.0["tile/0/001.p/44"].to_vec();
    tile[40] ^= 1;
    files.0.insert("tile/0/001.p/44".to_owned(), tile.into());
    assert!(matches!(resume(&files), Err(PublisherError::Root { size: 300 })));
    files.0.remove("tile/0/001.p/44");
    assert!(matches!(resume(&files), Err(PublisherError::Read(ReadError::Missing { .. }))));
}

#[test]
fn an_entry_that_is_too_long_is_refused_with_all_its_batch() {
    let mut publisher = Publisher::default();
    let batch = [Bytes::from_static(b"fine"), Bytes::from(vec![b'x'; 65_536])];
    assert!(matches!(publisher.append(&batch), Err(PublisherError::TooLarge { actual: 65_536, max: 65_535 })));
    assert_eq!(publisher.size(), 0);
    publisher.append(&[Bytes::from(vec![b'x'; 65_535])]).unwrap();
    let publication = publisher.publish(&signing_key()).unwrap();
    assert_eq!(publication.tiles[0].1.len(), 65_537);
}

#[test]
fn a_store_that_cannot_be_asked_meanwhile_is_gathered() {
    let files = Published::with(&events(70_000), &[70_000]);
    let mut gathered = Gathered::default();
    let mut rounds = 0;
    let publisher = loop {
        match Publisher::resume(signing_key().verifier(), &mut |path| gathered.fetch(path)) {
            Ok(publisher) => break publisher,
            Err(error) => {
                let path = gathered.wanted().unwrap_or_else(|| panic!("{error}"));
                let file = files.0.get(&path).cloned();
                gathered.give(path, file);
                rounds += 1;
            }
        }
    };
    assert_eq!(publisher.size(), 70_000);
    assert!(rounds <= 10, "{rounds}");
}

#[test]
fn entries_are_read_across_bundles() {
    let entries = events(600);
    let mut files = Published::with(&entries, &[300, 600]);
    let read = |files: &Published, from, limit| read::entries(&mut |path| files.fetch(path), 600, from, limit).unwrap();
    assert_eq!(read(&files, 0, 1_000), entries);
    assert_eq!(read(&files, 250, 300), entries[250..550]);
    assert_eq!(read(&files, 599, 5), entries[599..]);
    assert!(read(&files, 600, 5).is_empty());
    // A reader that holds an older checkpoint finds the complete tile in place of the partial one.
    files.0.remove("tile/entries/001.p/44");
    assert_eq!(read::entries(&mut |path| files.fetch(path), 300, 290, 100).unwrap(), entries[290..300]);
}

#[test]
fn a_proof_reads_back_and_proves() {
    let entries = events(600);
    let files = Published::with(&entries, &[300, 600]);
    let key = signing_key();
    for index in [0_u64, 255, 256, 599] {
        let proof = prove(index, key.verifier(), &mut |path| files.fetch(path)).unwrap();
        let text = proof.to_text();
        assert_eq!(Proof::parse(&text).unwrap(), proof);
        let proven = verify_proof(&text, key.verifier(), None).unwrap();
        let entry = &entries[usize::try_from(index).unwrap()];
        assert_eq!((proven.index(), proven.entry(), proven.checkpoint().size), (index, entry, 600));

        let bare = Proof { entry: None, ..proof }.to_text();
        assert!(bare.starts_with("c2sp.org/tlog-proof@v1\nindex "));
        assert_eq!(verify_proof(&bare, key.verifier(), None), Err(ProofError::NoEntry));
        assert!(verify_proof(&bare, key.verifier(), Some(entry.clone())).is_ok());
        let other = Bytes::from_static(b"other");
        assert_eq!(verify_proof(&bare, key.verifier(), Some(other)), Err(ProofError::NotIncluded { index }));
    }
    let beyond = prove(600, key.verifier(), &mut |path| files.fetch(path));
    assert!(matches!(beyond, Err(ReadError::Beyond { index: 600, size: 600 })));
}

#[test]
fn every_changed_byte_of_a_proof_is_noticed() {
    let entries = events(20);
    let files = Published::with(&entries, &[20]);
    let key = signing_key();
    let text = prove(7, key.verifier(), &mut |path| files.fetch(path)).unwrap().to_text();
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        let Ok(changed) = String::from_utf8(changed) else { continue };
        assert!(verify_proof(&changed, key.verifier(), None).is_err(), "byte {at}");
    }
}

#[test]
fn open_requests_are_known() {
    let mut open = OpenRequests::default();
    let log = [request(1), request(2), events(1)[0].clone(), completion(1), request(3), interrupted(2)];
    for (index, entry) in (10..).zip(log) {
        open.observe(index, &Entry::from_bytes(&entry).unwrap()).unwrap();
    }
    assert_eq!(open.oldest(), Some(14));
    assert_eq!(open.requests().collect::<Vec<_>>(), [request_id(3)]);
    assert!(open.observe(20, &Entry::from_bytes(&completion(1)).unwrap()).is_err());
    assert!(open.observe(21, &Entry::from_bytes(&request(3)).unwrap()).is_err());
    assert_eq!(open.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn random_steps_with_restarts_verify(steps in prop::collection::vec((1_usize..400, any::<bool>()), 1..8)) {
        let entries = events(3_200);
        let mut files = Published::default();
        let mut publisher = Publisher::default();
        let mut size = 0;
        let mut earlier = None;
        for (step, restart) in steps {
            if restart {
                publisher = resume(&files);
            }
            publisher.append(&entries[size..size + step]).unwrap();
            size += step;
            files.publish(&mut publisher);
            let report =
                verify(signing_key().verifier(), &mut |path| files.fetch(path), &mut std::iter::empty(), earlier.as_ref());
            prop_assert!(report.is_sound(), "{:?}", report.fault);
            prop_assert_eq!(report.entries, u64::try_from(size).unwrap());
            earlier = Some(Checkpoint::open(&files.0[CHECKPOINT_PATH], signing_key().verifier()).unwrap());
        }
    }
}
