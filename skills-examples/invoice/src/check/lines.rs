//! Lines, and the allowances and charges of lines and of the document.

use rust_decimal::Decimal;

use super::{Check, error, quote, sum, warning};
use crate::document::{AllowanceCharge, Amount, Line, NumberField};
use crate::finding::Code;

/// Tolerance of a product that was rounded, in minor units.
const PRODUCT_TOLERANCE: Decimal = Decimal::TWO;
/// EN 16931 writes amounts with two decimal places at most (BR-DEC-23 and its siblings), also in currencies that have three.
const COARSEST_PLACE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// How far a product that was rounded may lie from the exact one.
fn tolerance(unit: Decimal) -> Decimal {
    (PRODUCT_TOLERANCE * unit).max(COARSEST_PLACE)
}

pub(super) fn lines(check: &mut Check<'_>) {
    for (position, line) in check.document.lines.iter().enumerate() {
        let place = format!("line {}", position + 1);
        mandatory(check, line, &place);
        for (position, allowance) in line.allowances_charges.iter().enumerate() {
            let (what, rules) = match allowance.is_charge {
                Some(true) => ("charge", ["BR-43", "BR-44"]),
                _ => ("allowance", ["BR-41", "BR-42"]),
            };
            let place = format!("{place} {what} {}", position + 1);
            allowance_charge(check, allowance, &place, rules);
        }
        price(check, line, &place);
        net(check, line, &place);
    }
}

pub(super) fn document_allowances(check: &mut Check<'_>) {
    for (position, allowance) in check.document.allowances_charges.iter().enumerate() {
        let (what, rules, category) = match allowance.is_charge {
            Some(true) => ("charge", ["BR-36", "BR-38"], "BR-37"),
            _ => ("allowance", ["BR-31", "BR-33"], "BR-32"),
        };
        let place = format!("{what} {}", position + 1);
        allowance_charge(check, allowance, &place, rules);
        check.require(
            allowance.tax.code.is_some(),
            category,
            &place,
            "The VAT category code (BT-95 or BT-102)",
        );
    }
}

fn mandatory(check: &mut Check<'_>, line: &Line, place: &str) {
    let mut require = |present: bool, rule: &str, term: &str, name: &str| {
        check.require(present, rule, &format!("{place} {term}"), name);
    };
    require(
        line.id.is_some(),
        "BR-21",
        "BT-126",
        "The identifier of the line (BT-126)",
    );
    require(
        line.quantity.is_some(),
        "BR-22",
        "BT-129",
        "The quantity (BT-129)",
    );
    require(
        line.unit.is_some() || line.quantity.is_none(),
        "BR-23",
        "BT-130",
        "The unit of the quantity (BT-130)",
    );
    require(
        line.net.is_some(),
        "BR-24",
        "BT-131",
        "The net amount of the line (BT-131)",
    );
    require(
        line.item.is_some(),
        "BR-25",
        "BT-153",
        "The name of the item (BT-153)",
    );
    require(
        line.price.net.is_some(),
        "BR-26",
        "BT-146",
        "The net price (BT-146)",
    );
    require(
        line.tax.code.is_some(),
        "BR-CO-04",
        "BT-151",
        "The VAT category of the item (BT-151)",
    );
    number(check, line.quantity.as_ref(), place, "The quantity");
    number(
        check,
        line.price.base_quantity.as_ref(),
        place,
        "The quantity that the price is for",
    );
}

/// A number that is there but unreadable.
pub(super) fn number(check: &mut Check<'_>, number: Option<&NumberField>, place: &str, name: &str) {
    if let Some(NumberField { raw, value: None }) = number {
        let raw = quote(raw);
        let message = format!("{name} {raw} is no decimal number that can be computed with.");
        check.add(error(Code::UnreadableNumber, place, message).actual(raw));
    }
}

fn price(check: &mut Check<'_>, line: &Line, place: &str) {
    let price = &line.price;
    for (amount, rule, name) in [
        (&price.net, "BR-27", "net"),
        (&price.gross, "BR-28", "gross"),
    ] {
        if let Some(value) = amount.as_ref().and_then(Amount::value)
            && value < Decimal::ZERO
        {
            let message = format!(
                "The {name} price is negative. What is given back has a negative quantity instead."
            );
            check.add(
                error(Code::NegativePrice, place, message)
                    .rule(rule)
                    .actual(value.to_string()),
            );
        }
    }
    if let Some(base) = price.base_quantity.as_ref().and_then(|base| base.value)
        && base <= Decimal::ZERO
    {
        let message = format!("The price is for {base} units; it must be for more than zero.");
        check.add(
            error(Code::BaseQuantity, place, message)
                .rule("PEPPOL-EN16931-R121")
                .actual(base.to_string()),
        );
    }
    let value = |amount: &Option<Amount>| amount.as_ref().and_then(Amount::value);
    if let (Some(net), Some(gross)) = (value(&price.net), value(&price.gross)) {
        let expected = gross.checked_sub(value(&price.discount).unwrap_or_default());
        if let Some(expected) = expected
            && expected != net
        {
            let message = format!(
                "The gross price minus its discount is {expected}, but the net price is {net}. The line is computed with the net price."
            );
            check.add(
                warning(Code::GrossPrice, place, message)
                    .rule("PEPPOL-EN16931-R046")
                    .values(expected.to_string(), net.to_string()),
            );
        }
    }
}

