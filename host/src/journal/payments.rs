//! Payment orders and their holds. Each function is a step inside the caller's transaction.

use super::bound::{ACCOUNTS, Cell, ORDERS};
use super::db::{Connection, Row, query};
use super::payees::paid;
use super::{Journal, JournalError, Sealing};
use crate::effects::{EffectState, Payment};
use crate::ledger::{Hold, HoldEvent, Leg, OUTSIDE, book, holding, paid_out, transfer};
use crate::money::{Amount, Currency};
use crate::refusal::{Refusal, RefusalKind};

/// Name of the rail between accounts of this host.
pub(crate) const BOOK: &str = "book";
/// Name of the rail that writes a file for the merchant's bank.
pub(crate) const BANK_FILE: &str = "bank-file";

/// An account that pays.
#[derive(Debug, Clone)]
pub(crate) struct Payer {
    pub(crate) name: String,
}

/// A payment order under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) hold: Hold,
}

impl Journal {
    /// The account that payments on a rail in a currency leave from.
    pub(crate) async fn payer(
        &self,
        tenant: &str,
        rail: &str,
        currency: Currency,
    ) -> Result<Option<Payer>, JournalError> {
        let question = format!("payer/{tenant}/{rail}/{}", currency.code());
        if let Some(name) = self.seen.get(&question) {
            return Ok(Some(Payer { name }));
        }
        let row = query(
            "SELECT * FROM accounts WHERE tenant = $1 AND rail = $2 AND currency = $3
             AND pays = 1 AND closed_at IS NULL",
        )
        .bind(tenant)
        .bind(rail)
        .bind(currency.code())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            ACCOUNTS.check(&self.sealing, &row)?;
            let name: String = row.try_get("name")?;
            self.seen.keep(question, &name);
            Ok(Payer { name })
        })
        .transpose()
    }

    /// The currency of an open book account, whoever owns it.
    pub(crate) async fn book_currency(&self, name: &str) -> Result<Option<String>, JournalError> {
        let question = format!("book/{name}");
        if let Some(currency) = self.seen.get(&question) {
            return Ok(Some(currency));
        }
        let row = query("SELECT * FROM accounts WHERE id = $1 AND closed_at IS NULL")
            .bind(book(name))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            ACCOUNTS.check(&self.sealing, &row)?;
            let currency: String = row.try_get("currency")?;
            self.seen.keep(question, &currency);
            Ok(currency)
        })
        .transpose()
    }
}

/// Where an order belongs.
pub(super) struct OrderPlace<'a> {
    pub(super) tenant: &'a str,
    pub(super) run: &'a str,
    pub(super) index: u32,
    /// Name, document and reason, encrypted.
    pub(super) words: Option<String>,
    pub(super) now: i64,
}

/// Whether the account that a payment leaves from was closed meanwhile.
pub(super) async fn payer_is_closed(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
) -> Result<Option<Refusal>, JournalError> {
    let row = query(
        "SELECT a.* FROM payments p JOIN accounts a ON a.id = p.account WHERE p.run = $1 AND p.idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<Option<i64>, _>("closed_at")?.is_some() {
        return Ok(Some(no_such_account(&row.try_get::<String, _>("name")?)));
    }
    ACCOUNTS.check(sealing, &row).map(|()| None)
}

/// Records a staged order; from now on its document is taken.
pub(super) async fn order(
    connection: &mut Connection,
    sealing: &Sealing,
    place: OrderPlace<'_>,
    payment: &Payment,
) -> Result<(), JournalError> {
    let row = query("SELECT * FROM accounts WHERE tenant = $1 AND name = $2")
        .bind(place.tenant)
        .bind(&payment.from)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else {
        return Err(refused(no_such_account(&payment.from)));
    };
    ACCOUNTS.check(sealing, &row)?;
    let account: String = row.try_get("id")?;
    let key = payment.key.to_string();
    let cells: [Cell<'_>; 12] = [
        place.run.into(),
        i64::from(place.index).into(),
        place.tenant.into(),
        (&key).into(),
        (&account).into(),
        (&payment.rail).into(),
        (&payment.scheme).into(),
        (&payment.account).into(),
        payment.amount.currency.code().into(),
        payment.amount.minor.into(),
        payment.requested_date.as_ref().into(),
        place.words.as_ref().into(),
    ];
    let mac = ORDERS.mac(sealing, &cells);
    let inserted = query(
        "INSERT INTO payments (run, idx, tenant, key, account, rail, scheme, payee, currency, minor,
             requested_date, words, hold, ordered_at, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'none', $13, $14)
         ON CONFLICT DO NOTHING",
    )
    .bind(place.run)
    .bind(i64::from(place.index))
    .bind(place.tenant)
    .bind(&key)
    .bind(&account)
    .bind(&payment.rail)
    .bind(&payment.scheme)
    .bind(&payment.account)
    .bind(payment.amount.currency.code())
    .bind(payment.amount.minor)
    .bind(&payment.requested_date)
    .bind(&place.words)
    .bind(place.now)
    .bind(mac)
    .execute(connection)
    .await?
    .rows_affected();
    if inserted == 1 {
        return Ok(());
    }
    Err(refused(duplicate(&payment.document, None)))
}

