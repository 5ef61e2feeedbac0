//! Publishers, members and keys.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guildhall_package::FolderName;
use guildhall_package::market::Page;
use guildhall_package::market::account::{MemberRole, Role, Scope};
use guildhall_package::market::page::PageQuery;
use guildhall_package::market::publisher::{
    KeyChallenge, KeyInfo, MemberInfo, NewKey, NewPublisher, PublisherInfo, RevokeKey, SetMember,
    challenge_bytes,
};
use guildhall_package::trust::PublicKey;
use guildhall_package::trust::log::Event;

use super::extract::{Asked, At, Body};
use super::{json, page, tagged};
use crate::app::App;
use crate::clock::{stored, wire};
use crate::error::{ApiError, invalid, not_found, refuse};
use crate::keys::random;
use crate::people::Caller;
use crate::store::publishers::{self, Key};
use crate::store::{Lock, Tx, accounts};
use crate::{log, names};

/// How long a challenge is good for.
const CHALLENGE_MS: i64 = 10 * 60 * 1000;
/// Most keys of one publisher, revoked ones included.
const MOST_KEYS: usize = 100;

/// Grants a name to an account, with its entry of the log.
///
/// # Errors
/// A refusal if a rule refuses the name; `any` leaves out all rules but that it is not taken.
pub(super) async fn grant(
    app: &App,
    name: &FolderName,
    owner: &FolderName,
    any: bool,
) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    tx.lock(Lock::Names).await?;
    if !any {
        let there = publishers::names(tx.connection()).await?;
        names::check(name, &there, &app.config.reserved_names).map_err(|refused| {
            refuse(
                StatusCode::CONFLICT,
                refused.code(),
                refused.to_string(),
                "choose another name, or ask the operator to grant this one",
            )
        })?;
    }
    let now = app.clock.now();
    if !publishers::insert(tx.connection(), name.as_str(), now).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "name.taken",
            format!("the name `{name}` is taken"),
            "choose another name",
        ));
    }
    publishers::set_member(
        tx.connection(),
        name.as_str(),
        owner.as_str(),
        MemberRole::Owner,
        now,
    )
    .await?;
    let event = Event::NamespaceGranted {
        publisher: name.clone(),
    };
    log::queue(app, &mut tx, event, None).await?;
    tx.commit().await?;
    tracing::info!(publisher = %name, %owner, "name granted");
    let wanted = name.clone();
    log::published_when(app, move |catalogue| catalogue.log().has_publisher(&wanted)).await;
    Ok(())
}

/// Asks for a namespace.
#[utoipa::path(post, path = "/api/v1/publishers", tag = "publishers", security(("token" = ["account"])),
    request_body = NewPublisher, responses((status = 201, body = PublisherInfo)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewPublisher>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    grant(&app, &new.publisher, &caller.account, false).await?;
    json(StatusCode::CREATED, &info(&app, &new.publisher).await?)
}

/// What is told of a publisher.
///
/// # Errors
/// 404 if there is none.
pub(crate) async fn info(app: &App, publisher: &FolderName) -> Result<PublisherInfo, ApiError> {
    let mut db = app.store.read().await?;
    let granted = publishers::granted(&mut db, publisher.as_str())
        .await?
        .ok_or_else(|| not_found("publisher"))?;
    let keys = publishers::keys(&mut db, publisher.as_str()).await?;
    drop(db);
    let skills = app.shelf.catalogue().skills_of(publisher);
    Ok(PublisherInfo {
        publisher: publisher.clone(),
        granted: wire(granted),
        keys: keys.iter().map(key_info).collect(),
        skills: skills.into_iter().map(|name| name.skill).collect(),
    })
}

/// A publisher, its keys and skills.
#[utoipa::path(get, path = "/api/v1/publishers/{publisher}", tag = "publishers",
    responses((status = 200, body = PublisherInfo)))]
pub async fn get(
    State(app): State<App>,
    headers: axum::http::HeaderMap,
    At(publisher): At<FolderName>,
) -> Result<Response, ApiError> {
    tagged(&headers, true, &info(&app, &publisher).await?)
}

/// Members.
#[utoipa::path(get, path = "/api/v1/publishers/{publisher}/members", tag = "publishers",
    security(("token" = ["account"])), params(PageQuery), responses((status = 200, body = Page<MemberInfo>)))]
