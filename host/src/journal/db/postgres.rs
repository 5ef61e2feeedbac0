//! Opening a database of a PostgreSQL server, with its tables up to date.
//!
//! The tables are those of SQLite: bytes have another type, and texts are compared by their bytes there as well, whatever language
//! the server is set to. What only several processes need comes after them, in `postgres.sql` and `postgres_writers.sql`.

use super::super::JournalError;
use super::super::many::PREPARED;
use super::connection::{Connection, Held, Readers};
use super::limits::{ANSWER, within};
use super::open::Opened;
use super::pen::{Pen, is_away};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqlSafeStr as _};
use std::net::IpAddr;
use std::time::Duration;
use zeroize::Zeroizing;

/// Connections that read.
const READERS: u32 = 8;
/// How long a question waits for one.
const PATIENCE: Duration = Duration::from_secs(15);
/// The tables that only several processes need. Those of all databases are numbered from 1.
const SHARED: [(i64, &str, &str); 2] = [
    (10_001, "shared", include_str!("postgres.sql")),
    (10_002, "writers", include_str!("postgres_writers.sql")),
];

/// The address of a database: who is told it can change everything there, so that it is never shown whole.
#[derive(Clone)]
pub struct DatabaseUrl {
    text: Zeroizing<String>,
    options: PgConnectOptions,
}

impl DatabaseUrl {
    /// The whole address, password and all.
    #[must_use]
    pub fn whole(&self) -> &str {
        &self.text
    }
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DatabaseUrl {}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Where it is, without who connects and by which password.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.options.get_database().unwrap_or_default();
        write!(f, "postgres://{}/{name}", self.options.get_host())
    }
}

/// A text that is no address of a database. It is not repeated: a password may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no address of a PostgreSQL database; give postgres://USER:PASSWORD@HOST/NAME")]
pub struct InvalidDatabaseUrl;

impl std::str::FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(InvalidDatabaseUrl);
        }
        let options = PgConnectOptions::from_str(text).map_err(|_| InvalidDatabaseUrl)?;
        if is_secured(&options, text) {
            return Ok(Self {
                text: Zeroizing::new(text.to_owned()),
                options,
            });
        }
        let begins = if text.contains('?') { '&' } else { '?' };
        let text = Zeroizing::new(format!("{text}{begins}sslmode=verify-full"));
        let options = PgConnectOptions::from_str(&text).map_err(|_| InvalidDatabaseUrl)?;
        Ok(Self { text, options })
    }
}

/// Whether a server is on this machine, or somebody has said how it is known. Over a network it is otherwise only the server whose
/// certificate says that it is the one.
fn is_secured(options: &PgConnectOptions, text: &str) -> bool {
    let host = options.get_host();
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    is_here || text.contains("sslmode=") || text.contains("ssl-mode=")
}

/// Opens it, for a writer that is known by this name.
pub(super) async fn open(url: &DatabaseUrl, writer: &str) -> Result<Opened, JournalError> {
    let options = url
        .options
        .clone()
        .application_name("guildhall")
        .statement_cache_capacity(PREPARED)
        .options([
            // What is acknowledged is on the disk, whatever the server's default is.
            ("synchronous_commit", "on"),
            ("statement_timeout", "60s"),
            // Whoever is not heard of in the middle of a turn keeps all others waiting.
            ("idle_in_transaction_session_timeout", "30s"),
        ])
        .disable_statement_logging();
    let mut connection = within(ANSWER, options.connect()).await?;
    migrator()
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|error| match error {
            sqlx::migrate::MigrateError::Execute(error) if is_away(&error) => error.into(),
            other => JournalError::Database(other.to_string()),
        })?;
    let readers = PgPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .connect_with(options.clone())
        .await?;
    Ok(Opened {
        pen: Pen::postgres(
            Connection::Postgres(Held::Own(connection)),
            options,
            writer.to_owned(),
        ),
        readers: Readers::Postgres(readers),
        starting: None,
    })
}

/// The steps that make the tables.
fn migrator() -> Migrator {
    let common = sqlx::migrate!("./migrations");
    let mut steps: Vec<Migration> = common
        .iter()
        .map(|step| {
            let sql = translated(step.sql.as_str());
            Migration::new(
                step.version,
                step.description.clone(),
                step.migration_type,
                AssertSqlSafe(sql).into_sql_str(),
                step.no_tx,
            )
        })
        .collect();
    steps.extend(SHARED.map(|(version, name, sql)| {
        let sql = sql.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    }));
    Migrator::with_migrations(steps)
}

/// A step as PostgreSQL takes it. Only the types of columns stand in capitals.
fn translated(sql: &str) -> String {
    sql.replace("BLOB", "BYTEA")
        .replace("TEXT", "TEXT COLLATE \"C\"")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password_and_one_that_is_none_not_at_all() {
        let url: DatabaseUrl = "postgres://ann:s3cret@db.example/hall".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://db.example/hall");
        assert!(!format!("{url:?}").contains("s3cret"));
        for wrong in [
            "sqlite:///s3cret",
            "postgres://ann:s3cret@db.example:port/hall",
        ] {
            let error = wrong.parse::<DatabaseUrl>().unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_server_elsewhere_has_to_show_its_certificate_unless_somebody_says_otherwise() {
        let mode = |text: &str| {
            let url: DatabaseUrl = text.parse().unwrap();
            format!("{:?}", url.options.get_ssl_mode())
        };
        assert_eq!(mode("postgres://a@db.example/hall"), "VerifyFull");
        assert_eq!(mode("postgres://a@10.0.0.1/hall"), "VerifyFull");
        assert_eq!(
            mode("postgres://a@db.example/hall?sslmode=require"),
            "Require"
        );
        for here in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(
                mode(&format!("postgres://a@{here}/hall")),
                "Prefer",
                "{here}"
            );
        }
        assert_eq!(mode("postgres://a@localhost/hall?host=/run/db"), "Prefer");
        // Whoever is given the address itself asks for no less.
        let url: DatabaseUrl = "postgres://a@db.example/hall?application_name=x"
            .parse()
            .unwrap();
        assert!(
            url.whole()
                .ends_with("?application_name=x&sslmode=verify-full"),
            "{}",
            url.whole()
        );
    }
}
