//! Names of tiles and bundles, by C2SP `tlog-tiles`: the files that a log is served as.

use std::fmt;
use std::str::FromStr;

use super::merkle::NodeId;

/// Hashes of a full tile, and entries of a full bundle.
pub const WIDTH: u64 = 256;
/// The same as a number of tree levels.
pub const HEIGHT: u8 = 8;
/// Levels that a tile can be at.
const MAX_LEVEL: u8 = 63;

/// What a file of a log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of subtrees of `256^level` leaves.
    Hashes {
        /// Level of tiles, 0 to 63.
        level: u8,
    },
    /// The entries themselves.
    Entries,
}

/// Name of a tile or bundle. Its text is the path below the log's address: `tile/0/x001/067.p/112`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// The text names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no path of a tile: one is `tile/LEVEL/INDEX` or `tile/entries/INDEX` with LEVEL from 0 to 63 and INDEX in groups of three digits such as `x001/067`, and ends in `.p/WIDTH` with WIDTH from 1 to 255 if the tile is not full"
)]
pub struct TileIdError;

impl TileId {
    /// A full tile or bundle.
    #[must_use]
    pub const fn full(kind: TileKind, index: u64) -> Self {
        Self {
            kind,
            index,
            width: 256,
        }
    }

    /// A tile as wide as it is in a log of `size` entries. None if it has nothing in it then.
    #[must_use]
    pub fn of(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let hashes = size
            .checked_shr(u32::from(level) * u32::from(HEIGHT))
            .unwrap_or(0);
        let width = hashes.checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self {
            kind,
            index,
            width: u16::try_from(width).ok()?,
        })
    }

    /// The tile that holds a subtree in a log of `size` entries, or hashes to it, and where in it that subtree's hashes are:
    /// the first one, and their number as a power of two. None if the subtree is not complete in that log.
    #[must_use]
    pub fn holding(node: NodeId, size: u64) -> Option<(Self, usize, u8)> {
        let within = node.level % HEIGHT;
        let first = node.index.checked_mul(1 << within)?;
        let kind = TileKind::Hashes {
            level: node.level / HEIGHT,
        };
        let id = Self::of(kind, first / WIDTH, size)?;
        let offset = first % WIDTH;
        let fits = offset + (1 << within) <= u64::from(id.width);
        fits.then_some((id, usize::try_from(offset).ok()?, within))
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Position among the tiles of its kind and level.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes or entries in it, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether nothing more goes in. A full one never changes.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == 256
    }
}

/// The files that are partial in a log of this size, lowest level first; with [`TileKind::Entries`] if asked for. All that
/// is needed for going on from there.
#[must_use]
pub fn partial(size: u64, kind: TileKind) -> Option<TileId> {
    let level = match kind {
        TileKind::Hashes { level } => level,
        TileKind::Entries => 0,
    };
    let hashes = size.checked_shr(u32::from(level) * u32::from(HEIGHT))?;
    TileId::of(kind, hashes / WIDTH, size)
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}")?,
            TileKind::Entries => f.write_str("tile/entries")?,
        }
        let mut groups = vec![format!("/{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("/x{:03}", rest % 1000));
            rest /= 1000;
        }
        for group in groups.iter().rev() {
            f.write_str(group)?;
        }
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for TileId {
    type Err = TileIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = read(text).ok_or(TileIdError)?;
        // One spelling of each: no leading zeros, no empty groups.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(TileIdError)
        }
    }
}

/// Reads more than is right; what it reads is then compared with what it would be written as.
fn read(text: &str) -> Option<TileId> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes {
            level: level.parse().ok().filter(|level| *level <= MAX_LEVEL)?,
        },
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|width| *width < 256)?),
        None => (rest, 256),
    };
    if width == 0 {
        return None;
    }
    let index = index.split('/').try_fold(0_u64, |index, group| {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1000)?.checked_add(digits)
    })?;
    Some(TileId { kind, index, width })
}
