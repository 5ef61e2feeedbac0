#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::authority::Access;
use crate::testing::skill;

const FULL: &str = r#"
name = "acme/exchange-rates"
version = "1.2.3"
description = "Converts amounts with the ECB's reference rates."
licence = "MIT OR Apache-2.0"
homepage = "https://acme.test/skills"
contact = "help+skills@acme.test"
keywords = ["currency", "ecb"]

[[capabilities.network]]
methods = ["GET", "HEAD"]
url = "https://www.ecb.europa.eu/stats/eurofxref/*"
reason = "Reads the reference rates of the day."

[[capabilities.files]]
name = "reports"
access = "read-write"
reason = "Writes the report."
optional = true

[[capabilities.payments]]
payees = ["iban:DE89370400440532013000", "book:acme"]
reason = "Pays the fee."

[[capabilities.messages]]
channels = ["email"]
reason = "Tells you when it is done."

[capabilities.state]
reason = "Remembers the last rates."
max-bytes = 4_096

[limits]
fuel = 1_000_000
wall-ms = 2000

[settings.period]
type = "choice"
choices = ["monthly", "quarterly"]
default = "monthly"
description = "How often."

[settings.days]
type = "integer"
default = 0x10
description = "How many days."

[settings.strict]
type = "boolean"
description = "Whether to stop at the first mistake."
"#;

const SMALL: &str =
    "name = \"a/b\"\nversion = \"0.1.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";

/// The mistakes of `SMALL` and `more` as `line:column message | fix`.
fn mistakes(more: &str) -> Vec<String> {
    match Manifest::parse(&format!("{SMALL}{more}")) {
        Ok(_) => Vec::new(),
        Err(errors) => shown(&errors),
    }
}

fn shown(errors: &ManifestErrors) -> Vec<String> {
    errors
        .as_slice()
        .iter()
        .map(|e| format!("{}:{} {} | {}", e.line, e.column, e.message, e.fix))
        .collect()
}

#[track_caller]
fn one(found: &[String], place: &str, says: &str, fix: &str) {
    assert_eq!(found.len(), 1, "{found:?}");
    let text = found.first().unwrap();
    let (message, advice) = text.split_once(" | ").unwrap();
    assert!(message.starts_with(&format!("{place} ")), "{text}");
    assert!(message.contains(says), "{text}");
    assert!(advice.contains(fix), "{text}");
}

fn package(items: &str) -> SkillPackage {
    SkillPackage::read(&skill(items)).unwrap()
}

#[test]
fn a_full_manifest_is_read() {
    let m = Manifest::parse(FULL).unwrap();
    assert_eq!(m.name.to_string(), "acme/exchange-rates");
    assert_eq!(m.version.to_string(), "1.2.3");
    let network = m.network.first().unwrap();
    assert_eq!(
        network.grant.to_string(),
        "GET,HEAD https://www.ecb.europa.eu/stats/eurofxref/*"
    );
    assert!(!network.optional);
    let files = m.files.first().unwrap();
    assert_eq!((files.access, files.optional), (Access::ReadWrite, true));
    assert_eq!(m.payments.first().unwrap().payees.len(), 2);
    assert_eq!(m.messages.first().unwrap().channels.len(), 1);
    assert_eq!(m.state.as_ref().unwrap().max_bytes, 4096);
    assert_eq!(m.limits.fuel, Some(1_000_000));
    assert_eq!(m.limits.wall_ms, Some(2000));
    assert_eq!(m.limits.memory_bytes, None);
    assert_eq!(m.settings["period"].default.as_deref(), Some("monthly"));
    assert_eq!(m.settings["days"].default.as_deref(), Some("16"));
    assert_eq!(m.settings["strict"].default, None);
}

