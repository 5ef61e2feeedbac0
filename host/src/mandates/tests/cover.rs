//! One mandate and one fact.

use super::*;
use serde_json::json;

#[test]
fn a_payment_within_every_limit_is_covered() {
    let mandate = mandate("m", payments());
    assert!(mandate.check().is_ok());
    assert_eq!(
        covers(&mandate, skill(), &pay(DE, "EUR 120"), NOW),
        Ok(charge(12_000))
    );
    assert_eq!(
        covers(&mandate, skill(), &pay(DE, "EUR 0.01"), NOW),
        Ok(charge(1))
    );
    assert_eq!(mandate.bucket(NOW).unwrap(), "2026-11-24");
}

#[test]
fn each_rule_of_a_payment_refuses_by_its_name() {
    let mandate = mandate("m", payments());
    let no = |fact: &Fact| covers(&mandate, skill(), fact, NOW).unwrap_err();
    assert_eq!(no(&pay(GB, "EUR 1")), NotCovered::OtherAccount);
    assert_eq!(
        no(&pay("DE89 3704 0044 0532 0130 00", "EUR 1")),
        NotCovered::OtherAccount
    );
    let book = Fact::Payment {
        scheme: "book".to_owned(),
        account: DE.to_owned(),
        amount: amount("EUR 1"),
    };
    assert_eq!(no(&book), NotCovered::OtherAccount);
    assert_eq!(
        no(&pay(DE, "USD 1")),
        NotCovered::OtherCurrency { currency: eur() }
    );
    assert_eq!(
        no(&pay(DE, "EUR 120.01")),
        NotCovered::EachLimit {
            limit: amount("EUR 120"),
            asked: amount("EUR 120.01")
        }
    );
    assert_eq!(
        no(&pay(DE, "EUR 92233720368547758.07")).to_string(),
        "EUR 92,233,720,368,547,758.07 is more than the EUR 120.00 that it allows at once"
    );
    for minor in [0, -1, i64::MIN] {
        let odd = Amount {
            minor,
            currency: eur(),
        };
        assert_eq!(no(&pay_minor(DE, odd)), NotCovered::NotPositive(odd));
    }
    assert_eq!(no(&write("/a/x", false)), NotCovered::OtherKind);
    assert_eq!(no(&send("mail", DE)), NotCovered::OtherKind);
    let other = Digest::of(b"pay-supplier 2");
    assert_eq!(
        covers(&mandate, other, &pay(DE, "EUR 1"), NOW),
        Err(NotCovered::OtherSkill)
    );
}

#[test]
fn without_a_limit_at_once_the_limit_itself_is_one() {
    let mut scope = payments();
    if let Scope::Payment { each_minor, .. } = &mut scope {
        *each_minor = None;
    }
    let mandate = mandate("m", scope);
    assert!(covers(&mandate, skill(), &pay(DE, "EUR 200"), NOW).is_ok());
    let over = covers(&mandate, skill(), &pay(DE, "EUR 200.01"), NOW);
    assert!(matches!(over, Err(NotCovered::EachLimit { .. })));
}

#[test]
fn a_mandate_counts_from_its_first_to_before_its_last_moment() {
    let mandate = mandate("m", payments());
    let at = |now| covers(&mandate, skill(), &pay(DE, "EUR 1"), now);
    assert_eq!(
        at(NOW - 1001),
        Err(NotCovered::NotYet {
            from_ms: NOW - 1000
        })
    );
    assert!(at(NOW - 1000).is_ok());
    assert!(at(NOW + 999).is_ok());
    assert_eq!(
        at(NOW + 1000),
        Err(NotCovered::Ended {
            until_ms: NOW + 1000
        })
    );
    let open = Mandate {
        until_ms: None,
        ..mandate.clone()
    };
    assert!(covers(&open, skill(), &pay(DE, "EUR 1"), i64::MAX).is_ok());
    assert!(covers(&open, skill(), &pay(DE, "EUR 1"), i64::MIN).is_err());
}

