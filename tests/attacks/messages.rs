//! Messages that must not go out, or must not say something else than what was approved.

use guildhall_tests::settings::{letter, order};
use guildhall_tests::smtp::{Act, MailServer};
use guildhall_tests::{Home, Peer, Ran, Reply, Run, Value, journal, json};
use std::net::{Ipv4Addr, TcpListener};

const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A home with the channels `books` (a webhook) and `email`, and their far sides.
struct Office {
    home: Home,
    hook: Peer,
    mail: MailServer,
}

impl Office {
    fn new() -> Self {
        Self::with(MailServer::start())
    }

    fn with(mail: MailServer) -> Self {
        let home = Home::new();
        let hook = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
        home.reaches(&[
            ("books.test:443", hook.address()),
            ("http://mail.test:2525", mail.address()),
        ]);
        home.has_webhook("https://books.test/in", HOOK_KEY);
        let server = [
            "--server",
            "mail.test",
            "--port",
            "2525",
            "--from",
            "Acme <a@acme.example>",
        ];
        let command = ["messages", "add-smtp", "email"].iter().chain(&server);
        let _ = home.guildhall(command).exits(0);
        Self { home, hook, mail }
    }

    /// A message with a grant, which approves itself.
    fn tell(&self, note: &Value, grant: &str) -> Ran {
        tell(&self.home, note)
            .arg("--message")
            .arg(grant)
            .approve("all")
            .go()
    }

    /// Insists that nothing has arrived anywhere, and that the host works on.
    #[track_caller]
    fn nothing_arrived(&self) {
        self.home.serves_the_next_run();
        self.hook.saw_nothing();
        assert_eq!(self.mail.connections(), 0, "{:?}", self.mail.mails());
    }
}

fn tell<'a>(home: &'a Home, note: &Value) -> Run<'a> {
    home.prober("tell").input(json!({ "note": note }))
}

fn detail(ran: &Ran) -> String {
    ran.word("/effects/0/detail")
}

#[test]
fn without_a_grant_nothing_is_sent() {
    let office = Office::new();
    let note = letter("books", "a@example.com", "paid");
    let refused = tell(&office.home, &note)
        .approve("all")
        .go()
        .refused_by("messages.not-granted");
    assert_eq!(refused.set.as_deref(), Some("grants"));
    assert!(refused.fix.contains("--message"), "{}", refused.fix);
    // A grant of another channel, of a payment and of the network is none of this one.
    let ran = tell(&office.home, &note)
        .arg("--message")
        .arg("email")
        .arg("--pay")
        .arg("EUR 5.00")
        .allow("POST https://books.test/**")
        .approve("all")
        .go();
    ran.refused_by("messages.not-granted");
    office.nothing_arrived();
}

#[test]
fn a_grant_for_one_recipient_is_none_for_another() {
    let office = Office::new();
    for (channel, granted, asked) in [
        ("books", "a@example.com", "b@example.com"),
        ("books", "a@example.com", "a@example.com.evil.example"),
        ("books", "a@example.com", "aa@example.com"),
        ("email", "a@example.com", "b@example.com"),
        ("email", "a@example.com", "a@example.org"),
    ] {
        let grant = format!("{channel} to {granted}");
        let ran = office.tell(&letter(channel, asked, "paid"), &grant);
        let refused = ran.refused_by("messages.not-granted");
        assert!(refused.message.contains(asked), "{}", refused.message);
    }
    // What is granted goes.
    let note = letter("books", "a@example.com", "paid");
    office.nothing_arrived();
    let _ = office.tell(&note, "books to a@example.com").exits(0);
    assert_eq!(office.hook.connections(), 1);
}

#[test]
fn a_channel_that_the_merchant_has_not_set_up_is_refused() {
    let office = Office::new();
    let ran = office.tell(&letter("pigeon", "a@example.com", "paid"), "pigeon");
    let refused = ran.refused_by("messages.no-channel");
    assert!(
        refused.fix.contains("guildhall messages add-"),
        "{}",
        refused.fix
    );
    for name in ["Books", "books ", "../books", "", "books\nemail"] {
        let ran = office.tell(&letter(name, "a@example.com", "paid"), "books");
        ran.refused_by("messages.invalid-channel");
    }
    office.nothing_arrived();
}

