//! Secrets that somebody wants: the skill, the far side, another host, or who holds a copy of the journal.

use guildhall_tests::disk::{base64, found, marker};
use guildhall_tests::{Home, Peer, Ran, Received, Reply, Run, journal, json};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// A home with the secret `api-key`, long enough to be searched for, which goes to api.test.
fn home_with_secret() -> (Home, String) {
    let home = Home::new();
    let value = marker("the secret of api.test");
    let bound = [
        "--host",
        "api.test",
        "--header",
        "authorization",
        "--prefix",
        "Bearer ",
    ];
    let command = ["secrets", "set", "api-key"].iter().chain(&bound);
    let _ = home.told(command, &value).exits(0);
    (home, value)
}

fn fetch<'a>(home: &'a Home, url: &str, headers: &[(&str, &str)]) -> Run<'a> {
    crate::fetch_with(home, "GET", url, headers, "")
        .arg("--secret")
        .arg("api-key")
}

/// Every header of every request as one text.
fn headers(peer: &Peer) -> String {
    let mut text = String::new();
    for request in peer.received() {
        let _ = writeln!(text, "{} {:?}", request.target, request.headers);
    }
    text
}

#[test]
fn a_secret_is_not_sent_to_another_host_by_a_redirect() {
    let (home, value) = home_with_secret();
    let other = Peer::tls(&["other.test", "sub.api.test"], |_| Reply::text("mine now"));
    let api = Peer::tls(&["api.test"], |request| match &*request.target {
        "/to-sub" => Reply::redirect(302, "https://sub.api.test/x"),
        "/to-port" => Reply::redirect(302, "https://api.test:8443/x"),
        "/inside" => Reply::redirect(302, "/end"),
        "/end" => Reply::text("an answer"),
        _ => Reply::redirect(302, "https://other.test/x"),
    });
    let run = |path: &str| {
        fetch(&home, &format!("https://api.test/{path}"), &[])
            .allow("GET https://api.test/**")
            .allow("GET https://api.test:8443/**")
            .allow("GET https://other.test/**")
            .allow("GET https://sub.api.test/**")
            .peer("api.test:443", &api)
            .peer("api.test:8443", &other)
            .peer("other.test:443", &other)
            .peer("sub.api.test:443", &other)
            .go()
    };
    let _ = run("to-other").exits(0);
    let _ = run("to-sub").exits(0);
    // The certificate of the peer on the other port is another one; that it was asked is enough.
    let _ = run("to-port");
    assert!(other.connections() >= 3, "{}", other.connections());
    assert!(
        !headers(&other).contains("authorization"),
        "{}",
        headers(&other)
    );
    assert!(!headers(&other).contains(&value), "{}", headers(&other));
    let before = api.received().len();
    let _ = run("inside").exits(0);
    let inside = &api.received()[before..];
    assert_eq!(inside.len(), 2);
    for request in inside {
        assert_eq!(
            request.header("authorization"),
            Some(&*format!("Bearer {value}"))
        );
    }
}

#[test]
fn a_redirect_that_repeats_a_secret_does_not_carry_it_away() {
    let (home, value) = home_with_secret();
    let other = Peer::tls(&["other.test"], |_| Reply::text("mine now"));
    let api = Peer::tls(&["api.test"], |request| {
        let sent = request.header("authorization").unwrap().to_owned();
        let bare = sent.trim_start_matches("Bearer ");
        let digits = String::from_utf8(base64(bare.as_bytes())).unwrap();
        match &*request.target {
            "/plain" => Reply::redirect(302, format!("https://other.test/?key={bare}")),
            "/path" => Reply::redirect(302, format!("https://other.test/{bare}/x")),
            _ => Reply::redirect(302, format!("https://other.test/?key={digits}")),
        }
    });
    for path in ["plain", "path", "base64"] {
        let ran = fetch(&home, &format!("https://api.test/{path}"), &[])
            .allow("GET https://api.test/**")
            .allow("GET https://other.test/**")
            .peer("api.test:443", &api)
            .peer("other.test:443", &other)
            .go();
        hides(&ran, &value);
    }
    let digits = String::from_utf8(base64(value.as_bytes())).unwrap();
    let got = headers(&other);
    assert!(!got.contains(&value) && !got.contains(&digits), "{got}");
    assert_eq!(found(&home, &value), Vec::<String>::new());
}

/// Insists that nothing printed has the value, as it is or in base64.
#[track_caller]
fn hides(ran: &Ran, value: &str) {
    let digits = String::from_utf8(base64(value.as_bytes())).unwrap();
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(value), "{}", ran.shown());
        assert!(!text.contains(&digits), "{}", ran.shown());
    }
}

