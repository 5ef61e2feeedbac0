#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_sdk::testing::FakeHost;
use guildhall_ubl::Exact;
use proptest::prelude::*;

use crate::VatReturn;
use crate::bindings::{
    Direction, Guest, LeftOutReason, Question, ReturnError, Status, UkReturnAnswer,
};
use crate::boxes::{Boxes, Facts, Row, place, pounds};

/// What `einvoice` wrote: 74.67 at 7 % and 162.32 at 19 %, VAT 5.23 and 30.84.
const MADE: &str = include_str!("../../einvoice/golden/two-rates-as-a-file/R-2026-1001.xml");

/// A sale in pounds by GB123456789, made by `einvoice`.
fn sale() -> String {
    MADE.replace("EUR", "GBP")
        .replace("DE123456789", "GB123456789")
}

fn purchase() -> String {
    MADE.replace("EUR", "GBP")
        .replace("DE123456789", "GB999999973")
        .replace("FR12345678901", "GB123456789")
        .replace("HRB 4711", "7654321")
}

/// The same as a credit note.
fn credited(text: &str) -> String {
    let lines = text
        .replace("InvoiceTypeCode>380", "CreditNoteTypeCode>381")
        .replace("</cbc:InvoiceTypeCode", "</cbc:CreditNoteTypeCode")
        .replace("InvoiceLine", "CreditNoteLine")
        .replace("InvoicedQuantity", "CreditedQuantity")
        .replace("Invoice-2", "CreditNote-2")
        .replace("<Invoice", "<CreditNote")
        .replace("</Invoice", "</CreditNote");
    let due = lines.find("  <cbc:DueDate>").unwrap();
    let end = lines[due..].find('\n').unwrap() + due + 1;
    format!("{}{}", &lines[..due], &lines[end..]).replace("R-2026-1001", "G-1")
}

fn host(files: &[(&str, &str)]) -> FakeHost {
    files
        .iter()
        .fold(FakeHost::new().writable("returns"), |host, (name, text)| {
            host.file(&format!("invoices/{name}"), text)
        })
}

fn question() -> Question {
    Question {
        folder: "invoices".to_owned(),
        own_vat_ids: vec!["GB 123 4567 89".to_owned()],
        start: "2026-10-01".to_owned(),
        end: "2026-12-31".to_owned(),
        excluded: Vec::new(),
        not_reclaimed: Vec::new(),
        reverse_charge_rate: None,
        acquisition_rate: None,
    }
}

fn uk(question: Question) -> UkReturnAnswer {
    VatReturn::uk_return(question, "24A1".to_owned()).unwrap()
}

fn left_out(answer: &UkReturnAnswer) -> Vec<(&str, LeftOutReason)> {
    let left_out = &answer.documents.left_out;
    left_out
        .iter()
        .map(|out| (out.path.as_str(), out.reason))
        .collect()
}

#[test]
fn what_einvoice_wrote_comes_back_in_the_boxes() {
    let _host = host(&[("sale.xml", &sale()), ("purchase.xml", &purchase())]);
    let mut asked = question();
    let answer = uk(asked.clone());
    assert_eq!(answer.status, Status::Answered);
    let boxes = answer.value.unwrap().boxes;
    assert_eq!(
        [
            &boxes.vat_due_sales,
            &boxes.total_vat_due,
            &boxes.vat_reclaimed,
            &boxes.net_vat_due
        ]
        .map(ToString::to_string),
        ["36.07 GBP", "36.07 GBP", "36.07 GBP", "0.00 GBP"]
    );
    // 236.99 each: pence are left out.
    assert_eq!(
        (boxes.sales, boxes.purchases, boxes.goods_to_union),
        (236, 236, 0)
    );
    asked.not_reclaimed = vec!["invoices/purchase.xml".to_owned()];
    let boxes = uk(asked).value.unwrap().boxes;
    assert_eq!((boxes.vat_reclaimed.minor, boxes.purchases), (0, 236));
}

#[test]
fn a_credit_note_takes_back_what_its_invoice_brought() {
    let sale = sale();
    let _host = host(&[("a.xml", &sale), ("b.xml", &credited(&sale))]);
    let answer = uk(question());
    assert_eq!(left_out(&answer), []);
    let boxes = answer.value.unwrap().boxes;
    assert_eq!((boxes.vat_due_sales.minor, boxes.sales), (0, 0));
    assert_eq!(answer.documents.counted[1].net.minor, -23_699);
}

