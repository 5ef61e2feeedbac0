//! What an installed skill can and can't do, in words: from its bytes, narrowed by what was consented to.

use guildhall_package::{Capability, Inspection, SkillPackage};

use crate::consent::{Ask, asks};

/// What a skill may do and what it may not.
#[derive(Debug)]
pub struct Authority {
    /// Each capability that it has.
    pub can: Vec<Can>,
    /// What it can't do, one sentence each.
    pub cannot: Vec<String>,
    /// What it asked for and was declined.
    pub declined: Vec<Ask>,
    /// Whether something of it can be given or taken back.
    pub has_choices: bool,
}

/// A capability, with its parts.
#[derive(Debug)]
pub struct Can {
    /// Its icon.
    pub icon: &'static str,
    /// What it means.
    pub sentence: String,
    /// The parts that were consented to.
    pub parts: Vec<Ask>,
}

impl Authority {
    /// Of a component, with what was declined of it.
    #[must_use]
    pub fn of(package: &SkillPackage, declined: &[String]) -> Self {
        let inspection = Inspection::of(package);
        let (gone, given): (Vec<Ask>, Vec<Ask>) = asks(package)
            .into_iter()
            .partition(|ask| declined.contains(&ask.id));
        let can = inspection
            .capabilities
            .iter()
            .filter_map(|view| {
                let of = |asks: &[Ask]| -> Vec<Ask> {
                    asks.iter()
                        .filter(|ask| ask.capability == view.capability)
                        .cloned()
                        .collect()
                };
                let parts = of(&given);
                // A capability of which everything was declined is none.
                let is_gone = parts.is_empty() && !of(&gone).is_empty();
                (!is_gone).then(|| Can {
                    icon: icon(view.capability),
                    sentence: view.sentence.clone(),
                    parts,
                })
            })
            .collect();
        Self {
            can,
            cannot: inspection.cannot,
            has_choices: given.iter().any(|ask| ask.optional) || !gone.is_empty(),
            declined: gone,
        }
    }
}

/// The icon of a capability.
#[must_use]
pub const fn icon(capability: Capability) -> &'static str {
    match capability {
        Capability::Network => "network",
        Capability::Files => "files",
        Capability::Payments => "payments",
        Capability::Messages => "messages",
        Capability::State => "state",
        Capability::Context => "context",
        Capability::Log => "log",
    }
}
