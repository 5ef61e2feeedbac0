//! What pages and exports ask of a host: spending, pages of the audit log, receipts of many runs.

use super::chain::Chain;
use super::{Host, HostError};
use crate::audit::{AuditEntry, AuditHead, histories, was_pruned};
use crate::invocation::{RunId, Tenant};
use crate::journal::JournalError;
use crate::wallet::{SpendFilter, Spending, spending};
use std::collections::BTreeMap;

/// Longest time that spending is summed over, in milliseconds.
const MOST_MS: i64 = 3_660 * 86_400_000;

impl Host {
    /// Whether a run that is not in the journal may have been in it: runs that are as old were removed. One that was promised
    /// to somebody and never began can't be told from it.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn may_be_removed(&self, tenant: &Tenant, run: RunId) -> Result<bool, HostError> {
        let journal = &self.inner.journal;
        let pruned = journal.audit_of_kind(tenant.as_str(), "pruned").await?;
        let (_, before) = histories(&pruned);
        Ok(was_pruned(&run.to_string(), before))
    }

    /// What a tenant has paid in a time and a currency, by day, payee and skill. Days are those of the host's time zone.
    ///
    /// # Errors
    /// If the time is longer than ten years or outside the calendar, or the journal fails.
    pub async fn spending(
        &self,
        tenant: &Tenant,
        filter: &SpendFilter,
    ) -> Result<Spending, HostError> {
        if filter.until_ms.saturating_sub(filter.from_ms) > MOST_MS {
            return Err(HostError::Setting(
                "spending is summed over ten years at most; choose a shorter time".to_owned(),
            ));
        }
        let journal = &self.inner.journal;
        let (paid, refunded) = journal.paid(tenant.as_str(), filter).await?;
        let names: BTreeMap<String, String> = match journal.known_payees(tenant.as_str()).await {
            Ok(known) => known
                .into_iter()
                .map(|one| (format!("{}:{}", one.scheme, one.account), one.name))
                .collect(),
            // Sums don't hang on names: a payee that was changed in the store has none.
            Err(JournalError::Tampered(_)) => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        spending(filter, &self.inner.zone, &paid, refunded, &names)
            .map_err(|error| HostError::Setting(error.to_string()))
    }

    /// Time zone in which spending and proposed mandates count days, by its IANA name.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.inner.zone
    }

    /// Entries of a tenant's audit log from a place on, and where the log ends. At most 1,000.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_page(
        &self,
        tenant: &Tenant,
        from: u64,
        limit: u32,
    ) -> Result<(Vec<AuditEntry>, AuditHead), HostError> {
        let journal = &self.inner.journal;
        let head = journal.audit_head(tenant.as_str()).await?;
        let limit = limit.min(1_000);
        let entries = journal.audit_entries(tenant.as_str(), from, limit).await?;
        Ok((entries, head))
    }

    /// Identifiers of a tenant's runs after one of them (an empty text: from the first), oldest first, at most 1,000.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn run_ids(
        &self,
        tenant: &Tenant,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, HostError> {
        let limit = limit.min(1_000);
        let journal = &self.inner.journal;
        Ok(journal.run_ids(tenant.as_str(), after, limit).await?)
    }

    /// Signed receipts of some runs, in their order; none for a run that is gone or whose guest is still at work. The audit log is read once for all of
    /// them.
    ///
    /// # Errors
    /// If the journal fails, or the log does not know a record.
    pub async fn receipts(
        &self,
        tenant: &Tenant,
        runs: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, HostError> {
        let mut chain = Chain::read(&self.inner.journal, tenant.as_str()).await?;
        let mut list = Vec::with_capacity(runs.len());
        for run in runs {
            list.push(self.receipt_by(&mut chain, tenant, run).await?);
        }
        Ok(list)
    }
}
