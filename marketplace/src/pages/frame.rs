//! What stands around every page, and how a page becomes an answer.

use std::net::SocketAddr;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::market::account::Role;

use super::assets::{ICON_PATH, STYLE_PATH};
use super::visitor::Visitor;
use crate::app::App;
use crate::config::Config;
use crate::error::ApiError;

/// Under which address people reach the marketplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    url: String,
    https: bool,
}

impl Public {
    /// As configured, or where it listens.
    #[must_use]
    pub fn of(config: &Config, address: SocketAddr) -> Self {
        let url = config.public_url.as_ref().map_or_else(
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

/// Head and foot of a page.
#[derive(Debug)]
pub struct Frame {
    /// Title, without the marketplace's name.
    pub title: String,
    /// Whether it was looked up who is signed in.
    pub known: bool,
    /// Who is signed in.
    pub account: Option<String>,
    /// Whether that person reviews.
    pub reviewer: bool,
    /// Token of the forms; empty if the page has none.
    pub csrf: String,
    /// What was searched for, for the box at the top.
    pub q: String,
    /// Address of the marketplace.
    pub url: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// How to reach who runs it: text and link.
    pub contact: Option<Contact>,
    /// Path of the stylesheet.
    pub style: &'static str,
    /// Path of the icon.
    pub icon: &'static str,
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

impl Frame {
    /// The frame of a page for a visitor.
    #[must_use]
    pub fn new(app: &App, visitor: &Visitor, title: impl Into<String>) -> Self {
        let session = visitor.session();
        Self {
            title: title.into(),
            known: true,
            account: session.map(|session| session.account.to_string()),
            reviewer: session.is_some_and(|session| session.roles.contains(&Role::Reviewer)),
            csrf: visitor.token().unwrap_or_default(),
            q: String::new(),
            url: app.public.url().to_owned(),
            operator: app.config.operator.clone(),
            contact: app.config.contact.as_deref().map(Contact::of),
            style: &STYLE_PATH,
            icon: &ICON_PATH,
        }
    }
}

/// A page as an answer. What it shows may be of this visitor alone: nobody else is given it.
///
/// # Errors
/// [`ApiError::Fault`], if the template can't be filled.
pub fn page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    template: &impl Template,
) -> Result<Response, ApiError> {
    let text = template
        .render()
        .map_err(|error| ApiError::Fault(format!("a page: {error}")))?;
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    if let Some(cookie) = visitor.new_cookie(app)? {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
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