#[test]
fn a_small_manifest_asks_for_nothing() {
    let m = Manifest::parse(SMALL).unwrap();
    assert!(m.network.is_empty() && m.files.is_empty() && m.state.is_none());
    assert_eq!(m.check(&package("export run: func();")), Ok(()));
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_known_ones() {
    one(
        &mistakes("license = \"MIT\"\n"),
        "5:1",
        "`license` is not a key",
        "write `licence`",
    );
    one(
        &mistakes("authors = []\n"),
        "5:1",
        "`authors`",
        "use one of: name, version",
    );
    one(
        &mistakes(
            "[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://h.test/**\"\nreason = \"R.\"\n  hosts = []\n",
        ),
        "9:3",
        "`capabilities.network.hosts`",
        "methods, url, reason, optional",
    );
    one(
        &mistakes("[limits]\nwall_ms = 1\n"),
        "6:1",
        "`limits.wall_ms`",
        "wall-ms",
    );
    one(
        &mistakes("[capabilities.teleport]\n"),
        "5:15",
        "no capability of this name",
        "correct the name",
    );
    one(
        &mistakes("[capabilities.log]\n"),
        "5:15",
        "`log` needs no declaration",
        "remove",
    );
}

#[test]
fn every_missing_key_is_reported_at_once() {
    let errors = Manifest::parse("").unwrap_err();
    let all = shown(&errors).join("\n");
    for key in [
        "`name` is missing",
        "`version` is missing",
        "`description` is missing",
        "`licence` is missing",
    ] {
        assert!(all.contains(key), "{all}");
    }
    let found = mistakes("[[capabilities.network]]\n[[capabilities.files]]\n");
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(
        found.iter().take(3).all(|text| text.starts_with("5:1 ")),
        "{found:?}"
    );
    assert!(
        found.iter().skip(3).all(|text| text.starts_with("6:1 ")),
        "{found:?}"
    );
}

#[test]
fn values_of_the_wrong_kind_or_shape_are_refused_where_they_stand() {
    let network = |methods: &str, url: &str| {
        mistakes(&format!(
            "[[capabilities.network]]\nmethods = {methods}\nurl = {url}\nreason = \"R.\"\n"
        ))
    };
    one(
        &network("\"GET\"", "\"https://h.test/**\""),
        "6:11",
        "must be a list",
        "[\"GET\"]",
    );
    one(
        &network("[\"GET\", \"OPTIONS\"]", "\"https://h.test/**\""),
        "6:19",
        "OPTIONS",
        "\"GET\"",
    );
    one(
        &network("[]", "\"https://h.test/**\""),
        "6:11",
        "1 to 6 items",
        "[\"GET\"]",
    );
    one(
        &network("[\"GET\"]", "\"https://h.test\""),
        "7:7",
        "names no path",
        "https://example.com/reports/*",
    );
    one(
        &network("[\"GET\"]", "\"https://h.test/a/../b\""),
        "7:7",
        "`..`",
        "https://example.com",
    );
    one(
        &network("[\"GET\"]", "7"),
        "7:7",
        "must be text",
        "double quotes",
    );
    one(
        &mistakes("[limits]\nfuel = 0\n"),
        "6:8",
        "at least 1",
        "positive number",
    );
    one(
        &mistakes("[limits]\nfuel = \"many\"\n"),
        "6:8",
        "whole number",
        "without quotes",
    );
    one(
        &mistakes("[limits]\nfuel = 99999999999999999999\n"),
        "6:8",
        "64 bits",
        "smaller",
    );
    one(
        &mistakes("[capabilities.network]\nurl = \"x\"\n"),
        "5:1",
        "must be a list",
        "[[capabilities.network]]",
    );
    one(
        &mistakes("[[capabilities.state]]\nreason = \"R.\"\n"),
        "5:1",
        "must be a table",
        "single brackets",
    );
    one(
        &mistakes("homepage = \"http://a.test\"\n"),
        "5:12",
        "https URL",
        "https://",
    );
    for contact in [
        "help",
        "help@",
        "@acme.test",
        "help@acme",
        "a@b..c",
        "http://a.test",
        "javascript:x@a.b",
        "a@b.c?x=y",
    ] {
        one(
            &mistakes(&format!("contact = \"{contact}\"\n")),
            "5:11",
            "neither an https URL nor an e-mail address",
            "help@example.com",
        );
    }
    one(
        &mistakes("[[capabilities.payments]]\npayees = [\"iban:DE00\"]\nreason = \"R.\"\n"),
        "6:11",
        "IBAN",
        "iban:*",
    );
}

#[test]
fn reasons_must_be_there_and_must_show_as_they_are() {
    let state = |reason: &str| mistakes(&format!("[capabilities.state]\nreason = \"{reason}\"\n"));
    one(&state("  "), "6:10", "is empty", "merchant");
    one(
        &state(&"x".repeat(301)),
        "6:10",
        "longer than 300",
        "shorten",
    );
    one(
        &state("pay \\u202Eback"),
        "6:10",
        "U+202E",
        "remove the character",
    );
    one(
        &state("\\u001b[2J"),
        "6:10",
        "U+001B",
        "remove the character",
    );
}

#[test]
fn names_versions_and_licences_are_checked() {
    for (text, says) in [
        (SMALL.replace("a/b", "ab"), "publisher/skill"),
        (SMALL.replace("a/b", "A/b"), "publisher/skill"),
        (SMALL.replace("a/b", "a/b/c"), "publisher/skill"),
        (SMALL.replace("0.1.0", "1.0"), "`version`"),
        (SMALL.replace("MIT", "Apache 2.0"), "SPDX"),
    ] {
        let errors = Manifest::parse(&text).unwrap_err();
        assert!(shown(&errors).join("").contains(says), "{errors}");
    }
}

#[test]
fn a_file_name_is_declared_once() {
    let file = "[[capabilities.files]]\nname = \"in\"\naccess = \"read\"\nreason = \"R.\"\n";
    one(
        &mistakes(&file.repeat(2)),
        "9:1",
        "already declared in line 5",
        "read-write",
    );
}

#[test]
fn settings_are_checked_in_themselves() {
    let setting = |body: &str| mistakes(&format!("[settings.x]\ndescription = \"D.\"\n{body}\n"));
    one(&setting("type = \"float\""), "7:8", "no type", "\"choice\"");
    one(
        &setting("type = \"choice\""),
        "5:1",
        "`settings.x.choices` is missing",
        "choices =",
    );
    one(
        &setting("type = \"string\"\nchoices = [\"a\"]"),
        "8:11",
        "belongs to",
        "type = \"choice\"",
    );
    one(
        &setting("type = \"choice\"\nchoices = [\"a\"]\ndefault = \"b\""),
        "9:11",
        "not one of",
        "one of: a",
    );
    one(
        &setting("type = \"integer\"\ndefault = \"1\""),
        "8:11",
        "whole number",
        "without quotes",
    );
    one(
        &setting("type = \"boolean\"\ndefault = 1"),
        "8:11",
        "true or false",
        "without quotes",
    );
    one(
        &mistakes("[settings.Bad]\ntype = \"string\"\n"),
        "5:11",
        "not a name",
        "small letter",
    );
    assert_eq!(
        setting("type = \"string\"\ndefault = \"\""),
        Vec::<String>::new()
    );
}

#[test]
fn broken_toml_names_the_line() {
    let found = mistakes("keywords = [\n");
    assert!(
        found.first().unwrap().contains("not valid TOML"),
        "{found:?}"
    );
    one(
        &mistakes("name = \"a/c\"\n"),
        "5:1",
        "not valid TOML: duplicate key",
        "correct the line",
    );
    let nested = mistakes(&format!("x = {}1{}\n", "[".repeat(5000), "]".repeat(5000)));
    assert!(!nested.is_empty());
    let huge = format!("{SMALL}# {}", "x".repeat(Manifest::MAX_BYTES));
    assert!(Manifest::parse(&huge).is_err());
}

#[test]
fn columns_count_characters() {
    one(
        &mistakes("\"schlüssel\" = 1\n"),
        "5:1",
        "schlüssel",
        "remove",
    );
    let found = mistakes("limits = { \"ü\" = 1, fuel = 0, x = 1 }\n");
    one(&found[1..2], "5:28", "at least 1", "positive");
}

#[test]
fn what_is_declared_but_not_imported_is_refused_with_its_line() {
    let m = Manifest::parse(FULL).unwrap();
    let errors = m.check(&package("export run: func();")).unwrap_err();
    let found = shown(&errors);
    assert_eq!(found.len(), 6, "{found:?}");
    for (text, (line, word)) in found.iter().zip([
        (10, "`network` is declared"),
        (15, "`files` is declared"),
        (21, "`payments` is declared"),
        (25, "`messages` is declared"),
        (29, "`state` is declared"),
        (37, "settings are declared"),
    ]) {
        assert!(
            text.starts_with(&format!("{line}:")) && text.contains(word),
            "{text}"
        );
        assert!(text.contains("| remove"), "{text}");
    }
}

#[test]
fn what_is_imported_but_not_declared_is_refused_with_what_to_add() {
    let all = package(
        "import guildhall:skill/network@1.0.0; import guildhall:skill/files@1.0.0; import guildhall:skill/payments@1.0.0;
         import guildhall:skill/messages@1.0.0; import guildhall:skill/state@1.0.0; import guildhall:skill/context@1.0.0;
         import guildhall:skill/log@1.0.0;",
    );
    assert_eq!(Manifest::parse(FULL).unwrap().check(&all), Ok(()));
    let errors = Manifest::parse(SMALL).unwrap().check(&all).unwrap_err();
    let found = shown(&errors);
    assert_eq!(found.len(), 5, "{found:?}");
    for (text, word) in found
        .iter()
        .zip(["network", "files", "payments", "messages", "state"])
    {
        assert!(text.starts_with("5:1 "), "{text}");
        assert!(
            text.contains(&format!("guildhall:skill/{word}@1.0.0")),
            "{text}"
        );
        assert!(
            text.contains("| add [") && text.contains(&format!("capabilities.{word}]")),
            "{text}"
        );
    }
}

#[test]
fn access_that_the_imported_functions_cannot_use_is_refused() {
    let reader = crate::testing::component(
        "package local:test;
         package guildhall:skill@1.0.0 { interface files { read: func(path: string) -> list<u8>; } }
         world skill { import guildhall:skill/files@1.0.0; }",
    );
    let reader = SkillPackage::read(&reader).unwrap();
    let with = |access: &str| {
        Manifest::parse(&format!(
            "{SMALL}[[capabilities.files]]\nname = \"in\"\naccess = \"{access}\"\nreason = \"R.\"\n"
        ))
        .unwrap()
        .check(&reader)
    };
    assert_eq!(with("read"), Ok(()));
    for access in ["write", "read-write"] {
        one(
            &shown(&with(access).unwrap_err()),
            "5:1",
            "does not import the functions",
            "access = \"read\"",
        );
    }
}

#[test]
fn errors_print_as_a_compiler_prints_them() {
    let errors = Manifest::parse("nam = 1").unwrap_err();
    let text = errors.to_string();
    assert!(text.starts_with("skill.toml:1:1: "), "{text}");
    assert!(text.contains("\n  fix: "), "{text}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,120}") {
        let _ = Manifest::parse(&text);
        let _ = Manifest::parse(&format!("{SMALL}{text}"));
    }

    #[test]
    fn toml_like_text_does_not_make_it_panic(
        lines in prop::collection::vec(prop_oneof![
            Just("[[capabilities.network]]".to_owned()), Just("[capabilities.files]".to_owned()), Just("[settings.x]".to_owned()),
            Just("[limits]".to_owned()), "[a-z.-]{1,8} = (\"[^\"]{0,10}\"|[0-9]{1,22}|\\[\"é\"\\]|\\{a = 1\\}|1979-05-27|inf|true)",
            Just("url = \"https://h.test/**\"".to_owned()), Just("type = \"choice\"".to_owned()), Just("capabilities = 1".to_owned()),
        ], 0..12)
    ) {
        let text = format!("{SMALL}{}\n", lines.join("\n"));
        if let Err(errors) = Manifest::parse(&text) {
            for error in errors.as_slice() {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1);
                prop_assert!(!error.fix.is_empty() && !error.message.is_empty());
            }
        }
    }

    #[test]
    fn a_damaged_manifest_does_not_make_it_panic(at in any::<prop::sample::Index>(), with in any::<char>()) {
        let mut chars: Vec<char> = FULL.chars().collect();
        let at = at.index(chars.len());
        if let Some(c) = chars.get_mut(at) {
            *c = with;
        }
        let _ = Manifest::parse(&chars.into_iter().collect::<String>());
    }
}
