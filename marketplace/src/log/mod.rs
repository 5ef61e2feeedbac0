//! The transparency log: entries are queued with the change they tell of, appended by one sequencer at a time, cosigned by
//! the witnesses that the root file demands, published, and then folded into every process's catalogue.

pub mod follower;
pub mod root;
pub mod sequencer;
pub mod status;
pub mod tiles;
pub mod witnesses;

use guildhall_package::trust::log::{Entry, Event};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::ApiError;
use crate::store::log as rows;
use crate::store::{StoreError, Tx};

/// An entry on its way into the log. Its time is that of its place there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Queued {
    /// What happened.
    pub event: Event,
    /// A revocation counts from its place in the log on: from nothing that stands before it.
    pub from_now: bool,
}

/// The log can't go on.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored of the log does not fit together.
    #[error(
        "the stored log is not whole: {0}; nothing is appended: put back a backup of the database"
    )]
    Broken(String),
    /// Too few witnesses cosigned.
    #[error(
        "{got} of {needed} needed witnesses cosigned the log at size {size}: {problems}; nothing new is published until they do"
    )]
    Witnesses {
        /// Cosignatures that count.
        got: usize,
        /// Cosignatures that the root file demands.
        needed: usize,
        /// Size of the checkpoint.
        size: u64,
        /// What each witness said.
        problems: String,
    },
}

/// Queues an entry, in the transaction of the change that it tells of. Call [`wake`] after the commit.
///
/// # Errors
/// [`ApiError::Fault`] for an entry that the log could not hold; nothing may be committed then.
pub(crate) async fn queue(
    app: &App,
    tx: &mut Tx,
    event: Event,
    publish: Option<&str>,
) -> Result<(), ApiError> {
    queue_from(app, tx, event, publish, false).await
}

/// The same for a revocation of a key that counts from its place in the log on.
///
/// # Errors
/// As [`queue`].
pub(crate) async fn queue_from_now(app: &App, tx: &mut Tx, event: Event) -> Result<(), ApiError> {
    queue_from(app, tx, event, None, true).await
}

async fn queue_from(
    app: &App,
    tx: &mut Tx,
    event: Event,
    publish: Option<&str>,
    from_now: bool,
) -> Result<(), ApiError> {
    // What can't be written later must not be queued: it would stop the log.
    let entry = Entry {
        at: app.clock.now(),
        event,
    };
    entry
        .to_bytes()
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    let queued = Queued {
        event: entry.event,
        from_now,
    };
    let bytes = serde_json::to_vec(&queued).map_err(|error| ApiError::Fault(error.to_string()))?;
    rows::queue(tx.connection(), &bytes, publish).await?;
    Ok(())
}

/// Wakes the sequencer.
pub(crate) fn wake(app: &App) {
    app.wake.sequence.notify_one();
}

/// Nothing was published yet: the service has just started.
pub(crate) fn not_ready() -> ApiError {
    crate::error::wait(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "service.starting",
        "the log has not been read yet",
        1,
    )
}

/// How long an answer waits for its entry to be published.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Waits until the catalogue says what was queued. The size of a published checkpoint that holds it; none if that took too
/// long.
pub(crate) async fn published_when(
    app: &App,
    done: impl Fn(&crate::catalogue::Catalogue) -> bool,
) -> Option<u64> {
    wake(app);
    let mut changed = app.wake.changed.subscribe();
    let wait = async {
        loop {
            {
                let catalogue = app.shelf.catalogue();
                if done(&catalogue) && app.shelf.shown() >= catalogue.size() {
                    return catalogue.size();
                }
            }
            if changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.ok()
}
