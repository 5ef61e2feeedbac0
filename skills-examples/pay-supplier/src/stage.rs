//! Staging: one payment for each invoice, less credits and discount, a remittance advice and a message for each payee.

use guildhall_payables::{Payable, Remittance, Settlement, file_name, net};
use guildhall_sdk::messages::Message;
use guildhall_sdk::payments::{Account, Order};
use guildhall_sdk::types::Effect;
use guildhall_sdk::{Money, Refusal, RefusalKind, files};

use crate::batch::{Credit, Due, Group};
use crate::bindings::{
    self, Announcement, CarriedForward, Discount, Flag, OpenCode, PayError, Payment, Reason,
    RefusedCode, RefusedDocument, Settled,
};
use crate::claim::{Claim, reason};
use crate::input::Input;
use crate::{ORDERED, PAID, no_memory, table};

/// What a run has staged and what not.
pub struct Run<'r> {
    input: &'r Input,
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

/// Stages everything.
pub fn stage(
    groups: Vec<Group>,
    lonely: Vec<Credit>,
    refused: Vec<RefusedDocument>,
    input: &Input,
) -> Result<Run<'_>, PayError> {
    let mut run = Run {
        input,
        paid: Vec::new(),
        refused,
        flagged: Vec::new(),
        open: Vec::new(),
        advices: Vec::new(),
    };
    for group in groups {
        let payee = group.invoices.first().cloned();
        let first = run.paid.len();
        let settlements = run.group(group).map_err(no_memory)?;
        if let Some(payee) = payee {
            run.advise(&payee, &settlements, first)?;
        }
    }
    for (credit, code) in lonely {
        run.flags(&credit);
        run.carry(&credit, code);
    }
    Ok(run)
}

