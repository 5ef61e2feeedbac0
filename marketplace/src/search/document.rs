//! What is indexed of a skill, and how.

use guildhall_package::market::money::{Price, PriceModel};
use guildhall_package::market::search::{CATEGORIES, Hit, OTHER, category};
use guildhall_package::{Capability, SkillName};
use semver::Version;
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer,
};

use super::facts::Facts;
use super::query::Words;
use crate::catalogue::Catalogue;

/// Name under which the index knows how words are cut.
pub(super) const TOKENIZER: &str = "words";
/// Longest word that is indexed, in bytes.
pub(super) const MAX_WORD: usize = 40;
/// Publishers that are told in the facets.
pub(super) const PUBLISHERS_TOLD: usize = 20;

/// Names of the fast fields.
pub(super) const NUMBER: &str = "number";
pub(super) const FACTS: &str = "facts";
pub(super) const UPDATED: &str = "updated";

/// Fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub id: Field,
    pub name: Field,
    pub keywords: Field,
    pub publisher_words: Field,
    pub description: Field,
    pub publisher: Field,
    pub category: Field,
    pub price: Field,
    pub capability: Field,
    number: Field,
    facts: Field,
    updated: Field,
}

/// A skill as it can be found: its latest release. Texts are the author's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `publisher/skill`.
    pub name: SkillName,
    /// Latest version.
    pub version: Version,
    /// What it does.
    pub description: String,
    /// Words for searching.
    pub keywords: Vec<String>,
    /// Imported capabilities.
    pub capabilities: Vec<Capability>,
    /// What it costs.
    pub price: Price,
    /// When the latest release was logged, in milliseconds since 1970.
    pub updated: u64,
}

/// All categories, the one of those without one last.
pub(super) fn categories() -> impl Iterator<Item = &'static str> {
    CATEGORIES.into_iter().chain([OTHER])
}

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs);
    let words = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        name: schema.add_text_field("name", words.clone()),
        keywords: schema.add_text_field("keywords", words.clone()),
        publisher_words: schema.add_text_field("publisher_words", words.clone()),
        description: schema.add_text_field("description", words),
        publisher: schema.add_text_field("publisher", STRING),
        category: schema.add_text_field("category", STRING),
        price: schema.add_text_field("price", STRING),
        capability: schema.add_text_field("capability", STRING),
        number: schema.add_u64_field(NUMBER, FAST),
        facts: schema.add_u64_field(FACTS, FAST),
        updated: schema.add_u64_field(UPDATED, FAST),
    };
    (schema.build(), fields)
}

impl Document {
    /// The skill as it is offered now. None if nothing of it is.
    pub(crate) fn of(catalogue: &Catalogue, name: &SkillName) -> Option<Self> {
        let skill = catalogue.named(&name.to_string())?;
        let latest = skill.latest()?;
        let facts = &latest.publish.facts;
        Some(Self {
            name: name.clone(),
            version: latest.publish.version.clone(),
            description: facts.description.clone(),
            keywords: facts.keywords.clone(),
            capabilities: facts.capabilities.clone(),
            price: skill.price(),
            updated: crate::clock::wire(latest.logged.at),
        })
    }

    pub(super) fn to_tantivy(
        &self,
        fields: &Fields,
        number: u64,
        publisher: u64,
    ) -> TantivyDocument {
        let category = category(&self.keywords);
        let place = categories().position(|name| name == category).unwrap_or(0);
        let bits = Capability::ALL
            .iter()
            .enumerate()
            .filter(|(_, capability)| self.capabilities.contains(capability))
            .fold(0, |bits, (index, _)| bits | (1 << index));
        let mut document = TantivyDocument::default();
        document.add_text(fields.id, self.name.to_string());
        document.add_text(fields.name, self.name.skill.as_str());
        document.add_text(fields.keywords, self.keywords.join(" "));
        document.add_text(fields.publisher_words, self.name.publisher.as_str());
        document.add_text(fields.description, &self.description);
        document.add_text(fields.publisher, self.name.publisher.as_str());
        document.add_text(fields.category, category);
        let model = self.price.model();
        document.add_text(fields.price, model.as_str());
        let sold = PriceModel::ALL.iter().position(|it| *it == model);
        let facts = Facts {
            capabilities: bits,
            category: place,
            price: sold.unwrap_or(0),
        };
        document.add_u64(fields.facts, facts.pack(publisher));
        for capability in &self.capabilities {
            document.add_text(fields.capability, capability.name());
        }
        document.add_u64(fields.number, number);
        document.add_u64(fields.updated, self.updated);
        document
    }

    /// As it is told, with what it was found by.
    pub(super) fn hit(&self, words: &Words) -> Hit {
        Hit {
            name: self.name.clone(),
            version: self.version.clone(),
            description: self.description.clone(),
            category: category(&self.keywords).to_owned(),
            price: self.price.clone(),
            capabilities: self.capabilities.clone(),
            why: words.why(self),
        }
    }
}
