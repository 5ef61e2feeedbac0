//! The tree of a log: which hashes make up its root and its proofs, and checking proofs (RFC 6962 section 2.1, with the
//! algorithms of RFC 9162).

use super::hash::TreeHash;

/// Most hashes that a proof can have: a tree of 2^63 leaves has 63 levels, and a consistency proof one hash more.
pub const MAX_PROOF: usize = 64;

/// A complete subtree: `2^level` leaves, the first of which is `index * 2^level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves.
    pub level: u8,
    /// Position among the subtrees of this level.
    pub index: u64,
}

/// Where hashes of complete subtrees come from.
pub trait HashSource {
    /// Why a hash can't be had.
    type Error;

    /// The hash of a complete subtree.
    ///
    /// # Errors
    /// What the source says.
    fn hash(&self, node: NodeId) -> Result<TreeHash, Self::Error>;
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not in a tree of this size.
    #[error(
        "the proof is for leaf {index} of a tree that has only {size}; ask for a proof in a checkpoint that holds the leaf"
    )]
    Beyond {
        /// Index of the leaf, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The newer tree is smaller than the older one.
    #[error(
        "a log of {old} entries is said to have grown into one of {new}: a log only grows, so something was taken out of it, or an old state is being served as the newest"
    )]
    Shrunk {
        /// Leaves of the tree that came first.
        old: u64,
        /// Leaves of the tree that came later.
        new: u64,
    },
    /// There are too few or too many hashes.
    #[error(
        "the proof has {found} hashes, which does not fit the sizes that it is about; it was cut, padded or made for something else"
    )]
    Length {
        /// Hashes in the proof.
        found: usize,
    },
    /// The hashes do not lead to the root.
    #[error(
        "the proof does not lead to the root hash of the log: the entry, the proof or the log was changed, or the proof is for something else"
    )]
    OtherRoot,
    /// The older tree's root does not come out of the proof.
    #[error(
        "the log's newer state does not contain its older one: an entry was changed or taken out, or there are two histories of this log"
    )]
    OtherHistory,
}

/// The largest power of two below `n`, for `n` of at least 2: where the tree of `n` leaves is split.
fn split(n: u64) -> u64 {
    1 << (n.saturating_sub(1)).checked_ilog2().unwrap_or(0)
}

/// The complete subtrees that make up the leaves `start..end` of a subtree, from left to right.
fn range_nodes(start: u64, end: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut at = start;
    while let Some(level) = end.saturating_sub(at).checked_ilog2() {
        nodes.push(NodeId {
            // At most 63.
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: at >> level,
        });
        at += 1 << level;
    }
    nodes
}

/// The hash above complete subtrees of falling size, from left to right.
pub(super) fn fold(hashes: &[TreeHash]) -> TreeHash {
    match hashes.split_last() {
        None => TreeHash::empty(),
        Some((last, rest)) => rest
            .iter()
            .rev()
            .fold(*last, |right, left| TreeHash::node(left, &right)),
    }
}

/// The ranges of leaves whose hashes make up an inclusion proof, in its order.
fn inclusion_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, size);
    let mut ranges = Vec::new();
    if index >= size {
        return ranges;
    }
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The ranges of leaves whose hashes make up a consistency proof, in its order.
fn consistency_ranges(old: u64, new: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, new);
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return ranges;
    }
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    // The whole older tree is known to whoever checks; a part of it is not.
    if start != 0 {
        ranges.push((start, end));
    }
    ranges.reverse();
    ranges
}

fn nodes_of(ranges: &[(u64, u64)]) -> Vec<NodeId> {
    ranges
        .iter()
        .flat_map(|(start, end)| range_nodes(*start, *end))
        .collect()
}

fn hash_range<S: HashSource>(source: &S, (start, end): (u64, u64)) -> Result<TreeHash, S::Error> {
    let hashes: Vec<TreeHash> = range_nodes(start, end)
        .into_iter()
        .map(|node| source.hash(node))
        .collect::<Result<_, _>>()?;
    Ok(fold(&hashes))
}

/// The subtrees that [`root`] asks for.
#[must_use]
pub fn root_nodes(size: u64) -> Vec<NodeId> {
    range_nodes(0, size)
}

