//! Names that this console answers to. A page elsewhere can give its own name the address of this machine and ask in the
//! browser's name; then the request carries that name, and is refused.

use std::collections::BTreeSet;

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use guildhall_web::contact::Public;
use guildhall_web::error::{ApiError, refuse};
use url::Url;

/// Names of this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The names, each with its port as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    authorities: BTreeSet<String>,
    /// Pages that may ask for changes.
    origins: BTreeSet<String>,
    public: Option<String>,
    local: bool,
}

impl Names {
    /// Of a console that people reach at `public`, and that listens at `port` of this machine, with TLS or without.
    #[must_use]
    pub fn new(public: &Public, port: u16, tls: bool) -> Self {
        let scheme = if tls { "https" } else { "http" };
        let own = LOCAL.iter().map(|name| format!("{scheme}://{name}:{port}"));
        let urls: Vec<Url> = own
            .chain([public.url().to_owned()])
            .filter_map(|url| Url::parse(&url).ok())
            .collect();
        Self {
            authorities: urls.iter().filter_map(authority).collect(),
            origins: urls
                .iter()
                .map(|url| url.origin().ascii_serialization())
                .collect(),
            public: urls.last().map(|url| url.origin().ascii_serialization()),
            local: urls
                .last()
                .and_then(Url::host_str)
                .is_some_and(|host| LOCAL.contains(&host)),
        }
    }

    /// Whether people reach it by a name of this machine.
    #[must_use]
    pub const fn is_of_this_machine(&self) -> bool {
        self.local
    }

    /// Whether this is one of the names. What is written in any other way is none.
    #[must_use]
    pub fn know(&self, authority: &str) -> bool {
        self.authorities.contains(&authority.to_ascii_lowercase())
    }

    /// Whether this is the origin of pages of this console, under the name that the request came by or under its public one:
    /// a proxy may have replaced that.
    #[must_use]
    pub fn own(&self, origin: &str, name: &str) -> bool {
        let same = || {
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority == name)
        };
        self.public.as_deref() == Some(origin) || (self.origins.contains(origin) && same())
    }

    /// The name that a request came by.
    ///
    /// # Errors
    /// 400 without exactly one name, 421 if it is none of this console's.
    pub fn of_request(&self, parts: &Parts) -> Result<String, ApiError> {
        let mut sent = parts.headers.get_all(header::HOST).iter();
        let (Some(name), None) = (sent.next(), sent.next()) else {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "host.missing",
                "the request does not say, once, whom it is for",
                "send one header `Host`",
            ));
        };
        let name = name.to_str().unwrap_or_default().to_ascii_lowercase();
        // Who writes a whole address into the request line says it twice.
        let twice = parts
            .uri
            .authority()
            .is_none_or(|also| self.know(also.as_str()));
        if self.know(&name) && twice {
            return Ok(name);
        }
        Err(refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "host.unknown",
            "this console does not go by the name in your address bar",
            "open it under the address that was printed when it was started; whoever starts it can give it another name",
        ))
    }
}

/// Host and port, without a port that goes without saying.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::Request;
    use proptest::prelude::*;

    fn names(public: Option<&str>, tls: bool) -> Names {
        let url = public.map(|url| url.parse().unwrap());
        let public = Public::of(url.as_ref(), "127.0.0.1:8470".parse().unwrap());
        Names::new(&public, 8470, tls)
    }

    #[test]
    fn only_names_of_this_machine_with_the_own_port_are_known() {
        let names = names(None, false);
        for good in [
            "localhost:8470",
            "127.0.0.1:8470",
            "[::1]:8470",
            "LocalHost:8470",
        ] {
            assert!(names.know(good), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "localhost:80",
            "localhost:8471",
            "localhost.:8470",
            "localhost:8470.",
            "localhost:08470",
            "localhost:8470@evil.test",
            "evil.test@localhost:8470",
            "evil.test",
            "evil.test:8470",
            "localhost.evil.test:8470",
            "127.0.0.1.evil.test:8470",
            "127.1:8470",
            "2130706433:8470",
            "0.0.0.0:8470",
            "[::]:8470",
            "[::ffff:127.0.0.1]:8470",
            " localhost:8470",
            "localhost:8470, evil.test",
        ] {
            assert!(!names.know(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_public_address_is_known_as_browsers_write_it() {
        let names = names(Some("https://Console.Example/"), false);
        assert!(names.know("console.example") && names.know("localhost:8470"));
        assert!(!names.know("console.example:8470") && !names.know("console.example:80"));
        assert!(!names.is_of_this_machine());
        assert!(names.own("https://console.example", "console.example"));
        assert!(!names.own("http://console.example", "console.example"));
        assert!(names.own("https://console.example", "localhost:8470"));
        // Of this machine, and yet somebody else's page.
        assert!(!names.own("http://localhost:8470", "console.example"));
        assert!(!names.own("http://localhost:9999", "localhost:8470"));
        assert!(!names.own("null", "localhost:8470"));
    }

    #[test]
    fn with_tls_pages_are_of_https() {
        let names = names(Some("https://localhost:8470"), true);
        assert!(names.own("https://localhost:8470", "localhost:8470"));
        assert!(!names.own("http://localhost:8470", "localhost:8470"));
        assert!(names.is_of_this_machine());
    }

    #[test]
    fn two_names_are_none_and_so_is_another_one_in_the_request_line() {
        let names = names(None, false);
        let ask = |uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(uri);
            for host in hosts {
                request = request.header("host", *host);
            }
            let parts = request.body(()).unwrap().into_parts().0;
            names
                .of_request(&parts)
                .map_err(|error| error.problem().status)
        };
        assert_eq!(ask("/", &["localhost:8470"]).unwrap(), "localhost:8470");
        assert_eq!(ask("/", &[]), Err(400));
        assert_eq!(ask("/", &["localhost:8470", "evil.test"]), Err(400));
        assert_eq!(ask("/", &["evil.test"]), Err(421));
        assert_eq!(ask("http://evil.test/", &["localhost:8470"]), Err(421));
        assert!(ask("http://localhost:8470/", &["localhost:8470"]).is_ok());
    }

    proptest! {
        /// Whatever is written there: known is only what is one of the four.
        #[test]
        fn no_other_name_is_known(name in "[a-zA-Z0-9.:@\\[\\]-]{0,24}|(localhost|127\\.0\\.0\\.1|console\\.example)[.:@a-z0-9]{0,8}") {
            let known = ["localhost:8470", "127.0.0.1:8470", "[::1]:8470", "console.example"];
            let names = names(Some("https://console.example"), false);
            prop_assert_eq!(names.know(&name), known.contains(&name.to_ascii_lowercase().as_str()));
        }
    }
}
