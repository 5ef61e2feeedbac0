//! Accounts that pay, as bookings read them.

use super::super::bound::ACCOUNTS;
use super::super::db::{Connection, query};
use super::super::{JournalError, Sealing};
use crate::effects::Payment;
use crate::mandates::{Period, bucket};

/// An account of the wallet that payments leave from.
pub(super) struct Paying {
    /// In the ledger.
    pub(super) id: String,
    rail: String,
    currency: String,
    closed: bool,
    /// The most for each period, in minor units.
    pub(super) limit: Option<i64>,
    pub(super) period: Period,
    pub(super) zone: String,
    pub(super) ask_above: Option<i64>,
}

impl Paying {
    /// Whether a payment can leave from here at all.
    pub(super) fn serves(&self, payment: &Payment) -> bool {
        !self.closed
            && payment.amount.minor > 0
            && payment.rail == self.rail
            && payment.amount.currency.code() == self.currency
    }

    /// The period of its limit.
    pub(super) fn bucket(&self, now: i64) -> Result<String, JournalError> {
        bucket(self.period, &self.zone, now)
            .map_err(|error| JournalError::Corrupt(format!("the account {}: {error}", self.id)))
    }
}

/// An account by its name.
pub(super) async fn paying(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    name: &str,
) -> Result<Option<Paying>, JournalError> {
    let row = query("SELECT * FROM accounts WHERE tenant = $1 AND name = $2")
        .bind(tenant)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    ACCOUNTS.check(sealing, &row)?;
    let per: Option<String> = row.try_get("limit_per")?;
    let period = per.as_deref().map_or(Ok(Period::InAll), |word| {
        Period::from_word(word).ok_or_else(|| JournalError::Corrupt(format!("the period {word:?}")))
    })?;
    Ok(Some(Paying {
        id: row.try_get("id")?,
        rail: row.try_get("rail")?,
        currency: row.try_get("currency")?,
        closed: row.try_get::<Option<i64>, _>("closed_at")?.is_some(),
        limit: row.try_get("limit_minor")?,
        period,
        zone: row.try_get("zone")?,
        ask_above: row.try_get("ask_above")?,
    }))
}
