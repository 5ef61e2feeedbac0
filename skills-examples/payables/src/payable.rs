//! What one document asks to be paid, and what keeps it from being paid by transfer.

use guildhall_invoice::{
    Account, AccountKind, DateField, Document, Kind, ReferenceKind, number_key as key_of_number,
};
use guildhall_sdk::text::line;
use guildhall_sdk::{Date, Money, MoneyError};

use crate::memory::Digest;
use crate::terms::Offer;

/// Longest number: what a credit transfer carries as its reference.
const MAX_NUMBER: usize = 140;
/// Longest name that is shown.
const MAX_NAME: usize = 140;
/// Longest reference that a payee asks for.
const MAX_REFERENCE: usize = 60;
/// Payment means (UNTDID 4461) that are collected from the buyer: direct debit, SEPA direct debit.
const DIRECT_DEBIT: [&str; 2] = ["49", "59"];
/// Payment means that pay in another way: cash, cheque, cards, clearing between the parties.
const NO_TRANSFER: [&str; 6] = ["10", "20", "48", "54", "55", "97"];

/// An invoice that is to be paid, or a credit: a credit note, or an invoice over a negative amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// Path of the file.
    pub path: String,
    /// Digest of the file.
    pub digest: Digest,
    /// Whether the seller owes it.
    pub is_credit: bool,
    /// Number as written, on one line: what the payment refers to.
    ///
    /// It is not brought into one spelling, because the seller has to find it in its books and other skills refer to it as it is
    /// written; a host compares spellings by itself.
    pub number: String,
    /// Number in one spelling; empty if there is none.
    pub number_key: String,
    /// Kind, seller and number in each spelling that recognises the document.
    pub identities: Vec<String>,
    /// What identifies the seller, best first.
    pub sellers: Vec<String>,
    /// Name of the seller, on one line.
    pub seller: String,
    /// Name of who is paid, on one line.
    pub payee: String,
    /// Name of the buyer, on one line.
    pub buyer: Option<String>,
    /// IBANs that can be paid to, without repetition.
    pub accounts: Vec<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// What is owed in minor units, either way round.
    pub minor: i64,
    /// Day of issue.
    pub issued: Option<Date>,
    /// Day on which it is due.
    pub due: Option<Date>,
    /// Numbers of the invoices that it refers to, in one spelling.
    pub preceding: Vec<String>,
    /// What the payee wants to read in the transfer (BT-83), if that is not the number.
    pub wanted_reference: Option<String>,
    /// The discount that is to be taken; none until one is chosen.
    pub discount: Option<Offer>,
}

/// What keeps a document from being paid by transfer, as a sentence. To a credit nothing is paid, so its accounts are no obstacle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It has no amount due that can be read.
    #[error("The amount due (BT-115) is missing or cannot be read.")]
    NoAmount,
    /// Its amount due is no amount of its currency. A check finds that, too.
    #[error("The amount due cannot be paid: {0}.")]
    Amount(MoneyError),
    /// Nothing is owed.
    #[error("The amount due is zero: it is paid already, or nothing is owed.")]
    NothingDue,
    /// It has no number.
    #[error(
        "It has no number (BT-1), so a payment could not say what it is for and nobody could tell whether it was paid before."
    )]
    NoNumber,
    /// Its number does not fit.
    #[error("Its number is longer than the {MAX_NUMBER} characters that a transfer carries.")]
    LongNumber,
    /// It does not name its seller.
    #[error(
        "It does not name its seller, so nobody can tell whose invoice this is and whether it was paid before."
    )]
    NoSeller,
    /// It is collected.
    #[error("The seller collects it by direct debit: a payment would be the second one.")]
    DirectDebit,
    /// It is paid in another way.
    #[error("It is paid by card, cash, cheque or clearing, not by transfer.")]
    OtherMeans,
    /// It names accounts, but no IBAN.
    #[error("The account that it names is no IBAN, and this skill pays to IBANs only.")]
    NoIban,
    /// It names no account.
    #[error(
        "It names no account to pay to (BT-84). Ask the seller, and not by replying to the invoice."
    )]
    NoAccount,
}

