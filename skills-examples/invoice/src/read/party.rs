//! Parties.

use super::{is_vat, shorten, text};
use crate::document::Party;
use crate::xml::Node;

pub(super) fn party(node: Option<Node<'_>>) -> Party {
    let Some(node) = node else {
        return Party::default();
    };
    let address = node.child("PostalAddress");
    let of_address = |path: &[&'static str]| address.and_then(|address| text(address, path));
    let schemes = || node.children("PartyTaxScheme");
    let endpoint = node.child("EndpointID");
    Party {
        name: text(node, &["PartyLegalEntity", "RegistrationName"]),
        trading_name: text(node, &["PartyName", "Name"]),
        vat_id: schemes()
            .filter(|scheme| is_vat(*scheme))
            .find_map(|scheme| text(scheme, &["CompanyID"])),
        tax_registration: schemes()
            .filter(|scheme| !is_vat(*scheme))
            .find_map(|scheme| text(scheme, &["CompanyID"])),
        legal_id: text(node, &["PartyLegalEntity", "CompanyID"]),
        ids: node
            .children("PartyIdentification")
            .filter_map(|id| text(id, &["ID"]))
            .collect(),
        has_address: address.is_some(),
        address: [
            of_address(&["StreetName"]),
            of_address(&["AdditionalStreetName"]),
            of_address(&["AddressLine", "Line"]),
        ]
        .into_iter()
        .flatten()
        .collect(),
        city: of_address(&["CityName"]),
        postcode: of_address(&["PostalZone"]),
        country: of_address(&["Country", "IdentificationCode"]),
        endpoint: endpoint.and_then(Node::text).map(shorten),
        endpoint_scheme: endpoint
            .and_then(|endpoint| endpoint.attribute("schemeID"))
            .map(shorten),
    }
}

/// A payee or tax representative: its only name is what a seller's trading name is.
pub(super) fn other_party(node: Node<'_>) -> Party {
    let mut party = party(Some(node));
    party.name = party.name.or_else(|| party.trading_name.take());
    party
}