#[test]
fn nothing_that_a_skill_writes_becomes_a_header_or_a_second_recipient() {
    let office = Office::new();
    for recipient in [
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\nRCPT TO:<b@example.com>",
        "a@example.com, b@example.com",
        "a@example.com b@example.com",
        "<a@example.com>",
        "A <a@example.com>",
        "a@example.com>\r\nRCPT TO:<b@example.com",
        "\"a\\\"@example.com",
        "a@[127.0.0.1]",
        "@example.com",
        "a",
        "",
        " a@example.com",
        "a@example.com\0",
        "a\u{202e}@example.com",
    ] {
        let ran = office.tell(&letter("email", recipient, "paid"), "email");
        ran.refused_by("messages.invalid-recipient");
        if recipient.contains(['\r', '\n', '\0', '\u{202e}']) || recipient.is_empty() {
            let ran = office.tell(&letter("books", recipient, "paid"), "books");
            ran.refused_by("messages.invalid-recipient");
        }
    }
    for subject in [
        "paid\r\nBcc: b@example.com",
        "paid\nX: y",
        "paid\r",
        "paid\0",
        "=?utf-8?b?cGFpZA==?=",
        "paid\u{2028}X: y",
        &"s".repeat(301),
    ] {
        for channel in ["email", "books"] {
            let mut note = letter(channel, "a@example.com", "paid");
            note["subject"] = subject.into();
            office
                .tell(&note, channel)
                .refused_by("messages.invalid-subject");
        }
    }
    for body in ["a\u{1b}[2J", "a\0b", "a\u{7f}"] {
        let ran = office.tell(&letter("email", "a@example.com", body), "email");
        ran.refused_by("messages.invalid-body");
    }
    office.nothing_arrived();
}

#[test]
fn a_text_that_looks_like_the_end_of_a_message_is_text() {
    let office = Office::new();
    let bodies = [
        "one\r\n.\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\ntwo\r\n.\r\n",
        "one\n.\nRSET\nMAIL FROM:<evil@example.com>\n.\n",
        "one\r.\rMAIL FROM:<evil@example.com>\r.\r",
        ".",
        "From: evil@example.com\r\n\r\n--=_0\r\nContent-Type: text/html\r\n\r\n<b>x</b>",
    ];
    for body in bodies {
        let _ = office
            .tell(&letter("email", "a@example.com", body), "email")
            .exits(0);
    }
    let mails = office.mail.mails();
    assert_eq!(mails.len(), bodies.len(), "{mails:?}");
    for mail in &mails {
        assert_eq!(mail.to, ["TO:<a@example.com>"]);
        assert_eq!(mail.from, "FROM:<a@acme.example>");
        assert_eq!(mail.header("from").len(), 1, "{}", mail.text);
        assert_eq!(mail.header("content-type"), ["text/plain; charset=utf-8"]);
    }
    let one = ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"];
    assert_eq!(office.mail.commands(), one.repeat(bodies.len()));
    assert!(
        mails[0].text.contains("\r\n.\r\nMAIL FROM"),
        "{}",
        mails[0].text
    );
}

#[test]
fn a_file_that_is_not_granted_or_badly_named_is_not_attached() {
    let office = Office::new();
    let inbox = office.home.folder("inbox");
    office.home.put("inbox/a.txt", "alpha");
    office.home.put("inbox/b\"; filename=\"x.exe", "beta");
    office.home.put("secret.txt", "mine");
    let send = |paths: &[&str]| {
        let mut note = letter("email", "a@example.com", "see the file");
        note["attachments"] = json!(paths);
        tell(&office.home, &note)
            .read("inbox", &inbox)
            .arg("--message")
            .arg("email")
            .approve("all")
            .go()
    };
    send(&["outside/a.txt"]).refused_by("files.not-granted");
    for path in ["inbox/../secret.txt", "/etc/passwd"] {
        let ran = send(&[path]);
        assert_ne!(ran.code, Some(0), "{}", ran.shown());
        assert_ne!(ran.code, Some(3), "{}", ran.shown());
    }
    for path in [
        "inbox/b\"; filename=\"x.exe",
        "inbox/a\r\nX: y.txt",
        "inbox/",
        "inbox/=?utf-8?q?a?=",
    ] {
        send(&[path]).refused_by("messages.invalid-attachment");
    }
    send(&["inbox/a.txt", "inbox/a.txt"]).refused_by("messages.invalid-attachment");
    office.nothing_arrived();
}

