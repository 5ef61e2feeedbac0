//! Rows of hooks, and of what is told to them.

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column};

/// A program elsewhere that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Which.
    pub id: String,
    /// Where it is told.
    pub url: String,
    /// How often its secret was changed.
    pub generation: i64,
    /// Until when the secret before this one signs as well.
    pub old_until: i64,
    /// When it was added.
    pub created: i64,
    /// Since when it took nothing; none: it took the last.
    pub failing_since: Option<i64>,
    /// When it was switched off.
    pub disabled: Option<i64>,
}

impl Hook {
    /// A new one.
    #[must_use]
    pub fn new(url: &str, now: i64) -> Self {
        Self {
            id: uuid::Uuid::now_v7().simple().to_string(),
            url: url.to_owned(),
            generation: 0,
            old_until: 0,
            created: now,
            failing_since: None,
            disabled: None,
        }
    }
}

/// What is told, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The webhook-id.
    pub id: String,
    /// To which hook.
    pub hook: String,
    /// Name of the event.
    pub event: String,
    /// About which run; empty for a test.
    pub run: String,
    /// The run's status.
    pub status: String,
    /// When it happened.
    pub at: i64,
    /// How often it was sent.
    pub attempts: i64,
    /// When it is sent next.
    pub due: Option<i64>,
    /// When it was taken.
    pub delivered: Option<i64>,
    /// What the last attempt came to.
    pub said: Option<String>,
}

const HOOK: &str = "id, url, generation, old_until, created, failing_since, disabled";
const MESSAGE: &str = "id, hook, event, run, status, at, attempts, due, delivered, said";
/// Messages that are kept of each hook, besides those under way.
const KEPT: i64 = 200;

fn hook(row: &AnyRow) -> Result<Hook, StoreError> {
    Ok(Hook {
        id: column(row, "id")?,
        url: column(row, "url")?,
        generation: column(row, "generation")?,
        old_until: column(row, "old_until")?,
        created: column(row, "created")?,
        failing_since: column(row, "failing_since")?,
        disabled: column(row, "disabled")?,
    })
}

fn message(row: &AnyRow) -> Result<Message, StoreError> {
    Ok(Message {
        id: column(row, "id")?,
        hook: column(row, "hook")?,
        event: column(row, "event")?,
        run: column(row, "run")?,
        status: column(row, "status")?,
        at: column(row, "at")?,
        attempts: column(row, "attempts")?,
        due: column(row, "due")?,
        delivered: column(row, "delivered")?,
        said: column(row, "said")?,
    })
}

/// All hooks, oldest first.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<Hook>, StoreError> {
    let text = format!("SELECT {HOOK} FROM hooks WHERE removed IS NULL ORDER BY id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(db).await?;
    rows.iter().map(hook).collect()
}

/// One of them.
pub async fn get(db: &mut AnyConnection, id: &str) -> Result<Option<Hook>, StoreError> {
    let text = format!("SELECT {HOOK} FROM hooks WHERE id = $1 AND removed IS NULL");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(hook).transpose()
}

/// Adds one.
pub async fn insert(db: &mut AnyConnection, hook: &Hook) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hooks (id, url, generation, old_until, created) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&hook.id)
    .bind(&hook.url)
    .bind(hook.generation)
    .bind(hook.old_until)
    .bind(hook.created)
    .execute(db)
    .await?;
    Ok(())
}

