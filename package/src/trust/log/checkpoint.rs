//! Checkpoints, by C2SP `tlog-checkpoint`: a log's size and root hash, signed by the log.

use std::fmt;

use super::hash::TreeHash;
use super::note::{Note, NoteError, NoteSignature, VerifierKey};
use crate::text::plain;

/// Size and root hash of a log at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// Entries of the log.
    pub size: u64,
    /// Root hash of its tree.
    pub root: TreeHash,
}

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its identity, not an address.
    pub origin: String,
    /// Entries and root hash.
    pub head: TreeHead,
    /// Further lines. No witness vouches for them, so that a client takes none.
    pub extensions: Vec<String>,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text has another form.
    #[error(
        "the note is no checkpoint of a log: {problem}; get it again from the log, and if it stays, tell the log's operator"
    )]
    Malformed {
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// It is the checkpoint of another log.
    #[error(
        "the checkpoint is of the log `{found}` and `{expected}` was asked for: it belongs to another log, or somebody passes one log off as another"
    )]
    OtherLog {
        /// Origin that it has, made safe to show.
        found: String,
        /// Origin that was asked for.
        expected: String,
    },
    /// The log did not sign it.
    #[error(
        "the checkpoint is not signed by the key `{name}` of the log: it comes from somebody else, or the log has a new key that the root file must name first"
    )]
    Unsigned {
        /// Name of the key.
        name: String,
    },
}

const fn malformed(problem: &'static str) -> CheckpointError {
    CheckpointError::Malformed { problem }
}

impl Checkpoint {
    /// A checkpoint without further lines.
    #[must_use]
    pub fn new(origin: &str, head: TreeHead) -> Self {
        Self {
            origin: origin.to_owned(),
            head,
            extensions: Vec::new(),
        }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] for everything that is not byte for byte what its `Display` form writes.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text
            .strip_suffix('\n')
            .ok_or_else(|| malformed("its last line does not end"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed("it has fewer than three lines"));
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(malformed("it has an empty line"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            head: TreeHead {
                size: decimal(size).ok_or_else(|| {
                    malformed("its second line is not a size in plain decimal digits")
                })?,
                root: root
                    .parse()
                    .map_err(|_| malformed("its third line is not a root hash in base64"))?,
            },
            extensions,
        })
    }
}

/// A number of entries as it is written: no sign, no leading zero, at most 2^63-1.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text && number <= i64::MAX.unsigned_abs()).then_some(number)
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with its signature lines, none of which was checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Signs a checkpoint as the log. The key's name is the log's origin.
    ///
    /// # Errors
    /// [`CheckpointError`] for an origin that can't name a key, or lines that a note can't carry.
    pub fn sign(
        checkpoint: &Checkpoint,
        key: &super::super::keys::SigningKey,
    ) -> Result<Self, CheckpointError> {
        let text = checkpoint.to_string();
        // What can't be read again must not be signed.
        if Checkpoint::parse(&text)? != *checkpoint {
            return Err(malformed("a line of it has a line break in it"));
        }
        let mut note = Note::new(&text)?;
        note.add(NoteSignature::sign(&text, &checkpoint.origin, key)?)?;
        Ok(Self {
            note,
            checkpoint: checkpoint.clone(),
        })
    }

    /// Reads a checkpoint. No signature is checked.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is not a note, or not a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// What it says, if one of these keys of the log signed it.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is of another log, unsigned, or a signature does not fit.
    pub fn verify(
        &self,
        origin: &str,
        log: &[VerifierKey],
    ) -> Result<&Checkpoint, CheckpointError> {
        if self.checkpoint.origin != origin {
            return Err(CheckpointError::OtherLog {
                found: plain(&self.checkpoint.origin, 100),
                expected: origin.to_owned(),
            });
        }
        let mut signed = false;
        for key in log {
            signed |= self.note.signed_by(key)?;
        }
        if signed {
            Ok(&self.checkpoint)
        } else {
            Err(CheckpointError::Unsigned {
                name: plain(log.first().map_or(origin, VerifierKey::name), 100),
            })
        }
    }

    /// What it claims, unchecked.
    #[must_use]
    pub const fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, for adding cosignatures and checking them.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Adds a line, for example of a witness.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] if there are too many.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), CheckpointError> {
        Ok(self.note.add(signature)?)
    }

    /// As it is served and kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.note.to_text()
    }
}