#[test]
fn a_secret_goes_to_no_other_port_host_or_scheme() {
    let (home, value) = home_with_secret();
    let names = [
        "api.test",
        "sub.api.test",
        "api.test.evil.test",
        "xapi.test",
    ];
    let tls = Peer::tls(&names, |_| Reply::text("an answer"));
    let plain = Peer::plain(|_| Reply::text("an answer"));
    for url in [
        "https://api.test:8443/",
        "https://sub.api.test/",
        "https://api.test.evil.test/",
        "https://xapi.test/",
        "http://api.test/",
        "http://api.test:443/",
    ] {
        let place = url.split_once("://").unwrap().1.trim_end_matches('/');
        let (peer, place) = match (url.strip_prefix("http:"), place.contains(':')) {
            (Some(_), true) => (&plain, format!("http://{place}")),
            (Some(_), false) => (&plain, format!("http://{place}:80")),
            (None, true) => (&tls, place.to_owned()),
            (None, false) => (&tls, format!("{place}:443")),
        };
        let ran = fetch(&home, url, &[])
            .allow(format!("GET {url}"))
            .peer(&place, peer)
            .go();
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
    }
    for peer in [&tls, &plain] {
        assert!(peer.connections() >= 2);
        assert!(
            !headers(peer).contains("authorization"),
            "{}",
            headers(peer)
        );
        assert!(!headers(peer).contains(&value), "{}", headers(peer));
    }
}

#[test]
fn a_run_that_is_not_granted_a_secret_does_not_send_it() {
    let (home, value) = home_with_secret();
    let bound = ["--host", "api.test", "--header", "x-other"];
    let command = ["secrets", "set", "other-key"].iter().chain(&bound);
    let _ = home.told(command, "another value of it").exits(0);
    let api = Peer::tls(&["api.test"], |_| Reply::text("an answer"));
    let run = |secret: Option<&str>| {
        let run = crate::fetch(&home, "GET", "https://api.test/")
            .allow("GET https://api.test/")
            .peer("api.test:443", &api);
        match secret {
            Some(name) => run.arg("--secret").arg(name).go(),
            None => run.go(),
        }
    };
    let _ = run(None).exits(0);
    let _ = run(Some("other-key")).exits(0);
    assert!(!headers(&api).contains(&value), "{}", headers(&api));
    assert!(api.received()[1].header("x-other").is_some());
    // One that is for a channel, and one that is not there, go into no request.
    let _ = home
        .told(["secrets", "set", "hook-key"], "the value of a channel")
        .exits(0);
    for name in ["hook-key", "no-key"] {
        let _ = run(Some(name))
            .exits(4)
            .is("refused")
            .refusal("secrets.not-found");
    }
    assert_eq!(api.connections(), 2);
    home.serves_the_next_run();
}

#[test]
fn what_a_skill_puts_into_the_header_gives_way_to_the_secret() {
    let (home, value) = home_with_secret();
    let api = Peer::tls(&["api.test"], |_| Reply::text("an answer"));
    for set in [
        vec![("authorization", "Bearer mine")],
        vec![("Authorization", "Bearer mine")],
        vec![
            ("AUTHORIZATION", "Bearer mine"),
            ("authorization", "Basic other"),
        ],
    ] {
        let ran = fetch(&home, "https://api.test/", &set)
            .allow("GET https://api.test/")
            .peer("api.test:443", &api)
            .go();
        let _ = ran.exits(0);
    }
    for request in api.received() {
        let sent: Vec<&String> = request
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization")
            .map(|(_, sent)| sent)
            .collect();
        assert_eq!(sent, [&format!("Bearer {value}")]);
    }
    assert_eq!(api.connections(), 3);
}

/// The header in every spelling in which a server may echo it; what must be hidden, and what is answered.
fn spellings(sent: &str) -> Vec<String> {
    let bare = sent.trim_start_matches("Bearer ");
    let digits = |text: String| String::from_utf8(base64(text.as_bytes())).unwrap();
    let each = |format: fn(u8) -> String| bare.bytes().map(format).collect::<String>();
    vec![
        bare.to_owned(),
        digits(bare.to_owned()),
        digits(format!("user:{bare}")),
        digits(format!("x{bare}")),
        digits(format!("xy{bare}zz")),
        digits(bare.to_owned()).replace('+', "-").replace('/', "_"),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("%{byte:02X}")),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("\\u{byte:04x}")),
        each(|byte| format!("\\x{byte:02x}")),
    ]
}

