//! Mandates at rest: given, listed, revoked, and counted in the transaction of what they approve.

use super::bound::{ACCOUNTS, Cell, MANDATES};
use super::db::{Connection, query};
use super::decide::NewDecision;
use super::mandate_uses::{
    Line, Use, bucket_of, check_whole, count, line, mandate_of_row, select_mandates, used,
};
use super::{Journal, JournalError, Sealing, audit, payees};
use crate::effects::{EffectFacts, EffectSet, Payment};
use crate::mandates::{Fact, Mandate, cover_all};
use crate::money::Amount;
use crate::payees::{AskReason, Payees, always_asks};
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A mandate to keep.
#[derive(Debug, Clone)]
pub(crate) struct NewMandate {
    pub(crate) mandate: Mandate,
    pub(crate) words: String,
}

/// A mandate as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateSummary {
    /// The mandate.
    pub mandate: Mandate,
    /// What it allows, in words.
    pub words: String,
    /// What is used of its limit in the current period: minor units of a payment mandate, otherwise a count.
    pub used: i64,
    /// Who gave it.
    pub given_by: String,
    /// By which channel.
    pub channel: String,
    /// When, in milliseconds since the Unix epoch.
    pub given_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
}

impl Journal {
    /// Keeps a mandate.
    pub(crate) async fn add_mandate(
        &self,
        tenant: String,
        new: NewMandate,
        decider: String,
        channel: String,
        now: i64,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let giver = Giver {
                        tenant: &tenant,
                        decider: &decider,
                        channel: &channel,
                    };
                    insert(connection, &sealing, &new, giver, now).await
                })
            })
            .await
    }

    /// Revokes a mandate: what it approved and has not been performed yet is void. `false` if there is none that counts.
    pub(crate) async fn revoke_mandate(
        &self,
        tenant: String,
        id: String,
        by: String,
        now: i64,
    ) -> Result<bool, JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = query(
                        "SELECT * FROM mandates WHERE tenant = $1 AND id = $2 AND revoked_at IS NULL",
                    )
                    .bind(&tenant)
                    .bind(&id)
                    .fetch_optional(&mut *connection)
                    .await?;
                    let Some(row) = row else { return Ok(false) };
                    let changes = [("revoked_at", now.into()), ("revoked_by", (&by).into())];
                    let mac = MANDATES.taken_back(&sealing, &row, &changes)?;
                    query(
                        "UPDATE mandates SET revoked_at = $2, revoked_by = $3, mac = $4 WHERE id = $1",
                    )
                    .bind(&id)
                    .bind(now)
                    .bind(&by)
                    .bind(mac)
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "mandate": id, "by": by });
                    audit::append(connection, &tenant, "mandate-revoked", body, now).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Why the mandates of a tenant don't approve a run that waits; nothing if there is none for its skill.
    pub(crate) async fn why_asked(&self, run: &str, now: i64) -> Result<Vec<String>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        let row =
            query("SELECT tenant, skill_digest, effect_set_hash FROM whole_runs WHERE id = $1")
                .bind(run)
                .fetch_one(&mut reader)
                .await?;
        let hash: Option<String> = row.try_get("effect_set_hash")?;
        let hash = super::parse_digest(hash.unwrap_or_default())?;
        let set = super::commit::approved_set(&mut reader, &self.sealing, run, hash).await?;
        let (tenant, skill): (String, String) =
            (row.try_get("tenant")?, row.try_get("skill_digest")?);
        let Some(set) = set else {
            return Ok(Vec::new());
        };
        let covered = cover(&mut reader, &self.sealing, &tenant, &skill, &set, now).await?;
        Ok(covered.err().unwrap_or_default())
    }

    /// A tenant's mandates, newest first, with what is used of each now.
    pub(crate) async fn mandates(
        &self,
        tenant: &str,
        now: i64,
    ) -> Result<Vec<MandateSummary>, JournalError> {
        let rows = query(select_mandates!(
            "WHERE m.tenant = $1 ORDER BY m.created_at DESC, m.id LIMIT 10000"
        ))
        .bind(tenant)
        .fetch_all(&self.readers)
        .await?;
        let mut reader = self.readers.acquire().await?;
        let mut list = Vec::with_capacity(rows.len());
        for row in rows {
            let mut summary = MandateSummary {
                mandate: mandate_of_row(&row)?,
                words: row.try_get("words")?,
                used: 0,
                given_by: row.try_get("decider")?,
                channel: row.try_get("channel")?,
                given_at_ms: row.try_get("created_at")?,
                revoked_at_ms: row.try_get("revoked_at")?,
            };
            summary.used = if summary.revoked_at_ms.is_some() {
                // It grants nothing any more, so that nothing depends on what its row says.
                match used(&mut reader, &self.sealing, &row, &summary.mandate, now).await {
                    Err(JournalError::Tampered(_)) => 0,
                    other => other?,
                }
            } else {
                let line = line(&mut reader, &self.sealing, row, now).await?;
                check_whole(&mut reader, &line).await?;
                line.used
            };
            list.push(summary);
        }
        Ok(list)
    }
}

