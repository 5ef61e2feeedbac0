//! The documents of the demo, and those of the corpus, as a whole.

use super::*;
use crate::bindings::{Announcement, Status};

macro_rules! sample {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../sample/", $name, ".xml")))),*]
    };
}

fn sample() -> FakeHost {
    sample![
        "deuxfleuves-F2026-131",
        "donaufeld-DS-2026-204",
        "donaufeld-reminder-of-DS-2026-204",
        "leievaart-2026-388",
        "liffey-INV-118204",
        "nordlicht-NB-2026-0151",
        "nordlicht-NB-G-2026-0012",
        "polderlicht-PL-20261103",
        "valdarno-317"
    ]
    .iter()
    .fold(host(&[]), |host, (name, text)| {
        host.file(&format!("invoices/{name}.xml"), text)
    })
}

#[test]
fn the_sample_is_paid_but_for_what_is_planted() {
    let host = sample();
    let report = pay().unwrap();
    check_sums(&report);
    assert_eq!(
        paid(&report),
        [
            "F2026-131 586.01 EUR",
            "DS-2026-204 471.10 EUR",
            "INV-118204 54.00 EUR",
            // 1212.94, less 224.91 credited, less 2 percent of the rest.
            "NB-2026-0151 968.27 EUR",
            "PL-20261103 2160.00 EUR",
        ]
    );
    assert_eq!(
        refused(&report),
        [
            (
                "donaufeld-reminder-of-DS-2026-204",
                vec![RefusedCode::Duplicate]
            ),
            ("leievaart-2026-388", vec![RefusedCode::Arithmetic]),
            ("valdarno-317", vec![RefusedCode::Account]),
        ]
    );
    assert_eq!((flags(&report), carried(&report)), (vec![], vec![]));
    assert_eq!(report.totals.len(), 1);
    assert_eq!(report.totals[0].paid.to_string(), "4239.38 EUR");
    assert_eq!(report.totals[0].discount.to_string(), "19.76 EUR");
    assert_eq!(report.totals[0].credited.to_string(), "224.91 EUR");
    let orders = host.orders();
    assert_eq!(orders.len(), 5);
    assert_eq!(orders[3].payee, "iban:DE48999900000123456789");
    assert_eq!(orders[3].payee_name, "Nordlicht Bürobedarf GmbH");
    assert_eq!(
        orders[3].reason,
        "Invoice NB-2026-0151 of 2026-11-16, 1212.94 EUR; less credit NB-G-2026-0012 of 2026-11-19, 224.91 EUR; less 2.00 % discount until 2026-11-30, 19.76 EUR"
    );
    let advice = host
        .written_text("advice/2026-11-24-nordlicht-buerobedarf-gmbh-nb-2026-0151.txt")
        .unwrap();
    assert_eq!(
        advice,
        "REMITTANCE ADVICE\n\n\
         To:       Nordlicht Bürobedarf GmbH\n\
         Account:  DE48 9999 0000 0123 4567 89\n\
         From:     Isarwerk Maschinenbau AG\n\
         Payment:  ordered for the next possible day\n\n\
         Invoice NB-2026-0151 of 2026-11-16                           1212.94 EUR\n\
         Credit NB-G-2026-0012 of 2026-11-19                          -224.91 EUR\n\
         Discount 2.00 %, granted until 2026-11-30                     -19.76 EUR\n  \
         paid with the reference NB-2026-0151                        968.27 EUR\n\n\
         Total, 1 payment                                              968.27 EUR\n"
    );
    assert_eq!(host.writes().len(), 5);
    assert!(host.sent().is_empty());
}

#[test]
fn a_report_says_how_far_it_can_be_relied_on() {
    let _host = sample();
    let report = pay().unwrap();
    assert_eq!(
        (report.status, report.as_of.as_str()),
        (Status::Answered, "2026-11-24")
    );
    assert_eq!(
        report.reason,
        "5 payments are proposed, 4239.38 EUR together, and 3 documents are refused."
    );
    assert_eq!(report.sources.len(), 4);
}

