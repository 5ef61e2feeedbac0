//! The document as UBL 2.1, in the order of the schema. All of the order is read before any of it is given up, so that one answer
//! names everything that is wrong.

use guildhall_invoice::{AccountKind, classify};
use guildhall_sdk::Date;
use guildhall_ubl::{Draft, Field, Scale, is_given, shown};

use crate::bindings::{Account, DocumentKind, Einvoice, Order};
use crate::lines::{adjustments, line};
use crate::party::{address, party, representative};
use crate::table::*;
use crate::totals::totals;

/// Lines that are computed at most.
const MAX_LINES: usize = 2_000;
/// A document that was written, without its text: the answer, its currency and its day of issue.
pub type Made = (Einvoice, Scale, Date);

/// Writes the document.
pub fn write(draft: &mut Draft, order: &Order, names: &Names) -> Option<Made> {
    draft.leaf("CustomizationID", SPECIFICATION);
    draft.required(BT_1, &order.number);
    let issued = draft.day(BT_2, &order.issued);
    let due = draft.day(BT_9, &order.due);
    draft.in_order((BT_2, issued), (BT_9, due), "");
    let credit_note = order.kind == DocumentKind::CreditNote;
    draft.leaf("DueDate", due.filter(|_| !credit_note));
    draft.leaf(names.kind, names.code);
    for note in &order.notes {
        draft.optional(BT_22, note);
    }
    let scale = currency(draft, BT_5, &order.currency);
    draft.set_scale(scale);
    let in_tax_currency = order.vat_in_tax_currency.as_ref().and_then(|money| {
        let second = currency(draft, BT_6, &money.currency)?;
        draft.require(scale != Some(second), SAME_CURRENCY, &[]);
        Some((second, draft.money_in(second, BT_111, money)))
    });
    draft.optional(BT_10, &order.buyer_reference);
    let days = order.period.as_ref();
    let days = days.map(|days| (&days.start, &days.end));
    draft.period([BT_73, BT_74], "BR-29", days);
    draft.optional(BT_13, &order.order_number);
    for each in &order.preceding {
        draft.group("BillingReference", |draft| {
            draft.required(BT_25, &each.number);
            draft.day(BT_26, &each.date);
        });
    }
    draft.optional(BT_12, &order.contract_number);
    party(draft, &SELLER, &order.seller);
    party(draft, &BUYER, &order.buyer);
    let taxed_elsewhere = is_given(&order.buyer.tax_number);
    draft.require(!taxed_elsewhere, TAX_NUMBER_OF_BUYER, &[]);
    if let Some(given) = &order.tax_representative {
        representative(draft, given);
    }
    if let Some(given) = &order.delivery {
        draft.group("Delivery", |draft| {
            draft.day(BT_72, &given.date);
            if let Some(place) = &given.address {
                let path = "DeliveryLocation/Address";
                address(draft, path, [ADDRESS_OF_DELIVERY, BT_80], place);
            }
            draft.optional(BT_70, &given.name);
        });
    }
    // A credit note has no due date of its own in UBL 2.1; EN 16931 puts it into the payment means.
    payment(draft, order, due.filter(|_| credit_note));

    draft.require(!order.lines.is_empty(), NO_LINES, &[]);
    let few = order.lines.len() <= MAX_LINES;
    draft.require(few, TOO_MANY_LINES, &[&MAX_LINES]);
    let given = order.lines.get(..MAX_LINES).unwrap_or(&order.lines);
    let line = |draft: &mut Draft, number, given| line(draft, names, number, given);
    let (lines, written) = draft.each_apart("Line", given, line);
    let mut taxed: Vec<_> = lines.into_iter().flatten().collect();
    adjustments(draft, order, &mut taxed);
    let value = totals(draft, order, &taxed, in_tax_currency);
    draft.put(written);
    Some((value?, scale?, issued?))
}

fn currency(draft: &mut Draft, field: Field, code: &String) -> Option<Scale> {
    let listed = |code: &str| Scale::of(code, MOST_PLACES).filter(is_listed);
    draft.parse(field, code, CURRENCY, listed)
}

fn payment(draft: &mut Draft, order: &Order, due: Option<Date>) {
    let reference = draft.optional(BT_83, &order.payment_reference);
    let iban = |account: &Account| classify(account.number.trim(), false).1 == AccountKind::Iban;
    let sepa = order.currency.trim() == "EUR" && order.accounts.iter().all(iban);
    // All means of one document have one code (UBL-SR-47).
    let code = match (order.accounts.is_empty(), sepa) {
        (true, _) => NOT_DEFINED,
        (false, true) => SEPA_CREDIT_TRANSFER,
        (false, false) => CREDIT_TRANSFER,
    };
    let mut means: Vec<_> = order.accounts.iter().map(Some).collect();
    if means.is_empty() && (due.is_some() || reference.is_some()) {
        means.push(None);
    }
    for (position, account) in means.into_iter().enumerate() {
        draft.group("PaymentMeans", |draft| {
            draft.leaf("PaymentMeansCode", code);
            // Once in a document (UBL-SR-45).
            draft.leaf("PaymentDueDate", due.filter(|_| position == 0));
            draft.leaf("PaymentID", &reference);
            if let Some(given) = account {
                draft.group("PayeeFinancialAccount", |draft| payee(draft, given));
            }
        });
    }
    draft.optional(BT_20, &order.payment_terms);
}

fn payee(draft: &mut Draft, given: &Account) {
    let raw = draft.required(BT_84, &given.number);
    let (number, kind) = classify(&raw, false);
    let good = !matches!(kind, AccountKind::BadIban(_));
    draft.require(good, BAD_IBAN, &[&shown(&raw)]);
    draft.leaf("ID", number);
    draft.optional(BT_85, &given.name);
    draft.code(BT_86, &given.bic);
}
