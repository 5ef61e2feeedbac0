//! `guildhall keys`

use crate::args::market::{KeysArgs, KeysCommand};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::market::http::Method;
use crate::market::keys::{OwnKey, OwnKeys};
use crate::market::{HttpError, Market};
use crate::output;
use crate::when::{Clock, parse_rfc3339};
use guildhall_package::FolderName;
use guildhall_package::market::publisher::{
    KeyChallenge, KeyInfo, NewKey, NewPublisher, PublisherInfo, RevokeKey, challenge_bytes,
};
use guildhall_package::text::plain;
use guildhall_package::trust::{PublicKey, SigningKey};
use serde_json::{Value, json};

/// Makes, lists, rotates or revokes keys.
///
/// # Errors
/// If nobody is logged in, or the marketplace refuses.
pub async fn run(home: &Home, args: KeysArgs) -> Result<Exit, CliError> {
    match args.command {
        KeysCommand::New {
            publisher,
            from,
            json,
        } => {
            new(
                home,
                &Market::logged_in(home, from.from.as_ref())?,
                &publisher,
                json,
            )
            .await
        }
        KeysCommand::List {
            publisher,
            from,
            json,
        } => {
            list(
                home,
                &Market::open(home, from.from.as_ref())?,
                &publisher,
                json,
            )
            .await
        }
        KeysCommand::Rotate {
            publisher,
            from,
            json,
        } => {
            rotate(
                home,
                &Market::logged_in(home, from.from.as_ref())?,
                &publisher,
                json,
            )
            .await
        }
        KeysCommand::Revoke {
            publisher,
            key,
            since,
            from,
            json,
        } => {
            let market = Market::logged_in(home, from.from.as_ref())?;
            let from = since.as_deref().map(time).transpose()?;
            let request = RevokeKey { from };
            revoke(&market, &publisher, &key, request, json).await
        }
    }
}

/// Milliseconds since the Unix epoch.
fn time(text: &str) -> Result<u64, CliError> {
    parse_rfc3339(text)
        .and_then(|ms| u64::try_from(ms).map_err(|_| "it is before 1970".to_owned()))
        .map_err(|error| CliError::usage(format!("--since: {error}")).kind("time"))
}

/// A publisher as everybody sees it; none if there is none.
///
/// # Errors
/// If the marketplace does not answer.
pub async fn publisher(
    market: &Market,
    publisher: &FolderName,
) -> Result<Option<PublisherInfo>, HttpError> {
    let path = format!("/api/v1/publishers/{publisher}");
    match market
        .http
        .get(&path, &crate::market::release::NoQuery {})
        .await
    {
        Err(error) if error.is_not_found() => Ok(None),
        answer => answer.map(Some),
    }
}

async fn new(
    home: &Home,
    market: &Market,
    name: &FolderName,
    as_json: bool,
) -> Result<Exit, CliError> {
    let mut granted = false;
    if publisher(market, name).await?.is_none() {
        let request = NewPublisher {
            publisher: name.clone(),
        };
        let _: PublisherInfo = market
            .http
            .send(Method::POST, "/api/v1/publishers", &request)
            .await?;
        granted = true;
    }
    let keys = OwnKeys::of(home, &market.state);
    let (key, signing) = keys.make(name)?;
    register(market, &keys, &key, &signing, None).await?;
    if as_json {
        output::json(&json!({ "publisher": name, "key": key.public, "granted": granted }));
    } else {
        if granted {
            output::note(format_args!("The name {name} is yours."));
        }
        output::note(format_args!("A new key signs releases of {name}:"));
        output::line(key.public);
        output::hint("keep a copy of the home folder's publisher-keys where only you can read it");
    }
    Ok(Exit::Done)
}

/// Shows that the key is there, and has it registered.
async fn register(
    market: &Market,
    keys: &OwnKeys,
    key: &OwnKey,
    signing: &SigningKey,
    replaces: Option<&PublicKey>,
) -> Result<KeyInfo, CliError> {
    let path = format!("/api/v1/publishers/{}/keys", key.publisher);
    let challenge: KeyChallenge = market
        .http
        .upload(&format!("{path}/challenge"), &|request| request)
        .await?;
    let public_key = key.public.to_string();
    let message = challenge_bytes(&key.publisher, &public_key, &challenge.challenge);
    let request = NewKey {
        signature: crate::market::base64(&signing.sign(&message)),
        challenge: challenge.challenge,
        replaces: replaces.map(PublicKey::keyid),
        public_key,
    };
    let info: KeyInfo = market.http.send(Method::POST, &path, &request).await?;
    keys.registered(&key.public)?;
    Ok(info)
}

