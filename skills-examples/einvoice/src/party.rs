//! Seller, buyer and tax representative.

use guildhall_ubl::{Draft, Field, is_endpoint_scheme, shown};

use crate::bindings::{Address, ElectronicAddress, Party, TaxRepresentative};
use crate::table::*;

/// Writes a party.
pub fn party(draft: &mut Draft, terms: &PartyTerms, given: &Party) {
    draft.group(terms.path, |draft| {
        if let Some(given) = &given.electronic_address {
            endpoint(draft, terms.endpoint, given);
        }
        draft.code(terms.id, &given.id);
        draft.optional(terms.trading_name, &given.trading_name);
        address(draft, "PostalAddress", terms.address, &given.address);
        draft.vat_id(terms.vat_id, "BR-CO-09", &given.vat_id);
        if let Some(id) = draft.code(BT_32, &given.tax_number) {
            draft.tax_scheme("TAX", &id);
        }
        draft.required(terms.name, &given.name);
        draft.code(terms.registration, &given.registration);
        if let Some(contact) = &given.contact {
            let [name, phone, email] = terms.contact;
            draft.optional(name, &contact.name);
            draft.optional(phone, &contact.phone);
            draft.optional(email, &contact.email);
        }
    });
}

fn endpoint(draft: &mut Draft, field: Field, given: &ElectronicAddress) {
    let scheme = draft.code(field, &given.scheme).unwrap_or_default();
    let what = format_args!("has the scheme {}, {SCHEME}", shown(&scheme));
    draft.check(is_endpoint_scheme(&scheme), field, field.rule, what);
    draft.must(field, &given.id, NO_ENDPOINT);
    let id = draft.code(field, &given.id);
    draft.leaf_with("EndpointID", ("schemeID", &scheme), id);
}

/// Writes a tax representative.
pub fn representative(draft: &mut Draft, given: &TaxRepresentative) {
    draft.group("TaxRepresentativeParty", |draft| {
        draft.required(BT_62, &given.name);
        let fields = [ADDRESS_OF_REPRESENTATIVE, BT_69];
        address(draft, "PostalAddress", fields, &given.address);
        draft.must(BT_63, &given.vat_id, "write it.");
        draft.vat_id(BT_63, "BR-CO-09", &given.vat_id);
    });
}

/// Writes an address.
pub fn address(draft: &mut Draft, path: &'static str, fields: [Field; 2], given: &Address) {
    let [address, country] = fields;
    let (town, code) = (&given.city, &given.postcode);
    let parts = [&given.street, &given.additional, town, code, &given.region];
    let fields = (address, country, "BR-CL-14");
    draft.address(path, fields, parts, &given.country);
}
