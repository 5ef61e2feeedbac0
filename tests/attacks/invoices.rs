//! Invoices and pages that attack the skill that reads them: the example skills, as the sandbox runs them.

use guildhall_tests::{Home, Peer, Reply, find, json, skill};
use std::time::Duration;

const HEAD: &str = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2' \
    xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' \
    xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'>";
const SECRET: &str = "CANARY-44d0";

/// Hostile files by name. `secret` is the address of a file and `server` of a server that a reader must not open.
fn hostile(secret: &str, server: &str) -> Vec<(&'static str, Vec<u8>)> {
    let invoice = |content: &str| format!("{HEAD}{content}</Invoice>");
    let with_type = |subset: &str| {
        format!(
            "<?xml version='1.0'?><!DOCTYPE Invoice {subset}>{}",
            invoice("<b:ID>&x;</b:ID>")
        )
    };
    let mut bomb = String::from("[<!ENTITY x0 'aaaaaaaaaa'>");
    for level in 1..12 {
        let below = format!("&x{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY x{level} '{below}'>"));
    }
    bomb.push_str("<!ENTITY x '&x11;'>]");
    let texts = [
        ("entity-bomb", with_type(&bomb)),
        (
            "quadratic-bomb",
            with_type(&format!("[<!ENTITY x '{}'>]", "a".repeat(500_000))),
        ),
        (
            "external-file",
            with_type(&format!("[<!ENTITY x SYSTEM '{secret}'>]")),
        ),
        (
            "external-host",
            with_type(&format!("[<!ENTITY x SYSTEM '{server}'>]")),
        ),
        ("external-subset", with_type(&format!("SYSTEM '{server}'"))),
        (
            "parameter-entity",
            with_type(&format!("[<!ENTITY % p SYSTEM '{server}'> %p;]")),
        ),
        ("undefined-entity", invoice("<b:ID>&x;</b:ID>")),
        ("deep", format!("{HEAD}{}", "<a:Item>".repeat(300_000))),
        ("wide", invoice(&"<b:Note/>".repeat(450_000))),
        (
            "attributes",
            invoice(&format!(
                "<b:Note{}/>",
                (0..50_000)
                    .map(|at| format!(" a{at}=''"))
                    .collect::<String>()
            )),
        ),
        ("nul", invoice("<b:ID>INV\0-1</b:ID>")),
        ("escape", invoice("<b:ID>\u{1b}[2JINV-1</b:ID>")),
        ("nul-reference", invoice("<b:ID>&#0;</b:ID>")),
        ("unfinished", format!("{HEAD}<b:ID>INV-1")),
        ("twice", invoice("").repeat(2)),
        (
            "endless-comment",
            format!("{HEAD}<!-- {}", "x".repeat(2_000_000)),
        ),
    ];
    let mut files: Vec<(&'static str, Vec<u8>)> = texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    let wide: Vec<u8> = invoice("<b:ID>1</b:ID>")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    files.push(("utf-16", [b"\xff\xfe".as_slice(), &wide].concat()));
    files.push((
        "no-utf-8",
        invoice("<b:ID>\u{e9}</b:ID>")
            .replace('\u{e9}', "@")
            .into_bytes(),
    ));
    let last = files.last_mut().unwrap();
    for byte in &mut last.1 {
        if *byte == b'@' {
            *byte = 0xe9;
        }
    }
    files
}

/// A home with every hostile file in `invoices`, and what they point at.
fn desk() -> (Home, Peer, Vec<&'static str>) {
    let home = Home::new();
    let peer = Peer::plain(|_| Reply::text(SECRET));
    let secret = home.put("secret.txt", SECRET);
    let server = format!("http://{}/x.dtd", peer.address());
    let files = hostile(&format!("file://{}", secret.display()), &server);
    for (name, bytes) in &files {
        home.put(&format!("invoices/{name}.xml"), bytes);
    }
    let names = files.into_iter().map(|(name, _)| name).collect();
    (home, peer, names)
}

fn good() -> Vec<u8> {
    let folder = find::repository().join("skills-examples/invoices");
    std::fs::read(folder.join("de-02-allowance-and-freight.xml")).unwrap()
}

/// That nothing of what the files point at was opened, and nothing of what they hold is printed.
#[track_caller]
fn nothing_was_opened(ran: &guildhall_tests::Ran, peer: &Peer) {
    peer.saw_nothing();
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(SECRET), "{}", ran.shown());
        assert!(!text.contains(['\u{1b}', '\0']), "{}", ran.shown());
    }
    assert!(ran.took < Duration::from_secs(60), "{:?}", ran.took);
}

