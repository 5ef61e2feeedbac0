//! Rows of requests that may come again, and of who asked for which run.

use sqlx::AnyConnection;

use super::{StoreError, column};

/// A request that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// Hash of what was asked.
    pub request: Vec<u8>,
    /// The run that it makes or decides about.
    pub run: String,
    /// Whether it was answered.
    pub answered: bool,
}

/// Which request: of whom, and the hash of the key.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Who asks.
    pub asker: &'a str,
    /// Hash of the key that came with it.
    pub key: &'a [u8; 32],
}

/// The request of this key, unless its time is over.
pub async fn get(
    db: &mut AnyConnection,
    place: Place<'_>,
    now: i64,
) -> Result<Option<RequestRow>, StoreError> {
    let row = sqlx::query(
        "SELECT request, run, answered FROM requests WHERE asker = $1 AND request_key = $2 AND until > $3",
    )
    .bind(place.asker)
    .bind(place.key.to_vec())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(RequestRow {
            request: column(&row, "request")?,
            run: column(&row, "run")?,
            answered: column::<i64>(&row, "answered")? != 0,
        })
    })
    .transpose()
}

/// Writes a request down, before anything of it is done. Those whose time is over are taken away.
pub async fn insert(
    db: &mut AnyConnection,
    place: Place<'_>,
    request: &[u8; 32],
    run: &str,
    (now, until): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM requests WHERE until <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO requests (asker, request_key, request, run, answered, until) VALUES ($1, $2, $3, $4, 0, $5)",
    )
    .bind(place.asker)
    .bind(place.key.to_vec())
    .bind(request.to_vec())
    .bind(run)
    .bind(until)
    .execute(db)
    .await?;
    Ok(())
}

/// Says that a request was answered.
pub async fn answered(db: &mut AnyConnection, place: Place<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE requests SET answered = 1 WHERE asker = $1 AND request_key = $2 AND answered = 0",
    )
    .bind(place.asker)
    .bind(place.key.to_vec())
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a request away that made nothing: the same key may be used again.
pub async fn forget(db: &mut AnyConnection, place: Place<'_>, run: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM requests WHERE asker = $1 AND request_key = $2 AND run = $3 AND answered = 0",
    )
    .bind(place.asker)
    .bind(place.key.to_vec())
    .bind(run)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a request another run, if nobody did meanwhile and it was not answered. Says whether.
pub async fn begin_anew(
    db: &mut AnyConnection,
    place: Place<'_>,
    before: &str,
    run: &str,
) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "UPDATE requests SET run = $4 WHERE asker = $1 AND request_key = $2 AND run = $3 AND answered = 0",
    )
    .bind(place.asker)
    .bind(place.key.to_vec())
    .bind(before)
    .bind(run)
    .execute(db)
    .await?
    .rows_affected();
    Ok(changed == 1)
}

/// Writes down who asks for a run, before it begins.
pub async fn asked(
    db: &mut AnyConnection,
    asker: &str,
    run: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO asked_runs (run, asker, at) VALUES ($1, $2, $3)")
        .bind(run)
        .bind(asker)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets that somebody asked for a run that never came to be.
pub async fn unask(db: &mut AnyConnection, asker: &str, run: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM asked_runs WHERE run = $1 AND asker = $2")
        .bind(run)
        .bind(asker)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether this one asked for that run.
pub async fn is_of(db: &mut AnyConnection, asker: &str, run: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT run FROM asked_runs WHERE run = $1 AND asker = $2")
        .bind(run)
        .bind(asker)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Runs that this one asked for, newest first, from before `before` on.
pub async fn runs_of(
    db: &mut AnyConnection,
    asker: &str,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    // A letter comes after every digit of an identifier.
    let before = before.unwrap_or("g");
    let rows = sqlx::query(
        "SELECT run FROM asked_runs WHERE asker = $1 AND run < $2 ORDER BY run DESC LIMIT $3",
    )
    .bind(asker)
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| column(row, "run")).collect()
}
