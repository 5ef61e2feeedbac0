//! A shipment, read and checked once for all documents.

use guildhall_sdk::{Currency, Date};
use guildhall_ubl::{Exact, Party, Problem, Problems, optional, required};

use crate::bindings;
use crate::reader::{Reader, currency};

/// Goods, packages and containers of one shipment.
const MAX_LISTED: usize = 1_000;
/// One kind of goods.
#[derive(Clone, Debug)]
pub struct Goods {
    /// Name.
    pub name: String,
    /// The seller's number of it.
    pub item_number: Option<String>,
    /// How many.
    pub quantity: Exact,
    /// Unit.
    pub unit: String,
    /// Price.
    pub price: Option<Exact>,
    /// Quantity times price, in minor units.
    pub value: Option<i128>,
    /// Tariff code, digits only.
    pub tariff_code: Option<String>,
    /// Country of origin.
    pub origin: Option<String>,
    /// Net weight.
    pub net_weight: Option<Exact>,
    /// Gross weight.
    pub gross_weight: Option<Exact>,
}

/// Packages of one kind.
#[derive(Clone, Debug)]
pub struct Package {
    /// Kind.
    pub kind: String,
    /// How many.
    pub count: u32,
    /// Marks.
    pub marks: Option<String>,
    /// Goods, from 1.
    pub goods: Vec<u32>,
    /// Gross weight.
    pub gross_weight: Option<Exact>,
    /// Length, width, height.
    pub dimensions: Option<[Exact; 3]>,
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Number.
    pub number: String,
    /// Size and type.
    pub size_type: Option<String>,
    /// Seal.
    pub seal: Option<String>,
}

/// The journey.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Code of UN/ECE Recommendation 19.
    pub mode: &'static str,
    /// Vessel.
    pub vessel: Option<String>,
    /// Voyage.
    pub journey: Option<String>,
    /// Loading and unloading: code and name.
    pub places: [(Option<String>, Option<String>); 2],
}

/// A shipment.
#[derive(Debug)]
pub struct Shipment {
    /// Number.
    pub number: String,
    /// Day of issue.
    pub issued: Option<Date>,
    /// Currency.
    pub currency: Option<Currency>,
    /// Seller, buyer.
    pub seller: Party,
    /// Buyer.
    pub buyer: Party,
    /// Consignee.
    pub consignee: Option<Party>,
    /// Who is told.
    pub notify: Option<Party>,
    /// Carrier.
    pub carrier: Option<Party>,
    /// Chamber of commerce.
    pub chamber: Option<Party>,
    /// Goods.
    pub goods: Vec<Goods>,
    /// Packages.
    pub packages: Vec<Package>,
    /// Containers.
    pub containers: Vec<Container>,
    /// Journey.
    pub transport: Option<Transport>,
    /// Incoterm and place.
    pub terms: Option<(String, String)>,
    /// Freight and insurance, in minor units.
    pub charges: Vec<(&'static str, i128)>,
    /// Terms of payment.
    pub payment_terms: Option<String>,
    /// Purchase order.
    pub order_number: Option<String>,
    /// Request for quotation.
    pub request_number: Option<String>,
    /// Last day.
    pub valid_until: Option<Date>,
    /// Notes.
    pub notes: Vec<String>,
}

/// Reads a shipment. None where not even its parts could be read; what this skill cannot write goes into `beyond`.
pub fn read(
    problems: &mut Problems,
    beyond: &mut Vec<Problem>,
    given: &bindings::Shipment,
) -> Option<Shipment> {
    for (list, term) in [
        (given.goods.len(), "cac:GoodsItem"),
        (given.packages.len(), "cac:TransportHandlingUnit"),
        (given.containers.len(), "cac:TransportEquipment"),
        (given.notes.len(), "cbc:Note"),
    ] {
        if list > MAX_LISTED {
            problems.add(
                term,
                "",
                format!("There are more than {MAX_LISTED} of {term}: split the shipment."),
            );
            return None;
        }
    }
    problems.require(
        !given.goods.is_empty(),
        "cac:GoodsItem",
        "",
        "There are no goods: write at least one kind.",
    );
    let currency = given
        .currency
        .as_ref()
        .and_then(|code| currency(problems, code));
    let mut reader = Reader { problems, beyond };
    let goods: Vec<_> = given
        .goods
        .iter()
        .enumerate()
        .map(|(position, goods)| reader.goods(position + 1, goods, currency))
        .collect();
    let packages: Vec<_> = given
        .packages
        .iter()
        .enumerate()
        .map(|(position, package)| reader.package(position + 1, package, given.goods.len()))
        .collect();
    let containers: Vec<_> = given
        .containers
        .iter()
        .map(|each| reader.container(each))
        .collect();
    let terms = given
        .terms
        .as_ref()
        .and_then(|terms| reader.terms(terms, given.transport.as_ref()));
    let transport = given
        .transport
        .as_ref()
        .map(|transport| reader.transport(transport));
    let charges = [("Freight", &given.freight), ("Insurance", &given.insurance)]
        .into_iter()
        .filter_map(|(name, money)| Some((name, reader.charge(name, money.as_ref()?, currency)?)))
        .collect();
    let mut party = |party: &Option<bindings::Party>, who: &str| {
        party.as_ref().map(|party| reader.party(party, who))
    };
    let consignee = party(&given.consignee, "consignee");
    let notify = party(&given.notify, "party that is told");
    let carrier = party(&given.carrier, "carrier");
    let chamber = party(&given.chamber, "chamber");
    let shipment = Shipment {
        number: required(
            reader.problems,
            ("cbc:ID", "", "The number of the shipment"),
            &given.number,
        ),
        issued: reader.day("cbc:IssueDate", "The day of issue", Some(&given.issued)),
        currency,
        seller: reader.party(&given.seller, "seller"),
        buyer: reader.party(&given.buyer, "buyer"),
        consignee,
        notify,
        carrier,
        chamber,
        goods: goods.into_iter().collect::<Option<_>>()?,
        packages: packages.into_iter().collect::<Option<_>>()?,
        containers: containers.into_iter().collect::<Option<_>>()?,
        transport,
        terms,
        charges,
        payment_terms: reader.text("cbc:Note", "The terms of payment", &given.payment_terms),
        order_number: reader.text(
            "cac:OrderReference",
            "The order number",
            &given.order_number,
        ),
        request_number: reader.text(
            "cac:RequestForQuotationDocumentReference",
            "The number of the request",
            &given.request_number,
        ),
        valid_until: reader.day(
            "cac:ValidityPeriod",
            "The last day",
            given.valid_until.as_ref(),
        ),
        notes: given
            .notes
            .iter()
            .filter_map(|note| optional(reader.problems, ("cbc:Note", "The note"), Some(note)))
            .collect(),
    };
    shipment.agrees(problems);
    Some(shipment)
}

impl Shipment {
    /// Gross weight: of the goods, or else of the packages.
    pub fn gross_weight(&self) -> Option<Exact> {
        let of_goods = sum(self.goods.iter().map(|goods| goods.gross_weight));
        of_goods.or_else(|| sum(self.packages.iter().map(|package| package.gross_weight)))
    }

