//! What merchants do: find, consent, run, take away.

use guildhall_tests::market::{PAYMENTS, remember};
use guildhall_tests::terminal::{ENTER, Terminal};
use guildhall_tests::{Draft, Home, Market, json};
use std::fs;

fn shop(market: &Market) -> Home {
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    author
}

#[test]
fn nothing_is_installed_without_consent() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let refused = market.install(&home, "acme/shop", &[]);
    let error = refused.error(3, "consent-needed");
    for part in [
        "network:shop.test",
        "files:out",
        "payments",
        "messages:email",
        "state",
        "--yes",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    // What was shown stands on standard error, from the bytes.
    for part in [
        "It needs",
        "Optional",
        "It cannot",
        "“Looks up prices.”",
        "1 of witness.test",
        "acme, signed with",
    ] {
        assert!(refused.stderr.contains(part), "{part}\n{}", refused.stderr);
    }
    let list = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(list["installed"], json!([]));
    let _ = home
        .run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
        .error(2, "not-installed");
}

#[test]
fn an_installed_skill_runs_by_its_name_and_its_card_says_who_signed() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let installed = market
        .install(&home, "acme/shop", &["--yes"])
        .exits(0)
        .json();
    assert_eq!(installed["installed"]["version"], "1.0.0");
    assert_eq!(installed["installed"]["marketplace"], market.address());
    let out = home.folder("out");
    let id = home
        .run("acme/shop", "write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    let who = format!("acme/shop 1.0.0 — signed release from {}", market.address());
    assert!(card.stderr.contains(&who), "{}", card.shown());
    assert!(!card.stderr.contains("its own claim"), "{}", card.shown());
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(0);
    assert_eq!(home.text("out/a.txt").as_deref(), Some("x"));
    let run = home.recorded(&id);
    assert_eq!(
        run["summary"]["skill"]["trust"]["signed-release"]["marketplace"],
        market.address()
    );
    let receipt = home.guildhall(["receipts", "show", &id]).exits(0);
    assert!(
        receipt.stdout.contains("signed release from"),
        "{}",
        receipt.shown()
    );

    // The other commands take the name, too.
    let shown = home
        .guildhall(["inspect", "acme/shop", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["digest"], installed["installed"]["component"]);
    let tested = home
        .guildhall(["test", "acme/shop", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&tested["passed"], &tested["failed"]),
        (&json!(1), &json!(0))
    );
    let _ = home.guildhall(["installed", "--check", "--json"]).exits(0);
    // The same bytes as a file are somebody's file.
    let component = home.put("copy.wasm", Draft::new("acme/shop", "1.0.0").component());
    let ran = home
        .run(component, "write")
        .input(json!({ "path": "out/b.txt", "text": "x" }))
        .write("out", &out)
        .go();
    let card = home
        .guildhall(["approvals", "show", &ran.invocation()])
        .exits(0);
    assert!(
        card.stderr.contains("unsigned local file"),
        "{}",
        card.shown()
    );
}

#[test]
fn what_was_declined_is_refused_by_the_consent_until_it_is_given() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let _ = market
        .install(&home, "acme/shop", &["--yes", "--decline", "files:out"])
        .error(2, "consent.required");
    let _ = market
        .install(&home, "acme/shop", &["--yes", "--decline", "payments"])
        .exits(0);
    let _ = home.guildhall(["wallet", "add-book", "till", "--currency", "EUR", "--json"]);
    let pay = || {
        home.run("acme/shop", "pay")
            .input(json!({ "order": {
                "scheme": "book", "account": "fees", "name": "Fees", "minor": 100, "currency": "EUR",
                "document": "1", "date": null, "requires": [],
            } }))
            .arg("--pay")
            .arg("EUR 5.00")
            .go()
    };
    let refusal = pay().refused_by("payments.not-consented");
    assert_eq!(refusal.set.as_deref(), Some("consent"));
    let asks = home
        .guildhall(["consent", "acme/shop", "--json"])
        .exits(0)
        .json();
    let ask = asks["asks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|ask| ask["id"] == "payments")
        .unwrap();
    assert_eq!(
        (&ask["given"], &ask["reason"]),
        (&json!(false), &json!("Pays."))
    );
    let _ = home
        .guildhall(["consent", "acme/shop", "--give", "payments", "--json"])
        .exits(0);
    let given = pay();
    let refused = given.json()["refusals"].to_string();
    assert!(!refused.contains("not-consented"), "{}", given.shown());
    let required = home.guildhall(["consent", "acme/shop", "--revoke", "state", "--json"]);
    let _ = required.error(2, "consent.required");
}

#[test]
fn consent_taken_back_voids_what_waits_for_approval() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0")
        .with(
            "reason = \"Writes the report.\"\n",
            "reason = \"Writes the report.\"\noptional = true\n",
        )
        .release(&author);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    let out = home.folder("out");
    let write = || {
        home.run("acme/shop", "write")
            .input(json!({ "path": "out/a.txt", "text": "x" }))
            .write("out", &out)
            .go()
    };
    let id = write().exits(3).invocation();
    let told = home
        .guildhall(["consent", "acme/shop", "--revoke", "files", "--json"])
        .exits(0)
        .json();
    assert_eq!(told["void"], json!([id]));
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .error(4, "not-pending");
    assert_eq!(home.names("out"), Vec::<String>::new());
    let refusal = write().refused_by("files.not-consented");
    assert_eq!(refusal.set.as_deref(), Some("consent"));
}

