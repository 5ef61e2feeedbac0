//! Several machines over one PostgreSQL, each with a state folder of its own: what one began another decides and finishes, and a
//! machine that is gone takes nothing with it.

use crate::marketplace::postgres;
use guildhall_tests::console::{Browser, Up};
use guildhall_tests::kill::Seed;
use guildhall_tests::mcp::{NEW, OLD, text};
use guildhall_tests::settings::{letter, order};
use guildhall_tests::sink::{HOST, Sink};
use guildhall_tests::{Draft, Home, Mcp, json};
use std::time::{Duration, Instant};

/// How long is waited for what another machine takes over: its lease is one minute.
const TAKEN_OVER: Duration = Duration::from_secs(150);

/// Approves a card in the browser of somebody who has just signed in.
fn approve(browser: &mut Browser, run: &str) {
    let path = format!("/approvals/{run}");
    let card = browser.get(&path).text();
    let (_, rest) = card
        .split_once("name=\"effects\" value=\"")
        .unwrap_or_else(|| panic!("no card: {card}"));
    let effects = rest.split('"').next().unwrap_or_default().to_owned();
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    let done = browser.send_from(&path, &path, &fields);
    assert_eq!(done.status, 303, "{}", done.text());
}

#[test]
fn what_began_at_one_console_is_approved_at_another_and_finishes_and_a_death_loses_nothing() {
    let one = Home::over(&postgres::database());
    one.has_till("100.00");
    one.installs(&Draft::new("acme/prober", "1.0.0").component());
    let two = one.beside();
    let first = Up::start(&one);
    let ann = first.owner();
    let second = Up::start(&two);
    // Who is known at one console is known at the other.
    assert_eq!(second.path(), "/");
    let mut there = second.browser();
    there.cookie.clone_from(&ann.cookie);
    let url = format!("http://{}", second.address);
    let able = json!({"elicitation": {"form": {}, "url": {}}});
    let args = ["--pay", "EUR 90.00", "--console", &url];
    let mut agent = Mcp::start_able(&one, NEW, able, args);
    for (number, document) in ["INV-1", "INV-2"].into_iter().enumerate() {
        let arguments = json!({ "order": order(document) });
        let asked = agent.call("prober_pay", arguments.clone());
        let card = asked["inputRequests"]["approval"]["params"]["url"].clone();
        let run = card
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        let inbox = there.get("/approvals").text();
        assert!(inbox.contains(&run), "{inbox}");
        if number == 1 {
            // The console beside which it began dies with the card open.
            break;
        }
        approve(&mut there, &run);
        let round = json!({
            "name": "prober_pay", "arguments": arguments, "requestState": asked["requestState"],
            "inputResponses": {"approval": {"action": "accept"}},
        });
        let done = agent.result("tools/call", round);
        assert_eq!(done["isError"], false, "{done:#}");
    }
    agent.kill();
    drop(first);
    let waiting = two.waiting();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let run = waiting[0]["invocation"].as_str().unwrap().to_owned();
    approve(&mut there, &run);
    // And the other way round: it dies, and the first one starts again and knows it all.
    drop(second);
    let first = Up::start(&one);
    let mut here = first.browser();
    here.cookie.clone_from(&ann.cookie);
    assert_eq!(here.get(&format!("/runs/{run}")).status, 200);
    assert_eq!(one.recorded(&run)["outcome"]["status"], "committed");
    assert_eq!(one.available("supplier"), 3_000);
    assert_eq!(two.available("till"), 7_000);
}

#[test]
fn payments_approved_at_two_machines_of_which_one_is_killed_are_each_carried_out_once() {
    let one = Home::over(&postgres::database());
    one.has_till("500.00");
    let two = one.beside();
    let mut seed = Seed::new();
    for number in 0..8 {
        let (began, decides) = if number % 2 == 0 {
            (&one, &two)
        } else {
            (&two, &one)
        };
        let run = began
            .prober("pay")
            .input(json!({ "order": order(&format!("INV-{number}")) }))
            .money("EUR 90.00")
            .go()
            .exits(3)
            .invocation();
        let command = ["approvals", "approve", &run, "--yes", "--json"];
        let killed = decides
            .start(command)
            .kill_after(seed.within(Duration::from_millis(400)));
        // The other one decides, if the decision died; if it lives, the next start of the same machine finishes it.
        let _ = began.guildhall(command);
        let _ = decides.guildhall(["wallet"]).exits(0);
        let recorded = began.recorded(&run);
        assert_eq!(
            recorded["outcome"]["status"],
            "committed",
            "{}",
            killed.ran.shown()
        );
        assert_eq!(one.available("supplier"), (number + 1) * 1_500);
    }
    assert_eq!(two.available("till"), 50_000 - 8 * 1_500);
}

