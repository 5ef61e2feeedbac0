//! Which IP addresses a skill may reach: those of the public internet, and no others.
//!
//! Source of the ranges: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 as updated by
//! RFC 8190; CC0-1.0; IPv4 as of 2020-09-04, IPv6 as of 2024-10-22), the IPv4 multicast block (RFC 5771) and the IPv6
//! address architecture (RFC 4291: only `2000::/3` is assigned for global unicast). Blocks that the registries
//! call globally reachable but that hold no web server (AS112, AMT, protocol anycast, NAT64) are left out as well.
//! Metadata addresses: the documentation of AWS, Azure, Google Cloud, Oracle and Alibaba Cloud, 2025.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const METADATA: &str = "an address where clouds hand out credentials of the machine";

/// Addresses with a name of their own. Some lie in ranges below; 168.63.129.16 is in none.
const METADATA_V4: [Ipv4Addr; 5] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

const SPECIAL_V4: [(Ipv4Net, &str); 19] = [
    (v4(0, 0, 0, 8), "an address of \"this network\""),
    (v4(10, 0, 0, 8), "a private address"),
    (
        v4(100, 64, 0, 10),
        "an address shared behind a carrier's NAT",
    ),
    (v4(127, 0, 0, 8), "a loopback address"),
    (v4(169, 254, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 12), "a private address"),
    (v4(192, 0, 0, 24), "reserved for protocol assignments"),
    (v4(192, 0, 2, 24), "reserved for documentation"),
    (v4(192, 31, 196, 24), "reserved for AS112"),
    (v4(192, 52, 193, 24), "reserved for multicast tunnels"),
    (v4(192, 88, 99, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 16), "a private address"),
    (v4(192, 175, 48, 24), "reserved for AS112"),
    (v4(198, 18, 0, 15), "reserved for benchmarks"),
    (v4(198, 51, 100, 24), "reserved for documentation"),
    (v4(203, 0, 113, 24), "reserved for documentation"),
    (v4(224, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 4), "reserved, or broadcast"),
    // 255.255.255.255 lies in 240.0.0.0/4; the registry lists it by itself.
    (
        Ipv4Net::new_assert(Ipv4Addr::BROADCAST, 32),
        "the broadcast address",
    ),
];

/// Outside of `2000::/3` nothing is global; the ranges there are listed for their reason only.
const SPECIAL_V6: [(Ipv6Net, &str); 19] = [
    (
        Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
        "the unspecified address",
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
        "the loopback address",
    ),
    (
        v6(0x64, 0xff9b, 0, 96),
        "a NAT64 address, behind which any IPv4 address can be",
    ),
    (v6(0x64, 0xff9b, 1, 48), "a local NAT64 address"),
    (v6(0x100, 0, 0, 64), "reserved to be discarded"),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64),
        "a dummy address",
    ),
    (
        v6(0x2001, 0, 0, 32),
        "a Teredo address, behind which any IPv4 address can be",
    ),
    (v6(0x2001, 0x2, 0, 48), "reserved for benchmarks"),
    (v6(0x2001, 0, 0, 23), "reserved for protocol assignments"),
    (v6(0x2001, 0xdb8, 0, 32), "reserved for documentation"),
    (
        v6(0x2002, 0, 0, 16),
        "a 6to4 address, behind which any IPv4 address can be",
    ),
    (v6(0x2620, 0x4f, 0x8000, 48), "reserved for AS112"),
    (v6(0x3ffe, 0, 0, 16), "of the 6bone, which was switched off"),
    (v6(0x3fff, 0, 0, 20), "reserved for documentation"),
    (v6(0x5f00, 0, 0, 16), "reserved for segment routing"),
    (v6(0xfc00, 0, 0, 7), "a private (unique local) address"),
    (v6(0xfe80, 0, 0, 10), "a link-local address"),
    (v6(0xfec0, 0, 0, 10), "a site-local address"),
    (v6(0xff00, 0, 0, 8), "a multicast address"),
];

const GLOBAL_UNICAST_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// `Ok` if `address` is on the public internet. An address of a machine of one's own that is public cannot be told
/// from others.
///
/// # Errors
/// The reason, to be read after "which is".
pub fn check_global(address: IpAddr) -> Result<(), &'static str> {
    match address {
        IpAddr::V4(address) => check_v4(address),
        IpAddr::V6(address) => check_v6(address),
    }
}

fn check_v4(address: Ipv4Addr) -> Result<(), &'static str> {
    if METADATA_V4.contains(&address) {
        return Err(METADATA);
    }
    first_match(
        SPECIAL_V4
            .iter()
            .map(|(net, reason)| (net.contains(&address), *reason)),
    )
}

fn check_v6(address: Ipv6Addr) -> Result<(), &'static str> {
    if let Some(embedded) = address.to_ipv4_mapped() {
        // The operating system dials the IPv4 address.
        return check_v4(embedded);
    }
    if METADATA_V6.contains(&address) {
        return Err(METADATA);
    }
    first_match(
        SPECIAL_V6
            .iter()
            .map(|(net, reason)| (net.contains(&address), *reason)),
    )?;
    if let [0, 0, 0, 0, 0, 0, _, _] = address.segments() {
        return Err("an IPv4-compatible address, which is no longer in use");
    }
    if GLOBAL_UNICAST_V6.contains(&address) {
        Ok(())
    } else {
        Err("not assigned to the public internet")
    }
}

fn first_match(mut checks: impl Iterator<Item = (bool, &'static str)>) -> Result<(), &'static str> {
    match checks.find(|(hit, _)| *hit) {
        Some((_, reason)) => Err(reason),
        None => Ok(()),
    }
}
