//! Components whose bytes are the attack.

use guildhall_tests::{Home, Ran, component, guest};

fn loaded(home: &Home, bytes: &[u8]) -> Ran {
    let file = home.put("hostile.wasm", bytes);
    home.run(file, "go").go()
}

/// The error of a component that does not load.
#[track_caller]
fn is_refused(home: &Home, bytes: &[u8], kind: &str) -> String {
    let error = loaded(home, bytes).error(4, kind);
    home.serves_the_next_run();
    error
}

#[test]
fn an_import_from_elsewhere_is_refused_by_its_name() {
    let home = Home::new();
    for (import, instead) in [
        ("evil:corp/door@1.0.0", "guildhall:skill"),
        ("evil:corp/door", "guildhall:skill"),
        (
            "wasi:http/outgoing-handler@0.2.6",
            "guildhall:skill/network",
        ),
        ("wasi:keyvalue/store@0.2.0", "guildhall:skill/state"),
        ("wasi:cli/environment@0.3.0", "WASI 0.2"),
        ("wasi:filesystem/secrets@0.2.0", "guildhall:skill/files"),
    ] {
        let error = is_refused(&home, &component::importing(import), "refused-imports");
        assert!(error.contains(import), "{error}");
        assert!(error.contains(instead), "{error}");
    }
}

#[test]
fn another_major_version_of_the_contract_is_refused() {
    let home = Home::new();
    for version in ["2.0.0", "0.9.0", "1.0.0-rc.1"] {
        let import = format!("guildhall:skill/files@{version}");
        let error = is_refused(&home, &component::importing(&import), "refused-imports");
        assert!(error.contains(&import), "{error}");
        assert!(error.contains("guildhall:skill@1.0.0"), "{error}");
    }
}

#[test]
fn a_function_that_the_contract_does_not_have_is_refused() {
    let home = Home::new();
    let error = is_refused(
        &home,
        &component::importing("guildhall:skill/files@1.0.0"),
        "refused-imports",
    );
    assert!(error.contains("guildhall:skill/files@1.0.0"), "{error}");
}

#[test]
fn a_contract_function_with_another_type_is_refused() {
    let home = Home::new();
    let bytes = component::from_text(
        r#"(component
            (import "guildhall:skill/context@1.0.0" (instance
                (export "locale" (func (result u32)))))
            (core module $m (func (export "go") (result i64) (i64.const 1)))
            (core instance $i (instantiate $m))
            (func (export "go") (result s64) (canon lift (core func $i "go"))))"#,
    );
    let error = is_refused(&home, &bytes, "link");
    assert!(error.contains("guildhall:skill@1"), "{error}");
}

#[test]
fn an_import_of_a_nested_component_is_an_import_of_the_whole() {
    let home = Home::new();
    // The inner component can only get what the outer one imports or makes itself.
    let bytes = component::from_text(
        r#"(component
            (import "wasi:sockets/tcp@0.2.6" (instance $sockets (export "f" (func))))
            (component $inner
                (import "harmless" (instance (export "f" (func))))
                (core module $m (func (export "go") (result i64) (i64.const 1)))
                (core instance $i (instantiate $m))
                (func (export "go") (result s64) (canon lift (core func $i "go"))))
            (instance $i (instantiate $inner (with "harmless" (instance $sockets))))
            (export "go" (func $i "go")))"#,
    );
    let error = is_refused(&home, &bytes, "refused-imports");
    assert!(error.contains("wasi:sockets/tcp"), "{error}");
}

