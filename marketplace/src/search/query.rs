//! From a person's words to a query of the index, and back to a person: what a hit was found by.

use guildhall_package::market::search::SearchQuery;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::document::{Document, Fields, analyzer};

/// Words of a query that count.
const MAX_WORDS: usize = 12;
/// What a word weighs in each place.
const NAME: f32 = 6.0;
const KEYWORDS: f32 = 4.0;
const PUBLISHER: f32 = 3.0;
const DESCRIPTION: f32 = 1.0;
/// What a near word weighs, of what the place weighs.
const NEAR: f32 = 0.2;
/// Words of this many characters may have one mistake, and longer ones two.
const ONE_MISTAKE: usize = 4;
const TWO_MISTAKES: usize = 8;
/// A word of this many characters may be the beginning of another.
const BEGINNING: usize = 3;

type Clause = (Occur, Box<dyn Query>);

/// The words of a query, cut as the index cuts them.
#[derive(Debug, Clone)]
pub(super) struct Words(Vec<String>);

pub(super) fn cut(text: &str) -> Vec<String> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    while let Some(token) = stream.next() {
        words.push(token.text.clone());
    }
    words
}

/// How many mistakes a word may have.
fn mistakes(word: &str) -> u8 {
    match word.chars().count() {
        length if length >= TWO_MISTAKES => 2,
        length if length >= ONE_MISTAKE => 1,
        _ => 0,
    }
}

impl Words {
    pub fn of(text: &str) -> Self {
        let mut words = cut(text);
        words.truncate(MAX_WORDS);
        Self(words)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All words as they are written.
    pub fn exact(&self, fields: &Fields, asked: &SearchQuery) -> BooleanQuery {
        let each = self.0.iter().map(|word| {
            let places = Self::places(fields)
                .map(|(field, weight)| should(weighed(exact(field, word), weight)));
            must(Box::new(BooleanQuery::new(places.collect())))
        });
        self.with_filters(each.collect(), fields, asked)
    }

    /// All words, as written or nearly.
    pub fn near(&self, fields: &Fields, asked: &SearchQuery) -> BooleanQuery {
        let each = self.0.iter().map(|word| {
            let mut places = Vec::new();
            for (field, weight) in Self::places(fields) {
                places.push(should(weighed(exact(field, word), weight)));
                let term = || Term::from_field_text(field, word);
                let mut nearly = |query: FuzzyTermQuery| {
                    let flat = ConstScoreQuery::new(Box::new(query), 1.0);
                    places.push(should(weighed(Box::new(flat), weight * NEAR)));
                };
                if mistakes(word) > 0 {
                    nearly(FuzzyTermQuery::new(term(), mistakes(word), true));
                }
                if word.chars().count() >= BEGINNING {
                    nearly(FuzzyTermQuery::new_prefix(term(), 0, true));
                }
            }
            must(Box::new(BooleanQuery::new(places)))
        });
        self.with_filters(each.collect(), fields, asked)
    }

    fn places(fields: &Fields) -> impl Iterator<Item = (Field, f32)> {
        [
            (fields.name, NAME),
            (fields.keywords, KEYWORDS),
            (fields.publisher_words, PUBLISHER),
            (fields.description, DESCRIPTION),
        ]
        .into_iter()
    }

    fn with_filters(
        &self,
        mut clauses: Vec<Clause>,
        fields: &Fields,
        asked: &SearchQuery,
    ) -> BooleanQuery {
        let only = |field: Field, value: &str| -> Box<dyn Query> {
            // A filter decides and does not weigh.
            Box::new(ConstScoreQuery::new(exact(field, value), 0.0))
        };
        if let Some(capability) = asked.capability {
            clauses.push(must(only(fields.capability, capability.name())));
        }
        if let Some(price) = asked.price {
            clauses.push(must(only(fields.price, price.as_str())));
        }
        if let Some(category) = &asked.category {
            clauses.push(must(only(fields.category, category)));
        }
        if let Some(publisher) = &asked.publisher {
            clauses.push(must(only(fields.publisher, publisher)));
        }
        if clauses.is_empty() {
            clauses.push(must(Box::new(AllQuery)));
        }
        if let Some(without) = asked.without {
            clauses.push((Occur::MustNot, exact(fields.capability, without.name())));
        }
        BooleanQuery::new(clauses)
    }

    /// What a document was found by, the weightiest place of each word.
    pub fn why(&self, document: &Document) -> Vec<String> {
        let places = [
            ("name", cut(document.name.skill.as_str())),
            ("keywords", cut(&document.keywords.join(" "))),
            ("publisher", cut(document.name.publisher.as_str())),
            ("description", cut(&document.description)),
        ];
        let mut why: Vec<(u8, String)> = self
            .0
            .iter()
            .filter_map(|word| {
                let as_written = places
                    .iter()
                    .position(|(_, words)| words.contains(word))
                    .and_then(|at| Some((at, places.get(at)?.0)));
                if let Some((at, place)) = as_written {
                    return Some((u8::try_from(at).ok()?, format!("{place} has \"{word}\"")));
                }
                let (at, (place, like)) =
                    places.iter().enumerate().find_map(|(at, (place, words))| {
                        let like = words.iter().find(|other| is_near(word, other))?;
                        Some((at, (place, like)))
                    })?;
                Some((
                    u8::try_from(at + places.len()).ok()?,
                    format!("{place} has \"{like}\", which is like \"{word}\""),
                ))
            })
            .collect();
        why.sort_by_key(|(weight, _)| *weight);
        why.into_iter().map(|(_, sentence)| sentence).collect()
    }
}

fn is_near(word: &str, other: &str) -> bool {
    let begins = word.chars().count() >= BEGINNING && other.starts_with(word);
    begins || strsim::osa_distance(word, other) <= usize::from(mistakes(word))
}

fn exact(field: Field, word: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn weighed(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, weight))
}

const fn must(query: Box<dyn Query>) -> Clause {
    (Occur::Must, query)
}

const fn should(query: Box<dyn Query>) -> Clause {
    (Occur::Should, query)
}