#[test]
fn documents_that_contradict_each_other_or_cannot_be_read_are_said_first() {
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-1", "50.00")),
    ]);
    let report = pay().unwrap();
    assert_eq!(report.status, Status::Disputed);
    assert!(
        report.reason.starts_with("Documents contradict each other"),
        "{}",
        report.reason
    );
    let _host = host(&[("a", invoice("N-1", "100.00"))]).file("invoices/b.xml", "no invoice");
    let report = pay().unwrap();
    assert_eq!(report.status, Status::OutOfScope);
    assert!(
        report.reason.contains("One payment is proposed"),
        "{}",
        report.reason
    );
}

#[test]
fn the_second_run_over_the_sample_pays_nothing() {
    let _host = sample();
    pay().unwrap();
    let report = pay().unwrap();
    assert_eq!(
        (paid(&report), carried(&report), report.advices.len()),
        (vec![], vec![], 0)
    );
    let before = |(_, codes): &(&str, Vec<RefusedCode>)| *codes == [RefusedCode::OrderedBefore];
    assert_eq!(refused(&report).into_iter().filter(before).count(), 7);
}

#[test]
fn a_payee_with_an_address_is_told_after_its_payments_and_gets_the_advice() {
    for payee in ["de 999 000 111", "DE48 9999 0000 0123 4567 89"] {
        let host = host(&[
            ("a", invoice("N-1", "100.00")),
            ("b", invoice("N-2", "50.00")),
        ]);
        let report = pay_and_check(contact(payee));
        let sent = host.sent();
        let [notice] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert_eq!(
            notice.after,
            [report.paid[0].payment, report.paid[1].payment]
        );
        assert_eq!(notice.attachments, [report.advices[0].path.clone()]);
        assert_eq!(
            notice.subject.as_deref(),
            Some("Remittance advice: 150.00 EUR for N-1 and 1 more")
        );
        assert!(
            notice.body.contains("account ending in 6789"),
            "{}",
            notice.body
        );
        assert_eq!(report.advices[0].message, Announcement::Staged(3));
        assert_eq!(host.writes().len(), 1);
    }
}

#[test]
fn a_name_is_no_address_and_a_refused_message_does_not_keep_the_payment() {
    let refusal = Refusal::new(RefusalKind::Denied, "messages.test", "The test refuses it.");
    let _host = host(&[("a", invoice("N-1", "100.00"))]).refuse_messages(refusal);
    let report = pay_and_check(contact("DE999000111"));
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert!(
        matches!(&report.advices[0].message, Announcement::Refused(refusal) if refusal.rule == "messages.test")
    );
    let _host = host(&[("a", invoice("N-1", "100.00"))]);
    let report = pay_and_check(contact("Nord GmbH"));
    assert_eq!(report.advices[0].message, Announcement::NotAsked);
}

#[test]
fn through_the_host_a_message_carries_the_file() {
    let host = host(&[("a", invoice("N-1", "100.00"))]);
    pay_with(Some("2026-11-26"), contact("DE999000111"), None).unwrap();
    let sent = host.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].attachments, ["advice/2026-11-26-nord-gmbh-n-1.txt"]);
    assert_eq!(sent[0].recipient, "billing@nord.example");
    assert_eq!(
        host.orders()[0].requested_date.as_deref(),
        Some("2026-11-26")
    );
}

#[test]
fn every_document_of_the_corpus_ends_in_exactly_one_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../invoices");
    let mut paths = Vec::new();
    let mut host = host(&[]);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".xml") {
            host = host.file(&format!("invoices/{name}"), std::fs::read(&path).unwrap());
            paths.push(format!("invoices/{name}"));
        }
    }
    paths.sort();
    let report = pay().unwrap();
    check_sums(&report);
    let mut found: Vec<_> = report
        .refused
        .iter()
        .map(|document| document.path.clone())
        .collect();
    found.extend(
        report
            .paid
            .iter()
            .flat_map(|payment| &payment.documents)
            .map(|document| document.path.clone()),
    );
    found.extend(report.carried_forward.iter().map(|open| open.path.clone()));
    found.sort();
    assert_eq!(found, paths);
    assert!(report.paid.len() > 5, "{:?}", paid(&report));
    drop(host);
}
