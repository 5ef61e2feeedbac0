//! How often somebody may ask: by client address and by account.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::http::{HeaderMap, StatusCode};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use crate::config::Limits;
use crate::error::{ApiError, wait};

/// Burst of reads as a multiple of what is allowed per second.
const BURST: u32 = 4;
/// Keys in a limiter at which those that are at rest are thrown out.
const MANY: usize = 10_000;

/// The limiters of one process.
#[derive(Debug)]
pub struct RateLimits {
    reads: DefaultKeyedRateLimiter<IpAddr>,
    logins: DefaultKeyedRateLimiter<IpAddr>,
    orders: DefaultKeyedRateLimiter<IpAddr>,
    writes: DefaultKeyedRateLimiter<String>,
    reports: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

fn number(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}

impl RateLimits {
    /// Limiters after the operator's figures.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let per_second = Quota::per_second(number(limits.reads_per_second))
            .allow_burst(number(limits.reads_per_second.saturating_mul(BURST)));
        Self {
            reads: RateLimiter::keyed(per_second),
            logins: RateLimiter::keyed(Quota::per_minute(number(limits.logins_per_minute))),
            orders: RateLimiter::keyed(Quota::per_minute(number(limits.orders_per_minute))),
            writes: RateLimiter::keyed(Quota::per_minute(number(limits.writes_per_minute))),
            reports: RateLimiter::keyed(Quota::per_hour(number(limits.reports_per_hour))),
            clock: DefaultClock::default(),
        }
    }

    /// A request of this address that needs the database.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn read(&self, client: IpAddr) -> Result<(), ApiError> {
        self.check(&self.reads, &network(client), "requests from your address")
    }

    /// An attempt to log in or to make an account from this address.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn login(&self, client: IpAddr) -> Result<(), ApiError> {
        self.check(&self.logins, &network(client), "attempts from your address")
    }

    /// A request about money from this address: anybody can make a key and sign with it.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn order(&self, client: IpAddr) -> Result<(), ApiError> {
        self.check(&self.orders, &network(client), "orders from your address")
    }

    /// A request of this account that changes something.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn write(&self, account: &str) -> Result<(), ApiError> {
        self.check(&self.writes, &account.to_owned(), "changes by your account")
    }

    /// A report of abuse from this address.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn report(&self, client: IpAddr) -> Result<(), ApiError> {
        self.check(&self.reports, &network(client), "reports from your address")
    }

    fn check<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
        what: &str,
    ) -> Result<(), ApiError> {
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|refused| {
            let time = refused.wait_time_from(self.clock.now());
            wait(
                StatusCode::TOO_MANY_REQUESTS,
                "rate.too-many",
                format!("there were too many {what}"),
                // Rounded up: who comes back then is let in.
                time.as_secs() + 1,
            )
        })
    }
}

/// What one client has: an address, or the /64 of IPv6 that a subscriber gets.
#[must_use]
pub fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

/// Whose request it is: the peer, unless that is a proxy that the operator trusts. Then the last address of
/// `X-Forwarded-For` that is not one as well: everything before it anybody can write.
#[must_use]
pub fn client(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
        peer.ip().to_canonical()
    });
    let is_proxy = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_proxy(&peer) {
        return peer;
    }
    let mut hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .rev()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','));
    let mut nearest = peer;
    for hop in &mut hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address.to_canonical();
        if !is_proxy(&nearest) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        headers
    }

    fn of(peer: &str, values: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client(Some(peer.parse().unwrap()), &headers(values), &trusted).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        assert_eq!(of("203.0.113.9:1", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(
            of("203.0.113.9:1", &["198.51.100.1"], &["10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(
            of("10.0.0.2:1", &["198.51.100.1"], &["10.0.0.0/8"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn what_a_client_wrote_in_front_does_not_count() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(
            of("10.0.0.2:1", &["127.0.0.1, 198.51.100.1"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(
            of(
                "10.0.0.2:1",
                &["1.1.1.1", "198.51.100.1, 10.0.0.7"],
                &proxies
            ),
            "198.51.100.1"
        );
        assert_eq!(
            of("10.0.0.2:1", &["198.51.100.1, nonsense"], &proxies),
            "10.0.0.2"
        );
        assert_eq!(of("10.0.0.2:1", &[], &proxies), "10.0.0.2");
        assert_eq!(
            of("[::ffff:10.0.0.2]:1", &["198.51.100.1"], &proxies),
            "198.51.100.1"
        );
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one_client() {
        let a = network("2001:db8:1:2:aaaa::1".parse().unwrap());
        let b = network("2001:db8:1:2:bbbb::2".parse().unwrap());
        assert_eq!(a, b);
        assert_ne!(a, network("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()).to_string(),
            "192.0.2.1"
        );
    }

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back() {
        let limits = RateLimits::new(&Limits {
            logins_per_minute: 2,
            ..Limits::default()
        });
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        assert!(limits.login(client).is_ok());
        assert!(limits.login(client).is_ok());
        let problem = limits.login(client).unwrap_err().problem();
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (429, "rate.too-many")
        );
        assert!((1..=31).contains(&problem.retry_after.unwrap()));
        assert!(limits.login("192.0.2.2".parse().unwrap()).is_ok());
    }

    proptest! {
        /// Without a trusted proxy nothing that a client sends changes who it is.
        #[test]
        fn no_header_makes_somebody_else_of_a_stranger(values in prop::collection::vec("[ -~]{0,40}", 0..4)) {
            let mut map = HeaderMap::new();
            for value in &values {
                map.append("x-forwarded-for", value.parse().unwrap());
            }
            let peer: SocketAddr = "203.0.113.9:5".parse().unwrap();
            prop_assert_eq!(client(Some(peer), &map, &[]), peer.ip());
        }
    }
}
