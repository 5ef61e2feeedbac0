//! Rows of accounts, tokens and failed logins.

use guildhall_package::FolderName;
use guildhall_package::market::account::{Role, Scope};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, json, parsed};

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub account: FolderName,
    /// Hash of its password, PHC text.
    pub password: String,
    /// Roles given by an admin.
    pub roles: Vec<Role>,
    /// When it was made.
    pub created: i64,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its name in the API.
    pub id: String,
    /// Whose it is.
    pub account: FolderName,
    /// What it is for.
    pub label: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

fn list<T: serde::Serialize>(items: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(items).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Makes an account. False: the name is taken.
pub async fn insert(db: &mut AnyConnection, account: &Account) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO accounts (account, password, roles, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(account.account.as_str())
    .bind(account.password.as_str())
    .bind(list(&account.roles)?)
    .bind(account.created)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account of this name.
pub async fn get(db: &mut AnyConnection, account: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE account = $1")
        .bind(account)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Account {
            account: parsed(&row, "account")?,
            password: column(&row, "password")?,
            roles: json(&row, "roles")?,
            created: column(&row, "created")?,
        })
    })
    .transpose()
}

/// Changes the password, if it is still the one that was compared.
pub async fn set_password(
    db: &mut AnyConnection,
    account: &str,
    old: &str,
    new: &str,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE accounts SET password = $3 WHERE account = $1 AND password = $2")
            .bind(account)
            .bind(old)
            .bind(new)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets all roles of an account. False: there is no such account.
pub async fn set_roles(
    db: &mut AnyConnection,
    account: &str,
    roles: &[Role],
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE accounts SET roles = $2 WHERE account = $1")
        .bind(account)
        .bind(list(roles)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes a token.
pub async fn insert_token(
    db: &mut AnyConnection,
    token: &Token,
    hash: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tokens (id, account, hash, label, scopes, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token.id.as_str())
    .bind(token.account.as_str())
    .bind(hash.to_vec())
    .bind(token.label.as_str())
    .bind(list(&token.scopes)?)
    .bind(token.created)
    .bind(token.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// The token with this hash, with the roles of its account.
pub async fn token(
    db: &mut AnyConnection,
    hash: &[u8; 32],
) -> Result<Option<(Token, Vec<Role>)>, StoreError> {
    let row = sqlx::query(
        "SELECT t.*, a.roles AS roles FROM tokens t JOIN accounts a ON a.account = t.account WHERE t.hash = $1",
    )
    .bind(hash.to_vec())
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((read_token(&row)?, json(&row, "roles")?)))
        .transpose()
}

/// Tokens of an account whose id comes after `after`, oldest first.
pub async fn tokens(
    db: &mut AnyConnection,
    account: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Token>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM tokens WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(account)
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await?;
    rows.iter().map(read_token).collect()
}

/// Revokes a token. False: the account has no such token in force.
pub async fn revoke_token(
    db: &mut AnyConnection,
    account: &str,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE tokens SET revoked = $3 WHERE account = $1 AND id = $2 AND revoked IS NULL",
    )
    .bind(account)
    .bind(id)
    .bind(now)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes all tokens of an account but one.
pub async fn revoke_other_tokens(
    db: &mut AnyConnection,
    account: &str,
    keep: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tokens SET revoked = $3 WHERE account = $1 AND id <> $2 AND revoked IS NULL",
    )
    .bind(account)
    .bind(keep)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

fn read_token(row: &AnyRow) -> Result<Token, StoreError> {
    Ok(Token {
        id: column(row, "id")?,
        account: parsed(row, "account")?,
        label: column(row, "label")?,
        scopes: json(row, "scopes")?,
        created: column(row, "created")?,
        expires: column(row, "expires")?,
        revoked: column(row, "revoked")?,
    })
}
