//! Early-payment discounts.

use super::*;

const SKONTO: &str = "#SKONTO#TAGE=14#PROZENT=2.00#";

fn with_terms(terms: &'static str) -> Paper {
    // Issued on 2026-11-10, so 14 days end on 2026-11-24.
    invoice("N-1", "100.00").with(|paper| paper.terms = terms)
}

fn instead(
    seller: Option<&str>,
    document: Option<&str>,
    percent: &str,
    days: u32,
) -> DiscountTerms {
    DiscountTerms {
        seller: seller.map(str::to_owned),
        document: document.map(str::to_owned),
        percent: percent.to_owned(),
        days,
    }
}

#[test]
fn a_discount_is_taken_until_its_last_day_and_missed_after_it() {
    let _host = host(&[("a", with_terms(SKONTO))]);
    let report = pay_with(Some("2026-11-24"), None, None).unwrap();
    assert_eq!(paid(&report), ["N-1 98.00 EUR"]);
    let discount = report.paid[0].discount.clone().unwrap();
    assert_eq!(
        (discount.percent.as_str(), discount.last_day.as_str()),
        ("2.00", "2026-11-24")
    );
    let _host = host(&[("a", with_terms(SKONTO))]);
    let report = pay_with(Some("2026-11-25"), None, None).unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(flags(&report), [("a", FlagCode::DiscountMissed)]);
}

#[test]
fn the_best_discount_that_is_still_possible_is_taken() {
    let _host = host(&[(
        "a",
        with_terms(
            "#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=20#PROZENT=1.00#",
        ),
    )]);
    assert_eq!(paid(&pay().unwrap()), ["N-1 98.00 EUR"]);
}

#[test]
fn a_discount_is_of_its_base_amount_and_never_of_more_than_is_owed() {
    for (terms, expected) in [
        (
            "#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=50.00#",
            "N-1 99.00 EUR",
        ),
        (
            "#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=5000.00#",
            "N-1 98.00 EUR",
        ),
        (
            "#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=-50.00#",
            "N-1 100.00 EUR",
        ),
        (
            "#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=x#",
            "N-1 100.00 EUR",
        ),
        ("2/14 net 30", "N-1 98.00 EUR"),
    ] {
        let _host = host(&[("a", with_terms(terms))]);
        assert_eq!(paid(&pay().unwrap()), [expected], "{terms}");
    }
}

#[test]
fn what_is_credited_earns_no_discount() {
    let _host = host(&[("a", with_terms(SKONTO)), ("b", credit("G-1", "40.00"))]);
    // 2 percent of 60.00.
    assert_eq!(paid(&pay().unwrap()), ["N-1 58.80 EUR"]);
}

#[test]
fn terms_of_the_input_hold_instead_of_those_of_the_invoice() {
    for (terms, expected) in [
        (
            instead(Some("DE 999000111"), None, "5", 30),
            "N-1 95.00 EUR",
        ),
        (instead(Some(NORTH), None, "5.50", 30), "N-1 94.50 EUR"),
        (instead(None, Some("n/1"), "1", 30), "N-1 99.00 EUR"),
        (
            instead(Some("DE999000111"), Some("N-1"), "0", 30),
            "N-1 100.00 EUR",
        ),
        (instead(Some("DE999000111"), None, "5", 3), "N-1 100.00 EUR"),
        (instead(Some("DE999000112"), None, "5", 30), "N-1 98.00 EUR"),
        (
            instead(Some("DE999000111"), Some("N-2"), "5", 30),
            "N-1 98.00 EUR",
        ),
    ] {
        let _host = host(&[("a", with_terms(SKONTO))]);
        let report = pay_with(None, None, Some(vec![terms.clone()])).unwrap();
        assert_eq!(paid(&report), [expected], "{terms:?}");
    }
    let _host = host(&[("a", with_terms(SKONTO))]);
    let both = vec![
        instead(Some("DE999000111"), None, "5", 30),
        instead(None, Some("N-1"), "1", 30),
    ];
    assert_eq!(
        paid(&pay_with(None, None, Some(both)).unwrap()),
        ["N-1 99.00 EUR"],
        "the document's before the seller's"
    );
}

#[test]
fn a_discount_in_words_is_not_computed_with_but_shown() {
    let _host = host(&[("a", with_terms("2 % Skonto innerhalb von 14 Tagen"))]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(flags(&report), [("a", FlagCode::DiscountInWords)]);
}

#[test]
fn a_discount_is_rounded_to_the_currency_and_leaves_something_to_pay() {
    let yen = |paper: &mut Paper| {
        paper.currency = "JPY";
        paper.amount = "1025".to_owned();
    };
    let _host = host(&[("a", with_terms(SKONTO).with(yen))]);
    assert_eq!(paid(&pay().unwrap()), ["N-1 1004 JPY"], "20.5 yen are 21");
    let cent = |paper: &mut Paper| paper.amount = "0.01".to_owned();
    let _host = host(&[("a", with_terms("#SKONTO#TAGE=14#PROZENT=99.00#").with(cent))]);
    assert_eq!(paid(&pay().unwrap()), ["N-1 0.01 EUR"]);
}

#[test]
fn what_is_due_much_later_is_paid_now_only_for_a_discount() {
    let late = |paper: &mut Paper| paper.due = "2027-02-10";
    let _host = host(&[
        ("a", with_terms(SKONTO).with(late)),
        ("b", invoice("N-2", "50.00").with(late)),
        (
            "c",
            invoice("N-3", "50.00").with(|paper| paper.due = "2026-12-24"),
        ),
        (
            "d",
            invoice("N-4", "50.00").with(|paper| paper.due = "2026-12-25"),
        ),
    ]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 98.00 EUR", "N-3 50.00 EUR"]);
    assert_eq!(
        refused(&report),
        [
            ("b", vec![RefusedCode::DueLater]),
            ("d", vec![RefusedCode::DueLater])
        ]
    );
    let _host = host(&[("b", invoice("N-2", "50.00").with(late))]).setting("due-within-days", "90");
    assert_eq!(paid(&pay().unwrap()), ["N-2 50.00 EUR"]);
}
