//! Cookies of 32 random bytes, of which only the hash is stored. The token of a form follows from the cookie, so that nobody
//! has it who can't read that.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;
use crate::random::random;

/// The value of a cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`ApiError::Fault`], if the system has no random bytes.
    pub fn new() -> Result<Self, ApiError> {
        let bytes = random().map_err(|error| ApiError::Fault(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// What could be one. Everything else is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// As it stands in a link that is given to one person. Nothing stores it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The token of its forms.
    #[must_use]
    pub fn token(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"guildhall form v1\0");
        hash.update(self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Whether this is the token of its forms.
    #[must_use]
    pub fn fits(&self, token: &str) -> bool {
        // Hashes are compared, so that the time it takes tells nothing.
        Sha256::digest(self.token()) == Sha256::digest(token)
    }
}

/// How a service's cookie is called and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    secure: bool,
}

impl Cookie {
    /// The cookie of a service. `secure`: people come over encrypted connections.
    #[must_use]
    pub fn new(name: &str, secure: bool) -> Self {
        // A browser takes a name with this prefix only over an encrypted connection, from this host itself.
        let name = if secure {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        };
        Self { name, secure }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cookie that came with a request. Two of the name are none: one of them is somebody else's.
    #[must_use]
    pub fn sent(&self, headers: &HeaderMap) -> Option<Secret> {
        let mut all = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == self.name);
        let (_, value) = all.next()?;
        if all.next().is_some() {
            return None;
        }
        Secret::parse(value)
    }

    /// A header that sets the cookie for so many seconds; 0 takes it away.
    #[must_use]
    pub fn set(&self, secret: &Secret, seconds: i64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}",
            self.name, secret.0
        );
        // A name that can't stand in a header sets nothing.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("none=; Max-Age=0"));
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_fits_its_own_cookie_and_no_other() {
        let (one, two) = (Secret::new().unwrap(), Secret::new().unwrap());
        assert!(one.fits(&one.token()));
        assert!(!one.fits(&two.token()));
        assert!(!one.fits(""));
        // The cookie itself is no token: it stands in no page.
        assert!(!one.fits(&one.0));
    }

    #[test]
    fn a_cookie_comes_back_and_two_of_the_name_are_none() {
        let secret = Secret::new().unwrap();
        for (secure, name) in [(true, "__Host-x"), (false, "x")] {
            let cookie = Cookie::new("x", secure);
            let set = cookie.set(&secret, 60);
            let text = set.to_str().unwrap();
            assert!(text.starts_with(&format!("{name}=")), "{text}");
            assert!(
                text.contains("; HttpOnly; SameSite=Lax; Max-Age=60"),
                "{text}"
            );
            assert_eq!(text.ends_with("; Secure"), secure);
            let pair = text.split(';').next().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, format!("a=b; {pair}").parse().unwrap());
            assert_eq!(cookie.sent(&headers), Some(secret.clone()));
            headers.append(header::COOKIE, pair.parse().unwrap());
            assert_eq!(cookie.sent(&headers), None);
        }
    }

    proptest! {
        #[test]
        fn only_32_bytes_are_a_cookie(text in "[A-Za-z0-9_-]{0,60}|.{0,60}") {
            if let Some(secret) = Secret::parse(&text) {
                prop_assert_eq!(URL_SAFE_NO_PAD.decode(&secret.0).unwrap().len(), 32);
            }
        }
    }
}
