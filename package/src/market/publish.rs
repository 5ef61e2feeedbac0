//! A publish: from the upload to a release that everybody can see.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::authority::Wider;
use super::review::Finding;
use crate::{Digest, FolderName, SkillName};

/// Names of the parts of `POST /api/v1/publishes`, each at most once, `golden` optional. A part is read while it comes in,
/// so small ones should come first: `statement`, `manifest`, `config`, then `golden` and `component`.
pub mod part {
    /// The publisher statement: a DSSE envelope.
    pub const STATEMENT: &str = "statement";
    /// The OCI image manifest.
    pub const MANIFEST: &str = "manifest";
    /// The OCI config.
    pub const CONFIG: &str = "config";
    /// The component.
    pub const COMPONENT: &str = "component";
    /// The tar of golden cases.
    pub const GOLDEN: &str = "golden";
}

/// Where a publish stands.
///
/// ```text
/// staged -> reviewing -> passed -> released
///               |-> rejected
///               |-> held -> passed | rejected     (a person decides)
///               `-> errored -> reviewing          (tried again)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PublishState {
    /// Uploaded whole, waiting for its review.
    Staged,
    /// A reviewer is at work.
    Reviewing,
    /// Reviewed; about to be logged.
    Passed,
    /// In a published checkpoint: visible.
    Released,
    /// The review refused it. A changed component may be published under the same version.
    Rejected,
    /// Its authority is wider than that of the last release of the same major version; a reviewer decides.
    Held,
    /// The review did not come to an end: no verdict. May be tried again.
    Errored,
}

/// What happens to a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublishEvent {
    /// A reviewer takes it.
    Taken,
    /// The review found nothing that refuses.
    ReviewPassed,
    /// The same, but its authority is wider.
    ReviewHeld,
    /// The review refused it.
    ReviewRejected,
    /// The reviewer crashed, ran out of time, said something else than asked, or is not configured.
    ReviewErrored,
    /// A person lets a held one pass.
    DecidedPass,
    /// A person refuses a held one.
    DecidedReject,
    /// The log's checkpoint with it was published.
    Logged,
}

/// A step that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the publish is {state}, so it can't be {event}; look at its state again")]
pub struct IllegalStep {
    /// The state it is in.
    pub state: PublishState,
    /// What was tried.
    pub event: PublishEvent,
}

impl PublishState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Staged,
        Self::Reviewing,
        Self::Passed,
        Self::Released,
        Self::Rejected,
        Self::Held,
        Self::Errored,
    ];

    /// The state after `event`.
    ///
    /// # Errors
    /// [`IllegalStep`] for everything that is not drawn above.
    pub const fn after(self, event: PublishEvent) -> Result<Self, IllegalStep> {
        use PublishEvent as E;
        Ok(match (self, event) {
            (Self::Staged | Self::Errored, E::Taken) => Self::Reviewing,
            (Self::Reviewing, E::ReviewPassed) | (Self::Held, E::DecidedPass) => Self::Passed,
            (Self::Reviewing, E::ReviewHeld) => Self::Held,
            (Self::Reviewing, E::ReviewRejected) | (Self::Held, E::DecidedReject) => Self::Rejected,
            (Self::Reviewing, E::ReviewErrored) => Self::Errored,
            (Self::Passed, E::Logged) => Self::Released,
            (state, event) => return Err(IllegalStep { state, event }),
        })
    }

    /// Whether nothing more happens without a person (`errored` and `held` are settled in this sense, too).
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Staged | Self::Reviewing | Self::Passed)
    }

    /// Whether it keeps its version: another publish of the same version is refused.
    #[must_use]
    pub const fn holds_version(self) -> bool {
        !matches!(self, Self::Rejected | Self::Errored)
    }

    /// As on the wire: `staged`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Reviewing => "reviewing",
            Self::Passed => "passed",
            Self::Released => "released",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Errored => "errored",
        }
    }
}

impl fmt::Display for PublishState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`PublishState`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no such state of a publish; use one of staged, reviewing, passed, released, rejected, held, errored"
)]
pub struct UnknownState;

