//! A proxy in the environment: nobody asked for it.

use crate::fetch;
use guildhall_tests::{Home, Peer, Reply, Run, Running};

const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SOCKS_PROXY",
    "REQUEST_METHOD",
];

fn through(run: Run<'_>, proxy: &Peer) -> Running {
    let mut command = run.command();
    for name in VARIABLES {
        command.env(name, format!("http://{}", proxy.address()));
    }
    Running::start(command)
}

#[test]
fn a_proxy_in_the_environment_sees_no_request_that_is_answered() {
    let home = Home::new();
    let proxy = Peer::plain(|_| Reply::text("from the proxy"));
    let shop = Peer::tls(&["shop.test"], |_| Reply::text("from the shop"));
    let plain = Peer::plain(|_| Reply::text("from the shop"));
    for (url, grant) in [
        ("https://shop.test/", "GET https://shop.test/"),
        ("http://shop.test/", "GET http://shop.test/"),
    ] {
        let run = fetch(&home, "GET", url)
            .allow(grant)
            .peer("shop.test:443", &shop)
            .peer("http://shop.test:80", &plain);
        let ran = through(run, &proxy).wait().exits(0);
        assert_eq!(ran.output()["body"], "from the shop");
    }
    proxy.saw_nothing();
}

#[test]
fn a_proxy_in_the_environment_sees_no_request_that_fails() {
    let home = Home::new();
    let proxy = Peer::plain(|_| Reply::text("from the proxy"));
    for url in ["http://nowhere.test/", "https://nowhere.test/"] {
        let run = fetch(&home, "GET", url).allow(format!("GET {url}"));
        let ran = through(run, &proxy).wait();
        ran.refused_by("network.name-not-found");
    }
    proxy.saw_nothing();
    home.serves_the_next_run();
}
