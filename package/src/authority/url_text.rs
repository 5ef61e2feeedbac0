//! One strict reading of URL text, shared by requests and grants.
//!
//! The `url` crate follows browsers and repairs what it gets: it drops tabs, turns `\` into `/`, resolves
//! dots, reads `0x7f.1` as an address. A repair is a second spelling, so all of these are refused before it.

use std::fmt;

use url::Url;

/// Longest URL in bytes.
pub(super) const MAX_URL: usize = 8 * 1024;

/// Scheme of a URL that a skill can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `http`, without encryption.
    Http,
    /// `https`.
    Https,
}

impl Scheme {
    /// The scheme as written: `https`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Port when none is written: 80 or 443.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a method or URL is refused before any grant is looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({rule})")]
pub struct TargetError {
    /// Stable word for the rule, such as `network.url-userinfo`.
    pub rule: &'static str,
    /// One sentence: what is wrong and what to write instead.
    pub message: String,
}

pub(super) fn refuse<T>(rule: &'static str, message: impl Into<String>) -> Result<T, TargetError> {
    Err(TargetError {
        rule,
        message: message.into(),
    })
}

/// The parts of a URL as written, checked but not yet interpreted.
pub(super) struct RawUrl<'a> {
    pub scheme: Scheme,
    /// Host without port.
    pub host: &'a str,
    pub port: u16,
    /// Empty or starting with `/`.
    pub path: &'a str,
    /// Without `?`.
    pub query: Option<&'a str>,
}

impl<'a> RawUrl<'a> {
    pub fn split(url: &'a str) -> Result<Self, TargetError> {
        if url.len() > MAX_URL {
            return refuse(
                "network.url-too-long",
                format!(
                    "the URL is {} bytes long and at most {MAX_URL} are taken; send the data in a request body",
                    url.len()
                ),
            );
        }
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return refuse(
                "network.url-character",
                "the URL contains a space or a control character; percent-encode it, for example a space as %20",
            );
        }
        if url.contains('\\') {
            return refuse(
                "network.url-character",
                "the URL contains a backslash, which some servers read as `/`; write `/`, or %5C in a query",
            );
        }
        if url.contains('#') {
            return refuse(
                "network.url-fragment",
                "the URL contains a fragment (`#`), which is never sent; leave it out, or write %23 for the character",
            );
        }
        let (scheme, rest) = split_scheme(url)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.contains('@') {
            return refuse(
                "network.url-userinfo",
                "the URL contains a user name or password before `@`; leave it out and send credentials in a header",
            );
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let (host, port) = split_port(authority, scheme)?;
        Ok(Self {
            scheme,
            host,
            port,
            path,
            query,
        })
    }

    /// `:port`, or nothing for the scheme's own port.
    pub fn port_suffix(scheme: Scheme, port: u16) -> String {
        if port == scheme.default_port() {
            String::new()
        } else {
            format!(":{port}")
        }
    }
}

fn split_scheme(url: &str) -> Result<(Scheme, &str), TargetError> {
    for scheme in [Scheme::Https, Scheme::Http] {
        let name = scheme.as_str();
        let Some((head, rest)) = url.split_at_checked(name.len()) else {
            continue;
        };
        if head.eq_ignore_ascii_case(name)
            && let Some(rest) = rest.strip_prefix("://")
        {
            return Ok((scheme, rest));
        }
    }
    refuse(
        "network.url-scheme",
        "the URL does not start with https:// or http://; write the absolute URL",
    )
}

fn split_port(authority: &str, scheme: Scheme) -> Result<(&str, u16), TargetError> {
    // The colons of an IPv6 address are inside its brackets.
    let after = authority.rfind(']').map_or(0, |end| end + 1);
    let colon = authority
        .get(after..)
        .and_then(|tail| tail.find(':'))
        .map(|at| at + after);
    let Some(colon) = colon else {
        return Ok((authority, scheme.default_port()));
    };
    let (host, port) = authority.split_at(colon);
    let digits = port.trim_start_matches(':');
    let plain = port.len() == digits.len() + 1
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(port) if plain => Ok((host, port)),
        _ => refuse(
            "network.url-port",
            "the port of the URL is not a number from 1 to 65535 without leading zeros; correct it or leave it out",
        ),
    }
}

