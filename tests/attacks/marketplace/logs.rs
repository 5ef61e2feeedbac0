//! A log that stands still, goes two ways, or offers what is older.

use guildhall_tests::clock::set_wrong;
use guildhall_tests::proxy::Proxy;
use guildhall_tests::{Draft, Home, Market, Running, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// In seconds.
const HOUR: i64 = 60 * 60;

/// Files that a test puts back later.
struct Saved(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Saved {
    fn database(market: &Market) -> Self {
        let database = market.folder().join("marketplace.sqlite");
        Self::of(
            ["", "-wal", "-shm"].map(|ending| format!("{}{ending}", database.display()).into()),
        )
    }

    fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let files = paths.into_iter().map(|path| {
            let content = fs::read(&path).ok();
            (path, content)
        });
        Self(files.collect())
    }

    fn put_back(self) {
        for (path, content) in self.0 {
            match content {
                Some(content) => fs::write(path, content).unwrap(),
                None => drop(fs::remove_file(path)),
            }
        }
    }
}

/// A marketplace of which somebody has installed what it then forgets, and its witness is asked about another history.
struct Fork {
    market: Market,
    author: Home,
    merchant: Home,
}

impl Fork {
    /// `witness_joins`: it forgets as well.
    fn new(witness_joins: bool) -> Self {
        let mut market = Market::start();
        let author = market.author("ann", "acme");
        Draft::new("acme/shop", "1.0.0").release(&author);
        let stop = |market: &mut Market| {
            market.kill_service();
            market.kill_witness();
        };
        let start = |market: &mut Market| {
            market.start_witness();
            market.start_service();
        };
        stop(&mut market);
        let before = Saved::database(&market);
        let cosigned = witness_files(&market);
        start(&mut market);
        Draft::new("acme/shop", "1.0.1").release(&author);
        let merchant = Home::new();
        let _ = market.install(&merchant, "acme/shop", &["--yes"]).exits(0);
        stop(&mut market);
        before.put_back();
        if witness_joins {
            cosigned.put_back();
        }
        start(&mut market);
        Self {
            market,
            author,
            merchant,
        }
    }
}

fn witness_files(market: &Market) -> Saved {
    let folder = market.folder().with_file_name("witness");
    let files = fs::read_dir(folder).unwrap().flatten();
    Saved::of(
        files
            .map(|entry| entry.path())
            .filter(|path| path.is_file()),
    )
}

#[test]
fn a_second_history_is_not_cosigned_and_nobody_ever_sees_it() {
    let Fork {
        market,
        author,
        merchant,
    } = Fork::new(false);
    let mut args = Draft::new("acme/shop", "2.0.0").publish_args(&author);
    args.push("--no-wait".to_owned());
    let id = author.guildhall(&args).exits(0).word("/id");
    std::thread::sleep(Duration::from_secs(4));
    let publish = author.guildhall(["releases", &id, "--json"]).exits(0);
    assert_ne!(publish.word("/state"), "released", "{}", publish.shown());
    let stranger = Home::new();
    let _ = market
        .install(&stranger, "acme/shop@2.0.0", &["--yes"])
        .error(2, "not-found");
    // Who saw the first history is told, and keeps what is installed.
    let ran = market.install(&merchant, "acme/shop@1.0.0", &["--yes"]);
    let _ = ran.error(5, "consistency");
    assert_eq!(installed(&merchant), "1.0.1");
}

#[test]
fn a_fork_that_the_witness_joins_is_noticed_by_who_saw_the_other_side() {
    let Fork {
        market,
        author,
        merchant,
    } = Fork::new(true);
    // As long as the first history, and then longer.
    for version in ["2.0.0", "2.0.1"] {
        Draft::new("acme/shop", version).release(&author);
        for what in ["acme/shop", "acme/shop@1.0.0"] {
            let ran = market.install(&merchant, what, &["--yes"]);
            let error = ran.error(5, "consistency");
            assert!(error.len() > 60, "{error}");
        }
        let told = merchant.guildhall(["update", "--json"]);
        assert_eq!(told.code, Some(5), "{}", told.shown());
        assert_eq!(installed(&merchant), "1.0.1");
    }
    // A newcomer sees one side only: that is what comparing checkpoints with others is for.
    let newcomer = Home::new();
    let _ = market.install(&newcomer, "acme/shop", &["--yes"]).exits(0);
}

fn installed(home: &Home) -> String {
    let list = home.guildhall(["installed", "--json"]).exits(0);
    list.word("/installed/0/version")
}

#[test]
fn a_log_that_is_frozen_is_noticed_by_the_age_of_its_cosignatures() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let url = market.url();
    let install = |home: &Home, hours| {
        let args = ["install", "acme/shop", "--from", &url, "--yes", "--json"];
        Running::start(set_wrong(home.command(args), hours * HOUR)).wait()
    };
    // To a client of tomorrow, what is served today is what was served a day ago.
    let fresh = Home::new();
    let error = install(&fresh, 25).error(5, "witnesses");
    assert!(error.contains("old state"), "{error}");
    assert!(!fresh.home().join("installed").join("acme").exists());
    let known = Home::new();
    let _ = install(&known, 1).exits(0);
    let args = ["update", "--json"];
    let told = Running::start(set_wrong(known.command(args), 25 * HOUR)).wait();
    assert_eq!(told.code, Some(5), "{}", told.shown());
    // A root file that has expired says nothing any more.
    let ran = install(&Home::new(), 24 * 800);
    let _ = ran.error(5, "root");
}

