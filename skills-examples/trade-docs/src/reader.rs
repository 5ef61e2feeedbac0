//! Parts of a shipment, each read with what is wrong with it.

use guildhall_sdk::{Currency, Date, Money};
use guildhall_ubl::{
    Contact, Exact, Party, Problem, Problems, identifier, is_country, is_unit, optional, required,
};

use crate::bindings::{self, TransportMode};
use crate::shipment::{Container, Goods, Package, Transport};

/// Amounts stay below 10^15 minor units.
const LIMIT: i128 = 1_000_000_000_000_000;
/// Incoterms 2020, those for carriage by water last.
const INCOTERMS: &[&str] = &[
    "EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF",
];
const BY_WATER: &[&str] = &["FAS", "FOB", "CFR", "CIF"];

/// Reads parts and collects what is wrong with them.
pub struct Reader<'p> {
    /// What is wrong.
    pub problems: &'p mut Problems,
    /// What this skill cannot write.
    pub beyond: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    /// A text that may be left out.
    pub fn text(&mut self, term: &str, name: &str, text: &Option<String>) -> Option<String> {
        optional(self.problems, (term, name), text.as_ref())
    }

    fn number(&mut self, term: &str, name: &str, text: &str) -> Option<Exact> {
        let number = Exact::parse(text).filter(|number| !number.is_negative());
        if number.is_none() {
            let message = format!(
                "{name} is {}: write a decimal number with up to 12 digits before the point and 6 after it.",
                shown(text)
            );
            self.problems.add(term, "", message);
        }
        number
    }

    fn weight(&mut self, term: &str, name: &str, text: Option<&String>) -> Option<Exact> {
        self.number(term, name, text?)
    }

    /// A day.
    pub fn day(&mut self, term: &str, name: &str, text: Option<&String>) -> Option<Date> {
        let text = text?.trim();
        let day = text.parse::<Date>().ok().filter(|day| day.year() > 0);
        if day.is_none() {
            let message = format!(
                "{name} is {}: write an existing day as YYYY-MM-DD.",
                shown(text)
            );
            self.problems.add(term, "", message);
        }
        day
    }

    fn country(&mut self, term: &str, name: &str, code: Option<&String>) -> Option<String> {
        let code = identifier(self.problems, (term, name), code);
        if let Some(code) = code.as_deref().filter(|code| !is_country(code)) {
            let message = format!(
                "{name} is {}: write two capital letters of ISO 3166-1, for example DE.",
                shown(code)
            );
            self.problems.add(term, "ISO 3166-1", message);
        }
        code
    }

    /// A party.
    pub fn party(&mut self, given: &bindings::Party, who: &str) -> Party {
        let of = |what: &str| format!("The {what} of the {who}");
        let name = required(
            self.problems,
            ("cac:PartyName", "", &of("name")),
            &given.name,
        );
        let mut party = Party {
            name: Some(name.clone()),
            registered_name: Some(name),
            tax_registration: identifier(
                self.problems,
                ("cac:PartyTaxScheme", &of("tax identifier")),
                given.tax_id.as_ref(),
            ),
            contact: Contact {
                name: self.text("cac:Contact", &of("contact"), &given.contact),
                phone: self.text("cac:Contact", &of("telephone number"), &given.phone),
                email: self.text("cac:Contact", &of("e-mail address"), &given.email),
            },
            ..Party::default()
        };
        party.address.street = self.text("cac:PostalAddress", &of("street"), &given.street);
        party.address.city = self.text("cac:PostalAddress", &of("city"), &given.city);
        party.address.postcode =
            self.text("cac:PostalAddress", &of("postal code"), &given.postcode);
        party.address.country = self.country("cac:Country", &of("country"), Some(&given.country));
        // With its country in front it is a VAT identifier; what another number is called differs by country.
        let country = party.address.country.as_deref().unwrap_or("?");
        let is_vat = |id: &String| id.starts_with(country) || id.starts_with("EL");
        if party.tax_registration.as_ref().is_some_and(is_vat) {
            party.vat_id = party.tax_registration.take();
        }
        self.problems.require(
            party.address.country.is_some() || !given.country.trim().is_empty(),
            "cac:Country",
            "",
            format!(
                "{} is missing: write two capital letters, for example DE.",
                of("country")
            ),
        );
        party
    }

    /// One kind of goods.
    pub fn goods(
        &mut self,
        number: usize,
        given: &bindings::Goods,
        currency: Option<Currency>,
    ) -> Option<Goods> {
        let of = |what: &str| format!("Goods {number}: the {what}");
        let name = required(self.problems, ("cac:Item", "", &of("name")), &given.name);
        let quantity = self.number("cbc:Quantity", &of("quantity"), &given.quantity);
        let price = match &given.price {
            None => Some(None),
            Some(text) => self.number("cbc:PriceAmount", &of("price"), text).map(Some),
        };
        self.unit(number, &given.unit);
        let tariff_code = identifier(
            self.problems,
            ("cbc:ItemClassificationCode", &of("tariff code")),
            given.tariff_code.as_ref(),
        )
        .map(|code| code.replace(['.', ' '], ""));
        if let Some(code) = &tariff_code {
            self.problems.require(
                (6..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()),
                "cbc:ItemClassificationCode",
                "Harmonized System",
                format!(
                    "{} is {}: write 6 to 10 digits.",
                    of("tariff code"),
                    shown(code)
                ),
            );
        }
        let origin = self.country(
            "cac:OriginCountry",
            &of("country of origin"),
            given.origin.as_ref(),
        );
        let net_weight = self.weight(
            "cbc:NetWeightMeasure",
            &of("net weight"),
            given.net_weight.as_ref(),
        );
        let gross_weight = self.weight(
            "cbc:GrossWeightMeasure",
            &of("gross weight"),
            given.gross_weight.as_ref(),
        );
        let item_number = self.text(
            "cac:SellersItemIdentification",
            &of("item number"),
            &given.item_number,
        );
        let (quantity, price) = (quantity?, price?);
        let value = match (price, currency) {
            (Some(price), Some(currency)) => {
                let value = quantity.product(price, Exact::ONE, currency.exponent().into());
                let value = value.filter(|value| *value < LIMIT);
                if value.is_none() {
                    self.problems.add(
                        "cbc:LineExtensionAmount",
                        "",
                        format!("{} is too large: split the shipment.", of("value")),
                    );
                    return None;
                }
                value
            }
            (Some(_), None) => {
                self.problems.add(
                    "cbc:DocumentCurrencyCode",
                    "ISO 4217",
                    format!(
                        "{} has no currency: write it, for example EUR.",
                        of("price")
                    ),
                );
                return None;
            }
            (None, _) => None,
        };
        Some(Goods {
            name,
            item_number,
            quantity,
            unit: given.unit.trim().to_owned(),
            price,
            value,
            tariff_code,
            origin,
            net_weight,
            gross_weight,
        })
    }

    /// A unit that is not known is no error of the merchant.
    fn unit(&mut self, number: usize, unit: &str) {
        if !is_unit(unit.trim()) {
            self.beyond.push(Problem {
                term: "cbc:Quantity".to_owned(),
                rule: "UN/ECE Recommendation 20".to_owned(),
                message: format!(
                    "Goods {number}: the unit {} is not among those this skill knows: write a code of UN/ECE Recommendation 20, for example C62 for pieces, KGM for kilograms.",
                    shown(unit)
                ),
            });
        }
    }

    /// Packages of one kind.
    pub fn package(
        &mut self,
        number: usize,
        given: &bindings::Packaging,
        goods: usize,
    ) -> Option<Package> {
        let of = |what: &str| format!("Package {number}: the {what}");
        let kind = given.kind.trim().to_owned();
        if !is_unit(&format!("X{kind}")) {
            self.beyond.push(Problem {
                term: "cbc:PackagingTypeCode".to_owned(),
                rule: "UN/ECE Recommendation 21".to_owned(),
                message: format!(
                    "Package {number}: the kind {} is not among those this skill knows: write a code of UN/ECE Recommendation 21, for example CT for cartons, PX for pallets.",
                    shown(&kind)
                ),
            });
        }
        self.problems.require(
            given.count > 0,
            "cbc:Quantity",
            "",
            format!("{} is 0: write how many there are.", of("count")),
        );
        let known =
            |place: &u32| *place > 0 && usize::try_from(*place).is_ok_and(|place| place <= goods);
        self.problems.require(
            given.goods.iter().all(known),
            "cac:GoodsItem",
            "",
            format!(
                "Package {number} holds goods that are not in the list: count from 1 to {goods}."
            ),
        );
        let dimensions = match &given.dimensions {
            None => Some(None),
            Some((length, width, height)) => {
                let mut read =
                    |text: &String| self.number("cac:MeasurementDimension", &of("size"), text);
                match (read(length), read(width), read(height)) {
                    (Some(length), Some(width), Some(height)) => {
                        Some(Some([length, width, height]))
                    }
                    _ => None,
                }
            }
        };
        Some(Package {
            kind,
            count: given.count,
            marks: self.text("cbc:ShippingMarks", &of("marks"), &given.marks),
            goods: given.goods.clone(),
            gross_weight: self.weight(
                "cbc:GrossWeightMeasure",
                &of("gross weight"),
                given.gross_weight.as_ref(),
            ),
            dimensions: dimensions?,
        })
    }

    /// A container.
    pub fn container(&mut self, given: &bindings::Container) -> Option<Container> {
        let name = "The number of the container";
        let number = identifier(
            self.problems,
            ("cac:TransportEquipment", name),
            Some(&given.number),
        );
        let number = number.map(|number| number.replace([' ', '-'], ""));
        let fits = number.as_deref().is_some_and(|number| {
            let (letters, digits) = number.split_at_checked(4).unwrap_or_default();
            letters.bytes().all(|byte| byte.is_ascii_uppercase())
                && digits.len() == 7
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        self.problems.require(
            fits,
            "cac:TransportEquipment",
            "ISO 6346",
            format!(
                "{name} is {}: write four capital letters and seven digits.",
                shown(&given.number)
            ),
        );
        Some(Container {
            number: number?,
            size_type: identifier(
                self.problems,
                (
                    "cbc:TransportEquipmentTypeCode",
                    "The type of the container",
                ),
                given.size_type.as_ref(),
            ),
            seal: identifier(
                self.problems,
                ("cac:TransportEquipmentSeal", "The seal"),
                given.seal.as_ref(),
            ),
        })
    }

    /// The journey.
    pub fn transport(&mut self, given: &bindings::Transport) -> Transport {
        let mut place = |place: &bindings::Place, what: &str| {
            let term = format!("cac:{what}PortLocation");
            let name = format!("The place of {}", what.to_lowercase());
            let code = identifier(self.problems, (&term, &name), place.code.as_ref());
            if let Some(code) = &code {
                let fits = code.len() == 5
                    && code.get(..2).is_some_and(is_country)
                    && code
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                let message = format!(
                    "{name} has the code {}: write a UN/LOCODE, for example DEHAM.",
                    shown(code)
                );
                self.problems.require(fits, &term, "UN/LOCODE", message);
            }
            let text = optional(self.problems, (&term, &name), place.name.as_ref());
            let message = format!("{name} has neither a code nor a name: write one.");
            self.problems
                .require(code.is_some() || text.is_some(), &term, "", message);
            (code, text)
        };
        let places = [
            place(&given.loading, "Loading"),
            place(&given.unloading, "Unloading"),
        ];
        Transport {
            mode: match given.mode {
                TransportMode::Sea => "1",
                TransportMode::Rail => "2",
                TransportMode::Road => "3",
                TransportMode::Air => "4",
            },
            vessel: self.text("cbc:VesselName", "The vessel", &given.vessel),
            journey: self.text("cbc:JourneyID", "The journey", &given.journey),
            places,
        }
    }

    /// Terms of delivery.
    pub fn terms(
        &mut self,
        given: &bindings::DeliveryTerms,
        transport: Option<&bindings::Transport>,
    ) -> Option<(String, String)> {
        let code = given.incoterm.trim().to_owned();
        let known = INCOTERMS.contains(&code.as_str());
        self.problems.require(
            known,
            "cac:DeliveryTerms",
            "Incoterms 2020",
            format!(
                "The term {} is none of the eleven of Incoterms 2020: write for example FCA.",
                shown(&code)
            ),
        );
        let dry = transport.is_some_and(|transport| transport.mode != TransportMode::Sea);
        self.problems.require(
            !(dry && BY_WATER.contains(&code.as_str())),
            "cac:DeliveryTerms",
            "Incoterms 2020",
            format!("{code} is for carriage by water only: write FCA, CPT or CIP instead."),
        );
        let place = required(
            self.problems,
            (
                "cac:DeliveryLocation",
                "Incoterms 2020",
                "The named place of delivery",
            ),
            &given.place,
        );
        Some((code, place))
    }

    /// A charge, in minor units.
    pub fn charge(
        &mut self,
        name: &str,
        money: &Money,
        currency: Option<Currency>,
    ) -> Option<i128> {
        let same = currency.is_some_and(|currency| currency.code() == money.currency);
        self.problems.require(
            same,
            "cac:AllowanceCharge",
            "",
            format!("{name} is in another currency than the document: convert it."),
        );
        let fits = money.minor >= 0 && i128::from(money.minor) < LIMIT;
        self.problems.require(
            fits,
            "cac:AllowanceCharge",
            "",
            format!("{name} is negative or too large: correct it."),
        );
        (same && fits).then(|| i128::from(money.minor))
    }
}

/// A currency by its code.
pub fn currency(problems: &mut Problems, code: &str) -> Option<Currency> {
    let currency = Currency::new(code.trim()).ok();
    problems.require(
        currency.is_some(),
        "cbc:DocumentCurrencyCode",
        "ISO 4217",
        format!(
            "The currency is {}: write three capital letters, for example EUR.",
            shown(code)
        ),
    );
    currency
}

/// Text of the caller, for a sentence.
fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let short: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    format!("`{short}`")
}
