//! Ways to pay and accounts.

use super::{Check, error, quote, warning};
use crate::document::Account;
use crate::finding::Code;
use crate::iban::{AccountKind, IbanProblem};

pub(super) fn payments(check: &mut Check<'_>) {
    let document = check.document;
    for (position, payment) in document.payments.iter().enumerate() {
        let place = format!("payment {}", position + 1);
        check.require(
            payment.code.is_some(),
            "BR-49",
            &place,
            "The payment means code (BT-81)",
        );
        let by_transfer = matches!(payment.code.as_deref(), Some("30" | "58"));
        let has_account = document
            .accounts
            .iter()
            .any(|account| account.payment == position);
        check.require(
            !by_transfer || has_account,
            "BR-61",
            &place,
            "The account to pay to (BT-84) of a credit transfer",
        );
    }
    for (position, account) in document.accounts.iter().enumerate() {
        if let AccountKind::BadIban(problem) = account.kind {
            bad_iban(
                check,
                account,
                problem,
                &format!("account {}", position + 1),
            );
        }
    }
}

fn bad_iban(check: &mut Check<'_>, account: &Account, problem: IbanProblem, place: &str) {
    let raw = quote(&account.raw);
    let country: String = account.normalised.chars().take(2).collect();
    let draft = match problem {
        IbanProblem::Length { expected, actual } => {
            let message = format!(
                "An IBAN of {country} has {expected} characters; {raw} has {actual}. Do not pay to it: ask the seller, not by replying to the invoice."
            );
            error(Code::IbanLength, place, message).values(expected.to_string(), actual.to_string())
        }
        IbanProblem::Pattern => {
            let message = format!(
                "{raw} has letters where an IBAN of {country} has digits, or the other way round. Do not pay to it: ask the seller, not by replying to the invoice."
            );
            error(Code::IbanPattern, place, message).actual(raw)
        }
        IbanProblem::CheckDigits => {
            let message = format!(
                "The check digits of the IBAN {raw} do not fit: at least one character is wrong. Do not pay to it: ask the seller, not by replying to the invoice."
            );
            error(Code::IbanCheckDigits, place, message).actual(raw)
        }
        IbanProblem::NotAnIban => {
            let message = format!(
                "The document asks for a SEPA transfer or calls the account an IBAN, but {raw} is not an IBAN of any registered country."
            );
            warning(Code::IbanExpected, place, message).actual(raw)
        }
    };
    check.add(draft);
}
