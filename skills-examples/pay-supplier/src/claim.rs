//! What one document comes to: something that can be paid or set off, or the reasons why not.

use guildhall_invoice::{Code, Finding, Severity};
use guildhall_payables::{Offer, Payable, Terms, check, read, speaks_of_discount};

use crate::bindings::{Flag, FlagCode, Reason, RefusedCode, RefusedDocument};
use crate::input::Input;
use crate::table::{self, Consequence};

/// A document with every reason not to pay it, and with what to look at.
struct Judged {
    payable: Payable,
    reasons: Vec<Reason>,
    flags: Vec<Flag>,
}

/// What one finding leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// Not paid.
    Refused(Reason),
    /// Paid; the text is shown.
    Shown(String),
    /// Said in other words by an obstacle.
    Covered,
}

/// A reason of this skill's own.
pub fn reason(code: RefusedCode, message: impl Into<String>) -> Reason {
    Reason {
        code,
        rule: None,
        place: None,
        message: message.into(),
    }
}

/// A document as refused.
pub fn refused(payable: &Payable, reasons: Vec<Reason>) -> RefusedDocument {
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    RefusedDocument {
        path: payable.path.clone(),
        document: said(&payable.number),
        seller: said(&payable.seller),
        reasons,
    }
}

/// Something to look at.
pub fn flag(payable: &Payable, code: FlagCode, message: impl Into<String>) -> Flag {
    Flag {
        path: payable.path.clone(),
        document: payable.number.clone(),
        code,
        message: message.into(),
    }
}

/// A file as refused because there is no document.
pub fn unread(path: String, code: RefusedCode, message: String) -> RefusedDocument {
    RefusedDocument {
        path,
        document: None,
        seller: None,
        reasons: vec![reason(code, message)],
    }
}

/// Reads and judges one file, and gives what to look at in it. Nothing is asked of the host.
pub fn judge(
    path: &str,
    bytes: &[u8],
    input: &Input,
) -> Result<(Payable, Vec<Flag>), RefusedDocument> {
    let document =
        read(path, bytes).map_err(|why| unread(path.to_owned(), RefusedCode::Unreadable, why))?;
    let (payable, obstacles) = Payable::of(path, bytes, &document);
    let mut judged = Judged {
        payable,
        reasons: Vec::new(),
        flags: Vec::new(),
    };
    for finding in check(&document, input.today) {
        match judge_finding(&finding, judged.payable.is_credit) {
            Judgement::Refused(reason) => judged.reasons.push(reason),
            Judgement::Shown(message) => judged.flag(FlagCode::Finding, message),
            Judgement::Covered => {}
        }
    }
    for obstacle in obstacles {
        let code = table::obstacle(&obstacle);
        let mut reasons = judged.reasons.iter();
        // The check says more about a currency.
        if code != RefusedCode::Currency || reasons.all(|reason| reason.code != code) {
            judged.reasons.push(reason(code, obstacle.to_string()));
        }
    }
    if !judged.payable.is_credit {
        judged.discount(&document.payment_terms, input);
        judged.due(input);
        let Payable { seller, payee, .. } = &judged.payable;
        if payee != seller {
            let message = format!(
                "The seller is {seller}, but the invoice wants {payee} to be paid (BG-10)."
            );
            judged.flag(FlagCode::OtherPayee, message);
        }
    }
    if judged.reasons.is_empty() {
        Ok((judged.payable, judged.flags))
    } else {
        Err(refused(&judged.payable, judged.reasons))
    }
}

impl Judged {
    fn flag(&mut self, code: FlagCode, message: impl Into<String>) {
        self.flags.push(flag(&self.payable, code, message));
    }

    /// Finds the best discount that may still be taken.
    fn discount(&mut self, terms: &[String], input: &Input) {
        let Some(issued) = self.payable.issued else {
            return;
        };
        let instead = input.terms(&self.payable).cloned();
        let is_stated = instead.is_some();
        let granted = instead.map_or_else(|| Terms::read(terms), |terms| vec![terms]);
        let offers = Offer::all(&granted, issued, &self.payable.currency);
        let mut possible = offers.iter().filter(|offer| input.day() <= offer.last_day);
        self.payable.discount = possible.next().cloned();
        match offers.first() {
            Some(missed) if self.payable.discount.is_none() => {
                let message = format!(
                    "A discount of {} percent was possible until {}.",
                    missed.percent, missed.last_day
                );
                self.flag(FlagCode::DiscountMissed, message);
            }
            None if !is_stated && speaks_of_discount(terms) => {
                let message = "Its payment terms speak of a discount in words, which are not acted on. Read them, and pass `discounts` to take it.";
                self.flag(FlagCode::DiscountInWords, message);
            }
            _ => {}
        }
    }

    /// Looks at the day on which it is due.
    fn due(&mut self, input: &Input) {
        let Some(due) = self.payable.due else {
            let message = "It says no day on which it is due (BT-9), so it is paid now.";
            return self.flag(FlagCode::NoDueDate, message);
        };
        let days = due.days_since(input.day());
        if days < 0 {
            self.flag(FlagCode::Overdue, format!("It was due on {due}."));
        } else if days > input.due_within && self.payable.discount.is_none() {
            let message = format!(
                "It is due on {due}, {days} days after the payment, and paying now earns no discount. Pay it in a later run, or change the setting `due-within-days` ({}).",
                input.due_within
            );
            self.reasons.push(reason(RefusedCode::DueLater, message));
        }
    }
}

/// Applies the table of findings. To a credit nothing is paid, so its accounts do not matter.
pub fn judge_finding(finding: &Finding, is_credit: bool) -> Judgement {
    let (consequence, code, why) = table::policy(finding.code);
    let rule = finding.rule.as_deref().unwrap_or_default();
    let is_missing = finding.code == Code::Missing;
    if is_missing && table::COVERED.contains(&rule) {
        return Judgement::Covered;
    }
    let is_no_matter =
        is_missing && table::FORMAL.contains(&rule) || is_credit && code == RefusedCode::Account;
    let refuses = match consequence {
        _ if is_no_matter => false,
        Consequence::Refuse => true,
        Consequence::Warn => false,
        Consequence::AsFound => finding.severity == Severity::Error,
    };
    if refuses {
        return Judgement::Refused(Reason {
            code,
            rule: Some(finding.code.as_str().to_owned()),
            place: Some(finding.place.clone()),
            message: format!("{} {why}", finding.message),
        });
    }
    Judgement::Shown(match consequence {
        Consequence::Refuse => finding.message.clone(),
        Consequence::Warn | Consequence::AsFound => format!("{} {why}", finding.message),
    })
}
