use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_package::authority::Target;

use super::super::resolve::dialable;
use super::super::resolve::{Resolver, SystemResolver};
use super::super::{Egress, EgressConfig, EgressError, EgressLimits};
use super::server::Server;
use super::{get, quick, rule};
use crate::refusal::RefusalKind;

/// Knows no name, and fails the test's intent loudly if that matters.
pub struct Nothing;

impl Resolver for Nothing {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Gives the listed answers one after the other, the last one for ever, and counts.
#[derive(Default)]
pub struct Listed {
    answers: HashMap<&'static str, Mutex<Vec<Vec<IpAddr>>>>,
    asked: AtomicUsize,
}

impl Listed {
    pub fn new(host: &'static str, answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let mut answers: Vec<Vec<IpAddr>> = answers.iter().map(parse).collect();
        answers.reverse();
        Arc::new(Self {
            answers: HashMap::from([(host, Mutex::new(answers))]),
            asked: AtomicUsize::new(0),
        })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolver for Listed {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(host).map(|answers| {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 {
                answers.pop().unwrap()
            } else {
                answers[0].clone()
            }
        });
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such host")) })
    }
}

/// Never answers.
struct Silent;

impl Resolver for Silent {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::pending())
    }
}

fn egress(resolver: Arc<dyn Resolver>, limits: EgressLimits) -> Egress {
    let config = EgressConfig {
        limits,
        peers: Vec::new(),
    };
    Egress::with_resolver(&config, resolver).unwrap()
}

#[tokio::test]
async fn a_name_with_a_public_and_a_private_address_is_refused_whatever_the_order() {
    for answer in [
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "fd00:ec2::254"],
    ] {
        let resolver = Listed::new("mixed.example", &[&answer]);
        let failure = get(&egress(resolver, quick()), "https://mixed.example/")
            .await
            .unwrap_err();
        assert_eq!(failure.refusal.rule, "network.address-not-public");
        assert_eq!(failure.refusal.kind, RefusalKind::Denied);
        assert!(
            failure.refusal.message.contains("mixed.example is at "),
            "{}",
            failure.refusal.message
        );
        assert_eq!(failure.hops[0].sent_bytes, 0);
    }
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_looked_up_once_and_the_checked_address_is_dialled() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    // 2000::1 counts as global and belongs to nobody.
    let resolver = Listed::new("rebinding.example", &[&["2000::1"], &["127.0.0.1"]]);
    let limits = EgressLimits {
        connect_timeout: Duration::from_millis(300),
        ..quick()
    };
    let url = format!("http://rebinding.example:{}/", server.address.port());
    let rule = rule(get(&egress(resolver.clone(), limits), &url).await);
    assert!(
        rule == "network.unreachable" || rule == "network.timeout",
        "{rule}"
    );
    assert_eq!(resolver.asked(), 1);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn exactly_the_checked_answer_is_what_may_be_dialled() {
    let resolver = Listed::new(
        "two.example",
        &[&["8.8.8.8", "2606:4700::1111"], &["127.0.0.1"]],
    );
    let target = Target::parse("GET", "https://two.example:8443/").unwrap();
    let to = dialable(&target, &[], &*resolver).await.unwrap();
    let expected: Vec<SocketAddr> = ["8.8.8.8:8443", "[2606:4700::1111]:8443"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    assert_eq!(to.addresses(), expected);
    assert_eq!(resolver.asked(), 1);
}

#[tokio::test]
async fn an_address_in_the_url_is_checked_like_a_resolved_one_and_asks_no_resolver() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let resolver = Listed::new("unused.example", &[&["8.8.8.8"]]);
    let egress = egress(resolver.clone(), quick());
    let port = server.address.port();
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "10.0.0.1",
    ] {
        assert_eq!(
            rule(get(&egress, &format!("http://{host}:{port}/")).await),
            "network.address-not-public",
            "{host}"
        );
    }
    // Other notations of 127.0.0.1 do not even get that far.
    for host in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"] {
        assert_eq!(
            rule(get(&egress, &format!("http://{host}:{port}/")).await),
            "network.url-ip-notation",
            "{host}"
        );
    }
    assert_eq!(resolver.asked(), 0);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn localhost_is_refused_through_the_resolver_of_the_operating_system() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://localhost:{}/", server.address.port());
    let target = Target::parse("GET", &url).unwrap();
    let error = dialable(&target, &[], &SystemResolver).await.unwrap_err();
    assert!(
        matches!(error, EgressError::AddressNotPublic { .. }),
        "{error}"
    );
    assert_eq!(
        rule(get(&Egress::new(&EgressConfig::default()).unwrap(), &url).await),
        "network.address-not-public"
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_name_without_an_address_is_not_found() {
    let unknown = egress(Listed::new("other.example", &[&["8.8.8.8"]]), quick());
    assert_eq!(
        rule(get(&unknown, "https://missing.example/").await),
        "network.name-not-found"
    );
    let empty = egress(Arc::new(Nothing), quick());
    let failure = get(&empty, "https://missing.example/").await.unwrap_err();
    assert_eq!(failure.refusal.rule, "network.name-not-found");
    assert_eq!(failure.refusal.kind, RefusalKind::Unavailable);
}

#[tokio::test]
async fn a_resolver_that_never_answers_is_bounded_by_the_connect_timeout() {
    let limits = EgressLimits {
        connect_timeout: Duration::from_millis(100),
        ..quick()
    };
    let failure = get(&egress(Arc::new(Silent), limits), "https://slow.example/")
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.timeout");
    assert_eq!(
        failure.refusal.message,
        "slow.example did not accept a connection within 0.1 s"
    );
}
