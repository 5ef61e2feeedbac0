//! Deletes everything of a tenant, and says so in a signed statement.

use super::chain::Chain;
use super::receipts::VerifyError;
use super::watch::AT_START;
use super::{Host, HostError, Inner};
use crate::audit::{AuditEntry, AuditError, AuditHead, check_chain};
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::journal::JournalError;
use crate::receipts::{ReceiptError, sign};
use crate::retention::{ERASURE_TYPE, ErasedEntry, Erasure, Stored, read_erasure};
use guildhall_package::text::plain;

impl Host {
    /// Deletes everything of a tenant: runs with all that belongs to them, what skills remember, names and documents of payments, payees, mandates,
    /// secrets and channels. What waits for a decision is rejected. The audit log and the ledger stay, as [`Erasure::why`] says.
    ///
    /// When it returns, no byte of what was deleted is in the store's files any more; of a store on a server, its rows are gone, and the
    /// server's own files are for its operator, as the statement says. One that was interrupted is ended at the next
    /// start of a host, or by asking again.
    ///
    /// # Errors
    /// While runs are at work or approved payments hold money, nothing is deleted. If other processes read all the time or the
    /// journal fails, it is gone on with at the next start.
    pub async fn erase(&self, tenant: &Tenant, by: &str) -> Result<Vec<u8>, HostError> {
        let name = tenant.as_str().to_owned();
        let journal = &self.inner.journal;
        journal
            .erase_rows(name.clone(), plain(by, 200), wall_clock_ms())
            .await?;
        self.inner.forget_stored_bytes(tenant);
        self.inner.end_erasure(&name).await?;
        let last = self.erasures(tenant).await?.pop();
        let (_, statement) =
            last.ok_or_else(|| HostError::Internal("an erasure left no entry".to_owned()))?;
        Ok(statement)
    }

    /// The signed statement of each erasure of a tenant, with its place in the audit log, oldest first.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn erasures(&self, tenant: &Tenant) -> Result<Vec<(u64, Vec<u8>)>, HostError> {
        let journal = &self.inner.journal;
        let entries = journal.audit_of_kind(tenant.as_str(), "erased").await?;
        entries
            .iter()
            .map(|entry| Ok((entry.seq, self.signed(&statement_of(entry)?)?)))
            .collect()
    }

    fn signed(&self, erasure: &Erasure) -> Result<Vec<u8>, HostError> {
        let payload = serde_json_canonicalizer::to_vec(erasure)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        sign(ERASURE_TYPE, &payload, &self.inner.signing)
            .and_then(|envelope| envelope.to_bytes())
            .map_err(|error| HostError::Internal(error.to_string()))
    }

    /// Verifies a statement of this host about an erasure: its signature, that the audit log says the same at its place, and
    /// that nothing from before it is in the journal.
    ///
    /// # Errors
    /// [`ReceiptError`] names what is not as it should be.
    pub async fn verify_erasure(
        &self,
        tenant: &Tenant,
        envelope: &[u8],
    ) -> Result<Erasure, VerifyError> {
        let erasure = read_erasure(envelope, &[self.receipt_key()])?;
        let chain = Chain::read(&self.inner.journal, tenant.as_str()).await?;
        let kept = std::slice::from_ref(&erasure.audit);
        check_chain(tenant.as_str(), chain.entries(), kept).map_err(ReceiptError::Audit)?;
        let place = erasure.audit.entries.saturating_sub(1);
        let entry = chain.entries().iter().find(|entry| entry.seq == place);
        let same = match entry.filter(|entry| entry.kind == "erased") {
            Some(entry) => statement_of(entry)? == erasure,
            None => false,
        };
        if !same {
            return Err(ReceiptError::Audit(AuditError::Changed(place)).into());
        }
        let left = self
            .inner
            .journal
            .runs_before(tenant.as_str(), erasure.began_at_ms)
            .await?;
        if left > 0 {
            return Err(ReceiptError::Differs {
                what: format!("{left} runs from before the deletion are in the journal: that"),
            }
            .into());
        }
        Ok(erasure)
    }

    /// What is kept of a tenant, by kind.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn stored(&self, tenant: &Tenant) -> Result<Stored, HostError> {
        let mut stored = self.inner.journal.stored(tenant.as_str()).await?;
        if let Some(folder) = &self.inner.state_dir {
            stored.file_bytes = ["journal.sqlite", "journal.sqlite-wal"]
                .iter()
                .filter_map(|name| std::fs::metadata(folder.join(name)).ok())
                .map(|found| found.len())
                .fold(0, u64::saturating_add);
        }
        Ok(stored)
    }
}

fn statement_of(entry: &AuditEntry) -> Result<Erasure, HostError> {
    let facts: ErasedEntry = serde_json::from_value(entry.body.clone())
        .map_err(|error| JournalError::Corrupt(format!("entry {}: {error}", entry.seq)))?;
    let head = AuditHead {
        tenant: entry.tenant.clone(),
        entries: entry.seq.saturating_add(1),
        hash: entry.hash,
        at_ms: entry.at_ms,
    };
    Ok(Erasure::of(facts, head))
}

impl Inner {
    /// Ends what an erasure has begun: no key and no byte of it is left before the log says so.
    pub(super) async fn end_erasure(&self, tenant: &str) -> Result<(), HostError> {
        self.journal.sweep_keys(AT_START).await?;
        self.journal.scrub().await?;
        Ok(self
            .journal
            .end_erasure(tenant.to_owned(), wall_clock_ms())
            .await?)
    }
}
