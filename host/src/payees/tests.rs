#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use super::*;
use crate::money::Amount;
use proptest::prelude::*;
use serde_json::json;

const DE: &str = "DE89370400440532013000";
const GB: &str = "GB29NWBK60161331926819";

fn known(account: &str, name: &str) -> Known {
    Known {
        scheme: "iban".to_owned(),
        account: account.to_owned(),
        name: name.to_owned(),
        paid_count: 3,
        last_paid_ms: 1000,
    }
}

/// The standing of a new account that claims `name`, where `before` was paid.
fn claims(before: &str, name: &str) -> Standing {
    standing(&[known(DE, before)], "iban", GB, name)
}

fn changed(name: &str) -> Standing {
    Standing::AccountChanged {
        name: name.to_owned(),
        account_before: format!("iban:{DE}"),
    }
}

fn imitates(name: &str) -> Standing {
    Standing::Imitates {
        name: name.to_owned(),
        account_of_known: format!("iban:{DE}"),
    }
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

#[test]
fn an_account_that_was_paid_is_known_whatever_it_is_called() {
    let before = |name: Option<&str>| Standing::Known {
        paid_count: 3,
        last_paid_ms: 1000,
        name_before: name.map(str::to_owned),
    };
    let list = [known(DE, "Müller GmbH"), known(GB, "Other")];
    for account in [
        DE,
        "DE89 3704 0044 0532 0130 00",
        "de89370400440532013000",
        "DE89\u{200b}370400440532013000",
    ] {
        assert_eq!(standing(&list, "iban", account, "MÜLLER"), before(None));
    }
    assert_eq!(
        standing(&list, "iban", DE, "Muller"),
        before(Some("Müller GmbH"))
    );
    assert_eq!(
        standing(&list, "iban", DE, "Other"),
        before(Some("Müller GmbH"))
    );
    assert_eq!(standing(&list, "iban", DE, ""), before(Some("Müller GmbH")));
    assert!(!standing(&list, "iban", DE, "x").is_new());
    // The name of long ago can't be read any more.
    assert_eq!(standing(&[known(DE, "")], "iban", DE, "x"), before(None));
}

#[test]
fn an_account_of_another_scheme_is_another_account() {
    let list = [known("acme", "Acme")];
    assert_eq!(
        standing(&list, "book", "acme", "Acme"),
        Standing::AccountChanged {
            name: "Acme".to_owned(),
            account_before: "iban:ACME".to_owned()
        }
    );
}

#[test]
fn a_payee_that_was_never_really_paid_is_not_known() {
    let list = [Known {
        paid_count: 0,
        ..known(DE, "Acme")
    }];
    assert_eq!(standing(&list, "iban", DE, "Acme"), Standing::First);
    assert_eq!(standing(&list, "iban", GB, "Acme"), Standing::First);
}

#[test]
fn the_same_name_with_another_account_is_a_changed_account() {
    for (before, now) in [
        ("Müller GmbH", "Müller GmbH"),
        ("Müller GmbH", "MÜLLER  gmbh"),
        ("Müller GmbH", "Mu\u{308}ller"),
        ("Müller GmbH", "Müller AG"),
        ("Müller GmbH", "Mül\u{200b}ler\u{202e} GmbH"),
        ("Müller GmbH & Co. KG", "Müller"),
        ("Acme Ltd.", "Acme Limited"),
        ("Acme Ltd.", "Acme, L.t.d."),
        ("Acme S.A.", "ACME S. A."),
        ("Acme S.à r.l.", "ACME"),
        ("Acme Sp. z o.o.", "Acme"),
        ("Acme S.A. de C.V.", "acme"),
        ("Acme GmbH Berlin", "Acme Berlin"),
        ("Acme Pty Ltd", "Acme"),
        ("ООО Ромашка", "Ромашка"),
        ("株式会社トヨタ", "トヨタ"),
        ("Strauß AG", "STRAUSS"),
        ("ΝΙΚΟΣ", "νικος"),
        ("Ａｃｍｅ", "Acme"),
        ("O'Neill & Sons", "O’Neill Sons"),
        ("Acme-Werke", "Acme Werke"),
        ("SE Co", "SE Co"),
        ("AG", "ag"),
        ("GmbH", "gmbh"),
    ] {
        assert_eq!(claims(before, now), changed(before), "{before} / {now}");
        assert!(claims(before, now).is_new());
    }
}

#[test]
fn a_name_that_looks_like_a_known_one_is_an_imitation() {
    for (before, now) in [
        // Cyrillic and Greek letters.
        ("Acme GmbH", "Асme GmbH"),
        ("Acme GmbH", "АСМЕ GmbH"),
        ("Acme GmbH", "асме"),
        ("Acme GmbH", "Acme GmbН"),
        ("PayPal", "РауРаl"),
        ("Bank", "ΒΑΝΚ"),
        ("Bank", "Βаnk"),
        ("Νίκος", "Nίkoς"),
        ("ΝΙΚΟΣ", "Νίκος"),
        // Letters and digits of one shape.
        ("PayPal", "PayPaI"),
        ("PayPal", "PaypaI Ltd"),
        ("WILLIAM ILLIG", "WlLLlAM lLLlG"),
        ("PayPal", "PayPa|"),
        ("Google", "G00gle"),
        ("Amazon", "Arnazon"),
        ("Power Works", "Povver VVorks"),
        ("Jolly", "Jo11y"),
        // Accents.
        ("Société Générale", "Societe Generale"),
        ("Müller", "Muller"),
        ("Yüz", "Yuz"),
        // One slip.
        ("Amazon", "Amazn"),
        ("Amazon", "Amazzon"),
        ("Amazon", "Amaxon"),
        ("Amazon", "Amaozn"),
        ("Schmidt GmbH", "Schmitt"),
        ("Amazon", "Аmazn"),
    ] {
        assert_eq!(claims(before, now), imitates(before), "{before} / {now}");
        assert!(claims(before, now).is_new());
        assert_eq!(claims(now, before), imitates(now), "{now} / {before}");
    }
}

#[test]
fn padding_does_not_hide_a_name() {
    for pad in [
        " ",
        "\u{a0}",
        "\u{200b}",
        " \u{200b}\n",
        "\u{202e}",
        "\u{3164}",
    ] {
        let padded = format!("{0}Acme{0}GmbH{0}", pad.repeat(5000));
        let split = pad.contains(char::is_whitespace);
        let expected = if split {
            changed("Acme")
        } else {
            changed("AcmeGmbH")
        };
        let before = if split { "Acme" } else { "AcmeGmbH" };
        assert_eq!(claims(before, &padded), expected, "{pad:?}");
    }
    let long = "Acme ".repeat(5000);
    assert_eq!(claims(&long, &long), changed(&long));
    assert_eq!(claims("Acme", &long), Standing::First);
}

#[test]
fn a_name_of_its_own_is_a_first_payment() {
    for (before, now) in [
        ("Acme GmbH", "Bolt GmbH"),
        ("Amazon", "Amazing"),
        ("Abcd", "Abce"),
        ("Abcde", "Abxyz"),
        ("AG", "KG"),
        ("GmbH", "Acme GmbH"),
        ("", ""),
        ("", "Acme"),
        ("Acme", ""),
        ("Acme", "\u{200b}\u{202e}"),
        ("\u{200b}", "\u{202e}"),
        ("...", "..."),
    ] {
        assert_eq!(claims(before, now), Standing::First, "{before} / {now}");
    }
    assert_eq!(standing(&[], "iban", DE, "Acme"), Standing::First);
    assert!(Standing::First.is_new());
}

#[test]
fn the_same_name_counts_before_a_like_one_and_the_last_paid_before_the_others() {
    let paid_at = |at, account: &str, name: &str| Known {
        last_paid_ms: at,
        ..known(account, name)
    };
    let mut list = vec![
        paid_at(9, "A", "Amazn"),
        paid_at(5, "B", "Amazon Ltd"),
        paid_at(7, "D", "AMAZON"),
        paid_at(7, "C", "amazon"),
    ];
    for _ in 0..4 {
        let expected = Standing::AccountChanged {
            name: "amazon".to_owned(),
            account_before: "iban:C".to_owned(),
        };
        assert_eq!(standing(&list, "iban", GB, "Amazon"), expected);
        list.rotate_left(1);
    }
}

#[test]
fn new_payees_and_large_amounts_always_ask() {
    let (ten, limit) = (amount("EUR 10"), Some(amount("EUR 10")));
    let known = Standing::Known {
        paid_count: 1,
        last_paid_ms: 0,
        name_before: None,
    };
    assert_eq!(always_asks(&known, ten, limit), None);
    assert_eq!(
        always_asks(&known, amount("EUR 92233720368547758.07"), None),
        None
    );
    let over = amount("EUR 10.01");
    let reason = AskReason::AboveLimit {
        asked: over,
        limit: ten,
    };
    assert_eq!(always_asks(&known, over, limit), Some(reason));
    let max = amount("EUR 92233720368547758.07");
    assert_eq!(always_asks(&known, max, Some(max)), None);
    assert!(always_asks(&known, max, limit).is_some());
    let dollars = amount("USD 0.01");
    let reason = AskReason::LimitInOtherCurrency {
        asked: dollars,
        limit: ten,
    };
    assert_eq!(always_asks(&known, dollars, limit), Some(reason));
    for new in [Standing::First, changed("A"), imitates("A")] {
        let reason = always_asks(&new, amount("EUR 0.01"), None).unwrap();
        assert_eq!(reason.to_string(), new.words());
        assert_eq!(
            serde_json::to_value(&reason).unwrap(),
            serde_json::to_value(&new).unwrap()
        );
    }
    let json = json!({ "kind": "above-limit", "asked": { "minor": 1001, "currency": "EUR" }, "limit": { "minor": 1000, "currency": "EUR" } });
    let back: AskReason = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(back).unwrap(), json);
}

