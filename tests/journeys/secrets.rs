//! Secrets: set once, sent to the one host they are for, and never shown.

use guildhall_tests::terminal::{ENTER, Terminal};
use guildhall_tests::{Home, Peer, Ran, Reply, Run, json};

const VALUE: &str = "s3cret-value-of-the-shop-0123456789";

/// Sets the secret `shop-key` for shop.test.
fn set(home: &Home, value: &str, more: &[&str]) -> Ran {
    let bound = [
        "--host",
        "shop.test",
        "--header",
        "authorization",
        "--prefix",
        "Bearer ",
    ];
    let command = ["secrets", "set", "shop-key"].iter();
    home.told(command.chain(&bound).chain(more), value)
}

fn shop() -> Peer {
    Peer::tls(&["shop.test"], |_| Reply::text("an answer"))
}

fn fetch<'a>(home: &'a Home, method: &str, peer: &Peer) -> Run<'a> {
    home.prober("fetch")
        .input(json!({
            "method": method, "url": "https://shop.test/orders", "headers": [],
            "body": if method == "GET" { "" } else { "one" },
        }))
        .allow("GET https://shop.test/**")
        .allow("POST https://shop.test/**")
        .peer("shop.test:443", peer)
}

/// Values of the header, one for each request that arrived.
fn seen(peer: &Peer) -> Vec<Option<String>> {
    let received = peer.received();
    let header =
        |request: &guildhall_tests::Received| request.header("authorization").map(str::to_owned);
    received.iter().map(header).collect()
}

#[test]
fn a_secret_goes_in_its_header_to_its_host_in_runs_that_are_granted_it() {
    let home = Home::new();
    let _ = set(&home, VALUE, &[]).exits(0);
    let peer = shop();
    for method in ["GET", "POST"] {
        let ran = fetch(&home, method, &peer)
            .arg("--secret")
            .arg("shop-key")
            .go()
            .exits(0);
        assert_eq!(ran.output()["body"], "an answer");
    }
    let _ = fetch(&home, "GET", &peer).go().exits(0);
    let bearer = Some(format!("Bearer {VALUE}"));
    assert_eq!(seen(&peer), [bearer.clone(), bearer, None]);
}

#[test]
fn a_value_is_read_from_standard_input_and_shown_nowhere() {
    let home = Home::new();
    let value = format!("{VALUE}\n");
    let told = set(&home, &value, &[]).exits(0);
    assert!(told.stderr.contains("store.key"), "{}", told.shown());
    let told_json = set(&home, &value, &["--json"]).exits(0);
    assert_eq!(told_json.json()["name"], "shop-key");
    assert_eq!(told_json.json()["bound"]["host"], "shop.test");
    let list = home.guildhall(["secrets"]).exits(0);
    for part in ["shop-key", "shop.test", "authorization: Bearer …"] {
        assert!(list.stdout.contains(part), "{}", list.shown());
    }
    let json = home.guildhall(["secrets", "list", "--json"]).exits(0);
    assert_eq!(
        json.json()["secrets"].as_array().unwrap().len(),
        1,
        "set again, it is one"
    );
    for ran in [told, told_json, list, json] {
        assert!(
            !ran.stdout.contains(VALUE) && !ran.stderr.contains(VALUE),
            "{}",
            ran.line
        );
    }
    let peer = shop();
    let _ = fetch(&home, "GET", &peer)
        .arg("--secret")
        .arg("shop-key")
        .go()
        .exits(0);
    assert_eq!(
        seen(&peer),
        [Some(format!("Bearer {VALUE}"))],
        "without the line break"
    );
}

