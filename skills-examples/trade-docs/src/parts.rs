//! Parts of a shipment, each read and written as all documents have it.

use guildhall_ubl::{Draft, Exact, Field, Part, is_country, is_unit, shown};

use crate::bindings::{self, Container, DeliveryTerms, Packaging, Place, Transport, TransportMode};
use crate::table::*;

/// A party.
#[derive(Clone)]
pub struct Party {
    /// What is written of it.
    pub content: Part,
    /// Country.
    pub country: Option<String>,
    /// Who signs for it.
    pub signatory: String,
}

/// One kind of goods.
pub struct Goods {
    /// The item.
    pub item: Part,
    /// How many.
    pub quantity: Exact,
    /// Of what.
    pub unit: String,
    /// Price.
    pub price: Option<Exact>,
    /// Quantity times price.
    pub value: Option<i128>,
    /// Net weight.
    pub net: Option<Exact>,
    /// Gross weight.
    pub gross: Option<Exact>,
}

/// Reads a party.
pub fn party(draft: &mut Draft, who: &str, given: Option<&bindings::Party>) -> Option<Party> {
    let given = given?;
    let read = |draft: &mut Draft| {
        let name = draft.required(PARTY_NAME, &given.name);
        let parts = [&given.street, &None, &given.city, &given.postcode, &None];
        let fields = (ADDRESS, COUNTRY, "ISO 3166-1");
        let country = draft.address("PostalAddress", fields, parts, &given.country);
        if let Some(id) = draft.code(TAX_ID, &given.tax_id) {
            // With its country in front it is a VAT identifier; what another number is called differs by country.
            let own = country.as_deref().unwrap_or("?");
            let vat = id.starts_with(own) || id.starts_with("EL");
            draft.tax_scheme(if vat { "VAT" } else { "TAX" }, &id);
        }
        draft.leaf("PartyLegalEntity/RegistrationName", &name);
        let contact = draft.optional(CONTACT, &given.contact);
        draft.optional(PHONE, &given.phone);
        draft.optional(EMAIL, &given.email);
        (country, contact.unwrap_or(name))
    };
    let ((country, signatory), content) = draft.within(who, |draft| draft.part(read));
    Some(Party {
        content,
        country,
        signatory,
    })
}

