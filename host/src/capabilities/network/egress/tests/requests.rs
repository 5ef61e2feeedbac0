use std::sync::Arc;

use super::super::{Egress, EgressConfig, EgressRequest, HopResponse, RecordedTransport};
use super::server::Server;
use super::{anything, egress_to, get, only, quick, request, rule};
use crate::refusal::{AuthoritySet, RefusalKind};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Twice: a\r\nX-Twice: b\r\ncontent-length: 5\r\n\r\nhello";

#[tokio::test]
async fn a_get_brings_status_header_body_and_the_facts() {
    let server = Server::saying(HELLO).await;
    let egress = egress_to(&server, &["api.example"], quick());
    let response = get(&egress, "http://API.example:80/a/b?q=1&r=%20")
        .await
        .unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.body, "hello");
    assert_eq!(response.url, "http://api.example/a/b?q=1&r=%20");
    for expected in [
        ("content-type", "text/plain"),
        ("x-twice", "a"),
        ("x-twice", "b"),
    ] {
        assert!(
            response
                .headers
                .iter()
                .any(|(name, value)| (name.as_str(), value.as_str()) == expected)
        );
    }
    let asked = &server.asked()[0];
    assert_eq!(asked.line(), "GET /a/b?q=1&r=%20 HTTP/1.1");
    let [hop] = response.hops.as_slice() else {
        panic!("one hop")
    };
    assert_eq!(hop.url, "http://api.example/a/b?q=1&r=%20");
    assert_eq!((hop.host.as_str(), hop.port), ("api.example", 80));
    assert_eq!(hop.sent_bytes, asked.head.len() as u64 + 4);
    assert_eq!(hop.received_bytes, HELLO.len() as u64);
}

#[tokio::test]
async fn the_request_on_the_wire_is_in_origin_form_with_exactly_the_expected_fields() {
    let server = Server::saying(HELLO).await;
    let egress = egress_to(&server, &["api.example"], quick());
    get(&egress, "http://api.example").await.unwrap();
    let head = server.asked()[0].head.clone();
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "GET / HTTP/1.1");
    lines.sort_unstable();
    let agent = concat!("user-agent: guildhall/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        lines,
        [
            "accept-encoding: identity",
            "accept: */*",
            "connection: close",
            "host: api.example",
            agent
        ]
    );
}

#[tokio::test]
async fn host_names_the_port_when_it_is_not_the_usual_one() {
    let server = Server::saying(HELLO).await;
    let peers = vec![
        format!("http://api.example:8080={}", server.address)
            .parse()
            .unwrap(),
    ];
    let egress = Egress::new(&EgressConfig {
        limits: quick(),
        peers,
    })
    .unwrap();
    get(&egress, "http://api.example:8080/").await.unwrap();
    assert_eq!(server.asked()[0].values("host"), ["api.example:8080"]);
}

