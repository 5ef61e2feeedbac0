//! Requests to somewhere else than the grant says, in spellings without end.

use super::twisted;
use guildhall_tests::{Attack, Home, Peer, Received, Reply, Seed, Value, json};

/// Tries in one run.
const BATCH: usize = 60;

const HOSTS: [&str; 13] = [
    "SHOP.test",
    "shop.test.",
    "evil.test",
    "sub.shop.test",
    "shop.test.evil.test",
    "shop%2etest",
    "xn--shop.test",
    "localhost",
    "127.0.0.1",
    "2130706433",
    "0x7f.0.0.1",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
];
const USERS: [&str; 3] = ["shop.test@", "a:b@", "shop.test%40"];
const PORTS: [&str; 5] = [":443", ":8443", ":80", ":0443", ":"];
const SCHEMES: [&str; 4] = ["http://", "HTTPS://", "https:/", "//"];
const SEGMENTS: [&str; 19] = [
    "public",
    "Public",
    "admin",
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "%2f",
    "%5c",
    "",
    "x;y",
    "%00",
    "%0d%0ax-injected:1",
    "a b",
    "%252e%252e",
    "..;",
    "\u{ff50}ublic",
    "%70ublic",
    "~",
];
const ENDS: [&str; 7] = [
    "/",
    "?q=1",
    "?q=/../admin",
    "#f",
    "?",
    "/..",
    " HTTP/1.1\r\nx-injected: 1\r\n\r\n",
];
const PIECES: [&str; 16] = [
    "/", "//", "\\", "@", "#", "?", ";", "..", "%2e", "%2f", "\r\n", "\t", "\0", ":", "\u{202e}",
    "。",
];
const METHODS: [&str; 6] = ["POST", "DELETE", "get", "GET /admin", "TRACE", "GET\r\n"];
const HEADERS: [(&str, &str); 8] = [
    ("accept", "text/plain"),
    ("host", "evil.test"),
    (":authority", "evil.test"),
    ("x-injected", "1\r\nx-injected: 1"),
    ("x-original-url", "/admin"),
    ("transfer-encoding", "chunked"),
    ("content-length", "7"),
    ("x-http-method-override", "DELETE"),
];

/// What is right, five times out of six.
fn mostly(seed: &mut Seed, right: &'static str, others: &[&'static str]) -> &'static str {
    if seed.below(6) == 0 {
        seed.one(others)
    } else {
        right
    }
}

fn url(seed: &mut Seed) -> String {
    let mut path = format!("/{}", mostly(seed, "public", &SEGMENTS));
    for _ in 0..=seed.below(3) {
        path.push(if seed.below(20) == 0 { '\\' } else { '/' });
        path.push_str(mostly(seed, "x", &SEGMENTS));
    }
    let whole = [
        mostly(seed, "https://", &SCHEMES),
        mostly(seed, "", &USERS),
        mostly(seed, "shop.test", &HOSTS),
        mostly(seed, "", &PORTS),
        &path,
        mostly(seed, "", &ENDS),
    ]
    .concat();
    if seed.below(3) == 0 {
        twisted(seed, &whole, &PIECES)
    } else {
        whole
    }
}

fn attempt(seed: &mut Seed) -> Value {
    let headers: Vec<Value> = (0..u64::from(seed.below(4) == 0))
        .map(|_| {
            let (name, value) = seed.one(&HEADERS);
            json!({ "name": name, "value": value })
        })
        .collect();
    json!({ "method": mostly(seed, "GET", &METHODS), "url": url(seed), "headers": headers })
}

/// What is wrong with a request that the granted server has seen, by a reading that shares nothing with the product's.
fn is_outside(request: &Received) -> Option<&'static str> {
    let (path, _) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let lower = path.to_ascii_lowercase();
    // A name may have dots in it; a segment of dots alone is a way up or stays.
    let moves = lower
        .split('/')
        .any(|segment| matches!(segment, "." | ".."));
    let means_another = [
        "//", "\\", "%2e", "%2f", "%5c", "%252e", "%252f", "%2525", "%255c", "%253b", "%250",
        "%00", "%0d", "%0a", ";", "%3b",
    ];
    let own = |name: &str| {
        request
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .count()
    };
    let secret_fields = [
        "x-injected",
        "x-original-url",
        "x-http-method-override",
        "transfer-encoding",
    ];
    if request.method != "GET" {
        return Some("another method");
    }
    if !(lower.starts_with("/public/") || lower == "/public") || !path.starts_with("/public") {
        return Some("another path");
    }
    if moves || means_another.iter().any(|part| lower.contains(part)) {
        return Some("a path with two meanings");
    }
    if own("host") != 1 || !matches!(request.header("host"), Some("shop.test" | "shop.test:443")) {
        return Some("another host");
    }
    if secret_fields.iter().any(|name| own(name) > 0) {
        return Some("a header that steers");
    }
    (!request.body.is_empty()).then_some("a body")
}

#[test]
fn generated_requests_reach_nothing_but_what_is_granted() {
    let mut attack = Attack::new("urls", 6);
    let home = Home::new();
    let shop = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    let evil = Peer::tls(&["evil.test", "shop.test", "sub.shop.test"], |_| {
        Reply::text("evil")
    });
    let plain = Peer::plain(|_| Reply::text("evil"));
    let (mut seen, mut answered) = (0, 0);
    while attack.goes_on() {
        let mut attempts: Vec<Value> = (0..BATCH).map(|_| attempt(&mut attack.seed)).collect();
        // The server on this machine under its own port, by another notation.
        for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:7f00:1]"] {
            let url = format!("http://{host}:{}/public/x", plain.address().port());
            attempts.push(json!({ "method": "GET", "url": url, "headers": [] }));
        }
        let ran = home
            .prober("fetch-each")
            .input(json!({ "attempts": attempts }))
            .allow("GET https://shop.test/public/**")
            .allow("GET https://shop.test/public")
            .peer("shop.test:443", &shop)
            .peer("evil.test:443", &evil)
            .peer("shop.test:8443", &evil)
            .peer("sub.shop.test:443", &evil)
            .peer("http://shop.test:80", &plain)
            .peer("http://evil.test:80", &plain)
            .go()
            .exits(0);
        let output = ran.output();
        let results = output.as_array().expect("a list");
        assert_eq!(results.len(), attempts.len());
        for (attempt, result) in attempts.iter().zip(results) {
            match result["err"]["rule"].as_str() {
                Some(rule) => attack.denied(rule),
                None if result["ok"]["body"] == "yes" => {
                    answered += 1;
                    attack.harmless();
                }
                None => attack.escaped(format!("{attempt} was answered with {result}")),
            }
        }
        // What did the servers see?
        let requests = shop.received();
        for request in &requests[seen..] {
            if let Some(what) = is_outside(request) {
                attack.escaped(format!("{what}: {request:?}"));
            }
        }
        seen = requests.len();
        if evil.connections() + plain.connections() > 0 {
            attack.escaped(format!(
                "another server was reached: {:?} {:?}",
                evil.received(),
                plain.received()
            ));
            break;
        }
    }
    assert_eq!(seen, answered, "what was refused was not sent");
    assert!(
        answered > 0,
        "the generator makes requests that are granted as well"
    );
    assert!(attack.denied_by("network.url-") > 0);
    home.serves_the_next_run();
    attack.ends();
}
