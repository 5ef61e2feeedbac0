//! What comes after a run: files for the bank, and taking back.

use super::{Attempt, Office, document};
use guildhall_tests::{Look, Seed, Value, Watch, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const PAYEE: &str = "NL91ABNA0417164300";
/// So many orders make a file that takes a moment.
const ORDERS: usize = 20;

/// Identifiers of the files for the bank, by the audit log.
fn bank_files(office: &Office, round: u32) -> Vec<String> {
    let name = format!("audit-{round}.jsonl");
    let _ = office
        .home
        .guildhall(["audit", "export", "--out", &name])
        .exits(0);
    let text = office.home.text(&name).unwrap();
    text.lines()
        .map(|line| line.parse::<Value>().unwrap())
        .filter(|entry| entry["kind"] == "bank-file")
        .map(|entry| entry["body"]["file"].as_str().unwrap().to_owned())
        .collect()
}

/// One bank file, written once more.
fn again(office: &Office, id: &str, name: &str) -> String {
    let _ = office
        .home
        .guildhall(["wallet", "export", "main", "--out", name, "--again", id])
        .exits(0);
    office.home.text(name).unwrap()
}

/// What stands between an element's tags, each time.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(open.as_str()).skip(1);
    parts
        .map(|part| part.split(close.as_str()).next().unwrap())
        .collect()
}

/// Orders of EUR 1.00 that wait for the next file; answers their documents.
fn orders(office: &Office, round: u32) -> Vec<String> {
    let documents: Vec<String> = (0..ORDERS)
        .map(|index| format!("INV-{round}-{index}"))
        .collect();
    let order = json!({
        "scheme": "iban", "account": PAYEE, "name": "Shop", "minor": 100, "currency": "EUR", "document": "",
        "date": null, "requires": [],
    });
    let run = office.home.prober("pay-many");
    let run = run.input(json!({ "order": order, "documents": documents }));
    let run = run.arg("--pay").arg("EUR 100.00").approve("all");
    let _ = run.go().exits(0).is("committed");
    documents
}

/// How far an export has come: nothing, the place taken, the orders taken into a file, the file written.
fn exported(watch: &mut Watch, files_before: usize, out: &Path) -> usize {
    let files = watch.texts("SELECT id FROM bank_files WHERE id <> $1", "");
    let bytes = fs::metadata(out).map(|metadata| metadata.len());
    match (files, bytes) {
        (_, Ok(1..)) => 3,
        (Some(files), _) if files.len() > files_before => 2,
        (_, Ok(_)) => 1,
        _ => 0,
    }
}

#[test]
fn an_export_that_is_killed_at_any_step_puts_each_order_into_one_file_that_can_be_had_again() {
    let mut seed = Seed::new();
    let office = Office::new();
    let mut documents = BTreeSet::new();
    let mut files: Vec<String> = Vec::new();
    let mut at = BTreeSet::new();
    for round in 0..8_u32 {
        // What an earlier round left waiting goes with these.
        documents.extend(orders(&office, round));
        let (name, before) = (format!("bank-{round}.xml"), files.len());
        let out = office.home.path().join(&name);
        let mut watch = Watch::new(&office.home);
        let running = office
            .home
            .start(["wallet", "export", "main", "--out", &name, "--json"]);
        let step = usize::try_from(round % 4).unwrap();
        let mut more = seed.below(20);
        let killed = running.kill_when(|| {
            let now = exported(&mut watch, before, &out);
            if now < step {
                return Look::Near;
            }
            // The second time somewhat later.
            if round > 3 && more > 0 {
                more -= 1;
                return Look::Near;
            }
            Look::There
        });
        drop(watch);
        let found = exported(&mut Watch::copy(&office.home), before, &out);
        at.insert(found);
        println!("{step}: killed at {found}, {}", killed.by_us);
        office.restarts();
        let known = bank_files(&office, round);
        assert_eq!(known.len(), before + usize::from(found >= 2), "at {found}");
        let written = office.home.text(&name).unwrap_or_default();
        if known.len() > before {
            let id = known.last().unwrap();
            let file = again(&office, id, &format!("again-{round}.xml"));
            assert!(file.ends_with("</Document>\n"), "{file}");
            assert_eq!(elements(&file, "MsgId"), [id]);
            assert!(written.is_empty() || written == file, "{written}");
        } else {
            assert_eq!(written, "", "a file of orders that were not exported");
            let waiting = office.json("wallet holds --json");
            let waiting = waiting["holds"].as_array().unwrap().len();
            assert!(waiting >= 2, "{waiting}");
        }
        office.balances();
        files = known;
    }
    assert!(at.len() > 1, "{at:?}");

    let _ = office
        .home
        .guildhall(["wallet", "export", "main", "--out", "last.xml"])
        .exits(0);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for id in bank_files(&office, 100) {
        let file = again(&office, &id, &format!("{id}.xml"));
        let orders = elements(&file, "EndToEndId");
        let count = orders.len().to_string();
        assert!(elements(&file, "NbOfTxs").iter().all(|said| *said == count));
        for (order, document) in orders.into_iter().zip(elements(&file, "Ustrd")) {
            let twice = found.insert(order.to_owned(), document.to_owned());
            assert_eq!(twice, None, "{order} is in two files");
        }
    }
    let exported: Vec<String> = found.into_values().collect();
    let (count, exported) = (exported.len(), BTreeSet::from_iter(exported));
    assert_eq!((count, exported), (documents.len(), documents));
    let sum = i64::try_from(count).unwrap() * 100;
    assert_eq!(office.funds()["main"], (-sum, 0));
    assert_eq!(office.json("wallet holds --json")["holds"], json!([]));
    office.balances();
}

