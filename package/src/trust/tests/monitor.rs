//! What the entries of a log amount to, what a log must not take, and where a status lies.

use proptest::prelude::*;

use crate::trust::log::checkpoint::TreeHead;
use crate::trust::log::entry::{Entry, Event, Price, ReleaseEntry, Withdrawal};
use crate::trust::log::hash::TreeHash;
use crate::trust::monitor::*;
use crate::trust::testing::{DAY, NOW, ORIGIN, key};
use crate::{Digest, FolderName, SkillName};

fn publisher(name: &str) -> FolderName {
    name.parse().unwrap()
}

fn skill(name: &str) -> SkillName {
    name.parse().unwrap()
}

fn granted(name: &str) -> Event {
    Event::NamespaceGranted {
        publisher: publisher(name),
    }
}

fn key_granted(name: &str, n: u8) -> Event {
    Event::KeyGranted {
        publisher: publisher(name),
        key: key(n).public(),
    }
}

fn key_revoked(name: &str, n: u8, from: i64) -> Event {
    Event::KeyRevoked {
        publisher: publisher(name),
        key: key(n).public(),
        from,
    }
}

fn digest(name: &str, version: &str) -> Digest {
    Digest::of(format!("{name}@{version}").as_bytes())
}

fn release(name: &str, version: &str, n: u8) -> Event {
    Event::Release(ReleaseEntry {
        name: skill(name),
        version: version.parse().unwrap(),
        release: digest(name, version),
        component: Digest::of(b"component"),
        publisher_statement: Digest::of(b"publisher"),
        review_statement: Digest::of(b"review"),
        key: key(n).public(),
    })
}

fn withdrawal(name: &str, version: &str) -> Withdrawal {
    Withdrawal {
        name: skill(name),
        version: version.parse().unwrap(),
        release: digest(name, version),
        reason: "Rounds wrong.".to_owned(),
    }
}

/// Applies events one second apart, all of which the log may take.
fn log(events: Vec<Event>) -> LogState {
    let mut state = LogState::default();
    for event in events {
        next(&mut state, event).unwrap();
    }
    state
}

fn next(state: &mut LogState, event: Event) -> Result<(), Fault> {
    let at = NOW + i64::try_from(state.size()).unwrap() * 1000;
    state.apply(&Entry { at, event })
}

/// A publisher with a key, and some releases.
fn acme() -> LogState {
    log(vec![
        granted("acme"),
        key_granted("acme", 1),
        release("acme/rates", "1.0.0", 1),
        release("acme/rates", "1.10.0", 1),
        release("acme/rates", "1.9.0", 1),
        release("acme/rates", "2.0.0-rc.1", 1),
    ])
}

fn latest(state: &LogState) -> Option<String> {
    state
        .latest(&skill("acme/rates"))
        .map(|it| it.entry.version.to_string())
}

fn at_release(state: &LogState, version: &str) -> i64 {
    let version = version.parse().unwrap();
    state.release(&skill("acme/rates"), &version).unwrap().at
}

fn is_revoked(state: &LogState, version: &str) -> bool {
    let version = version.parse().unwrap();
    let release = state.release(&skill("acme/rates"), &version).unwrap();
    state.revocation(release).is_some()
}

#[test]
fn the_catalogue_is_what_was_granted_and_released() {
    let state = acme();
    assert_eq!((state.size(), state.at()), (6, NOW + 5000));
    assert!(state.has_publisher(&publisher("acme")) && !state.has_publisher(&publisher("other")));
    assert_eq!(
        state.publishers().collect::<Vec<_>>(),
        [(&publisher("acme"), NOW)]
    );
    let one = key(1).public();
    let granted = state.key(&one).unwrap();
    assert_eq!((granted.granted_index, granted.granted_at), (1, NOW + 1000));
    assert_eq!(
        (granted.publisher.as_str(), granted.revoked_from),
        ("acme", None)
    );
    assert_eq!(state.keys().count(), 1);
    let (name, rates) = state.skills().next().unwrap();
    assert_eq!((name, rates.releases.len()), (&skill("acme/rates"), 4));
    assert_eq!(rates.price, Price::Free);
    let first = state.release(name, &"1.0.0".parse().unwrap()).unwrap();
    assert_eq!((first.index, first.at), (2, NOW + 2000));
    assert_eq!(first.entry.release, digest("acme/rates", "1.0.0"));
    assert!(state.release(name, &"1.0.1".parse().unwrap()).is_none());
    assert!(state.skill(&skill("acme/other")).is_none());
}

