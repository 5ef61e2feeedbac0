//! Marketplaces for the console: what `guildhall search`, `install`, `update`, `consent`, `uninstall` and `marketplace` do,
//! asked on pages instead of a terminal.

use super::offers::Shown;
use super::{HomeShelf, lock, told};
use crate::approve::{By, CONSOLE, noted};
use crate::commands::market::consent::{change, kinds, reject_waiting};
use crate::commands::market::install::{
    Given, connected, facts, install, price, refuse_other, refuse_yanked,
};
use crate::commands::market::marketplace::served;
use crate::commands::market::uninstall::{settle, take_away};
use crate::commands::market::update::{Looked, difference, look};
use crate::consent::{self, Standing};
use crate::error::CliError;
use crate::installed::Record;
use crate::licences::stopped_lines;
use crate::market::release::{fetch, version};
use crate::market::state;
use crate::market::trust::{root_error, witnesses};
use crate::market::{Market as Place, NameVersion, Release};
use crate::source;
use crate::when::now_ms;
use futures::FutureExt;
use futures::future::BoxFuture;
use guildhall_console::buying::{Bought, Licence, Wanted};
use guildhall_console::consent::Ask;
use guildhall_console::market::{Finding, Gone, Known, Market, Offer, Root, Update};
use guildhall_console::people::Person;
use guildhall_console::shelf::ShelfError;
use guildhall_host::Consent;
use guildhall_package::market::money::Price;
use guildhall_package::market::search::{SearchQuery, SearchResults};
use guildhall_package::text::plain;
use guildhall_package::trust::statement::Severity;
use guildhall_package::{Digest, SkillName};
use semver::Version;
use std::sync::Arc;

/// A person, as the audit log has who did something on a page.
fn by(person: &Person) -> By {
    By {
        decider: format!("person:{} ({})", person.id(), plain(person.name(), 60)),
        channel: CONSOLE,
    }
}

/// Names an offer: the release, and everything that was consented to before.
pub(super) fn id_of(release: &Release, before: Option<&Record>) -> Digest {
    let entry = &release.verified.entry;
    let before = before
        .and_then(|before| serde_json::to_string(before).ok())
        .unwrap_or_default();
    Digest::of(format!("{} {} {before}", entry.release, entry.component).as_bytes())
}

impl HomeShelf {
    /// The marketplace that is asked when none is named, if its root is pinned: a page never trusts one by itself.
    fn connected(&self) -> Result<Place, CliError> {
        let market = Place::open(&self.home, None)?;
        if market.pinned()?.is_some() {
            return Ok(market);
        }
        Err(CliError::refused(format!(
            "{} is not connected yet",
            plain(&market.place().label(), 200)
        ))
        .kind("no-marketplace")
        .fix("connect it first, and compare its fingerprint"))
    }

    async fn offered(&self, name: &SkillName, wanted: Option<&Version>) -> Result<Offer, CliError> {
        let market = self.connected()?;
        let trust = market.trusted(None).await?;
        let wanted = NameVersion {
            name: name.clone(),
            version: wanted.cloned(),
        };
        let version = version(&market, &wanted).await?;
        let release = fetch(&market, trust, name, &version).await?;
        refuse_yanked(&release)?;
        let before = self.store.get(name)?;
        refuse_other(&market, before.as_ref())?;
        self.shown(market, release, before).await
    }

    /// What is shown of a release, which is kept as it was shown.
    async fn shown(
        &self,
        market: Place,
        release: Release,
        before: Option<Record>,
    ) -> Result<Offer, CliError> {
        let price = price(&market, &release).await;
        let (gained, lost) = match &before {
            Some(before) => difference(&self.store, before, &release)?,
            None => (Vec::new(), Vec::new()),
        };
        let nothing = (Consent::default(), Vec::new());
        let (consent, declined) = match &before {
            Some(before) => (&before.consent, &before.declined),
            None => (&nothing.0, &nothing.1),
        };
        let verified = &release.verified;
        let asks: Vec<(Ask, Standing)> = consent::asks(&verified.package)
            .into_iter()
            .map(|ask| {
                let standing = consent::standing(&ask, consent, declined);
                (ask, standing)
            })
            .collect();
        let offer = Offer {
            id: id_of(&release, before.as_ref()),
            name: verified.entry.name.clone(),
            version: verified.entry.version.clone(),
            package: Arc::new(verified.package.clone()),
            facts: facts(&market, &release, price.as_ref())
                .into_iter()
                .map(|(label, text)| (label.to_owned(), plain(&text, 2_000)))
                .collect(),
            findings: verified
                .review
                .claim
                .findings
                .iter()
                .map(|finding| Finding {
                    is_warning: finding.severity == Severity::Warn,
                    sentence: plain(&finding.sentence, 600),
                })
                .collect(),
            price: price.clone(),
            declined: asks
                .iter()
                .filter(|(_, standing)| *standing == Standing::Declined)
                .map(|(ask, _)| ask.id.clone())
                .collect(),
            asks,
            replaces: before.as_ref().map(|before| before.version.clone()),
            gained,
            lost,
        };
        lock(&self.offers).keep(Shown {
            market,
            release: Arc::new(release),
            before,
            price,
        })?;
        Ok(offer)
    }

