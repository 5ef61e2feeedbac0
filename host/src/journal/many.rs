//! Many rows in one statement: a statement costs more than a row.

use super::JournalError;
use super::db::{Connection, Query, Text, query};

/// Numbers of rows that one statement inserts. Few, so that each is prepared once; powers of two, so that a batch of any size takes few.
const SIZES: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Statements that a connection keeps prepared: enough for each table in each size, and all the others.
pub(super) const PREPARED: usize = 256;

/// One `INSERT` for each of [`SIZES`], for each database: SQLite finds values without numbers faster.
pub(super) struct ManyRows {
    texts: [(String, String); SIZES.len()],
    /// Values that all rows of a statement have in common, which come first.
    common: usize,
    /// Values of each row.
    columns: usize,
}

impl ManyRows {
    /// From the beginning of the statement, which names its columns, their number, and its end.
    pub(super) fn new(insert: &str, columns: usize, end: &str) -> Self {
        Self::with_common(insert, 0, columns, end)
    }

    /// The same, where the first columns are alike in all rows: their values are given once.
    pub(super) fn with_common(insert: &str, common: usize, columns: usize, end: &str) -> Self {
        let places = |from: usize, many: usize, numbered: bool| {
            let place = |at: usize| match numbered {
                true => format!("${}", from + at),
                false => "?".to_owned(),
            };
            (1..=many).map(place).collect::<Vec<_>>().join(", ")
        };
        let text = |rows: usize, numbered: bool| {
            let row = |row: usize| {
                let before = common.saturating_add(row.saturating_mul(columns));
                format!("({})", places(before, columns, numbered))
            };
            let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
            match common {
                0 => format!("{insert} VALUES {rows}{end}"),
                // What follows `SELECT` would be taken for the condition of a join.
                _ => format!(
                    "{insert} SELECT {}, r.* FROM (VALUES {rows}) AS r WHERE true{end}",
                    places(0, common, numbered)
                ),
            }
        };
        Self {
            texts: SIZES.map(|rows| (text(rows, false), text(rows, true))),
            common,
            columns,
        }
    }

    /// The statement for so many rows, which is one of [`SIZES`].
    fn for_rows(&'static self, rows: usize) -> Text {
        let place = SIZES.iter().position(|size| *size == rows);
        let (sqlite, postgres) = place
            .and_then(|at| self.texts.get(at))
            .map_or(("", ""), |(sqlite, postgres)| (sqlite, postgres));
        Text::Each { sqlite, postgres }
    }
}

/// Adds values to a statement, in the order of its columns.
type BindOf<T> = for<'q> fn(Query<'q>, &'q T) -> Query<'q>;

/// Inserts rows, whose values `bind` gives. Returns how many there are now because of it.
pub(super) async fn insert_many<T>(
    connection: &mut Connection,
    statement: &'static ManyRows,
    rows: &[T],
    bind: BindOf<T>,
) -> Result<u64, JournalError> {
    insert_alike(connection, statement, (&(), |query, ()| query), rows, bind).await
}

/// The same for rows with something in common, which is given once for each statement.
pub(super) async fn insert_alike<C, T>(
    connection: &mut Connection,
    statement: &'static ManyRows,
    (common, bind_common): (&C, BindOf<C>),
    rows: &[T],
    bind: BindOf<T>,
) -> Result<u64, JournalError> {
    let mut written = 0;
    for chunk in chunks(rows) {
        let values = chunk.len().saturating_mul(statement.columns);
        let query =
            query(statement.for_rows(chunk.len())).reserve(values.saturating_add(statement.common));
        let query = chunk.iter().fold(bind_common(query, common), bind);
        written += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(written)
}

/// Cuts rows into pieces for each of which there is a statement.
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (now, later) = rows.split_at_checked(size)?;
        rows = later;
        Some(now)
    })
}
