//! Installed skills for the console: the same code that the commands use, behind the console's trait.

mod buying;
mod generation;
mod market;
mod offers;

use crate::approve::By;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::installed::{Record, Store};
use crate::licences;
use crate::market::watch::{self, Watching};
use crate::source;
use futures::FutureExt;
use futures::future::BoxFuture;
use guildhall_console::market::Market;
use guildhall_console::shelf::{Installed, Shelf, ShelfError};
use guildhall_host::{Host, Skill};
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName, SkillPackage};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The shelf of a home.
pub struct HomeShelf {
    home: Home,
    host: Host,
    store: Store,
    /// Components that were read, by digest: reading one takes milliseconds.
    packages: Mutex<HashMap<Digest, Arc<SkillPackage>>>,
    watching: tokio::sync::Mutex<Option<(u64, Watching)>>,
    /// One buys at a time.
    buying: tokio::sync::Mutex<()>,
    /// Releases that were shown on a page, until somebody consents.
    offers: Mutex<offers::Offers>,
}

impl HomeShelf {
    /// Of this home, for this host.
    #[must_use]
    pub fn new(home: &Home, host: &Host) -> Self {
        Self {
            home: home.clone(),
            host: host.clone(),
            store: Store::of(home),
            packages: Mutex::default(),
            watching: tokio::sync::Mutex::new(None),
            buying: tokio::sync::Mutex::default(),
            offers: Mutex::new(offers::Offers::of(home)),
        }
    }

    async fn list(&self) -> Result<Vec<Installed>, CliError> {
        let records = self.store.list()?;
        let mut installed = Vec::with_capacity(records.len());
        for record in records {
            let package = self.package(&record)?;
            installed.push(of_record(record, package));
        }
        let kept: Vec<Digest> = installed.iter().map(|one| one.package.digest).collect();
        lock(&self.packages).retain(|digest, _| kept.contains(digest));
        Ok(installed)
    }

    fn package(&self, record: &Record) -> Result<Arc<SkillPackage>, CliError> {
        if let Some(known) = lock(&self.packages).get(&record.component) {
            return Ok(known.clone());
        }
        let bytes = self.store.component(record)?;
        let package = SkillPackage::read(&bytes).map_err(crate::host::read_error)?;
        let package = Arc::new(package);
        lock(&self.packages).insert(record.component, package.clone());
        Ok(package)
    }

    async fn ready(&self, name: &SkillName) -> Result<Skill, CliError> {
        self.listening().await?;
        let source = source::installed(&self.home, name)?;
        if let Some(record) = &source.installed {
            licences::require(&self.home, &self.host, record, &By::console()).await?;
        }
        source.load(&self.host).await
    }

    /// What marketplaces have revoked is asked for before the first run, and listened to from then on; anew when something else is
    /// installed.
    ///
    /// # Errors
    /// If what is installed can't be read.
    pub async fn listening(&self) -> Result<(), CliError> {
        let generation = self.generation();
        let mut watching = self.watching.lock().await;
        if watching.as_ref().is_some_and(|(of, _)| *of == generation) {
            return Ok(());
        }
        watch::tell(&watch::sync(&self.home, &self.host).await?);
        let listening = watch::listen(&self.home, &self.host, watch::tell)?;
        // What was learned may have been written down.
        *watching = Some((self.generation(), listening));
        Ok(())
    }
}

impl Shelf for HomeShelf {
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, ShelfError>> {
        async move { self.list().await.map_err(|error| told(&error)) }.boxed()
    }

    fn generation(&self) -> u64 {
        generation::of(self.store.folder())
    }

    fn open<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Skill, ShelfError>> {
        async move { self.ready(name).await.map_err(|error| told(&error)) }.boxed()
    }

    fn market(&self) -> Option<&dyn Market> {
        Some(self)
    }
}

fn of_record(record: Record, package: Arc<SkillPackage>) -> Installed {
    Installed {
        name: record.name,
        version: record.version,
        release: record.release,
        package,
        marketplace: record.marketplace,
        key: record.key,
        consent: record.consent,
        declined: record.declined,
        pinned: record.pinned,
        installed_at_ms: record.installed_at_ms,
        revoked: record.revoked.map(|revoked| revoked.reason),
        yanked: record.yanked,
        price: record.price,
    }
}

/// A command's error as the console tells it.
fn told(error: &CliError) -> ShelfError {
    ShelfError {
        rule: error.kind.to_string(),
        message: plain(&error.message, 1_000),
        fix: error.fix.as_deref().map(|fix| plain(fix, 600)),
        is_fault: matches!(error.exit, Exit::Fault | Exit::Failed),
    }
}

/// A panicking holder leaves maps that are still maps.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
