//! The narrowest mandates of a set.

use super::*;

fn offered(facts: &[Fact]) -> Vec<Proposal> {
    propose(skill(), facts, Period::Day, ZONE, NOW)
}

fn mandates(proposals: &[Proposal]) -> Vec<(Mandate, i64)> {
    proposals
        .iter()
        .enumerate()
        .map(|(n, offer)| (offer.mandate(format!("m{n}"), skill(), ZONE, NOW, None), 0))
        .collect()
}

#[test]
fn proposals_are_in_plain_words_and_in_one_order() {
    let mut facts = vec![
        send("mail", "b@example.org"),
        write("/out/2.txt", true),
        pay(DE, "EUR 120"),
        pay(GB, "JPY 5000"),
        pay(DE, "EUR 80"),
        write("/out/1.txt", false),
        write("/advice/1.txt", false),
        pay(DE, "USD 1234.50"),
    ];
    for _ in 0..facts.len() {
        let words: Vec<String> = offered(&facts).into_iter().map(|p| p.words).collect();
        assert_eq!(
            words,
            [
                format!(
                    "Pay iban:{DE} up to EUR 200.00 a day (each at most EUR 120.00) without asking"
                ),
                format!("Pay iban:{DE} up to USD 1,234.50 a day without asking"),
                format!("Pay iban:{GB} up to JPY 5,000 a day without asking"),
                "Write 1 new file a day directly in /advice without asking".to_owned(),
                "Write or replace up to 2 files a day directly in /out without asking".to_owned(),
                "Send 1 message a day to b@example.org by mail without asking".to_owned(),
            ]
        );
        facts.rotate_left(1);
    }
}

#[test]
fn nothing_is_offered_that_would_not_have_covered_the_set() {
    let good = pay(DE, "EUR 1");
    let max = Amount {
        minor: i64::MAX,
        currency: eur(),
    };
    assert!(!offered(&[pay_minor(DE, max)]).is_empty());
    let below = Amount { minor: -5, ..max };
    for bad in [
        pay_minor(DE, max),
        pay_minor(GB, below),
        pay_minor(DE, below),
        pay(GB, "EUR 0"),
        write("x", false),
        write("/a/../x", false),
        write("/", false),
    ] {
        assert_eq!(offered(&[good.clone(), bad]), []);
    }
    assert_eq!(propose(skill(), &[good], Period::Day, "Mars", NOW), []);
    assert_eq!(offered(&[]), []);
}

#[test]
fn hostile_names_are_plain_in_the_words() {
    let facts = [
        send("mail", "a\u{202e}@x\u{1b}[2J\n"),
        write("/out\u{1b}[2J/\n/x", false),
        pay("x\u{202e}y", "EUR 1"),
    ];
    let offers = offered(&facts);
    assert_eq!(offers.len(), 3);
    for offer in offers {
        assert!(
            !offer.words.contains(['\u{202e}', '\u{1b}', '\n']),
            "{}",
            offer.words
        );
    }
}

proptest! {
    #[test]
    fn proposals_cover_their_set_and_nothing_more(facts in prop::collection::vec(any_fact(), 1..14)) {
        let offers = offered(&facts);
        let sums_fit = facts.iter().map(|f| match f {
            Fact::Payment { amount, .. } => i128::from(amount.minor),
            _ => 0,
        }).sum::<i128>() <= i128::from(i64::MAX);
        prop_assert!(!sums_fit || !offers.is_empty());
        prop_assume!(sums_fit);
        let mandates = mandates(&offers);
        let asks = vec![None; facts.len()];
        prop_assert!(cover_all(&mandates, skill(), &facts, &asks, NOW).is_ok());

        // Each one is needed: without it the set is not covered.
        for skip in 0..mandates.len() {
            let mut fewer = mandates.clone();
            fewer.remove(skip);
            prop_assert!(cover_all(&fewer, skill(), &facts, &asks, NOW).is_err());
        }
        // Nothing more fits into the same day.
        for fact in &facts {
            let mut more = facts.clone();
            more.push(fact.clone());
            prop_assert!(cover_all(&mandates, skill(), &more, &vec![None; more.len()], NOW).is_err());
        }
        let any_covers = |fact: &Fact, skill| mandates.iter().any(|(m, _)| covers(m, skill, fact, NOW).is_ok());
        for fact in &facts {
            prop_assert!(any_covers(fact, skill()));
            prop_assert!(!any_covers(fact, Digest::of(b"another skill")));
            match fact {
                Fact::Payment { scheme, account, amount } => {
                    let largest = facts.iter().filter_map(|f| match f {
                        Fact::Payment { account: a, amount: x, .. } if a == account && x.currency == amount.currency => Some(x.minor),
                        _ => None,
                    }).max().unwrap();
                    let larger = Amount { minor: largest + 1, ..*amount };
                    prop_assert!(!any_covers(&pay_minor(account, larger), skill()));
                    prop_assert!(!any_covers(&pay_minor("DE00OTHER", *amount), skill()));
                    let francs = Amount { currency: Currency::parse("CHF").unwrap(), ..*amount };
                    prop_assert!(!any_covers(&pay_minor(account, francs), skill()));
                    let book = Fact::Payment { scheme: format!("{scheme}x"), account: account.clone(), amount: *amount };
                    prop_assert!(!any_covers(&book, skill()));
                }
                Fact::FileWrite { target, .. } => {
                    let folder = target.parent().unwrap();
                    let inside = |f: &Fact| matches!(f, Fact::FileWrite { target: t, .. } if t.parent() == Some(folder));
                    for other in [folder.join("other/x"), folder.join("../x"), PathBuf::from("/elsewhere/x")] {
                        let fact = Fact::FileWrite { target: other, replaces: false };
                        prop_assert!(!any_covers(&fact, skill()));
                    }
                    let replaced = facts.iter().any(|f| inside(f) && matches!(f, Fact::FileWrite { replaces: true, .. }));
                    let replacing = Fact::FileWrite { target: target.clone(), replaces: true };
                    prop_assert_eq!(any_covers(&replacing, skill()), replaced);
                }
                Fact::Message { channel, recipient } => {
                    let others = [send(channel, &format!("{recipient}x")), send(&format!("{channel}x"), recipient)];
                    prop_assert!(!others.iter().any(|other| any_covers(other, skill())));
                }
            }
        }
    }
}