/// Changes the secret of one: the one before signs until `old_until` as well.
pub async fn rotate(db: &mut AnyConnection, id: &str, old_until: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE hooks SET generation = generation + 1, old_until = $2 WHERE id = $1 AND removed IS NULL")
        .bind(id)
        .bind(old_until)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes one, and all that was to be told to it.
pub async fn remove(db: &mut AnyConnection, id: &str, now: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM hook_messages WHERE hook = $1")
        .bind(id)
        .execute(&mut *db)
        .await?;
    sqlx::query("UPDATE hooks SET removed = $2 WHERE id = $1 AND removed IS NULL")
        .bind(id)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Switches one off, or on again. What waits for one that is off is not sent.
pub async fn set_disabled(
    db: &mut AnyConnection,
    id: &str,
    disabled: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE hooks SET disabled = $2, failing_since = NULL WHERE id = $1")
        .bind(id)
        .bind(disabled)
        .execute(db)
        .await?;
    Ok(())
}

/// Since when one takes nothing; none: it took something now.
pub async fn set_failing(
    db: &mut AnyConnection,
    id: &str,
    since: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE hooks SET failing_since = $2 WHERE id = $1")
        .bind(id)
        .bind(since)
        .execute(db)
        .await?;
    Ok(())
}

/// Puts a message into the outbox, unless the hook was told of that already.
pub async fn put(
    db: &mut AnyConnection,
    hook: &str,
    (event, run, status): (&str, &str, &str),
    (at, now): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hook_messages (id, hook, event, run, status, at, attempts, due) VALUES ($1, $2, $3, $4, $5, $6, 0, $7) \
         ON CONFLICT (hook, event, run, status) DO NOTHING",
    )
    .bind(format!("msg_{}", uuid::Uuid::now_v7().simple()))
    .bind(hook)
    .bind(event)
    .bind(run)
    .bind(status)
    .bind(at)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes what is due and is sent now: it is due again at `again`, should this process end before it says what came of it. No
/// other process takes the same.
pub async fn take_due(
    db: &mut AnyConnection,
    (now, again): (i64, i64),
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let text = format!(
        "SELECT {MESSAGE} FROM hook_messages WHERE due <= $1 AND hook IN \
         (SELECT id FROM hooks WHERE removed IS NULL AND disabled IS NULL) ORDER BY due, id LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(now)
        .bind(limit)
        .fetch_all(&mut *db)
        .await?;
    let mut taken = Vec::new();
    for row in &rows {
        let mut message = message(row)?;
        let changed = sqlx::query(
            "UPDATE hook_messages SET due = $2, attempts = attempts + 1 WHERE id = $1 AND due = $3 AND attempts = $4",
        )
        .bind(&message.id)
        .bind(again)
        .bind(message.due)
        .bind(message.attempts)
        .execute(&mut *db)
        .await?
        .rows_affected();
        if changed == 1 {
            message.attempts = message.attempts.saturating_add(1);
            taken.push(message);
        }
    }
    Ok(taken)
}

/// When the next message is due; none if none waits.
pub async fn next_due(db: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "SELECT MIN(due) AS due FROM hook_messages WHERE due IS NOT NULL AND hook IN \
         (SELECT id FROM hooks WHERE removed IS NULL AND disabled IS NULL)",
    )
    .fetch_one(db)
    .await?;
    column(&row, "due")
}

/// What an attempt came to.
pub async fn said(
    db: &mut AnyConnection,
    id: &str,
    (due, delivered): (Option<i64>, Option<i64>),
    said: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE hook_messages SET due = $2, delivered = $3, said = $4 WHERE id = $1")
        .bind(id)
        .bind(due)
        .bind(delivered)
        .bind(said)
        .execute(db)
        .await?;
    Ok(())
}

/// The last messages of a hook, newest first.
pub async fn last(
    db: &mut AnyConnection,
    hook: &str,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let text = format!(
        "SELECT {MESSAGE} FROM hook_messages WHERE hook = $1 ORDER BY at DESC, id DESC LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(hook)
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(message).collect()
}

/// Forgets what is over, but for the newest.
pub async fn sweep(db: &mut AnyConnection, hook: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM hook_messages WHERE hook = $1 AND due IS NULL AND id NOT IN \
         (SELECT id FROM hook_messages WHERE hook = $1 ORDER BY id DESC LIMIT $2)",
    )
    .bind(hook)
    .bind(KEPT)
    .execute(db)
    .await?;
    Ok(())
}

/// Up to where the audit log was read; none: never.
pub async fn place(db: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT seq FROM hook_place WHERE one = 1")
        .fetch_optional(db)
        .await?;
    row.map(|row| column(&row, "seq")).transpose()
}

/// Sets it.
pub async fn set_place(db: &mut AnyConnection, seq: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hook_place (one, seq) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq \
         WHERE excluded.seq > hook_place.seq",
    )
    .bind(seq)
    .execute(db)
    .await?;
    Ok(())
}