#[test]
fn the_latest_is_the_highest_that_is_not_taken_back_and_no_pre_release() {
    let mut state = acme();
    assert_eq!(latest(&state).unwrap(), "1.10.0");
    next(&mut state, Event::Yank(withdrawal("acme/rates", "1.10.0"))).unwrap();
    assert_eq!(latest(&state).unwrap(), "1.9.0");
    next(&mut state, Event::Revoke(withdrawal("acme/rates", "1.9.0"))).unwrap();
    assert_eq!(latest(&state).unwrap(), "1.0.0");
    next(
        &mut state,
        Event::Unyank(withdrawal("acme/rates", "1.10.0")),
    )
    .unwrap();
    assert_eq!(latest(&state).unwrap(), "1.10.0");
    next(&mut state, key_revoked("acme", 1, NOW)).unwrap();
    assert_eq!(latest(&state), None);
    assert!(state.latest(&skill("acme/none")).is_none());
}

#[test]
fn a_revoked_key_marks_releases_from_its_date_on() {
    let mut state = acme();
    let from = at_release(&state, "1.10.0");
    next(&mut state, key_revoked("acme", 1, from)).unwrap();
    assert!(!is_revoked(&state, "1.0.0"));
    assert!(is_revoked(&state, "1.10.0") && is_revoked(&state, "1.9.0"));
    // It may be found to reach back further.
    next(&mut state, key_revoked("acme", 1, NOW)).unwrap();
    assert!(is_revoked(&state, "1.0.0"));
    // A date between two releases leaves the one before it.
    let mut state = acme();
    next(&mut state, key_revoked("acme", 1, from + 1)).unwrap();
    assert!(!is_revoked(&state, "1.10.0") && is_revoked(&state, "1.9.0"));
}

#[test]
fn the_last_price_counts() {
    let mut state = acme();
    let price = Price::OneTime {
        minor: 990,
        currency: "EUR".to_owned(),
    };
    for price in [Price::Free, price.clone()] {
        let name = skill("acme/rates");
        next(&mut state, Event::Price { name, price }).unwrap();
    }
    assert_eq!(state.skill(&skill("acme/rates")).unwrap().price, price);
}

