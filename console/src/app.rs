//! What all parts of one console share.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use guildhall_host::Host;
use guildhall_web::clock::Clock;
use guildhall_web::contact::Public;
use guildhall_web::cookie::Cookie;
use guildhall_web::extract::Proxies;
use guildhall_web::limits::Rate;
use guildhall_web::store::Store;
use ipnet::IpNet;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::agents::{AgentHost, Handles};
use crate::api::work::Work;
use crate::channels::Chats;
use crate::chosen::Chosen;
use crate::config::{Config, Limits};
use crate::doors::Doors;
use crate::host_door::HostDoor;
use crate::live::Live;
use crate::shelf::Shelf;
use crate::started::Started;

/// Hashes of passwords computed at once: each needs 19 MiB and a core.
const HASHES: usize = 2;
/// Burst of requests as a multiple of what is allowed per second.
const BURST: u32 = 4;
/// Name of the cookie. Cookies don't know ports: a marketplace on the same machine has one of another name.
const COOKIE: &str = "guildhall-console";

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
    /// What was decided when it was started.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The console's own database.
    pub store: Store,
    /// What is installed.
    pub shelf: Arc<dyn Shelf>,
    /// What the merchant set for skills.
    pub chosen: Chosen,
    /// The host, for people.
    pub host: HostDoor,
    /// The host, for agents: it decides nothing.
    pub agents: AgentHost,
    /// The cookie of sessions and forms.
    pub cookie: Cookie,
    /// Under which address people reach it.
    pub public: Public,
    /// How often somebody may ask.
    pub limits: RateLimits,
    /// Tells browsers what changed.
    pub live: Live,
    /// What chats share.
    pub chats: Chats,
    /// Runs that people started from a page of this process.
    pub started: Started,
    /// Runs that programs asked for, while they are at work.
    pub work: Work,
    /// What stands before every request.
    pub doors: Doors,
    /// Bounds hashing of passwords.
    pub hashing: Semaphore,
    /// Ends everything.
    pub stop: CancellationToken,
}

/// How often somebody may ask: the limiters of one process.
#[derive(Debug)]
pub struct RateLimits {
    /// Requests, by the client's network.
    pub request: Rate<IpAddr>,
    /// Requests that change something and come without a token, by the client's network.
    pub write: Rate<IpAddr>,
    /// Attempts to sign in, by the client's network.
    pub login: Rate<IpAddr>,
    /// Requests of a program, by its token.
    pub token: Rate<String>,
}

impl RateLimits {
    fn new(limits: &Limits) -> Self {
        let per_second = limits.requests_per_second;
        Self {
            request: Rate::per_second(
                per_second,
                per_second.saturating_mul(BURST),
                "requests from your address",
            ),
            token: Rate::per_second(
                per_second,
                per_second.saturating_mul(BURST),
                "requests with this token",
            ),
            write: Rate::per_minute(limits.writes_per_minute, "changes from your address"),
            login: Rate::per_minute(limits.logins_per_minute, "attempts from your address"),
        }
    }
}

/// What the program that embeds the console gives it.
pub struct Parts {
    /// The host. Who made it shuts it down, after the console.
    pub host: Host,
    /// What is installed.
    pub shelf: Arc<dyn Shelf>,
    /// Names runs to agents: the same after every start.
    pub handles: Handles,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        config: Config,
        store: Store,
        Parts {
            host,
            shelf,
            handles,
        }: Parts,
        public: Public,
    ) -> Self {
        let chosen = Chosen::of_store(store.clone());
        Self(Arc::new(Inner {
            clock: config.clock.clone(),
            limits: RateLimits::new(&config.limits),
            live: Live::new(config.limits.listeners),
            cookie: Cookie::new(COOKIE, public.is_https()),
            chats: Chats::new(host.outgoing(), &config.state),
            started: Started::default(),
            work: Work::default(),
            doors: Doors::new(&config, &public),
            hashing: Semaphore::new(HASHES),
            stop: CancellationToken::new(),
            agents: AgentHost::new(host.clone(), handles, chosen.clone()),
            chosen,
            host: HostDoor::new(host),
            store,
            shelf,
            public,
            config,
        }))
    }

    /// An address of this console, from a path that begins with `/`: for links outside of pages.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public.url())
    }
}

impl Proxies for App {
    fn trusted_proxies(&self) -> &[IpNet] {
        &self.config.trusted_proxies
    }
}
