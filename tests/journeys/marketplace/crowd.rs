//! Fifty authors publish at once through two processes of one marketplace, over one PostgreSQL: one log.

use super::postgres;
use guildhall_tests::{Draft, Home, Market, Running, Value, json, wire};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const PUBLISHERS: [&str; 5] = ["fabrikam", "northwind", "contoso", "tailspin", "wingtip"];
const SKILLS: usize = 10;

/// Size of the log that a process shows.
fn shown(address: &str) -> usize {
    let note = wire::get(address, "/checkpoint").text();
    note.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn fifty_clients_over_two_processes_keep_one_log() {
    let database = postgres::database();
    let market = Market::start_over(Some(&database));
    let (second, address) = market.second_service();
    let urls = [market.url(), format!("http://{address}")];
    // Each author knows both processes; to a client they are two marketplaces with the same root.
    let authors: Vec<Home> = PUBLISHERS
        .iter()
        .map(|name| {
            let home = market.author(name, name);
            let _ = market.login_at(&home, &urls[1], name).exits(0);
            let key = ["keys", "new", name, "--from", &urls[1], "--json"];
            let _ = home.guildhall(key).exits(0);
            home
        })
        .collect();
    let clients: Vec<Running> = (0..SKILLS)
        .flat_map(|skill| authors.iter().zip(PUBLISHERS).map(move |one| (skill, one)))
        .map(|(skill, (home, publisher))| {
            let draft = Draft::new(&format!("{publisher}/tool-{skill}"), "1.0.0");
            let mut args = draft.publish_args(home);
            args.extend(["--from".to_owned(), urls[skill % 2].clone()]);
            home.start(args)
        })
        .collect();
    let mut published = BTreeSet::new();
    for client in clients {
        let answer = client
            .wait_at_most(Duration::from_secs(400))
            .exits(0)
            .json();
        assert_eq!(answer["state"], "released", "{answer:#}");
        let place = answer["log_index"].as_u64().unwrap();
        assert!(
            published.insert(place),
            "two releases have the place {place}"
        );
    }
    let releases = PUBLISHERS.len() * SKILLS;
    assert_eq!(published.len(), releases);
    // A name and two keys for each publisher, and each release once.
    let size = releases + 3 * PUBLISHERS.len();
    for url in &urls {
        // What the other process published is followed within a moment.
        let at = url.trim_start_matches("http://");
        let deadline = Instant::now() + Duration::from_secs(5);
        while shown(at) < size && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let home = Home::new();
        let audit = home
            .guildhall(["log", "audit", "--from", url, "--json"])
            .exits(0)
            .json();
        assert_eq!(audit["size"], size, "{audit:#}");
        assert_eq!(audit["releases"], releases, "{audit:#}");
        assert_eq!(audit["faults"], json!([]), "{audit:#}");
        assert_eq!(audit["differences"], json!([]), "{audit:#}");
    }
    // Both show the same state of it, and that is what the witness has cosigned last.
    let notes = [market.address(), &address].map(|at| wire::get(at, "/checkpoint").text());
    assert_eq!(notes[0], notes[1]);
    assert_eq!(shown(&address), size);
    let witnessed = market
        .folder()
        .with_file_name("witness")
        .join("cosigned.json");
    let witnessed: Value = serde_json::from_slice(&std::fs::read(witnessed).unwrap()).unwrap();
    assert_eq!(witnessed["market.test/log"]["size"], size, "{witnessed:#}");
    drop(second);
}
