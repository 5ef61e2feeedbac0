#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use guildhall_sdk::testing::FakeHost;
use guildhall_sdk::{Refusal, RefusalKind};
use proptest::prelude::*;

use crate::bindings::{
    Certainty, Contact, Feed, Guest, Numbering, RecognitionAnswer, Reference, Shape, Status,
    TrackError, Tracking, TrackingAnswer,
};
use crate::{TrackShipment, dcsa, epcis, moment, told};

const DCSA: &str = include_str!("../sample/dcsa.json");
const EPCIS: &str = include_str!("../sample/epcis.json");
const CONTAINER: &str = "CSQU3054383";
const SSCC: &str = "106141412345678908";
const LINE: &str = "https://api.hlag.com/hlag/external/v2/events";
const REPOSITORY: &str = "https://api.epcis.cloud/events";

fn line() -> Feed {
    Feed {
        address: LINE.to_owned(),
        shape: Shape::Dcsa,
        reference: None,
    }
}

fn repository() -> Feed {
    Feed {
        address: REPOSITORY.to_owned(),
        shape: Shape::Epcis,
        reference: None,
    }
}

fn host(body: &str) -> FakeHost {
    let epcis = format!("GET {REPOSITORY}?MATCH_anyEPC=https%3A%2F%2Fid.gs1.org%2F00%2F{SSCC}");
    FakeHost::new()
        .answer(
            &format!("GET {LINE}?equipmentReference={CONTAINER}"),
            200,
            body,
        )
        .answer(&epcis, 200, body)
        .now("2026-11-29T12:00:00Z")
        .messages()
}

fn recognise(number: &str) -> RecognitionAnswer {
    TrackShipment::recognise(number.to_owned()).unwrap()
}

fn carriers(number: &str) -> Vec<String> {
    let value = recognise(number).value.unwrap();
    value
        .candidates
        .into_iter()
        .map(|one| one.carrier)
        .collect()
}

fn track(number: &str, feed: Feed) -> Result<TrackingAnswer, TrackError> {
    TrackShipment::track(number.to_owned(), feed)
}

fn tracked(number: &str, feed: Feed) -> Tracking {
    track(number, feed).unwrap().value.unwrap()
}

#[test]
fn published_numbers_are_recognised() {
    for (number, carrier) in [
        ("RB123456785GB", "Post of GB"),
        ("CSQU3054383", "Owner CSQ (BIC register)"),
        ("MSKU9070323", "Maersk"),
        ("1Z5R89390357567127", "UPS"),
        ("986578788855", "FedEx"),
        ("3318810025", "DHL"),
        ("9400 1112 0255 5842 3326 69", "USPS"),
        ("C11031500001879", "OnTrac"),
    ] {
        let answer = recognise(number);
        assert_eq!(answer.status, Status::Answered, "{number}");
        assert!(carriers(number).contains(&carrier.to_owned()), "{number}");
        assert!(!answer.reason.contains("valid"));
    }
    let unit = recognise(SSCC).value.unwrap();
    assert!(
        unit.candidates
            .iter()
            .any(|one| one.numbering == Numbering::LogisticUnit)
    );
}

#[test]
fn a_wrong_check_digit_names_nobody_and_says_so() {
    for number in ["RB123456786GB", "CSQU3054384", "1Z5R89390357567128"] {
        let answer = recognise(number);
        assert_eq!(answer.status, Status::Answered);
        assert!(answer.value.unwrap().candidates.is_empty(), "{number}");
        assert!(answer.reason.contains("check digit does not fit"));
    }
}

#[test]
fn what_is_of_no_form_is_out_of_scope() {
    for number in ["", "hello", "12", "RB123456785XX", "ŠB123456785GB"] {
        let answer = recognise(number);
        assert_eq!(
            (answer.status, answer.value),
            (Status::OutOfScope, None),
            "{number}"
        );
    }
    assert!(
        recognise(&"1".repeat(100))
            .reason
            .contains("100 characters")
    );
}

