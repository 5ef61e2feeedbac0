//! Rows of sessions: people who are signed in with a browser. Each service names its columns as it likes, in statements of its
//! own; what they do is the same.

use sqlx::AnyConnection;

use crate::store::StoreError;

/// Sessions that somebody may have at once; the oldest end first.
const MOST: i64 = 20;

/// The table `sessions` of a service.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    /// Puts one in: hash, whose, when it began, when it expires.
    pub insert: &'static str,
    /// Leaves somebody, `$1`, the newest `$2`.
    pub keep: &'static str,
    /// Ends all of somebody, `$1`.
    pub end: &'static str,
}

impl Sessions {
    /// Begins a session. Of those that its owner had, the oldest and those that have expired end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin(
        &self,
        db: &mut AnyConnection,
        hash: &[u8; 32],
        whose: &str,
        (now, expires): (i64, i64),
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE expires <= $1")
            .bind(now)
            .execute(&mut *db)
            .await?;
        sqlx::query(self.insert)
            .bind(hash.to_vec())
            .bind(whose)
            .bind(now)
            .bind(expires)
            .execute(&mut *db)
            .await?;
        sqlx::query(self.keep)
            .bind(whose)
            .bind(MOST)
            .execute(db)
            .await?;
        Ok(())
    }

    /// Ends all sessions of somebody.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_all(&self, db: &mut AnyConnection, whose: &str) -> Result<(), StoreError> {
        sqlx::query(self.end).bind(whose).execute(db).await?;
        Ok(())
    }
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`].
pub async fn end(db: &mut AnyConnection, hash: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    Ok(())
}
