//! A skill as it stands in lists.

use guildhall_package::Capability;
use guildhall_package::market::money::Price;
use guildhall_package::market::search::{Hit, OTHER, category};

use super::words;
use crate::catalogue::ReleaseView;

/// A skill in a list. Texts are the author's.
#[derive(Debug, Clone)]
pub struct Card {
    /// Where its page is.
    pub path: String,
    /// The skill's name, without its publisher.
    pub skill: String,
    /// Who publishes it.
    pub publisher: String,
    /// Latest version.
    pub version: String,
    /// What it does.
    pub description: String,
    /// Category; empty for what is in none.
    pub category: String,
    /// What it costs.
    pub price: String,
    /// What it can touch.
    pub touches: Vec<Sign>,
    /// Why it stands where it does.
    pub why: Vec<String>,
}

/// A picture with its words.
#[derive(Debug, Clone)]
pub struct Sign {
    /// Name of the picture.
    pub icon: &'static str,
    /// The words.
    pub text: &'static str,
}

impl Card {
    /// Of a hit.
    #[must_use]
    pub fn of(hit: &Hit) -> Self {
        Self {
            path: format!("/skills/{}", hit.name),
            skill: hit.name.skill.to_string(),
            publisher: hit.name.publisher.to_string(),
            version: hit.version.to_string(),
            description: hit.description.clone(),
            category: category_of(&hit.category),
            price: words::price(&hit.price),
            touches: signs(&hit.capabilities),
            why: hit.why.clone(),
        }
    }

    /// Of a release that is offered.
    #[must_use]
    pub fn of_release(release: &ReleaseView<'_>, price: &Price) -> Self {
        let publish = release.publish;
        let facts = &publish.facts;
        Self {
            path: format!("/skills/{}", publish.name),
            skill: publish.name.skill.to_string(),
            publisher: publish.name.publisher.to_string(),
            version: publish.version.to_string(),
            description: facts.description.clone(),
            category: category_of(category(&facts.keywords)),
            price: words::price(price),
            touches: signs(&facts.capabilities),
            why: Vec::new(),
        }
    }
}

/// What is worth a picture: reading the clock is not.
fn signs(capabilities: &[Capability]) -> Vec<Sign> {
    capabilities
        .iter()
        .filter(|capability| capability.needs_declaration())
        .map(|capability| Sign {
            icon: capability.name(),
            text: words::capability(*capability),
        })
        .collect()
}

fn category_of(name: &str) -> String {
    if name == OTHER {
        String::new()
    } else {
        words::category(name)
    }
}
