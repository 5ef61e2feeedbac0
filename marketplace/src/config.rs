//! What an operator decides. Nothing here comes from a request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use guildhall_package::trust::log::VerifierKey;
use ipnet::IpNet;

use crate::clock::Clock;
use crate::money::MoneyConfig;

/// How a marketplace runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen at. Port 0: any that is free.
    pub listen: SocketAddr,
    /// Database: `sqlite:///PATH` or `postgres://USER@HOST/NAME`.
    pub database: String,
    /// Folder for blobs. Shared by all processes over one database.
    pub blobs: PathBuf,
    /// Folder with the marketplace's keys and root files, private to the user.
    pub keys: PathBuf,
    /// Identity of the log: the first line of its checkpoints and the name of its key. A host name with a path is best; no
    /// spaces, no `+`. Never changes.
    pub origin: String,
    /// Address under which people reach it, as `https://market.example`. Cookies are for encrypted connections only if this
    /// begins with `https`. Default: `http://` and the address it listens at.
    pub public_url: Option<url::Url>,
    /// Who runs it, as the pages tell it. Default: nobody has said.
    pub operator: Option<String>,
    /// How to reach who runs it: an https address or an e-mail address, as the pages tell it. Default: nobody has said.
    pub contact: Option<String>,
    /// Whether anybody may make an account.
    pub registration: Registration,
    /// Witnesses that are asked to cosign. Which of them count, and how many are needed, says the root file.
    pub witnesses: Vec<WitnessAddress>,
    /// Reviews at work at once in this process. Default 2.
    pub reviews: usize,
    /// Time that a review may take. Default 60 s.
    pub review_limit: Duration,
    /// Proxies whose `X-Forwarded-For` is believed. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// Addresses that may read `/metrics`. Default: this machine.
    pub metrics_from: Vec<IpNet>,
    /// Names that no publisher gets, besides those that are reserved anyway.
    pub reserved_names: Vec<String>,
    /// What is sold, to whom it is paid, and how it is shared.
    pub money: MoneyConfig,
    /// How much is taken at once.
    pub limits: Limits,
    /// The clock. Only tests move it.
    pub clock: Clock,
}

/// Whether anybody may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Anybody.
    Open,
    /// Nobody: accounts are made on the server.
    Closed,
}

/// A witness and where it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessAddress {
    /// Its address, without `add-checkpoint`.
    pub url: url::Url,
    /// Its key.
    pub key: VerifierKey,
    /// Who runs it, as the pages tell it. None: nobody has said.
    pub operator: Option<String>,
}

/// How much is taken at once, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests at work at once; more are told to come back. Default 512.
    pub in_flight: usize,
    /// Connections at once; more wait to be taken. Default 4,096.
    pub connections: usize,
    /// Time for the head of a request, and for the next one on a connection that is kept. Default 20 s.
    pub head_time: Duration,
    /// Listeners to events at once. Default 2,000.
    pub listeners: usize,
    /// Components being checked at once: each may need its size in memory several times. Default 4.
    pub checks: usize,
    /// Longest time for one request, upload included. Default 120 s.
    pub request_time: Duration,
    /// Requests to the JSON API that change something, per account and minute. Default 600.
    pub writes_per_minute: u32,
    /// Requests per client address and second that need the database. Default 50, with bursts of 200.
    pub reads_per_second: u32,
    /// Attempts to log in or to make an account, per client address and minute. Default 20.
    pub logins_per_minute: u32,
    /// Reports of abuse per client address and hour. Default 10.
    pub reports_per_hour: u32,
    /// Requests about money that no account stands behind, per client address and minute. Default 120.
    pub orders_per_minute: u32,
    /// Memory for blobs and tiles that are served often, in bytes. Default 256 MiB.
    pub cache_bytes: u64,
    /// Refunded orders that a status lists at most, those first whose licences end last. Default 30,000.
    pub refunded_listed: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 512,
            connections: 4_096,
            head_time: Duration::from_secs(20),
            listeners: 2_000,
            checks: 4,
            request_time: Duration::from_secs(120),
            writes_per_minute: 600,
            reads_per_second: 50,
            logins_per_minute: 20,
            reports_per_hour: 10,
            orders_per_minute: 120,
            cache_bytes: 256 << 20,
            refunded_listed: 30_000,
        }
    }
}

impl Config {
    /// A marketplace on this machine only, with its state below `folder` in SQLite.
    #[must_use]
    pub fn local(folder: &std::path::Path, origin: &str) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: format!(
                "sqlite://{}?mode=rwc",
                folder.join("marketplace.sqlite").display()
            ),
            blobs: folder.join("blobs"),
            keys: folder.join("keys"),
            origin: origin.to_owned(),
            public_url: None,
            operator: None,
            contact: None,
            registration: Registration::Open,
            witnesses: Vec::new(),
            reviews: 2,
            review_limit: Duration::from_secs(60),
            trusted_proxies: Vec::new(),
            metrics_from: vec![
                IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
                IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)),
            ],
            reserved_names: Vec::new(),
            money: MoneyConfig::of_origin(origin),
            limits: Limits::default(),
            clock: Clock::default(),
        }
    }
}
