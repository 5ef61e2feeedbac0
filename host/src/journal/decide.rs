//! The decision about a run's effects: one winner, bound to what was shown, in one transaction.

use super::bound::APPROVALS;
use super::commit::{
    add_refusal, approved_set, close, expire, reject, revocation, revoked, status_of, step,
    tampered, void_effects,
};
use super::db::{Connection, query};
use super::mandate_uses::count;
use super::mandates::{self, NewMandate};
use super::{Journal, JournalError, Sealing, audit, holds};
use crate::effects::{EffectFacts, EffectSet};
use crate::invocation::{RunEvent, RunStatus};
use crate::ledger::HoldEvent;
use crate::refusal::Refusal;
use guildhall_package::Digest;
use serde_json::json;

/// A decision that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// There is no such run, or it belongs to somebody else.
    #[error("there is no run {0} of yours; list what waits with `guildhall approvals list`")]
    NotFound(String),
    /// Somebody else was first, or nothing waits for a decision.
    #[error("this run is {}; it does not wait for a decision", .0.word())]
    NotPending(RunStatus),
    /// The card had expired.
    #[error("this card has expired; nothing was done, and the skill has to run again")]
    Expired,
    /// What would be done is not what was shown.
    #[error(
        "what this run would do is not what was shown (the effect set is {0}); look at the card again"
    )]
    EffectSetChanged(Digest),
    /// What the journal holds is not what it held when the card was made.
    #[error(
        "the journal's record of this run was changed by something else than this host; nothing was done, and its effects are void: run the skill again, and find out who can write to the state folder"
    )]
    Tampered,
    /// The skill was revoked after the card was made.
    #[error("this skill was revoked ({0}); nothing was done, and its pending effects are void")]
    Revoked(String),
    /// A limit or the wallet does not allow it now; the card waits on.
    #[error("{} ({})", .0.message, .0.rule)]
    Refused(Box<Refusal>),
    /// The journal failed.
    #[error(transparent)]
    Journal(JournalError),
}

impl From<JournalError> for DecideError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Journal(other),
        }
    }
}

/// What came of a decision that reached the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decided {
    Committing,
    Rejected,
    NotFound,
    NotPending(RunStatus),
    Expired,
    Changed(Digest),
    Tampered,
    Revoked(String),
}

/// One decision on its way to the journal.
#[derive(Debug, Clone)]
pub(crate) struct NewDecision {
    pub(crate) tenant: String,
    pub(crate) run: String,
    pub(crate) effect_set: Digest,
    /// None approves; a reason rejects.
    pub(crate) rejected: Option<String>,
    pub(crate) decider: String,
    pub(crate) channel: String,
    /// Mandates that the decider gives with the approval, counted from now on.
    pub(crate) mandates: Vec<NewMandate>,
    /// How long the approval may be used, in milliseconds.
    pub(crate) valid_ms: i64,
    pub(crate) now: i64,
}

impl Journal {
    /// One winner: compares and sets the run's status, in the same transaction as the approval itself, the hold of the money,
    /// and what mandates count.
    pub(crate) async fn decide(&self, decision: NewDecision) -> Result<Decided, JournalError> {
        let owner = self.instance.clone();
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move { decide(connection, &sealing, &decision, &owner).await })
            })
            .await
    }

    /// Lets standing mandates approve a run that waits, if they cover every effect of it. Otherwise answers why a person is
    /// asked: nothing if there is no mandate for the skill at all.
    pub(crate) async fn decide_by_mandate(
        &self,
        run: String,
        valid_ms: i64,
        now: i64,
    ) -> Result<Result<(), Vec<String>>, JournalError> {
        let owner = self.instance.clone();
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    by_mandate(connection, &sealing, &run, &owner, valid_ms, now).await
                })
            })
            .await
    }
}

async fn decide(
    connection: &mut Connection,
    sealing: &Sealing,
    decision: &NewDecision,
    owner: &str,
) -> Result<Decided, JournalError> {
    let run = decision.run.as_str();
    let Some(row) = query(
        "SELECT status, skill_digest, effect_set_hash, expires_at FROM whole_runs WHERE id = $1 AND tenant = $2",
    )
    .bind(run)
    .bind(&decision.tenant)
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(Decided::NotFound);
    };
    let (_, status) = status_of(connection, run).await?;
    if status != RunStatus::AwaitingApproval {
        return Ok(Decided::NotPending(status));
    }
    let hash: Option<String> = row.try_get("effect_set_hash")?;
    let hash = super::parse_digest(hash.unwrap_or_default())?;
    let expires_at: Option<i64> = row.try_get("expires_at")?;
    let skill: String = row.try_get("skill_digest")?;
    if expires_at.is_some_and(|at| at <= decision.now) {
        expire(connection, sealing, run, status, decision.now).await?;
        return Ok(Decided::Expired);
    }
    if let Some(reason) = revoked(connection, &skill).await? {
        let why = "the skill was revoked";
        void(
            connection,
            sealing,
            run,
            status,
            (revocation(&reason), why),
            decision.now,
        )
        .await?;
        return Ok(Decided::Revoked(reason));
    }
    if hash != decision.effect_set {
        return Ok(Decided::Changed(hash));
    }
    let Some(set) = approved_set(connection, sealing, run, hash).await? else {
        let why = "the journal's record was changed";
        void(
            connection,
            sealing,
            run,
            status,
            (tampered(), why),
            decision.now,
        )
        .await?;
        return Ok(Decided::Tampered);
    };
    let approval = Approval {
        run,
        tenant: &decision.tenant,
        hash,
        skill: &skill,
        rejected: decision.rejected.as_deref(),
        decider: &decision.decider,
        channel: &decision.channel,
        mandates: &[],
        expires_at: decision.now.saturating_add(decision.valid_ms),
        now: decision.now,
    };
    insert_approval(connection, sealing, &approval).await?;
    if let Some(reason) = &decision.rejected {
        reject(connection, sealing, run, status, reason, decision.now).await?;
        return Ok(Decided::Rejected);
    }
    mandates::give(connection, sealing, decision, &skill, &set).await?;
    let ready = Ready { run, status, owner };
    start_commit(connection, sealing, ready, &set, decision.now).await?;
    Ok(Decided::Committing)
}

