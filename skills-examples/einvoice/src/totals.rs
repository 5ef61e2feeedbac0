//! Sums: the VAT breakdown by category and rate, and the totals (BR-CO-10 to BR-CO-17).

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Add;

use guildhall_ubl::{Draft, Exact, Scale, round_ratio, shown};

use crate::bindings::{AdjustmentKind, Einvoice, Order, VatRow};
use crate::lines::Taxed;
use crate::rules;
use crate::table::*;
use crate::tax::{Reason, Tax};

/// One row of the VAT breakdown.
struct Row {
    tax: Tax,
    taxable: i128,
    vat: i128,
    reason: Reason,
}

/// Adds everything up, writes it and says it in money.
pub fn totals(
    draft: &mut Draft,
    order: &Order,
    taxed: &[Taxed<'_>],
    in_tax_currency: Option<(Scale, i128)>,
) -> Option<Einvoice> {
    let rows = rows(draft, order, taxed);
    // None where there are none: BR-CO-11 and BR-CO-12 want a sum of nothing left out.
    let sum = |kind| {
        let of_kind = taxed.iter().filter(|each| each.kind == kind);
        of_kind.map(|each| each.amount).reduce(Add::add)
    };
    let lines = sum(None).unwrap_or(0);
    let allowances = sum(Some(AdjustmentKind::Allowance)).map(|sum| -sum);
    let charges = sum(Some(AdjustmentKind::Charge));
    let net = lines - allowances.unwrap_or(0) + charges.unwrap_or(0);
    let vat = rows.iter().map(|row| row.vat).sum();
    let prepaid = order.prepaid.as_ref();
    let prepaid = prepaid.map_or(0, |money| draft.money(BT_113, money));
    let due = net + vat - prepaid;
    let step = step(draft, order.payable_step);
    let payable = round_ratio(due, step).unwrap_or(due) * step;

    draft.group("TaxTotal", |draft| {
        draft.amount("TaxAmount", vat);
        for row in &rows {
            draft.group("TaxSubtotal", |draft| {
                draft.amount("TaxableAmount", row.taxable);
                draft.amount("TaxAmount", row.vat);
                Tax::write(Some(row.tax), draft, "TaxCategory", Some(&row.reason));
            });
        }
    });
    if let Some((scale, vat)) = in_tax_currency {
        draft.group("TaxTotal", |draft| draft.amount_in(scale, "TaxAmount", vat));
    }
    draft.group("LegalMonetaryTotal", |draft| {
        let some = |amount: i128| (amount != 0).then_some(amount);
        draft.amount("LineExtensionAmount", lines);
        draft.amount("TaxExclusiveAmount", net);
        draft.amount("TaxInclusiveAmount", net + vat);
        draft.amount("AllowanceTotalAmount", allowances);
        draft.amount("ChargeTotalAmount", charges);
        draft.amount("PrepaidAmount", some(prepaid));
        draft.amount("PayableRoundingAmount", some(payable - due));
        draft.amount("PayableAmount", payable);
    });
    rules::check(draft, order, taxed, payable);

    let mut money = |amount| draft.in_money(BT_115, amount);
    let mut vat_rows = Vec::new();
    for row in &rows {
        vat_rows.push(VatRow {
            category: row.tax.category.code.to_owned(),
            rate: row.tax.rate.map(|rate| rate.to_string()),
            taxable: money(row.taxable)?,
            vat: money(row.vat)?,
        });
    }
    Some(Einvoice {
        xml: String::new(),
        number: order.number.trim().to_owned(),
        lines: money(lines)?,
        allowances: money(allowances.unwrap_or(0))?,
        charges: money(charges.unwrap_or(0))?,
        net: money(net)?,
        vat: money(vat)?,
        gross: money(net + vat)?,
        payable: money(payable)?,
        vat_rows,
    })
}

/// What the amount due is rounded to.
fn step(draft: &mut Draft, given: Option<u32>) -> i128 {
    let (Some(step), Some(scale)) = (given, draft.scale()) else {
        return 1;
    };
    let step = scale.amount(step.into()).unwrap_or(0);
    draft.require(step > 0, STEP, &[&scale.exact(1), &scale.code()]);
    step.max(1)
}

fn rows(draft: &mut Draft, order: &Order, taxed: &[Taxed<'_>]) -> Vec<Row> {
    let mut sums: BTreeMap<Tax, (i128, Option<String>)> = BTreeMap::new();
    for each in taxed {
        let (sum, reason) = sums.entry(each.tax).or_default();
        *sum += each.amount;
        let given = each.vat.and_then(|vat| vat.reason.as_ref());
        let given = draft.optional(BT_120, given);
        if let (Some(known), Some(given)) = (&reason, &given) {
            let about: [&dyn Display; 3] = [&each.tax.category.code, &shown(known), &shown(given)];
            draft.require(known == given, TWO_REASONS, &about);
        }
        *reason = reason.take().or(given);
    }
    let country = order.seller.address.country.trim();
    let row = |(tax, (taxable, reason)): (Tax, (i128, _))| Row {
        tax,
        taxable,
        vat: draft.share(BT_115, taxable, tax.rate.unwrap_or(Exact::ZERO)),
        reason: tax.reason(draft, reason, country),
    };
    sums.into_iter().map(row).collect()
}
