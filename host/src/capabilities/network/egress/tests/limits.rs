use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::super::EgressLimits;
use super::server::{Server, say};
use super::{egress_to, get, quick, request, rule};
use crate::refusal::RefusalKind;

const URL: &str = "http://api.example/";

fn small() -> EgressLimits {
    EgressLimits {
        max_response_bytes: 1000,
        ..quick()
    }
}

fn impatient() -> EgressLimits {
    EgressLimits {
        total_timeout: Duration::from_millis(300),
        ..quick()
    }
}

/// The rule that refuses `reply`.
async fn refused(reply: impl Into<Vec<u8>>, limits: EgressLimits) -> String {
    let server = Server::saying(reply).await;
    rule(get(&egress_to(&server, &["api.example"], limits), URL).await)
}

#[tokio::test]
async fn a_response_may_be_as_large_as_the_limit_and_no_larger() {
    for (length, fits) in [(1000, true), (1001, false)] {
        let body = "x".repeat(length);
        for reply in [
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"),
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
            ),
            format!("HTTP/1.1 200 OK\r\n\r\n{body}"),
        ] {
            let server = Server::saying(reply).await;
            let outcome = get(&egress_to(&server, &["api.example"], small()), URL).await;
            match outcome {
                Ok(response) => assert!(fits && response.body.len() == length),
                Err(failure) => {
                    assert!(!fits);
                    assert_eq!(failure.refusal.rule, "network.response-too-large");
                    assert_eq!(failure.refusal.kind, RefusalKind::LimitReached);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_the_run_may_still_receive_is_a_limit_too() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    let egress = egress_to(&server, &["api.example"], quick());
    for (left, fits) in [(5, true), (4, false), (0, false)] {
        let mut request = request("GET", URL);
        request.receive_at_most = Some(left);
        assert_eq!(
            egress.send(request, &super::anything).await.is_ok(),
            fits,
            "{left}"
        );
    }
}

#[tokio::test]
async fn a_huge_announced_length_is_refused_before_the_body_comes() {
    let server = Server::start(|_, mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551000\r\n\r\n")
            .await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let begun = Instant::now();
    assert_eq!(
        rule(get(&egress_to(&server, &["api.example"], quick()), URL).await),
        "network.response-too-large"
    );
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn an_endless_response_ends_at_the_limit() {
    let server = Server::start(|_, mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        while stream.write_all(b"400\r\n").await.is_ok()
            && stream.write_all(&[b'x'; 1024]).await.is_ok()
            && stream.write_all(b"\r\n").await.is_ok()
        {}
    })
    .await;
    let failure = get(&egress_to(&server, &["api.example"], quick()), URL)
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.response-too-large");
    assert!(
        failure.hops[0].received_bytes < 20 << 20,
        "{}",
        failure.hops[0].received_bytes
    );
}

#[tokio::test]
async fn a_response_that_is_shorter_than_it_says_is_broken() {
    assert_eq!(
        refused(
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
            quick()
        )
        .await,
        "network.broken-response"
    );
    assert_eq!(
        refused(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
            quick()
        )
        .await,
        "network.broken-response"
    );
}

#[tokio::test]
async fn what_comes_after_the_announced_length_is_not_read() {
    let server = Server::saying(
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more\r\nHTTP/1.1 500 X\r\n\r\n",
    )
    .await;
    let response = get(&egress_to(&server, &["api.example"], quick()), URL)
        .await
        .unwrap();
    assert_eq!((response.status, &response.body[..]), (200, &b"hello"[..]));
}

#[tokio::test]
async fn contradicting_lengths_and_other_nonsense_are_broken() {
    for reply in [
        "",
        "\r\n",
        "HTTP/1.1",
        "HTTP/1.1 abc\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "<html>",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        assert_eq!(
            refused(reply, quick()).await,
            "network.broken-response",
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_flood_of_header_is_refused_by_bytes_and_by_fields() {
    let long = format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n",
        "a".repeat(70 << 10)
    );
    assert_eq!(refused(long, quick()).await, "network.response-too-large");
    let many = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n",
        "x: y\r\n".repeat(250)
    );
    assert_eq!(refused(many, quick()).await, "network.response-too-large");
    let endless = Server::start(|_, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        while stream.write_all(&[b'a'; 1024]).await.is_ok() {}
    })
    .await;
    let failure = get(&egress_to(&endless, &["api.example"], quick()), URL)
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.response-too-large");
    assert!(
        failure.hops[0].received_bytes < 256 << 10,
        "{}",
        failure.hops[0].received_bytes
    );
    let tiny = EgressLimits {
        max_header_bytes: 100,
        ..quick()
    };
    let fits_not = format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n",
        "a".repeat(100)
    );
    // The skill's own header has the same limit; there is none here.
    assert_eq!(refused(fits_not, tiny).await, "network.response-too-large");
}

#[tokio::test]
async fn endless_interim_answers_and_endless_trailers_end() {
    let interim = Server::start(|_, mut stream| async move {
        while stream
            .write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
            .await
            .is_ok()
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let outcome = rule(get(&egress_to(&interim, &["api.example"], impatient()), URL).await);
    assert_eq!(outcome, "network.timeout");
    let trailers = Server::start(|_, mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
            .await;
        while stream
            .write_all(b"x-late: aaaaaaaaaaaaaaaa\r\n")
            .await
            .is_ok()
        {}
    })
    .await;
    let failure = get(&egress_to(&trailers, &["api.example"], quick()), URL)
        .await
        .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.broken-response");
    assert!(failure.hops[0].received_bytes < 1 << 20);
}

#[tokio::test]
async fn a_compressed_bomb_stays_compressed() {
    let bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x01";
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    )
    .into_bytes();
    reply.extend_from_slice(bomb);
    let server = Server::saying(reply).await;
    let response = get(&egress_to(&server, &["api.example"], small()), URL)
        .await
        .unwrap();
    assert_eq!(&response.body[..], bomb);
    assert!(
        response
            .headers
            .contains(&("content-encoding".to_owned(), "gzip".to_owned()))
    );
}

#[tokio::test]
async fn a_server_that_never_answers_and_one_that_drips_are_bounded_by_the_total_time() {
    let silent = Server::start(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let dripping = Server::start(|_, mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            .await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    for server in [silent, dripping] {
        let begun = Instant::now();
        let failure = get(&egress_to(&server, &["api.example"], impatient()), URL)
            .await
            .unwrap_err();
        assert_eq!(failure.refusal.rule, "network.timeout");
        assert_eq!(failure.refusal.kind, RefusalKind::Unavailable);
        assert_eq!(
            failure.refusal.message,
            "api.example did not answer in full within 0.3 s"
        );
        assert!(failure.hops[0].sent_bytes > 0);
        let took = begun.elapsed();
        assert!(
            took >= Duration::from_millis(290) && took < Duration::from_secs(4),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn the_total_time_covers_all_redirects_together() {
    let server = Server::start(|asked, stream| async move {
        tokio::time::sleep(Duration::from_millis(120)).await;
        let step: usize = asked
            .line()
            .split(['/', ' '])
            .nth(2)
            .unwrap()
            .parse()
            .unwrap();
        let reply = format!(
            "HTTP/1.1 302 Found\r\nlocation: /{}\r\ncontent-length: 0\r\n\r\n",
            step + 1
        );
        say(stream, reply.into_bytes()).await;
    })
    .await;
    let failure = get(
        &egress_to(&server, &["api.example"], impatient()),
        "http://api.example/0",
    )
    .await
    .unwrap_err();
    assert_eq!(failure.refusal.rule, "network.timeout");
    assert!(failure.hops.len() <= 3, "{}", failure.hops.len());
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection_at_once() {
    let (closed, seen) = oneshot::channel();
    let closed = std::sync::Mutex::new(Some(closed));
    let server = Server::start(move |_, mut stream| {
        let closed = closed.lock().unwrap().take();
        async move {
            let end = stream.read(&mut [0; 16]).await;
            let _ = closed.unwrap().send(matches!(end, Ok(0) | Err(_)));
        }
    })
    .await;
    let egress = egress_to(&server, &["api.example"], quick());
    let arrived = async {
        while server.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        outcome = get(&egress, URL) => panic!("{outcome:?}"),
        () = arrived => {}
    }
    let seen = tokio::time::timeout(Duration::from_secs(3), seen).await;
    assert!(seen.expect("the server sees the end").unwrap());
}
