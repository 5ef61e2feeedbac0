//! What the program that embeds the console decides. Nothing here comes from a request.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use guildhall_host::Amount;
use guildhall_web::clock::Clock;
use ipnet::IpNet;

use crate::doors::tls::Tls;
use crate::mcp::Prefixes;
use crate::store;

/// Port of a console that is told nothing else.
pub const PORT: u16 = 8470;

/// How a console runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen at. Port 0: any that is free. Default: port 8470 of this machine only.
    pub listen: SocketAddr,
    /// Database of the console itself: `sqlite:///PATH` or `postgres://USER@HOST/NAME`.
    pub database: String,
    /// The host's state folder.
    pub state: PathBuf,
    /// Address under which people reach it, as `https://console.example`. Default: `http://localhost` and the port. It is a
    /// name and no number, because passkeys belong to names.
    pub public_url: Option<url::Url>,
    /// Proxies whose `X-Forwarded-For` is believed. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// Amounts above which who approves has to sign in again. Default, and in currencies that are not named: 1,000 units.
    pub ask_again_above: Vec<Amount>,
    /// How much is taken at once.
    pub limits: Limits,
    /// Certificate and key, for TLS. Default: none, connections are not encrypted.
    pub tls: Option<Tls>,
    /// What the names of a skill's tools begin with, in the place of the skill's name. May be empty.
    pub tool_prefixes: Prefixes,
    /// The clock. Only tests move it.
    pub clock: Clock,
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
    /// Longest time until an answer begins. Default 120 s.
    pub request_time: Duration,
    /// Listeners to events at once. Default 2,000.
    pub listeners: usize,
    /// Requests per client address and second. Default 500, with bursts of 2,000: agents and programs ask often, and a whole
    /// office may have one address.
    pub requests_per_second: u32,
    /// Requests that change something and come without a token, per client address and minute. Default 240.
    pub writes_per_minute: u32,
    /// Longest request in bytes, files included. Most routes take much less. Default 208 MiB.
    pub body_bytes: usize,
    /// Attempts to sign in per client address and minute. Default 20.
    pub logins_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 512,
            connections: 4_096,
            head_time: Duration::from_secs(20),
            request_time: Duration::from_secs(120),
            listeners: 2_000,
            requests_per_second: 500,
            writes_per_minute: 240,
            body_bytes: 208 << 20,
            logins_per_minute: 20,
        }
    }
}

impl Config {
    /// A console on this machine only, with its database in the host's state folder.
    #[must_use]
    pub fn local(state: &Path) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            database: store::url(&store::file(state)),
            state: state.to_owned(),
            public_url: None,
            trusted_proxies: Vec::new(),
            ask_again_above: Vec::new(),
            limits: Limits::default(),
            tls: None,
            tool_prefixes: Prefixes::new(),
            clock: Clock::default(),
        }
    }
}
