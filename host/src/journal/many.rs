//! Many rows in one statement: a statement costs more than a row.

use super::JournalError;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

/// Numbers of rows that one statement inserts. Few, so that each is prepared once; powers of two, so that a batch of any size takes few.
const SIZES: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Statements that a connection keeps prepared: enough for each table in each size, and all the others.
pub(super) const PREPARED: usize = 256;

/// One `INSERT` for each of [`SIZES`].
pub(super) struct ManyRows([String; SIZES.len()]);

impl ManyRows {
    /// From the beginning of the statement, the number of its columns, and its end.
    pub(super) fn new(insert: &str, columns: usize, end: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        Self(SIZES.map(|rows| format!("{insert}{}{end}", vec![row.as_str(); rows].join(", "))))
    }

    /// The statement for so many rows, which is one of [`SIZES`].
    fn for_rows(&'static self, rows: usize) -> &'static str {
        let place = SIZES.iter().position(|size| *size == rows);
        place
            .and_then(|at| self.0.get(at))
            .map_or("", String::as_str)
    }
}

/// Inserts rows, whose values `bind` gives in the order of the columns. Returns how many there are now because of it.
pub(super) async fn insert_many<T>(
    connection: &mut SqliteConnection,
    statement: &'static ManyRows,
    rows: &[T],
    bind: for<'q> fn(
        Query<'q, Sqlite, SqliteArguments>,
        &'q T,
    ) -> Query<'q, Sqlite, SqliteArguments>,
) -> Result<u64, JournalError> {
    let mut written = 0;
    for chunk in chunks(rows) {
        let query = sqlx::query(statement.for_rows(chunk.len()));
        let query = chunk.iter().fold(query, bind);
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