pub async fn members(
    State(app): State<App>,
    caller: Caller,
    At(publisher): At<FolderName>,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    let limit = query.limit();
    let after = query.cursor.unwrap_or_default();
    let mut db = app.store.read().await?;
    caller.member(&mut db, &publisher, false).await?;
    let found =
        publishers::members(&mut db, publisher.as_str(), &after, i64::from(limit) + 1).await?;
    let tell = |member: &publishers::Member| MemberInfo {
        account: member.account.clone(),
        role: member.role,
        since: wire(member.since),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    json(
        StatusCode::OK,
        &page(found, limit, |member| member.account.to_string(), tell),
    )
}

/// Adds a member, or changes the part.
#[utoipa::path(put, path = "/api/v1/publishers/{publisher}/members/{account}", tag = "publishers",
    security(("token" = ["account"])), request_body = SetMember, responses((status = 204)))]
pub async fn set_member(
    State(app): State<App>,
    caller: Caller,
    At((publisher, account)): At<(FolderName, FolderName)>,
    Body(wanted): Body<SetMember>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    let mut tx = app.store.write().await?;
    caller.member(tx.connection(), &publisher, true).await?;
    if accounts::get(tx.connection(), account.as_str())
        .await?
        .is_none()
    {
        return Err(not_found("account"));
    }
    if wanted.role == MemberRole::Member {
        keep_an_owner(&mut tx, &publisher, &account).await?;
    }
    let (name, member) = (publisher.as_str(), account.as_str());
    let now = app.clock.now();
    publishers::set_member(tx.connection(), name, member, wanted.role, now).await?;
    tx.commit().await?;
    tracing::info!(publisher = name, account = member, role = wanted.role.as_str(), by = %caller.account, "member set");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes a member out.
#[utoipa::path(delete, path = "/api/v1/publishers/{publisher}/members/{account}", tag = "publishers",
    security(("token" = ["account"])), responses((status = 204)))]
pub async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    At((publisher, account)): At<(FolderName, FolderName)>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    let mut tx = app.store.write().await?;
    let oneself = account == caller.account;
    caller.member(tx.connection(), &publisher, !oneself).await?;
    keep_an_owner(&mut tx, &publisher, &account).await?;
    let (name, member) = (publisher.as_str(), account.as_str());
    if !publishers::remove_member(tx.connection(), name, member).await? {
        return Err(not_found("member"));
    }
    tx.commit().await?;
    tracing::info!(publisher = name, account = member, by = %caller.account, "member removed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Refuses to leave a publisher without an owner.
async fn keep_an_owner(
    tx: &mut Tx,
    publisher: &FolderName,
    leaving: &FolderName,
) -> Result<(), ApiError> {
    let owners = publishers::lock_and_count_owners(tx.connection(), publisher.as_str()).await?;
    let role = publishers::member(tx.connection(), publisher.as_str(), leaving.as_str()).await?;
    if role == Some(MemberRole::Owner) && owners < 2 {
        return Err(refuse(
            StatusCode::CONFLICT,
            "publisher.last-owner",
            format!("`{leaving}` is the last owner of `{publisher}`"),
            "make somebody else an owner first",
        ));
    }
    Ok(())
}

/// What a new key has to sign.
#[utoipa::path(post, path = "/api/v1/publishers/{publisher}/keys/challenge", tag = "publishers",
    security(("token" = ["keys"])), responses((status = 201, body = KeyChallenge)))]
pub async fn challenge(
    State(app): State<App>,
    caller: Caller,
    At(publisher): At<FolderName>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Keys)?;
    let secret = random().map_err(|error| ApiError::Fault(error.to_string()))?;
    let challenge = URL_SAFE_NO_PAD.encode(*secret);
    let now = app.clock.now();
    let expires = now.saturating_add(CHALLENGE_MS);
    let mut tx = app.store.write().await?;
    caller.member(tx.connection(), &publisher, true).await?;
    publishers::insert_challenge(
        tx.connection(),
        publisher.as_str(),
        &challenge,
        now,
        expires,
    )
    .await?;
    tx.commit().await?;
    json(
        StatusCode::CREATED,
        &KeyChallenge {
            challenge,
            expires: wire(expires),
        },
    )
}

/// Registers a key, or rotates one.
#[utoipa::path(post, path = "/api/v1/publishers/{publisher}/keys", tag = "publishers",
    security(("token" = ["keys"])), request_body = NewKey, responses((status = 201, body = KeyInfo)))]
