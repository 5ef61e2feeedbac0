//! Accounts as they were a moment ago. What is asked when a payment is staged is asked again, in the transaction that holds its
//! money: a look that is a few milliseconds old costs nothing but a refusal that comes later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a look is good for.
const FRESH: Duration = Duration::from_millis(20);

/// Looks by what was asked.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<String, (Instant, String)>>);

impl Seen {
    /// What was seen a moment ago, if anything was.
    pub(super) fn get(&self, question: &str) -> Option<String> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, answer) = looks.get(question)?;
        (at.elapsed() < FRESH).then(|| answer.clone())
    }

    /// Remembers what is there. That something is not there is never remembered.
    pub(super) fn keep(&self, question: String, answer: &str) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, (at, _)| at.elapsed() < FRESH);
        looks.insert(question, (Instant::now(), answer.to_owned()));
    }

    /// Forgets all: this host itself has changed an account.
    pub(super) fn forget(&self) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_good_for_a_moment_and_until_something_is_changed_here() {
        let seen = Seen::default();
        assert_eq!(seen.get("payer"), None);
        seen.keep("payer".to_owned(), "till");
        seen.keep("book".to_owned(), "EUR");
        assert_eq!(seen.get("book").as_deref(), Some("EUR"));
        seen.forget();
        assert_eq!(seen.get("book"), None);
        seen.keep("payer".to_owned(), "till");
        std::thread::sleep(FRESH);
        assert_eq!(seen.get("payer"), None);
    }
}
