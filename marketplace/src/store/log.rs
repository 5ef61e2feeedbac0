//! Rows of the log: entries that wait, tiles, heads.

use sqlx::AnyConnection;

use super::{StoreError, column};

/// An entry that waits for its place.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Its number in the queue.
    pub id: i64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// The publish that becomes a release by it.
    pub publish: Option<String>,
}

/// A state of the log.
#[derive(Debug, Clone)]
pub struct Head {
    /// Entries.
    pub size: i64,
    /// Root hash.
    pub root: Vec<u8>,
    /// The checkpoint as a signed note.
    pub note: Vec<u8>,
}

/// Which state of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind {
    /// What the tiles hold.
    Appended,
    /// What everybody sees.
    Published,
}

impl HeadKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Appended => "appended",
            Self::Published => "published",
        }
    }
}

/// Queues an entry. In the transaction of the change that it tells of.
pub async fn queue(
    db: &mut AnyConnection,
    entry: &[u8],
    publish: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log_pending (entry, publish) VALUES ($1, $2)")
        .bind(entry.to_vec())
        .bind(publish)
        .execute(db)
        .await?;
    Ok(())
}

/// The entries that have waited longest.
pub async fn pending(db: &mut AnyConnection, limit: i64) -> Result<Vec<Pending>, StoreError> {
    let rows = sqlx::query("SELECT id, entry, publish FROM log_pending ORDER BY id LIMIT $1")
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Pending {
                id: column(row, "id")?,
                entry: column(row, "entry")?,
                publish: column(row, "publish")?,
            })
        })
        .collect()
}

/// Whether anything waits.
pub async fn waits(db: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM log_pending LIMIT 1")
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Takes an entry out of the queue. In the transaction that appends it.
pub async fn take(db: &mut AnyConnection, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM log_pending WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// A tile as wide as it has become, with its width.
pub async fn tile(
    db: &mut AnyConnection,
    level: i64,
    tile: i64,
) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let row = sqlx::query("SELECT width, bytes FROM log_tiles WHERE level = $1 AND tile = $2")
        .bind(level)
        .bind(tile)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((column(&row, "width")?, column(&row, "bytes")?)))
        .transpose()
}

/// Writes a tile. It only grows.
pub async fn set_tile(
    db: &mut AnyConnection,
    level: i64,
    tile: i64,
    width: i64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_tiles (level, tile, width, bytes) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (level, tile) DO UPDATE SET width = $3, bytes = $4 WHERE log_tiles.width < $3",
    )
    .bind(level)
    .bind(tile)
    .bind(width)
    .bind(bytes.to_vec())
    .execute(db)
    .await?;
    Ok(())
}

/// A state of the log.
pub async fn head(db: &mut AnyConnection, kind: HeadKind) -> Result<Option<Head>, StoreError> {
    let row = sqlx::query("SELECT size, root, note FROM log_heads WHERE kind = $1")
        .bind(kind.as_str())
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Head {
            size: column(&row, "size")?,
            root: column(&row, "root")?,
            note: column(&row, "note")?,
        })
    })
    .transpose()
}

/// Writes a state of the log, unless a longer one is there. True: this one is there now.
pub async fn set_head(
    db: &mut AnyConnection,
    kind: HeadKind,
    head: &Head,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO log_heads (kind, size, root, note) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (kind) DO UPDATE SET size = $2, root = $3, note = $4 WHERE log_heads.size < $2",
    )
    .bind(kind.as_str())
    .bind(head.size)
    .bind(head.root.clone())
    .bind(head.note.clone())
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How much of the log a witness has cosigned, as far as is known.
pub async fn witnessed(db: &mut AnyConnection, witness: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT size FROM log_witnesses WHERE witness = $1")
        .bind(witness)
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(0), |row| column(&row, "size"))
}

/// Remembers how much of the log a witness has cosigned.
pub async fn set_witnessed(
    db: &mut AnyConnection,
    witness: &str,
    size: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_witnesses (witness, size) VALUES ($1, $2) ON CONFLICT (witness) DO UPDATE SET size = $2",
    )
    .bind(witness)
    .bind(size)
    .execute(db)
    .await?;
    Ok(())
}