#[test]
fn each_entry_that_a_log_must_not_take_is_named_and_changes_nothing() {
    let one = key(1).public();
    let two = key(2).public();
    let rates = || skill("acme/rates");
    let v1 = || "1.0.0".parse::<semver::Version>().unwrap();
    let mut wrong_digest = withdrawal("acme/rates", "1.0.0");
    wrong_digest.release = Digest::of(b"other");
    let Event::Release(mut again) = release("acme/rates", "1.0.0", 1) else {
        unreachable!()
    };
    again.version = "3.0.0".parse().unwrap();
    let cases: Vec<(Event, FaultKind)> = vec![
        (
            granted("acme"),
            FaultKind::NamespaceTwice(publisher("acme")),
        ),
        (
            key_granted("nobody", 2),
            FaultKind::UnknownPublisher(publisher("nobody")),
        ),
        (key_granted("acme", 1), FaultKind::KeyTwice(one)),
        (key_granted("other", 1), FaultKind::KeyTwice(one)),
        (key_revoked("acme", 2, NOW), FaultKind::ForeignKey(two)),
        (key_revoked("other", 1, NOW), FaultKind::ForeignKey(one)),
        (
            key_revoked("acme", 1, NOW + DAY),
            FaultKind::RevokedAhead(one),
        ),
        (
            release("nobody/x", "1.0.0", 1),
            FaultKind::UnknownPublisher(publisher("nobody")),
        ),
        (release("other/x", "1.0.0", 1), FaultKind::ForeignKey(one)),
        (release("acme/x", "1.0.0", 2), FaultKind::ForeignKey(two)),
        (
            release("acme/rates", "1.0.0", 1),
            FaultKind::VersionTwice(rates(), v1()),
        ),
        (
            Event::Release(again),
            FaultKind::DigestTwice(digest("acme/rates", "1.0.0")),
        ),
        (
            Event::Price {
                name: skill("acme/none"),
                price: Price::Free,
            },
            FaultKind::UnknownSkill(skill("acme/none")),
        ),
        (
            Event::Yank(withdrawal("acme/rates", "5.0.0")),
            FaultKind::UnknownRelease(rates(), "5.0.0".parse().unwrap()),
        ),
        (
            Event::Revoke(withdrawal("acme/none", "1.0.0")),
            FaultKind::UnknownRelease(skill("acme/none"), v1()),
        ),
        (
            Event::Revoke(wrong_digest),
            FaultKind::UnknownRelease(rates(), v1()),
        ),
        (
            Event::Unyank(withdrawal("acme/rates", "1.0.0")),
            FaultKind::Already(rates(), v1()),
        ),
    ];
    let mut state = acme();
    next(&mut state, granted("other")).unwrap();
    for (event, expected) in cases {
        let mut changed = state.clone();
        let fault = next(&mut changed, event).unwrap_err();
        assert_eq!(
            fault,
            Fault {
                index: 7,
                what: expected
            }
        );
        assert_eq!(changed.size(), 8, "it is in the log all the same");
        // Everything else is as before: the same catalogue, and the same status.
        assert_eq!(
            changed.skills().collect::<Vec<_>>(),
            state.skills().collect::<Vec<_>>()
        );
        assert_eq!(
            changed.keys().collect::<Vec<_>>(),
            state.keys().collect::<Vec<_>>()
        );
        assert_eq!(
            changed.publishers().collect::<Vec<_>>(),
            state.publishers().collect::<Vec<_>>()
        );
    }
}

#[test]
fn what_is_done_is_not_done_again() {
    let mut state = acme();
    let v1 = || withdrawal("acme/rates", "1.0.0");
    let already =
        |fault: Result<(), Fault>| matches!(fault.unwrap_err().what, FaultKind::Already(..));
    next(&mut state, Event::Yank(v1())).unwrap();
    assert!(already(next(&mut state, Event::Yank(v1()))));
    next(&mut state, Event::Revoke(v1())).unwrap();
    let mut other = v1();
    other.reason = "Another reason.".to_owned();
    assert!(already(next(&mut state, Event::Revoke(other))));
    let release = state
        .release(&skill("acme/rates"), &"1.0.0".parse().unwrap())
        .unwrap();
    assert_eq!(state.revocation(release).unwrap().1, "Rounds wrong.");
    next(&mut state, key_revoked("acme", 1, NOW + 1)).unwrap();
    for from in [NOW + 1, NOW + 2] {
        let fault = next(&mut state, key_revoked("acme", 1, from)).unwrap_err();
        assert_eq!(fault.what, FaultKind::RevokedTwice(key(1).public()));
    }
    let fault = next(&mut state, release_after()).unwrap_err();
    assert_eq!(fault.what, FaultKind::RevokedKey(key(1).public()));
    let fault = next(&mut state, key_granted("acme", 1)).unwrap_err();
    assert_eq!(
        fault.what,
        FaultKind::KeyTwice(key(1).public()),
        "a revoked key never comes back"
    );
}

