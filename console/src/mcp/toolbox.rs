//! The tools as they are now, and the skills behind them, kept ready.

use super::book::Book;
use super::names::{Held, Prefixes};
use super::tools::{Catalogue, Offer};
use crate::agents::Agent;
use crate::shelf::{Installed, Shelf, ShelfError};
use crate::store::StoreError;
use guildhall_host::Skill;
use guildhall_package::SkillName;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often is looked whether something was installed, changed or taken away.
const LOOK: Duration = Duration::from_millis(250);
/// For so long a skill that was opened is not asked for again: its licence may end meanwhile. That it was revoked stops it at
/// once all the same.
const OPEN: Duration = Duration::from_secs(30);

/// Installed skills as tools.
pub struct Toolbox {
    shelf: Arc<dyn Shelf>,
    prefixes: Prefixes,
    /// Where names are written down; none: they are as long as this lives.
    book: Option<Book>,
    now: Mutex<Option<Now>>,
    /// Held while a catalogue is made.
    making: tokio::sync::Mutex<()>,
    changed: watch::Sender<u64>,
    opened: Mutex<HashMap<SkillName, Opened>>,
}

struct Now {
    generation: u64,
    catalogue: Arc<Catalogue>,
}

struct Opened {
    generation: u64,
    at: Instant,
    skill: Skill,
}

impl Toolbox {
    /// Of a shelf. `prefixes` are those that the merchant chose; names stay as they stand in `book`.
    #[must_use]
    pub fn new(shelf: Arc<dyn Shelf>, prefixes: Prefixes, book: Option<Book>) -> Self {
        Self {
            shelf,
            prefixes,
            book,
            now: Mutex::new(None),
            making: tokio::sync::Mutex::new(()),
            changed: watch::Sender::new(0),
            opened: Mutex::default(),
        }
    }

    /// Changes with what is installed, as long as [`Toolbox::look_on`] is at work.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks every now and then whether something changed. Never ends.
    pub async fn look_on(&self) {
        loop {
            // What can't be read now is told to who asks for it.
            let _ = self.fresh().await;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The tools as they are at this moment.
    ///
    /// # Errors
    /// If what is installed can't be read.
    pub async fn fresh(&self) -> Result<Arc<Catalogue>, ShelfError> {
        let generation = self.shelf.generation();
        if let Some(known) = self.known(generation) {
            return Ok(known);
        }
        let _making = self.making.lock().await;
        if let Some(known) = self.known(generation) {
            return Ok(known);
        }
        let installed = self.shelf.installed().await?;
        let catalogue = Arc::new(self.named(&installed).await?);
        let first = {
            let mut now = lock(&self.now);
            let first = now.is_none();
            *now = Some(Now {
                generation,
                catalogue: catalogue.clone(),
            });
            first
        };
        lock(&self.opened).retain(|_, opened| opened.generation == generation);
        if !first {
            self.changed.send_modify(|count| *count += 1);
        }
        Ok(catalogue)
    }

    /// What is installed, under names that nobody else had before.
    async fn named(&self, installed: &[Installed]) -> Result<Catalogue, ShelfError> {
        let Some(book) = &self.book else {
            return Ok(Catalogue::of(installed, &self.prefixes, Held::new()).0);
        };
        let held = book.held().await.map_err(|error| not_written(&error))?;
        let (catalogue, given) = Catalogue::of(installed, &self.prefixes, held);
        if given.is_empty() {
            return Ok(catalogue);
        }
        book.write(&given)
            .await
            .map_err(|error| not_written(&error))?;
        // Another process may have been first with one of them.
        let held = book.held().await.map_err(|error| not_written(&error))?;
        Ok(Catalogue::of(installed, &self.prefixes, held).0)
    }

    /// The tool of this name, if there is one for this agent. What can only compute is looked up as it was a moment ago.
    ///
    /// # Errors
    /// If what is installed can't be read.
    pub async fn find(&self, agent: &Agent, name: &str) -> Result<Option<Arc<Offer>>, ShelfError> {
        let before = lock(&self.now).as_ref().map(|now| now.catalogue.clone());
        if let Some(offer) = before.and_then(|known| known.find(agent, name).cloned())
            && offer.pure
        {
            return Ok(Some(offer));
        }
        Ok(self.fresh().await?.find(agent, name).cloned())
    }

    /// The skill behind a tool, ready to run.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn open(&self, offer: &Offer) -> Result<Skill, ShelfError> {
        let generation = lock(&self.now).as_ref().map_or(0, |now| now.generation);
        if let Some(opened) = lock(&self.opened).get(&offer.skill)
            && opened.generation == generation
            && opened.at.elapsed() < OPEN
        {
            return Ok(opened.skill.clone());
        }
        let skill = self.shelf.open(&offer.skill).await?;
        lock(&self.opened).insert(
            offer.skill.clone(),
            Opened {
                generation,
                at: Instant::now(),
                skill: skill.clone(),
            },
        );
        Ok(skill)
    }

    fn known(&self, generation: u64) -> Option<Arc<Catalogue>> {
        let now = lock(&self.now);
        let now = now.as_ref().filter(|now| now.generation == generation)?;
        Some(now.catalogue.clone())
    }
}

fn not_written(error: &StoreError) -> ShelfError {
    ShelfError {
        rule: "fault".to_owned(),
        message: format!("names of tools: {error}"),
        fix: None,
        is_fault: true,
    }
}

/// A panicking holder leaves maps that are still maps.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