#[test]
fn each_hostile_invoice_is_refused_in_words_by_the_check() {
    let (home, peer, names) = desk();
    for name in names {
        let ran = home
            .run(skill("invoice-check"), "check")
            .input(json!({ "path": format!("invoices/{name}.xml") }))
            .read("invoices", &home.path().join("invoices"))
            .go();
        nothing_was_opened(&ran, &peer);
        let ran = ran.exits(1).is("failed");
        let failure = &ran.json()["failure"];
        assert_eq!(failure["kind"], "operation", "{name}: {failure:#}");
        let why = failure["value"]["not_an_invoice"]
            .as_str()
            .unwrap_or_default();
        assert!(why.len() > 40, "{name}: {failure:#}");
    }
    home.serves_the_next_run();
}

#[test]
fn among_hostile_invoices_the_good_one_is_summed_and_the_others_are_left_out_with_a_reason() {
    let (home, peer, names) = desk();
    home.put("invoices/good.xml", good());
    let ran = home
        .run(skill("vat-report"), "report")
        .input(json!({ "folder": "invoices", "output": "reports/vat" }))
        .read("invoices", &home.path().join("invoices"))
        .write("reports", &home.folder("reports"))
        .approve("all")
        .go();
    nothing_was_opened(&ran, &peer);
    let _ = ran.exits(0).is("committed");
    let table = home.text("reports/vat-documents.csv").unwrap();
    assert!(
        !table.contains(SECRET) && !table.contains(['\u{1b}', '\0']),
        "{table}"
    );
    for name in names {
        let lines: Vec<&str> = table
            .lines()
            .filter(|line| line.contains(&format!("{name}.xml")))
            .collect();
        assert_eq!(lines.len(), 1, "{name}\n{table}");
        assert!(lines[0].len() > 40, "{name} has a reason\n{table}");
    }
    home.serves_the_next_run();
}

#[test]
fn a_hostile_invoice_is_never_paid() {
    let (home, peer, names) = desk();
    home.has_bank();
    let ran = home
        .run(skill("pay-supplier"), "pay")
        .input(json!({ "folder": "invoices", "advice": "advice" }))
        .read("invoices", &home.path().join("invoices"))
        .write("advice", &home.folder("advice"))
        .arg("--pay")
        .arg("EUR 100000.00")
        .approve("all")
        .go();
    nothing_was_opened(&ran, &peer);
    let json = ran.json();
    let effects = json["effects"].as_array().unwrap();
    assert!(effects.is_empty(), "{effects:#?}");
    assert_eq!(home.names("advice"), Vec::<String>::new());
    assert!(!names.is_empty());
    let out = home.path().join("out.xml");
    let _ = home.guildhall([
        "wallet",
        "export",
        "main",
        "--json",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(!out.exists(), "nothing was ordered");
    home.serves_the_next_run();
}

#[test]
fn a_hostile_page_of_the_bank_is_no_rate() {
    let page = std::fs::read_to_string(
        find::repository().join("skills-examples/exchange-rates/sample/eurofxref-daily.xml"),
    )
    .unwrap();
    let home = Home::new();
    let inside = Peer::plain(|_| Reply::text(SECRET));
    let server = format!("http://{}/x.dtd", inside.address());
    let body = page
        .split_once("?>")
        .map_or(page.as_str(), |(_, body)| body);
    let pages = [
        format!("<!DOCTYPE x [<!ENTITY x SYSTEM '{server}'>]>{body}"),
        format!("<!DOCTYPE x SYSTEM '{server}'>{body}"),
        format!("{page}{page}"),
        page.replace("Reference rates", "Reference\0rates"),
        page.replacen("rate=\"", "rate=\"-", 1),
        page.replacen("rate='", "rate='1e9", 1),
        page.replacen("<Cube>", &"<Cube>".repeat(10_000), 1),
        page[..page.len() / 2].to_owned(),
        "<html>maintenance</html>".to_owned(),
        String::new(),
    ];
    for text in pages {
        if text == page {
            continue;
        }
        let shown: String = text.chars().take(200).collect();
        let bank = Peer::tls(&["www.ecb.europa.eu"], move |_| Reply::text(text.clone()));
        let ran = home
            .run(skill("exchange-rates"), "rates")
            .allow("GET https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml")
            .peer("www.ecb.europa.eu:443", &bank)
            .go();
        nothing_was_opened(&ran, &inside);
        let ran = ran.exits(1).is("failed");
        let failure = &ran.json()["failure"]["value"];
        assert!(
            failure["unavailable"]["reason"].is_object()
                || failure["unavailable"]["reason"].is_string(),
            "{shown}\n{failure:#}"
        );
        assert_eq!(bank.lines().len(), 1);
    }
    home.serves_the_next_run();
}
