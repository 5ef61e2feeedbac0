//! Claim and settlement of single effects: the steps between an approval and a performed effect, each one transaction.

use super::bound::APPROVALS;
use super::channels::leads_elsewhere;
use super::commit::{add_refusal, approved_set, changed, revocation, revoked, tampered};
use super::db::{Connection, Row, query};
use super::reads::effect_of_row;
use super::{Journal, JournalError, Sealing, audit, columns, mandate_uses, mandates, payments};
use crate::effects::{Committed, Effect, EffectEvent, EffectFacts, EffectState, seal_effect};
use crate::invocation::RunStatus;
use crate::ledger::HoldEvent;
use crate::refusal::{Refusal, RefusalKind};
use serde_json::json;

/// An effect that may now be performed, with its content.
#[derive(Debug)]
pub(crate) struct ClaimedEffect {
    pub(crate) run: String,
    pub(crate) tenant: String,
    /// Name of the skill, for messages.
    pub(crate) skill: String,
    pub(crate) effect: Effect,
    /// Whether an attempt before this one died.
    pub(crate) tried_before: bool,
    pub(crate) content: Vec<u8>,
}

/// What came of trying to claim an effect.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It is this executor's, durably.
    Ours(Box<Committed<ClaimedEffect>>),
    /// It will not be performed: it is void now, or was settled before.
    NotOurs,
}

/// How performing an effect ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EffectOutcome {
    pub(crate) event: EffectEvent,
    pub(crate) detail: Option<String>,
}

impl Journal {
    /// Claims one pending effect of a committing run, after checking its authority again. It is performed at once: others must not be
    /// about to take this host for gone.
    pub(crate) async fn claim(
        &self,
        run: String,
        index: u32,
        now: i64,
    ) -> Result<Claim, JournalError> {
        let owner = self.instance.clone();
        let sealing = self.sealing.clone();
        let instances = self.instances.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let place = Place {
                        run: &run,
                        index,
                        now,
                    };
                    instances.must_last()?;
                    claim(connection, &sealing, place, &owner).await
                })
            })
            .await
    }

    /// Records how a claimed effect ended.
    pub(crate) async fn settle_effect(
        &self,
        run: String,
        index: u32,
        outcome: EffectOutcome,
        now: i64,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let place = Place {
                        run: &run,
                        index,
                        now,
                    };
                    super::takeover::still_ours(connection, &run, &owner).await?;
                    step_effect(connection, &sealing, place, outcome.event, outcome.detail).await
                })
            })
            .await
    }
}

/// One effect at one moment.
#[derive(Clone, Copy)]
struct Place<'a> {
    run: &'a str,
    index: u32,
    now: i64,
}

