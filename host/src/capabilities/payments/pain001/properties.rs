//! Any batch at all becomes a sound file or a refusal.

use super::reading::{assert_sums, leaves, number, texts};
use super::samples::IBANS;
use super::text::{clean, id, permitted};
use super::{Batch, CreditOrder, Debtor, write};
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,200}",
        "[ -~]{0,200}",
        "[a-zA-Z0-9/\\-?:().,'+ ]{1,35}",
        "(\\p{Script=Han}|\\p{Emoji}|\\p{M}|[&<>\"']){0,80}",
    ]
}

fn iban() -> impl Strategy<Value = String> {
    prop::sample::select(IBANS.to_vec()).prop_map(str::to_owned)
}

fn day(years: std::ops::RangeInclusive<i16>) -> impl Strategy<Value = Date> {
    (years, 1_i8..=12, 1_i8..=28)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

prop_compose! {
    /// Nothing about it is sure to be right.
    fn wild_order()(
        end_to_end_id in text(), creditor_name in text(), creditor_iban in prop_oneof![text(), iban()],
        minor in any::<i64>(), currency in prop_oneof![text(), "[A-Z]{3}"],
        requested in day(-9999..=9999), remittance in text(),
    ) -> CreditOrder {
        CreditOrder { end_to_end_id, creditor_name, creditor_iban, minor, currency, requested, remittance }
    }
}

prop_compose! {
    /// What is wrong with it, if anything, is its texts.
    fn mild_order()(
        creditor_name in text(), creditor_iban in iban(), minor in 1_i64..=99_999_999_999,
        currency in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF", "USD", "CHF"]),
        requested in day(2026..=2027), remittance in text(),
    ) -> CreditOrder {
        let (end_to_end_id, currency) = (String::new(), currency.to_owned());
        CreditOrder { end_to_end_id, creditor_name: format!("A{creditor_name}"), creditor_iban, minor, currency, requested, remittance }
    }
}

prop_compose! {
    fn wild_batch()(
        message_id in text(), second in -377_705_023_201_i64..=253_402_207_200, initiator in text(),
        name in text(), iban in prop_oneof![text(), iban()], bic in prop::option::of(text()),
        orders in vec(wild_order(), 0..4),
    ) -> Batch {
        let created = Timestamp::from_second(second).unwrap();
        Batch { message_id, created, initiator, debtor: Debtor { name, iban, bic }, orders }
    }
}

prop_compose! {
    fn mild_batch()(
        message_id in "[A-Z0-9]{1,35}", initiator in text(), name in text(), iban in iban(),
        mut orders in vec(mild_order(), 1..30), numbered in any::<bool>(),
    ) -> Batch {
        if numbered {
            for (i, order) in orders.iter_mut().enumerate() {
                order.end_to_end_id = format!("E-{i}");
            }
        }
        Batch {
            message_id,
            created: Timestamp::from_second(1_790_000_000).unwrap(),
            initiator: format!("A{initiator}"),
            debtor: Debtor { name: format!("A{name}"), iban, bic: None },
            orders,
        }
    }
}

proptest! {
    #[test]
    fn writing_never_panics(batch in wild_batch()) {
        match write(&batch) {
            Ok(bytes) => assert_sums(&bytes),
            Err(fault) => prop_assert!(fault.to_string().chars().count() < 400),
        }
    }

    #[test]
    fn text_never_leaves_the_set_nor_the_field(text in text(), max in 0_usize..150) {
        let cleaned = clean(&text, max);
        prop_assert!(cleaned.len() <= max);
        prop_assert!(cleaned.chars().all(permitted));
        prop_assert_eq!(cleaned.trim(), &cleaned);
        prop_assert!(!cleaned.contains("  "));
        // What is clean stays as it is.
        prop_assert_eq!(clean(&cleaned, max), cleaned);
    }

    #[test]
    fn ids_are_never_changed(text in text()) {
        if let Ok(id) = id(&text) {
            prop_assert_eq!(id, &text);
            prop_assert!(id.len() <= 35 && id.chars().all(permitted));
        }
    }

    #[test]
    fn what_was_ordered_is_what_can_be_read_back(batch in mild_batch()) {
        let bytes = write(&batch).unwrap();
        assert_sums(&bytes);
        // A sum that owes nothing to the writer.
        let ordered: i128 = batch.orders.iter().map(|order| {
            let decimals = match order.currency.as_str() { "JPY" => 0, "KWD" => 3, "CLF" => 4, _ => 2 };
            i128::from(order.minor) * 10_i128.pow(5 - decimals)
        }).sum();
        prop_assert_eq!(number(&texts(&bytes, "GrpHdr/CtrlSum")[0]), ordered);

        let mut expected: Vec<&CreditOrder> = batch.orders.iter().collect();
        expected.sort_by_key(|order| (order.requested, &order.currency));
        let field = |end| texts(&bytes, end);
        prop_assert_eq!(field("CdtrAcct/Id/IBAN"), expected.iter().map(|o| o.creditor_iban.clone()).collect::<Vec<_>>());
        prop_assert_eq!(field("Cdtr/Nm").len(), expected.len());
        let ids = expected.iter().map(|o| match o.end_to_end_id.as_str() { "" => "NOTPROVIDED", id => id });
        prop_assert_eq!(field("EndToEndId"), ids.collect::<Vec<_>>());
        let amounts = leaves(&bytes).into_iter().filter(|leaf| leaf.path.ends_with("InstdAmt"));
        let currencies = amounts.map(|leaf| leaf.attribute.unwrap()).collect::<Vec<_>>();
        prop_assert_eq!(currencies, expected.iter().map(|o| o.currency.clone()).collect::<Vec<_>>());
        let mut days = expected.iter().map(|o| (o.requested, &o.currency)).collect::<Vec<_>>();
        days.dedup();
        prop_assert_eq!(field("ReqdExctnDt/Dt"), days.iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>());
    }
}
