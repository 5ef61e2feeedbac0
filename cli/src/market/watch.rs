//! Revocations reach this machine: asked for when the host is opened, and pushed while it is at work.
//!
//! An event only says that there is something to look at; what counts is the signed status, verified against what is known.

use super::events::Events;
use super::log::refresh;
use super::state::{self};
use super::trust::Market;
use crate::error::CliError;
use crate::home::Home;
use crate::host;
use crate::installed::{Record, RevokedFact, Store};
use crate::output;
use crate::when::now_ms;
use guildhall_host::Host;
use guildhall_package::SkillName;
use guildhall_package::market::event;
use guildhall_package::text::plain;
use guildhall_package::trust::evidence::TrustState;
use semver::Version;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long a command waits for an answer before it goes on without one.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How often is asked although nothing was pushed.
const POLL: Duration = Duration::from_secs(20);
/// A status older than this is worth a warning, in milliseconds: a day.
const OLD_MS: i64 = 24 * 60 * 60 * 1_000;
/// Pauses after a connection broke.
const PAUSES: [u64; 5] = [200, 500, 1_000, 5_000, 15_000];

/// What was learned about an installed skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Learned {
    /// The skill.
    pub name: SkillName,
    /// Its installed version.
    pub version: Version,
    /// `revoked`, `yanked`, `unyanked`.
    pub what: &'static str,
    /// Why: text of a person, untrusted.
    pub reason: String,
}

/// The marketplace that a skill was installed from.
///
/// # Errors
/// If it is not known here any more.
pub fn market_of(home: &Home, record: &Record) -> Result<Market, CliError> {
    let place = state::known(home)?
        .into_iter()
        .find(|place| place.label() == record.marketplace)
        .ok_or_else(|| {
            CliError::usage(format!(
                "{} was installed from {}, which is not known here any more",
                record.name,
                plain(&record.marketplace, 200)
            ))
            .kind("unknown-marketplace")
            .fix(format!(
                "install it again: guildhall install {} --from URL",
                record.name
            ))
        })?;
    Market::at(home, place)
}

/// The marketplaces of everything that is installed, with what is installed from each.
fn markets(home: &Home) -> Result<Vec<(Market, Vec<Record>)>, CliError> {
    let mut by_label: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in Store::of(home).list()? {
        by_label
            .entry(record.marketplace.clone())
            .or_default()
            .push(record);
    }
    let mut markets = Vec::new();
    for place in state::known(home)? {
        if let Some(records) = by_label.remove(&place.label()) {
            markets.push((Market::at(home, place)?, records));
        }
    }
    Ok(markets)
}

/// Asks every marketplace of an installed skill once, and stops what was revoked. What can't be asked within a short time is
/// left out; it is said if that has been so for long.
///
/// # Errors
/// If what is installed can't be read, or what was learned not be written down.
pub async fn sync(home: &Home, host: &Host) -> Result<Vec<Learned>, CliError> {
    let mut learned = Vec::new();
    for (market, _) in markets(home)? {
        let asked = tokio::time::timeout(PATIENCE, ask(home, host, &market)).await;
        match asked {
            Ok(Ok(found)) => learned.extend(found),
            Ok(Err(error)) if is_alarm(&error) => {
                output::error(&error, false);
                learned.extend(known(home, host, &market).await?);
            }
            // Not to be had now: what is known counts.
            Ok(Err(_)) | Err(_) => {
                learned.extend(known(home, host, &market).await?);
                warn_if_old(&market)?;
            }
        }
    }
    Ok(learned)
}

/// A check that failed is worth more than a marketplace that does not answer.
fn is_alarm(error: &CliError) -> bool {
    error.exit == crate::exit::Exit::Unverified
}

fn warn_if_old(market: &Market) -> Result<(), CliError> {
    let Some(status) = market.pinned()?.and_then(|trust| trust.status) else {
        return Ok(());
    };
    let age = now_ms().saturating_sub(status.issued);
    if age > OLD_MS {
        output::warning(format_args!(
            "{} can't be reached; what it revoked in the last {} days is not known here",
            market.place().label(),
            age / OLD_MS
        ));
    }
    Ok(())
}

/// What is known already, without asking.
async fn known(home: &Home, host: &Host, market: &Market) -> Result<Vec<Learned>, CliError> {
    match market.pinned()? {
        Some(trust) => apply(home, host, market, &trust).await,
        None => Ok(Vec::new()),
    }
}

