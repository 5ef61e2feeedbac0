//! What is yanked runs on and is not offered; what is revoked stops.

use guildhall_tests::{Draft, Home, Market, json};
use std::time::{Duration, Instant};

struct Shop {
    market: Market,
    author: Home,
    home: Home,
}

fn installed() -> Shop {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    Shop {
        market,
        author,
        home,
    }
}

fn withdraw(author: &Home, more: &[&str]) {
    let mut args = vec![
        "yank",
        "acme/shop@1.0.0",
        "--reason",
        "rounds wrongly",
        "--json",
    ];
    args.extend(more);
    let _ = author.guildhall(args).exits(0);
}

fn fails_as_it_should(home: &Home) -> guildhall_tests::Ran {
    home.run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
}

#[test]
fn a_yanked_release_runs_on_and_is_not_offered_until_it_is_put_back() {
    let Shop {
        market,
        author,
        home,
    } = installed();
    withdraw(&author, &[]);
    let _ = fails_as_it_should(&home).exits(1);
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(record["installed"][0]["yanked"], true, "{record:#}");
    let other = Home::new();
    let _ = market
        .install(&other, "acme/shop", &["--yes"])
        .error(4, "nothing-on-the-shelf");
    let error = market
        .install(&other, "acme/shop@1.0.0", &["--yes"])
        .error(4, "yanked");
    assert!(error.contains("rounds wrongly"), "{error}");
    assert!(!other.home().join("installed/acme").exists());
    let _ = author
        .guildhall([
            "unyank",
            "acme/shop@1.0.0",
            "--reason",
            "it was the invoice",
            "--json",
        ])
        .exits(0);
    let _ = market.install(&other, "acme/shop", &["--yes"]).exits(0);
}

#[test]
fn a_revoked_release_stops_within_a_second_while_it_runs() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed();
    let running = home
        .run("acme/shop", "spin")
        .limit("fuel", 200_000_000_000)
        .start();
    home.wait_for("running");
    withdraw(&author, &["--revoke"]);
    let revoked = Instant::now();
    let ran = running.wait_at_most(Duration::from_secs(10));
    let took = revoked.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let ran = ran.exits(4).is("cancelled");
    let refusal = ran.refusal("skill.revoked");
    assert!(refusal.message.contains("revoked"), "{}", refusal.message);
    let again = fails_as_it_should(&home);
    let refusal = again.refused_by("skill.revoked");
    assert!(
        refusal.message.contains("rounds wrongly"),
        "{}",
        refusal.message
    );
}

#[test]
fn what_a_revoked_release_has_waiting_is_void_and_it_is_not_installed_again() {
    let Shop {
        market,
        author,
        home,
    } = installed();
    let out = home.folder("out");
    let id = home
        .run("acme/shop", "write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    withdraw(&author, &["--revoke"]);
    let approved = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    let error = approved.error(4, "revoked");
    assert!(error.contains("rounds wrongly"), "{error}");
    assert_eq!(home.names("out"), Vec::<String>::new());
    let other = Home::new();
    let error = market
        .install(&other, "acme/shop@1.0.0", &["--yes"])
        .error(4, "revocation");
    assert!(error.contains("rounds wrongly"), "{error}");
    assert!(!other.home().join("installed/acme").exists());
    let list = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(
        list["installed"][0]["revoked"]["reason"], "rounds wrongly",
        "{list:#}"
    );
    // There is none in its place yet.
    let told = home.guildhall(["update", "--json"]).exits(4).json();
    assert_eq!(told["updates"][0]["state"], "revoked", "{told:#}");
    // A new release takes its place.
    Draft::new("acme/shop", "1.0.1").release(&author);
    let told = home.guildhall(["update", "--json"]).exits(0).json();
    assert_eq!(told["updates"][0]["state"], "updated", "{told:#}");
    let _ = fails_as_it_should(&home).exits(1);
}

#[test]
fn whoever_listens_is_told_at_once_and_once_is_enough() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed();
    let watching = home.start(["watch", "--json"]);
    // Until it has opened the host it can't be told anything.
    std::thread::sleep(Duration::from_millis(1_500));
    withdraw(&author, &["--revoke"]);
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let list = home.guildhall(["installed", "--json"]).exits(0).json();
        if !list["installed"][0]["revoked"].is_null() {
            break;
        }
        assert!(Instant::now() < deadline, "nobody was told: {list:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
    watching.interrupt();
    let told = watching.wait().exits(0);
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{}", told.shown());
    let line: guildhall_tests::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(
        (&line["name"], &line["what"]),
        (&json!("acme/shop"), &json!("revoked"))
    );
    let again = home
        .guildhall(["watch", "--once", "--json"])
        .exits(0)
        .json();
    assert_eq!(again["learned"], json!([]));
}

#[test]
fn a_lost_key_voids_what_it_signed_from_then_on() {
    let Shop {
        market,
        author,
        home,
    } = installed();
    let keys = author
        .guildhall(["keys", "list", "acme", "--json"])
        .exits(0);
    let key = keys.word("/keys/0/key");
    let _ = author
        .guildhall([
            "keys",
            "revoke",
            "acme",
            &key,
            "--since",
            "2020-01-01T00:00:00Z",
            "--json",
        ])
        .exits(0);
    let again = fails_as_it_should(&home);
    let _ = again.refused_by("skill.revoked");
    let other = Home::new();
    let _ = market
        .install(&other, "acme/shop@1.0.0", &["--yes"])
        .error(4, "revocation");
    let refused = Draft::new("acme/shop", "1.0.1").publish(&author);
    let _ = refused.error(4, "no-key");
}

#[test]
fn a_marketplace_that_does_not_answer_stops_nothing_that_is_installed() {
    let Shop {
        mut market,
        author: _author,
        home,
    } = installed();
    market.kill_service();
    let _ = fails_as_it_should(&home).exits(1);
    let told = home.guildhall(["update", "--json"]).exits(1).json();
    assert_eq!(
        told["updates"][0]["error"]["kind"], "unreachable",
        "{told:#}"
    );
    let refused = market.install(&Home::new(), "acme/shop", &["--yes"]);
    let _ = refused.error(1, "unreachable");
}

#[test]
fn an_older_release_takes_the_place_of_one_that_was_revoked() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed();
    Draft::new("acme/shop", "1.1.0").release(&author);
    let told = home.guildhall(["update", "--json"]).exits(0).json();
    assert_eq!(told["updates"][0]["to"], "1.1.0", "{told:#}");
    let _ = author
        .guildhall([
            "yank",
            "acme/shop@1.1.0",
            "--reason",
            "sends data away",
            "--revoke",
            "--json",
        ])
        .exits(0);
    let told = home.guildhall(["update", "--json"]).exits(0).json();
    let line = &told["updates"][0];
    assert_eq!(
        (&line["state"], &line["to"]),
        (&json!("updated"), &json!("1.0.0")),
        "{told:#}"
    );
    let _ = fails_as_it_should(&home).exits(1);
}