    /// Net weight of the goods.
    pub fn net_weight(&self) -> Option<Exact> {
        sum(self.goods.iter().map(|goods| goods.net_weight))
    }

    /// How many packages.
    pub fn package_count(&self) -> u32 {
        self.packages
            .iter()
            .fold(0, |sum, package| sum.saturating_add(package.count))
    }

    /// What the goods cost, in minor units.
    pub fn value(&self) -> Option<i128> {
        self.goods.iter().map(|goods| goods.value).sum()
    }

    /// What is said twice has to be said alike.
    fn agrees(&self, problems: &mut Problems) {
        let of_goods = sum(self.goods.iter().map(|goods| goods.gross_weight));
        let of_packages = sum(self.packages.iter().map(|package| package.gross_weight));
        if let (Some(of_goods), Some(of_packages)) = (of_goods, of_packages) {
            problems.require(
                same(of_goods, of_packages),
                "cbc:GrossWeightMeasure",
                "",
                format!("The goods weigh {of_goods} kg gross, but the packages {of_packages} kg: one of the two is wrong."),
            );
        }
        for (position, goods) in self.goods.iter().enumerate() {
            if let (Some(net), Some(gross)) = (goods.net_weight, goods.gross_weight) {
                problems.require(
                    at_most(net, gross),
                    "cbc:NetWeightMeasure",
                    "",
                    format!("Goods {}: they weigh {net} kg net and only {gross} kg gross: exchange or correct them.", position + 1),
                );
            }
        }
    }
}

/// The sum of weights, in millionths; none if one is missing or there are none.
fn sum(weights: impl Iterator<Item = Option<Exact>>) -> Option<Exact> {
    let mut total = None;
    for weight in weights {
        let millionths = weight?.product(Exact::ONE, Exact::ONE, 6)?;
        total = Some(millionths.checked_add(total.unwrap_or(0))?);
    }
    // Without the zeros that nobody wrote.
    Exact::parse(&Exact::new(total?, 6).to_string())
}

fn same(one: Exact, other: Exact) -> bool {
    one.product(Exact::ONE, Exact::ONE, 6) == other.product(Exact::ONE, Exact::ONE, 6)
}

fn at_most(one: Exact, other: Exact) -> bool {
    one.product(Exact::ONE, Exact::ONE, 6) <= other.product(Exact::ONE, Exact::ONE, 6)
}
