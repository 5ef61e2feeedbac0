//! Messages: staged with what they attach, approved, and sent once by a channel of the merchant.

use guildhall_tests::disk::base64;
use guildhall_tests::settings::{letter, order};
use guildhall_tests::smtp::{Act, MailServer};
use guildhall_tests::{Home, Peer, Ran, Received, Reply, Run, Value, json, proof};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook that answers like this, set up as the channel `books`.
fn hook(home: &Home, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Peer {
    let peer = Peer::tls(&["books.test"], answer);
    home.reaches(&[("books.test:443", peer.address())]);
    home.has_webhook("https://books.test/in?shop=7", HOOK_KEY);
    peer
}

/// A mail server set up as the channel `email`.
fn post_office(home: &Home, server: &MailServer) {
    home.reaches(&[("http://mail.test:2525", server.address())]);
    let command = [
        "messages",
        "add-smtp",
        "email",
        "--server",
        "mail.test",
        "--port",
        "2525",
    ];
    let from = ["--from", "Acme GmbH <billing@acme.example>"];
    let _ = home.guildhall(command.iter().chain(&from)).exits(0);
}

fn tell<'a>(home: &'a Home, note: &Value) -> Run<'a> {
    let channel = note["channel"].as_str().unwrap();
    home.prober("tell")
        .input(json!({ "note": note }))
        .arg("--message")
        .arg(channel)
}

fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// State and detail of an effect.
fn effect(ran: &Ran, index: usize) -> (String, String) {
    let effect = &ran.json()["effects"][index];
    let text = |key: &str| effect[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("detail"))
}

