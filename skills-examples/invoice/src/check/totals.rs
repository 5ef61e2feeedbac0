//! The totals, each from what stands above it. Sums of rounded amounts are exact, so there is no tolerance.

use rust_decimal::Decimal;

use super::{Check, lines::signed, sum};
use crate::document::Amount;
use crate::finding::Code;

pub(super) fn totals(check: &mut Check<'_>) {
    let totals = &check.document.totals;
    check.require(
        totals.lines.is_some(),
        "BR-12",
        "BT-106",
        "The sum of the lines (BT-106)",
    );
    check.require(
        totals.tax_exclusive.is_some(),
        "BR-13",
        "BT-109",
        "The total without VAT (BT-109)",
    );
    check.require(
        totals.tax_inclusive.is_some(),
        "BR-14",
        "BT-112",
        "The total with VAT (BT-112)",
    );
    check.require(
        totals.payable.is_some(),
        "BR-15",
        "BT-115",
        "The amount due (BT-115)",
    );
    if check.document.tax_currency.is_some()
        && check.document.tax_currency != check.document.currency
    {
        check.require(
            totals.vat_in_tax_currency.is_some(),
            "BR-53",
            "BT-111",
            "The VAT in the currency of the tax authority (BT-111)",
        );
    }
    line_sum(check);
    allowance_sums(check);
    exclusive(check);
    inclusive(check);
    payable(check);
}

/// The number of an optional amount; zero if it is not there, none if it is unreadable.
fn optional(amount: &Option<Amount>) -> Option<Decimal> {
    match amount {
        None => Some(Decimal::ZERO),
        Some(amount) => amount.value(),
    }
}

fn compare(
    check: &mut Check<'_>,
    code: Code,
    rule: &str,
    place: &str,
    expected: Option<Decimal>,
    actual: Option<&Amount>,
    how: &str,
) {
    match expected {
        Some(expected) => check.differs(code, rule, place, expected, actual, how),
        None => check.too_large(place),
    }
}

fn line_sum(check: &mut Check<'_>) {
    let document = check.document;
    let nets: Option<Vec<_>> = document
        .lines
        .iter()
        .map(|line| line.net.as_ref()?.value())
        .collect();
    if let Some(nets) = nets
        && !nets.is_empty()
    {
        let actual = document.totals.lines.as_ref();
        compare(
            check,
            Code::LineSum,
            "BR-CO-10",
            "BT-106",
            sum(nets),
            actual,
            "The sum of the lines",
        );
    }
}

fn allowance_sums(check: &mut Check<'_>) {
    let document = check.document;
    for (is_charge, code, rule, place, total, how) in [
        (
            false,
            Code::AllowanceSum,
            "BR-CO-11",
            "BT-107",
            &document.totals.allowances,
            "The sum of the document's allowances",
        ),
        (
            true,
            Code::ChargeSum,
            "BR-CO-12",
            "BT-108",
            &document.totals.charges,
            "The sum of the document's charges",
        ),
    ] {
        let list = document
            .allowances_charges
            .iter()
            .filter(|each| each.is_charge == Some(is_charge));
        let amounts: Option<Vec<_>> = list
            .map(|each| signed(each).map(|amount| if is_charge { amount } else { -amount }))
            .collect();
        let Some(amounts) = amounts else {
            continue;
        };
        let expected = sum(amounts.iter().copied());
        match (total, expected) {
            (None, Some(expected)) if !expected.is_zero() => check.missing(rule, place, how),
            (None, _) => {}
            (total, expected) => compare(check, code, rule, place, expected, total.as_ref(), how),
        }
    }
}

fn exclusive(check: &mut Check<'_>) {
    let totals = &check.document.totals;
    let parts = (
        totals.lines.as_ref().and_then(Amount::value),
        optional(&totals.allowances),
        optional(&totals.charges),
    );
    if let (Some(lines), Some(allowances), Some(charges)) = parts {
        compare(
            check,
            Code::TaxExclusiveTotal,
            "BR-CO-13",
            "BT-109",
            sum([lines, -allowances, charges]),
            totals.tax_exclusive.as_ref(),
            "The sum of the lines minus allowances plus charges",
        );
    }
}

fn inclusive(check: &mut Check<'_>) {
    let totals = &check.document.totals;
    let parts = (
        totals.tax_exclusive.as_ref().and_then(Amount::value),
        optional(&totals.vat),
    );
    if let (Some(exclusive), Some(vat)) = parts {
        compare(
            check,
            Code::TaxInclusiveTotal,
            "BR-CO-15",
            "BT-112",
            sum([exclusive, vat]),
            totals.tax_inclusive.as_ref(),
            "The total without VAT plus VAT",
        );
    }
}

fn payable(check: &mut Check<'_>) {
    let totals = &check.document.totals;
    let parts = (
        totals.tax_inclusive.as_ref().and_then(Amount::value),
        optional(&totals.prepaid),
        optional(&totals.rounding),
    );
    if let (Some(inclusive), Some(prepaid), Some(rounding)) = parts {
        compare(
            check,
            Code::PayableTotal,
            "BR-CO-16",
            "BT-115",
            sum([inclusive, -prepaid, rounding]),
            totals.payable.as_ref(),
            "The total with VAT minus what is paid plus the rounding",
        );
    }
}
