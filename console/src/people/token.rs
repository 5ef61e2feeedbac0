//! Tokens with which a program stands in for a person: it may decide what that person may decide, as long as that person may.
//! Only a person who has just signed in makes one. An agent's token is of another kind, lies in another table, and is never one
//! of these.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, invalid, refuse};
use guildhall_web::random::random;
use sha2::{Digest as _, Sha256};

use super::Person;
use super::session::Session;
use crate::app::App;
use crate::store::approver_tokens::{self, TokenRow};

/// How these tokens begin: whoever finds one in a file knows what it is.
pub const PREFIX: &str = "ghp_";
/// Longest label in characters.
pub const MAX_LABEL: usize = 60;
/// Longest life in days.
pub const MAX_DAYS: u32 = 365;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Who asks by such a token.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The person, with the role as it is now.
    pub person: Person,
    /// Identifier of the token.
    pub token: String,
}

/// Whom a token stands for. None: it is no token of this kind.
///
/// # Errors
/// 401 if it is none, has ended, or its person is gone.
pub async fn recognise(app: &App, token: &str) -> Result<Option<Stand>, ApiError> {
    if !token.starts_with(PREFIX) || token.len() > 100 {
        return Ok(None);
    }
    let found = {
        let mut db = app.store.read().await?;
        approver_tokens::find(&mut db, &hash(token)).await?
    };
    let Some(found) = found else {
        return Err(not_in_force("there is no such token"));
    };
    if found.token.revoked.is_some() {
        return Err(not_in_force("the token was taken back"));
    }
    if found.token.expires <= app.clock.now() {
        return Err(not_in_force("the token has expired"));
    }
    Ok(Some(Stand {
        person: Person::recognised(found.token.person, found.name, found.role),
        token: found.token.id,
    }))
}

/// Makes a token for the person of a session that has just begun. It is told once.
///
/// # Errors
/// 403 if the person signed in too long ago; a refusal of label or days; the database's error.
pub async fn issue(
    app: &App,
    session: &Session,
    label: &str,
    days: u32,
) -> Result<String, ApiError> {
    let now = app.clock.now();
    if !session.is_fresh(now) {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "people.sign-in-again",
            "you signed in some time ago, and this token could approve in your name",
            "sign out, sign in again, and make it within five minutes",
        ));
    }
    let label = label.trim();
    if label.is_empty() || plain(label, MAX_LABEL) != label {
        return Err(invalid(
            "label",
            format!("write 1 to {MAX_LABEL} characters that can be seen"),
        ));
    }
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(invalid("days", format!("give 1 to {MAX_DAYS} days")));
    }
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(*random()?));
    let row = TokenRow {
        id: uuid::Uuid::now_v7().to_string(),
        person: session.person().id().clone(),
        label: label.to_owned(),
        created: now,
        expires: now.saturating_add(i64::from(days).saturating_mul(DAY_MS)),
        revoked: None,
    };
    let mut tx = app.store.write().await?;
    approver_tokens::insert(tx.connection(), &row, &hash(&text)).await?;
    tx.commit().await?;
    Ok(text)
}

/// SHA-256: all that is stored. A token is 32 random bytes, so that nothing slower is needed.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn not_in_force(detail: &str) -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        "token.invalid",
        detail,
        "make another one on the page Settings, Programs",
    )
}