impl Run<'_> {
    /// Stages the payments of one group. After each the rest is set off anew, so that the credits of an order that the host
    /// refuses are used for the others.
    fn group(&mut self, group: Group) -> Result<Vec<Settlement>, Refusal> {
        let Group {
            mut invoices,
            mut credits,
        } = group;
        let claims = invoices.iter().map(|due| &due.claim);
        for claim in claims.chain(credits.iter().map(|(claim, _)| claim)) {
            self.flags(claim);
        }
        let mut settlements = Vec::new();
        while let Some(first) = invoices.first() {
            let Some(portions) = set_off(&invoices, &credits) else {
                credits
                    .iter_mut()
                    .for_each(|(_, code)| *code = OpenCode::CreditExceeds);
                break;
            };
            for (position, (_, code)) in credits.iter_mut().enumerate() {
                let mut used = portions.iter().flatten();
                *code = match used.any(|(credit, _)| *credit == position) {
                    true => OpenCode::NoInvoice,
                    false => OpenCode::TooLarge,
                };
            }
            let portions = portions.into_iter().next().unwrap_or_default();
            match self.invoice(first, &portions, &mut credits)? {
                Ok(settlement) => settlements.push(settlement),
                Err(reason) => self.refused.push(first.claim.refused(vec![reason])),
            }
            invoices.remove(0);
        }
        for due in &invoices {
            self.carry(&due.claim, OpenCode::CreditExceeds);
        }
        for (credit, code) in credits
            .iter()
            .filter(|(credit, _)| credit.payable.minor > 0)
        {
            self.carry(credit, *code);
        }
        Ok(settlements)
    }

    /// Stages one payment, or says why not.
    fn invoice(
        &mut self,
        due: &Due,
        portions: &[(usize, i64)],
        credits: &mut [Credit],
    ) -> Result<Result<Settlement, Reason>, Refusal> {
        let Due { claim, account, .. } = due;
        let used = |(position, minor): &(usize, i64)| {
            credits.get(*position).map(|(credit, _)| (credit, *minor))
        };
        let used: Vec<_> = portions.iter().filter_map(used).collect();
        let mut documents = vec![settled(claim, claim.payable.minor)];
        documents.extend(used.iter().map(|(credit, minor)| settled(credit, *minor)));
        let used = used
            .iter()
            .map(|(credit, minor)| (credit.payable.clone(), *minor));
        let settlement = Settlement::of(&claim.payable, used.collect(), claim.discount.as_ref());
        if !self.fits(&claim.payable) {
            let message = "With it the sums of this run would be too large to be exact. Pay it in another run.";
            return Ok(Err(reason(RefusedCode::NotChecked, message)));
        }
        let Payable { number, payee, .. } = &claim.payable;
        let order = Order::new(Account::iban(account), settlement.paid.clone(), number)
            .payee_name(payee)
            .reason(settlement.reason())
            .on(self.input.requested);
        let payment = match order.stage() {
            Ok(payment) => payment,
            Err(refusal) => return Ok(Err(refused(refusal))),
        };
        remember(claim, 0)?;
        PAID.remember(&claim.payable.sellers, account)?;
        for (position, minor) in portions {
            if let Some((credit, _)) = credits.get_mut(*position) {
                credit.payable.minor -= minor;
                remember(credit, credit.payable.minor)?;
            }
        }
        self.paid.push(Payment {
            payee: payee.clone(),
            account: account.clone(),
            account_history: due.history,
            amount: settlement.paid.clone(),
            reference: number.clone(),
            requested_date: self.input.requested.map(|day| day.to_string()),
            documents,
            discount: settlement
                .discount
                .as_ref()
                .map(|(offer, amount)| Discount {
                    percent: offer.percent.to_string(),
                    last_day: offer.last_day.to_string(),
                    amount: amount.clone(),
                }),
            credited: settlement.credited.clone(),
            payment,
        });
        Ok(Ok(settlement))
    }

    /// Whether the sums stay exact with one more invoice. What is invoiced is the largest of them.
    fn fits(&self, payable: &Payable) -> bool {
        let paid = self
            .paid
            .iter()
            .flat_map(|payment| payment.documents.first());
        let mut of_currency = paid.filter(|invoice| invoice.amount.currency == payable.currency);
        of_currency
            .try_fold(payable.minor, |sum, invoice| {
                sum.checked_add(invoice.amount.minor)
            })
            .is_some()
    }

    fn flags(&mut self, claim: &Claim) {
        let flags = claim.flags.iter().map(|(code, message)| Flag {
            path: claim.path.clone(),
            document: claim.payable.number.clone(),
            code: *code,
            message: message.clone(),
        });
        self.flagged.extend(flags);
    }

    fn carry(&mut self, claim: &Claim, code: OpenCode) {
        self.open.push(CarriedForward {
            path: claim.path.clone(),
            document: claim.payable.number.clone(),
            seller: claim.payable.seller.clone(),
            kind: claim.kind(),
            amount: claim.payable.money(claim.payable.minor),
            code,
            message: table::open(code, claim.kind()).to_owned(),
        });
    }

    /// Stages the remittance advice of one payee for its payments, from the `first` on, and the message if there is a contact.
    fn advise(
        &mut self,
        due: &Due,
        settlements: &[Settlement],
        first: usize,
    ) -> Result<(), PayError> {
        let sums = settlements.iter().map(|settlement| &settlement.paid);
        // The sums of the run fit, and this is a part of them.
        let (Some(head), Ok(total)) = (
            settlements.first(),
            Money::sum(sums, &due.claim.payable.currency),
        ) else {
            return Ok(());
        };
        let payments: Vec<Effect> = self
            .paid
            .iter()
            .skip(first)
            .map(|payment| payment.payment)
            .collect();
        let remittance = Remittance {
            payee: &head.invoice.payee,
            account: &due.account,
            buyer: due.claim.payable.buyer.as_deref(),
            day: self.input.requested,
            payments: settlements,
            total: &total,
        };
        let path = self.path(&head.invoice);
        let file = files::write(&path, remittance.advice())
            .map_err(|refusal| PayError::NotWritable(refusal.to_string()))?;
        let message = match self.input.contact(&due.claim.payable.sellers, &due.account) {
            None => Announcement::NotAsked,
            Some(contact) => {
                let message =
                    Message::new(&contact.channel, &contact.recipient, remittance.message())
                        .subject(remittance.subject())
                        .attach(&path);
                let message = payments
                    .iter()
                    .fold(message, |message, payment| message.after(*payment));
                match message.stage() {
                    Ok(effect) => Announcement::Staged(effect),
                    Err(refusal) => Announcement::Refused(refusal),
                }
            }
        };
        self.advices.push(bindings::Remittance {
            path,
            payee: head.invoice.payee.clone(),
            account: due.account.clone(),
            total,
            payments,
            file,
            message,
        });
        Ok(())
    }

    /// Path of an advice. Two payees may have one name, or numbers that differ only in what a file name leaves out.
    fn path(&self, invoice: &Payable) -> String {
        let Input { advice, .. } = self.input;
        let name = file_name(self.input.day(), &invoice.payee, &invoice.number);
        let mut path = format!("{advice}/{name}.txt");
        let mut count = 1;
        while self.advices.iter().any(|other| other.path == path) {
            count += 1;
            path = format!("{advice}/{name}-{count}.txt");
        }
        path
    }
}

/// For each invoice what credits take off; none if the seller owes as much.
fn set_off(invoices: &[Due], credits: &[Credit]) -> Option<Vec<Vec<(usize, i64)>>> {
    let minors: Vec<_> = invoices.iter().map(|due| due.claim.payable.minor).collect();
    let credit = |(credit, _): &Credit| guildhall_payables::Credit {
        minor: credit.payable.minor,
        preferred: invoices.iter().position(|due| {
            credit
                .payable
                .preceding
                .contains(&due.claim.payable.number_key)
        }),
    };
    let credits: Vec<_> = credits.iter().map(credit).collect();
    net(&minors, &credits)
}

fn remember(claim: &Claim, open: i64) -> Result<(), Refusal> {
    ORDERED.put(
        &claim.payable.identities,
        claim.digest.hex(),
        &open.to_string(),
    )
}

fn settled(claim: &Claim, minor: i64) -> Settled {
    Settled {
        path: claim.path.clone(),
        number: claim.payable.number.clone(),
        kind: claim.kind(),
        issued: claim.payable.issued.map(|day| day.to_string()),
        amount: claim.payable.money(minor),
    }
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
