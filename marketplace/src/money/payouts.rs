//! Payouts: what the operator really paid to publishers, outside.

use guildhall_package::market::money::{Payout, PayoutAnswer};
use guildhall_package::money::Amount;

use super::settle::{MAX_REFERENCE, positive};
use super::{conflict, line};
use crate::app::App;
use crate::error::{ApiError, not_found};
use crate::people::Caller;
use crate::store::{Lock, ledger, payouts, publishers};

/// Longest note of a payout, in characters.
const MAX_NOTE: usize = 280;

/// Records that a publisher was paid, outside. The same reference again changes nothing.
///
/// Paid out is at most what merchants have settled of the publisher's part, less what was paid out before. What is paid back to
/// a merchant after that is set off against what the publisher earns later.
///
/// # Errors
/// A refusal for an amount that can't be or is more than that, a publisher who is not known, or a reference of another payout.
pub async fn pay_out(
    app: &App,
    caller: &Caller,
    wanted: &Payout,
) -> Result<PayoutAnswer, ApiError> {
    let amount = positive(wanted.amount)?;
    let payout = payouts::Payout {
        reference: line("reference", &wanted.reference, MAX_REFERENCE)?,
        publisher: wanted.publisher.to_string(),
        amount,
        note: match &wanted.note {
            Some(note) => line("note", note, MAX_NOTE)?,
            None => String::new(),
        },
    };
    let (publisher, code) = (payout.publisher.as_str(), amount.currency.code());
    let shown = |minor| Amount { minor, ..amount };
    let mut tx = app.store.write().await?;
    tx.lock(Lock::Payouts).await?;
    let before = payouts::get(tx.connection(), &payout.reference).await?;
    if let Some(before) = &before
        && (&before.publisher, before.amount) != (&payout.publisher, amount)
    {
        return Err(conflict(
            "payout.reference",
            format!(
                "another payout has this reference already, of {} to {}; nothing was recorded",
                before.amount, before.publisher
            ),
            "give each payout its own reference",
        ));
    }
    let is_known = publishers::granted(tx.connection(), publisher).await?;
    is_known.ok_or_else(|| not_found("publisher"))?;
    let settled = payouts::settled(tx.connection(), publisher, code).await?;
    let mut paid_out = payouts::paid_out(tx.connection(), publisher, code).await?;
    let mut left = settled.saturating_sub(paid_out);
    if before.is_none() {
        if amount.minor > left {
            return Err(conflict(
                "payout.exceeds",
                format!(
                    "{publisher} can be paid {} now, and {amount} is more: merchants have settled {} of its part, and {} was \
                     paid out before; nothing was recorded",
                    shown(left.max(0)),
                    shown(settled),
                    shown(paid_out)
                ),
                "pay out less, or write down first what merchants have paid: `guildhall marketplace settle`",
            ));
        }
        let (now, by) = (app.clock.now(), caller.account.as_str());
        let db = tx.connection();
        payouts::put(&mut *db, &payout, now, by).await?;
        let legs = [
            (
                ledger::author_account(publisher),
                amount.minor.saturating_neg(),
            ),
            (ledger::BANK.to_owned(), amount.minor),
        ];
        let transfer = format!("payout:{}", payout.reference);
        ledger::book(&mut *db, &transfer, amount.currency, &legs, now).await?;
        tracing::warn!(publisher, %amount, reference = payout.reference, by, "paid out");
        paid_out = paid_out.saturating_add(amount.minor);
        left = left.saturating_sub(amount.minor);
    }
    tx.commit().await?;
    Ok(PayoutAnswer {
        paid_out: shown(paid_out),
        left: shown(left),
    })
}
