//! The log's files, read from the database and kept in memory. A tile of a given width never changes.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_package::trust::log::merkle::{
    consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof,
};
use guildhall_package::trust::log::tile::WIDTH;
use guildhall_package::trust::log::{NodeId, TileError, TileId, TileKind, Tiles, TreeHash, bundle};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::LogError;
use crate::clock::{stored, wire};
use crate::store::{Store, log as rows};

/// What a cached tile needs besides its bytes.
const ENTRY: u64 = 150;
/// Level under which bundles of entries are stored.
pub(super) const BUNDLES: i64 = -1;

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<TileId, Bytes> for ByLength {
    fn weight(&self, _id: &TileId, bytes: &Bytes) -> u64 {
        ENTRY + u64::try_from(bytes.len()).unwrap_or(u64::MAX >> 1)
    }
}

/// Reads the log's files.
#[derive(Clone)]
pub struct TileReader {
    store: Store,
    cache: Arc<Cache<TileId, Bytes, ByLength>>,
}

/// The level under which a file is stored.
pub(super) fn level(kind: TileKind) -> i64 {
    match kind {
        TileKind::Entries => BUNDLES,
        TileKind::Hashes { level } => i64::from(level),
    }
}

impl TileReader {
    /// Reads from this database, with so many bytes of memory.
    #[must_use]
    pub fn new(store: Store, cache_bytes: u64) -> Self {
        let items = usize::try_from(cache_bytes / 8_192).unwrap_or(usize::MAX);
        Self {
            store,
            cache: Arc::new(Cache::with_weighter(items.max(64), cache_bytes, ByLength)),
        }
    }

    /// A file of the log of `size` entries. None if it has none of this name, or has outgrown it by more than its name
    /// says: a partial tile stays readable as long as the log is wider.
    ///
    /// # Errors
    /// [`LogError`] if the database fails.
    pub async fn get(&self, id: &TileId, size: u64) -> Result<Option<Bytes>, LogError> {
        match TileId::of(id.kind(), id.index(), size) {
            Some(now) if now.width() >= id.width() => {}
            _ => return Ok(None),
        }
        if let Some(bytes) = self.cache.get(id) {
            return Ok(Some(bytes));
        }
        let mut db = self.store.read().await?;
        let row = rows::tile(&mut db, level(id.kind()), stored(id.index())).await?;
        drop(db);
        let Some((width, bytes)) = row else {
            return Err(LogError::Broken(format!("the file {id} is missing")));
        };
        let bytes = Bytes::from(cut(id, wire(width), &bytes)?);
        self.cache.insert(*id, bytes.clone());
        Ok(Some(bytes))
    }

    /// The proof that the entry `index` is in the log of `size` entries.
    ///
    /// # Errors
    /// [`LogError`] if a file is missing.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<Vec<TreeHash>, LogError> {
        let tiles = self.load(&inclusion_nodes(index, size), size).await?;
        inclusion_proof(&tiles, index, size).map_err(|error| broken(&error))
    }

    /// The proof that the log of `old` entries is the beginning of that of `new` ones.
    ///
    /// # Errors
    /// [`LogError`] if a file is missing.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<TreeHash>, LogError> {
        let tiles = self.load(&consistency_nodes(old, new), new).await?;
        consistency_proof(&tiles, old, new).map_err(|error| broken(&error))
    }

    /// The entries from `from` on, below `size`: those of one bundle.
    ///
    /// # Errors
    /// [`LogError`] if a file is missing.
    pub async fn entries(&self, from: u64, size: u64) -> Result<Vec<Bytes>, LogError> {
        let Some(id) = TileId::of(TileKind::Entries, from / WIDTH, size) else {
            return Ok(Vec::new());
        };
        let Some(bytes) = self.get(&id, size).await? else {
            return Ok(Vec::new());
        };
        let skip = usize::try_from(from % WIDTH).unwrap_or(usize::MAX);
        let entries = bundle::entries(&id, &bytes).map_err(|error| broken(&error))?;
        Ok(entries
            .into_iter()
            .skip(skip)
            .map(Bytes::copy_from_slice)
            .collect())
    }

    async fn load(&self, nodes: &[NodeId], size: u64) -> Result<Tiles, LogError> {
        let mut tiles = Tiles::new(size);
        for id in tiles.missing(nodes) {
            if let Some(bytes) = self.get(&id, size).await? {
                tiles.insert(&id, &bytes).map_err(|error| broken(&error))?;
            }
        }
        Ok(tiles)
    }
}

pub(super) fn broken(error: &TileError) -> LogError {
    LogError::Broken(error.to_string())
}

/// The file `id` out of a wider one, as it was stored.
pub(super) fn cut(id: &TileId, width: u64, bytes: &[u8]) -> Result<Vec<u8>, LogError> {
    let short = || LogError::Broken(format!("the file {id} is stored too short"));
    let length = match id.kind() {
        TileKind::Hashes { .. } => usize::from(id.width()) * TreeHash::BYTES,
        TileKind::Entries => {
            let end = id.index().saturating_mul(WIDTH).saturating_add(width);
            let whole = TileId::of(TileKind::Entries, id.index(), end).ok_or_else(short)?;
            let entries = bundle::entries(&whole, bytes).map_err(|error| broken(&error))?;
            entries
                .iter()
                .take(usize::from(id.width()))
                // Each after its length in two bytes.
                .map(|entry| entry.len() + 2)
                .sum()
        }
    };
    if width < u64::from(id.width()) {
        return Err(short());
    }
    bytes.get(..length).map(<[u8]>::to_vec).ok_or_else(short)
}
