//! Searching among 100,000 skills whose names and words are those of the trade: common words are in tens of thousands of them.

use crate::table::{Line, Table, Times};
use guildhall_marketplace::search::{Document, Index};
use guildhall_package::Capability;
use guildhall_package::market::money::Price;
use guildhall_package::market::search::SearchQuery;
use std::time::Instant;

const SKILLS: usize = 100_000;
const QUERIES: usize = 3_000;

const THINGS: [&str; 24] = [
    "invoice",
    "order",
    "vat",
    "customs",
    "freight",
    "payment",
    "tariff",
    "stock",
    "supplier",
    "contract",
    "price",
    "delivery",
    "receipt",
    "bank",
    "currency",
    "label",
    "return",
    "quote",
    "ledger",
    "tax",
    "container",
    "origin",
    "margin",
    "catalogue",
];
const DEEDS: [&str; 16] = [
    "check",
    "report",
    "match",
    "import",
    "export",
    "watch",
    "convert",
    "sort",
    "draft",
    "compare",
    "sum",
    "archive",
    "remind",
    "translate",
    "forecast",
    "audit",
];
const PLACES: [&str; 20] = [
    "germany", "france", "spain", "italy", "poland", "china", "brazil", "turkey", "india", "japan",
    "norway", "kenya", "canada", "mexico", "vietnam", "greece", "austria", "chile", "egypt",
    "peru",
];
const KEYWORDS: [&str; 10] = [
    "invoicing",
    "customs",
    "logistics",
    "pricing",
    "documents",
    "payments",
    "vat",
    "inventory",
    "sales",
    "purchasing",
];

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    const fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize
    }

    /// One of several, the first ones far more often, as words are.
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = (self.next() % of.len()).min(self.next() % of.len());
        of[at]
    }
}

fn document(dice: &mut Dice, number: usize) -> Document {
    let (thing, deed, place) = (dice.one(&THINGS), dice.one(&DEEDS), dice.one(&PLACES));
    let other = dice.one(&THINGS);
    let publisher = format!("trader-{}", dice.next() % 4_000);
    let capabilities = Capability::ALL
        .into_iter()
        .filter(|_| dice.next().is_multiple_of(3))
        .collect();
    Document {
        name: format!("{publisher}/{thing}-{deed}-{number}")
            .parse()
            .expect("a name"),
        version: "1.2.0".parse().expect("a version"),
        description: format!(
            "Reads each {thing} of your shop in {place}, can {deed} it with the {other} and writes a report for the tax office."
        ),
        keywords: vec![
            dice.one(&KEYWORDS).to_owned(),
            thing.to_owned(),
            place.to_owned(),
        ],
        capabilities,
        price: Price::Free,
        updated: 1_700_000_000_000 + number as u64,
    }
}

/// What people type: common words, several, with a mistake, the beginning of one, and nothing but a filter.
fn asked(dice: &mut Dice, number: usize) -> SearchQuery {
    let words = match number % 8 {
        0 => "report".to_owned(),
        1 => dice.one(&THINGS).to_owned(),
        2 => format!("{} {}", dice.one(&THINGS), dice.one(&DEEDS)),
        3 => format!(
            "{} {} {}",
            dice.one(&THINGS),
            dice.one(&DEEDS),
            dice.one(&PLACES)
        ),
        4 => {
            let mut word = dice.one(&THINGS).to_owned();
            let last = word.pop().expect("a letter");
            word.insert(1, last);
            word
        }
        5 => dice.one(&PLACES).chars().take(4).collect(),
        6 => format!("{} shop tax report", dice.one(&THINGS)),
        _ => String::new(),
    };
    SearchQuery {
        q: (!words.is_empty()).then_some(words),
        capability: (number % 16 == 7).then_some(Capability::Network),
        ..SearchQuery::default()
    }
}

/// The index as the service has it, asked by one person after the other.
pub fn search(table: &mut Table) {
    let index = Index::new().expect("an index");
    let mut dice = Dice(0x5eed_5eed_5eed);
    let began = Instant::now();
    let all = (0..SKILLS).map(|number| document(&mut dice, number));
    index
        .put(all.map(|one| (one.name.clone(), Some(one))))
        .expect("they are taken");
    let built = began.elapsed().as_secs_f64();
    let mut dice = Dice(0xd1ce);
    let mut times = Times::default();
    let mut hits = 0;
    for number in 0..QUERIES {
        let query = asked(&mut dice, number);
        let began = Instant::now();
        let found = index.search(&query).expect("it is answered");
        times.add(began.elapsed());
        hits += u64::from(found.total > 0);
    }
    let ms = |share| times.at(share) / 1e3;
    #[allow(clippy::cast_precision_loss, reason = "a share")]
    let share = hits as f64 / QUERIES as f64;
    table.section(
        &format!("Searching among {SKILLS} skills, {QUERIES} queries with common words"),
        vec![
            Line::new("p50", ms(0.5), "ms"),
            Line::new("p99", ms(0.99), "ms").against(10.0, "of 10 ms, at most 1"),
            Line::new("the longest", ms(1.0), "ms"),
            Line::new("queries that find something", share, ""),
            Line::new("building the index at a start", built, "s"),
        ],
    );
}
