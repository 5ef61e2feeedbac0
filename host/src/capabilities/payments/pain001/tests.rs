//! Each rule of the file and each refusal.

use super::error::{CurrencyFault, IbanFault, IdFault, OrderFault, Pain001Error};
use super::reading::{leaves, texts};
use super::samples::{DAY, batch, order, samples};
use super::text::{clean, permitted};
use super::{Batch, CreditOrder, NAMESPACE, write};
use jiff::civil::date;

fn file(batch: &Batch) -> Vec<u8> {
    write(batch).unwrap()
}

fn fault(change: impl FnOnce(&mut CreditOrder)) -> OrderFault {
    let mut bad = order("R-2", 100, "EUR");
    change(&mut bad);
    match write(&batch(vec![order("R-1", 100, "EUR"), bad])) {
        Err(Pain001Error::Order {
            position: 2, fault, ..
        }) => fault,
        other => panic!("{other:?}"),
    }
}

fn refused(change: impl FnOnce(&mut Batch)) -> Pain001Error {
    let mut bad = batch(vec![order("R-1", 100, "EUR")]);
    change(&mut bad);
    write(&bad).unwrap_err()
}

#[test]
fn a_file_is_written_word_for_word() {
    let mut orders = vec![order("R-1", 12_050, "EUR"), order("R-2", 5, "KWD")];
    orders[0].creditor_name = "Müller & Söhne".to_owned();
    orders[0].remittance = "It's \"paid\"".to_owned();
    let mut batch = batch(orders);
    batch.debtor.bic = None;
    let text = String::from_utf8(file(&batch)).unwrap();
    assert_eq!(text, include_str!("expected.xml"));
    assert!(text.contains(NAMESPACE));
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    let cases = [
        ("JPY", 5000, "5000"),
        ("JPY", 1, "1"),
        ("EUR", 1, "0.01"),
        ("EUR", 10, "0.10"),
        ("EUR", 123_456, "1234.56"),
        ("KWD", 5, "0.005"),
        ("KWD", 1250, "1.250"),
        ("CLF", 1, "0.0001"),
        ("CLF", 12_345, "1.2345"),
        ("VES", 100, "1.00"),
        ("JPY", 999_999_999_999_999_999, "999999999999999999"),
        ("USD", 999_999_999_999_999_999, "9999999999999999.99"),
    ];
    for (currency, minor, written) in cases {
        let bytes = file(&batch(vec![order("R", minor, currency)]));
        let amount = leaves(&bytes)
            .into_iter()
            .find(|leaf| leaf.path.ends_with("InstdAmt"));
        let amount = amount.unwrap();
        assert_eq!(
            (amount.text.as_str(), amount.attribute.as_deref()),
            (written, Some(currency))
        );
        assert_eq!(texts(&bytes, "CtrlSum"), [written, written]);
    }
}

#[test]
fn the_sum_over_currencies_has_the_decimals_of_the_finest() {
    let orders = vec![
        order("a", 7, "JPY"),
        order("b", 150, "EUR"),
        order("c", 1, "CLF"),
    ];
    assert_eq!(
        texts(&file(&batch(orders)), "CtrlSum"),
        ["8.5001", "0.0001", "1.50", "7"]
    );
}

#[test]
fn orders_are_put_together_by_day_and_currency_and_keep_their_sequence() {
    let on = |id, currency, day| CreditOrder {
        requested: day,
        ..order(id, 100, currency)
    };
    let later = date(2026, 12, 2);
    let bytes = file(&batch(vec![
        on("1", "USD", later),
        on("2", "EUR", DAY),
        on("3", "EUR", later),
        on("4", "USD", later),
        on("5", "EUR", DAY),
    ]));
    assert_eq!(texts(&bytes, "EndToEndId"), ["2", "5", "3", "1", "4"]);
    assert_eq!(texts(&bytes, "NbOfTxs"), ["5", "2", "1", "2"]);
    assert_eq!(
        texts(&bytes, "ReqdExctnDt/Dt"),
        ["2026-12-01", "2026-12-02", "2026-12-02"]
    );
    let ids = [
        "GH-20261124-0001-1",
        "GH-20261124-0001-2",
        "GH-20261124-0001-3",
    ];
    assert_eq!(texts(&bytes, "PmtInfId"), ids);
}

#[test]
fn only_euro_orders_run_by_sepa() {
    let bytes = file(&batch(vec![order("1", 1, "EUR"), order("2", 1, "USD")]));
    assert_eq!(texts(&bytes, "SvcLvl/Cd"), ["SEPA"]);
    assert_eq!(texts(&bytes, "ChrgBr"), ["SLEV", "SHAR"]);
}

#[test]
fn the_time_is_utc_to_the_second() {
    assert_eq!(
        texts(&file(&batch(vec![order("1", 1, "EUR")])), "CreDtTm"),
        ["2026-11-24T15:30:45Z"]
    );
}

