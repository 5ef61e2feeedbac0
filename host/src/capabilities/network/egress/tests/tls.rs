use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::{
    Egress, EgressConfig, EgressFailure, EgressRequest, EgressResponse, LoopbackPeer,
};
use super::resolving::Nothing;
use super::{anything, get, quick, request};
use crate::refusal::RefusalKind;

struct Authority {
    pem: String,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        pem: certificate.pem(),
        der: certificate.der().to_vec(),
        issuer: Issuer::new(params, key),
    }
}

struct TlsServer {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

/// Answers over TLS with a certificate for `names`.
async fn tls_server(authority: &Authority, names: &[&str], expired: bool) -> TlsServer {
    let mut params = CertificateParams::new(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    if expired {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(tcp).await else {
                continue;
            };
            let mut head = vec![0; 4096];
            if matches!(stream.read(&mut head).await, Ok(n) if n > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            let resumed =
                stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
            let body = format!("resumed={resumed}");
            let reply = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(reply.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    TlsServer { address, requests }
}

fn egress(peers: Vec<LoopbackPeer>) -> Egress {
    Egress::with_resolver(
        &EgressConfig {
            limits: quick(),
            peers,
        },
        Arc::new(Nothing),
    )
    .unwrap()
}

fn peer(host: &str, server: &TlsServer) -> LoopbackPeer {
    format!("{host}:443={}", server.address).parse().unwrap()
}

#[track_caller]
fn untrusted(outcome: Result<EgressResponse, EgressFailure>, because: &str) {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.refusal.rule, "network.tls");
    assert_eq!(failure.refusal.kind, RefusalKind::Failed);
    assert!(
        failure.refusal.message.contains(because),
        "{}",
        failure.refusal.message
    );
    assert_eq!(failure.hops[0].sent_bytes, 0);
}

#[tokio::test]
async fn a_peer_with_a_trusted_authority_is_reached_over_tls_and_no_session_is_resumed() {
    let authority = authority();
    let server = tls_server(&authority, &["api.example"], false).await;
    for certificate in [authority.pem.as_bytes(), &authority.der] {
        let egress = egress(vec![
            peer("api.example", &server).trusting(certificate).unwrap(),
        ]);
        for _ in 0..2 {
            let response = get(&egress, "https://api.example/").await.unwrap();
            assert_eq!(response.body, "resumed=false");
        }
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn without_trust_the_certificate_of_a_peer_is_judged_like_any_other() {
    let server = tls_server(&authority(), &["api.example"], false).await;
    untrusted(
        get(
            &egress(vec![peer("api.example", &server)]),
            "https://api.example/",
        )
        .await,
        "not issued by an authority that is trusted",
    );
    let wrong = peer("api.example", &server)
        .trusting(authority().pem.as_bytes())
        .unwrap();
    untrusted(
        get(&egress(vec![wrong]), "https://api.example/").await,
        "not",
    );
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_extra_trust_of_one_peer_does_not_extend_to_another() {
    let authority = authority();
    let server = tls_server(&authority, &["a.example", "b.example"], false).await;
    let trusted = peer("a.example", &server)
        .trusting(authority.pem.as_bytes())
        .unwrap();
    let egress = egress(vec![trusted, peer("b.example", &server)]);
    get(&egress, "https://a.example/").await.unwrap();
    untrusted(
        get(&egress, "https://b.example/").await,
        "not issued by an authority that is trusted",
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_or_another_time_is_refused() {
    let authority = authority();
    let other = tls_server(&authority, &["other.example"], false).await;
    let expired = tls_server(&authority, &["api.example"], true).await;
    for (server, because) in [(&other, "for another name"), (&expired, "expired")] {
        let peer = peer("api.example", server)
            .trusting(authority.pem.as_bytes())
            .unwrap();
        untrusted(
            get(&egress(vec![peer]), "https://api.example/").await,
            because,
        );
        assert_eq!(server.requests.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_and_a_write_to_it_did_not_happen() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer: LoopbackPeer = format!("api.example:443={}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut came = vec![0; 4096];
        let length = stream.read(&mut came).await.unwrap();
        came.truncate(length);
        let _ = stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .await;
        let _ = stream.read_to_end(&mut came).await;
        came
    });
    let write = EgressRequest {
        body: "secret".into(),
        ..request("POST", "https://api.example/secret")
    };
    let failure = egress(vec![peer]).send(write, &anything).await.unwrap_err();
    assert_eq!(failure.refusal.rule, "network.tls");
    let message = failure.refusal.message;
    assert!(
        message.contains("does not speak TLS") && message.ends_with("; nothing was sent"),
        "{message}"
    );
    let came = server.await.unwrap();
    assert!(!String::from_utf8_lossy(&came).contains("secret"));
}
