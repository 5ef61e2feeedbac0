//! The decision about a run's effects: one winner, bound to what was shown, in one transaction.

use super::commit::{
    EXPIRED, add_refusal, approved_set, close, reject, revocation, revoked, status_of, step,
    tampered, void_effects,
};
use super::{Journal, JournalError};
use crate::invocation::{RunEvent, RunStatus};
use guildhall_package::Digest;
use sqlx::{Row as _, SqliteConnection};

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
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
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
    pub(crate) now: i64,
}

impl Journal {
    /// One winner: compares and sets the run's status, in the same transaction as the approval itself.
    pub(crate) async fn decide(&self, decision: NewDecision) -> Result<Decided, JournalError> {
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move { decide(connection, &decision, &owner).await })
            })
            .await
    }
}

async fn decide(
    connection: &mut SqliteConnection,
    decision: &NewDecision,
    owner: &str,
) -> Result<Decided, JournalError> {
    let run = decision.run.as_str();
    let Some(row) = sqlx::query(
        "SELECT status, skill_digest, effect_set_hash, expires_at FROM runs WHERE id = $1 AND tenant = $2",
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
    let hash: Option<String> = row.get("effect_set_hash");
    let hash = super::parse_digest(hash.unwrap_or_default())?;
    let expires_at: Option<i64> = row.get("expires_at");
    let skill: String = row.get("skill_digest");
    if expires_at.is_some_and(|at| at <= decision.now) {
        reject(connection, run, status, EXPIRED, decision.now).await?;
        return Ok(Decided::Expired);
    }
    if let Some(reason) = revoked(connection, &skill).await? {
        let next = step(run, status, RunEvent::Voided, "voiding it")?;
        void_effects(connection, run, "the skill was revoked").await?;
        add_refusal(connection, run, revocation(&reason)).await?;
        close(connection, run, next, None, decision.now).await?;
        return Ok(Decided::Revoked(reason));
    }
    if hash != decision.effect_set {
        return Ok(Decided::Changed(hash));
    }
    if approved_set(connection, run, hash).await?.is_none() {
        let next = step(run, status, RunEvent::Voided, "voiding it")?;
        void_effects(connection, run, "the journal's record was changed").await?;
        add_refusal(connection, run, tampered()).await?;
        close(connection, run, next, None, decision.now).await?;
        return Ok(Decided::Tampered);
    }
    insert_approval(connection, decision, &skill).await?;
    if let Some(reason) = &decision.rejected {
        reject(connection, run, status, reason, decision.now).await?;
        return Ok(Decided::Rejected);
    }
    let next = step(run, status, RunEvent::Approved, "approving it")?;
    sqlx::query("UPDATE runs SET status = $2, owner = $3 WHERE id = $1")
        .bind(run)
        .bind(next.word())
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(Decided::Committing)
}

async fn insert_approval(
    connection: &mut SqliteConnection,
    decision: &NewDecision,
    skill: &str,
) -> Result<(), JournalError> {
    sqlx::query(
        "INSERT INTO approvals (run, effect_set_hash, skill_digest, decision, decider, channel, reason, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&decision.run)
    .bind(decision.effect_set.to_string())
    .bind(skill)
    .bind(if decision.rejected.is_some() { "reject" } else { "approve" })
    .bind(&decision.decider)
    .bind(&decision.channel)
    .bind(&decision.rejected)
    .bind(decision.now)
    .execute(connection)
    .await?;
    Ok(())
}
