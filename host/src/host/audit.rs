//! The audit log of a tenant: its signed head, its export, and its verification.

use super::chain::{Chain, TRIES};
use super::receipts::VerifyError;
use super::{Host, HostError};
use crate::audit::{AuditEntry, AuditError, AuditHead, History, Standing, check_chain, was_pruned};
use crate::clock::wall_clock_ms;
use crate::effects::{EffectFacts, EffectSet};
use crate::invocation::Tenant;
use crate::journal::HOST_CHAIN;
use crate::money::Amount;
use crate::receipts::{
    DsseError, EffectFact, HEAD_TYPE, ReceiptError, RunFacts, dsse_verify, sign,
};
use crate::retention::Retention;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Longest word of an entry that the embedding program wrote, in characters.
const NOTED_CHARS: usize = 120;

/// A head of the audit log with the host's signature, to be kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// The head.
    pub head: AuditHead,
    /// Its envelope, as bytes of a file.
    pub envelope: Vec<u8>,
}

/// What is signed: where the tenant's chain ends, and where the host's own does, which holds the revocations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptHead {
    #[serde(flatten)]
    head: AuditHead,
    host: AuditHead,
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
    /// Adds an entry of the program that embeds the host: what it keeps itself was changed, and by whom. Its kind is `noted`, so
    /// that it is never taken for one of the host's own. Each word is kept plain and short.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn note(
        &self,
        tenant: &Tenant,
        by: &str,
        what: &str,
        about: &str,
    ) -> Result<(), HostError> {
        let word = |text: &str| plain(text, NOTED_CHARS);
        let body = json!({ "by": word(by), "what": word(what), "about": word(about) });
        self.append(tenant, "noted", body).await
    }

    async fn append(
        &self,
        tenant: &Tenant,
        kind: &'static str,
        body: serde_json::Value,
    ) -> Result<(), HostError> {
        let journal = &self.inner.journal;
        let tenant = tenant.as_str().to_owned();
        Ok(journal.note(tenant, kind, body, wall_clock_ms()).await?)
    }

    /// The signed head of a tenant's audit log. Only against a head that was kept elsewhere can a cut tail be found.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_head(&self, tenant: &Tenant) -> Result<SignedHead, HostError> {
        let journal = &self.inner.journal;
        let kept = KeptHead {
            head: journal.audit_head(tenant.as_str()).await?,
            host: journal.audit_head(HOST_CHAIN).await?,
        };
        let internal = |error: String| HostError::Internal(error);
        let payload =
            serde_json_canonicalizer::to_vec(&kept).map_err(|error| internal(error.to_string()))?;
        let head = kept.head;
        let envelope = sign(HEAD_TYPE, &payload, &self.inner.signing)
            .and_then(|envelope| envelope.to_bytes())
            .map_err(|error| internal(error.to_string()))?;
        Ok(SignedHead { head, envelope })
    }

    /// Notes in a tenant's audit log that who approves is asked again who they are above another amount than before. The host
    /// itself asks nobody: whoever embeds it does.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn note_ceiling(
        &self,
        tenant: &Tenant,
        (before, above): (Amount, Amount),
        by: &str,
    ) -> Result<(), HostError> {
        let body = json!({ "before": before.plain(), "above": above.plain(), "by": by });
        self.append(tenant, "ceiling-set", body).await
    }

    /// Every entry of a tenant's audit log, then those of the host's own (tenant `*`: revocations of skills).
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn audit_log(&self, tenant: &Tenant) -> Result<Vec<AuditEntry>, HostError> {
        let journal = &self.inner.journal;
        let mut entries = Chain::read(journal, tenant.as_str()).await?.into_entries();
        entries.extend(Chain::read(journal, HOST_CHAIN).await?.into_entries());
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
        let (mut heads, mut host_heads) = (Vec::new(), Vec::new());
        for envelope in kept {
            let kept = self.read_head(envelope)?;
            heads.push(kept.head);
            host_heads.push(kept.host);
        }
        self.check_host_chain(&host_heads).await?;
        let mut chain = Chain::read(&self.inner.journal, tenant.as_str()).await?;
        let check = |chain: &Chain| {
            check_chain(tenant.as_str(), chain.entries(), &heads).map_err(ReceiptError::Audit)
        };
        let mut head = check(&chain)?;
        self.check_standing(tenant, &mut chain).await?;
        let (histories, pruned_before) = chain.histories();
        let (mut runs, mut pruned) = (0, 0);
        for (run, history) in &histories {
            let found = match self.check_run(tenant, run, history, pruned_before).await {
                Err(VerifyError::Receipt(_)) => self.check_again(tenant, run, &mut chain).await?,
                found => found?,
            };
            match found {
                Found::Good => runs += 1,
                Found::Pruned => pruned += 1,
                Found::Open => {}
            }
        }
        if chain.head() != head {
            head = check(&chain)?;
        }
        Ok(AuditReport {
            head,
            kept_heads: heads.len(),
            runs,
            pruned,
        })
    }

    /// Compares the journal's record of one run with the log.
    async fn check_run(
        &self,
        tenant: &Tenant,
        run: &str,
        history: &History,
        pruned_before: i64,
    ) -> Result<Found, VerifyError> {
        let differs = |what: String| {
            VerifyError::from(ReceiptError::Audit(AuditError::Record(
                run.to_owned(),
                what,
            )))
        };
        let Some(logged) = &history.facts else {
            return Ok(Found::Open);
        };
        let journal = &self.inner.journal;
        let Some(rows) = journal.receipt_rows(tenant.as_str(), run).await? else {
            if was_pruned(run, pruned_before) {
                return Ok(Found::Pruned);
            }
            return Err(differs("it is missing, and was not pruned".to_owned()));
        };
        if *logged != Digest::of(rows.facts.as_bytes()).to_string() {
            return Err(differs("its facts were changed".to_owned()));
        }
        if let Some(what) = history.differs(&rows.status, &rows.effects, rows.approval.as_ref()) {
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
        Ok(Found::Good)
    }

    /// Compares a record that differs from the log as it was read: the run may have gone on since. Only if the log says nothing
    /// more about the run has something else changed the record.
    async fn check_again(
        &self,
        tenant: &Tenant,
        run: &str,
        chain: &mut Chain,
    ) -> Result<Found, VerifyError> {
        let journal = &self.inner.journal;
        let _ = chain.go_on_for(journal, run).await?;
        let mut tries = 0;
        loop {
            let (history, pruned_before) = chain.history(run);
            let history = history.unwrap_or_default();
            let found = self.check_run(tenant, run, &history, pruned_before).await;
            if !matches!(found, Err(VerifyError::Receipt(_))) || tries >= TRIES {
                return found;
            }
            if !chain.go_on_for(journal, run).await? {
                return found;
            }
            tries += 1;
        }
    }

    /// The store lets stand what the log does. Something may be given or taken back while both are read.
    async fn check_standing(&self, tenant: &Tenant, chain: &mut Chain) -> Result<(), VerifyError> {
        let mut tries = 0;
        loop {
            let store = self.standing(tenant).await?;
            let Some(thing) = Standing::after(chain.entries()).differs(&store) else {
                return Ok(());
            };
            let came = chain.go_on(&self.inner.journal, |_| true).await?;
            if !came || tries >= TRIES {
                return Err(ReceiptError::Audit(AuditError::Standing(thing)).into());
            }
            tries += 1;
        }
    }

    /// What the store lets stand of a tenant.
    async fn standing(&self, tenant: &Tenant) -> Result<Standing, HostError> {
        let (journal, name) = (&self.inner.journal, tenant.as_str());
        let json = |error: serde_json::Error| HostError::Internal(error.to_string());
        let mut standing = Standing::default();
        for given in journal.mandates(name, wall_clock_ms()).await? {
            if given.revoked_at_ms.is_none() {
                standing.mandates.insert(given.mandate.id);
            }
        }
        for (channel, config) in journal.channels(name).await? {
            let config = serde_json::to_value(config).map_err(json)?;
            standing.channels.insert(channel, config);
        }
        for account in journal.accounts(name).await? {
            if !account.closed {
                let limit = serde_json::to_value(account.limit).map_err(json)?;
                let above = serde_json::to_value(account.ask_above).map_err(json)?;
                standing.accounts.insert(account.name, (limit, above));
            }
        }
        Ok(standing)
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

    /// The host's own chain is whole, kept heads lie on it, and the skills it says are revoked are those that the journal refuses.
    async fn check_host_chain(&self, kept: &[AuditHead]) -> Result<(), VerifyError> {
        let journal = &self.inner.journal;
        let mut chain = Chain::read(journal, HOST_CHAIN).await?;
        let mut tries = 0;
        loop {
            check_chain(HOST_CHAIN, chain.entries(), kept).map_err(ReceiptError::Audit)?;
            let in_force: BTreeSet<String> = journal
                .revocations()
                .await?
                .into_iter()
                .map(|(digest, _)| digest.to_string())
                .collect();
            let Some(one) = revoked_otherwise(chain.entries(), &in_force) else {
                return Ok(());
            };
            // One may be revoked while both are read.
            if !chain.go_on(journal, |_| true).await? || tries >= TRIES {
                return Err(ReceiptError::Audit(AuditError::Revocation(one)).into());
            }
            tries += 1;
        }
    }

    fn read_head(&self, envelope: &[u8]) -> Result<KeptHead, VerifyError> {
        let verified = dsse_verify(envelope, &[self.receipt_key()], HEAD_TYPE)
            .map_err(|error: DsseError| ReceiptError::Envelope(error))?;
        serde_json::from_slice(&verified.payload)
            .map_err(|error| ReceiptError::Content(error.to_string()).into())
    }
}

/// What came of comparing a run.
enum Found {
    /// Its record is what the log says.
    Good,
    /// The log knows it, and the journal does not keep it any more.
    Pruned,
    /// It has not ended.
    Open,
}

/// A skill that is revoked by the log or by the journal, and not by both.
fn revoked_otherwise(entries: &[AuditEntry], in_force: &BTreeSet<String>) -> Option<String> {
    let logged: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| entry.kind == "skill-revoked")
        .filter_map(|entry| entry.body.get("skill")?.as_str())
        .collect();
    let in_force: BTreeSet<&str> = in_force.iter().map(String::as_str).collect();
    logged
        .symmetric_difference(&in_force)
        .next()
        .map(|one| (*one).to_owned())
}
