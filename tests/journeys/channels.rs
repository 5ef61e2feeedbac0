//! Channels for messages, as the merchant sets them up.

use guildhall_tests::{Home, json};

#[test]
fn channels_are_set_up_listed_and_taken_away() {
    let home = Home::new();
    let none = home.guildhall(["messages"]).exits(0);
    assert!(none.stderr.contains("no channel"), "{}", none.shown());
    let added = home
        .guildhall([
            "messages",
            "add-webhook",
            "books",
            "--url",
            "https://books.test/T0/confidential",
            "--secret",
            "key",
        ])
        .exits(0);
    assert!(
        added.stderr.contains("there is no secret `key` yet"),
        "{}",
        added.shown()
    );
    assert!(!added.stderr.contains("confidential"), "{}", added.shown());
    let _ = home
        .guildhall([
            "messages",
            "add-smtp",
            "email",
            "--server",
            "mail.test",
            "--from",
            "Acme <a@acme.example>",
        ])
        .exits(0);
    let list = home.guildhall(["messages"]).exits(0);
    for part in [
        "https://books.test/…",
        "webhook",
        "mail.test:465",
        "Acme <a@acme.example>",
    ] {
        assert!(list.stdout.contains(part), "{}", list.shown());
    }
    assert!(!list.stdout.contains("confidential"), "{}", list.shown());
    let json = home
        .guildhall(["messages", "list", "--json"])
        .exits(0)
        .json();
    assert_eq!(json["channels"].as_array().unwrap().len(), 2);
    let _ = home.guildhall(["messages", "remove", "email"]).exits(0);
    let _ = home
        .guildhall(["messages", "remove", "email", "--json"])
        .error(2, "not-found");
    let json = home.guildhall(["messages", "--json"]).exits(0).json();
    assert_eq!(json["channels"][0]["name"], "books");
    assert_eq!(json["channels"].as_array().unwrap().len(), 1);
}

#[test]
fn a_channel_that_could_not_be_used_is_not_set_up() {
    let home = Home::new();
    let webhook = |url: &str| {
        [
            "messages",
            "add-webhook",
            "bad",
            "--secret",
            "key",
            "--url",
            url,
        ]
        .join("\n")
    };
    let mail = |rest: &str| format!("messages\nadd-smtp\nbad\n{rest}");
    for (command, words) in [
        (webhook("http://books.test/in"), "https"),
        (webhook("https://user:password@books.test/in"), "URL"),
        (webhook("books.test/in"), "URL"),
        (
            mail("--server\nmail.test\n--port\n25\n--from\na@b.example"),
            "465",
        ),
        (
            mail("--server\nmail.test/x\n--from\na@b.example"),
            "host name alone",
        ),
        (mail("--server\nmail.test\n--from\nnobody"), "from"),
        (
            mail("--server\nmail.test\n--from\na@b.example\n--user\nx"),
            "secret",
        ),
        (
            mail("--server\nmail.test\n--from\na@b.example\\r\\nBcc: c@d.example"),
            "from",
        ),
    ] {
        let ran = home.guildhall(command.split('\n').chain(["--json"]));
        assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());
        assert!(ran.stdout.contains(words), "no `{words}`\n{}", ran.shown());
    }
    let json = home.guildhall(["messages", "--json"]).exits(0).json();
    assert_eq!(json["channels"], json!([]));
}
