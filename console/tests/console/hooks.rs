//! Outgoing webhooks, with a receiver that is told what to answer.

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::http::StatusCode;
use futures::FutureExt as _;
use futures::future::{self, BoxFuture};
use guildhall_console::hooks::pace::{Came, PATIENCE_MS, answered};
use guildhall_console::hooks::secret::OVERLAP_MS;
use guildhall_console::hooks::sender::{Attempt, Sender};
use guildhall_console::hooks::{add, outbox};
use guildhall_console::people::Role;
use guildhall_console::store::hooks::{self, Hook};
use guildhall_host::{Decision, Retention, Tenant, WebhookSecret, verify_webhook};
use serde_json::Value;

use super::bench::{Bench, Browser};
use super::program::{Program, agent, install};

const URL: &str = "https://books.example/hook";
const PATH: &str = "/settings/webhooks";

/// Answers with these statuses in turn, and then with 204.
#[derive(Default)]
struct Receiver {
    answers: Mutex<VecDeque<u16>>,
    got: Mutex<Vec<Attempt>>,
}

impl Receiver {
    fn answers(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    fn take(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.got.lock().unwrap())
    }
}

impl Sender for Receiver {
    fn send(&self, attempt: Attempt) -> BoxFuture<'_, Came> {
        self.got.lock().unwrap().push(attempt);
        let status = self.answers.lock().unwrap().pop_front().unwrap_or(204);
        future::ready(answered(status)).boxed()
    }
}

