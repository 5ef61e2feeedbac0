//! How people reach a service, and who runs it.

use std::net::SocketAddr;

/// Under which address people reach a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    url: String,
    https: bool,
}

impl Public {
    /// As configured, or where it listens.
    #[must_use]
    pub fn of(configured: Option<&url::Url>, address: SocketAddr) -> Self {
        let url = configured.map_or_else(
            || format!("http://{address}"),
            |url| url.as_str().trim_end_matches('/').to_owned(),
        );
        Self {
            https: url.starts_with("https://"),
            url,
        }
    }

    /// The address, without a slash at its end: what browsers call the origin of the pages.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether people come over encrypted connections.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }
}

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// As it is shown.
    pub text: String,
    /// Where it leads; none for what leads nowhere safe.
    pub link: Option<String>,
}

impl Contact {
    /// An `https` address, or an e-mail address; other text leads nowhere.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if let Ok(url) = url::Url::parse(text)
            && url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
        {
            // The host as the browser will go to it: no letters that look like others.
            let host = url.host_str().unwrap_or_default();
            let path = url.path().trim_end_matches('/');
            return Self {
                text: format!("{host}{path}"),
                link: Some(url.as_str().to_owned()),
            };
        }
        let is_mail = text.split_once('@').is_some_and(|(name, host)| {
            let plain = |part: &str, more: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            plain(name, ".+-_") && plain(host, ".-") && host.contains('.')
        });
        Self {
            text: text.to_owned(),
            link: is_mail.then(|| format!("mailto:{text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_contact_leads_to_https_or_to_a_mail_and_nowhere_else() {
        let link = |text: &str| Contact::of(text).link;
        assert_eq!(
            link("https://acme.test/help").as_deref(),
            Some("https://acme.test/help")
        );
        assert_eq!(
            link("help@acme.test").as_deref(),
            Some("mailto:help@acme.test")
        );
        for nowhere in [
            "http://acme.test",
            "javascript:alert(1)//@a.b",
            "data:text/html,x",
            "a@b",
            "a@b.c?bcc=x@y.z",
            "https://user:pass@acme.test",
            "",
        ] {
            assert_eq!(link(nowhere), None, "{nowhere}");
        }
        // Letters that look like others are shown as what they are.
        let shown = Contact::of("https://\u{430}cme.test/").text;
        assert!(shown.starts_with("xn--"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_leads_to_a_script(text in "\\PC{0,60}|(javascript|data|vbscript|JavaScript):\\PC{0,40}") {
            if let Some(link) = Contact::of(&text).link {
                prop_assert!(link.starts_with("https://") || link.starts_with("mailto:"));
            }
        }
    }
}
