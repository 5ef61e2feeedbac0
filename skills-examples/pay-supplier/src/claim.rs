//! What one document comes to: a claim that can be paid or set off, or the reasons why not.

use guildhall_invoice::{Code, Finding, Severity};
use guildhall_payables::{Digest, Obstacle, Offer, Payable, Terms, check, speaks_of_discount};

use crate::bindings::{DocumentKind, FlagCode, Reason, RefusedCode, RefusedDocument};
use crate::input::Input;
use crate::table::{self, Consequence};

/// An invoice that can be paid, or a credit that can be set off.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Path of the file.
    pub path: String,
    /// Digest of the file.
    pub digest: Digest,
    /// What it asks for. Of a credit, the amount is what is open of it.
    pub payable: Payable,
    /// The discount that may be taken on the day of payment.
    pub discount: Option<Offer>,
    /// What to look at.
    pub flags: Vec<(FlagCode, String)>,
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

impl Claim {
    /// Reads and judges one file, and gives every reason not to pay it. Nothing is asked of the host.
    pub fn read(path: &str, bytes: &[u8], input: &Input) -> Result<(Self, Vec<Reason>), Reason> {
        let document = guildhall_payables::read(path, bytes)
            .map_err(|why| reason(RefusedCode::Unreadable, why))?;
        let (payable, obstacles) = Payable::of(&document);
        let mut claim = Claim {
            path: path.to_owned(),
            digest: Digest::of(bytes),
            payable,
            discount: None,
            flags: Vec::new(),
        };
        let mut reasons = Vec::new();
        for finding in check(&document, input.today) {
            match judge(&finding, claim.payable.is_credit) {
                Judgement::Refused(reason) => reasons.push(reason),
                Judgement::Shown(message) => claim.flag(FlagCode::Finding, message),
                Judgement::Covered => {}
            }
        }
        for obstacle in obstacles {
            let code = code(&obstacle);
            // The check says more about a currency.
            if code != RefusedCode::Currency || reasons.iter().all(|reason| reason.code != code) {
                reasons.push(reason(code, obstacle.to_string()));
            }
        }
        if !claim.payable.is_credit {
            claim.discount(&document.payment_terms, input);
            reasons.extend(claim.due(input));
            let Payable { seller, payee, .. } = &claim.payable;
            if payee != seller {
                let message = format!(
                    "The seller is {seller}, but the invoice wants {payee} to be paid (BG-10)."
                );
                claim.flag(FlagCode::OtherPayee, message);
            }
        }
        Ok((claim, reasons))
    }

    /// The document as refused.
    pub fn refused(&self, reasons: Vec<Reason>) -> RefusedDocument {
        let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        RefusedDocument {
            path: self.path.clone(),
            document: said(&self.payable.number),
            seller: said(&self.payable.seller),
            reasons,
        }
    }

    /// Invoice or credit.
    pub fn kind(&self) -> DocumentKind {
        if self.payable.is_credit {
            DocumentKind::Credit
        } else {
            DocumentKind::Invoice
        }
    }

    /// Adds something to look at.
    pub fn flag(&mut self, code: FlagCode, message: impl Into<String>) {
        self.flags.push((code, message.into()));
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
        let day = input.day();
        self.discount = offers.iter().find(|offer| day <= offer.last_day).cloned();
        match offers.first() {
            Some(missed) if self.discount.is_none() => {
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
    fn due(&mut self, input: &Input) -> Option<Reason> {
        let Some(due) = self.payable.due else {
            let message = "It says no day on which it is due (BT-9), so it is paid now.";
            self.flag(FlagCode::NoDueDate, message);
            return None;
        };
        let days = due.days_since(input.day());
        if days < 0 {
            self.flag(FlagCode::Overdue, format!("It was due on {due}."));
        }
        (days > input.due_within && self.discount.is_none()).then(|| {
            reason(
                RefusedCode::DueLater,
                format!(
                    "It is due on {due}, {days} days after the payment, and paying now earns no discount. Pay it in a later run, or change the setting `due-within-days` ({}).",
                    input.due_within
                ),
            )
        })
    }
}

fn code(obstacle: &Obstacle) -> RefusedCode {
    match obstacle {
        Obstacle::NoAmount => RefusedCode::Missing,
        Obstacle::Amount(_) => RefusedCode::Currency,
        Obstacle::NothingDue => RefusedCode::NothingDue,
        Obstacle::NoNumber | Obstacle::LongNumber => RefusedCode::Number,
        Obstacle::NoSeller => RefusedCode::NoSeller,
        Obstacle::DirectDebit | Obstacle::OtherMeans => RefusedCode::NoTransfer,
        Obstacle::NoIban => RefusedCode::NoIban,
        Obstacle::NoAccount => RefusedCode::NoAccount,
    }
}

/// Applies the table of findings. To a credit nothing is paid, so its accounts do not matter.
pub fn judge(finding: &Finding, is_credit: bool) -> Judgement {
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
