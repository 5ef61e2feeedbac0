//! The audit log of a tenant: its signed head, its export, and its verification.

use super::receipts::VerifyError;
use super::{Host, HostError};
use crate::audit::{AuditEntry, AuditError, AuditHead, check_chain, histories, was_pruned};
use crate::effects::{EffectFacts, EffectSet};
use crate::invocation::Tenant;
use crate::journal::HOST_CHAIN;
use crate::receipts::{
    DsseError, EffectFact, HEAD_TYPE, ReceiptError, RunFacts, dsse_verify, sign,
};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

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

    /// Every entry of a tenant's audit log, then those of the host's own (tenant `*`: revocations of skills).
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_log(&self, tenant: &Tenant) -> Result<Vec<AuditEntry>, HostError> {
        let mut entries = self.chain(tenant).await?;
        entries.extend(self.chain_of(HOST_CHAIN).await?);
        Ok(entries)
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
        let host = self.chain_of(HOST_CHAIN).await?;
        check_chain(HOST_CHAIN, &host, &[]).map_err(ReceiptError::Audit)?;
        let (mut runs, mut pruned) = (0, 0);
        let (histories, pruned_before) = histories(&entries);
        for (run, history) in &histories {
            let differs = |what: String| {
                VerifyError::from(ReceiptError::Audit(AuditError::Record(run.clone(), what)))
            };
            let Some(logged) = &history.facts else {
                continue;
            };
            let rows = self
                .inner
                .journal
                .receipt_rows(tenant.as_str(), run)
                .await?;
            let Some(rows) = rows else {
                if was_pruned(run, pruned_before) {
                    pruned += 1;
                    continue;
                }
                return Err(differs("it is missing, and was not pruned".to_owned()));
            };
            if *logged != Digest::of(rows.facts.as_bytes()).to_string() {
                return Err(differs("its facts were changed".to_owned()));
            }
            if let Some(what) = history.differs(&rows.status, &rows.effects, rows.approval.as_ref())
            {
                return Err(differs(what));
            }
            let facts: RunFacts =
                serde_json::from_str(&rows.facts).map_err(|error| differs(error.to_string()))?;
            if !self.effects_are_intact(&facts, &rows.effects).await? {
                return Err(differs("its effects were changed".to_owned()));
            }
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

    /// Whether the effects of a run are those of the set that was recorded. Facts that are not kept can't be compared.
    pub(super) async fn effects_are_intact(
        &self,
        facts: &RunFacts,
        effects: &[EffectFact],
    ) -> Result<bool, VerifyError> {
        let forgotten = effects
            .iter()
            .any(|fact| matches!(fact.effect.facts, EffectFacts::Forgotten { .. }));
        match facts.effect_set {
            None => Ok(effects.is_empty()),
            Some(_) if forgotten => Ok(true),
            Some(hash) => {
                let set = self
                    .inner
                    .journal
                    .intact_set(&facts.invocation, hash)
                    .await?;
                let same = |set: EffectSet| {
                    set.effects
                        .iter()
                        .eq(effects.iter().map(|fact| &fact.effect))
                };
                Ok(set.is_some_and(same))
            }
        }
    }

    fn read_head(&self, envelope: &[u8]) -> Result<AuditHead, VerifyError> {
        let verified = dsse_verify(envelope, &[self.receipt_key()], HEAD_TYPE)
            .map_err(|error: DsseError| ReceiptError::Envelope(error))?;
        serde_json::from_slice(&verified.payload)
            .map_err(|error| ReceiptError::Content(error.to_string()).into())
    }
}
