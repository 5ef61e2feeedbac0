#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_invoice::{Document, Kind, check, read};
use guildhall_sdk::Money;
use guildhall_sdk::testing::FakeHost;
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::EinvoiceSkill;
use crate::bindings::{
    Account, Address, Adjustment, AdjustmentKind, Delivery, DocumentKind, EinvoiceAnswer, Guest,
    Invalid, Line, LineAdjustment, Order, Party, Size, Status, Vat, VatCategory, WriteError,
};

fn vat(category: VatCategory, rate: Option<&str>) -> Vat {
    Vat {
        category,
        rate: rate.map(str::to_owned),
        reason: None,
    }
}

fn standard(rate: &str) -> Vat {
    vat(VatCategory::Standard, Some(rate))
}

fn party(name: &str, country: &str, vat_id: Option<&str>) -> Party {
    Party {
        name: name.to_owned(),
        trading_name: None,
        vat_id: vat_id.map(str::to_owned),
        tax_number: None,
        registration: Some("HRB 4711".to_owned()),
        id: None,
        address: Address {
            street: Some("Hafenstraße 1".to_owned()),
            additional: None,
            city: Some("Hamburg".to_owned()),
            postcode: Some("20457".to_owned()),
            region: None,
            country: country.to_owned(),
        },
        electronic_address: None,
        contact: None,
    }
}

fn line(quantity: &str, price: &str, vat: Vat) -> Line {
    Line {
        name: "Screws M4".to_owned(),
        description: None,
        item_number: None,
        quantity: quantity.to_owned(),
        unit: "C62".to_owned(),
        price: price.to_owned(),
        price_for: None,
        vat,
        adjustments: Vec::new(),
        origin: None,
        period: None,
    }
}

fn order(currency: &str, lines: Vec<Line>) -> Order {
    Order {
        kind: DocumentKind::Invoice,
        number: "R-1001".to_owned(),
        issued: "2026-11-24".to_owned(),
        due: Some("2026-12-24".to_owned()),
        payment_terms: None,
        currency: currency.to_owned(),
        buyer_reference: None,
        order_number: None,
        contract_number: None,
        preceding: Vec::new(),
        notes: Vec::new(),
        period: None,
        seller: party("Nordlicht GmbH", "DE", Some("DE123456789")),
        buyer: party("Søn & Co", "DK", Some("DK12345678")),
        tax_representative: None,
        delivery: None,
        accounts: Vec::new(),
        payment_reference: None,
        lines,
        adjustments: Vec::new(),
        prepaid: None,
        payable_step: None,
        vat_in_tax_currency: None,
    }
}

fn compose(order: &Order) -> Result<EinvoiceAnswer, Invalid> {
    let _host = FakeHost::new();
    EinvoiceSkill::compose(order.clone())
}

fn made(order: &Order) -> (EinvoiceAnswer, Document) {
    let answer = compose(order).unwrap();
    let document = read(answer.value.as_ref().unwrap().xml.as_bytes()).unwrap();
    (answer, document)
}

fn terms(order: &Order) -> Vec<String> {
    let invalid = compose(order).unwrap_err();
    invalid
        .problems
        .into_iter()
        .map(|problem| problem.term)
        .collect()
}

fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, currency).unwrap()
}

fn allowance(size: Size, vat: Option<Vat>) -> Adjustment {
    Adjustment {
        kind: AdjustmentKind::Allowance,
        size,
        reason: "Volume discount".to_owned(),
        vat,
    }
}

#[test]
fn an_order_becomes_a_document_that_the_reader_of_strangers_invoices_finds_nothing_wrong_with() {
    let mut order = order(
        "EUR",
        vec![
            line("3", "33.335", standard("19")),
            line("1", "50", standard("7")),
        ],
    );
    order.adjustments = vec![allowance(Size::Percent("10".to_owned()), None)];
    order.accounts = vec![Account {
        number: "DE75 5121 0800 1245 1261 99".to_owned(),
        name: None,
        bic: None,
    }];
    order.prepaid = Some(money(1000, "EUR"));
    let (answer, document) = made(&order);
    let value = answer.value.unwrap();
    assert_eq!(answer.status, Status::Answered);
    // 100.01 (of 100.005) and 50.00, less 10.00 and 5.00; VAT 17.10 and 3.15.
    assert_eq!(
        [
            &value.lines,
            &value.allowances,
            &value.net,
            &value.vat,
            &value.gross,
            &value.payable
        ]
        .map(ToString::to_string),
        [
            "150.01 EUR",
            "15.00 EUR",
            "135.01 EUR",
            "20.25 EUR",
            "155.26 EUR",
            "145.26 EUR"
        ]
    );
    assert_eq!(check(&document), []);
    assert_eq!(document.kind, Kind::Invoice);
    assert_eq!(document.number.as_deref(), Some("R-1001"));
    assert_eq!(document.buyer.name.as_deref(), Some("Søn & Co"));
    assert_eq!(document.vat_breakdown.len(), 2);
    assert_eq!(document.allowances_charges.len(), 2);
    assert_eq!(document.accounts[0].normalised, "DE75512108001245126199");
}

