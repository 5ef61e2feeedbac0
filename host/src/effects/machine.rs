//! The state machine of one effect, as a pure function.
//!
//! ```text
//! pending --claim--> performing --succeeded--> done
//!    |                   |  \----failed------> failed
//!    |                   |   \---lost--------> unknown --found-done--> done
//!    |                   \-found-not-done----> pending       \-found-failed--> failed
//!    \--void--> void
//! ```

use serde::{Deserialize, Serialize};

/// Where one effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Staged; nothing has been done.
    Pending,
    /// An executor has claimed it; the outside world may already have changed.
    Performing,
    /// Performed, and known to be.
    Done,
    /// Not performed, and known not to be.
    Failed,
    /// Nobody here knows whether it was performed; it is never tried again by itself.
    Unknown,
    /// Will never be performed: rejected, expired, or stopped before its turn.
    Void,
}

/// What can happen to one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectEvent {
    /// An executor takes it, after its authority was checked again.
    Claim,
    /// The executor saw it succeed.
    Succeeded,
    /// The executor saw it fail without having done anything.
    Failed,
    /// The executor cannot tell.
    Lost,
    /// After a crash, the far side shows that it was done.
    FoundDone,
    /// After a crash, the far side shows that it was not done.
    FoundNotDone,
    /// An unknown outcome turned out to be a failure.
    FoundFailed,
    /// It will not be performed.
    Void,
}

impl EffectState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Performing,
        Self::Done,
        Self::Failed,
        Self::Unknown,
        Self::Void,
    ];

    /// The state after an event, or `None` if the event is not allowed in this state.
    #[must_use]
    pub const fn after(self, event: EffectEvent) -> Option<Self> {
        use EffectEvent as E;
        match (self, event) {
            (Self::Pending, E::Claim) => Some(Self::Performing),
            (Self::Pending, E::Void) => Some(Self::Void),
            (Self::Performing, E::Succeeded | E::FoundDone) => Some(Self::Done),
            (Self::Performing, E::Failed) => Some(Self::Failed),
            (Self::Performing, E::Lost) => Some(Self::Unknown),
            (Self::Performing, E::FoundNotDone) => Some(Self::Pending),
            (Self::Unknown, E::FoundDone) => Some(Self::Done),
            (Self::Unknown, E::FoundFailed) => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Pending | Self::Performing)
    }

    /// The word that journal and JSON use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Performing => "performing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Void => "void",
        }
    }

    /// The state of a word; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}
