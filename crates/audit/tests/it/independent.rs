//! The `tlog_tiles` crate, which shares no code with ours, reads what we publish.

use redoubt_audit::{CHECKPOINT_PATH, Checkpoint, prove, tree};
use tlog_tiles::{
    Checkpoint as TheirCheckpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash, tree_hash,
};

use crate::{Published, events, signing_key};

impl TileReader for Published {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        // Their paths carry the height, which tlog-tiles fixes to 8 and leaves out.
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            Ok(self.0.get(&path).unwrap_or_else(|| panic!("{path} is not published")).to_vec())
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn it_accepts_our_tiles_checkpoints_and_proofs() {
    let entries = events(66_100);
    for size in [1, 2, 255, 256, 257, 511, 700, 66_000] {
        let files = Published::with(&entries, &[size / 3, size]);
        let note = files.0[CHECKPOINT_PATH].clone();
        let ours = Checkpoint::open(&note, signing_key().verifier()).unwrap();

        let text = std::str::from_utf8(&note).unwrap().split_once("\n\n").unwrap().0;
        let theirs = TheirCheckpoint::from_bytes(format!("{text}\n").as_bytes()).unwrap();
        assert_eq!(theirs.origin(), "example.com/audit");
        assert_eq!(theirs.size(), u64::try_from(size).unwrap());
        assert_eq!(theirs.hash().0, *ours.root.as_bytes());
        assert_eq!(theirs.to_bytes(), ours.text().into_bytes());

        let reader = TileHashReader::new(theirs.size(), *theirs.hash(), &files);
        assert_eq!(tree_hash(theirs.size(), &reader).unwrap(), *theirs.hash());
        for index in [0, size / 2, size - 1] {
            let n = u64::try_from(index).unwrap();
            // Their proof from our tiles, checked by them.
            let proof = prove_record(theirs.size(), n, &reader).unwrap();
            let leaf = record_hash(&entries[index]);
            check_record(&proof, theirs.size(), *theirs.hash(), n, leaf).unwrap();
            // Our proof, checked by them.
            let proof = prove(n, signing_key().verifier(), &mut |path| files.fetch(path)).unwrap();
            let hashes: Vec<Hash> = proof.hashes.iter().map(|hash| Hash(*hash.as_bytes())).collect();
            check_record(&hashes, theirs.size(), *theirs.hash(), n, leaf).unwrap();
        }
    }
}

#[test]
fn it_accepts_our_consistency_proofs_and_we_accept_its() {
    let entries = events(700);
    let whole = Published::with(&entries, &[700]);
    let root = |size: usize| {
        let files = Published::with(&entries, &[size]);
        Checkpoint::open(&files.0[CHECKPOINT_PATH], signing_key().verifier()).unwrap().root
    };
    let new = root(700);
    let reader = TileHashReader::new(700, Hash(*new.as_bytes()), &whole);
    for size in [1_u64, 2, 3, 255, 256, 257, 512, 699] {
        let old = root(usize::try_from(size).unwrap());
        let theirs = prove_tree(700, size, &reader).unwrap();
        let mut nodes = |level: u32, index: u64| -> Result<_, Error> {
            let at = tlog_tiles::stored_hash_index(u8::try_from(level).unwrap(), index);
            Ok(redoubt_domain::Digest::new(reader.read_hashes(&[at])?[0].0))
        };
        let ours = tree::consistency_proof(size, 700, &mut nodes).unwrap();
        assert_eq!(ours.iter().map(|hash| Hash(*hash.as_bytes())).collect::<Vec<_>>(), theirs);
        check_tree(&theirs, 700, Hash(*new.as_bytes()), size, Hash(*old.as_bytes())).unwrap();
        assert!(tree::is_consistent(size, 700, old, new, &ours));
    }
}
