//! Host part of a grant: one host, or one wildcard label in front of a domain.

use std::fmt;

use super::url_text::{TargetError, normal_host, refuse};

/// Which hosts a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum HostPattern {
    /// This host only.
    Exact(String),
    /// Exactly one label in front of this suffix, which starts with a dot: `.example.com`.
    OneLabel(String),
}

impl HostPattern {
    pub fn parse(raw: &str) -> Result<Self, TargetError> {
        let Some(suffix) = raw.strip_prefix("*.") else {
            if raw.contains('*') {
                return refuse(
                    "grant.host-wildcard",
                    "`*` in a host stands only for the whole first label, as in `*.example.com`; write it so, or name the host",
                );
            }
            return Ok(Self::Exact(normal_host(raw)?));
        };
        // The label keeps `*.1.2.3` from passing as half an address.
        let whole = normal_host(&format!("a.{suffix}"))?;
        let suffix = whole.strip_prefix('a').unwrap_or_default();
        if suffix.matches('.').count() < 2 {
            return refuse(
                "grant.host-wildcard",
                "a wildcard directly under a top-level domain would cover strangers; name at least two labels, as in `*.example.com`",
            );
        }
        Ok(Self::OneLabel(suffix.to_owned()))
    }

    pub fn allows(&self, host: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == host,
            Self::OneLabel(suffix) => host
                .strip_suffix(suffix.as_str())
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
        }
    }

    pub fn intersect(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Exact(host), pattern) | (pattern, Self::Exact(host)) => {
                pattern.allows(host).then(|| Self::Exact(host.clone()))
            }
            (Self::OneLabel(a), Self::OneLabel(b)) => (a == b).then(|| self.clone()),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => f.write_str(host),
            Self::OneLabel(suffix) => write!(f, "*{suffix}"),
        }
    }
}
