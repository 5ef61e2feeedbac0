//! Running what a stranger compiled, who has never heard of Guildhall.

use guildhall_tests::{Home, guest};

#[test]
fn a_strangers_program_runs_and_sees_nothing_of_this_machine() {
    let home = Home::new();
    let ran = home
        .run(guest("wasi-hello"), "run")
        .go()
        .exits(0)
        .is("completed");
    let json = ran.json();
    let logs: Vec<&str> = json["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        logs,
        [
            "arguments: 0",
            "environment: 0",
            "input: Ok(0)",
            "folder: false",
            "write: false",
            "time: true",
            "to the error output",
        ]
    );
    assert!(!home.path().join("out.txt").exists());
}

#[test]
fn granted_folders_stay_out_of_reach_of_a_program_that_knows_only_wasi() {
    let home = Home::new();
    let secret = home.folder("secret");
    home.put("secret/note.txt", "private");
    let ran = home
        .run(guest("wasi-hello"), "run")
        .read("secret", &secret)
        .write("secret", &secret)
        .go()
        .exits(0);
    assert!(ran.stdout.contains("folder: false"), "{}", ran.shown());
    assert_eq!(home.names("secret"), ["note.txt"]);
}

#[test]
fn what_a_program_prints_is_shown_as_its_words_and_not_as_output() {
    let home = Home::new();
    let ran = home
        .run(guest("wasi-hello"), "run")
        .in_words()
        .go()
        .exits(0);
    assert_eq!(ran.stdout, "", "{}", ran.shown());
    assert!(ran.stderr.contains("arguments: 0"), "{}", ran.shown());
    assert!(ran.stderr.contains("done:"), "{}", ran.shown());
}

#[test]
fn a_program_that_wants_a_socket_is_refused_by_the_name_of_what_it_wants() {
    let home = Home::new();
    let ran = home
        .run(guest("wasi-sockets"), "run")
        .allow("GET http://127.0.0.1/**")
        .go();
    let error = ran.error(4, "refused-imports");
    assert!(error.contains("wasi:sockets/tcp@0.2"), "{error}");
    assert!(error.contains("use guildhall:skill/network"), "{error}");
    home.serves_the_next_run();
}
