//! Requests that a grant covers.

use guildhall_tests::{Home, Peer, Reply, Run, json};

fn fetch<'a>(home: &'a Home, method: &str, url: &str, body: &str) -> Run<'a> {
    home.prober("fetch").input(json!({
        "method": method,
        "url": url,
        "headers": [{ "name": "x-asked-by", "value": "a test" }],
        "body": body,
    }))
}

#[test]
fn a_granted_request_is_sent_and_answered() {
    let home = Home::new();
    let peer = Peer::tls(&["rates.test"], |request| {
        Reply::text(format!("you asked for {}", request.target))
    });
    let ran = fetch(&home, "GET", "https://rates.test/daily/usd?day=1", "")
        .allow("GET https://rates.test/daily/*")
        .peer("rates.test:443", &peer)
        .go()
        .exits(0)
        .is("completed");
    assert_eq!(ran.output()["body"], "you asked for /daily/usd?day=1");
    assert_eq!(ran.output()["status"], 200);
    let got = peer.received();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].header("host"), Some("rates.test"));
    assert_eq!(got[0].header("x-asked-by"), Some("a test"));
    assert!(got[0].header("cookie").is_none());
    let object = ran.json();
    assert_eq!(object["contacted"], json!(["GET rates.test:443"]));
    assert!(object["usage"]["bytes_out"].as_u64().unwrap() > 0);
    let recorded = home.recorded(&ran.invocation());
    assert_eq!(
        recorded["calls"][0]["summary"],
        "GET https://rates.test/daily/usd?day=1"
    );
    assert_eq!(recorded["calls"][0]["class"], "read");
}

#[test]
fn a_write_to_a_server_needs_a_grant_that_names_the_method_and_is_sent_once() {
    let home = Home::new();
    let peer = Peer::tls(&["desk.test"], |_| Reply::text("noted"));
    let ran = fetch(&home, "POST", "https://desk.test/tickets", "help")
        .allow("GET,POST https://desk.test/tickets")
        .peer("desk.test:443", &peer)
        .go()
        .exits(0);
    assert_eq!(ran.output()["body"], "noted");
    assert_eq!(peer.received()[0].body, b"help");
    assert_eq!(peer.lines(), ["POST /tickets"]);
    let recorded = home.recorded(&ran.invocation());
    assert_eq!(recorded["calls"][0]["class"], "live-write");
    assert_eq!(recorded["calls"][0]["unanswered"], false);
}

#[test]
fn a_redirect_is_followed_to_where_a_grant_leads_as_well() {
    let home = Home::new();
    let last = Peer::tls(&["new.test"], |_| Reply::text("moved here"));
    let first = Peer::tls(&["old.test"], |_| {
        Reply::redirect(301, "https://new.test/page")
    });
    let ran = fetch(&home, "GET", "https://old.test/page", "")
        .allow("GET https://old.test/*")
        .allow("GET https://new.test/*")
        .peer("old.test:443", &first)
        .peer("new.test:443", &last)
        .go()
        .exits(0);
    assert_eq!(ran.output()["url"], "https://new.test/page");
    assert_eq!(ran.output()["body"], "moved here");
    assert_eq!((first.lines().len(), last.lines().len()), (1, 1));
}

#[test]
fn a_server_without_encryption_is_reached_where_that_is_granted() {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text("plain"));
    let ran = fetch(&home, "GET", "http://local.test:8080/", "")
        .allow("GET http://local.test:8080/")
        .peer("http://local.test:8080", &peer)
        .go()
        .exits(0);
    assert_eq!(ran.output()["body"], "plain");
}

#[test]
fn a_status_that_is_no_success_is_an_answer_too() {
    let home = Home::new();
    let peer = Peer::tls(&["rates.test"], |_| Reply::Answer {
        status: 503,
        headers: Vec::new(),
        body: b"later".to_vec(),
    });
    let ran = fetch(&home, "GET", "https://rates.test/", "")
        .allow("GET https://rates.test/")
        .peer("rates.test:443", &peer)
        .go()
        .exits(0);
    assert_eq!(ran.output()["status"], 503);
    assert_eq!(peer.lines().len(), 1, "nothing is tried again by itself");
}

#[test]
fn a_head_request_has_no_body() {
    let home = Home::new();
    let peer = Peer::tls(&["rates.test"], |_| Reply::text("not for you"));
    let ran = fetch(&home, "HEAD", "https://rates.test/", "")
        .allow("GET,HEAD https://rates.test/")
        .peer("rates.test:443", &peer)
        .go()
        .exits(0);
    assert_eq!(ran.output()["body"], "");
    assert_eq!(peer.lines(), ["HEAD /"]);
}
