//! From a checked order to a payment that could be made: not ordered yet, on a rail that carries it, from an account that pays.

use super::order::Checked;
use super::{RailOrder, Rails};
use crate::effects::Payment;
use crate::journal::{BANK_FILE, Journal, Payer, duplicate};
use crate::refusal::{Refusal, RefusalKind};
use crate::retention::Retention;

/// What an order is held against, whoever gives it.
pub(crate) struct Ground<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) rails: &'a Rails,
    pub(crate) tenant: &'a str,
    pub(crate) retention: Retention,
}

impl Ground<'_> {
    /// The payment that an order comes to. Nothing is written, nothing moves.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub(crate) async fn payment(&self, checked: Checked) -> Result<Payment, Refusal> {
        self.check_not_ordered(&checked).await?;
        let rail = self
            .rails
            .of_scheme(&checked.scheme)
            .ok_or_else(|| no_rail(&checked.scheme))?;
        let payer = self.payer(rail.name(), &checked).await?;
        if !self.retention.can_queue() && rail.name() == BANK_FILE {
            return Err(cannot_queue());
        }
        let order = RailOrder {
            key: checked.key,
            tenant: self.tenant.to_owned(),
            from: payer.name.clone(),
            scheme: checked.scheme.clone(),
            account: checked.account.clone(),
            payee_name: checked.payee_name.clone(),
            amount: checked.amount,
            document: checked.document.clone(),
            requested_date: checked.requested_date.clone(),
        };
        rail.verify(&order).await?;
        Ok(Payment {
            from: payer.name,
            rail: rail.name().to_owned(),
            scheme: checked.scheme,
            account: checked.account,
            payee_name: checked.payee_name,
            amount: checked.amount,
            document: checked.document,
            key: checked.key,
            requested_date: checked.requested_date,
            reason: checked.reason,
        })
    }

    async fn check_not_ordered(&self, checked: &Checked) -> Result<(), Refusal> {
        let taken = self
            .journal
            .payment_taken(self.tenant, checked.key)
            .await
            .map_err(|error| unavailable(&error.to_string()))?;
        match taken {
            Some(taken) => Err(duplicate(&checked.document, Some(&taken))),
            None => Ok(()),
        }
    }

    async fn payer(&self, rail: &str, checked: &Checked) -> Result<Payer, Refusal> {
        self.journal
            .payer(self.tenant, rail, checked.amount.currency)
            .await
            .map_err(|error| unavailable(&error.to_string()))?
            .ok_or_else(|| no_account(rail, checked))
    }
}

fn unavailable(why: &str) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, "payments.unavailable", why)
        .with_fix("`guildhall doctor` checks the state folder")
}

fn no_rail(scheme: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "payments.no-rail",
        format!("this host can't pay {scheme} accounts"),
    )
    .with_fix("pay an account at a bank by its IBAN, or one of this host's book")
}

fn no_account(rail: &str, checked: &Checked) -> Refusal {
    let code = checked.amount.currency.code();
    let (what, fix) = if rail == BANK_FILE {
        (
            "bank account",
            format!(
                "add it: guildhall wallet add-bank NAME --iban IBAN --holder NAME --currency {code}"
            ),
        )
    } else {
        (
            "account",
            format!("add it: guildhall wallet add-book NAME --currency {code}"),
        )
    };
    Refusal::new(
        RefusalKind::Denied,
        "payments.no-account",
        format!("your wallet has no {what} that pays in {code}"),
    )
    .with_fix(fix)
}

fn cannot_queue() -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "payments.retention",
        "an order for the bank has to be kept until its file is made, and this run keeps nothing",
    )
    .with_fix("run it with --retention hashes or full")
}