    /// What was shown under this name, by this process or by another one.
    async fn shown_before(&self, offer: Digest) -> Result<Option<Shown>, CliError> {
        let taken = lock(&self.offers).take(offer)?;
        let Some((named, shown)) = taken else {
            return Ok(None);
        };
        if shown.is_some() {
            return Ok(shown);
        }
        let market = Place::at(&self.home, named.place()?)?;
        if market.pinned()?.is_none() {
            return Ok(None);
        }
        let (name, version) = named.release();
        let trust = market.trusted(None).await?;
        let release = fetch(&market, trust, name, version).await?;
        refuse_yanked(&release)?;
        let before = self.store.get(name)?;
        refuse_other(&market, before.as_ref())?;
        if id_of(&release, before.as_ref()) != offer {
            return Ok(None);
        }
        Ok(Some(Shown {
            price: price(&market, &release).await,
            market,
            release: Arc::new(release),
            before,
        }))
    }

    async fn installed_now(
        &self,
        offer: Digest,
        declined: &[String],
        by: &By,
    ) -> Result<(), CliError> {
        let shown = self.shown_before(offer).await?.ok_or_else(|| {
            CliError::refused("what you looked at is not known any more")
                .kind("offer-gone")
                .fix("look at it again, and consent then")
        })?;
        let asks = consent::asks(&shown.release.verified.package);
        let declined = consent::declined(&asks, declined)?;
        let given = Given {
            consent: consent::consent(&asks, &declined),
            asks,
            declined,
            price: shown.price,
        };
        // What was installed must still be what was shown beside it.
        install(
            &self.store,
            &shown.market,
            &shown.release,
            shown.before.as_ref(),
            &given,
            (&self.host, by),
        )
        .await?;
        Ok(())
    }

    async fn newer(&self, name: &SkillName) -> Result<Update, CliError> {
        let record = source::record(&self.store, name)?;
        Ok(match look(&self.home, &self.store, &record).await? {
            Looked::Newest { revoked: true } => Update::Revoked,
            Looked::Newest { revoked: false } => Update::Current,
            Looked::Pinned(version) => Update::Pinned(version),
            Looked::Newer(newer) => {
                let (market, release) = *newer;
                let offer = self.shown(market, release, Some(record)).await?;
                Update::Newer(Box::new(offer))
            }
        })
    }

    async fn consented(
        &self,
        name: &SkillName,
        declined: &[String],
        by: &By,
    ) -> Result<Gone, CliError> {
        let record = source::record(&self.store, name)?;
        let package = self.package(&record)?;
        let asks = consent::asks(&package);
        let wanted = consent::declined(&asks, declined)?;
        let differ = |from: &[String], to: &[String]| -> Vec<String> {
            from.iter().filter(|id| !to.contains(id)).cloned().collect()
        };
        let revoked = differ(&wanted, &record.declined);
        let given = differ(&record.declined, &wanted);
        let log = (&self.host, by);
        let record = change(&self.store, &record, &asks, (&revoked, &given), log).await?;
        let void = match revoked.is_empty() {
            true => Vec::new(),
            false => {
                let kinds = kinds(&asks, &revoked);
                let why = "your consent was taken back";
                reject_waiting(&self.host, record.component, Some(&kinds), why, by).await?
            }
        };
        Ok(Gone {
            void,
            notes: Vec::new(),
        })
    }

    async fn taken_away(&self, name: &SkillName, by: &By) -> Result<Gone, CliError> {
        let record = take_away(&self.home, name)?;
        let removed = settle(&self.home, &self.host, record, by).await?;
        let notes = removed
            .stopped
            .as_ref()
            .map(|stopped| stopped_lines(name, stopped))
            .unwrap_or_default();
        Ok(Gone {
            void: removed.void,
            notes,
        })
    }

