//! Batches of many kinds, for tests and for the schema validator.

use super::batch::{Batch, CreditOrder, Debtor};
use jiff::civil::{Date, date};

/// Accounts of the examples in the IBAN registry, long and short ones.
pub const IBANS: [&str; 14] = [
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "NL91ABNA0417164300",
    "IT60X0542811101000000123456",
    "AT611904300234573201",
    "BE68539007547034",
    "CH9300762011623852957",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
    "LC55HEMM000100010012001200023015",
    "KW81CBKU0000000000001234560101",
    "BH67BMAG00001299123456",
    "SE4550000000058398257466",
];

/// A day on which samples are paid.
pub const DAY: Date = date(2026, 12, 1);

/// An order of `minor` units, called `id`.
pub fn order(id: &str, minor: i64, currency: &str) -> CreditOrder {
    CreditOrder {
        end_to_end_id: id.to_owned(),
        creditor_name: "Papier Nord".to_owned(),
        creditor_iban: "NL91ABNA0417164300".to_owned(),
        minor,
        currency: currency.to_owned(),
        requested: DAY,
        remittance: format!("Invoice {id}"),
    }
}

/// A batch of these orders.
pub fn batch(orders: Vec<CreditOrder>) -> Batch {
    Batch {
        message_id: "GH-20261124-0001".to_owned(),
        created: "2026-11-24T15:30:45.678Z".parse().unwrap(),
        initiator: "Cafe Sonne".to_owned(),
        debtor: Debtor {
            name: "Cafe Sonne".to_owned(),
            iban: "DE89370400440532013000".to_owned(),
            bic: Some("COBADEFFXXX".to_owned()),
        },
        orders,
    }
}

fn one(change: impl FnOnce(&mut CreditOrder)) -> Batch {
    let mut order = order("R-1", 12_050, "EUR");
    change(&mut order);
    batch(vec![order])
}

fn paid_by(change: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = one(|_| {});
    change(&mut batch);
    batch
}

fn many(count: usize) -> Batch {
    let orders = (0..count).map(|i| {
        let mut order = order(&format!("R-{i}"), i64::try_from(i).unwrap() + 1, "EUR");
        order.requested = date(2026, 12, 1 + i8::try_from(i % 28).unwrap());
        order.creditor_iban = IBANS[i % IBANS.len()].to_owned();
        order
    });
    batch(orders.collect())
}