#[test]
fn a_value_that_is_typed_is_not_on_the_screen() {
    let home = Home::new();
    let command = home.command([
        "secrets",
        "set",
        "shop-key",
        "--host",
        "shop.test",
        "--header",
        "x-api-key",
    ]);
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Value");
    terminal.press(&[VALUE, ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert!(!screen.contains(&VALUE[..6]), "{screen}");
    let peer = shop();
    let _ = fetch(&home, "GET", &peer)
        .arg("--secret")
        .arg("shop-key")
        .go()
        .exits(0);
    assert_eq!(peer.received()[0].header("x-api-key"), Some(VALUE));
}

#[test]
fn the_newest_value_counts_and_a_removed_one_is_gone() {
    let home = Home::new();
    let peer = shop();
    let run = || {
        fetch(&home, "GET", &peer)
            .arg("--secret")
            .arg("shop-key")
            .go()
    };
    let _ = set(&home, "the-first-value", &[]).exits(0);
    let _ = run().exits(0);
    let _ = set(&home, "the-second-value", &[]).exits(0);
    let _ = run().exits(0);
    let _ = home
        .guildhall(["secrets", "remove", "shop-key", "--json"])
        .exits(0);
    let refused = run().exits(4).is("refused").refusal("secrets.not-found");
    assert!(
        refused.fix.contains("guildhall secrets set"),
        "{}",
        refused.fix
    );
    let expected = ["first", "second"].map(|word| Some(format!("Bearer the-{word}-value")));
    assert_eq!(seen(&peer), expected);
    let _ = home
        .guildhall(["secrets", "remove", "shop-key", "--json"])
        .error(2, "not-found");
    let list = home.guildhall(["secrets"]).exits(0);
    assert!(list.stderr.contains("No secret"), "{}", list.shown());
}

#[test]
fn several_secrets_go_each_to_its_own_host_port_and_header() {
    let home = Home::new();
    for (name, host, header, value) in [
        ("one", "shop.test", "x-api-key", "value-number-one"),
        ("two", "shop.test", "cookie", "session=value-number-two"),
        ("three", "shop.test:8443", "x-api-key", "value-number-three"),
        ("four", "bank.test", "authorization", "value-number-four"),
    ] {
        let bound = ["--host", host, "--header", header];
        let command = ["secrets", "set", name].into_iter().chain(bound);
        let _ = home.told(command, value).exits(0);
    }
    let (shop, other_port, bank) = (
        shop(),
        shop(),
        Peer::tls(&["bank.test"], |_| Reply::text("x")),
    );
    for (url, peer) in [
        ("https://shop.test/", &shop),
        ("https://shop.test:8443/", &other_port),
        ("https://bank.test/", &bank),
    ] {
        let ran = home
            .prober("fetch")
            .input(json!({ "method": "GET", "url": url, "headers": [], "body": "" }))
            .allow("GET https://shop.test/")
            .allow("GET https://shop.test:8443/")
            .allow("GET https://bank.test/")
            .peer("shop.test:443", &shop)
            .peer("shop.test:8443", &other_port)
            .peer("bank.test:443", &bank);
        let ran = ["one", "two", "three", "four"]
            .iter()
            .fold(ran, |ran, name| ran.arg("--secret").arg(name));
        let _ = ran.go().exits(0);
        assert_eq!(peer.connections(), 1, "{url}");
    }
    let header = |peer: &Peer, name: &str| peer.received()[0].header(name).map(str::to_owned);
    let headers =
        |peer: &Peer| ["x-api-key", "cookie", "authorization"].map(|name| header(peer, name));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        headers(&shop),
        [
            some("value-number-one"),
            some("session=value-number-two"),
            None
        ]
    );
    assert_eq!(
        headers(&other_port),
        [some("value-number-three"), None, None]
    );
    assert_eq!(headers(&bank), [None, None, some("value-number-four")]);
}

#[test]
fn a_run_with_a_secret_is_proved_and_executed_again_without_it() {
    let home = Home::new();
    let _ = set(&home, VALUE, &[]).exits(0);
    let peer = shop();
    let _ = fetch(&home, "POST", &peer)
        .arg("--secret")
        .arg("shop-key")
        .arg("--receipt")
        .arg("receipt.json")
        .go()
        .exits(0);
    let _ = home.guildhall(["secrets", "remove", "shop-key"]).exits(0);
    let _ = home
        .guildhall(["verify", "receipt.json", "--replay"])
        .exits(0);
    assert_eq!(peer.connections(), 1);
    let id = home.newest()["invocation"].as_str().unwrap().to_owned();
    let receipt = home
        .guildhall(["receipts", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(
        receipt["run"]["grants"]["secrets"],
        json!(["shop-key"]),
        "its name is told"
    );
}