#[test]
fn a_bank_is_named_by_its_bic_or_said_to_follow_from_the_iban() {
    let mut batch = batch(vec![order("1", 1, "EUR")]);
    assert_eq!(texts(&file(&batch), "BICFI"), ["COBADEFFXXX"]);
    batch.debtor.bic = None;
    assert_eq!(texts(&file(&batch), "FinInstnId/Othr/Id"), ["NOTPROVIDED"]);
    for bad in [
        "",
        "COBADEF",
        "cobadeff",
        "cOBADEFF",
        "COBADEFFXX",
        "COBA1EFF",
        "COBADEFFXXXX",
        "CÖBADEFF",
        "COBADEF ",
    ] {
        assert_eq!(
            refused(|batch| batch.debtor.bic = Some(bad.to_owned())),
            Pain001Error::DebtorBic(bad.trim_end().to_owned()),
            "{bad}",
        );
    }
}

#[test]
fn block_ids_stay_within_35_characters_and_differ() {
    let days = (1..=12).map(|month| CreditOrder {
        requested: date(2027, month, 1),
        ..order(&month.to_string(), 1, "EUR")
    });
    let mut batch = batch(days.collect());
    batch.message_id = format!("GUILDHALL/{}", "0123456789".repeat(2) + "/abcd");
    let mut ids = texts(&file(&batch), "PmtInfId");
    assert_eq!(
        ids[0],
        "UILDHALL/01234567890123456789/abcd-1".get(1..).unwrap()
    );
    assert!(ids.iter().all(|id| id.len() <= 35), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);
    batch.message_id = format!("ab/{}", "b".repeat(32));
    assert_eq!(
        texts(&file(&batch), "PmtInfId")[0],
        format!("{}-1", "b".repeat(32))
    );
}

#[test]
fn text_is_brought_into_the_characters_that_banks_carry() {
    let cases = [
        ("Müller & Söhne", "Muller + Sohne"),
        ("Mu\u{308}ller", "Muller"),
        ("Straße Æther Øre Łódź", "Strasse AEther Ore Lodz"),
        ("O'Neill \"Q\" <P> [L] {M}", "O'Neill 'Q' (P) (L) (M)"),
        ("a_b;c\\d@e#f!", "a-b,c/d.e.f."),
        ("  a \t\r\n\u{a0}\u{2003} b  ", "a b"),
        ("北京", "Bei Jing"),
        ("Київ", "Kiyiv"),
        ("a\0b\u{1b}c\u{7f}", "a b c"),
        ("a\u{b}b\u{85}c\u{2028}d", "a b c d"),
        ("\u{202e}a\u{200b}\u{feff}", "a"),
        ("4 €", "4 EUR"),
        ("Zoë 🥐", "Zoe croissant"),
        ("a\u{e000}b", "a.b"),
        ("", ""),
        ("   ", ""),
        ("!!!...\u{e000}", ""),
    ];
    for (given, written) in cases {
        assert_eq!(clean(given, 70), written, "{given:?}");
    }
}

#[test]
fn text_is_cut_where_the_field_ends_and_never_ends_in_a_space() {
    assert_eq!(clean("abcdef", 3), "abc");
    assert_eq!(clean("ab cdef", 3), "ab");
    assert_eq!(clean("ab cdef", 4), "ab c");
    assert_eq!(clean("aü€€", 4), "auEU");
    assert_eq!(clean(&"ß".repeat(71), 70).len(), 70);
    assert_eq!(clean("abc", 0), "");
    assert_eq!(clean(&" ".repeat(1_000_000), 70), "");
}

#[test]
fn names_have_70_characters_in_sepa_and_140_elsewhere() {
    let mut batch = batch(vec![order("1", 1, "EUR"), order("2", 1, "USD")]);
    batch.initiator = "i".repeat(200);
    batch.debtor.name = "d".repeat(200);
    for order in &mut batch.orders {
        order.creditor_name = "c".repeat(200);
        order.remittance = "r".repeat(200);
    }
    let bytes = file(&batch);
    let lengths = |end| {
        texts(&bytes, end)
            .iter()
            .map(String::len)
            .collect::<Vec<_>>()
    };
    assert_eq!(lengths("InitgPty/Nm"), [70]);
    assert_eq!(lengths("Dbtr/Nm"), [70, 140]);
    assert_eq!(lengths("Cdtr/Nm"), [70, 140]);
    assert_eq!(lengths("Ustrd"), [140, 140]);
}

#[test]
fn a_remittance_of_which_nothing_remains_is_left_out() {
    let silent = CreditOrder {
        remittance: "!\u{e000}".to_owned(),
        ..order("1", 1, "EUR")
    };
    let bytes = file(&batch(vec![silent, order("2", 1, "EUR")]));
    assert_eq!(texts(&bytes, "Ustrd"), ["Invoice 2"]);
}

