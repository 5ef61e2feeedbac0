//! Seller, buyer and tax representative.

use guildhall_ubl::{
    Address, Contact, Party, Problems, identifier, is_country, is_endpoint_scheme, optional,
    required,
};

use crate::bindings;
use crate::scale::shown;

/// Which party it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// BG-4.
    Seller,
    /// BG-7.
    Buyer,
}

/// Who represents the seller before the tax authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representative {
    /// Name.
    pub name: String,
    /// VAT identifier.
    pub vat_id: String,
    /// Address.
    pub address: Address,
}

/// Reads a party.
pub fn party(problems: &mut Problems, side: Side, given: &bindings::Party) -> Party {
    let (who, terms) = match side {
        Side::Seller => (
            "seller",
            [
                "BT-27", "BR-06", "BT-28", "BT-31", "BT-30", "BT-29", "BT-40", "BR-09", "BT-34",
                "BR-62",
            ],
        ),
        Side::Buyer => (
            "buyer",
            [
                "BT-44", "BR-07", "BT-45", "BT-48", "BT-47", "BT-46", "BT-55", "BR-11", "BT-49",
                "BR-63",
            ],
        ),
    };
    let [
        name,
        name_rule,
        trading,
        vat,
        legal,
        id,
        country,
        country_rule,
        endpoint,
        endpoint_rule,
    ] = terms;
    let of = |what: &str| format!("The {what} of the {who}");
    let registered_name = required(problems, (name, name_rule, &of("name")), &given.name);
    let trading_name = optional(
        problems,
        (trading, &of("trading name")),
        given.trading_name.as_ref(),
    );
    let vat_id = vat_id(
        problems,
        (vat, &of("VAT identifier")),
        given.vat_id.as_ref(),
    );
    let tax_term = if side == Side::Seller {
        "BT-32"
    } else {
        "BT-48"
    };
    let tax_registration = identifier(
        problems,
        (tax_term, &of("tax number")),
        given.tax_number.as_ref(),
    );
    if side == Side::Buyer && tax_registration.is_some() {
        problems.add(
            "BT-48",
            "",
            "EN 16931 has no tax number of the buyer other than the VAT identifier (BT-48): leave it out.",
        );
    }
    let contact = given.contact.as_ref();
    let contact = Contact {
        name: optional(
            problems,
            (name, &of("contact")),
            contact.and_then(|each| each.name.as_ref()),
        ),
        phone: optional(
            problems,
            (name, &of("telephone number")),
            contact.and_then(|each| each.phone.as_ref()),
        ),
        email: optional(
            problems,
            (name, &of("e-mail address")),
            contact.and_then(|each| each.email.as_ref()),
        ),
    };
    Party {
        endpoint: given.electronic_address.as_ref().and_then(|given| {
            let name = of("electronic address");
            let scheme = identifier(problems, (endpoint, &name), Some(&given.scheme)).unwrap_or_default();
            let id = identifier(problems, (endpoint, &name), Some(&given.id));
            if !is_endpoint_scheme(&scheme) {
                let message = format!(
                    "{name} ({endpoint}) has the scheme {}, which is not in the list EAS: write 0088 for a GLN, EM for e-mail.",
                    shown(&scheme)
                );
                problems.add(endpoint, endpoint_rule, message);
            }
            problems.require(
                id.is_some(),
                endpoint,
                endpoint_rule,
                format!("{name} ({endpoint}) is missing: write it, or leave the scheme out too."),
            );
            Some((scheme, id?))
        }),
        id: identifier(problems, (id, &of("identifier")), given.id.as_ref()),
        name: trading_name,
        registered_name: Some(registered_name),
        vat_id,
        tax_registration,
        legal_id: identifier(problems, (legal, &of("registration")), given.registration.as_ref()),
        address: address(problems, (country, country_rule, &of("address")), &given.address),
        contact,
    }
}

/// Reads a tax representative.
pub fn representative(
    problems: &mut Problems,
    given: &bindings::TaxRepresentative,
) -> Representative {
    let name = required(
        problems,
        ("BT-62", "BR-18", "The name of the tax representative"),
        &given.name,
    );
    let term = ("BT-63", "The VAT identifier of the tax representative");
    let vat_id = vat_id(problems, term, Some(&given.vat_id));
    problems.require(
        vat_id.is_some(),
        "BT-63",
        "BR-56",
        "The VAT identifier of the tax representative (BT-63) is missing: write it.",
    );
    let term = ("BT-69", "BR-20", "The address of the tax representative");
    Representative {
        name,
        vat_id: vat_id.unwrap_or_default(),
        address: address(problems, term, &given.address),
    }
}

/// Reads an address. The term is that of its country, the only part that is mandatory.
pub fn address(
    problems: &mut Problems,
    (term, rule, name): (&str, &str, &str),
    given: &bindings::Address,
) -> Address {
    let country = identifier(problems, (term, name), Some(&given.country));
    match &country {
        None => problems.add(
            term,
            rule,
            format!("{name} has no country ({term}): write two capital letters, for example DE."),
        ),
        Some(code) if !is_country(code) => problems.add(
            term,
            "BR-CL-14",
            format!(
                "{name} has the country {} ({term}), which is not in ISO 3166-1: write two capital letters, for example DE.",
                shown(code)
            ),
        ),
        Some(_) => {}
    }
    let mut part = |text: &Option<String>| optional(problems, (term, name), text.as_ref());
    Address {
        street: part(&given.street),
        additional: part(&given.additional),
        city: part(&given.city),
        postcode: part(&given.postcode),
        region: part(&given.region),
        country,
    }
}

/// A VAT identifier: letters and digits, with its country in front (BR-CO-09).
fn vat_id(
    problems: &mut Problems,
    (term, name): (&str, &str),
    given: Option<&String>,
) -> Option<String> {
    let id = identifier(problems, (term, name), given)?;
    let id: String = id
        .chars()
        .filter(|c| !matches!(c, ' ' | '.' | '-'))
        .collect();
    let prefix = id.get(..2).unwrap_or_default();
    // Greece writes EL, Northern Ireland XI.
    let country = is_country(prefix) || matches!(prefix, "EL" | "XI");
    if !country
        || id.len() < 4
        || !id
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '+' | '*'))
    {
        let message = format!(
            "{name} ({term}) is {}: write it with its country in front, in capital letters and digits, for example DE123456789.",
            shown(&id)
        );
        problems.add(term, "BR-CO-09", message);
    }
    Some(id)
}