#[test]
fn a_card_says_in_words_who_is_paid() {
    let known = |paid_count, name_before: Option<&str>| Standing::Known {
        paid_count,
        last_paid_ms: 0,
        name_before: name_before.map(str::to_owned),
    };
    assert_eq!(known(1, None).words(), "paid once before");
    assert_eq!(
        known(12, Some("Acme")).words(),
        "paid 12 times before, under the name “Acme”"
    );
    assert!(Standing::First.words().starts_with("first payment"));
    assert!(
        changed("Acme")
            .words()
            .contains(&format!("“Acme” was paid before, but at iban:{DE}"))
    );
    assert!(imitates("Acme").words().contains("looks like “Acme”"));
    let hostile = imitates("A” was paid 99 times\u{202e}\u{1b}[2J\nok").words();
    assert!(!hostile.contains(['\u{202e}', '\u{1b}', '\n']), "{hostile}");
    assert_eq!(hostile.matches('”').count(), 1, "{hostile}");
    assert!(imitates(&"x".repeat(9000)).words().len() < 400);
}

#[test]
fn one_document_of_one_payee_has_one_key_however_it_is_spelled() {
    let key = payment_key("iban", DE, "RE-2024/17_a.b").unwrap();
    for (account, document) in [
        ("DE89 3704 0044 0532 0130 00", "re-2024/17_A.B"),
        ("de89370400440532013000", " RE-2024 / 17_a.b\n"),
        (DE, "RE\u{200b}-2024/\u{feff}17_a.b"),
        (DE, "ＲＥ－２０２４／１７＿ａ．ｂ"),
        (DE, "RE\u{2011}2024/17_a.b"),
        (DE, "RE–2024/17_a.b"),
        (DE, "RE\u{ad}-2024/17_a\u{202e}.b"),
        ("\u{a0}DE89370400440532013000\t", "RE-2024/17_a.b"),
    ] {
        assert_eq!(
            payment_key("iban", account, document).unwrap(),
            key,
            "{document}"
        );
    }
    assert_eq!(
        payment_key("book", "ACME ", "Straße").unwrap(),
        payment_key("book", "acme", "STRASSE").unwrap()
    );
}

