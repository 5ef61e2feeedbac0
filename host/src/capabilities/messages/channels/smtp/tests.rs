use super::super::mail::compose;
use super::super::{Mailbox, Outgoing};
use super::*;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

const PASSWORD: &str = "correct horse";
const LOGIN: Option<Login<'_>> = Some(Login {
    user: "shop",
    password: PASSWORD,
});

/// Where a server does something else than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Greeting,
    Hello,
    Login,
    Sender,
    Recipient,
    Data,
    Message,
}

/// What it does there.
#[derive(Debug, Clone, Copy)]
enum Does {
    Says(&'static str),
    Closes,
    Nothing,
}

const USUAL: [(At, &str); 7] = [
    (At::Greeting, "220 mail.example.com ready\r\n"),
    (
        At::Hello,
        "250-mail.example.com\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN\r\n",
    ),
    (At::Login, "235 2.7.0 welcome\r\n"),
    (At::Sender, "250 2.1.0 ok\r\n"),
    (At::Recipient, "250 2.1.5 ok\r\n"),
    (At::Data, "354 go on\r\n"),
    (At::Message, "250 2.0.0 queued as 4711\r\n"),
];

/// What a server saw.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Seen {
    text: String,
    whole_message: bool,
}

/// A mail server that follows the script, with a login, except at one place.
async fn server(mut stream: DuplexStream, odd: Option<(At, Does)>) -> Seen {
    let mut seen = Seen::default();
    for (at, usual) in USUAL {
        if at != At::Greeting {
            let end = if at == At::Message {
                "\r\n.\r\n"
            } else {
                "\r\n"
            };
            if !read_until(&mut stream, end, &mut seen.text).await {
                return seen;
            }
            seen.whole_message = at == At::Message;
        }
        let reply = match odd {
            Some((odd, Does::Says(reply))) if odd == at => reply,
            Some((odd, Does::Closes)) if odd == at => return seen,
            Some((odd, Does::Nothing)) if odd == at => {
                let _ = stream.read_to_string(&mut seen.text).await;
                return seen;
            }
            _ => usual,
        };
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return seen;
        }
    }
    let _ = read_until(&mut stream, "\r\n", &mut seen.text).await;
    let _ = stream.write_all(b"221 bye\r\n").await;
    seen
}

/// Reads until what is new in `text` ends in `end`.
async fn read_until(stream: &mut DuplexStream, end: &str, text: &mut String) -> bool {
    let from = text.len();
    loop {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) => text.push(char::from(byte[0])),
            _ => return false,
        }
        if text[from..].ends_with(end) {
            return true;
        }
    }
}

fn quick() -> SmtpLimits {
    SmtpLimits {
        wait: Duration::from_millis(150),
        total: Duration::from_secs(10),
        ..SmtpLimits::default()
    }
}

fn mail() -> Mail {
    let outgoing = Outgoing {
        id: "msg_1".to_owned(),
        channel: "email".parse().unwrap(),
        recipient: "anna@example.org".to_owned(),
        subject: Some("Avis".to_owned()),
        body: "one\n.\n..two\nthree".to_owned(),
        attachments: Vec::new(),
        skill: "acme/pay-supplier".to_owned(),
        sent_at_ms: 1_700_000_000_000,
    };
    let from: Mailbox = "Shop <shop@example.com>".parse().unwrap();
    compose(&outgoing, &from).unwrap()
}

/// One dialogue with a server that does something odd at one place.
async fn with(odd: Option<(At, Does)>) -> (Delivery, Seen) {
    let (ours, theirs) = duplex(256);
    let mail = mail();
    let limits = quick();
    let client = send(ours, "host.example.com", LOGIN, &mail, &limits);
    tokio::join!(client, server(theirs, odd))
}

fn kind(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Sent { .. } => "sent",
        Delivery::Failed { .. } => "failed",
        Delivery::NotSent { .. } => "not sent",
        Delivery::Unknown { .. } => "unknown",
    }
}

fn why(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Sent { reference } => reference,
        Delivery::Failed { why } | Delivery::NotSent { why } | Delivery::Unknown { why } => why,
    }
}

#[tokio::test]
async fn a_message_is_sent_with_stuffed_dots_and_a_goodbye() {
    let (delivery, seen) = with(None).await;
    assert_eq!(
        delivery,
        Delivery::Sent {
            reference: "2.0.0 queued as 4711".to_owned()
        }
    );
    let token = "AHNob3AAY29ycmVjdCBob3JzZQ==";
    let expected = format!(
        "EHLO host.example.com\r\nAUTH PLAIN {token}\r\nMAIL FROM:<shop@example.com>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n"
    );
    assert!(seen.text.starts_with(&expected), "{}", seen.text);
    assert!(
        seen.text
            .contains("\r\n\r\none\r\n..\r\n...two\r\nthree\r\n"),
        "{}",
        seen.text
    );
    assert!(seen.text.ends_with("\r\n.\r\nQUIT\r\n"), "{}", seen.text);
}

