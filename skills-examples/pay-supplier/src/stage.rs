//! Staging: one payment for each invoice, less credits and discount, a remittance advice and a message for each payee.

use guildhall_payables::{Due, Group, Open, Payable, Remittance, Settlement};
use guildhall_sdk::messages::Message;
use guildhall_sdk::payments::{Account, Order};
use guildhall_sdk::types::Effect;
use guildhall_sdk::{Refusal, files};

use crate::bindings::{
    self, Announcement, CarriedForward, Discount, DocumentKind, Flag, OpenCode, PayError, Payment,
    Reason, RefusedCode, RefusedDocument, Settled,
};
use crate::claim::{reason, refused};
use crate::input::Input;
use crate::{ORDERED, PAID, no_memory, table};

/// What becomes of the documents of a run.
#[derive(Default)]
pub struct Run {
    /// Payments, in the order of their effects.
    pub paid: Vec<Payment>,
    /// Documents that are not paid.
    pub refused: Vec<RefusedDocument>,
    /// What to look at.
    pub flagged: Vec<Flag>,
    /// Documents that stay open.
    pub open: Vec<CarriedForward>,
    /// Remittance advices.
    pub advices: Vec<bindings::Remittance>,
}

impl Run {
    /// Refuses a document that is not looked at any more.
    pub fn take_out(&mut self, payable: &Payable, reason: Reason) {
        self.flagged.retain(|flag| flag.path != payable.path);
        self.refused.push(refused(payable, vec![reason]));
    }

    /// Stages everything.
    pub fn stage(
        &mut self,
        groups: Vec<Group>,
        lonely: &[Open],
        input: &Input,
    ) -> Result<(), PayError> {
        for mut group in groups {
            let (mut settlements, mut effects) = (Vec::new(), Vec::new());
            while let Some((due, settlement)) = group.next_due() {
                match self.order(&due, &settlement, input) {
                    Ok(effect) => {
                        remember(&due, &settlement).map_err(no_memory)?;
                        group.used(&settlement);
                        self.paid.push(payment(&due, &settlement, effect, input));
                        settlements.push(settlement);
                        effects.push(effect);
                    }
                    Err(reason) => self.refused.push(refused(&due.invoice, vec![reason])),
                }
            }
            if let Some(remittance) = Remittance::of(&group.account, input.requested, &settlements)
            {
                let advice = self.advise(&group.account, &remittance, effects, input)?;
                self.advices.push(advice);
            }
            for due in &group.invoices {
                self.carry(&due.invoice, OpenCode::CreditExceeds);
            }
            self.leave(&group.credits);
        }
        self.leave(lonely);
        Ok(())
    }

    /// Stages one payment, or says why not.
    fn order(&self, due: &Due, settlement: &Settlement, input: &Input) -> Result<Effect, Reason> {
        let Payable { number, payee, .. } = &due.invoice;
        if !self.fits(&due.invoice) {
            let message = "With it the sums of this run would be too large to be exact. Pay it in another run.";
            return Err(reason(RefusedCode::NotChecked, message));
        }
        Order::new(Account::iban(&due.account), settlement.paid.clone(), number)
            .payee_name(payee)
            .reason(settlement.reason())
            .on(input.requested)
            .stage()
            .map_err(|refusal| Reason {
                code: table::refused(refusal.kind),
                rule: Some(refusal.rule),
                place: None,
                message: refusal.message,
            })
    }

    /// Whether the sums stay exact with one more invoice. What is invoiced is the largest of them.
    fn fits(&self, invoice: &Payable) -> bool {
        let paid = self
            .paid
            .iter()
            .flat_map(|payment| payment.documents.first());
        let amounts = paid.map(|document| &document.amount);
        let mut amounts = amounts.filter(|amount| amount.currency == invoice.currency);
        let sum = amounts.try_fold(invoice.minor, |sum, amount| sum.checked_add(amount.minor));
        sum.is_some()
    }

    /// Stages the remittance advice of one payee, and the message if there is a contact.
    fn advise(
        &self,
        account: &str,
        remittance: &Remittance<'_>,
        payments: Vec<Effect>,
        input: &Input,
    ) -> Result<bindings::Remittance, PayError> {
        let taken = |path: &str| self.advices.iter().any(|other| other.path == path);
        let path = remittance.path(&input.advice, input.today, taken);
        let file = files::write(&path, remittance.advice())
            .map_err(|refusal| PayError::NotWritable(refusal.to_string()))?;
        let message = match input.contact(&remittance.first().sellers, account) {
            None => Announcement::NotAsked,
            Some(contact) => {
                let staged =
                    Message::new(&contact.channel, &contact.recipient, remittance.message())
                        .subject(remittance.subject())
                        .attach(&path)
                        .after_all(&payments)
                        .stage();
                staged.map_or_else(Announcement::Refused, Announcement::Staged)
            }
        };
        Ok(bindings::Remittance {
            path,
            payee: remittance.first().payee.clone(),
            account: account.to_owned(),
            total: remittance.total().clone(),
            payments,
            file,
            message,
        })
    }

    fn leave(&mut self, credits: &[Open]) {
        for Open { credit, why } in credits.iter().filter(|open| open.credit.minor > 0) {
            self.carry(credit, table::open(*why));
        }
    }

    fn carry(&mut self, payable: &Payable, code: OpenCode) {
        self.open.push(CarriedForward {
            path: payable.path.clone(),
            document: payable.number.clone(),
            seller: payable.seller.clone(),
            kind: kind(payable),
            amount: payable.money(payable.minor),
            code,
            message: table::message(code, kind(payable)).to_owned(),
        });
    }
}

/// Remembers what was ordered and set off, and where the seller was paid.
fn remember(due: &Due, settlement: &Settlement) -> Result<(), Refusal> {
    let ordered = |payable: &Payable, open: i64| {
        ORDERED.put(&payable.identities, payable.digest.hex(), &open.to_string())
    };
    ordered(&due.invoice, 0)?;
    PAID.remember(&due.invoice.sellers, &due.account)?;
    let mut credits = settlement.credits.iter();
    credits.try_for_each(|(credit, used)| ordered(credit, credit.minor - used))
}

fn payment(due: &Due, settlement: &Settlement, payment: Effect, input: &Input) -> Payment {
    let Payable { number, payee, .. } = &due.invoice;
    let credits = settlement.credits.iter();
    let discount = settlement.discount.as_ref();
    Payment {
        payee: payee.clone(),
        account: due.account.clone(),
        account_history: due.history.into(),
        amount: settlement.paid.clone(),
        reference: number.clone(),
        requested_date: input.requested.map(|day| day.to_string()),
        documents: std::iter::once(settled(&due.invoice, due.invoice.minor))
            .chain(credits.map(|(credit, used)| settled(credit, *used)))
            .collect(),
        discount: discount.map(|(offer, amount)| Discount {
            percent: offer.percent.to_string(),
            last_day: offer.last_day.to_string(),
            amount: amount.clone(),
        }),
        credited: settlement.credited.clone(),
        payment,
    }
}

fn settled(payable: &Payable, minor: i64) -> Settled {
    Settled {
        path: payable.path.clone(),
        number: payable.number.clone(),
        kind: kind(payable),
        issued: payable.issued.map(|day| day.to_string()),
        amount: payable.money(minor),
    }
}

fn kind(payable: &Payable) -> DocumentKind {
    if payable.is_credit {
        DocumentKind::Credit
    } else {
        DocumentKind::Invoice
    }
}
