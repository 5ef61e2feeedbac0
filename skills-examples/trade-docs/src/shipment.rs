//! A shipment, read and checked once for all documents: what several of them have is written aside.

use guildhall_sdk::{Date, Money};
use guildhall_ubl::{Draft, Exact, Field, Part, Scale};

use crate::bindings;
use crate::parts::{Goods, Party, container, delivery_terms, goods, package, party, stage};
use crate::table::*;

/// Goods, packages and containers of one shipment.
const MAX_LISTED: usize = 1_000;

/// A shipment.
pub struct Shipment<'s> {
    /// What was given.
    pub given: &'s bindings::Shipment,
    /// Day of issue.
    pub issued: Option<Date>,
    /// Last day of an offer, or for an answer.
    pub valid_until: Option<Date>,
    /// Seller.
    pub seller: Party,
    /// Buyer.
    pub buyer: Party,
    /// Consignee: the buyer if nobody else is.
    pub consignee: Party,
    /// Carrier.
    pub carrier: Option<Part>,
    /// Chamber of commerce.
    pub chamber: Option<Party>,
    /// Goods.
    pub goods: Vec<Goods>,
    /// Incoterm and place.
    pub terms: Option<Part>,
    /// Freight and insurance.
    pub charges: Part,
    /// The sum of both.
    pub charged: i128,
    /// Terms of payment.
    pub payment_terms: Option<String>,
    /// Purchase order.
    pub order_number: Option<String>,
    /// Request for quotation.
    pub request_number: Option<String>,
    /// Notes.
    pub notes: Part,
    /// Gross weight: of the goods, or else of the packages.
    pub gross: Option<Exact>,
    /// The shipment as transport documents have it.
    pub transported: Part,
}

