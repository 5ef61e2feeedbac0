//! Mandates at rest: given, listed, revoked, and counted in the transaction of what they approve.

use super::decide::NewDecision;
use super::{Journal, JournalError, Sealing, audit, payments};
use crate::effects::{EffectFacts, EffectSet};
use crate::mandates::{Charge, Fact, Mandate, cover_all};
use crate::money::{Amount, Currency};
use crate::payees::{AskReason, Payees, always_asks};
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// A mandate to keep.
#[derive(Debug, Clone)]
pub(crate) struct NewMandate {
    pub(crate) mandate: Mandate,
    pub(crate) words: String,
}

/// What one effect takes from one mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) mandate: String,
    pub(crate) index: u32,
    pub(crate) bucket: String,
    pub(crate) charge: Charge,
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
        self.writer
            .write(move |connection| {
                Box::pin(
                    async move { insert(connection, &tenant, &new, &decider, &channel, now).await },
                )
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
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let changed = sqlx::query(
                        "UPDATE mandates SET revoked_at = $3, revoked_by = $4
                         WHERE tenant = $1 AND id = $2 AND revoked_at IS NULL",
                    )
                    .bind(&tenant)
                    .bind(&id)
                    .bind(now)
                    .bind(&by)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                    if changed == 0 {
                        return Ok(false);
                    }
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
            sqlx::query("SELECT tenant, skill_digest, effect_set_hash FROM runs WHERE id = $1")
                .bind(run)
                .fetch_one(&mut *reader)
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
        let rows = sqlx::query(
            "SELECT * FROM mandates WHERE tenant = $1 ORDER BY created_at DESC, id LIMIT 10000",
        )
        .bind(tenant)
        .fetch_all(&self.readers)
        .await?;
        let mut reader = self.readers.acquire().await?;
        let mut list = Vec::with_capacity(rows.len());
        for row in &rows {
            let mandate = mandate_of_row(row)?;
            let used = used(&mut reader, &mandate, now).await?;
            list.push(MandateSummary {
                mandate,
                words: row.try_get("words")?,
                used,
                given_by: row.try_get("decider")?,
                channel: row.try_get("channel")?,
                given_at_ms: row.try_get("created_at")?,
                revoked_at_ms: row.try_get("revoked_at")?,
            });
        }
        Ok(list)
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    tenant: &str,
    new: &NewMandate,
    decider: &str,
    channel: &str,
    now: i64,
) -> Result<(), JournalError> {
    new.mandate.check().map_err(|error| {
        let refusal = Refusal::new(RefusalKind::Invalid, "mandate.invalid", error.to_string());
        JournalError::Refused(Box::new(refusal))
    })?;
    sqlx::query(
        "INSERT INTO mandates (id, tenant, mandate, skill, words, decider, channel, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&new.mandate.id)
    .bind(tenant)
    .bind(serde_json::to_string(&new.mandate)?)
    .bind(new.mandate.skill.to_string())
    .bind(&new.words)
    .bind(decider)
    .bind(channel)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let body = json!({ "mandate": new.mandate, "decider": decider, "channel": channel });
    audit::append(connection, tenant, "mandate-given", body, now).await
}

/// Keeps the mandates that come with an approval. What is approved now counts against them.
pub(super) async fn give(
    connection: &mut SqliteConnection,
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
        insert(
            connection,
            &decision.tenant,
            new,
            &decision.decider,
            &decision.channel,
            decision.now,
        )
        .await?;
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
    count(connection, &decision.run, &uses, decision.now).await
}

/// Whether a tenant's mandates cover an effect set: what each effect takes from which, or why a person is asked.
pub(super) async fn cover(
    connection: &mut SqliteConnection,
    sealing: &Sealing,
    tenant: &str,
    skill: &str,
    set: &EffectSet,
    now: i64,
) -> Result<Result<Vec<Use>, Vec<String>>, JournalError> {
    let rows = sqlx::query(
        "SELECT * FROM mandates WHERE tenant = $1 AND skill = $2 AND revoked_at IS NULL ORDER BY id",
    )
    .bind(tenant)
    .bind(skill)
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Err(Vec::new()));
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let mandate = mandate_of_row(row)?;
        let used = used(connection, &mandate, now).await?;
        lines.push((mandate, used));
    }
    let asks = always(connection, sealing, tenant, set).await?;
    let (indices, facts): (Vec<u32>, Vec<Fact>) = facts(set).into_iter().unzip();
    if facts.len() != set.effects.len() {
        return Ok(Err(Vec::new()));
    }
    let skill: Digest = super::parse_digest(skill.to_owned())?;
    match cover_all(&lines, skill, &facts, &asks, now) {
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
                let mandate = lines.iter().map(|(m, _)| m).find(|m| m.id == id);
                let Some(mandate) = mandate else { continue };
                uses.push(Use {
                    bucket: bucket_of(mandate, now)?,
                    mandate: id,
                    index,
                    charge,
                });
            }
            Ok(Ok(uses))
        }
    }
}