#[tokio::test]
async fn without_a_login_none_is_tried_and_an_address_greets_in_brackets() {
    for (hello, greeting) in [
        ("127.0.0.1", "EHLO [127.0.0.1]"),
        ("::1", "EHLO [IPv6:::1]"),
        ("localhost", "EHLO localhost"),
    ] {
        let (ours, mut theirs) = duplex(256);
        let (mail, limits) = (mail(), quick());
        let server = async move {
            let mut text = String::new();
            for reply in ["220 hi\r\n", "250 hi\r\n", "250 ok\r\n"] {
                theirs.write_all(reply.as_bytes()).await.unwrap();
                assert!(read_until(&mut theirs, "\r\n", &mut text).await);
            }
            text
        };
        let (delivery, text) = tokio::join!(send(ours, hello, None, &mail, &limits), server);
        assert_eq!(kind(&delivery), "not sent");
        assert_eq!(
            text,
            format!("{greeting}\r\nMAIL FROM:<shop@example.com>\r\nRCPT TO:<anna@example.org>\r\n")
        );
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_a_failure_and_one_for_now_is_not() {
    for at in [
        At::Greeting,
        At::Hello,
        At::Login,
        At::Sender,
        At::Recipient,
        At::Data,
        At::Message,
    ] {
        let (delivery, seen) =
            with(Some((at, Does::Says("550 5.1.1 no\u{1b}such thing\r\n")))).await;
        assert_eq!(kind(&delivery), "failed", "{at:?} {delivery:?}");
        assert!(
            why(&delivery).contains("550 5.1.1 no\\u{1b}such thing; "),
            "{delivery:?}"
        );
        assert_eq!(seen.whole_message, at == At::Message);
        let (delivery, _) = with(Some((
            at,
            Does::Says("451-4.7.1 come\r\n451 4.7.1 again\r\n"),
        )))
        .await;
        assert_eq!(kind(&delivery), "not sent", "{at:?}");
        assert!(
            why(&delivery).contains("451 4.7.1 come again"),
            "{delivery:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_connection_is_unknown_only_once_the_message_was_ended() {
    for act in [Does::Closes, Does::Nothing] {
        for at in [
            At::Greeting,
            At::Hello,
            At::Login,
            At::Sender,
            At::Recipient,
            At::Data,
        ] {
            let (delivery, seen) = with(Some((at, act))).await;
            assert_eq!(kind(&delivery), "not sent", "{at:?} {act:?} {delivery:?}");
            assert!(!seen.whole_message);
        }
        let (delivery, seen) = with(Some((At::Message, act))).await;
        assert_eq!(kind(&delivery), "unknown", "{act:?} {delivery:?}");
        assert!(seen.whole_message);
        assert!(why(&delivery).contains("msg_1"), "says what to look for");
        assert!(!delivery.may_repeat(false));
        assert!(!seen.text.contains("QUIT"));
    }
    let (delivery, _) = with(Some((At::Message, Does::Closes))).await;
    assert!(
        why(&delivery).contains("closed the connection"),
        "{delivery:?}"
    );
    let (delivery, _) = with(Some((At::Sender, Does::Nothing))).await;
    assert!(why(&delivery).contains("silent for 0.15 s"), "{delivery:?}");
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_never_taken_for_a_yes() {
    for nonsense in [
        "999 what\r\n",
        "hello\r\n",
        "2\r\n",
        "\r\n",
        "100 wait\r\n",
        "250-a\r\n550 b\r\n",
        "250 half",
    ] {
        for at in [At::Greeting, At::Hello, At::Sender, At::Recipient, At::Data] {
            let (delivery, seen) = with(Some((at, Does::Says(nonsense)))).await;
            assert_eq!(kind(&delivery), "not sent", "{at:?} {nonsense:?}");
            assert!(!seen.whole_message);
        }
        let (delivery, _) = with(Some((At::Message, Does::Says(nonsense)))).await;
        assert_eq!(kind(&delivery), "unknown", "{nonsense:?}");
    }
}

#[tokio::test]
async fn an_answer_out_of_turn_ends_the_dialogue() {
    for (at, answer) in [
        (At::Sender, "354 go on\r\n"),
        (At::Recipient, "354 go on\r\n"),
        (At::Data, "250 ok\r\n"),
    ] {
        let (delivery, seen) = with(Some((at, Does::Says(answer)))).await;
        assert_eq!(kind(&delivery), "failed", "{at:?} {delivery:?}");
        assert!(why(&delivery).contains("out of turn"));
        assert!(!seen.text.contains("one\r\n"), "the message is kept back");
    }
    let (delivery, _) = with(Some((At::Message, Does::Says("354 go on\r\n")))).await;
    assert_eq!(kind(&delivery), "unknown");
}

#[tokio::test]
async fn wherever_the_connection_breaks_a_whole_message_is_never_called_not_sent() {
    let (_, whole) = with(None).await;
    let end = whole.text.find("\r\n.\r\nQUIT").unwrap();
    for cut in 0..whole.text.len() {
        // A small pipe, so that the server's end of it is at most a few bytes behind.
        let (ours, theirs) = duplex(1);
        let (far, near) = duplex(256);
        let (mail, limits) = (mail(), quick());
        let relay = async move {
            let (mut from_client, mut to_client) = tokio::io::split(theirs);
            let (mut from_server, mut to_server) = tokio::io::split(near);
            let forward = async {
                for _ in 0..cut {
                    let mut byte = [0];
                    if !matches!(from_client.read(&mut byte).await, Ok(1)) {
                        break;
                    }
                    to_server.write_all(&byte).await.unwrap();
                }
            };
            let back = async {
                let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
            };
            tokio::select! { () = forward => {}, () = back => {} }
        };
        let (delivery, seen, ()) = tokio::join!(
            send(ours, "host.example.com", LOGIN, &mail, &limits),
            server(far, None),
            relay
        );
        let kind = kind(&delivery);
        assert!(
            kind == "unknown" || kind == "sent" || !seen.whole_message,
            "cut at {cut}: {delivery:?}"
        );
        if cut + 1 < end {
            assert_eq!(kind, "not sent", "cut at {cut}: {delivery:?}");
        }
        if seen.whole_message {
            assert_ne!(kind, "not sent", "cut at {cut}");
        }
    }
}

#[tokio::test]
async fn a_server_that_drips_or_floods_is_left() {
    let (mail, limits) = (
        mail(),
        SmtpLimits {
            total: Duration::from_millis(300),
            ..quick()
        },
    );
    let (ours, mut theirs) = duplex(64);
    let drip = async move {
        while theirs.write_all(b"220-x\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (delivery, ()) = tokio::join!(send(ours, "a.example", None, &mail, &limits), drip);
    assert!(why(&delivery).contains("0.3 s in all"), "{delivery:?}");
    assert_eq!(kind(&delivery), "not sent");

    let (ours, mut theirs) = duplex(64);
    let flood = async move {
        let mut count = 0_usize;
        while theirs.write_all(&[b'2'; 64]).await.is_ok() {
            count += 64;
        }
        count
    };
    let limits = quick();
    let (delivery, count) = tokio::join!(send(ours, "a.example", None, &mail, &limits), flood);
    assert!(why(&delivery).contains("sent too much"), "{delivery:?}");
    assert!(count <= limits.max_reply_bytes + 16384, "{count}");
}

#[tokio::test]
async fn time_that_runs_out_after_the_message_was_ended_is_unknown() {
    let (ours, theirs) = duplex(256);
    let mail = mail();
    let limits = SmtpLimits {
        total: Duration::from_millis(200),
        ..SmtpLimits::default()
    };
    let odd = Some((At::Message, Does::Nothing));
    let (delivery, _) = tokio::join!(
        send(ours, "a.example", LOGIN, &mail, &limits),
        server(theirs, odd)
    );
    assert_eq!(kind(&delivery), "unknown", "{delivery:?}");
    assert!(why(&delivery).contains("0.2 s in all"), "{delivery:?}");
}

#[tokio::test]
async fn a_server_that_does_not_say_goodbye_changes_nothing() {
    let (ours, mut theirs) = duplex(256);
    let (mail, limits) = (
        mail(),
        SmtpLimits {
            wait: Duration::from_secs(60),
            ..SmtpLimits::default()
        },
    );
    let server = async move {
        let mut text = String::new();
        for (at, reply) in USUAL {
            let end = if at == At::Message {
                "\r\n.\r\n"
            } else {
                "\r\n"
            };
            assert!(at == At::Greeting || read_until(&mut theirs, end, &mut text).await);
            theirs.write_all(reply.as_bytes()).await.unwrap();
        }
        let _ = theirs.read_to_string(&mut text).await;
    };
    let begun = std::time::Instant::now();
    let (delivery, ()) = tokio::join!(send(ours, "a.example", LOGIN, &mail, &limits), server);
    assert_eq!(kind(&delivery), "sent");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn the_password_is_not_in_what_the_host_tells() {
    for echo in [
        "535 5.7.8 bad: correct horse\r\n",
        "535 5.7.8 bad: AHNob3AAY29ycmVjdCBob3JzZQ==\r\n",
        "535 5.7.8 bad: Y29ycmVjdCBob3JzZQ==\r\n",
    ] {
        let (delivery, _) = with(Some((At::Login, Does::Says(echo)))).await;
        assert_eq!(kind(&delivery), "failed");
        assert!(
            why(&delivery).contains("bad: [secret]; check the user"),
            "{delivery:?}"
        );
    }
    assert!(!format!("{LOGIN:?}").contains(PASSWORD));
}

#[tokio::test]
async fn a_server_may_ask_for_the_login_in_two_steps() {
    let (ours, mut theirs) = duplex(256);
    let (mail, limits) = (mail(), quick());
    let server = async move {
        let mut text = String::new();
        for reply in [
            "220 a\r\n",
            "250-a\r\n250 AUTH LOGIN\r\n",
            "334 VXNlcm5hbWU6\r\n",
            "334 UGFzc3dvcmQ6\r\n",
            "535 no\r\n",
        ] {
            theirs.write_all(reply.as_bytes()).await.unwrap();
            assert!(read_until(&mut theirs, "\r\n", &mut text).await);
        }
        text
    };
    let (delivery, text) = tokio::join!(send(ours, "a.example", LOGIN, &mail, &limits), server);
    assert_eq!(kind(&delivery), "failed");
    assert_eq!(
        text,
        "EHLO a.example\r\nAUTH LOGIN\r\nc2hvcA==\r\nY29ycmVjdCBob3JzZQ==\r\nQUIT\r\n"
    );
}

#[tokio::test]
async fn a_login_that_cannot_be_made_is_a_failure_and_nothing_is_sent_without_it() {
    for hello in ["250 plain server\r\n", "250 AUTH XOAUTH2 CRAM-MD5\r\n"] {
        let (delivery, seen) = with(Some((At::Hello, Does::Says(hello)))).await;
        assert_eq!(kind(&delivery), "failed", "{delivery:?}");
        assert!(why(&delivery).contains("AUTH PLAIN or LOGIN"));
        assert!(!seen.text.contains("MAIL"), "{}", seen.text);
    }
    // A challenge where the mechanism has none.
    let (delivery, seen) = with(Some((At::Login, Does::Says("334 VXNlcm5hbWU6\r\n")))).await;
    assert_eq!(kind(&delivery), "failed", "{delivery:?}");
    assert!(!seen.text.contains("MAIL"), "{}", seen.text);
}

#[tokio::test]
async fn what_could_become_a_command_is_refused_before_anything_is_written() {
    let (mail, limits) = (mail(), quick());
    for hello in ["a\r\nMAIL FROM:<x@y.zz>", "", "a b", "[127.0.0.1]"] {
        let (ours, mut theirs) = duplex(64);
        assert_eq!(
            kind(&send(ours, hello, None, &mail, &limits).await),
            "failed"
        );
        let mut text = String::new();
        assert_eq!(theirs.read_to_string(&mut text).await.unwrap(), 0);
    }
    let (ours, _theirs) = duplex(64);
    let login = Some(Login {
        user: "a\0b",
        password: "c",
    });
    assert_eq!(
        kind(&send(ours, "a.example", login, &mail, &limits).await),
        "failed"
    );
}

#[test]
fn the_dialogue_can_run_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let (ours, _theirs) = duplex(64);
    let (mail, limits) = (mail(), quick());
    is_send(&send(ours, "a.example", LOGIN, &mail, &limits));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_server_makes_the_client_panic_or_believe_in_a_message_it_did_not_take(
        noise in proptest::collection::vec(("[2-5][0-5][0-9][ -]?|354 |250 |.{0,3}", ".{0,12}", "\r\n|\n|"), 0..12),
    ) {
        let text: String = noise.iter().map(|(code, rest, end)| format!("{code}{rest}{end}")).collect();
        let mail = mail();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (delivery, seen) = runtime.block_on(async {
            let (ours, theirs) = duplex(1 << 16);
            let (mut reader, mut writer) = tokio::io::split(theirs);
            let server = async move {
                let _ = writer.write_all(text.as_bytes()).await;
                let _ = writer.shutdown().await;
                let mut seen = Vec::new();
                let _ = reader.read_to_end(&mut seen).await;
                String::from_utf8(seen).unwrap()
            };
            let limits = quick();
            tokio::join!(send(ours, "a.example", None, &mail, &limits), server)
        });
        if !seen.contains("\r\n.\r\n") {
            let not_delivered = matches!(kind(&delivery), "failed" | "not sent");
            prop_assert!(not_delivered, "{:?}", delivery);
        }
    }
}