const WRITES: u32 = 9;

/// What the folder of a round held before the run.
fn old_files() -> BTreeMap<String, String> {
    (0..WRITES)
        .step_by(3)
        .map(|index| (format!("{index}.txt"), format!("old {index}")))
        .collect()
}

fn files_in(office: &Office, folder: &str) -> BTreeMap<String, String> {
    let names = office.home.names(folder).into_iter();
    names
        .map(|name| {
            let text = office.home.text(&format!("{folder}/{name}")).unwrap();
            (name, text)
        })
        .collect()
}

#[test]
fn an_undo_that_is_killed_anywhere_is_ended_by_the_next() {
    let mut seed = Seed::new();
    let office = Office::new();
    for round in 0..8_u32 {
        let folder = format!("files-{round}");
        let path = office.home.folder(&folder);
        for (name, text) in old_files() {
            office.home.put(&format!("{folder}/{name}"), text);
        }
        let run = office
            .home
            .prober("write-many")
            .input(json!({ "folder": "out", "count": WRITES }))
            .write("out", &path);
        let id = run.approve("all").go().exits(0).invocation();
        let whole: BTreeSet<String> = files_in(&office, &folder).into_values().collect();
        assert_eq!(whole, BTreeSet::from(["many".to_owned()]));

        let undone = usize::try_from(seed.below(u64::from(WRITES))).unwrap();
        let half_way = round % 2 == 0;
        let mut watch = Watch::new(&office.home);
        let running = office.home.start(["undo", &id, "--yes", "--json"]);
        let killed = running.kill_when(|| {
            const DONE: &str = "SELECT undo FROM effects WHERE run = $1 AND undo IS NOT NULL";
            let recorded = watch.texts(DONE, &id).map_or(0, |rows| rows.len());
            let hidden = |name: &String| name.starts_with('.');
            if recorded < undone {
                Look::Near
            } else if !half_way || office.home.names(&folder).iter().any(hidden) {
                Look::There
            } else {
                Look::Near
            }
        });
        println!("{undone}, {half_way}: {:?}", office.home.names(&folder));
        assert!(killed.by_us || killed.ran.code == Some(0));
        drop(watch);
        office.restarts();
        let after = office.home.guildhall(["undo", &id, "--yes", "--json"]);
        let after = after.exits(0).json();
        let lines = after["effects"].as_array().unwrap();
        assert!(lines.iter().all(|line| line["undone"] == true), "{after:#}");
        assert_eq!(files_in(&office, &folder), old_files());
        // Once is enough.
        let _ = office.home.guildhall(["undo", &id, "--yes"]).exits(0);
        assert_eq!(files_in(&office, &folder), old_files());
        office.balances();
    }
}

#[test]
fn an_undo_of_an_order_that_is_killed_anywhere_withdraws_it_once() {
    let office = Office::new();
    for paper in 1..7 {
        let attempt = Attempt::new(&office, paper);
        let run = office.paying_to(paper, "iban", PAYEE).approve("all");
        let id = run.go().exits(0).is("committed").invocation();
        let mut watch = Watch::new(&office.home);
        let running = office.home.start(["undo", &id, "--yes", "--json"]);
        let killed = running.kill_when(|| {
            const DONE: &str = "SELECT undo FROM effects WHERE run = $1 AND undo IS NOT NULL";
            let recorded = watch.texts(DONE, &id).map_or(0, |rows| rows.len());
            let there = office.home.names("out").contains(&format!("{paper}.txt"));
            let is_there = match paper % 3 {
                0 => recorded == 1,
                1 => recorded == 1 && !there,
                _ => recorded == 2,
            };
            if is_there { Look::There } else { Look::Near }
        });
        println!("{paper}: {:?}", office.home.names("out"));
        // A message can't be taken back.
        assert!(killed.by_us || killed.ran.code == Some(6));
        drop(watch);
        office.restarts();
        let after = office.home.guildhall(["undo", &id, "--yes", "--json"]);
        let after = after.exits(6).json();
        for line in after["effects"].as_array().unwrap() {
            assert_eq!(line["undone"], line["effect"] != 2, "{after:#}");
        }
        assert_eq!(office.home.names("out"), Vec::<String>::new());
        assert_eq!(office.json("wallet holds --json")["holds"], json!([]));
        assert_eq!(office.funds()["main"], (0, 0));
        assert_eq!(office.sink.arrivals(), attempt.arrivals + 1);
        office.balances();
    }
    let none = ["wallet", "export", "main", "--out", "none.xml"];
    let _ = office.home.guildhall(none).exits(0);
    assert_eq!(office.home.text("none.xml"), None);
    assert!(office.told().contains(&document(1)));
}
