//! What proves a release, in one answer.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use guildhall_package::market::evidence::{EvidenceQuery, LoggedEntry, ReleaseEvidence};

use super::extract::{Asked, At};
use super::releases::{Place, with};
use super::tagged;
use crate::app::App;
use crate::error::{ApiError, invalid, not_found};
use crate::log::{LogError, not_ready, status};

impl From<LogError> for ApiError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Store(error) => Self::Store(error),
            other => Self::Fault(other.to_string()),
        }
    }
}

fn text(bytes: &Bytes) -> Result<String, ApiError> {
    String::from_utf8(bytes.to_vec())
        .map_err(|_| ApiError::Fault("a document of a release is no text".to_owned()))
}

/// What proves a release. A revoked one has evidence too: that it is revoked.
#[utoipa::path(get, path = "/api/v1/releases/{publisher}/{skill}/{version}/evidence", tag = "skills",
    params(EvidenceQuery), responses((status = 200, body = ReleaseEvidence)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    At(place): At<Place>,
    Asked(query): Asked<EvidenceQuery>,
) -> Result<Response, ApiError> {
    let (publish, index, key) = with(&app, &place, |release| {
        (
            std::sync::Arc::clone(release.publish),
            release.logged.index,
            release.logged.entry.key,
        )
    })?;
    // After the release: the state shown holds it.
    let published = app.shelf.published().ok_or_else(not_ready)?;
    let granted = app
        .shelf
        .catalogue()
        .log()
        .key(&key)
        .map(|key| key.granted_index)
        .ok_or_else(|| ApiError::Fault("a release's key is not in the log".to_owned()))?;
    let size = published.size;
    let seen = query.seen.unwrap_or(0);
    if seen > size {
        return Err(invalid(
            "seen",
            format!(
                "the log has {size} entries here: either this process is behind, or a longer log was shown elsewhere"
            ),
        ));
    }
    let status = status::status(&app).await?;
    let review = publish.review.ok_or_else(|| not_found("review"))?;
    let (small, large) = (size.min(status.size), size.max(status.size));
    let roots: Vec<Bytes> = {
        let roots = app.shelf.roots();
        roots.after(query.root.unwrap_or(0)).cloned().collect()
    };
    let evidence = ReleaseEvidence {
        manifest: text(&app.blobs.get(&publish.release).await?)?,
        config: text(&app.blobs.get(&publish.config).await?)?,
        publisher_statement: text(&app.blobs.get(&publish.statement).await?)?,
        review_statement: text(&app.blobs.get(&review).await?)?,
        release: entry(&app, index, size).await?,
        key: entry(&app, granted, size).await?,
        checkpoint: text(&published.note)?,
        seen,
        consistency: app.tiles.consistency(seen, size).await?,
        status: text(&status.envelope)?,
        status_consistency: app.tiles.consistency(small, large).await?,
        roots: roots.iter().map(text).collect::<Result<_, _>>()?,
    };
    tagged(&headers, true, &evidence)
}

async fn entry(app: &App, index: u64, size: u64) -> Result<LoggedEntry, ApiError> {
    let entries = app.tiles.entries(index, size).await?;
    let bytes = entries
        .first()
        .ok_or_else(|| ApiError::Fault("an entry of the log is missing".to_owned()))?;
    Ok(LoggedEntry {
        entry: text(bytes)?,
        index,
        proof: app.tiles.inclusion(index, size).await?,
    })
}
