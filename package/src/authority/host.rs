//! Host part of a grant: one host, or one wildcard label in front of a domain.

use std::fmt;

use super::path::fingerprint;
use super::url_text::{TargetError, normal_host, refuse};

/// Host of a request, in normal spelling, with fingerprints of what patterns compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    name: String,
    print: u64,
    /// Where the first dot is; everything from there on is the parent.
    dot: usize,
    parent_print: u64,
}

impl Host {
    pub fn new(name: String) -> Self {
        let dot = name.find('.').unwrap_or(name.len());
        Self {
            print: fingerprint(&name),
            parent_print: fingerprint(name.get(dot..).unwrap_or_default()),
            dot,
            name,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// `.example.com` of `api.example.com`.
    fn parent(&self) -> &str {
        self.name.get(self.dot..).unwrap_or_default()
    }
}

/// Which hosts a grant covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct HostPattern {
    /// Whether exactly one label stands in front of `text`, which then starts with a dot.
    wildcard: bool,
    text: String,
    print: u64,
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
            return Ok(Self::new(false, normal_host(raw)?));
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
        Ok(Self::new(true, suffix.to_owned()))
    }

    fn new(wildcard: bool, text: String) -> Self {
        Self {
            wildcard,
            print: fingerprint(&text),
            text,
        }
    }

    pub fn allows(&self, host: &Host) -> bool {
        // Equal fingerprints are no proof, so the text is compared too.
        if self.wildcard {
            self.print == host.parent_print && self.text == host.parent()
        } else {
            self.print == host.print && self.text == host.name
        }
    }

    pub fn intersect(&self, other: &Self) -> Option<Self> {
        if self.wildcard == other.wildcard {
            return (self == other).then(|| self.clone());
        }
        let (exact, pattern) = if self.wildcard {
            (other, self)
        } else {
            (self, other)
        };
        pattern
            .allows(&Host::new(exact.text.clone()))
            .then(|| exact.clone())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.wildcard { "*" } else { "" };
        write!(f, "{star}{}", self.text)
    }
}
