//! What one document comes to: a claim that can be paid or set off, or the reasons why not.

use guildhall_invoice::{AccountKind, Document, Kind, check_against_today, parse_date};
use guildhall_sdk::{Date, Money, log};

use crate::bindings::{DocumentKind, Flag, FlagCode, Reason, RefusedCode, RefusedDocument};
use crate::input::Input;
use crate::memory::Digest;
use crate::order;
use crate::policy::{Judgement, judge};
use crate::terms::{self, Terms};
use crate::text;

/// Longest number: what a credit transfer carries as its reference.
const MAX_NUMBER: usize = 140;
/// Longest name of a payee that is shown.
const MAX_NAME: usize = 140;
/// Payment means (UNTDID 4461) that are collected from the buyer: direct debit, SEPA direct debit.
const DIRECT_DEBIT: [&str; 2] = ["49", "59"];
/// Payment means that pay in another way: cash, cheque, cards, clearing between the parties.
const NO_TRANSFER: [&str; 6] = ["10", "20", "48", "54", "55", "97"];

/// An invoice that can be paid, or a credit that can be set off.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Path of the file.
    pub path: String,
    /// Digest of the file.
    pub digest: Digest,
    /// Invoice or credit.
    pub kind: DocumentKind,
    /// Number as written, on one line: what the payment refers to.
    ///
    /// It is not brought into one spelling, because the seller has to find it in its books and other skills refer to it as it is
    /// written; the host and the skill's own memory compare spellings by themselves.
    pub number: String,
    /// Number in one spelling.
    pub number_key: String,
    /// Seller and number in each spelling that recognises the document.
    pub identities: Vec<String>,
    /// What identifies the seller, best first.
    pub sellers: Vec<String>,
    /// Name of the seller.
    pub seller: String,
    /// Name of who is paid.
    pub payee: String,
    /// Name of the buyer.
    pub buyer: Option<String>,
    /// Accounts that it names, without repetition.
    pub accounts: Vec<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// What is owed in minor units, either way round; above zero.
    pub minor: i64,
    /// Day of issue.
    pub issued: Option<Date>,
    /// Numbers of the invoices that it refers to, in one spelling.
    pub preceding: Vec<String>,
    /// The discount that may be taken on the day of payment.
    pub discount: Option<Offer>,
    /// What the payee wants to read in the transfer, if that is not the number.
    pub wanted_reference: Option<String>,
    /// What to look at.
    pub flags: Vec<(FlagCode, String)>,
}

/// A discount that may still be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Hundredths of a percent.
    pub percent: u32,
    /// Last day.
    pub last_day: Date,
    /// What the percentage is of, in minor units; none for the amount due.
    pub base: Option<i64>,
}

impl Claim {
    /// An amount in the document's currency.
    pub fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency.clone(),
        }
    }

    /// Whether both are of one seller.
    pub fn same_seller(&self, other: &Claim) -> bool {
        self.sellers
            .iter()
            .any(|seller| other.sellers.contains(seller))
    }

    /// The document as refused.
    pub fn refused(&self, reasons: Vec<Reason>) -> RefusedDocument {
        RefusedDocument {
            path: self.path.clone(),
            document: Some(self.number.clone()),
            seller: Some(self.seller.clone()),
            reasons,
        }
    }

    /// One thing to look at.
    pub fn flag(&self, code: FlagCode, message: String) -> Flag {
        Flag {
            path: self.path.clone(),
            document: self.number.clone(),
            code,
            message,
        }
    }
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

/// Reads and judges one file. Nothing is asked of the host.
pub fn read(path: &str, bytes: &[u8], input: &Input) -> Result<Claim, RefusedDocument> {
    match guildhall_invoice::read(bytes) {
        Ok(document) => judged(path, bytes, &document, input),
        Err(error) => {
            log::info!("{path}: {error}");
            Err(RefusedDocument {
                path: path.to_owned(),
                document: None,
                seller: None,
                reasons: vec![reason(
                    RefusedCode::Unreadable,
                    format!("This is no invoice that can be read: {error}."),
                )],
            })
        }
    }
}

