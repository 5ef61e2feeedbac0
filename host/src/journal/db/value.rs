//! Values of a statement.

use super::nul;
use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use std::borrow::Cow;
use std::sync::Arc;

/// A value on its way into the database. One that is not there has a kind all the same.
#[derive(Debug, Clone)]
pub(in crate::journal) enum Value<'q> {
    Number(Option<i64>),
    Text(Option<Cow<'q, str>>),
    /// A text that other rows have as well.
    Shared(Arc<str>),
    Bytes(Option<Cow<'q, [u8]>>),
}

/// What can be a value.
pub(in crate::journal) trait Bind<'q> {
    /// None of it.
    const NONE: Value<'q>;

    fn value(self) -> Value<'q>;
}

impl<'q> Bind<'q> for i64 {
    const NONE: Value<'q> = Value::Number(None);

    fn value(self) -> Value<'q> {
        Value::Number(Some(self))
    }
}

impl<'q> Bind<'q> for &'q str {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        Value::Text(Some(Cow::Borrowed(self)))
    }
}

impl<'q> Bind<'q> for String {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        Value::Text(Some(Cow::Owned(self)))
    }
}

impl<'q> Bind<'q> for &'q String {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        self.as_str().value()
    }
}

impl<'q> Bind<'q> for &Arc<str> {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        Value::Shared(self.clone())
    }
}

impl<'q> Bind<'q> for &Option<Arc<str>> {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        self.as_ref().value()
    }
}

impl<'q> Bind<'q> for &'q [u8] {
    const NONE: Value<'q> = Value::Bytes(None);

    fn value(self) -> Value<'q> {
        Value::Bytes(Some(Cow::Borrowed(self)))
    }
}

impl<'q> Bind<'q> for Vec<u8> {
    const NONE: Value<'q> = Value::Bytes(None);

    fn value(self) -> Value<'q> {
        Value::Bytes(Some(Cow::Owned(self)))
    }
}

impl<'q, T: Bind<'q>> Bind<'q> for Option<T> {
    const NONE: Value<'q> = T::NONE;

    fn value(self) -> Value<'q> {
        self.map_or(T::NONE, T::value)
    }
}

impl<'q> Bind<'q> for &'q Option<String> {
    const NONE: Value<'q> = Value::Text(None);

    fn value(self) -> Value<'q> {
        self.as_deref().value()
    }
}

/// The values as SQLite takes them.
pub(super) fn sqlite(values: Vec<Value<'_>>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Number(number) => arguments.add(number)?,
            Value::Text(Some(Cow::Borrowed(text))) => arguments.add(Arc::<str>::from(text))?,
            Value::Shared(text) => arguments.add(text)?,
            Value::Text(text) => arguments.add(text.map(Cow::into_owned))?,
            Value::Bytes(Some(Cow::Borrowed(bytes))) => arguments.add(bytes)?,
            Value::Bytes(bytes) => arguments.add(bytes.map(Cow::into_owned))?,
        }
    }
    Ok(arguments)
}

/// The values as PostgreSQL takes them.
pub(super) fn postgres(values: Vec<Value<'_>>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Number(number) => arguments.add(number)?,
            Value::Text(text) => arguments.add(text.as_deref().map(nul::written).as_deref())?,
            Value::Shared(text) => arguments.add(nul::written(&text).as_ref())?,
            Value::Bytes(bytes) => arguments.add(bytes.as_deref())?,
        }
    }
    Ok(arguments)
}
