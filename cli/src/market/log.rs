//! Reading a marketplace's log: its newest state with the proofs that this machine needs, and its entries.

use super::http::Http;
use super::trust::{Market, trust_error};
use crate::error::CliError;
use crate::when::now_ms;
use guildhall_package::market::limits::MAX_COMPONENT;
use guildhall_package::text::plain;
use guildhall_package::trust::evidence::{Consistency, Evidence, Logged, TrustState};
use guildhall_package::trust::log::merkle::{consistency_nodes, consistency_proof};
use guildhall_package::trust::log::note::MAX_NOTE_BYTES;
use guildhall_package::trust::log::tile::WIDTH;
use guildhall_package::trust::log::tiles::{Tiles, hashes};
use guildhall_package::trust::log::{SignedCheckpoint, TileId, TileKind, TreeHash, bundle};
use guildhall_package::trust::root::MAX_ROOT_BYTES;
use guildhall_package::trust::status::{MAX_STATUS_BYTES, STATUS_TYPE, Status};
use guildhall_package::trust::{dsse, verify};

/// Most root files that are gone through at once.
const MAX_ROOTS: u64 = 1_000;
/// Longest tile or bundle of entries in bytes: 256 entries with their lengths.
const MAX_TILE: u64 = 256 * (65_535 + 2);

/// Asks for the newest state of the log and the signed status, verifies both against what is known, and keeps them.
///
/// # Errors
/// If the marketplace does not answer, or a check fails; what is known stays.
pub async fn refresh(market: &Market, trust: &TrustState) -> Result<TrustState, CliError> {
    let evidence = newest(market, trust).await?;
    let _locked = market.state.lock()?;
    // Another command may have seen more meanwhile: against that it counts.
    let known = market.pinned()?.unwrap_or_else(|| trust.clone());
    let newer = known.seen.map(|head| head.size) > trust.seen.map(|head| head.size);
    if newer {
        return Ok(known);
    }
    let next =
        verify::verify_log(&known, &evidence, now_ms()).map_err(|error| trust_error(&error))?;
    market.keep(&next, &evidence.checkpoint)?;
    Ok(next)
}

/// The newest state with its proofs, not verified.
async fn newest(market: &Market, trust: &TrustState) -> Result<Evidence, CliError> {
    let http = &market.http;
    let checkpoint = http.bytes("/checkpoint", MAX_NOTE_BYTES as u64).await?;
    let status = http
        .bytes("/api/v1/status", MAX_STATUS_BYTES as u64)
        .await?;
    let roots = roots_after(http, trust.root.file().version).await?;
    let size = SignedCheckpoint::parse(&checkpoint)
        .map_err(|error| trust_error(&error.into()))?
        .unverified()
        .head
        .size;
    let seen = trust.seen.map_or(0, |head| head.size);
    let about = status_size(&status);
    let mut tiles = LogTiles::new(http, size.max(about));
    let consistency = tiles.consistency(seen, size).await?;
    let status_consistency = tiles.consistency(about.min(size), about.max(size)).await?;
    Ok(Evidence {
        consistency: Consistency::from_proof(seen, consistency),
        status_consistency,
        checkpoint,
        status,
        roots,
        component: Vec::new(),
        manifest: Vec::new(),
        config: Vec::new(),
        publisher_statement: Vec::new(),
        review_statement: Vec::new(),
        release: nothing(),
        key: nothing(),
    })
}

const fn nothing() -> Logged {
    Logged {
        entry: Vec::new(),
        index: 0,
        proof: Vec::new(),
    }
}

/// The size that a status is about, as it says itself. Verifying tells whether that is true.
fn status_size(envelope: &[u8]) -> u64 {
    dsse::Envelope::parse(envelope)
        .and_then(|envelope| {
            envelope.expect_type(STATUS_TYPE)?;
            envelope.unverified_payload()
        })
        .ok()
        .and_then(|payload| serde_json::from_slice::<Status>(&payload).ok())
        .map_or(0, |status| status.size)
}

