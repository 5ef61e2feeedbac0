//! Bundles of log entries: each entry after its length in 16 bits, by C2SP `tlog-tiles`.

use super::tile::{TileId, TileKind, WIDTH, partial};
use super::tiles::{NewTile, TileError};

/// The entries of a bundle, in order.
///
/// # Errors
/// [`TileError::Bundle`] if the bytes are not exactly as many entries as the name says.
pub fn entries<'a>(id: &TileId, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, TileError> {
    let wrong = TileError::Bundle { id: *id };
    let mut rest = bytes;
    let mut entries = Vec::new();
    for _ in 0..id.width() {
        let (length, after) = rest.split_first_chunk().ok_or_else(|| wrong.clone())?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after
            .split_at_checked(length)
            .ok_or_else(|| wrong.clone())?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(wrong)
    }
}

/// The bundle that a log of this size has to read before it appends: its last one, if that is not full.
#[must_use]
pub fn open_bundle(size: u64) -> Option<TileId> {
    partial(size, TileKind::Entries)
}

/// The bundles that have to be written when entries are appended to a log of `size` ones. `open` is the content of
/// [`open_bundle`], and empty if there is none.
///
/// # Errors
/// [`TileError`] if an entry is too long, or `open` is not that bundle.
pub fn append<E: AsRef<[u8]>>(
    size: u64,
    open: &[u8],
    new: &[E],
) -> Result<Vec<NewTile>, TileError> {
    let mut index = size / WIDTH;
    let mut width = size % WIDTH;
    match open_bundle(size) {
        Some(id) => drop(entries(&id, open)?),
        None if open.is_empty() => {}
        None => {
            return Err(TileError::Length {
                id: TileId::full(TileKind::Entries, index),
                found: open.len(),
                expected: 0,
            });
        }
    }
    let mut written = Vec::new();
    let mut bytes = open.to_vec();
    for entry in new {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| too_long(entry))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
        width += 1;
        if width == WIDTH {
            written.push(NewTile {
                id: TileId::full(TileKind::Entries, index),
                bytes: std::mem::take(&mut bytes),
            });
            index += 1;
            width = 0;
        }
    }
    let id = TileId::of(
        TileKind::Entries,
        index,
        index.saturating_mul(WIDTH) + width,
    );
    if let Some(id) = id
        && !new.is_empty()
    {
        written.push(NewTile { id, bytes });
    }
    Ok(written)
}

const fn too_long(entry: &[u8]) -> TileError {
    TileError::EntryTooLong { size: entry.len() }
}
