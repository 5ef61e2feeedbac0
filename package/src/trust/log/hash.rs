//! Hashes of a log's tree, by RFC 6962.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::authority::serde_as_text;

/// What a leaf's hash begins with, so that no node can pass as a leaf.
const LEAF: [u8; 1] = [0];
/// What an inner node's hash begins with.
const NODE: [u8; 1] = [1];

/// A hash of a log's tree: of a leaf, of an inner node, or of the whole tree. Written as standard base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash([u8; 32]);

/// The text is no [`TreeHash`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no hash of a log: it is 44 characters of standard base64 with padding, for 32 bytes; copy it whole"
)]
pub struct TreeHashError;

impl TreeHash {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Hash of the tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest(b"").into())
    }

    /// Hash of a leaf with this content.
    #[must_use]
    pub fn leaf(content: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(LEAF);
        hash.update(content);
        Self(hash.finalize().into())
    }

    /// Hash of the node above these two.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut hash = Sha256::new();
        hash.update(NODE);
        hash.update(left.0);
        hash.update(right.0);
        Self(hash.finalize().into())
    }

    /// A hash that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TreeHash {
    type Err = TreeHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The decoder refuses missing padding and bits that are left over: one spelling only.
        let bytes = STANDARD.decode(text).map_err(|_| TreeHashError)?;
        bytes.try_into().map(Self).map_err(|_| TreeHashError)
    }
}

serde_as_text!(TreeHash);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_certificate_transparency_vectors() {
        // The tree of no leaves, and the leaf without content, as published with RFC 6962's reference code.
        let hex = |hash: TreeHash| hex::encode(hash.as_bytes());
        assert_eq!(
            hex(TreeHash::empty()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let nothing = TreeHash::leaf(b"");
        assert_eq!(
            hex(nothing),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            hex(TreeHash::node(&nothing, &TreeHash::leaf(&[0]))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let hash: TreeHash = text.parse().unwrap();
        assert_eq!(hash.to_string(), text);
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{text}\""));
        for wrong in [
            "",
            text.trim_end_matches('='),
            &text.replace("2I=", "2J="),
            &format!("{text}="),
            &format!(" {text}"),
            &text.replace('/', "_"),
            &text[4..],
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2JhAA==",
        ] {
            assert_eq!(wrong.parse::<TreeHash>(), Err(TreeHashError), "{wrong}");
        }
    }
}
