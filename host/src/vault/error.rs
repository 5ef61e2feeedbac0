//! Why something can't be sealed or opened.

use std::io;

/// Why something can't be sealed or opened. Never says anything about the content or a key.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The operating system gave no randomness for a nonce.
    #[error(
        "no random bytes could be had ({source}): nothing is sealed without a fresh nonce; try again on a machine whose random source works"
    )]
    Random {
        /// What the system said.
        source: io::Error,
    },
    /// The cipher takes no message of this length.
    #[error(
        "{size} bytes are too many to seal at once: one message holds at most 256 GiB; seal it in parts"
    )]
    TooLarge {
        /// Length of the message in bytes.
        size: usize,
    },
    /// No key could be derived.
    #[error(
        "no key could be derived for this purpose: purposes and run ids have to be short; shorten it"
    )]
    Derivation,
    /// The bytes or the text are not in the form of a sealed value.
    #[error(
        "this is no sealed value: {problem}; read it from where the host stored it, without changing it"
    )]
    NotSealed {
        /// What is missing.
        problem: &'static str,
    },
    /// The value does not open: another key, context or purpose, or changed bytes. Which one can't be told.
    #[error(
        "the sealed value for {purpose} does not open: its bytes were changed, it was moved from another place, or it was sealed with another key; restore the key folder and the store from the same backup"
    )]
    DoesNotOpen {
        /// Purpose for which it was opened.
        purpose: &'static str,
    },
    /// A sealed text holds something that is no text.
    #[error("the sealed value for {purpose} is not text: it was sealed as bytes; open it as bytes")]
    NotText {
        /// Purpose for which it was opened.
        purpose: &'static str,
    },
}