#[test]
fn the_json_is_what_making_tax_digital_takes_and_is_never_final() {
    let host = host(&[("a.xml", &credited(&sale())), ("b.xml", &purchase())]);
    let path = "returns/24A1.json".to_owned();
    let written = VatReturn::write_uk_return(question(), "24A1".to_owned(), path.clone()).unwrap();
    assert!(written.file.is_some());
    let text = host.written_text(&path).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "periodKey": "24A1", "vatDueSales": -36.07, "vatDueAcquisitions": 0.0, "totalVatDue": -36.07,
            "vatReclaimedCurrPeriod": 36.07, "netVatDue": 72.14, "totalValueSalesExVAT": -236,
            "totalValuePurchasesExVAT": 236, "totalValueGoodsSuppliedExVAT": 0, "totalAcquisitionsExVAT": 0, "finalised": false
        })
    );
    assert!(written.answer.value.unwrap().boxes.repayment);
}

#[test]
fn there_is_no_return_as_long_as_a_document_is_unclear() {
    let sale = sale();
    let foreign = purchase().replace("GB999999973", "DE123456789");
    let other = sale
        .replace("R-2026-1001", "R-2")
        .replace("GB123456789", "GB888888888");
    let euros = MADE
        .replace("DE123456789", "GB123456789")
        .replace("R-2026-1001", "R-3");
    let wrong = sale
        .replace("R-2026-1001", "R-4")
        .replace(">273.06<", ">999.06<");
    let contradiction = sale
        .replace("Regular customer", "Other")
        .replace("40</cbc:Inv", "40.0</cbc:Inv");
    let files = [
        ("a.xml", sale.as_str()),
        ("b.xml", &foreign),
        ("c.xml", &other),
        ("d.xml", &euros),
        ("e.xml", "no invoice"),
        ("f.xml", &wrong),
        ("g.xml", &contradiction),
    ];
    let _host = host(&files);
    let mut asked = question();
    let answer = uk(asked.clone());
    assert_eq!((answer.status, answer.value), (Status::OutOfScope, None));
    assert!(
        answer.reason.starts_with("5 documents are unclear"),
        "{}",
        answer.reason
    );
    let answer = uk(asked.clone());
    assert_eq!(
        left_out(&answer),
        [
            ("invoices/b.xml", LeftOutReason::UnclearBox),
            ("invoices/c.xml", LeftOutReason::NotYours),
            ("invoices/d.xml", LeftOutReason::Currency),
            ("invoices/e.xml", LeftOutReason::Unreadable),
            ("invoices/f.xml", LeftOutReason::Wrong),
            // The same sums: the same document.
            ("invoices/g.xml", LeftOutReason::Duplicate),
        ]
    );
    asked.excluded = ["b", "c", "d", "e", "f"]
        .map(|name| format!("invoices/{name}.xml"))
        .to_vec();
    let answer = uk(asked);
    assert_eq!(answer.status, Status::Answered);
    assert_eq!(answer.value.unwrap().boxes.vat_due_sales.minor, 3_607);
}

#[test]
fn two_documents_of_one_number_with_other_figures_are_a_contradiction() {
    let credit = credited(&sale()).replace("G-1", "R-2026-1001");
    let zero = sale()
        .replace(">5.23<", ">5.24<")
        .replace(">36.07<", ">36.08<")
        .replace(">273.06<", ">273.07<");
    let _host = host(&[("a.xml", &sale()), ("b.xml", &zero), ("c.xml", &credit)]);
    let answer = uk(question());
    // A credit note has its own numbers.
    assert_eq!(
        left_out(&answer),
        [("invoices/b.xml", LeftOutReason::Contradiction)]
    );
    assert_eq!(answer.status, Status::OutOfScope);
}

#[test]
fn the_tax_point_tells_the_period_and_a_period_without_documents_is_no_return() {
    let later = sale().replace(
        "  <cbc:DocumentCurrencyCode>",
        "  <cbc:TaxPointDate>2027-01-01</cbc:TaxPointDate>\n  <cbc:DocumentCurrencyCode>",
    );
    let _host = host(&[("a.xml", &later)]);
    let answer = uk(question());
    assert_eq!(
        (answer.status, answer.documents.other_period),
        (Status::OutOfScope, 1)
    );
    let mut asked = question();
    (asked.start, asked.end) = ("2027-01-01".to_owned(), "2027-01-01".to_owned());
    assert_eq!(uk(asked).status, Status::Answered);
}

#[test]
fn a_period_that_is_not_over_is_pointed_out() {
    for (now, over) in [
        ("2026-12-31T23:00:00Z", false),
        ("2027-01-01T00:00:00Z", true),
    ] {
        let _host = host(&[("a.xml", &sale())]).now(now);
        let answer = uk(question());
        assert_eq!(answer.status, Status::Answered);
        assert_eq!(answer.reason.contains("not over"), !over, "{now}");
    }
}