impl Payable {
    /// Reads what a document asks for. Where there is an obstacle, what it is about may be empty or zero.
    pub fn of(path: &str, bytes: &[u8], document: &Document) -> (Self, Vec<Obstacle>) {
        let mut obstacles = Vec::new();
        let is_credit = match document.owed() {
            Some(owed) => owed.is_sign_negative() && !owed.is_zero(),
            None => document.kind == Kind::CreditNote,
        };
        let minor = amount(document).unwrap_or_else(|obstacle| {
            obstacles.extend(obstacle);
            0
        });
        let name = |name: &Option<String>| name.as_deref().map(|name| line(name, MAX_NAME));
        let number_key = document.number_key().unwrap_or_default();
        let number = line(
            document.number.as_deref().unwrap_or_default(),
            MAX_NUMBER + 1,
        );
        if number_key.is_empty() {
            obstacles.push(Obstacle::NoNumber);
        } else if number.chars().count() > MAX_NUMBER {
            obstacles.push(Obstacle::LongNumber);
        }
        let sellers = document.seller.keys();
        if sellers.is_empty() || document.seller.name.is_none() {
            obstacles.push(Obstacle::NoSeller);
        }
        let except: &[_] = if is_credit { &[] } else { &NO_TRANSFER };
        let accounts = ibans(document, except);
        if !is_credit {
            obstacles.extend(no_transfer(document, &accounts));
        }
        let seller = name(&document.seller.name).unwrap_or_default();
        let payee = document.payee.as_ref().and_then(|payee| name(&payee.name));
        let references = document.references.iter();
        let payable = Payable {
            path: path.to_owned(),
            digest: Digest::of(bytes),
            is_credit,
            identities: document.identities(),
            wanted_reference: wanted_reference(document, &number_key),
            number,
            number_key,
            sellers,
            payee: payee.unwrap_or_else(|| seller.clone()),
            seller,
            buyer: name(&document.buyer.name),
            accounts,
            currency: document.currency.clone().unwrap_or_default(),
            minor,
            issued: day(&document.issue_date),
            due: day(&document.due_date),
            preceding: references
                .filter(|reference| reference.kind == ReferenceKind::PrecedingInvoice)
                .filter_map(|reference| key_of_number(&reference.id))
                .collect(),
            discount: None,
        };
        (payable, obstacles)
    }

    /// An amount in the document's currency.
    pub fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency.clone(),
        }
    }

    /// Whether both are of one seller.
    pub fn same_seller(&self, other: &Payable) -> bool {
        let mut sellers = self.sellers.iter();
        sellers.any(|seller| other.sellers.contains(seller))
    }

    /// Whether both have one kind, seller and number.
    pub fn same_document(&self, other: &Payable) -> bool {
        let mut identities = self.identities.iter();
        identities.any(|identity| other.identities.contains(identity))
    }

    /// Whether both ask for the same amount at the same accounts.
    pub fn asks_the_same(&self, other: &Payable) -> bool {
        self.is_credit == other.is_credit
            && (self.minor, &self.currency, &self.accounts)
                == (other.minor, &other.currency, &other.accounts)
    }

    /// What it is, for a person: `Invoice 17 of 2026-11-24`.
    pub fn title(&self) -> String {
        let what = if self.is_credit { "Credit" } else { "Invoice" };
        match self.issued {
            Some(day) => format!("{what} {} of {day}", self.number),
            None => format!("{what} {}", self.number),
        }
    }
}

fn day(field: &Option<DateField>) -> Option<Date> {
    field.as_ref()?.value?.to_string().parse().ok()
}

/// What is owed in minor units, either way round. No obstacle where there is no currency: a check finds that.
fn amount(document: &Document) -> Result<i64, Option<Obstacle>> {
    let owed = document.owed().ok_or(Some(Obstacle::NoAmount))?;
    let currency = document.currency.as_deref().ok_or(None)?;
    match Money::parse(&owed.abs().to_string(), currency) {
        Ok(money) if money.minor == 0 => Err(Some(Obstacle::NothingDue)),
        Ok(money) => Ok(money.minor),
        Err(error) => Err(Some(Obstacle::Amount(error))),
    }
}

/// The IBANs that it names, but for those under `except` payment means. Each once.
fn ibans(document: &Document, except: &[&str]) -> Vec<String> {
    let mut accounts = Vec::new();
    for account in &document.accounts {
        let payment = document.payments.get(account.payment);
        let code = payment.and_then(|payment| payment.code.as_deref());
        let usable =
            account.kind == AccountKind::Iban && !code.is_some_and(|code| except.contains(&code));
        if usable && !accounts.contains(&account.normalised) {
            accounts.push(account.normalised.clone());
        }
    }
    accounts
}

/// What keeps it from being paid to one of these accounts. A wrong IBAN is none: a check finds it.
fn no_transfer(document: &Document, accounts: &[String]) -> Option<Obstacle> {
    let named = |test: fn(&Account) -> bool| document.accounts.iter().any(test);
    let by = |means: &[&str]| {
        let mut codes = document.payments.iter().flat_map(|payment| &payment.code);
        codes.any(|code| means.contains(&code.as_str()))
    };
    let mut payments = document.payments.iter();
    if by(&DIRECT_DEBIT)
        || payments.any(|payment| payment.mandate.is_some() || payment.debited_account.is_some())
    {
        Some(Obstacle::DirectDebit)
    } else if !accounts.is_empty() {
        None
    } else if by(&NO_TRANSFER) {
        Some(Obstacle::OtherMeans)
    } else if named(|account| account.kind == AccountKind::Other) {
        Some(Obstacle::NoIban)
    } else if named(|account| matches!(account.kind, AccountKind::BadIban(_))) {
        None
    } else {
        Some(Obstacle::NoAccount)
    }
}