#[test]
fn a_credit_note_names_what_it_corrects_and_keeps_its_due_date() {
    let mut order = order("EUR", vec![line("1", "100", standard("19"))]);
    order.kind = DocumentKind::CreditNote;
    order.preceding = vec![crate::bindings::Preceding {
        number: "R-1000".to_owned(),
        date: Some("2026-10-01".to_owned()),
    }];
    let (_, document) = made(&order);
    assert_eq!(check(&document), []);
    assert_eq!(document.kind, Kind::CreditNote);
    assert_eq!(document.due_date.as_ref().unwrap().raw, "2026-12-24");
    assert_eq!(document.references[0].id, "R-1000");
    assert_eq!(document.owed().unwrap().to_string(), "-119");
}

#[test]
fn yen_have_no_decimal_places_and_dinars_the_two_that_the_norm_allows() {
    let (answer, _) = made(&order("JPY", vec![line("3", "333.5", standard("10"))]));
    let yen = answer.value.unwrap();
    // 1000.5 rounds to 1001; VAT 100.1 to 100.
    assert_eq!(
        (yen.net.minor, yen.vat.minor, yen.payable.minor),
        (1001, 100, 1101)
    );
    let (answer, document) = made(&order("KWD", vec![line("1", "10.125", standard("5"))]));
    let dinars = answer.value.unwrap();
    assert_eq!((dinars.net.minor, dinars.vat.minor), (10_130, 510));
    assert_eq!(document.payable().unwrap().to_string(), "10.64");
    assert!(
        answer.reason.contains("two decimal places"),
        "{}",
        answer.reason
    );
    let mut fils = order("KWD", vec![line("1", "10", standard("5"))]);
    fils.prepaid = Some(money(1_005, "KWD"));
    assert_eq!(terms(&fils), ["BT-113"]);
}

#[test]
fn each_category_without_vat_says_why_and_names_whom_the_norm_wants_named() {
    let untaxed = |category| order("EUR", vec![line("1", "100", vat(category, None))]);
    let (_, document) = made(&untaxed(VatCategory::ReverseCharge));
    assert_eq!(
        document.vat_breakdown[0].exemption_reason.as_deref(),
        Some("Reverse charge")
    );
    assert_eq!(
        terms(&untaxed(VatCategory::IntraCommunity)),
        ["BT-72", "BT-80"]
    );
    let mut within = untaxed(VatCategory::IntraCommunity);
    within.delivery = Some(Delivery {
        date: Some("2026-11-20".to_owned()),
        name: None,
        address: Some(within.buyer.address.clone()),
    });
    assert_eq!(made(&within).1.delivery_country.as_deref(), Some("DK"));
    assert_eq!(terms(&untaxed(VatCategory::Exempt)), ["BT-120"]);
    assert_eq!(terms(&untaxed(VatCategory::NotSubject)), ["BT-31"]);
    let mut nobody = untaxed(VatCategory::ReverseCharge);
    nobody.seller.vat_id = None;
    nobody.buyer.vat_id = None;
    nobody.buyer.registration = None;
    assert_eq!(terms(&nobody), ["BT-31", "BT-48"]);
    let mut mixed = untaxed(VatCategory::NotSubject);
    mixed.seller.vat_id = None;
    mixed.seller.tax_number = Some("12/345".to_owned());
    mixed.buyer.vat_id = None;
    mixed.lines.push(line("1", "1", standard("19")));
    assert_eq!(terms(&mixed), ["BT-151"]);
}

#[test]
fn one_answer_names_everything_that_is_wrong() {
    let mut order = order("EUR", vec![line("1,5", "-1", standard("0"))]);
    order.number = " ".to_owned();
    order.issued = "2026-02-30".to_owned();
    order.seller.vat_id = Some("123".to_owned());
    order.buyer.address.country = "Denmark".to_owned();
    order.accounts = vec![Account {
        number: "DE75512108001245126198".to_owned(),
        name: None,
        bic: None,
    }];
    assert_eq!(
        terms(&order),
        [
            "BT-1", "BT-2", "BT-31", "BT-55", "BT-84", "BT-129", "BT-146", "BT-152"
        ]
    );
    let invalid = compose(&order).unwrap_err();
    assert_eq!(
        invalid.message,
        "The number (BT-1) is missing: write it. There are 7 more problems."
    );
}

