//! Mandates that are given by themselves, and those of a card with a larger count: what they allow is done without asking, and no
//! more than that.

use axum::http::StatusCode;
use guildhall_console::people::Role;
use guildhall_host::{Grants, Invocation, RunStatus, Skill, Tenant};
use serde_json::json;

use super::approvals::hash;
use super::bench::{Bench, PASSWORD};
use super::skills::{folder, shop};

const NEW: &str = "/mandates/new";
/// Longer than a sign-in counts as fresh.
const LATER: i64 = 6 * 60 * 1000;

async fn writes(
    bench: &Bench,
    skill: &Skill,
    out: &std::path::Path,
    name: &str,
) -> (String, RunStatus) {
    let input = json!({"path": format!("out/{name}"), "text": "x"});
    let run = Invocation::new("write", input).grants(Grants::none().file(folder("out", out)));
    let outcome = bench.host.invoke(skill, run).await.unwrap();
    (outcome.invocation, outcome.status)
}

fn digest(skill: &Skill) -> String {
    skill.digest().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_allows_more_files_than_its_run_had_and_no_more_than_was_said() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let (run, _) = writes(&bench, &skill, out.path(), "a.txt").await;
    let path = format!("/approvals/{run}");
    ann.get(&path)
        .await
        .says("The most files or messages in each period")
        .says("placeholder=\"1\"");
    let effects = hash(&bench, &run).await;
    let always = |count: &'static str| {
        [
            ("decision", "always"),
            ("per", "in-all"),
            ("until", ""),
            ("count", count),
        ]
    };
    for count in ["0", "many", "-3", "1000001"] {
        let mut fields = vec![("effects", effects.as_str())];
        fields.extend(always(count));
        let refused = ann.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{count}");
        refused
            .says("Nothing was done")
            .says(&format!("value=\"{count}\""));
    }
    let mut fields = vec![("effects", effects.as_str())];
    fields.extend(always("3"));
    ann.post(&path, &fields).await.goes_to();
    ann.get("/mandates").await.says("up to 3 new files in all");
    // What was approved with it counts, so two more.
    for name in ["b.txt", "c.txt"] {
        let (_, status) = writes(&bench, &skill, out.path(), name).await;
        assert_eq!(status, RunStatus::Committed, "{name}");
    }
    let (_, status) = writes(&bench, &skill, out.path(), "d.txt").await;
    assert_eq!(status, RunStatus::AwaitingApproval);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fills_in_no_limit_of_a_mandate() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let filled = "account=book%3Amallory&amount=987654&currency=USD&folder=%2Fsrv&replace=on&channel=mallory\
                  &recipient=mallory&count=987654&per=in-all&until=2099-12-31&limit=987654&decision=always";
    // The form of a mandate by itself: a link chooses its kind.
    for kind in ["payments", "files", "messages"] {
        let plain = ann.get(&format!("{NEW}?kind={kind}")).await;
        let skill = digest(&skill);
        let linked = ann
            .get(&format!("{NEW}?kind={kind}&skill={skill}&{filled}"))
            .await;
        assert_eq!(linked.status, StatusCode::OK);
        assert_eq!(numberless(&linked.text), numberless(&plain.text), "{kind}");
    }
    // The card, where the host proposes the mandate.
    let (run, _) = writes(&bench, &skill, out.path(), "a.txt").await;
    let path = format!("/approvals/{run}");
    let plain = ann.get(&path).await;
    let linked = ann.get(&format!("{path}?{filled}")).await;
    assert_eq!(numberless(&linked.text), numberless(&plain.text));
    for page in [linked, ann.get(&format!("{path}?{filled}&done=1")).await] {
        for strange in ["987654", "mallory", "2099-12-31"] {
            assert!(!page.text.contains(strange), "{strange}: {}", page.text);
        }
    }
}

