#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_sdk::Money;
use guildhall_sdk::testing::FakeHost;
use proptest::prelude::*;

use crate::TradeDocs;
use crate::bindings::{
    Container, DeliveryTerms, DocumentKind, DocumentNumber, Goods, Guest, Invalid, Packaging,
    Party, Place, Shipment, Status, TradeDocumentAnswer, Transport, TransportMode, WriteError,
};

const ALL: [DocumentKind; 6] = [
    DocumentKind::CommercialInvoice,
    DocumentKind::PackingList,
    DocumentKind::CertificateOfOrigin,
    DocumentKind::BillOfLading,
    DocumentKind::RequestForQuotation,
    DocumentKind::Quotation,
];

fn party(name: &str, country: &str) -> Party {
    Party {
        name: name.to_owned(),
        street: Some("Harbour 1".to_owned()),
        city: Some("Town".to_owned()),
        postcode: None,
        country: country.to_owned(),
        tax_id: None,
        contact: None,
        phone: None,
        email: None,
    }
}

fn goods(quantity: &str, price: &str, net: &str, gross: &str) -> Goods {
    Goods {
        name: "Tea".to_owned(),
        item_number: None,
        quantity: quantity.to_owned(),
        unit: "KGM".to_owned(),
        price: Some(price.to_owned()),
        tariff_code: Some("0902.30".to_owned()),
        origin: Some("CN".to_owned()),
        net_weight: Some(net.to_owned()),
        gross_weight: Some(gross.to_owned()),
    }
}

fn shipment() -> Shipment {
    Shipment {
        number: "S-17".to_owned(),
        document_numbers: vec![DocumentNumber {
            kind: DocumentKind::CommercialInvoice,
            number: "CI-17".to_owned(),
        }],
        issued: "2026-11-24".to_owned(),
        currency: Some("USD".to_owned()),
        seller: party("Longjing Tea Ltd", "CN"),
        buyer: party("Polderlicht B.V.", "NL"),
        consignee: None,
        notify: None,
        carrier: Some(party("Aurora Lines", "DK")),
        chamber: Some(party("Chamber of Hangzhou", "CN")),
        goods: vec![
            goods("12.5", "8.333", "12.5", "13.1"),
            goods("3", "20", "3", "3.4"),
        ],
        packages: vec![Packaging {
            kind: "CT".to_owned(),
            count: 4,
            marks: Some("POLDER <1-4>".to_owned()),
            goods: vec![1, 2],
            gross_weight: Some("16.50".to_owned()),
            dimensions: None,
        }],
        containers: Vec::new(),
        transport: Some(Transport {
            mode: TransportMode::Sea,
            vessel: Some("Aurora".to_owned()),
            journey: None,
            loading: Place {
                code: Some("CNNGB".to_owned()),
                name: None,
            },
            unloading: Place {
                code: Some("NLRTM".to_owned()),
                name: None,
            },
        }),
        terms: Some(DeliveryTerms {
            incoterm: "CIF".to_owned(),
            place: "Rotterdam".to_owned(),
        }),
        freight: Some(Money::new(5_000, "USD").unwrap()),
        insurance: None,
        payment_terms: None,
        order_number: Some("PO-1".to_owned()),
        request_number: None,
        valid_until: Some("2026-12-24".to_owned()),
        notes: Vec::new(),
    }
}

/// A request has no prices.
fn of(kind: DocumentKind, mut shipment: Shipment) -> Shipment {
    if kind == DocumentKind::RequestForQuotation {
        for goods in &mut shipment.goods {
            goods.price = None;
        }
    }
    shipment
}

fn compose(kind: DocumentKind, shipment: Shipment) -> Result<TradeDocumentAnswer, Invalid> {
    let _host = FakeHost::new();
    TradeDocs::compose(kind, shipment)
}

fn terms(kind: DocumentKind, change: impl FnOnce(&mut Shipment)) -> Vec<String> {
    let mut changed = shipment();
    change(&mut changed);
    let problems = compose(kind, changed).unwrap_err().problems;
    problems.into_iter().map(|problem| problem.term).collect()
}