#[test]
fn a_form_without_a_check_digit_is_a_single_source() {
    assert_eq!(recognise("TBA010000000000").status, Status::SingleSource);
}

#[test]
fn a_category_in_dispute_has_no_value() {
    let answer = recognise("DXBR3084414");
    assert_eq!((answer.status, answer.value), (Status::Disputed, None));
}

#[test]
fn a_character_that_looks_like_a_digit_is_named() {
    let answer = recognise("CSQU305438\u{ff13}");
    assert!(answer.value.is_none());
    assert!(
        answer
            .reason
            .starts_with("Character 11 is U+FF13, a full-width digit")
    );
}

#[test]
fn events_of_a_container_are_in_order_and_those_of_another_are_left_out() {
    let host = host(DCSA);
    let tracking = tracked("csqu 305438-3", line());
    let codes: Vec<&str> = tracking
        .events
        .iter()
        .map(|event| event.code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "SHIPMENT CONF",
            "EQUIPMENT GTIN",
            "EQUIPMENT LOAD",
            "TRANSPORT DEPA",
            "TRANSPORT ARRI"
        ]
    );
    assert_eq!(tracking.left_out, 1);
    assert_eq!(tracking.latest.unwrap().code, "TRANSPORT DEPA");
    let expected = tracking.expected.unwrap();
    assert_eq!(expected.certainty, Certainty::Estimated);
    assert_eq!(expected.place.as_deref(), Some("Rotterdam Maasvlakte"));
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn events_of_a_unit_are_found_by_both_spellings_and_declared_errors_are_gone() {
    let _host = host(EPCIS);
    let answer = track(&format!("00{SSCC}"), repository()).unwrap();
    assert_eq!(answer.status, Status::SingleSource);
    let tracking = answer.value.unwrap();
    let told: Vec<&str> = tracking
        .events
        .iter()
        .map(|event| event.what.as_str())
        .collect();
    assert_eq!(told, ["Unit packed", "Unit shipped"]);
    assert_eq!(
        tracking.latest.unwrap().place.as_deref(),
        Some("location 9521321000010")
    );
}

#[test]
fn a_number_that_cannot_be_is_not_asked_for() {
    let host = host(DCSA);
    let of = |reference| Feed {
        reference: Some(reference),
        ..line()
    };
    for (number, feed) in [
        ("CSQU3054384", line()),
        ("hello", line()),
        ("ABC709951", line()),
        ("CSQU3054384", of(Reference::Equipment)),
        (SSCC, line()),
        (CONTAINER, repository()),
        ("", of(Reference::Booking)),
        ("ABC&limit=1", of(Reference::Booking)),
        (
            CONTAINER,
            Feed {
                address: "http://api.hlag.com/events".to_owned(),
                ..line()
            },
        ),
        (
            CONTAINER,
            Feed {
                address: format!("{LINE}?x=1"),
                ..line()
            },
        ),
        (
            CONTAINER,
            Feed {
                address: "https://a@b/\n".to_owned(),
                ..line()
            },
        ),
    ] {
        let outcome = track(number, feed);
        assert!(
            matches!(outcome, Err(TrackError::InvalidRequest(_))),
            "{number}: {outcome:?}"
        );
    }
    assert!(host.requests().is_empty());
}

#[test]
fn a_booking_and_a_bill_of_lading_are_asked_for_by_their_names() {
    let host = FakeHost::new().now("2026-11-29T12:00:00Z");
    for (reference, name) in [
        (Reference::Booking, "carrierBookingReference"),
        (Reference::TransportDocument, "transportDocumentReference"),
    ] {
        let feed = Feed {
            reference: Some(reference),
            ..line()
        };
        assert!(matches!(
            track("ABC709951", feed),
            Err(TrackError::NoAnswer(_))
        ));
        assert_eq!(
            host.requests().last().unwrap().line,
            format!("GET {LINE}?{name}=ABC709951")
        );
    }
}

