//! The fake host follows the contract, so that a unit test does not pass on what the real host refuses.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use guildhall_sdk::files::EntryKind;
use guildhall_sdk::messages::Message;
use guildhall_sdk::network::Request;
use guildhall_sdk::payments::{Account, Order};
use guildhall_sdk::testing::FakeHost;
use guildhall_sdk::{Money, Refusal, RefusalKind, context, files, log, state};

fn kind<T: std::fmt::Debug>(result: Result<T, Refusal>) -> RefusalKind {
    result.unwrap_err().kind
}

#[test]
fn without_a_fake_host_every_call_is_refused_with_what_to_do() {
    let refusal = files::read("a").unwrap_err();
    assert_eq!(refusal.rule, "testing.no-host");
    assert!(refusal.to_string().contains("FakeHost::new()"));
    assert_eq!(context::setting("x"), None);
    log::info!("goes nowhere");
}

#[test]
fn a_dropped_host_answers_no_more_and_the_one_before_answers_again() {
    let outer = FakeHost::new().setting("name", "outer");
    let inner = FakeHost::new().setting("name", "inner");
    assert_eq!(context::setting("name").as_deref(), Some("inner"));
    drop(inner);
    assert_eq!(context::setting("name").as_deref(), Some("outer"));
    drop(outer);
    assert_eq!(context::setting("name"), None);
}

#[test]
fn only_what_is_granted_is_read() {
    let _host = FakeHost::new().file("invoices/a.xml", "A").file("one", "1");
    assert_eq!(files::granted(), ["invoices", "one"]);
    assert_eq!(files::read_to_string("invoices/a.xml").unwrap(), "A");
    assert_eq!(files::read("one").unwrap(), b"1");
    assert_eq!(kind(files::read("other/a.xml")), RefusalKind::Denied);
    assert_eq!(kind(files::read("one/more")), RefusalKind::NotFound);
    assert_eq!(kind(files::read("invoices/b.xml")), RefusalKind::NotFound);
    assert_eq!(kind(files::read("invoices")), RefusalKind::Conflict);
    assert_eq!(kind(files::list("one")), RefusalKind::Conflict);
    assert_eq!(kind(files::list("other")), RefusalKind::Denied);
}

#[test]
fn malformed_paths_are_refused_as_invalid() {
    let _host = FakeHost::new().file("in/a", "A").writable("out");
    for path in [
        "",
        "/in/a",
        "in//a",
        "in/../in/a",
        "in/./a",
        "in/",
        "in\\a",
        "in/a\0",
        "in/a\n",
        "In/a",
        "9in/a",
    ] {
        assert_eq!(kind(files::read(path)), RefusalKind::Invalid, "{path:?}");
        assert_eq!(
            kind(files::write(path, "x")),
            RefusalKind::Invalid,
            "{path:?}"
        );
    }
}

#[test]
fn text_that_is_not_utf8_is_a_refusal_and_not_a_guess() {
    let _host = FakeHost::new().file("in/a", [b'a', 0xff]);
    let refusal = files::read_to_string("in/a").unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.rule.as_str()),
        (RefusalKind::Invalid, "files.not-utf8")
    );
}

#[test]
fn writes_are_staged_seen_by_later_reads_and_keep_their_handle() {
    let host = FakeHost::new().file("book/old.txt", "old").writable("book");
    let first = files::write("book/new/a.txt", "1").unwrap();
    let second = files::write("book/old.txt", "changed").unwrap();
    assert_eq!(files::write("book/new/a.txt", "2"), Ok(first));
    assert_ne!(first, second);
    assert_eq!(files::read_to_string("book/new/a.txt").unwrap(), "2");
    assert_eq!(files::read_to_string("book/old.txt").unwrap(), "changed");
    assert_eq!(host.writes(), ["book/new/a.txt", "book/old.txt"]);
    assert_eq!(host.written_text("book/new/a.txt").as_deref(), Some("2"));
    assert_eq!(host.written("book/other"), None);
}

#[test]
fn writing_needs_a_grant_to_write() {
    let host = FakeHost::new().file("in/a", "A").writable("out");
    let rule = |path| files::write(path, "x").unwrap_err().rule;
    assert_eq!(rule("in/b"), "files.read-only");
    assert_eq!(rule("else/b"), "files.not-granted");
    assert_eq!(rule("out"), "files.conflict");
    assert!(host.writes().is_empty());
    files::write("out/sub/b", "x").unwrap();
    assert_eq!(rule("out/sub"), "files.conflict");
    assert_eq!(rule("out/sub/b/c"), "files.conflict");
}