#[test]
fn a_skill_does_not_see_a_secret_that_the_far_side_echoes() {
    let (home, value) = home_with_secret();
    let api = Peer::tls(&["api.test"], |request: &Received| {
        let sent = request
            .header("authorization")
            .unwrap_or("Bearer nothing-was-sent");
        let spelt = spellings(sent);
        let body = json!({ "headers": { "Authorization": sent }, "all": &spelt[..9] }).to_string();
        Reply::Answer {
            status: 200,
            headers: vec![
                ("x-echo".to_owned(), spelt.join(" ")),
                ("set-cookie".to_owned(), format!("s={sent}")),
            ],
            body: format!("{body}\n{}\n", spelt.join("\n")).into_bytes(),
        }
    });
    let ran = fetch(&home, "https://api.test/", &[])
        .allow("GET https://api.test/")
        .peer("api.test:443", &api)
        .go()
        .exits(0);
    assert!(headers(&api).contains(&value), "it was sent");
    let body = ran.output()["body"].as_str().unwrap().to_owned();
    for spelling in spellings(&value) {
        assert!(!body.contains(&spelling), "{spelling} in\n{body}");
    }
    assert!(body.matches("[redacted]").count() > 20, "{body}");
    let show = home
        .guildhall(["runs", "show", &ran.invocation(), "--json"])
        .exits(0);
    hides(&show, &value);
    hides(&ran, &value);
    assert_eq!(found(&home, &value), Vec::<String>::new());
}

#[test]
fn a_secret_is_in_no_file_and_no_output_in_the_clear() {
    let (home, value) = home_with_secret();
    let api = Peer::tls(&["api.test"], |request: &Received| {
        Reply::text(request.header("authorization").unwrap_or_default())
    });
    let out = home.folder("out");
    for retention in ["full", "hashes", "none"] {
        let ran = fetch(&home, "https://api.test/", &[])
            .allow("GET https://api.test/")
            .peer("api.test:443", &api)
            .write("out", &out)
            .arg("--retention")
            .arg(retention)
            .arg("--receipt")
            .arg(home.home().join(format!("{retention}.json")))
            .go()
            .exits(0);
        hides(&ran, &value);
        let id = ran.invocation();
        for command in [
            vec!["runs", "show", &id, "--json"],
            vec!["runs", "show", &id],
            vec!["receipts", "show", &id, "--json"],
            vec!["secrets", "list", "--json"],
            vec!["doctor"],
        ] {
            hides(&home.guildhall(command), &value);
        }
    }
    let log = home.home().join("log.jsonl");
    let _ = home
        .guildhall(["audit", "export", "--out", log.to_str().unwrap()])
        .exits(0);
    assert_eq!(found(&home, &value), Vec::<String>::new());
    // The search does find what is there.
    home.put("home/leak", format!("x{value}"));
    assert_eq!(found(&home, &value), ["leak (raw)"]);
    fs::remove_file(home.home().join("leak")).unwrap();
    let _ = home.guildhall(["secrets", "remove", "api-key"]).exits(0);
    assert_eq!(found(&home, &value), Vec::<String>::new());
}

#[test]
fn values_hosts_and_headers_that_can_not_be_used_are_refused_and_not_quoted() {
    let home = Home::new();
    let set = |value: &[u8], more: &[&str]| {
        let command = ["secrets", "set", "api-key", "--json"].iter();
        home.told(command.chain(more), value)
    };
    let long = "x".repeat(8_193);
    for value in [
        "short-7",
        "",
        "\n",
        "two-lines\nof it",
        "a-value\0with nul",
        "a-value\twith tab",
        "a-value\u{1b}[2J",
        &long,
    ] {
        let ran = set(value.as_bytes(), &[]);
        assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
        assert!(ran.stdout.contains("8 to 8192 bytes"), "{}", ran.shown());
        assert!(
            value.len() < 4 || !ran.stdout.contains(value),
            "{}",
            ran.shown()
        );
    }
    let ran = set(b"\xff\xfe not UTF-8 at all", &[]);
    assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
    let good = b"a value that is good";
    for (host, header) in [
        ("https://api.test", "authorization"),
        ("api.test/path", "authorization"),
        ("user@api.test", "authorization"),
        ("*.api.test", "authorization"),
        ("", "authorization"),
        ("api.test:443:1", "authorization"),
        ("api.test", "host"),
        ("api.test", "content-length"),
        ("api.test", "transfer-encoding"),
        ("api.test", "connection"),
        ("api.test", "x y"),
        ("api.test", "x:y"),
        ("api.test", "x\r\ny"),
        ("api.test", ""),
    ] {
        let ran = set(good, &["--host", host, "--header", header]);
        assert!(
            matches!(ran.code, Some(2 | 4)),
            "{host} {header}: {}",
            ran.shown()
        );
    }
    let ran = set(
        good,
        &[
            "--host", "api.test", "--header", "x-key", "--prefix", "a\r\nb: ",
        ],
    );
    assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
    for half in [
        ["--host", "api.test"],
        ["--header", "x-key"],
        ["--prefix", "x"],
    ] {
        let _ = set(good, &half).exits(2);
    }
    let list = home.guildhall(["secrets", "--json"]).exits(0).json();
    assert_eq!(list["secrets"], json!([]));
}

