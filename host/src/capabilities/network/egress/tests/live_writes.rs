use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpListener;

use super::super::wire::Metered;
use super::super::{Egress, EgressConfig, EgressFailure, EgressLimits, EgressRequest, Meter};
use super::server::Server;
use super::{anything, egress_to, quick, request};
use crate::refusal::RefusalKind;

const WRITES: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

async fn failure(egress: &Egress, method: &str) -> EgressFailure {
    let request = EgressRequest {
        body: "pay 10".into(),
        ..request(method, "http://api.example/orders")
    };
    egress.send(request, &anything).await.unwrap_err()
}

fn unknown(failure: &EgressFailure) {
    assert_eq!(
        failure.refusal.rule, "network.outcome-unknown",
        "{}",
        failure.refusal.message
    );
    assert_eq!(failure.refusal.kind, RefusalKind::Failed);
    assert!(
        failure
            .refusal
            .message
            .contains("whether it took effect is not known")
    );
    assert!(failure.hops[0].sent_bytes > 0);
}

#[tokio::test]
async fn a_write_that_was_sent_and_not_answered_is_unknown_and_sent_once() {
    for reply in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        "nonsense",
    ] {
        let server = Server::saying(reply).await;
        let egress = egress_to(&server, &["api.example"], quick());
        for (sent, method) in WRITES.into_iter().enumerate() {
            unknown(&failure(&egress, method).await);
            assert_eq!(server.asked().len(), sent + 1, "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_write_that_ran_out_of_time_after_sending_is_unknown() {
    let server = Server::start(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let limits = EgressLimits {
        total_timeout: Duration::from_millis(200),
        ..quick()
    };
    let egress = egress_to(&server, &["api.example"], limits);
    let failure = failure(&egress, "POST").await;
    unknown(&failure);
    assert!(
        failure.refusal.message.contains("0.2 s"),
        "{}",
        failure.refusal.message
    );
}

#[tokio::test]
async fn a_write_that_found_no_server_did_not_happen_and_says_so() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let peers = vec![format!("http://api.example:80={nobody}").parse().unwrap()];
    let egress = Egress::new(&EgressConfig {
        limits: quick(),
        peers,
    })
    .unwrap();
    let failure = failure(&egress, "POST").await;
    assert_eq!(failure.refusal.rule, "network.unreachable");
    assert_eq!(failure.refusal.kind, RefusalKind::Unavailable);
    assert!(
        failure.refusal.message.ends_with("; nothing was sent"),
        "{}",
        failure.refusal.message
    );
    assert_eq!(failure.hops[0].sent_bytes, 0);
}

#[tokio::test]
async fn a_read_that_failed_is_never_called_unknown() {
    let server = Server::saying("").await;
    let egress = egress_to(&server, &["api.example"], quick());
    let failure = egress
        .send(request("GET", "http://api.example/"), &anything)
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.broken-response");
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let server = Server::saying("HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\nno").await;
    let egress = egress_to(&server, &["api.example"], quick());
    let response = egress
        .send(request("POST", "http://api.example/"), &anything)
        .await
        .unwrap();
    assert_eq!((response.status, &response.body[..]), (500, &b"no"[..]));
}

#[tokio::test]
async fn an_early_answer_to_a_large_write_is_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 100]).await;
        let _ = stream
            .write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
            .await;
        let mut rest = vec![0; 64 << 10];
        while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {}
    });
    let peers = vec![format!("http://api.example:80={address}").parse().unwrap()];
    let egress = Egress::new(&EgressConfig {
        limits: quick(),
        peers,
    })
    .unwrap();
    let large = EgressRequest {
        body: vec![b'x'; 1 << 20].into(),
        ..request("POST", "http://api.example/")
    };
    assert_eq!(egress.send(large, &anything).await.unwrap().status, 413);
    server.await.unwrap();
}

/// Breaks on the first write, when TLS may already have put some of it on the wire.
struct Breaking;

impl AsyncRead for Breaking {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Breaking {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn even_a_write_that_fails_counts_as_begun() {
    let meter = Arc::new(Meter::default());
    let mut stream = Metered::new(Box::new(Breaking), Arc::clone(&meter));
    assert!(!meter.begun());
    assert!(stream.write_all(b"POST").await.is_err());
    assert!(meter.begun());
    assert_eq!(meter.sent(), 0);
}
