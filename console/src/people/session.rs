//! Sessions: a browser in which a person signed in. Each sign-in begins a new one, with a cookie that nobody saw before.

use guildhall_web::cookie::Secret;
use guildhall_web::error::ApiError;

use super::{Person, PersonId};
use crate::app::App;
use crate::store::{Db, StoreError, sessions};

/// Life of a session from its beginning, in milliseconds: a working day.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;
/// A session that nobody used for so long has ended, in milliseconds. Pages that refresh themselves don't count as use.
pub const IDLE_MS: i64 = 2 * 60 * 60 * 1000;
/// How long ago somebody may have signed in so that nothing is asked again, in milliseconds.
pub const FRESH_MS: i64 = 5 * 60 * 1000;
/// Use is written down when it is this much newer than what was written before, in milliseconds.
const TOUCH_MS: i64 = 60 * 1000;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    person: Person,
    hash: [u8; 32],
    begun: i64,
}

impl Session {
    /// Who.
    #[must_use]
    pub const fn person(&self) -> &Person {
        &self.person
    }

    /// What is stored of its cookie: what is bound to this session is bound to this.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether the person signed in so lately that nothing is asked again.
    #[must_use]
    pub fn is_fresh(&self, now_ms: i64) -> bool {
        (0..FRESH_MS).contains(&now_ms.saturating_sub(self.begun))
    }

    /// When the person signed in, in milliseconds since 1970 UTC.
    #[must_use]
    pub const fn begun(&self) -> i64 {
        self.begun
    }
}

/// Whose cookie this is. `is_use`: a person asked, and not a page that refreshes itself.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn find(app: &App, secret: &Secret, is_use: bool) -> Result<Option<Session>, StoreError> {
    let hash = secret.hash();
    let now = app.clock.now();
    let times = (now, now.saturating_sub(IDLE_MS));
    let row = {
        let mut db = app.store.read().await?;
        sessions::get(&mut db, &hash, times).await?
    };
    let Some(row) = row else {
        return Ok(None);
    };
    if is_use && now.saturating_sub(row.seen) > TOUCH_MS {
        let mut tx = app.store.write().await?;
        sessions::touch(tx.connection(), &hash, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Session {
        person: Person::recognised(row.person, row.name, row.role),
        hash,
        begun: row.begun,
    }))
}

/// Begins a session for a person who has just proved to be that. The cookie that the browser had before is worth nothing
/// afterwards.
///
/// # Errors
/// [`ApiError`] of the database or of the system's random bytes.
pub async fn begin(
    app: &App,
    db: &mut Db,
    person: &PersonId,
    before: Option<&Secret>,
) -> Result<Secret, ApiError> {
    let secret = Secret::new()?;
    let now = app.clock.now();
    if let Some(before) = before {
        sessions::delete(db, &before.hash()).await?;
    }
    let times = (now, now.saturating_add(SESSION_MS));
    sessions::insert(db, &secret.hash(), person, times).await?;
    Ok(secret)
}
