//! Finds a secret in what comes back from outside, in the spellings in which servers echo what they were sent.

use std::collections::BTreeSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// What stands in the place of a secret.
const REDACTED: &[u8] = b"[redacted]";
/// Base64 shorter than this appears by chance.
const MIN_BASE64: usize = 8;

/// `haystack` with every occurrence of `secret` replaced by `[redacted]`, and how many there were. For bodies and for
/// values of headers.
///
/// Found are: the bytes themselves; hexadecimal digits in one case; base64 in both alphabets, padded or not, also
/// inside a longer text (`user:secret`) at each of the three alignments; and each of these with any of its characters
/// percent-encoded or escaped as in JSON, however a library chooses them. What is compressed, encrypted, split or
/// turned around is not found. An empty secret is found nowhere; a secret of less than eight bytes would also be
/// found where it is not meant, so refuse it before.
#[must_use]
pub fn redact(haystack: &[u8], secret: &[u8]) -> (Vec<u8>, usize) {
    let found = occurrences(haystack, &Form::all(secret));
    let mut out = Vec::with_capacity(haystack.len());
    let mut kept = 0;
    for range in &found {
        out.extend_from_slice(haystack.get(kept..range.start).unwrap_or_default());
        out.extend_from_slice(REDACTED);
        kept = range.end;
    }
    out.extend_from_slice(haystack.get(kept..).unwrap_or_default());
    (out, found.len())
}

/// One spelling of the secret, itself secret.
struct Form {
    text: Zeroizing<Vec<u8>>,
    /// Whether the base64 digit before it holds bits of the secret too.
    shares_before: bool,
    /// The same for the digit after it.
    shares_after: bool,
}

impl Form {
    fn all(secret: &[u8]) -> Vec<Self> {
        let plain = |text: Vec<u8>| Self {
            text: Zeroizing::new(text),
            shares_before: false,
            shares_after: false,
        };
        let mut forms = vec![
            plain(secret.to_vec()),
            plain(hex::encode(secret).into_bytes()),
            plain(hex::encode_upper(secret).into_bytes()),
        ];
        for shift in 0..3 {
            let mut shifted = Zeroizing::new(vec![0; shift]);
            shifted.extend_from_slice(secret);
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let encoded = Zeroizing::new(alphabet.encode(&shifted));
                // The digits that depend on nothing but the secret.
                let own = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
                let digits = encoded.as_bytes().get(own).unwrap_or_default();
                if digits.len() >= MIN_BASE64 {
                    forms.push(Self {
                        text: Zeroizing::new(digits.to_vec()),
                        shares_before: shift != 0,
                        shares_after: shifted.len() % 3 != 0,
                    });
                }
            }
        }
        forms.retain(|form| !form.text.is_empty());
        forms
    }

    /// Where this form lies if it begins at `at`.
    fn range(&self, haystack: &[u8], at: usize) -> Option<Range<usize>> {
        let mut start = at;
        let mut end = at + matches(haystack.get(at..)?, &self.text)?;
        let before = at.checked_sub(1).and_then(|before| haystack.get(before));
        if self.shares_before && before.copied().is_some_and(is_base64) {
            start -= 1;
        }
        if self.shares_after {
            end += next_if(haystack, end, is_base64);
            for _ in 0..2 {
                end += next_if(haystack, end, |byte| byte == b'=');
            }
        }
        Some(start..end)
    }
}

/// Places of all forms in order; what overlaps is one place.
fn occurrences(haystack: &[u8], forms: &[Form]) -> Vec<Range<usize>> {
    let firsts: BTreeSet<u8> = forms
        .iter()
        .filter_map(|form| form.text.first().copied())
        // What an escaped first byte begins with.
        .chain(*b"%\\+")
        .collect();
    let can_begin: [bool; 256] =
        std::array::from_fn(|byte| u8::try_from(byte).is_ok_and(|byte| firsts.contains(&byte)));
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, byte) in haystack.iter().enumerate() {
        if !can_begin.get(usize::from(*byte)).copied().unwrap_or(false) {
            continue;
        }
        for range in forms.iter().filter_map(|form| form.range(haystack, at)) {
            match found.last_mut() {
                Some(last) if range.start < last.end => {
                    last.start = last.start.min(range.start);
                    last.end = last.end.max(range.end);
                }
                _ => found.push(range),
            }
        }
    }
    found
}

/// How many bytes of `text` spell `wanted`, if it begins so. Each byte may stand for itself or be escaped; where both
/// readings fit, both are followed; each place is looked at once, so that a run of backslashes costs its square at most.
fn matches(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let (mut at, mut have) = (0, 0);
    let mut others = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let missing = wanted.get(have..).filter(|missing| !missing.is_empty());
        let Some(missing) = missing else {
            return Some(at);
        };
        let rest = text.get(at..).unwrap_or_default();
        let escaped = Escape::read(rest).filter(|escape| missing.starts_with(escape.bytes()));
        let as_itself = rest.first() == missing.first();
        match escaped {
            Some(escape) if !as_itself || seen.insert((at, have)) => {
                if as_itself {
                    others.push((at + 1, have + 1));
                }
                at += escape.length;
                have += escape.bytes().len();
            }
            None if as_itself => {
                at += 1;
                have += 1;
            }
            _ => (at, have) = others.pop()?,
        }
    }
}

/// An escape sequence and what it stands for.
struct Escape {
    stands_for: [u8; 4],
    used: usize,
    /// Length of the sequence in bytes.
    length: usize,
}

impl Escape {
    fn bytes(&self) -> &[u8] {
        self.stands_for.get(..self.used).unwrap_or_default()
    }

    fn byte(byte: u8, length: usize) -> Self {
        Self {
            stands_for: [byte, 0, 0, 0],
            used: 1,
            length,
        }
    }

    /// The escape sequence at the beginning of `text`.
    fn read(text: &[u8]) -> Option<Self> {
        match text {
            [b'+', ..] => Some(Self::byte(b' ', 1)),
            [b'%', digits @ ..] | [b'\\', b'x', digits @ ..] => {
                let byte = u8::try_from(hex_digits(digits.get(..2)?)?).ok()?;
                Some(Self::byte(byte, text.len() - digits.len() + 2))
            }
            [b'\\', b'u', ..] => Self::unicode(text),
            [b'\\', letter, ..] => {
                let byte = match letter {
                    b'"' | b'\'' | b'\\' | b'/' => *letter,
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return None,
                };
                Some(Self::byte(byte, 2))
            }
            _ => None,
        }
    }

    /// `\u00e9`, or a pair of them for a character beyond 16 bits.
    fn unicode(text: &[u8]) -> Option<Self> {
        let unit = |at: usize| {
            let digits = text.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
            u16::try_from(hex_digits(digits)?).ok()
        };
        let units = [unit(0)?, unit(6).unwrap_or(0)];
        let c = char::decode_utf16(units).next()?.ok()?;
        let mut stands_for = [0; 4];
        let used = c.encode_utf8(&mut stands_for).len();
        Some(Self {
            stands_for,
            used,
            length: 6 * c.len_utf16(),
        })
    }
}

fn hex_digits(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// Length of the next character, escaped or not, if it is one that `fits`.
fn next_if(text: &[u8], at: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match (Escape::read(rest), rest) {
        (Some(escape), _) if matches!(escape.bytes(), [byte] if fits(*byte)) => escape.length,
        (_, [byte, ..]) if fits(*byte) => 1,
        _ => 0,
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}