#[test]
fn names_of_which_nothing_remains_are_refused() {
    for blank in ["", " ", "!!!", "\u{e000}"] {
        let name = || blank.to_owned();
        assert!(matches!(
            fault(|order| order.creditor_name = name()),
            OrderFault::CreditorName(_)
        ));
        assert!(matches!(
            refused(|batch| batch.debtor.name = name()),
            Pain001Error::DebtorName(_)
        ));
        assert!(matches!(
            refused(|batch| batch.initiator = name()),
            Pain001Error::InitiatorName(_)
        ));
    }
}

#[test]
fn ids_are_written_as_given_or_refused() {
    let long = "x".repeat(36);
    let character = |c: &str| IdFault::Character(c.to_owned());
    let cases = [
        (long.as_str(), IdFault::TooLong(36)),
        ("RÉ-1", character("É")),
        ("R_1", character("_")),
        ("R&1", character("&")),
        ("R<1", character("<")),
        (" R", IdFault::Space),
        ("R ", IdFault::Space),
        ("/R", IdFault::Slash),
        ("R/", IdFault::Slash),
        ("R//1", IdFault::Slash),
    ];
    for (id, expected) in cases {
        assert_eq!(
            fault(|order| order.end_to_end_id = id.to_owned()),
            OrderFault::EndToEndId(expected.clone())
        );
        assert_eq!(
            refused(|batch| batch.message_id = id.to_owned()),
            Pain001Error::MessageId(expected)
        );
    }
    assert_eq!(
        refused(|batch| batch.message_id.clear()),
        Pain001Error::MessageId(IdFault::Empty)
    );
    assert!(matches!(
        refused(|batch| batch.message_id = "a\nb".to_owned()),
        Pain001Error::MessageId(IdFault::Character(_))
    ));
}

#[test]
fn an_end_to_end_id_is_used_once() {
    assert_eq!(
        fault(|order| order.end_to_end_id = "R-1".to_owned()),
        OrderFault::DuplicateId(1)
    );
}

#[test]
fn an_end_to_end_id_may_be_missing_more_than_once() {
    let orders = ["", "", " ", "NOTPROVIDED"].map(|id| order(id, 1, "EUR"));
    assert_eq!(
        texts(&file(&batch(orders.to_vec())), "EndToEndId"),
        ["NOTPROVIDED"; 4]
    );
}

#[test]
fn amounts_that_cannot_be_paid_are_refused() {
    for minor in [0, -1, i64::MIN] {
        assert_eq!(
            fault(|order| order.minor = minor),
            OrderFault::NotPositive(minor)
        );
    }
    assert_eq!(
        fault(|order| order.minor = 100_000_000_000),
        OrderFault::AboveSepa
    );
    let most = |order: &mut CreditOrder| {
        order.minor = 1_000_000_000_000_000_000;
        order.currency = "JPY".to_owned();
    };
    assert_eq!(fault(most), OrderFault::TooManyDigits);
    assert_eq!(
        fault(|order| {
            most(order);
            order.minor = i64::MAX;
        }),
        OrderFault::TooManyDigits
    );
}

#[test]
fn a_sum_of_more_than_18_digits_is_refused() {
    let orders = |second| {
        vec![
            order("1", 999_999_999_999_999_998, "JPY"),
            order("2", second, "JPY"),
        ]
    };
    assert_eq!(
        texts(&file(&batch(orders(1))), "CtrlSum"),
        ["999999999999999999"; 2]
    );
    assert_eq!(write(&batch(orders(2))), Err(Pain001Error::Sum));
    let mixed = vec![
        order("1", 999_999_999_999_999_999, "JPY"),
        order("2", 1, "EUR"),
    ];
    assert_eq!(write(&batch(mixed)), Err(Pain001Error::Sum));
}

#[test]
fn currencies_that_cannot_be_paid_in_are_refused() {
    let unknown = |code: &str| CurrencyFault::Unknown(code.to_owned());
    let withdrawn = |code, successor| CurrencyFault::Withdrawn { code, successor };
    let cases = [
        ("", unknown("")),
        ("eur", unknown("eur")),
        ("EURO", unknown("EURO")),
        ("ZZZ", unknown("ZZZ")),
        ("€", unknown("€")),
        ("XAU", CurrencyFault::NoMinorUnit("XAU")),
        ("XXX", CurrencyFault::NoMinorUnit("XXX")),
        ("HRK", withdrawn("HRK", "EUR")),
    ];
    for (code, expected) in cases {
        assert_eq!(
            fault(|order| order.currency = code.to_owned()),
            OrderFault::Currency(expected)
        );
    }
}

