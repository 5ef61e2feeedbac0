//! What is taken from mandates: counted in the transaction of what they approve, given back where that is not performed.
//!
//! A mandate's own row says what is used of it in the current period and how many uses there were ever. Removing or changing
//! a use therefore gives nothing back, and that the last ones are missing, or an older row of the mandate was put back
//! alone, is seen at the next decision.

use super::bound::{MANDATES, USES};
use super::db::{Connection, Row, query};
use super::{JournalError, Sealing};
use crate::mandates::{Charge, Mandate};

/// What one effect takes from one mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) mandate: String,
    pub(super) index: u32,
    pub(super) bucket: String,
    pub(super) charge: Charge,
}

/// A mandate as the transaction finds it.
pub(super) struct Line {
    row: Row,
    pub(super) mandate: Mandate,
    /// In the period of now.
    pub(super) used: i64,
}

impl Line {
    /// Uses so far, counted or not.
    pub(super) fn uses(&self) -> Result<i64, JournalError> {
        Ok(self.row.try_get("uses")?)
    }
}

/// Selects mandates with what [`line`] needs.
macro_rules! select_mandates {
    ($which:literal) => {
        concat!(
            "SELECT m.*, (SELECT MAX(u.seq) FROM mandate_uses u WHERE u.mandate = m.id) AS last_use FROM mandates m ",
            $which
        )
    };
}
pub(super) use select_mandates;

/// A mandate that may approve: it and what is used of it are as the host wrote them.
pub(super) async fn line(
    connection: &mut Connection,
    sealing: &Sealing,
    row: Row,
    now: i64,
) -> Result<Line, JournalError> {
    MANDATES.check(sealing, &row)?;
    let mandate = mandate_of_row(&row)?;
    let last: Option<i64> = row.try_get("last_use")?;
    if last.unwrap_or_default() != row.try_get::<i64, _>("uses")? {
        return Err(USES.tampered(&mandate.id));
    }
    let used = used(connection, sealing, &row, &mandate, now).await?;
    Ok(Line { row, mandate, used })
}

/// Insists that no use of a mandate is missing.
pub(super) async fn check_whole(
    connection: &mut Connection,
    line: &Line,
) -> Result<(), JournalError> {
    let there: i64 = query("SELECT COUNT(*) AS uses FROM mandate_uses WHERE mandate = $1")
        .bind(&line.mandate.id)
        .fetch_one(connection)
        .await?
        .try_get("uses")?;
    if there == line.row.try_get::<i64, _>("uses")? {
        return Ok(());
    }
    Err(USES.tampered(&line.mandate.id))
}

/// What is used of a mandate's limit in the period of `now`.
pub(super) async fn used(
    connection: &mut Connection,
    sealing: &Sealing,
    row: &Row,
    mandate: &Mandate,
    now: i64,
) -> Result<i64, JournalError> {
    let bucket = bucket_of(mandate, now)?;
    let known: Option<String> = row.try_get("used_bucket")?;
    if known.is_some_and(|known| known == bucket) {
        return Ok(row.try_get("used")?);
    }
    // A new period, or an earlier one because the clock was set back.
    let rows = query("SELECT * FROM mandate_uses WHERE mandate = $1 AND bucket = $2")
        .bind(&mandate.id)
        .bind(&bucket)
        .fetch_all(connection)
        .await?;
    let mut used = 0_i64;
    for row in &rows {
        USES.check(sealing, row)?;
        if row.try_get::<i64, _>("counted")? == 1 {
            used = used.saturating_add(row.try_get("charge")?);
        }
    }
    Ok(used)
}

/// Counts what an approval takes from mandates, which are all among `lines`.
pub(super) async fn count(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    (uses, lines): (&[Use], &[Line]),
    now: i64,
) -> Result<(), JournalError> {
    for line in lines {
        let mut seq: i64 = line.row.try_get("uses")?;
        let (mut used, mut bucket) = (line.used, None);
        for one in uses.iter().filter(|one| one.mandate == line.mandate.id) {
            seq = seq.saturating_add(1);
            used = used.saturating_add(one.charge.amount_or_count);
            bucket = Some(one.bucket.as_str());
            insert(connection, sealing, run, (one, seq), now).await?;
        }
        if let Some(bucket) = bucket {
            set_total(connection, sealing, &line.row, (bucket, used, seq)).await?;
        }
    }
    Ok(())
}