/// Reads a shipment. None if there is too much of it.
pub fn read<'s>(draft: &mut Draft, given: &'s bindings::Shipment) -> Option<Shipment<'s>> {
    for (length, term) in [
        (given.goods.len(), "cac:GoodsItem"),
        (given.packages.len(), "cac:TransportHandlingUnit"),
        (given.containers.len(), "cac:TransportEquipment"),
        (given.notes.len(), "cbc:Note"),
    ] {
        if length > MAX_LISTED {
            draft.require(false, TOO_MANY.about(term), &[&MAX_LISTED, &term]);
            return None;
        }
    }
    draft.require(!given.goods.is_empty(), NO_GOODS, &[]);
    let currency = |code: &str| Scale::of(code, u32::MAX);
    let scale = draft.parse(CURRENCY, &given.currency, CURRENCY_CODE, currency);
    draft.set_scale(scale);

    let (goods, items) = draft.each_apart("Goods", &given.goods, goods);
    let last = goods.len();
    let package = |draft: &mut Draft, number, given| package(draft, number, given, last);
    let (packed, units) = draft.each_apart("Package", &given.packages, package);
    let of_goods = Exact::sum(goods.iter().map(|goods| goods.gross));
    let of_packages = Exact::sum(packed);
    if let Some((goods, packages)) = of_goods.zip(of_packages) {
        draft.require(goods == packages, GROSS_WEIGHTS, &[&goods, &packages]);
    }
    let gross = of_goods.or(of_packages);
    let (_, containers) = draft.part(|draft| {
        for given in &given.containers {
            container(draft, given);
        }
    });
    let mode = given.transport.as_ref().map(|transport| transport.mode);
    let terms = given.terms.as_ref();
    let terms = terms.map(|given| draft.part(|draft| delivery_terms(draft, given, mode)).1);
    let (_, stage) = draft.part(|draft| {
        given.transport.iter().for_each(|given| stage(draft, given));
    });
    let (charged, charges) = draft.part(|draft| {
        charge(draft, FREIGHT, &given.freight) + charge(draft, INSURANCE, &given.insurance)
    });
    let consignee = party(draft, "consignee", given.consignee.as_ref());
    let notify =
        party(draft, "party that is told", given.notify.as_ref()).map(|party| party.content);
    let carrier = party(draft, "carrier", given.carrier.as_ref()).map(|party| party.content);
    let chamber = party(draft, "chamber", given.chamber.as_ref());
    let number = draft.required(SHIPMENT_NUMBER, &given.number);
    let issued = draft.day(ISSUED, &given.issued);
    let seller = party(draft, "seller", Some(&given.seller))?;
    let buyer = party(draft, "buyer", Some(&given.buyer))?;
    let consignee = consignee.unwrap_or_else(|| buyer.clone());
    let (_, transported) = draft.part(|draft| {
        draft.leaf("ID", &number);
        draft.measure("GrossWeightMeasure", KILOGRAM, gross);
        let net = Exact::sum(goods.iter().map(|goods| goods.net));
        draft.measure("NetWeightMeasure", KILOGRAM, net);
        draft.leaf("TotalGoodsItemQuantity", goods.len());
        let count = (!given.packages.is_empty()).then(|| package_count(given));
        draft.leaf("TotalTransportHandlingUnitQuantity", count);
        draft.group("Consignment", |draft| {
            draft.leaf("ID", &number);
            draft.copy("ConsigneeParty", &consignee.content);
            draft.copy("ExporterParty", &seller.content);
            draft.copy("ImporterParty", &buyer.content);
            draft.copy("CarrierParty", &carrier);
            draft.copy("NotifyParty", &notify);
            let destination = &consignee.country;
            draft.leaf("FinalDestinationCountry/IdentificationCode", destination);
            draft.copy("DeliveryTerms", &terms);
        });
        draft.put(items);
        draft.put(stage);
        draft.put(units);
        draft.put(containers);
        draft.leaf("ExportCountry/IdentificationCode", &seller.country);
    });
    let payment_terms = draft.optional(PAYMENT_TERMS, &given.payment_terms);
    let order_number = draft.optional(ORDER_NUMBER, &given.order_number);
    let request_number = draft.optional(REQUEST_NUMBER, &given.request_number);
    let valid_until = draft.day(VALID_UNTIL, &given.valid_until);
    draft.in_order((ISSUED, issued), (VALID_UNTIL, valid_until), "");
    let (_, notes) = draft.part(|draft| {
        for note in &given.notes {
            draft.optional(NOTE, note);
        }
    });
    Some(Shipment {
        given,
        issued,
        valid_until,
        seller,
        buyer,
        consignee,
        carrier,
        chamber,
        goods,
        terms,
        charges,
        charged,
        payment_terms,
        order_number,
        request_number,
        notes,
        gross,
        transported,
    })
}

fn charge(draft: &mut Draft, field: Field, money: &Option<Money>) -> i128 {
    let Some(money) = money else {
        return 0;
    };
    let amount = draft.money(field, money);
    let known = draft.scale().is_some();
    draft.check(known, field, "", ELSEWHERE);
    draft.check(amount >= 0, field, "", NEGATIVE);
    draft.group("AllowanceCharge", |draft| {
        draft.leaf("ChargeIndicator", true);
        draft.leaf("AllowanceChargeReason", field.name);
        draft.amount("Amount", amount);
    });
    amount
}

/// How many packages.
pub fn package_count(given: &bindings::Shipment) -> u32 {
    let counts = given.packages.iter().map(|package| package.count);
    counts.fold(0, u32::saturating_add)
}

impl Shipment<'_> {
    /// What the goods cost.
    pub fn value(&self) -> i128 {
        self.goods.iter().filter_map(|goods| goods.value).sum()
    }

    /// Whether each kind of goods is in a package.
    pub fn is_packed(&self) -> bool {
        let packed = self
            .given
            .packages
            .iter()
            .flat_map(|package| &package.goods);
        (1..)
            .take(self.goods.len())
            .all(|number: u32| packed.clone().any(|packed| *packed == number))
    }
}
