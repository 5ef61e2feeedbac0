//! The host: load, invoke, approve.

mod accounts;
mod audit;
mod builder;
mod cards;
mod chain;
mod decide;
mod ending;
mod erase;
mod granted;
mod invoke;
mod mandates;
mod metrics;
mod pay;
mod reads;
mod receipts;
mod refund;
mod release;
mod replay;
mod search;
mod secrets;
mod seeds;
mod skill;
mod threads;
mod transaction;
mod undo;
mod watch;

pub use accounts::ExportError;
pub use audit::{AuditReport, SignedHead};
pub use builder::HostBuilder;
pub use granted::GrantedFiles;
pub use pay::{OwnPayment, Payable, Purpose};
pub use receipts::VerifyError;
pub use refund::{Credited, Refund, RunCount};
pub use release::Release;
pub use skill::{LoadError, Skill};
pub use undo::{UndoLine, UndoReport};

use crate::approvals::Card;
use crate::capabilities::messages::ChannelError;
use crate::capabilities::network::egress::{Courier, Egress};
use crate::clock::{ClockError, wall_clock_ms};
use crate::engine::{CompiledCache, RunEngine};
use crate::guest::Guest;
use crate::invocation::{Executor, InvalidTenant, Tenant};
use crate::journal::{Journal, JournalError, PendingApproval, RunDetail, RunFilter, RunSummary};
use crate::limits::{HostLimits, Limits};
use crate::receipts::SigningKey;
use crate::secrets::SecretError;
use crate::values::ValueError;
use guildhall_package::Digest;
use metrics::Metrics;
use seeds::Seeds;
use skill::LoadedSkills;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use threads::Threads;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Linker;

/// A host of skills. Cheap to clone; all clones are one host.
///
/// It never prints, never reads the environment and never panics on what guests or files hold. Its threads end
/// with [`Host::shutdown`], or when the last clone is dropped.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    engine: RunEngine,
    linker: Linker<Guest>,
    cache: CompiledCache,
    skills: LoadedSkills,
    journal: Arc<Journal>,
    /// Where journal and cache are, if on disk: no skill may reach into it.
    state_dir: Option<PathBuf>,
    /// Components that were run, by digest, for replay.
    components: Option<PathBuf>,
    egress: Arc<Egress>,
    /// Peers on this machine, by name and port: where mail may go without TLS.
    plain_peers: Arc<[(String, u16)]>,
    executor: Executor,
    signing: SigningKey,
    /// Held while something is undone.
    undoing: tokio::sync::Mutex<()>,
    /// Calendar of proposed mandates.
    zone: String,
    metrics: Metrics,
    seeds: Seeds,
    limits: HostLimits,
    run_limits: Limits,
    /// Stops every run when the host shuts down.
    shutdown: CancellationToken,
    /// Stops every run of a digest.
    revoked: Mutex<HashMap<Digest, CancellationToken>>,
    /// What stops each run of this instance that is in the journal already.
    at_work: Mutex<HashMap<String, CancellationToken>>,
    tenants: Mutex<HashMap<Tenant, TenantRoom>>,
    threads: Threads,
}

/// What one tenant may use of this host at the same time.
#[derive(Clone)]
struct TenantRoom {
    runs: Arc<Semaphore>,
    /// Bytes in the journal as of the last write; none until it was asked.
    stored_bytes: Arc<Mutex<Option<i64>>>,
}