/// Stops what a status says is revoked, and writes down what it says of what is installed.
async fn apply(
    home: &Home,
    host: &Host,
    market: &Market,
    trust: &TrustState,
) -> Result<Vec<Learned>, CliError> {
    let Some(status) = &trust.status else {
        return Ok(Vec::new());
    };
    let store = Store::of(home);
    let mut learned = Vec::new();
    for record in store.list()? {
        if record.marketplace != market.place().label() {
            continue;
        }
        let mut next = record.clone();
        if record.revoked.is_none()
            && let Some(revoked) = status.revocation(&record.release)
        {
            let reason = plain(&revoked.reason, 300);
            // Stopped first: writing it down is for people.
            host.revoke(
                record.component,
                &format!("revoked by its marketplace: {reason}"),
            )
            .await
            .map_err(host::host_error)?;
            learned.push(said(&record, "revoked", &reason));
            next.revoked = Some(RevokedFact {
                reason,
                learned_at_ms: now_ms(),
            });
        }
        let yank = status.yank(&record.release);
        if yank.is_some() != record.yanked {
            next.yanked = yank.is_some();
            let (what, reason) = match yank {
                Some(yank) => ("yanked", plain(&yank.reason, 300)),
                None => ("unyanked", String::new()),
            };
            learned.push(said(&record, what, &reason));
        }
        if next != record {
            let locked = store.lock()?;
            // It may have been updated or taken away meanwhile.
            if store.get(&record.name)?.as_ref() == Some(&record) {
                store.change(&locked, &next)?;
            }
        }
    }
    Ok(learned)
}

fn said(record: &Record, what: &'static str, reason: &str) -> Learned {
    Learned {
        name: record.name.clone(),
        version: record.version.clone(),
        what,
        reason: reason.to_owned(),
    }
}

/// Prints what was learned, about the work.
pub fn tell(learned: &[Learned]) {
    for one in learned {
        let reason = plain(&one.reason, 300);
        match one.what {
            "revoked" => output::warning(format_args!(
                "{} {} was revoked and runs no more: “{reason}”",
                one.name, one.version
            )),
            "yanked" => output::note(format_args!(
                "{} {} was taken off the shelf and runs on: “{reason}”",
                one.name, one.version
            )),
            _ => output::note(format_args!(
                "{} {} is on the shelf again.",
                one.name, one.version
            )),
        }
    }
}

/// Listens at every marketplace of an installed skill, for as long as this is held.
pub struct Watching {
    _tasks: JoinSet<()>,
}

/// Begins to listen. What is learned goes to `tell`.
///
/// # Errors
/// If what is installed can't be read.
pub fn listen(
    home: &Home,
    host: &Host,
    tell: impl Fn(&[Learned]) + Clone + Send + Sync + 'static,
) -> Result<Watching, CliError> {
    let mut tasks = JoinSet::new();
    for (market, _) in markets(home)? {
        let (home, host, tell) = (home.clone(), host.clone(), tell.clone());
        tasks.spawn(async move {
            let mut broken = 0;
            loop {
                let begun = tokio::time::Instant::now();
                // Whatever ended it, what counts is asked for again before listening goes on.
                let _ended = follow(&home, &host, &market, &tell).await;
                if begun.elapsed() > POLL {
                    broken = 0;
                }
                let pause = PAUSES
                    .get(broken)
                    .or(PAUSES.last())
                    .copied()
                    .unwrap_or(1_000);
                broken += 1;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        });
    }
    Ok(Watching { _tasks: tasks })
}

/// Listens until the line breaks.
async fn follow(
    home: &Home,
    host: &Host,
    market: &Market,
    tell: &(impl Fn(&[Learned]) + Send + Sync),
) -> Result<(), CliError> {
    let accept = [("accept", "text/event-stream".to_owned())];
    let mut stream = market.http.open("/api/v1/events", &accept).await?;
    // After the line stands and before the first event: nothing falls in between.
    tell_all(tell, ask(home, host, market).await?);
    let mut events = Events::default();
    loop {
        let piece = match tokio::time::timeout(POLL, stream.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            // Nothing was pushed for a while.
            Err(_) => {
                tell_all(tell, ask(home, host, market).await?);
                continue;
            }
            Ok(Ok(None) | Err(_)) => return Ok(()),
        };
        let found = events.take(&piece).map_err(host::fault)?;
        if found.iter().any(|event| matters(&event.name)) {
            tell_all(tell, ask(home, host, market).await?);
        }
    }
}

/// An entry may be there before the status that says the same; the status's own event follows it.
fn matters(name: &str) -> bool {
    matches!(name, event::STATUS | event::ENTRY | event::LAGGED)
}

/// Asks one marketplace, and stops what was revoked.
async fn ask(home: &Home, host: &Host, market: &Market) -> Result<Vec<Learned>, CliError> {
    let Some(trust) = market.pinned()? else {
        return Ok(Vec::new());
    };
    let trust = refresh(market, &trust).await?;
    apply(home, host, market, &trust).await
}

fn tell_all(tell: &impl Fn(&[Learned]), learned: Vec<Learned>) {
    if !learned.is_empty() {
        tell(&learned);
    }
}
