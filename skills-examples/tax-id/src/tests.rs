#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use guildhall_sdk::testing::FakeHost;
use proptest::prelude::*;

use crate::TaxId;
use crate::bindings::{Basis, Guest, Invalid, Status, TaxIdAnswer, TaxNumber, Verdict};
use crate::kind::{ISSUER, JSVAT, NODE, PYTHON};
use crate::table;
use guildhall_numbers::form::Form;

fn host() -> FakeHost {
    FakeHost::new().now("2026-11-29T12:00:00Z")
}

fn check(country: &str, number: &str) -> TaxIdAnswer {
    TaxId::check(Some(country.to_owned()), number.to_owned(), None).unwrap()
}

fn verdict(country: &str, number: &str) -> Verdict {
    check(country, number).value.unwrap().verdict
}

/// One number of each kind with a check digit that its issuer or a standard has published as an example, or that was computed by hand.
const PUBLISHED: [(&str, &str); 27] = [
    ("AT", "U13585627"),
    ("BE", "0428759497"),
    ("BG", "175074752"),
    ("BR", "16727230000197"),
    ("CH", "CHE-100.155.212"),
    ("CZ", "25123891"),
    ("DE", "136695976"),
    ("DK", "13585628"),
    ("EL", "094259216"),
    ("ES", "J99216582"),
    ("FI", "20774740"),
    ("FR", "40303265045"),
    ("GB", "980780684"),
    ("HU", "12892312"),
    ("IE", "6433435F"),
    ("IN", "27AAPFU0939F1ZV"),
    ("IT", "00743110157"),
    ("LU", "15027442"),
    ("NL", "004495445B01"),
    ("NO", "995525828MVA"),
    ("PL", "8567346215"),
    ("PT", "501964843"),
    ("SE", "123456789701"),
    ("SK", "2022749619"),
    ("FR", "73282932000074"),
    ("PL", "192598184"),
    ("GB", "1955839661"),
];

#[test]
fn published_numbers_are_well_formed_and_never_called_valid() {
    let _host = host();
    for (country, number) in PUBLISHED {
        let answer = check(country, number);
        let found = answer.value.unwrap();
        assert_eq!(
            found.verdict,
            Verdict::WellFormedUnverified,
            "{country} {number}"
        );
        assert_eq!(found.basis, Basis::CheckDigit, "{country} {number}");
        assert_eq!(answer.status, Status::Answered, "{country} {number}");
        assert!(!answer.reason.contains("valid"), "{}", answer.reason);
        assert!(
            answer.reason.contains("not known here"),
            "{}",
            answer.reason
        );
    }
}

#[test]
fn one_wrong_digit_is_a_wrong_check_digit() {
    let _host = host();
    let last = |number: &str| match number.as_bytes().last() {
        Some(b'9') => format!("{}8", &number[..number.len() - 1]),
        _ => format!("{}9", &number[..number.len() - 1]),
    };
    for number in ["136695976", "999999999"] {
        let wrong = last(number);
        assert_eq!(verdict("DE", &wrong), Verdict::BadChecksum, "{wrong}");
        let answer = check("DE", &wrong);
        assert!(answer.reason.contains("Ask whoever gave it to you"));
    }
}

#[test]
fn letters_of_the_country_separators_and_small_letters_are_read_over() {
    let _host = host();
    for number in [
        "DE136695976",
        "de 136 695 976",
        "DE-136.695/976",
        " 136695976 ",
    ] {
        let found = check("DE", number).value.unwrap();
        assert_eq!(found.canonical.as_deref(), Some("136695976"), "{number}");
    }
    let found = TaxId::check(None, "FR 40 303 265 045".to_owned(), None).unwrap();
    assert_eq!(found.value.unwrap().kinds, ["TVA"]);
}

#[test]
fn a_company_number_with_the_letters_of_the_country_is_no_vat_number() {
    let _host = host();
    assert_eq!(verdict("FR", "732829320"), Verdict::WellFormedUnverified);
    // FR is read as the key that stands before a SIREN, and does not fit.
    assert_eq!(verdict("FR", "FR732829320"), Verdict::BadChecksum);
    assert_eq!(verdict("SE", "SE5565662345"), Verdict::Malformed);
}

