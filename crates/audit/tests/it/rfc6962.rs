//! The tree against the well known vectors of RFC 6962 implementations, and its laws.

use proptest::prelude::*;
use redoubt_audit::tree::{
    Frontier, consistency_proof, inclusion_proof, is_consistent, is_included, leaf_hash, node_hash, root, sha256,
};
use redoubt_domain::Digest;

/// The leaves that Certificate Transparency implementations test with.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots of the trees over the first one to eight of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The root by the definition in section 2.1.
fn defined_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => sha256(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(defined_root(left), defined_root(right))
        }
    }
}

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// Looks up complete subtrees by computing them.
fn nodes(leaves: &[Digest]) -> impl FnMut(u32, u64) -> Result<Digest, ()> {
    |level, index| {
        let start = usize::try_from(index << level).map_err(drop)?;
        leaves.get(start..start + (1 << level)).map(defined_root).ok_or(())
    }
}

fn frontier_root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::default();
    leaves.iter().for_each(|leaf| frontier.push(*leaf, |_, _| {}));
    frontier.root()
}

#[test]
fn the_known_roots_come_out() {
    let leaves: Vec<Digest> = LEAVES.iter().map(|leaf| leaf_hash(&unhex(leaf))).collect();
    for (count, expected) in (1..).zip(ROOTS) {
        assert_eq!(frontier_root(&leaves[..count]).to_string(), expected, "{count} leaves");
    }
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(frontier_root(&[]).to_string(), empty);
}

#[test]
fn the_known_inclusion_proof_comes_out() {
    let leaves: Vec<Digest> = LEAVES.iter().map(|leaf| leaf_hash(&unhex(leaf))).collect();
    let proof = inclusion_proof(0, 8, &mut nodes(&leaves)).unwrap();
    let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
    assert_eq!(
        proof,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
}

#[test]
fn every_pair_of_small_sizes_is_proved_and_nothing_else() {
    let all = leaves(40);
    for size in 1..=40_u64 {
        let leaves = &all[..usize::try_from(size).unwrap()];
        let top = root(size, &mut nodes(leaves)).unwrap();
        assert_eq!(top, defined_root(leaves));
        for index in 0..size {
            let proof = inclusion_proof(index, size, &mut nodes(leaves)).unwrap();
            let leaf = leaves[usize::try_from(index).unwrap()];
            assert!(is_included(index, size, leaf, &proof, top), "{index} of {size}");
            assert!(!is_included(index, size, sha256(b"other"), &proof, top));
            assert!(!is_included(index + 1, size, leaf, &proof, top));
            assert!(!is_included(size, size, leaf, &proof, top));
            let longer = [proof.as_slice(), &[top]].concat();
            assert!(!is_included(index, size, leaf, &longer, top));
            if let Some((_, shorter)) = proof.split_last() {
                assert!(!is_included(index, size, leaf, shorter, top));
            }
        }
        for old in 0..=size {
            let old_root = defined_root(&all[..usize::try_from(old).unwrap()]);
            let proof = consistency_proof(old, size, &mut nodes(leaves)).unwrap();
            assert!(is_consistent(old, size, old_root, top, &proof), "{old} to {size}");
            assert!(!is_consistent(old, size, sha256(b"other"), top, &proof));
            if old > 0 {
                assert!(!is_consistent(old, size, old_root, sha256(b"other"), &proof));
            }
            assert!(!is_consistent(old, size, old_root, top, &[proof.as_slice(), &[top]].concat()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_sizes_are_proved(size in 1_u64..3_000, index in 0_u64..3_000, old in 0_u64..3_000, flip in 0_usize..4_000) {
        let (index, old) = (index % size, old % (size + 1));
        let leaves = leaves(size);
        let top = frontier_root(&leaves);
        prop_assert_eq!(top, defined_root(&leaves));

        let leaf = leaves[usize::try_from(index).unwrap()];
        let mut proof = inclusion_proof(index, size, &mut nodes(&leaves)).unwrap();
        prop_assert!(is_included(index, size, leaf, &proof, top));
        if !proof.is_empty() {
            let at = flip % proof.len();
            let mut bytes = *proof[at].as_bytes();
            bytes[flip % 32] ^= 1;
            proof[at] = Digest::new(bytes);
            prop_assert!(!is_included(index, size, leaf, &proof, top));
        }

        let old_root = defined_root(&leaves[..usize::try_from(old).unwrap()]);
        let mut proof = consistency_proof(old, size, &mut nodes(&leaves)).unwrap();
        prop_assert!(is_consistent(old, size, old_root, top, &proof));
        if !proof.is_empty() {
            let at = flip % proof.len();
            let mut bytes = *proof[at].as_bytes();
            bytes[flip % 32] ^= 1;
            proof[at] = Digest::new(bytes);
            prop_assert!(!is_consistent(old, size, old_root, top, &proof));
        }
    }
}
