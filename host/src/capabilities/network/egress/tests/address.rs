use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

use super::super::address::check_global;

/// The registry once more, written down apart from the code, with the exceptions the code makes on purpose.
const NOT_GLOBAL_V4: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 \
    192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 \
    198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 168.63.129.16/32";

/// Within 2000::/3.
const NOT_GLOBAL_V6: &str =
    "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3ffe::/16 3fff::/20";

const ELSEWHERE_V6: &str = "::/128 ::1/128 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 5f00::/16 \
    fc00::/7 fe80::/10 fec0::/10 ff00::/8 4000::/3 e000::/4 fd00:ec2::254/128 fd20:ce::254/128";

fn nets<N: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Vec<N> {
    text.split_whitespace()
        .map(|net| net.parse().unwrap())
        .collect()
}

fn expected(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !nets::<Ipv4Net>(NOT_GLOBAL_V4)
            .iter()
            .any(|net| net.contains(&v4)),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => expected(v4.into()),
            None => {
                "2000::/3".parse::<Ipv6Net>().unwrap().contains(&v6)
                    && !nets::<Ipv6Net>(NOT_GLOBAL_V6)
                        .iter()
                        .any(|net| net.contains(&v6))
            }
        },
    }
}

fn global(address: impl Into<IpAddr>) -> bool {
    check_global(address.into()).is_ok()
}

/// First and last address of a range, and their neighbours outside.
fn edges(net: &IpNet) -> Vec<IpAddr> {
    match net {
        IpNet::V4(net) => {
            let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
            [
                Some(first),
                Some(last),
                first.checked_sub(1),
                last.checked_add(1),
            ]
            .into_iter()
            .flatten()
            .map(|bits| Ipv4Addr::from(bits).into())
            .collect()
        }
        IpNet::V6(net) => {
            let (first, last) = (u128::from(net.network()), u128::from(net.broadcast()));
            [
                Some(first),
                Some(last),
                first.checked_sub(1),
                last.checked_add(1),
            ]
            .into_iter()
            .flatten()
            .map(|bits| Ipv6Addr::from(bits).into())
            .collect()
        }
    }
}

#[test]
fn every_special_range_ends_where_the_registry_says() {
    for net in nets::<IpNet>(&format!(
        "{NOT_GLOBAL_V4} {NOT_GLOBAL_V6} {ELSEWHERE_V6} 2000::/3"
    )) {
        for address in edges(&net) {
            assert_eq!(
                global(address),
                expected(address),
                "{address} at an edge of {net}"
            );
        }
    }
}

#[test]
fn public_addresses_are_global() {
    for text in [
        "8.8.8.8",
        "1.1.1.1",
        "91.198.174.192",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
    ] {
        assert_eq!(check_global(text.parse().unwrap()), Ok(()), "{text}");
    }
}

#[test]
fn metadata_addresses_are_refused_as_such() {
    for text in [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
    ] {
        let reason = check_global(text.parse().unwrap()).unwrap_err();
        assert!(reason.contains("credentials"), "{text}: {reason}");
    }
}

#[test]
fn each_kind_of_address_is_refused_for_its_own_reason() {
    for (text, word) in [
        ("127.0.0.1", "loopback"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "carrier"),
        ("169.254.1.1", "link-local"),
        ("198.18.0.1", "benchmarks"),
        ("203.0.113.9", "documentation"),
        ("239.255.255.250", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("::1", "loopback"),
        ("::", "unspecified"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("2002:0808:0808::1", "6to4"),
        ("2001:0:53aa:64c::1", "Teredo"),
        ("::8.8.8.8", "IPv4-compatible"),
        ("::ffff:10.0.0.1", "private"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link-local"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "documentation"),
        ("3fff:fff::1", "documentation"),
        ("5f00::1", "segment routing"),
        ("4000::1", "not assigned"),
    ] {
        let reason = check_global(text.parse().unwrap()).unwrap_err();
        assert!(reason.contains(word), "{text}: {reason}");
    }
}

/// Any address, special ones as often as others.
fn some_v4() -> impl Strategy<Value = Ipv4Addr> {
    let special = nets::<Ipv4Net>(NOT_GLOBAL_V4);
    prop_oneof![
        any::<u32>().prop_map(Ipv4Addr::from),
        (proptest::sample::select(special), any::<u32>()).prop_map(|(net, bits)| {
            let host = u32::from(net.hostmask());
            Ipv4Addr::from(u32::from(net.network()) | (bits & host))
        }),
    ]
}

fn some_v6() -> impl Strategy<Value = Ipv6Addr> {
    let ranges = nets::<Ipv6Net>(&format!("{NOT_GLOBAL_V6} {ELSEWHERE_V6} 2000::/3"));
    prop_oneof![
        any::<u128>().prop_map(Ipv6Addr::from),
        (proptest::sample::select(ranges), any::<u128>()).prop_map(|(net, bits)| {
            let host = u128::from(net.hostmask());
            Ipv6Addr::from(u128::from(net.network()) | (bits & host))
        }),
    ]
}

fn embedded(prefix: [u16; 6], v4: Ipv4Addr) -> Ipv6Addr {
    let [a, b, c, d] = v4.octets();
    let [p0, p1, p2, p3, p4, p5] = prefix;
    Ipv6Addr::new(
        p0,
        p1,
        p2,
        p3,
        p4,
        p5,
        u16::from_be_bytes([a, b]),
        u16::from_be_bytes([c, d]),
    )
}

proptest! {
    #[test]
    fn ipv4_is_judged_as_the_registry_does(address in some_v4()) {
        prop_assert_eq!(global(address), expected(address.into()));
    }

    #[test]
    fn ipv6_is_judged_as_the_registry_does(address in some_v6()) {
        prop_assert_eq!(global(address), expected(address.into()));
    }

    #[test]
    fn what_the_standard_library_calls_special_is_refused(v4 in some_v4(), v6 in some_v6()) {
        if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast() || v4.is_documentation()
            || v4.is_multicast() || v4.is_unspecified()
        {
            prop_assert!(!global(v4));
        }
        if v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unicast_link_local() || v6.is_unique_local() {
            prop_assert!(!global(v6));
        }
    }

    #[test]
    fn a_mapped_address_is_judged_by_the_ipv4_address_in_it(v4 in some_v4()) {
        prop_assert_eq!(global(v4.to_ipv6_mapped()), global(v4));
    }

    #[test]
    fn no_other_embedding_of_ipv4_gets_through(v4 in some_v4()) {
        let [a, b, c, d] = v4.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for address in [
            embedded([0x64, 0xff9b, 0, 0, 0, 0], v4),
            embedded([0x64, 0xff9b, 1, 0, 0, 0], v4),
            embedded([0, 0, 0, 0, 0, 0], v4),
            embedded([0, 0, 0, 0, 0xffff, 0], v4),
            embedded([0x2001, 0, 0x53aa, 0x64c, 0, 0], v4),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        ] {
            prop_assert!(!global(address), "{}", address);
        }
    }
}