fn release_after() -> Event {
    release("acme/rates", "9.0.0", 1)
}

#[test]
fn time_does_not_go_back() {
    let mut state = acme();
    let at = state.at();
    let event = || granted("other");
    let fault = state
        .apply(&Entry {
            at: at - 1,
            event: event(),
        })
        .unwrap_err();
    assert_eq!(
        fault,
        Fault {
            index: 6,
            what: FaultKind::BackInTime
        }
    );
    assert!(!state.has_publisher(&publisher("other")));
    assert_eq!(state.at(), at);
    state.apply(&Entry { at, event: event() }).unwrap();
}

/// A log with something of everything, and the status that it has to sign.
fn with_status() -> (LogState, crate::trust::Status) {
    let mut state = acme();
    for event in [
        key_granted("acme", 2),
        release("acme/rates", "3.0.0", 2),
        key_revoked("acme", 2, NOW),
        Event::Yank(withdrawal("acme/rates", "1.0.0")),
        Event::Revoke(withdrawal("acme/rates", "1.9.0")),
    ] {
        next(&mut state, event).unwrap();
    }
    let head = TreeHead {
        size: state.size(),
        root: TreeHash::leaf(b"root"),
    };
    let status = state.status(ORIGIN, head, NOW, NOW + DAY);
    (state, status)
}

#[test]
fn the_status_is_what_the_log_says() {
    let (state, status) = with_status();
    assert_eq!(
        (status.origin.as_str(), status.issued, status.expires),
        (ORIGIN, NOW, NOW + DAY)
    );
    assert_eq!(status.size, state.size());
    let of = |version| digest("acme/rates", version);
    assert_eq!(status.revoked.len(), 2);
    assert_eq!(
        status.revocation(&of("1.9.0")).unwrap().reason,
        "Rounds wrong."
    );
    let by_key = status.revocation(&of("3.0.0")).unwrap();
    assert_eq!((by_key.reason.as_str(), by_key.at), (KEY_REASON, NOW));
    assert_eq!(status.yanked.len(), 1);
    assert!(status.yank(&of("1.0.0")).is_some());
    assert_eq!(status.revoked_keys.len(), 1);
    assert_eq!(status.key_revocation(&key(2).public()).unwrap().from, NOW);
    // It is one that can be signed, and it agrees with the log.
    assert!(status.sign(&key(10)).is_ok());
    assert_eq!(state.compare(&status), []);
}

#[test]
fn each_lie_of_a_status_is_found() {
    let (state, honest) = with_status();
    let version = |text: &str| text.parse::<semver::Version>().unwrap();
    let name = || skill("acme/rates");
    let two = key(2).public();
    let with = |change: &dyn Fn(&mut crate::trust::Status)| {
        let mut status = honest.clone();
        change(&mut status);
        state.compare(&status)
    };
    assert_eq!(
        with(&|status| status.revoked.retain(|it| it.version != version("1.9.0"))),
        [Difference::HidesRevoked(name(), version("1.9.0"))]
    );
    assert_eq!(
        with(&|status| status.revoked.retain(|it| it.version != version("3.0.0"))),
        [Difference::HidesRevoked(name(), version("3.0.0"))]
    );
    let of_this = |it: &crate::trust::status::RevokedRelease| it.version == version("1.9.0");
    assert_eq!(
        with(&|status| status
            .revoked
            .iter_mut()
            .filter(|it| of_this(it))
            .for_each(|it| it.at += 1)),
        [Difference::HidesRevoked(name(), version("1.9.0"))]
    );
    assert_eq!(
        with(&|status| {
            let mut more = status.revoked[0].clone();
            more.release = digest("acme/rates", "1.10.0");
            more.version = version("1.10.0");
            status.revoked.push(more);
            status.revoked.sort_by_key(|it| it.release);
        }),
        [Difference::InventsRevoked(name(), version("1.10.0"))]
    );
    assert_eq!(
        with(&|status| status.revoked_keys.clear()),
        [Difference::HidesKey(two)]
    );
    assert_eq!(
        with(&|status| status.revoked_keys[0].from += 1),
        [Difference::HidesKey(two)]
    );
    assert_eq!(
        with(&|status| {
            let mut more = status.revoked_keys[0].clone();
            more.key = key(1).public();
            status.revoked_keys.push(more);
            status.revoked_keys.sort_by_key(|it| it.key);
        }),
        [Difference::InventsKey(key(1).public())]
    );
    assert_eq!(
        with(&|status| status.yanked.clear()),
        [Difference::HidesYanked(name(), version("1.0.0"))]
    );
    assert_eq!(
        with(&|status| {
            let mut more = status.yanked[0].clone();
            more.release = digest("acme/rates", "1.10.0");
            more.version = version("1.10.0");
            status.yanked.push(more);
            status.yanked.sort_by_key(|it| it.release);
        }),
        [Difference::InventsYanked(name(), version("1.10.0"))]
    );
    assert_eq!(
        with(&|status| status.size += 1),
        [Difference::Size {
            status: state.size() + 1,
            read: state.size()
        }]
    );
}

