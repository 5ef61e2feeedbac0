use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::redact;

/// Bytes whose base64 differs between the alphabets, with what URLs and JSON escape.
const SECRET: &str = "p?s~>ö\"\\/& %+ø\n~~?>";

fn redacted(haystack: impl AsRef<[u8]>) -> String {
    redacted_of(haystack.as_ref(), SECRET.as_bytes())
}

fn redacted_of(haystack: &[u8], secret: &[u8]) -> String {
    String::from_utf8(redact(haystack, secret).0).unwrap()
}

#[test]
fn the_secret_itself_is_replaced_wherever_it_stands() {
    let (out, count) = redact(
        format!("{SECRET}a{SECRET}{SECRET}").as_bytes(),
        SECRET.as_bytes(),
    );
    assert_eq!(out, b"[redacted]a[redacted][redacted]");
    assert_eq!(count, 3);
}

#[test]
fn what_holds_no_secret_stays_as_it_is() {
    for text in [
        "",
        "nothing here",
        "p?s~",
        "100% \\u0041 + \\",
        "%",
        "\\u",
        "\\ud83d",
    ] {
        assert_eq!(
            redact(text.as_bytes(), SECRET.as_bytes()),
            (text.as_bytes().to_vec(), 0)
        );
    }
    let binary: Vec<u8> = (0..=255).collect();
    assert_eq!(redact(&binary, SECRET.as_bytes()), (binary.clone(), 0));
    assert_eq!(redact(b"text", b""), (b"text".to_vec(), 0));
}

#[test]
fn hexadecimal_digits_of_both_cases_are_found() {
    assert_eq!(
        redacted(format!("x{}x", hex::encode(SECRET))),
        "x[redacted]x"
    );
    assert_eq!(
        redacted(format!("x{}x", hex::encode_upper(SECRET))),
        "x[redacted]x"
    );
}

#[test]
fn base64_is_found_in_both_alphabets_padded_or_not() {
    for length in 8..SECRET.len() + 1 {
        let Some(secret) = SECRET.get(..length) else {
            continue;
        };
        for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            let haystack = format!("Basic {}, next", alphabet.encode(secret));
            assert_eq!(
                redacted_of(haystack.as_bytes(), secret.as_bytes()),
                "Basic [redacted], next",
                "{length} {haystack}"
            );
        }
    }
}

#[test]
fn base64_is_found_inside_a_longer_text_at_each_alignment() {
    for before in ["", "u", "us", "use", "user", "user:"] {
        for after in ["", "a", "ab", "abc", "abcd"] {
            for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let encoded = alphabet.encode(format!("{before}{SECRET}{after}"));
                let out = redacted(&encoded);
                assert!(out.contains("[redacted]"), "{before} {after} {out}");
                // Whole groups that hold nothing of the secret stay, all others go.
                let whole_before = before.len() / 3 * 4;
                assert!(
                    out.find('[').unwrap() <= whole_before + 2,
                    "{before}: {out}"
                );
                assert!(
                    out.len() <= "[redacted]".len() + 4 + 8,
                    "{before} {after}: {out}"
                );
            }
        }
    }
}

#[test]
fn no_bit_of_the_secret_is_left_in_the_neighbouring_digits() {
    // With one byte before it, two bits of that byte and four of the secret share a digit.
    for alphabet in [STANDARD, URL_SAFE] {
        let of = |secret: &str| {
            redacted_of(
                alphabet.encode(format!("u{secret}!")).as_bytes(),
                secret.as_bytes(),
            )
        };
        assert_eq!(of("0000-aaaa-bbbb"), of("pppp-aaaa-bbbb"));
        assert_eq!(of("aaaa-bbbb-0001"), of("aaaa-bbbb-000p"));
    }
}

#[test]
fn percent_encoding_is_found_however_much_is_encoded() {
    let all: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let lower = all.to_lowercase();
    let some: String = SECRET
        .bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'a'..=b'z' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02x}"),
        })
        .collect();
    for encoded in [all, lower, some] {
        assert_eq!(
            redacted(format!("?key={encoded}&x=1")),
            "?key=[redacted]&x=1"
        );
    }
}

#[test]
fn json_escapes_are_found_however_they_are_chosen() {
    let quoted = serde_json::to_string(SECRET).unwrap();
    let inside = quoted.trim_matches('"');
    let slashes = inside.replace('/', "\\/");
    let ascii: String = SECRET
        .encode_utf16()
        .map(|unit| match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii_alphanumeric() => c.to_string(),
            _ => format!("\\u{unit:04X}"),
        })
        .collect();
    let all: String = SECRET
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let python: String = SECRET
        .bytes()
        .map(|byte| format!("\\x{byte:02x}"))
        .collect();
    for encoded in [inside, &slashes, &ascii, &all, &python] {
        let haystack = format!("{{\"echo\":\"{encoded}\"}}");
        assert_eq!(
            redacted(&haystack),
            "{\"echo\":\"[redacted]\"}",
            "{haystack}"
        );
    }
}

