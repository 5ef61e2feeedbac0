//! Files of runs that are over are removed: a while after the run, and after a crash at the next look.

use crate::app::App;
use crate::store::uploads::{self as rows, UploadRow};
use guildhall_host::Tenant;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often is looked.
const LOOK: Duration = Duration::from_secs(20);

/// Looks, until the console stops.
pub(crate) async fn follow(app: App) {
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "files of runs could not be looked through");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Removes the files of each run that is over, and of each that never came to be.
///
/// # Errors
/// If the database, the journal or the disk fails; what is left is looked at again.
pub async fn sweep(app: &App) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let all = {
        let mut db = app.store.read().await?;
        rows::all(&mut db).await?
    };
    for row in all {
        if !is_over(app, &row).await? {
            continue;
        }
        let outputs = super::outputs(&app.config).join(&row.run);
        let uploads = PathBuf::from(&row.path);
        tokio::task::spawn_blocking(move || remove(&uploads, &outputs)).await?;
        let mut tx = app.store.write().await?;
        rows::remove(tx.connection(), &row.run).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn is_over(
    app: &App,
    row: &UploadRow,
) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    Ok(match app.host.is_over(&Tenant::local(), &row.run).await? {
        Some(is_over) => is_over,
        // It may still begin.
        None => row.until <= app.clock.now(),
    })
}

/// Removes what was given, and the folders for what was written if nothing is in them.
pub(super) fn remove(uploads: &Path, outputs: &Path) {
    // What is gone already is gone.
    let _ = std::fs::remove_dir_all(uploads);
    if let Ok(folders) = std::fs::read_dir(outputs) {
        for folder in folders.flatten() {
            let _ = std::fs::remove_dir(folder.path());
        }
    }
    let _ = std::fs::remove_dir(outputs);
}