#[test]
fn an_amount_taken_off_lines_that_are_taxed_differently_needs_its_own_vat() {
    let lines = vec![
        line("1", "100", standard("19")),
        line("1", "100", standard("7")),
    ];
    let mut order = order("EUR", lines);
    let size = Size::Amount(money(500, "EUR"));
    order.adjustments = vec![allowance(size.clone(), None)];
    assert_eq!(terms(&order), ["BT-95"]);
    order.adjustments = vec![allowance(size, Some(standard("7.0")))];
    let value = made(&order).0.value.unwrap();
    assert_eq!(value.vat_rows[0].taxable.minor, 9_500, "7.0 is the rate 7");
}

#[test]
fn percent_of_what_is_given_back_is_given_back_too() {
    let mut order = order("EUR", vec![line("-2", "50", standard("19"))]);
    order.adjustments = vec![allowance(Size::Percent("10".to_owned()), None)];
    let (answer, document) = made(&order);
    let value = answer.value.unwrap();
    let sums = (value.allowances.minor, value.net.minor, value.vat.minor);
    assert_eq!(sums, (-1_000, -9_000, -1_710));
    assert_eq!(check(&document), []);
}

#[test]
fn what_is_wrong_with_lines_is_named_where_the_currency_is_wrong_too() {
    let order = order("€", vec![line("1,5", "1", standard("0"))]);
    assert_eq!(terms(&order), ["BT-5", "BT-129", "BT-152"]);
}

#[test]
fn hidden_characters_are_refused_and_markup_is_only_text() {
    for hidden in ["\u{200b}", "\u{202e}", "\u{feff}", "\0", "\u{1b}"] {
        let mut order = order("EUR", vec![line("1", "1", standard("19"))]);
        order.buyer.name = format!("Ac{hidden}me");
        assert_eq!(terms(&order), ["BT-44"], "{hidden:?}");
    }
    let mut order = order("EUR", vec![line("１", "1", standard("19"))]);
    assert_eq!(terms(&order), ["BT-129"]);
    order.lines[0].quantity = "١٢".to_owned();
    assert_eq!(terms(&order), ["BT-129"]);
    order.lines[0].quantity = "1".to_owned();
    order.buyer.name = "</cbc:RegistrationName><!-- & \"x\" ]]>".to_owned();
    let (_, document) = made(&order);
    assert_eq!(document.buyer.name, Some(order.buyer.name));
}

#[test]
fn a_document_that_does_not_read_back_as_it_was_computed_is_not_given_out() {
    let order = order("EUR", vec![line("1", "100", standard("19"))]);
    let (xml, (value, scale, _)) = crate::write(&order).unwrap();
    assert!(crate::read_back(&xml, &value, scale).is_ok());
    for (from, to) in [
        (
            "PayableAmount currencyID=\"EUR\">119.00",
            "PayableAmount currencyID=\"EUR\">119.01",
        ),
        (">100.00<", ">100.0<"),
        ("<cbc:ID>S</cbc:ID>", "<cbc:ID>E</cbc:ID>"),
        ("</Invoice>", ""),
        ("DE123456789", ""),
    ] {
        let damaged = xml.replace(from, to);
        assert_ne!(damaged, xml, "{from}");
        assert!(crate::read_back(&damaged, &value, scale).is_err(), "{from}");
    }
}

#[test]
fn a_unit_that_is_not_known_is_out_of_scope_and_not_an_error() {
    let mut order = order("EUR", vec![line("1", "1", standard("19"))]);
    order.lines[0].unit = "PCS".to_owned();
    let answer = compose(&order).unwrap();
    assert_eq!((answer.status, answer.value), (Status::OutOfScope, None));
    assert!(answer.reason.contains("C62"), "{}", answer.reason);
}

#[test]
fn a_currency_that_is_no_more_is_refused() {
    for currency in ["HRK", "BGN", "XAU", "eur", "€"] {
        assert_eq!(
            terms(&order(currency, vec![line("1", "1", standard("19"))])),
            ["BT-5"],
            "{currency}"
        );
    }
}

#[test]
fn a_day_in_the_future_is_pointed_out() {
    let dated = |now: &str| {
        let _host = FakeHost::new().now(now);
        let order = order("EUR", vec![line("1", "1", standard("19"))]);
        EinvoiceSkill::compose(order).unwrap().reason
    };
    assert!(dated("2026-11-22T23:00:00Z").contains("lies in the future"));
    assert!(!dated("2026-11-23T00:00:00Z").contains("future"));
}

