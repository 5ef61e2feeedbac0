//! Receipts of a tenant's runs: made, and verified against the journal.

use super::chain::{Chain, TRIES};
use super::{Host, HostError};
use crate::audit::{AuditError, AuditHead, check_chain, histories};
use crate::invocation::Tenant;
use crate::journal::{JournalError, ReceiptRows};
use crate::keys::SecretKey32;
use crate::receipts::{
    Envelope, HEAD_TYPE, PublicKey, RECEIPT_TYPE, Receipt, ReceiptError, RunFacts, compare,
    read_receipt, sign,
};
use crate::retention::{ERASURE_TYPE, Retention};
use crate::vault::Vault;
use guildhall_package::Digest;
use guildhall_package::market::money::{OwnDocument, document};

impl Host {
    /// The key by which this host's receipts and audit heads are verified.
    #[must_use]
    pub fn receipt_key(&self) -> PublicKey {
        PublicKey::of(&self.inner.signing)
    }

    /// Insists that every host over one database has this key under this name, one that the program which embeds it keeps beside the
    /// host's own. The first that says so is believed; where nobody else can be, there is nothing to compare.
    ///
    /// # Errors
    /// [`JournalError::OtherKeys`] if another one has another key; if the journal fails.
    pub async fn same_key(&self, name: &'static str, key: &SecretKey32) -> Result<(), HostError> {
        let fingerprint = Vault::new(key.clone())
            .fingerprint()
            .map_err(JournalError::from)?;
        Ok(self.inner.journal.same_key(name, fingerprint).await?)
    }

    /// Signs what this host's user asks of a marketplace: an order, a refund, a cancellation. Receipts and heads of the audit log
    /// can't be made this way.
    ///
    /// # Errors
    /// If it names another merchant than this host, is of a type that the host signs itself, or holds what nobody may ask.
    pub fn sign_own<D: OwnDocument>(&self, document: &D) -> Result<Vec<u8>, HostError> {
        let reserved = [RECEIPT_TYPE, HEAD_TYPE, ERASURE_TYPE].contains(&D::TYPE);
        if reserved || *document.merchant() != self.receipt_key() {
            return Err(HostError::Setting(format!(
                "{} of another merchant can't be signed here",
                D::WHAT
            )));
        }
        document::sign(document, &self.inner.signing)
            .map_err(|error| HostError::Setting(error.to_string()))
    }

    /// The signed receipt of a run; none if there is no such run, or its guest is still at work.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn receipt(&self, tenant: &Tenant, run: &str) -> Result<Option<Vec<u8>>, HostError> {
        let mut chain = Chain::read(&self.inner.journal, tenant.as_str()).await?;
        self.receipt_by(&mut chain, tenant, run).await
    }

    /// The same, by a log that was read already. It is read on where the run went on.
    pub(super) async fn receipt_by(
        &self,
        chain: &mut Chain,
        tenant: &Tenant,
        run: &str,
    ) -> Result<Option<Vec<u8>>, HostError> {
        let Some((rows, audit)) = self.record(chain, tenant, run).await? else {
            return Ok(None);
        };
        let facts: RunFacts = serde_json::from_str(&rows.facts)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let receipt = Receipt {
            version: 1,
            run: facts,
            status: rows.status,
            effects: rows.effects,
            approval: rows.approval,
            audit,
        };
        let payload = serde_json_canonicalizer::to_vec(&receipt)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let envelope: Envelope = sign(RECEIPT_TYPE, &payload, &self.inner.signing)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        envelope
            .to_bytes()
            .map(Some)
            .map_err(|error| HostError::Internal(error.to_string()))
    }

    /// The record of a run, and where the log ends that says the same. The run may go on while they are read: a record that is
    /// ahead of the log is compared with what the log says by then.
    ///
    /// # Errors
    /// A record that the log does not know is not signed.
    async fn record(
        &self,
        chain: &mut Chain,
        tenant: &Tenant,
        run: &str,
    ) -> Result<Option<(ReceiptRows, AuditHead)>, HostError> {
        let journal = &self.inner.journal;
        for _ in 0..TRIES {
            let Some(rows) = journal.receipt_rows(tenant.as_str(), run).await? else {
                return Ok(None);
            };
            let (history, _) = chain.history(run);
            let known = history.is_some_and(|history| {
                history
                    .differs(&rows.status, &rows.effects, rows.approval.as_ref())
                    .is_none()
            });
            if known {
                return Ok(Some((rows, chain.head())));
            }
            if !chain.go_on_for(journal, run).await? {
                break;
            }
        }
        Err(JournalError::Tampered(format!("run {run}")).into())
    }

    /// Verifies a receipt of this host: its signature, its place in the audit log, and that the journal's record of the run is
    /// what was signed, as far as the run's retention kept it.
    ///
    /// # Errors
    /// [`ReceiptError`] names what is not as it should be.
    pub async fn verify_receipt(
        &self,
        tenant: &Tenant,
        envelope: &[u8],
    ) -> Result<Receipt, VerifyError> {
        let receipt = read_receipt(envelope, &[self.receipt_key()])?;
        let run = receipt.run.invocation.clone();
        let chain = Chain::read(&self.inner.journal, tenant.as_str()).await?;
        let entries = chain.entries();
        let record = |what: &str| {
            VerifyError::from(ReceiptError::Audit(AuditError::Record(
                run.clone(),
                what.to_owned(),
            )))
        };
        let facts = serde_json::to_string(&receipt.run)
            .map_err(|error| ReceiptError::Content(error.to_string()))?;
        let digest = Digest::of(facts.as_bytes()).to_string();
        // As the log was when the receipt was made.
        let (histories, _) = histories(
            entries
                .iter()
                .filter(|entry| entry.seq < receipt.audit.entries),
        );
        let history = histories
            .get(&run)
            .filter(|history| history.facts.as_deref() == Some(&digest))
            .ok_or_else(|| record("the audit log has no such end of a run"))?;
        if let Some(what) =
            history.differs(&receipt.status, &receipt.effects, receipt.approval.as_ref())
        {
            return Err(record(&what));
        }
        if !self
            .effects_are_intact(&receipt.run, &receipt.effects)
            .await?
        {
            return Err(record("its effects were changed"));
        }
        check_chain(
            tenant.as_str(),
            entries,
            std::slice::from_ref(&receipt.audit),
        )
        .map_err(ReceiptError::Audit)?;
        if receipt.run.retention == Retention::Full {
            self.compare_record(tenant, &receipt.run).await?;
        }
        Ok(receipt)
    }

    /// Compares what the journal holds of a run that keeps everything with what was committed to when its guest had ended.
    pub(super) async fn compare_record(
        &self,
        tenant: &Tenant,
        run: &RunFacts,
    ) -> Result<(), VerifyError> {
        let journal = &self.inner.journal;
        let rows = journal
            .replay_rows(tenant.as_str(), &run.invocation)
            .await?
            .ok_or_else(|| ReceiptError::NoRun(run.invocation.clone()))?;
        let commitments = journal.sealing().commitments(&run.invocation)?;
        Ok(compare(run, &rows, &commitments)?)
    }
}

/// Why a receipt could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not good.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl From<crate::journal::JournalError> for VerifyError {
    fn from(error: crate::journal::JournalError) -> Self {
        Self::Host(error.into())
    }
}
