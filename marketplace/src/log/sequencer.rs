//! Gives queued entries their places, and publishes the new state once the witnesses have cosigned it. Several processes may
//! run this at once: a lock lets one append at a time, and a longer published state is never replaced by a shorter one.

use std::time::Duration;

use guildhall_package::trust::log::{
    Checkpoint, Entry, Event, Frontier, NewTile, SignedCheckpoint, TileId, TileKind, TreeHash,
    TreeHead, bundle,
};
use guildhall_package::trust::log::tile::WIDTH;
use sqlx::AnyConnection;

use super::tiles::{BUNDLES, broken, cut, level};
use super::{LogError, Queued, witnesses};
use crate::app::App;
use crate::clock::{stored, wire};
use crate::store::log::{self as rows, Head, HeadKind};
use crate::store::{Lock, publishes};

/// Most entries appended at once.
const BATCH: i64 = 1_000;
/// How often the queue is looked at when nobody wakes the sequencer: entries of other processes.
const LOOK: Duration = Duration::from_millis(250);
/// First pause after something failed; doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs until the service stops.
pub async fn run(app: App) {
    let mut pause = FIRST_PAUSE;
    loop {
        match step(&app).await {
            Ok(true) => {
                pause = FIRST_PAUSE;
                if app.stop.is_cancelled() {
                    return;
                }
                continue;
            }
            Ok(false) => pause = FIRST_PAUSE,
            Err(error) => {
                app.metrics.log_failures.inc();
                tracing::error!(%error, "the log did not go on");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = app.stop.cancelled() => return,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                continue;
            }
        }
        tokio::select! {
            () = app.wake.sequence.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Appends what waits and publishes what is not published. True: there may be more.
///
/// # Errors
/// [`LogError`]; everything durable is whole, and the next step goes on from it.
pub async fn step(app: &App) -> Result<bool, LogError> {
    let full = append(app).await?;
    publish(app).await?;
    Ok(full)
}

/// Appends a batch of queued entries. True: the batch was full.
async fn append(app: &App) -> Result<bool, LogError> {
    {
        let mut db = app.store.read().await?;
        let begun = rows::head(&mut db, HeadKind::Appended).await?.is_some();
        if begun && !rows::waits(&mut db).await? {
            return Ok(false);
        }
    }
    let mut tx = app.store.write().await?;
    tx.lock(Lock::Log).await?;
    let db = tx.connection();
    let head = rows::head(db, HeadKind::Appended).await?;
    let begun = head.is_some();
    let (mut frontier, open, last) = edge(db, head).await?;
    let size = frontier.size();
    let pending = rows::pending(db, BATCH).await?;
    if begun && pending.is_empty() {
        return Ok(false);
    }
    let full = i64::try_from(pending.len()).is_ok_and(|count| count == BATCH);
    let mut at = last;
    let mut entries = Vec::with_capacity(pending.len());
    for (index, waiting) in (size..).zip(pending) {
        let queued: Queued = serde_json::from_slice(&waiting.entry)
            .map_err(|error| LogError::Broken(format!("a queued entry: {error}")))?;
        let entry = place(queued, app.clock.now(), at);
        at = entry.at;
        let bytes = entry
            .to_bytes()
            .map_err(|error| LogError::Broken(format!("a queued entry: {error}")))?;
        entries.push(bytes);
        if let Some(publish) = &waiting.publish {
            publishes::set_index(db, publish, stored(index)).await?;
        }
        rows::take(db, waiting.id).await?;
    }
    let leaves: Vec<TreeHash> = entries.iter().map(|entry| TreeHash::leaf(entry)).collect();
    let mut files = frontier.append(&leaves).map_err(|error| broken(&error))?;
    files.extend(bundle::append(size, &open, &entries).map_err(|error| broken(&error))?);
    for NewTile { id, bytes } in files {
        let width = i64::from(id.width());
        rows::set_tile(db, level(id.kind()), stored(id.index()), width, &bytes).await?;
    }
    let head = TreeHead {
        size: frontier.size(),
        root: frontier.root(),
    };
    let note = SignedCheckpoint::sign(&Checkpoint::new(&app.config.origin, head), &app.log_key)
        .map_err(|error| LogError::Broken(error.to_string()))?;
    let row = Head {
        size: stored(head.size),
        root: head.root.as_bytes().to_vec(),
        note: note.to_text().into_bytes(),
    };
    if !rows::set_head(db, HeadKind::Appended, &row).await? {
        return Err(LogError::Broken(
            "a longer state of the log is there already".to_owned(),
        ));
    }
    tx.commit().await?;
    app.metrics.log_size.set(row.size);
    Ok(full)
}

/// The entry at its place: never before the one in front of it.
fn place(queued: Queued, now: i64, last: i64) -> Entry {
    let at = now.max(last);
    match queued.event {
        Event::KeyRevoked {
            publisher, key, ..
        } if queued.from_now => {
            // Later than everything in front of it, so that none of that is void.
            let at = at.max(last.saturating_add(1));
            Entry {
                at,
                event: Event::KeyRevoked {
                    publisher,
                    key,
                    from: at,
                },
            }
        }
        event => Entry { at, event },
    }
}

/// The right edge of the log, its open bundle, and the time of its last entry.
async fn edge(
    db: &mut AnyConnection,
    head: Option<Head>,
) -> Result<(Frontier, Vec<u8>, i64), LogError> {
    let Some(head) = head.filter(|head| head.size > 0) else {
        return Ok((Frontier::empty(), Vec::new(), 0));
    };
    let size = wire(head.size);
    let mut files = std::collections::BTreeMap::new();
    for id in Frontier::tiles(size) {
        files.insert(id, file(db, &id).await?);
    }
    let frontier =
        Frontier::open(size, |id| files.get(id).cloned()).map_err(|error| broken(&error))?;
    if frontier.root().as_bytes().as_slice() != head.root {
        return Err(LogError::Broken(
            "the tiles do not lead to the root hash that was signed".to_owned(),
        ));
    }
    let open = match bundle::open_bundle(size) {
        Some(id) => file(db, &id).await?,
        None => Vec::new(),
    };
    let end = TileId::of(TileKind::Entries, (size - 1) / WIDTH, size)
        .ok_or_else(|| LogError::Broken("it has no last bundle".to_owned()))?;
    let bytes = file(db, &end).await?;
    let entries = bundle::entries(&end, &bytes).map_err(|error| broken(&error))?;
    let last = entries
        .last()
        .and_then(|bytes| Entry::parse(bytes).ok())
        .ok_or_else(|| LogError::Broken("its last entry can't be read".to_owned()))?;
    Ok((frontier, open, last.at))
}

async fn file(db: &mut AnyConnection, id: &TileId) -> Result<Vec<u8>, LogError> {
    let kind = match id.kind() {
        TileKind::Entries => BUNDLES,
        hashes => level(hashes),
    };
    let (width, bytes) = rows::tile(db, kind, stored(id.index()))
        .await?
        .ok_or_else(|| LogError::Broken(format!("the file {id} is missing")))?;
    cut(id, wire(width), &bytes)
}

/// Publishes the newest state, if it is not published and the witnesses cosign it.
async fn publish(app: &App) -> Result<(), LogError> {
    let (appended, published) = {
        let mut db = app.store.read().await?;
        (
            rows::head(&mut db, HeadKind::Appended).await?,
            rows::head(&mut db, HeadKind::Published).await?,
        )
    };
    let Some(appended) = appended else {
        return Ok(());
    };
    if published.is_some_and(|published| published.size >= appended.size) {
        return Ok(());
    }
    let note = witnesses::cosigned(app, &appended).await?;
    let row = Head {
        note: note.into_bytes(),
        ..appended
    };
    let size = row.size;
    let mut tx = app.store.write().await?;
    rows::set_head(tx.connection(), HeadKind::Published, &row).await?;
    publishes::set_released(tx.connection(), size, app.clock.now()).await?;
    tx.commit().await?;
    app.wake.published.send_modify(|known| *known = (*known).max(wire(size)));
    app.wake.publish_changed();
    Ok(())
}

