//! What is kept of a run: the merchant's choice, for each invocation.

mod erased;
mod stored;

pub(crate) use erased::ErasedEntry;
pub use erased::{ERASURE_TYPE, Erased, Erasure, Remaining, Remains, read_erasure};
pub use stored::{Stored, StoredKind, StoredWhat};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is kept of a run. Ledger facts (who, how much, when) stay in every mode, because money must add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retention {
    /// Everything: input, output, what was read, what was written. The run can be replayed and its files undone.
    #[default]
    Full,
    /// Keyed commitments only. While effects wait, their content is encrypted under a key of the run, in a file that is
    /// destroyed when the run ends.
    Hashes,
    /// Nothing of input, output or payload, at any time: what is on the disk is encrypted under a key that never is. Such a
    /// run can't wait for a decision; if its process dies before the commit, nothing has happened.
    None,
}

/// A word that is no retention.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a retention is `full`, `hashes` or `none`")]
pub struct RetentionError;

impl Retention {
    /// The word in the journal and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Hashes => "hashes",
            Self::None => "none",
        }
    }
}

impl Retention {
    /// Whether an order may be kept until the next bank file is made.
    pub(crate) const fn can_queue(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Retention {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Full, Self::Hashes, Self::None]
            .into_iter()
            .find(|retention| retention.word() == text)
            .ok_or(RetentionError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_retention_is_read_back_from_its_word() {
        for retention in [Retention::Full, Retention::Hashes, Retention::None] {
            assert_eq!(retention.word().parse(), Ok(retention));
        }
        assert_eq!("Full".parse::<Retention>(), Err(RetentionError));
    }
}
