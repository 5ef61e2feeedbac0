//! Updates: silent where nothing more is asked for, held where it is.

use guildhall_tests::market::remember;
use guildhall_tests::{Draft, Home, Market, Value, json};

fn update(home: &Home, more: &[&str], code: i32) -> Value {
    let mut args = vec!["update", "acme/shop", "--json"];
    args.extend(more);
    let told = home.guildhall(args).exits(code).json();
    told["updates"][0].clone()
}

fn version(home: &Home) -> String {
    let list = home.guildhall(["installed", "--json"]).exits(0);
    list.word("/installed/0/version")
}

struct Shop {
    market: Market,
    author: Home,
    home: Home,
}

fn installed(more: &[&str]) -> Shop {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let home = Home::new();
    let mut flags = vec!["--yes"];
    flags.extend(more);
    let _ = market.install(&home, "acme/shop", &flags).exits(0);
    Shop {
        market,
        author,
        home,
    }
}

#[test]
fn an_update_that_asks_for_nothing_more_is_installed_and_keeps_what_the_skill_knows() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed(&["--decline", "payments"]);
    let _ = home
        .run("acme/shop", "remember")
        .input(remember("k", "kept"))
        .go()
        .exits(0);
    assert_eq!(update(&home, &[], 0)["state"], "current");
    // Narrower in one place, otherwise the same.
    Draft::new("acme/shop", "1.1.0")
        .with("/public/*", "/public/prices")
        .release(&author);
    let looked = update(&home, &["--dry-run"], 0);
    assert_eq!(
        (&looked["state"], &looked["to"]),
        (&json!("available"), &json!("1.1.0"))
    );
    assert_eq!(version(&home), "1.0.0");
    let done = update(&home, &[], 0);
    assert_eq!(done["state"], "updated", "{done:#}");
    assert_eq!(
        (&done["gained"], done["lost"].as_array().unwrap().len()),
        (&json!([]), 1),
        "{done:#}"
    );
    assert_eq!(version(&home), "1.1.0");
    let recalled = home
        .run("acme/shop", "recall")
        .input(json!({ "key": "k" }))
        .go()
        .exits(0);
    assert_eq!(recalled.output(), "kept");
    // What was declined stays declined.
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(record["installed"][0]["declined"], json!(["payments"]));
}

#[test]
fn an_update_that_asks_for_more_is_held_and_the_old_one_stays() {
    let Shop {
        market,
        author,
        home,
    } = installed(&[]);
    let wider = Draft::new("acme/shop", "1.1.0").with("[\"GET\"]", "[\"GET\", \"POST\"]");
    let held = wider.publish(&author).exits(3).json();
    let staff = market.staff();
    let id = held["id"].as_str().unwrap();
    let _ = staff
        .guildhall([
            "marketplace",
            "admin",
            "decide",
            id,
            "--pass",
            "--reason",
            "fine",
            "--json",
        ])
        .exits(0);
    // Until it is logged there is nothing to update to.
    let state = loop {
        let line = home.guildhall(["update", "acme/shop", "--json"]);
        let told = line.json()["updates"][0].clone();
        if told["state"] != "current" {
            assert_eq!(line.code, Some(3), "{}", line.shown());
            break told;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!(state["state"], "held", "{state:#}");
    assert_eq!(
        state["gained"][0]["grant"], "POST https://shop.test/public/*",
        "{state:#}"
    );
    assert_eq!(state["asks"][0]["id"], "network:shop.test", "{state:#}");
    assert_eq!(version(&home), "1.0.0");
    let _ = home
        .run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
        .exits(1);

    let words = home.guildhall(["update"]).exits(3);
    assert!(
        words
            .stderr
            .contains("+ requests POST https://shop.test/public/*"),
        "{}",
        words.shown()
    );
    assert!(
        words.stderr.contains("acme/shop 1.0.0 stays"),
        "{}",
        words.shown()
    );

    let done = update(&home, &["--yes"], 0);
    assert_eq!(done["state"], "updated", "{done:#}");
    assert_eq!(version(&home), "1.1.0");
}

#[test]
fn a_new_optional_part_can_be_declined_with_the_update() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let whole = Draft::new("acme/shop", "2.0.0");
    Draft::new("acme/shop", "1.0.0")
        .with("[\"email\"]", "[\"chat\"]")
        .release(&author);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    whole.release(&author);
    assert_eq!(update(&home, &[], 3)["state"], "held");
    let done = update(&home, &["--decline", "messages"], 0);
    assert_eq!(done["state"], "updated", "{done:#}");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(
        record["installed"][0]["declined"],
        json!(["messages:email"])
    );
    assert_eq!(record["installed"][0]["consent"]["channels"], json!([]));
}

#[test]
fn a_pinned_skill_is_left_alone() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed(&[]);
    Draft::new("acme/shop", "1.1.0").release(&author);
    let _ = home.guildhall(["pin", "acme/shop", "--json"]).exits(0);
    let line = update(&home, &[], 0);
    assert_eq!(
        (&line["state"], &line["to"]),
        (&json!("pinned"), &json!("1.1.0"))
    );
    assert_eq!(version(&home), "1.0.0");
    let _ = home
        .guildhall(["pin", "acme/shop", "--off", "--json"])
        .exits(0);
    assert_eq!(update(&home, &[], 0)["state"], "updated");
}

#[test]
fn an_update_that_is_killed_at_any_moment_leaves_one_whole_release() {
    let Shop {
        market: _market,
        author,
        home,
    } = installed(&[]);
    let mut newest = 0;
    for step in 0..24 {
        if step % 3 == 0 {
            newest += 1;
            Draft::new("acme/shop", &format!("1.0.{newest}")).release(&author);
        }
        let running = home.start(["update", "acme/shop", "--json"]);
        std::thread::sleep(std::time::Duration::from_millis(2 + 3 * step));
        let _ = running.kill();
        let checked = home.guildhall(["installed", "--check", "--json"]).exits(0);
        assert!(
            checked.word("/installed/0/version").starts_with("1.0."),
            "{}",
            checked.shown()
        );
        let _ = home
            .run("acme/shop", "fail")
            .input(json!({ "text": "x" }))
            .go()
            .exits(1);
    }
    let _ = update(&home, &[], 0);
    assert_eq!(version(&home), format!("1.0.{newest}"));
    // Nothing is left of what was begun.
    let files = std::fs::read_dir(home.home().join("installed/acme/shop"))
        .unwrap()
        .count();
    assert_eq!(files, 4, "record, component, evidence, golden cases");
}
