//! A statement with its values.

use super::connection::{Connection, On};
use super::limits::{STATEMENT, within};
use super::row::Row;
use super::value::{self, Bind, Value};
use sqlx::{AssertSqlSafe, Error, SqlSafeStr as _, SqlStr};
use std::borrow::Cow;

/// The text of a statement.
#[derive(Debug, Clone)]
pub(in crate::journal) enum Text {
    Same(Cow<'static, str>),
    Each {
        sqlite: &'static str,
        postgres: &'static str,
    },
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Same(Cow::Borrowed(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Same(Cow::Owned(text))
    }
}

impl Text {
    fn sqlite(self) -> SqlStr {
        match self {
            Self::Same(text) => AssertSqlSafe(text).into_sql_str(),
            Self::Each { sqlite, .. } => sqlite.into_sql_str(),
        }
    }

    fn postgres(self) -> SqlStr {
        match self {
            Self::Same(text) => AssertSqlSafe(text).into_sql_str(),
            Self::Each { postgres, .. } => postgres.into_sql_str(),
        }
    }
}

/// A statement, and what has been bound to it.
#[derive(Debug)]
pub(in crate::journal) struct Query<'q> {
    text: Text,
    values: Vec<Value<'q>>,
}

/// A statement. It is prepared once for each connection.
pub(in crate::journal) fn query<'q>(text: impl Into<Text>) -> Query<'q> {
    Query {
        text: text.into(),
        values: Vec::new(),
    }
}

/// What a statement has changed.
#[derive(Debug, Clone, Copy)]
pub(in crate::journal) struct Done(u64);

impl Done {
    /// How many rows there are because of it, or are not any more.
    pub(in crate::journal) const fn rows_affected(self) -> u64 {
        self.0
    }
}

impl<'q> Query<'q> {
    /// The next value.
    pub(in crate::journal) fn bind(mut self, value: impl Bind<'q>) -> Self {
        self.values.push(value.value());
        self
    }

    /// Makes room for so many values.
    pub(in crate::journal) fn reserve(mut self, values: usize) -> Self {
        self.values.reserve_exact(values);
        self
    }

    pub(super) fn with(self, values: Vec<Value<'q>>) -> Self {
        Self { values, ..self }
    }

    /// Carries it out.
    pub(in crate::journal) async fn execute<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Done, Error> {
        match on.into() {
            On::One(connection) => self.execute_on(connection).await,
            On::Any(readers) => self.execute_on(&mut readers.acquire().await?).await,
        }
    }

    /// All rows of its answer.
    pub(in crate::journal) async fn fetch_all<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Vec<Row>, Error> {
        match on.into() {
            On::One(connection) => self.all_of(connection).await,
            On::Any(readers) => self.all_of(&mut readers.acquire().await?).await,
        }
    }

    /// The first row of its answer, if there is one.
    pub(in crate::journal) async fn fetch_optional<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Option<Row>, Error> {
        match on.into() {
            On::One(connection) => self.first_of(connection).await,
            On::Any(readers) => self.first_of(&mut readers.acquire().await?).await,
        }
    }

    /// The first row of its answer, which is there.
    pub(in crate::journal) async fn fetch_one<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Row, Error> {
        self.fetch_optional(on).await?.ok_or(Error::RowNotFound)
    }

    async fn execute_on(self, connection: &mut Connection) -> Result<Done, Error> {
        match connection {
            Connection::Sqlite(held) => {
                let values = value::sqlite(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.sqlite(), values);
                Ok(Done(query.execute(&mut **held).await?.rows_affected()))
            }
            Connection::Postgres(held) => {
                let values = value::postgres(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.postgres(), values);
                let done = within(STATEMENT, Box::pin(query.execute(&mut **held))).await?;
                Ok(Done(done.rows_affected()))
            }
        }
    }

    async fn all_of(self, connection: &mut Connection) -> Result<Vec<Row>, Error> {
        match connection {
            Connection::Sqlite(held) => {
                let values = value::sqlite(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.sqlite(), values);
                let rows = query.fetch_all(&mut **held).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Connection::Postgres(held) => {
                let values = value::postgres(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.postgres(), values);
                let rows = within(STATEMENT, Box::pin(query.fetch_all(&mut **held))).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    async fn first_of(self, connection: &mut Connection) -> Result<Option<Row>, Error> {
        match connection {
            Connection::Sqlite(held) => {
                let values = value::sqlite(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.sqlite(), values);
                Ok(query.fetch_optional(&mut **held).await?.map(Row::Sqlite))
            }
            Connection::Postgres(held) => {
                let values = value::postgres(self.values).map_err(Error::Encode)?;
                let query = sqlx::query_with(self.text.postgres(), values);
                let row = within(STATEMENT, Box::pin(query.fetch_optional(&mut **held))).await?;
                Ok(row.map(Row::Postgres))
            }
        }
    }
}
