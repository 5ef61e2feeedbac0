//! What is in tiles and bundles: reading hashes from them, and making the new ones when a log grows.

use std::collections::BTreeMap;

use super::hash::TreeHash;
use super::merkle::{HashSource, NodeId, fold};
use super::tile::{TileId, TileKind, WIDTH, partial};

/// Longest entry in bytes: its length is written in 16 bits.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// Why a tile or bundle can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// It is needed and not there.
    #[error("the log's file `{0}` is missing; fetch it, or ask the log's operator where it is")]
    Missing(TileId),
    /// It does not have the length that its name says.
    #[error(
        "the log's file `{id}` is {found} bytes long instead of {expected}; fetch it again, it was cut or is not that file"
    )]
    Length {
        /// Which file.
        id: TileId,
        /// Bytes that it has.
        found: usize,
        /// Bytes that it must have.
        expected: usize,
    },
    /// A bundle's entries do not fill it exactly.
    #[error(
        "the log's file `{id}` does not hold {} entries one after the other; fetch it again, it was cut or is not that file",
        id.width()
    )]
    Bundle {
        /// Which file.
        id: TileId,
    },
    /// An entry is too long for its length field.
    #[error("an entry of the log is {size} bytes long and at most {MAX_ENTRY_BYTES} are taken")]
    EntryTooLong {
        /// Length in bytes.
        size: usize,
    },
    /// The log can't be that long.
    #[error("a log of {size} entries and {more} more is longer than can be counted")]
    TooMany {
        /// Entries so far.
        size: u64,
        /// Entries to come.
        more: usize,
    },
    /// A hash was asked for that a log of this size does not have.
    #[error("a log of {size} entries has no complete subtree {} at level {}", node.index, node.level)]
    NoSuchNode {
        /// What was asked for.
        node: NodeId,
        /// Entries of the log.
        size: u64,
    },
}

/// A file that a log has to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTile {
    /// Its name.
    pub id: TileId,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The right edge of a log's tree: all that is needed for appending to it. At most 255 hashes a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The hashes of the partial tile of each level, lowest first.
    levels: Vec<Vec<TreeHash>>,
}

impl Frontier {
    /// Of a log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            size: 0,
            levels: Vec::new(),
        }
    }

    /// The files that [`Frontier::open`] reads for a log of this size.
    #[must_use]
    pub fn tiles(size: u64) -> Vec<TileId> {
        levels(size)
            .filter_map(|level| partial(size, TileKind::Hashes { level }))
            .collect()
    }

    /// Reads the right edge of a log of `size` entries from its partial tiles. Compare [`Frontier::root`] with the log's
    /// checkpoint before going on from it.
    ///
    /// # Errors
    /// [`TileError`] if one is missing or has another length.
    pub fn open(
        size: u64,
        mut read: impl FnMut(&TileId) -> Option<Vec<u8>>,
    ) -> Result<Self, TileError> {
        let levels = levels(size)
            .map(|level| match partial(size, TileKind::Hashes { level }) {
                None => Ok(Vec::new()),
                Some(id) => hashes(&id, &read(&id).ok_or(TileError::Missing(id))?),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { size, levels })
    }

    /// Entries of the log.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root hash of the log.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let mut parts = Vec::new();
        for level in self.levels.iter().rev() {
            let mut rest = level.as_slice();
            while let Some(power) = rest.len().checked_ilog2() {
                let (left, right) = rest.split_at(1 << power);
                parts.push(perfect(left));
                rest = right;
            }
        }
        fold(&parts)
    }

    /// Appends leaves, and gives the tiles that have to be written before the new root is published: each full one, and the
    /// partial ones that changed.
    ///
    /// # Errors
    /// [`TileError::TooMany`] if they are more than can be counted; nothing is appended then.
    pub fn append(&mut self, leaves: &[TreeHash]) -> Result<Vec<NewTile>, TileError> {
        let old = self.size;
        let too_many = TileError::TooMany {
            size: old,
            more: leaves.len(),
        };
        let new = u64::try_from(leaves.len())
            .ok()
            .and_then(|more| old.checked_add(more))
            .filter(|new| *new <= i64::MAX.unsigned_abs())
            .ok_or(too_many)?;
        let mut written = Vec::new();
        let mut grown = leaves.to_vec();
        let mut level = 0_u8;
        while !grown.is_empty() {
            let kind = TileKind::Hashes { level };
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(edge) = self.levels.get_mut(usize::from(level)) else {
                break;
            };
            let mut index = (old >> (u32::from(level) * 8)) / WIDTH;
            let mut above = Vec::new();
            for hash in grown {
                edge.push(hash);
                if edge.len() == 256 {
                    written.push(NewTile {
                        id: TileId::full(kind, index),
                        bytes: concat(edge),
                    });
                    above.push(perfect(edge));
                    edge.clear();
                    index += 1;
                }
            }
            if let Some(id) = TileId::of(kind, index, new) {
                written.push(NewTile {
                    id,
                    bytes: concat(edge),
                });
            }
            grown = above;
            level += 1;
        }
        self.size = new;
        Ok(written)
    }
}