#[test]
fn files_are_covered_directly_in_the_folder_only() {
    let mandate = mandate("m", files("/srv/books/out", false, 3));
    let at = |target: &str| covers(&mandate, skill(), &write(target, false), NOW);
    for good in [
        "/srv/books/out/a.txt",
        "/srv/books/out/..a",
        "/srv/books//out/a",
        "/srv/books/out/./a",
    ] {
        assert_eq!(at(good), Ok(charge(1)), "{good}");
    }
    for bad in [
        "/srv/books/out",
        "/srv/books/out/",
        "/srv/books/a",
        "/srv/books/outer/a",
        "/srv/books/out/deep/a",
        "/srv/books/out/../a",
        "/srv/books/out/../out/a",
        "/srv/books/out/..",
        "out/a",
        "a",
        "",
        "/",
        "./srv/books/out/a",
        "/Home/me/out/a",
    ] {
        assert_eq!(at(bad), Err(NotCovered::OutsideFolder), "{bad}");
    }
    assert_eq!(
        covers(&mandate, skill(), &write("/srv/books/out/a", true), NOW),
        Err(NotCovered::Replaces)
    );
    let replacing = Mandate {
        scope: files("/srv/books/out", true, 3),
        ..mandate
    };
    for replaces in [true, false] {
        assert!(
            covers(
                &replacing,
                skill(),
                &write("/srv/books/out/a", replaces),
                NOW
            )
            .is_ok()
        );
    }
}

#[test]
fn a_mandate_for_an_unsound_folder_covers_nothing() {
    for folder in ["/a/../b", "b", "", "/a/.."] {
        let mandate = mandate("m", files(folder, true, 9));
        assert_eq!(mandate.check(), Err(MandateError::Folder), "{folder}");
        let target = PathBuf::from(folder).join("x");
        let fact = Fact::FileWrite {
            target,
            replaces: false,
        };
        assert_eq!(
            covers(&mandate, skill(), &fact, NOW),
            Err(NotCovered::OutsideFolder)
        );
    }
}

#[test]
fn messages_are_covered_for_one_recipient_of_one_channel() {
    let scope = Scope::Message {
        channel: "mail".to_owned(),
        recipient: "a@example.org".to_owned(),
        per: Period::Day,
        count: 2,
    };
    let mandate = mandate("m", scope);
    let to = |channel, recipient| covers(&mandate, skill(), &send(channel, recipient), NOW);
    assert_eq!(to("mail", "a@example.org"), Ok(charge(1)));
    assert_eq!(to("hook", "a@example.org"), Err(NotCovered::OtherRecipient));
    assert_eq!(to("mail", "b@example.org"), Err(NotCovered::OtherRecipient));
    assert_eq!(
        covers(&mandate, skill(), &pay(DE, "EUR 1"), NOW),
        Err(NotCovered::OtherKind)
    );
}

#[test]
fn room_is_what_the_limit_leaves_and_never_overflows() {
    let mandate = mandate("m", payments());
    assert!(room(&mandate, 0, charge(20_000)).is_ok());
    assert!(room(&mandate, 19_999, charge(1)).is_ok());
    let full = room(&mandate, 15_000, charge(5001)).unwrap_err();
    assert_eq!((full.limit, full.used, full.asked), (20_000, 15_000, 5001));
    assert_eq!(
        full.to_string(),
        "of its limit of EUR 200.00, EUR 150.00 are used; EUR 50.01 more do not fit"
    );
    assert!(room(&mandate, i64::MAX, charge(1)).is_err());
    assert!(room(&mandate, 1, charge(i64::MAX)).is_err());
    for odd in [0, -1, i64::MIN] {
        assert!(room(&mandate, 0, charge(odd)).is_err());
    }
    // A use below zero makes no room.
    assert!(room(&mandate, i64::MIN, charge(20_001)).is_err());
    let mut scope = payments();
    if let Scope::Payment { limit_minor, .. } = &mut scope {
        *limit_minor = i64::MAX;
    }
    let endless = Mandate {
        scope,
        ..mandate.clone()
    };
    assert!(room(&endless, i64::MAX - 1, charge(1)).is_ok());
    assert!(room(&endless, i64::MAX, charge(1)).is_err());
    let counted = Mandate {
        scope: files("/a", false, 3),
        ..mandate
    };
    let full = room(&counted, 3, charge(1)).unwrap_err();
    assert_eq!(
        full.to_string(),
        "of its limit of 3, 3 are used; 1 more do not fit"
    );
    let huge = Mandate {
        scope: files("/a", false, u64::MAX),
        ..counted
    };
    assert!(room(&huge, i64::MAX - 1, charge(1)).is_ok());
    assert!(room(&huge, i64::MAX, charge(1)).is_err());
}

