//! Tiles and bundles: their names, what is in them, and what a log writes when it grows.

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use crate::trust::log::bundle;
use crate::trust::log::hash::TreeHash;
use crate::trust::log::merkle::{
    NodeId, consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof, root,
    root_nodes, verify_consistency, verify_inclusion,
};
use crate::trust::log::tile::{TileId, TileIdError, TileKind, partial};
use crate::trust::log::tiles::{Frontier, Leaves, MAX_ENTRY_BYTES, TileError, Tiles, hashes};

const LEVEL_0: TileKind = TileKind::Hashes { level: 0 };

fn content(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn leaves(from: u64, to: u64) -> Vec<TreeHash> {
    (from..to)
        .map(|index| TreeHash::leaf(&content(index)))
        .collect()
}

/// The files of a log, by their paths.
type Files = BTreeMap<String, Vec<u8>>;

/// A log that grew through these sizes, each time opened anew from its files.
fn grown(sizes: &[u64]) -> (Files, TreeHash) {
    let mut files = Files::new();
    let mut size = 0;
    let mut last = TreeHash::empty();
    for new in sizes {
        let mut log = Frontier::open(size, |id| files.get(&id.to_string()).cloned()).unwrap();
        assert_eq!(log.size(), size);
        assert_eq!(log.root(), last, "opened from its tiles at {size}");
        for tile in log.append(&leaves(size, *new)).unwrap() {
            let expected = usize::from(tile.id.width()) * 32;
            assert_eq!(tile.bytes.len(), expected, "{}", tile.id);
            files.insert(tile.id.to_string(), tile.bytes);
        }
        size = *new;
        assert_eq!(log.size(), size);
        last = log.root();
    }
    (files, last)
}

/// All tiles that a log of this size is served as, by the definition.
fn all_tiles(size: u64) -> Vec<TileId> {
    let mut tiles = Vec::new();
    for level in 0..8 {
        let kind = TileKind::Hashes { level };
        for index in 0.. {
            match TileId::of(kind, index, size) {
                Some(id) => tiles.push(id),
                None => break,
            }
        }
    }
    tiles
}

fn others_root(from: u64, to: u64) -> TreeHash {
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for index in from..to {
        tree.push(content(index));
    }
    TreeHash::from_bytes(tree.root().as_bytes().as_slice().try_into().unwrap())
}

#[test]
fn paths_are_those_of_the_specification() {
    let full = |level, index| TileId::full(TileKind::Hashes { level }, index).to_string();
    assert_eq!(full(0, 0), "tile/0/000");
    assert_eq!(full(0, 1_234_067), "tile/0/x001/x234/067");
    assert_eq!(full(63, 999), "tile/63/999");
    assert_eq!(full(1, 1_000), "tile/1/x001/000");
    assert_eq!(
        TileId::full(TileKind::Entries, u64::MAX).to_string(),
        "tile/entries/x018/x446/x744/x073/x709/x551/615"
    );
    let of = |kind, index, size| TileId::of(kind, index, size).map(|id| id.to_string());
    assert_eq!(of(LEVEL_0, 273, 70_000).unwrap(), "tile/0/273.p/112");
    assert_eq!(of(TileKind::Entries, 0, 1).unwrap(), "tile/entries/000.p/1");
    assert_eq!(of(TileKind::Entries, 1, 256), None);
}

#[test]
fn a_log_of_70_000_entries_has_the_tiles_that_the_specification_counts() {
    // 273 full and a partial one of 112 at level 0; a full and a partial one of 17 at level 1; a partial one of 1 at level 2.
    let tiles = all_tiles(70_000);
    let count = |wanted: u8, full: bool| {
        tiles
            .iter()
            .filter(|id| id.kind() == TileKind::Hashes { level: wanted } && id.is_full() == full)
            .count()
    };
    assert_eq!((count(0, true), count(0, false)), (273, 1));
    assert_eq!((count(1, true), count(1, false)), (1, 1));
    assert_eq!((count(2, true), count(2, false)), (0, 1));
    let partial_at = |level| partial(70_000, TileKind::Hashes { level }).map(|id| id.width());
    assert_eq!(
        [0, 1, 2, 3].map(partial_at),
        [Some(112), Some(17), Some(1), None]
    );
    // And one of 256 entries has a full tile at level 0, and a partial one of width 1 at level 1.
    let tiles: Vec<String> = all_tiles(256).iter().map(ToString::to_string).collect();
    assert_eq!(tiles, ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_path_has_one_spelling() {
    for path in [
        "tile/0/000",
        "tile/63/x001/x234/067",
        "tile/0/x001/000.p/255",
        "tile/entries/000.p/1",
        "tile/entries/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(path.parse::<TileId>().unwrap().to_string(), path);
    }
    for wrong in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/256/000",
        "tile/0/x000/067",
        "tile/0/001/067",
        "tile/0/x001",
        "tile/0/x001/x067",
        "tile/0/x01/067",
        "tile/0/X001/067",
        "tile/0/xx01/067",
        "tile/0/+01",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/",
        "tile/0//000",
        "/tile/0/000",
        "tile/entry/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/٠٠٠",
    ] {
        assert_eq!(wrong.parse::<TileId>(), Err(TileIdError), "{wrong}");
    }
}

#[test]
fn each_tile_holds_what_the_specification_says() {
    for size in [1, 255, 256, 257, 65_535, 65_536, 65_537] {
        let (files, _) = grown(&[size]);
        let tiles = all_tiles(size);
        for id in &tiles {
            let TileKind::Hashes { level } = id.kind() else {
                panic!("{id}")
            };
            let found = hashes(id, &files[&id.to_string()]).unwrap();
            // The last hash of each tile, by another crate: MTH(D[(n * 256 + i) * 256^l : (n * 256 + i + 1) * 256^l]).
            let last = id.index() * 256 + u64::from(id.width()) - 1;
            let span = 256_u64.pow(level.into());
            assert_eq!(
                found.last().copied().unwrap(),
                others_root(last * span, (last + 1) * span),
                "{id} of {size}"
            );
        }
        // What is written is that, and nothing else: every file is a tile of this size.
        assert_eq!(files.len(), tiles.len(), "{size}");
    }
}

#[test]
fn a_log_has_the_same_root_however_it_grew() {
    for size in [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537] {
        let expected = others_root(0, size);
        let (at_once, root_at_once) = grown(&[size]);
        assert_eq!(root_at_once, expected, "{size}");
        let mut steps: Vec<u64> = [1, 100, 255, 256, 300, 512, 60_000, 65_535, 65_536]
            .into_iter()
            .filter(|step| *step < size)
            .collect();
        steps.push(size);
        let (in_steps, root_in_steps) = grown(&steps);
        assert_eq!(root_in_steps, expected, "{size}");
        for (path, bytes) in &at_once {
            assert_eq!(in_steps.get(path), Some(bytes), "{path} of {size}");
        }
    }
    let empty = Frontier::open(0, |_| None).unwrap();
    assert_eq!(empty, Frontier::empty());
    assert_eq!(empty.root(), TreeHash::empty());
    assert_eq!(Frontier::tiles(0), []);
}

#[test]
fn appending_nothing_writes_nothing_and_appending_too_much_is_refused() {
    let mut log = Frontier::empty();
    assert_eq!(log.append(&[]).unwrap(), []);
    log.append(&leaves(0, 3)).unwrap();
    assert_eq!(log.append(&[]).unwrap(), []);
    let size = i64::MAX.unsigned_abs();
    let full = |id: &TileId| Some(vec![0; usize::from(id.width()) * 32]);
    let mut log = Frontier::open(size, full).unwrap();
    let before = log.clone();
    assert_eq!(
        log.append(&leaves(0, 1)),
        Err(TileError::TooMany { size, more: 1 })
    );
    assert_eq!(log, before);
}

#[test]
fn a_missing_or_cut_tile_is_named() {
    let (files, _) = grown(&[300]);
    let missing = Frontier::open(300, |_| None).unwrap_err();
    assert_eq!(missing.to_string().matches("tile/0/001.p/44").count(), 1);
    let cut = |id: &TileId| {
        let mut bytes = files.get(&id.to_string()).cloned()?;
        bytes.pop();
        Some(bytes)
    };
    assert!(matches!(
        Frontier::open(300, cut),
        Err(TileError::Length {
            found: 1407,
            expected: 1408,
            ..
        })
    ));
    let mut tiles = Tiles::new(300);
    let id: TileId = "tile/0/001.p/44".parse().unwrap();
    assert!(matches!(
        tiles.insert(&id, &[0; 31]),
        Err(TileError::Length { .. })
    ));
    assert!(matches!(
        tiles.insert(&id, &[0; 32 * 45]),
        Err(TileError::Length { .. })
    ));
    assert_eq!(
        root(&tiles, 300),
        Err(TileError::Missing("tile/1/000.p/1".parse().unwrap()))
    );
    let beyond = NodeId {
        level: 0,
        index: 300,
    };
    assert_eq!(
        crate::trust::log::merkle::HashSource::hash(&tiles, beyond),
        Err(TileError::NoSuchNode {
            node: beyond,
            size: 300
        })
    );
}

/// Reads from files only what is asked for.
fn fetched(files: &Files, size: u64, nodes: &[NodeId]) -> Tiles {
    let mut tiles = Tiles::new(size);
    for id in tiles.missing(nodes) {
        tiles.insert(&id, &files[&id.to_string()]).unwrap();
    }
    assert_eq!(tiles.missing(nodes), []);
    tiles
}

#[test]
fn proofs_come_out_of_tiles_as_out_of_leaves() {
    for size in [1, 2, 255, 256, 257, 65_535, 65_536, 65_537] {
        let (files, log_root) = grown(&[size]);
        let all = leaves(0, size);
        let tiles = fetched(&files, size, &root_nodes(size));
        assert_eq!(root(&tiles, size).unwrap(), log_root);
        for other in [0, 1, 2, 100, 254, 255, 256, 257, 65_534, 65_535, 65_536] {
            if other >= size {
                continue;
            }
            let tiles = fetched(&files, size, &inclusion_nodes(other, size));
            let proof = inclusion_proof(&tiles, other, size).unwrap();
            assert_eq!(proof, inclusion_proof(&Leaves(&all), other, size).unwrap());
            let leaf = TreeHash::leaf(&content(other));
            assert_eq!(
                verify_inclusion(&leaf, other, size, &proof, &log_root),
                Ok(())
            );

            let tiles = fetched(&files, size, &consistency_nodes(other, size));
            let proof = consistency_proof(&tiles, other, size).unwrap();
            assert_eq!(
                proof,
                consistency_proof(&Leaves(&all), other, size).unwrap()
            );
            let old_root = root(&Leaves(&all), other).unwrap();
            assert_eq!(
                verify_consistency((other, &old_root), (size, &log_root), &proof),
                Ok(())
            );
        }
    }
}

#[test]
fn a_full_tile_serves_where_a_partial_one_was_asked_for() {
    let (files, _) = grown(&[256]);
    let mut tiles = Tiles::new(200);
    let wanted = tiles.missing(&root_nodes(200));
    assert_eq!(wanted, ["tile/0/000.p/200".parse().unwrap()]);
    let full: TileId = "tile/0/000".parse().unwrap();
    tiles.insert(&full, &files["tile/0/000"]).unwrap();
    assert_eq!(root(&tiles, 200).unwrap(), others_root(0, 200));
}

#[test]
fn entries_come_back_from_bundles_however_the_log_grew() {
    for sizes in [&[600][..], &[1, 2, 255, 256, 257, 600], &[256, 512, 600]] {
        let mut files = Files::new();
        let mut size = 0;
        for new in sizes {
            let open = bundle::open_bundle(size)
                .map(|id| files[&id.to_string()].clone())
                .unwrap_or_default();
            let entries: Vec<Vec<u8>> = (size..*new).map(content).collect();
            for tile in bundle::append(size, &open, &entries).unwrap() {
                files.insert(tile.id.to_string(), tile.bytes);
            }
            size = *new;
        }
        for (index, width) in [(0, 256), (1, 256), (2, 88)] {
            let id = TileId::of(TileKind::Entries, index, 600).unwrap();
            assert_eq!(id.width(), width);
            let bytes = &files[&id.to_string()];
            let entries = bundle::entries(&id, bytes).unwrap();
            let expected: Vec<Vec<u8>> = (index * 256..index * 256 + u64::from(width))
                .map(content)
                .collect();
            assert_eq!(entries, expected, "{id} by {sizes:?}");
        }
    }
}

#[test]
fn a_bundle_is_lengths_in_16_bits_and_entries() {
    let written = bundle::append(0, &[], &[b"ab".as_slice(), b"", b"c"]).unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].id.to_string(), "tile/entries/000.p/3");
    assert_eq!(written[0].bytes, b"\0\x02ab\0\0\0\x01c");
    let id = written[0].id;
    assert_eq!(
        bundle::entries(&id, &written[0].bytes).unwrap(),
        [b"ab".as_slice(), b"", b"c"]
    );
    let wrong = Err(TileError::Bundle { id });
    for bytes in [
        b"".as_slice(),
        b"\0\x02ab\0\0",
        b"\0\x02ab\0\0\0\x01",
        b"\0\x02ab\0\0\0\x01c\0",
        b"\0\x02ab\0\0\0\x02c",
        b"\xff\xffab\0\0\0\x01c",
    ] {
        assert_eq!(bundle::entries(&id, bytes), wrong, "{bytes:?}");
    }
}

