//! A grant over HTTP: methods, scheme, host, port and path.

use std::fmt;
use std::str::FromStr;

use super::host::HostPattern;
use super::method::{MethodError, Methods};
use super::path::PathPattern;
use super::serde_as_text;
use super::target::Target;
use super::url_text::{RawUrl, Scheme, TargetError};

/// Why a text is not a network grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No space between methods and URL.
    #[error(
        "a network grant is methods, one space and a URL pattern; write for example `GET,HEAD https://example.com/reports/*`"
    )]
    Shape,
    /// The methods are not usable.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The URL pattern is not usable.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// The pattern has a query.
    #[error(
        "the URL pattern contains `?`, but a grant does not restrict the query; leave the query out"
    )]
    Query,
}

/// Which URLs a grant covers: scheme, host, port and a path pattern. The query is not restricted.
///
/// - host: exact, or `*.example.com` for exactly one label more;
/// - port: as written, or the scheme's own;
/// - path: a segment `*` is exactly one segment that is not empty; a final `/**` is anything below, or nothing.
///   `/a/` and `/a` are different paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UrlPattern {
    scheme: Scheme,
    host: HostPattern,
    port: u16,
    path: PathPattern,
}

impl UrlPattern {
    /// Scheme of all covered URLs.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Port of all covered URLs.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The host as shown: `example.com` or `*.example.com`.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The path pattern as shown: `/reports/*`.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// Whether the URL of `target` is covered. Does not allocate.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        self.port == target.port()
            && self.scheme == target.scheme()
            && self.host.allows(target.host_parts())
            && self.path.allows(target.path(), target.segments())
    }

    /// The pattern that covers exactly what both cover, or none if that is nothing.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        if self.scheme != other.scheme || self.port != other.port {
            return None;
        }
        Some(Self {
            scheme: self.scheme,
            host: self.host.intersect(&other.host)?,
            port: self.port,
            path: self.path.intersect(&other.path)?,
        })
    }
}

impl FromStr for UrlPattern {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let raw = RawUrl::split(text)?;
        if raw.query.is_some() {
            return Err(GrantError::Query);
        }
        Ok(Self {
            scheme: raw.scheme,
            host: HostPattern::parse(raw.host)?,
            port: raw.port,
            path: PathPattern::parse(raw.path)?,
        })
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = RawUrl::port_suffix(self.scheme, self.port);
        write!(f, "{}://{}{port}{}", self.scheme, self.host, self.path)
    }
}

serde_as_text!(UrlPattern);

/// One network grant, written `GET,HEAD https://host/path/*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UrlGrant {
    /// Methods that may be used.
    pub methods: Methods,
    /// URLs that may be reached.
    pub pattern: UrlPattern,
}

impl UrlGrant {
    /// Whether the request is covered. Does not allocate.
    #[must_use]
    pub fn allows(&self, target: &Target) -> bool {
        self.methods.contains(target.method()) && self.pattern.allows(target)
    }

    /// The grant that covers exactly what both cover, or none if that is nothing.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let methods = self.methods.intersect(other.methods);
        if methods.is_empty() {
            return None;
        }
        Some(Self {
            methods,
            pattern: self.pattern.intersect(&other.pattern)?,
        })
    }
}

impl FromStr for UrlGrant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (methods, pattern) = text.split_once(' ').ok_or(GrantError::Shape)?;
        Ok(Self {
            methods: methods.parse()?,
            pattern: pattern.parse()?,
        })
    }
}

impl fmt::Display for UrlGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.methods, self.pattern)
    }
}

serde_as_text!(UrlGrant);
