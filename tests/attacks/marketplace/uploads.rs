//! Uploads without end, too large, out of order, in the name of somebody else.

use super::token;
use guildhall_package::Digest;
use guildhall_package::trust::release::Artifact;
use guildhall_package::trust::statement::PublisherClaim;
use guildhall_package::trust::{PublisherStatement, SigningKey};
use guildhall_tests::wire::{Answer, ask, pour};
use guildhall_tests::{Draft, Home, Market};
use std::fs;
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;
const BOUNDARY: &str = "what-stands-between-the-parts";

/// A marketplace, an author, and a statement that nobody's key has signed: who may publish is asked before that is looked at.
struct Uploads {
    market: Market,
    author: Home,
    statement: Vec<u8>,
    artifact: Artifact,
}

impl Uploads {
    fn new() -> Self {
        let market = Market::start();
        let author = market.author("ann", "acme");
        let component = Draft::new("acme/shop", "1.0.0").component();
        let artifact = Artifact::build(&component, 1_700_000_000_000).unwrap();
        let statement = PublisherStatement {
            name: artifact.name.clone(),
            version: artifact.version.clone(),
            release: artifact.release,
            claim: PublisherClaim {
                component: Digest::of(&component),
                golden: None,
                created: artifact.created,
            },
        };
        let statement = statement.sign(&SigningKey::from_seed(&[7; 32])).unwrap();
        Self {
            market,
            author,
            statement,
            artifact,
        }
    }

    /// The beginning of a form: these parts, the last one open.
    fn form(&self, parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut form = Vec::new();
        for (place, (name, content)) in parts.iter().enumerate() {
            if place > 0 {
                form.extend_from_slice(b"\r\n");
            }
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n"
            );
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(content);
        }
        form
    }

    fn whole(&self, parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut form = self.form(parts);
        form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        form
    }

    fn headers(&self, home: &Home) -> [(&'static str, String); 2] {
        [
            ("authorization", format!("Bearer {}", token(home))),
            (
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            ),
        ]
    }

    fn send(&self, home: &Home, parts: &[(&str, &[u8])]) -> Answer {
        let headers = self.headers(home);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let body = self.whole(parts);
        ask(
            self.market.address(),
            "POST /api/v1/publishes",
            &headers,
            &body,
        )
    }

    /// Sends the beginning of a form and then zeros for as long as they are taken.
    fn pour(&self, home: &Home, parts: &[(&str, &[u8])]) -> (u64, Option<Answer>) {
        let headers = self.headers(home);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let (first, more) = (self.form(parts), vec![0; 64 << 10]);
        pour(
            self.market.address(),
            "POST /api/v1/publishes",
            &headers,
            &first,
            &more,
            512 * MIB,
        )
    }

    /// Insists that nothing of it is left: no bytes, no publish.
    #[track_caller]
    fn leave_nothing(&self) {
        let blobs = self.market.folder().join("blobs");
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let staged = fs::read_dir(blobs.join("staging")).map_or(0, Iterator::count);
            if staged == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{staged} uploads are left");
            std::thread::sleep(Duration::from_millis(50));
        }
        let named = fs::read_dir(blobs.join("sha256")).map_or(0, Iterator::count);
        assert_eq!(named, 0, "something got a name");
        let own = self.author.guildhall(["releases", "--json"]).exits(0);
        assert_eq!(own.json()["publishes"], guildhall_tests::json!([]));
    }
}

#[test]
fn an_upload_without_end_is_cut_off_and_leaves_nothing() {
    let uploads = Uploads::new();
    let Uploads {
        author,
        statement,
        artifact,
        ..
    } = &uploads;
    let before: [(&str, &[u8]); 3] = [
        ("statement", statement),
        ("manifest", &artifact.manifest),
        ("config", &artifact.config),
    ];
    // The longest component is 32 MiB, the longest golden cases 8; the rest is what lies in the buffers of the system.
    for (last, most) in [
        ("component", 48 * MIB),
        ("golden", 24 * MIB),
        ("statement", 16 * MIB),
    ] {
        let mut parts = if last == "statement" {
            Vec::new()
        } else {
            before.to_vec()
        };
        parts.push((last, b""));
        let (taken, answer) = uploads.pour(author, &parts);
        assert!(taken < most, "{last}: {taken} bytes were taken");
        if let Some(answer) = answer {
            assert!((400..500).contains(&answer.status), "{}", answer.text());
        }
        uploads.leave_nothing();
    }
}

#[test]
fn documents_that_are_too_large_are_refused_before_anything_is_kept() {
    let uploads = Uploads::new();
    let Uploads {
        author,
        statement,
        artifact,
        ..
    } = &uploads;
    let huge = vec![b' '; 2 << 20];
    for parts in [
        [("statement", statement.as_slice()), ("manifest", &huge)],
        [("statement", statement), ("config", &huge)],
        [("statement", &huge), ("manifest", &artifact.manifest)],
    ] {
        let answer = uploads.send(author, &parts);
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
    uploads.leave_nothing();
    // As JSON, deep and long.
    for body in [vec![b'['; 60 << 10], vec![b' '; 1 << 20]] {
        let answer = ask(
            uploads.market.address(),
            "POST /api/v1/login",
            &[("content-type", "application/json")],
            &body,
        );
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
    // A skill.toml that is too long is no manifest of a component, and says so at the author's.
    let long = Draft::new("acme/shop", "1.0.0")
        .with("Looks up prices.", &"Looks up prices. ".repeat(20_000));
    let ran = long.publish(author);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    uploads.leave_nothing();
}

#[test]
fn nothing_large_is_read_of_a_stranger_and_no_statement_counts_that_no_key_signed() {
    let uploads = Uploads::new();
    let Uploads {
        author,
        statement,
        artifact,
        market,
    } = &uploads;
    let stranger = market.author("eve", "other");
    let component = Draft::new("acme/shop", "1.0.0").component();
    let whole: [(&str, &[u8]); 4] = [
        ("statement", statement),
        ("manifest", &artifact.manifest),
        ("config", &artifact.config),
        ("component", &component),
    ];
    let answer = uploads.send(&stranger, &whole);
    assert_eq!(answer.status, 403, "{}", answer.text());
    let (taken, _) = uploads.pour(&stranger, &whole);
    assert!(taken < 16 * MIB, "{taken} bytes of a stranger were taken");
    // The publisher's own account, and a key that is none of the publisher's.
    let answer = uploads.send(author, &whole);
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(
        answer.text().contains("statement.refused"),
        "{}",
        answer.text()
    );
    // Parts out of order, twice, of another name.
    for parts in [
        vec![
            ("component", component.as_slice()),
            ("statement", statement),
        ],
        vec![("statement", statement), ("statement", statement)],
        vec![("statement", statement), ("../../keys/log.key", b"x")],
        vec![("statement", statement)],
    ] {
        let answer = uploads.send(author, &parts);
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    uploads.leave_nothing();
}
