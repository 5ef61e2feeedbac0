//! The contract's `payments` interface.

use super::StagedPayment;
use super::order::{Checked, check};
use super::plan::Ground;
use crate::capabilities::bindings::guildhall::skill::{payments, types};
use crate::capabilities::{next_effect, requirements, to_guest};
use crate::guest::{CallFacts, Guest, Json, Opened, Traffic};
use crate::journal::CallClass;
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
        self.check_not_staged(&checked)?;
        let ground = Ground {
            journal: &self.journal,
            rails: &self.rails,
            tenant: &self.tenant,
            retention: self.retention,
        };
        let payment = ground.payment(checked).await?;
        let limit = self.record.limits().effects;
        let effect = next_effect(&mut self.effects, limit)?;
        self.payments.purse = purse;
        self.payments.staged.push(StagedPayment {
            effect,
            requires: order.requires.clone(),
            payment,
        });
        Ok(effect)
    }

    fn check_not_staged(&self, checked: &Checked) -> Result<(), Refusal> {
        let here = self
            .payments
            .staged
            .iter()
            .any(|staged| staged.payment.key == checked.key);
        if !here {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::Conflict,
            "payments.already-ordered",
            format!(
                "this run has staged a payment for `{}` to this account already",
                plain(&checked.document, 140)
            ),
        )
        .with_fix("stage one payment for each document"))
    }
}

fn not_granted(checked: &Checked, refusal: &PurseRefusal) -> Refusal {
    let payee = format!("{}:{}", checked.scheme, checked.account);
    Refusal::denied(
        AuthoritySet::Grants,
        "payments.not-granted",
        format!("{} to {payee}: {refusal}", checked.amount),
    )
    .with_fix(refusal.remedy())
}