fn judged(
    path: &str,
    bytes: &[u8],
    document: &Document,
    input: &Input,
) -> Result<Claim, RefusedDocument> {
    let mut reasons = Vec::new();
    let mut flags = Vec::new();
    let is_credit = match document.owed() {
        Some(owed) => owed.is_sign_negative() && !owed.is_zero(),
        None => document.kind == Kind::CreditNote,
    };
    let findings = match parse_date(&input.today.to_string()) {
        Some(today) => check_against_today(document, today),
        None => guildhall_invoice::check(document),
    };
    for finding in &findings {
        match judge(finding, is_credit) {
            Judgement::Refused(reason) => reasons.push(reason),
            Judgement::Shown(message) => flags.push((FlagCode::Finding, message)),
            Judgement::Covered => {}
        }
    }
    let minor = amount(document, &mut reasons);
    let (number, number_key) = number(document, &mut reasons);
    let sellers = document.seller.keys();
    if sellers.is_empty() || document.seller.name.is_none() {
        reasons.push(reason(
            RefusedCode::NoSeller,
            "It does not name its seller, so nobody can tell whose invoice this is and whether it was paid before.",
        ));
    }
    let accounts = if is_credit {
        good_accounts(document, &[])
    } else {
        accounts(document, &mut reasons)
    };
    let seller = name(document.seller.name.as_deref());
    let kind_word = match document.kind {
        Kind::Invoice => "invoice",
        Kind::CreditNote => "credit-note",
    };
    let mut claim = Claim {
        path: path.to_owned(),
        digest: Digest::of(bytes),
        kind: if is_credit {
            DocumentKind::Credit
        } else {
            DocumentKind::Invoice
        },
        identities: sellers
            .iter()
            .map(|seller| format!("{kind_word}\n{seller}\n{number_key}"))
            .collect(),
        number,
        number_key,
        sellers,
        payee: payee(document).unwrap_or_else(|| seller.clone()),
        seller,
        buyer: document
            .buyer
            .name
            .as_deref()
            .map(|text| text::line(text, MAX_NAME)),
        accounts,
        currency: document.currency.clone().unwrap_or_default(),
        minor: minor.unwrap_or_default(),
        issued: document
            .issue_date
            .as_ref()
            .and_then(|date| date.value)
            .and_then(day),
        preceding: document
            .references
            .iter()
            .filter(|reference| {
                reference.kind == guildhall_invoice::ReferenceKind::PrecedingInvoice
            })
            .map(|reference| text::number_key(&reference.id))
            .collect(),
        discount: None,
        wanted_reference: None,
        flags,
    };
    if !is_credit {
        discount(&mut claim, document, input);
        due(&mut claim, document, input, &mut reasons);
        claim.wanted_reference = wanted_reference(document, &claim);
        if payee(document).is_some_and(|payee| payee != claim.seller) {
            let message = format!(
                "The seller is {}, but the invoice wants {} to be paid (BG-10).",
                claim.seller, claim.payee
            );
            claim.flags.push((FlagCode::OtherPayee, message));
        }
    }
    if reasons.is_empty() {
        return Ok(claim);
    }
    Err(RefusedDocument {
        path: claim.path,
        document: Some(claim.number).filter(|number| !number.is_empty()),
        seller: document.seller.name.as_ref().map(|_| claim.seller),
        reasons,
    })
}

fn name(text: Option<&str>) -> String {
    text::line(text.unwrap_or_default(), MAX_NAME)
}

fn payee(document: &Document) -> Option<String> {
    let name = document.payee.as_ref()?.name.as_deref()?;
    Some(text::line(name, MAX_NAME))
}

fn day(date: guildhall_invoice::Date) -> Option<Date> {
    date.to_string().parse().ok()
}

/// What is owed in minor units, either way round.
fn amount(document: &Document, reasons: &mut Vec<Reason>) -> Option<i64> {
    let Some(owed) = document.owed() else {
        reasons.push(reason(
            RefusedCode::Missing,
            "The amount due (BT-115) is missing or cannot be read.",
        ));
        return None;
    };
    // Where the currency is missing or unknown, the check has found that.
    let currency = document.currency.as_deref()?;
    let minor = match Money::parse(&owed.abs().to_string(), currency) {
        Ok(money) => money.minor,
        Err(error) => {
            if !reasons
                .iter()
                .any(|reason| reason.code == RefusedCode::Currency)
            {
                reasons.push(reason(
                    RefusedCode::Currency,
                    format!("The amount due cannot be paid: {error}."),
                ));
            }
            return None;
        }
    };
    if minor == 0 {
        reasons.push(reason(
            RefusedCode::NothingDue,
            "The amount due is zero: it is paid already, or nothing is owed.",
        ));
    }
    Some(minor)
}

fn number(document: &Document, reasons: &mut Vec<Reason>) -> (String, String) {
    let number = text::line(
        document.number.as_deref().unwrap_or_default(),
        MAX_NUMBER + 1,
    );
    let key = document.number_key().unwrap_or_default();
    if key.is_empty() {
        reasons.push(reason(
            RefusedCode::Number,
            "It has no number (BT-1), so a payment could not say what it is for and nobody could tell whether it was paid before.",
        ));
    } else if number.chars().count() > MAX_NUMBER {
        reasons.push(reason(
            RefusedCode::Number,
            format!(
                "Its number is longer than the {MAX_NUMBER} characters that a transfer carries."
            ),
        ));
    }
    (number, key)
}

