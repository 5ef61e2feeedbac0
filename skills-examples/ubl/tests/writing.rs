//! Documents that are well formed whatever is put into them, and numbers that are exact.
#![allow(clippy::unwrap_used)]

use guildhall_ubl::{Exact, Problems, Writer, identifier, required, round_ratio};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

#[test]
fn a_group_without_content_is_left_out_with_all_that_is_empty_in_it() {
    let document = Writer::document("PackingList", |writer| {
        writer.group("Shipment", |writer| {
            writer.group("Consignment", |writer| writer.maybe("ID", None))
        });
        writer.reference("OrderReference", Some("A & \"B\""));
    });
    assert!(!document.contains("Shipment"), "{document}");
    assert!(
        document.contains("<cbc:ID>A &amp; &quot;B&quot;</cbc:ID>"),
        "{document}"
    );
    assert!(document.ends_with("</PackingList>\n"));
}

#[test]
fn text_that_is_not_what_it_looks_like_is_a_problem_and_not_missing_too() {
    let mut problems = Problems::default();
    required(
        &mut problems,
        ("BT-27", "BR-06", "The name"),
        "Ac\u{200b}me",
    );
    identifier(
        &mut problems,
        ("BT-31", "The VAT identifier"),
        Some(&"ＤＥ1".to_owned()),
    );
    required(&mut problems, ("BT-44", "BR-07", "The buyer"), " ");
    let (sentence, problems) = problems.finish();
    let terms: Vec<_> = problems
        .iter()
        .map(|problem| problem.term.as_str())
        .collect();
    assert_eq!(terms, ["BT-27", "BT-31", "BT-44"]);
    assert!(
        sentence.contains("U+200B") && sentence.ends_with("There are 2 more problems."),
        "{sentence}"
    );
}

#[test]
fn the_list_of_problems_ends_and_says_so() {
    let mut problems = Problems::default();
    for _ in 0..1_000 {
        problems.add("x", "", "Wrong.");
    }
    assert_eq!(problems.finish().1.len(), 51);
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
