//! Rules of EN 16931 that are about more than one field.

use std::collections::BTreeSet;

use guildhall_ubl::{Draft, is_given};

use crate::bindings::Order;
use crate::lines::Taxed;
use crate::table::*;

/// Checks what was read.
pub fn check(draft: &mut Draft, order: &Order, taxed: &[Taxed<'_>], payable: i128) {
    let seller = &order.seller;
    let known = [&seller.vat_id, &seller.registration, &seller.id];
    draft.require(known.into_iter().any(is_given), WHO_SELLS, &[]);
    let dated = order.due.is_some() || is_given(&order.payment_terms);
    draft.require(payable <= 0 || dated, UNTIL_WHEN, &[]);
    let categories: BTreeSet<_> = taxed.iter().map(|each| each.tax.category).collect();
    for category in &categories {
        identifiers(draft, order, category);
    }
    let has = |code| categories.iter().any(|category| category.code == code);
    let mixed = has("O") && categories.len() > 1;
    draft.require(!mixed, NOT_SUBJECT_MIXED, &[]);
    if has("K") {
        let delivery = order.delivery.as_ref();
        let day = delivery.is_some_and(|delivery| is_given(&delivery.date));
        draft.require(day || order.period.is_some(), UNION_DAY, &[]);
        let place = delivery.is_some_and(|delivery| delivery.address.is_some());
        draft.require(place, UNION_PLACE, &[]);
    }
}

/// Whose tax identifiers a category needs.
fn identifiers(draft: &mut Draft, order: &Order, category: &Category) {
    let (seller, buyer) = (&order.seller, &order.buyer);
    let [rule, _, _] = category.rules;
    let vat_id = is_given(&seller.vat_id) || order.tax_representative.is_some();
    let buyer_vat_id = is_given(&buyer.vat_id);
    let (holds, needs) = match category.code {
        "O" => (!vat_id && !buyer_vat_id, NOT_SUBJECT_NAMES_NOBODY),
        "G" | "K" => (vat_id, NEEDS_VAT_ID),
        _ => (vat_id || is_given(&seller.tax_number), NEEDS_TAX_ID),
    };
    draft.require(holds, needs.named(rule), &[&category.code]);
    let buyer_known = buyer_vat_id || is_given(&buyer.registration);
    draft.require(category.code != "AE" || buyer_known, REVERSE_CHARGED, &[]);
    draft.require(category.code != "K" || buyer_vat_id, UNION_BUYER, &[]);
}
