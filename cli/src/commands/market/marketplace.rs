//! `guildhall marketplace`: the ones that are known here.

use super::install::connected;
use crate::approve::{By, noted};
use crate::args::market::{MarketplaceArgs, MarketplaceCommand};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::market::state::{self, Kept, State};
use crate::market::trust::{root_error, witnesses};
use crate::market::{Market, Place};
use crate::output;
use crate::when::{Clock, now_ms};
use guildhall_host::EgressConfig;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_package::trust::root::{MAX_ROOT_BYTES, TrustedRoot};
use serde_json::{Value, json};

/// Runs a marketplace, or manages what is known here.
///
/// # Errors
/// If the marketplace does not answer, or can't be run.
pub async fn run(home: &Home, args: MarketplaceArgs) -> Result<Exit, CliError> {
    match args.command {
        MarketplaceCommand::Root { place, pin, json } => {
            let place = match place {
                Some(place) => place,
                None => state::default(home)?,
            };
            match pin {
                Some(expected) => pin_anew(home, place, expected, json).await,
                None => root(home, place, json).await,
            }
        }
        MarketplaceCommand::List { json } => list(home, json),
        MarketplaceCommand::Use { place } => {
            let market = Market::at(home, place)?;
            market.trusted(None).await?;
            note(home, &connected(&market)?).await?;
            market.state.make_default()?;
            output::note(format_args!(
                "{} is asked from now on when none is named.",
                market.place().label()
            ));
            Ok(Exit::Done)
        }
        MarketplaceCommand::Init(args) => super::serve::init(args).await,
        MarketplaceCommand::Renew(args) => super::serve::renew(&args),
        MarketplaceCommand::Serve(args) => super::serve::serve(args).await,
        MarketplaceCommand::Admin(command) => super::admin::run(home, command).await,
        MarketplaceCommand::Settle(args) => super::earnings::settle(home, args).await,
        MarketplaceCommand::Payout(args) => super::earnings::payout(home, args).await,
        MarketplaceCommand::Credit(args) => super::earnings::credit(home, args).await,
        MarketplaceCommand::Debts { from, json } => super::earnings::debts(home, &from, json).await,
    }
}

/// Shows the root that is pinned, or that would be at the first contact.
async fn root(home: &Home, place: Place, as_json: bool) -> Result<Exit, CliError> {
    let market = Market::at(home, place)?;
    let pinned = market.pinned()?.map(|trust| trust.root);
    let is_pinned = pinned.is_some();
    let root = match pinned {
        Some(root) => root,
        None => served(&market).await?,
    };
    show(&market, &root, is_pinned, as_json)?;
    Ok(Exit::Done)
}

/// What it serves as its root now. Nothing is trusted by this.
///
/// # Errors
/// If it does not answer, or serves no root.
pub async fn served(market: &Market) -> Result<TrustedRoot, CliError> {
    let envelope = market
        .http
        .bytes("/root.json", MAX_ROOT_BYTES as u64)
        .await?;
    TrustedRoot::pin(&envelope).map_err(|error| root_error(&error))
}

/// Forgets what was known and pins what is served now.
async fn pin_anew(
    home: &Home,
    place: Place,
    expected: Option<Digest>,
    as_json: bool,
) -> Result<Exit, CliError> {
    let market = Market::at(home, place)?;
    let root = served(&market).await?;
    root.check_fresh(now_ms())
        .map_err(|error| root_error(&error))?;
    match expected {
        Some(expected) if expected != root.fingerprint() => {
            return Err(CliError::unverified(format!(
                "root: the marketplace serves the root {}, and {expected} was expected",
                root.fingerprint()
            ))
            .kind("root")
            .fix("ask its operator by another way; nothing was changed here"));
        }
        Some(_) => {}
        // Whoever forgets what was pinned must have looked at what comes instead.
        None => confirm(&root)?,
    }
    let label = market.place().label();
    let about = format!("{label}, root {}", root.fingerprint());
    note(home, &about).await?;
    let _locked = market.state.lock()?;
    market.state.forget(Kept::Checkpoint)?;
    market.state.forget(Kept::Status)?;
    market.state.keep(Kept::Root, root.envelope())?;
    market.state.remember()?;
    show(&market, &root, true, as_json)?;
    Ok(Exit::Done)
}

/// Says in the audit log who connects a marketplace.
async fn note(home: &Home, about: &str) -> Result<(), CliError> {
    let host = host::open(home, EgressConfig::default()).await?;
    By::command().note(&host, noted::CONNECTED, about).await?;
    host.shutdown().await;
    Ok(())
}

fn confirm(root: &TrustedRoot) -> Result<(), CliError> {
    if !output::can_ask() {
        return Err(
            CliError::usage("--pin needs the fingerprint where nobody can be asked")
                .kind("no-terminal")
                .fix("write --pin sha256:…, as the operator has published it"),
        );
    }
    output::note(format_args!("fingerprint  {}", root.fingerprint()));
    let yes = inquire::Confirm::new("Is this the fingerprint that the operator has published?")
        .with_default(false)
        .prompt()
        .unwrap_or(false);
    if yes {
        Ok(())
    } else {
        Err(CliError::refused("nothing was pinned")
            .exit(Exit::NotApproved)
            .kind("no-consent"))
    }
}

fn show(
    market: &Market,
    root: &TrustedRoot,
    is_pinned: bool,
    as_json: bool,
) -> Result<(), CliError> {
    let file = root.file();
    if as_json {
        output::json(&json!({
            "marketplace": market.place().to_string(),
            "fingerprint": root.fingerprint(),
            "pinned": is_pinned,
            "root": crate::commands::to_json(file)?,
        }));
        return Ok(());
    }
    let clock = Clock::system();
    crate::commands::fact("from", market.place());
    crate::commands::fact("root", root.fingerprint());
    crate::commands::fact(
        "pinned",
        if is_pinned {
            "yes"
        } else {
            "no: this is what it serves now"
        },
    );
    crate::commands::fact("version", file.version);
    crate::commands::fact("until", clock.date(file.expires));
    crate::commands::fact("log", plain(&file.log.to_string(), 200));
    crate::commands::fact("witnesses", witnesses(root));
    crate::commands::fact("reviewers", file.reviewers.len());
    Ok(())
}

fn list(home: &Home, as_json: bool) -> Result<Exit, CliError> {
    let default = state::default(home).ok();
    let mut rows = Vec::new();
    for place in state::known(home)? {
        let state = State::of(home, place.clone());
        let account = state.logged_in()?.map(|who| who.account.to_string());
        let is_default = default.as_ref() == Some(&place);
        rows.push((place, account, is_default));
    }
    if as_json {
        let list: Vec<Value> = rows
            .iter()
            .map(|(place, account, is_default)| {
                json!({
                    "marketplace": place.to_string(),
                    "account": account,
                    "default": is_default,
                })
            })
            .collect();
        output::json(&json!({ "marketplaces": list }));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::note("No marketplace is known here yet.");
        return Ok(Exit::Done);
    }
    let rows = rows.into_iter().map(|(place, account, is_default)| {
        [
            place.to_string(),
            account.unwrap_or_else(|| "not logged in".to_owned()),
            if is_default { "asked by default" } else { "" }.to_owned(),
        ]
    });
    output::line(output::table(["MARKETPLACE", "ACCOUNT", ""], rows));
    Ok(Exit::Done)
}