/// The IBANs that it names, except under these payment means. Each once.
fn good_accounts(document: &Document, except: &[&str]) -> Vec<String> {
    let mut accounts = Vec::new();
    for account in &document.accounts {
        let code = document
            .payments
            .get(account.payment)
            .and_then(|payment| payment.code.as_deref());
        let usable =
            account.kind == AccountKind::Iban && !code.is_some_and(|code| except.contains(&code));
        if usable && !accounts.contains(&account.normalised) {
            accounts.push(account.normalised.clone());
        }
    }
    accounts
}

fn accounts(document: &Document, reasons: &mut Vec<Reason>) -> Vec<String> {
    let code = |codes: &[&str]| {
        document.payments.iter().any(|payment| {
            payment
                .code
                .as_deref()
                .is_some_and(|code| codes.contains(&code))
        })
    };
    let is_collected = code(&DIRECT_DEBIT)
        || document
            .payments
            .iter()
            .any(|payment| payment.mandate.is_some() || payment.debited_account.is_some());
    let accounts = good_accounts(document, &NO_TRANSFER);
    if is_collected {
        reasons.push(reason(
            RefusedCode::NoTransfer,
            "The seller collects it by direct debit: a payment would be the second one.",
        ));
    } else if accounts.is_empty() {
        let not_an_iban = |account: &guildhall_invoice::Account| account.kind == AccountKind::Other;
        let is_bad = document
            .accounts
            .iter()
            .any(|account| matches!(account.kind, AccountKind::BadIban(_)));
        if code(&NO_TRANSFER) {
            reasons.push(reason(
                RefusedCode::NoTransfer,
                "It is paid by card, cash, cheque or clearing, not by transfer.",
            ));
        } else if document.accounts.iter().any(not_an_iban) {
            reasons.push(reason(
                RefusedCode::NoIban,
                "The account that it names is no IBAN, and this skill pays to IBANs only.",
            ));
        } else if !is_bad {
            reasons.push(reason(
                RefusedCode::NoAccount,
                "It names no account to pay to (BT-84). Ask the seller, and not by replying to the invoice.",
            ));
        }
    }
    accounts
}

/// What the payee wants to read in the transfer (BT-83).
fn wanted_reference(document: &Document, claim: &Claim) -> Option<String> {
    let mut references = document
        .payments
        .iter()
        .flat_map(|payment| &payment.references);
    references
        .find(|reference| text::number_key(reference) != claim.number_key)
        .map(|reference| text::line(reference, 60))
}

/// Finds the best discount that may still be taken.
fn discount(claim: &mut Claim, document: &Document, input: &Input) {
    let Some(issued) = claim.issued else {
        return;
    };
    let instead = input.terms(claim);
    let is_stated = instead.is_some();
    let offered = instead.unwrap_or_else(|| terms::read(&document.payment_terms));
    let offer = |terms: &Terms| Offer {
        percent: terms.percent,
        last_day: Date::from_days_since_epoch(issued.days_since_epoch() + i64::from(terms.days)),
        base: terms
            .base
            .as_deref()
            .map(|base| Money::parse(base, &claim.currency).map_or(0, |money| money.minor.max(0))),
    };
    let mut offers: Vec<_> = offered.iter().map(offer).collect();
    order::sort(&mut offers, |a, b| a.percent > b.percent);
    let day = input.day();
    let best = offers.iter().find(|offer| day <= offer.last_day);
    if let (None, Some(missed)) = (best, offers.first()) {
        let message = format!(
            "A discount of {} percent was possible until {}.",
            text::show_percent(missed.percent),
            missed.last_day
        );
        claim.flags.push((FlagCode::DiscountMissed, message));
    }
    if !is_stated && offers.is_empty() && terms::speaks_of_discount(&document.payment_terms) {
        let message = "Its payment terms speak of a discount in words, which are not acted on. Read them, and pass `discounts` to take it.";
        claim
            .flags
            .push((FlagCode::DiscountInWords, message.to_owned()));
    }
    claim.discount = best.cloned();
}

fn due(claim: &mut Claim, document: &Document, input: &Input, reasons: &mut Vec<Reason>) {
    let day = input.day();
    let Some(due) = document
        .due_date
        .as_ref()
        .and_then(|date| date.value)
        .and_then(self::day)
    else {
        // An unreadable date was found by the check.
        if document.due_date.is_none() {
            let message = "It says no day on which it is due (BT-9), so it is paid now.";
            claim.flags.push((FlagCode::NoDueDate, message.to_owned()));
        }
        return;
    };
    let days = due.days_since(day);
    if days > input.due_within && claim.discount.is_none() {
        reasons.push(reason(
            RefusedCode::DueLater,
            format!(
                "It is due on {due}, {days} days after the payment, and paying now earns no discount. Pay it in a later run, or change the setting `due-within-days` ({}).",
                input.due_within
            ),
        ));
    } else if days < 0 {
        claim
            .flags
            .push((FlagCode::Overdue, format!("It was due on {due}.")));
    }
}
