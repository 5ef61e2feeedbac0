//! Documents that are well formed whatever is put into them, and numbers that are exact.
#![allow(clippy::unwrap_used, clippy::panic)]

use guildhall_sdk::Money;
use guildhall_ubl::{
    Draft, Exact, NotMade, Problem, Problems, Scale, each, fields, round_ratio, rules,
};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

fields! {
    NAME:    "BT-27"       "BR-06" "The name"                "PartyName/Name";
    VAT_ID:  "BT-31"       ""      "The VAT identifier"      "";
    BUYER:   "BT-44"       "BR-07" "The buyer"               "";
    COUNTRY: "cac:Country" ""      "The country of the {place}" "Country/IdentificationCode";
    ISSUED:  "BT-2"        "BR-03" "The day of issue"        "IssueDate";
    DUE:     "BT-9"        ""      "The due date"            "DueDate";
    AMOUNT:  "BT-92"       "BR-DEC-01" "the allowance"       "";
    UNIT:    "BT-130"      "BR-23" "the unit"                "";
}

rules! {
    UNKNOWN_UNIT: "BT-130" "BR-CL-23" "the unit {} is not known.";
    BROKEN: "BT-1" "BR-1" "{place} says {} and {}.";
}

/// What is written, as the text between root and root.
fn written(content: impl FnOnce(&mut Draft)) -> String {
    let mut draft = Draft::default();
    content(&mut draft);
    let (text, ()) = draft.finish("PackingList", Some(())).unwrap();
    let inside = text.split_once("Components-2\">\n").unwrap().1;
    let inside = inside
        .rsplit_once("Components-2\">\n")
        .map_or(inside, |(_, rest)| rest);
    inside.strip_suffix("</PackingList>\n").unwrap().to_owned()
}

/// What is found wrong.
fn problems(content: impl FnOnce(&mut Draft)) -> Vec<Problem> {
    let mut draft = Draft::default();
    content(&mut draft);
    match draft.finish("PackingList", Some(())) {
        Err(NotMade::Invalid(problems)) => problems.finish().1,
        other => panic!("{other:?}"),
    }
}

