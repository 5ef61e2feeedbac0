//! `guildhall uninstall`

use super::consent::reject_waiting;
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
use serde_json::json;

/// Takes a skill away, and voids what it has waiting.
///
/// # Errors
/// If it is not installed.
pub async fn run(home: &Home, args: UninstallArgs) -> Result<Exit, CliError> {
    let store = Store::of(home);
    source::record(&store, &args.name)?;
    let locked = store.lock()?;
    let record = source::record(&store, &args.name)?;
    // Before anything else: whatever ends this command, nothing is paid any more for what was taken away.
    if let Some((market, _)) = bought(home, &record)? {
        Kept::of(&market, &record.name).set_cancelled(true)?;
    }
    store.remove(&locked, &args.name)?;
    drop(locked);
    let host = host::open(home, EgressConfig::default()).await?;
    let void = reject_waiting(&host, record.component, None, "the skill was taken away").await?;
    let stopped = stop_charges(home, &host, &record).await?;
    host.shutdown().await;
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

/// Nothing more is paid for what was taken away; none if nothing was ever bought for it. Needs no network.
async fn stop_charges(
    home: &Home,
    host: &Host,
    record: &Record,
) -> Result<Option<Stopped>, CliError> {
    let Some((market, seller)) = bought(home, record)? else {
        return Ok(None);
    };
    let merchant = Merchant {
        host,
        market: &market,
        seller: &seller,
    };
    stop(merchant, &record.name).await.map(Some)
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
