//! Agents: programs that may propose, and nothing else.
//!
//! [`AgentHost`] is all of the host that an agent's door holds. It can run a skill with what was granted to the agent and tell
//! what became of its own runs. It has no way to decide, to give a mandate, to see a secret or another's run, and none to the
//! host itself: that only people approve is a matter of types.

pub mod form;
mod handle;
mod host;
pub mod reaches;
mod scope;
pub mod tokens;

pub use handle::{Handles, NotYours};
pub use host::{AgentHost, Call, OwnRun, computes_only, is_over};
pub use scope::{NoScopes, Scope, Scopes};

use guildhall_host::{Grants, Retention};
use guildhall_package::SkillName;
use std::collections::BTreeSet;

/// An agent, and what it may touch.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Who it is, for good: `stdio`, or `token:` and an identifier.
    pub id: String,
    /// What the merchant calls it.
    pub name: String,
    /// Skills that it may use; none: all that are installed.
    pub skills: Option<BTreeSet<SkillName>>,
    /// What each of its runs carries. Narrowed further by each skill's bytes, manifest and consent.
    pub grants: Grants,
    /// What is kept of its runs.
    pub retention: Retention,
    /// Language that skills see.
    pub locale: String,
    /// What it came for: the scopes of its token.
    pub scopes: Scopes,
}

impl Agent {
    /// Whether it came for this.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    /// Whether it may use a skill.
    #[must_use]
    pub fn may_use(&self, skill: &SkillName) -> bool {
        self.skills
            .as_ref()
            .is_none_or(|skills| skills.contains(skill))
    }
}
