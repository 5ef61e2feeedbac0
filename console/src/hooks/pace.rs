//! When what was not taken is sent again, and when nobody tries any more. Pure.

/// Between one attempt and the next, in milliseconds: 5 s, 30 s, 5 min, 30 min, 2 h, 6 h, 12 h, and then daily.
const PAUSES: [i64; 8] = [
    5_000, 30_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];
/// Attempts for one message: over three days of them.
pub const ATTEMPTS: i64 = 10;
/// A hook that took nothing for so long is switched off, in milliseconds: five days.
pub const PATIENCE_MS: i64 = 5 * 24 * 60 * 60 * 1000;

/// What the receiver did with an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It took the message.
    Taken,
    /// It did not, or nobody knows: the same message is sent again, and it drops what it has.
    Not(String),
    /// It wants no more of them.
    Gone,
}

/// What an answer with this status means. A redirect is no delivery: a signed message follows none.
#[must_use]
pub fn answered(status: u16) -> Came {
    match status {
        200..=299 => Came::Taken,
        410 => Came::Gone,
        300..=399 => Came::Not(format!(
            "it answered {status}, a redirect, which is not followed"
        )),
        _ => Came::Not(format!("it answered {status}")),
    }
}

/// When a message is sent again that has been sent so often, if it is at all. `salt` moves it a little, so that not all come
/// at once.
#[must_use]
pub fn next(attempts: i64, now: i64, salt: u8) -> Option<i64> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let pause = PAUSES.get(at).or(PAUSES.last()).copied().unwrap_or(0);
    // Up to a tenth later.
    let more = pause / 10 * i64::from(salt) / 255;
    Some(now.saturating_add(pause).saturating_add(more))
}

/// Whether a hook is switched off that took nothing since then.
#[must_use]
pub const fn is_over(failing_since: i64, now: i64) -> bool {
    now.saturating_sub(failing_since) >= PATIENCE_MS
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_tried_for_days_ever_less_often_and_then_no_more() {
        let mut now = 0;
        let mut pauses = Vec::new();
        let mut attempts = 1;
        while let Some(due) = next(attempts, now, 0) {
            pauses.push(due - now);
            now = due;
            attempts += 1;
        }
        assert_eq!(attempts, ATTEMPTS);
        assert!(pauses.is_sorted());
        assert_eq!(pauses.first(), Some(&5_000));
        assert!(now > 2 * 24 * 60 * 60 * 1000 && now < PATIENCE_MS);
        assert!(!is_over(0, PATIENCE_MS - 1));
        assert!(is_over(0, PATIENCE_MS));
    }

    #[test]
    fn only_an_answer_that_says_so_is_a_delivery() {
        for taken in [200, 202, 204, 299] {
            assert_eq!(answered(taken), Came::Taken);
        }
        for not in [0, 100, 301, 302, 400, 401, 404, 409, 429, 500, 503, 600] {
            assert!(matches!(answered(not), Came::Not(_)), "{not}");
        }
        assert_eq!(answered(410), Came::Gone);
    }

    proptest! {
        #[test]
        fn the_next_time_is_never_before_now(attempts in any::<i64>(), now in any::<i64>(), salt in any::<u8>()) {
            if let Some(due) = next(attempts, now, salt) {
                prop_assert!(due >= now);
            }
        }
    }
}
