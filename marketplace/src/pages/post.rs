//! Forms that were sent, and queries: fields by name. What another site sends in a visitor's name is refused.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::visitor::Visitor;
use crate::app::App;
use crate::error::{ApiError, refuse};

/// Fields of a form or a query. One that comes twice counts as none: nobody fills in two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, Option<String>>);

impl Fields {
    /// Reads `a=b&c=d`.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            fields
                .entry(name.into_owned())
                .and_modify(|value| *value = None)
                .or_insert_with(|| Some(value.into_owned()));
        }
        Self(fields)
    }

    /// A field as it was written; none if it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.as_deref()?;
        (!value.is_empty()).then_some(value)
    }

    /// The same, or an empty text.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// Fields of the query.
pub struct Query(pub Fields);

impl FromRequestParts<App> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Fields::parse(query.as_bytes())))
    }
}

/// A form that this visitor sent from a page of ours.
pub struct Posted {
    /// Who.
    pub visitor: Visitor,
    /// What.
    pub fields: Fields,
}

impl FromRequest<App> for Posted {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        if !is_from_here(&parts.headers, app) {
            return Err(forged("it was sent from another site"));
        }
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let is_form = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "form.type",
                "that is no form of a page",
                "use the form on the page",
            ));
        }
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, app).await.map_err(|_| {
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "form.size",
                "the form broke off or is too long",
                "go back and shorten what you wrote",
            )
        })?;
        let fields = Fields::parse(&bytes);
        if !visitor.fits(fields.text("csrf")) {
            return Err(forged("it has no token of this visit"));
        }
        Ok(Self { visitor, fields })
    }
}

fn forged(why: &str) -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "form.foreign",
        format!("the form was not accepted: {why}"),
        "go back, load the page again and send the form once more; cookies of this site must be allowed",
    )
}

/// Whether the browser says that the form is on a page of ours. A browser that says nothing is judged by the token.
fn is_from_here(headers: &HeaderMap, app: &App) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    match text("origin") {
        None => true,
        Some(origin) => {
            origin == app.public.url()
                || (!app.public.is_https()
                    && app.config.public_url.is_none()
                    && text("host").is_some_and(|host| origin == format!("http://{host}")))
        }
    }
}

/// A path of this site to go on to. Everything else is none, so that no link to here leads elsewhere.
#[must_use]
pub fn local(next: &str) -> Option<&str> {
    let printable = next.bytes().all(|byte| byte.is_ascii_graphic());
    let path = next.strip_prefix('/')?;
    let elsewhere = path.starts_with('/') || next.contains('\\') || next.len() > 500;
    (printable && !elsewhere).then_some(next)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_field_that_comes_twice_is_none() {
        let fields = Fields::parse(b"a=1&b=2&a=3&c=&d=%C3%A9+x");
        assert_eq!(fields.get("a"), None);
        assert_eq!(fields.get("b"), Some("2"));
        assert_eq!(fields.get("c"), None);
        assert_eq!(fields.text("d"), "\u{e9} x");
    }

    #[test]
    fn only_paths_of_this_site_are_gone_on_to() {
        for good in ["/", "/dashboard", "/search?q=a%20b&x=1"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in [
            "",
            "dashboard",
            "//evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "https://evil.test",
            "/a\nb",
            "/\t/evil.test",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }

    proptest! {
        /// However a browser reads it: what is gone on to stays at the host that sent it.
        #[test]
        fn nothing_that_is_gone_on_to_leaves_the_site(next in "[/\\\\:@a.?#\t\n]{0,12}|\\PC{0,20}") {
            if let Some(path) = local(&next) {
                let base = url::Url::parse("https://market.test/sign-in").unwrap();
                let to = base.join(path).unwrap();
                prop_assert_eq!(to.origin(), base.origin());
            }
        }

        #[test]
        fn no_form_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::parse(&bytes).get("a");
        }
    }
}
