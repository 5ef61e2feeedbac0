//! Pages of skills: a form made from the bytes, files for one run, settings; installing with consent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guildhall_console::people::Role;
use guildhall_console::shelf::Installed;
use guildhall_console::uploads::sweep;
use guildhall_host::{Consent, Decision, FileGrant, Release, RunQuery, RunStatus, Skill, Tenant};
use guildhall_package::{Access, Digest, SkillName, SkillPackage, section};

use super::bench::{Answer, Bench, Browser};
use super::market::FakeMarket;

const MANIFEST: &str = "name = \"acme/shop\"\nversion = \"1.0.0\"\ndescription = \"Does <b>all</b>.\"\nlicence = \"MIT\"\n\
    [[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://shop.test/*\"\nreason = \"Asks for prices.\"\noptional = true\n\
    [[capabilities.files]]\nname = \"in\"\naccess = \"read\"\nreason = \"Reads orders.\"\n\
    [[capabilities.files]]\nname = \"out\"\naccess = \"write\"\nreason = \"Writes answers.\"\n\
    [[capabilities.payments]]\npayees = [\"book:*\"]\nreason = \"Pays fees.\"\n\
    [[capabilities.messages]]\nchannels = [\"email\"]\nreason = \"Tells you.\"\noptional = true\n\
    [capabilities.state]\nreason = \"Remembers.\"\nmax-bytes = 1000\n\
    [settings.greeting]\ntype = \"string\"\ndefault = \"hi\"\ndescription = \"What it says.\"\n\
    [settings.days]\ntype = \"integer\"\ndescription = \"How many.\"\n";

pub fn component() -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var_os("GUILDHALL_GUESTS")
        .map(|folder| PathBuf::from(folder).join("prober.wasm"))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| {
            here.join("../tests/guests/target/wasm32-unknown-unknown/release/prober.wasm")
        });
    let bytes =
        std::fs::read(path).expect("the test guests are not built: run `cargo xtask guests`");
    section::embed(&bytes, MANIFEST, None).unwrap()
}

fn consented() -> Consent {
    Consent {
        network: vec!["GET https://shop.test/*".parse().unwrap()],
        files: vec![
            ("in".parse().unwrap(), Access::Read),
            ("out".parse().unwrap(), Access::Write),
        ],
        state: true,
        payees: vec!["book:*".parse().unwrap()],
        channels: Vec::new(),
    }
}

/// Installs `acme/shop` in a console.
pub async fn shop(bench: &Bench) -> Skill {
    let bytes = component();
    let release = Release {
        name: "acme/shop".to_owned(),
        version: "1.0.0".to_owned(),
        component: Digest::of(&bytes),
        marketplace: "market.test".to_owned(),
        consent: consented(),
    };
    let skill = bench.host.load_release(&bytes, &release).await.unwrap();
    let name: SkillName = "acme/shop".parse().unwrap();
    bench.shelf.installed.lock().unwrap().push(Installed {
        name: name.clone(),
        version: "1.0.0".parse().unwrap(),
        release: Digest::of(b"release"),
        package: Arc::new(SkillPackage::read(&bytes).unwrap()),
        marketplace: "market.test".to_owned(),
        key: "ed25519:key".to_owned(),
        consent: consented(),
        declined: vec!["messages:email".to_owned()],
        pinned: false,
        installed_at_ms: 1_795_955_400_000,
        revoked: None,
        yanked: false,
        price: None,
    });
    bench
        .shelf
        .skills
        .lock()
        .unwrap()
        .push((name, skill.clone()));
    skill
}

/// A folder that is granted: `in` to read, `out` to write.
pub fn folder(name: &str, path: &Path) -> FileGrant {
    FileGrant {
        name: name.parse().unwrap(),
        path: path.to_owned(),
        access: if name == "in" {
            Access::Read
        } else {
            Access::Write
        },
        is_folder: true,
    }
}

/// Sends a form with files as a browser does: fields first, in order.
pub async fn send(
    browser: &mut Browser,
    path: &str,
    token: Option<&str>,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &str)],
) -> Answer {
    const EDGE: &str = "----edge";
    let own = browser.token();
    let mut body = String::new();
    let mut part = |head: String, content: &str| {
        body.push_str(&format!(
            "--{EDGE}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
        ));
    };
    part("name=\"csrf\"".to_owned(), token.unwrap_or(&own));
    for (name, value) in fields {
        part(format!("name=\"{name}\""), value);
    }
    for (name, file, content) in files {
        part(format!("name=\"{name}\"; filename=\"{file}\""), content);
    }
    body.push_str(&format!("--{EDGE}--\r\n"));
    let kind = format!("multipart/form-data; boundary={EDGE}");
    let headers = [("content-type", kind.as_str())];
    browser
        .send(Method::POST, path, &headers, Body::from(body))
        .await
}

fn uploads(bench: &Bench) -> usize {
    std::fs::read_dir(bench.folder.path().join("console/uploads"))
        .map(|entries| entries.count())
        .unwrap_or(0)
}

