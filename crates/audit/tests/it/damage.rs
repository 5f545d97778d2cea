//! Whatever is changed is noticed, and the first bad entry is named.

use bytes::Bytes;
use proptest::prelude::*;
use redoubt_audit::{CHECKPOINT_PATH, Checkpoint, Fault, Report, verify};

use crate::{Published, completion, events, request, signing_key};

fn check(files: &Published) -> Report {
    check_with(files, &[], None)
}

fn check_with(files: &Published, waiting: &[(u64, Bytes)], earlier: Option<&Checkpoint>) -> Report {
    let mut waiting = waiting.iter().cloned();
    verify(signing_key().verifier(), &mut |path| files.fetch(path), &mut waiting, earlier)
}

fn fault(report: Report) -> Fault {
    report.fault.unwrap()
}

#[test]
fn a_sound_log_is_found_sound() {
    for size in [0, 1, 255, 256, 257, 1_000] {
        let files = Published::with(&events(1_000), &[size / 2, size]);
        let report = check(&files);
        assert!(report.is_sound(), "{size}: {:?}", report.fault);
        assert_eq!(report.entries, u64::try_from(size).unwrap());
        assert_eq!(report.checkpoint.unwrap().size, u64::try_from(size).unwrap());
    }
    assert!(check(&Published::default()).is_sound());
}

/// Where each byte of a bundle belongs: the entry whose length or content it is.
fn owners(bundle: &[u8]) -> Vec<u64> {
    let mut owners = Vec::new();
    let mut at = 0;
    let mut entry = 0;
    while at < bundle.len() {
        let length = 2 + usize::from(u16::from_be_bytes([bundle[at], bundle[at + 1]]));
        owners.extend(std::iter::repeat_n(entry, length));
        at += length;
        entry += 1;
    }
    owners
}

#[test]
fn every_changed_byte_of_every_bundle_names_its_entry() {
    let files = Published::with(&events(300), &[300]);
    for (path, first) in [("tile/entries/000", 0), ("tile/entries/001.p/44", 256)] {
        let bundle = files.0[path].clone();
        for (at, owner) in owners(&bundle).into_iter().enumerate().step_by(if first == 0 { 401 } else { 31 }) {
            let mut changed = bundle.to_vec();
            changed[at] ^= 1 << (at % 8);
            let mut files = files.clone();
            files.0.insert(path.to_owned(), changed.into());
            let fault = fault(check(&files));
            assert_eq!(fault.entry, Some(first + owner), "{path} byte {at}: {fault}");
        }
    }
}

#[test]
fn every_changed_byte_of_every_tile_is_noticed_and_the_tile_named() {
    let files = Published::with(&events(700), &[700]);
    for path in files.0.keys().filter(|path| path.starts_with("tile/") && !path.starts_with("tile/entries")) {
        for at in (0..files.0[path].len()).step_by(331) {
            let mut changed = files.clone();
            let mut tile = files.0[path].to_vec();
            tile[at] ^= 4;
            changed.0.insert(path.clone(), tile.into());
            let fault = fault(check(&changed));
            assert_eq!(fault.path.as_ref(), Some(path), "byte {at}: {fault}");
            assert!(fault.reason.contains("the tile over it is damaged"), "{fault}");
            let tile_start = if path.contains("/001") {
                256
            } else if path.contains("/002") {
                512
            } else {
                0
            };
            let span = if path.starts_with("tile/1") { 256 } else { 1 };
            let expected = tile_start + u64::try_from(at / 32).unwrap() * span;
            assert_eq!(fault.entry, Some(expected), "{path} byte {at}: {fault}");
        }
    }
}

#[test]
fn an_entry_exchanged_together_with_its_tile_is_noticed() {
    let mut entries = events(700);
    let honest = Published::with(&entries, &[700]);
    entries[300] = events(4)[3].clone();
    let forged = Published::with(&entries, &[700]);
    let exchanged = |paths: &[&str]| {
        let mut files = honest.clone();
        for path in paths {
            files.0.insert((*path).to_owned(), forged.0[*path].clone());
        }
        fault(check(&files))
    };
    assert_eq!(exchanged(&["tile/entries/001"]).entry, Some(300));
    let named = exchanged(&["tile/entries/001", "tile/0/001"]);
    assert_eq!((named.entry, named.last), (Some(256), Some(511)), "{named}");
    let named = exchanged(&["tile/entries/001", "tile/0/001", "tile/1/000.p/2"]);
    assert_eq!((named.entry, named.last), (Some(0), Some(699)), "{named}");
    assert!(named.to_string().starts_with("one of the entries 0 to 699: "));
}

#[test]
fn missing_cut_and_overlong_files_are_noticed() {
    let files = Published::with(&events(700), &[700]);
    for (path, content) in &files.0 {
        let mut missing = files.clone();
        missing.0.remove(path);
        if path == CHECKPOINT_PATH {
            continue;
        }
        assert_eq!(fault(check(&missing)).path.as_ref(), Some(path), "missing");
        let mut cut = files.clone();
        cut.0.insert(path.clone(), content.slice(..content.len() - 1));
        assert_eq!(fault(check(&cut)).path.as_ref(), Some(path), "cut");
        if path.starts_with("tile/entries") {
            let mut long = files.clone();
            long.0.insert(path.clone(), [content.as_ref(), b"x"].concat().into());
            assert_eq!(fault(check(&long)).path.as_ref(), Some(path), "overlong");
        }
    }
}

