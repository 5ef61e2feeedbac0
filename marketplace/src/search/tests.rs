#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use guildhall_package::market::money::{Price, PriceModel};
use proptest::prelude::*;

fn document(name: &str, keywords: &[&str], description: &str, updated: u64) -> Document {
    Document {
        name: name.parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        description: description.to_owned(),
        keywords: keywords.iter().map(|word| (*word).to_owned()).collect(),
        capabilities: vec![Capability::Files],
        price: Price::Free,
        updated,
    }
}

fn shelf() -> Index {
    let index = Index::new().unwrap();
    let mut network = document(
        "harbour/fx-rates",
        &["pricing"],
        "Fetches rates of exchange.",
        4,
    );
    network.capabilities = vec![Capability::Network];
    let documents = [
        document(
            "northwind/invoice-check",
            &["invoicing", "vat"],
            "Checks invoices before they are paid.",
            1,
        ),
        document(
            "northwind/letters",
            &["documents"],
            "Writes a letter for each invoice.",
            2,
        ),
        document(
            "contoso/tariffs",
            &["customs"],
            "Finds the tariff of goods.",
            3,
        ),
        network,
    ];
    index
        .put(
            documents
                .into_iter()
                .map(|one| (one.name.clone(), Some(one))),
        )
        .unwrap();
    index
}

fn ask(q: &str) -> SearchQuery {
    SearchQuery {
        q: Some(q.to_owned()),
        ..SearchQuery::default()
    }
}

fn names(found: &SearchResults) -> Vec<String> {
    found.items.iter().map(|hit| hit.name.to_string()).collect()
}

#[test]
fn a_word_weighs_more_in_a_name_than_in_a_description() {
    let found = shelf().search(&ask("invoice")).unwrap();
    assert_eq!(
        names(&found),
        ["northwind/invoice-check", "northwind/letters"]
    );
    assert_eq!(found.items[0].why, ["name has \"invoice\""]);
    assert_eq!(found.items[1].why, ["description has \"invoice\""]);
    assert_eq!(found.total, 2);
}

#[test]
fn mistakes_and_beginnings_are_understood_and_said() {
    let index = shelf();
    for (typed, found) in [
        ("invocie", "northwind/invoice-check"),
        ("tarifs", "contoso/tariffs"),
        ("tari", "contoso/tariffs"),
        ("exchnage", "harbour/fx-rates"),
        ("harb", "harbour/fx-rates"),
        ("Rätes", "harbour/fx-rates"),
    ] {
        let hits = index.search(&ask(typed)).unwrap();
        assert_eq!(
            names(&hits).first().map(String::as_str),
            Some(found),
            "{typed}"
        );
    }
    let why = &index.search(&ask("tarifs")).unwrap().items[0].why;
    assert_eq!(why, &["name has \"tariffs\", which is like \"tarifs\""]);
    assert_eq!(index.search(&ask("zzzzzz")).unwrap().total, 0);
}

#[test]
fn all_words_must_occur_and_filters_decide() {
    let index = shelf();
    let both = index.search(&ask("invoice letter")).unwrap();
    assert_eq!(names(&both), ["northwind/letters"]);
    let mut asked = SearchQuery {
        capability: Some(Capability::Network),
        ..SearchQuery::default()
    };
    assert_eq!(names(&index.search(&asked).unwrap()), ["harbour/fx-rates"]);
    asked.capability = None;
    asked.without = Some(Capability::Files);
    assert_eq!(names(&index.search(&asked).unwrap()), ["harbour/fx-rates"]);
    asked = ask("");
    asked.publisher = Some("northwind".to_owned());
    asked.category = Some("documents".to_owned());
    assert_eq!(names(&index.search(&asked).unwrap()), ["northwind/letters"]);
    asked.category = Some("no such".to_owned());
    assert_eq!(index.search(&asked).unwrap().total, 0);
}

#[test]
fn without_words_the_newest_come_first_with_counts_of_all() {
    let found = shelf().search(&SearchQuery::default()).unwrap();
    assert_eq!(
        names(&found),
        [
            "harbour/fx-rates",
            "contoso/tariffs",
            "northwind/letters",
            "northwind/invoice-check"
        ]
    );
    assert_eq!(found.facets.capability["files"], 3);
    assert_eq!(found.facets.capability["network"], 1);
    assert_eq!(found.facets.category["invoicing"], 1);
    assert_eq!(found.facets.publisher["northwind"], 2);
    assert_eq!(found.facets.price["free"], 4);
}

#[test]
fn prices_are_counted_and_narrow_the_search() {
    let index = shelf();
    let mut paid = document("contoso/quotes", &["pricing"], "Makes an offer.", 9);
    paid.price = Price::PerMonth {
        minor: 500,
        currency: "EUR".to_owned(),
    };
    index
        .put(std::iter::once((paid.name.clone(), Some(paid))))
        .unwrap();
    let all = index.search(&SearchQuery::default()).unwrap();
    assert_eq!(all.facets.price["free"], 4);
    assert_eq!(all.facets.price["per-month"], 1);
    // The new field leaves the others as they were.
    assert_eq!(all.facets.category["pricing"], 2);
    let asked = SearchQuery {
        price: Some(PriceModel::PerMonth),
        ..SearchQuery::default()
    };
    let found = index.search(&asked).unwrap();
    assert_eq!(names(&found), ["contoso/quotes"]);
    assert_eq!(found.items[0].price.to_string(), "EUR 5.00 per month");
}

#[test]
fn pages_hold_each_hit_once() {
    let index = shelf();
    let mut asked = SearchQuery {
        limit: Some(3),
        ..SearchQuery::default()
    };
    let first = index.search(&asked).unwrap();
    assert_eq!((first.items.len(), first.next.as_deref()), (3, Some("3")));
    asked.cursor = first.next;
    let second = index.search(&asked).unwrap();
    assert_eq!((names(&second).len(), second.next), (1, None));
    asked.cursor = Some("99999".to_owned());
    assert_eq!(index.search(&asked).unwrap_err().problem().status, 422);
    asked.cursor = Some("x".to_owned());
    assert_eq!(index.search(&asked).unwrap_err().problem().status, 422);
}

#[test]
fn what_is_put_again_replaces_and_what_is_taken_out_is_gone() {
    let index = shelf();
    let name: SkillName = "northwind/letters".parse().unwrap();
    let changed = document("northwind/letters", &[], "Writes reminders.", 9);
    index
        .put([(name.clone(), Some(changed))].into_iter())
        .unwrap();
    assert_eq!(
        names(&index.search(&ask("reminders")).unwrap()),
        ["northwind/letters"]
    );
    assert_eq!(
        names(&index.search(&ask("letter")).unwrap()),
        ["northwind/letters"],
        "the name is near"
    );
    index.put([(name, None)].into_iter()).unwrap();
    assert_eq!(index.search(&ask("reminders")).unwrap().total, 0);
    assert_eq!(index.search(&SearchQuery::default()).unwrap().total, 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever somebody types: an answer, and no query language.
    #[test]
    fn any_text_is_only_words(q in "[a-z \"'()*:^~+\\-\\[\\]{}?/\\\\!&|]{0,60}|\\PC{0,60}") {
        let index = shelf();
        let found = index.search(&ask(&q)).unwrap();
        prop_assert!(found.total <= 4);
    }
}
