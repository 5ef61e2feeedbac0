//! A skill as it stands in lists.

use guildhall_package::market::search::Hit;

use super::words;

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
    /// Category.
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
            category: words::category(&hit.category),
            price: words::price(hit.price),
            touches: hit
                .capabilities
                .iter()
                .filter(|capability| capability.needs_declaration())
                .map(|capability| Sign {
                    icon: capability.name(),
                    text: words::capability(*capability),
                })
                .collect(),
            why: hit.why.clone(),
        }
    }
}
