//! The VAT breakdown against the lines, allowances and charges it sums up, and against its own rates.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Check, draft, error, lines::signed, round, sum};
use crate::document::{Amount, TaxCategory, VatGroup};
use crate::finding::{Code, Severity};

/// From here on a difference is an error: the official validation artefacts accept what is below 1.00.
const ACCEPTED_BELOW: Decimal = Decimal::ONE;
const HALF: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// What lines, allowances and charges of one category and rate add up to.
#[derive(Default)]
struct Contribution {
    amounts: Vec<Decimal>,
    /// Something of it is missing or unreadable, so that its sum is unknown.
    unclear: bool,
}

/// Category code and rate. The rate of a category that has none counts as zero.
type Key = (String, Decimal);

fn key(tax: &TaxCategory) -> Option<Key> {
    let rate = match &tax.rate {
        None => Decimal::ZERO,
        Some(rate) => rate.value?,
    };
    Some((tax.code.clone()?, rate.normalize()))
}

fn place((code, rate): &Key) -> String {
    let code: String = code.chars().take(8).collect();
    format!("vat {code} {rate}")
}

pub(super) fn breakdown(check: &mut Check<'_>) {
    let document = check.document;
    check.require(
        !document.vat_breakdown.is_empty(),
        "BR-CO-18",
        "BG-23",
        "The VAT breakdown (BG-23)",
    );
    let (contributions, all_clear) = contributions(check);
    let mut seen = BTreeMap::new();
    for (position, group) in document.vat_breakdown.iter().enumerate() {
        let number = format!("vat row {}", position + 1);
        check.require(
            group.taxable.is_some(),
            "BR-45",
            &number,
            "The taxable amount (BT-116)",
        );
        check.require(group.vat.is_some(), "BR-46", &number, "The VAT (BT-117)");
        let Some(key) = key(&group.tax) else {
            continue;
        };
        let place = place(&key);
        if seen.insert(key.clone(), ()).is_some() {
            let message = "The VAT breakdown has this category and rate twice.".to_owned();
            check.add(
                error(Code::VatGroupTwice, place, message)
                    .rule(&format!("BR-{}-01", rule_letters(&key.0))),
            );
            continue;
        }
        let contribution = contributions.get(&key);
        if all_clear && !contribution.is_some_and(|contribution| contribution.unclear) {
            taxable(check, group, &key, contribution, &place);
        }
        vat(check, group, &key, contribution, &place);
    }
    if !document.vat_breakdown.is_empty() {
        for (key, _) in contributions
            .iter()
            .filter(|(key, _)| !seen.contains_key(*key))
        {
            let message = "Lines, allowances or charges have this VAT category and rate, but the VAT breakdown does not.".to_owned();
            check.add(
                error(Code::VatGroupMissing, place(key), message)
                    .rule(&format!("BR-{}-01", rule_letters(&key.0))),
            );
        }
    }
    vat_sum(check);
}

/// What each category and rate gets from lines, charges and allowances, and whether all of them could be assigned.
fn contributions(check: &Check<'_>) -> (BTreeMap<Key, Contribution>, bool) {
    let mut found: BTreeMap<Key, Contribution> = BTreeMap::new();
    let mut all_clear = true;
    let of_lines = check
        .document
        .lines
        .iter()
        .map(|line| (&line.tax, line.net.as_ref().and_then(Amount::value)));
    let of_document = check
        .document
        .allowances_charges
        .iter()
        .map(|each| (&each.tax, signed(each)));
    for (tax, amount) in of_lines.chain(of_document) {
        match key(tax) {
            None => all_clear = false,
            Some(key) => {
                let contribution = found.entry(key).or_default();
                contribution.unclear |= amount.is_none();
                contribution.amounts.extend(amount);
            }
        }
    }
    (found, all_clear)
}

fn taxable(
    check: &mut Check<'_>,
    group: &VatGroup,
    key: &Key,
    contribution: Option<&Contribution>,
    place: &str,
) {
    let Some(actual) = group.taxable.as_ref().and_then(Amount::value) else {
        return;
    };
    let amounts = contribution
        .map(|contribution| contribution.amounts.as_slice())
        .unwrap_or_default();
    let Some(expected) = sum(amounts.iter().copied()) else {
        check.too_large(place);
        return;
    };
    let difference = (actual - expected).abs();
    if difference.is_zero() {
        return;
    }
    let severity = severity(difference, ACCEPTED_BELOW);
    let (expected, actual) = (check.show(expected), check.show(actual));
    let message = format!(
        "Lines, charges and allowances of this category and rate add up to {expected}, but the document says {actual}.{}",
        accepted(severity)
    );
    let rule = format!("BR-{}-08", rule_letters(&key.0));
    check.add(
        draft(Code::VatTaxable, severity, place, message)
            .rule(&rule)
            .values(expected, actual),
    );
}

fn vat(
    check: &mut Check<'_>,
    group: &VatGroup,
    key: &Key,
    contribution: Option<&Contribution>,
    place: &str,
) {
    let value = |amount: &Option<Amount>| amount.as_ref().and_then(Amount::value);
    let (Some(taxable), Some(actual)) = (value(&group.taxable), value(&group.vat)) else {
        return;
    };
    let exact = taxable
        .checked_mul(key.1)
        .and_then(|product| product.checked_div(Decimal::ONE_HUNDRED));
    let Some(exact) = exact else {
        check.too_large(place);
        return;
    };
    let expected = round(exact, check.unit);
    if actual == expected {
        return;
    }
    let roundings = contribution.map_or(0, |contribution| contribution.amounts.len());
    let line_by_line = HALF * check.unit * Decimal::from(roundings);
    let severity = severity((actual - exact).abs(), ACCEPTED_BELOW.max(line_by_line));
    let (expected, actual) = (check.show(expected), check.show(actual));
    let message = format!(
        "{} % of {} is {expected}, but the document says {actual}.{}",
        key.1,
        check.show(taxable),
        accepted(severity)
    );
    check.add(
        draft(Code::VatAmount, severity, place, message)
            .rule("BR-CO-17")
            .values(expected, actual),
    );
}

fn severity(difference: Decimal, accepted_below: Decimal) -> Severity {
    if difference < accepted_below {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn accepted(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => {
            " Official validators accept a difference this small; rounding line by line may explain it."
        }
        Severity::Error => "",
    }
}

fn vat_sum(check: &mut Check<'_>) {
    let document = check.document;
    let amounts: Option<Vec<_>> = document
        .vat_breakdown
        .iter()
        .map(|group| group.vat.as_ref()?.value())
        .collect();
    let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) else {
        return;
    };
    let place = "BT-110";
    match sum(amounts) {
        Some(expected) => {
            let actual = document.totals.vat.as_ref();
            check.differs(
                Code::VatSum,
                "BR-CO-14",
                place,
                expected,
                actual,
                "The sum of the VAT breakdown",
            );
        }
        None => check.too_large(place),
    }
}

/// The letters that rules use for a category: `IC` for `K`, `IG` for `L`, `IP` for `M`.
pub(super) fn rule_letters(code: &str) -> &str {
    match code {
        "K" => "IC",
        "L" => "AF",
        "M" => "AG",
        "S" | "Z" | "E" | "AE" | "G" | "O" | "B" => code,
        _ => "S",
    }
}