/// The levels of tiles that a log of this size has.
fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..8).take_while(move |level| size >> (u32::from(*level) * 8) > 0)
}

/// The hash above a number of hashes that is a power of two.
fn perfect(hashes: &[TreeHash]) -> TreeHash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => TreeHash::node(left, right),
                [one] => *one,
                _ => TreeHash::empty(),
            })
            .collect();
    }
    row.first().copied().unwrap_or_else(TreeHash::empty)
}

fn concat(hashes: &[TreeHash]) -> Vec<u8> {
    hashes
        .iter()
        .flat_map(|hash| hash.as_bytes().iter().copied())
        .collect()
}

/// The hashes in a tile.
///
/// # Errors
/// [`TileError::Length`] if it is not as long as its name says.
pub fn hashes(id: &TileId, bytes: &[u8]) -> Result<Vec<TreeHash>, TileError> {
    let expected = usize::from(id.width()) * TreeHash::BYTES;
    let (chunks, rest) = bytes.as_chunks();
    if bytes.len() != expected || !rest.is_empty() {
        return Err(TileError::Length {
            id: *id,
            found: bytes.len(),
            expected,
        });
    }
    Ok(chunks.iter().copied().map(TreeHash::from_bytes).collect())
}

/// Tiles of a log of one size, as a source of hashes. Nothing in them is proved: a proof made from them has to be checked
/// against the root of a checkpoint like any other.
#[derive(Debug, Clone)]
pub struct Tiles {
    size: u64,
    read: BTreeMap<(TileKind, u64), Vec<TreeHash>>,
}

impl Tiles {
    /// None read yet, of a log of `size` entries.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Self {
            size,
            read: BTreeMap::new(),
        }
    }

    /// The tiles that hold these subtrees and are not here yet, each once.
    #[must_use]
    pub fn missing(&self, nodes: &[NodeId]) -> Vec<TileId> {
        let mut ids: Vec<TileId> = nodes
            .iter()
            .filter_map(|node| TileId::holding(*node, self.size))
            .map(|(id, ..)| id)
            .filter(|id| !self.read.contains_key(&(id.kind(), id.index())))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Takes a tile. A full one may be given where a partial one was asked for: a log may delete partial ones.
    ///
    /// # Errors
    /// [`TileError::Length`] if it is not as long as its name says.
    pub fn insert(&mut self, id: &TileId, bytes: &[u8]) -> Result<(), TileError> {
        self.read
            .insert((id.kind(), id.index()), hashes(id, bytes)?);
        Ok(())
    }
}

impl HashSource for Tiles {
    type Error = TileError;

    fn hash(&self, node: NodeId) -> Result<TreeHash, TileError> {
        let (id, first, power) = TileId::holding(node, self.size).ok_or(TileError::NoSuchNode {
            node,
            size: self.size,
        })?;
        self.read
            .get(&(id.kind(), id.index()))
            .and_then(|hashes| hashes.get(first..first + (1 << power)))
            .map(perfect)
            .ok_or(TileError::Missing(id))
    }
}

/// The leaf hashes of a whole log, as a source of hashes.
#[derive(Debug, Clone, Copy)]
pub struct Leaves<'a>(pub &'a [TreeHash]);

impl HashSource for Leaves<'_> {
    type Error = TileError;

    fn hash(&self, node: NodeId) -> Result<TreeHash, TileError> {
        let range = || {
            let count = 1_usize.checked_shl(node.level.into())?;
            let first = usize::try_from(node.index).ok()?.checked_mul(count)?;
            self.0.get(first..first.checked_add(count)?)
        };
        range().map(perfect).ok_or(TileError::NoSuchNode {
            node,
            size: u64::try_from(self.0.len()).unwrap_or(u64::MAX),
        })
    }
}
