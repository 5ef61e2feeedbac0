//! Whose chat is whose: a code is shown to a person in a session, sent from a chat, and binds the two. Each binding stands in the
//! audit log.

use axum::http::StatusCode;
use guildhall_web::error::{ApiError, refuse};

use super::code::{Code, LIFE_MS};
use super::{Service, setup};
use crate::app::App;
use crate::people::session::Session;
use crate::people::{self, Person, PersonId};
use crate::store::{Db, chat, people as rows};

/// Who binds a chat has signed in at most so long ago, in milliseconds.
const FRESH_MS: i64 = 10 * 60 * 1000;

/// A code that binds the chat from which it is sent to the person of this session.
///
/// # Errors
/// If the service is not set up, or the session is too old.
pub async fn offer(app: &App, session: &Session, service: Service) -> Result<Code, ApiError> {
    if setup::row(app, service).await?.is_none() {
        return Err(refuse(
            StatusCode::CONFLICT,
            "chat.not-set-up",
            format!("{service} is not set up here"),
            "ask an owner of this console to set it up",
        ));
    }
    let now = app.clock.now();
    if now.saturating_sub(session.begun()) > FRESH_MS {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "people.sign-in-again",
            "you signed in some time ago, and a chat could decide in your name",
            "sign out, sign in again, and make the code within ten minutes",
        ));
    }
    let code = Code::new()?;
    let times = (now, now.saturating_add(LIFE_MS));
    let mut tx = app.store.write().await?;
    chat::offer_code(
        tx.connection(),
        &code.hash(),
        service,
        session.person().id(),
        times,
    )
    .await?;
    tx.commit().await?;
    Ok(code)
}

/// Takes the chat of a person away: their own, or that of somebody else by an owner.
///
/// # Errors
/// [`ApiError`] of the database.
pub async fn unbind(
    app: &App,
    by: &Person,
    whose: &PersonId,
    service: Service,
) -> Result<(), ApiError> {
    if by.id() != whose {
        setup::owns(by)?;
    }
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    if chat::unbind(db, service, whose).await? {
        let whose = rows::get(db, whose).await?;
        let name = whose.map(|row| row.name).unwrap_or_default();
        let about = format!("{name}, {service}");
        setup::noted(app, by, "chat-unbound", &about).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Uses a code up and binds who sent it, in the caller's transaction. None: it is no code that counts.
///
/// # Errors
/// [`ApiError`] of the database.
pub(super) async fn bind(
    app: &App,
    db: &mut Db,
    code: &Code,
    (service, sender): (Service, &str),
    now: i64,
) -> Result<Option<Person>, ApiError> {
    let Some(id) = chat::bind(db, &code.hash(), service, sender, now).await? else {
        return Ok(None);
    };
    let person = people::chat::known(db, &id).await?;
    if let Some(person) = &person {
        setup::noted(app, person, "chat-bound", service.name()).await?;
    }
    Ok(person)
}