async fn claim(
    connection: &mut Connection,
    sealing: &Sealing,
    place: Place<'_>,
    owner: &str,
) -> Result<Claim, JournalError> {
    let run = place.run;
    let row = query(
        "SELECT e.run, e.effect, e.state, e.content, e.tried, r.status, r.owner, r.skill_digest,
             r.skill_name, r.tenant FROM effects e
         JOIN runs r ON r.id = e.run WHERE e.run = $1 AND e.idx = $2",
    )
    .bind(run)
    .bind(i64::from(place.index))
    .fetch_one(&mut *connection)
    .await?;
    let (effect, state) = effect_of_row(sealing, &row)?;
    let status: String = row.try_get("status")?;
    if status != RunStatus::Committing.word() {
        return Err(JournalError::IllegalStep {
            what: format!("run {run}"),
            state: status,
            step: "performing an effect",
        });
    }
    if row.try_get::<String, _>("owner")? != owner {
        // This host was gone for so long that another one went on with the run.
        return Err(JournalError::IllegalStep {
            what: format!("run {run}"),
            state: "in the hands of another host".to_owned(),
            step: "performing an effect",
        });
    }
    if state != EffectState::Pending {
        return Ok(Claim::NotOurs);
    }
    let ended = match no_longer(connection, sealing, place, (&effect, &row)).await {
        // It would be so at the next attempt, too: the effect ends here.
        Err(error @ JournalError::Tampered(_)) => Some((changed(&error), error.to_string())),
        other => other?,
    };
    if let Some((refusal, why)) = ended {
        add_refusal(connection, sealing, run, refusal).await?;
        step_effect(connection, sealing, place, EffectEvent::Void, Some(why)).await?;
        return Ok(Claim::NotOurs);
    }
    if let Some(missing) = first_not_done(connection, run, &effect.requires).await? {
        let why = format!("effect {missing}, which has to come first, was not done");
        step_effect(connection, sealing, place, EffectEvent::Void, Some(why)).await?;
        return Ok(Claim::NotOurs);
    }
    step_effect(connection, sealing, place, EffectEvent::Claim, None).await?;
    query("UPDATE effects SET claim = $3, tried = tried + 1 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(place.index))
        .bind(owner)
        .execute(connection)
        .await?;
    let content: Option<Vec<u8>> = row.try_get("content")?;
    let skill: Option<String> = row.try_get("skill_name")?;
    Ok(Claim::Ours(Box::new(seal_effect(ClaimedEffect {
        run: run.to_owned(),
        tenant: row.try_get("tenant")?,
        skill: skill.unwrap_or_else(|| "a component without a manifest".to_owned()),
        effect,
        tried_before: row.try_get::<i64, _>("tried")? > 0,
        content: sealing.show(run, content.unwrap_or_default())?,
    }))))
}

/// Why an approved effect may not be performed any more: its skill was revoked, its record changed, its approval ran out, or
/// the mandate that approved it has ended.
async fn no_longer(
    connection: &mut Connection,
    sealing: &Sealing,
    place: Place<'_>,
    (effect, run): (&Effect, &Row),
) -> Result<Option<(Refusal, String)>, JournalError> {
    let skill: String = run.try_get("skill_digest")?;
    if let Some(reason) = revoked(connection, &skill).await? {
        return Ok(Some((revocation(&reason), reason)));
    }
    let approved = query("SELECT * FROM approvals WHERE run = $1 AND decision = 'approve'")
        .bind(place.run)
        .fetch_optional(&mut *connection)
        .await?;
    let set = match &approved {
        Some(row) => {
            let hash = super::parse_digest(row.try_get("effect_set_hash")?)?;
            approved_set(connection, sealing, place.run, hash).await?
        }
        None => None,
    };
    let (Some(row), Some(_)) = (approved, set) else {
        return Ok(Some((
            tampered(),
            "the journal's record was changed".to_owned(),
        )));
    };
    if row
        .try_get::<Option<i64>, _>("expires_at")?
        .is_some_and(|at| at <= place.now)
    {
        payments::release(
            connection,
            sealing,
            place.run,
            place.index,
            HoldEvent::Expire,
            place.now,
        )
        .await?;
        let why = "the approval ran out before it was used".to_owned();
        let refusal = Refusal::new(RefusalKind::Denied, "approval.expired", why.clone())
            .with_fix("run the skill again and approve anew");
        return Ok(Some((refusal, why)));
    }
    APPROVALS.check(sealing, &row)?;
    if let Some(refusal) =
        payments::payer_is_closed(connection, sealing, place.run, place.index).await?
    {
        let why = refusal.message.clone();
        return Ok(Some((refusal, why)));
    }
    if let EffectFacts::Message(message) = &effect.facts {
        let tenant: String = run.try_get("tenant")?;
        if let Some(refusal) = leads_elsewhere(connection, sealing, &tenant, message).await? {
            let why = refusal.message.clone();
            return Ok(Some((refusal, why)));
        }
    }
    let by: Option<String> = row.try_get("mandates")?;
    let by: Vec<String> = by.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text))?;
    if let Some(mandate) = mandates::first_ended(connection, sealing, &by, place.now).await? {
        let why = format!("the mandate {mandate} that approved it has ended");
        let refusal = Refusal::new(RefusalKind::Denied, "mandate.ended", why.clone())
            .with_fix("run the skill again and approve it yourself");
        return Ok(Some((refusal, why)));
    }
    Ok(None)
}

