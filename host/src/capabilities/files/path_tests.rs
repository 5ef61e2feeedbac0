#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use guildhall_package::text::is_unsafe;
use proptest::prelude::*;

use super::path::{GuestPath, MAX_DEPTH, MAX_PATH_BYTES, MAX_SEGMENT_BYTES, RelPath, can_be_shown};
use crate::refusal::RefusalKind;

#[test]
fn a_grant_alone_and_a_path_inside_are_read() {
    assert_eq!(
        GuestPath::parse("invoices").unwrap(),
        GuestPath {
            grant: "invoices".parse().unwrap(),
            inside: None
        }
    );
    let path = GuestPath::parse("invoices/2026/März/Rechnung 4711.xml").unwrap();
    assert_eq!(path.grant.as_str(), "invoices");
    let inside = path.inside.clone().unwrap();
    assert_eq!(inside.name(), "Rechnung 4711.xml");
    assert_eq!(inside.parent().unwrap().as_str(), "2026/März");
    assert_eq!(inside.segments().count(), 3);
    assert_eq!(path.to_string(), "invoices/2026/März/Rechnung 4711.xml");
}

#[test]
fn names_that_look_unusual_but_are_harmless_are_read() {
    for path in [
        "in/...",
        "in/..a",
        "in/a..",
        "in/.hidden",
        "in/2026-01-01T10:00:00.xml",
        "in/%2e%2e",
        "in/~root",
        "in/-rf",
        "in/a;b|c",
        "in/請求書.xml",
        "in/two  spaces",
    ] {
        assert!(GuestPath::parse(path).is_ok(), "{path}");
    }
}

#[test]
fn every_path_trick_is_refused_by_one_rule() {
    let long_segment = format!("in/{}", "a".repeat(MAX_SEGMENT_BYTES + 1));
    let long_umlauts = format!("in/{}", "ä".repeat(128));
    let long_path = format!("in{}", "/abcdefghi".repeat(110));
    let deep = format!("in{}", "/a".repeat(MAX_DEPTH + 1));
    for path in [
        "",
        "/",
        "/etc/passwd",
        "//in/a",
        "in/",
        "in//a",
        "in/a/",
        ".",
        "..",
        "./in",
        "../in",
        "in/.",
        "in/..",
        "in/../a",
        "in/a/../../b",
        "in/./a",
        "in\\a",
        "in/a\\..\\b",
        "C:\\in",
        "C:/in",
        "c:/in",
        "in/a\0.xml",
        "in\0/a",
        "in/a\nb",
        "in/a\rb",
        "in/a\tb",
        "in/a\u{1b}[31m",
        "in/a\u{7f}",
        "in/a\u{85}",
        "in/invoice\u{202e}fdp.exe",
        "in/a\u{2066}b\u{2069}",
        "in/a\u{200b}b",
        "in/a\u{200d}b",
        "in/a\u{feff}",
        "in/a\u{ad}b",
        "in/a\u{e0041}",
        "in/a\u{2028}b",
        "in/.guildhall-x.part",
        "in/.GuildHall-x",
        "in/sub/.guildhall-",
        ".guildhall-x",
        "In/a",
        "in voice/a",
        "in$(reboot)/a",
        "-in/a",
        "ïn/a",
        &long_segment,
        &long_umlauts,
        &long_path,
        &deep,
    ] {
        let refusal = GuestPath::parse(path).expect_err(path);
        assert_eq!(refusal.rule, "files.invalid-path", "{path:?}");
        assert_eq!(refusal.kind, RefusalKind::Invalid, "{path:?}");
        assert!(refusal.message.len() < 1_500, "{}", refusal.message);
        assert!(!refusal.message.chars().any(is_unsafe), "{path:?}");
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let segment = format!("in/{}", "a".repeat(MAX_SEGMENT_BYTES));
    assert!(GuestPath::parse(&segment).is_ok());
    let deep = format!("in{}", "/a".repeat(MAX_DEPTH));
    assert!(GuestPath::parse(&deep).is_ok());
    let long = format!("in/{0}/{0}/{0}/{1}", "a".repeat(255), "b".repeat(253));
    assert_eq!(long.len(), MAX_PATH_BYTES);
    assert!(GuestPath::parse(&long).is_ok());
}

#[test]
fn look_alikes_are_different_paths() {
    let composed = GuestPath::parse("in/caf\u{e9}.xml").unwrap();
    let decomposed = GuestPath::parse("in/cafe\u{301}.xml").unwrap();
    let upper = GuestPath::parse("in/CAFÉ.xml").unwrap();
    let latin = GuestPath::parse("in/a.xml").unwrap();
    let cyrillic = GuestPath::parse("in/\u{430}.xml").unwrap();
    assert_ne!(composed, decomposed);
    assert_ne!(composed, upper);
    assert_ne!(latin, cyrillic);
}

#[test]
fn a_name_that_a_card_cannot_show_exactly_is_told_apart() {
    assert!(can_be_shown("reports/2026/März 1.csv"));
    for path in [
        "reports/a  b",
        "reports/a\u{a0}b",
        "reports/a ",
        "reports/a\u{3000}b",
    ] {
        assert!(!can_be_shown(path), "{path:?}");
    }
}

#[test]
fn a_stored_path_is_checked_again_when_it_is_read_back() {
    let path = RelPath::parse("a/b").unwrap();
    assert_eq!(serde_json::to_string(&path).unwrap(), "\"a/b\"");
    assert_eq!(serde_json::from_str::<RelPath>("\"a/b\"").unwrap(), path);
    for stored in ["\"../b\"", "\"/b\"", "\"\"", "\"a//b\"", "\"a\\u0000\""] {
        assert!(serde_json::from_str::<RelPath>(stored).is_err(), "{stored}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic_and_what_passes_is_plain(
        text in prop_oneof![
            ".*",
            "[a-z./\\\\:\0 ]{0,40}",
            "(in/)?([ab.]{0,3}/){0,5}[ab.]{0,3}",
            proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter),
        ]
    ) {
        match GuestPath::parse(&text) {
            Ok(path) => {
                prop_assert_eq!(path.to_string(), text.as_str());
                prop_assert!(text.len() <= MAX_PATH_BYTES);
                prop_assert!(!text.starts_with('/') && !text.contains('\\') && !text.contains('\0'));
                for segment in text.split('/') {
                    prop_assert!(!matches!(segment, "" | "." | ".."));
                    // What the standard library makes of it stays one ordinary component.
                    let parts: Vec<_> = std::path::Path::new(segment).components().collect();
                    prop_assert_eq!(parts.len(), 1);
                    prop_assert!(matches!(parts[0], std::path::Component::Normal(_)));
                }
            }
            Err(refusal) => {
                prop_assert_eq!(refusal.rule, "files.invalid-path");
                prop_assert!(!refusal.message.chars().any(is_unsafe));
            }
        }
    }

    #[test]
    fn plain_segments_are_read_and_printed_back(
        segments in proptest::collection::vec("[a-zA-Z0-9äé _-]{1,12}", 0..6)
    ) {
        let text = std::iter::once("in".to_owned()).chain(segments).collect::<Vec<_>>().join("/");
        prop_assert_eq!(GuestPath::parse(&text).unwrap().to_string(), text);
    }
}
