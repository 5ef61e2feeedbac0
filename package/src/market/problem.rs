//! Errors of the API: `application/problem+json` (RFC 9457) with a code for programs and a fix for people.

use serde::{Deserialize, Serialize};

/// Media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:guildhall:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words, the same for each code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and which rule refused, for a person.
    pub detail: String,
    /// Stable name of the rule, for example `name.look-alike`.
    pub code: String,
    /// What to do next.
    pub fix: String,
    /// Seconds to wait before trying again, as in `Retry-After`; only where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem; `title` is the status in words.
    #[must_use]
    pub fn new(
        status: u16,
        title: &str,
        code: &str,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:guildhall:problem:{code}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            code: code.to_owned(),
            fix: fix.into(),
            retry_after: None,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}); {}", self.detail, self.code, self.fix)
    }
}