impl FromStr for PublishState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownState)
    }
}

impl PublishEvent {
    /// All events.
    pub const ALL: [Self; 8] = [
        Self::Taken,
        Self::ReviewPassed,
        Self::ReviewHeld,
        Self::ReviewRejected,
        Self::ReviewErrored,
        Self::DecidedPass,
        Self::DecidedReject,
        Self::Logged,
    ];
}

impl fmt::Display for PublishEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken => "taken for review",
            Self::ReviewPassed => "passed by a review",
            Self::ReviewHeld => "held by a review",
            Self::ReviewRejected => "rejected by a review",
            Self::ReviewErrored => "left without a verdict",
            Self::DecidedPass => "let pass by a person",
            Self::DecidedReject => "rejected by a person",
            Self::Logged => "released",
        })
    }
}

/// `GET /api/v1/publishes/{id}` and the answer to a publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishInfo {
    /// Name of the publish in the API.
    pub id: String,
    /// `publisher/skill`.
    pub name: SkillName,
    /// The version.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub version: Version,
    /// Digest of the OCI image manifest: the release.
    pub release: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the tar of golden cases, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<Digest>,
    /// Where it stands.
    pub state: PublishState,
    /// Account that uploaded it.
    pub by: FolderName,
    /// When it was staged.
    pub staged: u64,
    /// When its state changed last.
    pub changed: u64,
    /// What the review found. Empty before it ended.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Why it is or was held: what it may do and the last release of the same major version may not.
    #[serde(default)]
    pub wider: Vec<Wider>,
    /// For `errored` and for decisions: what happened, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its place in the log, once released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u64>,
}

/// Query of `GET /api/v1/publishes/{id}`: waits until the state is another than `unless`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct PublishWait {
    /// Longest time to wait in milliseconds, up to 30,000. The answer is then the state as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// The state that is known already. Without it, waits until the state is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<PublishState>,
}

/// `POST /api/v1/publishes/{id}/decision`, by a reviewer who is no member of the publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// What becomes of it.
    pub decision: Decision,
    /// Why, one line of 1 to 280 characters. The author reads it.
    pub reason: String,
}

/// What a person makes of a held publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is released.
    Pass,
    /// It is refused.
    Reject,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The arrows of the drawing, written down a second time and in another way.
    const ARROWS: &[(&str, &str)] = &[
        ("staged", "reviewing"),
        ("errored", "reviewing"),
        ("reviewing", "passed"),
        ("reviewing", "held"),
        ("reviewing", "rejected"),
        ("reviewing", "errored"),
        ("held", "passed"),
        ("held", "rejected"),
        ("passed", "released"),
    ];

    #[test]
    fn the_arrows_are_those_of_the_drawing_and_no_others() {
        for from in PublishState::ALL {
            for to in PublishState::ALL {
                let reachable = PublishEvent::ALL
                    .into_iter()
                    .any(|event| from.after(event) == Ok(to));
                let drawn = ARROWS.contains(&(from.as_str(), to.as_str()));
                assert_eq!(reachable, drawn, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn the_end_is_the_end() {
        for event in PublishEvent::ALL {
            for end in [PublishState::Released, PublishState::Rejected] {
                assert!(end.after(event).is_err(), "{end} {event}");
            }
        }
    }

    proptest! {
        /// Whatever happens in whatever order: nothing is released that no review has passed and no person let pass.
        #[test]
        fn nothing_is_released_without_a_verdict(events in prop::collection::vec(0usize..8, 0..40)) {
            let mut state = PublishState::Staged;
            let mut cleared = false;
            for event in events.into_iter().filter_map(|at| PublishEvent::ALL.get(at).copied()) {
                if let Ok(next) = state.after(event) {
                    state = next;
                    match event {
                        PublishEvent::ReviewPassed | PublishEvent::DecidedPass => cleared = true,
                        PublishEvent::Taken => cleared = false,
                        _ => {}
                    }
                }
                if matches!(state, PublishState::Passed | PublishState::Released) {
                    prop_assert!(cleared);
                }
            }
        }
    }
}