/// A run that was approved, and who performs it.
#[derive(Clone, Copy)]
struct Ready<'a> {
    run: &'a str,
    status: RunStatus,
    owner: &'a str,
}

/// Holds the money of every payment, and hands the run to its executor.
async fn start_commit(
    connection: &mut Connection,
    sealing: &Sealing,
    Ready { run, status, owner }: Ready<'_>,
    set: &EffectSet,
    now: i64,
) -> Result<(), JournalError> {
    for effect in &set.effects {
        if matches!(effect.facts, EffectFacts::Payment(_)) {
            holds::hold(connection, sealing, run, effect.index, now).await?;
        }
    }
    let next = step(run, status, RunEvent::Approved, "approving it")?;
    query("UPDATE runs SET status = $2, owner = $3 WHERE id = $1")
        .bind(run)
        .bind(next.word())
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(())
}

async fn by_mandate(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    owner: &str,
    valid_ms: i64,
    now: i64,
) -> Result<Result<(), Vec<String>>, JournalError> {
    let row = query(
        "SELECT tenant, skill_digest, effect_set_hash FROM whole_runs WHERE id = $1 AND status = 'awaiting_approval'",
    )
    .bind(run)
    .fetch_one(&mut *connection)
    .await?;
    let (tenant, skill): (String, String) = (row.try_get("tenant")?, row.try_get("skill_digest")?);
    let hash: Option<String> = row.try_get("effect_set_hash")?;
    let hash = super::parse_digest(hash.unwrap_or_default())?;
    if revoked(connection, &skill).await?.is_some() {
        return Ok(Err(Vec::new()));
    }
    let Some(set) = approved_set(connection, sealing, run, hash).await? else {
        return Ok(Err(Vec::new()));
    };
    let covered = match mandates::cover(connection, sealing, &tenant, &skill, &set, now).await? {
        Ok(covered) => covered,
        Err(asks) => return Ok(Err(asks)),
    };
    let mut ids: Vec<&str> = covered
        .uses
        .iter()
        .map(|used| used.mandate.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let decider = format!("mandate {}", ids.join(", "));
    let approval = Approval {
        run,
        tenant: &tenant,
        hash,
        skill: &skill,
        rejected: None,
        decider: &decider,
        channel: "mandate",
        mandates: &ids,
        expires_at: now.saturating_add(valid_ms),
        now,
    };
    insert_approval(connection, sealing, &approval).await?;
    let taken = (covered.uses.as_slice(), covered.lines.as_slice());
    count(connection, sealing, run, taken, now).await?;
    let (_, status) = status_of(connection, run).await?;
    let ready = Ready { run, status, owner };
    start_commit(connection, sealing, ready, &set, now).await?;
    Ok(Ok(()))
}

async fn void(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    status: RunStatus,
    (refusal, why): (Refusal, &str),
    now: i64,
) -> Result<(), JournalError> {
    let next = step(run, status, RunEvent::Voided, "voiding it")?;
    void_effects(connection, sealing, run, why, HoldEvent::Void, now).await?;
    add_refusal(connection, sealing, run, refusal).await?;
    close(connection, sealing, run, next, None, now).await
}

struct Approval<'a> {
    run: &'a str,
    tenant: &'a str,
    hash: Digest,
    skill: &'a str,
    rejected: Option<&'a str>,
    decider: &'a str,
    channel: &'a str,
    mandates: &'a [&'a str],
    expires_at: i64,
    now: i64,
}

async fn insert_approval(
    connection: &mut Connection,
    sealing: &Sealing,
    approval: &Approval<'_>,
) -> Result<(), JournalError> {
    let decision = if approval.rejected.is_some() {
        "reject"
    } else {
        "approve"
    };
    let mandates = if approval.mandates.is_empty() {
        None
    } else {
        Some(serde_json::to_string(approval.mandates)?)
    };
    let hash = approval.hash.to_string();
    let cells = [
        approval.run.into(),
        (&hash).into(),
        approval.skill.into(),
        decision.into(),
        approval.decider.into(),
        approval.channel.into(),
        approval.rejected.into(),
        approval.now.into(),
        approval.expires_at.into(),
        mandates.as_ref().into(),
    ];
    let mac = APPROVALS.mac(sealing, &cells);
    query(
        "INSERT INTO approvals (run, effect_set_hash, skill_digest, decision, decider, channel, reason, decided_at,
             expires_at, mandates, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(approval.run)
    .bind(&hash)
    .bind(approval.skill)
    .bind(decision)
    .bind(approval.decider)
    .bind(approval.channel)
    .bind(approval.rejected)
    .bind(approval.now)
    .bind(approval.expires_at)
    .bind(&mandates)
    .bind(mac)
    .execute(&mut *connection)
    .await?;
    let body = json!({
        "run": approval.run, "decision": decision, "effect_set": approval.hash, "skill": approval.skill,
        "decider": approval.decider, "channel": approval.channel, "mandates": approval.mandates,
        "expires_at_ms": approval.expires_at,
    });
    audit::append(connection, approval.tenant, "decided", body, approval.now).await
}