fn wanted_reference(document: &Document, number: &str) -> Option<String> {
    let mut references = document
        .payments
        .iter()
        .flat_map(|payment| &payment.references);
    references
        .find(|reference| key_of_number(reference).as_deref() != Some(number))
        .map(|reference| line(reference, MAX_REFERENCE))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const INVOICE: &str = include_str!("../../invoices/de-01-two-rates.xml");

    fn of(text: &str) -> (Payable, Vec<Obstacle>) {
        let document = guildhall_invoice::read(text.as_bytes()).unwrap();
        Payable::of("a.xml", text.as_bytes(), &document)
    }

    #[test]
    fn an_invoice_is_read_as_what_it_asks_to_be_paid() {
        let (payable, obstacles) = of(INVOICE);
        assert_eq!(obstacles, []);
        assert_eq!(payable.money(payable.minor).to_string(), "566.30 EUR");
        assert_eq!(payable.title(), "Invoice NB-2026-0117 of 2026-09-03");
        assert_eq!(payable.payee, "Nordlicht Bürobedarf GmbH");
        assert_eq!(payable.sellers, ["DE999000111", "HRB990011"]);
        assert_eq!(payable.accounts, ["DE48999900000123456789"]);
        assert_eq!(
            payable.identities,
            [
                "invoice\nDE999000111\nNB-2026-0117",
                "invoice\nHRB990011\nNB-2026-0117"
            ]
        );
    }

    #[test]
    fn a_credit_note_and_a_negative_invoice_are_credits() {
        for (text, minor) in [
            (include_str!("../../invoices/de-03-credit-note.xml"), 9_508),
            (
                include_str!("../../invoices/be-01-negative-invoice.xml"),
                73_544,
            ),
        ] {
            let (payable, obstacles) = of(text);
            assert_eq!((payable.is_credit, payable.minor), (true, minor));
            assert_eq!(obstacles, []);
            assert!(payable.title().starts_with("Credit "));
        }
    }

    #[test]
    fn each_obstacle_is_found() {
        let account = "DE48999900000123456789";
        for (from, to, expected) in [
            (
                "Amount currencyID=\"EUR\">566.30<",
                "Amount currencyID=\"EUR\">x<",
                Obstacle::NoAmount,
            ),
            (
                "Amount currencyID=\"EUR\">566.30<",
                "Amount currencyID=\"EUR\">0<",
                Obstacle::NothingDue,
            ),
            ("NB-2026-0117", "-", Obstacle::NoNumber),
            ("NB-2026-0117", &"9".repeat(141), Obstacle::LongNumber),
            ("Nordlicht Bürobedarf GmbH", "", Obstacle::NoSeller),
            (
                "PaymentMeansCode>58<",
                "PaymentMeansCode>59<",
                Obstacle::DirectDebit,
            ),
            (
                "PaymentMeansCode>58<",
                "PaymentMeansCode>48<",
                Obstacle::OtherMeans,
            ),
            (account, "", Obstacle::NoAccount),
        ] {
            assert!(INVOICE.contains(from), "{from}");
            assert_eq!(of(&INVOICE.replace(from, to)).1, [expected], "{to}");
        }
        let other = INVOICE
            .replace("PaymentMeansCode>58<", "PaymentMeansCode>30<")
            .replace(account, "12345678");
        assert_eq!(of(&other).1, [Obstacle::NoIban]);
        let wrong = INVOICE.replace(account, "DE49999900000123456789");
        assert_eq!(of(&wrong).1, [], "a check finds it");
        let many = INVOICE.replace("EUR", "JPY");
        assert!(matches!(of(&many).1[..], [Obstacle::Amount(_)]));
    }

    #[test]
    fn a_copy_is_the_same_document_and_another_number_is_not() {
        let (one, _) = of(INVOICE);
        let (copy, _) = of(&INVOICE.replace("NB-2026-0117", "nb 2026/0117"));
        assert!(one.same_document(&copy) && one.asks_the_same(&copy));
        let (other, _) = of(&INVOICE.replace("NB-2026-0117", "NB-2026-0118"));
        assert!(one.same_seller(&other) && !one.same_document(&other));
    }
}
