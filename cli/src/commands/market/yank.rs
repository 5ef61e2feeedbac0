//! `guildhall yank` and `guildhall unyank`

use crate::args::market::{UnyankArgs, YankArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::http::Method;
use crate::market::{Market, NameVersion};
use crate::output;
use guildhall_package::market::release::{Logged, Withdraw};
use serde_json::json;

/// Takes a release off the shelf, or revokes it.
///
/// # Errors
/// If the marketplace refuses.
pub async fn yank(home: &Home, args: YankArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let (verb, done) = if args.revoke {
        ("revoke", "is revoked: it stops wherever it is installed")
    } else {
        ("yank", "is off the shelf; where it is installed it runs on")
    };
    say(&market, &args.release, verb, done, args.reason, args.json).await
}

/// Puts a release back on the shelf.
///
/// # Errors
/// If the marketplace refuses.
pub async fn unyank(home: &Home, args: UnyankArgs) -> Result<Exit, CliError> {
    let market = Market::logged_in(home, args.from.from.as_ref())?;
    let done = "is on the shelf again";
    say(
        &market,
        &args.release,
        "unyank",
        done,
        args.reason,
        args.json,
    )
    .await
}

async fn say(
    market: &Market,
    release: &NameVersion,
    verb: &str,
    done: &str,
    reason: String,
    as_json: bool,
) -> Result<Exit, CliError> {
    let NameVersion { name, version } = release;
    let version = version.as_ref().ok_or_else(|| {
        CliError::usage(format!("which release? write {name}@VERSION"))
            .kind("version")
            .fix(format!("see them: guildhall releases {name}"))
    })?;
    let path = format!("/api/v1/releases/{name}/{version}/{verb}");
    let logged: Logged = market
        .http
        .send(Method::POST, &path, &Withdraw { reason })
        .await?;
    if as_json {
        output::json(&json!({
            "name": name,
            "version": version,
            "what": verb,
            "tree_size": logged.tree_size,
        }));
        return Ok(Exit::Done);
    }
    output::note(format_args!("{name}@{version} {done}."));
    Ok(Exit::Done)
}
