//! The audit log of a tenant: its signed head, its export, and its verification.

use super::receipts::VerifyError;
use super::{Host, HostError};
use crate::audit::{AuditEntry, AuditError, AuditHead, check_chain};
use crate::invocation::Tenant;
use crate::receipts::{DsseError, HEAD_TYPE, ReceiptError, RunFacts, dsse_verify, sign};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A head of the audit log with the host's signature, to be kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: AuditHead,
    /// Its envelope, as bytes of a file.
    pub envelope: Vec<u8>,
}

/// What a verification of the audit log found in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// Where the log ends.
    pub head: AuditHead,
    /// Heads that were kept, and lie on it.
    pub kept_heads: usize,
    /// Runs whose record in the journal is what the log says.
    pub runs: u64,
    /// Runs that the log knows and the journal does not keep any more.
    pub pruned: u64,
}

impl Host {
    /// The signed head of a tenant's audit log. Only against a head that was kept elsewhere can a cut tail be found.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_head(&self, tenant: &Tenant) -> Result<SignedHead, HostError> {
        let head = self.inner.journal.audit_head(tenant.as_str()).await?;
        let internal = |error: String| HostError::Internal(error);
        let payload =
            serde_json_canonicalizer::to_vec(&head).map_err(|error| internal(error.to_string()))?;
        let envelope = sign(HEAD_TYPE, &payload, &self.inner.signing)
            .and_then(|envelope| envelope.to_bytes())
            .map_err(|error| internal(error.to_string()))?;
        Ok(SignedHead { head, envelope })
    }

    /// Every entry of a tenant's audit log.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_log(&self, tenant: &Tenant) -> Result<Vec<AuditEntry>, HostError> {
        self.chain(tenant).await
    }

    /// Verifies the audit log: that it is whole, that heads which were kept lie on it, and that the journal's record of every run
    /// is what the log says.
    ///
    /// # Errors
    /// [`VerifyError`] names the first thing that is not as it should be.
    pub async fn verify_audit(
        &self,
        tenant: &Tenant,
        kept: &[Vec<u8>],
    ) -> Result<AuditReport, VerifyError> {
        let heads = kept
            .iter()
            .map(|envelope| self.read_head(envelope))
            .collect::<Result<Vec<_>, _>>()?;
        let entries = self.chain(tenant).await?;
        let head = check_chain(tenant.as_str(), &entries, &heads).map_err(ReceiptError::Audit)?;
        let (mut runs, mut pruned) = (0, 0);
        let mut closed: BTreeMap<&str, &str> = BTreeMap::new();
        for entry in &entries {
            let text = |key: &str| entry.body.get(key).and_then(|value| value.as_str());
            if let (Some(run), Some(status)) = (text("run"), text("status"))
                && matches!(entry.kind.as_str(), "run-ended" | "run-closed")
            {
                closed.insert(run, status);
            }
        }
        for entry in entries.iter().filter(|entry| entry.kind == "run-ended") {
            let text = |key: &str| entry.body.get(key).and_then(|value| value.as_str());
            let Some(run) = text("run") else { continue };
            let rows = self
                .inner
                .journal
                .receipt_rows(tenant.as_str(), run)
                .await?;
            let Some(rows) = rows else {
                pruned += 1;
                continue;
            };
            let differs = |what: &str| {
                VerifyError::from(ReceiptError::Audit(AuditError::Record(
                    run.to_owned(),
                    what.to_owned(),
                )))
            };
            if text("facts") != Some(Digest::of(rows.facts.as_bytes()).to_string().as_str()) {
                return Err(differs("its facts were changed"));
            }
            if closed.get(run).is_some_and(|status| {
                *status != rows.status && !matches!(rows.status.as_str(), "committing")
            }) {
                return Err(differs("its status was changed"));
            }
            let facts: RunFacts =
                serde_json::from_str(&rows.facts).map_err(|error| differs(&error.to_string()))?;
            if facts.retention == Retention::Full {
                self.compare_record(tenant, &facts).await?;
            }
            runs += 1;
        }
        Ok(AuditReport {
            head,
            kept_heads: heads.len(),
            runs,
            pruned,
        })
    }

    fn read_head(&self, envelope: &[u8]) -> Result<AuditHead, VerifyError> {
        let verified = dsse_verify(envelope, &[self.receipt_key()], HEAD_TYPE)
            .map_err(|error: DsseError| ReceiptError::Envelope(error))?;
        serde_json::from_slice(&verified.payload)
            .map_err(|error| ReceiptError::Content(error.to_string()).into())
    }
}
