//! Ways to pay, and the accounts to pay to.

use super::{shorten, text, texts};
use crate::document::{Account, Payment};
use crate::iban::classify;
use crate::xml::Node;

/// SEPA credit transfer: its account is an IBAN by the scheme's own rules.
const SEPA_CREDIT_TRANSFER: &str = "58";

pub(super) fn payments(root: Node<'_>) -> (Vec<Payment>, Vec<Account>) {
    let mut payments = Vec::new();
    let mut accounts = Vec::new();
    for (position, means) in root.children("PaymentMeans").enumerate() {
        let code = text(means, &["PaymentMeansCode"]);
        for account in means.children("PayeeFinancialAccount") {
            let Some(id) = account.child("ID").filter(|id| id.text().is_some()) else {
                continue;
            };
            let raw = id.text().map(shorten).unwrap_or_default();
            let called_iban = id
                .attribute("schemeID")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("IBAN"));
            let (normalised, kind) = classify(
                &raw,
                called_iban || code.as_deref() == Some(SEPA_CREDIT_TRANSFER),
            );
            accounts.push(Account {
                raw,
                normalised,
                kind,
                name: text(account, &["Name"]),
                bic: text(account, &["FinancialInstitutionBranch", "ID"]),
                payment: position,
            });
        }
        payments.push(Payment {
            code,
            references: texts(means, "PaymentID"),
            mandate: text(means, &["PaymentMandate", "ID"]),
            debited_account: text(means, &["PaymentMandate", "PayerFinancialAccount", "ID"]),
        });
    }
    (payments, accounts)
}
