//! The contract's `payments` interface.

use super::order::{Checked, check};
use super::{RailOrder, StagedPayment};
use crate::capabilities::bindings::guildhall::skill::{payments, types};
use crate::capabilities::{next_effect, requirements, to_guest};
use crate::effects::Payment;
use crate::guest::{CallFacts, Guest, Json, Opened, Traffic};
use crate::journal::{CallClass, Payer, duplicate};
use crate::money::PurseRefusal;
use crate::refusal::{AuthoritySet, Refusal, RefusalKind};
use guildhall_package::text::plain;
use jiff::tz::TimeZone;
use serde_json::json;

impl payments::Host for Guest {
    async fn stage(
        &mut self,
        order: payments::Order,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let facts = CallFacts {
            interface: "payments",
            function: "stage",
            class: CallClass::Staged,
            summary: format!(
                "stage a payment of {} {} (minor units) to {}:{}",
                order.amount.minor,
                plain(&order.amount.currency, 8),
                plain(&order.payee.scheme, 16),
                plain(&order.payee.id, 64)
            ),
            request: json!({
                "scheme": order.payee.scheme, "account": order.payee.id, "name": order.payee_name,
                "minor": order.amount.minor, "currency": order.amount.currency, "document": order.document,
                "date": order.requested_date, "reason": order.reason, "requires": order.requires,
            })
            .to_string()
            .into_bytes(),
        };
        let open = match self.open::<Json<u32>>(facts)? {
            Opened::Replayed(result) => {
                return Ok(result
                    .map(|Json(handle)| handle)
                    .map_err(|refusal| to_guest(&refusal)));
            }
            Opened::Live(open) => open,
        };
        let staged = self.stage_payment(&order).await.map(Json);
        Ok(self
            .close(open, staged, Traffic::default())
            .map(|Json(handle)| handle))
    }
}

impl Guest {
    /// Checked field by field, then by the four sets and the ceilings, then against what is ordered already and the
    /// merchant's wallet.
    async fn stage_payment(&mut self, order: &payments::Order) -> Result<u32, Refusal> {
        let today = jiff::Timestamp::from_millisecond(self.record.clock().now_ms())
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(TimeZone::UTC)
            .date();
        let checked = check(order, today)?;
        requirements(&order.requires, self.effects, |effect| {
            !self.messages.contains(effect)
        })?;
        self.authority.payment(&checked.scheme, &checked.account)?;
        // The grants before the wallet: without one, a run learns nothing about what is there.
        let mut purse = self.payments.purse.clone();
        purse
            .allot(&checked.scheme, &checked.account, checked.amount)
            .map_err(|refusal| not_granted(&checked, &refusal))?;
        self.check_not_ordered(&checked).await?;
        let rail = self
            .rails
            .of_scheme(&checked.scheme)
            .cloned()
            .ok_or_else(|| no_rail(&checked.scheme))?;
        let payer = self.payer(rail.name(), &checked).await?;
        if !self.retention.can_queue() && rail.name() == crate::journal::BANK_FILE {
            return Err(cannot_queue());
        }
        let order_for_rail = RailOrder {
            key: checked.key,
            tenant: self.tenant.clone(),
            from: payer.name.clone(),
            scheme: checked.scheme.clone(),
            account: checked.account.clone(),
            payee_name: checked.payee_name.clone(),
            amount: checked.amount,
            document: checked.document.clone(),
            requested_date: checked.requested_date.clone(),
        };
        rail.verify(&order_for_rail).await?;
        let limit = self.record.limits().effects;
        let effect = next_effect(&mut self.effects, limit)?;
        self.payments.purse = purse;
        self.payments.staged.push(StagedPayment {
            effect,
            requires: order.requires.clone(),
            payment: Payment {
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
            },
        });
        Ok(effect)
    }

    async fn check_not_ordered(&mut self, checked: &Checked) -> Result<(), Refusal> {
        let here = self
            .payments
            .staged
            .iter()
            .any(|staged| staged.payment.key == checked.key);
        if here {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "payments.already-ordered",
                format!(
                    "this run has staged a payment for `{}` to this account already",
                    plain(&checked.document, 140)
                ),
            )
            .with_fix("stage one payment for each document"));
        }
        let taken = self
            .journal
            .payment_taken(&self.tenant, checked.key)
            .await
            .map_err(|error| unavailable(&error.to_string()))?;
        match taken {
            Some(taken) => Err(duplicate(&checked.document, Some(&taken))),
            None => Ok(()),
        }
    }

    async fn payer(&mut self, rail: &str, checked: &Checked) -> Result<Payer, Refusal> {
        self.journal
            .payer(&self.tenant, rail, checked.amount.currency)
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
    let (what, fix) = if rail == crate::journal::BANK_FILE {
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

fn not_granted(checked: &Checked, refusal: &PurseRefusal) -> Refusal {
    let payee = format!("{}:{}", checked.scheme, checked.account);
    Refusal::denied(
        AuthoritySet::Grants,
        "payments.not-granted",
        format!("{} to {payee}: {refusal}", checked.amount),
    )
    .with_fix(format!(
        "run it with --pay '{} to {payee}'",
        checked.amount.plain()
    ))
}