#[test]
fn a_webhook_gets_one_signed_message_after_the_approval() {
    let home = Home::new();
    let peer = hook(&home, |_| Reply::text("thanks"));
    let note = letter(
        "books",
        "books@example.com",
        "Grüße,\n\tzahlbar \"sofort\".",
    );
    let id = tell(&home, &note).go().exits(3).invocation();
    peer.saw_nothing();
    let card = home
        .guildhall(["approvals", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(
        card["effects"][0]["effect"]["facts"]["recipient"],
        "books@example.com"
    );
    let words = home.guildhall(["approvals", "show", &id]).exits(0);
    for part in ["books@example.com", "Your invoice", "zahlbar"] {
        assert!(words.stderr.contains(part), "{}", words.shown());
    }
    let ran = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(0)
        .is("committed");
    assert_eq!(effect(&ran, 0).0, "done");
    assert_eq!(peer.lines(), ["POST /in?shop=7"]);
    let request = &peer.received()[0];
    proof::webhook(HOOK_KEY, request).unwrap();
    assert!(proof::webhook("whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSwAA", request).is_err());
    assert_eq!(request.header("content-type"), Some("application/json"));
    let time: u64 = request
        .header("webhook-timestamp")
        .unwrap()
        .parse()
        .unwrap();
    assert!(now_s().abs_diff(time) < 60, "{time}");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["id"], request.header("webhook-id").unwrap());
    assert!(body["id"].as_str().unwrap().starts_with("msg_"), "{body}");
    for key in ["channel", "recipient", "subject", "body"] {
        assert_eq!(body[key], note[key], "{key}");
    }
    assert_eq!(body["attachments"], json!([]));
    // Looked at again, and asked for again, it is not sent again.
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .error(4, "not-pending");
    home.serves_the_next_run();
    assert_eq!(peer.connections(), 1);
}

#[test]
fn each_message_has_an_identifier_of_its_own() {
    let home = Home::new();
    let peer = hook(&home, |_| Reply::text("thanks"));
    let note = letter("books", "a@example.com", "the same");
    for _ in 0..2 {
        let _ = tell(&home, &note).approve("all").go().exits(0);
    }
    let several = home
        .prober("tell-many")
        .input(json!({ "note": note, "recipients": ["a@example.com", "b@example.com"] }))
        .arg("--message")
        .arg("books")
        .approve("all")
        .go()
        .exits(0);
    assert_eq!(several.output(), json!([0, 1]));
    let mut ids: Vec<String> = peer
        .received()
        .iter()
        .map(|request| request.header("webhook-id").unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_rejected_message_is_never_sent() {
    let home = Home::new();
    let peer = hook(&home, |_| Reply::text("thanks"));
    let note = letter("books", "a@example.com", "paid");
    let ran = tell(&home, &note)
        .approve("none")
        .go()
        .exits(3)
        .is("rejected");
    assert_eq!(effect(&ran, 0).0, "void");
    let id = tell(&home, &note).go().exits(3).invocation();
    let _ = home.guildhall(["approvals", "reject", &id]).exits(0);
    home.serves_the_next_run();
    peer.saw_nothing();
}

/// Pays INV-1 by `till`, writes out/paid.txt, and tells `books` about both.
fn pay_and_tell<'a>(home: &'a Home, attachments: &[&str]) -> Run<'a> {
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/a.txt", "INV-1");
    let mut note = letter("books", "books@example.com", "paid");
    note["attachments"] = json!(attachments);
    home.prober("pay-write-and-tell")
        .input(json!({ "source": "inbox/a.txt", "order": order(""), "target": "out/paid.txt", "note": note }))
        .read("inbox", &inbox)
        .write("out", &out)
        .arg("--pay")
        .arg("EUR 50.00")
        .arg("--message")
        .arg("books")
}

#[test]
fn a_message_is_sent_after_the_payment_and_the_file_that_it_announces() {
    let home = Home::new();
    home.has_till("100.00");
    let paid_file = home.folder("out").join("paid.txt");
    // What is already so when the message arrives.
    let peer = hook(&home, move |_| Reply::Answer {
        status: if paid_file.exists() { 200 } else { 422 },
        headers: Vec::new(),
        body: Vec::new(),
    });
    let _ = pay_and_tell(&home, &[])
        .approve("all")
        .go()
        .exits(0)
        .is("committed");
    assert_eq!(peer.connections(), 1);
    assert_eq!(home.available("supplier"), 1_500);
}

#[test]
fn nothing_is_announced_where_the_money_or_the_file_is_not_there() {
    // The money: it has gone when the card is approved.
    let home = Home::new();
    home.has_till("10.00");
    let peer = hook(&home, |_| Reply::text("thanks"));
    let ran = pay_and_tell(&home, &[]).approve("all").go();
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(
        (home.available("till"), home.available("supplier")),
        (1_000, 0)
    );
    peer.saw_nothing();

    // The file: somebody else has written one there meanwhile.
    let _ = home.guildhall(["approvals", "reject", &ran.invocation()]);
    let _ = home
        .guildhall(["wallet", "deposit", "till", "EUR 90.00"])
        .exits(0);
    let id = pay_and_tell(&home, &[]).go().exits(3).invocation();
    home.put("out/paid.txt", "mine");
    let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(home.text("out/paid.txt").as_deref(), Some("mine"));
    assert_eq!(
        (home.available("till"), home.available("supplier")),
        (10_000, 0)
    );
    peer.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn files_go_along_as_they_were_when_the_message_was_staged() {
    let home = Home::new();
    home.has_till("100.00");
    let peer = hook(&home, |_| Reply::text("thanks"));
    let id = pay_and_tell(&home, &["out/paid.txt", "inbox/a.txt"])
        .go()
        .exits(3)
        .invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    assert!(
        card.stderr.contains("attached: out/paid.txt"),
        "{}",
        card.shown()
    );
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    let body: Value = serde_json::from_slice(&peer.received()[0].body).unwrap();
    let attached = body["attachments"].as_array().unwrap();
    let named: Vec<&str> = attached
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["paid.txt", "a.txt"]);
    for file in attached {
        let digits = file["base64"].as_str().unwrap().trim_end_matches('=');
        assert_eq!(digits.as_bytes(), base64(b"INV-1"));
        assert_eq!(file["media_type"], "text/plain; charset=utf-8");
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn a_message_that_was_not_taken_leaves_a_run_that_is_done_in_part() {
    // Those that ask for patience are asked a few times, under the same identifier.
    for (status, words, attempts) in [
        (500, "did not take", 3),
        (429, "did not take", 3),
        (401, "secret", 1),
        (404, "URL", 1),
        (410, "no more messages", 1),
        (302, "another place", 1),
    ] {
        let home = Home::new();
        home.has_till("100.00");
        let peer = hook(&home, move |_| {
            Reply::redirect(status, "https://books.test/elsewhere")
        });
        let ran = pay_and_tell(&home, &[])
            .approve("all")
            .go()
            .exits(6)
            .is("partial");
        let (state, detail) = effect(&ran, 2);
        assert_eq!(state, "failed", "{status}: {}", ran.shown());
        assert!(detail.contains(&status.to_string()), "{detail}");
        assert!(detail.contains(words), "{status}: {detail}");
        assert_eq!(effect(&ran, 0).0, "done");
        assert_eq!(effect(&ran, 1).0, "done");
        assert_eq!(home.available("supplier"), 1_500);
        home.serves_the_next_run();
        assert_eq!(peer.lines(), vec!["POST /in?shop=7"; attempts], "{status}");
        same_message(&peer);
    }
}

/// Insists that all requests are one message, each signed.
#[track_caller]
fn same_message(peer: &Peer) {
    let received = peer.received();
    for request in &received {
        proof::webhook(HOOK_KEY, request).unwrap();
        assert_eq!(
            request.header("webhook-id"),
            received[0].header("webhook-id")
        );
        assert_eq!(request.body, received[0].body);
    }
}

#[test]
fn where_nobody_listens_nothing_was_sent() {
    let home = Home::new();
    let peer = hook(&home, |_| Reply::text("thanks"));
    drop(peer);
    let ran = tell(&home, &letter("books", "a@example.com", "paid"))
        .approve("all")
        .go();
    let (state, detail) = effect(&ran, 0);
    assert_eq!(state, "failed", "{}", ran.shown());
    assert!(detail.contains("was not reached"), "{detail}");
    assert_eq!(ran.code, Some(4), "nothing was performed\n{}", ran.shown());
    home.serves_the_next_run();
    // With what was done before it, the run is done in part.
    home.has_till("100.00");
    let ran = pay_and_tell(&home, &[])
        .approve("all")
        .go()
        .exits(6)
        .is("partial");
    assert!(
        effect(&ran, 2).1.contains("was not reached"),
        "{}",
        ran.shown()
    );
    assert_eq!(home.available("supplier"), 1_500);
}

#[test]
fn a_webhook_that_does_not_answer_is_called_again_a_few_times_under_the_same_identifier() {
    let home = Home::new();
    let peer = hook(&home, |_| Reply::Raw(b"HTTP/1.1 200".to_vec()));
    let ran = tell(&home, &letter("books", "a@example.com", "paid"))
        .approve("all")
        .go()
        .exits(6)
        .is("unknown");
    assert!(
        effect(&ran, 0).1.contains("did not answer"),
        "{}",
        ran.shown()
    );
    home.serves_the_next_run();
    let _ = home
        .guildhall(["runs", "resolve", &ran.invocation(), "--json"])
        .exits(6);
    assert_eq!(
        peer.connections(),
        3,
        "not in another run, and not to resolve it"
    );
    same_message(&peer);

    // One that had it after all says so.
    let home = Home::new();
    let silent = AtomicBool::new(true);
    let peer = hook(&home, move |_| match silent.swap(false, Ordering::SeqCst) {
        true => Reply::Raw(b"HTTP/1.1 200".to_vec()),
        false => Reply::text("I have it already"),
    });
    let note = letter("books", "a@example.com", "paid");
    let _ = tell(&home, &note)
        .approve("all")
        .go()
        .exits(0)
        .is("committed");
    assert_eq!(peer.connections(), 2);
    same_message(&peer);
}

#[test]
fn an_e_mail_arrives_once_with_its_headers() {
    let home = Home::new();
    let server = MailServer::start();
    post_office(&home, &server);
    let mut note = letter(
        "email",
        "anna@example.com",
        "Guten Tag,\n.\n..\n.hidden\nGrüße",
    );
    note["subject"] = "Zahlungsavis für März".into();
    let id = tell(&home, &note).go().exits(3).invocation();
    assert_eq!(server.connections(), 0);
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(0)
        .is("committed");
    let [mail] = &server.mails()[..] else {
        panic!("one e-mail, not {:?}", server.mails());
    };
    assert_eq!(mail.from, "FROM:<billing@acme.example>");
    assert_eq!(mail.to, ["TO:<anna@example.com>"]);
    assert_eq!(mail.login, None);
    let one = |name: &str| {
        let values = mail.header(name);
        assert_eq!(values.len(), 1, "{name} in\n{}", mail.text);
        values[0].clone()
    };
    assert!(one("from").contains("<billing@acme.example>"));
    assert!(one("from").contains("Acme GmbH"));
    assert_eq!(one("to"), "anna@example.com");
    assert!(one("subject").contains("=?utf-8?"), "{}", one("subject"));
    assert_eq!(one("auto-submitted"), "auto-generated");
    assert!(
        one("message-id").starts_with("<msg_"),
        "{}",
        one("message-id")
    );
    assert!(one("message-id").ends_with("@acme.example>"));
    assert!(!one("date").is_empty());
    assert!(one("content-type").starts_with("text/plain"));
    assert_eq!(one("content-transfer-encoding"), "quoted-printable");
    let text = mail.text.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(
        text.trim_end(),
        "Guten Tag,\r\n.\r\n..\r\n.hidden\r\nGr=C3=BC=C3=9Fe"
    );
    assert_eq!(server.commands(), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[test]
fn an_e_mail_takes_files_along_and_logs_in_where_it_is_told_to() {
    let home = Home::new();
    let server = MailServer::start();
    home.reaches(&[("http://mail.test:2525", server.address())]);
    let _ = home
        .told(["secrets", "set", "mail-password"], "correct horse\n")
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
            "billing@acme.example",
            "--user",
            "acme",
            "--secret",
            "mail-password",
        ])
        .exits(0);
    let inbox = home.folder("inbox");
    home.put("inbox/advice.pdf", "%PDF-1.7 small");
    let mut note = letter("email", "anna@example.com", "see the file");
    note["attachments"] = json!(["inbox/advice.pdf"]);
    let _ = tell(&home, &note)
        .read("inbox", &inbox)
        .approve("all")
        .go()
        .exits(0);
    let mail = &server.mails()[0];
    let login = String::from_utf8(base64(b"\0acme\0correct horse")).unwrap();
    assert!(
        mail.login.as_ref().unwrap().contains(&login),
        "{:?}",
        mail.login
    );
    assert!(mail.header("content-type")[0].starts_with("multipart/mixed"));
    let content = String::from_utf8(base64(b"%PDF-1.7 small")).unwrap();
    for part in [
        "Content-Type: application/pdf",
        "filename=\"advice.pdf\"",
        &content,
    ] {
        assert!(mail.text.contains(part), "no `{part}` in\n{}", mail.text);
    }
}

#[test]
fn what_a_mail_server_refuses_was_not_sent() {
    for (step, reply, words, attempts) in [
        ("HELLO", "554 go away", "refused to talk", 1),
        ("RCPT", "550 no such user", "refused the recipient: 550", 1),
        ("MAIL", "451 try later", "may accept it later", 3),
        ("END", "554 looks like spam", "refused the message: 554", 1),
    ] {
        let home = Home::new();
        let server = MailServer::scripted(move |at| {
            if at == step {
                Act::Say(reply.to_owned())
            } else {
                Act::Yes
            }
        });
        post_office(&home, &server);
        let ran = tell(&home, &letter("email", "anna@example.com", "paid"))
            .approve("all")
            .go();
        let (state, detail) = effect(&ran, 0);
        assert_eq!(state, "failed", "{step}: {}", ran.shown());
        assert!(detail.contains(words), "{step}: {detail}");
        assert_ne!(ran.code, Some(0));
        home.serves_the_next_run();
        assert_eq!(server.connections(), attempts, "{step}");
    }
}

#[test]
fn an_e_mail_that_may_have_arrived_is_unknown_and_never_sent_again() {
    let home = Home::new();
    let server = MailServer::scripted(|at| if at == "END" { Act::Close } else { Act::Yes });
    post_office(&home, &server);
    let ran = tell(&home, &letter("email", "anna@example.com", "paid"))
        .approve("all")
        .go()
        .exits(6)
        .is("unknown");
    let (state, detail) = effect(&ran, 0);
    assert_eq!(state, "unknown");
    assert!(detail.contains("e-mail is not repeated"), "{detail}");
    let id = ran.invocation();
    for _ in 0..2 {
        let _ = home.guildhall(["runs", "resolve", &id, "--json"]);
        home.serves_the_next_run();
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.mails().len(), 1);
    assert_eq!(home.recorded(&id)["outcome"]["status"], "unknown");
}