#[test]
fn a_bundle_takes_entries_up_to_65_535_bytes_and_goes_on_only_from_its_own_end() {
    let longest = vec![7; MAX_ENTRY_BYTES];
    let written = bundle::append(0, &[], &[&longest]).unwrap();
    assert_eq!(
        bundle::entries(&written[0].id, &written[0].bytes).unwrap(),
        [longest.as_slice()]
    );
    let longer = vec![7; MAX_ENTRY_BYTES + 1];
    assert_eq!(
        bundle::append(0, &[], &[&longer]),
        Err(TileError::EntryTooLong { size: 65_536 })
    );
    assert!(matches!(
        bundle::append(1, &[], &[b"x"]),
        Err(TileError::Bundle { .. })
    ));
    assert!(matches!(
        bundle::append(2, &written[0].bytes, &[b"x"]),
        Err(TileError::Bundle { .. })
    ));
    assert!(matches!(
        bundle::append(0, &written[0].bytes, &[b"x"]),
        Err(TileError::Length { .. })
    ));
    assert_eq!(bundle::append::<&[u8]>(0, &[], &[]).unwrap(), []);
}

proptest! {
    #[test]
    fn any_sequence_of_appends_is_consistent(steps in proptest::collection::vec(0..400_u64, 1..8)) {
        let mut sizes = Vec::new();
        let mut size = 0;
        for step in steps {
            size += step;
            sizes.push(size);
        }
        let (_, last) = grown(&sizes);
        let all = leaves(0, size);
        prop_assert_eq!(root(&Leaves(&all), size).unwrap(), last);
        for old in sizes {
            let proof = consistency_proof(&Leaves(&all), old, size).unwrap();
            let old_root = root(&Leaves(&all), old).unwrap();
            prop_assert_eq!(verify_consistency((old, &old_root), (size, &last), &proof), Ok(()));
        }
    }

    #[test]
    fn every_tile_has_a_path_that_names_it(level in 0..64_u8, index in any::<u64>(), entries in any::<bool>(), size in any::<u64>()) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes { level } };
        let id = TileId::full(kind, index);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        if let Some(id) = TileId::of(kind, index % 1000, size) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(tile/)?[0-9a-z]{0,8}(/x?[0-9]{0,4}){0,9}(\\.p/?[0-9]{0,4})?|.*") {
        if let Ok(id) = text.parse::<TileId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_bytes_make_a_bundle_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), width in 1..300_u64) {
        let id = TileId::of(TileKind::Entries, 0, width).unwrap();
        if let Ok(entries) = bundle::entries(&id, &bytes) {
            let size = width.min(256);
            prop_assert_eq!(u64::try_from(entries.len()).unwrap(), size);
            let again = bundle::append(0, &[], &entries).unwrap();
            prop_assert_eq!(&again[0].bytes, &bytes);
        }
    }

    #[test]
    fn any_tree_up_to_the_largest_has_its_nodes_in_tiles(size in 1..=i64::MAX.unsigned_abs(), at in any::<u64>()) {
        let index = at % size;
        for node in root_nodes(size).into_iter().chain(inclusion_nodes(index, size)).chain(consistency_nodes(index, size)) {
            let (id, first, power) = TileId::holding(node, size).unwrap();
            prop_assert!(first + (1 << power) <= usize::from(id.width()));
        }
    }
}
