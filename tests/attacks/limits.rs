//! One denial for each limit of a run.

use crate::fetch_with;
use guildhall_tests::{Home, Peer, Ran, Reply, component, json};
use std::time::Duration;

/// Insists that a limit ended the run, in words that name it, and that the host goes on.
#[track_caller]
fn stopped(home: &Home, ran: &Ran, limit: &str) {
    let message = ran.stopped_by(limit);
    assert!(message.contains("nothing was staged"), "{message}");
    if limit == "stack" {
        assert!(message.contains("can't be raised"), "{message}");
    } else {
        assert!(message.contains(&format!("--limit {limit}=")), "{message}");
    }
    assert_eq!(home.newest()["status"], "trapped");
    home.serves_the_next_run();
}

fn hand_made(home: &Home, bytes: &[u8]) -> std::path::PathBuf {
    home.put("hand-made.wasm", bytes)
}

#[test]
fn fuel_ends_an_endless_loop() {
    let home = Home::new();
    let ran = home.prober("spin").limit("fuel", 50_000_000).go();
    stopped(&home, &ran, "fuel");
    let used = ran.json()["usage"]["fuel"].as_u64().unwrap();
    assert!(used >= 49_000_000, "{used}");
}

#[test]
fn fuel_has_a_default_and_a_ceiling() {
    let home = Home::new();
    // Nobody has to ask for a limit, and nobody gets rid of one.
    let ran = home
        .prober("spin")
        .limit("wall-ms", 300)
        .limit("fuel", u64::MAX)
        .go();
    stopped(&home, &ran, "wall-ms");
}

#[test]
fn the_wall_clock_ends_an_endless_loop() {
    let home = Home::new();
    let ran = home.prober("spin").limit("wall-ms", 400).go();
    stopped(&home, &ran, "wall-ms");
    let took = ran.json()["usage"]["wall_ms"].as_u64().unwrap();
    assert!((400..4_000).contains(&took), "{took}");
}

