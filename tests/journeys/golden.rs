//! The golden cases of the example skills, over the components that `cargo xtask guests` built.

use guildhall_tests::run::example;
use guildhall_tests::{Home, Peer, Reply, json, skill};

fn passes_its_golden_cases(name: &str) {
    let home = Home::new();
    let ran = home
        .guildhall([
            "test".into(),
            example(name).into_os_string(),
            "--component".into(),
            skill(name).into_os_string(),
            "--json".into(),
        ])
        .exits(0);
    let report = ran.json();
    assert_eq!(report["failed"], 0, "{}", ran.shown());
    assert!(report["passed"].as_u64().unwrap() >= 3, "{}", ran.shown());
}

#[test]
fn exchange_rates_passes_its_golden_cases() {
    passes_its_golden_cases("exchange-rates");
}

#[test]
fn exchange_rates_converts_with_the_page_of_the_bank() {
    let home = Home::new();
    let page = std::fs::read(example("exchange-rates").join("sample/eurofxref-daily.xml")).unwrap();
    let bank = Peer::tls(&["www.ecb.europa.eu"], move |_| Reply::text(page.clone()));
    let ran = home
        .run(skill("exchange-rates"), "convert")
        .input(json!({ "amount": { "minor": 1_000, "currency": "EUR" }, "to": "USD" }))
        .allow("GET https://www.ecb.europa.eu/stats/eurofxref/*")
        .peer("www.ecb.europa.eu:443", &bank)
        .arg("--set")
        .arg("max-age-days=36500")
        .go();
    let ran = ran.exits(0).is("completed");
    assert_eq!(bank.lines(), ["GET /stats/eurofxref/eurofxref-daily.xml"]);
    assert_eq!(ran.output()["amount"]["currency"], "USD", "{}", ran.shown());
}