/// What became of the effect decides what becomes of the hold.
pub(super) async fn settled(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
    state: EffectState,
    now: i64,
) -> Result<(), JournalError> {
    match state {
        EffectState::Done => {
            let rail = rail_of(connection, run, index).await?;
            if rail == BANK_FILE {
                // Held until the bank has it: until then it can be withdrawn.
                query("UPDATE payments SET bank = 'queued' WHERE run = $1 AND idx = $2")
                    .bind(run)
                    .bind(i64::from(index))
                    .execute(&mut *connection)
                    .await?;
            } else {
                resolve(connection, sealing, run, index, HoldEvent::Capture, now).await?;
            }
            paid(connection, sealing, run, index, now).await
        }
        EffectState::Failed | EffectState::Void => {
            release(connection, sealing, run, index, HoldEvent::Void, now).await
        }
        // Held until somebody knows.
        EffectState::Unknown | EffectState::Performing | EffectState::Pending => Ok(()),
    }
}

/// Gives back what is held or ordered; nothing where that has been resolved before.
pub(super) async fn release(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
    event: HoldEvent,
    now: i64,
) -> Result<(), JournalError> {
    let row = query("SELECT hold FROM payments WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .fetch_optional(&mut *connection)
        .await?;
    match row.as_ref().map(hold_column).transpose()? {
        Some(Hold::None | Hold::Held) => resolve(connection, sealing, run, index, event, now).await,
        _ => Ok(()),
    }
}

/// Resolves a hold, exactly once, and posts what that means.
pub(super) async fn resolve(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
    event: HoldEvent,
    now: i64,
) -> Result<(), JournalError> {
    let row = query("SELECT * FROM payments WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .fetch_optional(&mut *connection)
        .await?
        .ok_or_else(|| JournalError::Corrupt(format!("payment {index} of run {run} is missing")))?;
    let before = hold_column(&row)?;
    let next = step(&row, event)?;
    // What goes to a payee goes to the one of the order.
    if matches!(next, Hold::Captured | Hold::Returned) {
        ORDERS.check(sealing, &row)?;
    }
    let account: String = row.try_get("account")?;
    let amount = amount_of(&row)?;
    let (kind, from, to) = match next {
        Hold::Captured => ("capture", holding(&account), payee_account(&row)?),
        Hold::Expired => ("expire", holding(&account), account.clone()),
        Hold::Returned => ("return", payee_account(&row)?, account.clone()),
        Hold::None | Hold::Held | Hold::Void => ("void", holding(&account), account.clone()),
    };
    // What was held is what is given on, whatever the row says by now.
    let amount = match before {
        Hold::Held | Hold::Captured => held_amount(connection, run, index, amount).await?,
        _ => amount,
    };
    if matches!(before, Hold::Held | Hold::Captured) {
        post(
            connection,
            Transfer {
                id: format!("{kind}:{run}:{index}"),
                kind,
                currency: amount.currency,
                origin: Some((run, index)),
                now,
            },
            &transfer(&from, &to, amount.minor),
        )
        .await?;
    }
    query("UPDATE payments SET hold = $3, resolved_at = $4 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .bind(next.word())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// What the hold of a payment set aside.
async fn held_amount(
    connection: &mut Connection,
    run: &str,
    index: u32,
    amount: Amount,
) -> Result<Amount, JournalError> {
    let row = query("SELECT minor FROM postings WHERE transfer = $1 AND leg = 1")
        .bind(format!("hold:{run}:{index}"))
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| {
            JournalError::Corrupt(format!("the hold of payment {index} of run {run}"))
        })?;
    Ok(Amount {
        minor: row.try_get("minor")?,
        ..amount
    })
}

/// The words of an order: what a bank file needs beside the ledger's facts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Words {
    pub(crate) name: String,
    pub(crate) document: String,
    pub(crate) reason: String,
}

impl Words {
    pub(crate) fn of(payment: &Payment) -> Self {
        Self {
            name: payment.payee_name.clone(),
            document: payment.document.clone(),
            reason: payment.reason.clone(),
        }
    }
}

/// What the words of an order are bound to.
pub(super) fn words_place(run: &str, index: u32) -> String {
    format!("payment/{run}/{index}")
}

/// Whether a payment is on one of the host's own rails, whose postings are part of recording it.
pub(super) async fn is_own(
    connection: &mut Connection,
    run: &str,
    index: u32,
) -> Result<bool, JournalError> {
    let rail = rail_of(connection, run, index).await?;
    Ok(rail == BOOK || rail == BANK_FILE)
}

async fn rail_of(
    connection: &mut Connection,
    run: &str,
    index: u32,
) -> Result<String, JournalError> {
    Ok(
        query("SELECT rail FROM payments WHERE run = $1 AND idx = $2")
            .bind(run)
            .bind(i64::from(index))
            .fetch_one(connection)
            .await?
            .try_get("rail")?,
    )
}

/// What identifies a transfer.
pub(super) struct Transfer<'a> {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) currency: Currency,
    pub(super) origin: Option<(&'a str, u32)>,
    pub(super) now: i64,
}

/// Writes the legs of a transfer. A second transfer with the same identifier is refused by the primary key.
pub(super) async fn post(
    connection: &mut Connection,
    transfer: Transfer<'_>,
    legs: &[Leg; 2],
) -> Result<(), JournalError> {
    for (number, leg) in (0_i64..).zip(legs) {
        let before = balance(connection, &leg.account).await?;
        if before.checked_add(leg.minor).is_none() {
            return Err(refused(no_room(&leg.account)));
        }
        query(
            "INSERT INTO postings (transfer, leg, kind, account, currency, minor, run, idx, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&transfer.id)
        .bind(number)
        .bind(transfer.kind)
        .bind(&leg.account)
        .bind(transfer.currency.code())
        .bind(leg.minor)
        .bind(transfer.origin.map(|(run, _)| run))
        .bind(transfer.origin.map(|(_, index)| i64::from(index)))
        .bind(transfer.now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What an account holds.
pub(super) async fn balance(
    connection: &mut Connection,
    account: &str,
) -> Result<i64, JournalError> {
    Ok(
        query("SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS balance FROM postings WHERE account = $1")
            .bind(account)
            .fetch_one(connection)
            .await?
            .try_get("balance")?,
    )
}

pub(super) fn payee_account(row: &Row) -> Result<String, JournalError> {
    let (tenant, scheme): (String, String) = (row.try_get("tenant")?, row.try_get("scheme")?);
    let payee: String = row.try_get("payee")?;
    Ok(payee_of(&tenant, &scheme, &payee))
}

/// The account in the ledger that a payee's money goes to.
pub(super) fn payee_of(tenant: &str, scheme: &str, payee: &str) -> String {
    if scheme == "book" {
        book(payee)
    } else {
        paid_out(tenant, payee)
    }
}

pub(super) fn amount_of(row: &Row) -> Result<Amount, JournalError> {
    amount_in(row, "currency")
}

/// The amount of a row whose currency is in another column.
pub(super) fn amount_in(row: &Row, currency: &str) -> Result<Amount, JournalError> {
    let code: String = row.try_get(currency)?;
    Amount::positive(row.try_get("minor")?, &code)
        .map_err(|error| JournalError::Corrupt(format!("an amount: {error}")))
}

pub(super) fn hold_column(row: &Row) -> Result<Hold, JournalError> {
    let word: String = row.try_get("hold")?;
    Hold::from_word(&word).ok_or_else(|| JournalError::Corrupt(format!("the hold {word:?}")))
}

pub(super) fn step(row: &Row, event: HoldEvent) -> Result<Hold, JournalError> {
    let hold = hold_column(row)?;
    hold.after(event).ok_or_else(|| JournalError::IllegalStep {
        what: "the hold of a payment".to_owned(),
        state: hold.word().to_owned(),
        step: "this step",
    })
}

pub(super) fn refused(refusal: Refusal) -> JournalError {
    JournalError::Refused(Box::new(refusal))
}

/// Where deposits of a host without a bank come from.
pub(super) fn outside(currency: Currency) -> String {
    format!("{OUTSIDE}:{}", currency.code())
}

pub(super) fn no_such_account(name: &str) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "payments.account-closed",
        format!("the account `{name}` of your wallet is not open any more"),
    )
    .with_fix("see `guildhall wallet`")
}

/// A document that is ordered or paid already.
pub(crate) fn duplicate(document: &str, taken: Option<&Taken>) -> Refusal {
    let how = match taken.map(|taken| taken.hold) {
        Some(Hold::Captured) => "has been paid",
        Some(Hold::Held) => "is being paid",
        _ => "waits for approval",
    };
    // Which run it was is not for the guest to know; the merchant finds it.
    let fix = match taken {
        Some(taken) if taken.hold != Hold::None => {
            "the merchant sees it in `guildhall wallet statement` and `guildhall runs`"
        }
        _ => "if the order that waits is wrong, reject it first",
    };
    Refusal::new(
        RefusalKind::Conflict,
        "payments.already-ordered",
        format!(
            "the document `{}` for this account {how}; it is paid once",
            guildhall_package::text::plain(document, 140)
        ),
    )
    .with_fix(fix)
}

pub(super) fn no_room(account: &str) -> Refusal {
    Refusal::new(
        RefusalKind::LimitReached,
        "payments.no-room",
        format!(
            "the account {} would hold more than can be counted",
            guildhall_package::text::plain(account, 100)
        ),
    )
    .with_fix("use smaller amounts, or another account")
}
