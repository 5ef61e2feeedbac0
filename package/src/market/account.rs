//! People and programs: accounts, tokens, scopes, roles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FolderName;

/// What begins a token's text.
pub const TOKEN_PREFIX: &str = "ghm_";

/// What a token may be used for. A token without any reads what everybody may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Publish releases and look at own publishes.
    Publish,
    /// Yank, unyank and revoke own releases.
    Yank,
    /// Register, rotate and revoke publisher keys.
    Keys,
    /// The account itself: tokens, password, publishers, members.
    Account,
    /// Decide held publishes; needs the role `reviewer` as well.
    Review,
    /// Administer the marketplace; needs the role `admin` as well.
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] = [
        Self::Publish,
        Self::Yank,
        Self::Keys,
        Self::Account,
        Self::Review,
        Self::Admin,
    ];

    /// As on the wire: `publish`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Yank => "yank",
            Self::Keys => "keys",
            Self::Account => "account",
            Self::Review => "review",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`Scope`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope of this name; use one of publish, yank, keys, account, review, admin")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(UnknownScope)
    }
}

/// What a person may do beyond the own publishers. Given by an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Gives roles, grants names that the rules refuse, revokes any release or key.
    Admin,
    /// Decides held publishes of publishers of which the person is no member.
    Reviewer,
}

impl Role {
    /// As on the wire: `admin`, `reviewer`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Reviewer => "reviewer",
        }
    }
}

/// Part that an account has in a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MemberRole {
    /// Also manages members and keys, and revokes releases.
    Owner,
    /// Publishes and yanks.
    Member,
}

impl MemberRole {
    /// As on the wire: `owner`, `member`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}

/// `POST /api/v1/accounts`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Name of the account, unique.
    pub account: FolderName,
    /// Password: 12 characters to 256 bytes.
    pub password: String,
}

/// `POST /api/v1/login`: a password becomes a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the account.
    pub account: FolderName,
    /// Its password.
    pub password: String,
    /// The token that is wanted.
    pub token: NewToken,
}

/// `POST /api/v1/account/password`. All tokens of the account are revoked but the one that asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    pub old: String,
    /// The password from now on.
    pub new: String,
}

// A password must not get into a log by `{:?}`.
macro_rules! without_password {
    ($type:ident, $($field:ident),*) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}
without_password!(NewAccount, account);
without_password!(Login, account, token);
without_password!(ChangePassword,);
without_password!(IssuedToken, info);

/// `POST /api/v1/tokens`: a token that is wanted. Its scopes must be among those of the token that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, in the owner's words, for the list of tokens. Up to 100 characters.
    pub label: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Life in days, 1 to 366. Default 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// A token just made. Its text is told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedToken {
    /// The secret: send it as `Authorization: Bearer …`.
    pub token: String,
    /// What is known of it.
    pub info: TokenInfo,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInfo {
    /// Name of the token in the API; no secret.
    pub id: String,
    /// What it is for: untrusted text.
    pub label: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: u64,
    /// When it ends.
    pub expires: u64,
    /// When it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<u64>,
}

/// `GET /api/v1/account`: who the token belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountInfo {
    /// Name of the account.
    pub account: FolderName,
    /// When it was made.
    pub created: u64,
    /// Roles given by an admin.
    pub roles: Vec<Role>,
    /// Publishers of which it is a member.
    pub publishers: Vec<Membership>,
    /// Scopes of the token that asks.
    pub scopes: Vec<Scope>,
}

/// A publisher and the part that the account has in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The publisher.
    pub publisher: FolderName,
    /// The part.
    pub role: MemberRole,
}

/// `PUT /api/v1/admin/accounts/{account}/roles`: all roles that the account has from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRoles {
    /// The roles; empty takes all away.
    pub roles: Vec<Role>,
}
