//! Parties and addresses.

use crate::writer::Writer;

/// A postal address. Texts are cleaned already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street and number.
    pub street: Option<String>,
    /// What else belongs to it.
    pub additional: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// Who to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Electronic mail.
    pub email: Option<String>,
}

/// A party of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Scheme and identifier of its electronic address.
    pub endpoint: Option<(String, String)>,
    /// An identifier of its own.
    pub id: Option<String>,
    /// Trading name; the only name in documents that do not register anybody.
    pub name: Option<String>,
    /// Registered name.
    pub registered_name: Option<String>,
    /// VAT identifier.
    pub vat_id: Option<String>,
    /// Tax registration other than VAT.
    pub tax_registration: Option<String>,
    /// Legal registration.
    pub legal_id: Option<String>,
    /// Postal address.
    pub address: Address,
    /// Who to ask.
    pub contact: Contact,
}

impl Address {
    /// As `name`: `PostalAddress`, `Address`.
    pub fn write(&self, name: &str, writer: &mut Writer) {
        writer.group(name, |writer| {
            writer.maybe("StreetName", self.street.as_deref());
            writer.maybe("AdditionalStreetName", self.additional.as_deref());
            writer.maybe("CityName", self.city.as_deref());
            writer.maybe("PostalZone", self.postcode.as_deref());
            writer.maybe("CountrySubentity", self.region.as_deref());
            writer.group("Country", |writer| {
                writer.maybe("IdentificationCode", self.country.as_deref());
            });
        });
    }
}

impl Party {
    /// As `name`: `Party`, `CarrierParty` and so on.
    pub fn write(&self, name: &str, writer: &mut Writer) {
        writer.group(name, |writer| {
            if let Some((scheme, id)) = &self.endpoint {
                writer.leaf_with("EndpointID", &[("schemeID", scheme)], id);
            }
            writer.reference("PartyIdentification", self.id.as_deref());
            writer.group("PartyName", |writer| {
                writer.maybe("Name", self.name.as_deref());
            });
            self.address.write("PostalAddress", writer);
            tax_scheme(writer, self.vat_id.as_deref(), "VAT");
            tax_scheme(writer, self.tax_registration.as_deref(), "TAX");
            writer.group("PartyLegalEntity", |writer| {
                writer.maybe("RegistrationName", self.registered_name.as_deref());
                writer.maybe("CompanyID", self.legal_id.as_deref());
            });
            writer.group("Contact", |writer| {
                writer.maybe("Name", self.contact.name.as_deref());
                writer.maybe("Telephone", self.contact.phone.as_deref());
                writer.maybe("ElectronicMail", self.contact.email.as_deref());
            });
        });
    }
}

fn tax_scheme(writer: &mut Writer, id: Option<&str>, scheme: &str) {
    if let Some(id) = id {
        writer.group("PartyTaxScheme", |writer| {
            writer.leaf("CompanyID", id);
            writer.group("TaxScheme", |writer| writer.leaf("ID", scheme));
        });
    }
}