#[test]
fn without_a_grant_or_with_a_page_of_another_kind_there_are_no_events() {
    let refusal = Refusal::new(RefusalKind::Denied, "network.not-granted", "No grant.");
    let denied = FakeHost::new().refuse(
        &format!("GET {LINE}?equipmentReference={CONTAINER}"),
        refusal,
    );
    assert!(matches!(
        track(CONTAINER, line()),
        Err(TrackError::NotGranted(_))
    ));
    drop(denied);
    for body in [
        "",
        "{}",
        "<html/>",
        "[1]",
        "[{}]",
        "null",
        "{\"events\": 1}",
        &"[".repeat(100_000),
    ] {
        let _host = host(body);
        assert!(
            matches!(track(CONTAINER, line()), Err(TrackError::Unreadable(_))),
            "{body:.20}"
        );
        assert!(
            matches!(track(SSCC, repository()), Err(TrackError::Unreadable(_))),
            "{body:.20}"
        );
    }
    let many = format!("[{}1]", "1,".repeat(1_000));
    let _host = host(&many);
    assert!(matches!(
        track(CONTAINER, line()),
        Err(TrackError::Unreadable(_))
    ));
}

#[test]
fn an_event_of_the_future_has_not_happened() {
    let event = |id: u8, at: &str| {
        format!(
            r#"{{"eventID":"{id}","eventType":"EQUIPMENT","eventClassifierCode":"ACT","eventDateTime":"{at}","equipmentEventTypeCode":"LOAD"}}"#
        )
    };
    let body = format!(
        "[{},{}]",
        event(1, "2026-11-29T12:30:00Z"),
        event(2, "2026-11-29T13:30:00Z")
    );
    let _host = host(&body);
    let tracking = tracked(CONTAINER, line());
    assert_eq!((tracking.events.len(), tracking.left_out), (1, 1));
}

#[test]
fn a_shipment_without_news_for_long_has_no_value_and_the_merchant_decides_how_long() {
    let old = host(DCSA).now("2026-12-22T23:59:59Z");
    assert_eq!(
        track(CONTAINER, line()).unwrap().status,
        Status::SingleSource
    );
    drop(old);
    let older = host(DCSA).now("2026-12-23T00:00:00Z");
    let answer = track(CONTAINER, line()).unwrap();
    assert_eq!((answer.status, answer.value), (Status::Stale, None));
    drop(older);
    let patient = host(DCSA)
        .now("2026-12-23T00:00:00Z")
        .setting("stale-after-days", "90");
    assert!(track(CONTAINER, line()).unwrap().value.is_some());
    drop(patient);
    let _wrong = host(DCSA).setting("stale-after-days", "soon");
    assert!(matches!(
        track(CONTAINER, line()),
        Err(TrackError::InvalidRequest(_))
    ));
}

fn notify(channel: &str, since: Option<&str>) -> Result<crate::bindings::NoticeAnswer, TrackError> {
    let contact = Contact {
        channel: channel.to_owned(),
        recipient: "4711".to_owned(),
    };
    TrackShipment::notify(
        CONTAINER.to_owned(),
        line(),
        contact,
        since.map(str::to_owned),
    )
}

#[test]
fn a_notice_tells_what_happened_since_and_what_is_expected() {
    let host = host(DCSA);
    let notice = notify("telegram", Some("2026-11-21T02:30:00Z"))
        .unwrap()
        .value
        .unwrap();
    assert!(notice.text.contains("Vessel: departure"));
    // Loaded at that very moment, in another zone.
    assert!(!notice.text.contains("Container loaded"));
    assert!(notice.text.contains("Expected: 2026-12-20 06:00 +01:00"));
    let sent = host.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].channel.as_str(), sent[0].subject.as_deref()),
        ("telegram", None)
    );
    assert_eq!(sent[0].body, notice.text);
    let by_mail = notify("email", None).unwrap().value.unwrap();
    assert_eq!(by_mail.subject.as_deref(), Some("Shipment CSQU3054383"));
}