#[test]
fn the_summary_keeps_sales_and_purchases_and_currencies_apart() {
    let euros = MADE
        .replace("DE123456789", "GB123456789")
        .replace("R-2026-1001", "R-3");
    let _host = host(&[
        ("a.xml", &sale()),
        ("b.xml", &purchase()),
        ("c.xml", &euros),
    ]);
    let summary = VatReturn::summary(question()).unwrap().value.unwrap();
    let rows: Vec<_> = summary
        .rows
        .iter()
        .map(|row| {
            format!(
                "{:?} {} {} {} {}",
                row.direction, row.category, row.rate, row.taxable, row.vat
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "Direction::Sale S 7 74.67 EUR 5.23 EUR",
            "Direction::Sale S 19 162.32 EUR 30.84 EUR",
            "Direction::Sale S 7 74.67 GBP 5.23 GBP",
            "Direction::Sale S 19 162.32 GBP 30.84 GBP",
            "Direction::Purchase S 7 74.67 GBP 5.23 GBP",
            "Direction::Purchase S 19 162.32 GBP 30.84 GBP",
        ]
    );
    let balances: Vec<_> = summary
        .balances
        .iter()
        .map(|each| each.difference.to_string())
        .collect();
    assert_eq!(balances, ["36.07 EUR", "0.00 GBP"]);
}

#[test]
fn a_question_that_cannot_be_understood_is_refused_with_what_to_write() {
    let _host = host(&[("a.xml", &sale())]);
    let change = |change: fn(&mut Question)| {
        let mut asked = question();
        change(&mut asked);
        VatReturn::uk_return(asked, "24A1".to_owned())
    };
    for changed in [
        change(|asked| asked.own_vat_ids.clear()),
        change(|asked| asked.own_vat_ids = vec!["123456789".to_owned()]),
        change(|asked| asked.own_vat_ids = vec!["DE123456789".to_owned()]),
        change(|asked| asked.own_vat_ids = vec!["ＧＢ123456789".to_owned()]),
        change(|asked| asked.start = "2026-13-01".to_owned()),
        change(|asked| asked.end = "2026-09-30".to_owned()),
        change(|asked| asked.reverse_charge_rate = Some("20 %".to_owned())),
    ] {
        assert!(
            matches!(changed, Err(ReturnError::Invalid(_))),
            "{changed:?}"
        );
    }
    assert!(matches!(
        VatReturn::uk_return(question(), "\"}{\"".to_owned()),
        Err(ReturnError::Invalid(_))
    ));
    assert!(matches!(
        VatReturn::uk_return(
            Question {
                folder: "other".to_owned(),
                ..question()
            },
            "24A1".to_owned()
        ),
        Err(ReturnError::NotReadable(_))
    ));
}

const FACTS: Facts = Facts {
    northern: false,
    uk_seller: true,
    reclaimed: true,
    reverse_charge: None,
    acquisition: None,
};

#[test]
fn each_row_goes_where_the_notice_puts_it_or_nowhere() {
    let row = |direction, category| Row {
        direction,
        category,
        taxable: 10_000,
        vat: 2_000,
    };
    let put = |direction, category, facts| {
        let put: Option<Boxes> = place(row(direction, category), facts).ok();
        put.map(|b| {
            [
                b.due_on_sales,
                b.due_on_acquisitions,
                b.reclaimed,
                b.sales,
                b.purchases,
                b.goods_to_union,
                b.goods_from_union,
            ]
        })
    };
    let rate = Some(Exact::new(20, 0));
    let charged = Facts {
        reverse_charge: rate,
        ..FACTS
    };
    let abroad = Facts {
        uk_seller: false,
        ..charged
    };
    let north = Facts {
        northern: true,
        acquisition: rate,
        ..abroad
    };
    use Direction::{Purchase, Sale};
    for (direction, category, facts, expected) in [
        (Sale, "S", FACTS, Some([2_000, 0, 0, 10_000, 0, 0, 0])),
        (Sale, "Z", FACTS, Some([0, 0, 0, 10_000, 0, 0, 0])),
        (Sale, "G", FACTS, Some([0, 0, 0, 10_000, 0, 0, 0])),
        (Sale, "AE", FACTS, Some([0, 0, 0, 10_000, 0, 0, 0])),
        (Sale, "K", FACTS, None),
        (Sale, "K", north, Some([0, 0, 0, 10_000, 0, 10_000, 0])),
        (Sale, "O", FACTS, None),
        (Sale, "L", FACTS, None),
        (Purchase, "S", FACTS, Some([0, 0, 2_000, 0, 10_000, 0, 0])),
        (Purchase, "S", abroad, None),
        (Purchase, "E", FACTS, Some([0, 0, 0, 0, 10_000, 0, 0])),
        (Purchase, "AE", FACTS, None),
        (
            Purchase,
            "AE",
            charged,
            Some([2_000, 0, 2_000, 0, 10_000, 0, 0]),
        ),
        (
            Purchase,
            "AE",
            abroad,
            Some([2_000, 0, 2_000, 10_000, 10_000, 0, 0]),
        ),
        (
            Purchase,
            "K",
            north,
            Some([0, 2_000, 2_000, 0, 10_000, 0, 10_000]),
        ),
        (Purchase, "K", abroad, None),
        (Purchase, "G", FACTS, None),
    ] {
        assert_eq!(
            put(direction, category, facts),
            expected,
            "{direction:?} {category}"
        );
    }
    let blocked = Facts {
        reclaimed: false,
        ..charged
    };
    assert_eq!(
        put(Purchase, "AE", blocked),
        Some([2_000, 0, 0, 0, 10_000, 0, 0])
    );
}

fn any_row() -> impl Strategy<Value = (bool, usize, i64, i64)> {
    (
        any::<bool>(),
        0_usize..5,
        -1_000_000_000_i64..1_000_000_000,
        -200_000_000_i64..200_000_000,
    )
}

fn put((sale, category, taxable, vat): (bool, usize, i64, i64)) -> Boxes {
    let category = ["S", "Z", "E", "AE", "K"][category];
    let direction = if sale {
        Direction::Sale
    } else {
        Direction::Purchase
    };
    let rate = Some(Exact::new(20, 0));
    let facts = Facts {
        northern: true,
        uk_seller: category != "K",
        reclaimed: true,
        reverse_charge: rate,
        acquisition: rate,
    };
    place(
        Row {
            direction,
            category,
            taxable,
            vat,
        },
        facts,
    )
    .unwrap()
}

fn sum(boxes: impl IntoIterator<Item = Boxes>) -> Boxes {
    boxes
        .into_iter()
        .fold(Boxes::default(), |sum, each| sum.plus(each).unwrap())
}

proptest! {
    #[test]
    fn boxes_add_up_in_any_order(rows in proptest::collection::vec(any_row(), 0..20)) {
        let boxes = sum(rows.iter().copied().map(put));
        let turned = sum(rows.iter().rev().copied().map(put));
        prop_assert_eq!(boxes, turned);
        prop_assert_eq!(boxes.total_due().unwrap(), boxes.due_on_sales + boxes.due_on_acquisitions);
        prop_assert_eq!(boxes.net().unwrap(), boxes.total_due().unwrap() - boxes.reclaimed);
    }

    #[test]
    fn what_is_given_back_cancels_what_was_taken(rows in proptest::collection::vec(any_row(), 0..20)) {
        let back = rows.iter().map(|(sale, category, taxable, vat)| (*sale, *category, -taxable, -vat));
        prop_assert_eq!(sum(rows.iter().copied().chain(back).map(put)), Boxes::default());
    }

    #[test]
    fn reverse_charge_and_acquisitions_cost_nothing_where_all_is_reclaimed(taxable in -1_000_000_000_i64..1_000_000_000, goods in any::<bool>()) {
        let boxes = put((false, if goods { 4 } else { 3 }, taxable, 0));
        prop_assert_eq!(boxes.net().unwrap(), 0);
        prop_assert_eq!(boxes.purchases, taxable);
    }

    #[test]
    fn goods_with_the_union_are_part_of_all_sales_and_purchases(rows in proptest::collection::vec(any_row().prop_map(|(s, c, t, v)| (s, c, t.abs(), v.abs())), 0..20)) {
        let boxes = sum(rows.into_iter().map(put));
        prop_assert!(boxes.goods_to_union <= boxes.sales && boxes.goods_from_union <= boxes.purchases);
        prop_assert!(pounds(boxes.sales) * 100 <= boxes.sales && boxes.sales - pounds(boxes.sales) * 100 < 100);
    }

    #[test]
    fn no_numbers_make_it_panic(a in any::<i64>(), b in any::<i64>()) {
        let row = |vat| Row { direction: Direction::Sale, category: "S", taxable: a, vat };
        if let (Ok(one), Ok(other)) = (place(row(b), FACTS), place(row(a), FACTS)) {
            let _ = one.plus(other);
        }
    }
}