fn messages(content: impl FnOnce(&mut Draft)) -> Vec<String> {
    problems(content)
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_group_without_content_is_left_out_with_all_that_is_empty_in_it() {
    let document = written(|draft| {
        draft.group("Shipment/Consignment", |draft| {
            draft.leaf("ID", None::<&str>)
        });
        draft.leaf("OrderReference/ID", "A & \"B\"");
    });
    assert_eq!(
        document,
        "  <cac:OrderReference>\n    <cbc:ID>A &amp; &quot;B&quot;</cbc:ID>\n  </cac:OrderReference>\n"
    );
}

#[test]
fn leaves_join_the_group_before_them_and_a_group_begins_anew() {
    let document = written(|draft| {
        draft.leaf("Contact/Name", "A");
        draft.leaf("Contact/Telephone", "1");
        for number in ["1", "2"] {
            draft.group("BillingReference", |draft| {
                draft.leaf("InvoiceDocumentReference/ID", number)
            });
        }
    });
    assert_eq!(document.matches("<cac:Contact>").count(), 1, "{document}");
    assert_eq!(
        document.matches("<cac:BillingReference>").count(),
        2,
        "{document}"
    );
    assert_eq!(
        document.matches("<cac:InvoiceDocumentReference>").count(),
        2,
        "{document}"
    );
}

#[test]
fn a_part_is_written_where_it_is_put_and_copied_as_often_as_wanted() {
    let document = written(|draft| {
        let (read, part) = draft.part(|draft| draft.required(NAME, " Tea "));
        assert_eq!(read, "Tea");
        draft.leaf("ID", 1_u32);
        draft.copy("SellerParty", &part);
        draft.copy("BuyerParty/Party", &part);
        draft.put(part);
        draft.copy("NotifyParty", None);
    });
    assert_eq!(
        document.matches("<cbc:Name>Tea</cbc:Name>").count(),
        3,
        "{document}"
    );
    assert!(document.starts_with("  <cbc:ID>"), "{document}");
    assert!(!document.contains("NotifyParty"));
}

#[test]
fn text_that_is_not_what_it_looks_like_is_a_problem_and_not_missing_too() {
    let found = problems(|draft| {
        draft.required(NAME, "Ac\u{200b}me");
        draft.code(VAT_ID, &some("ＤＥ1"));
        draft.required(BUYER, " ");
    });
    let terms: Vec<_> = found.iter().map(|problem| problem.term.as_str()).collect();
    assert_eq!(terms, ["BT-27", "BT-31", "BT-44"]);
    let mut all = Problems::default();
    for problem in found {
        all.add(problem.term, problem.rule, problem.message);
    }
    let (sentence, _) = all.finish();
    assert!(
        sentence.contains("U+200B") && sentence.ends_with("There are 2 more problems."),
        "{sentence}"
    );
}

#[test]
fn the_list_of_problems_ends_and_says_so() {
    let found = problems(|draft| (0..1_000).for_each(|_| draft.require(false, BROKEN, &[])));
    assert_eq!(found.len(), 51);
}

#[test]
fn nothing_is_made_of_what_was_refused() {
    let mut draft = Draft::default();
    draft.required(NAME, "");
    draft.support(false, UNKNOWN_UNIT, &[&"PCS"]);
    assert!(matches!(
        draft.finish("Invoice", Some(())),
        Err(NotMade::Invalid(_))
    ));
    let mut draft = Draft::default();
    draft.unit(UNIT, &"PCS".to_owned(), UNKNOWN_UNIT);
    let beyond = draft.finish("Invoice", Some(()));
    assert!(
        matches!(beyond, Err(NotMade::Beyond(problem)) if problem.message == "the unit `PCS` is not known.")
    );
    let nothing = Draft::default().finish("Invoice", None::<()>);
    assert!(matches!(nothing, Err(NotMade::Invalid(_))));
}

#[test]
fn a_sentence_says_where_it_is_and_braces_of_the_caller_are_only_text() {
    let found = messages(|draft| {
        draft.each("Line", &["{}", "x"], |draft, number, given| {
            draft.require(false, BROKEN, &[given, &number]);
            draft.must(UNIT, "", "write it.");
        });
        draft.within("buyer", |draft| {
            draft.country(COUNTRY, "ISO 3166-1", &some("EU"))
        });
    });
    assert_eq!(
        found,
        [
            "Line 1 says {} and 1.",
            "Line 1: the unit (BT-130) is missing: write it.",
            "Line 2 says x and 2.",
            "Line 2: the unit (BT-130) is missing: write it.",
            "The country of the buyer is `EU`: write two capital letters of ISO 3166-1, for example DE.",
        ]
    );
}

#[test]
fn days_exist_and_come_in_order() {
    let found = problems(|draft| {
        draft.day(ISSUED, &some("2026-02-30"));
        draft.day(ISSUED, &some("0000-01-01"));
        draft.period(
            [ISSUED, DUE],
            "BR-29",
            Some((&"2026-03-02".to_owned(), &"2026-03-01".to_owned())),
        );
    });
    let rules: Vec<_> = found.iter().map(|problem| problem.rule.as_str()).collect();
    assert_eq!(rules, ["BR-03", "BR-03", "BR-29"]);
    let message = found.last().map(|problem| problem.message.as_str());
    let expected = "The due date (BT-9) is 2026-03-01 and lies before the day of issue, 2026-03-02: correct one of the two.";
    assert_eq!(message, Some(expected));
    let same = Some("2026-03-02".to_owned());
    let document =
        written(|draft| draft.period([ISSUED, DUE], "", same.as_ref().zip(same.as_ref())));
    assert_eq!(document.matches("2026-03-02").count(), 2);
}

#[test]
fn amounts_are_of_the_currency_as_it_is_written() {
    let dinars = Scale::of("KWD", 2).unwrap();
    let money = |minor, currency: &str| Money::new(minor, currency).unwrap();
    let found = messages(|draft| {
        draft.set_scale(Some(dinars));
        assert_eq!(draft.money(AMOUNT, &money(1_230, "KWD")), 123);
        assert_eq!(draft.money(AMOUNT, &money(1_234, "KWD")), 0);
        assert_eq!(draft.money(AMOUNT, &money(1, "EUR")), 0);
        assert_eq!(draft.bounded(AMOUNT, 1_000_000_000_000_000), 0);
        assert_eq!(draft.share(AMOUNT, 1_001, Exact::new(50, 0)), 501);
    });
    assert_eq!(
        found,
        [
            "the allowance (BT-92) is 1.234 KWD, but the document has 2 decimal places at most: round it.",
            "the allowance (BT-92) is in `EUR`, but the document is in KWD: write it in KWD.",
            "the allowance (BT-92) is too large: make several documents of it.",
        ]
    );
    let document = written(|draft| {
        draft.amount("Amount", 1);
        draft.set_scale(Some(dinars));
        draft.amount("Amount", -5);
        draft.amount("Amount", None);
    });
    assert_eq!(
        document,
        "  <cbc:Amount currencyID=\"KWD\">-0.05</cbc:Amount>\n"
    );
    assert_eq!(dinars.money(123), Some(money(1_230, "KWD")));
    assert_eq!(dinars.written(&money(1_230, "KWD")).to_string(), "1.23");
}

#[test]
fn a_vat_identifier_has_its_country_in_front() {
    let document = written(|draft| {
        assert_eq!(
            draft.vat_id(VAT_ID, "", &some("EL 123-456.789")),
            some("EL123456789")
        );
    });
    assert!(document.contains("<cbc:CompanyID>EL123456789<") && document.contains("<cbc:ID>VAT<"));
    for wrong in ["123", "QQ123456789", "DE1", "DE12345678é", "de123456789"] {
        assert_eq!(
            problems(|draft| {
                draft.vat_id(VAT_ID, "BR-CO-09", &some(wrong));
            })
            .len(),
            1,
            "{wrong}"
        );
    }
}

#[test]
fn a_list_that_is_too_long_is_refused_for_each() {
    let made = each(2, "orders", &[1, 2, 3], |_| Ok::<(), Problems>(()));
    assert!(made.len() == 3 && made.iter().all(Result::is_err));
    assert!(
        each(3, "orders", &[1, 2, 3], |_| Ok::<(), Problems>(()))
            .iter()
            .all(Result::is_ok)
    );
}

#[test]
fn numbers_are_added_up_and_compared_by_value() {
    let numbers = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| Exact::parse(text))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        Exact::sum(numbers(&["1.50", "2"])).unwrap().to_string(),
        "3.5"
    );
    assert_eq!(Exact::sum(numbers(&["1", "x"])), None);
    assert_eq!(Exact::sum([]), None);
    assert!(Exact::new(55, 1).at_most(Exact::new(19, 0)));
    assert!(!Exact::new(19, 0).at_most(Exact::new(55, 1)));
    assert_eq!(Exact::parse_unsigned("-1"), None);
}

