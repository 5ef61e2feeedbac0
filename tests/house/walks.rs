//! No question to the journal walks the whole of a table that grows with each run: what a merchant waits for must not depend on
//! how long the host has been in use. SQLite is asked for its plan of each statement in the sources; those that are put together
//! while the program runs are not seen here, and sums over all that a tenant has go through all of it.

use crate::root;
use crate::sources::product_files;
use proc_macro2::{TokenStream, TokenTree};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection};

/// Tables that have a row for each run, or more.
const GROWING: [&str; 9] = [
    "runs",
    "host_calls",
    "effects",
    "approvals",
    "state_changes",
    "audit",
    "postings",
    "payments",
    "mandate_uses",
];

/// Texts of a file that begin like a statement with a plan.
fn statements(stream: TokenStream, into: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => statements(group.stream(), into),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let Some(text) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
                    continue;
                };
                let begins = ["SELECT ", "UPDATE ", "DELETE ", "WITH "];
                if begins.iter().any(|word| text.starts_with(word)) {
                    into.push(plain(text));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// On one line, with all columns where a constant names them.
fn plain(text: &str) -> String {
    let mut words = text.replace('\\', " ");
    while let Some((before, rest)) = words.split_once('{')
        && let Some((_, after)) = rest.split_once('}')
    {
        words = format!("{before}*{after}");
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tables that a step of a plan walks, by their own names: `SCAN p` of `payments p` is one of `payments`. To go through all runs of a
/// tenant for those of one status is a walk too.
fn walked(step: &str, statement: &str) -> Option<&'static str> {
    let all_of_tenant = ["runs_by_tenant (tenant=?)", "runs_by_skill (tenant=?)"];
    let of_status = ["AND status = '", "AND status IN ("];
    if all_of_tenant.iter().any(|plan| step.ends_with(plan))
        && of_status.iter().any(|words| statement.contains(words))
    {
        return Some("runs");
    }
    let name = step.strip_prefix("SCAN ")?.split(' ').next()?;
    if name == "r" && format!("{statement} ").contains(" whole_runs ") {
        return Some("runs");
    }
    GROWING.into_iter().find(|table| {
        let alias = format!(" {table} {name} ");
        *table == name || format!("{statement} ").contains(&alias)
    })
}

#[tokio::test]
async fn no_question_to_the_journal_walks_a_table_that_grows_with_each_run() {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let folder = root().join("host/migrations");
    let mut migrations: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    migrations.sort();
    for file in migrations {
        let text = std::fs::read_to_string(file).unwrap();
        database.execute(AssertSqlSafe(text)).await.unwrap();
    }
    let (mut looked, mut problems) = (0, Vec::new());
    let of_journal = |module: &[String]| module.first().is_some_and(|first| first == "journal");
    for source in product_files("host")
        .iter()
        .filter(|source| of_journal(&source.module))
    {
        let text = std::fs::read_to_string(root().join(&source.path)).unwrap();
        let mut found = Vec::new();
        statements(text.parse().unwrap(), &mut found);
        for statement in found {
            let question = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            // A few are for PostgreSQL alone, or only the beginning of one.
            let Ok(plan) = sqlx::query(question).fetch_all(&mut database).await else {
                continue;
            };
            looked += 1;
            for row in plan {
                let step: String = row.get("detail");
                if let Some(table) = walked(&step, &statement) {
                    problems.push(format!("{}: walks {table}: {statement}", source.path));
                }
            }
        }
    }
    assert!(looked > 120, "{looked} statements");
    crate::assert_none(
        problems,
        "Ask in the words of an index, or make one (host/migrations). A partial index is used only by a statement that repeats its \
         condition word for word.",
    );
}

#[test]
fn a_walk_is_told_by_the_table_whatever_it_is_called() {
    let statement = "SELECT p.* FROM payments p JOIN accounts a ON a.id = p.account";
    for (step, told) in [
        ("SCAN p", Some("payments")),
        ("SCAN p USING INDEX payments_once", Some("payments")),
        ("SCAN runs", Some("runs")),
        ("SCAN a", None),
        ("SEARCH p USING INDEX payments_by_key (tenant=?)", None),
        ("SEARCH runs USING INDEX runs_by_tenant (tenant=?)", None),
    ] {
        assert_eq!(walked(step, statement), told, "{step}");
    }
    let whole = "SELECT COUNT(*) FROM whole_runs";
    assert_eq!(walked("SCAN r", whole), Some("runs"));
    let step = "SEARCH runs USING INDEX runs_by_tenant (tenant=?)";
    let of_status = "SELECT id FROM runs WHERE tenant = $1 AND status = 'failed'";
    assert_eq!(walked(step, of_status), Some("runs"));
    assert_eq!(
        plain("SELECT {COLUMNS} FROM runs\n  WHERE id = $1"),
        "SELECT * FROM runs WHERE id = $1"
    );
}
