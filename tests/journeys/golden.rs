//! The example skills, over the components that `cargo xtask guests` built: their golden cases, and one real use each.

use guildhall_tests::run::example;
use guildhall_tests::{Home, Peer, Reply, Value, json, skill};

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
    let cases = std::fs::read_dir(example(name).join("golden"))
        .unwrap()
        .count();
    assert_eq!(report["passed"], json!(cases), "{}", ran.shown());
    assert!(cases >= 3, "{cases}");
}

#[test]
fn exchange_rates_passes_its_golden_cases() {
    passes_its_golden_cases("exchange-rates");
}

#[test]
fn invoice_check_passes_its_golden_cases() {
    passes_its_golden_cases("invoice-check");
}

#[test]
fn vat_report_passes_its_golden_cases() {
    passes_its_golden_cases("vat-report");
}

#[test]
fn einvoice_passes_its_golden_cases() {
    passes_its_golden_cases("einvoice");
}

#[test]
fn vat_return_passes_its_golden_cases() {
    passes_its_golden_cases("vat-return");
}

#[test]
fn trade_docs_passes_its_golden_cases() {
    passes_its_golden_cases("trade-docs");
}

#[test]
fn tax_id_passes_its_golden_cases() {
    passes_its_golden_cases("tax-id");
}

#[test]
fn track_shipment_passes_its_golden_cases() {
    passes_its_golden_cases("track-shipment");
}

#[test]
fn pay_supplier_passes_its_golden_cases() {
    passes_its_golden_cases("pay-supplier");
}

#[test]
fn vat_rate_passes_its_golden_cases() {
    passes_its_golden_cases("vat-rate");
}

#[test]
fn landed_cost_passes_its_golden_cases() {
    passes_its_golden_cases("landed-cost");
}

#[test]
fn rfq_negotiate_passes_its_golden_cases() {
    passes_its_golden_cases("rfq-negotiate");
}

#[test]
fn each_example_asks_for_no_more_than_its_task_needs() {
    for (name, capabilities) in [
        ("exchange-rates", ["network", "context"].as_slice()),
        ("invoice-check", &["files", "state", "context"]),
        ("vat-report", &["files"]),
        ("einvoice", &["files", "context"]),
        ("vat-return", &["files", "context"]),
        ("trade-docs", &["files", "context"]),
        ("tax-id", &["context"]),
        ("track-shipment", &["network", "messages", "context"]),
        ("vat-rate", &["context"]),
        ("landed-cost", &["context"]),
        ("rfq-negotiate", &["context"]),
        (
            "pay-supplier",
            &["files", "payments", "messages", "state", "context"],
        ),
    ] {
        let home = Home::new();
        let shown = home
            .guildhall(["inspect".into(), skill(name), "--json".into()])
            .exits(0)
            .json();
        assert_eq!(shown["lane"], "strict", "{name}");
        let found: Vec<&str> = shown["capabilities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| view["capability"].as_str().unwrap())
            .filter(|name| *name != "log")
            .collect();
        assert_eq!(found, capabilities, "{name}");
        assert!(
            shown["operations"]
                .as_array()
                .unwrap()
                .iter()
                .all(|op| op["doc"].is_string())
        );
    }
}

#[test]
fn exchange_rates_converts_with_the_page_of_the_bank() {
    let home = Home::new();
    let page = std::fs::read(example("exchange-rates").join("sample/eurofxref-daily.xml")).unwrap();
    let bank = Peer::tls(&["www.ecb.europa.eu"], move |_| Reply::text(page.clone()));
    let convert = |to: &str| {
        home.run(skill("exchange-rates"), "convert")
            .input(json!({ "amount": { "minor": 1_000, "currency": "EUR" }, "to": to }))
            .allow("GET https://www.ecb.europa.eu/stats/eurofxref/*")
            .peer("www.ecb.europa.eu:443", &bank)
            .arg("--set")
            .arg("max-age-days=36500")
            .go()
    };
    let ran = convert("USD").exits(0).is("completed");
    assert_eq!(bank.lines(), ["GET /stats/eurofxref/eurofxref-daily.xml"]);
    let output = ran.output();
    assert!(output.to_string().contains("USD"), "{output:#}");
    assert!(
        output["source"]
            .as_str()
            .unwrap()
            .starts_with("https://www.ecb.europa.eu/")
    );
    // No rate is a typed answer, never a guess.
    let ran = convert("KWD").exits(1).is("failed");
    assert!(
        ran.json()["failure"]["value"]
            .to_string()
            .contains("not_listed"),
        "{}",
        ran.shown()
    );
}

#[test]
fn exchange_rates_says_that_it_may_not_ask_when_nothing_is_granted() {
    let home = Home::new();
    let bank = Peer::tls(&["www.ecb.europa.eu"], |_| Reply::text("never"));
    let ran = home
        .run(skill("exchange-rates"), "rates")
        .peer("www.ecb.europa.eu:443", &bank)
        .go();
    let refusal = ran.refused_by("network.not-granted");
    assert!(
        refusal
            .fix
            .contains("--allow-net 'GET https://www.ecb.europa.eu/"),
        "{}",
        refusal.fix
    );
    bank.saw_nothing();
}

fn check(home: &Home, file: &str) -> Value {
    home.run(skill("invoice-check"), "check")
        .input(json!({ "path": format!("invoices/{file}") }))
        .read("invoices", &example("invoices"))
        .go()
        .exits(0)
        .output()
}

#[test]
fn an_invoice_that_is_sent_twice_is_recognised() {
    let home = Home::new();
    let first = check(&home, "de-01-two-rates.xml");
    assert_eq!(first["findings"], json!([]), "{first:#}");
    // Another file with the number of the first.
    let second = check(&home, "de-14-number-of-de-01.xml");
    assert_ne!(second["history"], first["history"], "{second:#}");
    assert!(second["first_seen"].is_string(), "{second:#}");
    // Elsewhere nobody has seen it.
    let elsewhere = check(&Home::new(), "de-14-number-of-de-01.xml");
    assert_eq!(elsewhere["history"], first["history"]);
}

#[test]
fn a_folder_of_invoices_becomes_a_report_once_it_is_approved() {
    let home = Home::new();
    let reports = home.folder("reports");
    let run = || {
        home.run(skill("vat-report"), "report")
            .input(json!({ "folder": "invoices", "output": "reports/vat" }))
            .read("invoices", &example("invoices"))
            .write("reports", &reports)
            .go()
    };
    let ran = run().exits(3).is("awaiting_approval");
    assert_eq!(home.names("reports"), Vec::<String>::new());
    let id = ran.invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    for part in [
        "guildhall-examples/vat-report 0.1.0",
        "unsigned local file",
        "files would be written",
        "vat.csv",
        "(the skill's claim)",
        "Has read",
    ] {
        assert!(card.stderr.contains(part), "{part}\n{}", card.shown());
    }
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert_eq!(
        home.names("reports"),
        ["vat-documents.csv", "vat.csv", "vat.json"]
    );
    let report: Value = serde_json::from_str(&home.text("reports/vat.json").unwrap()).unwrap();
    assert!(report.is_object());
    // The same again replaces nothing by anything else.
    let before = home.text("reports/vat.csv");
    let again = run().exits(3).invocation();
    let _ = home
        .guildhall(["approvals", "approve", &again, "--yes"])
        .exits(0);
    assert_eq!(home.text("reports/vat.csv"), before);
}
