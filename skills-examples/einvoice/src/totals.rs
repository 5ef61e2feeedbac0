//! Sums: the VAT breakdown by category and rate, and the totals (BR-CO-10 to BR-CO-17).

use std::collections::BTreeMap;

use guildhall_ubl::{Exact, Problems, round_ratio};

use crate::category::Tax;
use crate::lines::{Adjustment, Line};
use crate::scale::{Scale, too_large, within};

const HUNDRED: Exact = Exact::new(100, 0);

/// One row of the VAT breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Category and rate.
    pub tax: Tax,
    /// Taxable amount.
    pub taxable: i128,
    /// VAT.
    pub vat: i128,
}

/// All sums of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows, by category and rate.
    pub rows: Vec<Row>,
    /// Sum of the lines.
    pub lines: i128,
    /// Sum of the document's allowances.
    pub allowances: i128,
    /// Sum of the document's charges.
    pub charges: i128,
    /// Without VAT.
    pub net: i128,
    /// VAT.
    pub vat: i128,
    /// With VAT.
    pub gross: i128,
    /// Paid already.
    pub prepaid: i128,
    /// Added so that a round amount is to be paid.
    pub rounding: i128,
    /// To be paid.
    pub payable: i128,
}

/// Adds everything up. `step` is what the amount due is rounded to.
pub fn totals(
    problems: &mut Problems,
    scale: Scale,
    lines: &[Line],
    adjustments: &[(Tax, Adjustment)],
    prepaid: i128,
    step: i128,
) -> Option<Totals> {
    let found = add_up(scale, lines, adjustments, prepaid, step);
    if found.is_none() {
        problems.add("BT-115", "", too_large("The amount due", "BT-115"));
    }
    found
}

fn add_up(
    scale: Scale,
    lines: &[Line],
    adjustments: &[(Tax, Adjustment)],
    prepaid: i128,
    step: i128,
) -> Option<Totals> {
    let mut taxable: BTreeMap<Tax, i128> = BTreeMap::new();
    let of_lines = lines.iter().map(|line| (line.tax, line.net));
    let of_document = adjustments.iter().map(|(tax, each)| (*tax, each.signed()));
    for (tax, amount) in of_lines.chain(of_document) {
        let sum = taxable.entry(tax).or_default();
        *sum = within(*sum + amount)?;
    }
    let rows = taxable
        .into_iter()
        .map(|(tax, taxable)| {
            let rate = tax.rate.unwrap_or(Exact::ZERO);
            let vat = Exact::new(taxable, scale.places()).product(rate, HUNDRED, scale.places())?;
            Some(Row { tax, taxable, vat })
        })
        .collect::<Option<Vec<_>>>()?;
    let of_kind = |charge: bool| {
        let of_kind = adjustments.iter().filter(|(_, each)| each.charge == charge);
        sum(of_kind.map(|(_, each)| each.amount))
    };
    let lines = sum(lines.iter().map(|line| line.net))?;
    let (allowances, charges) = (of_kind(false)?, of_kind(true)?);
    let net = within(lines - allowances + charges)?;
    let vat = sum(rows.iter().map(|row| row.vat))?;
    let gross = within(net + vat)?;
    let due = within(gross - prepaid)?;
    let payable = within(round_ratio(due, step)? * step)?;
    Some(Totals {
        rows,
        lines,
        allowances,
        charges,
        net,
        vat,
        gross,
        prepaid,
        rounding: payable - due,
        payable,
    })
}

fn sum(mut amounts: impl Iterator<Item = i128>) -> Option<i128> {
    amounts.try_fold(0, |sum, amount| within(sum + amount))
}
