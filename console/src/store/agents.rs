//! Rows of agents and of their tokens.

use std::collections::BTreeSet;

use guildhall_host::{Grants, Retention};
use guildhall_package::SkillName;
use guildhall_web::store::json;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, parsed};
use crate::agents::Scopes;
use crate::people::PersonId;

/// A token is noted as used at most this often, in milliseconds.
const NOTE_MS: i64 = 60_000;

/// An agent as stored.
#[derive(Debug, Clone)]
pub struct AgentRow {
    /// Which: a UUID, for good.
    pub id: String,
    /// What the merchant calls it.
    pub name: String,
    /// Skills that it may use; none: all that are installed.
    pub skills: Option<BTreeSet<SkillName>>,
    /// What each of its runs carries.
    pub grants: Grants,
    /// What is kept of its runs.
    pub retention: Retention,
    /// Who made it.
    pub by_person: PersonId,
    /// When, in milliseconds since the Unix epoch.
    pub created: i64,
    /// What it was let in for. Its tokens are for no more.
    pub granted: Scopes,
}

/// A token that counts.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Whose it is.
    pub agent: AgentRow,
    /// What it is for.
    pub scopes: Scopes,
    /// Whether its use is to be noted again.
    pub note: bool,
}

/// An agent with what is known of its tokens.
#[derive(Debug, Clone)]
pub struct AgentUse {
    /// The agent.
    pub agent: AgentRow,
    /// Tokens that count now.
    pub tokens: i64,
    /// When one of them was last used.
    pub used: Option<i64>,
    /// When the last of them ends.
    pub expires: Option<i64>,
}

/// Adds an agent.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(db: &mut AnyConnection, agent: &AgentRow) -> Result<(), StoreError> {
    let skills = agent.skills.as_ref().map(to_json).transpose()?;
    sqlx::query(
        "INSERT INTO agents (id, name, skills, grants, retention, by_person, created, granted) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&agent.id)
    .bind(&agent.name)
    .bind(skills)
    .bind(to_json(&agent.grants)?)
    .bind(agent.retention.word())
    .bind(agent.by_person.as_str())
    .bind(agent.created)
    .bind(agent.granted.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// All agents that were not removed, the newest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn list(db: &mut AnyConnection, now: i64) -> Result<Vec<AgentUse>, StoreError> {
    let rows = sqlx::query(
        "SELECT a.id, a.name, a.skills, a.grants, a.retention, a.by_person, a.created, a.granted, \
         (SELECT COUNT(*) FROM agent_tokens t WHERE t.agent = a.id AND t.expires > $1) AS tokens, \
         (SELECT MAX(used) FROM agent_tokens t WHERE t.agent = a.id) AS used, \
         (SELECT MAX(expires) FROM agent_tokens t WHERE t.agent = a.id AND t.expires > $1) AS expires \
         FROM agents a WHERE a.removed IS NULL ORDER BY a.created DESC, a.id",
    )
    .bind(now)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AgentUse {
                agent: agent(row)?,
                tokens: column(row, "tokens")?,
                used: column(row, "used")?,
                expires: column(row, "expires")?,
            })
        })
        .collect()
}

/// An agent that was not removed.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn get(db: &mut AnyConnection, id: &str) -> Result<Option<AgentRow>, StoreError> {
    let row = sqlx::query(
        "SELECT id, name, skills, grants, retention, by_person, created, granted FROM agents \
         WHERE id = $1 AND removed IS NULL",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(agent).transpose()
}

/// Takes an agent away, with all its tokens. False: there was none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove(db: &mut AnyConnection, id: &str, now: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE agents SET removed = $2 WHERE id = $1 AND removed IS NULL")
        .bind(id)
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM agent_tokens WHERE agent = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Adds a token. Those that have ended are forgotten.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert_token(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    (agent, client): (&str, Option<&str>),
    scopes: &Scopes,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM agent_tokens WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO agent_tokens (hash, agent, client, created, expires, scopes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash.to_vec())
    .bind(agent)
    .bind(client)
    .bind(now)
    .bind(expires)
    .bind(scopes.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// The token with this hash, if it counts.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of_token(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    now: i64,
) -> Result<Option<TokenRow>, StoreError> {
    let row = sqlx::query(
        "SELECT a.id, a.name, a.skills, a.grants, a.retention, a.by_person, a.created, a.granted, t.used AS used, t.scopes AS scopes \
         FROM agent_tokens t JOIN agents a ON a.id = t.agent \
         WHERE t.hash = $1 AND t.expires > $2 AND a.removed IS NULL",
    )
    .bind(hash.to_vec())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let used: Option<i64> = column(&row, "used")?;
        let note = used.is_none_or(|used| now.saturating_sub(used) >= NOTE_MS);
        Ok(TokenRow {
            agent: agent(&row)?,
            scopes: parsed(&row, "scopes")?,
            note,
        })
    })
    .transpose()
}

/// Notes that a token was used.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn used(db: &mut AnyConnection, hash: &[u8; 32], now: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE agent_tokens SET used = $2 WHERE hash = $1")
        .bind(hash.to_vec())
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Tokens, the newest of them, and agents: other numbers whenever one was made or taken away.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn standing(db: &mut AnyConnection) -> Result<[i64; 3], StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM agent_tokens) AS tokens, \
         (SELECT COALESCE(MAX(created), 0) FROM agent_tokens) AS newest, \
         (SELECT COUNT(*) FROM agents WHERE removed IS NULL) AS agents",
    )
    .fetch_one(db)
    .await?;
    Ok([
        column(&row, "tokens")?,
        column(&row, "newest")?,
        column(&row, "agents")?,
    ])
}

/// Ends all tokens of an agent.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn end_tokens(db: &mut AnyConnection, agent: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM agent_tokens WHERE agent = $1")
        .bind(agent)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a token.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn revoke_token(db: &mut AnyConnection, hash: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM agent_tokens WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    Ok(())
}

fn agent(row: &AnyRow) -> Result<AgentRow, StoreError> {
    let skills: Option<String> = column(row, "skills")?;
    Ok(AgentRow {
        id: column(row, "id")?,
        name: column(row, "name")?,
        skills: match skills {
            Some(_) => Some(json(row, "skills")?),
            None => None,
        },
        grants: json(row, "grants")?,
        retention: parsed(row, "retention")?,
        by_person: parsed(row, "by_person")?,
        created: column(row, "created")?,
        granted: parsed(row, "granted")?,
    })
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}
