//! Every column of every row of the record of a run, changed by one byte: found, or of no meaning for what is proven, which
//! is said here for each. And every column with something in it that can't be read: an error in words, never a panic.

use crate::receipts::Proven;
use guildhall_tests::{Ran, journal};

/// Tables whose rows are the record of a run.
const RECORD: [&str; 5] = ["runs", "host_calls", "effects", "approvals", "audit"];

/// Columns that nothing is proven about, and why.
const NOT_PROVEN: &[(&str, &str)] = &[
    ("runs.owner", "which process worked on it"),
    ("runs.does_not", "words on the card"),
    (
        "runs.contacted",
        "words on the card; the host calls are proven",
    ),
    ("runs.logs", "what the skill said, for people"),
    ("runs.refusals", "words; the refused host calls are proven"),
    (
        "runs.skill_name",
        "a claim of the skill; its digest is proven",
    ),
    (
        "runs.skill_version",
        "a claim of the skill; its digest is proven",
    ),
    ("runs.wall_ms", "a measurement"),
    ("runs.memory_bytes", "a measurement"),
    ("runs.host_calls", "a sum; the host calls are proven"),
    ("runs.bytes_in", "a sum"),
    ("runs.bytes_out", "a sum"),
    ("runs.log_dropped", "a sum"),
    ("runs.effects", "a sum; the effects are proven"),
    ("runs.stored_bytes", "what it takes in the store"),
    ("runs.ended_at", "the audit log has the time"),
    ("runs.expires_at", "it was decided"),
    ("runs.limits", "what they allowed is proven"),
    (
        "host_calls.summary",
        "words; request and response are proven",
    ),
    ("host_calls.micros", "a measurement"),
    ("effects.claim", "which process performed it"),
    ("effects.tried", "how often it was begun"),
    (
        "effects.previous",
        "what undo would put back; undo compares its digest",
    ),
    (
        "effects.content",
        "it was performed; the effect has its digest, by which it is compared before",
    ),
    ("effects.idx", "the effect itself has its number"),
    ("effects.rank", "the order in which it was performed"),
    ("approvals.decided_at", "the audit log has the time"),
    ("approvals.consumed_at", "the audit log has the time"),
    ("host_calls.class", "follows from the function"),
    (
        "host_calls.phase",
        "whether an answer was recorded; the answer is proven",
    ),
    ("host_calls.bytes_in", "a measurement"),
    ("host_calls.bytes_out", "a measurement"),
    (
        "host_calls.at",
        "the time of a call: a guest that asks for it has it in an answer",
    ),
    ("runs.started_now_ms", "the same"),
    ("runs.clock_fixed", "the same"),
    (
        "runs.locale",
        "a guest that asks for it has it in an answer",
    ),
    ("runs.grants_hash", "the grants are proven"),
    ("runs.effect_set_hash", "the effect set is proven"),
    ("runs.created_at", "the audit log has the time"),
    ("runs.fuel", "a measurement"),
    ("runs.sent", "a sum; the host calls are proven"),
    (
        "approvals.mac",
        "compared when the approval is used; the audit log has the decision",
    ),
];

/// The same for a run that computed and did nothing else: what such runs have in common stands in a row of its own.
const COMPUTED: [&str; 3] = ["runs", "run_kinds", "audit"];
const NOT_PROVEN_OF_COMPUTED: &[(&str, &str)] = &[
    ("runs.owner", "which process worked on it"),
    ("runs.logs", "what the skill said, for people"),
    ("runs.effects", "there are none"),
    ("runs.stored_bytes", "what it takes in the store"),
    (
        "runs.started_now_ms",
        "a guest that asks for it has it in an answer",
    ),
    ("runs.clock_fixed", "not read: the kind has it"),
    (
        "run_kinds.tenant",
        "whose it is stands in the run and in the facts",
    ),
    ("run_kinds.does_not", "words on the card"),
    (
        "run_kinds.grants",
        "there are none: a changed name of an empty list says the same",
    ),
    ("run_kinds.grants_hash", "the grants are proven"),
    ("run_kinds.limits", "what they allowed is proven"),
    (
        "run_kinds.locale",
        "a guest that asks for it has it in an answer",
    ),
    ("run_kinds.clock_fixed", "the same"),
    ("run_kinds.until", "when it may be removed"),
];

/// Another value of the same kind: one more, or one digit of one byte in the middle changed.
fn other(kind: &str, column: &str) -> String {
    if kind == "BIGINT" {
        return format!("{column} + 1");
    }
    let hex = format!("hex({column})");
    let at = format!("2 * (length({hex}) / 4) + 2");
    format!(
        "CAST(unhex(substr({hex}, 1, {at} - 1) ||
         CASE substr({hex}, {at}, 1) WHEN '1' THEN '3' ELSE '1' END || substr({hex}, {at} + 1)) AS {kind})"
    )
}

