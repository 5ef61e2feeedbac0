//! The typed answer of the host when it does not do what was asked.

use serde::{Deserialize, Serialize};

/// What a caller can do about a refusal. The same classes as `refusal-kind` of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Authority is missing in one of the four sets.
    Denied,
    /// The request is malformed; repeating it never helps.
    Invalid,
    /// A limit of the run is used up.
    LimitReached,
    /// The named thing does not exist within what is granted.
    NotFound,
    /// Something else stands in its place.
    Conflict,
    /// Not there now.
    Unavailable,
    /// Tried, and went wrong.
    Failed,
}

/// The four sets whose intersection is the authority of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthoritySet {
    /// What the component's bytes import.
    Bytes,
    /// What its manifest declares.
    Manifest,
    /// What the merchant consented to when installing.
    Consent,
    /// What this invocation grants.
    Grants,
}

impl AuthoritySet {
    /// The set's name in a sentence.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Bytes => "the component itself",
            Self::Manifest => "the skill's manifest",
            Self::Consent => "your consent",
            Self::Grants => "this invocation's grants",
        }
    }
}

/// One refusal: which rule, which set, what happened, what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({rule})")]
pub struct Refusal {
    /// Class of the refusal.
    pub kind: RefusalKind,
    /// Stable word for the rule, `interface.rule-name`.
    pub rule: String,
    /// The authority set that refused, where one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub set: Option<AuthoritySet>,
    /// One sentence: what was asked and what happened. May quote the guest, already made plain.
    pub message: String,
    /// What would allow it: a flag, a manifest line, a next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fix: Option<String>,
}

impl Refusal {
    /// A refusal without a set or a fix.
    pub fn new(kind: RefusalKind, rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            rule: rule.into(),
            set: None,
            message: message.into(),
            fix: None,
        }
    }

    /// A refusal by one of the four authority sets.
    pub fn denied(set: AuthoritySet, rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            set: Some(set),
            ..Self::new(RefusalKind::Denied, rule, message)
        }
    }

    /// Adds what would allow it.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
