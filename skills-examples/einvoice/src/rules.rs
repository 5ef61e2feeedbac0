//! Rules of EN 16931 that are about more than one field.

use guildhall_ubl::Problems;

use crate::category::Tax;
use crate::order::Invoice;

/// Checks what was read.
pub fn check(problems: &mut Problems, invoice: &Invoice) {
    let seller = &invoice.seller;
    problems.require(
        seller.vat_id.is_some() || seller.legal_id.is_some() || seller.id.is_some(),
        "BT-31",
        "BR-CO-26",
        "The buyer cannot tell who the seller is: give the seller's VAT identifier (BT-31), registration (BT-30) or identifier (BT-29).",
    );
    problems.require(
        invoice.totals.payable <= 0 || invoice.due.is_some() || invoice.terms.is_some(),
        "BT-9",
        "BR-CO-25",
        "Something is to be paid, but not until when: write the due date (BT-9) or the terms of payment (BT-20).",
    );
    let taxes: Vec<Tax> = invoice.totals.rows.iter().map(|row| row.tax).collect();
    let mut seen = Vec::new();
    for tax in &taxes {
        if !seen.contains(&tax.code) {
            seen.push(tax.code);
            identifiers(problems, invoice, tax);
        }
    }
    if seen.contains(&"O") && seen.len() > 1 {
        problems.add(
            "BT-151",
            "BR-O-11",
            "What is not subject to VAT (category O) stands in a document of its own: take the other lines into another one, or use another category.",
        );
    }
    if seen.contains(&"K") {
        within_the_union(problems, invoice);
    }
}

/// Whose tax identifiers a category needs.
fn identifiers(problems: &mut Problems, invoice: &Invoice, tax: &Tax) {
    let (seller, buyer) = (&invoice.seller, &invoice.buyer);
    let code = tax.code;
    let rule = format!("BR-{}-02", tax.letters());
    let vat_id = seller.vat_id.is_some() || invoice.representative.is_some();
    match code {
        "O" => problems.require(
            !vat_id && buyer.vat_id.is_none(),
            "BT-31",
            &rule,
            "What is not subject to VAT (category O) names no VAT identifier, neither of the seller (BT-31, BT-63) nor of the buyer (BT-48): leave them out, or use another category.",
        ),
        "G" | "K" => problems.require(
            vat_id,
            "BT-31",
            &rule,
            format!("VAT category {code} needs the seller's VAT identifier (BT-31): write it."),
        ),
        _ => problems.require(
            vat_id || seller.tax_registration.is_some(),
            "BT-31",
            &rule,
            format!("VAT category {code} needs the seller's VAT identifier (BT-31) or tax number (BT-32): write one."),
        ),
    }
    match code {
        "AE" => problems.require(
            buyer.vat_id.is_some() || buyer.legal_id.is_some(),
            "BT-48",
            &rule,
            "With reverse charge (category AE) the buyer owes the VAT: write the buyer's VAT identifier (BT-48) or registration (BT-47).",
        ),
        "K" => problems.require(
            buyer.vat_id.is_some(),
            "BT-48",
            &rule,
            "Goods to a business in another EU country (category K) need the buyer's VAT identifier (BT-48): write it.",
        ),
        _ => {}
    }
}

fn within_the_union(problems: &mut Problems, invoice: &Invoice) {
    problems.require(
        invoice.delivery.date.is_some() || invoice.period.is_some(),
        "BT-72",
        "BR-IC-11",
        "Goods to another EU country (category K) need the day of delivery (BT-72) or the period of the invoice (BG-14): write one.",
    );
    problems.require(
        invoice.delivery.address.is_some(),
        "BT-80",
        "BR-IC-12",
        "Goods to another EU country (category K) need the country they were delivered to (BT-80): write the delivery address.",
    );
}
