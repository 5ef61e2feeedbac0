//! What all parts of one process share.

use std::ops::Deref;
use std::sync::Arc;

use guildhall_package::trust::SigningKey;
use guildhall_web::contact::Public;
use guildhall_web::cookie::Cookie;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::blobs::Blobs;
use crate::catalogue::Shelf;
use crate::clock::Clock;
use crate::config::Config;
use crate::downloads::Downloads;
use crate::limits::RateLimits;
use crate::log::tiles::TileReader;
use crate::metrics::Metrics;
use crate::store::Store;

/// Hashes of passwords computed at once: each needs 19 MiB and a core.
const HASHES: usize = 2;

/// Shared state; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The state itself.
pub struct Inner {
    /// What the operator decided.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// The blobs.
    pub blobs: Blobs,
    /// Signs checkpoints and the status.
    pub log_key: SigningKey,
    /// Signs review statements.
    pub review_key: SigningKey,
    /// What is released, in memory.
    pub shelf: Shelf,
    /// The log's files.
    pub tiles: TileReader,
    /// How often releases were downloaded.
    pub downloads: Downloads,
    /// Under which address people reach it.
    pub public: Public,
    /// The cookie of a browser.
    pub cookie: Cookie,
    /// How often somebody may ask.
    pub limits: RateLimits,
    /// Asks witnesses.
    pub http: reqwest::Client,
    /// Figures.
    pub metrics: Metrics,
    /// What wakes whom.
    pub wake: Wake,
    /// Bounds hashing of passwords.
    pub hashing: Semaphore,
    /// Bounds checking of uploads.
    pub checking: Semaphore,
    /// Bounds listeners to events.
    pub listeners: Arc<Semaphore>,
    /// This process, among those over one database.
    pub instance: String,
    /// Ends everything.
    pub stop: CancellationToken,
}

/// Local wake-ups. What another process does is noticed by looking.
#[derive(Debug)]
pub struct Wake {
    /// There is something to review.
    pub review: Notify,
    /// There is something to log.
    pub sequence: Notify,
    /// There is a newer published state of the log: its size. The shelf follows it.
    pub published: watch::Sender<u64>,
    /// A publish changed its state: counts up.
    pub changed: watch::Sender<u64>,
}

impl Wake {
    fn new() -> Self {
        Self {
            review: Notify::new(),
            sequence: Notify::new(),
            published: watch::Sender::new(0),
            changed: watch::Sender::new(0),
        }
    }

    /// Says that a publish changed its state.
    pub fn publish_changed(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// If there is no memory for the index.
    pub fn new(
        config: Config,
        store: Store,
        blobs: Blobs,
        (log_key, review_key): (SigningKey, SigningKey),
        root: crate::log::root::Roots,
        (http, public): (reqwest::Client, Public),
    ) -> Result<Self, crate::search::SearchError> {
        let limits = RateLimits::new(&config.limits);
        let tiles = TileReader::new(store.clone(), config.limits.cache_bytes / 4);
        Ok(Self(Arc::new(Inner {
            clock: config.clock.clone(),
            limits,
            tiles,
            downloads: Downloads::default(),
            cookie: Cookie::new("guildhall", public.is_https()),
            public,
            http,
            metrics: Metrics::new(),
            wake: Wake::new(),
            hashing: Semaphore::new(HASHES),
            checking: Semaphore::new(config.limits.checks.max(1)),
            listeners: Arc::new(Semaphore::new(config.limits.listeners)),
            instance: uuid::Uuid::now_v7().to_string(),
            stop: CancellationToken::new(),
            shelf: Shelf::new(root)?,
            store,
            blobs,
            log_key,
            review_key,
            config,
        })))
    }
}
