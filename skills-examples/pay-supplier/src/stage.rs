//! Staging: one payment for each invoice, less credits and discount, and what becomes of it.

use guildhall_sdk::types::Effect;
use guildhall_sdk::{Money, Refusal, RefusalKind};

use crate::advice;
use crate::batch::{Due, Group, Lonely};
use crate::bindings::{
    Announcement, CarriedForward, Discount, DocumentKind, OpenCode, PayError, Payment, Reason,
    RefusedCode, Remittance, Report, Settled, Status, Total,
};
use crate::claim::{Claim, reason};
use crate::desk::{Desk, Transfer};
use crate::input::Input;
use crate::memory;
use crate::net::{Credit, Netting, net};
use crate::order;
use crate::terms;
use crate::text;

/// A run under way.
pub struct Run<'r> {
    input: &'r Input,
    desk: &'r mut dyn Desk,
    report: Report,
}

/// A credit of a group and what is still open of it.
struct Open {
    claim: Claim,
    minor: i64,
    /// Why the rest of it stays open, if it does.
    code: OpenCode,
}

/// What one invoice comes to.
struct Amounts {
    paid: i64,
    discount: i64,
    credited: i64,
}

impl<'r> Run<'r> {
    /// Nothing is staged yet.
    pub fn new(input: &'r Input, desk: &'r mut dyn Desk) -> Self {
        let report = Report {
            paid: Vec::new(),
            refused: Vec::new(),
            flagged: Vec::new(),
            carried_forward: Vec::new(),
            advices: Vec::new(),
            totals: Vec::new(),
            status: Status::OutOfScope,
            sources: Vec::new(),
            as_of: String::new(),
            reason: String::new(),
        };
        Run {
            input,
            desk,
            report,
        }
    }

    /// Stages everything.
    pub fn stage(mut self, groups: Vec<Group>, lonely: Vec<Lonely>) -> Result<Report, PayError> {
        for group in groups {
            let first = self.report.paid.len();
            let sellers = group
                .invoices
                .first()
                .map(|due| due.claim.sellers.clone())
                .unwrap_or_default();
            let buyer = group
                .invoices
                .first()
                .and_then(|due| due.claim.buyer.clone());
            self.group(group).map_err(no_memory)?;
            let staged = self.report.paid.get(first..).unwrap_or_default().to_vec();
            self.advise(&staged, &sellers, buyer.as_deref())?;
        }
        for (credit, code) in lonely {
            self.flags(&credit);
            self.carry(&credit, credit.minor, code);
        }
        order::sort(&mut self.report.flagged, |a, b| a.path < b.path);
        order::sort(&mut self.report.carried_forward, |a, b| a.path < b.path);
        Ok(self.report)
    }

    /// Stages the payments of one group. After each the rest is set off anew, so that the credits of an order that the host
    /// refuses are used for the others.
    fn group(&mut self, group: Group) -> Result<(), Refusal> {
        let mut credits: Vec<_> = group
            .credits
            .into_iter()
            .map(|claim| Open {
                minor: claim.minor,
                claim,
                code: OpenCode::NoInvoice,
            })
            .collect();
        let mut invoices = group.invoices;
        for claim in invoices
            .iter()
            .map(|due| &due.claim)
            .chain(credits.iter().map(|open| &open.claim))
        {
            self.flags(claim);
        }
        while let Some(first) = invoices.first() {
            let Netting::Netted(portions) = netted(&invoices, &credits) else {
                credits
                    .iter_mut()
                    .for_each(|open| open.code = OpenCode::CreditExceeds);
                break;
            };
            for (position, open) in credits.iter_mut().enumerate() {
                let is_set_off = portions
                    .iter()
                    .flatten()
                    .any(|(credit, _)| *credit == position);
                open.code = if is_set_off {
                    OpenCode::NoInvoice
                } else {
                    OpenCode::TooLarge
                };
            }
            let portions = portions.into_iter().next().unwrap_or_default();
            self.invoice(first, &portions, &mut credits)?;
            invoices.remove(0);
        }
        for due in &invoices {
            self.carry(&due.claim, due.claim.minor, OpenCode::CreditExceeds);
        }
        for open in credits.iter().filter(|open| open.minor > 0) {
            self.carry(&open.claim, open.minor, open.code);
        }
        Ok(())
    }

