use std::sync::Arc;

use guildhall_package::authority::{Scheme, Target};
use proptest::prelude::*;

use super::super::{Egress, EgressConfig, LoopbackPeer, PeerError};
use super::resolving::Listed;
use super::server::Server;
use super::{get, only, quick, request, rule};

fn parse(text: &str) -> Result<LoopbackPeer, PeerError> {
    text.parse()
}

#[test]
fn a_peer_is_written_host_port_address_port() {
    for (text, shown) in [
        (
            "www.ecb.europa.eu:443=127.0.0.1:8443",
            "https://www.ecb.europa.eu:443=127.0.0.1:8443",
        ),
        (
            "API.example:80=127.0.0.1:8080",
            "http://api.example:80=127.0.0.1:8080",
        ),
        (
            "api.example:8080=[::1]:1",
            "https://api.example:8080=[::1]:1",
        ),
        (
            "http://api.example:8080=127.1.2.3:1",
            "http://api.example:8080=127.1.2.3:1",
        ),
        (
            "https://10.0.0.1:80=127.0.0.1:1",
            "https://10.0.0.1:80=127.0.0.1:1",
        ),
        (
            "http://[fd00::1]:80=127.0.0.1:1",
            "http://[fd00::1]:80=127.0.0.1:1",
        ),
    ] {
        let peer = parse(text).unwrap();
        assert_eq!(peer.to_string(), shown);
        assert_eq!(parse(shown).unwrap(), peer);
    }
}

#[test]
fn an_address_that_is_not_this_machine_is_no_peer() {
    for address in [
        "10.0.0.1:80",
        "8.8.8.8:443",
        "169.254.169.254:80",
        "0.0.0.0:80",
        "[fe80::1]:80",
        "[::]:80",
        "127.0.0.1:0",
    ] {
        let error = parse(&format!("api.example:443={address}")).unwrap_err();
        assert!(
            matches!(error, PeerError::NotLoopback(_)),
            "{address}: {error}"
        );
        assert!(error.to_string().contains("127.0.0.1"));
    }
}

#[test]
fn other_shapes_are_refused_with_an_example() {
    for text in [
        "",
        "=",
        "api.example",
        "api.example=127.0.0.1:1",
        "api.example:443",
        "api.example:x=127.0.0.1:1",
        "api.example:0=127.0.0.1:1",
        "api.example:443=localhost:1",
        "api.example:443=127.0.0.1",
        "ftp://a:1=127.0.0.1:1",
        "*.example:443=127.0.0.1:1",
        "a.example/x:443=127.0.0.1:1",
        "u@a.example:443=127.0.0.1:1",
        "0x7f.1:80=127.0.0.1:1",
        "a.example?:443=127.0.0.1:1",
        ":443=127.0.0.1:1",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_peer_serves_its_scheme_host_and_port_only() {
    let peer = parse("api.example:443=127.0.0.1:1").unwrap();
    let serves = |url| peer.serves(&Target::parse("GET", url).unwrap());
    assert!(serves("https://api.example/x") && serves("https://API.example:443/"));
    for other in [
        "http://api.example:443/",
        "https://api.example:444/",
        "https://www.api.example/",
        "https://api.example.evil/",
    ] {
        assert!(!serves(other), "{other}");
    }
}

#[test]
fn what_is_no_certificate_is_refused_when_the_peer_is_made() {
    for bytes in [
        &b""[..],
        b"hello",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\x30\x03abc",
    ] {
        let peer = LoopbackPeer::new(
            Scheme::Https,
            "api.example",
            443,
            "127.0.0.1:1".parse().unwrap(),
        )
        .unwrap();
        let error = peer.trusting(bytes).unwrap_err();
        assert!(matches!(error, PeerError::Certificate { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_request_to_the_named_host_goes_to_the_peer_without_a_look_up_and_all_others_do_not() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let resolver = Listed::new("other.example", &[&["127.0.0.1"]]);
    let peers = vec![
        format!("http://api.example:80={}", server.address)
            .parse()
            .unwrap(),
    ];
    let egress = Egress::with_resolver(
        &EgressConfig {
            limits: quick(),
            peers,
        },
        resolver.clone(),
    )
    .unwrap();
    get(&egress, "http://api.example/").await.unwrap();
    assert_eq!(resolver.asked(), 0);
    let port = server.address.port();
    assert_eq!(
        rule(get(&egress, &format!("http://other.example:{port}/")).await),
        "network.address-not-public"
    );
    assert_eq!(
        rule(get(&egress, &format!("http://127.0.0.1:{port}/")).await),
        "network.address-not-public"
    );
    assert_eq!(
        rule(get(&egress, "http://api.example:81/").await),
        "network.name-not-found"
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_peer_is_not_a_grant() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let egress = super::egress_to(&server, &["api.example"], quick());
    let outcome = egress
        .send(request("GET", "http://api.example/"), &only("else.example"))
        .await;
    assert_eq!(rule(outcome), "network.not-granted");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn without_peers_nothing_on_loopback_is_reached() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let resolver = Listed::new("api.example", &[&["127.0.0.1"]]);
    let egress =
        Egress::with_resolver(&EgressConfig::default(), Arc::clone(&resolver) as _).unwrap();
    let url = format!("http://api.example:{}/", server.address.port());
    assert_eq!(rule(get(&egress, &url).await), "network.address-not-public");
    assert!(server.asked().is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_a_peer_that_is_not_on_loopback(text in "(https?://)?\\PC{0,20}:[0-9]{0,6}=\\PC{0,20}:[0-9]{0,6}|\\PC*") {
        if let Ok(peer) = parse(&text) {
            prop_assert!(peer.address().ip().is_loopback());
        }
    }
}