#[test]
fn one_shipment_becomes_six_documents_that_state_the_same() {
    for kind in ALL {
        let value = compose(kind, of(kind, shipment())).unwrap().value.unwrap();
        let number = if kind == DocumentKind::CommercialInvoice {
            "CI-17"
        } else {
            "S-17"
        };
        assert_eq!((value.number.as_str(), value.packages), (number, 4));
        assert_eq!(value.gross_weight.as_deref(), Some("16.5"));
        if value.xml.contains("<cac:Shipment>") {
            assert!(
                value
                    .xml
                    .contains("<cbc:GrossWeightMeasure unitCode=\"KGM\">16.5<"),
                "{kind:?}"
            );
            assert!(
                value
                    .xml
                    .contains("<cbc:NetWeightMeasure unitCode=\"KGM\">15.5<"),
                "{kind:?}"
            );
        }
        // 12.5 at 8.333 is 104.16 (of 104.1625), 3 at 20 is 60.00, freight 50.00.
        let total = value.total.map(|total| total.to_string());
        let priced = matches!(
            kind,
            DocumentKind::CommercialInvoice | DocumentKind::Quotation
        );
        assert_eq!(total.as_deref(), priced.then_some("214.16 USD"), "{kind:?}");
        assert!(!value.xml.contains("POLDER <"), "text is never markup");
    }
}

#[test]
fn nobody_is_told_that_a_chamber_or_a_carrier_has_done_what_it_has_not() {
    let certificate = compose(DocumentKind::CertificateOfOrigin, shipment()).unwrap();
    assert!(
        certificate
            .value
            .unwrap()
            .xml
            .contains("<cbc:ApprovalStatus>Not endorsed<")
    );
    assert!(certificate.reason.contains("not endorsed"));
    let lading = compose(DocumentKind::BillOfLading, shipment()).unwrap();
    assert!(
        lading
            .value
            .unwrap()
            .xml
            .contains("<cbc:DocumentStatusCode>draft<")
    );
    assert!(lading.reason.contains("draft"));
}

#[test]
fn each_document_names_what_it_lacks() {
    use DocumentKind::{
        BillOfLading, CertificateOfOrigin, CommercialInvoice, PackingList, Quotation,
    };
    assert_eq!(
        terms(CommercialInvoice, |s| s.terms = None),
        ["cac:DeliveryTerms"]
    );
    assert_eq!(
        terms(CommercialInvoice, |s| s.goods[0].origin = None),
        ["cac:OriginCountry"]
    );
    assert_eq!(
        terms(CommercialInvoice, |s| s.goods[0].price = None),
        ["cbc:PriceAmount"]
    );
    assert_eq!(
        terms(PackingList, |s| s.packages[0].goods = vec![1]),
        ["cac:GoodsItem"]
    );
    assert_eq!(
        terms(PackingList, |s| s.packages[0].goods = vec![1, 2, 3]),
        ["cac:GoodsItem"]
    );
    assert_eq!(
        terms(CertificateOfOrigin, |s| s.chamber = None),
        ["cac:IssuerParty"]
    );
    assert_eq!(
        terms(BillOfLading, |s| s.carrier = None),
        ["cac:CarrierParty"]
    );
    assert_eq!(
        terms(Quotation, |s| s.valid_until = None),
        ["cac:ValidityPeriod"]
    );
    assert_eq!(
        terms(DocumentKind::RequestForQuotation, |_| {}),
        ["cbc:PriceAmount"]
    );
}

#[test]
fn weights_that_contradict_each_other_are_refused() {
    let heavier = |s: &mut Shipment| s.packages[0].gross_weight = Some("16.6".to_owned());
    assert_eq!(
        terms(DocumentKind::PackingList, heavier),
        ["cbc:GrossWeightMeasure"]
    );
    let lighter = |s: &mut Shipment| s.goods[1].net_weight = Some("3.5".to_owned());
    assert_eq!(
        terms(DocumentKind::PackingList, lighter),
        ["cbc:NetWeightMeasure"]
    );
}

#[test]
fn a_term_that_is_none_or_does_not_fit_the_journey_is_refused() {
    for (incoterm, mode) in [
        ("DAT", TransportMode::Sea),
        ("cif", TransportMode::Sea),
        ("CIF", TransportMode::Air),
    ] {
        let changed = |s: &mut Shipment| {
            s.terms.as_mut().unwrap().incoterm = incoterm.to_owned();
            s.transport.as_mut().unwrap().mode = mode;
        };
        assert_eq!(
            terms(DocumentKind::CommercialInvoice, changed),
            ["cac:DeliveryTerms"],
            "{incoterm}"
        );
    }
}

