//! Where a marketplace is.

use guildhall_package::text::plain;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Url};

/// Address of a marketplace: scheme, host and port. Over plain HTTP only on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    url: Url,
}

/// A text that is no address of a marketplace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No URL of the kind.
    #[error("`{0}` is no address of a marketplace; write https://HOST or https://HOST:PORT")]
    Shape(String),
    /// HTTP to another machine.
    #[error(
        "`{0}` would be asked over plain HTTP, which everybody on the way can read and change; write https://, http:// is only for this machine"
    )]
    Plain(String),
}

impl Place {
    /// Host and port as people write them, for tables and cards: `market.example`, `127.0.0.1:8080`.
    #[must_use]
    pub fn label(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The same for a folder: no character in it that a path reads in another way.
    #[must_use]
    pub fn folder(&self) -> String {
        let scheme = if self.url.scheme() == "http" {
            "http_"
        } else {
            ""
        };
        let label = self.label().replace([':', '[', ']'], "_");
        format!("{scheme}{label}")
    }

    /// A URL below it; `path` begins with `/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || PlaceError::Shape(plain(text, 200));
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&whole).map_err(|_| shape())?;
        let bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // `.` and `a..b` are names to a parser of URLs, and nothing to anybody else.
        let named = match url.host() {
            Some(Host::Domain(name)) => name.split('.').all(|label| !label.is_empty()),
            Some(_) => true,
            None => false,
        };
        if !bare || !named || !matches!(url.scheme(), "http" | "https") {
            return Err(shape());
        }
        if url.scheme() == "http" && !is_this_machine(&url) {
            return Err(PlaceError::Plain(plain(text, 200)));
        }
        Ok(Self { url })
    }
}

/// By the address itself, or the one name that resolvers must not ask anybody about (RFC 6761).
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_a_host_over_tls_or_this_machine() {
        for (text, shown, folder) in [
            ("market.example", "https://market.example", "market.example"),
            (
                "https://Market.Example:8443/",
                "https://market.example:8443",
                "market.example_8443",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080",
                "http_127.0.0.1_8080",
            ),
            ("http://localhost", "http://localhost", "http_localhost"),
            ("http://[::1]:80", "http://[::1]", "http____1_"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!(
                (place.to_string(), place.folder()),
                (shown.to_owned(), folder.to_owned())
            );
        }
        let place: Place = "http://127.0.0.1:1".parse().unwrap();
        assert_eq!(
            place.url("/api/v1/search"),
            "http://127.0.0.1:1/api/v1/search"
        );
    }

    #[test]
    fn plain_http_leaves_this_machine_never() {
        for text in [
            "http://market.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "http://localhost.example",
        ] {
            assert!(
                matches!(text.parse::<Place>(), Err(PlaceError::Plain(_))),
                "{text}"
            );
        }
        for text in [
            "",
            "https://",
            "ftp://a.example",
            "https://a.example/x",
            "https://a.example?x",
            "https://u:p@a.example",
            "https://a.example#x",
            "https://.",
            "https://a..b",
            "https://a.example.",
            "file:///etc/passwd",
            "https://a b",
        ] {
            assert!(
                matches!(text.parse::<Place>(), Err(PlaceError::Shape(_))),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_folder_is_one_plain_name(text in "[a-z:/.\\[\\]0-9@]{0,30}") {
            if let Ok(place) = text.parse::<Place>() {
                let folder = place.folder();
                prop_assert!(!folder.contains(['/', '\\', ':']) && !folder.starts_with('.') && !folder.is_empty(), "{folder}");
            }
        }
    }
}