/// The subtrees that [`inclusion_proof`] asks for. None if there is no such leaf.
#[must_use]
pub fn inclusion_nodes(index: u64, size: u64) -> Vec<NodeId> {
    nodes_of(&inclusion_ranges(index, size))
}

/// The subtrees that [`consistency_proof`] asks for.
#[must_use]
pub fn consistency_nodes(old: u64, new: u64) -> Vec<NodeId> {
    nodes_of(&consistency_ranges(old, new))
}

/// The root hash of the first `size` leaves.
///
/// # Errors
/// What the source says.
pub fn root<S: HashSource>(source: &S, size: u64) -> Result<TreeHash, S::Error> {
    hash_range(source, (0, size))
}

/// The proof that leaf `index` is in the tree of the first `size` leaves. Empty if it is not.
///
/// # Errors
/// What the source says.
pub fn inclusion_proof<S: HashSource>(
    source: &S,
    index: u64,
    size: u64,
) -> Result<Vec<TreeHash>, S::Error> {
    inclusion_ranges(index, size)
        .into_iter()
        .map(|range| hash_range(source, range))
        .collect()
}

/// The proof that the tree of the first `old` leaves is the beginning of that of the first `new` ones. Empty if `old` is 0,
/// or not below `new`.
///
/// # Errors
/// What the source says.
pub fn consistency_proof<S: HashSource>(
    source: &S,
    old: u64,
    new: u64,
) -> Result<Vec<TreeHash>, S::Error> {
    consistency_ranges(old, new)
        .into_iter()
        .map(|range| hash_range(source, range))
        .collect()
}

/// Checks that the leaf with this hash is the one at `index` of the tree with this size and root.
///
/// # Errors
/// [`ProofError`] if the proof does not show exactly that.
pub fn verify_inclusion(
    leaf: &TreeHash,
    index: u64,
    size: u64,
    proof: &[TreeHash],
    root: &TreeHash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Beyond { index, size });
    }
    let length = ProofError::Length { found: proof.len() };
    let mut walk = Walk {
        node: index,
        last: size - 1,
    };
    let mut hash = *leaf;
    for next in proof {
        hash = match walk.step().ok_or(length)? {
            Side::Left => TreeHash::node(next, &hash),
            Side::Right => TreeHash::node(&hash, next),
        };
    }
    if walk.last != 0 {
        return Err(length);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(ProofError::OtherRoot)
    }
}

/// Checks that the tree with the size and root `old` is the beginning of the tree `new`.
///
/// # Errors
/// [`ProofError`] if the proof does not show exactly that.
pub fn verify_consistency(
    (old, old_root): (u64, &TreeHash),
    (new, new_root): (u64, &TreeHash),
    proof: &[TreeHash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    let length = ProofError::Length { found: proof.len() };
    if old == 0 || old == new {
        // There is nothing to be shown; a proof of nothing is empty.
        let known = if old == 0 {
            TreeHash::empty()
        } else {
            *new_root
        };
        return match (proof.is_empty(), *old_root == known) {
            (false, _) => Err(length),
            (true, false) => Err(ProofError::OtherHistory),
            (true, true) => Ok(()),
        };
    }
    let mut walk = Walk {
        node: old - 1,
        last: new - 1,
    };
    walk.skip_right();
    // A complete older tree is itself the first hash, and is left out of the proof.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(length)?
    };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for next in rest {
        match walk.step().ok_or(length)? {
            Side::Left => {
                old_hash = TreeHash::node(next, &old_hash);
                new_hash = TreeHash::node(next, &new_hash);
            }
            Side::Right => new_hash = TreeHash::node(&new_hash, next),
        }
    }
    if walk.last != 0 {
        return Err(length);
    }
    if old_hash != *old_root {
        return Err(ProofError::OtherHistory);
    }
    if new_hash == *new_root {
        Ok(())
    } else {
        Err(ProofError::OtherRoot)
    }
}

/// On which side of the hash so far the next one of a proof stands.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root: `fn` and `sn` of RFC 9162.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    /// None if the root has been reached.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // Levels on which the node has no neighbour are not in the proof.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    /// Up while the node is a right one.
    fn skip_right(&mut self) {
        while self.node & 1 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}
