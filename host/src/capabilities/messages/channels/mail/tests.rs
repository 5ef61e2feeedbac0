use super::super::message_id;
use super::*;
use proptest::prelude::*;

fn from() -> Mailbox {
    "Müller & Söhne <shop@example.com>".parse().unwrap()
}

fn outgoing() -> Outgoing {
    Outgoing {
        id: "msg_1".to_owned(),
        channel: "email".parse().unwrap(),
        recipient: "anna@example.org".to_owned(),
        subject: Some("Zahlung über 12,50 €".to_owned()),
        body: "Guten Tag,\n\n.\nBetrag: 12,50 € \r\n--=_x\r".to_owned(),
        attachments: Vec::new(),
        skill: "acme/pay-supplier".to_owned(),
        sent_at_ms: 1_700_000_000_999,
    }
}

fn file(name: &str, media_type: &str, bytes: &[u8]) -> Attachment {
    Attachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn text(outgoing: &Outgoing) -> String {
    String::from_utf8(compose(outgoing, &from()).unwrap().bytes().to_vec()).unwrap()
}

/// Reads quoted-printable back.
fn decoded(encoded: &str) -> String {
    let joined = encoded.replace("=\r\n", "");
    let mut out = Vec::new();
    let mut bytes = joined.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'=' {
            let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.extend(hex::decode(pair).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_message_is_written_the_same_way_to_the_last_byte() {
    assert_eq!(
        text(&outgoing()),
        concat!(
            "Message-ID: <msg_1@example.com>\r\n",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n",
            "From: =?utf-8?b?TcO8bGxlciAmIFPDtmhuZQ==?= <shop@example.com>\r\n",
            "To: anna@example.org\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Subject: Zahlung =?utf-8?b?w7xiZXI=?= 12,50 =?utf-8?b?4oKs?=\r\n",
            "MIME-Version: 1.0\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "\r\n",
            "Guten Tag,\r\n\r\n.\r\nBetrag: 12,50 =E2=82=AC=20\r\n--=3D_x\r\n\r\n",
        )
    );
    let mail = compose(&outgoing(), &from()).unwrap();
    assert_eq!(mail.from().to_string(), "shop@example.com");
    assert_eq!(mail.to().to_string(), "anna@example.org");
    assert_eq!(mail.id(), "msg_1");
}

#[test]
fn files_go_along_as_parts_that_the_text_cannot_imitate() {
    let boundary = boundary("msg_1");
    let body = format!(
        "--{boundary}\r\nContent-Disposition: attachment; filename=\"x.exe\"\r\n\r\nMZ\r\n--{boundary}--"
    );
    let message = Outgoing {
        body,
        attachments: vec![
            file("Avis März.pdf", "application/pdf", b"%PDF-1.7\n\0\xff"),
            file("list.csv", "text/csv; charset=utf-8", "ä;1\r\n".as_bytes()),
        ],
        ..outgoing()
    };
    let text = text(&message);
    assert_eq!(text, self::text(&message), "twice the same");
    let delimiters = text
        .lines()
        .filter(|line| line.starts_with(&format!("--{boundary}")));
    assert_eq!(delimiters.count(), 4, "three parts and the end");
    assert_eq!(
        text.matches("Content-Disposition: attachment").count(),
        3,
        "the skill's one is in its text"
    );
    assert!(text.contains("boundary=\"=_"), "{text}");
    assert!(
        text.contains(" filename*0*=utf-8''Avis%20M%C3%A4rz.pdf\r\n"),
        "{text}"
    );
    assert!(text.contains("filename=\"list.csv\"\r\n"));
    assert!(text.contains("\r\n\r\nJVBERi0xLjcKAP8=\r\n"));
    assert!(text.contains("Content-Type: text/csv; charset=utf-8\r\n"));
}

#[test]
fn a_media_type_that_would_be_taken_apart_is_not_kept() {
    for odd in [
        "multipart/mixed; boundary=x",
        "multipart/mixed",
        "message/rfc822",
        "text/plain\r\nX: y",
        "text",
        "",
        "Text/HTML; charset=x",
    ] {
        let message = Outgoing {
            attachments: vec![file("a.bin", odd, b"x")],
            ..outgoing()
        };
        let text = text(&message);
        assert!(
            text.contains("Content-Type: application/octet-stream\r\n"),
            "{odd:?}"
        );
        assert!(!text.contains("\nX: y"));
    }
}

#[test]
fn nobody_can_add_a_header_or_a_recipient() {
    let injected = |change: &dyn Fn(&mut Outgoing)| {
        let mut message = outgoing();
        change(&mut message);
        compose(&message, &from()).unwrap_err()
    };
    for recipient in [
        "a@b.co\r\nBcc: c@d.co",
        "a@b.co, c@d.co",
        "A <a@b.co>",
        "a@b.co> SIZE=9",
        "",
    ] {
        let error = injected(&|message| message.recipient = recipient.to_owned());
        assert!(matches!(error, MailError::Recipient(_)), "{recipient:?}");
    }
    for subject in [
        "a\r\nBcc: c@d.co",
        "a\nb",
        "a\rb",
        "a\0b",
        "=?utf-8?q?a?=",
        &"s".repeat(301),
    ] {
        let error = injected(&|message| message.subject = Some(subject.to_owned()));
        assert!(matches!(error, MailError::Message(_)), "{subject:?}");
    }
    for name in ["a\r\nX: y", "a\"b", "../a", "", "=?utf-8?q?a?="] {
        let error = injected(&|message| message.attachments = vec![file(name, "text/plain", b"")]);
        assert!(matches!(error, MailError::Message(_)), "{name:?}");
    }
    for id in ["", "a.b", "a>\r\nX: y"] {
        assert_eq!(
            injected(&|message| message.id = id.to_owned()),
            MailError::Id
        );
    }
    let error = injected(&|message| message.body = "a\0b".to_owned());
    assert!(matches!(error, MailError::Message(MessageFault::Body)));
}

#[test]
fn dates_that_mail_cannot_write_are_refused() {
    for ms in [-1, i64::MIN, i64::MAX, (LAST_SECOND + 1) * 1000] {
        let message = Outgoing {
            sent_at_ms: ms,
            ..outgoing()
        };
        assert_eq!(compose(&message, &from()), Err(MailError::Date), "{ms}");
    }
    for ms in [0, LAST_SECOND * 1000 + 999] {
        let message = Outgoing {
            sent_at_ms: ms,
            ..outgoing()
        };
        assert!(compose(&message, &from()).is_ok(), "{ms}");
    }
}

#[test]
fn an_empty_subject_is_left_out() {
    for subject in [None, Some(""), Some("  ")] {
        let message = Outgoing {
            subject: subject.map(str::to_owned),
            ..outgoing()
        };
        assert!(!text(&message).contains("Subject:"));
    }
}

#[test]
fn the_largest_message_is_written_in_reasonable_time() {
    let begun = std::time::Instant::now();
    for body in ["\n", "\r", "\r\n", " \n", "ü"] {
        let body = body.repeat(super::super::check::BODY_MAX_BYTES / body.len());
        let message = Outgoing { body, ..outgoing() };
        assert!(compose(&message, &from()).is_ok());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn lines_that_servers_read_differently_are_found() {
    for bad in [
        &b"a\r\n.\nb\r\n"[..],
        b"a\n\r\n",
        b"a\rb\r\n",
        b"a",
        b"a\0b\r\n",
        "ä\r\n".as_bytes(),
        &[b'a'; 2000],
    ] {
        assert!(check_lines(bad).is_err(), "{bad:?}");
    }
    let long = [&vec![b'a'; LINE_MAX][..], b"\r\n"].concat();
    assert!(check_lines(&long).is_ok());
    let longer = [&vec![b'a'; LINE_MAX + 1][..], b"\r\n"].concat();
    assert!(check_lines(&longer).is_err());
}

proptest! {
    #[test]
    fn every_message_keeps_its_text_and_its_header_fields(
        subject in "\\PC{0,120}| {0,40}[a-z]{0,300}|.{0,20}",
        body in "(\\PC|[\r\n\t. =]){0,300}",
        name in "\\PC{1,60}|[a-z \"';%*=?]{1,200}",
        run in ".*",
    ) {
        let message = Outgoing {
            id: message_id(&run, 1),
            subject: Some(subject),
            body,
            attachments: vec![file(&name, "application/pdf", b"x")],
            ..outgoing()
        };
        let Ok(mail) = compose(&message, &from()) else {
            return Ok(());
        };
        let written = std::str::from_utf8(mail.bytes()).unwrap();
        let (header, rest) = written.split_once("\r\n\r\n").unwrap();
        let fields: Vec<&str> = header
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').unwrap().0)
            .filter(|field| *field != "Subject")
            .collect();
        prop_assert_eq!(fields, ["Message-ID", "Date", "From", "To", "Auto-Submitted", "MIME-Version", "Content-Type"]);
        let end = format!("\r\n--{}", boundary(&message.id));
        prop_assert_eq!(written.matches(&end).count(), 3);
        let (_, part) = rest.split_once("\r\n\r\n").unwrap();
        let (encoded, _) = part.split_once(&format!("\r\n{}", &end[2..])).unwrap();
        let expected = message.body.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(decoded(encoded).replace("\r\n", "\n"), expected);
    }

    #[test]
    fn no_message_makes_the_composer_panic(
        id in ".*|[a-z]{1,9}", recipient in ".*|[a-z]{1,5}@[a-z]{1,5}\\.[a-z]{2,3}", subject in proptest::option::of(".*"), body in ".*",
        name in ".*", media_type in ".*|[a-z]{1,9}/[a-z]{1,9}(; [a-z-]{1,9}=.*)?", bytes: Vec<u8>, sent_at_ms: i64,
    ) {
        let message = Outgoing {
            id, recipient, subject, body, sent_at_ms,
            attachments: vec![Attachment { name, media_type, bytes }],
            ..outgoing()
        };
        let _ = compose(&message, &from());
    }
}