/// Net = quantity × price ÷ base quantity − allowances + charges.
fn net(check: &mut Check<'_>, line: &Line, place: &str) {
    let Some(actual) = line.net.as_ref().and_then(Amount::value) else {
        return;
    };
    let quantity = line.quantity.as_ref().and_then(|quantity| quantity.value);
    let price = line.price.net.as_ref().and_then(Amount::value);
    let base = match &line.price.base_quantity {
        None => Some(Decimal::ONE),
        Some(base) => base.value.filter(|base| *base > Decimal::ZERO),
    };
    let (Some(quantity), Some(price), Some(base)) = (quantity, price, base) else {
        return;
    };
    let Some(added) = signed_sum(&line.allowances_charges) else {
        return;
    };
    let exact = quantity
        .checked_mul(price)
        .and_then(|product| product.checked_div(base))
        .and_then(|product| product.checked_add(added?));
    let Some(exact) = exact else {
        check.too_large(place);
        return;
    };
    if (actual - exact).abs() > tolerance(check.unit) {
        let (expected, actual) = (
            check.show(super::round(exact, check.unit)),
            check.show(actual),
        );
        let per = if base == Decimal::ONE {
            String::new()
        } else {
            format!(" for {base}")
        };
        let extras = if line.allowances_charges.is_empty() {
            ""
        } else {
            " with its allowances and charges"
        };
        let message = format!(
            "{quantity} at {price}{per}{extras} is {expected}, but the document says {actual}."
        );
        check.add(
            error(Code::LineNet, place, message)
                .rule("PEPPOL-EN16931-R120")
                .values(expected, actual),
        );
    }
}

/// Charges minus allowances. Outer none: one of them is unreadable or unclear. Inner none: too large.
pub(super) fn signed_sum(list: &[AllowanceCharge]) -> Option<Option<Decimal>> {
    let signed: Option<Vec<_>> = list.iter().map(signed).collect();
    Some(sum(signed?))
}

/// An allowance is taken off, a charge is added.
pub(super) fn signed(allowance: &AllowanceCharge) -> Option<Decimal> {
    let amount = allowance.amount.as_ref()?.value()?;
    Some(if allowance.is_charge? {
        amount
    } else {
        -amount
    })
}

fn allowance_charge(
    check: &mut Check<'_>,
    allowance: &AllowanceCharge,
    place: &str,
    [amount, reason]: [&str; 2],
) {
    if allowance.is_charge.is_none() {
        check.missing(
            "UBL-CR",
            place,
            "Whether it is an allowance or a charge (ChargeIndicator)",
        );
    }
    check.require(allowance.amount.is_some(), amount, place, "The amount");
    check.require(
        allowance.reason.is_some(),
        reason,
        &format!("{place} reason"),
        "The reason, in words or as a code,",
    );
    number(
        check,
        allowance.percentage.as_ref(),
        place,
        "The percentage",
    );
    let value = |amount: &Option<Amount>| amount.as_ref().and_then(Amount::value);
    let percentage = allowance
        .percentage
        .as_ref()
        .and_then(|percentage| percentage.value);
    let (Some(actual), Some(base), Some(percentage)) =
        (value(&allowance.amount), value(&allowance.base), percentage)
    else {
        return;
    };
    let exact = base
        .checked_mul(percentage)
        .and_then(|product| product.checked_div(Decimal::ONE_HUNDRED));
    let Some(exact) = exact else {
        check.too_large(place);
        return;
    };
    if (actual - exact).abs() > tolerance(check.unit) {
        let (expected, actual) = (
            check.show(super::round(exact, check.unit)),
            check.show(actual),
        );
        let message =
            format!("{percentage} % of {base} is {expected}, but the document says {actual}.");
        check.add(
            error(Code::AllowanceAmount, place, message)
                .rule("PEPPOL-EN16931-R040")
                .values(expected, actual),
        );
    }
}