pub async fn add_key(
    State(app): State<App>,
    caller: Caller,
    At(publisher): At<FolderName>,
    Body(new): Body<NewKey>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Keys)?;
    let public: PublicKey = new
        .public_key
        .parse()
        .map_err(|error| invalid("public_key", error))?;
    let proved = STANDARD
        .decode(&new.signature)
        .ok()
        .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
        .is_some_and(|signature| {
            let message = challenge_bytes(&publisher, &new.public_key, &new.challenge);
            public.verifies(&message, &signature)
        });
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    caller.member(tx.connection(), &publisher, true).await?;
    let name = publisher.as_str();
    let asked = publishers::take_challenge(tx.connection(), name, &new.challenge, now).await?;
    if !asked || !proved {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "key.proof",
            "the signature does not show that the key's owner asks: it does not fit the challenge, or that is over",
            "ask for a new challenge and sign it with the new key",
        ));
    }
    if publishers::keys(tx.connection(), name).await?.len() >= MOST_KEYS {
        return Err(refuse(
            StatusCode::CONFLICT,
            "key.too-many",
            format!("`{publisher}` has had {MOST_KEYS} keys"),
            "ask the operator",
        ));
    }
    let key = Key {
        key: public.keyid(),
        publisher: publisher.clone(),
        public_key: public.to_string(),
        granted: now,
        revoked_from: None,
        replaced_by: None,
    };
    if !publishers::insert_key(tx.connection(), &key).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "key.known",
            "this key is or was registered already, here or by another publisher",
            "make a new key with `guildhall keys new`",
        ));
    }
    let event = Event::KeyGranted {
        publisher: publisher.clone(),
        key: public,
    };
    log::queue(&app, &mut tx, event, None).await?;
    if let Some(old) = &new.replaces {
        revoke(&app, &mut tx, &publisher, old, None, Some(&key.key)).await?;
    }
    tx.commit().await?;
    tracing::info!(publisher = name, key = key.key, by = %caller.account, "key registered");
    log::published_when(&app, |catalogue| catalogue.log().key(&public).is_some()).await;
    json(StatusCode::CREATED, &key_info(&key))
}

/// Revokes a key, with its entry of the log.
async fn revoke(
    app: &App,
    tx: &mut Tx,
    publisher: &FolderName,
    key: &str,
    from: Option<i64>,
    replaced_by: Option<&str>,
) -> Result<PublicKey, ApiError> {
    let name = publisher.as_str();
    let keys = publishers::keys(tx.connection(), name).await?;
    let found = keys
        .iter()
        .find(|known| known.key == key)
        .ok_or_else(|| not_found("key of this publisher"))?;
    let public: PublicKey = found
        .public_key
        .parse()
        .map_err(|_| ApiError::Fault("a stored key can't be read".to_owned()))?;
    let date = from.unwrap_or_else(|| app.clock.now());
    if !publishers::revoke_key(tx.connection(), name, key, date, replaced_by).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "key.revoked",
            "this key is revoked already, from that date or an earlier one",
            "give an earlier date if it was lost earlier",
        ));
    }
    let event = Event::KeyRevoked {
        publisher: publisher.clone(),
        key: public,
        from: date,
    };
    match from {
        Some(_) => log::queue(app, tx, event, None).await?,
        None => log::queue_from_now(app, tx, event).await?,
    }
    Ok(public)
}

/// Revokes a key from a date.
#[utoipa::path(post, path = "/api/v1/publishers/{publisher}/keys/{key}/revoke", tag = "publishers",
    security(("token" = ["keys"])), request_body = RevokeKey, responses((status = 200, body = KeyInfo)))]
pub async fn revoke_key(
    State(app): State<App>,
    caller: Caller,
    At((publisher, key)): At<(FolderName, String)>,
    Body(wanted): Body<RevokeKey>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Keys)?;
    let from = wanted.from.map(stored);
    if from.is_some_and(|from| from > app.clock.now()) {
        return Err(invalid("from", "it has not come yet"));
    }
    let mut tx = app.store.write().await?;
    if !caller.has(Role::Admin) {
        caller.member(tx.connection(), &publisher, true).await?;
    }
    let public = revoke(&app, &mut tx, &publisher, &key, from, None).await?;
    let keys = publishers::keys(tx.connection(), publisher.as_str()).await?;
    tx.commit().await?;
    tracing::warn!(%publisher, key, by = %caller.account, "key revoked");
    log::published_when(&app, |catalogue| {
        let known = catalogue.log().key(&public);
        known
            .and_then(|known| known.revoked_from)
            .is_some_and(|at| from.is_none_or(|from| at <= from))
    })
    .await;
    let known = keys
        .iter()
        .find(|known| known.key == key)
        .ok_or_else(|| not_found("key of this publisher"))?;
    json(StatusCode::OK, &key_info(known))
}

fn key_info(key: &Key) -> KeyInfo {
    KeyInfo {
        key: key.key.clone(),
        public_key: key.public_key.clone(),
        granted: wire(key.granted),
        revoked_from: key.revoked_from.map(wire),
        replaced_by: key.replaced_by.clone(),
    }
}
