//! Setting up a host.

use super::metrics::Metrics;
use super::seeds::Seeds;
use super::skill::LoadedSkills;
use super::threads::Threads;
use super::{Host, HostError, Inner, watch};
use crate::capabilities::messages::MessageChannel;
use crate::capabilities::network::egress::{Egress, EgressConfig, LoopbackPeer, Transport};
use crate::capabilities::payments::{PaymentRail, built_in};
use crate::clock;
use crate::engine::{CompiledCache, Compiler, InProcessCompiler, RunEngine};
use crate::guest;
use crate::invocation::{AtWork, Executor};
use crate::journal::{DatabaseUrl, Journal, LEASE, Place, Sealing};
use crate::keys::{self, KeyFolder, KeySource, RunKeys, SecretKey32};
use crate::limits::{HostLimits, Limits};
use crate::mandates::check_zone;
use crate::receipts::signing_key;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Linker;

/// Builds a [`Host`]. Each method states its default.
#[derive(Default)]
pub struct HostBuilder {
    state_dir: Option<PathBuf>,
    limits: HostLimits,
    run_limits: Option<Limits>,
    egress: EgressConfig,
    transport: Option<Arc<dyn Transport>>,
    compiler: Option<Arc<dyn Compiler>>,
    keys: Option<Arc<dyn KeySource>>,
    rails: Vec<(String, Arc<dyn PaymentRail>)>,
    channels: BTreeMap<String, Arc<dyn MessageChannel>>,
    zone: Option<String>,
    database: Option<DatabaseUrl>,
    lease: Option<Duration>,
}