#[test]
fn a_person_consents_at_the_prompt_part_by_part() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let url = market.url();
    let mut terminal = Terminal::start(home.command(["install", "acme/shop", "--from", &url]));
    terminal.wait_for("Allow the optional part payments?");
    let page = terminal.text();
    for part in [
        "First contact",
        &market.root,
        "It needs",
        "Optional: it also runs without",
        "It cannot",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    terminal.press(&["y", ENTER]);
    terminal.wait_for("Allow the optional part messages:email?");
    terminal.press(&["n", ENTER]);
    terminal.wait_for("Install acme/shop 1.0.0 with this?");
    terminal.press(&["y", ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Declined: messages:email"), "{screen}");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(
        record["installed"][0]["declined"],
        json!(["messages:email"])
    );

    let other = Home::new();
    let mut terminal = Terminal::start(other.command(["install", "acme/shop", "--from", &url]));
    terminal.wait_for("Allow the optional part payments?");
    terminal.press(&[ENTER]);
    terminal.wait_for("Allow the optional part messages:email?");
    terminal.press(&[ENTER]);
    terminal.wait_for("Install acme/shop 1.0.0 with this?");
    terminal.press(&[ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(3), "no is the default\n{screen}");
    assert!(!other.home().join("installed/acme").exists());
}

#[test]
fn a_component_that_was_changed_on_the_disk_is_not_run() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let installed = market
        .install(&home, "acme/shop", &["--yes"])
        .exits(0)
        .json();
    let digest = installed["installed"]["component"]
        .as_str()
        .unwrap()
        .trim_start_matches("sha256:")
        .to_owned();
    let path = home
        .home()
        .join("installed/acme/shop")
        .join(format!("{digest}.wasm"));
    let good = fs::read(&path).unwrap();
    let other = Draft::new("acme/shop", "1.0.0")
        .with(PAYMENTS, &PAYMENTS.replace("Pays.", "Pays me."))
        .component();
    for bad in [&good[..good.len() - 1], &other] {
        fs::write(&path, bad).unwrap();
        let ran = home
            .run("acme/shop", "fail")
            .input(json!({ "text": "x" }))
            .go();
        let _ = ran.error(5, "installed-changed");
        let _ = home
            .guildhall(["installed", "--check", "--json"])
            .error(5, "installed-changed");
    }
    // Installing again repairs it, and nothing has to be consented to anew.
    let _ = market.install(&home, "acme/shop", &[]).exits(0);
    let _ = home
        .run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
        .exits(1);
}

#[test]
fn a_skill_is_found_and_shown_with_what_it_can_touch() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let url = market.url();
    // A letter is missing.
    let found = home
        .guildhall(["search", "shoop", "--from", &url, "--json"])
        .exits(0)
        .json();
    assert_eq!(found["items"][0]["name"], "acme/shop", "{found:#}");
    let none = home
        .guildhall([
            "search",
            "shop",
            "--without",
            "payments",
            "--from",
            &url,
            "--json",
        ])
        .exits(0)
        .json();
    assert_eq!(none["items"], json!([]));
    let words = home.guildhall(["search", "shop", "--from", &url]).exits(0);
    assert!(
        words
            .stdout
            .contains("can touch: network, files, payments, messages, state"),
        "{}",
        words.shown()
    );
    let info = home
        .guildhall(["info", "acme/shop", "--from", &url])
        .exits(0);
    for part in [
        "acme/shop 1.0.0",
        "It can",
        "It cannot",
        "1 golden cases passed",
    ] {
        assert!(info.stdout.contains(part), "{part}\n{}", info.shown());
    }
    let missing = home.guildhall(["info", "acme/shoe", "--from", &url, "--json"]);
    let _ = missing.error(2, "not-found");
}

#[test]
fn what_is_taken_away_has_nothing_waiting_and_runs_no_more() {
    let market = Market::start();
    let _author = shop(&market);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    let _ = home
        .run("acme/shop", "remember")
        .input(remember("k", "v"))
        .go()
        .exits(0);
    let out = home.folder("out");
    let id = home
        .run("acme/shop", "write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let gone = home
        .guildhall(["uninstall", "acme/shop", "--json"])
        .exits(0)
        .json();
    assert_eq!(gone["void"], json!([id]));
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .error(4, "not-pending");
    let _ = home
        .run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
        .error(2, "not-installed");
    // Its past stays.
    assert_eq!(home.recorded(&id)["summary"]["status"], "rejected");
    let _ = home
        .guildhall(["uninstall", "acme/shop", "--json"])
        .error(2, "not-installed");
}

#[test]
fn who_connects_installs_updates_and_takes_away_stands_in_the_audit_log() {
    let market = Market::start();
    let author = shop(&market);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &[]).exits(3);
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    Draft::new("acme/shop", "1.1.0").release(&author);
    for command in [
        &["update", "acme/shop", "--yes"][..],
        &["consent", "acme/shop"],
        &["consent", "acme/shop", "--revoke", "messages:email"],
        &["uninstall", "acme/shop"],
        &["marketplace", "use", &market.url()],
    ] {
        let _ = home.guildhall(command).exits(0);
    }
    let (place, root) = (market.address(), &market.root);
    let connected = format!("marketplace-connected {place}, root {root}");
    let (by, what): (Vec<String>, Vec<String>) = home.noted().into_iter().unzip();
    assert_eq!(
        what,
        [
            connected.clone(),
            format!("skill-installed acme/shop 1.0.0 from {place}"),
            "skill-updated acme/shop from 1.0.0 to 1.1.0".to_owned(),
            "consent-set acme/shop 1.1.0".to_owned(),
            "skill-removed acme/shop 1.1.0".to_owned(),
            connected,
        ]
    );
    assert!(by.iter().all(|who| who.contains("uid ")), "{by:?}");
    let _ = home.guildhall(["audit", "verify"]).exits(0);
}