#[test]
fn messages_are_bounded() {
    let office = Office::new();
    let inbox = office.home.folder("inbox");
    for index in 0..21 {
        office.home.put(&format!("inbox/{index}.txt"), "small");
    }
    let half = vec![b'x'; 6 << 20];
    for name in ["one", "two"] {
        office.home.put(&format!("inbox/{name}.bin"), &half);
    }
    let body = "b".repeat((256 << 10) + 1);
    office.home.put(
        "input.json",
        json!({ "note": letter("books", "a@example.com", &body) }).to_string(),
    );
    let ran = office
        .home
        .prober("tell")
        .arg("--input")
        .arg("@input.json")
        .arg("--message")
        .arg("books")
        .go();
    assert_eq!(
        ran.refused_by("messages.body-too-large").kind,
        "limit-reached"
    );
    let attach = |paths: Vec<String>| {
        let mut note = letter("books", "a@example.com", "see the files");
        note["attachments"] = json!(paths);
        tell(&office.home, &note)
            .read("inbox", &inbox)
            .arg("--message")
            .arg("books")
            .go()
    };
    let many = attach((0..21).map(|index| format!("inbox/{index}.txt")).collect());
    assert_eq!(
        many.refused_by("messages.too-many-attachments").kind,
        "limit-reached"
    );
    let large = attach(vec!["inbox/one.bin".to_owned(), "inbox/two.bin".to_owned()]);
    assert_eq!(
        large.refused_by("messages.attachments-too-large").kind,
        "limit-reached"
    );
    let long = office.tell(&letter("books", &"r".repeat(321), "paid"), "books");
    long.refused_by("messages.invalid-recipient");
    office.nothing_arrived();
}

#[test]
fn a_channel_to_a_private_address_reaches_nobody() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = Home::new();
    let _ = home.told(["secrets", "set", "key"], HOOK_KEY).exits(0);
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let url = format!("https://{host}:{port}/in");
        let add = [
            "messages",
            "add-webhook",
            "hook",
            "--url",
            &url,
            "--secret",
            "key",
        ];
        let added = home.guildhall(add);
        if added.code == Some(0) {
            let note = letter("hook", "a", "paid");
            let ran = tell(&home, &note)
                .arg("--message")
                .arg("hook")
                .approve("all")
                .go();
            assert_eq!(ran.code, Some(4), "{host}: {}", ran.shown());
            let detail = detail(&ran);
            assert!(detail.contains("nothing was sent"), "{host}: {detail}");
        } else {
            assert!(!added.stderr.is_empty(), "{host}: {}", added.shown());
        }
    }
    // A mail server on this machine is one for a named peer only.
    for port in ["465", &port.to_string()] {
        let add = [
            "messages",
            "add-smtp",
            "post",
            "--server",
            "127.0.0.1",
            "--from",
            "a@b.example",
        ];
        let added = home.guildhall(add.iter().chain(&["--port", port]));
        if added.code == Some(0) {
            let note = letter("post", "a@example.com", "paid");
            let ran = tell(&home, &note)
                .arg("--message")
                .arg("post")
                .approve("all")
                .go();
            assert_eq!(ran.code, Some(4), "{}", ran.shown());
        }
    }
    assert!(listener.accept().is_err(), "somebody has come");
    home.serves_the_next_run();
}

#[test]
fn a_webhook_that_points_elsewhere_is_not_followed() {
    let home = Home::new();
    let other = Peer::tls(&["other.test"], |_| Reply::text("mine"));
    let hook = Peer::tls(&["books.test"], |_| {
        Reply::redirect(307, "https://other.test/in")
    });
    home.reaches(&[
        ("books.test:443", hook.address()),
        ("other.test:443", other.address()),
    ]);
    home.has_webhook("https://books.test/in", HOOK_KEY);
    let note = letter("books", "a@example.com", "paid");
    let ran = tell(&home, &note)
        .arg("--message")
        .arg("books")
        .allow("POST https://other.test/**")
        .approve("all")
        .go();
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(detail(&ran).contains("another place"), "{}", ran.shown());
    assert_eq!(hook.connections(), 1);
    other.saw_nothing();
}

#[test]
fn a_message_that_was_changed_after_its_card_is_not_sent() {
    for statement in [
        "UPDATE effects SET content = CAST(replace(CAST(content AS TEXT), 'paid', 'pald') AS BLOB)",
        "UPDATE effects SET effect = replace(effect, 'a@example.com', 'b@example.com')",
        "UPDATE effects SET effect = replace(effect, 'Your invoice', 'Our invoice')",
        "UPDATE effects SET effect = replace(effect, '\"books\"', '\"email\"')",
    ] {
        let office = Office::new();
        let id = tell(&office.home, &letter("books", "a@example.com", "paid"))
            .arg("--message")
            .arg("books")
            .go()
            .exits(3)
            .invocation();
        assert_eq!(journal::execute(&office.home, statement), 1);
        let ran = office
            .home
            .guildhall(["approvals", "approve", &id, "--yes", "--json"]);
        assert!(ran.code != Some(0), "{statement}: {}", ran.shown());
        office.nothing_arrived();
    }
}

