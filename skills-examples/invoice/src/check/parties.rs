//! What must be there: header, seller, buyer, payee, tax representative.

use super::{Check, error, quote, warning};
use crate::document::{Kind, Party};
use crate::finding::Code;

/// UNTDID 1001 codes of credit notes that EN 16931 allows in a UBL CreditNote.
const CREDIT_NOTE_TYPES: [&str; 7] = ["81", "83", "261", "296", "308", "381", "396"];

pub(super) fn header(check: &mut Check<'_>) {
    let document = check.document;
    check.require(
        document.specification.is_some(),
        "BR-01",
        "BT-24",
        "The specification identifier (BT-24)",
    );
    check.require(
        document.number.is_some(),
        "BR-02",
        "BT-1",
        "The invoice number (BT-1)",
    );
    check.require(
        document.issue_date.is_some(),
        "BR-03",
        "BT-2",
        "The date of issue (BT-2)",
    );
    check.require(
        document.type_code.is_some(),
        "BR-04",
        "BT-3",
        "The type code (BT-3)",
    );
    check.require(
        document.currency.is_some(),
        "BR-05",
        "BT-5",
        "The currency (BT-5)",
    );
    check.require(
        !document.lines.is_empty(),
        "BR-16",
        "BG-25",
        "At least one line (BG-25)",
    );
    for _ in 0..document.nameless_preceding_invoices {
        check.missing(
            "BR-55",
            "BT-25",
            "The number of a preceding invoice (BT-25)",
        );
    }
    type_code(check);
    sign(check);
}

fn type_code(check: &mut Check<'_>) {
    let document = check.document;
    let Some(code) = document.type_code.as_deref() else {
        return;
    };
    let is_number = code.len() <= 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let of_credit_note = CREDIT_NOTE_TYPES.contains(&code);
    let (expected, what) = match document.kind {
        Kind::Invoice if of_credit_note => (
            "380",
            "The document is an Invoice, but its type code says credit note: it is not clear who owes whom",
        ),
        Kind::CreditNote if is_number && !of_credit_note => (
            "381",
            "The document is a CreditNote, but its type code says invoice: it is not clear who owes whom",
        ),
        _ if !is_number => ("380 or 381", "The type code is none of UNTDID 1001"),
        _ => return,
    };
    let code = quote(code);
    check.add(
        error(Code::TypeCode, "BT-3", format!("{what} ({code})."))
            .rule("BR-CL-01")
            .values(expected, code),
    );
}

/// A negative invoice is allowed and common; a negative credit note turns the sign twice.
fn sign(check: &mut Check<'_>) {
    let document = check.document;
    if document.kind == Kind::CreditNote
        && let Some(payable) = document.payable()
        && payable.is_sign_negative()
        && !payable.is_zero()
    {
        let payable = check.show(payable);
        let message = format!(
            "A credit note over {payable} asks for money instead of giving it back. Ask the seller which is meant."
        );
        check.add(warning(Code::CreditNoteSign, "BT-115", message).actual(payable));
    }
}

pub(super) fn parties(check: &mut Check<'_>) {
    let document = check.document;
    let seller = &document.seller;
    check.require(
        seller.name.is_some(),
        "BR-06",
        "BT-27",
        "The name of the seller (BT-27)",
    );
    check.require(
        seller.has_address,
        "BR-08",
        "BG-5",
        "The postal address of the seller (BG-5)",
    );
    check.require(
        seller.country.is_some() || !seller.has_address,
        "BR-09",
        "BT-40",
        "The country of the seller (BT-40)",
    );
    check.require(
        seller.vat_id.is_some() || seller.legal_id.is_some() || !seller.ids.is_empty(),
        "BR-CO-26",
        "BT-29",
        "Any identifier of the seller (BT-29, BT-30 or BT-31)",
    );
    let buyer = &document.buyer;
    check.require(
        buyer.name.is_some(),
        "BR-07",
        "BT-44",
        "The name of the buyer (BT-44)",
    );
    check.require(
        buyer.has_address,
        "BR-10",
        "BG-8",
        "The postal address of the buyer (BG-8)",
    );
    check.require(
        buyer.country.is_some() || !buyer.has_address,
        "BR-11",
        "BT-55",
        "The country of the buyer (BT-55)",
    );
    if let Some(payee) = &document.payee {
        check.require(
            payee.name.is_some(),
            "BR-17",
            "BT-59",
            "The name of the payee (BT-59)",
        );
    }
    if let Some(representative) = &document.tax_representative {
        check.require(
            representative.name.is_some(),
            "BR-18",
            "BT-62",
            "The name of the tax representative (BT-62)",
        );
        check.require(
            representative.has_address,
            "BR-19",
            "BG-12",
            "The address of the tax representative (BG-12)",
        );
        check.require(
            representative.vat_id.is_some(),
            "BR-56",
            "BT-63",
            "The VAT identifier of the tax representative (BT-63)",
        );
    }
    for (party, place, rule, term) in [
        (
            seller,
            "BT-34",
            "BR-62",
            "The scheme of the seller's electronic address (BT-34)",
        ),
        (
            buyer,
            "BT-49",
            "BR-63",
            "The scheme of the buyer's electronic address (BT-49)",
        ),
    ] {
        check.require(
            party.endpoint.is_none() || party.endpoint_scheme.is_some(),
            rule,
            place,
            term,
        );
    }
    vat_prefix(check, seller, "BT-31");
    vat_prefix(check, buyer, "BT-48");
    if let Some(representative) = &document.tax_representative {
        vat_prefix(check, representative, "BT-63");
    }
}

fn vat_prefix(check: &mut Check<'_>, party: &Party, place: &str) {
    let Some(id) = party.vat_id.as_deref() else {
        return;
    };
    // Greece may write EL. Which pairs of letters are countries is not this crate's knowledge.
    let begins_with_letters = id
        .as_bytes()
        .get(..2)
        .is_some_and(|prefix| prefix.iter().all(u8::is_ascii_uppercase));
    if !begins_with_letters {
        let id = quote(id);
        let message = format!(
            "The VAT identifier {id} does not begin with the two letters of the country that issued it."
        );
        check.add(
            error(Code::VatIdPrefix, place, message)
                .rule("BR-CO-09")
                .actual(id),
        );
    }
}