async fn insert(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    (one, seq): (&Use, i64),
    now: i64,
) -> Result<(), JournalError> {
    let (index, charge) = (i64::from(one.index), one.charge.amount_or_count);
    let cells = [
        (&one.mandate).into(),
        seq.into(),
        run.into(),
        index.into(),
        (&one.bucket).into(),
        charge.into(),
        1.into(),
        now.into(),
    ];
    query(
        "INSERT INTO mandate_uses (mandate, seq, run, idx, bucket, charge, counted, at, mac)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)",
    )
    .bind(&one.mandate)
    .bind(seq)
    .bind(run)
    .bind(index)
    .bind(&one.bucket)
    .bind(charge)
    .bind(now)
    .bind(USES.mac(sealing, &cells))
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what is used of a mandate by now: period, sum in it, and number of uses.
pub(super) async fn write_total(
    connection: &mut Connection,
    sealing: &Sealing,
    line: &Line,
    total: (&str, i64, i64),
) -> Result<(), JournalError> {
    set_total(connection, sealing, &line.row, total).await
}

/// Writes into a mandate's row what is used of it.
async fn set_total(
    connection: &mut Connection,
    sealing: &Sealing,
    row: &Row,
    (bucket, used, uses): (&str, i64, i64),
) -> Result<(), JournalError> {
    let changes = [
        ("used_bucket", bucket.into()),
        ("used", used.into()),
        ("uses", uses.into()),
    ];
    let mac = MANDATES.changed(sealing, row, &changes)?;
    query("UPDATE mandates SET used_bucket = $2, used = $3, uses = $4, mac = $5 WHERE id = $1")
        .bind(row.try_get::<String, _>("id")?)
        .bind(bucket)
        .bind(used)
        .bind(uses)
        .bind(mac)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives back what an effect took from mandates that was not performed after all. Nothing is given back on the word of a row
/// that is not as the host wrote it; the effect ends all the same.
pub(super) async fn uncount(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
) -> Result<(), JournalError> {
    let rows = query("SELECT * FROM mandate_uses WHERE run = $1 AND idx = $2 AND counted = 1")
        .bind(run)
        .bind(i64::from(index))
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        match give_back(connection, sealing, row).await {
            Ok(()) => {}
            Err(error @ JournalError::Tampered(_)) => {
                tracing::warn!(%error, "nothing is given back to the mandate");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn give_back(
    connection: &mut Connection,
    sealing: &Sealing,
    row: &Row,
) -> Result<(), JournalError> {
    let mac = USES.changed(sealing, row, &[("counted", 0.into())])?;
    let id: String = row.try_get("mandate")?;
    let mandate = query("SELECT * FROM mandates WHERE id = $1")
        .bind(&id)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(|| MANDATES.tampered(&id))?;
    MANDATES.check(sealing, &mandate)?;
    let bucket: String = row.try_get("bucket")?;
    if mandate
        .try_get::<Option<String>, _>("used_bucket")?
        .as_ref()
        == Some(&bucket)
    {
        let charge: i64 = row.try_get("charge")?;
        let used = mandate.try_get::<i64, _>("used")?.saturating_sub(charge);
        let uses = mandate.try_get("uses")?;
        set_total(connection, sealing, &mandate, (&bucket, used, uses)).await?;
    }
    query("UPDATE mandate_uses SET counted = 0, mac = $3 WHERE mandate = $1 AND seq = $2")
        .bind(id)
        .bind(row.try_get::<i64, _>("seq")?)
        .bind(mac)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn bucket_of(mandate: &Mandate, now: i64) -> Result<String, JournalError> {
    mandate
        .bucket(now)
        .map_err(|error| JournalError::Corrupt(format!("the mandate {}: {error}", mandate.id)))
}

pub(super) fn mandate_of_row(row: &Row) -> Result<Mandate, JournalError> {
    let text: String = row.try_get("mandate")?;
    Ok(serde_json::from_str(&text)?)
}