/// One of the events that a log could be asked to take, good or not.
fn any_event() -> impl Strategy<Value = Event> {
    let names = prop_oneof![Just("acme"), Just("other")];
    let versions = prop_oneof![Just("1.0.0"), Just("1.1.0"), Just("2.0.0-rc.1")];
    (names, versions, 1..4_u8, 0..9_u8, -5..5_i64).prop_map(|(name, version, n, kind, from)| {
        let of = format!("{name}/x");
        match kind {
            0 | 1 => granted(name),
            2 | 3 => key_granted(name, n),
            4 => key_revoked(name, n, NOW + from * 1000),
            5 | 6 => release(&of, version, n),
            7 => Event::Yank(withdrawal(&of, version)),
            _ => Event::Revoke(withdrawal(&of, version)),
        }
    })
}

proptest! {
    #[test]
    fn whatever_is_logged_the_rules_hold(events in proptest::collection::vec(any_event(), 0..60)) {
        let mut state = LogState::default();
        let mut revoked_before: Vec<Digest> = Vec::new();
        for (index, event) in (0..).zip(events) {
            let before = state.clone();
            let taken = next(&mut state, event.clone()).is_ok();
            prop_assert_eq!(state.size(), index + 1);
            let head = TreeHead { size: state.size(), root: TreeHash::empty() };
            let status = state.status(ORIGIN, head, NOW, NOW + DAY);
            prop_assert!(state.compare(&status).is_empty());
            // The status is what each release says of itself.
            let releases = || state.skills().flat_map(|(_, skill)| skill.releases.values());
            let revoked = releases().filter(|it| state.revocation(it).is_some()).count();
            prop_assert_eq!(status.revoked.len(), revoked);
            let yanked = releases().filter(|it| it.yanked.is_some()).count();
            prop_assert_eq!(status.yanked.len(), yanked);
            prop_assert!(status.sign(&key(10)).is_ok());
            // What was revoked stays revoked, and what was released stays released.
            for release in &revoked_before {
                prop_assert!(status.revocation(release).is_some());
            }
            revoked_before = status.revoked.iter().map(|it| it.release).collect();
            for (name, skill) in before.skills() {
                for (version, release) in &skill.releases {
                    let now = state.release(name, version).unwrap();
                    prop_assert_eq!(&now.entry, &release.entry);
                }
            }
            if let Event::Release(entry) = &event && taken {
                let granted = before.key(&entry.key).unwrap();
                prop_assert_eq!(&granted.publisher, &entry.name.publisher);
                prop_assert!(granted.revoked_from.is_none());
            }
        }
    }
}
