//! What a release's bytes and manifest say, kept with it so that pages and searches need not read components.

use guildhall_package::inspect::CapabilityView;
use guildhall_package::market::Authority;
use guildhall_package::{Capability, Inspection, SkillPackage};
use serde::{Deserialize, Serialize};

/// Facts of a release. Texts of the author are safe to show on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What it does.
    pub description: String,
    /// SPDX licence expression.
    pub licence: String,
    /// Home page.
    pub homepage: Option<String>,
    /// Where questions about it are answered. None for what was published before this was kept.
    #[serde(default)]
    pub contact: Option<String>,
    /// Words for searching.
    pub keywords: Vec<String>,
    /// Imported capabilities.
    pub capabilities: Vec<Capability>,
    /// What it may do at most.
    pub authority: Authority,
    /// What it can do, a sentence each.
    pub can: Vec<String>,
    /// The same with what the manifest asks for in particular, and why. Empty for what was published before this was kept.
    #[serde(default)]
    pub uses: Vec<CapabilityView>,
    /// What it can't do, a sentence each.
    pub cannot: Vec<String>,
}

impl Facts {
    /// Reads them from a component. Without a manifest there are no texts; such a component is refused before.
    #[must_use]
    pub fn of(package: &SkillPackage) -> Self {
        let report = Inspection::of(package);
        let manifest = package.manifest.as_ref();
        let keywords = manifest.map_or_else(Vec::new, |manifest| {
            let shown = |word: &String| guildhall_package::text::plain(word, 40);
            manifest.keywords.iter().map(shown).collect()
        });
        Self {
            description: report.description.unwrap_or_default(),
            licence: report.licence.unwrap_or_default(),
            homepage: manifest.and_then(|manifest| manifest.homepage.clone()),
            contact: manifest.and_then(|manifest| manifest.contact.clone()),
            keywords,
            capabilities: package.capabilities().collect(),
            authority: Authority::of(package),
            can: report
                .capabilities
                .iter()
                .map(|view| view.sentence.clone())
                .collect(),
            uses: report.capabilities,
            cannot: report.cannot,
        }
    }
}
