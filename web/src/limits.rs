//! How often somebody may ask, and who that is: by client address, by account, by token.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::http::{HeaderMap, StatusCode};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use crate::error::{ApiError, wait};

/// Keys in a limiter at which those that are at rest are thrown out.
const MANY: usize = 10_000;

/// How often each of many may do something.
#[derive(Debug)]
pub struct Rate<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    what: &'static str,
    clock: DefaultClock,
}

fn number(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}

impl<K: Hash + Eq + Clone> Rate<K> {
    fn new(quota: Quota, what: &'static str) -> Self {
        Self {
            limiter: RateLimiter::keyed(quota),
            what,
            clock: DefaultClock::default(),
        }
    }

    /// So many a second, and `burst` at once of who was quiet before. `what` there were too many of, as the refusal says it:
    /// `requests from your address`.
    #[must_use]
    pub fn per_second(count: u32, burst: u32, what: &'static str) -> Self {
        Self::new(
            Quota::per_second(number(count)).allow_burst(number(burst)),
            what,
        )
    }

    /// So many a minute, at once or one by one.
    #[must_use]
    pub fn per_minute(count: u32, what: &'static str) -> Self {
        Self::new(Quota::per_minute(number(count)), what)
    }

    /// So many an hour, at once or one by one.
    #[must_use]
    pub fn per_hour(count: u32, what: &'static str) -> Self {
        Self::new(Quota::per_hour(number(count)), what)
    }

    /// Counts one more of this key.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub fn check(&self, key: &K) -> Result<(), ApiError> {
        if self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|refused| {
            let time = refused.wait_time_from(self.clock.now());
            wait(
                StatusCode::TOO_MANY_REQUESTS,
                "rate.too-many",
                format!("there were too many {}", self.what),
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
        let limit = Rate::per_minute(2, "attempts from your address");
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        assert!(limit.check(&client).is_ok());
        assert!(limit.check(&client).is_ok());
        let problem = limit.check(&client).unwrap_err().problem();
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (429, "rate.too-many")
        );
        assert!((1..=31).contains(&problem.retry_after.unwrap()));
        assert!(limit.check(&"192.0.2.2".parse().unwrap()).is_ok());
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