/// Who gives a mandate, and how.
#[derive(Clone, Copy)]
struct Giver<'a> {
    tenant: &'a str,
    decider: &'a str,
    channel: &'a str,
}

async fn insert(
    connection: &mut Connection,
    sealing: &Sealing,
    new: &NewMandate,
    giver: Giver<'_>,
    now: i64,
) -> Result<(), JournalError> {
    new.mandate.check().map_err(|error| {
        let refusal = Refusal::new(RefusalKind::Invalid, "mandate.invalid", error.to_string());
        JournalError::Refused(Box::new(refusal))
    })?;
    let Giver {
        tenant,
        decider,
        channel,
    } = giver;
    let (mandate, skill) = (
        serde_json::to_string(&new.mandate)?,
        new.mandate.skill.to_string(),
    );
    let cells = [
        (&new.mandate.id).into(),
        tenant.into(),
        (&mandate).into(),
        (&skill).into(),
        (&new.words).into(),
        decider.into(),
        channel.into(),
        now.into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        0.into(),
        0.into(),
    ];
    query(
        "INSERT INTO mandates (id, tenant, mandate, skill, words, decider, channel, created_at, used, uses, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)",
    )
    .bind(&new.mandate.id)
    .bind(tenant)
    .bind(&mandate)
    .bind(&skill)
    .bind(&new.words)
    .bind(decider)
    .bind(channel)
    .bind(now)
    .bind(MANDATES.mac(sealing, &cells))
    .execute(&mut *connection)
    .await?;
    let body = json!({ "mandate": new.mandate, "decider": decider, "channel": channel });
    audit::append(connection, tenant, "mandate-given", body, now).await
}

/// Keeps the mandates that come with an approval. What is approved now counts against them.
pub(super) async fn give(
    connection: &mut Connection,
    sealing: &Sealing,
    decision: &NewDecision,
    skill: &str,
    set: &EffectSet,
) -> Result<(), JournalError> {
    if decision.mandates.is_empty() {
        return Ok(());
    }
    let skill: Digest = super::parse_digest(skill.to_owned())?;
    let mut lines = Vec::new();
    for new in &decision.mandates {
        let giver = Giver {
            tenant: &decision.tenant,
            decider: &decision.decider,
            channel: &decision.channel,
        };
        insert(connection, sealing, new, giver, decision.now).await?;
        lines.push((new.mandate.clone(), 0));
    }
    let mut uses = Vec::new();
    for (index, fact) in facts(set) {
        if let Ok(taken) = cover_all(
            &lines,
            skill,
            std::slice::from_ref(&fact),
            &[None],
            decision.now,
        ) {
            for (id, charge) in taken {
                if let Some((mandate, used)) = lines.iter_mut().find(|(m, _)| m.id == id) {
                    *used = used.saturating_add(charge.amount_or_count);
                    uses.push(Use {
                        mandate: id,
                        index,
                        bucket: bucket_of(mandate, decision.now)?,
                        charge,
                    });
                }
            }
        }
    }
    let mut given = Vec::with_capacity(lines.len());
    for (mandate, _) in &lines {
        let row = query(select_mandates!("WHERE m.id = $1"))
            .bind(&mandate.id)
            .fetch_one(&mut *connection)
            .await?;
        given.push(line(connection, sealing, row, decision.now).await?);
    }
    let taken = (uses.as_slice(), given.as_slice());
    count(connection, sealing, &decision.run, taken, decision.now).await
}

/// What mandates approve of an effect set: what each effect takes, and from which mandates.
pub(super) struct Covered {
    pub(super) uses: Vec<Use>,
    pub(super) lines: Vec<Line>,
}

