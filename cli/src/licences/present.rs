//! Presenting: what was paid here becomes a licence. What the marketplace does not take is written down, and said.

use super::ask::Merchant;
use super::buy::Bought;
use super::store::{Kept, KeptOrder};
use crate::error::CliError;
use crate::host;
use crate::market::http::Method;
use guildhall_host::{Hold, Refund, Tenant};
use guildhall_package::SkillName;
use guildhall_package::market::money::{LicenceAnswer, Order, PaymentProof};
use guildhall_package::text::plain;

/// The rule of a receipt whose order was paid back.
const PAID_BACK: &str = "licence.refunded";

/// Presents what was paid here by a command that ended before it had the licence. Nothing is ordered for it, and nothing paid.
///
/// # Errors
/// If the marketplace refuses or does not answer.
pub async fn present_paid(
    merchant: Merchant<'_>,
    skill: &SkillName,
) -> Result<Option<Bought>, CliError> {
    let kept = Kept::of(merchant.market, skill);
    let mut stuck = None;
    for order in kept.orders(merchant.seller)?.into_values() {
        match present_if_paid(merchant, &kept, skill, &order).await {
            Ok(None) => {}
            Err(error) if is_settled(&error) => {}
            // One that is not taken keeps no other from being presented.
            Err(error) if is_final(&error) => stuck = Some(error),
            found => return found,
        }
    }
    stuck.map_or(Ok(None), Err)
}

/// What was paid here and has no licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlicensed {
    /// Its receipt is to be presented.
    Open,
    /// It was paid back, from another copy of this home.
    PaidBack,
    /// The marketplace does not take it, by this rule.
    Refused(String),
}

/// Nothing is bought by the way that was paid back.
pub fn paid_back(skill: &SkillName) -> CliError {
    CliError::refused(format!(
        "what was paid for {skill} came back, to another copy of this home folder; nothing was paid now"
    ))
    .kind(PAID_BACK)
    .fix(format!("buy it anew: guildhall buy {skill}"))
}

/// What was paid here and has no licence; of several, what can be presented. Needs no network.
///
/// # Errors
/// If what is kept or the journal can't be read.
pub async fn unlicensed(
    merchant: Merchant<'_>,
    skill: &SkillName,
) -> Result<Option<Unlicensed>, CliError> {
    let kept = Kept::of(merchant.market, skill);
    let mut refused = None;
    for found in kept.orders(merchant.seller)?.values() {
        if unpresented(merchant, found).await?.is_none() {
            continue;
        }
        match &found.refusal {
            None => return Ok(Some(Unlicensed::Open)),
            Some(rule) if rule == PAID_BACK => {
                refused = refused.or(Some(Unlicensed::PaidBack));
            }
            Some(rule) => refused = Some(Unlicensed::Refused(rule.clone())),
        }
    }
    Ok(refused)
}

/// The run of a payment for a skill that waits for a decision. Needs no network.
///
/// # Errors
/// If what is kept or the journal can't be read.
pub async fn waiting(
    merchant: Merchant<'_>,
    skill: &SkillName,
) -> Result<Option<String>, CliError> {
    let (kept, tenant) = (Kept::of(merchant.market, skill), Tenant::local());
    for found in kept.orders(merchant.seller)?.values() {
        let Some(order) = found.order.as_ref().filter(|_| found.licence.is_none()) else {
            continue;
        };
        let state = merchant
            .host
            .payment_of(&tenant, order.account(), &order.reference)
            .await
            .map_err(host::host_error)?;
        if let Some((run, Hold::None)) = state {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// An order that was paid here and has no licence yet, and the run that paid it.
pub(super) async fn unpresented<'a>(
    merchant: Merchant<'_>,
    found: &'a KeptOrder,
) -> Result<Option<(&'a Order, String)>, CliError> {
    let open = found.licence.is_none() && found.credit.is_none();
    let Some(order) = found.order.as_ref().filter(|_| open) else {
        return Ok(None);
    };
    let state = merchant
        .host
        .payment_of(&Tenant::local(), order.account(), &order.reference)
        .await
        .map_err(host::host_error)?;
    Ok(match state {
        Some((run, Hold::Captured)) => Some((order, run)),
        _ => None,
    })
}

/// Presents the receipt of an order that was paid here and has no licence yet.
pub(super) async fn present_if_paid(
    merchant: Merchant<'_>,
    kept: &Kept,
    skill: &SkillName,
    found: &KeptOrder,
) -> Result<Option<Bought>, CliError> {
    let Some((order, run)) = unpresented(merchant, found).await? else {
        return Ok(None);
    };
    merchant.expect_order(order, skill)?;
    let text = String::from_utf8_lossy(&found.order_text).into_owned();
    present(merchant, kept, skill, (order, &text), &run)
        .await
        .map(Some)
}

/// Gives the marketplace the receipt of a payment, and keeps the licence that it gives for it.
pub(super) async fn present(
    merchant: Merchant<'_>,
    kept: &Kept,
    skill: &SkillName,
    (order, text): (&Order, &str),
    run: &str,
) -> Result<Bought, CliError> {
    let tenant = Tenant::local();
    let receipt = merchant
        .host
        .receipt(&tenant, run)
        .await
        .map_err(host::host_error)?
        .ok_or_else(|| CliError::fault(format!("the run {run} has no receipt")))?;
    let proof = PaymentProof {
        order: text.to_owned(),
        receipt: String::from_utf8(receipt).map_err(host::fault)?,
    };
    let path = format!("/api/v1/orders/{}/payment", order.id);
    let answer: Result<LicenceAnswer, CliError> = merchant
        .market
        .http
        .send(Method::POST, &path, &proof)
        .await
        .map_err(CliError::from);
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            if is_final(&error) || is_settled(&error) {
                kept.keep_refusal(&order.id, &error.kind)?;
            }
            return Err(paid_but(error, skill));
        }
    };
    let licence = merchant.licence(skill, Some(&order.id), &answer.licence)?;
    let twice = answer.invocation != run;
    if twice {
        // The marketplace counts one payment, so this book owes for one.
        let back = Refund {
            payee: order.account().to_owned(),
            document: order.reference.clone(),
            note: format!("twice:{}", order.id),
            amount: order.amount,
        };
        merchant
            .host
            .credit_refund(&tenant, &back)
            .await
            .map_err(host::host_error)?;
    }
    // Kept last: as long as it is not there, the receipt is presented again, and what is missing is done.
    kept.keep_licence(&order.id, answer.licence.as_bytes())?;
    Ok(Bought::Licensed {
        licence: Box::new(licence),
        run: Some(run.to_owned()),
        twice,
    })
}

/// Whether a refusal of a receipt stands whatever is tried.
pub(super) fn is_final(error: &CliError) -> bool {
    let rules = [
        "payment.too-late",
        "payment.order",
        "payment.other-order",
        "payment.receipt-used",
    ];
    rules.contains(&&*error.kind)
}

/// Whether a receipt was refused because its order was paid back, from another copy of this home.
pub(super) fn is_settled(error: &CliError) -> bool {
    error.kind == PAID_BACK
}

/// What went wrong after the money had moved must not read as if nothing was done.
fn paid_but(error: CliError, skill: &SkillName) -> CliError {
    let fix = match error.fix.clone() {
        Some(fix) if is_final(&error) || is_settled(&error) => fix,
        _ => format!(
            "try again later: guildhall buy {skill}; it is paid once, however often you try"
        ),
    };
    CliError {
        message: format!(
            "{skill} is paid, and its licence is not here yet: {}",
            plain(&error.message, 1_000)
        ),
        fix: Some(fix),
        ..error
    }
}
