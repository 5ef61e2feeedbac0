//! Makes and checks `sample/`: the documents of the demo, by the generator of `../invoices`.
//!
//! `GUILDHALL_WRITE_CORPUS=1 cargo test -p pay-supplier --test sample` writes the files.
#![allow(
    missing_docs,
    dead_code,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../../../invoice/tests/corpus/companies.rs"]
mod companies;
#[path = "../../../invoice/tests/corpus/render.rs"]
mod render;
#[path = "../../../invoice/tests/corpus/spec.rs"]
mod spec;

use std::path::Path;

use companies::*;
use spec::*;

fn specs() -> Vec<Spec> {
    let vienna = || iban("AT", "9999900012345678");
    let screws = |file: &'static str, about: &'static str| {
        Spec::new(file, about, VIENNA, MUNICH, "EUR")
            .head("DS-2026-204", "2026-11-05", "2026-12-05")
            .items([
                item(
                    "Sechskantschrauben M8, verzinkt",
                    "4000",
                    "C62",
                    "38.40",
                    ("AE", "0"),
                )
                .per("1000"),
                item("Unterlegscheiben M8", "6000", "C62", "9.75", ("AE", "0")).per("1000"),
                item(
                    "Zuschnitt nach Zeichnung",
                    "3.5",
                    "HUR",
                    "74.00",
                    ("AE", "0"),
                ),
            ])
            .pay(sepa(vienna(), "DS-2026-204"))
            .with(|spec| spec.reasons = vec![("AE", "Übergang der Steuerschuld")])
    };
    vec![
        Spec::new(
            "nordlicht-NB-2026-0151.xml",
            "Invoice with Skonto: 2 percent until 2026-11-30",
            BREMEN,
            MUNICH,
            "EUR",
        )
        .head("NB-2026-0151", "2026-11-16", "2026-12-16")
        .items([
            item("Bürostuhl Modell Deich", "4", "C62", "189.00", ("S", "19")),
            item("Schreibtischlampe", "4", "C62", "42.50", ("S", "19")),
            item("Fachbuch Normschrift", "3", "C62", "34.58", ("S", "7")),
        ])
        .pay(sepa(iban("DE", "999900000123456789"), "NB-2026-0151"))
        .with(|spec| {
            spec.order = Some("B-4802");
            spec.terms =
                Some("Zahlbar innerhalb von 30 Tagen ohne Abzug.\n#SKONTO#TAGE=14#PROZENT=2.00#");
        }),
        Spec::new(
            "nordlicht-NB-G-2026-0012.xml",
            "Credit note for one returned chair of NB-2026-0151",
            BREMEN,
            MUNICH,
            "EUR",
        )
        .head("NB-G-2026-0012", "2026-11-19", "")
        .items([item(
            "Bürostuhl Modell Deich (Rückgabe)",
            "1",
            "C62",
            "189.00",
            ("S", "19"),
        )])
        .with(|spec| {
            spec.credit_note = true;
            spec.preceding = Some(("NB-2026-0151", "2026-11-16"));
        }),
        screws("donaufeld-DS-2026-204.xml", "Services across the border"),
        screws(
            "donaufeld-reminder-of-DS-2026-204.xml",
            "The same invoice again, sent as a reminder",
        )
        .with(|spec| {
            spec.note =
                Some("Zahlungserinnerung: Bitte beachten Sie, dass diese Rechnung noch offen ist.")
        }),
        Spec::new(
            "deuxfleuves-F2026-131.xml",
            "Engraving and books, two rates",
            LYON,
            MUNICH,
            "EUR",
        )
        .head("F2026-131", "2026-11-10", "2026-12-10")
        .items([
            item(
                "Plaques signalétiques gravées",
                "25",
                "C62",
                "18.20",
                ("S", "20"),
            ),
            item("Livre d'atelier", "2", "C62", "18.96", ("S", "5.5")),
        ])
        .pay(sepa(iban("FR", "99999000011234567890189"), "F2026-131")),
        Spec::new(
            "liffey-INV-118204.xml",
            "Small monthly subscription",
            DUBLIN,
            MUNICH,
            "EUR",
        )
        .head("INV-118204", "2026-11-20", "2026-12-04")
        .items([item(
            "Team workspace, 12 seats",
            "1",
            "MON",
            "54.00",
            ("AE", "0"),
        )])
        .pay(sepa(iban("IE", "TEST99900012345678"), "INV-118204"))
        .with(|spec| {
            spec.reasons = vec![("AE", "Reverse charge")];
            spec.period = Some(("2026-11-01", "2026-11-30"));
        }),
        Spec::new(
            "polderlicht-PL-20261103.xml",
            "Planning of lights, reverse charge",
            UTRECHT,
            MUNICH,
            "EUR",
        )
        .head("PL-20261103", "2026-11-03", "2026-12-03")
        .items([item(
            "Lichtplan montagehal",
            "22.5",
            "HUR",
            "96.00",
            ("AE", "0"),
        )])
        .pay(sepa(iban("NL", "TEST0123456789"), "PL-20261103"))
        .with(|spec| spec.reasons = vec![("AE", "Btw verlegd")]),
        Spec::new(
            "leievaart-2026-388.xml",
            "The amount due is 100.00 too high",
            GHENT,
            MUNICH,
            "EUR",
        )
        .head("2026/388", "2026-11-09", "2026-12-09")
        .items([item(
            "Vervoer Gent - München, 3 paletten",
            "3",
            "C62",
            "214.00",
            ("AE", "0"),
        )])
        .pay(sepa(iban("BE", "999000012391"), "2026/388"))
        .with(|spec| spec.reasons = vec![("AE", "Btw verlegd")])
        .plant(
            "<cbc:PayableAmount currencyID=\"EUR\">642.00<",
            "<cbc:PayableAmount currencyID=\"EUR\">742.00<",
            &["payable-total@BT-115"],
        ),
        Spec::new(
            "valdarno-317.xml",
            "The check digits of the IBAN are wrong",
            TURIN,
            MUNICH,
            "EUR",
        )
        .head("317", "2026-11-12", "2026-12-12")
        .items([item("Utensili da banco", "5", "C62", "63.15", ("AE", "0"))])
        .pay(sepa(iban("IT", "X9999900001000001234567"), "317"))
        .with(|spec| {
            spec.reasons = vec![("AE", "Inversione contabile")];
            let account = iban("IT", "X9999900001000001234567");
            let swapped = account.replace("01234567", "01243567");
            spec.planted.push((account, swapped));
            spec.findings.push("iban-check-digits@account 1");
        }),
    ]
}

#[test]
fn the_sample_is_what_the_generator_makes_and_each_planted_error_is_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let write = option_env!("GUILDHALL_WRITE_CORPUS").is_some()
        || std::env::var_os("GUILDHALL_WRITE_CORPUS").is_some();
    for spec in specs() {
        let text = render::render(&spec).replace("Made by tests/corpus", "Made by tests/sample");
        let path = folder.join(spec.file);
        if write {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            text,
            "{}",
            spec.file
        );
        let document = guildhall_invoice::read(text.as_bytes()).unwrap();
        let found: Vec<_> = guildhall_invoice::check(&document)
            .iter()
            .map(|finding| format!("{}@{}", finding.code.as_str(), finding.place))
            .collect();
        assert_eq!(found, spec.findings, "{}", spec.file);
    }
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        files,
        specs().len() + 1,
        "the documents and their README.md"
    );
}
