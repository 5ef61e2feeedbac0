//! What a run does not keep is in no byte of any file of the store, at any time that it promises.

use guildhall_tests::disk::{found, found_all, found_bytes, marker};
use guildhall_tests::settings::{bank_order, letter, order};
use guildhall_tests::smtp::{Act, MailServer};
use guildhall_tests::terminal::{ENTER, Terminal, UP};
use guildhall_tests::{Home, Peer, Reply, Run, Value, json};
use std::fs;
use std::path::PathBuf;

const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A home with money, channels and a shop, all of whose far sides answer, or refuse, with markers.
pub(crate) struct World {
    pub(crate) home: Home,
    shop: Peer,
    hook: Peer,
    mail: MailServer,
    /// Every marker that was used: what it stood for, and its text.
    used: Vec<(&'static str, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        home.has_till("1000.00");
        home.has_bank();
        let shop = Peer::tls(&["shop.test"], |_| Reply::Answer {
            status: 200,
            headers: vec![("x-answer".to_owned(), marker("response header"))],
            body: marker("response body").into_bytes(),
        });
        let hook = Peer::tls(&["books.test"], |_| Reply::text(marker("webhook answer")));
        let mail = MailServer::scripted(|at| match at {
            "END" => Act::Say(format!("554 spam: {}", marker("mail answer"))),
            _ => Act::Yes,
        });
        home.reaches(&[
            ("shop.test:443", shop.address()),
            ("books.test:443", hook.address()),
            ("http://mail.test:2525", mail.address()),
        ]);
        home.has_webhook("https://books.test/in", HOOK_KEY);
        let server = [
            "--server",
            "mail.test",
            "--port",
            "2525",
            "--from",
            "a@acme.example",
        ];
        let command = ["messages", "add-smtp", "email"].iter().chain(&server);
        let _ = home.guildhall(command).exits(0);
        for folder in ["out", "inbox"] {
            let _ = home.folder(folder);
        }
        home.put(
            &format!("inbox/{}.txt", marker("read path")),
            marker("read content"),
        );
        home.put(
            &format!("out/{}.txt", marker("replaced path")),
            marker("replaced content"),
        );
        let used = Vec::new();
        Self {
            home,
            shop,
            hook,
            mail,
            used,
        }
    }

    pub(crate) fn mark(&mut self, name: &'static str) -> String {
        let text = marker(name);
        if !self.used.iter().any(|(known, _)| *known == name) {
            self.used.push((name, text.clone()));
        }
        text
    }

