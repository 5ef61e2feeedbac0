//! Every byte below a home: what must not be there is looked for in all files, in the usual spellings.

use crate::home::Home;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A long text that is nowhere else in the world, and the same for the same name: 48 letters and digits.
#[must_use]
pub fn marker(name: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    // FNV-1a seeds xorshift64: enough to look like nothing else.
    let mut seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |seed, byte| {
        (seed ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    (0..48)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            char::from(LETTERS[usize::try_from(seed >> 59).expect("five bits")])
        })
        .collect()
}

/// Where a text of at least 48 bytes is found below the home: `file (spelling)`. See [`found_all`].
///
/// # Panics
/// If the text is short.
#[must_use]
pub fn found(home: &Home, text: &str) -> Vec<String> {
    search(home, &needles("", text))
}

/// Where texts of at least 48 bytes are found below the home: `name: file (spelling)`. Looked for are the thirds of each, since
/// a database may tear a long value apart between pages: as they are, in hexadecimal, in UTF-16, and in base64 at each
/// alignment.
///
/// # Panics
/// If a text is short.
#[must_use]
pub fn found_all(home: &Home, texts: &[(&'static str, String)]) -> Vec<String> {
    let needles = texts.iter().flat_map(|(name, text)| needles(name, text));
    search(home, &needles.collect::<Vec<_>>())
}

/// Where bytes, for example those of a key, are found as they are or in hexadecimal.
///
/// # Panics
/// If they are few.
#[must_use]
pub fn found_bytes(home: &Home, bytes: &[u8]) -> Vec<String> {
    let hex = hex(bytes, false);
    let needle = |spelling, bytes| Needle {
        name: "",
        spelling,
        bytes,
    };
    search(home, &[needle("raw", bytes.to_vec()), needle("hex", hex)])
}

struct Needle {
    name: &'static str,
    spelling: &'static str,
    bytes: Vec<u8>,
}

fn needles(name: &'static str, text: &str) -> Vec<Needle> {
    assert!(text.len() >= 48, "`{text}` could be found by chance");
    let parts = text.as_bytes().chunks_exact(text.len() / 3);
    parts
        .flat_map(spellings)
        .map(|(spelling, bytes)| Needle {
            name,
            spelling,
            bytes,
        })
        .collect()
}

/// One pass over every file and every name of one, whatever the number of needles.
fn search(home: &Home, needles: &[Needle]) -> Vec<String> {
    let mut by_start: HashMap<[u8; START], Vec<&Needle>> = HashMap::new();
    // Most places in a file can be left at once.
    let mut can_begin = vec![false; 1 << 16];
    for needle in needles {
        let start = *needle.bytes.first_chunk().expect("a needle of some length");
        can_begin[usize::from(u16::from_be_bytes([start[0], start[1]]))] = true;
        by_start.entry(start).or_default().push(needle);
    }
    let mut found = Vec::new();
    let mut files = Vec::new();
    walk(&home.home(), &mut files);
    for file in files {
        let name = file.strip_prefix(home.home()).expect("below the home");
        // A name is on the disk too.
        let mut bytes = name.to_string_lossy().into_owned().into_bytes();
        bytes.push(0);
        // One that has gone meanwhile is not on the disk.
        bytes.extend(fs::read(&file).unwrap_or_default());
        for (at, start) in bytes.array_windows::<START>().enumerate() {
            if !can_begin[usize::from(u16::from_be_bytes([start[0], start[1]]))] {
                continue;
            }
            for needle in by_start.get(start).into_iter().flatten() {
                if bytes[at..].starts_with(&needle.bytes) {
                    let before = if needle.name.is_empty() { "" } else { ": " };
                    let (name, spelling) = (name.display(), needle.spelling);
                    found.push(format!("{}{before}{name} ({spelling})", needle.name));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Bytes by which a needle is recognised; shorter than every needle.
const START: usize = 8;

fn spellings(part: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("raw", part.to_vec()),
        ("hex", hex(part, false)),
        ("hex", hex(part, true)),
        ("UTF-16", part.iter().flat_map(|byte| [*byte, 0]).collect()),
    ];
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(part);
        let digits = base64(&shifted);
        // The digits that depend on nothing else.
        let own = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
        all.push(("base64", digits[own].to_vec()));
    }
    all
}

/// Base64 without padding, alphabet of RFC 4648 section 4.
#[must_use]
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for group in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for digit in 0..=group.len() {
            let six = number >> (18 - 6 * digit) & 63;
            out.push(DIGITS[usize::try_from(six).expect("six bits")]);
        }
    }
    out
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    let digits = |byte: &u8| {
        if upper {
            format!("{byte:02X}")
        } else {
            format!("{byte:02x}")
        }
    };
    bytes
        .iter()
        .flat_map(|byte| digits(byte).into_bytes())
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, digits) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), digits.as_bytes());
        }
    }

    #[test]
    fn a_text_is_found_in_every_spelling_and_where_it_is_torn_apart() {
        let home = Home::new();
        let text = marker("x");
        assert_eq!(text.len(), 48);
        assert_ne!(text, marker("y"));
        for (name, content, spelling) in [
            ("a", text.clone().into_bytes(), "raw"),
            (
                "b",
                [b"ab", &base64(text.as_bytes())[..]].concat(),
                "base64",
            ),
            ("c", base64(format!("x{text}yz").as_bytes()), "base64"),
            (
                "d",
                text.bytes().flat_map(|byte| [byte, 0]).collect(),
                "UTF-16",
            ),
            (
                "e",
                format!("{}\0\0{}", &text[..20], &text[20..]).into_bytes(),
                "raw",
            ),
        ] {
            let path = home.put(&format!("home/deep/{name}"), content);
            assert_eq!(found(&home, &text), [format!("deep/{name} ({spelling})")]);
            fs::remove_file(path).expect("a file");
        }
        assert_eq!(found(&home, &text), Vec::<String>::new());
    }
}