#[test]
fn the_wall_clock_reaches_a_guest_that_waits_in_a_host_call() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::Silence);
    let ran = fetch_with(&home, "GET", "https://shop.test/", &[], "")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer)
        .limit("wall-ms", 500)
        .go();
    stopped(&home, &ran, "wall-ms");
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn the_wall_clock_ends_a_program_that_sleeps() {
    let home = Home::new();
    let sleeper = guildhall_tests::guest("wasi-sleeper");
    let ran = home.run(sleeper, "run").limit("wall-ms", 500).go();
    stopped(&home, &ran, "wall-ms");
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

#[test]
fn what_one_host_call_carries_is_bounded() {
    let home = Home::new();
    let ran = home
        .prober("fill")
        .input(json!({ "key": "k", "bytes": 200_000_000 }))
        .go();
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    home.serves_the_next_run();
}

#[test]
fn memory_of_one_guest_is_bounded() {
    let home = Home::new();
    let take = |mebibytes: u32| {
        home.prober("take-memory")
            .input(json!({ "mebibytes": mebibytes }))
    };
    stopped(&home, &take(300).go(), "memory-bytes");
    stopped(
        &home,
        &take(30).limit("memory-bytes", 20 << 20).go(),
        "memory-bytes",
    );
    let fits = take(30).limit("memory-bytes", 60 << 20).go().exits(0);
    let peak = fits.json()["usage"]["memory_bytes"].as_u64().unwrap();
    assert!((30 << 20..60 << 20).contains(&peak), "{peak}");
}

#[test]
fn memory_is_summed_over_many_memories() {
    let home = Home::new();
    // 10 instances of 4 MiB each: no single memory is over the limit.
    let many = hand_made(&home, &component::many_instances(10, 64, 1));
    let ran = home.run(&many, "go").limit("memory-bytes", 30 << 20).go();
    stopped(&home, &ran, "memory-bytes");
    let ran = home.run(&many, "go").limit("memory-bytes", 50 << 20).go();
    assert_eq!(ran.exits(0).output(), 1);
}

#[test]
fn one_instance_with_several_memories_is_bounded_as_well() {
    let home = Home::new();
    let memories = "(memory 64)".repeat(8);
    let bytes = component::around(&format!(
        r#"{memories} (func (export "go") (result i64) (i64.const 1))"#
    ));
    let several = hand_made(&home, &bytes);
    let ran = home
        .run(&several, "go")
        .limit("memory-bytes", 20 << 20)
        .go();
    stopped(&home, &ran, "memory-bytes");
}

#[test]
fn a_memory_that_grows_step_by_step_is_bounded() {
    let home = Home::new();
    let bytes = component::around(
        r#"(memory 1)
           (func (export "go") (result i64)
             (loop $again
               (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
             (i64.extend_i32_u (memory.size)))"#,
    );
    let grower = hand_made(&home, &bytes);
    // A guest that takes the refusal as an answer ends well, within the limit.
    let ran = home
        .run(&grower, "go")
        .limit("memory-bytes", 8 << 20)
        .go()
        .exits(0);
    let pages = ran.output().as_u64().unwrap();
    assert!(pages <= 128, "{pages}");
    home.serves_the_next_run();
}

#[test]
fn a_table_that_grows_is_bounded() {
    let home = Home::new();
    let bytes = component::around(
        r#"(table 1 funcref)
           (func (export "go") (result i64)
             (loop $again
               (br_if $again
                 (i32.ne (table.grow (ref.null func) (i32.const 100)) (i32.const -1))))
             unreachable)"#,
    );
    let grower = hand_made(&home, &bytes);
    let ran = home.run(&grower, "go").go();
    stopped(&home, &ran, "table-elements");
    let ran = home.run(&grower, "go").limit("table-elements", 1_000).go();
    stopped(&home, &ran, "table-elements");
}

#[test]
fn tables_are_summed() {
    let home = Home::new();
    let many = hand_made(&home, &component::many_instances(10, 0, 1_000));
    let ran = home.run(&many, "go").limit("table-elements", 5_000).go();
    stopped(&home, &ran, "table-elements");
    let ran = home.run(&many, "go").limit("table-elements", 20_000).go();
    let _ = ran.exits(0);
}

#[test]
fn instances_are_counted() {
    let home = Home::new();
    let many = hand_made(&home, &component::many_instances(10, 0, 0));
    let ran = home.run(&many, "go").limit("instances", 5).go();
    stopped(&home, &ran, "instances");
    let _ = home.run(&many, "go").limit("instances", 20).go().exits(0);
}

#[test]
fn deep_recursion_ends_at_the_stack() {
    let home = Home::new();
    // A stack of its own is 64 KiB in a Rust guest; a guest without one reaches the engine's.
    let bytes = component::around(
        r#"(func $deeper (param i64) (result i64)
             (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))
           (func (export "go") (result i64) (call $deeper (i64.const 0)))"#,
    );
    let deep = hand_made(&home, &bytes);
    let ran = home.run(&deep, "go").go();
    stopped(&home, &ran, "stack");
    let ran = home
        .prober("recurse")
        .input(json!({ "depth": 100_000_000 }))
        .go();
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    assert_eq!(ran.status(), "trapped");
    home.serves_the_next_run();
}

#[test]
fn host_calls_are_counted() {
    let home = Home::new();
    let ask = |times: u32| home.prober("ask-time").input(json!({ "times": times }));
    stopped(&home, &ask(11).limit("host-calls", 10).go(), "host-calls");
    let _ = ask(10).limit("host-calls", 10).go().exits(0);
    stopped(&home, &ask(10_001).go(), "host-calls");
    let ran = ask(1_000_001).limit("host-calls", u64::MAX).go();
    stopped(&home, &ran, "host-calls");
}

#[test]
fn host_calls_of_a_strangers_program_are_counted_too() {
    let home = Home::new();
    let ran = home
        .run(guildhall_tests::guest("wasi-hello"), "run")
        .limit("host-calls", 3)
        .go();
    stopped(&home, &ran, "host-calls");
}

#[test]
fn bytes_that_come_in_are_counted() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("inbox/large.txt", "x".repeat(2_000));
    let ran = home
        .prober("read")
        .input(json!({ "path": "inbox/large.txt" }))
        .read("inbox", &inbox)
        .limit("bytes-in", 1_000)
        .go();
    let refusal = ran.refused_by("files.input-limit");
    assert!(refusal.fix.contains("--limit bytes-in="), "{}", refusal.fix);
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("y".repeat(2_000)));
    let ran = fetch_with(&home, "GET", "https://shop.test/", &[], "")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer)
        .limit("bytes-in", 1_000)
        .go();
    ran.refused_by("network.response-too-large");
    let _ = home
        .prober("fill")
        .input(json!({ "key": "k", "bytes": 2_000 }))
        .go()
        .exits(0);
    let ran = home
        .prober("recall")
        .input(json!({ "key": "k" }))
        .limit("bytes-in", 1_000)
        .go();
    ran.refused_by("limit.bytes-in");
    home.serves_the_next_run();
}

