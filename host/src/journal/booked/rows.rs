//! The rows of booked runs, gathered for all that came together and inserted table by table.

use super::super::audit::{self, Body, NewEntry};
use super::super::bound::{APPROVALS, Cell, ORDERS, PAYEES, USES};
use super::super::common::Common;
use super::super::db::Connection;
use super::super::mandate_uses::{Use, write_total};
use super::super::many::{ManyRows, insert_many};
use super::super::payments::{BANK_FILE, Words, payee_of, words_place};
use super::super::record::{RecordWriter, RunRow, add_bytes, insert_runs};
use super::super::{JournalError, Sealing};
use super::world::{PlannedPayment, World, payments_of};
use super::{Booking, Plan};
use crate::effects::{Effect, EffectState, Payment};
use crate::invocation::RunStatus;
use crate::ledger::{Hold, Leg, holding, transfer};
use guildhall_package::Digest;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// In the log: a decision. Fields in their order by name, as [`Body::sorted`] has it.
#[derive(Serialize)]
struct Decided<'a> {
    channel: &'static str,
    decider: &'a str,
    decision: &'static str,
    effect_set: Digest,
    expires_at_ms: i64,
    mandates: &'a [&'a str],
    run: &'a str,
    skill: Digest,
}

/// In the log: an effect that was performed. Fields in their order by name.
#[derive(Serialize)]
struct Done<'a> {
    effect: u32,
    kind: &'static str,
    run: &'a str,
    state: &'static str,
}

/// Rows that are not written yet.
#[derive(Default)]
pub(super) struct Rows<'a> {
    common: Common,
    runs: Vec<RunRow<'a>>,
    effects: Vec<EffectRow<'a>>,
    orders: Vec<OrderRow<'a>>,
    approvals: Vec<ApprovalRow<'a>>,
    uses: Vec<UseRow<'a>>,
    postings: Vec<PostingRow<'a>>,
    /// Payments to each payee: the last decides what is remembered.
    paid: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Payment>>,
    audit: Vec<NewEntry<'a>>,
}

struct EffectRow<'a> {
    run: &'a str,
    index: u32,
    rank: u8,
    effect: String,
    reason: Option<&'a str>,
    detail: Option<&'static str>,
    owner: &'a str,
}

struct OrderRow<'a> {
    run: &'a str,
    tenant: &'a str,
    payment: &'a Payment,
    planned: &'a PlannedPayment,
    key: String,
    words: String,
    mac: String,
    now: i64,
}

struct ApprovalRow<'a> {
    run: &'a str,
    hash: String,
    skill: String,
    decider: String,
    mandates: String,
    expires_at: i64,
    mac: String,
    now: i64,
}

struct UseRow<'a> {
    run: &'a str,
    taken: &'a Use,
    number: i64,
    mac: String,
    now: i64,
}

struct PostingRow<'a> {
    transfer: String,
    number: i64,
    kind: &'static str,
    leg: Leg,
    currency: &'a str,
    run: &'a str,
    index: u32,
    now: i64,
}

struct PayeeRow<'a> {
    tenant: &'a str,
    scheme: &'a str,
    account: &'a str,
    name: String,
    times: i64,
    last: i64,
    mac: String,
}

impl<'a> Rows<'a> {
    /// Takes the rows of one run.
    pub(super) fn take(
        &mut self,
        writer: &'a RecordWriter,
        booking: &'a Booking,
        plan: &'a Plan,
        now: i64,
    ) -> Result<(), JournalError> {
        let end = (RunStatus::Committed, now);
        let run = RunRow::booked(booking, writer, &mut self.common, end)?;
        self.take_approval(writer, booking, plan, now)?;
        for ((index, payment), planned) in payments_of(&booking.record.finished).zip(&plan.payments)
        {
            self.take_effect(writer, booking, (index, payment), run.keeps)?;
            self.take_order(writer, booking, payment, planned, now)?;
            let done = Done {
                effect: index,
                kind: "payment",
                run: &booking.record.start.id,
                state: EffectState::Done.word(),
            };
            self.entry(booking, "effect", Body::sorted(&done, &[])?, now);
        }
        for (taken, number) in &plan.uses {
            let id = booking.record.start.id.as_str();
            let cells = [
                (&taken.mandate).into(),
                (*number).into(),
                id.into(),
                i64::from(taken.index).into(),
                (&taken.bucket).into(),
                taken.charge.amount_or_count.into(),
                1.into(),
                now.into(),
            ];
            self.uses.push(UseRow {
                run: id,
                taken,
                number: *number,
                mac: USES.mac(&writer.sealing, &cells),
                now,
            });
        }
        self.audit.push(run.ended_entry());
        self.runs.push(run);
        Ok(())
    }

    fn entry(&mut self, booking: &'a Booking, kind: &'static str, body: Body<'a>, at: i64) {
        self.audit.push(NewEntry {
            tenant: &booking.record.start.tenant,
            kind,
            body,
            at,
        });
    }

