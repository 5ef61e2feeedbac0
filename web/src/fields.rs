//! Forms that were sent, and queries: fields by name.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::ApiError;

/// Longest path that is gone on to, in bytes: a program that asks to be let in sends a long one.
const MAX_NEXT: usize = 2_000;

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
#[derive(Debug, Clone)]
pub struct Query(pub Fields);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Fields::parse(query.as_bytes())))
    }
}

/// A path of this site to go on to. Everything else is none, so that no link to here leads elsewhere.
#[must_use]
pub fn local(next: &str) -> Option<&str> {
    let printable = next.bytes().all(|byte| byte.is_ascii_graphic());
    let path = next.strip_prefix('/')?;
    let elsewhere = path.starts_with('/') || next.contains('\\') || next.len() > MAX_NEXT;
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