#[tokio::test]
async fn each_request_has_a_connection_of_its_own() {
    // Each connection serves one request here: a client that reused one would wait for ever.
    let server = Server::start(|_, mut stream| async move {
        use tokio::io::AsyncWriteExt as _;
        let _ = stream.write_all(HELLO.as_bytes()).await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    })
    .await;
    let egress = egress_to(&server, &["api.example"], quick());
    for _ in 0..3 {
        get(&egress, "http://api.example/").await.unwrap();
    }
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn cookies_of_one_answer_do_not_come_back() {
    let server = Server::saying(
        "HTTP/1.1 200 OK\r\nset-cookie: session=1; Path=/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let egress = egress_to(&server, &["api.example"], quick());
    for _ in 0..2 {
        get(&egress, "http://api.example/").await.unwrap();
    }
    for asked in server.asked() {
        assert!(asked.values("cookie").is_empty() && asked.values("referer").is_empty());
    }
}

#[tokio::test]
async fn a_head_request_has_an_empty_answer_whatever_length_it_announces() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await;
    let egress = egress_to(&server, &["api.example"], quick());
    let response = egress
        .send(request("HEAD", "http://api.example/"), &anything)
        .await
        .unwrap();
    assert!(response.body.is_empty());
    assert_eq!(server.asked()[0].line(), "HEAD / HTTP/1.1");
}

#[tokio::test]
async fn what_is_not_authorised_is_not_sent() {
    let server = Server::saying(HELLO).await;
    let egress = egress_to(&server, &["api.example", "other.example"], quick());
    let failure = egress
        .send(
            request("GET", "http://other.example/"),
            &only("api.example"),
        )
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.not-granted");
    assert_eq!(failure.refusal.set, Some(AuthoritySet::Grants));
    assert!(failure.hops.is_empty());
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn an_ambiguous_url_is_refused_before_anyone_is_asked() {
    let server = Server::saying(HELLO).await;
    let egress = egress_to(&server, &["api.example"], quick());
    let nobody = |_: &guildhall_package::authority::Target| -> Result<(), crate::refusal::Refusal> {
        panic!("asked")
    };
    for (method, url, rule) in [
        (
            "GET",
            "http://api.example/a\r\nx: y",
            "network.url-character",
        ),
        ("GET", "http://api.example/%0d%0ax", "network.url-encoding"),
        ("GET", "http://user:pw@api.example/", "network.url-userinfo"),
        ("GET", "http://api.example/#x", "network.url-fragment"),
        (
            "GET",
            "http://api.example/..%2fadmin",
            "network.url-encoding",
        ),
        ("GET", "ftp://api.example/", "network.url-scheme"),
        ("GET", "/path", "network.url-scheme"),
        ("CONNECT", "http://api.example/", "network.method"),
        ("get", "http://api.example/", "network.method"),
        (
            "GET /other HTTP/1.1\r\nx:",
            "http://api.example/",
            "network.method",
        ),
    ] {
        let failure = egress
            .send(request(method, url), &nobody)
            .await
            .unwrap_err();
        assert_eq!(failure.refusal.rule, rule, "{method:?} {url:?}");
        assert_eq!(failure.refusal.kind, RefusalKind::Invalid);
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_read_has_no_body_and_a_write_has_a_bounded_one() {
    let server = Server::saying(HELLO).await;
    let mut limits = quick();
    limits.max_request_bytes = 10;
    let egress = egress_to(&server, &["api.example"], limits);
    let with_body = |method: &str, body: &'static str| EgressRequest {
        body: body.into(),
        ..request(method, "http://api.example/")
    };
    assert_eq!(
        rule(egress.send(with_body("GET", "x"), &anything).await),
        "network.body-not-allowed"
    );
    assert_eq!(
        rule(egress.send(with_body("HEAD", "x"), &anything).await),
        "network.body-not-allowed"
    );
    assert_eq!(
        rule(
            egress
                .send(with_body("POST", "12345678901"), &anything)
                .await
        ),
        "network.request-too-large"
    );
    assert!(server.asked().is_empty());
    egress
        .send(with_body("POST", "1234567890"), &anything)
        .await
        .unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.values("content-length"), ["10"]);
    assert_eq!(asked.body, b"1234567890");
}

#[tokio::test]
async fn a_write_without_a_body_says_so() {
    let server = Server::saying(HELLO).await;
    let egress = egress_to(&server, &["api.example"], quick());
    for method in ["POST", "PUT", "PATCH"] {
        egress
            .send(request(method, "http://api.example/"), &anything)
            .await
            .unwrap();
    }
    for asked in server.asked() {
        assert_eq!(asked.values("content-length"), ["0"], "{}", asked.line());
    }
}

#[tokio::test]
async fn values_that_are_not_text_and_connection_fields_are_left_out() {
    let mut reply =
        b"HTTP/1.1 200 OK\r\nx-raw: \xff\xfe\r\nx-text: gr\xc3\xbcn\r\nkeep-alive: timeout=5\r\n"
            .to_vec();
    reply.extend_from_slice(
        b"transfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n2\r\nok\r\n0\r\nx-late: 1\r\n\r\n",
    );
    let server = Server::saying(reply).await;
    let response = get(
        &egress_to(&server, &["api.example"], quick()),
        "http://api.example/",
    )
    .await
    .unwrap();
    assert_eq!(response.headers, [("x-text".to_owned(), "grün".to_owned())]);
    assert_eq!(response.body, "ok");
}

#[tokio::test]
async fn a_recording_answers_what_it_lists_and_nothing_else() {
    let recorded = RecordedTransport::new()
        .answer(
            "GET",
            "https://api.example:443/rates",
            HopResponse::ok("old"),
        )
        .unwrap()
        .answer(
            "GET",
            "https://api.example/rates",
            HopResponse::ok("1.0842"),
        )
        .unwrap();
    let egress = Egress::with_transport(quick(), Arc::new(recorded));
    assert_eq!(
        get(&egress, "https://api.example/rates")
            .await
            .unwrap()
            .body,
        "1.0842"
    );
    for (method, url) in [
        ("HEAD", "https://api.example/rates"),
        ("GET", "https://api.example/rates?x"),
        ("GET", "http://api.example/rates"),
    ] {
        let failure = egress
            .send(request(method, url), &anything)
            .await
            .unwrap_err();
        assert_eq!(failure.refusal.rule, "network.not-recorded");
        assert_eq!(failure.refusal.kind, RefusalKind::Unavailable);
    }
    let mut capped = request("GET", "https://api.example/rates");
    capped.receive_at_most = Some(3);
    assert_eq!(
        rule(egress.send(capped, &anything).await),
        "network.response-too-large"
    );
}