#[test]
fn a_mandate_is_checked_before_it_is_kept() {
    let good = mandate("m", payments());
    let wrong = |change: fn(&mut Mandate)| {
        let mut mandate = good.clone();
        change(&mut mandate);
        mandate.check().unwrap_err()
    };
    assert!(matches!(
        wrong(|m| m.zone = "Mars".to_owned()),
        MandateError::Zone(_)
    ));
    assert_eq!(
        wrong(|m| m.until_ms = Some(m.from_ms)),
        MandateError::Window
    );
    assert_eq!(
        wrong(|m| m.scope = files("/a", true, 0)),
        MandateError::Limit
    );
    let limits = |limit, each| {
        let mut mandate = good.clone();
        if let Scope::Payment {
            limit_minor,
            each_minor,
            ..
        } = &mut mandate.scope
        {
            (*limit_minor, *each_minor) = (limit, each);
        }
        mandate.check()
    };
    assert_eq!(limits(0, None), Err(MandateError::Limit));
    assert_eq!(limits(-5, None), Err(MandateError::Limit));
    assert_eq!(limits(5, Some(0)), Err(MandateError::Limit));
    assert_eq!(limits(5, Some(-5)), Err(MandateError::Limit));
    assert_eq!(limits(i64::MAX, None), Ok(()));
}

#[test]
fn mandates_are_kept_as_json_and_read_in_words() {
    let mandate = Mandate {
        until_ms: Some(until_ms("2027-03-31", ZONE).unwrap()),
        ..mandate("m1", payments())
    };
    let json = serde_json::to_value(&mandate).unwrap();
    assert_eq!(
        json["scope"],
        json!({ "kind": "payment", "scheme": "iban", "account": DE, "currency": "EUR", "limit_minor": 20_000, "per": "day", "each_minor": 12_000 })
    );
    assert_eq!(serde_json::from_value::<Mandate>(json).unwrap(), mandate);
    let file = serde_json::to_value(files("/a", false, 2)).unwrap();
    assert_eq!(
        file,
        json!({ "kind": "file-write", "folder": "/a", "replace": false, "per": "week", "count": 2 })
    );
    assert_eq!(
        mandate.words(),
        format!(
            "Pay iban:{DE} up to EUR 200.00 a day (each at most EUR 120.00) without asking, by the calendar of Europe/Berlin, until 2027-03-31"
        )
    );
    let open = Mandate {
        until_ms: None,
        ..mandate
    };
    assert!(open.words().ends_with("until revoked"));
    assert_eq!(
        files("/a", false, 1).words(),
        "Write 1 new file a week directly in /a without asking"
    );
    assert_eq!(
        files("/a", true, 3).words(),
        "Write or replace up to 3 files a week directly in /a without asking"
    );
}

proptest! {
    #[test]
    fn reading_a_mandate_never_panics(text in ".{0,80}", until: Option<i64>, from: i64, limit: i64, now: i64) {
        let _ = serde_json::from_str::<Mandate>(&text);
        let mut odd = Mandate { until_ms: until, from_ms: from, zone: text.clone(), ..mandate("m", payments()) };
        if let Scope::Payment { limit_minor, account, .. } = &mut odd.scope {
            *limit_minor = limit;
            text.clone_into(account);
        }
        let _ = (odd.words(), odd.check(), odd.bucket(now));
        let _ = covers(&odd, skill(), &pay(&text, "EUR 1"), now);
        odd.scope = files(&text, true, limit.unsigned_abs());
        let _ = (odd.words(), odd.check());
        let _ = covers(&odd, skill(), &write(&text, true), now);
    }

    #[test]
    fn room_agrees_with_wide_integers(limit: i64, used: i64, asked: i64) {
        let mut mandate = mandate("m", payments());
        if let Scope::Payment { limit_minor, .. } = &mut mandate.scope {
            *limit_minor = limit;
        }
        let fits = asked > 0 && i128::from(used.max(0)) + i128::from(asked) <= i128::from(limit);
        prop_assert_eq!(room(&mandate, used, charge(asked)).is_ok(), fits);
    }
}