#[test]
fn without_news_nothing_is_staged() {
    let host = host(DCSA);
    let answer = notify("whatsapp", Some("2026-11-22T08:45:00+08:00")).unwrap();
    assert_eq!(answer.value, None);
    for (channel, since) in [("fax", None), ("email", Some("yesterday"))] {
        assert!(matches!(
            notify(channel, since),
            Err(TrackError::InvalidRequest(_))
        ));
    }
    assert!(host.sent().is_empty());
    drop(host);
    let _refusing = FakeHost::new()
        .answer(
            &format!("GET {LINE}?equipmentReference={CONTAINER}"),
            200,
            DCSA,
        )
        .now("2026-11-29T12:00:00Z");
    assert!(matches!(
        notify("email", None),
        Err(TrackError::NotStaged(_))
    ));
}

#[test]
fn texts_of_a_stranger_carry_no_link_and_nothing_invisible() {
    assert_eq!(
        told::plain("Pay at https://evil.example/\u{202e}\nnow"),
        "Pay at https: evil. example now"
    );
    assert_eq!(
        told::plain("St. Gallen, Tor 4.2 (Süd)"),
        "St. Gallen, Tor 4.2 (Süd)"
    );
    assert_eq!(told::plain(&"x".repeat(200)).len(), 80);
    let body = DCSA.replace("Shanghai Yangshan", "<b>www.evil.example\\u202E</b>");
    let _host = host(&body);
    let text = notify("telegram", None).unwrap().value.unwrap().text;
    assert!(
        !text.contains("evil.example") && !text.contains('<') && !text.contains('\u{202e}'),
        "{text}"
    );
}

#[test]
fn times_are_read_with_their_zone() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("1970-01-01T01:00:00+01:00", Some(0)),
        ("1969-12-31T19:00:00.123-05:00", Some(0)),
        (
            "2026-11-21T10:30:00+08:00",
            moment::seconds("2026-11-21T02:30:00Z"),
        ),
        ("2026-11-21T10:30:00", None),
        ("2026-11-21 10:30:00Z", None),
        ("2026-02-30T10:30:00Z", None),
        ("2026-11-21T24:30:00Z", None),
        ("2026-11-21T10:30Z", None),
        ("2026-11-21T10:30:00.Z", None),
        ("2026-11-21T10:30:00+1", None),
        ("2026-11-21T10:30:00Zulu", None),
    ] {
        assert_eq!(moment::seconds(text), seconds, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_recognition_panic(number in "\\PC{0,60}") {
        recognise(&number);
    }

    #[test]
    fn one_changed_digit_of_a_container_is_always_found(at in 4_usize..11, digit in 0_u8..10) {
        let mut changed = CONTAINER.as_bytes().to_vec();
        changed[at] = b'0' + digit;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(carriers(&changed).is_empty(), changed != CONTAINER);
    }

    #[test]
    fn no_damage_to_a_page_makes_the_readers_panic(at in 0..DCSA.len(), piece in "[\\[\\]{}\",:a-zA-Z0-9\\\\-]{0,10}") {
        for sample in [DCSA, EPCIS] {
            let mut text = sample.to_owned();
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.insert_str(at, &piece);
            let _ = dcsa::read(&text, CONTAINER, Reference::Equipment, i64::MAX / 2);
            let _ = epcis::read(&text, SSCC, i64::MAX / 2);
        }
    }

    #[test]
    fn no_time_makes_the_reader_panic(text in "[0-9TZ:+.\\-é]{0,30}") {
        let _ = moment::seconds(&text);
        let _ = moment::shown(&text);
    }

    #[test]
    fn what_is_plain_stays_plain(text in "\\PC{0,100}") {
        let once = told::plain(&text);
        prop_assert_eq!(told::plain(&once), once);
    }
}
