//! What stands before the router: a blob that lies in memory needs nothing that is waited for, and is answered at once. Of the
//! time of such a request, finding its way through the router would be a third.

use std::time::Instant;

use axum::body::HttpBody;
use axum::http::{HeaderName, HeaderValue, Method, Request, header};
use axum::response::Response;
use guildhall_package::Digest;

use crate::app::App;
use crate::oci;

/// The answer to what needs no router; none if the router shall answer. It answers the same.
pub(crate) fn answer<B: HttpBody>(app: &App, request: &Request<B>) -> Option<Response> {
    if *request.method() != Method::GET || !request.body().is_end_stream() {
        return None;
    }
    let began = Instant::now();
    let (skill, digest) = blob_of(request.uri().path())?;
    let mut response = oci::in_memory(app, skill, &digest, request.headers())?;
    finish(app, &mut response, request.method(), oci::BLOB, began);
    Some(response)
}

/// Skill and digest of a blob's path, if it is written plainly.
fn blob_of(path: &str) -> Option<((&str, &str), Digest)> {
    let mut parts = path.strip_prefix("/v2/")?.split('/');
    let skill = (parts.next()?, parts.next()?);
    if parts.next()? != "blobs" {
        return None;
    }
    let digest = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((skill, digest))
}

/// What every answer has, and what is told of every request.
pub(crate) fn finish(
    app: &App,
    response: &mut Response,
    method: &Method,
    route: &str,
    began: Instant,
) {
    let id = uuid::Uuid::now_v7().to_string();
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let time = began.elapsed();
    let status = response.status().as_u16();
    app.metrics.request(route, status, time);
    tracing::debug!(id, %method, route, status, ms = time.as_millis(), "request");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_of_blobs_are_taken() {
        let digest = Digest::of(b"x");
        let good = format!("/v2/acme/shop/blobs/{digest}");
        assert_eq!(blob_of(&good), Some((("acme", "shop"), digest)));
        for other in [
            "/",
            "/v2/",
            "/v2/acme/shop/blobs",
            "/v2/acme/shop/blobs/",
            "/v2/acme/shop/blobs/sha256:0",
            &format!("/v2/acme/shop/manifests/{digest}"),
            &format!("/v2/acme/shop/more/blobs/{digest}"),
            &format!("{good}/"),
            &format!("/{good}"),
            &format!("/v2/acme/blobs/{digest}"),
        ] {
            assert_eq!(blob_of(other), None, "{other}");
        }
    }
}
