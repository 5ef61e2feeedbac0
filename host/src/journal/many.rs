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
    columns: usize,
}

impl ManyRows {
    /// From the beginning of the statement, the number of its columns, and its end.
    pub(super) fn new(insert: &str, columns: usize, end: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let numbered = |row: usize| {
            let first = row.saturating_mul(columns);
            let values: Vec<String> = (1..=columns).map(|at| format!("${}", first + at)).collect();
            format!("({})", values.join(", "))
        };
        let texts = SIZES.map(|rows| {
            let plain = vec![row.as_str(); rows].join(", ");
            let numbered: Vec<String> = (0..rows).map(numbered).collect();
            (
                format!("{insert}{plain}{end}"),
                format!("{insert}{}{end}", numbered.join(", ")),
            )
        });
        Self { texts, columns }
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

/// Inserts rows, whose values `bind` gives in the order of the columns. Returns how many there are now because of it.
pub(super) async fn insert_many<T>(
    connection: &mut Connection,
    statement: &'static ManyRows,
    rows: &[T],
    bind: for<'q> fn(Query<'q>, &'q T) -> Query<'q>,
) -> Result<u64, JournalError> {
    let mut written = 0;
    for chunk in chunks(rows) {
        let values = chunk.len().saturating_mul(statement.columns);
        let query = query(statement.for_rows(chunk.len())).reserve(values);
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
