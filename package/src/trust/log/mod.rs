//! The transparency log: entries, its tree, the files it is served as, checkpoints and their cosignatures.
//!
//! Pure. Formats are those of C2SP: `tlog-tiles`, `tlog-checkpoint`, `signed-note`, `tlog-cosignature`, `tlog-witness`;
//! the tree is that of RFC 6962.

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod entry;
pub mod hash;
pub mod merkle;
pub mod note;
pub mod tile;
pub mod tiles;
pub mod witness;

pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, TreeHead};
pub use cosignature::{Cosignature, cosign, cosignatures};
pub use entry::{Entry, EntryError, Event, Price, ReleaseEntry, Withdrawal};
pub use hash::TreeHash;
pub use merkle::{HashSource, NodeId, ProofError, verify_consistency, verify_inclusion};
pub use note::{Algorithm, Note, NoteError, NoteSignature, VerifierKey};
pub use tile::{TileId, TileKind};
pub use tiles::{Frontier, Leaves, NewTile, TileError, Tiles};

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
