//! Adding people, changing what they may do, and taking them away. Each change needs an owner who is there, is written down,
//! and never leaves the console without one.

use axum::http::StatusCode;
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, not_found, refuse};
use guildhall_web::password;

use super::{Person, PersonId, PersonName, Right, Role, session};
use crate::app::App;
use crate::store::people::{self, PersonRow, What};
use crate::store::{Db, sessions};

/// Life of an invitation, in milliseconds: a week.
pub const INVITED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Adds a person. Gives the key of a link with which that person sets a password, once.
///
/// # Errors
/// If `by` may not, or the name is taken.
pub async fn add(
    app: &App,
    by: &Person,
    name: &PersonName,
    role: Role,
) -> Result<Secret, ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    still_owns(db, by).await?;
    let (id, now) = (PersonId::new(), app.clock.now());
    if !people::insert(db, &id, name, role, None, now).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "people.name",
            format!("somebody is called {name} already"),
            "choose a name that tells the two apart",
        ));
    }
    let key = link(app, db, &id).await?;
    people::note(db, now, Some(by.id()), &id, (What::Added, Some(role))).await?;
    tx.commit().await?;
    Ok(key)
}

/// Gives a new link to a person who lost the password, or the link. The old password is worth something until it is used.
///
/// # Errors
/// If `by` may not, or there is no such person.
pub async fn invite(app: &App, by: &Person, id: &PersonId) -> Result<Secret, ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    still_owns(db, by).await?;
    let row = existing(db, id).await?;
    let key = link(app, db, &row.id).await?;
    let now = app.clock.now();
    people::note(db, now, Some(by.id()), id, (What::Invited, None)).await?;
    tx.commit().await?;
    Ok(key)
}

/// Gives a person another role.
///
/// # Errors
/// If `by` may not, there is no such person, or the last owner would be none.
pub async fn set_role(app: &App, by: &Person, id: &PersonId, role: Role) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    still_owns(db, by).await?;
    let row = existing(db, id).await?;
    if row.role == role {
        return Ok(());
    }
    people::set_role(db, id, role).await?;
    keeps_an_owner(db).await?;
    let now = app.clock.now();
    people::note(db, now, Some(by.id()), id, (What::Role, Some(role))).await?;
    tx.commit().await?;
    app.live.bump();
    app.live.look_who_listens();
    Ok(())
}

/// Takes a person away: every session and link of theirs ends.
///
/// # Errors
/// If `by` may not, there is no such person, or it is the last owner.
pub async fn remove(app: &App, by: &Person, id: &PersonId) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    still_owns(db, by).await?;
    let row = existing(db, id).await?;
    let now = app.clock.now();
    people::remove(db, id, now).await?;
    keeps_an_owner(db).await?;
    sessions::delete_all(db, id).await?;
    people::note(db, now, Some(by.id()), id, (What::Removed, Some(row.role))).await?;
    tx.commit().await?;
    app.live.bump();
    app.live.look_who_listens();
    Ok(())
}

/// Whose link this is.
///
/// # Errors
/// If it is nobody's any more.
pub async fn invited(app: &App, key: &str) -> Result<(Secret, PersonRow), ApiError> {
    let key = Secret::parse(key).ok_or_else(no_invitation)?;
    let mut db = app.store.read().await?;
    let row = people::invited(&mut db, &key.hash(), app.clock.now()).await?;
    Ok((key, row.ok_or_else(no_invitation)?))
}

/// Sets the password of the person whose link this is, ends every session of theirs, and signs them in.
///
/// # Errors
/// If the link was used, or the password may not be one.
pub async fn join(
    app: &App,
    key: &str,
    password: String,
    before: Option<&Secret>,
) -> Result<Secret, ApiError> {
    let (key, _) = invited(app, key).await?;
    password::check(&password)?;
    let hash = password::hash(&app.hashing, password).await?;
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let now = app.clock.now();
    let row = people::invited(db, &key.hash(), now)
        .await?
        .ok_or_else(no_invitation)?;
    if !people::use_invitation(db, &key.hash()).await? {
        return Err(no_invitation());
    }
    people::set_password(db, &row.id, &hash).await?;
    sessions::delete_all(db, &row.id).await?;
    people::note(db, now, Some(&row.id), &row.id, (What::Joined, None)).await?;
    let secret = session::begin(app, db, &row.id, before).await?;
    tx.commit().await?;
    app.live.look_who_listens();
    Ok(secret)
}

/// Sets another password for somebody who has just proved the old one. Every other session ends, and this one goes on with a
/// new cookie.
///
/// # Errors
/// If it may not be one.
pub async fn set_password(
    app: &App,
    person: &Person,
    password: String,
    before: Option<&Secret>,
) -> Result<Secret, ApiError> {
    password::check(&password)?;
    let hash = password::hash(&app.hashing, password).await?;
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let id = person.id();
    existing(db, id).await?;
    people::set_password(db, id, &hash).await?;
    sessions::delete_all(db, id).await?;
    let now = app.clock.now();
    people::note(db, now, Some(id), id, (What::Password, None)).await?;
    let secret = session::begin(app, db, id, before).await?;
    tx.commit().await?;
    app.live.look_who_listens();
    Ok(secret)
}

async fn link(app: &App, db: &mut Db, id: &PersonId) -> Result<Secret, ApiError> {
    let key = Secret::new()?;
    let expires = app.clock.now().saturating_add(INVITED_MS);
    people::invite(db, &key.hash(), id, expires).await?;
    Ok(key)
}

async fn existing(db: &mut Db, id: &PersonId) -> Result<PersonRow, ApiError> {
    people::get(db, id)
        .await?
        .ok_or_else(|| not_found("person"))
}

/// Asked for inside the transaction: the role may have been taken since the session was looked up.
async fn still_owns(db: &mut Db, by: &Person) -> Result<(), ApiError> {
    let row = people::get(db, by.id()).await?;
    if row.is_some_and(|row| row.role.may(Right::Own)) {
        return Ok(());
    }
    Err(refuse(
        StatusCode::FORBIDDEN,
        "people.right",
        Right::Own.missing(),
        "ask an owner of this console",
    ))
}

/// Asked for at the end of a transaction, which is undone if there is none.
async fn keeps_an_owner(db: &mut Db) -> Result<(), ApiError> {
    if people::owners(db).await? > 0 {
        return Ok(());
    }
    Err(refuse(
        StatusCode::CONFLICT,
        "people.last-owner",
        "nobody could own this console any more",
        "make somebody else an owner first, and wait until they have set a password",
    ))
}

fn no_invitation() -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "people.invitation",
        "this link was used already, is older than a week, or is not whole",
        "ask an owner of this console for a new one",
    )
}