#[test]
fn only_plain_decimals_are_numbers() {
    for text in [
        "",
        "-",
        ".",
        "1.",
        ".5",
        "1e3",
        "1,5",
        "+1",
        "１",
        "1.2.3",
        "1234567890123",
        "0.1234567",
        "NaN",
        "--1",
    ] {
        assert_eq!(Exact::parse(text), None, "{text:?}");
    }
    for (text, shown) in [
        ("007.50", "7.5"),
        ("-0.000", "0"),
        ("1.000000000", "1"),
        (" 12 ", "12"),
    ] {
        assert_eq!(Exact::parse(text).unwrap().to_string(), shown);
    }
}

proptest! {
    #[test]
    fn products_are_rounded_once_and_half_away_from_zero(a in -1_000_000_i64..1_000_000, b in 0_i64..1_000_000, by in 1_i64..1000, places in 0_u32..3) {
        let exact = Exact::new(a.into(), 3).product(Exact::new(b.into(), 4), Exact::new(by.into(), 1), places).unwrap();
        let expected = (Decimal::new(a, 3) * Decimal::new(b, 4) / Decimal::new(by, 1)).round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        prop_assert_eq!(Decimal::from_i128_with_scale(exact, places), expected);
    }

    #[test]
    fn no_numbers_make_it_panic(a in any::<i128>(), b in any::<i128>(), places in any::<u32>()) {
        let _ = round_ratio(a, b);
        let _ = Exact::new(a, places % 40).product(Exact::new(b, 3), Exact::new(a, places % 50), places);
    }

    #[test]
    fn a_number_reads_back_what_it_shows(units in -1_000_000_000_i64..1_000_000_000, places in 0_u32..6) {
        let shown = Exact::new(units.into(), places).to_string();
        prop_assert_eq!(Exact::parse(&shown).unwrap().product(Exact::ONE, Exact::ONE, 6), Exact::new(units.into(), places).product(Exact::ONE, Exact::ONE, 6));
    }
}
