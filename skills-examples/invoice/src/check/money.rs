//! Every amount: readable, in the document's currency, with no more decimal places than the currency has.

use super::{Check, error, quote, warning};
use crate::currency::minor_digits;
use crate::document::{AllowanceCharge, Amount};
use crate::finding::Code;

/// How many decimal places an amount may have.
#[derive(Clone, Copy)]
enum Places {
    /// Those of the currency.
    Minor,
    /// Any: prices.
    Any,
}

pub(super) fn amounts(check: &mut Check<'_>) {
    let document = check.document;
    currency(check, document.currency.as_deref(), "BT-5", "BR-CL-04");
    currency(check, document.tax_currency.as_deref(), "BT-6", "BR-CL-05");
    let main = document.currency.as_deref();
    for (position, line) in document.lines.iter().enumerate() {
        let place = format!("line {}", position + 1);
        amount(check, line.net.as_ref(), main, &place, Places::Minor);
        for price in [&line.price.net, &line.price.gross, &line.price.discount] {
            amount(check, price.as_ref(), main, &place, Places::Any);
        }
        allowances(check, &line.allowances_charges, main, &format!("{place} "));
    }
    allowances(check, &document.allowances_charges, main, "");
    for (position, group) in document.vat_breakdown.iter().enumerate() {
        let place = format!("vat row {}", position + 1);
        amount(check, group.taxable.as_ref(), main, &place, Places::Minor);
        amount(check, group.vat.as_ref(), main, &place, Places::Minor);
    }
    let totals = &document.totals;
    for (total, place) in [
        (&totals.lines, "BT-106"),
        (&totals.allowances, "BT-107"),
        (&totals.charges, "BT-108"),
        (&totals.tax_exclusive, "BT-109"),
        (&totals.vat, "BT-110"),
        (&totals.tax_inclusive, "BT-112"),
        (&totals.prepaid, "BT-113"),
        (&totals.rounding, "BT-114"),
        (&totals.payable, "BT-115"),
    ] {
        amount(check, total.as_ref(), main, place, Places::Minor);
    }
    let of_tax = document.tax_currency.as_deref();
    amount(
        check,
        totals.vat_in_tax_currency.as_ref(),
        of_tax,
        "BT-111",
        Places::Minor,
    );
}

fn allowances(check: &mut Check<'_>, list: &[AllowanceCharge], main: Option<&str>, prefix: &str) {
    for (position, each) in list.iter().enumerate() {
        let what = if each.is_charge == Some(true) {
            "charge"
        } else {
            "allowance"
        };
        let place = format!("{prefix}{what} {}", position + 1);
        amount(check, each.amount.as_ref(), main, &place, Places::Minor);
        amount(check, each.base.as_ref(), main, &place, Places::Minor);
    }
}

fn currency(check: &mut Check<'_>, code: Option<&str>, place: &str, rule: &str) {
    if let Some(code) = code
        && minor_digits(code).is_none()
    {
        let code = quote(code);
        let message = format!("{code} is not a currency that ISO 4217 lists.");
        check.add(
            error(Code::UnknownCurrency, place, message)
                .rule(rule)
                .actual(code),
        );
    }
}

fn amount(
    check: &mut Check<'_>,
    amount: Option<&Amount>,
    main: Option<&str>,
    place: &str,
    places: Places,
) {
    let Some(amount) = amount else {
        return;
    };
    super::lines::number(check, Some(&amount.number), place, "The amount");
    match (amount.currency.as_deref(), main) {
        (None, _) => check.missing("UBL 2.1", place, "The currency of the amount (currencyID)"),
        (Some(code), Some(main)) if code != main => {
            let code = quote(code);
            let message = format!(
                "The amount is in {code}, but the document is in {main}. Amounts in two currencies do not add up."
            );
            check.add(
                error(Code::MixedCurrency, place, message)
                    .rule("PEPPOL-EN16931-R051")
                    .values(main, code),
            );
        }
        _ => {}
    }
    let allowed = main.and_then(minor_digits);
    if let (Places::Minor, Some(value), Some(allowed)) = (places, amount.value(), allowed)
        && value.normalize().scale() > allowed
    {
        let value = value.to_string();
        let message = format!(
            "The amount {value} has more decimal places than the {allowed} of its currency; such an amount cannot be paid."
        );
        check.add(
            warning(Code::AmountDecimals, place, message)
                .rule("BR-DEC")
                .actual(value),
        );
    }
}