#[test]
fn an_older_release_in_the_place_of_the_latest_is_no_update() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    Draft::new("acme/shop", "1.1.0").release(&author);
    let proxy = Proxy::before(market.address());
    let home = Home::new();
    let url = proxy.url();
    let args = ["install", "acme/shop", "--from", &url, "--yes", "--json"];
    let _ = home.guildhall(args).exits(0);
    assert_eq!(installed(&home), "1.1.0");
    // The tag `latest` is moved back, which is not in the log.
    proxy.changing(|path, body| {
        if path == "/api/v1/skills/acme/shop"
            && let Ok(mut skill) = serde_json::from_slice::<Value>(body)
        {
            skill["latest"] = "1.0.0".into();
            *body = serde_json::to_vec(&skill).unwrap();
        }
    });
    let told = home.guildhall(["update", "--json"]).exits(0).json();
    assert_eq!(told["updates"][0]["state"], "current", "{told:#}");
    assert_eq!(installed(&home), "1.1.0");
    // And a version stands for one release: another one in its place is refused.
    let parts: std::sync::Arc<std::sync::Mutex<Vec<u8>>> = std::sync::Arc::default();
    let keeps = parts.clone();
    proxy.changing(move |path, body| {
        if path.ends_with("/1.0.0/evidence") {
            keeps.lock().unwrap().clone_from(body);
        }
        if path.ends_with("/1.1.0/evidence") {
            body.clone_from(&keeps.lock().unwrap());
        }
    });
    let other = Home::new();
    for (version, wanted) in [("1.0.0", 0), ("1.1.0", 5)] {
        let what = format!("acme/shop@{version}");
        let args = ["install", &what, "--from", &url, "--yes", "--json"];
        let ran = other.guildhall(args);
        assert_eq!(ran.code, Some(wanted), "{}", ran.shown());
    }
    assert_eq!(installed(&other), "1.0.0");
}

#[test]
fn a_marketplace_that_sends_its_clients_elsewhere_is_not_followed() {
    let elsewhere = guildhall_tests::Peer::plain(|_| guildhall_tests::Reply::text("{}"));
    let target = format!("http://{}/root.json", elsewhere.address());
    let market = guildhall_tests::Peer::plain(move |_| {
        guildhall_tests::Reply::redirect(302, target.clone())
    });
    let url = format!("http://{}", market.address());
    let home = Home::new();
    for args in [
        vec!["install", "acme/shop", "--from", &url, "--yes", "--json"],
        vec!["log", "audit", "--from", &url, "--json"],
    ] {
        let ran = home.guildhall(args);
        assert_ne!(ran.code, Some(0), "{}", ran.shown());
    }
    assert!(market.connections() > 0);
    elsewhere.saw_nothing();
    assert!(is_empty(&home.home().join("installed")));
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}
