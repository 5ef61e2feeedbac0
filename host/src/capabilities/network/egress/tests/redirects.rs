use std::sync::Arc;

use super::super::{Egress, EgressLimits, EgressRequest, HopResponse, RecordedTransport};
use super::server::Server;
use super::{anything, egress_to, get, only, quick, request, rule};
use crate::refusal::{AuthoritySet, RefusalKind};

fn with_secrets(url: &str) -> EgressRequest {
    let headers = [
        ("Authorization", "Bearer secret"),
        ("Cookie", "id=secret"),
        ("X-Api-Key", "secret"),
        ("If-Match", "secret"),
        ("Accept", "text/xml"),
        ("Accept-Language", "de"),
        ("User-Agent", "my-skill/1"),
        ("Accept-Encoding", "gzip"),
    ];
    EgressRequest {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        ..request("GET", url)
    }
}

/// Sends `/start` to wherever `location` says; everything else has arrived.
async fn leading_to(location: impl Into<String>) -> Server {
    let location = location.into();
    Server::redirecting(move |asked| asked.line().contains(" /start ").then(|| location.clone()))
        .await
}

#[tokio::test]
async fn a_redirect_on_the_same_origin_is_followed_with_the_same_header() {
    for location in [
        "/end?x=1",
        "http://a.example/end?x=1",
        "http://A.example:80/end?x=1#part",
        "end?x=1",
    ] {
        let server = leading_to(location).await;
        let egress = egress_to(&server, &["a.example"], quick());
        let response = egress
            .send(with_secrets("http://a.example/start"), &anything)
            .await
            .unwrap();
        assert_eq!(response.body, "arrived");
        assert_eq!(response.url, "http://a.example/end?x=1");
        let urls: Vec<_> = response.hops.iter().map(|hop| hop.url.as_str()).collect();
        assert_eq!(urls, ["http://a.example/start", "http://a.example/end?x=1"]);
        let asked = server.asked();
        assert_eq!(asked[1].line(), "GET /end?x=1 HTTP/1.1");
        assert_eq!(asked[1].values("authorization"), ["Bearer secret"]);
        assert!(asked[1].values("referer").is_empty());
    }
}

#[tokio::test]
async fn no_secret_header_reaches_another_host_not_even_on_the_way_back() {
    let server = Server::redirecting(|asked| match asked.line() {
        line if line.contains(" /start ") => Some("http://b.example/middle".to_owned()),
        line if line.contains(" /middle ") => Some("http://a.example/end".to_owned()),
        _ => None,
    })
    .await;
    let egress = egress_to(&server, &["a.example", "b.example"], quick());
    let response = egress
        .send(with_secrets("http://a.example/start"), &anything)
        .await
        .unwrap();
    assert_eq!(response.hops.len(), 3);
    let asked = server.asked();
    assert!(asked[0].head.contains("secret"));
    for later in &asked[1..] {
        assert!(!later.head.contains("secret"), "{}", later.head);
        assert_eq!(later.values("accept"), ["text/xml"]);
        assert_eq!(later.values("accept-language"), ["de"]);
        assert_eq!(later.values("user-agent"), ["my-skill/1"]);
        assert_eq!(later.values("accept-encoding"), ["identity"]);
    }
    assert_eq!(asked[1].values("host"), ["b.example"]);
}

#[tokio::test]
async fn another_port_of_the_same_host_is_another_origin() {
    let server = leading_to("http://a.example:8080/end").await;
    let peers = ["80", "8080"].map(|port| {
        format!("http://a.example:{port}={}", server.address)
            .parse()
            .unwrap()
    });
    let config = super::super::EgressConfig {
        limits: quick(),
        peers: peers.to_vec(),
    };
    let egress = Egress::new(&config).unwrap();
    egress
        .send(with_secrets("http://a.example/start"), &anything)
        .await
        .unwrap();
    assert!(!server.asked()[1].head.contains("secret"));
}