#[test]
fn what_only_looks_like_a_digit_is_malformed_and_named() {
    let _host = host();
    for (number, position, name) in [
        ("13669\u{ff15}976", 6, "U+FF15, a full-width digit"),
        ("\u{0661}36695976", 1, "U+0661, an Arabic-Indic digit"),
        (
            "136695976\u{200f}",
            10,
            "U+200F, an invisible mark that turns the direction of writing",
        ),
        (
            "1366\u{200b}95976",
            5,
            "U+200B, an invisible character of no width",
        ),
        ("136\u{a0}695976", 4, "U+00A0, a no-break space"),
        ("136695976\n", 10, "U+000A, a line break"),
        ("13669597б", 9, "U+0431, a Cyrillic letter"),
        ("136;695976", 4, "U+003B, a sign that no such number has"),
    ] {
        let answer = check("DE", number);
        let found = answer.value.unwrap();
        assert_eq!(
            (found.verdict, answer.status),
            (Verdict::Malformed, Status::Answered)
        );
        assert_eq!(found.canonical, None);
        let start = format!("Character {position} is {name}:");
        assert!(answer.reason.starts_with(&start), "{}", answer.reason);
    }
}

#[test]
fn letters_that_some_countries_have_belong_to_them_alone() {
    let _host = host();
    assert_eq!(verdict("IE", "8D79739I"), Verdict::WellFormedUnverified);
    assert_eq!(verdict("MX", "Ñ&A010101AB1"), Verdict::WellFormedUnverified);
    assert!(check("ES", "Ñ1234567A").reason.contains("U+00D1"));
}

#[test]
fn a_country_without_a_rule_is_out_of_scope_and_nothing_is_said() {
    let _host = host();
    let answer = check("ZZ", "123456789");
    assert_eq!((answer.status, answer.value), (Status::OutOfScope, None));
    assert!(answer.sources.is_empty());
}

#[test]
fn what_is_no_country_or_no_kind_is_an_error_that_says_what_to_change() {
    let _host = host();
    for country in ["", "D", "Germany", "D1", "д\u{202e}"] {
        let asked = TaxId::check(Some(country.to_owned()), "136695976".to_owned(), None);
        assert!(matches!(asked, Err(Invalid::Country(_))), "{country}");
    }
    let asked = TaxId::check(None, "136695976".to_owned(), None);
    assert!(matches!(asked, Err(Invalid::Country(_))));
    let asked = TaxId::check(
        Some("FR".to_owned()),
        "732829320".to_owned(),
        Some("VAT".to_owned()),
    );
    assert_eq!(
        asked,
        Err(Invalid::Kind(
            "`VAT` is no kind of number of this country; it has TVA, SIREN, SIRET.".to_owned()
        ))
    );
}

#[test]
fn where_the_sources_disagree_no_value_is_given() {
    let _host = host();
    // Ladakh, with a check digit that fits.
    let answer = (b'0'..=b'Z')
        .map(|last| check("IN", &format!("38AAPFU0939F1Z{}", char::from(last))))
        .find(|answer| answer.status == Status::Disputed)
        .unwrap();
    assert_eq!(answer.value, None);
    assert!(answer.reason.contains("Ladakh"));
    // Taiwan's new rule, by five.
    assert_eq!(check("TW", "00000011").status, Status::Disputed);
    assert_eq!(verdict("TW", "00000000"), Verdict::WellFormedUnverified);
    assert_eq!(verdict("TW", "00000012"), Verdict::BadChecksum);
}

#[test]
fn a_form_without_a_check_digit_that_one_family_states_is_a_single_source() {
    let _host = host();
    let answer = check("EG", "100531385");
    assert_eq!(answer.status, Status::SingleSource);
    assert_eq!(answer.value.unwrap().basis, Basis::Form);
    assert!(answer.reason.contains("no check digit to compute"));
}

