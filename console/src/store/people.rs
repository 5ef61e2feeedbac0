//! Rows of people, of the links that let them in, and of what was changed about them.

use super::{Db, StoreError, column, parsed};
use crate::people::{PersonId, PersonName, Role};

/// A person as stored. It is a row and nobody who is there: a [`crate::people::Person`] is made of a session only.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Which.
    pub id: PersonId,
    /// As shown.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Hash of the password; none until one was set.
    pub password: Option<String>,
    /// When the person was added.
    pub created: i64,
}

/// What was changed about a person.
#[derive(Debug)]
pub struct Change {
    /// When.
    pub at: i64,
    /// Name of who did it; none: nobody was there yet.
    pub by: Option<String>,
    /// Name of whom it is about.
    pub person: String,
    /// What.
    pub what: What,
    /// The role it is about, if it is about one.
    pub role: Option<Role>,
}

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Kinds of changes about people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum What { $($(#[$doc])* $name,)* }

        impl What {
            /// The word in the table.
            const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }

        impl std::str::FromStr for What {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($word => Ok(Self::$name),)* _ => Err(()) }
            }
        }
    };
}

whats! {
    /// The first owner was made.
    First = "first",
    /// Was added, and invited.
    Added = "added",
    /// Was sent another link.
    Invited = "invited",
    /// Set a password with a link.
    Joined = "joined",
    /// Has another role.
    Role = "role",
    /// Was removed.
    Removed = "removed",
    /// Changed the own password.
    Password = "password",
}

const COLUMNS: &str = "id, name, role, password, created";

fn read(row: &sqlx::any::AnyRow) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        id: parsed(row, "id")?,
        name: column(row, "name")?,
        role: parsed(row, "role")?,
        password: column(row, "password")?,
        created: column(row, "created")?,
    })
}

/// Everybody, by name.
pub async fn all(db: &mut Db) -> Result<Vec<PersonRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM people WHERE removed IS NULL ORDER BY name_key");
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The person of that name.
pub async fn by_name(db: &mut Db, name: &PersonName) -> Result<Option<PersonRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM people WHERE name_key = $1 AND removed IS NULL");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(name.key())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// That person, unless removed.
pub async fn get(db: &mut Db, id: &PersonId) -> Result<Option<PersonRow>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM people WHERE id = $1 AND removed IS NULL");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a person. False: somebody has that name.
pub async fn insert(
    db: &mut Db,
    id: &PersonId,
    name: &PersonName,
    role: Role,
    password: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    if by_name(db, name).await?.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO people (id, name, name_key, role, password, created) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.as_str())
    .bind(name.as_str())
    .bind(name.key())
    .bind(role.as_str())
    .bind(password.map(str::to_owned))
    .bind(now)
    .execute(db)
    .await?;
    Ok(true)
}

/// How many owners there are who can sign in.
pub async fn owners(db: &mut Db) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM people WHERE role = 'owner' AND password IS NOT NULL AND removed IS NULL",
    )
    .fetch_one(db)
    .await?;
    column(&row, "count")
}

/// Gives a person another role.
pub async fn set_role(db: &mut Db, id: &PersonId, role: Role) -> Result<(), StoreError> {
    sqlx::query("UPDATE people SET role = $2 WHERE id = $1 AND removed IS NULL")
        .bind(id.as_str())
        .bind(role.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Sets the hash of a password.
pub async fn set_password(db: &mut Db, id: &PersonId, hash: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE people SET password = $2 WHERE id = $1 AND removed IS NULL")
        .bind(id.as_str())
        .bind(hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a person away: nothing signs in any more.
pub async fn remove(db: &mut Db, id: &PersonId, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE people SET removed = $2, password = NULL WHERE id = $1 AND removed IS NULL",
    )
    .bind(id.as_str())
    .bind(now)
    .execute(&mut *db)
    .await?;
    sqlx::query("DELETE FROM invitations WHERE person = $1")
        .bind(id.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Lets the owner of a link set this person's password; links from before are nothing any more.
pub async fn invite(
    db: &mut Db,
    hash: &[u8; 32],
    id: &PersonId,
    expires: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM invitations WHERE person = $1")
        .bind(id.as_str())
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO invitations (hash, person, expires) VALUES ($1, $2, $3)")
        .bind(hash.to_vec())
        .bind(id.as_str())
        .bind(expires)
        .execute(db)
        .await?;
    Ok(())
}

/// Whose link this is.
pub async fn invited(
    db: &mut Db,
    hash: &[u8; 32],
    now: i64,
) -> Result<Option<PersonRow>, StoreError> {
    let row = sqlx::query(
        "SELECT p.id AS id, p.name AS name, p.role AS role, p.password AS password, p.created AS created \
         FROM invitations i JOIN people p ON p.id = i.person \
         WHERE i.hash = $1 AND i.expires > $2 AND p.removed IS NULL",
    )
    .bind(hash.to_vec())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Uses a link up. False: it was used before.
pub async fn use_invitation(db: &mut Db, hash: &[u8; 32]) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM invitations WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A link that makes the first owner.
pub async fn offer_first(
    db: &mut Db,
    hash: &[u8; 32],
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM first_starts WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO first_starts (hash, expires) VALUES ($1, $2)")
        .bind(hash.to_vec())
        .bind(expires)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether this link makes the first owner.
pub async fn is_first(db: &mut Db, hash: &[u8; 32], now: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT expires FROM first_starts WHERE hash = $1 AND expires > $2")
        .bind(hash.to_vec())
        .bind(now)
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// There is an owner: no such link is anything any more.
pub async fn end_first(db: &mut Db) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM first_starts").execute(db).await?;
    Ok(())
}

/// Writes down a change.
pub async fn note(
    db: &mut Db,
    now: i64,
    by: Option<&PersonId>,
    person: &PersonId,
    (what, role): (What, Option<Role>),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO people_changes (at, by_person, person, what, role) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(now)
    .bind(by.map(|by| by.as_str().to_owned()))
    .bind(person.as_str())
    .bind(what.word())
    .bind(role.map(|role| role.as_str().to_owned()))
    .execute(db)
    .await?;
    Ok(())
}

/// The newest changes, the newest first.
pub async fn changes(db: &mut Db, most: i64) -> Result<Vec<Change>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.at AS at, b.name AS by_name, p.name AS name, c.what AS what, c.role AS role \
         FROM people_changes c JOIN people p ON p.id = c.person LEFT JOIN people b ON b.id = c.by_person \
         ORDER BY c.id DESC LIMIT $1",
    )
    .bind(most)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let role: Option<String> = column(row, "role")?;
            Ok(Change {
                at: column(row, "at")?,
                by: column(row, "by_name")?,
                person: column(row, "name")?,
                what: parsed(row, "what")?,
                role: role.and_then(|role| role.parse().ok()),
            })
        })
        .collect()
}