/// Whether a tenant's mandates cover an effect set: what each effect takes from which, or why a person is asked.
pub(super) async fn cover(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    skill: &str,
    set: &EffectSet,
    now: i64,
) -> Result<Result<Covered, Vec<String>>, JournalError> {
    let rows = query(select_mandates!(
        "WHERE m.tenant = $1 AND m.skill = $2 AND m.revoked_at IS NULL ORDER BY m.id"
    ))
    .bind(tenant)
    .bind(skill)
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Err(Vec::new()));
    }
    let mut lines = Vec::with_capacity(rows.len());
    let mut budgets = Vec::with_capacity(rows.len());
    for row in rows {
        let line = line(connection, sealing, row, now).await?;
        budgets.push((line.mandate.clone(), line.used));
        lines.push(line);
    }
    let asks = always(connection, sealing, tenant, set).await?;
    let (indices, facts): (Vec<u32>, Vec<Fact>) = facts(set).into_iter().unzip();
    if facts.len() != set.effects.len() {
        return Ok(Err(Vec::new()));
    }
    let skill: Digest = super::parse_digest(skill.to_owned())?;
    match cover_all(&budgets, skill, &facts, &asks, now) {
        Err(uncovered) => Ok(Err(uncovered
            .iter()
            .map(|one| {
                let effect = set.effects.get(one.fact);
                let what = effect.map_or_else(String::new, |effect| effect.facts.summary());
                format!("{what}: {one}")
            })
            .collect())),
        Ok(taken) => {
            let mut uses = Vec::with_capacity(taken.len());
            for ((id, charge), index) in taken.into_iter().zip(indices) {
                let mandate = budgets.iter().map(|(m, _)| m).find(|m| m.id == id);
                let Some(mandate) = mandate else { continue };
                uses.push(Use {
                    bucket: bucket_of(mandate, now)?,
                    mandate: id,
                    index,
                    charge,
                });
            }
            Ok(Ok(Covered { uses, lines }))
        }
    }
}

/// For each effect, why a person is asked whatever mandates say.
async fn always(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    set: &EffectSet,
) -> Result<Vec<Option<AskReason>>, JournalError> {
    let known = payees::payees(connection, sealing, tenant).await?;
    let payees = Payees::new(&known);
    let mut asks = Vec::with_capacity(set.effects.len());
    for effect in &set.effects {
        let EffectFacts::Payment(payment) = &effect.facts else {
            asks.push(None);
            continue;
        };
        let standing = payees.standing(&payment.scheme, &payment.account, &payment.payee_name);
        let above = ask_above(connection, sealing, tenant, payment).await?;
        asks.push(always_asks(&standing, payment.amount, above));
    }
    Ok(asks)
}

async fn ask_above(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    payment: &Payment,
) -> Result<Option<Amount>, JournalError> {
    let row = query("SELECT * FROM accounts WHERE tenant = $1 AND name = $2")
        .bind(tenant)
        .bind(&payment.from)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    ACCOUNTS.check(sealing, &row)?;
    let minor: Option<i64> = row.try_get("ask_above")?;
    Ok(minor.map(|minor| Amount {
        minor,
        currency: payment.amount.currency,
    }))
}

/// The effects of a set as mandates look at them, with their handles.
pub(crate) fn facts(set: &EffectSet) -> Vec<(u32, Fact)> {
    set.effects
        .iter()
        .filter_map(|effect| Some((effect.index, fact(&effect.facts)?)))
        .collect()
}

fn fact(facts: &EffectFacts) -> Option<Fact> {
    match facts {
        EffectFacts::Payment(payment) => Some(Fact::Payment {
            scheme: payment.scheme.clone(),
            account: payment.account.clone(),
            amount: payment.amount,
        }),
        EffectFacts::FileWrite(write) => Some(Fact::FileWrite {
            target: write.target(),
            replaces: write.replaces.is_some(),
        }),
        EffectFacts::Message(message) => Some(Fact::Message {
            channel: message.channel.clone(),
            recipient: message.recipient.clone(),
        }),
        EffectFacts::Forgotten { .. } => None,
    }
}

/// The first of these mandates that does not count any more.
pub(super) async fn first_ended(
    connection: &mut Connection,
    sealing: &Sealing,
    ids: &[String],
    now: i64,
) -> Result<Option<String>, JournalError> {
    for id in ids {
        let row = query("SELECT * FROM mandates WHERE id = $1 AND revoked_at IS NULL")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
        let Some(row) = row else {
            return Ok(Some(id.clone()));
        };
        MANDATES.check(sealing, &row)?;
        let until = mandate_of_row(&row)?.until_ms;
        if until.is_some_and(|until| until <= now) {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}
