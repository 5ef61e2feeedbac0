//! Lines, allowances and charges: computed exactly, each product rounded once.

use std::collections::BTreeMap;

use guildhall_ubl::{Draft, Exact};

use crate::bindings::{AdjustmentKind, Line, Order, Size, Vat};
use crate::table::*;
use crate::tax::Tax;

/// An amount that VAT is due on: of a line, or of an allowance or charge of the document.
pub struct Taxed<'o> {
    /// Which of the two; none for a line.
    pub kind: Option<AdjustmentKind>,
    /// Category and rate.
    pub tax: Tax,
    /// What it adds to the document.
    pub amount: i128,
    /// What was given, for the reason that may be in it.
    pub vat: Option<&'o Vat>,
}

/// Writes and computes line `number`. None if it cannot be taxed.
pub fn line<'o>(
    draft: &mut Draft,
    names: &Names,
    number: usize,
    given: &'o Line,
) -> Option<Taxed<'o>> {
    let quantity = draft.parse(BT_129, &given.quantity, DECIMAL, Exact::parse);
    let price = draft.parse(BT_146, &given.price, DECIMAL, Exact::parse);
    let price_for = draft.parse(BT_149, &given.price_for, DECIMAL, Exact::parse);
    let (quantity, price) = (quantity.unwrap_or_default(), price.unwrap_or_default());
    draft.require(!price.is_negative(), NEGATIVE_PRICE, &[]);
    let for_some = price_for.is_none_or(|each| each.is_positive());
    draft.require(for_some, PRICE_FOR_NOTHING, &[]);
    let unit = draft.unit(BT_130, &given.unit, UNKNOWN_UNIT);
    let tax = Tax::read(draft, BT_152, &given.vat);

    let by = price_for.unwrap_or(Exact::ONE);
    let product = draft.product(BT_131, quantity, price, by);
    let (adjusted, adjustments) = draft.part(|draft| {
        let mut sum = 0;
        for each in &given.adjustments {
            let terms = adjustment_terms(each.kind, true);
            let given = (each.kind, &each.size, &each.reason);
            sum += adjustment(draft, &terms, given, product, None);
        }
        sum
    });
    let amount = draft.bounded(BT_131, product + adjusted);
    let days = given.period.as_ref();
    let days = days.map(|days| (&days.start, &days.end));
    draft.group(names.line, |draft| {
        draft.leaf("ID", number);
        draft.measure(names.quantity, &unit, quantity);
        draft.amount("LineExtensionAmount", amount);
        draft.period([BT_134, BT_135], "BR-30", days);
        draft.put(adjustments);
        draft.group("Item", |draft| {
            draft.optional(BT_154, &given.description);
            draft.required(BT_153, &given.name);
            draft.optional(BT_155, &given.item_number);
            draft.country(BT_159, "BR-CL-15", &given.origin);
            Tax::write(tax, draft, "ClassifiedTaxCategory", None);
        });
        draft.price("Price/PriceAmount", price);
        draft.measure("Price/BaseQuantity", &unit, price_for);
    });
    Some(Taxed {
        kind: None,
        tax: tax?,
        amount,
        vat: Some(&given.vat),
    })
}

/// Writes allowances and charges of the document. Percent without a category of its own is taken of every row of lines by itself.
pub fn adjustments<'o>(draft: &mut Draft, order: &'o Order, taxed: &mut Vec<Taxed<'o>>) {
    let mut rows: BTreeMap<Tax, i128> = BTreeMap::new();
    for line in taxed.iter() {
        *rows.entry(line.tax).or_default() += line.amount;
    }
    for (position, each) in order.adjustments.iter().enumerate() {
        let terms = adjustment_terms(each.kind, false);
        draft.within(format!("{} {}", terms.place, position + 1), |draft| {
            let taxes: Vec<_> = match &each.vat {
                Some(vat) => Vec::from_iter(Tax::read(draft, terms.rate, vat)),
                None => rows.keys().copied().collect(),
            };
            let clear = matches!(each.size, Size::Percent(_)) || taxes.len() < 2;
            let field = terms.category;
            draft.check(clear, field, field.rule, NO_CATEGORY);
            for tax in taxes {
                let base = rows.get(&tax).copied().unwrap_or_default();
                let given = (each.kind, &each.size, &each.reason);
                taxed.push(Taxed {
                    kind: Some(each.kind),
                    tax,
                    amount: adjustment(draft, &terms, given, base, Some(tax)),
                    vat: each.vat.as_ref(),
                });
            }
        });
    }
}

/// Writes one allowance or charge of `base` and says what it adds.
fn adjustment(
    draft: &mut Draft,
    terms: &AdjustmentTerms,
    (kind, size, reason): (AdjustmentKind, &Size, &String),
    base: i128,
    tax: Option<Tax>,
) -> i128 {
    let field = terms.amount;
    let charge = kind == AdjustmentKind::Charge;
    draft.group("AllowanceCharge", |draft| {
        draft.leaf("ChargeIndicator", charge);
        draft.required(terms.reason, reason);
        let (percent, amount) = match size {
            Size::Amount(money) => {
                let amount = draft.money(field, money);
                draft.check(amount >= 0, field, "", terms.negative);
                (None, amount)
            }
            Size::Percent(text) => {
                let field = field.without_rule();
                let percent = draft.parse(field, text, PERCENT, Exact::parse_unsigned);
                let of = percent.unwrap_or_default();
                (percent, draft.share(field, base, of))
            }
        };
        draft.leaf("MultiplierFactorNumeric", percent);
        draft.amount("Amount", amount);
        draft.amount("BaseAmount", percent.map(|_| base));
        Tax::write(tax, draft, "TaxCategory", None);
        if charge { amount } else { -amount }
    })
}
