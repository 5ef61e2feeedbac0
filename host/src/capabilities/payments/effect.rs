//! Payments as effects: the bridge from a journaled order to the rail that carries it out.

use super::{RailOrder, RailReply, Rails};
use crate::effects::{Committed, EffectEvent, Payment};
use crate::journal::{BANK_FILE, ClaimedEffect, EffectOutcome};

/// Performs one committed payment. Without the token there is no way here.
pub(crate) async fn perform_payment(
    rails: &Rails,
    claimed: &Committed<ClaimedEffect>,
    payment: &Payment,
) -> EffectOutcome {
    let order = order(&claimed.get().tenant, payment);
    let Some(rail) = rails.of_scheme(&payment.scheme) else {
        return outcome(EffectEvent::Failed, Some(no_rail(payment)));
    };
    match rail.submit(&order).await {
        RailReply::Done => outcome(
            EffectEvent::Succeeded,
            waits(rail.name()).map(str::to_owned),
        ),
        RailReply::NotDone { why } => outcome(EffectEvent::Failed, Some(why)),
        RailReply::Unknown { why } => outcome(EffectEvent::Lost, Some(why)),
    }
}

/// Asks the rail, with the same key, what became of a payment whose outcome was not recorded. `resubmit` says whether one that
/// did not happen may be tried again.
pub(crate) async fn recover_payment(
    rails: &Rails,
    tenant: &str,
    payment: &Payment,
    resubmit: bool,
) -> EffectOutcome {
    let Some(rail) = rails.of_scheme(&payment.scheme) else {
        return outcome(EffectEvent::Lost, Some(no_rail(payment)));
    };
    match rail.query(&order(tenant, payment)).await {
        RailReply::Done => outcome(EffectEvent::FoundDone, None),
        RailReply::NotDone { .. } if resubmit => outcome(EffectEvent::FoundNotDone, None),
        RailReply::NotDone { why } => outcome(EffectEvent::FoundFailed, Some(why)),
        RailReply::Unknown { why } => outcome(EffectEvent::Lost, Some(why)),
    }
}

fn order(tenant: &str, payment: &Payment) -> RailOrder {
    RailOrder {
        key: payment.key,
        tenant: tenant.to_owned(),
        from: payment.from.clone(),
        scheme: payment.scheme.clone(),
        account: payment.account.clone(),
        payee_name: payment.payee_name.clone(),
        amount: payment.amount,
        document: payment.document.clone(),
        requested_date: payment.requested_date.clone(),
    }
}

/// What is still to come after a payment is ordered.
pub(crate) fn waits(rail: &str) -> Option<&'static str> {
    (rail == BANK_FILE)
        .then_some("ordered: it leaves with the next file for your bank (guildhall wallet export)")
}

fn no_rail(payment: &Payment) -> String {
    format!("this host has no rail for {} accounts", payment.scheme)
}

const fn outcome(event: EffectEvent, detail: Option<String>) -> EffectOutcome {
    EffectOutcome { event, detail }
}