/// A page without the number of its state, which counts on.
fn numberless(page: &str) -> String {
    let (before, rest) = page.split_once("data-version=\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}{after}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mandate_for_files_is_given_by_itself_seen_and_taken_back() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    ann.get("/mandates").await.says("href=\"/mandates/new\"");
    ann.get("/mandates/new?kind=files")
        .await
        .says("The folder, on this machine")
        .says("acme/shop 1.0.0");
    let (skill_id, here) = (digest(&skill), out.path().to_str().unwrap().to_owned());
    let fields = |folder: &str, count: &str| {
        [
            ("kind", "files".to_owned()),
            ("skill", skill_id.clone()),
            ("folder", folder.to_owned()),
            ("count", count.to_owned()),
            ("per", "day".to_owned()),
            ("until", String::new()),
        ]
    };
    let state = bench.folder.path().to_str().unwrap().to_owned();
    for (folder, count, said) in [
        (here.as_str(), "0", "Write how many"),
        (here.as_str(), "", "Write how many"),
        ("somewhere", "2", "Write the whole path"),
        ("/no/such/folder", "2", "There is no such folder"),
        (state.as_str(), "2", "that this console lives in"),
        ("/", "2", "that this console lives in"),
    ] {
        let fields = fields(folder, count);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let refused = ann.post(NEW, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{folder}");
        refused.says("Nothing was allowed.").says(said);
    }
    let good = fields(&here, "2");
    let good: Vec<(&str, &str)> = good.iter().map(|(n, v)| (*n, v.as_str())).collect();
    // Who may not name folders of this machine gives none for one.
    let mut approver = bench.invited(&mut ann, "Ap", Role::Approver).await;
    let refused = approver.post(NEW, &good).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, role) in [("Vi", Role::Viewer), ("Op", Role::Operator)] {
        let mut other = bench.invited(&mut ann, name, role).await;
        assert_eq!(other.get(NEW).await.status, StatusCode::FORBIDDEN);
        let refused = other.post(NEW, &good).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
    }
    let nothing = bench.host.mandates(&Tenant::local()).await.unwrap();
    assert!(nothing.is_empty());
    // Files cost nothing: signing in anew is not asked for.
    bench.app.clock.advance(LATER);
    assert_eq!(ann.post(NEW, &good).await.goes_to(), "/mandates");
    let page = ann.get("/mandates").await;
    page.says("up to 2 new files a day")
        .says("For <bdi>acme/shop 1.0.0");
    for name in ["a.txt", "b.txt"] {
        let (_, status) = writes(&bench, &skill, out.path(), name).await;
        assert_eq!(status, RunStatus::Committed, "{name}");
    }
    let id = page.between("action=\"/mandates/", "/revoke");
    ann.post(&format!("/mandates/{id}/revoke"), &[])
        .await
        .goes_to();
    let (_, status) = writes(&bench, &skill, out.path(), "c.txt").await;
    assert_eq!(status, RunStatus::AwaitingApproval);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mandate_for_money_takes_the_password_and_one_for_messages_names_one_recipient() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let mut ann = bench.owner().await;
    let id = digest(&skill);
    bench.app.clock.advance(LATER);
    let money = [
        ("kind", "payments"),
        ("skill", id.as_str()),
        ("account", "DE89 3704 0044 0532 0130 00"),
        ("amount", "200"),
        ("currency", "eur"),
        ("per", "month"),
        ("until", "2099-03-31"),
    ];
    let refused = ann.post(NEW, &money).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused
        .says("without asking")
        .says("value=\"DE89 3704 0044 0532 0130 00\"");
    let mut with = money.to_vec();
    with.push(("password", "a wrong password"));
    let refused = ann.post(NEW, &with).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let given = bench.host.mandates(&Tenant::local()).await.unwrap();
    assert!(given.is_empty());
    with.pop();
    with.push(("password", PASSWORD));
    ann.post(NEW, &with).await.goes_to();
    ann.get("/mandates")
        .await
        .says("up to EUR 200.00 a month without asking")
        .says("until 2099-03-31");
    for (name, value) in [
        ("account", "*"),
        ("amount", "0"),
        ("currency", "XXX"),
        ("per", "year"),
        ("until", "2020-01-01"),
        ("skill", "sha256:00"),
    ] {
        let mut wrong: Vec<(&str, &str)> = money
            .iter()
            .copied()
            .filter(|(known, _)| *known != name)
            .collect();
        wrong.push((name, value));
        let refused = ann.post(NEW, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let letter = |recipient: &'static str| {
        [
            ("kind", "messages"),
            ("skill", "SKILL"),
            ("channel", "email"),
            ("recipient", recipient),
            ("count", "5"),
            ("per", "week"),
            ("until", ""),
        ]
        .map(|(name, value)| match value {
            "SKILL" => (name, id.as_str()),
            value => (name, value),
        })
    };
    let refused = ann.post(NEW, &letter("")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    ann.post(NEW, &letter("billing@acme.example"))
        .await
        .goes_to();
    ann.get("/mandates").await.says("billing@acme.example");
}