async fn rotate(
    home: &Home,
    market: &Market,
    name: &FolderName,
    as_json: bool,
) -> Result<Exit, CliError> {
    let keys = OwnKeys::of(home, &market.state);
    let old = usable(&keys, market, name).await?.ok_or_else(|| {
        CliError::usage(format!(
            "this machine has no key of {name} that is in force"
        ))
        .kind("no-key")
        .fix(format!("make one: guildhall keys new {name}"))
    })?;
    let (key, signing) = keys.make(name)?;
    register(market, &keys, &key, &signing, Some(&old.public)).await?;
    if as_json {
        output::json(&json!({ "publisher": name, "key": key.public, "replaces": old.public }));
    } else {
        output::note(format_args!(
            "From now on this key signs releases of {name}:"
        ));
        output::line(key.public);
        output::note(format_args!(
            "The old one signs nothing new: {}",
            old.public
        ));
    }
    Ok(Exit::Done)
}

/// The newest key of a publisher that is on this machine and in force at the marketplace.
///
/// # Errors
/// If the marketplace does not answer, or the list here can't be read.
pub async fn usable(
    keys: &OwnKeys,
    market: &Market,
    name: &FolderName,
) -> Result<Option<OwnKey>, CliError> {
    let Some(info) = publisher(market, name).await? else {
        return Ok(None);
    };
    let in_force = |key: &OwnKey| {
        let public = key.public.to_string();
        info.keys.iter().any(|known| {
            known.public_key == public
                && known.revoked_from.is_none()
                && known.replaced_by.is_none()
        })
    };
    Ok(keys
        .list()?
        .into_iter()
        .rev()
        .find(|key| key.publisher == *name && in_force(key)))
}

async fn list(
    home: &Home,
    market: &Market,
    name: &FolderName,
    as_json: bool,
) -> Result<Exit, CliError> {
    let info = publisher(market, name).await?.ok_or_else(|| {
        CliError::usage(format!("{} has no publisher {name}", market.place()))
            .kind("not-found")
            .fix(format!("take the name: guildhall keys new {name}"))
    })?;
    let own = OwnKeys::of(home, &market.state).list()?;
    let here = |key: &KeyInfo| {
        own.iter()
            .any(|own| own.public.to_string() == key.public_key)
    };
    if as_json {
        let keys: Vec<Value> = info
            .keys
            .iter()
            .map(|key| {
                json!({
                    "key": key.public_key,
                    "id": key.key,
                    "granted": key.granted,
                    "revoked_from": key.revoked_from,
                    "replaced_by": key.replaced_by,
                    "here": here(key),
                })
            })
            .collect();
        output::json(&json!({ "publisher": name, "keys": keys }));
        return Ok(Exit::Done);
    }
    if info.keys.is_empty() {
        output::note(format_args!("{name} has no key yet."));
        return Ok(Exit::Done);
    }
    let clock = Clock::system();
    let date = |ms: u64| clock.date(i64::try_from(ms).unwrap_or(i64::MAX));
    let rows = info.keys.iter().map(|key| {
        let state = match (key.revoked_from, &key.replaced_by) {
            (Some(from), _) => format!("revoked from {}", date(from)),
            (None, Some(_)) => "replaced".to_owned(),
            (None, None) => "in force".to_owned(),
        };
        let place = if here(key) { "here" } else { "elsewhere" };
        [
            key.public_key.clone(),
            date(key.granted),
            state,
            place.to_owned(),
        ]
    });
    output::line(output::table(["KEY", "SINCE", "STATE", "SECRET"], rows));
    Ok(Exit::Done)
}

async fn revoke(
    market: &Market,
    name: &FolderName,
    key: &PublicKey,
    request: RevokeKey,
    as_json: bool,
) -> Result<Exit, CliError> {
    let path = format!("/api/v1/publishers/{name}/keys/{}/revoke", key.keyid());
    let info: KeyInfo = market.http.send(Method::POST, &path, &request).await?;
    if as_json {
        output::json(&json!({ "publisher": name, "key": key, "revoked_from": info.revoked_from }));
        return Ok(Exit::Done);
    }
    let from = info.revoked_from.and_then(|ms| i64::try_from(ms).ok());
    output::note(format_args!(
        "{} is revoked: releases of {name} that were logged from {} on are void, wherever they are installed.",
        plain(&key.to_string(), 100),
        from.map_or_else(|| "now".to_owned(), |ms| Clock::system().date(ms))
    ));
    Ok(Exit::Done)
}
