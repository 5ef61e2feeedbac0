//! Two processes of one marketplace over one PostgreSQL are one marketplace.

use super::postgres;
use guildhall_tests::{Draft, Home, Market, json};

#[test]
fn what_one_process_takes_the_other_serves_and_a_death_loses_nothing() {
    let database = postgres::database();
    let mut market = Market::start_over(Some(&database));
    let (second, address) = market.second_service();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    // A client has one pin for each address, and it is the same root.
    let home = Home::new();
    let url = format!("http://{address}");
    let install = [
        "install",
        "acme/shop",
        "--from",
        &url,
        "--root",
        &market.root,
        "--yes",
        "--json",
    ];
    // The other process looks ten times in a second for what was published.
    let mut ran = home.guildhall(install);
    for _ in 0..100 {
        if ran.code == Some(0) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        ran = home.guildhall(install);
    }
    let installed = ran.exits(0).json();
    assert_eq!(installed["installed"]["version"], "1.0.0");
    // The author's process dies while a release is on its way; the other one finishes it.
    let mut args = Draft::new("acme/shop", "1.0.1").publish_args(&author);
    args.push("--no-wait".to_owned());
    let _ = author.guildhall(&args).exits(0);
    market.kill_service();
    for _ in 0..300 {
        let told = home.guildhall(["update", "--json"]).exits(0).json();
        if told["updates"][0]["state"] == "updated" {
            let list = home.guildhall(["installed", "--json"]).exits(0).json();
            assert_eq!(list["installed"][0]["version"], json!("1.0.1"));
            let audit = home.guildhall(["log", "audit", "--json"]).exits(0).json();
            assert_eq!(audit["releases"], 2, "{audit:#}");
            drop(second);
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the other process did not finish what was taken");
}