fn found(ran: &Ran) -> bool {
    matches!(ran.code, Some(2 | 5 | 70))
}

#[test]
fn one_changed_byte_in_any_column_of_the_record_is_found_unless_it_is_listed_here() {
    change_each(&Proven::new(), &RECORD, NOT_PROVEN);
}

#[test]
fn one_changed_byte_of_a_run_that_computed_or_of_its_kind_is_found_unless_it_is_listed_here() {
    change_each(&Proven::computed(), &COMPUTED, NOT_PROVEN_OF_COMPUTED);
}

fn change_each(proven: &Proven, tables: &[&str], not_proven: &[(&str, &str)]) {
    let home = &proven.home;
    let (mut missed, mut needless) = (Vec::new(), Vec::new());
    for (table, column, kind, rows) in journal::columns(home) {
        if !tables.contains(&&*table) {
            continue;
        }
        let name = format!("{table}.{column}");
        let listed = not_proven.iter().any(|(known, _)| *known == name);
        // The first and the last row: what holds for two holds for those between.
        let (first, last) = (rows[0], rows[rows.len() - 1]);
        let mut all = true;
        for row in if first == last {
            vec![first]
        } else {
            vec![first, last]
        } {
            let value = other(&kind, &column);
            let statement = format!("UPDATE {table} SET {column} = {value} WHERE rowid = {row}");
            let changed = journal::try_execute(home, statement.clone());
            if changed != Some(1) {
                proven.restore();
                continue;
            }
            let by_audit = found(&proven.audit(&["--head", "head.json"]));
            let by_receipt = by_audit || found(&proven.verify(&["--replay"]));
            if !by_audit && !by_receipt {
                all = false;
                if !listed {
                    missed.push(format!("{name} in row {row}"));
                }
            }
            proven.restore();
        }
        if listed && all {
            needless.push(name);
        }
    }
    assert_eq!(missed, Vec::<String>::new(), "changed and not found");
    assert_eq!(
        needless,
        Vec::<String>::new(),
        "found, although they are listed as not proven"
    );
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    let _ = proven.verify(&["--replay"]).exits(0);
}

/// Commands that read a table.
fn readers(table: &str) -> &'static [&'static [&'static str]] {
    match table {
        "accounts" | "postings" => &[
            &["wallet", "--json"],
            &["wallet", "statement", "till", "--json"],
        ],
        "payments" | "payees" => &[&["wallet", "--json"]],
        "mandates" | "mandate_uses" => &[&["mandates", "--json"]],
        "channels" => &[&["messages", "--json"]],
        "secrets" => &[&["secrets", "--json"]],
        "audit" => &[
            &["audit", "verify", "--json"],
            &["audit", "export", "--json"],
        ],
        _ => &[
            &["runs", "--json"],
            &["audit", "verify", "--json"],
            &["verify", "receipt.json", "--replay", "--json"],
        ],
    }
}

#[test]
fn a_column_that_can_not_be_read_is_an_error_in_words() {
    let proven = Proven::new();
    let home = &proven.home;
    let terms = [
        "mandates",
        "add",
        "--json",
        "--pay",
        "EUR 20.00 to book:supplier",
        "--skill",
    ]
    .map(str::to_owned);
    let skill = guildhall_tests::guest("prober").display().to_string();
    let _ = home.guildhall(terms.into_iter().chain([skill])).exits(0);
    let saved = journal::saved(home);
    let mut broken = Vec::new();
    for (table, column, kind, rows) in journal::columns(home) {
        let wrong: &[&str] = match &*kind {
            "BIGINT" => &["'text'", "x'ff'", "1.5"],
            "BLOB" => &["7", "x'ff00fe'"],
            _ => &["x'ff00fe'", "7"],
        };
        for value in wrong {
            let row = rows[rows.len() - 1];
            let statement = format!("UPDATE {table} SET {column} = {value} WHERE rowid = {row}");
            if journal::try_execute(home, statement.clone()) != Some(1) {
                continue;
            }
            for command in readers(&table) {
                let ran = home.command(*command).output().unwrap();
                let words = String::from_utf8_lossy(&ran.stderr).into_owned()
                    + &String::from_utf8_lossy(&ran.stdout);
                if words.contains("panicked at")
                    || !matches!(ran.status.code(), Some(0 | 2 | 4 | 5 | 70))
                {
                    broken.push(format!("{statement}: {command:?}: {:?}", ran.status));
                } else if ran.status.code() != Some(0) {
                    assert!(words.len() > 20, "{statement}: {command:?} says nothing");
                }
            }
            journal::restore(home, &saved);
        }
    }
    assert_eq!(broken, Vec::<String>::new(), "{} broke", broken.len());
    home.serves_the_next_run();
}
