//! What pages for problems have in common, whatever they look like: for whom they are, what stands above them, and what goes over
//! from the answer that they replace.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use crate::fields::local;

/// Whether a person waits for the answer: somebody who takes pages, at a path that is not for `programs`.
#[must_use]
pub fn is_for_a_person(headers: &HeaderMap, path: &str, programs: &[&str]) -> bool {
    let takes_pages = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    takes_pages && !programs.iter().any(|prefix| path.starts_with(prefix))
}

/// Where one comes back to after signing in: what was asked for, if it was only looked at.
#[must_use]
pub fn back_to(request: &Request) -> Option<String> {
    let uri = request.uri();
    let asked = uri
        .path_and_query()
        .map_or(uri.path(), |asked| asked.as_str());
    (request.method() == Method::GET).then(|| asked.to_owned())
}

/// What stands above a problem.
#[must_use]
pub const fn headline(status: u16) -> &'static str {
    match status {
        401 => "Please sign in",
        403 => "That is not allowed",
        404 => "There is nothing here",
        405 => "This page works differently",
        409 => "That has changed meanwhile",
        413 => "That was too much at once",
        429 => "A little slower, please",
        400..=499 => "That did not work",
        503 => "Back in a moment",
        _ => "Something went wrong on our side",
    }
}

/// The number of the request that an answer names.
#[must_use]
pub fn request_of(headers: &HeaderMap) -> &str {
    headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
}

/// Gives a page the header fields of the answer that it replaces, but for those about its body. A browser is asked for no token.
pub fn takes_over(page: &mut Response, old: &HeaderMap) {
    let own = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::VARY];
    for (name, value) in old.iter().filter(|(name, _)| !own.contains(name)) {
        page.headers_mut().insert(name.clone(), value.clone());
    }
    page.headers_mut().remove(header::WWW_AUTHENTICATE);
}

/// The path of the page to sign in at, from which one comes back.
#[must_use]
pub fn sign_in(back: Option<&str>) -> String {
    let next: String = back
        .and_then(local)
        .map(|next| url::form_urlencoded::byte_serialize(next.as_bytes()).collect())
        .unwrap_or_default();
    if next.is_empty() {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={next}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_comes_back_to_this_site_only() {
        assert_eq!(
            sign_in(Some("/review?a=b&c")),
            "/sign-in?next=%2Freview%3Fa%3Db%26c"
        );
        assert_eq!(sign_in(Some("//evil.test")), "/sign-in");
        assert_eq!(sign_in(None), "/sign-in");
    }
}