/// Root files after the one that is known, oldest first.
///
/// # Errors
/// If the marketplace does not answer.
pub async fn roots_after(http: &Http, known: u64) -> Result<Vec<Vec<u8>>, CliError> {
    let mut roots = Vec::new();
    for version in known.saturating_add(1)..=known.saturating_add(MAX_ROOTS) {
        match http
            .bytes(&format!("/root/{version}.json"), MAX_ROOT_BYTES as u64)
            .await
        {
            Ok(root) => roots.push(root),
            Err(error) if error.is_not_found() => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(roots)
}

/// Tiles of a log of one size, fetched as they are needed.
#[derive(Debug)]
pub struct LogTiles<'a> {
    http: &'a Http,
    size: u64,
    tiles: Tiles,
}

impl<'a> LogTiles<'a> {
    /// None fetched yet.
    #[must_use]
    pub const fn new(http: &'a Http, size: u64) -> Self {
        Self {
            http,
            size,
            tiles: Tiles::new(size),
        }
    }

    /// The consistency proof between two sizes up to that of the log. Not verified: it proves itself.
    ///
    /// # Errors
    /// If a tile can't be had.
    pub async fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<TreeHash>, CliError> {
        if old == 0 || old >= new {
            return Ok(Vec::new());
        }
        for id in self.tiles.missing(&consistency_nodes(old, new)) {
            let (got, bytes) = tile(self.http, &id).await?;
            self.tiles
                .insert(&got, &bytes)
                .map_err(|error| broken(&got, &error))?;
        }
        consistency_proof(&self.tiles, old, new).map_err(|error| broken_log(&error))
    }

    /// The leaf hashes of all entries.
    ///
    /// # Errors
    /// If a tile can't be had.
    pub async fn leaves(&self) -> Result<Vec<TreeHash>, CliError> {
        let kind = TileKind::Hashes { level: 0 };
        let mut leaves = Vec::new();
        for index in 0..self.size.div_ceil(WIDTH) {
            let Some(id) = TileId::of(kind, index, self.size) else {
                break;
            };
            let (got, bytes) = tile(self.http, &id).await?;
            let found = hashes(&got, &bytes).map_err(|error| broken(&got, &error))?;
            leaves.extend(found.into_iter().take(usize::from(id.width())));
        }
        Ok(leaves)
    }

    /// The entries from the first one on, bundle by bundle; each bundle is handed to `take` with the index of its first entry.
    ///
    /// # Errors
    /// If a bundle can't be had or read, or `take` fails.
    pub async fn entries(
        &self,
        mut take: impl FnMut(u64, Vec<&[u8]>) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        for index in 0..self.size.div_ceil(WIDTH) {
            let Some(id) = TileId::of(TileKind::Entries, index, self.size) else {
                break;
            };
            let (got, bytes) = tile(self.http, &id).await?;
            let mut found = bundle::entries(&got, &bytes).map_err(|error| broken(&got, &error))?;
            found.truncate(usize::from(id.width()));
            take(index * WIDTH, found)?;
        }
        Ok(())
    }
}

/// A tile. One that is not full may be had only as the full one that it has become: its name says which it is.
///
/// # Errors
/// If it can't be had.
async fn tile(http: &Http, id: &TileId) -> Result<(TileId, Vec<u8>), CliError> {
    match http.bytes(&format!("/{id}"), MAX_TILE).await {
        Err(error) if error.is_not_found() && !id.is_full() => {
            let full = TileId::full(id.kind(), id.index());
            Ok((full, http.bytes(&format!("/{full}"), MAX_TILE).await?))
        }
        answer => Ok((*id, answer?)),
    }
}

fn broken(id: &TileId, error: &dyn std::fmt::Display) -> CliError {
    broken_log(&format!("{id}: {error}"))
}

/// The log can't be read as it is served.
pub fn broken_log(error: &dyn std::fmt::Display) -> CliError {
    CliError::unverified(plain(&format!("the log can't be read: {error}"), 600))
        .kind("log")
        .fix("try again later; if it stays, tell the log's operator")
}

/// A blob of a skill's repository.
///
/// # Errors
/// If it can't be had.
pub async fn blob(
    http: &Http,
    name: &guildhall_package::SkillName,
    digest: guildhall_package::Digest,
    limit: u64,
) -> Result<Vec<u8>, CliError> {
    let limit = limit.min(MAX_COMPONENT);
    Ok(http
        .bytes(&format!("/v2/{name}/blobs/{digest}"), limit)
        .await?)
}
