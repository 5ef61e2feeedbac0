//! Servers that answer to do harm.

use crate::{fetch, fetch_with};
use guildhall_tests::{Home, Peer, Ran, Reply};
use std::time::Duration;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";

#[track_caller]
fn asked(reply: impl Fn() -> Reply + Send + Sync + 'static, limits: &[(&str, u64)]) -> Ran {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], move |_| reply());
    let mut run = fetch(&home, "GET", "https://shop.test/")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer);
    for (name, value) in limits {
        run = run.limit(name, *value);
    }
    let ran = run.go();
    assert_eq!(peer.lines(), ["GET /"], "asked once\n{}", ran.shown());
    home.serves_the_next_run();
    ran
}

fn head(fields: &str) -> Vec<u8> {
    [OK, fields.as_bytes(), b"\r\n"].concat()
}

#[test]
fn an_answer_without_end_is_cut_off_at_the_limit() {
    let endless = || Reply::Endless {
        head: head("transfer-encoding: chunked\r\n"),
        chunk: [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat(),
        pause: Duration::ZERO,
    };
    let ran = asked(endless, &[("bytes-in", 1 << 20)]);
    ran.refused_by("network.response-too-large");
    let ran = asked(endless, &[]);
    ran.refused_by("network.response-too-large");
}

#[test]
fn an_answer_that_announces_too_much_is_not_waited_for() {
    let ran = asked(
        || Reply::Raw(head("content-length: 99999999999999\r\n")),
        &[],
    );
    ran.refused_by("network.response-too-large");
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn an_answer_that_ends_early_is_no_answer() {
    let ran = asked(
        || Reply::Raw([head("content-length: 100\r\n").as_slice(), b"half"].concat()),
        &[],
    );
    ran.refused_by("network.broken-response");
}

#[test]
fn two_lengths_are_no_answer() {
    let ran = asked(
        || {
            let fields = "content-length: 4\r\ncontent-length: 8\r\n";
            Reply::Raw([head(fields).as_slice(), b"halfhalf"].concat())
        },
        &[],
    );
    ran.refused_by("network.broken-response");
}

#[test]
fn an_answer_that_is_no_http_is_no_answer() {
    let ran = asked(|| Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()), &[]);
    ran.refused_by("network.broken-response");
}

#[test]
fn header_fields_without_end_are_cut_off() {
    let ran = asked(
        || Reply::Endless {
            head: OK.to_vec(),
            chunk: format!("x-more: {}\r\n", "y".repeat(1_000)).into_bytes(),
            pause: Duration::ZERO,
        },
        &[],
    );
    ran.refused_by("network.response-too-large");
}

#[test]
fn a_server_that_says_nothing_is_left_when_the_time_of_the_run_is_up() {
    let ran = asked(|| Reply::Silence, &[("wall-ms", 700)]);
    ran.stopped_by("wall-ms");
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn a_server_that_drips_is_left_when_the_time_of_the_run_is_up() {
    let ran = asked(
        || Reply::Endless {
            head: head("content-length: 1000000\r\n"),
            chunk: b".".to_vec(),
            pause: Duration::from_millis(50),
        },
        &[("wall-ms", 1_000)],
    );
    ran.stopped_by("wall-ms");
}

#[test]
fn a_compressed_bomb_is_handed_over_as_it_is() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |request| {
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        Reply::Answer {
            status: 200,
            headers: vec![("content-encoding".to_owned(), "gzip".to_owned())],
            body: b"\x1f\x8b not unpacked".to_vec(),
        }
    });
    let ran = fetch(&home, "GET", "https://shop.test/")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer)
        .go()
        .exits(0);
    assert!(
        ran.output()["body"]
            .as_str()
            .unwrap()
            .ends_with("not unpacked")
    );
}

#[test]
fn a_certificate_for_another_name_ends_the_conversation_before_anything_is_said() {
    let home = Home::new();
    let peer = Peer::tls(&["other.test"], |_| Reply::text("yes"));
    let ran = fetch_with(&home, "POST", "https://shop.test/", &[], "secret")
        .allow("POST https://shop.test/")
        .peer("shop.test:443", &peer)
        .go();
    let refusal = ran.refused_by("network.tls");
    assert!(
        refusal.message.contains("nothing was sent"),
        "{}",
        refusal.message
    );
    assert_eq!(peer.lines(), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn a_certificate_of_an_unknown_authority_ends_the_conversation() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    let ran = fetch(&home, "GET", "https://shop.test/")
        .allow("GET https://shop.test/")
        .arg("--peer")
        .arg(format!("shop.test:443={}", peer.address()))
        .go();
    ran.refused_by("network.tls");
    assert_eq!(peer.lines(), Vec::<String>::new());
}

#[test]
fn the_authority_of_a_peer_is_trusted_for_that_peer_only() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    // The same server behind a second name, without a word about it.
    let ran = fetch(&home, "GET", "https://127.0.0.1/")
        .allow("GET https://127.0.0.1/")
        .peer("shop.test:443", &peer)
        .go();
    ran.refused_by("network.address-not-public");
    peer.saw_nothing();
}

#[test]
fn a_write_whose_answer_does_not_come_is_unknown_and_not_sent_again() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::Raw(Vec::new()));
    let ran = fetch_with(&home, "POST", "https://shop.test/orders", &[], "one")
        .allow("POST https://shop.test/orders")
        .peer("shop.test:443", &peer)
        .go();
    let refusal = ran.refusal("network.outcome-unknown");
    assert!(refusal.fix.contains("never repeats"), "{}", refusal.fix);
    assert_eq!(peer.lines(), ["POST /orders"]);
    home.serves_the_next_run();
    assert_eq!(peer.lines(), ["POST /orders"]);
}
