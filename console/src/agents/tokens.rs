//! Tokens that agents come with: 32 random bytes, of which only the hash is stored. Nothing that a token can be turned into
//! approves: who approves has another table and another type.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use guildhall_web::cookie::Secret;
use guildhall_web::error::ApiError;

use super::{Agent, Scopes};
use crate::app::App;
use crate::store::agents::{self, AgentRow};
use crate::store::{Db, StoreError};

/// What every agent's token begins with, so that one that was lost is recognised.
pub const PREFIX: &str = "gha_";

/// Makes a token for an agent that is in the store, and gives it as it is shown once.
///
/// # Errors
/// [`ApiError`] of the database, or if the system has no random bytes.
pub async fn make(
    db: &mut Db,
    (agent, client): (&str, Option<&str>),
    scopes: &Scopes,
    (now, expires): (i64, i64),
) -> Result<String, ApiError> {
    let secret = Secret::new()?;
    let times = (now, expires);
    agents::insert_token(db, &secret.hash(), (agent, client), scopes, times).await?;
    Ok(format!("{PREFIX}{}", secret.text()))
}

/// What is stored of a token; none if it can't be one.
#[must_use]
pub fn hash(token: &str) -> Option<[u8; 32]> {
    Some(Secret::parse(token.strip_prefix(PREFIX)?)?.hash())
}

/// The token that came in the header of a request, if exactly one did.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The agent that comes with this token.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(app: &App, token: &str) -> Result<Option<Arc<Agent>>, StoreError> {
    let Some(hash) = hash(token) else {
        return Ok(None);
    };
    let now = app.clock.now();
    let mut db = app.store.read().await?;
    let Some(found) = agents::of_token(&mut db, &hash, now).await? else {
        return Ok(None);
    };
    drop(db);
    if found.note {
        let mut tx = app.store.write().await?;
        agents::used(tx.connection(), &hash, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Arc::new(of_row(found.agent, found.scopes))))
}

fn of_row(row: AgentRow, scopes: Scopes) -> Agent {
    Agent {
        id: format!("token:{}", row.id),
        name: row.name,
        skills: row.skills,
        grants: row.grants,
        retention: row.retention,
        locale: "en".to_owned(),
        scopes,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_header_of_the_right_scheme_brings_a_token() {
        assert_eq!(of(&["Bearer gha_x"]).as_deref(), Some("gha_x"));
        assert_eq!(of(&["bearer gha_x"]).as_deref(), Some("gha_x"));
        assert_eq!(of(&["Basic gha_x"]), None);
        assert_eq!(of(&["Bearer a", "Bearer b"]), None);
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn no_text_but_a_token_has_a_hash(text in "(gha_)?[A-Za-z0-9_-]{0,50}|\\PC{0,60}") {
            if hash(&text).is_some() {
                prop_assert_eq!(text.len(), PREFIX.len() + 43);
            }
        }
    }
}