#[test]
fn codes_that_are_none_are_refused_and_units_that_are_not_known_are_out_of_scope() {
    let wrong = |s: &mut Shipment| {
        s.goods[0].tariff_code = Some("09O230".to_owned());
        s.goods[0].origin = Some("EU".to_owned());
        s.transport.as_mut().unwrap().loading.code = Some("XXNGB".to_owned());
        s.containers = vec![Container {
            number: "CSQU30543".to_owned(),
            size_type: None,
            seal: None,
        }];
        s.buyer.name = "Pol\u{200b}der".to_owned();
        s.freight = Some(Money::new(1, "EUR").unwrap());
    };
    assert_eq!(
        terms(DocumentKind::BillOfLading, wrong),
        [
            "cbc:ItemClassificationCode",
            "cac:OriginCountry",
            "cac:TransportEquipment",
            "cac:LoadingPortLocation",
            "cac:AllowanceCharge",
            "cac:PartyName"
        ]
    );
    let mut unknown = shipment();
    unknown.goods[0].unit = "PCS".to_owned();
    let answer = compose(DocumentKind::PackingList, unknown).unwrap();
    assert_eq!((answer.status, answer.value), (Status::OutOfScope, None));
}

#[test]
fn all_documents_of_a_shipment_are_staged_or_none() {
    let host = FakeHost::new().writable("documents");
    let kinds = vec![DocumentKind::CommercialInvoice, DocumentKind::PackingList];
    let written =
        TradeDocs::write(kinds.clone(), shipment(), "documents/S-17/".to_owned()).unwrap();
    let paths: Vec<_> = written.iter().map(|each| each.path.clone()).collect();
    assert_eq!(
        paths,
        [
            "documents/S-17/commercial-invoice.xml",
            "documents/S-17/packing-list.xml"
        ]
    );
    assert_eq!(host.writes(), paths);
    assert!(written.iter().all(|each| {
        let document = each.answer.value.as_ref().unwrap();
        document.xml.is_empty() && !host.written_text(&each.path).unwrap().is_empty()
    }));
    let mut lacking = shipment();
    lacking.packages.clear();
    assert!(matches!(
        TradeDocs::write(kinds.clone(), lacking, "documents/other".to_owned()),
        Err(WriteError::Invalid(_))
    ));
    let mut unknown = shipment();
    unknown.goods[0].unit = "PCS".to_owned();
    assert!(matches!(
        TradeDocs::write(kinds.clone(), unknown, "documents/other".to_owned()),
        Err(WriteError::OutOfScope(_))
    ));
    assert_eq!(host.writes(), paths, "nothing more was staged");
    assert!(matches!(
        TradeDocs::write(kinds, shipment(), "elsewhere".to_owned()),
        Err(WriteError::NotWritable(_))
    ));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_markup_never_gets_through(text in "\\PC{0,30}|[<>&'\"a]{0,12}", number in "[-+0-9.,eE ]{0,16}", which in 0_usize..6) {
        let mut given = shipment();
        given.number = text.clone();
        given.goods[0].name = format!("<{text}");
        given.goods[0].quantity = number.clone();
        given.packages[0].gross_weight = Some(number);
        given.packages[0].marks = Some(text.clone());
        given.notes = vec![text.clone()];
        given.transport.as_mut().unwrap().vessel = Some(text);
        if let Ok(TradeDocumentAnswer { value: Some(value), .. }) = compose(ALL[which], of(ALL[which], given)) {
            let opened = value.xml.matches("<c").count() - value.xml.matches("</c").count();
            prop_assert_eq!(opened, value.xml.matches("</c").count(), "each element is closed");
        }
    }

    #[test]
    fn the_total_is_the_sum_of_its_rounded_lines(lines in proptest::collection::vec((1_i64..1_000_000, 0_u32..4, 0_i64..1_000_000, 0_u32..4), 1..8)) {
        use rust_decimal::{Decimal, RoundingStrategy};
        let mut given = shipment();
        given.goods = lines.iter().map(|(quantity, q, price, p)| goods(&Decimal::new(*quantity, *q).to_string(), &Decimal::new(*price, *p).to_string(), "1", "1")).collect();
        given.packages.clear();
        let expected: Decimal = lines
            .iter()
            .map(|(quantity, q, price, p)| (Decimal::new(*quantity, *q) * Decimal::new(*price, *p)).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
            .sum();
        let value = compose(DocumentKind::Quotation, given).unwrap().value.unwrap();
        prop_assert_eq!(Decimal::new(value.total.unwrap().minor, 2), expected + Decimal::new(5_000, 2));
    }
}
