//! Rows of programs that ask to be let in, and of what they were given.

use guildhall_web::store::json;
use sqlx::AnyConnection;

use super::{StoreError, column, parsed};
use crate::agents::Scopes;

/// A program that made itself known.
#[derive(Debug, Clone)]
pub struct ClientRow {
    /// Which.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// Where it may be sent back to.
    pub redirects: Vec<String>,
}

/// A code, as it was given.
#[derive(Debug, Clone)]
pub struct CodeRow {
    /// To which program.
    pub client: String,
    /// Where it was sent.
    pub redirect: String,
    /// What the program has to prove.
    pub challenge: Vec<u8>,
    /// The agent that it becomes.
    pub agent: String,
    /// What its tokens will be for, at most.
    pub scopes: Scopes,
}

/// What renews a token, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalRow {
    /// To which program.
    pub client: String,
    /// For which agent.
    pub agent: String,
    /// What the tokens that come of it are for, at most.
    pub scopes: Scopes,
}

/// What became of something that counts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once<T> {
    /// It was there, and is used now.
    Now(T),
    /// It had been used before: by whom is not known, so what it led to ends.
    Before(T),
    /// It is not there, or its time is over.
    Never,
}

/// Adds a program. Those that nobody let in for so long are forgotten.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_client(
    db: &mut AnyConnection,
    (id, name, redirects): (&str, &str, &[&str]),
    (now, forget_before): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM oauth_clients WHERE created < $1 \
         AND NOT EXISTS (SELECT 1 FROM oauth_codes c WHERE c.client = oauth_clients.id) \
         AND NOT EXISTS (SELECT 1 FROM oauth_renewals r WHERE r.client = oauth_clients.id)",
    )
    .bind(forget_before)
    .execute(&mut *db)
    .await?;
    let redirects =
        serde_json::to_string(redirects).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    sqlx::query("INSERT INTO oauth_clients (id, name, redirects, created) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(name)
        .bind(redirects)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// How many programs are known.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn clients(db: &mut AnyConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM oauth_clients")
        .fetch_one(db)
        .await?;
    column(&row, "count")
}

/// A program.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn client(db: &mut AnyConnection, id: &str) -> Result<Option<ClientRow>, StoreError> {
    let row = sqlx::query("SELECT id, name, redirects FROM oauth_clients WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(ClientRow {
            id: column(&row, "id")?,
            name: column(&row, "name")?,
            redirects: json(&row, "redirects")?,
        })
    })
    .transpose()
}

/// Adds a code. Those whose time is over are forgotten.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_code(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    code: &CodeRow,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM oauth_codes WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO oauth_codes (hash, client, redirect, challenge, agent, expires, scopes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hash.to_vec())
    .bind(&code.client)
    .bind(&code.redirect)
    .bind(&code.challenge)
    .bind(&code.agent)
    .bind(expires)
    .bind(code.scopes.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Uses a code. What is wrong with who comes with it is looked at afterwards: it is used up all the same.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn use_code(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    now: i64,
) -> Result<Once<CodeRow>, StoreError> {
    let row = sqlx::query(
        "SELECT client, redirect, challenge, agent, scopes FROM oauth_codes WHERE hash = $1 AND expires > $2",
    )
    .bind(hash.to_vec())
    .bind(now)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else {
        return Ok(Once::Never);
    };
    let code = CodeRow {
        client: column(&row, "client")?,
        redirect: column(&row, "redirect")?,
        challenge: column(&row, "challenge")?,
        agent: column(&row, "agent")?,
        scopes: parsed(&row, "scopes")?,
    };
    let done = sqlx::query("UPDATE oauth_codes SET used = $2 WHERE hash = $1 AND used IS NULL")
        .bind(hash.to_vec())
        .bind(now)
        .execute(db)
        .await?;
    Ok(if done.rows_affected() == 1 {
        Once::Now(code)
    } else {
        Once::Before(code)
    })
}

/// Adds what renews a token. What has ended is forgotten.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_renewal(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    renewal: &RenewalRow,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM oauth_renewals WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO oauth_renewals (hash, client, agent, expires, scopes) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash.to_vec())
    .bind(&renewal.client)
    .bind(&renewal.agent)
    .bind(expires)
    .bind(renewal.scopes.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Uses a renewal.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn use_renewal(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    now: i64,
) -> Result<Once<RenewalRow>, StoreError> {
    let row = sqlx::query(
        "SELECT r.client, r.agent, r.scopes FROM oauth_renewals r JOIN agents a ON a.id = r.agent \
         WHERE r.hash = $1 AND r.expires > $2 AND a.removed IS NULL",
    )
    .bind(hash.to_vec())
    .bind(now)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else {
        return Ok(Once::Never);
    };
    let found = RenewalRow {
        client: column(&row, "client")?,
        agent: column(&row, "agent")?,
        scopes: parsed(&row, "scopes")?,
    };
    let done = sqlx::query("UPDATE oauth_renewals SET used = $2 WHERE hash = $1 AND used IS NULL")
        .bind(hash.to_vec())
        .bind(now)
        .execute(db)
        .await?;
    Ok(if done.rows_affected() == 1 {
        Once::Now(found)
    } else {
        Once::Before(found)
    })
}

/// Ends what renews the tokens of an agent.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end_renewals(db: &mut AnyConnection, agent: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM oauth_renewals WHERE agent = $1")
        .bind(agent)
        .execute(db)
        .await?;
    Ok(())
}
