//! The read side of OCI distribution 1.1: what is released can be pulled by any OCI client. Writing goes through the JSON
//! API alone, because a release is visible only after review and log. What is staged, revoked or of another skill is not
//! here, whoever guesses its digest.

mod blob;
mod error;
mod range;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use guildhall_package::Digest;
use guildhall_package::trust::release::oci::{Descriptor, INDEX_TYPE, ImageIndex, MANIFEST_TYPE};

use crate::api::has;
use crate::app::App;
use crate::catalogue::PartKind;
pub(crate) use blob::in_memory;
use error::{OciError, refused};

/// Most tags in one answer.
const MAX_TAGS: usize = 1_000;

/// The route of blobs.
pub(crate) const BLOB: &str = "/v2/{publisher}/{skill}/blobs/{digest}";

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// The routes below `/v2/`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v2/", get(base).fallback(unsupported))
        .route("/v2", get(base).fallback(unsupported))
        .route(
            "/v2/{publisher}/{skill}/manifests/{reference}",
            get(manifest).fallback(unsupported),
        )
        .route(BLOB, get(blob::blob).fallback(unsupported))
        .route(
            "/v2/{publisher}/{skill}/tags/list",
            get(tags).fallback(unsupported),
        )
        .route(
            "/v2/{publisher}/{skill}/referrers/{digest}",
            get(referrers).fallback(unsupported),
        )
        .route("/.well-known/wasm-pkg/registry.json", get(wasm_pkg))
}

async fn base() -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], "{}").into_response();
    response.headers_mut().insert(
        HeaderName::from_static("docker-distribution-api-version"),
        HeaderValue::from_static("registry/2.0"),
    );
    response
}

async fn unsupported() -> Response {
    refused(OciError::Unsupported)
}

/// The answer to what is below `/v2/` and no endpoint of a repository that can be here.
pub fn elsewhere(method: &axum::http::Method) -> Response {
    if method == axum::http::Method::GET || method == axum::http::Method::HEAD {
        refused(OciError::NameUnknown)
    } else {
        refused(OciError::Unsupported)
    }
}

/// Says to `wkg` that packages of this registry are pulled by OCI, from this host, as `publisher/skill`.
async fn wasm_pkg() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        r#"{"preferredProtocol":"oci","oci":{"namespacePrefix":""}}"#,
    )
        .into_response()
}

/// What a reference names.
enum Reference {
    Digest(Digest),
    Tag(String),
}

/// Reads a digest. One of another algorithm is well-formed and not here.
fn digest(text: &str, unknown: OciError) -> Result<Digest, OciError> {
    if let Ok(digest) = text.parse() {
        return Ok(digest);
    }
    let other = text.split_once(':').is_some_and(|(algorithm, encoded)| {
        algorithm == "sha512"
            && encoded.len() == 128
            && encoded
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    });
    Err(if other {
        unknown
    } else {
        OciError::DigestInvalid
    })
}

