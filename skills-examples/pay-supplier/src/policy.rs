//! Which findings of the check refuse a document and which only warn, each with the reason.
//!
//! The rule behind the table: whatever decides **how much, in what currency, to whom and whether at all** refuses, and so does what
//! the buyer needs to deduct the VAT, because a paid invoice is rarely corrected. What only says how the document was made or sent
//! warns.

use guildhall_invoice::{Code, Finding, Severity};

use crate::bindings::{Reason, RefusedCode};

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

/// What one finding leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// Not paid.
    Refused(Reason),
    /// Paid; the text is shown.
    Shown(String),
    /// Said in other words by this skill's own rules (`claim`).
    Covered,
}

use Consequence::{AsFound, Refuse, Warn};

/// The table.
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
const FORMAL: [&str; 5] = ["BR-01", "BR-49", "BR-55", "BR-62", "BR-63"];
/// Missing things that `claim` refuses by itself: number, seller's name, amount due, account.
const COVERED: [&str; 4] = ["BR-02", "BR-06", "BR-15", "BR-61"];

/// Applies the table. To a credit nothing is paid, so its accounts do not matter.
pub fn judge(finding: &Finding, is_credit: bool) -> Judgement {
    let (consequence, code, why) = policy(finding.code);
    let rule = finding.rule.as_deref().unwrap_or_default();
    let is_missing = finding.code == Code::Missing;
    if is_missing && COVERED.contains(&rule) {
        return Judgement::Covered;
    }
    let refuses = match consequence {
        _ if is_missing && FORMAL.contains(&rule) => false,
        _ if is_credit && code == RefusedCode::Account => false,
        Refuse => true,
        Warn => false,
        AsFound => finding.severity == Severity::Error,
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
        Refuse => finding.message.clone(),
        Warn | AsFound => format!("{} {why}", finding.message),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn finding(code: Code, severity: Severity, rule: &str) -> Finding {
        Finding {
            code,
            severity,
            rule: Some(rule.to_owned()),
            place: "BT-1".to_owned(),
            message: "Something.".to_owned(),
            expected: None,
            actual: None,
        }
    }

    #[test]
    fn every_kind_of_finding_has_a_row_in_the_readers_table_with_its_consequence() {
        let readme = include_str!("../README.md");
        for code in Code::ALL {
            let row = readme
                .lines()
                .find(|line| {
                    line.starts_with('|') && line.contains(&format!("`{}`", code.as_str()))
                })
                .unwrap_or_else(|| panic!("README.md does not name {}", code.as_str()));
            let (consequence, _, why) = policy(*code);
            let word = match consequence {
                Refuse => "refused",
                Warn => "shown",
                AsFound => "an error is refused, a warning shown",
            };
            assert!(row.contains(&format!("| {word} |")), "{row}");
            assert!(row.contains(why.trim_end_matches('.')), "{row}: {why}");
        }
    }

    #[test]
    fn a_warning_about_rounding_is_shown_and_an_error_refuses() {
        let judged = |severity| judge(&finding(Code::VatAmount, severity, "BR-CO-17"), false);
        assert!(matches!(judged(Severity::Warning), Judgement::Shown(_)));
        assert!(matches!(judged(Severity::Error), Judgement::Refused(_)));
    }

    #[test]
    fn the_grave_ones_refuse_even_where_the_check_only_warns() {
        for code in [
            Code::AmountDecimals,
            Code::FutureDate,
            Code::CreditNoteSign,
            Code::IbanExpected,
        ] {
            let judged = judge(&finding(code, Severity::Warning, ""), false);
            assert!(matches!(judged, Judgement::Refused(_)), "{code:?}");
        }
    }

    #[test]
    fn formal_gaps_are_shown_and_those_of_identity_refuse() {
        let judged = |rule| judge(&finding(Code::Missing, Severity::Error, rule), false);
        assert_eq!(judged("BR-62"), Judgement::Shown("Something.".to_owned()));
        assert!(matches!(judged("BR-08"), Judgement::Refused(_)));
        assert_eq!(judged("BR-61"), Judgement::Covered);
    }

    #[test]
    fn a_wrong_account_matters_only_where_it_would_be_paid() {
        let wrong = finding(Code::IbanCheckDigits, Severity::Error, "");
        assert!(matches!(judge(&wrong, false), Judgement::Refused(_)));
        assert!(matches!(judge(&wrong, true), Judgement::Shown(_)));
    }
}
