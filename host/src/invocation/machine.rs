//! The state machine of one run, as a pure function.
//!
//! ```text
//! running --returned, no effects--> completed
//!    |----returned, effects-------> awaiting_approval --approved--> committing --settled--> committed
//!    |----operation failed--------> failed                |              |                  partial
//!    |----refused by a rule-------> refused               |              |                  unknown
//!    |----trapped-----------------> trapped               |              \--precondition--> refused
//!    |----cancelled---------------> cancelled             |--rejected, expired--> rejected
//!    \----lost (live write open)--> unknown               \--voided------------> refused
//! ```

use crate::effects::EffectState;
use serde::{Deserialize, Serialize};

/// Where one run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The guest is at work.
    Running,
    /// The guest is gone; its effects wait for a person.
    AwaitingApproval,
    /// Approved; effects are being performed.
    Committing,
    /// Ended well, without effects.
    Completed,
    /// Ended well, every effect done.
    Committed,
    /// Some effects done, others known not to be.
    Partial,
    /// The outcome of at least one effect or live write is not known.
    Unknown,
    /// A person said no, or nobody said yes in time.
    Rejected,
    /// The operation returned its own typed failure.
    Failed,
    /// A rule of the host refused it; nothing was performed.
    Refused,
    /// The guest trapped or used up a limit; nothing was staged.
    Trapped,
    /// Stopped from outside; nothing was staged.
    Cancelled,
}

/// What can happen to one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunEvent {
    /// The operation returned, with or without staged effects.
    Returned {
        /// Whether anything was staged.
        effects: bool,
    },
    /// The operation returned its typed failure.
    OperationFailed,
    /// A rule refused the run, before it began or because it could not go on without what was refused.
    RefusedByRule,
    /// The guest trapped or hit a limit.
    Trapped,
    /// The caller or a revocation stopped it.
    Cancelled,
    /// Its process died while the guest was at work.
    Interrupted {
        /// Whether a live write had been sent whose answer never arrived.
        live_write_open: bool,
    },
    /// One approval won.
    Approved,
    /// One rejection won, or the approval expired.
    Rejected,
    /// The skill was revoked while its effects were pending.
    Voided,
    /// At commit, before the first effect, an input or a target had changed.
    PreconditionFailed,
    /// Every effect is settled.
    Settled(Settlement),
}

/// How the effects of a run ended, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// All done.
    All,
    /// None done, none unknown.
    None,
    /// Some done, none unknown.
    Some,
    /// At least one unknown.
    Unknown,
}

impl Settlement {
    /// Summary of settled effect states; `None` while one is not settled.
    #[must_use]
    pub fn of(states: &[EffectState]) -> Option<Self> {
        if states.iter().any(|state| !state.is_settled()) {
            return None;
        }
        let count = |wanted: EffectState| states.iter().filter(|s| **s == wanted).count();
        let done = count(EffectState::Done);
        Some(if count(EffectState::Unknown) > 0 {
            Self::Unknown
        } else if done == states.len() {
            Self::All
        } else if done == 0 {
            Self::None
        } else {
            Self::Some
        })
    }
}

impl RunStatus {
    /// All statuses.
    pub const ALL: [Self; 12] = [
        Self::Running,
        Self::AwaitingApproval,
        Self::Committing,
        Self::Completed,
        Self::Committed,
        Self::Partial,
        Self::Unknown,
        Self::Rejected,
        Self::Failed,
        Self::Refused,
        Self::Trapped,
        Self::Cancelled,
    ];

    /// The status after an event, or `None` if the event is not allowed here.
    #[must_use]
    pub const fn after(self, event: RunEvent) -> Option<Self> {
        use RunEvent as E;
        match (self, event) {
            (Self::Running, E::Returned { effects: false }) => Some(Self::Completed),
            (Self::Running, E::Returned { effects: true }) => Some(Self::AwaitingApproval),
            (Self::Running, E::OperationFailed) => Some(Self::Failed),
            (Self::Running, E::RefusedByRule) => Some(Self::Refused),
            (Self::Running, E::Trapped) => Some(Self::Trapped),
            (Self::Running, E::Cancelled) => Some(Self::Cancelled),
            (Self::Running, E::Interrupted { live_write_open }) => Some(if live_write_open {
                Self::Unknown
            } else {
                Self::Cancelled
            }),
            (Self::AwaitingApproval, E::Approved) => Some(Self::Committing),
            (Self::AwaitingApproval, E::Rejected) => Some(Self::Rejected),
            (Self::AwaitingApproval, E::Voided) => Some(Self::Refused),
            (Self::Committing, E::PreconditionFailed) => Some(Self::Refused),
            (Self::Committing | Self::Unknown, E::Settled(settlement)) => Some(match settlement {
                Settlement::All => Self::Committed,
                Settlement::Some => Self::Partial,
                Settlement::Unknown => Self::Unknown,
                // Nothing was done and that is known: the same as a refusal at commit.
                Settlement::None => Self::Refused,
            }),
            _ => None,
        }
    }

    /// Whether the run is over. `Unknown` is over until somebody resolves it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(
            self,
            Self::Running | Self::AwaitingApproval | Self::Committing
        )
    }

    /// The word that journal and JSON use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Committing => "committing",
            Self::Completed => "completed",
            Self::Committed => "committed",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Trapped => "trapped",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a word; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}