#[test]
fn a_store_key_that_others_can_read_or_that_is_a_link_is_refused_with_the_fix() {
    let (home, value) = home_with_secret();
    let api = Peer::tls(&["api.test"], |_| Reply::text("an answer"));
    let run = || {
        fetch(&home, "https://api.test/", &[])
            .allow("GET https://api.test/")
            .peer("api.test:443", &api)
            .go()
    };
    let keys = home.home().join("state/keys");
    let key = keys.join("store.key");
    let mode = |path: &std::path::Path, bits: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
    };
    for bits in [0o644, 0o640, 0o604, 0o660] {
        mode(&key, bits);
        let ran = run();
        assert!(!matches!(ran.code, Some(0 | 3)), "{}", ran.shown());
        assert!(ran.stdout.contains("chmod 600"), "{}", ran.shown());
        assert!(ran.stdout.contains("store.key"), "{}", ran.shown());
    }
    mode(&key, 0o600);
    mode(&keys, 0o755);
    let ran = run();
    assert!(ran.stdout.contains("chmod 700"), "{}", ran.shown());
    mode(&keys, 0o700);

    let moved = home.path().join("moved.key");
    fs::rename(&key, &moved).unwrap();
    symlink(&moved, &key).unwrap();
    let ran = run();
    assert!(ran.stdout.contains("symbolic link"), "{}", ran.shown());
    fs::remove_file(&key).unwrap();
    fs::write(&key, "too short").unwrap();
    mode(&key, 0o600);
    let ran = run();
    assert!(ran.stdout.contains("store.key"), "{}", ran.shown());
    assert_ne!(ran.code, Some(0));
    api.saw_nothing();

    fs::remove_file(&key).unwrap();
    fs::rename(&moved, &key).unwrap();
    let _ = run().exits(0);
    assert!(headers(&api).contains(&value));
}

#[test]
fn with_another_store_key_secrets_can_not_be_opened_and_are_not_sent() {
    let (home, _) = home_with_secret();
    let other = Home::new();
    other.serves_the_next_run();
    let key = |home: &Home| home.home().join("state/keys/store.key");
    fs::copy(key(&other), key(&home)).unwrap();
    let api = Peer::tls(&["api.test"], |_| Reply::text("an answer"));
    let ran = fetch(&home, "https://api.test/", &[])
        .allow("GET https://api.test/")
        .peer("api.test:443", &api)
        .go();
    assert!(!matches!(ran.code, Some(0 | 3)), "{}", ran.shown());
    api.saw_nothing();
    // A key that has gone is not quietly made anew.
    fs::remove_file(key(&home)).unwrap();
    let ran = fetch(&home, "https://api.test/", &[])
        .allow("GET https://api.test/")
        .peer("api.test:443", &api)
        .go();
    assert!(!matches!(ran.code, Some(0 | 3)), "{}", ran.shown());
    api.saw_nothing();
}

#[test]
fn a_secret_that_was_bound_anew_in_a_copied_journal_is_not_sent() {
    for statement in [
        "UPDATE secrets SET host = 'evil.test' WHERE name = 'api-key'",
        "UPDATE secrets SET header = 'x-leak', host = 'evil.test' WHERE name = 'api-key'",
        "INSERT INTO secrets SELECT tenant, 'copied', 'evil.test', header, prefix, value, created_at FROM secrets",
    ] {
        let (home, value) = home_with_secret();
        assert_eq!(journal::execute(&home, statement), 1);
        let evil = Peer::tls(&["evil.test"], |_| Reply::text("mine now"));
        let name = if statement.contains("copied") {
            "copied"
        } else {
            "api-key"
        };
        let _ = crate::fetch(&home, "GET", "https://evil.test/")
            .allow("GET https://evil.test/")
            .peer("evil.test:443", &evil)
            .arg("--secret")
            .arg(name)
            .go();
        assert!(
            !headers(&evil).contains(&value),
            "{statement}: {}",
            headers(&evil)
        );
        home.serves_the_next_run();
    }
}