#[test]
fn francs_are_rounded_to_the_step_that_is_paid() {
    let mut order = order("CHF", vec![line("1", "10.03", standard("8.1"))]);
    order.payable_step = Some(5);
    let (answer, document) = made(&order);
    // 10.84 becomes 10.85.
    assert_eq!(answer.value.unwrap().payable.minor, 1_085);
    assert_eq!(document.totals.rounding.unwrap().number.raw, "0.01");
    assert_eq!(
        check(&read(made(&order).0.value.unwrap().xml.as_bytes()).unwrap()),
        []
    );
}

#[test]
fn a_file_is_staged_only_for_a_document_and_only_where_it_may_be() {
    let good = order("EUR", vec![line("1", "1", standard("19"))]);
    let host = FakeHost::new().writable("invoices");
    let written = EinvoiceSkill::write(good.clone(), "invoices/R-1001.xml".to_owned()).unwrap();
    assert!(written.file.is_some());
    assert_eq!(
        host.written_text("invoices/R-1001.xml").unwrap(),
        made(&good).0.value.unwrap().xml
    );
    assert_eq!(written.answer.value.unwrap().xml, "");
    assert!(matches!(
        EinvoiceSkill::write(good.clone(), "elsewhere/x.xml".to_owned()),
        Err(WriteError::NotWritable(_))
    ));
    let mut bad = good;
    bad.number.clear();
    assert!(matches!(
        EinvoiceSkill::write(bad, "invoices/bad.xml".to_owned()),
        Err(WriteError::Invalid(_))
    ));
    assert_eq!(host.writes(), ["invoices/R-1001.xml"]);
}

fn decimal(units: i64, places: u32) -> String {
    Decimal::new(units, places).to_string()
}

proptest! {
    #[test]
    fn the_sums_agree_with_decimals_for_any_lines(
        currency in prop_oneof![Just(("EUR", 2)), Just(("JPY", 0)), Just(("KWD", 2))],
        lines in proptest::collection::vec((1_i64..1_000_000, 0_u32..5, 0_i64..1_000_000, 0_u32..5, 0_usize..3, 0_i64..3000), 1..8),
    ) {
        let rates = ["19", "7", "5.5"];
        let mut given = Vec::new();
        let mut rows = [Decimal::ZERO; 3];
        let round = |amount: Decimal| amount.round_dp_with_strategy(currency.1, RoundingStrategy::MidpointAwayFromZero);
        for (quantity, quantity_places, price, price_places, rate, percent) in lines {
            let mut each = line(&decimal(quantity, quantity_places), &decimal(price, price_places), standard(rates[rate]));
            each.adjustments = vec![LineAdjustment {
                kind: AdjustmentKind::Allowance,
                size: Size::Percent(decimal(percent, 2)),
                reason: "Discount".to_owned(),
            }];
            let product = round(Decimal::new(quantity, quantity_places) * Decimal::new(price, price_places));
            rows[rate] += product - round(product * Decimal::new(percent, 4));
            given.push(each);
        }
        let value = compose(&order(currency.0, given)).unwrap().value.unwrap();
        let net: Decimal = rows.iter().sum();
        let vat: Decimal = rows.iter().zip(rates).map(|(row, rate)| round(*row * rate.parse::<Decimal>().unwrap() / Decimal::ONE_HUNDRED)).sum();
        let minor = |amount: Decimal| Money::from_decimal_text(amount, currency.0);
        prop_assert_eq!((value.net.minor, value.vat.minor, value.payable.minor), (minor(net), minor(vat), minor(net + vat)));
    }

    #[test]
    fn no_text_makes_it_panic_and_what_is_made_can_be_read(text in "\\PC{0,40}", number in "[-+0-9.,eE ]{0,20}", currency in "[A-Z]{3}") {
        let mut order = order(&currency, vec![line(&number, &number, standard(&number))]);
        order.number = text.clone();
        order.notes = vec![text.clone()];
        order.seller.vat_id = Some(text.clone());
        order.lines[0].unit = text;
        order.payable_step = Some(7);
        if let Ok(EinvoiceAnswer { value: Some(value), .. }) = compose(&order) {
            prop_assert!(read(value.xml.as_bytes()).is_ok());
        }
    }
}

/// What the money is in minor units of ISO 4217.
trait Minor {
    fn from_decimal_text(amount: Decimal, currency: &str) -> i64;
}

impl Minor for Money {
    fn from_decimal_text(amount: Decimal, currency: &str) -> i64 {
        Money::parse(&amount.normalize().to_string(), currency)
            .unwrap()
            .minor
    }
}
