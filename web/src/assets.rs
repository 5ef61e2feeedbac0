//! The few files of the pages. Their names change with their content, so that a browser may keep them for ever.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::Digest;

use crate::error::not_found;

/// The part of every service's stylesheet that is the same: colours, head and foot, buttons, fields, boxes.
pub const BASE_STYLE: &str = include_str!("../assets/base.css");

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A stylesheet.
    Css,
    /// A picture in SVG.
    Svg,
    /// A script: a module.
    Js,
}

impl Kind {
    const fn ending(self) -> &'static str {
        match self {
            Self::Css => "css",
            Self::Svg => "svg",
            Self::Js => "js",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Css => "text/css; charset=utf-8",
            Self::Svg => "image/svg+xml",
            Self::Js => "text/javascript; charset=utf-8",
        }
    }
}

/// A file.
#[derive(Debug, Clone)]
pub struct Asset {
    text: String,
    kind: Kind,
    path: String,
}

impl Asset {
    /// A file made of parts, one after the other.
    #[must_use]
    pub fn new(kind: Kind, parts: &[&str]) -> Self {
        let text = parts.concat();
        let mut digest = Digest::of(text.as_bytes()).hex();
        digest.truncate(16);
        let path = format!("/assets/{digest}.{}", kind.ending());
        Self { text, kind, path }
    }

    /// Where it is served.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// All files of a service.
#[derive(Debug, Clone, Default)]
pub struct Assets(Vec<Asset>);

impl Assets {
    /// These.
    #[must_use]
    pub const fn new(assets: Vec<Asset>) -> Self {
        Self(assets)
    }

    /// The answer to who asks for `/assets/NAME`.
    #[must_use]
    pub fn answer(&self, name: &str) -> Response {
        let asked = format!("/assets/{name}");
        let Some(asset) = self.0.iter().find(|asset| asset.path == asked) else {
            return not_found("file").into_response();
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(asset.kind.content_type()),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
        (StatusCode::OK, headers, asset.text.clone()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_served_under_the_name_of_its_content_and_no_other() {
        let one = Asset::new(Kind::Css, &["a{}", "b{}"]);
        let other = Asset::new(Kind::Css, &["a{}"]);
        assert_eq!(one.text(), "a{}b{}");
        assert_ne!(one.path(), other.path());
        let name = one.path().trim_start_matches("/assets/").to_owned();
        let assets = Assets::new(vec![one]);
        assert_eq!(assets.answer(&name).status(), StatusCode::OK);
        let other = other.path().trim_start_matches("/assets/").to_owned();
        assert_eq!(assets.answer(&other).status(), StatusCode::NOT_FOUND);
    }
}
