//! What a tap is worth. Pure: the facts are looked up by who calls it.
//!
//! | what | it is worth |
//! |---|---|
//! | a handle that nobody knows | nothing: it was never sent, or its notice is long over |
//! | somebody else than who it was sent to, or a group | nothing, and the handle stays as it is |
//! | a handle that was used by another update | nothing |
//! | a handle after its time | nothing |
//! | a handle that *this* update used, told again after a restart | what it was worth then |
//! | anything else | its choice, once |

use super::update::Tap;
use crate::channels::Choice;
use crate::people::PersonId;
use crate::store::chat::HandleRow;

/// What a tap is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: nobody knows the handle.
    Unknown,
    /// Nothing: who tapped is not who it was sent to.
    NotYours,
    /// Nothing: it was used.
    Used,
    /// Nothing: its time is over.
    Late,
    /// This.
    Worth(Choice),
}

impl Verdict {
    /// What who tapped is told; none for what goes on.
    #[must_use]
    pub const fn words(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("This button is not known any more. Look at your console."),
            Self::NotYours => Some("This button was not sent to you."),
            Self::Used => Some("This was decided already. A button counts once."),
            Self::Late => Some("It is too late: this button has ended. Look at your console."),
            Self::Worth(_) => None,
        }
    }
}

/// What a tap in `update` is worth. `row`: what its handle stands for; `sender`: who is bound to the one who tapped.
#[must_use]
pub fn judge(
    tap: &Tap,
    update: i64,
    row: Option<&HandleRow>,
    sender: Option<&PersonId>,
    now: i64,
) -> Verdict {
    let Some(row) = row else {
        return Verdict::Unknown;
    };
    // First: a stranger learns nothing, not even whether it was used.
    if !tap.private || sender != Some(&row.person) {
        return Verdict::NotYours;
    }
    match row.used_by {
        Some(by) if by != update => Verdict::Used,
        _ if row.until <= now => Verdict::Late,
        _ => Verdict::Worth(row.choice),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person(n: u8) -> PersonId {
        format!("0198c0de-f00d-7000-8000-0000000000{n:02x}")
            .parse()
            .unwrap()
    }

    fn row() -> HandleRow {
        HandleRow {
            notice: 1,
            person: person(1),
            run: "r".to_owned(),
            effect_set: "e".to_owned(),
            choice: Choice::Approve,
            until: 100,
            used_by: None,
        }
    }

    fn tap(private: bool) -> Tap {
        Tap {
            query: "q".to_owned(),
            from: 5,
            chat: Some(5),
            private,
            message: Some(1),
            data: "d".to_owned(),
        }
    }

    #[test]
    fn each_line_of_the_table() {
        let used = |by| HandleRow {
            used_by: Some(by),
            ..row()
        };
        let (mine, other) = (person(1), person(2));
        for (tap, row, sender, now, verdict) in [
            (
                tap(true),
                Some(row()),
                Some(&mine),
                99,
                Verdict::Worth(Choice::Approve),
            ),
            (tap(true), None, Some(&mine), 0, Verdict::Unknown),
            (tap(true), Some(row()), Some(&other), 0, Verdict::NotYours),
            (tap(true), Some(row()), None, 0, Verdict::NotYours),
            (tap(false), Some(row()), Some(&mine), 0, Verdict::NotYours),
            (tap(true), Some(row()), Some(&mine), 100, Verdict::Late),
            (tap(true), Some(used(6)), Some(&mine), 0, Verdict::Used),
            (
                tap(true),
                Some(used(7)),
                Some(&mine),
                0,
                Verdict::Worth(Choice::Approve),
            ),
            (tap(true), Some(used(6)), Some(&other), 0, Verdict::NotYours),
        ] {
            assert_eq!(
                judge(&tap, 7, row.as_ref(), sender, now),
                verdict,
                "{row:?} {sender:?} {now}"
            );
        }
    }

    proptest! {
        /// Whatever else is so: only the person it was sent to, in a chat of their own, in time, once.
        #[test]
        fn nothing_is_worth_anything_to_anybody_else(
            private: bool, sender in 0_u8..3, update: i64, used in proptest::option::of(-3_i64..3), until: i64, now: i64,
        ) {
            let known = HandleRow { used_by: used, until, ..row() };
            let sender = (sender > 0).then(|| person(sender));
            let verdict = judge(&tap(private), update, Some(&known), sender.as_ref(), now);
            let worth = private && sender == Some(person(1)) && now < until && used.is_none_or(|by| by == update);
            prop_assert_eq!(matches!(verdict, Verdict::Worth(_)), worth);
            prop_assert_eq!(verdict.words().is_none(), worth);
        }
    }
}
