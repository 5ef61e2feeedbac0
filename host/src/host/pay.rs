//! A payment that no skill asks for: what the host's own user buys. It is a run without a guest, and goes the way of every other:
//! planned, shown on a card, approved by a person or a mandate, held, captured, recorded, receipted.

use super::decide::Deciding;
use super::ending::{Ended, Ending, begin, refused, whole};
use super::transaction::digest_of;
use super::{Host, HostError, Inner, TenantRoom};
use crate::approvals::{Approver, SkillIdentity, Trust};
use crate::capabilities::payments::{Ground, check_order};
use crate::clock::{self, wall_clock_ms};
use crate::effects::{Effect, EffectFacts, EffectSet, Payment};
use crate::grants::Grants;
use crate::invocation::{Outcome, RunEvent, Tenant};
use crate::journal::{FinishedRun, RunStart, StagedEffect, expiry};
use crate::ledger::Hold;
use crate::limits::Limits;
use crate::money::{Amount, Currency, PayGrant};
use crate::payees::payment_key;
use crate::refusal::Refusal;
use crate::retention::Retention;
use guildhall_package::text::plain;
use guildhall_package::{Digest, PayeePattern};
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is bought. It stands where a skill's identity stands: mandates are given to it, and what is given for one purpose
/// covers no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Who is bought from, as users call it: host and port of a marketplace.
    pub from: String,
    /// What, in a few words: `licence of acme/vat-report`.
    pub what: String,
}

impl Purpose {
    /// What approvals and mandates bind to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut bytes = b"guildhall purchase 1\0".to_vec();
        for part in [&self.from, &self.what] {
            // With its length before it, no part can be shifted into its neighbour.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Digest::of(&bytes)
    }

    fn identity(&self) -> SkillIdentity {
        SkillIdentity {
            name: Some(plain(&self.what, 130)),
            version: None,
            digest: self.digest(),
            trust: Trust::HostItself,
        }
    }
}

/// A payment that the host's own user wants made, to an account of the host's book.
#[derive(Clone)]
pub struct OwnPayment {
    /// Who pays.
    pub tenant: Tenant,
    /// What for.
    pub purpose: Purpose,
    /// What is done, as one word: `buy`, `renew`.
    pub operation: String,
    /// Account of the payee: one that [`Host::open_payable`] has opened.
    pub payee: String,
    /// The payee's name.
    pub payee_name: String,
    /// Amount; positive.
    pub amount: Amount,
    /// What is paid, by its reference: it is paid once, whoever asks how often.
    pub document: String,
    /// What the card says about it, in one line.
    pub reason: String,
    /// Who decides while the caller waits. None: it waits for approval.
    pub approver: Option<Arc<dyn Approver>>,
    /// Whether standing mandates may approve it.
    pub use_mandates: bool,
}

/// An account that the host owes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// Name in the book.
    pub account: String,
    /// What is owed: what was paid to it, less what came back. Settled outside of this host.
    pub owed: Amount,
}

impl Host {
    /// Opens an account of the book that no tenant owns, for what this host owes somebody. Nothing happens if it is there.
    ///
    /// # Errors
    /// If the name can't be used, is another account's, or the journal fails.
    pub async fn open_payable(&self, account: &str, currency: Currency) -> Result<(), HostError> {
        let name = account.to_owned();
        let journal = &self.inner.journal;
        Ok(journal
            .open_payable(name, currency, wall_clock_ms())
            .await?)
    }

    /// Accounts that this host owes to.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn payables(&self) -> Result<Vec<Payable>, HostError> {
        let accounts = self.inner.journal.payables().await?;
        Ok(accounts
            .into_iter()
            .map(|account| Payable {
                account: account.name,
                owed: Amount {
                    minor: account.available,
                    currency: account.currency,
                },
            })
            .collect())
    }

    /// Where the payment of a document to an account stands, with its run; none if it was never ordered.
    ///
    /// # Errors
    /// If the document can't be one, or the journal fails.
    pub async fn payment_of(
        &self,
        tenant: &Tenant,
        payee: &str,
        document: &str,
    ) -> Result<Option<(String, Hold)>, HostError> {
        let key = key_of(payee, document)?;
        Ok(self.inner.journal.ordered(tenant.as_str(), key).await?)
    }

    /// Makes a payment. Whatever rules, limits and people say is an [`Outcome`]; a document that is ordered or paid already is
    /// refused by the rule `payments.already-ordered`.
    ///
    /// # Errors
    /// If no run came of it: the clock can't be right, or the host failed.
    pub async fn pay(&self, payment: OwnPayment) -> Result<Outcome, HostError> {
        let deciding = Deciding {
            tenant: payment.tenant.clone(),
            approver: payment.approver.clone(),
            use_mandates: payment.use_mandates,
            retention: Retention::Full,
        };
        let host = self.inner.clone();
        // On a thread of the host, so that a caller who goes away does not leave it half recorded.
        let task = async move { recorded(&host, &payment).await };
        let done = self.inner.threads.service().spawn(task).await;
        let ended = done.map_err(|error| HostError::Internal(error.to_string()))??;
        if let Some(recording) = ended.recording {
            recording.durable().await?;
        }
        self.inner.metrics.ran(&ended.outcome);
        self.decided(deciding, ended.outcome).await
    }
}

