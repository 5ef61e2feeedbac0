//! `kill -9` of a marketplace at each step of a publish. It stands still while it is looked at, so that it is killed where it
//! is to be killed; afterwards the same publish, sent again, is released once.

use guildhall_tests::{Draft, Home, Look, Market, Seed, journal::block_on};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where a publish stands, as it is seen from outside. In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Nothing has come.
    Nothing,
    /// Its parts come in.
    Uploading,
    /// Its component has its name, and no row tells of it.
    Stored,
    /// `staged`
    Staged,
    /// `reviewing`
    Reviewing,
    /// `passed`: its entry waits for its place in the log.
    Passed,
    /// It has its place, and no checkpoint with it is published.
    Appended,
    /// `released`
    Released,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Uploading,
        Self::Stored,
        Self::Staged,
        Self::Reviewing,
        Self::Passed,
        Self::Appended,
        Self::Released,
    ];
}

/// Looks at one publish in the files of a marketplace.
struct Watcher {
    database: SqliteConnection,
    blobs: PathBuf,
    version: String,
    component: PathBuf,
}

impl Watcher {
    fn new(market: &Market, draft: &Draft, version: &str) -> Self {
        let folder = market.folder();
        let options = SqliteConnectOptions::new()
            .filename(folder.join("marketplace.sqlite"))
            .busy_timeout(Duration::from_secs(5));
        let hex = guildhall_package::Digest::of(&draft.component()).hex();
        let blobs = folder.join("blobs");
        Self {
            database: block_on(options.connect()).unwrap(),
            component: blobs.join("sha256").join(&hex[..2]).join(hex),
            blobs,
            version: version.to_owned(),
        }
    }

    fn step(&mut self) -> Step {
        let row = sqlx::query(
            "SELECT p.state, p.log_index, \
             (SELECT h.size FROM log_heads h WHERE h.kind = 'published') AS shown \
             FROM publishes p WHERE p.version = $1",
        )
        .bind(&self.version);
        let row = block_on(row.fetch_optional(&mut self.database)).unwrap();
        let Some(row) = row else {
            return if self.component.exists() {
                Step::Stored
            } else if has_files(&self.blobs.join("staging")) {
                Step::Uploading
            } else {
                Step::Nothing
            };
        };
        let index: Option<i64> = row.get("log_index");
        match row.get::<&str, _>("state") {
            "staged" => Step::Staged,
            "reviewing" => Step::Reviewing,
            "passed" if index.is_some() => Step::Appended,
            "passed" => Step::Passed,
            "released" => Step::Released,
            other => panic!("a publish that is {other}"),
        }
    }
}

fn has_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// A marketplace that is killed and started again, and what was released in it.
struct Shop {
    market: Market,
    author: Home,
    released: usize,
}

impl Shop {
    fn new() -> Self {
        let market = Market::start();
        let author = market.author("ann", "acme");
        Self {
            market,
            author,
            released: 0,
        }
    }

    fn next(&mut self) -> (Draft, String) {
        self.released += 1;
        let version = format!("1.0.{}", self.released);
        (Draft::new("acme/shop", &version), version)
    }

    /// Publishes a new version, and kills the service as soon as `there`. Where it was found.
    fn killed_when(&mut self, there: impl Fn(Step) -> bool) -> Step {
        let (draft, version) = self.next();
        let mut watcher = Watcher::new(&self.market, &draft, &version);
        let mut args = draft.publish_args(&self.author);
        args.push("--no-wait".to_owned());
        let client = self.author.start(&args);
        let _ = self.market.take_service().kill_when(|| {
            let step = watcher.step();
            if there(step) {
                Look::There
            } else if step == Step::Nothing {
                Look::Far
            } else {
                Look::Near
            }
        });
        let found = watcher.step();
        drop(client);
        drop(watcher);
        self.goes_on(&draft, &version);
        found
    }

    /// Starts the service again and sends the same publish again: it is released, once.
    fn goes_on(&mut self, draft: &Draft, version: &str) {
        self.market.start_service();
        let done = draft.release(&self.author);
        let again = draft.release(&self.author);
        assert_eq!(done["id"], again["id"], "{version}");
        let url = self.market.url();
        let audit = self
            .author
            .guildhall(["log", "audit", "--from", &url, "--json"])
            .exits(0)
            .json();
        assert_eq!(audit["releases"], self.released, "{version}: {audit:#}");
        // A name, a key, and each release once.
        assert_eq!(audit["size"], self.released + 2, "{version}: {audit:#}");
        assert_eq!(audit["faults"], guildhall_tests::json!([]));
        let home = Home::new();
        let what = format!("acme/shop@{version}");
        let _ = self.market.install(&home, &what, &["--yes"]).exits(0);
    }
}

#[test]
fn a_publish_whose_marketplace_is_killed_at_any_step_is_released_once() {
    let mut shop = Shop::new();
    let mut seen = BTreeSet::new();
    for step in Step::ALL {
        let found = shop.killed_when(|at| at >= step);
        println!("{step:?}: killed at {found:?}");
        seen.insert(found);
    }
    // The kills fell where they should; some steps are too short to be met each time.
    assert!(
        seen.contains(&Step::Reviewing) && seen.len() >= 5,
        "{seen:?}"
    );
}

#[test]
fn a_publish_whose_marketplace_is_killed_at_any_moment_is_released_once() {
    let mut seed = Seed::new();
    let mut shop = Shop::new();
    let (draft, _) = shop.next();
    let began = Instant::now();
    draft.release(&shop.author);
    let whole = began.elapsed();
    for _ in 0..5 {
        let (draft, version) = shop.next();
        let mut args = draft.publish_args(&shop.author);
        args.push("--no-wait".to_owned());
        let client = shop.author.start(&args);
        let _ = shop.market.take_service().kill_after(seed.within(whole));
        drop(client);
        shop.goes_on(&draft, &version);
    }
}

#[test]
fn what_has_its_place_while_the_witness_is_away_keeps_it_over_a_kill() {
    let mut shop = Shop::new();
    shop.market.kill_witness();
    let (draft, version) = shop.next();
    let mut watcher = Watcher::new(&shop.market, &draft, &version);
    let mut args = draft.publish_args(&shop.author);
    args.push("--no-wait".to_owned());
    let _ = shop.author.guildhall(&args).exits(0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while watcher.step() < Step::Appended {
        assert!(Instant::now() < deadline, "still {:?}", watcher.step());
        std::thread::sleep(Duration::from_millis(20));
    }
    shop.market.kill_service();
    assert_eq!(watcher.step(), Step::Appended);
    shop.market.start_service();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(watcher.step(), Step::Appended, "nobody has cosigned it");
    shop.market.kill_service();
    drop(watcher);
    shop.market.start_witness();
    shop.goes_on(&draft, &version);
}
