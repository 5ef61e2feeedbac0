//! Counts how often the component of a release was handed out whole. In memory first, so that handing it out stays cheap;
//! what a crash takes with it are the counts of the last seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use guildhall_package::{Digest, SkillName};

use crate::app::App;
use crate::store::{StoreError, downloads};

/// How often counts are written.
const EVERY: Duration = Duration::from_secs(5);
/// Releases that are counted between two writes. More than are downloaded in that time on any machine that this runs on.
const MOST: usize = 100_000;

/// Counts that were not written yet.
#[derive(Debug, Default)]
pub struct Downloads(Mutex<HashMap<Digest, (SkillName, i64)>>);

impl Downloads {
    /// One more.
    pub fn count(&self, release: Digest, name: &SkillName) {
        self.add(release, name, 1);
    }

    fn add(&self, release: Digest, name: &SkillName, number: i64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&release) {
            return;
        }
        counts.entry(release).or_insert_with(|| (name.clone(), 0)).1 += number;
    }

    fn take(&self) -> HashMap<Digest, (SkillName, i64)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes the counts now and then, and once more at the end.
pub(crate) async fn run(app: App) {
    loop {
        let ends = tokio::select! {
            () = tokio::time::sleep(EVERY) => false,
            () = app.stop.cancelled() => true,
        };
        if let Err(error) = write(&app).await {
            tracing::warn!(%error, "counts of downloads could not be written yet");
        }
        if ends {
            return;
        }
    }
}

/// Writes the counts.
async fn write(app: &App) -> Result<(), StoreError> {
    let counts = app.downloads.take();
    if counts.is_empty() {
        return Ok(());
    }
    let written = async {
        let mut tx = app.store.write().await?;
        // In order: of two processes that write the same rows none waits for the other in a circle.
        let mut rows: Vec<_> = counts.iter().collect();
        rows.sort_by_key(|(release, _)| **release);
        for (release, (name, number)) in rows {
            downloads::add(tx.connection(), release, name, *number).await?;
        }
        tx.commit().await
    };
    let result = written.await;
    if result.is_err() {
        for (release, (name, number)) in &counts {
            app.downloads.add(*release, name, *number);
        }
    }
    result
}