async fn manifest(
    State(app): State<App>,
    Path((publisher, skill, reference)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let reference = if reference.contains(':') {
        match digest(&reference, OciError::ManifestUnknown) {
            Ok(digest) => Reference::Digest(digest),
            Err(error) => return refused(error),
        }
    } else {
        Reference::Tag(reference)
    };
    let found = {
        let catalogue = app.shelf.catalogue();
        match catalogue.skill(&publisher, &skill) {
            None => Err(OciError::NameUnknown),
            Some(skill) => match &reference {
                Reference::Digest(digest) => skill
                    .part(digest)
                    .filter(|part| part.kind == PartKind::Manifest)
                    .map(|_| *digest),
                Reference::Tag(tag) => skill
                    .named(tag)
                    .filter(|release| release.is_served())
                    .map(|release| release.publish.release),
            }
            .ok_or(OciError::ManifestUnknown),
        }
    };
    let digest = match found {
        Ok(digest) => digest,
        Err(error) => return refused(error),
    };
    match app.blobs.get(&digest).await {
        Ok(bytes) => document(&headers, &digest, MANIFEST_TYPE, bytes),
        Err(error) => {
            tracing::error!(%error, "a manifest can't be served");
            refused(OciError::Failed)
        }
    }
}

/// A document by its digest, or 304.
fn document(request: &HeaderMap, digest: &Digest, kind: &'static str, bytes: Bytes) -> Response {
    let text = digest.to_string();
    let tag = format!("\"{text}\"");
    let mut response = if has(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(bytes.into())
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let (Ok(digest), Ok(tag)) = (HeaderValue::from_str(&text), HeaderValue::from_str(&tag)) {
        headers.insert(CONTENT_DIGEST, digest);
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Where a tag stands in the order that the specification asks for: of letters without regard to their case, not of versions.
/// Tags that differ in case alone stay apart.
fn place(tag: &str) -> (String, String) {
    (tag.to_ascii_lowercase(), tag.to_owned())
}

async fn tags(
    State(app): State<App>,
    Path((publisher, skill)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let wanted = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let most = match wanted("n").map(|n| n.parse::<usize>()) {
        None => MAX_TAGS,
        Some(Ok(n)) => n.min(MAX_TAGS),
        Some(Err(_)) => return refused(OciError::Query),
    };
    let last = wanted("last");
    let all = {
        let catalogue = app.shelf.catalogue();
        let Some(skill) = catalogue.skill(&publisher, &skill) else {
            return refused(OciError::NameUnknown);
        };
        let mut all: Vec<String> = skill
            .releases()
            .filter(|release| release.is_offered())
            .map(|release| release.publish.version.to_string())
            .collect();
        if skill.latest().is_some() {
            all.push("latest".to_owned());
        }
        all.sort_by_cached_key(|tag| place(tag));
        all
    };
    let last = last.as_deref().map(place);
    let mut rest = all
        .into_iter()
        .filter(|tag| last.as_ref().is_none_or(|last| place(tag) > *last));
    let tags: Vec<String> = rest.by_ref().take(most).collect();
    let more = rest.next().is_some();
    let body = serde_json::json!({ "name": format!("{publisher}/{skill}"), "tags": tags });
    let mut response = (
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response();
    if let Some(last) = tags.last().filter(|_| more) {
        // Of versions and names, which need no encoding.
        let link =
            format!("</v2/{publisher}/{skill}/tags/list?n={most}&last={last}>; rel=\"next\"");
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    response
}

async fn referrers(
    State(app): State<App>,
    Path((publisher, skill, subject)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted: Vec<String> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(key, _)| key == "artifactType")
        .map(|(_, value)| value.into_owned())
        .collect();
    let manifests = match digest(&subject, OciError::ManifestUnknown) {
        Err(OciError::ManifestUnknown) => Vec::new(),
        Err(error) => return refused(error),
        Ok(subject) => {
            let catalogue = app.shelf.catalogue();
            // Nothing is attached to what is not here: an empty list. Clients take 404 for a registry without this interface.
            let attached = catalogue
                .skill(&publisher, &skill)
                .and_then(|skill| skill.by_manifest(&subject))
                .map_or_else(Vec::new, |release| release.publish.referrers.clone());
            let mut manifests: Vec<Descriptor> = attached
                .into_iter()
                .map(|attached| attached.manifest)
                .filter(|manifest| {
                    wanted.is_empty()
                        || manifest
                            .artifact_type
                            .as_ref()
                            .is_some_and(|kind| wanted.contains(kind))
                })
                .collect();
            manifests.sort_by_key(|manifest| manifest.digest);
            manifests
        }
    };
    let index = ImageIndex {
        schema_version: 2,
        media_type: INDEX_TYPE.to_owned(),
        manifests,
    };
    let Ok(body) = serde_json::to_vec(&index) else {
        return refused(OciError::Failed);
    };
    let mut response = ([(header::CONTENT_TYPE, INDEX_TYPE)], body).into_response();
    if !wanted.is_empty() {
        response.headers_mut().insert(
            HeaderName::from_static("oci-filters-applied"),
            HeaderValue::from_static("artifactType"),
        );
    }
    response
}