/// What a payment is known by, so that it is made once.
pub(super) fn key_of(payee: &str, document: &str) -> Result<Digest, HostError> {
    payment_key("book", payee, document).map_err(|error| HostError::Setting(error.to_string()))
}

/// Plans a payment and records it, up to where it waits for a decision or mandates have taken it.
async fn recorded(host: &Inner, payment: &OwnPayment) -> Result<Ended, HostError> {
    let room = host.room(&payment.tenant);
    let start = start(host, payment)?;
    let planned = match host.check_journal_room(&payment.tenant, &room).await {
        Ok(()) => plan(host, payment).await,
        Err(refusal) => Err(refusal),
    };
    let run = match planned {
        Ok(planned) => parked(host, payment, &start, planned)?,
        Err(refusal) => return refuse(host, start, room, refusal).await,
    };
    let ending = Ending {
        host,
        use_mandates: payment.use_mandates,
    };
    if ending.may_be_booked(&run) {
        return ending.book(None, start, run, room).await;
    }
    let begun = begin(host, &start).await?;
    ending.record_end(begun, &start, run, &room).await
}

fn start(host: &Inner, payment: &OwnPayment) -> Result<RunStart, HostError> {
    let now = clock::checked_ms()?;
    let grants = Grants {
        payments: payee_of(&payment.payee)
            .map(|payee| PayGrant {
                ceiling: payment.amount,
                payee: Some(payee),
            })
            .into_iter()
            .collect(),
        ..Grants::none()
    };
    let input = json!({
        "payee": payment.payee,
        "payee_name": payment.payee_name,
        "amount": payment.amount,
        "document": payment.document,
        "reason": payment.reason,
    });
    Ok(RunStart {
        id: clock::id_at(now).to_string(),
        tenant: payment.tenant.as_str().to_owned(),
        skill: Arc::new(payment.purpose.identity()),
        operation: plain(&payment.operation, 64),
        input: serde_json::to_vec(&input)
            .map_err(|error| HostError::Internal(error.to_string()))?,
        grants_hash: digest_of(&grants)?,
        grants,
        seed: host.seeds.next(),
        settings: BTreeMap::new(),
        locale: "en".to_owned(),
        limits: Limits::default(),
        retention: Retention::Full,
        started_now_ms: now,
        clock_fixed: false,
        chosen: false,
        created_at: now,
    })
}

/// The account as a grant names it; none if it is no account, which planning refuses.
fn payee_of(account: &str) -> Option<PayeePattern> {
    let payee: PayeePattern = format!("book:{account}").parse().ok()?;
    payee.account().is_some().then_some(payee)
}

/// The payment, held against everything but a decision.
async fn plan(host: &Inner, payment: &OwnPayment) -> Result<Payment, Refusal> {
    let checked = check_order(
        &payment.payee,
        &payment.payee_name,
        payment.amount,
        &payment.document,
        &payment.reason,
    )?;
    let ground = Ground {
        journal: &host.journal,
        rails: &host.executor.rails,
        tenant: payment.tenant.as_str(),
        retention: Retention::Full,
    };
    ground.payment(checked).await
}

/// The run as it waits for a decision.
fn parked(
    host: &Inner,
    payment: &OwnPayment,
    start: &RunStart,
    planned: Payment,
) -> Result<FinishedRun, HostError> {
    let effect = Effect {
        index: 0,
        requires: Vec::new(),
        facts: EffectFacts::Payment(planned),
    };
    let set = EffectSet {
        invocation: start.id.clone(),
        skill: start.skill.digest,
        operation: start.operation.clone(),
        grants: start.grants_hash,
        locations: Vec::new(),
        inputs: Vec::new(),
        effects: vec![effect.clone()],
    };
    let hash = set
        .hash()
        .map_err(|error| HostError::Internal(error.to_string()))?;
    let run = FinishedRun::bare(
        &start.id,
        &start.tenant,
        Retention::Full,
        RunEvent::Returned { effects: true },
    );
    let expires_at = expiry(run.ended_at, host.limits.approval_seconds);
    Ok(FinishedRun {
        staged: vec![StagedEffect {
            effect,
            reason: Some(plain(&payment.reason, 300)),
            content: None,
            previous: None,
        }],
        set: Some((set, hash)),
        does_not: DOES_NOT.map(Cow::Borrowed).to_vec(),
        expires_at: Some(expires_at),
        ..run
    })
}

const DOES_NOT: [&str; 3] = [
    "It runs no skill.",
    "It sends no message.",
    "It changes no file.",
];

async fn refuse(
    host: &Inner,
    start: RunStart,
    room: TenantRoom,
    refusal: Refusal,
) -> Result<Ended, HostError> {
    let run = refused(
        &start.id,
        &start.tenant,
        Retention::Full,
        RunEvent::RefusedByRule,
        refusal,
    );
    let (record, outcome) = whole(start, run, room)?;
    let recording = Some(host.journal.record(record).await?);
    Ok(Ended { outcome, recording })
}