#[test]
fn bytes_that_leave_are_counted_before_they_leave() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("ok"));
    let ran = fetch_with(&home, "POST", "https://shop.test/", &[], &"z".repeat(2_000))
        .allow("POST https://shop.test/")
        .peer("shop.test:443", &peer)
        .limit("bytes-out", 1_000)
        .go();
    let refusal = ran.refused_by("limit.bytes-out");
    assert!(
        refusal.fix.contains("--limit bytes-out="),
        "{}",
        refusal.fix
    );
    let url = format!("https://shop.test/?{}", "q".repeat(2_000));
    let ran = fetch_with(&home, "GET", &url, &[], "")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer)
        .limit("bytes-out", 1_000)
        .go();
    ran.refused_by("limit.bytes-out");
    let ran = fetch_with(
        &home,
        "GET",
        "https://shop.test/",
        &[("x-a", &"h".repeat(2_000))],
        "",
    )
    .allow("GET https://shop.test/")
    .peer("shop.test:443", &peer)
    .limit("bytes-out", 1_000)
    .go();
    ran.refused_by("limit.bytes-out");
    peer.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn staged_bytes_are_counted() {
    let home = Home::new();
    let out = home.folder("out");
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/large.txt", "text": "x".repeat(2_000) }))
        .write("out", &out)
        .limit("staged-bytes", 1_000)
        .approve("all")
        .go();
    let refusal = ran.refused_by("files.write-limit");
    assert!(
        refusal.fix.contains("--limit staged-bytes="),
        "{}",
        refusal.fix
    );
    assert_eq!(home.names("out"), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn staged_effects_are_counted() {
    let home = Home::new();
    let out = home.folder("out");
    let many = |count: u32| {
        home.prober("write-many")
            .input(json!({ "folder": "out", "count": count }))
            .write("out", &out)
            .approve("all")
    };
    let ran = many(6).limit("effects", 5).go();
    let refusal = ran.refused_by("files.write-limit");
    assert!(refusal.fix.contains("--limit effects="), "{}", refusal.fix);
    assert_eq!(home.names("out"), Vec::<String>::new());
    many(1_001).go().refused_by("files.write-limit");
    // The limit can be raised as it says, for each file as well.
    let out = home.folder("more");
    let ran = home
        .prober("write-many")
        .input(json!({ "folder": "out", "count": 1_001 }))
        .write("out", &out)
        .limit("effects", 2_000)
        .go();
    let _ = ran.exits(3);
    let _ = many(5).limit("effects", 5).go().exits(0);
    assert_eq!(home.names("out").len(), 5);
    home.serves_the_next_run();
}

#[test]
fn log_lines_over_the_limit_are_dropped_and_counted() {
    let home = Home::new();
    let flood = |lines: u32| home.prober("flood-log").input(json!({ "lines": lines }));
    let ran = flood(5_000).go().exits(0);
    let json = ran.json();
    let kept: usize = json["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap().len())
        .sum();
    assert!(kept <= 64 << 10, "{kept}");
    assert!(json["usage"]["log_bytes_dropped"].as_u64().unwrap() > 100_000);
    let ran = flood(3).limit("log-bytes", 100).go().exits(0);
    assert!(ran.json()["usage"]["log_bytes_dropped"].as_u64().unwrap() > 0);
    // A person is told that something is missing.
    let ran = flood(5_000).in_words().go().exits(0);
    assert!(
        ran.stderr.contains("dropped"),
        "{}",
        ran.stderr.lines().last().unwrap_or_default()
    );
}

#[test]
fn a_strangers_output_is_bounded_like_its_log() {
    let home = Home::new();
    let ran = home
        .run(guildhall_tests::guest("wasi-hello"), "run")
        .limit("log-bytes", 20)
        .go()
        .exits(0);
    assert!(ran.json()["usage"]["log_bytes_dropped"].as_u64().unwrap() > 0);
}

#[test]
fn input_is_bounded() {
    let home = Home::new();
    let ran = home
        .prober("fail")
        .input(json!({ "text": "x".repeat(2_000) }))
        .limit("input-bytes", 1_000)
        .go();
    let refusal = ran.refused_by("limit.input-bytes");
    assert!(
        refusal.fix.contains("--limit input-bytes="),
        "{}",
        refusal.fix
    );
    let large = json!({ "text": "x".repeat(17 << 20) }).to_string();
    let file = home.put("large.json", large);
    let ran = home
        .prober("fail")
        .arg("-i")
        .arg(format!("@{}", file.display()))
        .go();
    ran.refused_by("limit.input-bytes");
    home.serves_the_next_run();
}

#[test]
fn output_is_bounded() {
    let home = Home::new();
    let long = |bytes: u32| home.prober("long-output").input(json!({ "bytes": bytes }));
    stopped(
        &home,
        &long(2_000).limit("output-bytes", 1_000).go(),
        "output-bytes",
    );
    stopped(&home, &long(17 << 20).go(), "output-bytes");
}

#[test]
fn a_failure_is_bounded_like_an_output() {
    let home = Home::new();
    let ran = home
        .prober("fail")
        .input(json!({ "text": "x".repeat(2_000) }))
        .limit("output-bytes", 1_000)
        .go();
    stopped(&home, &ran, "output-bytes");
}

#[test]
fn a_tenant_whose_journal_is_full_runs_nothing_more() {
    let home = Home::new();
    let _ = home.prober("granted").go().exits(0);
    let full = "UPDATE tenants SET stored_bytes = 1073741824";
    assert_eq!(guildhall_tests::journal::execute(&home, full), 1);
    let ran = home.prober("granted").go();
    let refusal = ran.refused_by("journal.full");
    // The fix is a command that exists.
    let command = refusal.fix.split('`').nth(1).expect("a command").to_owned();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let words: Vec<&str> = words
        .iter()
        .map(|w| if *w == "DAYS" { "0" } else { *w })
        .collect();
    let pruned = home.guildhall(&words);
    assert_eq!(pruned.code, Some(0), "{}", pruned.shown());
}
