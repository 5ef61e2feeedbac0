//! What bookings rest on, as the store has it: read once, and kept for as long as nobody else writes.

use super::super::db::{Connection, query};
use super::super::facts::FinishedRun;
use super::super::mandate_uses::{Line, Use, bucket_of, line, select_mandates};
use super::super::payments::{self, BANK_FILE, BOOK};
use super::super::{JournalError, Sealing, commit, holds, mandates, orders, payees};
use super::account::{self, Paying};
use super::room::Room;
use crate::effects::{EffectFacts, Payment};
use crate::ledger::{book, holding};
use crate::mandates::cover_all;
use crate::money::Amount;
use crate::payees::{Known, Payees, always_asks};
use guildhall_package::Digest;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The store as of the last look.
///
/// The database tells when another connection has written. What this connection writes by other ways than bookings makes the writer
/// call [`World::forget`].
#[derive(Default)]
pub(in crate::journal) struct World {
    version: Option<i64>,
    /// By tenant and name.
    accounts: HashMap<(String, String), Option<Arc<Paying>>>,
    /// Currency of open accounts of the book, by name.
    open: HashMap<String, Option<String>>,
    balances: HashMap<String, i64>,
    /// What is held for payees of the book.
    held_for: HashMap<String, i64>,
    /// By account and period.
    spent: HashMap<(String, String), i64>,
    known: HashMap<String, Vec<Known>>,
    /// By tenant and skill.
    budgets: HashMap<(String, String), Vec<Budget>>,
    revoked: HashMap<Digest, bool>,
    /// Payment keys in force, by tenant, among those that were asked about.
    taken: HashSet<(String, String)>,
}

/// A mandate, and what is used of it by now.
pub(super) struct Budget {
    /// As it was read.
    pub(super) line: Line,
    pub(super) bucket: String,
    pub(super) used: i64,
    pub(super) uses: i64,
    /// Whether its row has to be written.
    changed: bool,
}

/// How one run is booked.
pub(super) struct Plan {
    pub(super) payments: Vec<PlannedPayment>,
    /// What each takes from which mandate, and the number of that use.
    pub(super) uses: Vec<(Use, i64)>,
}

/// One payment of it.
pub(super) struct PlannedPayment {
    pub(super) index: u32,
    /// Where it leaves from, in the ledger.
    pub(super) account: String,
    /// Period of the account's limit that it counts in.
    pub(super) bucket: String,
}

impl World {
    /// Forgets everything: something else was written.
    pub(in crate::journal) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Forgets everything if another connection has written since, which changes the version.
    pub(super) fn look(&mut self, version: i64) {
        if self.version != Some(version) {
            self.forget();
            self.version = Some(version);
        }
    }