#[test]
fn characters_beyond_16_bits_are_found_as_pairs() {
    let secret = "key-😀-😀-key";
    let encoded = "key-\\ud83d\\ude00-\\uD83D\\uDE00-key";
    assert_eq!(
        redacted_of(encoded.as_bytes(), secret.as_bytes()),
        "[redacted]"
    );
}

#[test]
fn base64_inside_json_or_a_url_is_found() {
    let secret = [0xfb, 0xef, 0xbf, 0xff, 0xff, 0xff, 0xfb, 0xef, 0xbf, 0xff];
    let encoded = STANDARD.encode(secret);
    assert!(
        encoded.contains('/') && encoded.contains('+') && encoded.contains('='),
        "{encoded}"
    );
    let json = encoded.replace('/', "\\/");
    assert_eq!(
        redacted_of(format!("\"{json}\"").as_bytes(), &secret),
        "\"[redacted]\""
    );
    let url = encoded
        .replace('/', "%2F")
        .replace('+', "%2b")
        .replace('=', "%3D");
    assert_eq!(
        redacted_of(format!("?k={url}&x").as_bytes(), &secret),
        "?k=[redacted]&x"
    );
}

#[test]
fn a_secret_full_of_escapes_is_found_in_both_readings() {
    for secret in [
        "%41%42%43",
        "\\\\\\\\\\\\\\\\",
        "\\u0041\\u0042",
        "++++++++",
        "%25%25%25",
    ] {
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let json = secret.replace('\\', "\\\\");
        for haystack in [secret.to_owned(), percent, json] {
            assert_eq!(
                redacted_of(format!("<{haystack}>").as_bytes(), secret.as_bytes()),
                "<[redacted]>",
                "{secret}"
            );
        }
    }
}

#[test]
fn occurrences_that_overlap_leave_nothing() {
    assert_eq!(
        redact(b"<abcabcabcabc>", b"abcabcabc"),
        (b"<[redacted]>".to_vec(), 1)
    );
}

#[test]
fn many_backslashes_take_no_long_time() {
    let secret = [vec![b'\\'; 30], b"x".to_vec()].concat();
    let (out, count) = redact(&vec![b'\\'; 2_000], &secret);
    assert_eq!((out.len(), count), (2_000, 0));
}

fn mixed(secret: &[u8], choices: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (byte, choice) in secret.iter().zip(choices.iter().cycle()) {
        match choice % 4 {
            0 => out.push(*byte),
            1 => out.extend(format!("%{byte:02x}").bytes()),
            2 => out.extend(format!("\\x{byte:02X}").bytes()),
            _ if byte.is_ascii() => out.extend(format!("\\u{:04x}", u32::from(*byte)).bytes()),
            _ => out.push(*byte),
        }
    }
    out
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

proptest! {
    #[test]
    fn redacting_anything_never_panics(
        haystack in proptest::collection::vec(any::<u8>(), 0..300),
        secret in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (out, count) = redact(&haystack, &secret);
        prop_assert_eq!(count == 0, out == haystack);
    }

    #[test]
    fn escapes_of_all_kinds_at_once_never_panic(haystack in "[\\\\%+u0-9a-fxDd=]{0,80}", secret in "[\\\\%+u0-9a-fx]{0,12}") {
        let _ = redact(haystack.as_bytes(), secret.as_bytes());
    }

    #[test]
    fn no_spelling_of_a_secret_survives(
        secret in proptest::collection::vec(any::<u8>(), 8..40),
        before in proptest::collection::vec(any::<u8>(), 0..8),
        after in proptest::collection::vec(any::<u8>(), 0..8),
        choices in proptest::collection::vec(any::<u8>(), 1..8),
    ) {
        let whole = [before.clone(), secret.clone(), after.clone()].concat();
        let around = |spelling: &[u8]| [b"<", spelling, b">"].concat();
        for spelling in [
            secret.clone(),
            mixed(&secret, &choices),
            hex::encode(&secret).into_bytes(),
            hex::encode_upper(&secret).into_bytes(),
        ] {
            prop_assert_eq!(redact(&around(&spelling), &secret), (b"<[redacted]>".to_vec(), 1));
        }
        for alphabet in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            let (out, count) = redact(alphabet.encode(&whole).as_bytes(), &secret);
            prop_assert!(count >= 1);
            // Four digits of the middle of the secret: too few to be recognised, enough to be missed.
            prop_assert!(out.len() <= 12 + 10 + 12 + 4);
        }
        let (out, _) = redact(&whole, &secret);
        prop_assert!(!contains(&out, &secret));
    }
}
