//! The tree against the published vectors of Certificate Transparency, against an independent crate, and against whoever
//! changes something.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use crate::trust::log::hash::TreeHash;
use crate::trust::log::merkle::*;
use crate::trust::log::tiles::{Leaves, TileError};

/// Sizes around every boundary of tiles and of powers of two.
const SIZES: [u64; 16] = [
    1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537,
];

fn hash(hex: &str) -> TreeHash {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex, &mut bytes).unwrap();
    TreeHash::from_bytes(bytes)
}

fn hashes(hex: &[&str]) -> Vec<TreeHash> {
    hex.iter().map(|hex| hash(hex)).collect()
}

fn content(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn leaves(size: u64) -> Vec<TreeHash> {
    (0..size)
        .map(|index| TreeHash::leaf(&content(index)))
        .collect()
}

/// The eight leaves of the vectors, and the roots of their first 1 to 8.
const VECTOR_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const VECTOR_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const TWO: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const SECOND_TWO: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const SECOND_LEAF: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const SECOND_FOUR: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const FIFTH_LEAF: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const FOURTH_TWO: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const THIRD_TWO: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const FOUR: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const ONE: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

fn vector_leaves() -> Vec<TreeHash> {
    VECTOR_LEAVES
        .iter()
        .map(|hex| TreeHash::leaf(&hex::decode(hex).unwrap()))
        .collect()
}

#[test]
fn roots_are_those_of_the_certificate_transparency_vectors() {
    let leaves = vector_leaves();
    assert_eq!(root(&Leaves(&[]), 0).unwrap(), TreeHash::empty());
    for (size, expected) in (1..).zip(VECTOR_ROOTS) {
        assert_eq!(root(&Leaves(&leaves), size).unwrap(), hash(expected));
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_certificate_transparency_vectors() {
    let leaves = vector_leaves();
    let cases: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (0, 8, &[SECOND_LEAF, SECOND_TWO, SECOND_FOUR]),
        (5, 8, &[FIFTH_LEAF, FOURTH_TWO, FOUR]),
        (2, 3, &[TWO]),
        (1, 5, &[ONE, SECOND_TWO, FIFTH_LEAF]),
    ];
    for (index, size, expected) in cases {
        let proof = inclusion_proof(&Leaves(&leaves), index, size).unwrap();
        assert_eq!(proof, hashes(expected), "{index} in {size}");
        let leaf = leaves[usize::try_from(index).unwrap()];
        let root = root(&Leaves(&leaves), size).unwrap();
        assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
    }
}

#[test]
fn consistency_proofs_are_those_of_the_certificate_transparency_vectors() {
    let leaves = vector_leaves();
    let cases: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (1, 8, &[SECOND_LEAF, SECOND_TWO, SECOND_FOUR]),
        (6, 8, &[THIRD_TWO, FOURTH_TWO, FOUR]),
        (2, 5, &[SECOND_TWO, FIFTH_LEAF]),
    ];
    for (old, new, expected) in cases {
        let proof = consistency_proof(&Leaves(&leaves), old, new).unwrap();
        assert_eq!(proof, hashes(expected), "{old} to {new}");
        let roots = [old, new].map(|size| root(&Leaves(&leaves), size).unwrap());
        assert_eq!(
            verify_consistency((old, &roots[0]), (new, &roots[1]), &proof),
            Ok(())
        );
    }
}

/// Another crate's tree of the same entries.
fn others(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for index in 0..size {
        tree.push(content(index));
    }
    tree
}

fn others_root(tree: &MemoryBackedTree<Sha256, Vec<u8>>) -> TreeHash {
    TreeHash::from_bytes(tree.root().as_bytes().as_slice().try_into().unwrap())
}

fn bytes(hashes: &[TreeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[test]
fn roots_and_proofs_are_those_of_another_crate() {
    for size in SIZES {
        let tree = others(size);
        let leaves = leaves(size);
        let own = Leaves(&leaves);
        assert_eq!(root(&own, size).unwrap(), others_root(&tree), "{size}");
        for other in SIZES.iter().copied().chain([1, 6, 100, 300, 65_000]) {
            if other < size {
                let index = usize::try_from(other).unwrap();
                let theirs = tree.prove_inclusion(index);
                let ours = inclusion_proof(&own, other, size).unwrap();
                assert_eq!(bytes(&ours), theirs.as_bytes(), "{other} in {size}");
                let added = usize::try_from(size - other).unwrap();
                let theirs = tree.prove_consistency(added);
                let ours = consistency_proof(&own, other, size).unwrap();
                assert_eq!(bytes(&ours), theirs.as_bytes(), "{other} to {size}");
            }
        }
    }
}

#[test]
fn every_leaf_of_small_trees_is_shown_and_no_other_passes_for_it() {
    for size in 1..=34 {
        let leaves = leaves(size);
        let root = root(&Leaves(&leaves), size).unwrap();
        for index in 0..size {
            let proof = inclusion_proof(&Leaves(&leaves), index, size).unwrap();
            for (other, leaf) in (0..).zip(&leaves) {
                let verified = verify_inclusion(leaf, index, size, &proof, &root);
                assert_eq!(
                    verified.is_ok(),
                    other == index,
                    "{other} as {index} in {size}"
                );
                let verified = verify_inclusion(leaf, other, size, &proof, &root);
                assert_eq!(
                    verified.is_ok(),
                    other == index,
                    "{other} by {index} in {size}"
                );
            }
        }
    }
}

#[test]
fn every_growth_of_small_trees_is_shown_and_no_other() {
    let all = leaves(34);
    let roots: Vec<TreeHash> = (0..=34)
        .map(|size| root(&Leaves(&all), size).unwrap())
        .collect();
    let root = |size: u64| &roots[usize::try_from(size).unwrap()];
    for new in 0..=34 {
        for old in 0..=new {
            let proof = consistency_proof(&Leaves(&all), old, new).unwrap();
            assert_eq!(
                verify_consistency((old, root(old)), (new, root(new)), &proof),
                Ok(()),
                "{old} to {new}"
            );
            for other in (0..=34).filter(|other| *other != old) {
                let verified = verify_consistency((old, root(other)), (new, root(new)), &proof);
                assert!(
                    verified.is_err(),
                    "the root of {other} as that of {old}, to {new}"
                );
            }
            // From nothing everything may grow: there, the new root is not said to be anything.
            for other in (0..=34).filter(|other| *other != new && old > 0) {
                let verified = verify_consistency((old, root(old)), (new, root(other)), &proof);
                assert!(
                    verified.is_err(),
                    "from {old}, the root of {other} as that of {new}"
                );
            }
        }
    }
}

#[test]
fn a_leaf_that_is_not_in_the_tree_and_a_log_that_shrank_are_named() {
    let leaves = leaves(3);
    let root = root(&Leaves(&leaves), 3).unwrap();
    assert_eq!(
        verify_inclusion(&leaves[0], 3, 3, &[], &root),
        Err(ProofError::Beyond { index: 3, size: 3 })
    );
    assert_eq!(
        verify_inclusion(&leaves[0], 0, 0, &[], &TreeHash::empty()),
        Err(ProofError::Beyond { index: 0, size: 0 })
    );
    assert_eq!(
        verify_consistency((3, &root), (2, &root), &[]),
        Err(ProofError::Shrunk { old: 3, new: 2 })
    );
    assert_eq!(
        verify_consistency((0, &root), (3, &root), &[]),
        Err(ProofError::OtherHistory),
        "a log without entries has one root"
    );
    assert_eq!(
        verify_consistency((0, &TreeHash::empty()), (3, &root), &[root]),
        Err(ProofError::Length { found: 1 })
    );
    assert_eq!(
        verify_consistency((3, &leaves[0]), (3, &root), &[]),
        Err(ProofError::OtherHistory)
    );
}

#[test]
fn a_node_above_the_leaves_does_not_pass_as_a_leaf() {
    let leaves = leaves(8);
    let top = root(&Leaves(&leaves), 8).unwrap();
    let node = |level: u8, index: u64| {
        crate::trust::log::merkle::HashSource::hash(&Leaves(&leaves), NodeId { level, index })
            .unwrap()
    };
    // The beginning of a proof left out, and what it would have led to given as the leaf.
    let proof = inclusion_proof(&Leaves(&leaves), 0, 8).unwrap();
    for (level, rest) in [(1, &proof[1..]), (2, &proof[2..]), (3, &[])] {
        let length = ProofError::Length { found: rest.len() };
        let verified = verify_inclusion(&node(level, 0), 0, 8, rest, &top);
        assert_eq!(verified, Err(length), "{level}");
    }
    let longer = [&[leaves[1]], proof.as_slice()].concat();
    assert_eq!(
        verify_inclusion(&leaves[0], 0, 8, &longer, &top),
        Err(ProofError::Length { found: 4 })
    );
    // The same for what an older tree grew from.
    let old = root(&Leaves(&leaves), 3).unwrap();
    let growth = consistency_proof(&Leaves(&leaves), 3, 8).unwrap();
    for cut in 0..growth.len() {
        assert_eq!(
            verify_consistency((3, &old), (8, &top), &growth[..cut]),
            Err(ProofError::Length { found: cut })
        );
    }
}

#[test]
fn a_fork_is_told_from_a_wrong_proof() {
    let honest = leaves(9);
    let mut forked = leaves(12);
    forked[2] = TreeHash::leaf(b"something else");
    let old = root(&Leaves(&honest), 9).unwrap();
    let new = root(&Leaves(&forked), 12).unwrap();
    let proof = consistency_proof(&Leaves(&forked), 9, 12).unwrap();
    assert_eq!(
        verify_consistency((9, &old), (12, &new), &proof),
        Err(ProofError::OtherHistory)
    );
}

#[test]
fn the_largest_trees_do_not_overflow() {
    let largest = u64::MAX;
    for index in [0, 1, largest / 2, largest - 1] {
        let nodes = inclusion_nodes(index, largest);
        assert!(nodes.iter().all(|node| node.level < 64), "{index}");
        let proof = vec![TreeHash::empty(); MAX_PROOF + 10];
        let verified = verify_inclusion(
            &TreeHash::empty(),
            index,
            largest,
            &proof,
            &TreeHash::empty(),
        );
        assert!(matches!(verified, Err(ProofError::Length { .. })));
    }
    let one = TreeHash::empty();
    for old in [1, 2, 1 << 63, largest - 1] {
        let proof = vec![one; MAX_PROOF + 10];
        let verified = verify_consistency((old, &one), (largest, &one), &proof);
        assert!(matches!(verified, Err(ProofError::Length { .. })), "{old}");
        assert!(!consistency_nodes(old, largest).is_empty());
    }
    let cut: Result<_, TileError> = root(&Leaves(&[]), 3);
    assert!(matches!(cut, Err(TileError::NoSuchNode { .. })));
}

/// One of the ways to change a proof.
fn changed(proof: &[TreeHash], at: prop::sample::Index, bit: usize, how: u8) -> Vec<TreeHash> {
    let mut changed = proof.to_vec();
    if changed.is_empty() {
        changed.push(TreeHash::empty());
        return changed;
    }
    let at = at.index(changed.len());
    match how {
        0 => {
            let mut bytes = *changed[at].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            changed[at] = TreeHash::from_bytes(bytes);
        }
        1 => drop(changed.remove(at)),
        2 => changed.insert(at, TreeHash::leaf(b"added")),
        3 => changed.push(TreeHash::leaf(b"added")),
        _ => changed.rotate_left(1),
    }
    changed
}

proptest! {
    #[test]
    fn a_changed_inclusion_proof_is_refused(
        size in 1..700_u64,
        at in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0..256_usize,
        how in 0..5_u8,
        other in any::<prop::sample::Index>(),
    ) {
        let leaves = leaves(size);
        let index = u64::try_from(at.index(leaves.len())).unwrap();
        let leaf = leaves[at.index(leaves.len())];
        let root = root(&Leaves(&leaves), size).unwrap();
        let proof = inclusion_proof(&Leaves(&leaves), index, size).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        let wrong = changed(&proof, place, bit, how);
        if wrong != proof {
            prop_assert!(verify_inclusion(&leaf, index, size, &wrong, &root).is_err());
        }
        let other = leaves[other.index(leaves.len())];
        if other != leaf {
            prop_assert!(verify_inclusion(&other, index, size, &proof, &root).is_err());
        }
    }

    #[test]
    fn a_changed_consistency_proof_is_refused(
        new in 1..700_u64,
        at in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0..256_usize,
        how in 0..5_u8,
    ) {
        let leaves = leaves(new);
        let old = 1 + u64::try_from(at.index(leaves.len())).unwrap();
        let roots = [old, new].map(|size| root(&Leaves(&leaves), size).unwrap());
        let proof = consistency_proof(&Leaves(&leaves), old, new).unwrap();
        prop_assert_eq!(verify_consistency((old, &roots[0]), (new, &roots[1]), &proof), Ok(()));
        let wrong = changed(&proof, place, bit, how);
        if wrong != proof {
            prop_assert!(verify_consistency((old, &roots[0]), (new, &roots[1]), &wrong).is_err());
        }
    }

    #[test]
    fn no_made_up_proof_is_taken(
        index in any::<u64>(),
        size in any::<u64>(),
        seeds in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let proof: Vec<TreeHash> = seeds.into_iter().map(TreeHash::from_bytes).collect();
        let (leaf, root) = (TreeHash::leaf(b"a"), TreeHash::leaf(b"b"));
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        if index > 0 {
            prop_assert!(verify_consistency((index, &leaf), (size, &root), &proof).is_err());
        }
    }
}