struct Stage {
    bench: Bench,
    ann: Browser,
    agent: Program,
    receiver: Receiver,
    out: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        install(&bench).await;
        let out = tempfile::tempdir().unwrap();
        let ann = bench.owner().await;
        let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
        Self {
            bench,
            ann,
            agent,
            receiver: Receiver::default(),
            out,
        }
    }

    /// Adds a hook on the page, and gives its secret.
    async fn hook(&mut self) -> WebhookSecret {
        let page = self.ann.post(PATH, &[("url", URL)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        WebhookSecret::parse(&page.between("<code>", "</code>")).unwrap()
    }

    async fn hooks(&self) -> Vec<Hook> {
        let mut db = self.bench.app.store.read().await.unwrap();
        hooks::all(&mut db).await.unwrap()
    }

    async fn turn(&self) -> Vec<Attempt> {
        outbox::turn(&self.bench.app, &self.receiver).await.unwrap();
        self.receiver.take()
    }

    async fn approve(&self, run: &str) {
        let (host, tenant) = (&self.bench.host, Tenant::local());
        let card = host.card(&tenant, run).await.unwrap().unwrap();
        host.decide(
            &tenant,
            run,
            card.effect_set,
            Decision::Approve,
            "test",
            "test",
        )
        .await
        .unwrap();
    }
}

fn id(attempt: &Attempt) -> String {
    attempt
        .headers
        .iter()
        .find(|(name, _)| *name == "webhook-id")
        .unwrap()
        .1
        .clone()
}

fn is_signed(stage: &Stage, attempt: &Attempt, secret: &WebhookSecret) -> bool {
    let headers: Vec<(String, String)> = attempt
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let now = stage.bench.app.clock.now() / 1000;
    verify_webhook(&headers, &attempt.body, secret, now).is_ok_and(|signed| signed == id(attempt))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_told_of_each_event_once_signed_and_of_nothing_but_identifiers() {
    let mut stage = Stage::new().await;
    let before = stage.agent.waits("before.txt").await;
    assert_eq!(stage.turn().await, [], "there is nobody to tell");
    let secret = stage.hook().await;
    let run = stage.agent.waits("paid-to-somebody.txt").await;
    let told = stage.turn().await;
    let [waits] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(waits.url, URL);
    assert!(is_signed(&stage, waits, &secret));
    let body: Value = serde_json::from_slice(&waits.body).unwrap();
    assert_eq!(body["type"], "run.awaiting_approval");
    assert_eq!(body["data"]["run"], run.as_str());
    let link = format!("http://localhost:8470/approvals/{run}");
    assert_eq!(body["data"]["link"], link);
    let text = String::from_utf8(waits.body.clone()).unwrap();
    assert!(!text.contains("somebody") && !text.contains("out/") && !text.contains(&before));
    assert_eq!(stage.turn().await, []);

    stage.approve(&run).await;
    let told = stage.turn().await;
    let [ended] = told.as_slice() else {
        panic!("{told:?}");
    };
    let body: Value = serde_json::from_slice(&ended.body).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["status"]),
        (&"run.ended".into(), &"committed".into())
    );
    assert_ne!(id(ended), id(waits));
    assert_eq!(stage.turn().await, []);
    assert!(stage.out.path().join("paid-to-somebody.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_sent_again_later_the_same_byte_for_byte_until_it_is() {
    let mut stage = Stage::new().await;
    let secret = stage.hook().await;
    stage.receiver.answers(&[500, 302, 503]);
    stage.agent.waits("a.txt").await;
    let first = stage.turn().await.remove(0);
    let clock = stage.bench.app.clock.clone();
    let mut pauses = Vec::new();
    for _ in 0..3 {
        assert_eq!(stage.turn().await, [], "not before it is due");
        let mut waited = 0;
        let again = loop {
            clock.advance(1_000);
            waited += 1;
            if let [again] = stage.turn().await.as_slice() {
                break again.clone();
            }
            assert!(waited < 400, "it never came again");
        };
        pauses.push(waited);
        assert_eq!((id(&again), &again.body), (id(&first), &first.body));
        assert_ne!(again.headers, first.headers, "the time is signed anew");
        assert!(is_signed(&stage, &again, &secret));
    }
    assert!(pauses.is_sorted() && pauses[0] < pauses[2], "{pauses:?}");
    clock.advance(PATIENCE_MS);
    assert_eq!(stage.turn().await, [], "it was taken");
    assert_eq!(stage.hooks().await[0].failing_since, None);
}

/// A process that ends between sending and writing down what came of it: the receiver gets it twice, under one identifier.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_may_have_sent_is_sent_again_under_the_same_identifier() {
    let mut stage = Stage::new().await;
    stage.hook().await;
    struct Dies;
    impl Sender for Dies {
        fn send(&self, _: Attempt) -> BoxFuture<'_, Came> {
            future::pending().boxed()
        }
    }
    stage.agent.waits("a.txt").await;
    let dies = outbox::turn(&stage.bench.app, &Dies);
    let half_a_second = std::time::Duration::from_millis(500);
    assert!(tokio::time::timeout(half_a_second, dies).await.is_err());
    let taken = {
        let mut db = stage.bench.app.store.read().await.unwrap();
        let hook = &hooks::all(&mut db).await.unwrap()[0];
        hooks::last(&mut db, &hook.id, 1).await.unwrap().remove(0)
    };
    assert_eq!(taken.attempts, 1);
    assert_eq!(
        stage.turn().await,
        [],
        "another process leaves it alone for a while"
    );
    stage.bench.app.clock.advance(61_000);
    let told = stage.turn().await;
    assert_eq!(told.iter().map(id).collect::<Vec<_>>(), [taken.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_takes_nothing_for_days_or_wants_no_more_is_switched_off() {
    let mut stage = Stage::new().await;
    stage.hook().await;
    stage.receiver.answers(&[500; 1_000]);
    let mut attempts = 0;
    for day in 0..7 {
        // Something happens each day.
        stage.agent.waits(&format!("{day}.txt")).await;
        for _ in 0..24 {
            attempts += stage.turn().await.len();
            stage.bench.app.clock.advance(60 * 60 * 1000);
        }
    }
    assert!(attempts > 5, "{attempts}");
    assert!(stage.hooks().await[0].disabled.is_some());
    stage.agent.waits("off.txt").await;
    assert_eq!(stage.turn().await, []);
    let hook = stage.hooks().await.remove(0);
    stage.receiver.answers.lock().unwrap().clear();
    // By whoever owns the console: the session of a week ago has ended.
    guildhall_console::hooks::switch(&stage.bench.app, &hook.id, true)
        .await
        .unwrap();
    stage.agent.waits("on.txt").await;
    assert!(!stage.turn().await.is_empty());
    stage.receiver.answers(&[410]);
    stage.agent.waits("gone.txt").await;
    assert_eq!(stage.turn().await.len(), 1);
    assert!(stage.hooks().await[0].disabled.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_tries_a_hook_changes_its_secret_and_removes_it_and_nobody_else() {
    let mut stage = Stage::new().await;
    let old = stage.hook().await;
    let hook = stage.hooks().await.remove(0).id;
    let at = |what: &str| format!("{PATH}/{hook}/{what}");
    let page = stage.ann.get(PATH).await;
    assert!(!page.text.contains("whsec_"), "a secret is shown once");
    for _ in 0..2 {
        stage.ann.post(&at("test"), &[]).await.goes_to();
    }
    let told = stage.turn().await;
    assert_eq!(told.len(), 2);
    let body: Value = serde_json::from_slice(&told[0].body).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["run"]),
        (&"test".into(), &"".into())
    );
    stage.ann.get(PATH).await.says("It was taken.");

    let page = stage.ann.post(&at("secret"), &[]).await;
    let new = WebhookSecret::parse(&page.between("<code>", "</code>")).unwrap();
    stage.ann.post(&at("test"), &[]).await;
    let told = stage.turn().await;
    assert!(is_signed(&stage, &told[0], &old) && is_signed(&stage, &told[0], &new));
    // The session ends before the day does.
    stage.bench.app.clock.advance(OVERLAP_MS);
    guildhall_console::hooks::test(&stage.bench.app, &hook)
        .await
        .unwrap();
    let told = stage.turn().await;
    assert!(!is_signed(&stage, &told[0], &old) && is_signed(&stage, &told[0], &new));

    let fresh = Stage::new().await;
    let Stage { bench, mut ann, .. } = fresh;
    for url in [
        "http://books.example/hook",
        "books.example",
        "file:///etc/passwd",
        "",
    ] {
        let page = ann.post(PATH, &[("url", url)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
    }
    let hook = add(&bench.app, URL).await.unwrap().id;
    for role in [Role::Approver, Role::Operator, Role::Viewer] {
        let mut other = bench.invited(&mut ann, role.as_str(), role).await;
        assert_eq!(
            other.get(PATH).await.status,
            StatusCode::FORBIDDEN,
            "{role}"
        );
        for what in ["secret", "test", "off", "remove"] {
            let page = other.post(&format!("{PATH}/{hook}/{what}"), &[]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{role} {what}");
        }
    }
    ann.post(&format!("{PATH}/{hook}/off"), &[]).await.goes_to();
    ann.get(PATH).await.says("switched off");
    ann.post(&format!("{PATH}/{hook}/on"), &[]).await.goes_to();
    ann.post(&format!("{PATH}/{hook}/remove"), &[])
        .await
        .goes_to();
    ann.get(PATH).await.says("There are none.");
}

/// Over a socket: what the host's way out makes of a message is what a receiver verifies.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_leaves_by_the_hosts_own_way_out() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let stage = Stage::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let receives = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut got = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.unwrap();
            got.extend(&part[..read]);
            let text = String::from_utf8_lossy(&got).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let end = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                stream.write_all(end).await.unwrap();
                return (head.to_owned(), body.to_owned());
            }
        }
    });
    // A host that knows the receiver as a service of this machine.
    let peer = format!("http://books.example:80=127.0.0.1:{port}");
    let egress = guildhall_host::EgressConfig {
        peers: vec![peer.parse().unwrap()],
        ..guildhall_host::EgressConfig::default()
    };
    let host = guildhall_host::Host::builder()
        .egress(egress)
        .build()
        .await
        .unwrap();
    let app = &stage.bench.app;
    let hook = Hook::new("http://books.example/hook", app.clock.now());
    let mut tx = app.store.write().await.unwrap();
    hooks::insert(tx.connection(), &hook).await.unwrap();
    tx.commit().await.unwrap();
    guildhall_console::hooks::test(app, &hook.id).await.unwrap();
    outbox::turn(app, &host.outgoing()).await.unwrap();
    let (head, body) = receives.await.unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let key = outbox::key(app).unwrap();
    let secret = guildhall_console::hooks::secret::of(&key, &hook.id, 0).unwrap();
    let secret = WebhookSecret::parse(&secret).unwrap();
    let now = app.clock.now() / 1000;
    verify_webhook(&headers, body.as_bytes(), &secret, now).unwrap();
    let mut db = app.store.read().await.unwrap();
    let told = hooks::last(&mut db, &hook.id, 1).await.unwrap().remove(0);
    assert!(told.delivered.is_some(), "{told:?}");
}
