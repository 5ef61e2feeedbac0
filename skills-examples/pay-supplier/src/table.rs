//! Which findings of the check refuse a document and which only warn, each with the reason; and as what the rest is told.
//!
//! The rule behind the first: whatever decides **how much, in what currency, to whom and whether at all** refuses, and so does what
//! the buyer needs to deduct the VAT, because a paid invoice is rarely corrected. What only says how the document was made or sent
//! warns.

use guildhall_invoice::Code;
use guildhall_payables::{History, Obstacle, Why};
use guildhall_sdk::RefusalKind;

use crate::bindings::{AccountHistory, DocumentKind, OpenCode, RefusedCode};

use Consequence::{AsFound, Refuse, Warn};

/// What a kind of finding leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The document is not paid.
    Refuse,
    /// It is paid, and the finding is shown.
    Warn,
    /// As grave as the check finds it: an error refuses, a warning warns.
    AsFound,
}

/// What a kind of finding leads to, as what, and why.
pub fn policy(code: Code) -> (Consequence, RefusedCode, &'static str) {
    match code {
        Code::Missing => (
            Refuse,
            RefusedCode::Missing,
            "Without what the norm makes mandatory the buyer cannot deduct the VAT.",
        ),
        Code::UnreadableNumber => (
            Refuse,
            RefusedCode::NotChecked,
            "What cannot be read cannot be added up.",
        ),
        Code::UnreadableDate => (
            Refuse,
            RefusedCode::Date,
            "Dates decide when it is due and whether a discount may be taken.",
        ),
        Code::DueBeforeIssue => (Warn, RefusedCode::Date, "It changes when to pay, not what."),
        Code::PeriodOrder => (
            Warn,
            RefusedCode::Date,
            "The period does not change the amount.",
        ),
        Code::FutureDate => (
            Refuse,
            RefusedCode::Date,
            "What is invoiced tomorrow is not owed today.",
        ),
        Code::UnknownCurrency => (
            Refuse,
            RefusedCode::Currency,
            "It is not clear what is owed.",
        ),
        Code::MixedCurrency => (
            Refuse,
            RefusedCode::Currency,
            "Amounts in two currencies do not add up.",
        ),
        Code::AmountDecimals => (
            Refuse,
            RefusedCode::Currency,
            "Such an amount cannot be paid, and rounding it is the seller's decision.",
        ),
        Code::TypeCode => (Refuse, RefusedCode::Kind, "It is not clear who owes whom."),
        Code::CreditNoteSign => (Refuse, RefusedCode::Kind, "It is not clear who owes whom."),
        Code::LineNet => (
            Refuse,
            RefusedCode::Arithmetic,
            "The amount due rests on it.",
        ),
        Code::GrossPrice => (
            AsFound,
            RefusedCode::Arithmetic,
            "The line is computed with the net price.",
        ),
        Code::NegativePrice => (
            Warn,
            RefusedCode::Arithmetic,
            "The sums are right, and the price is in the buyer's favour.",
        ),
        Code::BaseQuantity => (
            Refuse,
            RefusedCode::Arithmetic,
            "The line cannot be computed.",
        ),
        Code::AllowanceAmount => (
            Refuse,
            RefusedCode::Arithmetic,
            "The amount due rests on it.",
        ),
        Code::LineSum | Code::AllowanceSum | Code::ChargeSum => (
            Refuse,
            RefusedCode::Arithmetic,
            "The amount due rests on it.",
        ),
        Code::TaxExclusiveTotal | Code::TaxInclusiveTotal | Code::PayableTotal => (
            Refuse,
            RefusedCode::Arithmetic,
            "The amount due rests on it.",
        ),
        Code::VatSum => (Refuse, RefusedCode::Vat, "The amount due rests on it."),
        Code::VatAmount | Code::VatTaxable => (
            AsFound,
            RefusedCode::Vat,
            "A difference within the tolerance of the official validators may come from rounding line by line; a larger one is a mistake.",
        ),
        Code::VatGroupMissing | Code::VatGroupTwice => (
            Refuse,
            RefusedCode::Vat,
            "It is not clear which VAT is charged on what.",
        ),
        Code::VatCategory | Code::VatRate => (
            Refuse,
            RefusedCode::Vat,
            "It is not clear which VAT is charged, so the buyer cannot deduct it.",
        ),
        Code::ExemptionReason => (
            AsFound,
            RefusedCode::Vat,
            "Without the reason nobody knows who owes the VAT.",
        ),
        Code::VatIdPrefix => (
            Warn,
            RefusedCode::Vat,
            "Amount and account do not depend on it.",
        ),
        Code::IbanLength | Code::IbanPattern | Code::IbanCheckDigits | Code::IbanExpected => (
            Refuse,
            RefusedCode::Account,
            "A document that names one wrong account is not trusted with another.",
        ),
        Code::TooLarge | Code::MoreFindings => (
            Refuse,
            RefusedCode::NotChecked,
            "What was not checked is not paid.",
        ),
    }
}

/// Missing things that say nothing about money or VAT, by the rule that demands them: specification, payment means code, number of
/// a preceding invoice, schemes of electronic addresses.
pub const FORMAL: [&str; 5] = ["BR-01", "BR-49", "BR-55", "BR-62", "BR-63"];
/// Missing things that are obstacles: number, seller's name, amount due, account.
pub const COVERED: [&str; 4] = ["BR-02", "BR-06", "BR-15", "BR-61"];

/// As what an obstacle refuses.
pub fn obstacle(obstacle: &Obstacle) -> RefusedCode {
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

/// As what the host refuses a payment.
pub fn refused(kind: RefusalKind) -> RefusedCode {
    match kind {
        RefusalKind::Denied => RefusedCode::PaymentDenied,
        RefusalKind::Unavailable => RefusedCode::PaymentUnavailable,
        RefusalKind::Conflict => RefusedCode::AlreadyOrdered,
        RefusalKind::Invalid
        | RefusalKind::LimitReached
        | RefusalKind::NotFound
        | RefusalKind::Failed => RefusedCode::PaymentRefused,
    }
}

impl From<History> for AccountHistory {
    fn from(history: History) -> Self {
        match history {
            History::FirstPayment => AccountHistory::FirstPayment,
            History::Known => AccountHistory::Known,
            History::Changed => AccountHistory::Changed,
        }
    }
}

/// Why a credit stays open.
pub fn open(why: Why) -> OpenCode {
    match why {
        Why::NoInvoice => OpenCode::NoInvoice,
        Why::CreditExceeds => OpenCode::CreditExceeds,
        Why::TooLarge => OpenCode::TooLarge,
        Why::SeveralAccounts => OpenCode::SeveralAccounts,
    }
}

/// The same in words, and what to do about it.
pub fn message(code: OpenCode, kind: DocumentKind) -> &'static str {
    match (code, kind) {
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
    }
}
