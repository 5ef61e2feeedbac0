//! `guildhall uninstall`

use super::consent::reject_waiting;
use crate::approve::{By, noted};
use crate::args::market::UninstallArgs;
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::installed::{Record, Store};
use crate::licences::{Kept, Merchant, Seller, Stopped, say_stopped, stop};
use crate::market::{Market, watch};
use crate::output;
use crate::source;
use guildhall_host::{EgressConfig, Host};
use guildhall_package::SkillName;
use serde_json::json;

/// Takes a skill away, and voids what it has waiting.
///
/// # Errors
/// If it is not installed.
pub async fn run(home: &Home, args: UninstallArgs) -> Result<Exit, CliError> {
    source::record(&Store::of(home), &args.name)?;
    let record = take_away(home, &args.name)?;
    let host = host::open(home, EgressConfig::default()).await?;
    let removed = settle(home, &host, record, &By::command()).await?;
    host.shutdown().await;
    let Removed {
        record,
        void,
        stopped,
    } = removed;
    if args.json {
        output::json(&json!({
            "uninstalled": record.name,
            "version": record.version,
            "void": void,
            "charges_stopped": stopped.is_some(),
            "marketplace_told": stopped.as_ref().is_some_and(|stopped| stopped.paid_until.is_some()),
            "paid_until": stopped.as_ref().and_then(|stopped| stopped.paid_until),
        }));
        return Ok(Exit::Done);
    }
    output::note(format_args!("{} {} is gone.", record.name, record.version));
    for run in &void {
        output::note(format_args!("What the run {run} was waiting for is void."));
    }
    output::note("Its past runs, their receipts and what it remembered stay.");
    if let Some(stopped) = &stopped {
        say_stopped(&record.name, stopped);
        output::hint(format_args!(
            "money back by the rule: {} licences refund {}",
            program(home),
            record.name
        ));
    }
    Ok(Exit::Done)
}

/// What came of taking a skill away.
pub struct Removed {
    /// What was installed.
    pub record: Record,
    /// Runs of which nothing more is done.
    pub void: Vec<String>,
    /// What is paid no more; none if nothing was ever bought for it.
    pub stopped: Option<Stopped>,
}

/// Takes its files away. From then on it can't be run, and nothing more is paid for it.
///
/// # Errors
/// If it is not installed, or can't be removed.
pub fn take_away(home: &Home, name: &SkillName) -> Result<Record, CliError> {
    let store = Store::of(home);
    let locked = store.lock()?;
    let record = source::record(&store, name)?;
    // Before anything else: whatever ends this command, nothing is paid any more for what was taken away.
    if let Some((market, _)) = bought(home, &record)? {
        Kept::of(&market, &record.name).cancel()?;
    }
    store.remove(&locked, name)?;
    Ok(record)
}

/// Says in the audit log that a skill was taken away, voids what it has waiting, and stops charges for it.
///
/// # Errors
/// If the journal fails.
pub async fn settle(
    home: &Home,
    host: &Host,
    record: Record,
    by: &By,
) -> Result<Removed, CliError> {
    let about = format!("{} {}", record.name, record.version);
    by.note(host, noted::REMOVED, &about).await?;
    let why = "the skill was taken away";
    let void = reject_waiting(host, record.component, None, why, by).await?;
    // Needs no network.
    let stopped = match bought(home, &record)? {
        None => None,
        Some((market, seller)) => {
            let merchant = Merchant {
                host,
                market: &market,
                seller: &seller,
            };
            Some(stop(merchant, &record.name, by).await?)
        }
    };
    Ok(Removed {
        record,
        void,
        stopped,
    })
}

/// Where a skill was bought, if it was.
fn bought(home: &Home, record: &Record) -> Result<Option<(Market, Seller)>, CliError> {
    let Ok(market) = watch::market_of(home, record) else {
        return Ok(None);
    };
    let Some(seller) = Seller::pinned(&market)? else {
        return Ok(None);
    };
    // A damaged licence is no reason to go on paying.
    let nothing = Kept::of(&market, &record.name).is_empty()?;
    Ok((!nothing).then_some((market, seller)))
}
