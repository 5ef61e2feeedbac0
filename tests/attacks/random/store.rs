//! One value of the store changed between the card and the approval, by who holds the disk: what leaves is what was
//! approved to the letter, or nothing. Looked up in the bank's file, in the folder, and at the receivers of messages.

use guildhall_tests::money::{ACME, OTHER, order};
use guildhall_tests::settings::letter;
use guildhall_tests::{Attack, Home, Peer, Ran, Reply, Seed, journal, json};
use std::fs;

/// Text that steers something, and what an intruder would rather have there.
const STEERS: [(&str, &str); 13] = [
    ("2000", "999900"),
    ("1250", "9250"),
    ("NL91ABNA0417164300", "FR1420041010050500013M02606"),
    ("DE89370400440532013000", "GB82WEST12345698765432"),
    ("paid.txt", "evil.txt"),
    ("books.test", "evil.test"),
    ("ann@example.com", "eve@example.com"),
    ("INV-1", "INV-2"),
    ("/out", "/evil"),
    ("EUR", "USD"),
    ("book-key", "evil-key"),
    ("\"name\":\"out\"", "\"name\":\"evil\""),
    ("Acme", "Evil"),
];

/// A statement that changes one value, somewhere.
fn twist(seed: &mut Seed, home: &Home) -> String {
    let columns = journal::columns(home);
    let (table, column, _, rows) = seed.one(&columns);
    let row = seed.one(&rows);
    let value = match seed.below(14) {
        0 => return format!("DELETE FROM {table} WHERE rowid = {row}"),
        1 => "NULL".to_owned(),
        2 => "x'ff00fe'".to_owned(),
        3 => "'other'".to_owned(),
        4 => seed
            .one(&["9250", "-1", "0", "9223372036854775807", "1.5"])
            .to_string(),
        5 => format!("{column} + 1"),
        6 => {
            format!("(SELECT o.{column} FROM {table} o ORDER BY o.rowid = {row}, random() LIMIT 1)")
        }
        7 => {
            let at = 1 + seed.below(40);
            format!(
                "CASE WHEN length({column}) >= {at} THEN substr({column}, 1, {at} - 1) || 'A' || substr({column}, {at} + 1)
                 ELSE {column} || 'A' END"
            )
        }
        _ => {
            let (from, to) = seed.one(&STEERS);
            let places = journal::holding(home, from);
            if places.is_empty() {
                return format!("UPDATE {table} SET {column} = NULL WHERE rowid = {row}");
            }
            // In every row of the table: an intruder is not so kind as to choose at random.
            let (table, column) = seed.one(&places);
            return format!(
                "UPDATE {table} SET {column} = CAST(replace(CAST({column} AS TEXT), '{from}', '{to}') AS TEXT)
                 WHERE instr(CAST({column} AS TEXT), '{from}') > 0"
            );
        }
    };
    format!("UPDATE {table} SET {column} = {value} WHERE rowid = {row}")
}

/// A home in which everything waits that can wait: a payment by the bank, a file and a message.
struct Office {
    home: Home,
    books: Peer,
    evil: Peer,
    id: String,
    saved: Vec<u8>,
}

/// What has left.
#[derive(Debug, Default, PartialEq, Eq)]
struct Left {
    bank: Vec<String>,
    files: Vec<(String, String)>,
    messages: Vec<(String, String)>,
    elsewhere: Vec<String>,
}

