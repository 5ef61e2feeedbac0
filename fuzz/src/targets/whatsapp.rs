//! What WhatsApp's webhook tells: anybody can call it.

use guildhall_console::channels::whatsapp::event::{Event, events};
use guildhall_console::channels::whatsapp::signature::is_signed;

/// The number that the calls of the corpus are about, and the secret that signs them.
const NUMBER: &str = "106540352242922";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The first line is the signature, the rest the body. No call makes its reader panic. What is kept of one is short, said by a
/// phone, and about the number that is ours; a signature is good for one body and has one length.
pub fn whatsapp(data: &[u8]) {
    let at = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (first, rest) = data.split_at(at);
    let signature = String::from_utf8_lossy(first);
    let body = rest.get(1..).unwrap_or_default();
    if is_signed(SECRET, &signature, body) {
        assert_eq!(signature.len(), "sha256=".len() + 64, "{signature}");
        let other = [body, b"x"].concat();
        assert!(
            !is_signed(SECRET, &signature, &other),
            "good for two bodies"
        );
        assert!(!is_signed("another secret", &signature, body));
    }
    let heard = events(NUMBER, body);
    assert!(heard.len() <= 1_000, "{} events", heard.len());
    let named = body
        .windows(NUMBER.len())
        .any(|part| part == NUMBER.as_bytes());
    assert!(
        heard.is_empty() || named || body.contains(&b'\\'),
        "it is about somebody else: {heard:?}"
    );
    for event in heard {
        match event {
            Event::Wrote { id, from, text } => {
                assert!((1..=256).contains(&id.len()));
                assert!((5..=20).contains(&from.len()), "{from}");
                assert!(from.bytes().all(|byte| byte.is_ascii_digit()), "{from}");
                assert!(text.is_none_or(|text| text.len() <= 256));
            }
            Event::Failed { id, .. } => assert!((1..=256).contains(&id.len())),
        }
    }
}
