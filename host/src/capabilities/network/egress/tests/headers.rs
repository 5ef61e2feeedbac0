use super::super::{EgressFailure, EgressRequest, EgressResponse};
use super::server::Server;
use super::{anything, egress_to, quick, request, rule};
use crate::refusal::RefusalKind;

async fn send_with(
    server: &Server,
    headers: &[(&str, &str)],
) -> Result<EgressResponse, EgressFailure> {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let request = EgressRequest {
        headers,
        ..request("GET", "http://api.example/")
    };
    egress_to(server, &["api.example"], quick())
        .send(request, &anything)
        .await
}

async fn ok() -> Server {
    Server::saying("HTTP/1.1 204 No Content\r\n\r\n").await
}

#[tokio::test]
async fn fields_that_frame_or_reroute_a_message_are_refused_in_every_spelling() {
    let server = ok().await;
    for name in [
        "Host",
        "HOST",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "HTTP2-Settings",
        "Expect",
        "Via",
        "Forwarded",
        "Cookie2",
        "X-Real-IP",
        "Proxy-Authorization",
        "proxy-connection",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Host",
    ] {
        let failure = send_with(&server, &[(name, "x")]).await.unwrap_err();
        assert_eq!(failure.refusal.rule, "network.header-not-allowed", "{name}");
        assert_eq!(failure.refusal.kind, RefusalKind::Invalid);
        assert!(failure.refusal.message.contains(name) && failure.refusal.fix.is_some());
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn names_and_values_that_could_start_a_new_line_are_refused() {
    let server = ok().await;
    for (name, value) in [
        (":authority", "x"),
        (":path", "/"),
        ("", "x"),
        ("a b", "x"),
        ("a:b", "x"),
        ("x\r\nhost", "evil.example"),
        ("x\0", "y"),
        ("Hőst", "x"),
        ("x", "a\r\nhost: evil.example"),
        ("x", "a\nb"),
        ("x", "a\rb"),
        ("x", "a\0b"),
        ("x", "a\u{7f}"),
    ] {
        assert_eq!(
            rule(send_with(&server, &[(name, value)]).await),
            "network.header-not-allowed",
            "{name:?}: {value:?}"
        );
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_refused_name_is_quoted_safely() {
    let server = ok().await;
    let refusal = send_with(&server, &[("\u{1b}[31m\u{202e}x", "y")])
        .await
        .unwrap_err()
        .refusal;
    assert!(
        !refusal
            .message
            .chars()
            .any(guildhall_package::text::is_unsafe),
        "{}",
        refusal.message
    );
}

#[tokio::test]
async fn other_fields_go_out_as_they_are_and_replace_the_defaults() {
    let server = ok().await;
    let sent = [
        ("Authorization", "Bearer abc"),
        ("X-Key", "1"),
        ("x-key", "2"),
        ("User-Agent", "my-skill/1"),
        ("Accept-Encoding", "gzip"),
        ("Accept", "text/xml"),
        ("X-Name", "grün"),
    ];
    send_with(&server, &sent).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.values("authorization"), ["Bearer abc"]);
    assert_eq!(asked.values("x-key"), ["1", "2"]);
    assert_eq!(asked.values("user-agent"), ["my-skill/1"]);
    assert_eq!(asked.values("accept-encoding"), ["gzip"]);
    assert_eq!(asked.values("accept"), ["text/xml"]);
    assert_eq!(asked.values("x-name"), ["grün"]);
    assert_eq!(asked.values("host"), ["api.example"]);
}

#[tokio::test]
async fn too_many_or_too_long_fields_are_refused() {
    let server = ok().await;
    let many = vec![("x", "y"); 65];
    assert_eq!(
        rule(send_with(&server, &many).await),
        "network.request-too-large"
    );
    let long = "a".repeat(64 << 10);
    assert_eq!(
        rule(send_with(&server, &[("x", &long)]).await),
        "network.request-too-large"
    );
    assert!(server.asked().is_empty());
    send_with(&server, &many[..64]).await.unwrap();
}
