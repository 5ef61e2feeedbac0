//! Finding skills: an index in memory over the latest release of each, rebuilt from the catalogue at every start. A person's
//! words are words, never a query language.
//!
//! Ranking: all words must occur. A word weighs most in the name, then in the keywords, the publisher's name and the
//! description, and the rarer it is the more (BM25). If few skills have all words as written, those that have them nearly
//! follow. Among equals the newer comes first. Each hit says what it was found by.

mod collect;
mod document;
mod facts;
mod query;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use guildhall_package::market::money::PriceModel;
use guildhall_package::market::page::{DEFAULT_LIMIT, MAX_LIMIT};
use guildhall_package::market::search::{Facets, Hit, SearchQuery, SearchResults};
use guildhall_package::{Capability, SkillName};
use tantivy::directory::RamDirectory;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Term};

use crate::catalogue::Catalogue;
use crate::error::{ApiError, invalid};

use collect::{Collect, Found};
pub use document::Document;
use document::{Fields, PUBLISHERS_TOLD};
use query::Words;

/// Memory of the writer before it writes a segment, in bytes.
const WRITER_BYTES: usize = 32 << 20;
/// Fewer hits than this, and near words are looked for, too.
const FEW: u64 = 10;
/// Hits that can be paged through.
const MOST: usize = 10_000;

/// The index can't do its work.
#[derive(Debug, thiserror::Error)]
#[error("the search index failed: {0}")]
pub struct SearchError(#[from] tantivy::TantivyError);

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        Self::Fault(error.to_string())
    }
}

/// Finds skills.
pub struct Index {
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    books: RwLock<Books>,
}

/// What the numbers in the index mean.
#[derive(Debug, Default)]
struct Books {
    numbers: HashMap<SkillName, usize>,
    documents: Vec<Option<Arc<Document>>>,
    publishers: Vec<String>,
    publisher_numbers: HashMap<String, u64>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Index {
    /// An empty one.
    ///
    /// # Errors
    /// [`SearchError`], if there is no memory for it.
    pub fn new() -> Result<Self, SearchError> {
        let (schema, fields) = document::schema();
        let settings = tantivy::IndexSettings {
            // Documents are kept here, not in the index.
            docstore_compression: tantivy::store::Compressor::None,
            ..tantivy::IndexSettings::default()
        };
        let index = tantivy::Index::create(RamDirectory::create(), schema, settings)?;
        index
            .tokenizers()
            .register(document::TOKENIZER, document::analyzer());
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            fields,
            reader,
            writer: Mutex::new(writer),
            books: RwLock::default(),
        })
    }

    /// Takes these skills from the catalogue anew. What fails is told to the operator; the index then stays as it was.
    pub(crate) fn refresh(&self, catalogue: &Catalogue, names: &[SkillName]) {
        if names.is_empty() {
            return;
        }
        let documents = names
            .iter()
            .map(|name| (name.clone(), Document::of(catalogue, name)));
        if let Err(error) = self.put(documents) {
            tracing::error!(%error, "search does not show what changed");
        }
    }

    /// Puts documents in; none takes a skill out.
    ///
    /// # Errors
    /// [`SearchError`]; the index then stays as it was.
    pub fn put(
        &self,
        documents: impl Iterator<Item = (SkillName, Option<Document>)>,
    ) -> Result<(), SearchError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut books = self.books.write().unwrap_or_else(PoisonError::into_inner);
            for (name, document) in documents {
                let id = Term::from_field_text(self.fields.id, &name.to_string());
                writer.delete_term(id);
                if let Some(row) = books.enter(name, document) {
                    writer.add_document(row.to_tantivy(&self.fields))?;
                }
            }
        }
        writer.commit()?;
        drop(writer);
        self.reader.reload()?;
        Ok(())
    }

    /// Finds skills. Keeps a core busy for milliseconds.
    ///
    /// # Errors
    /// A refusal for a query that can't be, or a fault.
    pub fn search(&self, asked: &SearchQuery) -> Result<SearchResults, ApiError> {
        let offset = match &asked.cursor {
            None => 0,
            Some(cursor) => cursor
                .parse::<usize>()
                .map_err(|error| invalid("cursor", error))?,
        };
        let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if offset.saturating_add(limit) > MOST {
            return Err(invalid(
                "cursor",
                format!("only the first {MOST} hits can be paged through; narrow the search"),
            ));
        }
        let words = Words::of(asked.q.as_deref().unwrap_or_default());
        let found = self
            .run(asked, &words, offset + limit)
            .map_err(SearchError::from)?;
        Ok(self.tell(&words, &found, offset, limit))
    }

    fn run(
        &self,
        asked: &SearchQuery,
        words: &Words,
        most: usize,
    ) -> Result<Found, tantivy::TantivyError> {
        let searcher = self.reader.searcher();
        let collect = Collect {
            most,
            by_time: words.is_empty(),
        };
        let exact = searcher.search(&words.exact(&self.fields, asked), &collect)?;
        if words.is_empty() || exact.total >= FEW {
            return Ok(exact);
        }
        // Those that have the words as written are among them, and weigh more.
        searcher.search(&words.near(&self.fields, asked), &collect)
    }

    fn tell(&self, words: &Words, found: &Found, offset: usize, limit: usize) -> SearchResults {
        let books = self.books.read().unwrap_or_else(PoisonError::into_inner);
        let items: Vec<Hit> = found
            .best
            .iter()
            .skip(offset)
            .take(limit)
            .filter_map(|(_, _, number)| books.document(*number))
            .map(|document| document.hit(words))
            .collect();
        let end = offset.saturating_add(limit);
        let more = u64::try_from(end).is_ok_and(|end| end < found.total)
            && end.saturating_add(limit) <= MOST;
        SearchResults {
            total: found.total,
            items,
            facets: books.facets(found),
            next: more.then(|| end.to_string()),
        }
    }
}

