//! Which header fields a skill may set, and which it may take along to another place.

use guildhall_package::text::plain;
use http::{HeaderName, HeaderValue};

use crate::refusal::{Refusal, RefusalKind};

use super::refuse::TOO_LARGE;

const NOT_ALLOWED: &str = "network.header-not-allowed";

/// Fields of one request.
const MAX_FIELDS: usize = 64;

/// Fields that say where the message ends, who is asked and by whom. The host sets them, or leaves them out.
const FRAMING: [&str; 14] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
    "expect",
    "via",
    "forwarded",
    "x-real-ip",
    "cookie2",
];

const FRAMING_PREFIXES: [&str; 2] = ["proxy-", "x-forwarded-"];

/// Fields by which common servers and frameworks are told another method, path or host than the granted one.
const OVERRIDES: [&str; 8] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-original-host",
    "x-host",
];

/// Fields that say nothing about who asks. Only these go along to another host.
const CARRIED: [&str; 3] = ["accept", "accept-language", "user-agent"];

/// What is sent where the skill sets nothing.
const DEFAULTS: [(&str, &str); 3] = [
    ("accept", "*/*"),
    ("accept-encoding", "identity"),
    (
        "user-agent",
        concat!("guildhall/", env!("CARGO_PKG_VERSION")),
    ),
];

/// Whether the host sets this field itself, so that nobody else may.
pub(crate) fn is_own(name: &str) -> bool {
    FRAMING.contains(&name)
        || OVERRIDES.contains(&name)
        || FRAMING_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// The fields to send: the skill's, names in lower case, and the defaults.
pub(super) fn checked(
    headers: &[(String, String)],
    max_bytes: usize,
) -> Result<Vec<(String, String)>, Refusal> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    if headers.len() > MAX_FIELDS || bytes > max_bytes {
        return Err(Refusal::new(
            RefusalKind::LimitReached,
            TOO_LARGE,
            format!(
                "the request has {} header fields of {bytes} bytes; at most {MAX_FIELDS} fields and {max_bytes} bytes are sent",
                headers.len()
            ),
        )
        .with_fix("send fewer or shorter header fields, or put the data into the body"));
    }
    let mut checked = headers.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    add_defaults(&mut checked);
    Ok(checked)
}

fn one((name, value): &(String, String)) -> Result<(String, String), Refusal> {
    let shown = plain(name, 60);
    let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(not_allowed(
            format!("`{shown}` is not the name of a header field"),
            "use letters, digits and `-`",
        ));
    };
    let name = parsed.as_str();
    if HeaderValue::from_bytes(value.as_bytes()).is_err() {
        return Err(not_allowed(
            format!(
                "the value of header `{shown}` contains a line break or another control character"
            ),
            "send one line of text",
        ));
    }
    if OVERRIDES.contains(&name) {
        return Err(not_allowed(
            format!(
                "header `{shown}` makes some servers read another method, path or host than the one granted"
            ),
            "send that method to that URL, with a grant that names it",
        ));
    }
    if FRAMING.contains(&name)
        || FRAMING_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
    {
        return Err(not_allowed(
            format!("header `{shown}` is set by the host, or not sent at all"),
            "leave it out",
        ));
    }
    Ok((name.to_owned(), value.clone()))
}

fn not_allowed(message: String, fix: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, NOT_ALLOWED, message).with_fix(fix)
}

fn add_defaults(headers: &mut Vec<(String, String)>) {
    for (name, value) in DEFAULTS {
        if !headers.iter().any(|(set, _)| set == name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Drops what must not follow a redirect to another host, scheme or port.
pub(super) fn keep_carried(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| CARRIED.contains(&name.as_str()));
    add_defaults(headers);
}
