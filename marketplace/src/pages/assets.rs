//! The few files of the pages. Their names change with their content, so that a browser may keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::Digest;

use crate::error::not_found;

const STYLE: &str = include_str!("../../assets/style.css");
const ICON: &str = include_str!("../../assets/icon.svg");

/// Path of the stylesheet.
pub static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path(STYLE, "css"));
/// Path of the icon.
pub static ICON_PATH: LazyLock<String> = LazyLock::new(|| path(ICON, "svg"));

fn path(text: &str, kind: &str) -> String {
    let mut digest = Digest::of(text.as_bytes()).hex();
    digest.truncate(16);
    format!("/assets/{digest}.{kind}")
}

/// A file.
pub async fn get(Path(name): Path<String>) -> Response {
    let asked = format!("/assets/{name}");
    let (text, kind) = if asked == *STYLE_PATH {
        (STYLE, "text/css; charset=utf-8")
    } else if asked == *ICON_PATH {
        (ICON, "image/svg+xml")
    } else {
        return not_found("file").into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    (StatusCode::OK, headers, text).into_response()
}
