//! VAT categories: the code, the rate that goes with it, the reason, and whose VAT identifiers it needs.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::vat::rule_letters;
use super::{Check, error, lines::number, quote, warning};
use crate::document::TaxCategory;
use crate::finding::Code;

/// EN 16931's subset of UNCL 5305: code, rate, and whether it needs a reason why there is no VAT.
const CATEGORIES: [(&str, Rate, bool); 10] = [
    ("S", Rate::Positive, false),
    ("Z", Rate::Zero, false),
    ("E", Rate::Zero, true),
    ("AE", Rate::Zero, true),
    ("K", Rate::Zero, true),
    ("G", Rate::Zero, true),
    ("O", Rate::None, true),
    ("L", Rate::NotNegative, false),
    ("M", Rate::NotNegative, false),
    ("B", Rate::NotNegative, false),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rate {
    Positive,
    NotNegative,
    Zero,
    None,
}

impl Rate {
    fn allows(self, rate: Option<Decimal>) -> bool {
        match (self, rate) {
            (Rate::Positive, Some(rate)) => rate > Decimal::ZERO,
            (Rate::NotNegative, Some(rate)) => rate >= Decimal::ZERO,
            (Rate::Zero, Some(rate)) => rate.is_zero(),
            // A rate of zero says the same as none.
            (Rate::None, rate) => rate.is_none_or(|rate| rate.is_zero()),
            (_, None) => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Rate::Positive => "a rate above zero",
            Rate::NotNegative => "a rate of zero or more",
            Rate::Zero => "the rate zero",
            Rate::None => "no rate",
        }
    }
}

pub(super) fn categories(check: &mut Check<'_>) {
    let document = check.document;
    for (position, line) in document.lines.iter().enumerate() {
        category(check, &line.tax, &format!("line {}", position + 1), "05");
    }
    for (position, each) in document.allowances_charges.iter().enumerate() {
        let (what, rule) = if each.is_charge == Some(true) {
            ("charge", "07")
        } else {
            ("allowance", "06")
        };
        category(check, &each.tax, &format!("{what} {}", position + 1), rule);
    }
    for (position, group) in document.vat_breakdown.iter().enumerate() {
        let place = format!("vat row {}", position + 1);
        check.require(
            group.tax.code.is_some(),
            "BR-47",
            &place,
            "The VAT category code (BT-118)",
        );
        category(check, &group.tax, &place, "05");
        reason(check, &group.tax, group.exemption_reason.is_some(), &place);
    }
    identifiers(check);
    within_the_union(check);
}

fn category(check: &mut Check<'_>, tax: &TaxCategory, place: &str, rule: &str) {
    number(check, tax.rate.as_ref(), place, "The VAT rate");
    let Some(code) = tax.code.as_deref() else {
        return;
    };
    let Some((_, rate, _)) = CATEGORIES.iter().find(|(known, _, _)| *known == code) else {
        let code = quote(code);
        let message = format!(
            "The VAT category {code} is none of EN 16931's: S, Z, E, AE, K, G, O, L, M, B."
        );
        check.add(
            error(Code::VatCategory, place, message)
                .rule("BR-CL-18")
                .actual(code),
        );
        return;
    };
    let actual = match &tax.rate {
        None => None,
        // Unreadable: found above.
        Some(rate) if rate.value.is_none() => return,
        Some(rate) => rate.value,
    };
    if !rate.allows(actual) {
        let shown = actual.map_or("none".to_owned(), |rate| rate.to_string());
        let message = format!(
            "The VAT category {code} has {}, but the document gives {shown}.",
            rate.words()
        );
        let rule = format!("BR-{}-{rule}", rule_letters(code));
        check.add(
            error(Code::VatRate, place, message)
                .rule(&rule)
                .actual(shown),
        );
    }
}

fn reason(check: &mut Check<'_>, tax: &TaxCategory, given: bool, place: &str) {
    let Some(code) = tax.code.as_deref() else {
        return;
    };
    let Some((_, _, needed)) = CATEGORIES.iter().find(|(known, _, _)| *known == code) else {
        return;
    };
    let rule = format!("BR-{}-10", rule_letters(code));
    if *needed && !given {
        let message = format!(
            "The VAT category {code} is not taxed, but the reason (BT-120 or BT-121) is missing."
        );
        check.add(error(Code::ExemptionReason, place, message).rule(&rule));
    } else if !needed && given && matches!(code, "S" | "Z") {
        let message = format!(
            "The VAT category {code} has a reason why it is not taxed (BT-120 or BT-121); that does not go together."
        );
        check.add(warning(Code::ExemptionReason, place, message).rule(&rule));
    }
}

/// The codes that lines, allowances and charges use.
fn used<'d>(check: &Check<'d>) -> BTreeSet<&'d str> {
    let document = check.document;
    let of_lines = document.lines.iter().map(|line| &line.tax);
    let of_document = document.allowances_charges.iter().map(|each| &each.tax);
    of_lines
        .chain(of_document)
        .filter_map(|tax| tax.code.as_deref())
        .collect()
}

/// Who charges VAT must say under which identifier; where the buyer accounts for it, the buyer too.
fn identifiers(check: &mut Check<'_>) {
    let document = check.document;
    let used = used(check);
    let by_representative = document
        .tax_representative
        .as_ref()
        .is_some_and(|party| party.vat_id.is_some());
    let seller_vat = document.seller.vat_id.is_some() || by_representative;
    let seller = seller_vat || document.seller.tax_registration.is_some();
    let buyer = document.buyer.vat_id.is_some();
    for code in ["S", "Z", "E", "AE", "K", "G", "L", "M"] {
        if !used.contains(code) {
            continue;
        }
        let enough = if matches!(code, "K" | "G") {
            seller_vat
        } else {
            seller
        };
        if !enough {
            let rule = format!("BR-{}-02", rule_letters(code));
            check.missing(
                &rule,
                "BT-31",
                &format!(
                    "The VAT identifier of the seller (BT-31), which the VAT category {code} needs,"
                ),
            );
            break;
        }
    }
    if used.contains("AE") {
        check.require(
            buyer || document.buyer.legal_id.is_some(),
            "BR-AE-02",
            "BT-48",
            "The VAT identifier (BT-48) or legal registration (BT-47) of the buyer, who owes the VAT under reverse charge,",
        );
    }
    if used.contains("K") {
        check.require(buyer, "BR-IC-02", "BT-48", "The VAT identifier of the buyer (BT-48), without which a supply within the EU is not exempt,");
    }
}

/// A supply within the EU is exempt only if the goods went to another member state.
fn within_the_union(check: &mut Check<'_>) {
    let document = check.document;
    if document
        .vat_breakdown
        .iter()
        .any(|group| group.tax.code.as_deref() == Some("K"))
    {
        let dated = document.delivery_date.is_some()
            || document.period.start.is_some()
            || document.period.end.is_some();
        check.require(
            dated,
            "BR-IC-11",
            "BT-72",
            "The date of delivery (BT-72) or the period (BG-14) of a supply within the EU",
        );
        check.require(
            document.delivery_country.is_some(),
            "BR-IC-12",
            "BT-80",
            "The country of delivery (BT-80) of a supply within the EU",
        );
    }
}
