//! Where an authorization may be sent: the addresses that a client registered, and no other.

use url::{Host, Url};

/// Longest address in bytes.
const MAX: usize = 500;

/// An address that a client may be sent back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect(Url);

/// Why an address can't be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// No absolute address, or a longer one than is taken.
    #[error("a redirect address is an absolute URL of at most {MAX} bytes")]
    Address,
    /// The scheme lets others listen.
    #[error(
        "a redirect address begins with https://, or with http:// and an address of the client's own machine"
    )]
    Scheme,
    /// A fragment or a name in it.
    #[error("a redirect address has no fragment, no user name and no password")]
    Parts,
}

impl Redirect {
    /// Reads one.
    ///
    /// # Errors
    /// If others than the client could listen at it (OAuth 2.1, 1.5; RFC 8252, 7.3 and 8.3).
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        if text.len() > MAX {
            return Err(RedirectError::Address);
        }
        let url = Url::parse(text).map_err(|_| RedirectError::Address)?;
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectError::Parts);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_this_machine(&url) => Ok(Self(url)),
            _ => Err(RedirectError::Scheme),
        }
    }

    /// Whether `asked` is this address. On the client's own machine the port is its choice of the moment (RFC 8252, 7.3).
    #[must_use]
    pub fn takes(&self, asked: &Self) -> bool {
        if self.0 == asked.0 {
            return true;
        }
        let mut without = [self.0.clone(), asked.0.clone()];
        is_this_machine(&self.0)
            && self.0.scheme() == "http"
            && without.iter_mut().all(|url| url.set_port(None).is_ok())
            && {
                let [own, other] = without;
                own == other
            }
    }

    /// The address with these values added to its query.
    #[must_use]
    pub fn with(&self, values: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(values);
        url.into()
    }

    /// As it was written down.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Who is sent the answer, as a person is told: host and port.
    #[must_use]
    pub fn shown(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether the answer stays on the person's own machine.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(&self.0)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Redirect {
        Redirect::parse(text).unwrap()
    }

    #[test]
    fn only_addresses_that_nobody_else_listens_at_are_taken() {
        for good in [
            "https://agent.example/callback",
            "http://127.0.0.1:33418/",
            "http://[::1]/cb",
            "http://localhost:8080/oauth?x=1",
        ] {
            assert!(Redirect::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://agent.example/callback", RedirectError::Scheme),
            ("javascript:alert(1)", RedirectError::Scheme),
            ("http://localhost.evil.test/", RedirectError::Scheme),
            ("https://agent.example/#x", RedirectError::Parts),
            ("https://me:you@agent.example/", RedirectError::Parts),
            ("/callback", RedirectError::Address),
            ("", RedirectError::Address),
        ] {
            assert_eq!(Redirect::parse(bad).unwrap_err(), why, "{bad}");
        }
        let long = format!("https://agent.example/{}", "x".repeat(MAX));
        assert_eq!(Redirect::parse(&long).unwrap_err(), RedirectError::Address);
    }

    #[test]
    fn an_address_is_itself_and_only_a_port_of_this_machine_is_free() {
        let registered = of("http://127.0.0.1/cb");
        assert!(registered.takes(&of("http://127.0.0.1:51234/cb")));
        assert!(!registered.takes(&of("http://127.0.0.1:51234/other")));
        assert!(!registered.takes(&of("http://localhost:51234/cb")));
        assert!(!registered.takes(&of("https://127.0.0.1:51234/cb")));
        let outside = of("https://agent.example/cb");
        assert!(outside.takes(&of("https://agent.example/cb")));
        assert!(!outside.takes(&of("https://agent.example:8443/cb")));
        assert!(!outside.takes(&of("https://agent.example/cb/")));
    }

    #[test]
    fn values_are_added_and_never_replace_what_the_client_needs() {
        let to = of("https://agent.example/cb?tenant=7").with(&[("code", "a&b"), ("state", "x y")]);
        assert_eq!(to, "https://agent.example/cb?tenant=7&code=a%26b&state=x+y");
    }

    proptest! {
        #[test]
        fn what_is_taken_stays_what_it_is(text in "(https?://)?[a-z0-9.:@\\[\\]/#?=-]{0,40}|\\PC{0,40}") {
            if let Ok(redirect) = Redirect::parse(&text) {
                prop_assert!(redirect.takes(&redirect));
                prop_assert!(redirect.as_str().starts_with("https://") || redirect.is_this_machine());
                let sent = Url::parse(&redirect.with(&[("code", "x")])).unwrap();
                prop_assert_eq!(sent.origin(), Url::parse(redirect.as_str()).unwrap().origin());
            }
        }
    }
}