async fn first_not_done(
    connection: &mut Connection,
    run: &str,
    requires: &[u32],
) -> Result<Option<u32>, JournalError> {
    for required in requires {
        let row = query("SELECT state FROM effects WHERE run = $1 AND idx = $2")
            .bind(run)
            .bind(i64::from(*required))
            .fetch_optional(&mut *connection)
            .await?;
        let state: Option<String> = row.map(|row| row.try_get("state")).transpose()?;
        if state.as_deref() != Some(EffectState::Done.word()) {
            return Ok(Some(*required));
        }
    }
    Ok(None)
}

/// One step of an effect, with what it means for the ledger and the mandates, and its line in the audit log.
async fn step_effect(
    connection: &mut Connection,
    sealing: &Sealing,
    place: Place<'_>,
    event: EffectEvent,
    detail: Option<String>,
) -> Result<(), JournalError> {
    let Place { run, index, now } = place;
    let row = query(
        "SELECT e.run, e.effect, e.state, r.tenant, r.retention FROM effects e JOIN runs r ON r.id = e.run
         WHERE e.run = $1 AND e.idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .fetch_one(&mut *connection)
    .await?;
    let (effect, state) = effect_of_row(sealing, &row)?;
    let next = state
        .after(event)
        .ok_or_else(|| JournalError::IllegalStep {
            what: format!("effect {index} of run {run}"),
            state: state.word().to_owned(),
            step: "this step",
        })?;
    let detail = match detail {
        Some(detail) => {
            let hiding = sealing.hiding(run, columns::retention(&row)?)?;
            Some(hiding.text(detail)?)
        }
        None => None,
    };
    query("UPDATE effects SET state = $3, detail = $4 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .bind(next.word())
        .bind(detail)
        .execute(&mut *connection)
        .await?;
    if matches!(effect.facts, EffectFacts::Payment(_)) {
        payments::settled(connection, sealing, run, index, next, now).await?;
    }
    if matches!(next, EffectState::Void | EffectState::Failed) {
        mandate_uses::uncount(connection, sealing, run, index).await?;
    }
    let tenant: String = row.try_get("tenant")?;
    let body =
        json!({ "run": run, "effect": index, "kind": effect.facts.kind(), "state": next.word() });
    audit::append(connection, &tenant, "effect", body, now).await
}

/// Nobody will know any more what became of the effects that were begun.
pub(super) async fn lose_all(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    now: i64,
) -> Result<(), JournalError> {
    let rows = query(
        "SELECT e.idx, e.rank, r.tenant FROM effects e JOIN runs r ON r.id = e.run
         WHERE e.run = $1 AND e.state = 'performing' ORDER BY e.idx",
    )
    .bind(run)
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let index = columns::index(row)?;
        let is_payment = row.try_get::<i64, _>("rank")? == 1;
        // A payment in the host's own book is recorded with its posting: what is not recorded did not happen.
        let state = if is_payment && payments::is_own(connection, run, index).await? {
            EffectState::Failed
        } else {
            EffectState::Unknown
        };
        query("UPDATE effects SET state = $3, detail = $4 WHERE run = $1 AND idx = $2")
            .bind(run)
            .bind(i64::from(index))
            .bind(state.word())
            .bind(super::retention::NOTHING_KEPT)
            .execute(&mut *connection)
            .await?;
        if is_payment {
            payments::settled(connection, sealing, run, index, state, now).await?;
        }
        if state == EffectState::Failed {
            mandate_uses::uncount(connection, sealing, run, index).await?;
        }
        let body = json!({ "run": run, "effect": index, "state": state.word() });
        let tenant: String = row.try_get("tenant")?;
        audit::append(connection, &tenant, "effect", body, now).await?;
    }
    Ok(())
}
