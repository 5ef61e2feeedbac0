//! Searching skills.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::money::{Price, PriceModel};
use crate::SkillName;
use crate::capability::Capability;

/// Categories. A skill is in the one that stands first among its keywords, or in `other`.
pub const CATEGORIES: [&str; 12] = [
    "invoicing",
    "payments",
    "accounting",
    "tax",
    "customs",
    "shipping",
    "compliance",
    "pricing",
    "sales",
    "purchasing",
    "documents",
    "data",
];
/// Category of skills without one.
pub const OTHER: &str = "other";
/// Longest query in characters.
pub const MAX_QUERY: usize = 200;

/// The category that keywords put a skill in.
#[must_use]
pub fn category(keywords: &[String]) -> &'static str {
    keywords
        .iter()
        .find_map(|word| {
            CATEGORIES
                .into_iter()
                .find(|name| name.eq_ignore_ascii_case(word))
        })
        .unwrap_or(OTHER)
}

/// `GET /api/v1/search`. All parts given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words, as a person writes them; no syntax. Empty: everything, newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only skills with this capability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<Capability>,
    /// Only skills without this capability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Capability>,
    /// Only skills at this kind of price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceModel>,
    /// Only skills of this category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Only skills of this publisher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Where to go on: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Items wanted: 1 to 100, default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// How many skills fit.
    pub total: u64,
    /// This page of them, best first.
    pub items: Vec<Hit>,
    /// How many of those that fit have which capability, category, price and publisher.
    pub facets: Facets,
    /// Give this as `cursor` to get the next page; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A skill that was found. Texts are the author's and untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    /// `publisher/skill`.
    pub name: SkillName,
    /// Its latest version.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub version: Version,
    /// What it does.
    pub description: String,
    /// Its category.
    pub category: String,
    /// What it costs.
    pub price: Price,
    /// Capabilities of its latest release.
    pub capabilities: Vec<Capability>,
    /// Why it stands where it does, the weightiest first, for example `name has "invoice"`.
    pub why: Vec<String>,
}

/// Counts for narrowing a search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// By capability.
    pub capability: BTreeMap<String, u64>,
    /// By category.
    pub category: BTreeMap<String, u64>,
    /// By price.
    pub price: BTreeMap<String, u64>,
    /// By publisher: the 20 with the most.
    pub publisher: BTreeMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_keyword_that_is_a_category_counts() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(category(&words(&["vat", "Tax", "invoicing"])), "tax");
        assert_eq!(category(&words(&["vat"])), OTHER);
        assert_eq!(category(&[]), OTHER);
    }
}