/// A document with its numbers.
struct Entered {
    document: Arc<Document>,
    number: u64,
    publisher: u64,
}

impl Entered {
    fn to_tantivy(&self, fields: &Fields) -> tantivy::TantivyDocument {
        self.document
            .to_tantivy(fields, self.number, self.publisher)
    }
}

impl Books {
    fn enter(&mut self, name: SkillName, document: Option<Document>) -> Option<Entered> {
        let publisher = name.publisher.to_string();
        let number = *self.numbers.entry(name).or_insert_with(|| {
            self.documents.push(None);
            self.documents.len() - 1
        });
        let slot = self.documents.get_mut(number)?;
        let document = document.map(Arc::new);
        slot.clone_from(&document);
        let document = document?;
        let next = u64::try_from(self.publishers.len()).unwrap_or(u64::MAX);
        let publisher_number = *self
            .publisher_numbers
            .entry(publisher.clone())
            .or_insert_with(|| {
                self.publishers.push(publisher);
                next
            });
        Some(Entered {
            document,
            number: u64::try_from(number).ok()?,
            publisher: publisher_number,
        })
    }

    fn document(&self, number: u64) -> Option<&Arc<Document>> {
        self.documents.get(usize::try_from(number).ok()?)?.as_ref()
    }

    fn facets(&self, found: &Found) -> Facets {
        let mut publishers: Vec<(&String, u64)> = self
            .publishers
            .iter()
            .zip(found.publishers.iter().copied())
            .filter(|(_, count)| *count > 0)
            .collect();
        let most_first = |a: &(&String, u64), b: &(&String, u64)| b.1.cmp(&a.1).then(a.0.cmp(b.0));
        // Of thousands a few are told.
        if publishers.len() > PUBLISHERS_TOLD {
            publishers.select_nth_unstable_by(PUBLISHERS_TOLD, most_first);
            publishers.truncate(PUBLISHERS_TOLD);
        }
        publishers.sort_by(most_first);
        let capabilities = Capability::ALL
            .into_iter()
            .zip(found.capabilities)
            .filter(|(_, count)| *count > 0)
            .map(|(capability, count)| (capability.name().to_owned(), count));
        let categories = document::categories()
            .zip(found.categories)
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count));
        let price = PriceModel::ALL
            .into_iter()
            .zip(found.prices)
            .filter(|(_, count)| *count > 0)
            .map(|(model, count)| (model.as_str().to_owned(), count));
        Facets {
            capability: capabilities.collect(),
            category: categories.collect(),
            price: price.collect(),
            publisher: publishers
                .into_iter()
                .map(|(name, count)| (name.clone(), count))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