#[test]
fn a_checkpoint_by_another_key_is_refused() {
    let mut files = Published::with(&events(3), &[3]);
    let other =
        redoubt_audit::SigningKey::from_seed("example.com/audit", &redoubt_domain::Secret::new([4; 32])).unwrap();
    let checkpoint = Checkpoint::open(&files.0[CHECKPOINT_PATH], signing_key().verifier()).unwrap();
    files.0.insert(CHECKPOINT_PATH.to_owned(), checkpoint.sign(&other));
    let fault = fault(check(&files));
    assert_eq!((fault.entry, fault.path.as_deref()), (None, Some(CHECKPOINT_PATH)));
}

#[test]
fn a_log_that_was_rewritten_or_rolled_back_does_not_continue_an_earlier_checkpoint() {
    let mut entries = events(500);
    let kept = Published::with(&entries, &[300]);
    let kept = Checkpoint::open(&kept.0[CHECKPOINT_PATH], signing_key().verifier()).unwrap();
    assert!(check_with(&Published::with(&entries, &[500]), &[], Some(&kept)).is_sound());
    assert!(check_with(&Published::with(&entries, &[300]), &[], Some(&kept)).is_sound());
    assert!(!check_with(&Published::with(&entries, &[299]), &[], Some(&kept)).is_sound());
    assert!(!check_with(&Published::default(), &[], Some(&kept)).is_sound());
    entries.swap(10, 11);
    assert!(!check_with(&Published::with(&entries, &[500]), &[], Some(&kept)).is_sound());
}

#[test]
fn entries_that_are_no_entries_are_named() {
    for (bad, said) in [
        ("not json", "not canonical JSON"),
        (r#"{"v":1, "type":"event"}"#, "not canonical JSON"),
        (r#"{"type":"event","v":1}"#, "fields"),
        (r#"{"type":"event","v":2}"#, "version"),
    ] {
        let mut entries = events(5);
        entries[3] = Bytes::from(bad);
        let fault = fault(check(&Published::with(&entries, &[5])));
        assert_eq!(fault.entry, Some(3));
        assert!(fault.to_string().contains(said), "{fault}");
    }
}

#[test]
fn a_completion_needs_its_request() {
    let sound = [request(1), request(2), completion(2), completion(1), request(3)];
    let report = check(&Published::with(&sound, &[5]));
    assert!(report.is_sound(), "{:?}", report.fault);
    assert_eq!(report.open.len(), 1);
    for (entries, bad) in [
        (vec![request(1), completion(2)], 1),
        (vec![completion(1), request(1)], 0),
        (vec![request(1), completion(1), completion(1)], 2),
        (vec![request(1), request(1)], 1),
    ] {
        assert_eq!(fault(check(&Published::with(&entries, &[entries.len()]))).entry, Some(bad));
    }
}

#[test]
fn waiting_entries_are_checked_too() {
    let entries: Vec<Bytes> = vec![request(1), request(2), completion(1), completion(2), completion(3)];
    let files = Published::with(&entries, &[2]);
    let waiting = |range: std::ops::Range<usize>| -> Vec<(u64, Bytes)> {
        range.map(|at| (u64::try_from(at).unwrap(), entries[at].clone())).collect()
    };
    let report = check_with(&files, &waiting(0..4), None);
    assert!(report.is_sound(), "{:?}", report.fault);
    assert_eq!((report.entries, report.unpublished), (4, 2));
    assert_eq!(fault(check_with(&files, &waiting(1..5), None)).entry, Some(4));
    assert_eq!(fault(check_with(&files, &waiting(3..4), None)).entry, Some(2), "a gap");
    // Nothing is published yet.
    assert!(check_with(&Published::default(), &waiting(0..3), None).is_sound());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_byte_anywhere_is_noticed(size in 1_usize..600, file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut files = Published::with(&events(600), &[size]);
        let path = file.get(&files.0.keys().cloned().collect::<Vec<_>>()).clone();
        let mut content = files.0[&path].to_vec();
        let at = at.index(content.len());
        content[at] ^= 1 << bit;
        files.0.insert(path.clone(), content.into());
        let report = check(&files);
        prop_assert!(!report.is_sound(), "{} byte {}", path, at);
    }
}

#[test]
fn a_superseded_tile_must_be_the_beginning_of_the_one_that_took_its_place() {
    use redoubt_audit::tile::{Kind, TileId, encode_entries};
    use redoubt_audit::verify_superseded;

    let entries: Vec<bytes::Bytes> = (0..5_u8).map(|n| bytes::Bytes::from(vec![n; 10])).collect();
    let current = encode_entries(&entries);
    let tile = TileId { kind: Kind::Entries, index: 2, width: 5 };
    let check =
        |older: &[u8]| verify_superseded("tile/entries/002.p/3", older, tile, &current).map(|fault| fault.entry);

    let older = encode_entries(&entries[..3]);
    assert_eq!(check(&older), None);
    for (at, entry) in [(0, 512), (11, 512), (12, 513), (35, 514)] {
        let mut damaged = older.to_vec();
        damaged[at] ^= 1;
        assert_eq!(check(&damaged), Some(Some(entry)), "byte {at}");
    }
    let mut longer = current.to_vec();
    longer.push(0);
    assert_eq!(check(&longer), Some(Some(517)));
}