    /// Stages one payment, or writes down why not.
    fn invoice(
        &mut self,
        due: &Due,
        portions: &[(usize, i64)],
        credits: &mut [Open],
    ) -> Result<(), Refusal> {
        let claim = &due.claim;
        let amounts = amounts(claim, portions);
        let mut documents = vec![settled(claim, claim.minor)];
        for (position, minor) in portions {
            documents.extend(
                credits
                    .get(*position)
                    .map(|open| settled(&open.claim, *minor)),
            );
        }
        let discount = claim
            .discount
            .as_ref()
            .filter(|_| amounts.discount > 0)
            .map(|offer| Discount {
                percent: text::show_percent(offer.percent),
                last_day: offer.last_day.to_string(),
                amount: claim.money(amounts.discount),
            });
        let Some(totals) = added(self.report.totals.clone(), claim, &amounts) else {
            self.refuse(claim, too_large());
            return Ok(());
        };
        let transfer = Transfer {
            account: due.account.clone(),
            payee: claim.payee.clone(),
            amount: claim.money(amounts.paid),
            document: claim.number.clone(),
            day: self.input.requested,
            reason: advice::reason(claim, &documents, discount.as_ref()),
        };
        let payment = match self.desk.pay(&transfer) {
            Ok(payment) => payment,
            Err(refusal) => {
                self.refuse(claim, refused(refusal));
                return Ok(());
            }
        };
        self.report.totals = totals;
        memory::remember(claim, 0)?;
        memory::remember_account(&claim.sellers, &due.account)?;
        for (position, minor) in portions {
            if let Some(open) = credits.get_mut(*position) {
                open.minor -= minor;
                memory::remember(&open.claim, open.minor)?;
            }
        }
        self.report.paid.push(Payment {
            payee: transfer.payee,
            account: transfer.account,
            account_history: due.history,
            amount: transfer.amount,
            reference: transfer.document,
            requested_date: transfer.day.map(|day| day.to_string()),
            documents,
            discount,
            credited: claim.money(amounts.credited),
            payment,
        });
        Ok(())
    }

    fn refuse(&mut self, claim: &Claim, reason: Reason) {
        self.report.refused.push(claim.refused(vec![reason]));
    }

    fn flags(&mut self, claim: &Claim) {
        let flags = claim
            .flags
            .iter()
            .map(|(code, message)| claim.flag(*code, message.clone()));
        self.report.flagged.extend(flags);
    }

    fn carry(&mut self, claim: &Claim, minor: i64, code: OpenCode) {
        let message = match (code, claim.kind) {
            (OpenCode::NoInvoice, _) => {
                "There is no invoice of this seller, account and currency left in this run to set it off against. Leave it in the folder for the next one, or ask the seller to pay it back."
            }
            (OpenCode::CreditExceeds, DocumentKind::Invoice) => {
                "The seller's credits are as much as its invoices, or more: nothing is paid. Leave both in the folder, or agree with the seller to set them off."
            }
            (OpenCode::CreditExceeds, DocumentKind::Credit) => {
                "It is as much as the seller's invoices, or more: nothing is paid. Leave both in the folder, or ask the seller to pay the difference back."
            }
            (OpenCode::TooLarge, _) => {
                "It cannot be set off without leaving an invoice nothing to pay. Leave it in the folder for the next run."
            }
            (OpenCode::SeveralAccounts, _) => {
                "The seller is paid at several accounts, and it does not say to which of them it belongs. Leave it in the folder, and ask the seller."
            }
        };
        if claim.kind == DocumentKind::Credit {
            let sums = totals_of(&mut self.report.totals, &claim.currency);
            // Too much to be said exactly is shown document by document all the same.
            sums.credit_left.minor = sums.credit_left.minor.saturating_add(minor);
        }
        self.report.carried_forward.push(CarriedForward {
            path: claim.path.clone(),
            document: claim.number.clone(),
            seller: claim.seller.clone(),
            kind: claim.kind,
            amount: claim.money(minor),
            code,
            message: message.to_owned(),
        });
    }

    /// Stages the remittance advice of one payee, and the message if there is a contact.
    fn advise(
        &mut self,
        payments: &[Payment],
        sellers: &[String],
        buyer: Option<&str>,
    ) -> Result<(), PayError> {
        let Some(first) = payments.first() else {
            return Ok(());
        };
        let Ok(total) = Money::sum(
            payments.iter().map(|payment| &payment.amount),
            &first.amount.currency,
        ) else {
            // The totals have been added up already, and they are larger.
            return Ok(());
        };
        let path = advice::path(self.input, first, &self.report.advices);
        let text = advice::text(self.input, payments, &total, buyer);
        let file = self
            .desk
            .write(&path, &text)
            .map_err(|refusal| PayError::NotWritable(refusal.to_string()))?;
        let effects: Vec<Effect> = payments.iter().map(|payment| payment.payment).collect();
        let message = match self.input.contact(sellers, &first.account) {
            None => Announcement::NotAsked,
            Some(contact) => {
                let notice = advice::notice(contact, payments, &total, &path);
                match self.desk.send(&notice) {
                    Ok(effect) => Announcement::Staged(effect),
                    Err(refusal) => Announcement::Refused(refusal),
                }
            }
        };
        self.report.advices.push(Remittance {
            path,
            payee: first.payee.clone(),
            account: first.account.clone(),
            total,
            payments: effects,
            file,
            message,
        });
        Ok(())
    }
}