#[test]
fn a_channel_or_its_secret_that_has_gone_sends_nothing() {
    for gone in [
        ["messages", "remove", "books"],
        ["secrets", "remove", "books-key"],
    ] {
        let office = Office::new();
        let id = tell(&office.home, &letter("books", "a@example.com", "paid"))
            .arg("--message")
            .arg("books")
            .go()
            .exits(3)
            .invocation();
        let _ = office.home.guildhall(gone).exits(0);
        let ran = office
            .home
            .guildhall(["approvals", "approve", &id, "--yes", "--json"]);
        assert_eq!(ran.code, Some(4), "{}", ran.shown());
        assert!(detail(&ran).contains("any more"), "{}", ran.shown());
        office.nothing_arrived();
    }
}

#[test]
fn a_weak_or_wrong_secret_signs_nothing_and_is_not_quoted() {
    let office = Office::new();
    for secret in [
        "weak-secret-4711",
        "whsec_not*base64*at*all",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ] {
        let _ = office
            .home
            .told(["secrets", "set", "books-key"], secret)
            .exits(0);
        let ran = office.tell(&letter("books", "a@example.com", "paid"), "books");
        assert_eq!(ran.code, Some(4), "{}", ran.shown());
        assert!(detail(&ran).contains("secret"), "{}", ran.shown());
        assert!(!ran.shown().contains(secret), "{}", ran.shown());
    }
    office.nothing_arrived();
}

#[test]
fn what_a_mail_server_says_is_made_plain_and_never_repeats_the_password() {
    use guildhall_tests::disk::base64;
    let password = "correct horse battery";
    let login = String::from_utf8(base64(b"\0acme\0correct horse battery")).unwrap();
    let said = format!("535 no: {password} and {login} \u{1b}[2J\u{202e}");
    let office = Office::with(MailServer::scripted(move |at| match at {
        "AUTH" => Act::Say(said.clone()),
        _ => Act::Yes,
    }));
    let home = &office.home;
    let _ = home
        .told(["secrets", "set", "mail-password"], password)
        .exits(0);
    let _ = home
        .guildhall([
            "messages",
            "add-smtp",
            "email",
            "--server",
            "mail.test",
            "--port",
            "2525",
            "--from",
            "a@acme.example",
            "--user",
            "acme",
            "--secret",
            "mail-password",
        ])
        .exits(0);
    let ran = office.tell(&letter("email", "a@example.com", "paid"), "email");
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    let detail = detail(&ran);
    assert!(detail.contains("535"), "{detail}");
    let show = home.guildhall(["runs", "show", &ran.invocation()]).exits(0);
    for text in [&detail, &show.stdout, &show.stderr] {
        assert!(!text.contains(password), "{text}");
        assert!(!text.contains(login.trim_end_matches('=')), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
    assert_eq!(office.mail.mails(), []);
}

#[test]
fn a_mail_server_that_talks_without_end_or_nonsense_is_left() {
    for reply in [
        "220-x\r\n".repeat(20_000),
        "nonsense".to_owned(),
        "\0\0\0\0".to_owned(),
        format!("220 {}", "x".repeat(100_000)),
    ] {
        let office = Office::with(MailServer::scripted(move |at| match at {
            "HELLO" => Act::Say(reply.clone()),
            _ => Act::Yes,
        }));
        let ran = office.tell(&letter("email", "a@example.com", "paid"), "email");
        assert_eq!(ran.code, Some(4), "{}", ran.shown());
        // Lines without end cost their square in a naive reader.
        let bound = std::time::Duration::from_secs(10);
        assert!(ran.took < bound, "{}", ran.shown());
        assert!(detail(&ran).len() < 1_000, "{}", ran.shown());
        assert_eq!(office.mail.mails(), []);
        office.home.serves_the_next_run();
    }
}

#[test]
fn an_e_mail_whose_sender_was_killed_is_unknown_and_not_sent_again() {
    let office = Office::with(MailServer::scripted(|at| {
        if at == "END" {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        Act::Yes
    }));
    let home = &office.home;
    let running = tell(home, &letter("email", "a@example.com", "paid"))
        .arg("--message")
        .arg("email")
        .approve("all")
        .start();
    while office.mail.mails().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let _ = running.kill();
    for _ in 0..3 {
        assert_eq!(home.newest()["status"], "unknown");
    }
    home.serves_the_next_run();
    assert_eq!(office.mail.connections(), 1);
    assert_eq!(office.mail.mails().len(), 1);
}

#[test]
fn a_payment_can_not_wait_for_a_message() {
    let office = Office::new();
    office.home.has_till("100.00");
    let ran = office
        .home
        .prober("pay-after-telling")
        .input(json!({ "order": order("INV-1"), "note": letter("books", "a@example.com", "paid") }))
        .arg("--pay")
        .arg("EUR 50.00")
        .arg("--message")
        .arg("books")
        .approve("all")
        .go();
    ran.refused_by("effects.order");
    assert_eq!(office.home.available("till"), 10_000);
    office.nothing_arrived();
}
