//! What mandates are held against.

use crate::money::Amount;
use std::path::PathBuf;

/// What one effect would do, as far as a mandate can say something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A payment.
    Payment {
        /// Account scheme of the payee: `iban` or `book`.
        scheme: String,
        /// Account in its scheme, normalised.
        account: String,
        /// Amount.
        amount: Amount,
    },
    /// A file write.
    FileWrite {
        /// Absolute path of the target, symbolic links resolved.
        target: PathBuf,
        /// Whether something is replaced.
        replaces: bool,
    },
    /// An outgoing message.
    Message {
        /// Channel name.
        channel: String,
        /// Address in the channel.
        recipient: String,
    },
}

impl Fact {
    /// What it takes from a mandate: minor units of a payment, otherwise 1.
    pub(super) const fn size(&self) -> i64 {
        match self {
            Self::Payment { amount, .. } => amount.minor,
            Self::FileWrite { .. } | Self::Message { .. } => 1,
        }
    }
}