#[test]
fn numbers_of_a_rule_of_tomorrow_are_malformed_today() {
    let _host = FakeHost::new().now("2026-06-30T23:59:59Z");
    let answer = check("BR", "12ABC34501DE35");
    assert_eq!(answer.value.unwrap().verdict, Verdict::Malformed);
    assert!(answer.reason.contains("2026-07-01"), "{}", answer.reason);
    drop(_host);
    let _host = FakeHost::new().now("2026-07-01T00:00:00Z");
    assert_eq!(
        verdict("BR", "12ABC34501DE35"),
        Verdict::WellFormedUnverified
    );
    assert_eq!(verdict("BR", "12ABC34501DE36"), Verdict::BadChecksum);
}

#[test]
fn a_company_of_a_year_that_lies_ahead_does_not_exist() {
    let _host = host();
    let of = |year: u32| {
        ("ZKCMDNERGWH".chars())
            .map(|letter| verdict("SG", &format!("{year}12345{letter}")))
            .any(|verdict| verdict == Verdict::WellFormedUnverified)
    };
    assert_eq!((of(2026), of(2027)), (true, false));
}

#[test]
fn a_list_is_answered_in_its_order_and_is_bounded() {
    let _host = host();
    let number = |number: &str| TaxNumber {
        country: Some("DE".to_owned()),
        number: number.to_owned(),
        kind: None,
    };
    let answers =
        TaxId::check_all(vec![number("136695976"), number("1"), number("136695978")]).unwrap();
    let verdicts: Vec<Verdict> = answers
        .into_iter()
        .map(|answer| answer.value.unwrap().verdict)
        .collect();
    assert_eq!(
        verdicts,
        [
            Verdict::WellFormedUnverified,
            Verdict::Malformed,
            Verdict::BadChecksum
        ]
    );
    let many = vec![number("1"); 2_001];
    assert!(matches!(TaxId::check_all(many), Err(Invalid::TooMany(_))));
}

#[test]
fn every_row_of_the_tables_can_be_read_and_names_who_states_it() {
    for kind in table::kinds() {
        assert_eq!(kind.country.len(), 2, "{}", kind.name);
        assert!(kind.stated_by & (PYTHON | NODE | JSVAT | ISSUER) != 0);
        for rule in kind.rules {
            let (least, most) = Form::read(rule.form).lengths();
            assert!(least <= most && least > 0 && most <= 20, "{}", rule.form);
            assert!(rule.since.is_empty() || rule.since.parse::<guildhall_sdk::Date>().is_ok());
        }
    }
    let names: Vec<_> = table::kinds()
        .map(|kind| (kind.country, kind.name))
        .collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len());
}

proptest! {
    #[test]
    fn no_number_makes_a_rule_panic(number in "\\PC{0,40}") {
        let _host = host();
        for country in table::kinds().map(|kind| kind.country) {
            check(country, &number);
        }
    }

    #[test]
    fn no_number_of_digits_and_letters_makes_a_rule_panic(number in "[0-9A-Z+*&Ñ]{1,20}") {
        let _host = host();
        for country in table::kinds().map(|kind| kind.country) {
            let answer = check(country, &number);
            let canonical = answer.value.and_then(|found| found.canonical);
            prop_assert!(canonical.is_none_or(|canonical| number.ends_with(&canonical)));
        }
    }

    #[test]
    fn every_change_of_one_digit_is_found_where_eleven_divides(at in 0_usize..8, digit in 0_u8..10) {
        let _host = host();
        for number in ["995525828", "136695976"] {
            let mut changed = number.as_bytes().to_vec();
            changed[at] = b'0' + digit;
            let changed = String::from_utf8(changed).unwrap();
            let country = if number.starts_with('9') { "NO" } else { "DE" };
            if changed != number && !(country == "DE" && at == 0 && digit == 0) {
                prop_assert_eq!(verdict(country, &changed), Verdict::BadChecksum);
            }
        }
    }
}
