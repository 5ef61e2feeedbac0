//! The review worker: each finding, and what a stranger's release can not do to whoever reviews it.

use guildhall_tests::review::{Report, tar};
use guildhall_tests::run::example;
use guildhall_tests::{Home, Review, Value, component, guest, json, skill};
use std::time::{Duration, Instant};

const HEAD: &str = "name = \"tests/prober\"\nversion = \"1.0.0\"\ndescription = \"Tries things.\"\nlicence = \"Apache-2.0\"\n";

/// Everything that the prober imports, declared.
const REST: &str = r#"
[[capabilities.network]]
methods = ["GET"]
url = "https://shop.test/public/*"
reason = "Looks up prices."
[[capabilities.files]]
name = "out"
access = "read-write"
reason = "Writes the report."
[[capabilities.payments]]
payees = ["book:*"]
reason = "Pays."
[[capabilities.messages]]
channels = ["email"]
reason = "Tells."
[capabilities.state]
reason = "Remembers."
max-bytes = 1000
"#;

fn prober(manifest: &str) -> Vec<u8> {
    component::with_manifest(&std::fs::read(guest("prober")).unwrap(), manifest)
}

fn good() -> Vec<u8> {
    prober(&format!("{HEAD}{REST}"))
}

fn review(home: &Home, component: &[u8]) -> Report {
    Review::of(home, "tests/prober", component).report()
}

/// A case that expects the operation `fail` to fail with its own text.
const FAILS: &str = "operation = \"fail\"\ninput = { text = \"no\" }\n[expect]\nfailure = \"no\"\n";

fn cases(home: &Home, files: &[(&str, &str)]) -> Report {
    Review::of(home, "tests/prober", &good())
        .golden(&tar(files))
        .report()
}