async fn runs(bench: &Bench) -> usize {
    let (tenant, all) = (Tenant::local(), RunQuery::default());
    bench
        .host
        .search_runs(&tenant, &all)
        .await
        .unwrap()
        .runs
        .len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_is_run_with_a_file_from_its_form_and_what_it_writes_is_downloaded() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    ann.get("/skills").await.says("acme/shop");
    let one = ann.get("/skills/acme/shop").await;
    one.says("GET https://shop.test/*")
        .says("prepare messages by email")
        .says("It cannot start programs")
        .says("Greeting")
        .says("&#60;b&#62;all");
    let form = ann.get("/skills/acme/shop/run/copy").await;
    form.says("name=\"input.source\"").says("name=\"file:in\"");
    let started = send(
        &mut ann,
        "/skills/acme/shop/run/copy",
        None,
        &[
            ("input.source", "in/order.txt"),
            ("input.target", "out/answer.txt"),
            ("retention", "full"),
        ],
        &[("file:in", "../../order.txt", "twelve chairs")],
    )
    .await;
    let id = started
        .goes_to()
        .strip_prefix("/approvals/")
        .expect("an owner is shown the card")
        .to_owned();
    // What was given stays until the run is over: it is looked at again when the effect is performed.
    sweep(&bench.app).await.unwrap();
    assert_eq!(uploads(&bench), 1);
    let shown = ann.get(&format!("/approvals/{id}")).await;
    shown.says(&format!("the console&#39;s outputs: {id}/out/answer.txt"));
    let long = bench.folder.path().to_str().unwrap();
    assert!(!shown.text.contains(long), "{}", shown.text);
    let tenant = Tenant::local();
    let card = bench.host.card(&tenant, &id).await.unwrap().unwrap();
    let approve = Decision::Approve;
    let done = bench
        .host
        .decide(
            &tenant,
            &id,
            card.effect_set,
            approve,
            "person:x (Ann)",
            "console",
        )
        .await
        .unwrap();
    assert_eq!(done.status, RunStatus::Committed);
    sweep(&bench.app).await.unwrap();
    assert_eq!(uploads(&bench), 0, "nothing of a run that is over is left");
    let page = ann.get(&format!("/runs/{id}")).await;
    page.says("Download the file")
        .says(&format!("/skills/acme/shop/run/copy?again={id}"));
    let file = ann.get(&format!("/runs/{id}/files/0")).await;
    assert_eq!(file.text, "twelve chairs");
    // The same again begins with what was given.
    let again = ann
        .get(&format!("/skills/acme/shop/run/copy?again={id}"))
        .await;
    again.says("value=\"in/order.txt\"");
    // What is changed afterwards is not what was approved.
    let target = bench
        .folder
        .path()
        .join(format!("console/outputs/{id}/out/answer.txt"));
    std::fs::write(target, "thirteen").unwrap();
    let changed = ann.get(&format!("/runs/{id}/files/0")).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_a_mistake_is_shown_again_as_it_was_filled_in_and_starts_nothing() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    let wrong = send(
        &mut ann,
        "/skills/acme/shop/run/take-memory",
        None,
        &[("input.mebibytes", "a lot"), ("pay:amount", "much")],
        &[("file:in", "x", "y")],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong
        .says("Write a whole number from 0 to 4294967295.")
        .says("value=\"a lot\"")
        .says("Write an amount such as 500.00");
    // A button that adds a field starts nothing either.
    let more = send(
        &mut ann,
        "/skills/acme/shop/run/look-each",
        None,
        &[
            ("input.paths:count", "1"),
            ("input.paths.0", "in/a"),
            ("change", "add:input.paths"),
        ],
        &[],
    )
    .await;
    assert_eq!(more.status, StatusCode::OK);
    more.says("value=\"in/a\"").says("name=\"input.paths.1\"");
    assert_eq!((runs(&bench).await, uploads(&bench)), (0, 0));
    let nowhere = ann.get("/skills/acme/shop/run/nothing").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_form_from_elsewhere_nothing_is_taken_and_nobody_but_owners_names_folders() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    let path = "/skills/acme/shop/run/granted";
    let file = [("file:in", "a", "b")];
    let forged = send(&mut ann, path, Some("wrong"), &[], &file).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    forged.says("form.foreign");
    // Too late is as good as not at all.
    let late = ann
        .send(
            Method::POST,
            path,
            &[("content-type", "multipart/form-data; boundary=e")],
            Body::from("--e\r\nContent-Disposition: form-data; name=\"file:in\"; filename=\"a\"\r\n\r\nb\r\n--e--\r\n"),
        )
        .await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert_eq!((runs(&bench).await, uploads(&bench)), (0, 0));
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let folder = bench.folder.path().to_str().unwrap();
    let named = [("folder:in", folder)];
    let refused = send(&mut op, path, None, &named, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Only an owner of this console may name a folder");
    // An owner may, but not the folder that the host itself lives in: that is the host's own rule.
    let own = send(&mut ann, path, None, &named, &[]).await;
    let page = ann.get(own.goes_to()).await;
    page.says("files.own-folder");
    // An approver does not start runs.
    let mut approver = bench.invited(&mut ann, "Ap", Role::Approver).await;
    let refused = send(&mut approver, path, None, &[], &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_was_set_reaches_the_next_run_and_a_wrong_one_changes_nothing() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    let path = "/skills/acme/shop/settings";
    ann.get(path).await.says("Left empty it is hi.");
    let wrong = [("setting.greeting", "salut"), ("setting.days", "soon")];
    let refused = ann.post(path, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("value=\"soon\"");
    let good = [("setting.greeting", "salut"), ("setting.days", "3")];
    assert_eq!(ann.post(path, &good).await.goes_to(), "/skills/acme/shop");
    ann.get("/skills/acme/shop").await.says("salut");
    let about = "/skills/acme/shop/run/about";
    let run = send(&mut ann, about, None, &[("input.setting", "greeting")], &[]).await;
    ann.get(run.goes_to()).await.says("salut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_long_is_shown_at_work_and_can_be_stopped() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    // While the guest is at work.
    let mut other = ann.clone();
    let started = tokio::spawn(async move {
        send(&mut other, "/skills/acme/shop/run/spin", None, &[], &[]).await
    });
    let (tenant, all) = (Tenant::local(), RunQuery::default());
    let id = loop {
        let found = bench.host.search_runs(&tenant, &all).await.unwrap().runs;
        if let Some(run) = found.first() {
            break run.invocation.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let path = format!("/runs/{id}");
    ann.get(&path)
        .await
        .says("The skill is at work.")
        .says("Stop it");
    assert_eq!(ann.post(&format!("{path}/stop"), &[]).await.goes_to(), path);
    assert_eq!(started.await.unwrap().goes_to(), path);
    ann.get(&path).await.says("cancelled");
    // Before it is in the journal: the skill is still being made ready.
    bench.shelf.slow.store(true, Ordering::Relaxed);
    let started = send(&mut ann, "/skills/acme/shop/run/spin", None, &[], &[]).await;
    let path = started.goes_to().to_owned();
    ann.get(&path).await.says("This page goes on by itself.");
    let _ = ann.post(&format!("{path}/stop"), &[]).await;
    for _ in 0..100 {
        let page = ann.get(&path).await;
        if page.text.contains("It was stopped before it began.") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_installed_with_what_a_person_ticked_and_changed_and_taken_away_by_who_may() {
    let bench = Bench::new().await;
    bench.shelf.market.set(FakeMarket::new()).ok().unwrap();
    let mut ann = bench.owner().await;
    // Before anything is connected, the way there is shown.
    ann.get("/skills/find")
        .await
        .says("href=\"/settings/marketplaces\"");
    let root = ann
        .post("/settings/marketplaces", &[("address", "https://m.test")])
        .await;
    let fingerprint = root.between("name=\"fingerprint\" value=\"", "\"");
    let confirmed = [
        ("address", "https://m.test"),
        ("fingerprint", fingerprint.as_str()),
    ];
    let connected = ann.post("/settings/marketplaces/connect", &confirmed).await;
    assert_eq!(connected.goes_to(), "/skills/find");

    let offer = ann.get("/skills/find/acme/shop").await;
    offer
        .says("Every check has passed.")
        .says("“<bdi>Reads orders.</bdi>”")
        .says("name=\"allow:network:shop.test\"")
        .says("name=\"allow:messages:email\"")
        .says("It cannot start programs")
        .says("entry 7 of 9");
    assert!(
        !offer.text.contains("checked"),
        "nothing optional is allowed unless it is ticked"
    );
    let id = offer.between("name=\"offer\" value=\"", "\"");
    let optional = offer.between("name=\"optional\" value=\"", "\"");
    let fields = [
        ("name", "acme/shop"),
        ("offer", id.as_str()),
        ("optional", optional.as_str()),
        ("allow:network:shop.test", "on"),
    ];
    let mut approver = bench.invited(&mut ann, "Ap", Role::Approver).await;
    let refused = approver.post("/skills/install", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let installed = ann.post("/skills/install", &fields).await;
    assert_eq!(installed.goes_to(), "/skills/acme/shop");

    shop(&bench).await;
    let update = ann.get("/skills/acme/shop/update").await;
    update
        .says("From 1.0.0 to 1.1.0")
        .says("the capability `network`");
    let consent = ann.get("/skills/acme/shop/consent").await;
    consent.says("needed");
    let changed = ann
        .post(
            "/skills/acme/shop/consent",
            &[("allow:messages:email", "on")],
        )
        .await;
    changed.says("will not be done");
    ann.get("/skills/acme/shop/uninstall")
        .await
        .says("can't be run any more");
    let gone = ann.post("/skills/acme/shop/uninstall", &[]).await;
    gone.says("Charges have stopped.");
    let market = bench.shelf.market.get().unwrap();
    assert_eq!(
        *market.asked.lock().unwrap(),
        [
            format!("connect https://m.test {fingerprint} Ann"),
            "install without messages:email by Ann".to_owned(),
            "acme/shop without network:shop.test by Ann".to_owned(),
            "uninstall acme/shop by Ann".to_owned(),
        ]
    );
    // Whom to trust is for owners.
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let refused = op.post("/settings/marketplaces/connect", &confirmed).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