    fn take_approval(
        &mut self,
        writer: &RecordWriter,
        booking: &'a Booking,
        plan: &Plan,
        now: i64,
    ) -> Result<(), JournalError> {
        let run = booking.record.start.id.as_str();
        let Some((set, hash)) = &booking.record.finished.set else {
            return Err(JournalError::Corrupt(format!(
                "run {run} has no effect set"
            )));
        };
        let mut ids: Vec<&str> = plan
            .uses
            .iter()
            .map(|(one, _)| one.mandate.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let expires_at = now.saturating_add(booking.valid_ms);
        let decider = format!("mandate {}", ids.join(", "));
        let decided = Decided {
            channel: "mandate",
            decider: &decider,
            decision: "approve",
            effect_set: *hash,
            expires_at_ms: expires_at,
            mandates: &ids,
            run,
            skill: set.skill,
        };
        let body = Body::sorted(&decided, &[expires_at])?;
        let mandates = serde_json::to_string(&ids)?;
        let (hash, skill) = (hash.to_string(), set.skill.to_string());
        let cells = [
            run.into(),
            (&hash).into(),
            (&skill).into(),
            "approve".into(),
            (&decider).into(),
            "mandate".into(),
            Cell::Null,
            now.into(),
            expires_at.into(),
            (&mandates).into(),
        ];
        let mac = APPROVALS.mac(&writer.sealing, &cells);
        self.approvals.push(ApprovalRow {
            run,
            hash,
            skill,
            decider,
            mandates,
            expires_at,
            mac,
            now,
        });
        self.entry(booking, "decided", body, now);
        Ok(())
    }

    fn take_effect(
        &mut self,
        writer: &'a RecordWriter,
        booking: &'a Booking,
        (index, payment): (u32, &Payment),
        keeps: bool,
    ) -> Result<(), JournalError> {
        let staged = booking.record.finished.staged.iter();
        let Some(staged) = { staged }.find(|staged| staged.effect.index == index) else {
            return Ok(());
        };
        let rank = staged.effect.facts.rank();
        self.effects.push(EffectRow {
            run: &booking.record.start.id,
            index,
            rank,
            effect: if keeps {
                serde_json::to_string(&staged.effect)?
            } else {
                serde_json::to_string(&Effect::forgotten(index, rank))?
            },
            reason: staged.reason.as_deref().filter(|_| keeps),
            detail: crate::capabilities::payments::waits(&payment.rail).filter(|_| keeps),
            owner: &writer.owner,
        });
        Ok(())
    }

    fn take_order(
        &mut self,
        writer: &RecordWriter,
        booking: &'a Booking,
        payment: &'a Payment,
        planned: &'a PlannedPayment,
        now: i64,
    ) -> Result<(), JournalError> {
        let (run, tenant) = (
            booking.record.start.id.as_str(),
            booking.record.start.tenant.as_str(),
        );
        let words = serde_json::to_string(&Words::of(payment))?;
        let place = words_place(run, planned.index);
        let words = writer.sealing.seal(&place, &words)?;
        let key = payment.key.to_string();
        let cells = [
            run.into(),
            i64::from(planned.index).into(),
            tenant.into(),
            (&key).into(),
            (&planned.account).into(),
            (&payment.rail).into(),
            (&payment.scheme).into(),
            (&payment.account).into(),
            payment.amount.currency.code().into(),
            payment.amount.minor.into(),
            payment.requested_date.as_ref().into(),
            (&words).into(),
        ];
        let mac = ORDERS.mac(&writer.sealing, &cells);
        let held = holding(&planned.account);
        self.post(
            run,
            planned,
            payment,
            ("hold", &planned.account, &held),
            now,
        );
        if payment.rail != BANK_FILE {
            let payee = payee_of(tenant, &payment.scheme, &payment.account);
            self.post(run, planned, payment, ("capture", &held, &payee), now);
        }
        let payee = (tenant, payment.scheme.as_str(), payment.account.as_str());
        self.paid.entry(payee).or_default().push(payment);
        self.orders.push(OrderRow {
            run,
            tenant,
            payment,
            planned,
            key,
            words,
            mac,
            now,
        });
        Ok(())
    }

    fn post(
        &mut self,
        run: &'a str,
        planned: &PlannedPayment,
        payment: &'a Payment,
        (kind, from, to): (&'static str, &str, &str),
        now: i64,
    ) {
        let id = format!("{kind}:{run}:{}", planned.index);
        let legs = transfer(from, to, payment.amount.minor);
        for (number, leg) in (0..).zip(legs) {
            self.postings.push(PostingRow {
                transfer: id.clone(),
                number,
                kind,
                leg,
                currency: payment.amount.currency.code(),
                run,
                index: planned.index,
                now,
            });
        }
    }

    /// Writes all of them.
    pub(super) async fn insert(
        self,
        connection: &mut Connection,
        sealing: &Sealing,
        world: &mut World,
        now: i64,
    ) -> Result<(), JournalError> {
        if self.runs.is_empty() {
            return Ok(());
        }
        insert_runs(connection, &self.runs).await?;
        insert_many(connection, &EFFECTS, &self.effects, |query, row| {
            query
                .bind(row.run)
                .bind(i64::from(row.index))
                .bind(i64::from(row.rank))
                .bind(&row.effect)
                .bind(row.reason)
                .bind(EffectState::Done.word())
                .bind(row.detail)
                .bind(row.owner)
                .bind(1_i64)
        })
        .await?;
        insert_many(connection, &PAYMENTS, &self.orders, |query, row| {
            let waits = row.payment.rail == BANK_FILE;
            query
                .bind(row.run)
                .bind(i64::from(row.planned.index))
                .bind(row.tenant)
                .bind(&row.key)
                .bind(&row.planned.account)
                .bind(&row.payment.rail)
                .bind(&row.payment.scheme)
                .bind(&row.payment.account)
                .bind(row.payment.amount.currency.code())
                .bind(row.payment.amount.minor)
                .bind(&row.payment.requested_date)
                .bind(&row.words)
                .bind(if waits { Hold::Held } else { Hold::Captured }.word())
                .bind(&row.planned.bucket)
                .bind(waits.then_some("queued"))
                .bind(row.now)
                .bind(row.now)
                .bind((!waits).then_some(row.now))
                .bind(&row.mac)
        })
        .await?;
        insert_many(connection, &DECISIONS, &self.approvals, |query, row| {
            query
                .bind(row.run)
                .bind(&row.hash)
                .bind(&row.skill)
                .bind("approve")
                .bind(&row.decider)
                .bind("mandate")
                .bind(row.now)
                .bind(row.expires_at)
                .bind(&row.mandates)
                .bind(row.now)
                .bind(&row.mac)
        })
        .await?;
        insert_many(connection, &TAKEN, &self.uses, |query, row| {
            query
                .bind(&row.taken.mandate)
                .bind(row.number)
                .bind(row.run)
                .bind(i64::from(row.taken.index))
                .bind(&row.taken.bucket)
                .bind(row.taken.charge.amount_or_count)
                .bind(1_i64)
                .bind(row.now)
                .bind(&row.mac)
        })
        .await?;
        for budget in world.changed_budgets() {
            let total = (budget.bucket.as_str(), budget.used, budget.uses);
            write_total(connection, sealing, &budget.line, total).await?;
        }
        insert_many(connection, &POSTINGS, &self.postings, |query, row| {
            query
                .bind(&row.transfer)
                .bind(row.number)
                .bind(row.kind)
                .bind(&row.leg.account)
                .bind(row.currency)
                .bind(row.leg.minor)
                .bind(row.run)
                .bind(i64::from(row.index))
                .bind(row.now)
        })
        .await?;
        let payees = payees(&self.paid, sealing, world, now)?;
        insert_many(connection, &KNOWN, &payees, |query, row| {
            query
                .bind(row.tenant)
                .bind(row.scheme)
                .bind(row.account)
                .bind(&row.name)
                .bind(row.times)
                .bind(row.last)
                .bind(&row.mac)
        })
        .await?;
        add_bytes(connection, &self.runs).await?;
        audit::append_all(connection, self.audit.into_iter()).await
    }
}

/// One row for each payee, whatever the number of payments.
fn payees<'a>(
    paid: &BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Payment>>,
    sealing: &Sealing,
    world: &mut World,
    now: i64,
) -> Result<Vec<PayeeRow<'a>>, JournalError> {
    let mut rows = Vec::with_capacity(paid.len());
    for ((tenant, scheme, account), payments) in paid {
        let Some((times, name)) = world.paid_again((tenant, scheme, account), payments, now) else {
            return Err(JournalError::Corrupt(format!(
                "the payee {scheme}:{account}"
            )));
        };
        let name = sealing.seal("payee", name)?;
        let times = super::super::runs::stored(times);
        let cells = [
            (*tenant).into(),
            (*scheme).into(),
            (*account).into(),
            (&name).into(),
            times.into(),
            now.into(),
        ];
        rows.push(PayeeRow {
            tenant,
            scheme,
            account,
            mac: PAYEES.mac(sealing, &cells),
            name,
            times,
            last: now,
        });
    }
    Ok(rows)
}

static EFFECTS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO effects (run, idx, rank, effect, reason, state, detail, claim, tried)",
        9,
        "",
    )
});

static PAYMENTS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO payments (run, idx, tenant, key, account, rail, scheme, payee, currency, minor, requested_date, words,
             hold, bucket, bank, ordered_at, held_at, resolved_at, mac)",
        19,
        "",
    )
});

static DECISIONS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO approvals (run, effect_set_hash, skill_digest, decision, decider, channel, decided_at, expires_at,
             mandates, consumed_at, mac)",
        11,
        "",
    )
});

static TAKEN: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO mandate_uses (mandate, seq, run, idx, bucket, charge, counted, at, mac)",
        9,
        "",
    )
});

static POSTINGS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO postings (transfer, leg, kind, account, currency, minor, run, idx, at)",
        9,
        "",
    )
});

static KNOWN: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO payees (tenant, scheme, account, name, paid_count, last_paid, mac)",
        7,
        " ON CONFLICT (tenant, scheme, account) DO UPDATE SET name = excluded.name, paid_count = excluded.paid_count,
             last_paid = excluded.last_paid, mac = excluded.mac",
    )
});