    /// Reads which payment keys of these runs are in force.
    pub(super) async fn see_keys<'a>(
        &mut self,
        connection: &mut Connection,
        runs: impl Iterator<Item = &'a FinishedRun>,
    ) -> Result<(), JournalError> {
        let keys: Vec<(String, String)> = runs
            .flat_map(|run| {
                payments_of(run).map(|(_, order)| (run.tenant.clone(), order.key.to_string()))
            })
            .collect();
        let taken = orders::taken(connection, &keys).await?;
        self.taken = taken.into_keys().collect();
        Ok(())
    }

    /// How a run is booked, if mandates cover all of it and every limit leaves room. What it takes is gone for those after it.
    pub(super) async fn plan(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        run: &FinishedRun,
        now: i64,
    ) -> Result<Option<Plan>, JournalError> {
        let Some((set, _)) = &run.set else {
            return Ok(None);
        };
        let place = (run.tenant.clone(), set.skill.to_string());
        if payments_of(run).count() != set.effects.len()
            || self.is_revoked(connection, set.skill).await?
        {
            return Ok(None);
        }
        self.read_budgets(connection, sealing, &place, now).await?;
        let Some(uses) = self.uses(connection, sealing, run, &place, now).await? else {
            return Ok(None);
        };
        let mut room = Room::default();
        let mut planned = Vec::with_capacity(run.staged.len());
        for (index, payment) in payments_of(run) {
            let order = (run.tenant.as_str(), payment);
            let fits = self
                .fits(connection, sealing, order, &mut room, now)
                .await?;
            let Some((account, bucket)) = fits else {
                return Ok(None);
            };
            planned.push(PlannedPayment {
                index,
                account,
                bucket,
            });
        }
        room.taken_from(&mut self.balances, &mut self.spent, &mut self.taken);
        Ok(Some(Plan {
            payments: planned,
            uses: self.count(&place, uses),
        }))
    }

    async fn is_revoked(
        &mut self,
        connection: &mut Connection,
        skill: Digest,
    ) -> Result<bool, JournalError> {
        if let Some(known) = self.revoked.get(&skill) {
            return Ok(*known);
        }
        let reason = commit::revoked(connection, &skill.to_string()).await?;
        self.revoked.insert(skill, reason.is_some());
        Ok(reason.is_some())
    }

    /// The mandates of a skill, with what is used of them in the period of now.
    async fn read_budgets(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        place: &(String, String),
        now: i64,
    ) -> Result<(), JournalError> {
        let mut current = self.budgets.contains_key(place);
        for budget in self.budgets.get(place).into_iter().flatten() {
            // A period has ended: what is written already is read again.
            current &= bucket_of(&budget.line.mandate, now)? == budget.bucket || budget.changed;
        }
        if current {
            return Ok(());
        }
        let rows = query(select_mandates!(
            "WHERE m.tenant = $1 AND m.skill = $2 AND m.revoked_at IS NULL ORDER BY m.id"
        ))
        .bind(&place.0)
        .bind(&place.1)
        .fetch_all(&mut *connection)
        .await?;
        let mut budgets = Vec::with_capacity(rows.len());
        for row in rows {
            let line = line(connection, sealing, row, now).await?;
            budgets.push(Budget {
                bucket: bucket_of(&line.mandate, now)?,
                used: line.used,
                uses: line.uses()?,
                changed: false,
                line,
            });
        }
        self.budgets.insert(place.clone(), budgets);
        Ok(())
    }

    /// What each effect takes from which mandate, if all are covered.
    async fn uses(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        run: &FinishedRun,
        place: &(String, String),
        now: i64,
    ) -> Result<Option<Vec<Use>>, JournalError> {
        let Some((set, _)) = &run.set else {
            return Ok(None);
        };
        let mut lines = Vec::new();
        for budget in self.budgets.get(place).into_iter().flatten() {
            if bucket_of(&budget.line.mandate, now)? != budget.bucket {
                return Ok(None);
            }
            lines.push((budget.line.mandate.clone(), budget.used));
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let mut asks = Vec::with_capacity(run.staged.len());
        for (_, payment) in payments_of(run) {
            let Some(payer) = self
                .account(connection, sealing, &run.tenant, &payment.from)
                .await?
            else {
                return Ok(None);
            };
            let above = payer.ask_above.map(|minor| Amount {
                minor,
                currency: payment.amount.currency,
            });
            let known = self.known(connection, sealing, &run.tenant).await?;
            let (scheme, account) = (&payment.scheme, &payment.account);
            let standing = Payees::new(known).standing(scheme, account, &payment.payee_name);
            asks.push(always_asks(&standing, payment.amount, above));
        }
        let (indices, facts): (Vec<u32>, Vec<_>) = mandates::facts(set).into_iter().unzip();
        let Ok(taken) = cover_all(&lines, set.skill, &facts, &asks, now) else {
            return Ok(None);
        };
        let mut uses = Vec::with_capacity(taken.len());
        for ((id, charge), index) in taken.into_iter().zip(indices) {
            let Some((mandate, _)) = lines.iter().find(|(mandate, _)| mandate.id == id) else {
                return Ok(None);
            };
            uses.push(Use {
                bucket: bucket_of(mandate, now)?,
                mandate: id,
                index,
                charge,
            });
        }
        Ok((uses.len() == run.staged.len()).then_some(uses))
    }

    /// Counts what a run takes, and numbers it.
    fn count(&mut self, place: &(String, String), uses: Vec<Use>) -> Vec<(Use, i64)> {
        let mut budgets = self.budgets.get_mut(place);
        uses.into_iter()
            .map(|one| {
                let budget = budgets
                    .iter_mut()
                    .flat_map(|budgets| budgets.iter_mut())
                    .find(|budget| budget.line.mandate.id == one.mandate);
                let mut number = 0;
                if let Some(budget) = budget {
                    budget.used = budget.used.saturating_add(one.charge.amount_or_count);
                    budget.uses = budget.uses.saturating_add(1);
                    budget.changed = true;
                    number = budget.uses;
                }
                (one, number)
            })
            .collect()
    }

    /// Mandates whose rows have to be written, once.
    pub(super) fn changed_budgets(&mut self) -> Vec<&Budget> {
        self.budgets
            .values_mut()
            .flatten()
            .filter_map(|budget| std::mem::take(&mut budget.changed).then_some(&*budget))
            .collect()
    }

    /// The account that a payment leaves from and the period it counts in, if there is room for it everywhere.
    async fn fits(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        (tenant, payment): (&str, &Payment),
        room: &mut Room,
        now: i64,
    ) -> Result<Option<(String, String)>, JournalError> {
        let key = (tenant.to_owned(), payment.key.to_string());
        let Some(payer) = self
            .account(connection, sealing, tenant, &payment.from)
            .await?
        else {
            return Ok(None);
        };
        if !payer.serves(payment) || self.taken.contains(&key) || !room.take_key(key) {
            return Ok(None);
        }
        let bucket = payer.bucket(now)?;
        if let Some(limit) = payer.limit {
            let place = (payer.id.clone(), bucket.clone());
            let before = match self.spent.get(&place) {
                Some(spent) => *spent,
                None => {
                    let period = (payer.period, payer.zone.as_str());
                    let spent = holds::spent(connection, &payer.id, period, now).await?;
                    self.spent.insert(place.clone(), spent);
                    spent
                }
            };
            if !room.spend(place, before, payment.amount.minor, limit) {
                return Ok(None);
            }
        }
        let left = self.balance(connection, &payer.id).await?;
        let fits = if payment.rail == BOOK {
            let held = self.held_for(connection, &payment.account).await?;
            let payee = book(&payment.account);
            let has = self.balance(connection, &payee).await?;
            self.is_open(connection, sealing, payment).await?
                && room.leaves(left, &payer.id) >= Some(payment.amount.minor)
                && room.moves((&payer.id, left), (&payee, has), payment.amount.minor, held)
        } else {
            let place = holding(&payer.id);
            let has = self.balance(connection, &place).await?;
            payment.rail == BANK_FILE
                && room.moves((&payer.id, left), (&place, has), payment.amount.minor, 0)
        };
        Ok(fits.then(|| (payer.id.clone(), bucket)))
    }

    async fn account(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        tenant: &str,
        name: &str,
    ) -> Result<Option<Arc<Paying>>, JournalError> {
        let place = (tenant.to_owned(), name.to_owned());
        if let Some(known) = self.accounts.get(&place) {
            return Ok(known.clone());
        }
        let found = account::paying(connection, sealing, tenant, name).await?;
        let found = found.map(Arc::new);
        self.accounts.insert(place, found.clone());
        Ok(found)
    }

    async fn is_open(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        payment: &Payment,
    ) -> Result<bool, JournalError> {
        let payee = &payment.account;
        if !self.open.contains_key(payee) {
            let currency = holds::open_currency(connection, sealing, payee).await?;
            self.open.insert(payee.clone(), currency);
        }
        let currency = self.open.get(payee).and_then(Option::as_deref);
        Ok(currency == Some(payment.amount.currency.code()))
    }

    async fn balance(
        &mut self,
        connection: &mut Connection,
        account: &str,
    ) -> Result<i64, JournalError> {
        if let Some(balance) = self.balances.get(account) {
            return Ok(*balance);
        }
        let balance = payments::balance(connection, account).await?;
        self.balances.insert(account.to_owned(), balance);
        Ok(balance)
    }

    async fn held_for(
        &mut self,
        connection: &mut Connection,
        payee: &str,
    ) -> Result<i64, JournalError> {
        if let Some(held) = self.held_for.get(payee) {
            return Ok(*held);
        }
        let held = holds::held_for(connection, payee).await?;
        self.held_for.insert(payee.to_owned(), held);
        Ok(held)
    }

    async fn known(
        &mut self,
        connection: &mut Connection,
        sealing: &Sealing,
        tenant: &str,
    ) -> Result<&[Known], JournalError> {
        if !self.known.contains_key(tenant) {
            let known = payees::payees(connection, sealing, tenant).await?;
            self.known.insert(tenant.to_owned(), known);
        }
        Ok(self.known.get(tenant).map_or(&[], Vec::as_slice))
    }

    /// Counts payments to somebody who was paid before; says how often that is by now, and under which name.
    pub(super) fn paid_again<'p>(
        &mut self,
        (tenant, scheme, account): (&str, &str, &str),
        payments: &[&'p Payment],
        now: i64,
    ) -> Option<(u64, &'p str)> {
        let last = payments.last()?;
        let known = self
            .known
            .get_mut(tenant)?
            .iter_mut()
            .find(|known| known.scheme == scheme && known.account == account)?;
        known.paid_count = known.paid_count.saturating_add(payments.len() as u64);
        known.last_paid_ms = now;
        known.name.clone_from(&last.payee_name);
        Some((known.paid_count, last.payee_name.as_str()))
    }
}

/// The payments of a run with their handles.
pub(super) fn payments_of(run: &FinishedRun) -> impl Iterator<Item = (u32, &Payment)> {
    run.staged
        .iter()
        .filter_map(|staged| match &staged.effect.facts {
            EffectFacts::Payment(payment) => Some((staged.effect.index, payment)),
            _ => None,
        })
}
