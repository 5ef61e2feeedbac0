//! A stranger's program and the network.

use guildhall_tests::{Home, Peer, Reply, guest};

#[test]
fn sockets_are_refused_by_name_whatever_is_granted() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("yes"));
    let ran = home
        .run(guest("wasi-sockets"), "run")
        .allow(format!(
            "GET,POST http://127.0.0.1:{}/**",
            peer.address().port()
        ))
        .peer("http://shop.test:80", &peer)
        .approve("all")
        .go();
    let error = ran.error(4, "refused-imports");
    for import in [
        "wasi:sockets/tcp@",
        "wasi:sockets/tcp-create-socket@",
        "wasi:sockets/udp@",
    ] {
        assert!(error.contains(import), "{error}");
    }
    assert!(error.contains("guildhall:skill/network"), "{error}");
    peer.saw_nothing();
    // Nothing was compiled, nothing ran, nothing was recorded.
    let runs = home.guildhall(["runs", "--json"]).exits(0).json();
    assert_eq!(runs["runs"], guildhall_tests::json!([]));
    home.serves_the_next_run();
}