impl Left {
    /// Whether each thing that left is one that was approved, and none left twice.
    fn is_part_of(&self, approved: &Self) -> bool {
        let one = |mine: &[_], theirs: &[_]| mine.is_empty() || mine == theirs;
        (self.bank.is_empty() || self.bank == approved.bank)
            && one(&self.files, &approved.files)
            && one(&self.messages, &approved.messages)
            && self.elsewhere.is_empty()
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Office {
    fn new() -> Self {
        let home = Home::new();
        let books = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
        let evil = Peer::tls(&["evil.test"], |_| Reply::text("thanks"));
        home.reaches(&[
            ("books.test:443", books.address()),
            ("evil.test:443", evil.address()),
        ]);
        home.has_bank();
        home.has_webhook(
            "https://books.test/in",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        );
        let _ = home.folder("evil");
        let _ = home.folder("out");
        home.put("inbox/paper.txt", "INV-1");
        home.serves_the_next_run();
        // Known from before, with a mandate that does not cover what follows.
        home.pays_once(order(OTHER, 100, "INV-0"));
        let _ = home.mandate(["--pay", &format!("EUR 20.00 to {OTHER}")]);
        let first = home.path().join("first.xml");
        let _ = home
            .guildhall([
                "wallet",
                "export",
                "main",
                "--json",
                "--out",
                first.to_str().unwrap(),
            ])
            .exits(0);
        let id = home
            .prober("pay-write-and-tell")
            .input(json!({
                "source": "inbox/paper.txt", "order": order(ACME, 1_250, ""), "target": "out/paid.txt",
                "note": letter("books", "ann@example.com", "INV-1 is paid"),
            }))
            .read("inbox", &home.path().join("inbox"))
            .write("out", &home.path().join("out"))
            .money("EUR 50.00")
            .messages("books")
            .go()
            .exits(3)
            .invocation();
        let saved = journal::saved(&home);
        Self {
            home,
            books,
            evil,
            id,
            saved,
        }
    }

    /// Everything as it was when the card was made.
    fn reset(&self) {
        journal::restore(&self.home, &self.saved);
        for folder in ["out", "evil"] {
            for name in self.home.names(folder) {
                fs::remove_file(self.home.path().join(folder).join(name)).unwrap();
            }
        }
        let _ = fs::remove_file(self.home.path().join("pay.xml"));
    }

    /// Approves, exports, and looks at what has left meanwhile.
    fn approved(&self) -> (Left, Vec<Ran>) {
        let (messages, others) = (self.books.received().len(), self.evil.lines().len());
        let out = self.home.path().join("pay.xml");
        let export = [
            "wallet",
            "export",
            "main",
            "--json",
            "--out",
            out.to_str().unwrap(),
        ];
        let approve = self.home.approves(&self.id);
        // More than the mandate covers: it must wait for a person, who does not come.
        let above = self.home.pay(order(OTHER, 9_000, "INV-9"));
        let above = above.money("EUR 1000.00").go();
        let ran = vec![approve, above, self.home.guildhall(export)];
        let mut left = Left::default();
        if let Ok(xml) = fs::read_to_string(&out) {
            for tag in ["IBAN", "InstdAmt", "Nm", "Ustrd", "NbOfTxs", "CtrlSum"] {
                left.bank.extend(values(&xml, tag));
            }
        }
        for folder in ["out", "evil"] {
            for name in self.home.names(folder) {
                let path = format!("{folder}/{name}");
                let text = self.home.text(&path).unwrap_or_default();
                left.files.push((path, text));
            }
        }
        for request in &self.books.received()[messages..] {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            left.messages.push((request.target.clone(), body));
        }
        left.elsewhere = self.evil.lines().split_off(others);
        (left, ran)
    }
}

/// Each `<tag …>value</tag>`.
fn values(xml: &str, tag: &str) -> Vec<String> {
    xml.split(&format!("<{tag}"))
        .skip(1)
        .filter(|rest| rest.starts_with(['>', ' ']))
        .filter_map(|rest| Some(format!("{tag}{}", rest.split("</").next()?)))
        .collect()
}

#[test]
fn what_was_changed_anywhere_in_the_store_is_never_carried_out() {
    let mut attack = Attack::new("store", 80);
    let office = Office::new();
    let (approved, ran) = office.approved();
    assert_eq!(ran[0].code, Some(0), "{}", ran[0].shown());
    assert_eq!(approved.messages.len(), 1, "{approved:?}");
    assert_eq!(approved.files.len(), 1, "{approved:?}");
    assert!(
        approved.bank.iter().any(|value| value.contains("12.50")),
        "{approved:?}"
    );
    while attack.goes_on() {
        office.reset();
        let statement = twist(&mut attack.seed, &office.home);
        if journal::try_execute(&office.home, statement.clone()).unwrap_or(0) == 0 {
            continue;
        }
        let (left, ran) = office.approved();
        let shown = || ran.iter().map(Ran::shown).collect::<Vec<_>>().join("\n");
        if ran.iter().any(|ran| !matches!(ran.code, Some(0..=6 | 70))) {
            attack.escaped(format!("{statement}: it broke\n{}", shown()));
        } else if left.is_part_of(&approved) {
            if left == approved {
                attack.harmless();
            } else {
                attack.denied(if left.is_nothing() {
                    "nothing left"
                } else {
                    "a part left, as approved"
                });
            }
        } else {
            attack.escaped(format!(
                "{statement}\n  left {left:?}\n  not {approved:?}\n{}",
                shown()
            ));
        }
        // Nobody who only looks is thrown out without a word either.
        for look in [
            &["runs", "show", &office.id, "--json"][..],
            &["audit", "verify", "--json"],
            &["wallet", "--json"],
            &["messages", "--json"],
            &["mandates", "--json"],
        ] {
            if attack.seed.below(5) == 0 {
                let ran = office.home.guildhall(look);
                assert!(
                    matches!(ran.code, Some(0..=6 | 70)),
                    "{statement}\n{}",
                    ran.shown()
                );
            }
        }
    }
    office.reset();
    office.home.serves_the_next_run();
    attack.ends();
}
