//! Manifests that hide, lie or are broken, while the command line grants everything: what the bytes import and the manifest
//! does not declare stays out of reach.

use super::twisted;
use guildhall_tests::{Attack, Home, Peer, Reply, Seed, component, guest, json};
use std::path::PathBuf;

const HEAD: &str = r#"name = "tests/prober"
version = "1.2.3"
description = "Tries things."
licence = "Apache-2.0"
"#;
/// What the prober imports must be declared, each by one of these parts.
const PARTS: [&str; 5] = [
    "[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://shop.test/public/*\"\nreason = \"Prices.\"\n",
    "[[capabilities.files]]\nname = \"inbox\"\naccess = \"read\"\nreason = \"Reads.\"\n",
    "[[capabilities.payments]]\npayees = [\"book:*\"]\nreason = \"Pays.\"\n",
    "[[capabilities.messages]]\nchannels = [\"email\"]\nreason = \"Tells.\"\n",
    "[capabilities.state]\nreason = \"Remembers.\"\n",
];
const PIECES: [&str; 18] = [
    "\"",
    "\n",
    "[",
    "]",
    "[[",
    "=",
    "*",
    "**",
    "#",
    "\\",
    "\0",
    "..",
    "/",
    "@",
    "'''",
    "\u{202e}",
    "reason = \"\"\n",
    "\"\"\"",
];
const HOSTS: [&str; 3] = ["shop.test", "other.test", "evil.test"];
const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];
const FOLDERS: [&str; 3] = ["public", "orders", "admin"];

fn skill(home: &Home, manifest: &str) -> PathBuf {
    let bytes = std::fs::read(guest("prober")).unwrap();
    home.put("skill.wasm", component::with_manifest(&bytes, manifest))
}

/// Every request there is, with the grants that the command line gives: all of them.
fn ask(home: &Home, skill: &PathBuf, peers: &[Peer; 3]) -> guildhall_tests::Ran {
    let mut attempts = Vec::new();
    for host in HOSTS {
        for method in METHODS {
            for folder in FOLDERS {
                let url = format!("https://{host}/{folder}/x");
                attempts.push(json!({ "method": method, "url": url, "headers": [] }));
            }
        }
    }
    let mut run = home
        .run(skill, "fetch-each")
        .input(json!({ "attempts": attempts }));
    for (host, peer) in HOSTS.iter().zip(peers) {
        run = run
            .allow(format!("GET,POST,DELETE https://{host}/**"))
            .peer(&format!("{host}:443"), peer);
    }
    run.go()
}

fn requests(peers: &[Peer; 3]) -> Vec<String> {
    let of = |(host, peer): (&&str, &Peer)| {
        let lines = peer.lines();
        lines
            .into_iter()
            .map(|line| format!("{host} {line}"))
            .collect::<Vec<_>>()
    };
    HOSTS.iter().zip(peers).flat_map(of).collect()
}

fn servers() -> [Peer; 3] {
    HOSTS.map(|host| Peer::tls(&[host], |_| Reply::text("yes")))
}

/// Some of what can be declared, as a manifest and as the requests that it stands for.
fn declared(seed: &mut Seed) -> (String, Vec<String>) {
    let (mut text, mut lines) = (String::new(), Vec::new());
    for _ in 0..=seed.below(3) {
        let (host, folder) = (seed.one(&HOSTS), seed.one(&FOLDERS));
        let (path, folders): (&str, &[&str]) = match seed.below(3) {
            0 => (&*format!("/{folder}/*").leak(), &[folder]),
            1 => ("/**", &FOLDERS),
            _ => (&*format!("/{folder}/x").leak(), &[folder]),
        };
        let method = seed.one(&METHODS);
        text.push_str(&format!(
            "[[capabilities.network]]\nmethods = [\"{method}\"]\nurl = \"https://{host}{path}\"\nreason = \"x.\"\n"
        ));
        for folder in folders {
            lines.push(format!("{host} {method} /{folder}/x"));
        }
    }
    lines.sort();
    lines.dedup();
    (text, lines)
}

#[test]
fn generated_manifests_open_nothing_that_they_do_not_declare() {
    let mut attack = Attack::new("manifests", 10);
    let home = Home::new();
    while attack.goes_on() {
        let peers = servers();
        // One that hides a part of what the bytes import.
        let hidden = attack.seed.below(PARTS.len() as u64);
        let shown: Vec<&str> = (0..)
            .zip(PARTS)
            .filter(|(at, _)| *at != hidden)
            .map(|(_, part)| part)
            .collect();
        let ran = ask(
            &home,
            &skill(&home, &format!("{HEAD}{}", shown.concat())),
            &peers,
        );
        if ran.code == Some(4)
            && ran.json()["error"]["kind"] == "manifest"
            && requests(&peers).is_empty()
        {
            attack.denied("hides what the bytes import");
        } else {
            attack.escaped(format!(
                "part {hidden} was hidden\n{:?}\n{}",
                requests(&peers),
                ran.shown()
            ));
        }
        // One that declares a part of what is granted.
        let (network, mut allowed) = declared(&mut attack.seed);
        let text = format!("{HEAD}{network}{}", PARTS[1..].concat());
        let ran = ask(&home, &skill(&home, &text), &peers).exits(0);
        let mut seen = requests(&peers);
        seen.sort();
        allowed.sort();
        if seen == allowed {
            let refused = ran.output().as_array().expect("a list").len() - seen.len();
            (0..refused).for_each(|_| attack.denied("not declared"));
        } else {
            attack.escaped(format!("declared {allowed:?}, done {seen:?}\n{text}"));
        }
        // One that is broken somewhere: it is refused with a place and a fix, or it is another good one.
        let peers = servers();
        let broken = twisted(
            &mut attack.seed,
            &format!("{HEAD}{}", PARTS.concat()),
            &PIECES,
        );
        let ran = ask(&home, &skill(&home, &broken), &peers);
        let seen = requests(&peers);
        if seen.iter().any(|line| !line.starts_with("shop.test GET ")) {
            attack.escaped(format!("{seen:?}\n{broken}"));
        } else if ran.code == Some(0) {
            attack.harmless();
        } else {
            let error = ran.error(4, "manifest");
            assert!(
                error.contains("skill.toml:") && error.contains("fix:"),
                "{error}"
            );
            assert_eq!(seen, Vec::<String>::new(), "{broken}");
            attack.denied("broken");
        }
    }
    home.serves_the_next_run();
    attack.ends();
}
