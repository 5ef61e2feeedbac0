//! Publishers, their members and keys.

use serde::{Deserialize, Serialize};

use super::account::MemberRole;
use crate::FolderName;

/// `POST /api/v1/publishers`: asks for a namespace. The account becomes its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPublisher {
    /// The name wanted.
    pub publisher: FolderName,
}

/// `POST /api/v1/admin/publishers`: grants a name that the rules refuse (reserved, look-alike) to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantPublisher {
    /// The name.
    pub publisher: FolderName,
    /// Account that becomes its owner.
    pub owner: FolderName,
}

/// A publisher as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublisherInfo {
    /// The name.
    pub publisher: FolderName,
    /// When the name was granted.
    pub granted: u64,
    /// All keys it has had.
    pub keys: Vec<KeyInfo>,
    /// Names of its released skills, in order.
    pub skills: Vec<FolderName>,
}

/// `PUT /api/v1/publishers/{publisher}/members/{account}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetMember {
    /// The part that the account shall have.
    pub role: MemberRole,
}

/// A member of a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberInfo {
    /// The account.
    pub account: FolderName,
    /// Its part.
    pub role: MemberRole,
    /// Since when.
    pub since: u64,
}

/// `POST /api/v1/publishers/{publisher}/keys/challenge`: what a new key has to sign to show that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyChallenge {
    /// Random text, good for one key.
    pub challenge: String,
    /// When it is no longer taken: 10 minutes from now.
    pub expires: u64,
}

/// The bytes that a new key signs (Ed25519) for its registration. They can't be taken for a DSSE envelope or a note.
#[must_use]
pub fn challenge_bytes(publisher: &FolderName, public_key: &str, challenge: &str) -> Vec<u8> {
    format!("guildhall key registration v1\n{publisher}\n{public_key}\n{challenge}\n").into_bytes()
}

/// `POST /api/v1/publishers/{publisher}/keys`: registers a key, and with `replaces` rotates: from the same moment on the
/// old one signs nothing new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// `ed25519:` and the public key in lower-case hexadecimal digits.
    pub public_key: String,
    /// From [`KeyChallenge`].
    pub challenge: String,
    /// Signature over [`challenge_bytes`], standard base64 with padding.
    pub signature: String,
    /// Id of the key that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// `POST /api/v1/publishers/{publisher}/keys/{key}/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// Nothing that the key signed from this time on is believed: when it was lost, not when that was noticed. Default: now.
    /// Later than now is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// A publisher's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyInfo {
    /// Id of the key: `sha256:` of the public key's bytes, as DSSE envelopes name it.
    pub key: String,
    /// `ed25519:` and the public key.
    pub public_key: String,
    /// When it was registered.
    pub granted: u64,
    /// From when on it is not believed, if it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_from: Option<u64>,
    /// Key that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
}
