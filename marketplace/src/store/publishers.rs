//! Rows of publishers, members, keys and challenges.

use guildhall_package::FolderName;
use guildhall_package::market::account::MemberRole;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, parsed};

/// A publisher's key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id.
    pub key: String,
    /// Whose it is.
    pub publisher: FolderName,
    /// The public key as text.
    pub public_key: String,
    /// When it was registered.
    pub granted: i64,
    /// From when on it is not believed.
    pub revoked_from: Option<i64>,
    /// Key that took its place.
    pub replaced_by: Option<String>,
}

/// A member of a publisher.
#[derive(Debug, Clone)]
pub struct Member {
    /// The account.
    pub account: FolderName,
    /// Its part.
    pub role: MemberRole,
    /// Since when.
    pub since: i64,
}

fn role(row: &AnyRow) -> Result<MemberRole, StoreError> {
    let text: String = column(row, "role")?;
    [MemberRole::Owner, MemberRole::Member]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| StoreError::Corrupt(format!("column role: `{text}`")))
}

/// Names of all publishers, in order.
pub async fn names(db: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT publisher FROM publishers ORDER BY publisher")
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| column(row, "publisher")).collect()
}

/// When a publisher's name was granted.
pub async fn granted(db: &mut AnyConnection, publisher: &str) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT granted FROM publishers WHERE publisher = $1")
        .bind(publisher)
        .fetch_optional(db)
        .await?;
    row.map(|row| column(&row, "granted")).transpose()
}

/// Makes a publisher. False: the name is taken.
pub async fn insert(db: &mut AnyConnection, publisher: &str, now: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO publishers (publisher, granted) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(publisher)
    .bind(now)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The part that an account has in a publisher.
pub async fn member(
    db: &mut AnyConnection,
    publisher: &str,
    account: &str,
) -> Result<Option<MemberRole>, StoreError> {
    let row = sqlx::query("SELECT role FROM members WHERE publisher = $1 AND account = $2")
        .bind(publisher)
        .bind(account)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(role).transpose()
}

/// Members whose name comes after `after`, in order.
pub async fn members(
    db: &mut AnyConnection,
    publisher: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT account, role, since FROM members WHERE publisher = $1 AND account > $2 ORDER BY account LIMIT $3",
    )
    .bind(publisher)
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Member {
                account: parsed(row, "account")?,
                role: role(row)?,
                since: column(row, "since")?,
            })
        })
        .collect()
}

/// Publishers of which an account is a member.
pub async fn of_account(
    db: &mut AnyConnection,
    account: &str,
) -> Result<Vec<(FolderName, MemberRole)>, StoreError> {
    let rows =
        sqlx::query("SELECT publisher, role FROM members WHERE account = $1 ORDER BY publisher")
            .bind(account)
            .fetch_all(db)
            .await?;
    rows.iter()
        .map(|row| Ok((parsed(row, "publisher")?, role(row)?)))
        .collect()
}

/// Adds a member, or changes the part.
pub async fn set_member(
    db: &mut AnyConnection,
    publisher: &str,
    account: &str,
    role: MemberRole,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO members (publisher, account, role, since) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (publisher, account) DO UPDATE SET role = $3",
    )
    .bind(publisher)
    .bind(account)
    .bind(role.as_str())
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a member out.
pub async fn remove_member(
    db: &mut AnyConnection,
    publisher: &str,
    account: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM members WHERE publisher = $1 AND account = $2")
        .bind(publisher)
        .bind(account)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many owners a publisher has. Its row is locked until the transaction ends, so that two can't both take the last
/// but one out.
pub async fn lock_and_count_owners(
    db: &mut AnyConnection,
    publisher: &str,
) -> Result<i64, StoreError> {
    sqlx::query("UPDATE publishers SET granted = granted WHERE publisher = $1")
        .bind(publisher)
        .execute(&mut *db)
        .await?;
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS owners FROM members WHERE publisher = $1 AND role = 'owner'",
    )
    .bind(publisher)
    .fetch_one(db)
    .await?;
    column(&row, "owners")
}

fn key(row: &AnyRow) -> Result<Key, StoreError> {
    Ok(Key {
        key: column(row, "key")?,
        publisher: parsed(row, "publisher")?,
        public_key: column(row, "public_key")?,
        granted: column(row, "granted")?,
        revoked_from: column(row, "revoked_from")?,
        replaced_by: column(row, "replaced_by")?,
    })
}

/// All keys of a publisher, oldest first.
pub async fn keys(db: &mut AnyConnection, publisher: &str) -> Result<Vec<Key>, StoreError> {
    let rows = sqlx::query("SELECT * FROM publisher_keys WHERE publisher = $1 ORDER BY granted, key")
        .bind(publisher)
        .fetch_all(db)
        .await?;
    rows.iter().map(key).collect()
}

/// Registers a key. False: it is registered, here or elsewhere.
pub async fn insert_key(db: &mut AnyConnection, key: &Key) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO publisher_keys (key, publisher, public_key, granted) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(key.key.as_str())
    .bind(key.publisher.as_str())
    .bind(key.public_key.as_str())
    .bind(key.granted)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes a key that is not revoked from an earlier time on. False: there is none such.
pub async fn revoke_key(
    db: &mut AnyConnection,
    publisher: &str,
    key: &str,
    from: i64,
    replaced_by: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publisher_keys SET revoked_from = $3, replaced_by = COALESCE(replaced_by, $4) \
         WHERE publisher = $1 AND key = $2 AND (revoked_from IS NULL OR revoked_from > $3)",
    )
    .bind(publisher)
    .bind(key)
    .bind(from)
    .bind(replaced_by)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the key is in force. Its row is locked until the transaction ends: a revocation waits, and comes into the log
/// after what was done with the key.
pub async fn lock_key(
    db: &mut AnyConnection,
    publisher: &str,
    key: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publisher_keys SET granted = granted WHERE publisher = $1 AND key = $2 AND revoked_from IS NULL",
    )
    .bind(publisher)
    .bind(key)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a challenge, and forgets those that are over.
pub async fn insert_challenge(
    db: &mut AnyConnection,
    publisher: &str,
    challenge: &str,
    now: i64,
    expires: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM key_challenges WHERE expires < $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO key_challenges (challenge, publisher, expires) VALUES ($1, $2, $3)")
        .bind(challenge)
        .bind(publisher)
        .bind(expires)
        .execute(db)
        .await?;
    Ok(())
}

/// Uses a challenge up. False: it is not one of this publisher's, or over.
pub async fn take_challenge(
    db: &mut AnyConnection,
    publisher: &str,
    challenge: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "DELETE FROM key_challenges WHERE challenge = $1 AND publisher = $2 AND expires > $3",
    )
    .bind(challenge)
    .bind(publisher)
    .bind(now)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
