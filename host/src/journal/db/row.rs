//! A row of an answer.

use super::nul;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{ColumnIndex, Decode, Error, Row as _, TypeInfo as _, ValueRef as _};
use std::borrow::Cow;

/// One row.
#[derive(Debug)]
pub(in crate::journal) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column can hold.
pub(in crate::journal) trait Column: Sized {
    fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &SqliteRow, column: I) -> Result<Self, Error>;
    fn of_postgres<I: ColumnIndex<PgRow>>(row: &PgRow, column: I) -> Result<Self, Error>;
}

macro_rules! column {
    ($($kind:ty),*) => {$(
        impl Column for $kind {
            fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &SqliteRow, column: I) -> Result<Self, Error> {
                row.try_get(column)
            }

            fn of_postgres<I: ColumnIndex<PgRow>>(row: &PgRow, column: I) -> Result<Self, Error> {
                row.try_get(column)
            }
        }
    )*};
}

column!(i64, Option<i64>, Vec<u8>, Option<Vec<u8>>);

impl Column for Option<String> {
    fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &SqliteRow, column: I) -> Result<Self, Error> {
        row.try_get(column)
    }

    fn of_postgres<I: ColumnIndex<PgRow>>(row: &PgRow, column: I) -> Result<Self, Error> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(text.map(|text| nul::read(text).into_owned()))
    }
}

impl Column for String {
    fn of_sqlite<I: ColumnIndex<SqliteRow>>(row: &SqliteRow, column: I) -> Result<Self, Error> {
        row.try_get(column)
    }

    fn of_postgres<I: ColumnIndex<PgRow>>(row: &PgRow, column: I) -> Result<Self, Error> {
        let text: &str = row.try_get(column)?;
        Ok(nul::read(text).into_owned())
    }
}

/// A column as it is stored, whatever was expected there.
#[derive(Debug, Clone)]
pub(in crate::journal) enum Stored<'r> {
    Nothing,
    Number(i64),
    Text(Cow<'r, str>),
    /// Something that the host never writes.
    Other,
}

impl Row {
    /// A column by its name, or its number.
    pub(in crate::journal) fn try_get<T, I>(&self, column: I) -> Result<T, Error>
    where
        T: Column,
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        match self {
            Self::Sqlite(row) => T::of_sqlite(row, column),
            Self::Postgres(row) => T::of_postgres(row, column),
        }
    }

    /// A column by its name, as it is.
    pub(in crate::journal) fn stored(&self, column: &str) -> Result<Stored<'_>, Error> {
        match self {
            Self::Sqlite(row) => {
                let value = row.try_get_raw(column)?;
                if value.is_null() {
                    return Ok(Stored::Nothing);
                }
                let stored = match value.type_info().name() {
                    "INTEGER" => <i64 as Decode<'_, Sqlite>>::decode(value).map(Stored::Number),
                    "TEXT" => <&str as Decode<'_, Sqlite>>::decode(value)
                        .map(|text| Stored::Text(Cow::Borrowed(text))),
                    _ => Ok(Stored::Other),
                };
                Ok(stored.unwrap_or(Stored::Other))
            }
            Self::Postgres(row) => {
                let value = row.try_get_raw(column)?;
                if value.is_null() {
                    return Ok(Stored::Nothing);
                }
                let stored = match value.type_info().name() {
                    "INT8" => <i64 as Decode<'_, Postgres>>::decode(value).map(Stored::Number),
                    "TEXT" => <&str as Decode<'_, Postgres>>::decode(value)
                        .map(|text| Stored::Text(nul::read(text))),
                    _ => Ok(Stored::Other),
                };
                Ok(stored.unwrap_or(Stored::Other))
            }
        }
    }
}