impl HostBuilder {
    /// Keeps journal and compiled code in this folder, which is created for this user alone. Default: in memory.
    #[must_use]
    pub fn state_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(path.into());
        self
    }

    /// Keeps the journal in this database of a PostgreSQL server, together with every other host that is given the same one: what
    /// one of them began is decided and finished by any. All need the same keys ([`HostBuilder::keys`], or copies of the key files).
    /// Default: a file in the state folder.
    #[must_use]
    pub fn database(mut self, url: DatabaseUrl) -> Self {
        self.database = Some(url);
        self
    }

    /// How long the other hosts over a database wait for one that they do not hear of any more, before they go on with what it
    /// has begun: the same for all of them. Default: one minute.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Limits of the host and of each tenant. Default: [`HostLimits::default`].
    #[must_use]
    pub const fn limits(mut self, limits: HostLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The most that any invocation may ask for. Default: [`Limits::ceiling`].
    #[must_use]
    pub const fn run_limits(mut self, limits: Limits) -> Self {
        self.run_limits = Some(limits);
        self
    }

    /// Egress: limits and named loopback peers. Default: public addresses only.
    #[must_use]
    pub fn egress(mut self, config: EgressConfig) -> Self {
        self.egress = config;
        self
    }

    /// Answers requests from elsewhere than the network; grants and rules hold all the same. Default: the network.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Who compiles. Default: [`InProcessCompiler`], which has no limit but the size of the component.
    #[must_use]
    pub fn compiler(mut self, compiler: Arc<dyn Compiler>) -> Self {
        self.compiler = Some(compiler);
        self
    }

    /// Where the host's own long-lived keys come from: `store` seals what is encrypted at rest, `receipts` signs. Default: files in
    /// the folder `keys` of the state folder that only this user can read, or memory for a host in memory.
    #[must_use]
    pub fn keys(mut self, keys: Arc<dyn KeySource>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Carries payments to accounts of a scheme, in the place of the rail that comes with the host. Default: `book` between
    /// accounts of this host, `bank-file` for IBANs.
    #[must_use]
    pub fn payment_rail(mut self, scheme: impl Into<String>, rail: Arc<dyn PaymentRail>) -> Self {
        self.rails.push((scheme.into(), rail));
        self
    }

    /// A channel for messages under this name, for every tenant; it comes before one that a merchant has set up. Default: none,
    /// only the webhooks and mail servers that merchants set up.
    #[must_use]
    pub fn message_channel(
        mut self,
        name: impl Into<String>,
        channel: Arc<dyn MessageChannel>,
    ) -> Self {
        self.channels.insert(name.into(), channel);
        self
    }

    /// Time zone by its IANA name, in which proposed mandates count days. Default: UTC.
    #[must_use]
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Starts the host and finishes what an earlier process left open.
    ///
    /// Must be awaited on a tokio runtime, as everything of the host.
    ///
    /// # Errors
    /// If there is no tokio runtime, the clock can't be right, the state folder can't be used, the journal can't be opened or the engine can't start.
    pub async fn build(self) -> Result<Host, HostError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(HostError::Setup("there is no tokio runtime".to_owned()));
        }
        clock::checked_ms()?;
        if let Some(folder) = &self.state_dir {
            crate::fsutil::create_private_dir(folder).map_err(|error| {
                HostError::Setup(format!(
                    "the state folder {} can't be used: {error}",
                    folder.display()
                ))
            })?;
        }
        let threads = Threads::start(self.limits.guest_threads)?;
        let engine = RunEngine::start().map_err(|error| HostError::Setup(error.to_string()))?;
        let linker = link(&engine).map_err(|error| HostError::Setup(format!("{error:#}")))?;
        let zone = self.zone.unwrap_or_else(|| "UTC".to_owned());
        check_zone(&zone).map_err(|error| HostError::Setup(error.to_string()))?;
        if self.database.is_some() && self.state_dir.is_none() && self.keys.is_none() {
            return Err(HostError::Setup(
                "a host over a database needs a state folder, or keys of its own".to_owned(),
            ));
        }
        let keys = Keys::of(self.state_dir.as_deref(), self.keys)
            .map_err(|error| HostError::Setup(error.to_string()))?;
        let sealing = Sealing::new(keys.store, keys.runs)?;
        let (folder, queue) = (self.state_dir.clone(), self.limits.writer_queue);
        let (database, lease) = (self.database, self.lease.unwrap_or(LEASE));
        let open = async move {
            let place = match (&database, folder.as_deref()) {
                (Some(url), folder) => Place::Server { url, folder },
                (None, Some(folder)) => Place::Folder(folder),
                (None, None) => Place::Memory,
            };
            Journal::open(place, queue, sealing, lease).await
        };
        let journal = threads
            .service()
            .spawn(open)
            .await
            .map_err(|error| HostError::Setup(error.to_string()))??;
        let signing = signing_key(&keys.receipts);
        journal
            .same_key(keys::RECEIPTS, signing.public().to_string())
            .await?;
        let plain_peers = self.egress.peers.iter().map(LoopbackPeer::place).collect();
        let egress = match self.transport {
            Some(transport) => {
                Egress::with_transport(self.egress.limits, transport).naming(&self.egress.peers)
            }
            None => Egress::new(&self.egress)
                .map_err(|error| HostError::Setup(format!("TLS: {error}")))?,
        };
        let state_dir = match &self.state_dir {
            Some(folder) => Some(folder.canonicalize().map_err(|error| {
                HostError::Setup(format!(
                    "the state folder {} can't be found: {error}",
                    folder.display()
                ))
            })?),
            None => None,
        };
        let compiler = self.compiler.unwrap_or_else(|| Arc::new(InProcessCompiler));
        let components = self
            .state_dir
            .as_ref()
            .map(|folder| folder.join("components"));
        if let Some(folder) = &components {
            crate::fsutil::create_private_dir(folder)
                .map_err(|error| HostError::Setup(format!("the folder of components: {error}")))?;
        }
        let cache = CompiledCache::new(
            self.state_dir.map(|folder| folder.join("compiled")),
            compiler,
        );
        let (journal, egress) = (Arc::new(journal), Arc::new(egress));
        let mut rails = built_in(&journal);
        for (scheme, rail) in self.rails {
            rails.set(scheme, rail);
        }
        let executor = Executor {
            journal: journal.clone(),
            rails,
            egress: egress.clone(),
            channels: Arc::new(self.channels),
            at_work: AtWork::default(),
        };
        let inner = Arc::new(Inner {
            engine,
            linker,
            cache,
            skills: LoadedSkills::default(),
            journal,
            state_dir,
            components,
            egress,
            executor,
            signing,
            undoing: tokio::sync::Mutex::new(()),
            zone,
            plain_peers,
            metrics: Metrics::new(),
            seeds: Seeds::new()?,
            limits: self.limits,
            run_limits: self.run_limits.unwrap_or_else(Limits::ceiling),
            shutdown: CancellationToken::new(),
            revoked: Mutex::default(),
            at_work: Mutex::default(),
            tenants: Mutex::default(),
            threads,
        });
        watch::finish_what_was_left(&inner).await?;
        watch::begin(&inner);
        Ok(Host { inner })
    }
}

/// The keys that a host starts with.
struct Keys {
    store: SecretKey32,
    receipts: SecretKey32,
    runs: RunKeys,
}

impl Keys {
    /// From the given source, or from the state folder. Keys of runs are always the host's own: they live shorter than it.
    fn of(
        state: Option<&std::path::Path>,
        source: Option<Arc<dyn KeySource>>,
    ) -> Result<Self, crate::keys::KeyError> {
        let folder = match state {
            Some(state) => KeyFolder::open(&state.join("keys"))?,
            None => KeyFolder::in_memory(),
        };
        let source: &dyn KeySource = source.as_deref().unwrap_or(&folder);
        Ok(Self {
            store: source.secret(keys::STORE)?,
            receipts: source.secret(keys::RECEIPTS)?,
            runs: folder.run_keys()?,
        })
    }
}

fn link(engine: &RunEngine) -> wasmtime::Result<Linker<guest::Guest>> {
    let mut linker = Linker::new(&engine.engine);
    crate::capabilities::add_to_linker(&mut linker)?;
    guest::add_wasi_to_linker(&mut linker)?;
    Ok(linker)
}