#[test]
fn other_documents_accounts_and_schemes_have_other_keys() {
    let orders = [
        ("iban", DE, "RE-1"),
        ("iban", GB, "RE-1"),
        ("book", DE, "RE-1"),
        ("iban", DE, "RE-11"),
        ("iban", DE, "RE/1"),
        ("iban", DE, "RE.1"),
        ("iban", DE, "RE_1"),
        ("iban", DE, "RE1"),
        ("iban", "DE8937040044053201300", "0RE-1"),
    ];
    let keys: std::collections::BTreeSet<_> = orders
        .iter()
        .map(|(scheme, account, document)| payment_key(scheme, account, document).unwrap())
        .collect();
    assert_eq!(keys.len(), orders.len());
}

#[test]
fn the_key_does_not_change_between_versions() {
    // SHA-256 over "guildhall payment key 1\0" and three parts, each after its length in 8 bytes, computed by Python.
    let expected = "sha256:a46f32a8af246bd67144e85b30fdf2361117b7dc8cb78f685063570b163f0121";
    assert_eq!(
        payment_key("iban", DE, "RE-1").unwrap().to_string(),
        expected
    );
}

#[test]
fn nothing_to_read_has_no_key() {
    for empty in [
        "",
        " ",
        "\n\t",
        "\u{200b}\u{202e}\u{feff}",
        "\u{3164}",
        "\u{e0001}",
    ] {
        assert_eq!(payment_key("iban", DE, empty), Err(KeyError::Document));
        assert_eq!(payment_key("iban", empty, "RE-1"), Err(KeyError::Account));
    }
    for scheme in ["", "IBAN", "x402", "\u{1b}[2J"] {
        assert!(matches!(
            payment_key(scheme, DE, "RE-1"),
            Err(KeyError::Scheme(_))
        ));
    }
}

