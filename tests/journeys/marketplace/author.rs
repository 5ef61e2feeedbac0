//! What authors do: an account, a key, releases.

use guildhall_tests::market::{CASE, telling};
use guildhall_tests::{Draft, Home, Market, json};

#[test]
fn an_author_goes_from_nothing_to_a_release() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let draft = Draft::new("acme/shop", "1.0.0");
    let released = draft.release(&author);
    assert_eq!(
        released["findings"][0]["code"], "capability.unused",
        "{released:#}"
    );
    assert!(released["log_index"].as_u64().is_some(), "{released:#}");

    let list = author
        .guildhall(["releases", "acme/shop", "--json"])
        .exits(0)
        .json();
    assert_eq!(list["releases"][0]["release"], released["release"]);
    let own = author.guildhall(["releases", "--json"]).exits(0).json();
    assert_eq!(own["publishes"][0]["state"], "released");
    let id = own["publishes"][0]["id"].as_str().unwrap();
    let one = author.guildhall(["releases", id, "--json"]).exits(0).json();
    assert_eq!(one["component"], released["component"]);
    let keys = author
        .guildhall(["keys", "list", "acme", "--json"])
        .exits(0)
        .json();
    assert_eq!(keys["keys"][0]["here"], true, "{keys:#}");
}

#[test]
fn the_same_publish_twice_is_one_release_and_another_one_of_the_same_version_is_refused() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let draft = Draft::new("acme/shop", "1.0.0");
    let first = draft.release(&author);
    let again = draft.release(&author);
    assert_eq!(
        (&first["id"], &first["release"]),
        (&again["id"], &again["release"])
    );
    let other = draft
        .with("Looks up prices.", "Looks up other prices.")
        .publish(&author);
    let error = other.error(4, "version.taken");
    assert!(error.contains("1.0.0"), "{error}");
}

#[test]
fn a_dry_run_tells_what_would_be_sent_and_sends_nothing() {
    let home = Home::new();
    let draft = Draft::new("acme/shop", "1.0.0").case("b", CASE);
    let mut args = draft.publish_args(&home);
    args.push("--dry-run".to_owned());
    // Nobody is logged in, and there is no marketplace.
    let told = home.guildhall(&args).exits(0).json();
    assert_eq!(told["passes"], true, "{told:#}");
    assert_eq!(told["review"]["golden"]["passed"], 2);
    let names: Vec<&str> = told["files"]["golden"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["skill/golden/a/case.toml", "skill/golden/b/case.toml"]
    );
    assert!(!home.home().join("marketplaces").exists());
    let failing = draft.case("c", &CASE.replace("failure = \"no\"", "failure = \"yes\""));
    let mut args = failing.publish_args(&home);
    args.push("--dry-run".to_owned());
    let told = home.guildhall(&args).exits(4).json();
    assert_eq!(told["passes"], false, "{told:#}");
}

#[test]
fn a_rejected_release_says_why_and_what_to_do_and_may_come_again() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let draft = Draft::new("acme/shop", "1.0.0");
    let bad = draft
        .clone()
        .case("b", &CASE.replace("failure = \"no\"", "failure = \"yes\""));
    let told = bad.publish(&author).exits(4).json();
    assert_eq!(told["state"], "rejected", "{told:#}");
    let finding = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "golden.failed")
        .unwrap();
    assert!(!finding["fix"].as_str().unwrap().is_empty(), "{finding:#}");
    let words = author
        .guildhall(
            bad.publish_args(&author)
                .iter()
                .filter(|arg| *arg != "--json"),
        )
        .exits(4);
    assert!(
        words.stderr.contains("golden.failed") && words.stderr.contains("to do:"),
        "{}",
        words.shown()
    );
    let _ = draft.release(&author);
}