    async fn served(&self, address: &str) -> Result<Root, CliError> {
        let market = Place::at(&self.home, parsed(address)?)?;
        let root = served(&market).await?;
        root.check_fresh(now_ms())
            .map_err(|error| root_error(&error))?;
        let fingerprint = root.fingerprint();
        let pinned = market.pinned()?.map(|trust| trust.root.fingerprint());
        Ok(Root {
            address: market.place().to_string(),
            fingerprint,
            log: plain(&root.file().log.to_string(), 200),
            witnesses: witnesses(&root),
            is_pinned: pinned == Some(fingerprint),
        })
    }

    async fn pinned(&self, address: &str, fingerprint: Digest, by: &By) -> Result<(), CliError> {
        let market = Place::at(&self.home, parsed(address)?)?;
        market.trusted(Some(fingerprint)).await?;
        by.note(&self.host, noted::CONNECTED, &connected(&market)?)
            .await?;
        market.state.make_default()
    }

    fn places(&self) -> Result<Vec<Known>, CliError> {
        let default = state::default(&self.home).ok();
        state::known(&self.home)?
            .into_iter()
            .map(|place| {
                let market = Place::at(&self.home, place)?;
                let place = market.place();
                Ok(Known {
                    address: place.to_string(),
                    label: place.label(),
                    is_default: default.as_ref() == Some(place),
                    fingerprint: market.pinned()?.map(|trust| trust.root.fingerprint()),
                })
            })
            .collect()
    }
}

pub(super) fn parsed(address: &str) -> Result<crate::market::Place, CliError> {
    address
        .trim()
        .parse()
        .map_err(|error: crate::market::place::PlaceError| {
            CliError::usage(error.to_string()).kind("marketplace.address")
        })
}

impl Market for HomeShelf {
    fn known(&self) -> BoxFuture<'_, Result<Vec<Known>, ShelfError>> {
        async move { self.places().map_err(|error| told(&error)) }.boxed()
    }

    fn look<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Root, ShelfError>> {
        async move { self.served(address).await.map_err(|error| told(&error)) }.boxed()
    }

    fn connect<'a>(
        &'a self,
        address: &'a str,
        fingerprint: Digest,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        async move {
            self.pinned(address, fingerprint, &by(person))
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }

    fn search<'a>(
        &'a self,
        query: &'a SearchQuery,
    ) -> BoxFuture<'a, Result<SearchResults, ShelfError>> {
        async move {
            let market = self.connected().map_err(|error| told(&error))?;
            let found = market.http.get("/api/v1/search", query).await;
            found.map_err(|error| told(&error.into()))
        }
        .boxed()
    }

    fn offer<'a>(
        &'a self,
        name: &'a SkillName,
        version: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<Offer, ShelfError>> {
        async move {
            self.offered(name, version)
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }

    fn install<'a>(
        &'a self,
        offer: Digest,
        declined: &'a [String],
        person: &'a Person,
    ) -> BoxFuture<'a, Result<(), ShelfError>> {
        async move {
            self.installed_now(offer, declined, &by(person))
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }

    fn update<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Update, ShelfError>> {
        async move { self.newer(name).await.map_err(|error| told(&error)) }.boxed()
    }

    fn consent<'a>(
        &'a self,
        name: &'a SkillName,
        declined: &'a [String],
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>> {
        async move {
            self.consented(name, declined, &by(person))
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }

    fn licence<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Licence, ShelfError>> {
        async move { self.licensed(name).await.map_err(|error| told(&error)) }.boxed()
    }

    fn price<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Price, ShelfError>> {
        async move { self.price_now(name).await.map_err(|error| told(&error)) }.boxed()
    }

    fn buy<'a>(
        &'a self,
        wanted: Wanted<'a>,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Bought, ShelfError>> {
        async move {
            self.bought(wanted.skill, wanted.price, &by(person))
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }

    fn settle(&self) -> BoxFuture<'_, Result<Vec<SkillName>, ShelfError>> {
        async move { self.settled().await.map_err(|error| told(&error)) }.boxed()
    }

    fn uninstall<'a>(
        &'a self,
        name: &'a SkillName,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Gone, ShelfError>> {
        async move {
            self.taken_away(name, &by(person))
                .await
                .map_err(|error| told(&error))
        }
        .boxed()
    }
}
