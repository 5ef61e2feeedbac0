//! Where a publish stands, for people.

use guildhall_package::market::PublishState;

use super::skill::Finding;
use super::words::{self, Day};
use crate::clock::wire;
use crate::store::publishes::Publish;

/// A publish in a list or by itself.
pub struct Stage {
    /// Name of the publish.
    pub id: String,
    /// `publisher/skill`.
    pub name: String,
    /// The version.
    pub version: String,
    /// Page of the release, once there is one.
    pub path: Option<String>,
    /// The state in a word or two.
    pub state: &'static str,
    /// The class that it looks by.
    pub class: &'static str,
    /// What that means and what happens next.
    pub meaning: &'static str,
    /// When it was uploaded.
    pub staged: Day,
    /// Who uploaded it.
    pub by: String,
    /// What the review found.
    pub findings: Vec<Finding>,
    /// What it may do and the one before it may not.
    pub wider: Vec<String>,
    /// What happened, or what a reviewer wrote.
    pub reason: Option<String>,
    /// How often it was downloaded.
    pub downloads: Option<String>,
}

impl Stage {
    /// Of a publish.
    #[must_use]
    pub fn of(publish: &Publish) -> Self {
        let (state, class, meaning) = say(publish);
        let is_released = publish.state == PublishState::Released;
        Self {
            id: publish.id.clone(),
            name: publish.name.to_string(),
            version: publish.version.to_string(),
            path: is_released.then(|| format!("/skills/{}/{}", publish.name, publish.version)),
            state,
            class,
            meaning,
            staged: words::moment(wire(publish.staged)),
            by: publish.account.to_string(),
            findings: publish.findings.iter().map(Finding::of).collect(),
            wider: publish.wider.iter().map(ToString::to_string).collect(),
            reason: publish.reason.clone(),
            downloads: None,
        }
    }
}

const fn say(publish: &Publish) -> (&'static str, &'static str, &'static str) {
    match publish.state {
        PublishState::Staged => (
            "Waiting",
            "work",
            "It was uploaded whole and waits for its review.",
        ),
        PublishState::Reviewing => (
            "In review",
            "work",
            "A reviewer is at work. This takes seconds.",
        ),
        PublishState::Passed => (
            "Passed",
            "work",
            "It passed and is being written into the public log.",
        ),
        PublishState::Released if publish.revoked.is_some() => {
            ("Revoked", "bad", "It must not run anywhere any more.")
        }
        PublishState::Released if publish.yanked.is_some() => (
            "Off the shelf",
            "warn",
            "It is not offered any more. Where it is installed it keeps running.",
        ),
        PublishState::Released => ("Released", "good", "Everybody can install it."),
        PublishState::Rejected => (
            "Refused",
            "bad",
            "It was not released. Mend what is said below and publish it again; the same version number is still free.",
        ),
        PublishState::Held => (
            "Held",
            "warn",
            "It asks for more than the version before it, so a person decides. Nothing is wrong with it yet.",
        ),
        PublishState::Errored => (
            "No verdict",
            "warn",
            "The review did not come to its end. Try again: guildhall publish, with the same files.",
        ),
    }
}