fn netted(invoices: &[Due], credits: &[Open]) -> Netting {
    let amounts: Vec<_> = invoices.iter().map(|due| due.claim.minor).collect();
    let credits: Vec<_> = credits
        .iter()
        .map(|open| Credit {
            minor: open.minor,
            preferred: invoices
                .iter()
                .position(|due| open.claim.preceding.contains(&due.claim.number_key)),
        })
        .collect();
    net(&amounts, &credits)
}

/// The discount is computed on what is left after the credits, so that never more is taken than the seller grants.
fn amounts(claim: &Claim, portions: &[(usize, i64)]) -> Amounts {
    let credited: i64 = portions.iter().map(|(_, minor)| minor).sum();
    let rest = claim.minor - credited;
    let discount = claim.discount.as_ref().map_or(0, |offer| {
        let base = offer.base.unwrap_or(claim.minor).min(claim.minor);
        terms::of(offer.percent, base - credited)
    });
    // A discount that would leave nothing to pay is not taken.
    let discount = if discount < rest { discount } else { 0 };
    Amounts {
        paid: rest - discount,
        discount,
        credited,
    }
}

fn settled(claim: &Claim, minor: i64) -> Settled {
    Settled {
        path: claim.path.clone(),
        number: claim.number.clone(),
        kind: claim.kind,
        issued: claim.issued.map(|day| day.to_string()),
        amount: claim.money(minor),
    }
}

/// The totals with one more payment; none if they would no longer be exact.
fn added(mut totals: Vec<Total>, claim: &Claim, amounts: &Amounts) -> Option<Vec<Total>> {
    let sums = totals_of(&mut totals, &claim.currency);
    sums.payments += 1;
    for (sum, minor) in [
        (&mut sums.paid, amounts.paid),
        (&mut sums.invoiced, claim.minor),
        (&mut sums.discount, amounts.discount),
        (&mut sums.credited, amounts.credited),
    ] {
        sum.minor = sum.minor.checked_add(minor)?;
    }
    Some(totals)
}

/// The sums of a currency.
fn totals_of<'t>(totals: &'t mut Vec<Total>, currency: &str) -> &'t mut Total {
    let position = match totals.binary_search_by(|total| total.currency.as_str().cmp(currency)) {
        Ok(position) => position,
        Err(position) => {
            let zero = || Money {
                minor: 0,
                currency: currency.to_owned(),
            };
            totals.insert(
                position,
                Total {
                    currency: currency.to_owned(),
                    payments: 0,
                    paid: zero(),
                    invoiced: zero(),
                    discount: zero(),
                    credited: zero(),
                    credit_left: zero(),
                },
            );
            position
        }
    };
    #[allow(clippy::indexing_slicing)] // Found or inserted just now.
    &mut totals[position]
}

fn too_large() -> Reason {
    reason(
        RefusedCode::NotChecked,
        "With it the sums of this run would be too large to be exact. Pay it in another run.",
    )
}

/// The host's refusal of a payment.
fn refused(refusal: Refusal) -> Reason {
    let code = match refusal.kind {
        RefusalKind::Denied => RefusedCode::PaymentDenied,
        RefusalKind::Unavailable => RefusedCode::PaymentUnavailable,
        RefusalKind::Conflict => RefusedCode::AlreadyOrdered,
        RefusalKind::Invalid
        | RefusalKind::LimitReached
        | RefusalKind::NotFound
        | RefusalKind::Failed => RefusedCode::PaymentRefused,
    };
    Reason {
        code,
        rule: Some(refusal.rule),
        place: None,
        message: refusal.message,
    }
}

/// The failure that the skill's memory could not be used.
pub fn no_memory(refusal: Refusal) -> PayError {
    PayError::NoMemory(format!(
        "Nobody can tell what was ordered before, because the skill's memory could not be used: {refusal}"
    ))
}
