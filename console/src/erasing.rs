//! Everything deleted: what the host keeps by the host, and then what the console has of it: files of runs and settings of skills.
//! A mark stands in the console's store until both are done, so that a crash between them is gone on from: at the next start, and by
//! every other console over the same store.

use std::time::Duration;

use guildhall_host::{Host, HostError, Tenant};

use crate::app::App;
use crate::store::{self, StoreError, settings, skill_settings, uploads as rows};
use crate::uploads;

/// How often it is looked whether a deletion was begun that nobody ends.
const LOOK: Duration = Duration::from_secs(5);
/// For how long the host may take before it has begun, in milliseconds. After that it never will.
const BEGINS_MS: i64 = 15 * 60 * 1000;
/// For how long nobody else ends what a process has begun, in milliseconds.
const ENDS_MS: i64 = 60 * 1000;

/// Why not everything was deleted.
#[derive(Debug, thiserror::Error)]
pub enum ErasingError {
    /// The host refused, or failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The console's own database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files of runs.
    #[error("files of runs could not be removed: {0}")]
    Files(#[from] std::io::Error),
    /// A defect.
    #[error("the deletion broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// Deletes everything. If the host refuses, nothing is.
///
/// # Errors
/// [`ErasingError`]; what was begun is ended at the next start.
pub async fn erase(app: &App, host: &Host, by: &str) -> Result<(), ErasingError> {
    mark(app, Some(app.clock.now())).await?;
    if let Err(error) = host.erase(&Tenant::local(), by).await {
        // What it has begun it ends itself at the next start, and then the mark is needed.
        if matches!(
            &error,
            HostError::Journal(guildhall_host::JournalError::Refused(_))
        ) {
            mark(app, None).await?;
        }
        return Err(error.into());
    }
    own(app).await
}

/// Looks for deletions that a process has begun and not ended, until the console ends.
pub async fn follow(app: App) {
    resume(app.clone()).await;
    loop {
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        // Who has begun one is given the time to end it.
        if let Err(error) = resumed(&app, ENDS_MS).await {
            tracing::error!(%error, "a deletion was not ended");
        }
    }
}

/// Ends a deletion that another process has begun; nothing happens if there is none.
pub async fn resume(app: App) {
    if let Err(error) = resumed(&app, 0).await {
        tracing::error!(%error, "a deletion was not ended");
    }
}

async fn resumed(app: &App, older_ms: i64) -> Result<(), ErasingError> {
    let begun = {
        let mut db = app.store.read().await?;
        settings::deleting(&mut db).await?
    };
    let Some(begun) = begun else {
        return Ok(());
    };
    let age = app.clock.now().saturating_sub(begun);
    if age < older_ms {
        return Ok(());
    }
    match app.host.erased_since(&Tenant::local(), begun).await? {
        true => own(app).await,
        // Somebody may be about to.
        false if age < BEGINS_MS => Ok(()),
        false => Ok(mark(app, None).await?),
    }
}

/// What the console itself has.
async fn own(app: &App) -> Result<(), ErasingError> {
    let config = app.config.clone();
    tokio::task::spawn_blocking(move || uploads::remove_all(&config)).await??;
    let mut tx = app.store.write().await?;
    rows::remove_all(tx.connection()).await?;
    skill_settings::remove_all(tx.connection()).await?;
    tx.commit().await?;
    store::scrub(&app.store).await?;
    Ok(mark(app, None).await?)
}

async fn mark(app: &App, at: Option<i64>) -> Result<(), StoreError> {
    let mut tx = app.store.write().await?;
    settings::set_deleting(tx.connection(), at).await?;
    tx.commit().await
}
