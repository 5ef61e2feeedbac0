//! Addresses of this machine and of private networks: a grant that names them is not enough.

use crate::fetch;
use guildhall_tests::{Home, Peer, Reply};

/// Tries a URL that is granted to the letter; the server on this machine must not see a connection.
#[track_caller]
fn is_not_dialled(url: &str, peer: Option<&Peer>) {
    let home = Home::new();
    let ran = fetch(&home, "GET", url).allow(format!("GET {url}")).go();
    ran.refused_by("network.address-not-public");
    if let Some(peer) = peer {
        peer.saw_nothing();
    }
    home.serves_the_next_run();
}

#[test]
fn a_server_on_this_machine_is_not_reached_by_any_of_its_names() {
    let peer = Peer::plain(|_| Reply::text("secret"));
    let port = peer.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "127.9.8.7",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:7f00:1]",
        "[::7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ] {
        is_not_dialled(&format!("http://{host}:{port}/"), Some(&peer));
    }
}

#[test]
fn private_and_special_networks_are_not_reached() {
    for host in [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[::ffff:a9fe:a9fe]",
    ] {
        is_not_dialled(&format!("http://{host}/latest/meta-data/"), None);
    }
}

#[test]
fn a_peer_serves_its_own_host_and_port_and_no_other() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("yes"));
    let port = peer.address().port();
    let url = format!("http://127.0.0.1:{port}/");
    let ran = fetch(&home, "GET", &url)
        .allow(format!("GET {url}"))
        .peer("http://shop.test:80", &peer)
        .go();
    ran.refused_by("network.address-not-public");
    peer.saw_nothing();
}

#[test]
fn a_peer_is_no_grant() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("yes"));
    let ran = fetch(&home, "GET", "http://shop.test/")
        .peer("http://shop.test:80", &peer)
        .go();
    ran.refused_by("network.not-granted");
    peer.saw_nothing();
}

#[test]
fn a_peer_must_be_on_this_machine() {
    let home = Home::new();
    let ran = home
        .prober("granted")
        .arg("--peer")
        .arg("shop.test:443=10.0.0.1:443")
        .go();
    assert!(
        ran.error(2, "usage").contains("loopback"),
        "{}",
        ran.shown()
    );
}
