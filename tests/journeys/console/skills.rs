//! A merchant finds, installs, updates and takes away a skill on pages, over a real marketplace: what the command line sees
//! afterwards is the same.

use guildhall_tests::{Draft, Home, Market, json, wire};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

const PASSWORD: &str = "correct horse battery";

/// A console that runs, and a browser that is signed in as its owner.
struct Console {
    child: Child,
    address: String,
    cookie: String,
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Console {
    fn start(home: &Home) -> Self {
        let mut child = home
            .command(["up", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap)
            .find(|line| line.contains("\"url\""))
            .unwrap();
        let link = told.split('"').nth(3).unwrap().to_owned();
        let (origin, path) = link.split_once("/start?key=").unwrap();
        let mut console = Self {
            child,
            address: origin.replace("http://localhost", "127.0.0.1"),
            cookie: String::new(),
        };
        let _ = console.get(&format!("/start?key={path}"));
        let fields = [("key", path), ("name", "Ann"), ("password", PASSWORD)];
        let (to, _) = console.post("/start", &format!("/start?key={path}"), &fields);
        assert_eq!(to, "/welcome");
        console
    }

    fn ask(&mut self, line: &str, more: &[(&str, &str)], body: &str) -> wire::Answer {
        let cookie = self.cookie.clone();
        let mut headers = vec![("accept", "text/html"), ("cookie", cookie.as_str())];
        headers.extend(more);
        let answer = wire::ask(&self.address, line, &headers, body.as_bytes());
        for (name, value) in &answer.headers {
            if name == "set-cookie" {
                self.cookie = value.split(';').next().unwrap().to_owned();
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> String {
        self.ask(&format!("GET {path}"), &[], "").text()
    }

    /// Sends a form of a page. Where it leads, and what it says.
    fn post(&mut self, path: &str, page: &str, fields: &[(&str, &str)]) -> (String, String) {
        let token = between(&self.get(page), "name=\"csrf\" value=\"", "\"");
        let mut body = format!("csrf={token}");
        for (name, value) in fields {
            let value: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.ask(&format!("POST {path}"), &kind, &body);
        (answer.header("location").to_owned(), answer.text())
    }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap().to_owned()
}

fn says(page: &str, text: &str) {
    assert!(page.contains(text), "no `{text}` in {page}");
}

#[test]
fn what_is_installed_updated_and_taken_away_on_pages_is_what_the_command_line_sees() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let home = Home::new();
    let mut console = Console::start(&home);

    // Nothing is trusted before its fingerprint was confirmed, and only that fingerprint.
    says(
        &console.get("/skills/find"),
        "No marketplace is connected yet",
    );
    let url = market.url();
    let (_, shown) = console.post(
        "/settings/marketplaces",
        "/settings/marketplaces",
        &[("address", &url)],
    );
    says(&shown, &market.root);
    let wrong = format!("sha256:{}", "0".repeat(64));
    let connect = "/settings/marketplaces/connect";
    let other = [("address", url.as_str()), ("fingerprint", wrong.as_str())];
    let (to, refused) = console.post(connect, "/settings/marketplaces", &other);
    assert_eq!(to, "");
    says(&refused, "was expected");
    says(
        &console.get("/skills/find"),
        "No marketplace is connected yet",
    );
    let right = [("address", url.as_str()), ("fingerprint", &market.root)];
    let (to, _) = console.post(connect, "/settings/marketplaces", &right);
    assert_eq!(to, "/skills/find");

    says(
        &console.get("/skills/find?q=shops"),
        "/skills/find/acme/shop",
    );
    let offer = console.get("/skills/find/acme/shop");
    says(&offer, "GET https://shop.test/public/*");
    says(&offer, "witness.test");
    let id = between(&offer, "name=\"offer\" value=\"", "\"");
    let install = [
        ("name", "acme/shop"),
        ("optional", "payments\nmessages:email"),
        ("allow:payments", "on"),
        ("offer", id.as_str()),
    ];
    let (to, told) = console.post("/skills/install", "/settings/marketplaces", &install);
    assert_eq!(to, "/skills/acme/shop", "{told}");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(
        record["installed"][0]["declined"],
        json!(["messages:email"])
    );
    // An offer is consented to once.
    let (to, again) = console.post("/skills/install", "/settings/marketplaces", &install);
    assert_eq!(to, "");
    says(&again, "offer-gone");

    Draft::new("acme/shop", "1.1.0")
        .with("/public/*", "/public/prices")
        .release(&author);
    let newer = console.get("/skills/acme/shop/update");
    says(&newer, "From 1.0.0 to 1.1.0");
    says(&newer, "class=\"less\"");
    let id = between(&newer, "name=\"offer\" value=\"", "\"");
    // Meanwhile something else is allowed on the command line: what was looked at is not what there is.
    let _ = home
        .guildhall(["consent", "acme/shop", "--revoke", "payments", "--json"])
        .exits(0);
    let update = [
        ("name", "acme/shop"),
        ("optional", "payments\nmessages:email"),
        ("allow:payments", "on"),
        ("offer", id.as_str()),
    ];
    let (to, stale) = console.post("/skills/install", "/settings/marketplaces", &update);
    assert_eq!(to, "");
    says(&stale, "changed-meanwhile");
    let newer = console.get("/skills/acme/shop/update");
    let id = between(&newer, "name=\"offer\" value=\"", "\"");
    let update = [
        ("name", "acme/shop"),
        ("optional", "payments\nmessages:email"),
        ("offer", id.as_str()),
    ];
    let (to, told) = console.post("/skills/install", "/settings/marketplaces", &update);
    assert_eq!(to, "/skills/acme/shop", "{told}");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(record["installed"][0]["version"], "1.1.0");
    says(&console.get("/skills/acme/shop/update"), "is the newest");

    let page = "/skills/acme/shop/consent";
    let (to, _) = console.post(page, page, &[("allow:payments", "on")]);
    assert_eq!(to, "/skills/acme/shop");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(
        record["installed"][0]["declined"],
        json!(["messages:email"])
    );
    let page = "/skills/acme/shop/uninstall";
    let (_, gone) = console.post(page, page, &[]);
    says(&gone, "is gone");
    let record = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(record["installed"], json!([]));
    says(
        &console.get("/settings/audit"),
        "installed acme/shop 1.0.0 from",
    );
    // Who did each of these stands in the audit log; what was refused does not.
    let noted: Vec<(bool, String)> = { home.noted().into_iter() }
        .map(|(by, what)| (by.starts_with("person:") && by.ends_with(" (Ann)"), what))
        .collect();
    let (place, root) = (market.address(), &market.root);
    assert_eq!(
        noted,
        [
            (true, format!("marketplace-connected {place}, root {root}")),
            (
                true,
                format!("skill-installed acme/shop 1.0.0 from {place}")
            ),
            (false, "consent-set acme/shop 1.0.0".to_owned()),
            (
                true,
                "skill-updated acme/shop from 1.0.0 to 1.1.0".to_owned()
            ),
            (true, "consent-set acme/shop 1.1.0".to_owned()),
            (true, "skill-removed acme/shop 1.1.0".to_owned()),
        ]
    );
}