#[test]
fn where_only_writing_is_granted_only_what_was_staged_is_read() {
    let host = FakeHost::new().file("out/old", "old").writable("out");
    assert_eq!(files::read_to_string("out/old").unwrap(), "old");
    drop(host);
    let _host = FakeHost::new().writable("out");
    assert_eq!(files::read("out/old").unwrap_err().rule, "files.write-only");
    assert_eq!(files::stat("out/old").unwrap_err().rule, "files.write-only");
    assert_eq!(files::list("out").unwrap_err().rule, "files.write-only");
    files::write("out/new", "new").unwrap();
    assert_eq!(files::read_to_string("out/new").unwrap(), "new");
}

#[test]
fn a_single_file_can_be_granted_for_writing() {
    let host = FakeHost::new().file("ledger", "1").writable("ledger");
    files::write("ledger", "2").unwrap();
    assert_eq!(files::read_to_string("ledger").unwrap(), "2");
    assert_eq!(kind(files::write("ledger/x", "2")), RefusalKind::Conflict);
    assert_eq!(host.writes(), ["ledger"]);
}

#[test]
fn folders_are_listed_sorted_with_staged_files() {
    let _host = FakeHost::new()
        .file("in/b.txt", "22")
        .file("in/deep/er/c.txt", "333")
        .readable("empty")
        .writable("in");
    files::write("in/a.txt", "1").unwrap();
    let entries = files::list("in").unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|e| (e.path.as_str(), e.kind, e.size))
        .collect();
    assert_eq!(
        seen,
        [
            ("in/a.txt", EntryKind::File, 1),
            ("in/b.txt", EntryKind::File, 2),
            ("in/deep", EntryKind::Folder, 0)
        ]
    );
    let all: Vec<_> = files::list_recursive("in")
        .unwrap()
        .into_iter()
        .map(|e| e.path)
        .collect();
    assert_eq!(all, ["in/a.txt", "in/b.txt", "in/deep/er/c.txt"]);
    assert!(files::list("empty").unwrap().is_empty());
    assert_eq!(kind(files::list("in/none")), RefusalKind::NotFound);
    assert_eq!(files::stat("in/deep").unwrap().kind, EntryKind::Folder);
    assert_eq!(files::stat("in/b.txt").unwrap().size, 2);
}

#[test]
fn a_range_ends_with_the_file() {
    let _host = FakeHost::new().file("in/a", "0123456789");
    assert_eq!(files::read_range("in/a", 8, 5).unwrap(), b"89");
    assert_eq!(files::read_range("in/a", 0, 2).unwrap(), b"01");
    assert_eq!(files::read_range("in/a", 99, 2).unwrap(), b"");
}

#[test]
fn recorded_answers_come_back_and_the_rest_is_unavailable() {
    let host = FakeHost::new()
        .answer_with_headers(
            "GET https://a.example/x",
            200,
            &[("Content-Type", "text/plain")],
            "hello",
        )
        .answer("POST https://a.example/y", 409, [0xff])
        .refuse(
            "GET https://b.example/",
            Refusal::new(RefusalKind::Denied, "network.not-granted", "No."),
        );
    let response = Request::get("https://a.example/x")
        .header("accept", "*/*")
        .send()
        .unwrap();
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert_eq!(response.text().unwrap(), "hello");
    assert_eq!(response.into_text().unwrap(), "hello");
    let refused = Request::post("https://a.example/y", "body").send().unwrap();
    assert_eq!(refused.status(), 409);
    assert_eq!(kind(refused.text()), RefusalKind::Invalid);
    assert_eq!(kind(refused.clone().into_text()), RefusalKind::Invalid);
    assert_eq!(kind(refused.success()), RefusalKind::Unavailable);
    assert_eq!(
        kind(Request::get("https://b.example/").send()),
        RefusalKind::Denied
    );
    assert_eq!(
        kind(Request::get("https://a.example/").send()),
        RefusalKind::Unavailable
    );
    assert_eq!(
        kind(Request::get("https://a.example/x").body("x").send()),
        RefusalKind::Invalid
    );

    let requests = host.requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|request| request.line.as_str())
        .collect();
    assert_eq!(
        lines,
        [
            "GET https://a.example/x",
            "POST https://a.example/y",
            "GET https://b.example/",
            "GET https://a.example/"
        ]
    );
    assert_eq!(requests[1].body, b"body");
    assert_eq!(
        requests[0].headers,
        [("accept".to_owned(), "*/*".to_owned())]
    );
}