/// Reads one kind of goods and writes it as the shipment has it.
pub fn goods(draft: &mut Draft, position: usize, given: &bindings::Goods) -> Goods {
    let number = Exact::parse_unsigned;
    let quantity = draft.parse(QUANTITY, &given.quantity, DECIMAL, number);
    let quantity = quantity.unwrap_or_default();
    let price = draft.parse(PRICE, &given.price, DECIMAL, number);
    let unit = draft.unit(UNIT, &given.unit, UNKNOWN_UNIT);
    let tariff = draft.code(TARIFF_CODE, &given.tariff_code);
    let tariff = tariff.map(|code| code.replace(['.', ' '], ""));
    if let Some(code) = &tariff {
        let good = (6..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        let what = format_args!("is {}: write 6 to 10 digits.", shown(code));
        draft.check(good, TARIFF_CODE, "Harmonized System", what);
    }
    let (name, item) = draft.part(|draft| {
        let name = draft.required(GOODS_NAME, &given.name);
        draft.optional(ITEM_NUMBER, &given.item_number);
        draft.country(ORIGIN, "ISO 3166-1", &given.origin);
        let path = "CommodityClassification/ItemClassificationCode";
        draft.leaf_with(path, ("listID", "HS"), tariff);
        name
    });
    let net = draft.parse(NET_WEIGHT, &given.net_weight, DECIMAL, number);
    let gross = draft.parse(GROSS_WEIGHT, &given.gross_weight, DECIMAL, number);
    if let (Some(net), Some(gross)) = (net, gross) {
        draft.require(net.at_most(gross), NET_OVER_GROSS, &[&net, &gross]);
    }
    let value = price.map(|price| draft.product(VALUE, quantity, price, Exact::ONE));
    let priced = price.is_none() || draft.scale().is_some();
    draft.require(priced, PRICE_WITHOUT_CURRENCY, &[]);
    draft.group("GoodsItem", |draft| {
        draft.leaf("ID", position);
        draft.leaf("Description", name);
        draft.measure("GrossWeightMeasure", KILOGRAM, gross);
        draft.measure("NetWeightMeasure", KILOGRAM, net);
        draft.measure("Quantity", &unit, quantity);
        draft.copy("Item", &item);
    });
    Goods {
        item,
        quantity,
        unit,
        price,
        value,
        net,
        gross,
    }
}

/// Writes packages of one kind and says what they weigh.
pub fn package(draft: &mut Draft, number: usize, given: &Packaging, last: usize) -> Option<Exact> {
    let kind = given.kind.trim();
    let known = is_unit(&format!("X{kind}"));
    draft.support(known, UNKNOWN_KIND, &[&shown(kind)]);
    draft.require(given.count > 0, COUNT, &[]);
    let mut places = given.goods.iter().map(|place| usize::try_from(*place));
    let listed = places.all(|place| place.is_ok_and(|place| (1..=last).contains(&place)));
    draft.require(listed, PACKED, &[&last]);
    draft.group("TransportHandlingUnit", |draft| {
        draft.leaf("ID", number);
        draft.leaf("TransportHandlingUnitTypeCode", kind);
        draft.leaf("TotalPackageQuantity", given.count);
        draft.optional(MARKS, &given.marks);
        draft.leaf("ActualPackage/Quantity", given.count);
        draft.leaf("ActualPackage/PackagingTypeCode", kind);
        let measure = Exact::parse_unsigned;
        let gross = draft.parse(GROSS_WEIGHT, &given.gross_weight, DECIMAL, measure);
        dimension(draft, GROSS, KILOGRAM, gross);
        if let Some((length, width, height)) = &given.dimensions {
            for (attribute, given) in SIZES.into_iter().zip([length, width, height]) {
                let size = draft.parse(SIZE, given, DECIMAL, measure);
                dimension(draft, attribute, CENTIMETRE, size);
            }
        }
        for goods in &given.goods {
            draft.group("GoodsItem", |draft| draft.leaf("ID", *goods));
        }
        gross
    })
}

fn dimension(draft: &mut Draft, attribute: &str, unit: &str, measure: Option<Exact>) {
    draft.group("MeasurementDimension", |draft| {
        draft.leaf("AttributeID", measure.map(|_| attribute));
        draft.measure("Measure", unit, measure);
    });
}

/// Writes a container.
pub fn container(draft: &mut Draft, given: &Container) {
    let number = draft.code(CONTAINER, &given.number).unwrap_or_default();
    let number = number.replace([' ', '-'], "");
    let (letters, digits) = number.split_at_checked(4).unwrap_or_default();
    let good = letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits.len() == 7
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = shown(&given.number);
    let what = format_args!("is {wrong}: write four capital letters and seven digits.");
    draft.check(good, CONTAINER, "ISO 6346", what);
    draft.group("TransportHandlingUnit", |draft| {
        draft.leaf("ID", &number);
        draft.leaf("TransportEquipment/ID", &number);
        draft.code(CONTAINER_TYPE, &given.size_type);
        draft.code(SEAL, &given.seal);
    });
}

/// Writes the journey.
pub fn stage(draft: &mut Draft, given: &Transport) {
    draft.group("ShipmentStage", |draft| {
        draft.leaf("ID", "1");
        draft.leaf("TransportModeCode", mode(given.mode));
        draft.optional(JOURNEY, &given.journey);
        draft.optional(VESSEL, &given.vessel);
        place(draft, "LoadingPortLocation", LOADING, &given.loading);
        place(draft, "UnloadingPortLocation", UNLOADING, &given.unloading);
    });
}

fn place(draft: &mut Draft, path: &'static str, field: Field, given: &Place) {
    let is_code = |code: &str| {
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        code.len() == 5 && code.get(..2).is_some_and(is_country) && code.bytes().all(plain)
    };
    draft.group(path, |draft| {
        let code = draft.code(field, &given.code);
        let good = code.as_deref().is_none_or(is_code);
        let wrong = shown(code.as_deref().unwrap_or_default());
        let what = format_args!("has the code {wrong}: write a UN/LOCODE, for example DEHAM.");
        draft.check(good, field, "UN/LOCODE", what);
        draft.leaf_with("ID", ("schemeID", "UNLOCODE"), &code);
        let name = draft.optional(field.to("Name"), &given.name);
        let said = code.is_some() || name.is_some();
        draft.check(said, field, "", "has neither a code nor a name: write one.");
    });
}

/// Writes terms of delivery.
pub fn delivery_terms(draft: &mut Draft, given: &DeliveryTerms, mode: Option<TransportMode>) {
    let code = given.incoterm.trim();
    draft.require(INCOTERMS.contains(&code), INCOTERM, &[&shown(code)]);
    let by_water = mode.is_none_or(|mode| mode == TransportMode::Sea);
    let fits = by_water || !BY_WATER.contains(&code);
    draft.require(fits, BY_WATER_ONLY, &[&code]);
    draft.leaf_with("ID", ("schemeID", "INCOTERMS 2020"), code);
    draft.required(TERMS_PLACE, &given.place);
}
