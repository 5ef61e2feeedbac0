//! Two consoles over one state folder are one; and either may be killed.

use guildhall_tests::console::Up;
use guildhall_tests::money::order;
use guildhall_tests::rest::{Rest, json_of, run_of};
use guildhall_tests::{Draft, Home, Market, Seed, Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PROBER: &str = "acme/prober";
/// What each payment is about, in cents.
const EACH: i64 = 1_250;

/// A home with money, a payee that is known, and two consoles.
struct Pair {
    home: Home,
    one: Up,
    two: Up,
    /// Tokens: of an agent that may pay, and of a program that decides.
    agent: String,
    person: String,
}

impl Pair {
    fn start() -> Self {
        let home = Home::with_till(100_000);
        home.installs(&Draft::new(PROBER, "1.0.0").component());
        home.pays_once(order("book:acme", 100, "INV-0"));
        let one = Up::start(&home);
        let mut ann = one.owner();
        let agent = ann.agent("Bookkeeper", &[("pay", "EUR 900.00")]);
        let person = ann.stands_in();
        let two = Up::start(&home);
        Self {
            home,
            one,
            two,
            agent,
            person,
        }
    }

    fn agent_at(&self, up: &Up) -> Rest {
        Rest::new(&up.address, &self.agent)
    }

    fn person_at(&self, up: &Up) -> Rest {
        Rest::new(&up.address, &self.person)
    }
}

fn pays(agent: &Rest, document: &str) -> String {
    let input = json!({"order": order("book:acme", EACH, document)});
    let answer = agent.run(PROBER, "pay", &input, &[]);
    let told = json_of(&answer);
    assert_eq!(told["status"], "awaiting_approval", "{told:#}");
    run_of(&answer)
}

/// A run without an end.
fn spins(person: &Rest) -> String {
    let later = [("prefer", "respond-async")];
    let answer = person.run(PROBER, "spin", &json!({}), &later);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let run = run_of(&answer);
    person.becomes(&run, "running");
    run
}

#[test]
fn what_is_begun_at_one_console_is_approved_cancelled_and_read_at_the_other() {
    let pair = Pair::start();
    let (here, there) = (pair.person_at(&pair.one), pair.person_at(&pair.two));
    // An invocation.
    let agent = pair.agent_at(&pair.one);
    let run = pays(&agent, "INV-1");
    let waiting = there.get("/api/v1/approvals");
    assert_eq!(waiting["items"][0]["run"], run.as_str(), "{waiting:#}");
    let approved = there.approves(&run);
    assert_eq!(
        json_of(&approved)["status"],
        "committed",
        "{}",
        approved.text()
    );
    assert_eq!(agent.status(&run), "committed");
    assert_eq!(pair.home.balance("acme"), (100 + EACH, 0));
    // A run without an end.
    let run = spins(&here);
    assert_eq!(there.status(&run), "running");
    let line = format!("POST /api/v1/runs/{run}/cancel");
    let ended = there.send(&line, &[], &Value::Null);
    assert_eq!(json_of(&ended)["status"], "cancelled", "{}", ended.text());
    assert_eq!(here.status(&run), "cancelled");
    // An installation.
    let offer = format!("sha256:{}", "0".repeat(64));
    let later = [("prefer", "respond-async")];
    let begun = here.send("POST /api/v1/skills", &later, &json!({"offer": offer}));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let deadline = Instant::now() + Duration::from_secs(60);
    let job = loop {
        let job = there.get(begun.header("location"));
        if job["status"] != "running" {
            break job;
        }
        assert!(Instant::now() < deadline, "{job:#}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(job["status"], "failed", "{job:#}");
    assert_eq!(job["problem"]["code"], "offer-gone", "{job:#}");
}

#[test]
fn who_signs_out_at_one_console_hears_nothing_more_at_the_other() {
    let home = Home::new();
    let one = Up::start(&home);
    let ann = one.owner();
    let two = Up::start(&home);
    let mut listens = ann.clone();
    // Read to its end, which comes.
    let heard = std::thread::spawn(move || listens.get("/events"));
    let mut elsewhere = two.browser();
    elsewhere.cookie = ann.cookie;
    // From another console's number on, something has changed.
    let shown = elsewhere.get("/runs").text();
    assert!(shown.contains("data-version=\""), "{shown}");
    let out = elsewhere.send_from("/runs", "/sign-out", &[]);
    assert_eq!(out.status, 303, "{}", out.text());
    let heard = heard.join().unwrap();
    // The answer came to its end.
    assert!(heard.text().contains("event: hello"), "{}", heard.text());
}

#[test]
fn what_one_console_has_shown_is_installed_at_another_and_once() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    Draft::new("acme/desk", "1.0.0").release(&author);
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    let one = Up::start(&home);
    let mut ann = one.owner();
    let person = ann.stands_in();
    let two = Up::start(&home);
    let (here, there) = (
        Rest::new(&one.address, &person),
        Rest::new(&two.address, &person),
    );
    let offered = here.post("/api/v1/offers", &json!({"skill": "acme/desk"}));
    let consent = json!({"offer": offered["offer"]});
    drop(one);
    let done = there.post("/api/v1/skills", &consent);
    assert_eq!(done["skills"][0]["name"], "acme/desk", "{done:#}");
    let again = there.send("POST /api/v1/skills", &[], &consent);
    assert_eq!(again.status, 409, "{}", again.text());
    assert_eq!(json_of(&again)["code"], "offer-gone");
    let list = home.guildhall(["installed", "--json"]).exits(0).json();
    assert_eq!(list["installed"].as_array().map(Vec::len), Some(2));
}

/// Kills one of the two while runs and approvals are under way at it. Whoever asked goes on at the other.
fn survives(pair: &Pair, killed: Up, left: &Up, names: &str, seed: &mut Seed) -> i64 {
    let (agent, person) = (pair.agent_at(&killed), pair.person_at(&killed));
    let endless = spins(&person);
    let waiting: Vec<String> = (0..6)
        .map(|number| pays(&agent, &format!("{names}-{number}")))
        .collect();
    let approving: Vec<_> = waiting
        .iter()
        .take(4)
        .map(|run| {
            let (person, run) = (person.clone(), run.clone());
            // Whoever is asked may be gone before it answers.
            std::thread::spawn(move || person.approves(&run))
        })
        .collect();
    let asking: Vec<_> = (0..4)
        .map(|number| {
            let (agent, document) = (agent.clone(), format!("{names}-K{number}"));
            std::thread::spawn(move || {
                let input = json!({"order": order("book:acme", EACH, &document)});
                agent.run(PROBER, "pay", &input, &[("idempotency-key", &document)])
            })
        })
        .collect();
    std::thread::sleep(seed.within(Duration::from_millis(120)));
    drop(killed);
    let _ = approving
        .into_iter()
        .map(std::thread::JoinHandle::join)
        .count();
    let answered: Vec<_> = asking
        .into_iter()
        .map(|asking| asking.join().ok().map(|answer| run_of(&answer)))
        .collect();

    let (agent, person) = (pair.agent_at(left), pair.person_at(left));
    // What was at work there has ended, and nobody had to start anything.
    person.becomes(&endless, "cancelled");
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (number, before) in answered.into_iter().enumerate() {
        let document = format!("{names}-K{number}");
        let input = json!({"order": order("book:acme", EACH, &document)});
        let mut key = document.clone();
        let mut told = json_of(&agent.run(PROBER, "pay", &input, &[("idempotency-key", &key)]));
        if told["status"] == "cancelled" {
            // It was broken off, and had not been answered. With a new key it is asked anew.
            key.push('+');
            told = json_of(&agent.run(PROBER, "pay", &input, &[("idempotency-key", &key)]));
        }
        assert_eq!(told["status"], "awaiting_approval", "{told:#}");
        let run = told["run"].as_str().unwrap().to_owned();
        if let Some(before) = before {
            assert_eq!(run, before, "what was promised is kept");
        }
        all.insert(run, document);
    }
    for run in waiting {
        all.insert(run, String::new());
    }
    for run in all.keys() {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let status = person.status(run);
            match status.as_str() {
                "committed" => break,
                "awaiting_approval" => drop(person.approves(run)),
                "committing" => {}
                _ => panic!("{run} is {status}"),
            }
            assert!(Instant::now() < deadline, "{run} is {status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    i64::try_from(all.len()).unwrap()
}

#[test]
fn kill_9_of_either_console_loses_nothing_and_does_nothing_twice() {
    let mut seed = Seed::new();
    let mut pair = Pair::start();
    let third = Up::start(&pair.home);
    let first = std::mem::replace(&mut pair.one, third);
    let paid = survives(&pair, first, &pair.two, "FIRST", &mut seed);
    let fourth = Up::start(&pair.home);
    let second = std::mem::replace(&mut pair.two, fourth);
    let paid = paid + survives(&pair, second, &pair.one, "SECOND", &mut seed);
    assert_eq!(paid, 20);
    assert_eq!(pair.home.balance("acme"), (100 + paid * EACH, 0));
    assert_eq!(pair.home.balance("till"), (99_900 - paid * EACH, 0));
    let _ = pair.home.guildhall(["audit", "verify"]).exits(0);
}