#[test]
fn the_examples_pass_their_review_with_what_they_use() {
    for (name, used) in [
        ("exchange-rates", json!(["network"])),
        ("invoice-check", json!(["files", "state"])),
        ("vat-report", json!(["files"])),
        (
            "pay-supplier",
            json!(["files", "payments", "messages", "state"]),
        ),
    ] {
        let home = Home::new();
        let dry = home
            .guildhall([
                "publish".as_ref(),
                example(name).as_os_str(),
                "--component".as_ref(),
                skill(name).as_os_str(),
                "--dry-run".as_ref(),
                "--json".as_ref(),
            ])
            .exits(0)
            .json();
        let report = &dry["review"];
        assert_eq!(report["golden"]["failed"], 0, "{report:#}");
        let written = std::fs::read_dir(example(name).join("golden"))
            .unwrap()
            .count();
        assert_eq!(report["golden"]["passed"], json!(written), "{report:#}");
        let observed: Vec<&Value> = report["observed"].as_array().unwrap().iter().collect();
        for capability in used.as_array().unwrap() {
            assert!(observed.contains(&capability), "{name}: {observed:?}");
        }
        let report = Report(report.clone());
        assert_eq!(report.codes("refuse"), Vec::<String>::new(), "{name}");
        assert_eq!(report.codes("warn"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_is_no_skill_is_refused_by_its_bytes() {
    let home = Home::new();
    let module = std::fs::read(guest("prober")).unwrap();
    for (bytes, code) in [
        (b"PK\x03\x04".to_vec(), "component.not-wasm"),
        (b"\0asm\x01\0\0\0".to_vec(), "component.core-module"),
        (module[..module.len() / 2].to_vec(), "component.invalid"),
        (module.clone(), "manifest.missing"),
        (prober("name = 3\n"), "manifest.mistake"),
        (prober(HEAD), "manifest.mistake"),
        (
            prober(&format!("{HEAD}{REST}").replace("tests/prober", "tests/other")),
            "manifest.name",
        ),
        (
            prober(&format!("{HEAD}{REST}").replace("1.0.0", "1.0.1")),
            "manifest.version",
        ),
        (
            component::with_manifest(
                &component::importing("wasi:http/outgoing-handler@0.2.0"),
                HEAD,
            ),
            "component.import",
        ),
        (
            component::with_manifest(&component::from_text("(component)"), HEAD),
            "operation.none",
        ),
    ] {
        let report = review(&home, &bytes);
        assert!(
            report.codes("refuse").contains(&code.to_owned()),
            "{code}: {:#}",
            report.0
        );
        let _ = report.finding(code);
        assert_eq!(report.0["golden"]["cases"], json!([]), "nothing of it ran");
    }
}

#[test]
fn what_a_nested_component_imports_is_found() {
    let home = Home::new();
    let mut outer = component::around("(func (export \"go\") (result i64) (i64.const 1))");
    component::nest(&mut outer, &component::importing("wasi:sockets/tcp@0.2.0"));
    let bytes = component::with_manifest(&outer, HEAD);
    // What is never instantiated has no authority; what is declared and not imported is refused all the same.
    let declared = component::with_manifest(
        &outer,
        &format!("{HEAD}[capabilities.state]\nreason = \"Remembers.\"\nmax-bytes = 10\n"),
    );
    assert_eq!(review(&home, &bytes).codes("refuse"), Vec::<String>::new());
    let _ = review(&home, &declared).finding("manifest.mistake");
}

#[test]
fn golden_cases_are_run_and_a_difference_refuses() {
    let home = Home::new();
    let report = cases(&home, &[("skill/golden/a/case.toml", FAILS)]);
    assert_eq!(report.0["golden"]["passed"], 1, "{:#}", report.0);
    assert_eq!(report.codes("refuse"), Vec::<String>::new());
    // Five capabilities are declared and the case uses none.
    assert_eq!(report.codes("warn"), ["capability.unused"; 5]);

    let other = FAILS.replace("failure = \"no\"", "failure = \"yes\"");
    let report = cases(
        &home,
        &[
            ("skill/golden/a/case.toml", FAILS),
            ("skill/golden/b/case.toml", &other),
        ],
    );
    assert_eq!(report.0["golden"]["failed"], 1);
    assert!(report.finding("golden.failed").contains("golden case b"));
    let problem = report.0["golden"]["cases"][1]["problem"].as_str().unwrap();
    assert!(
        problem.contains("- \"yes\"") && problem.contains("+ \"no\""),
        "{problem}"
    );
}

#[test]
fn no_golden_cases_is_a_warning_and_an_empty_archive_a_refusal() {
    let home = Home::new();
    let report = review(&home, &good());
    assert_eq!(report.codes("refuse"), Vec::<String>::new());
    let _ = report.finding("golden.none");
    let _ = cases(&home, &[("skill/src/lib.rs", "")]).finding("golden.empty");
    let _ = cases(&home, &[]).finding("golden.empty");
}

#[test]
fn an_operation_that_tries_what_is_not_declared_is_refused() {
    let home = Home::new();
    let case = "operation = \"fetch\"\n\
        input = { method = \"GET\", url = \"https://evil.test/x\", headers = [], body = \"\" }\n\
        [[network]]\nrequest = \"GET https://evil.test/x\"\nbody = \"hello\"\n\
        [expect]\nstatus = \"refused\"\n";
    let report = cases(&home, &[("skill/golden/a/case.toml", case)]);
    assert!(
        report
            .finding("capability.undeclared")
            .contains("evil.test"),
        "{:#}",
        report.0
    );
    assert_eq!(report.0["golden"]["failed"], 0, "{:#}", report.0);
    assert_eq!(report.0["observed"], json!(["network"]));
}

#[test]
fn what_is_wider_than_the_release_before_is_said() {
    let home = Home::new();
    let before = review(&home, &good()).0["authority"].clone();
    let same = Review::of(&home, "tests/prober", &good()).with("previous", before.clone());
    assert!(
        !same
            .report()
            .codes("warn")
            .contains(&"authority.wider".to_owned())
    );
    let wider = prober(&format!("{HEAD}{}", REST.replace("/public/*", "/**")));
    let report = Review::of(&home, "tests/prober", &wider)
        .with("previous", before)
        .report();
    assert!(
        report
            .finding("authority.wider")
            .contains("https://shop.test/**")
    );
    assert_eq!(report.codes("refuse"), Vec::<String>::new());
}

#[test]
fn a_case_reads_nothing_of_the_machine_that_reviews_it() {
    let home = Home::new();
    let secret = home.put("secret.txt", "the reviewer's own words");
    let secret = secret.to_str().unwrap();
    let up = "../".repeat(30);
    for path in [
        secret.to_owned(),
        format!("{up}{}", &secret[1..]),
        "/proc/self".to_owned(),
    ] {
        for case in [
            format!(
                "operation = \"read\"\ninput = {{ path = \"in\" }}\n[[read]]\nname = \"in\"\npath = \"{path}\"\n"
            ),
            format!("operation = \"read\"\n[[write]]\nname = \"out\"\npath = \"{path}\"\n"),
            format!("operation = \"fail\"\ninput-file = \"{path}\"\n"),
            format!(
                "operation = \"fail\"\n[[network]]\nrequest = \"GET https://a.test/\"\nbody-file = \"{path}\"\n"
            ),
            format!(
                "operation = \"fail\"\ninput = {{ text = \"x\" }}\n[expect]\nfailure-file = \"{path}\"\n"
            ),
            format!(
                "operation = \"fail\"\n[expect]\n[[expect.write]]\npath = \"out/a\"\ncontent-file = \"{path}\"\n"
            ),
        ] {
            let report = cases(&home, &[("skill/golden/a/case.toml", &case)]);
            let _ = report.finding("golden.failed");
            let problem = report.0["golden"]["cases"][0]["problem"].as_str().unwrap();
            assert!(
                problem.contains("lies outside what was published"),
                "{case}\n{problem}"
            );
            assert!(
                !report.0.to_string().contains("reviewer's own"),
                "{:#}",
                report.0
            );
        }
    }
}

#[test]
fn a_hostile_archive_is_refused_and_writes_nothing() {
    let home = Home::new();
    let outside = home.path().join("escaped");
    let link = {
        let mut header = tar_header("skill/golden/a/case.toml");
        header[156] = b'2';
        header[157..157 + 11].copy_from_slice(b"/etc/passwd");
        header
    };
    for bytes in [
        checked(tar_header("../../escaped")),
        checked(tar_header(outside.to_str().unwrap())),
        checked(link),
        b"not a tar at all".repeat(100),
    ] {
        let report = Review::of(&home, "tests/prober", &good())
            .golden(&bytes)
            .report();
        let _ = report.finding("golden.archive");
    }
    assert!(!outside.exists());
}

fn tar_header(name: &str) -> Vec<u8> {
    let mut bytes = tar(&[("x", "y")]);
    bytes[..100].fill(0);
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes
}

/// The same archive with the checksum that its first header should have.
fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[148..156].fill(b' ');
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    bytes
}

#[test]
fn a_compile_bomb_is_a_finding_and_not_the_reviewers_end() {
    let home = Home::new();
    let bomb = component::with_manifest(&component::compile_bomb(), HEAD);
    let begun = Instant::now();
    let report = review(&home, &bomb);
    assert!(
        report
            .finding("component.compile-limit")
            .contains("compiling was stopped")
    );
    assert!(
        begun.elapsed() < Duration::from_secs(200),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_case_that_never_ends_is_stopped_by_its_limit() {
    let home = Home::new();
    let case = "operation = \"spin\"\n[limits]\nwall-ms = 300\n[expect]\nstatus = \"completed\"\n";
    let report = cases(&home, &[("skill/golden/a/case.toml", case)]);
    assert_eq!(report.0["golden"]["failed"], 1);
    let _ = report.finding("golden.failed");
}

#[test]
fn without_a_verdict_there_is_no_report() {
    let home = Home::new();
    let spin = tar(&[(
        "skill/golden/a/case.toml",
        "operation = \"spin\"\n[limits]\nwall-ms = 60000\nfuel = 200000000000\n[expect]\n",
    )]);
    let good = good();
    let task = || Review::of(&home, "tests/prober", &good);
    for (review, word) in [
        // Another artifact than the one that would be promoted.
        (
            task().with("component", json!(guildhall_package::Digest::of(b"other"))),
            "digest",
        ),
        (
            task().golden(&spin).with("limit_ms", json!(1_500)),
            "longer than 1500 ms",
        ),
        (
            task().with("component_file", json!("/nonexistent")),
            "can't be read",
        ),
        (task().with("surprise", json!(1)), "no task"),
    ] {
        let ran = review.go().exits(70);
        assert_eq!(ran.stdout, "", "{}", ran.shown());
        assert!(ran.stderr.contains(word), "{}", ran.shown());
    }
}