#[test]
fn what_asks_for_more_is_held_until_a_reviewer_who_is_not_its_author_decides() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let first = Draft::new("acme/shop", "1.0.0");
    first.release(&author);
    let wider = first.version("1.1.0").with("/public/*", "/**");
    let held = wider.publish(&author).exits(3).json();
    assert_eq!(held["state"], "held", "{held:#}");
    assert_eq!(held["wider"][0]["kind"], "network", "{held:#}");
    let latest = |home: &Home| {
        home.guildhall(["info", "acme/shop", "--json"])
            .exits(0)
            .word("/skill/latest")
    };
    assert_eq!(latest(&author), "1.0.0");

    let id = held["id"].as_str().unwrap();
    let decide = |home: &Home, what: &str| {
        home.guildhall([
            "marketplace",
            "admin",
            "decide",
            id,
            what,
            "--reason",
            "it is its task",
            "--json",
        ])
    };
    // An author who asks for the scope of a reviewer has not got the role.
    let _ = market.login(&author, "ann", &["--staff"]).exits(0);
    let refused = decide(&author, "--pass");
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    let staff = market.staff();
    let queue = staff
        .guildhall(["marketplace", "admin", "queue", "--json"])
        .exits(0)
        .json();
    assert_eq!(queue["publishes"][0]["id"], *id, "{queue:#}");
    let _ = decide(&staff, "--pass").exits(0);
    // It is logged within the second that the decision takes to settle.
    let state = || {
        author
            .guildhall(["releases", id, "--json"])
            .exits(0)
            .word("/state")
    };
    for _ in 0..100 {
        if state() == "released" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(state(), "released");
    assert_eq!(latest(&author), "1.1.0");
    // A new major version is a new promise.
    let major = first.version("2.0.0").with("/public/*", "/**");
    major.release(&author);
}

#[test]
fn nobody_publishes_in_the_name_of_somebody_else() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let thief = market.author("eve", "other");
    let taken = thief.guildhall(["keys", "new", "acme", "--json"]);
    assert_eq!(taken.code, Some(4), "{}", taken.shown());
    let draft = Draft::new("acme/shop", "1.0.0");
    let refused = draft.publish(&thief);
    let _ = refused.error(4, "no-key");
    draft.release(&author);
    let _ = author
        .guildhall(["keys", "new", "nordlicht", "--json"])
        .exits(0);
    let alike = thief.guildhall(["keys", "new", "nordlihct", "--json"]);
    let error = alike.error(4, "name.look-alike");
    assert!(error.contains("nordlicht"), "{error}");
}

#[test]
fn a_rotated_key_signs_and_the_old_one_signs_nothing_new() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    let first = Draft::new("acme/shop", "1.0.0");
    first.release(&author);
    let rotated = author
        .guildhall(["keys", "rotate", "acme", "--json"])
        .exits(0)
        .json();
    let second = first.version("1.0.1");
    second.release(&author);
    let mut args = first.version("1.0.2").publish_args(&author);
    args.extend([
        "--key".to_owned(),
        rotated["replaces"].as_str().unwrap().to_owned(),
    ]);
    let refused = author.guildhall(&args);
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    // What the old one signed in its time stays.
    let merchant = Home::new();
    let _ = market
        .install(&merchant, "acme/shop@1.0.0", &["--yes"])
        .exits(0);
}

#[test]
fn a_wrong_password_or_no_login_is_told_apart() {
    let market = Market::start();
    let home = market.member("ann");
    let url = market.url();
    let wrong = telling(
        home.command([
            "login",
            &url,
            "--account",
            "ann",
            "--password-stdin",
            "--json",
        ]),
        "wrong horse battery",
    );
    assert_eq!(wrong.code, Some(4), "{}", wrong.shown());
    let _ = home.guildhall(["logout", "--json"]).exits(0);
    let _ = home
        .guildhall(["releases", "--json"])
        .error(4, "not-logged-in");
    let short = telling(
        home.command([
            "login",
            &url,
            "--account",
            "bob",
            "--new",
            "--password-stdin",
            "--json",
        ]),
        "short",
    );
    let _ = short.error(2, "password");
    let token = home
        .home()
        .join("marketplaces")
        .join(format!("http_{}", market.address().replace(':', "_")));
    assert!(!token.join("token").exists());
    assert_eq!(
        market.login(&home, "ann", &[]).exits(0).json()["account"],
        json!("ann")
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &token.join("token").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}
