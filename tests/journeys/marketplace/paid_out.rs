//! What an operator pays out to a publisher: no more than merchants have paid in, once for each reference, and told to it.

use super::bought::{buys, merchant, selling};
use guildhall_tests::{Home, Ran, json};

/// The author's part of the EUR 12.00 that the skill costs, in cents.
const PART: i64 = 1_020;

fn pays_out(who: &Home, amount: &str, reference: &str) -> Ran {
    who.guildhall([
        "marketplace",
        "payout",
        "acme",
        amount,
        "--reference",
        reference,
        "--json",
    ])
}

#[test]
fn an_operator_pays_out_once_what_was_paid_in_and_the_author_sees_it() {
    let (market, author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    let key = home
        .guildhall(["licences", "show", "acme/shop", "--json"])
        .exits(0)
        .word("/merchant");
    let staff = market.staff();
    // It is sold, and nobody has paid for it yet.
    let early = pays_out(&staff, "EUR 10.20", "bank 7").error(4, "payout.exceeds");
    for part in ["EUR 0.00 now", "guildhall marketplace settle"] {
        assert!(early.contains(part), "{part}\n{early}");
    }
    let settled = staff.guildhall([
        "marketplace",
        "settle",
        &key,
        "EUR 12.00",
        "--reference",
        "bank 1",
        "--json",
    ]);
    assert_eq!(settled.exits(0).json()["debt"]["minor"], json!(0));
    let more = pays_out(&staff, "EUR 10.21", "bank 7").error(4, "payout.exceeds");
    assert!(more.contains("EUR 10.20 now"), "{more}");
    // Nobody pays himself.
    let _ = pays_out(&author, "EUR 10.20", "bank 7").error(4, "token.scope");

    // What was refused recorded nothing: the reference is free. Said again it is the same payout.
    for _ in 0..2 {
        let told = pays_out(&staff, "EUR 10.20", "bank 7").exits(0).json();
        assert_eq!(told["publisher"], "acme");
        assert_eq!(
            told["paid_out"],
            json!({ "minor": PART, "currency": "EUR" })
        );
        assert_eq!(told["left"], json!({ "minor": 0, "currency": "EUR" }));
    }
    let other = pays_out(&staff, "EUR 10.19", "bank 7").error(4, "payout.reference");
    assert!(other.contains("of EUR 10.20 to acme"), "{other}");
    let more = pays_out(&staff, "EUR 0.01", "bank 8").error(4, "payout.exceeds");
    assert!(more.contains("EUR 0.00 now"), "{more}");

    let earned = author
        .guildhall(["earnings", "acme", "--json"])
        .exits(0)
        .json();
    let items = earned["items"].as_array().expect("a list");
    let kinds: Vec<_> = items.iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["sale", "payout"], "{earned:#}");
    assert_eq!(items[0]["share"]["minor"], json!(PART));
    assert_eq!(items[1]["reference"], "bank 7");
    assert_eq!(items[1]["amount"]["minor"], json!(-PART));
    assert_eq!(items[1]["share"]["minor"], json!(-PART));
    let totals = &earned["totals"][0];
    for (sum, minor) in [
        ("sold", 1_200),
        ("earned", PART),
        ("paid_out", PART),
        ("payable", 0),
        ("settled", 0),
    ] {
        assert_eq!(totals[sum]["minor"], json!(minor), "{sum}\n{earned:#}");
    }
    let shown = author.guildhall(["earnings", "acme"]).exits(0);
    let line = shown.stdout.lines().find(|line| line.contains("bank 7"));
    let line = line.unwrap_or_else(|| panic!("no payout\n{}", shown.shown()));
    for part in ["payout", "EUR -10.20"] {
        assert!(line.contains(part), "{part}\n{}", shown.shown());
    }
}