proptest! {
    #[test]
    fn nothing_here_panics(a in "\\PC{0,40}", b in any::<String>(), c in any::<String>()) {
        let _ = standing(&[known(&c, &b)], "iban", &a, &c).words();
        let _ = standing(&[known(&c, &a)], &a, &b, &b).words();
        let _ = payment_key("iban", &a, &b);
        let _ = payment_key(&a, &b, &c);
    }

    #[test]
    fn normalising_again_changes_nothing(text in prop_oneof![any::<String>(), "\\p{M}{0,3}[ ﹲ]\\p{M}{0,3}.{0,3}"], scheme in "iban|book|x") {
        let document = normal_document(&text);
        prop_assert_eq!(normal_document(&document), document.clone());
        prop_assert!(!document.chars().any(char::is_whitespace));
        let account = normal_account(&scheme, &text);
        prop_assert_eq!(normal_account(&scheme, &account), account.clone());
        prop_assert!(!account.chars().any(char::is_whitespace));
    }

    #[test]
    fn a_name_is_the_same_as_itself(name in any::<String>()) {
        let outcome = claims(&name, &name);
        prop_assert!(outcome == changed(&name) || outcome == Standing::First);
    }

    #[test]
    fn space_and_case_never_make_another_name(name in "[a-zA-Z0-9äöüß]{1,12}( [a-zA-Z0-9äöüß]{1,12}){0,2}", at in any::<prop::sample::Index>()) {
        let mut noisy = name.to_uppercase();
        let places: Vec<usize> = noisy.char_indices().map(|(i, _)| i).collect();
        noisy.insert(*at.get(&places), '\u{200d}');
        prop_assert_eq!(claims(&name, &noisy), changed(&name));
    }

    #[test]
    fn one_wrong_letter_never_passes_for_a_first_payment(name in "[b-z]{6,12}", at in any::<prop::sample::Index>(), kind in 0..3) {
        let mut letters: Vec<char> = name.chars().collect();
        let i = at.index(letters.len());
        match kind {
            0 => letters[i] = '7',
            1 => letters.insert(i, '7'),
            _ => { letters.remove(i); }
        }
        let other: String = letters.into_iter().collect();
        prop_assert_ne!(claims(&name, &other), Standing::First);
    }
}

/// For all characters of Unicode: a document is stable under normalising, and a lone character never panics.
#[test]
fn every_character_normalises_once_and_for_all() {
    for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
        let once = normal_document(&format!("a{c}b"));
        assert_eq!(normal_document(&once), once, "{c:?}");
    }
}