#[test]
fn the_store_keeps_what_the_run_set() {
    let host = FakeHost::new().stored("seen/1", "x");
    assert_eq!(state::get_string("seen/1").unwrap().as_deref(), Some("x"));
    state::set("seen/2", "y").unwrap();
    assert_eq!(state::keys("seen/").unwrap(), ["seen/1", "seen/2"]);
    state::delete("seen/1").unwrap();
    state::delete("seen/1").unwrap();
    assert_eq!(host.state("seen/1"), None);
    assert_eq!(host.state("seen/2").as_deref(), Some(&b"y"[..]));
    for key in ["", "a\nb", &"k".repeat(257)] {
        assert_eq!(kind(state::set(key, "v")), RefusalKind::Invalid);
    }
}

#[test]
fn random_bytes_repeat_with_their_seed() {
    let draw = |seed| {
        let _host = FakeHost::new().random_seed(seed);
        (context::random(16).unwrap(), context::random(16).unwrap())
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let (first, second) = draw(1);
    assert_ne!(first, second);
    let _host = FakeHost::new();
    assert_eq!(context::random(4_096).unwrap().len(), 4_096);
    assert_eq!(kind(context::random(4_097)), RefusalKind::Invalid);
}

#[test]
fn notes_are_kept_in_order() {
    let host = FakeHost::new();
    let count = 2;
    log::info!("read {count} files");
    log::warn!("one is odd");
    let notes: Vec<_> = host
        .log()
        .into_iter()
        .map(|note| (note.level, note.message))
        .collect();
    assert_eq!(
        notes,
        [
            (log::Level::Info, "read 2 files".to_owned()),
            (log::Level::Warn, "one is odd".to_owned())
        ]
    );
}

#[test]
fn payments_and_messages_are_unavailable_until_a_test_serves_them() {
    let order = Order::new(
        Account::iban("DE75 5121 0800 1245 1261 99"),
        Money::new(1_000, "EUR").unwrap(),
        "R-1",
    );
    let message = Message::new("email", "a@example.org", "Paid.");
    let host = FakeHost::new();
    assert_eq!(kind(order.stage()), RefusalKind::Unavailable);
    assert_eq!(kind(message.stage()), RefusalKind::Unavailable);
    drop(host);

    let host = FakeHost::new().payments().messages();
    let paid = order.stage().unwrap();
    assert_eq!(kind(order.stage()), RefusalKind::Conflict);
    assert_eq!(
        kind(message.clone().after(paid + 1).stage()),
        RefusalKind::Invalid
    );
    message.subject("R-1").after(paid).stage().unwrap();
    let orders = host.orders();
    assert_eq!(orders[0].payee, "iban:DE75512108001245126199");
    assert_eq!(orders[0].amount.to_string(), "10.00 EUR");
    assert_eq!(host.sent()[0].subject.as_deref(), Some("R-1"));
    let nothing = Order::new(Account::book("shop"), Money::new(0, "EUR").unwrap(), "R-2");
    assert_eq!(kind(nothing.stage()), RefusalKind::Invalid);
}

#[test]
fn a_test_refuses_an_order_or_messages_and_the_next_run_starts_after_approval() {
    let order = |document: &str| {
        let amount = Money::new(1_000, "EUR").unwrap();
        Order::new(Account::iban("DE75512108001245126199"), amount, document).on(None)
    };
    let message = Message::new("email", "a@example.org", "Paid.");
    let no = || Refusal::new(RefusalKind::Denied, "test.no", "No.");
    let host = FakeHost::new()
        .payments()
        .messages()
        .writable("out")
        .refuse_order("R-1", no())
        .refuse_messages(no());
    assert_eq!(order("R-1").stage(), Err(no()));
    assert_eq!(message.stage(), Err(no()));
    order("R-2").stage().unwrap();
    files::write("out/a", "A").unwrap();

    let host = host.next_run().readable("out");
    assert!(host.orders().is_empty() && host.writes().is_empty());
    assert_eq!(files::read("out/a").unwrap(), b"A");
    let paid = order("R-1").stage().unwrap();
    assert_eq!(host.orders()[0].requested_date, None);
    message.after_all(&[paid]).stage().unwrap();
    assert_eq!(host.sent()[0].after, [paid]);
}

#[test]
#[should_panic(expected = "is not a time")]
fn a_test_with_a_wrong_time_fails_at_once() {
    let _host = FakeHost::new().now("2026-11-24 12:00");
}