/// The host could not do what was asked, and no run came of it.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The skill has no such operation.
    #[error("there is no operation `{name}`; this skill has {}", list(.known))]
    UnknownOperation {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The operation can't be called.
    #[error("the operation `{name}` can't be called: {why}")]
    UnsupportedOperation {
        /// The operation.
        name: String,
        /// Which part of its type is the reason.
        why: String,
    },
    /// The input does not fit the operation's types.
    #[error("the input does not fit the operation: {0}")]
    Input(#[from] ValueError),
    /// A setting is unknown or of the wrong kind.
    #[error("{0}")]
    Setting(String),
    /// A tenant name can't be used.
    #[error(transparent)]
    Tenant(#[from] InvalidTenant),
    /// A secret can't be kept.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A channel can't be set up.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The clock can't be right: nothing is counted by it.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The host could not be set up.
    #[error("the host can't start: {0}")]
    Setup(String),
    /// A defect of the host.
    #[error("the host failed in a way it should not: {0}; nothing was performed")]
    Internal(String),
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

impl Host {
    /// A builder with defaults: everything in memory, public addresses only, compiling in this process.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Effect sets of a tenant that wait for a person, oldest first.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn pending(&self, tenant: &Tenant) -> Result<Vec<PendingApproval>, HostError> {
        self.inner.journal.expire(wall_clock_ms()).await?;
        Ok(self.inner.journal.pending(tenant.as_str()).await?)
    }

    /// The card of a run that waits for a decision; none if it does not, or is not this tenant's.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn card(&self, tenant: &Tenant, run: &str) -> Result<Option<Card>, HostError> {
        cards::card(&self.inner, tenant, run).await
    }

    /// Runs of a tenant, newest first.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn runs(
        &self,
        tenant: &Tenant,
        filter: RunFilter,
    ) -> Result<Vec<RunSummary>, HostError> {
        self.inner.journal.expire(wall_clock_ms()).await?;
        Ok(self.inner.journal.list(tenant.as_str(), filter).await?)
    }

    /// One run of a tenant with everything that was recorded.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn run(&self, tenant: &Tenant, run: &str) -> Result<Option<RunDetail>, HostError> {
        Ok(self.inner.journal.detail(tenant.as_str(), run).await?)
    }

    /// Removes ended runs of a tenant that began before a time (milliseconds since the Unix epoch). Returns how many.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn prune(&self, tenant: &Tenant, before_ms: i64) -> Result<u64, HostError> {
        let removed = self.inner.journal.prune(tenant.as_str(), before_ms).await?;
        self.inner.forget_stored_bytes(tenant);
        Ok(removed)
    }

    /// Revokes a digest: its runs stop now, its pending effects become void when somebody decides, and it never
    /// runs again on this journal.
    ///
    /// # Errors
    /// If the journal fails; the runs of this process are stopped all the same.
    pub async fn revoke(&self, digest: Digest, reason: &str) -> Result<(), HostError> {
        self.inner.stop_digest(digest);
        let reason = guildhall_package::text::plain(reason, 300);
        Ok(self
            .inner
            .journal
            .revoke(digest, reason, wall_clock_ms())
            .await?)
    }

    /// Every revoked digest with its reason.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn revocations(&self) -> Result<Vec<(Digest, String)>, HostError> {
        Ok(self.inner.journal.revocations().await?)
    }

    /// Whether instances come from a pool; without one, runs are slower.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.inner.engine.pooled
    }

    /// For requests that the program which embeds this host makes itself, such as those to a chat service: through the same
    /// egress as everything else. No guest gets at it, and no run records what goes through it.
    #[must_use]
    pub fn outgoing(&self) -> Courier {
        Courier::new(self.inner.egress.clone())
    }

    /// Stops every run and closes the journal. The host's threads end when its last clone is dropped.
    pub async fn shutdown(self) {
        self.inner.shutdown.cancel();
        self.inner.engine.engine.increment_epoch();
        self.inner.journal.close().await;
    }
}

impl Inner {
    /// The token that stops a digest's runs.
    fn revocation_token(&self, digest: Digest) -> CancellationToken {
        lock(&self.revoked).entry(digest).or_default().clone()
    }

    fn has_loaded(&self) -> bool {
        !lock(&self.revoked).is_empty()
    }

    /// Stops every run of a digest: its tokens fire, and the epoch makes spinning guests look.
    fn stop_digest(&self, digest: Digest) {
        self.revocation_token(digest).cancel();
        self.engine.engine.increment_epoch();
    }

    fn room(&self, tenant: &Tenant) -> TenantRoom {
        let mut tenants = lock(&self.tenants);
        // Looked up first: an entry would take a name of its own each time.
        if let Some(room) = tenants.get(tenant) {
            return room.clone();
        }
        tenants
            .entry(tenant.clone())
            .or_insert_with(|| TenantRoom {
                runs: Arc::new(Semaphore::new(self.limits.runs_at_once_per_tenant.max(1))),
                stored_bytes: Arc::new(Mutex::new(None)),
            })
            .clone()
    }

    fn forget_stored_bytes(&self, tenant: &Tenant) {
        *lock(&self.room(tenant).stored_bytes) = None;
    }
}

/// A panicking holder leaves maps that are still maps.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
