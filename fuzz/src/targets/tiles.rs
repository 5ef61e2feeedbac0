//! The files of a log.

use guildhall_package::trust::log::bundle;
use guildhall_package::trust::log::merkle::{consistency_nodes, inclusion_nodes, root_nodes};
use guildhall_package::trust::log::{Frontier, TileId, TileKind, Tiles, TreeHash};

/// The first line is a path, the rest is what is said to be there. Nothing panics; a path has one spelling; a bundle that is
/// read is written again as it was; and a log that goes on from any tiles has the size that it must have.
pub fn tiles(data: &[u8]) {
    let (line, content) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => data.split_at(at),
        None => (data, [].as_slice()),
    };
    let content = content.get(1..).unwrap_or_default();
    let path = std::str::from_utf8(line).unwrap_or_default();
    if let Ok(id) = path.parse::<TileId>() {
        assert_eq!(id.to_string(), path, "a path has two spellings");
        read(&id, content);
    }
    grow(line, content);
}

fn read(id: &TileId, content: &[u8]) {
    if let Ok(entries) = bundle::entries(id, content) {
        assert_eq!(entries.len(), usize::from(id.width()));
        let again = bundle::append(0, &[], &entries).expect("what was read can be written");
        let [again] = again.as_slice() else {
            panic!("one bundle became {}", again.len())
        };
        assert_eq!(again.bytes, content, "a bundle has two spellings");
    }
    let size = id
        .index()
        .saturating_mul(256)
        .saturating_add(id.width().into());
    let mut tiles = Tiles::new(size);
    let taken = tiles.insert(id, content).is_ok();
    assert_eq!(taken, content.len() == usize::from(id.width()) * 32);
    for node in root_nodes(size)
        .into_iter()
        .chain(inclusion_nodes(id.index(), size))
        .chain(consistency_nodes(id.index(), size))
    {
        let _ = guildhall_package::trust::log::HashSource::hash(&tiles, node);
    }
}

/// Opens a log whose size is the first eight bytes, from tiles that repeat the rest, and appends to it.
fn grow(line: &[u8], content: &[u8]) {
    let size = line
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let seed = content.first().copied().unwrap_or_default();
    let full = |id: &TileId| Some(vec![seed; usize::from(id.width()) * 32]);
    let mut log = Frontier::open(size, full).expect("every tile is there");
    let more = usize::from(content.get(1).copied().unwrap_or(1)) * 3;
    let leaves = vec![TreeHash::leaf(content); more];
    let Ok(written) = log.append(&leaves) else {
        assert!(size > i64::MAX.unsigned_abs() - 1000);
        return;
    };
    let new = size + u64::try_from(more).expect("a small number");
    assert_eq!(log.size(), new);
    for tile in written {
        let TileKind::Hashes { .. } = tile.id.kind() else {
            panic!("{} is no tile of hashes", tile.id)
        };
        assert_eq!(
            TileId::of(tile.id.kind(), tile.id.index(), new),
            Some(tile.id)
        );
        assert_eq!(tile.bytes.len(), usize::from(tile.id.width()) * 32);
    }
    let _ = log.root();
}
