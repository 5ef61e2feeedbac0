//! Secrets: named, bound to one host and one header, put into a request after it was recorded.
//!
//! A skill never sees one. It asks for a page; the host adds the header to the request that goes to the bound host, and to no
//! other, redirects included. Where a server echoes the value, it is taken out of the answer in the forms that are known.

use crate::vault::redact;
use bytes::Bytes;
use guildhall_package::FolderName;
use guildhall_package::authority::{Scheme, Target};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// Shortest value in bytes: a shorter one could not be told from other text in an answer.
const MIN_VALUE: usize = 8;
/// Longest value in bytes.
const MAX_VALUE: usize = 8 << 10;

/// A secret to keep.
pub struct NewSecret {
    /// Name, by which invocations are granted it.
    pub name: FolderName,
    /// Where it goes; none for secrets of channels, which go into no request of a skill.
    pub bound: Option<Binding>,
    /// The value.
    pub value: Zeroizing<String>,
}

/// Where a secret goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The one host, exactly: `api.example.com` or `api.example.com:8443`.
    pub host: String,
    /// The header, in lower case: `authorization`.
    pub header: String,
    /// What stands before the value in the header: `Bearer `.
    pub prefix: String,
}

/// A secret as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSummary {
    /// Name.
    pub name: String,
    /// Where it goes; none for secrets of channels.
    pub bound: Option<Binding>,
    /// When it was set, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
}

/// A secret that can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Too short, too long, or with control characters.
    #[error(
        "a secret has {MIN_VALUE} to {MAX_VALUE} bytes without control characters; shorter ones could not be kept out of answers"
    )]
    Value,
    /// No host.
    #[error("`{0}` is not a host; write it like api.example.com, without scheme and path")]
    Host(String),
    /// No header, or one that the host sets itself.
    #[error(
        "`{0}` can't be the header of a secret; use authorization, cookie, or a header of the service such as x-api-key"
    )]
    Header(String),
}

impl NewSecret {
    /// Checks all of it.
    ///
    /// # Errors
    /// If value, host or header can't be used.
    pub fn check(&self) -> Result<(), SecretError> {
        let good = (MIN_VALUE..=MAX_VALUE).contains(&self.value.len())
            && !self.value.chars().any(char::is_control);
        if !good {
            return Err(SecretError::Value);
        }
        let Some(bound) = &self.bound else {
            return Ok(());
        };
        let shown = |text: &str| guildhall_package::text::plain(text, 80);
        let parsed = Target::parse("GET", &format!("https://{}/", bound.host))
            .map_err(|_| SecretError::Host(shown(&bound.host)))?;
        if place(&parsed) != bound.host {
            return Err(SecretError::Host(shown(&bound.host)));
        }
        let prefix_good = bound.prefix.len() <= 64
            && bound
                .prefix
                .chars()
                .all(|c| c.is_ascii_graphic() || c == ' ');
        let header_good = http::HeaderName::from_lowercase(bound.header.as_bytes()).is_ok()
            && !crate::capabilities::network::egress::is_own_header(&bound.header);
        if prefix_good && header_good {
            Ok(())
        } else {
            Err(SecretError::Header(shown(&bound.header)))
        }
    }
}

/// A secret in use by one run.
#[derive(Clone)]
pub(crate) struct BoundSecret {
    pub(crate) bound: Binding,
    pub(crate) value: Zeroizing<String>,
}

impl fmt::Debug for BoundSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundSecret({:?}, ..)", self.bound)
    }
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewSecret({}, {:?}, ..)", self.name, self.bound)
    }
}

impl BoundSecret {
    /// The header for a request to this target, if it is the bound one and the way there is private.
    pub(crate) fn header_for(&self, target: &Target) -> Option<(String, String)> {
        if place(target) != self.bound.host || target.scheme() != Scheme::Https {
            return None;
        }
        let value = format!("{}{}", self.bound.prefix, self.value.as_str());
        Some((self.bound.header.clone(), value))
    }

    /// Takes echoes of the value out of an answer, as far as can be.
    pub(crate) fn redact(&self, headers: &mut [(String, String)], body: &mut Bytes) {
        let secret = self.value.as_bytes();
        for (_, value) in headers.iter_mut() {
            let (clean, found) = redact(value.as_bytes(), secret);
            if found > 0 {
                *value = String::from_utf8_lossy(&clean).into_owned();
            }
        }
        let (clean, found) = redact(body, secret);
        if found > 0 {
            *body = clean.into();
        }
    }
}

/// Host and, where it is not that of the scheme, port.
fn place(target: &Target) -> String {
    if target.port() == 443 {
        target.host().to_owned()
    } else {
        format!("{}:{}", target.host(), target.port())
    }
}
