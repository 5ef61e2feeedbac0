//! What Telegram tells a bot: strangers write it.

use guildhall_console::channels::Choice;
use guildhall_console::channels::telegram::batch::so_far;
use guildhall_console::channels::telegram::machine::{Verdict, judge};
use guildhall_console::channels::telegram::update::{Heard, Update};
use guildhall_console::people::PersonId;
use guildhall_console::store::chat::HandleRow;

/// Longest text that is kept of an update, in bytes.
const TEXT_MAX: usize = 256;
/// Whose button is tapped.
const ANN: &str = "0198c0de-f00d-7000-8000-000000000001";

/// No update makes its reader panic. What is kept of one is short; a tap is worth something only in the chat of the person who
/// taps, and only if that person is bound; and an answer that is cut off is heard as far as it goes, and no further.
pub fn telegram(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice(data)
        && let Some(update) = Update::read(value)
    {
        keeps(&update);
    }
    let whole = so_far(data);
    whole.iter().for_each(keeps);
    for end in [data.len() / 2, data.len().saturating_sub(1)] {
        let some = so_far(data.get(..end).unwrap_or_default());
        let is_passed_over = matches!(some.as_slice(), [only] if only.heard == Heard::Nothing);
        assert!(
            is_passed_over || whole.starts_with(&some),
            "more was heard than was said: {some:?} of {whole:?}"
        );
    }
}

fn keeps(update: &Update) {
    match &update.heard {
        Heard::Code { text, .. } => {
            assert!((1..=TEXT_MAX).contains(&text.len()), "{text:?}");
        }
        Heard::Tap(tap) => {
            assert!(tap.data.len() <= TEXT_MAX && tap.query.len() <= TEXT_MAX);
            assert!(!tap.private || tap.chat == Some(tap.from), "{tap:?}");
            let ann: PersonId = ANN.parse().expect("an id");
            let row = HandleRow {
                notice: 1,
                person: ann.clone(),
                run: "run".to_owned(),
                effect_set: "effects".to_owned(),
                choice: Choice::Approve,
                until: i64::MAX,
                used_by: None,
            };
            let worth = |sender| judge(tap, update.id, Some(&row), sender, 0);
            assert_eq!(worth(None), Verdict::NotYours, "{tap:?}");
            let own = matches!(worth(Some(&ann)), Verdict::Worth(_));
            assert_eq!(own, tap.private, "{tap:?}");
        }
        Heard::Words { .. } | Heard::Group { .. } | Heard::Nothing => {}
    }
}