#[test]
fn an_import_that_nobody_fills_stays_out_of_reach() {
    let home = Home::new();
    // Never instantiated, so what it wants is never given, and nothing of it runs.
    let inner = component::importing("wasi:sockets/tcp@0.2.6");
    let mut bytes = component::around(r#"(func (export "go") (result i64) (i64.const 1))"#);
    component::nest(&mut bytes, &inner);
    let ran = loaded(&home, &bytes).exits(0);
    assert_eq!(ran.output(), 1);
}

#[test]
fn a_core_import_is_not_a_way_around() {
    let home = Home::new();
    let ran = loaded(&home, &wat(r#"(module (import "env" "system" (func)))"#));
    let error = ran.error(2, "core-module");
    assert!(error.contains("component"), "{error}");
}

fn wat(text: &str) -> Vec<u8> {
    component::from_text(text)
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    let home = Home::new();
    let prober = std::fs::read(guest("prober")).unwrap();
    for length in [9, 100, 1_000, prober.len() / 2, prober.len() - 1] {
        let error = is_refused(&home, &prober[..length], "not-a-skill");
        assert!(error.contains("byte"), "{error}");
    }
    for bytes in [
        b"".as_slice(),
        b"\0",
        b"\0asm",
        b"PK\x03\x04",
        b"#!/bin/sh\nrm -rf /\n",
        &[0xff; 4_096],
    ] {
        let ran = loaded(&home, bytes);
        assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
        assert!(ran.word("/error/message").len() > 10);
    }
    home.serves_the_next_run();
}

#[test]
fn a_component_with_bytes_changed_anywhere_never_breaks_the_host() {
    let home = Home::new();
    let prober = std::fs::read(guest("prober")).unwrap();
    // A fixed walk over the whole file: the same places in every run.
    for step in 0..24_usize {
        let mut bytes = prober.clone();
        let at = 8 + step * (prober.len() - 8) / 24;
        bytes[at] ^= 0x55;
        let file = home.put("changed.wasm", &bytes);
        let ran = home.run(file, "granted").limit("wall-ms", 2_000).go();
        assert!(
            matches!(ran.code, Some(0..=4)),
            "byte {at}\n{}",
            ran.shown()
        );
        assert_eq!(ran.signal, None, "byte {at}\n{}", ran.shown());
    }
    home.serves_the_next_run();
}

#[test]
fn a_component_over_the_size_limit_is_refused_before_it_is_read() {
    let home = Home::new();
    let large = component::with_section(
        &std::fs::read(guest("prober")).unwrap(),
        "padding",
        &vec![0; 33 << 20],
    );
    let error = is_refused(&home, &large, "too-large");
    assert!(error.contains("at most"), "{error}");
}

#[test]
fn a_component_that_wants_more_than_the_pool_has_is_refused_and_not_our_fault() {
    let home = Home::new();
    for bytes in [
        // More instances, memories or tables in one component than a host gives.
        component::many_instances(70, 0, 0),
        component::many_instances(20, 1, 0),
        component::many_instances(400, 0, 0),
        component::many_instances(30, 0, 40),
        // A larger table and a larger memory than any limit.
        component::many_instances(1, 0, 150_000),
        component::many_instances(1, 0, 4_000_000_000),
        component::many_instances(1, 65_536, 0),
    ] {
        let ran = loaded(&home, &bytes);
        assert_eq!(ran.code, Some(4), "{}", ran.shown());
        home.serves_the_next_run();
    }
}

#[test]
fn a_start_function_is_bounded_like_everything_else() {
    let home = Home::new();
    let bytes = component::around(
        r#"(func $start (loop $again (br $again)))
           (start $start)
           (func (export "go") (result i64) (i64.const 1))"#,
    );
    let file = home.put("hostile.wasm", &bytes);
    let ran = home.run(file, "go").limit("wall-ms", 400).go();
    ran.stopped_by("wall-ms");
    home.serves_the_next_run();
}

#[test]
fn a_result_that_lies_about_where_it_is_traps() {
    let home = Home::new();
    let bytes = component::from_text(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "go") (result i32)
                    (i32.store (i32.const 16) (i32.const 65000))
                    (i32.store (i32.const 20) (i32.const 2000000000))
                    (i32.const 16)))
            (core instance $i (instantiate $m))
            (func (export "go") (result string)
                (canon lift (core func $i "go") (memory (core memory $i "memory")))))"#,
    );
    let ran = loaded(&home, &bytes);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    assert_eq!(ran.status(), "trapped");
    home.serves_the_next_run();
}

#[test]
fn a_list_that_claims_a_billion_entries_costs_the_host_nothing() {
    let home = Home::new();
    let bytes = component::from_text(
        r#"(component
            (type $unit (tuple bool))
            (core module $m
                (memory (export "memory") 4096)
                (func (export "go") (result i32)
                    (i32.store (i32.const 16) (i32.const 0))
                    (i32.store (i32.const 20) (i32.const 268000000))
                    (i32.const 16)))
            (core instance $i (instantiate $m))
            (func (export "go") (result (list $unit))
                (canon lift (core func $i "go") (memory (core memory $i "memory")))))"#,
    );
    let ran = loaded(&home, &bytes);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    assert!(ran.took.as_secs() < 20, "{:?}", ran.took);
    home.serves_the_next_run();
}

#[test]
fn operations_that_can_not_be_called_are_shown_with_the_reason_and_refused() {
    let home = Home::new();
    for (ty, word) in [
        ("(stream u8)", "stream"),
        ("(future u8)", "future"),
        ("error-context", "error-context"),
    ] {
        let bytes = component::from_text(&format!(
            r#"(component
                (type $t {ty})
                (core module $m (func (export "go") (result i32) (i32.const 0)))
                (core instance $i (instantiate $m))
                (func (export "go") (result $t) (canon lift (core func $i "go"))))"#
        ));
        let file = home.put("hostile.wasm", &bytes);
        let inspected = home.guildhall(["inspect".as_ref(), file.as_os_str(), "--json".as_ref()]);
        let why = inspected.clone().exits(0).word("/operations/0/unsupported");
        assert!(why.contains(word), "{why}");
        let ran = home.run(&file, "go").go();
        assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
        home.serves_the_next_run();
    }
}

#[test]
fn types_nested_without_end_are_refused_and_break_nothing() {
    let home = Home::new();
    for depth in [50, 99, 150, 5_000] {
        let mut text = String::from("(component (type $t0 u8)");
        for level in 1..=depth {
            text.push_str(&format!("(type $t{level} (list $t{}))", level - 1));
        }
        text.push_str(&format!(
            r#"(core module $m
                 (memory (export "memory") 1)
                 (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
                 (func (export "go") (param i32 i32) (result i64) (i64.const 1)))
               (core instance $i (instantiate $m))
               (func (export "go") (param "deep" $t{depth}) (result s64)
                 (canon lift (core func $i "go") (memory (core memory $i "memory"))
                   (realloc (core func $i "realloc")))))"#
        ));
        let file = home.put("deep.wasm", component::from_text(&text));
        let inspected = home.guildhall(["inspect".as_ref(), file.as_os_str(), "--json".as_ref()]);
        assert!(
            matches!(inspected.code, Some(0 | 4)),
            "{}",
            inspected.shown()
        );
        let ran = home
            .run(&file, "go")
            .input(guildhall_tests::json!({ "deep": [] }))
            .go();
        assert!(
            matches!(ran.code, Some(0 | 2 | 4)),
            "{depth}: {}",
            ran.shown()
        );
    }
    home.serves_the_next_run();
}
