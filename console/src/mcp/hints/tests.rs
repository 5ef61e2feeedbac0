//! A test for each row of the table, and for combinations.

#![allow(clippy::unwrap_used)]

use super::*;
use guildhall_package::component::{Import, Lane, TopLevelNames};
use guildhall_package::{Digest, Manifest, Words};

const HEAD: &str =
    "name = \"acme/x\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";

fn import(kind: ImportKind, functions: &[&str]) -> Import {
    Import {
        name: "test".to_owned(),
        kind,
        functions: functions.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn takes(capability: Capability, functions: &[&str]) -> Import {
    import(ImportKind::Skill(capability), functions)
}

fn package(imports: Vec<Import>, manifest: Option<&str>) -> SkillPackage {
    SkillPackage {
        digest: Digest::of(b"x"),
        size: 1,
        lane: Lane::Strict,
        imports,
        operations: Vec::new(),
        manifest: manifest.map(|tables| Manifest::parse(&format!("{HEAD}{tables}")).unwrap()),
        words: Words::default(),
        names: TopLevelNames {
            imports: Vec::new(),
            exports: Vec::new(),
        },
    }
}

/// `(read-only, destructive, open world, idempotent)`, and whether a person is asked.
fn of(imports: Vec<Import>, manifest: &str, consent: Option<&Consent>) -> ([bool; 4], bool) {
    let manifest = (!manifest.is_empty()).then_some(manifest);
    let (hints, asks) = hints(&package(imports, manifest), consent);
    let four = [
        hints.read_only,
        hints.destructive,
        hints.open_world,
        hints.idempotent,
    ];
    (four, asks)
}

const PURE: ([bool; 4], bool) = ([true, false, false, true], false);
const VARIES: ([bool; 4], bool) = ([true, false, false, false], false);
const REACHES: [bool; 4] = [false, true, true, false];

fn network(methods: &str) -> String {
    format!(
        "[[capabilities.network]]\nmethods = [{methods}]\nurl = \"https://h.example.test/**\"\nreason = \"R.\"\n"
    )
}

fn files(access: &str) -> String {
    format!("[[capabilities.files]]\nname = \"in\"\naccess = \"{access}\"\nreason = \"R.\"\n")
}

fn payments(payee: &str) -> String {
    format!("[[capabilities.payments]]\npayees = [\"{payee}\"]\nreason = \"R.\"\n")
}

const MESSAGES: &str =
    "[[capabilities.messages]]\nchannels = [\"email\"]\nreason = \"R.\"\noptional = true\n";

fn send() -> Vec<Import> {
    vec![takes(Capability::Network, &["send"])]
}

#[test]
fn row_1_nothing_or_log_only_computes() {
    assert_eq!(of(vec![], "", None), PURE);
    let log = takes(Capability::Log, &["write"]);
    assert_eq!(
        of(vec![import(ImportKind::Types, &[]), log], "", None),
        PURE
    );
}

#[test]
fn row_2_time_and_randomness_make_answers_differ() {
    for function in ["now", "random"] {
        let context = takes(Capability::Context, &["locale", function]);
        assert_eq!(of(vec![context], "", None), VARIES, "{function}");
    }
    let wasi = import(ImportKind::InertWasi, &["now"]);
    assert_eq!(of(vec![wasi], "", None), VARIES);
}

#[test]
fn row_3_language_and_settings_do_not() {
    let context = takes(Capability::Context, &["locale", "setting", "invocation"]);
    assert_eq!(of(vec![context], "", None), PURE);
}

#[test]
fn row_4_fetching_reads_in_the_open_world() {
    let expected = ([true, false, true, false], false);
    assert_eq!(of(send(), &network("\"GET\", \"HEAD\""), None), expected);
}

#[test]
fn row_5_a_post_may_do_anything_elsewhere() {
    assert_eq!(
        of(send(), &network("\"GET\", \"POST\""), None),
        (REACHES, false)
    );
}

#[test]
fn row_6_put_patch_and_delete_replace_elsewhere() {
    for method in ["PUT", "PATCH", "DELETE"] {
        let table = network(&format!("\"{method}\""));
        assert_eq!(of(send(), &table, None), (REACHES, false), "{method}");
    }
    // Without a manifest nothing narrows what may be granted.
    assert_eq!(of(send(), "", None), (REACHES, false));
}

#[test]
fn row_7_files_are_read_by_bytes_or_by_access() {
    let reads = || vec![takes(Capability::Files, &["list", "read"])];
    assert_eq!(of(reads(), &files("read-write"), None), VARIES);
    let both = vec![takes(Capability::Files, &["read", "write"])];
    assert_eq!(of(both, &files("read"), None), VARIES);
}

#[test]
fn row_8_a_file_that_may_be_replaced_is_destructive() {
    let both = || vec![takes(Capability::Files, &["read", "write"])];
    let expected = ([false, true, false, false], true);
    assert_eq!(of(both(), &files("read-write"), None), expected);
    assert_eq!(of(both(), "", None), expected);
}

#[test]
fn row_9_money_that_leaves_is_open_world() {
    let stage = || vec![takes(Capability::Payments, &["stage"])];
    assert_eq!(of(stage(), &payments("iban:*"), None), (REACHES, true));
    assert_eq!(of(stage(), "", None), (REACHES, true));
}

#[test]
fn row_10_money_on_the_own_book_is_still_money() {
    let stage = vec![takes(Capability::Payments, &["stage"])];
    let expected = ([false, true, false, false], true);
    assert_eq!(of(stage, &payments("book:*"), None), expected);
}

#[test]
fn row_11_messages_reach_people() {
    let stage = vec![takes(Capability::Messages, &["stage"])];
    assert_eq!(of(stage, MESSAGES, None), (REACHES, true));
}

#[test]
fn row_12_reading_its_own_store_changes_nothing() {
    let state = vec![takes(Capability::State, &["get", "keys"])];
    assert_eq!(of(state, "", None), PURE);
}

#[test]
fn row_13_writing_its_own_store_changes_only_that() {
    for function in ["set", "delete"] {
        let state = vec![takes(Capability::State, &["get", function])];
        assert_eq!(
            of(state, "", None),
            ([false, false, false, false], false),
            "{function}"
        );
    }
}

#[test]
fn row_14_what_was_declined_is_as_if_it_were_not_there() {
    let nothing = Consent::default();
    let all = |imports, tables: &str| of(imports, tables, Some(&nothing));
    assert_eq!(all(send(), &network("\"POST\"")), PURE);
    let both = vec![takes(Capability::Files, &["read", "write"])];
    assert_eq!(all(both, &files("read-write")), PURE);
    let stage = vec![takes(Capability::Payments, &["stage"])];
    assert_eq!(all(stage, &payments("iban:*")), PURE);
    let stage = vec![takes(Capability::Messages, &["stage"])];
    assert_eq!(all(stage, MESSAGES), PURE);
    let state = vec![takes(Capability::State, &["set"])];
    assert_eq!(all(state, ""), PURE);
    // Declined in part: what is left counts.
    let reading = Consent {
        network: vec!["GET https://h.example.test/public/*".parse().unwrap()],
        files: vec![("in".parse().unwrap(), Access::Read)],
        payees: vec!["book:rent".parse().unwrap()],
        ..Consent::default()
    };
    let part = |imports, tables: &str| of(imports, tables, Some(&reading)).0;
    assert_eq!(
        part(send(), &network("\"GET\", \"POST\"")),
        [true, false, true, false]
    );
    let both = vec![takes(Capability::Files, &["read", "write"])];
    assert_eq!(
        part(both, &files("read-write")),
        [true, false, false, false]
    );
    let stage = vec![takes(Capability::Payments, &["stage"])];
    let two = "[[capabilities.payments]]\npayees = [\"iban:*\", \"book:*\"]\nreason = \"R.\"\n";
    assert_eq!(part(stage, two), [false, true, false, false]);
}

#[test]
fn row_15_what_no_row_knows_is_the_worst() {
    let refused = import(
        ImportKind::Refused {
            instead: "no".to_owned(),
        },
        &["f"],
    );
    assert_eq!(of(vec![refused], "", None), (REACHES, false));
    let later = takes(Capability::Log, &["write", "broadcast"]);
    assert_eq!(of(vec![later], "", None), (REACHES, true));
}

#[test]
fn row_16_the_helper_only_tells() {
    let hints = crate::mcp::helper::hints();
    assert_eq!(hints, Hints::PURE);
}

#[test]
fn several_capabilities_are_as_bad_as_the_worst_of_them() {
    let imports = vec![
        takes(Capability::Log, &["write"]),
        takes(Capability::Network, &["send"]),
        takes(Capability::State, &["set"]),
    ];
    assert_eq!(
        of(imports, &network("\"GET\""), None),
        ([false, false, true, false], false)
    );
}