#[test]
fn accounts_that_are_no_ibans_are_refused() {
    type Make = fn(String) -> IbanFault;
    let cases: [(&str, Make); 12] = [
        ("", IbanFault::Form),
        ("12345", IbanFault::Form),
        ("DE8937040044053201300!", IbanFault::Form),
        ("de89370400440532013000", IbanFault::Form),
        ("DE89 37040044 0532013000", IbanFault::Form),
        ("ＤＥ89370400440532013000", IbanFault::Form),
        ("DE88370400440532013000", IbanFault::CheckDigits),
        ("DE89370400440532013001", IbanFault::CheckDigits),
        ("DE89370400440532010300", IbanFault::CheckDigits),
        ("DE00370400440532013000", IbanFault::CheckDigits),
        ("DE5137040044053201300", IbanFault::CountryForm),
        ("US64SVBKUS6S3300958879", IbanFault::UnknownCountry),
    ];
    for (iban, make) in cases {
        let expected = make(iban.to_owned());
        assert_eq!(
            fault(|order| order.creditor_iban = iban.to_owned()),
            OrderFault::CreditorIban(expected.clone())
        );
        assert_eq!(
            refused(|batch| batch.debtor.iban = iban.to_owned()),
            Pain001Error::DebtorIban(expected)
        );
    }
}

#[test]
fn accounts_are_written_without_spaces() {
    let mut batch = batch(vec![order("1", 1, "EUR")]);
    batch.debtor.iban = "DE89 3704 0044 0532 0130 00".to_owned();
    batch.orders[0].creditor_iban = "MT84 MALT 0110 0001 2345 MTLC AST0 01S".to_owned();
    let expected = ["DE89370400440532013000", "MT84MALT011000012345MTLCAST001S"];
    assert_eq!(texts(&file(&batch), "IBAN"), expected);
}

#[test]
fn days_before_2000_are_refused() {
    for (day, year) in [
        (date(1999, 12, 31), 1999),
        (date(0, 1, 1), 0),
        (date(-9999, 1, 1), -9999),
    ] {
        assert_eq!(
            fault(|order| order.requested = day),
            OrderFault::Requested(year)
        );
    }
    let before = "1999-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(
        refused(|batch| batch.created = before),
        Pain001Error::Created(1999)
    );
    assert_eq!(
        refused(|batch| batch.created = jiff::Timestamp::MIN),
        Pain001Error::Created(-9999)
    );
}

#[test]
fn a_file_has_one_to_ten_thousand_orders() {
    assert_eq!(write(&batch(Vec::new())), Err(Pain001Error::NoOrders));
    let orders = |count: usize| {
        (0..count)
            .map(|i| order(&i.to_string(), 1, "EUR"))
            .collect()
    };
    assert_eq!(
        texts(&file(&batch(orders(10_000))), "GrpHdr/NbOfTxs"),
        ["10000"]
    );
    assert_eq!(
        write(&batch(orders(10_001))),
        Err(Pain001Error::TooManyOrders(10_001))
    );
}

#[test]
fn refusals_say_which_order_and_what_to_do() {
    let mut bad = order("R-2", 100, "EUR");
    bad.creditor_iban = "DE88370400440532013000".to_owned();
    let text = write(&batch(vec![order("R-1", 1, "EUR"), bad]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "order 2 (`R-2`): the payee's account `DE88370400440532013000` has wrong check digits, \
         so that a digit was mistyped; compare it with the invoice"
    );
    let text = write(&batch(vec![order("", 0, "EUR")]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "order 1: an amount must be above zero, and 0 minor units are not"
    );
}

#[test]
fn refusals_quote_bounded_and_plain() {
    let hostile = "\u{1b}[2J\u{202e}".repeat(10_000);
    for text in [
        refused(|batch| batch.message_id = hostile.clone()).to_string(),
        refused(|batch| batch.debtor.iban = hostile.clone()).to_string(),
        refused(|batch| batch.debtor.bic = Some(hostile.clone())).to_string(),
        refused(|batch| batch.orders[0].end_to_end_id = hostile.clone()).to_string(),
        refused(|batch| batch.orders[0].currency = hostile.clone()).to_string(),
        refused(|batch| batch.orders[0].creditor_iban = hostile.clone()).to_string(),
        refused(|batch| batch.orders[0].creditor_name = "\u{202e}".repeat(10_000)).to_string(),
    ] {
        assert!(text.chars().count() < 300, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn the_same_batch_gives_the_same_bytes_in_characters_that_banks_carry() {
    for (name, batch) in samples() {
        let bytes = file(&batch);
        assert_eq!(bytes, file(&batch), "{name}");
        for leaf in leaves(&bytes) {
            assert!(leaf.text.chars().all(permitted), "{name}: {leaf:?}");
            assert_eq!(leaf.text.trim(), leaf.text, "{name}: {leaf:?}");
        }
    }
}