#[test]
fn a_message_whose_sender_was_killed_is_finished_by_another_machine_and_arrives_once() {
    let sink = Sink::new();
    let one = Home::over(&postgres::database());
    one.announces_to(&sink);
    let two = one.beside();
    two.reaches(&[(&format!("{HOST}:443"), sink.address())]);
    let run = one
        .prober("tell")
        .input(json!({ "note": letter("books", "books@example.com", "Paid.") }))
        .arg("--message")
        .arg("books")
        .go()
        .exits(3)
        .invocation();
    sink.hold();
    let sending = one.start(["approvals", "approve", &run, "--yes", "--json"]);
    sink.wait_for(1);
    let _ = sending.kill();
    sink.release();
    let status = || two.recorded(&run)["outcome"]["status"].clone();
    assert_eq!(status(), "committing", "the other one waits for it first");
    let until = Instant::now() + TAKEN_OVER;
    while status() == "committing" {
        assert!(Instant::now() < until, "nobody takes it over");
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(status(), "committed");
    assert_eq!(sink.messages().len(), 1);
    // Its own machine, back again, does nothing any more.
    let arrivals = sink.arrivals();
    assert_eq!(one.recorded(&run)["outcome"]["status"], "committed");
    assert_eq!(sink.arrivals(), arrivals);
}

#[test]
fn what_an_agent_began_at_one_machine_an_agent_at_another_hears_the_end_of_after_the_first_was_killed()
 {
    let one = Home::over(&postgres::database());
    one.has_till("100.00");
    let prober = Draft::new("acme/prober", "1.0.0").component();
    one.installs(&prober);
    let mut first = Mcp::start(&one, OLD, ["--pay", "EUR 90.00"]);
    let two = one.beside();
    two.installs(&prober);
    let mut second = Mcp::start(&two, NEW, ["--pay", "EUR 90.00"]);
    let tools = first.result("tools/list", json!({}))["tools"].clone();
    assert_eq!(second.result("tools/list", json!({}))["tools"], tools);
    let parked = first.call("prober_pay", json!({ "order": order("INV-1") }));
    let run = parked["_meta"]["ai.guildhall/run"].as_str().unwrap();
    let told = text(&parked);
    let (_, rest) = told.split_once("run = \"").unwrap();
    let (handle, _) = rest.split_once('"').unwrap();
    // The door that it came through dies while its card is open.
    first.kill();
    let ask = json!({ "run": handle });
    let waits = second.call("guildhall_run", ask.clone())["structuredContent"].clone();
    assert_eq!(waits["status"], "awaiting_approval", "{waits:#}");
    let _ = two.approves(run).exits(0).is("committed");
    let done = second.call("guildhall_run", ask)["structuredContent"].clone();
    assert_eq!(
        (&done["status"], &done["effects"][0]["state"]),
        (&json!("committed"), &json!("done")),
        "{done:#}"
    );
    // Nobody pays it again, at whichever machine.
    for home in [&one, &two] {
        let mut agent = Mcp::start(home, NEW, ["--pay", "EUR 90.00"]);
        let again = agent.call("prober_pay", json!({ "order": order("INV-1") }));
        assert!(
            text(&again).contains("payments.already-ordered"),
            "{again:#}"
        );
        agent.ends();
    }
    second.ends();
    assert_eq!(one.available("supplier"), 1_500);
    assert_eq!(two.available("till"), 8_500);
}

#[test]
fn a_machine_with_other_keys_is_refused_and_one_without_its_database_is_told_so() {
    let database = postgres::database();
    let one = Home::over(&database);
    let _ = one.guildhall(["wallet"]).exits(0);
    let stranger = Home::over(&database);
    let told = stranger
        .guildhall(["wallet", "--json"])
        .error(4, "other-keys");
    assert!(told.contains("keys/store.key"), "{told}");
    // The key of agents' handles is another matter: only who serves agents needs it.
    let other = one.beside();
    std::fs::write(other.keys().join("agents.key"), [7; 32]).unwrap();
    Mcp::start(&one, NEW, [] as [&str; 0]).ends();
    let _ = other.guildhall(["wallet"]).exits(0);
    let told = other
        .guildhall(["up", "--listen", "127.0.0.1:0", "--json"])
        .error(4, "other-keys");
    assert!(told.contains("keys/agents.key"), "{told}");
    let told = other.guildhall(["mcp"]).exits(4).stderr.clone();
    assert!(told.contains("keys/agents.key"), "{told}");
    std::fs::copy(
        one.keys().join("agents.key"),
        other.keys().join("agents.key"),
    )
    .unwrap();
    Mcp::start(&other, NEW, [] as [&str; 0]).ends();
    let lost = Home::over("postgres://ann:s3cret@127.0.0.1:1/hall");
    let ran = lost.guildhall(["wallet", "--json"]);
    for said in [&ran.stdout, &ran.stderr] {
        assert!(!said.contains("s3cret"), "{said}");
    }
    let _ = ran.error(70, "database-away");
}