/// For each effect, why a person is asked whatever mandates say.
async fn always(
    connection: &mut SqliteConnection,
    sealing: &Sealing,
    tenant: &str,
    set: &EffectSet,
) -> Result<Vec<Option<AskReason>>, JournalError> {
    let known = payments::payees(connection, sealing, tenant).await?;
    let payees = Payees::new(&known);
    let mut asks = Vec::with_capacity(set.effects.len());
    for effect in &set.effects {
        let EffectFacts::Payment(payment) = &effect.facts else {
            asks.push(None);
            continue;
        };
        let standing = payees.standing(&payment.scheme, &payment.account, &payment.payee_name);
        let above = ask_above(connection, tenant, &payment.from, payment.amount.currency).await?;
        asks.push(always_asks(&standing, payment.amount, above));
    }
    Ok(asks)
}

async fn ask_above(
    connection: &mut SqliteConnection,
    tenant: &str,
    account: &str,
    currency: Currency,
) -> Result<Option<Amount>, JournalError> {
    let row = sqlx::query("SELECT ask_above FROM accounts WHERE tenant = $1 AND name = $2")
        .bind(tenant)
        .bind(account)
        .fetch_optional(connection)
        .await?;
    let minor: Option<i64> = match row {
        None => None,
        Some(row) => row.try_get("ask_above")?,
    };
    Ok(minor.map(|minor| Amount { minor, currency }))
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

/// What is used of a mandate's limit in the period of `now`.
async fn used(
    connection: &mut SqliteConnection,
    mandate: &Mandate,
    now: i64,
) -> Result<i64, JournalError> {
    Ok(sqlx::query(
        "SELECT COALESCE(SUM(charge), 0) AS used FROM mandate_uses WHERE mandate = $1 AND bucket = $2 AND counted = 1",
    )
    .bind(&mandate.id)
    .bind(bucket_of(mandate, now)?)
    .fetch_one(connection)
    .await?
    .try_get("used")?)
}

/// Counts what an approval takes from mandates.
pub(super) async fn count(
    connection: &mut SqliteConnection,
    run: &str,
    uses: &[Use],
    now: i64,
) -> Result<(), JournalError> {
    for one in uses {
        sqlx::query(
            "INSERT INTO mandate_uses (mandate, run, idx, bucket, charge, counted, at)
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
        )
        .bind(&one.mandate)
        .bind(run)
        .bind(i64::from(one.index))
        .bind(&one.bucket)
        .bind(one.charge.amount_or_count)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Gives back what an effect took from mandates that was not performed after all.
pub(super) async fn uncount(
    connection: &mut SqliteConnection,
    run: &str,
    index: u32,
) -> Result<(), JournalError> {
    sqlx::query("UPDATE mandate_uses SET counted = 0 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .execute(connection)
        .await?;
    Ok(())
}

/// The first of these mandates that does not count any more.
pub(super) async fn first_ended(
    connection: &mut SqliteConnection,
    ids: &[String],
    now: i64,
) -> Result<Option<String>, JournalError> {
    for id in ids {
        let row = sqlx::query("SELECT * FROM mandates WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
        let counts = match &row {
            None => false,
            Some(row) => {
                row.try_get::<Option<i64>, _>("revoked_at")?.is_none()
                    && mandate_of_row(row)?
                        .until_ms
                        .is_none_or(|until| now < until)
            }
        };
        if !counts {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

fn bucket_of(mandate: &Mandate, now: i64) -> Result<String, JournalError> {
    mandate
        .bucket(now)
        .map_err(|error| JournalError::Corrupt(format!("the mandate {}: {error}", mandate.id)))
}

fn mandate_of_row(row: &SqliteRow) -> Result<Mandate, JournalError> {
    let text: String = row.try_get("mandate")?;
    Ok(serde_json::from_str(&text)?)
}
