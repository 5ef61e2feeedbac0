//! What nobody has to believe: the root that was pinned, the log, its witness.

use guildhall_tests::{Draft, Home, Market};
use std::fs;

#[test]
fn the_first_contact_pins_the_root_and_another_one_is_refused() {
    let market = Market::start();
    let home = Home::new();
    let url = market.url();
    let wrong = format!("sha256:{}", "0".repeat(64));
    let refused = market.login(&home, "ann", &["--new", "--root", &wrong]);
    let _ = refused.error(5, "root");
    assert!(!home.home().join("marketplaces/default").exists());
    let right = market.root.clone();
    let _ = market
        .login(&home, "ann", &["--new", "--root", &right])
        .exits(0);
    let shown = home
        .guildhall(["marketplace", "root", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&shown["fingerprint"], &shown["pinned"]),
        (&right.clone().into(), &true.into())
    );
    // Another marketplace at the same address is another marketplace.
    let other = Market::start();
    let kept = home
        .home()
        .join("marketplaces")
        .join(format!("http_{}", market.address().replace(':', "_")));
    let theirs = Home::new();
    let _ = other.login(&theirs, "eve", &["--new"]).exits(0);
    let root = theirs
        .home()
        .join("marketplaces")
        .join(format!("http_{}", other.address().replace(':', "_")))
        .join("root.json");
    fs::copy(root, kept.join("root.json")).unwrap();
    let author = market.author("bob", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let ran = home.guildhall(["install", "acme/shop", "--yes", "--from", &url, "--json"]);
    assert_eq!(ran.code, Some(5), "{}", ran.shown());
    assert!(!home.home().join("installed/acme").exists());
    // A person who has compared the fingerprint pins it anew.
    let _ = home
        .guildhall(["marketplace", "root", &url, "--pin", &wrong, "--json"])
        .error(5, "root");
    let _ = home
        .guildhall(["marketplace", "root", &url, "--pin", &right, "--json"])
        .exits(0);
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
}

#[test]
fn a_log_that_forgets_is_noticed() {
    let mut market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    market.kill_service();
    let database = market.folder().join("marketplace.sqlite");
    let saved: Vec<_> = ["", "-wal", "-shm"]
        .map(|ending| {
            let path = format!("{}{ending}", database.display());
            (path.clone(), fs::read(&path).ok())
        })
        .into();
    market.start_service();
    Draft::new("acme/shop", "1.0.1").release(&author);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    market.kill_service();
    for (path, content) in saved {
        match content {
            Some(content) => fs::write(path, content).unwrap(),
            None => drop(fs::remove_file(path)),
        }
    }
    market.start_service();
    let ran = market.install(&home, "acme/shop@1.0.0", &["--yes"]);
    assert_eq!(ran.code, Some(5), "{}", ran.shown());
    assert_eq!(
        ran.json()["error"]["kind"],
        "consistency",
        "{}",
        ran.shown()
    );
    let list = home.guildhall(["installed", "--json"]).exits(0);
    assert_eq!(
        list.word("/installed/0/version"),
        "1.0.1",
        "what was installed stays"
    );
}

#[test]
fn nothing_new_is_published_while_the_witness_is_away() {
    let mut market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    market.kill_witness();
    let mut args = Draft::new("acme/shop", "1.0.1").publish_args(&author);
    args.push("--no-wait".to_owned());
    let id = author.guildhall(&args).exits(0).word("/id");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let home = Home::new();
    let installed = market
        .install(&home, "acme/shop", &["--yes"])
        .exits(0)
        .json();
    assert_eq!(installed["installed"]["version"], "1.0.0");
    market.start_witness();
    for _ in 0..200 {
        let state = author
            .guildhall(["releases", &id, "--json"])
            .exits(0)
            .word("/state");
        if state == "released" {
            let told = home.guildhall(["update", "--json"]).exits(0).json();
            assert_eq!(told["updates"][0]["to"], "1.0.1", "{told:#}");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the witness is back and nothing goes on");
}

#[test]
fn an_audit_reads_the_whole_log_and_finds_it_in_order() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let _ = author
        .guildhall([
            "yank",
            "acme/shop@1.0.0",
            "--reason",
            "rounds wrongly",
            "--revoke",
            "--json",
        ])
        .exits(0);
    let home = Home::new();
    let url = market.url();
    let audit = home
        .guildhall(["log", "audit", "--from", &url, "--json"])
        .exits(0)
        .json();
    // A name, a key, a release, a revocation.
    assert_eq!(audit["size"], 4, "{audit:#}");
    assert_eq!(audit["releases"], 1);
    assert_eq!(
        (
            audit["faults"].as_array().unwrap().len(),
            audit["differences"].as_array().unwrap().len()
        ),
        (0, 0)
    );
}

#[test]
fn a_service_ends_when_it_is_told_to_and_a_set_up_can_be_repeated() {
    let mut market = Market::start();
    let author = market.author("ann", "acme");
    let ended = market.end_service();
    let _ = ended.exits(0);
    market.start_service();
    Draft::new("acme/shop", "1.0.0").release(&author);
}