#[tokio::test]
async fn a_redirect_to_a_host_that_is_not_granted_is_refused_and_not_asked() {
    let server = leading_to("http://b.example/end?token=hush").await;
    let egress = egress_to(&server, &["a.example", "b.example"], quick());
    let failure = egress
        .send(request("GET", "http://a.example/start"), &only("a.example"))
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.redirect-refused");
    assert_eq!(failure.refusal.kind, RefusalKind::Denied);
    assert_eq!(failure.refusal.set, Some(AuthoritySet::Grants));
    assert!(
        failure.refusal.message.contains("http://b.example"),
        "{}",
        failure.refusal.message
    );
    assert!(!failure.refusal.message.contains("hush"));
    assert_eq!(failure.hops.len(), 1);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_even_if_everything_is_granted() {
    let inside = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret").await;
    for location in [
        format!("http://{}/", inside.address),
        format!("http://[::ffff:7f00:1]:{}/", inside.address.port()),
        format!("http://2130706433:{}/", inside.address.port()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "//10.0.0.1/".to_owned(),
    ] {
        let server = leading_to(location.as_str()).await;
        let egress = egress_to(&server, &["a.example"], quick());
        assert_eq!(
            rule(get(&egress, "http://a.example/start").await),
            "network.address-not-public",
            "{location}"
        );
    }
    assert!(inside.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_to_another_scheme_or_to_an_unreadable_place_is_refused() {
    for location in [
        "file:///etc/passwd",
        "ftp://a.example/",
        "javascript:alert(1)",
        "http://user:pw@a.example/",
        "http://a.example/..%2fadmin",
        "http://",
        "http://a.example:99999/",
    ] {
        let server = leading_to(location).await;
        let egress = egress_to(&server, &["a.example"], quick());
        let failure = get(&egress, "http://a.example/start").await.unwrap_err();
        assert_eq!(
            failure.refusal.rule, "network.redirect-refused",
            "{location}"
        );
        assert!(
            !failure.refusal.message.contains("pw@"),
            "{}",
            failure.refusal.message
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_with_two_places_is_refused() {
    let server = Server::saying(
        "HTTP/1.1 302 Found\r\nlocation: /a\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let egress = egress_to(&server, &["a.example"], quick());
    assert_eq!(
        rule(get(&egress, "http://a.example/start").await),
        "network.redirect-refused"
    );
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_refused() {
    let redirect = HopResponse {
        status: 301,
        headers: vec![("Location".to_owned(), "http://a.example/".to_owned())],
        body: bytes::Bytes::new(),
    };
    let recorded = RecordedTransport::new()
        .answer("GET", "https://a.example/", redirect)
        .unwrap()
        .answer("GET", "http://a.example/", HopResponse::ok("plain"))
        .unwrap();
    let egress = Egress::with_transport(quick(), Arc::new(recorded));
    let failure = get(&egress, "https://a.example/").await.unwrap_err();
    assert_eq!(failure.refusal.rule, "network.redirect-refused");
    assert!(failure.refusal.message.contains("not encrypted"));
    assert_eq!(failure.hops.len(), 1);
}

#[tokio::test]
async fn loops_and_long_chains_end() {
    let circle = Server::redirecting(|asked| {
        Some(
            if asked.line().contains("/a ") {
                "/b"
            } else {
                "/a"
            }
            .to_owned(),
        )
    })
    .await;
    let egress = egress_to(&circle, &["a.example"], quick());
    let failure = get(&egress, "http://a.example/a").await.unwrap_err();
    assert_eq!(failure.refusal.rule, "network.too-many-redirects");
    assert!(failure.refusal.message.contains("loop"));
    assert_eq!(circle.asked().len(), 2);

    let chain = Server::redirecting(|asked| {
        let step: usize = asked
            .line()
            .split(['/', ' '])
            .nth(2)
            .unwrap()
            .parse()
            .unwrap();
        (step < 6).then(|| format!("/{}", step + 1))
    })
    .await;
    let egress = egress_to(&chain, &["a.example"], quick());
    assert_eq!(
        rule(get(&egress, "http://a.example/0").await),
        "network.too-many-redirects"
    );
    assert_eq!(chain.asked().len(), 6);
    assert_eq!(
        get(&egress, "http://a.example/1").await.unwrap().hops.len(),
        6
    );

    let none = egress_to(
        &chain,
        &["a.example"],
        EgressLimits {
            max_redirects: 0,
            ..quick()
        },
    );
    assert_eq!(
        rule(get(&none, "http://a.example/5").await),
        "network.too-many-redirects"
    );
}

#[tokio::test]
async fn the_redirect_of_a_live_write_is_returned_and_not_followed() {
    let server = leading_to("http://a.example/end").await;
    let egress = egress_to(&server, &["a.example"], quick());
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let response = egress
            .send(request(method, "http://a.example/start"), &anything)
            .await
            .unwrap();
        assert_eq!(response.status, 302);
        assert_eq!(response.url, "http://a.example/start");
    }
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_head_request_stays_one() {
    let server = leading_to("/end").await;
    let egress = egress_to(&server, &["a.example"], quick());
    egress
        .send(request("HEAD", "http://a.example/start"), &anything)
        .await
        .unwrap();
    assert_eq!(server.asked()[1].line(), "HEAD /end HTTP/1.1");
}

#[tokio::test]
async fn other_answers_of_the_300s_are_answers() {
    for reply in [
        "HTTP/1.1 304 Not Modified\r\nlocation: /x\r\n\r\n",
        "HTTP/1.1 300 Multiple Choices\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\ncontent-length: 4\r\n\r\nhere",
    ] {
        let server = Server::saying(reply).await;
        let response = get(
            &egress_to(&server, &["a.example"], quick()),
            "http://a.example/",
        )
        .await
        .unwrap();
        assert!(reply.contains(&response.status.to_string()));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn the_body_of_a_followed_redirect_is_not_read() {
    let server = Server::start(|asked, stream| {
        let reply = if asked.line().contains("/start") {
            "HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-length: 999999999999\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\narrived"
        };
        super::server::say(stream, reply.into())
    })
    .await;
    let egress = egress_to(&server, &["a.example"], quick());
    assert_eq!(
        get(&egress, "http://a.example/start").await.unwrap().body,
        "arrived"
    );
}