    /// A run of the prober with every grant that one of these runs needs.
    pub(crate) fn run(&self, retention: &str, operation: &str, input: &Value) -> Run<'_> {
        let path = |name: &str| self.home.path().join(name);
        self.home
            .prober(operation)
            .input(input.clone())
            .read("inbox", &path("inbox"))
            .write("out", &path("out"))
            .allow("POST https://shop.test/**")
            .arg("--pay")
            .arg("EUR 500.00")
            .arg("--message")
            .arg("books")
            .arg("--message")
            .arg("email")
            .arg("--retention")
            .arg(retention)
    }

    /// Every kind of thing that a run may be told, read, answer, stage or fail with. Each with its operation, and whether it
    /// stages an effect.
    fn runs(&mut self) -> Vec<(&'static str, Value, bool)> {
        let mut fetch = json!({
            "method": "POST", "url": format!("https://shop.test/{}", self.mark("url path")), "body": self.mark("request body"),
            "headers": [{ "name": "x-request", "value": self.mark("request header") }],
        });
        let allowed = fetch.clone();
        fetch["url"] = format!("https://denied.test/{}", self.mark("denied url")).into();
        let mut order = order(&self.mark("document"));
        order["name"] = self.mark("payee name").into();
        let mut second = order.clone();
        second["document"] = self.mark("second document").into();
        let mut note = letter("books", &self.mark("recipient"), &self.mark("message body"));
        note["subject"] = self.mark("subject").into();
        note["attachments"] = json!([format!("inbox/{}.txt", self.mark("read path"))]);
        let mut mail = letter(
            "email",
            &format!("{}@example.com", self.mark("mail recipient")),
            &self.mark("mail body"),
        );
        mail["subject"] = self.mark("mail subject").into();
        for name in [
            "response body",
            "read content",
            "replaced content",
            "mail answer",
        ] {
            let _ = self.mark(name);
        }
        let file = |name: String| format!("out/{name}.txt");
        vec![
            ("fail", json!({ "text": self.mark("failure") }), false),
            ("note", json!({ "text": self.mark("log line") }), false),
            (
                "read",
                json!({ "path": format!("inbox/{}.txt", self.mark("read path")) }),
                false,
            ),
            ("fetch", allowed, false),
            ("fetch", fetch, false),
            (
                "remember",
                json!({ "key": self.mark("key"), "value": self.mark("value"), "then_fail": false }),
                false,
            ),
            ("recall", json!({ "key": self.mark("key") }), false),
            (
                "write",
                json!({ "path": file(self.mark("new path")), "text": self.mark("new content") }),
                true,
            ),
            (
                "write",
                json!({ "path": file(self.mark("replaced path")), "text": self.mark("newer content") }),
                true,
            ),
            (
                "remember-and-write",
                json!({ "key": self.mark("parked key"), "value": self.mark("parked value"), "path": file(self.mark("parked path")) }),
                true,
            ),
            (
                "copy",
                json!({ "source": format!("inbox/{}.txt", self.mark("read path")), "target": file(self.mark("copy path")) }),
                true,
            ),
            ("pay", json!({ "order": order }), true),
            (
                "pay-because",
                json!({ "order": second, "reason": self.mark("reason") }),
                true,
            ),
            ("tell", json!({ "note": note }), true),
            ("tell", json!({ "note": mail }), true),
        ]
    }

    #[track_caller]
    pub(crate) fn keeps_nothing(&self, when: &str) {
        let kept = found_all(&self.home, &self.used);
        assert_eq!(kept, Vec::<String>::new(), "{when}");
    }

    pub(crate) fn run_keys(&self) -> Vec<PathBuf> {
        let folder = self.home.home().join("state/keys/run-keys");
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn a_run_that_keeps_everything_does_and_the_search_finds_it() {
    let mut world = World::new();
    for (operation, input, _) in world.runs() {
        let _ = world.run("full", operation, &input).approve("all").go();
    }
    for (name, text) in &world.used {
        assert!(!found(&world.home, text).is_empty(), "{name} is not found");
    }
    // Every far side was reached, so that the other tests of this file search for what was really there.
    assert_eq!(world.shop.connections(), 1);
    assert_eq!(world.hook.connections(), 1);
    assert_eq!(world.mail.mails().len(), 1);
    assert_eq!(world.home.available("supplier"), 3_000);
}

#[test]
fn a_run_that_keeps_hashes_or_nothing_leaves_nothing_when_it_has_ended() {
    for retention in ["hashes", "none"] {
        let mut world = World::new();
        for (index, (operation, input, _)) in world.runs().into_iter().enumerate() {
            let file = format!("{index}.json");
            let ran = world
                .run(retention, operation, &input)
                .approve("all")
                .arg("--receipt")
                .arg(&file)
                .go();
            assert!(matches!(ran.code, Some(0 | 1 | 4)), "{}", ran.shown());
            world.keeps_nothing(&format!("{retention}: {operation}"));
            let _ = world.home.guildhall(["verify", &file]).exits(0);
            let replay = world
                .home
                .guildhall(["verify", &file, "--replay", "--json"])
                .exits(5);
            assert!(replay.stdout.contains("did not keep"), "{}", replay.shown());
            // Nor is any of it in what is shown of the run afterwards, or in its receipt.
            let id = ran.invocation();
            let receipt = world
                .home
                .guildhall(["receipts", "show", &id, "--json"])
                .exits(0);
            for text in [&world.home.recorded(&id).to_string(), &receipt.stdout] {
                for (name, marker) in &world.used {
                    assert!(!text.contains(marker), "{retention}: {operation}: {name}");
                }
            }
        }
        let _ = world.home.guildhall(["audit", "verify"]).exits(0);
        assert_eq!(world.run_keys(), Vec::<PathBuf>::new());
        // What the money did remains: who, how much, when.
        assert_eq!(world.home.available("supplier"), 3_000);
        let statement = world
            .home
            .guildhall(["wallet", "statement", "till", "--json"])
            .exits(0);
        assert_eq!(
            statement.stdout.matches("book:supplier").count(),
            2,
            "{}",
            statement.shown()
        );
        // And what the skill remembers, sealed.
        let recalled = world
            .home
            .prober("recall")
            .input(json!({ "key": marker("key") }));
        assert_eq!(
            recalled
                .arg("--retention")
                .arg("none")
                .go()
                .exits(0)
                .output(),
            marker("value")
        );
        world.keeps_nothing("afterwards");
    }
}

#[test]
fn what_waits_with_hashes_is_sealed_shown_whole_and_decided_by_another_process() {
    let mut world = World::new();
    for (operation, input, stages) in world.runs() {
        if !stages {
            continue;
        }
        let ran = world.run("hashes", operation, &input).go().exits(3);
        let id = ran.invocation();
        world.keeps_nothing(&format!("{operation} waits"));
        let [key] = &world.run_keys()[..] else {
            panic!("one run has a key, not {:?}", world.run_keys());
        };
        let secret = fs::read(key).unwrap();
        let card = world
            .home
            .guildhall(["approvals", "show", &id, "--json"])
            .exits(0)
            .stdout;
        for wanted in strings(&input).iter().filter(|text| text.len() >= 48) {
            let bare = wanted
                .trim_start_matches("out/")
                .trim_start_matches("inbox/");
            let told = operation == "remember-and-write" && !card.contains(bare);
            // What a skill remembers is no effect, so it is on no card.
            assert!(
                told || card.contains(bare),
                "{operation}: `{wanted}` is not on\n{card}"
            );
        }
        let done = world
            .home
            .guildhall(["approvals", "approve", &id, "--yes", "--json"]);
        assert!(matches!(done.code, Some(0 | 4)), "{}", done.shown());
        world.keeps_nothing(&format!("{operation} is done"));
        assert_eq!(world.run_keys(), Vec::<PathBuf>::new(), "{operation}");
        assert_eq!(
            found_bytes(&world.home, secret.trim_ascii()),
            Vec::<String>::new()
        );
    }
    let text = |name: &str| world.home.text(&format!("out/{}.txt", marker(name)));
    assert_eq!(text("new path"), Some(marker("new content")));
    assert_eq!(text("replaced path"), Some(marker("newer content")));
    assert_eq!(text("copy path"), Some(marker("read content")));
    assert_eq!(world.hook.connections(), 1);
    assert_eq!(world.mail.mails().len(), 1);
    let recalled = world
        .home
        .prober("recall")
        .input(json!({ "key": marker("parked key") }));
    assert_eq!(
        recalled
            .arg("--retention")
            .arg("none")
            .go()
            .exits(0)
            .output(),
        marker("parked value")
    );
}

/// Every text in a JSON value.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(strings).collect(),
        Value::Object(all) => all.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_was_rejected_or_can_not_be_done_any_more_leaves_nothing_either() {
    let mut world = World::new();
    for (round, (operation, input, stages)) in world.runs().into_iter().enumerate() {
        if !stages {
            continue;
        }
        let id = world
            .run("hashes", operation, &input)
            .go()
            .exits(3)
            .invocation();
        if operation == "write" || operation == "remember-and-write" {
            // Somebody else was there before; the refusal, which names the path, is not kept.
            let path = input["path"].as_str().unwrap();
            world.home.put(path, "somebody else's");
            let _ = world
                .home
                .guildhall(["approvals", "approve", &id, "--yes", "--json"])
                .exits(4);
        } else {
            let _ = world.home.guildhall(["approvals", "reject", &id]).exits(0);
        }
        world.keeps_nothing(&format!("{round}: {operation}"));
        assert_eq!(
            world.run_keys(),
            Vec::<PathBuf>::new(),
            "{round}: {operation}"
        );
    }
}

#[test]
fn a_run_that_keeps_nothing_can_not_wait() {
    let mut world = World::new();
    for (operation, input, stages) in world.runs() {
        if !stages {
            continue;
        }
        let ran = world
            .run("none", operation, &input)
            .approve("later")
            .go()
            .exits(3)
            .is("rejected");
        let reason = ran.word("/failure/reason");
        assert!(
            reason.contains("keeps nothing") || reason.contains("none"),
            "{reason}"
        );
        world.keeps_nothing(operation);
    }
    assert!(world.home.waiting().is_empty());
    assert_eq!(
        world.home.names("out"),
        [format!("{}.txt", marker("replaced path"))]
    );
    assert_eq!(world.home.available("supplier"), 0);
    world.hook.saw_nothing();
    assert_eq!(world.mail.connections(), 0);
    // An order for the bank waits for the next file, so it can't be placed either.
    let ran = world
        .run(
            "none",
            "pay",
            &json!({ "order": bank_order(&marker("document")) }),
        )
        .approve("all")
        .go();
    let refusals = ran.json()["refusals"].clone();
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(refusals.to_string().contains("retention"), "{refusals:#}");
    assert_eq!(world.home.available("main"), 0);
}

#[test]
fn a_run_that_keeps_nothing_leaves_nothing_while_a_person_looks_at_its_card() {
    let mut world = World::new();
    let (path, text) = (world.mark("new path"), world.mark("new content"));
    let command = world
        .run(
            "none",
            "write",
            &json!({ "path": format!("out/{path}.txt"), "text": text }),
        )
        .in_words()
        .command();
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Your decision");
    assert!(terminal.text().contains(&text), "{}", terminal.text());
    world.keeps_nothing("before the answer");
    // From the last answer up to the first.
    terminal.press(&[UP, UP, UP, ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(world.home.text(&format!("out/{path}.txt")), Some(text));
    world.keeps_nothing("after it");
}

#[test]
fn why_nothing_was_done_is_said_to_who_decides_even_if_it_is_not_kept() {
    let mut world = World::new();
    let (path, text) = (world.mark("new path"), world.mark("new content"));
    let input = json!({ "path": format!("out/{path}.txt"), "text": text });
    let id = world
        .run("hashes", "write", &input)
        .go()
        .exits(3)
        .invocation();
    world
        .home
        .put(&format!("out/{path}.txt"), "somebody else's");
    let ran = world
        .home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(4);
    let _ = ran.refusal("files.target-changed");
    // The same for what went wrong while it was done.
    let mail = letter("email", "a@example.com", "a text");
    for retention in ["hashes", "none"] {
        let ran = world
            .run(retention, "tell", &json!({ "note": mail }))
            .approve("all")
            .go()
            .exits(4);
        let detail = ran.json()["effects"][0]["detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            detail.contains("refused the message: 554"),
            "{retention}: {}",
            ran.shown()
        );
    }
}