/// Batches that all become files, by name.
pub fn samples() -> Vec<(&'static str, Batch)> {
    let mut mixed = ["EUR", "JPY", "KWD", "CLF", "USD", "EUR"]
        .iter()
        .enumerate()
        .map(|(i, currency)| order(&format!("M-{i}"), 123_456, currency))
        .collect::<Vec<_>>();
    mixed.extend((0..3).map(|i| {
        let mut order = order(&format!("D-{i}"), 1, "EUR");
        order.requested = date(2027, 1, 3 - i);
        order
    }));
    vec![
        ("euro", one(|_| {})),
        ("one-cent", one(|order| order.minor = 1)),
        ("sepa-most", one(|order| order.minor = 99_999_999_999)),
        (
            "yen",
            batch(vec![order("J-1", 5000, "JPY"), order("J-2", 1, "JPY")]),
        ),
        (
            "dinar",
            batch(vec![order("K-1", 1_250, "KWD"), order("K-2", 5, "KWD")]),
        ),
        (
            "fomento",
            batch(vec![order("C-1", 12_345, "CLF"), order("C-2", 1, "CLF")]),
        ),
        ("dollar", batch(vec![order("U-1", 999, "USD")])),
        (
            "eighteen-digits",
            batch(vec![order("V-1", 999_999_999_999_999_999, "JPY")]),
        ),
        ("days-and-currencies", batch(mixed)),
        (
            "umlauts",
            one(|order| {
                order.creditor_name = "Bäckerei Müßig & Söhne GmbH".to_owned();
                order.remittance = "Überweisung für Käse, Größe L – 3 Stück à 4 €".to_owned();
            }),
        ),
        (
            "quotes",
            one(|order| {
                order.creditor_name = "O'Neill \"Quick\" <Print> & Co; [Ltd]".to_owned();
                order.remittance = "</Ustrd><x a='1'>&amp;]]>_~@#%*=|\\^`{}!".to_owned();
            }),
        ),
        (
            "emoji",
            one(|order| {
                order.creditor_name = "Café 🥐 Zoë".to_owned();
                order.remittance = "Danke 🙏🏽 für 👨‍👩‍👧 alles\u{200d}\u{fe0f} 🇩🇪".to_owned();
            }),
        ),
        (
            "scripts",
            one(|order| {
                order.creditor_name = "北京 有限公司 Ελλάδα Київ".to_owned();
                order.remittance = "فاتورة रसीद ใบแจ้งหนี้ 請求書".to_owned();
            }),
        ),
        (
            "hidden",
            one(|order| {
                order.creditor_name =
                    "\u{202e}evil\u{202c}\0\u{1b}[31m\r\n\tNord\u{feff}\u{e000}\u{10ffff}"
                        .to_owned();
            }),
        ),
        (
            "long",
            paid_by(|batch| {
                batch.initiator = "Initiator ".repeat(40);
                batch.debtor.name = "Größe".repeat(60);
                batch.orders[0].creditor_name = "x".repeat(500);
                batch.orders[0].remittance = "Rechnung 4711 ".repeat(100);
            }),
        ),
        (
            "long-dollar",
            paid_by(|batch| {
                batch.debtor.name = "d".repeat(500);
                batch.orders[0].currency = "USD".to_owned();
                batch.orders[0].creditor_name = "y".repeat(500);
            }),
        ),
        ("no-bic", paid_by(|batch| batch.debtor.bic = None)),
        (
            "short-bic",
            paid_by(|batch| batch.debtor.bic = Some("COBADEFF".to_owned())),
        ),
        (
            "no-reference",
            batch(vec![
                CreditOrder {
                    remittance: String::new(),
                    ..order("", 100, "EUR")
                },
                CreditOrder {
                    remittance: "\u{e000}!".to_owned(),
                    ..order(" ", 200, "EUR")
                },
            ]),
        ),
        (
            "full-ids",
            paid_by(|batch| {
                batch.message_id = "m".repeat(35);
                batch.orders[0].end_to_end_id = "aZ09/-?:().,'+ x".to_owned() + &"e".repeat(19);
            }),
        ),
        (
            "paper-ibans",
            paid_by(|batch| {
                batch.debtor.iban = "DE89 3704 0044 0532 0130 00".to_owned();
                batch.orders[0].creditor_iban = "MT84 MALT 0110 0001 2345 MTLC AST0 01S".to_owned();
            }),
        ),
        ("every-country", many(IBANS.len())),
        (
            "edge-days",
            paid_by(|batch| {
                batch.created = "2000-01-01T00:00:00Z".parse().unwrap();
                batch.orders.push(CreditOrder {
                    requested: date(9999, 12, 31),
                    ..order("Y", 1, "EUR")
                });
                batch.orders.push(CreditOrder {
                    requested: date(2028, 2, 29),
                    ..order("Z", 1, "EUR")
                });
            }),
        ),
        ("ten-thousand", many(10_000)),
    ]
}

#[test]
fn every_sample_becomes_a_file_whose_sums_add_up() {
    for (name, batch) in samples() {
        let bytes = super::write(&batch).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        super::reading::assert_sums(&bytes);
    }
}

/// Run with `--ignored` and `PAIN001_SAMPLES=FOLDER`; the schema validator reads the files.
#[test]
#[ignore = "writes files where PAIN001_SAMPLES says"]
fn the_samples_are_written_to_a_folder() {
    let folder = std::env::var_os("PAIN001_SAMPLES").expect("PAIN001_SAMPLES names a folder");
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, batch) in samples() {
        let bytes = super::write(&batch).unwrap();
        std::fs::write(folder.join(format!("{name}.xml")), bytes).unwrap();
    }
}
