//! Folds what is published into this process's catalogue, whoever published it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use guildhall_package::trust::log::{Entry, TreeHash};

use super::LogError;
use crate::app::App;
use crate::catalogue::{Published, Told};
use crate::clock::{stored, wire};
use crate::store::log::{self as rows, Head, HeadKind};
use crate::store::publishes::{self, Publish};

/// How often the database is looked at for what another process published.
const LOOK: Duration = Duration::from_millis(100);
/// Pause after something failed.
const PAUSE: Duration = Duration::from_millis(500);
/// Most entries folded under one lock.
const BATCH: u64 = 2_048;

/// Runs until the service stops.
pub async fn run(app: App) {
    let mut published = app.wake.published.subscribe();
    loop {
        if let Err(error) = follow(&app).await {
            tracing::error!(%error, "the catalogue does not follow the log");
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = app.stop.cancelled() => return,
            }
            continue;
        }
        tokio::select! {
            _ = published.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Folds in everything that is published.
///
/// # Errors
/// [`LogError`] if the database fails, or the log can't be read.
pub async fn follow(app: &App) -> Result<(), LogError> {
    let head = {
        let mut db = app.store.read().await?;
        rows::head(&mut db, HeadKind::Published).await?
    };
    let Some(head) = head else { return Ok(()) };
    let size = wire(head.size);
    if let Some(known) = app.shelf.published()
        && known.size >= size
    {
        // The same state with newer cosignatures.
        if known.size == size && known.note != head.note {
            app.shelf.set_published(published(&head)?);
        }
        return Ok(());
    }
    let mut at = app.shelf.catalogue().size();
    loop {
        let to = at.saturating_add(BATCH).min(size);
        let batch = read(app, at, to, size).await?;
        fold(app, at, &batch, (to == size).then_some(&head))?;
        at = to;
        if at == size {
            break;
        }
    }
    app.metrics.published_size.set(head.size);
    // What waits for its release looks again.
    app.wake.publish_changed();
    Ok(())
}

type Batch = Vec<(Bytes, Entry, Option<Arc<Publish>>)>;

async fn read(app: &App, from: u64, to: u64, size: u64) -> Result<Batch, LogError> {
    let mut entries: Vec<Bytes> = Vec::new();
    let wanted = usize::try_from(to - from).unwrap_or(usize::MAX);
    while entries.len() < wanted {
        let next = from + u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let more = app.tiles.entries(next, size).await?;
        if more.is_empty() {
            return Err(LogError::Broken(format!("entry {next} is missing")));
        }
        entries.extend(more);
    }
    entries.truncate(wanted);
    let mut db = app.store.read().await?;
    let rows = publishes::logged(&mut db, stored(from), stored(to)).await?;
    drop(db);
    let mut rows: HashMap<u64, Publish> = rows
        .into_iter()
        .filter_map(|row| Some((wire(row.log_index?), row)))
        .collect();
    (from..)
        .zip(entries)
        .map(|(index, bytes)| {
            let entry = Entry::parse(&bytes)
                .map_err(|error| LogError::Broken(format!("entry {index}: {error}")))?;
            Ok((bytes, entry, rows.remove(&index).map(Arc::new)))
        })
        .collect()
}

/// Folds a batch, and with its last one shows the new state. All under one lock, so that nobody sees a release without the
/// checkpoint that holds it.
fn fold(app: &App, from: u64, batch: &Batch, head: Option<&Head>) -> Result<(), LogError> {
    let published = head.map(published).transpose()?;
    let mut changed = Vec::new();
    {
        let mut catalogue = app.shelf.catalogue_mut();
        if catalogue.size() != from {
            return Err(LogError::Broken("two followers in one process".to_owned()));
        }
        for (_, entry, row) in batch {
            match catalogue.apply(entry, row.clone()) {
                Ok(skills) => changed.extend(skills),
                // It counts and changes nothing; whoever audits the log finds the same.
                Err(fault) => tracing::error!(%fault, "the log broke its own rules"),
            }
        }
        changed.sort_unstable();
        changed.dedup();
        if let Some(published) = published {
            app.shelf.set_published(published);
        }
    }
    app.shelf.index.refresh(&app.shelf.catalogue(), &changed);
    app.shelf.set_shown(app.shelf.catalogue().size());
    for (index, (bytes, ..)) in (from..).zip(batch) {
        app.shelf.tell(Told {
            index,
            entry: bytes.clone(),
        });
    }
    Ok(())
}

fn published(head: &Head) -> Result<Published, LogError> {
    let root: [u8; TreeHash::BYTES] = head
        .root
        .as_slice()
        .try_into()
        .map_err(|_| LogError::Broken("the root hash is not 32 bytes long".to_owned()))?;
    Ok(Published {
        size: wire(head.size),
        root: TreeHash::from_bytes(root),
        note: Bytes::from(head.note.clone()),
    })
}