/// Checks a host as written and returns its one normal spelling.
pub(super) fn normal_host(raw: &str) -> Result<String, TargetError> {
    if raw.is_empty() {
        return refuse(
            "network.url-host",
            "the URL names no host; write it after `://`",
        );
    }
    if !raw.is_ascii() {
        let ascii = Url::parse(&format!("https://{raw}/"))
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        return refuse(
            "network.url-host",
            match ascii {
                Some(ascii) if ascii.starts_with("xn--") || ascii.contains(".xn--") => format!(
                    "the host is not written in ASCII, and letters that look alike can name another host; write `{ascii}`"
                ),
                _ => {
                    "the host is not written in ASCII; write its registered (xn--) form".to_owned()
                }
            },
        );
    }
    let lower = raw.to_ascii_lowercase();
    if lower.ends_with('.') {
        return refuse(
            "network.url-host",
            "the host ends in a dot, which is a second spelling of the same name; leave the dot out",
        );
    }
    let name_like = lower
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let address_like = lower.starts_with('[') && lower.ends_with(']');
    if !name_like && !address_like {
        return refuse(
            "network.url-host",
            "the host contains a character that host names do not have; write letters, digits, `-` and `.` only",
        );
    }
    let parsed = match Url::parse(&format!("https://{lower}/")) {
        Ok(url) => url.host_str().map(str::to_owned),
        Err(_) => None,
    };
    match parsed {
        Some(host) if host == lower && plain_labels(&host) => Ok(host),
        // What the parser changed was a number in another notation.
        Some(host) if host != lower => refuse(
            "network.url-ip-notation",
            format!(
                "the host is an IP address in an unusual notation; write `{host}`, or better a host name"
            ),
        ),
        _ => refuse(
            "network.url-host",
            "the host is neither a host name nor an IP address; correct it",
        ),
    }
}

/// No empty and no over-long label. Addresses in brackets pass.
fn plain_labels(host: &str) -> bool {
    host.starts_with('[')
        || (host.len() <= 253
            && host
                .split('.')
                .all(|label| !label.is_empty() && label.len() <= 63))
}

/// One path segment in its normal spelling: unreserved characters plain, everything else that needs it
/// percent-encoded with upper-case digits.
pub(super) fn normal_segment(raw: &str, out: &mut String) -> Result<(), TargetError> {
    if matches!(raw, "." | "..") {
        return refuse(
            "network.url-dot-segment",
            "the path contains a `.` or `..` segment; write the path that is meant",
        );
    }
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let [high, low, after @ ..] = rest else {
                return bad_encoding();
            };
            let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
                return bad_encoding();
            };
            rest = after;
            push_decoded(high * 16 + low, rest, out)?;
        } else if byte == b';' {
            return parameter();
        } else if is_path_char(byte) {
            out.push(char::from(byte));
        } else {
            push_encoded(byte, out);
        }
    }
    Ok(())
}

/// Appends an encoded byte; `rest` is what follows it.
fn push_decoded(byte: u8, rest: &[u8], out: &mut String) -> Result<(), TargetError> {
    match byte {
        b'.' | b'/' | b'\\' => refuse(
            "network.url-encoding",
            "the path hides a `.`, `/` or `\\` behind percent-encoding (%2e, %2f, %5c); write the path that is meant",
        ),
        0..=0x1f | 0x7f => refuse(
            "network.url-encoding",
            "the path contains an encoded control character; leave it out",
        ),
        b';' => parameter(),
        // `%252e` becomes `%2e` for a server that decodes twice.
        b'%' if double_encoded(rest) => refuse(
            "network.url-encoding",
            "the path hides a `.`, `/`, `\\` or `;` behind two layers of percent-encoding; write the path that is meant",
        ),
        _ if is_unreserved(byte) => {
            out.push(char::from(byte));
            Ok(())
        }
        _ => {
            push_encoded(byte, out);
            Ok(())
        }
    }
}

/// Whether a `%` that was written `%25` begins what another reader would decode to something that divides or hides, in
/// whatever mixture of layers.
fn double_encoded(rest: &[u8]) -> bool {
    let mut text = vec![b'%'];
    text.extend(decoded_once(rest).0);
    for _ in 0..MAX_LAYERS {
        let (next, found) = decoded_once(&text);
        if found {
            return true;
        }
        if next.len() == text.len() {
            return false;
        }
        text = next;
    }
    true
}

/// More layers of encoding than anybody needs.
const MAX_LAYERS: usize = 16;

/// One layer of percent-encoding taken off, and whether what it gave divides or hides.
fn decoded_once(text: &[u8]) -> (Vec<u8>, bool) {
    let (mut out, mut found) = (Vec::with_capacity(text.len()), false);
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        if let (Some((high, low)), [_, _, after @ ..]) = (escaped, after) {
            let byte = high * 16 + low;
            found |= matches!(byte, b'.' | b'/' | b'\\' | b';' | 0..=0x1f);
            out.push(byte);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    (out, found)
}

fn bad_encoding<T>() -> Result<T, TargetError> {
    refuse(
        "network.url-encoding",
        "the path contains a `%` without two hexadecimal digits; write %25 for the character itself",
    )
}

fn parameter<T>() -> Result<T, TargetError> {
    refuse(
        "network.url-parameter",
        "the path contains `;`, behind which some servers hide part of a path; leave it out or use the query",
    )
}

fn push_encoded(byte: u8, out: &mut String) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.push(char::from_digit(u32::from(digit), 16).map_or('0', |c| c.to_ascii_uppercase()));
    }
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// RFC 3986 section 2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 `pchar` without `%` and `;`.
const fn is_path_char(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b'=' | b':' | b'@' | b'\''
        )
}
