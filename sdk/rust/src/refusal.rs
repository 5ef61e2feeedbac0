//! The host's typed "no".

use std::fmt;

pub use crate::bindings::guildhall::skill::types::RefusalKind;

/// The host's typed answer when it does not do what was asked. Never a trap: the skill decides what to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The class of refusal.
    pub kind: RefusalKind,
    /// The rule that refused, as a stable word such as `network.host-not-granted`.
    pub rule: String,
    /// One sentence for a person: what happened and what would allow it.
    pub message: String,
}

impl Refusal {
    /// A refusal of one's own, for a skill that passes on "no" in the same shape (and for fake answers in tests).
    pub fn new(kind: RefusalKind, rule: impl Into<String>, message: impl Into<String>) -> Self {
        Refusal {
            kind,
            rule: rule.into(),
            message: message.into(),
        }
    }

    /// Whether authority is missing, so that the merchant would have to grant more.
    pub fn is_denied(&self) -> bool {
        self.kind == RefusalKind::Denied
    }

    /// Whether the named thing does not exist within what is granted.
    pub fn is_not_found(&self) -> bool {
        self.kind == RefusalKind::NotFound
    }

    /// Whether it may be there later: a peer that does not answer, or an interface this host does not serve yet.
    pub fn is_unavailable(&self) -> bool {
        self.kind == RefusalKind::Unavailable
    }
}

/// `MESSAGE (RULE)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.rule)
    }
}

impl std::error::Error for Refusal {}
