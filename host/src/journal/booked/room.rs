//! What one run takes, before it is known whether all of it fits. Pure.

use std::collections::{HashMap, HashSet};

/// Changes of one run to what the store has.
#[derive(Default)]
pub(super) struct Room {
    balances: HashMap<String, i64>,
    spent: HashMap<(String, String), i64>,
    keys: HashSet<(String, String)>,
}

impl Room {
    /// Takes a payment key; `false` if this run has it already.
    pub(super) fn take_key(&mut self, key: (String, String)) -> bool {
        self.keys.insert(key)
    }

    /// Spends within a limit; `false` if that is too much.
    pub(super) fn spend(
        &mut self,
        place: (String, String),
        before: i64,
        minor: i64,
        limit: i64,
    ) -> bool {
        let here = self.spent.entry(place).or_default();
        *here = here.saturating_add(minor);
        before.checked_add(*here).is_some_and(|sum| sum <= limit)
    }

    /// What an account has, after what this run has taken so far. More than can be counted is none.
    pub(super) fn leaves(&self, before: i64, account: &str) -> Option<i64> {
        before.checked_add(self.balances.get(account).copied().unwrap_or_default())
    }

    /// Moves an amount from one account to another, each given with what it has; `false` if one could not be counted any more.
    /// What is `held` for the payee must still fit.
    pub(super) fn moves(
        &mut self,
        (from, left): (&str, i64),
        (to, has): (&str, i64),
        minor: i64,
        held: i64,
    ) -> bool {
        let after = self
            .leaves(left, from)
            .and_then(|left| left.checked_sub(minor));
        let full = self
            .leaves(has, to)
            .and_then(|has| has.checked_add(held))
            .and_then(|has| has.checked_add(minor));
        if after.is_none() || full.is_none() {
            return false;
        }
        self.add(from, minor.saturating_neg());
        self.add(to, minor);
        true
    }

    fn add(&mut self, account: &str, minor: i64) {
        let sum = self.balances.entry(account.to_owned()).or_default();
        *sum = sum.saturating_add(minor);
    }

    /// The run is booked: what it takes is gone for the next.
    pub(super) fn taken_from(
        self,
        balances: &mut HashMap<String, i64>,
        spent: &mut HashMap<(String, String), i64>,
        keys: &mut HashSet<(String, String)>,
    ) {
        for (account, minor) in self.balances {
            let balance = balances.entry(account).or_default();
            *balance = balance.saturating_add(minor);
        }
        for (place, minor) in self.spent {
            let sum = spent.entry(place).or_default();
            *sum = sum.saturating_add(minor);
        }
        keys.extend(self.keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_takes_counts_for_its_own_later_payments_and_then_for_all() {
        let mut room = Room::default();
        let place = || ("bank:a".to_owned(), "2026-11-28".to_owned());
        assert!(room.spend(place(), 50, 30, 100));
        assert!(!room.spend(place(), 50, 30, 100), "110 of 100");
        assert!(room.moves(("a", 100), ("b", 0), 60, 0));
        assert_eq!(room.leaves(100, "a"), Some(40));
        assert_eq!(room.leaves(0, "b"), Some(60));
        assert!(
            !room.moves(("a", 100), ("b", i64::MAX - 100), 60, 0),
            "b can't hold it"
        );
        assert!(
            !room.moves(("a", 100), ("b", 0), 60, i64::MAX - 60),
            "nor with what is held"
        );
        let key = ("local".to_owned(), "sha256:00".to_owned());
        assert!(room.take_key(key.clone()) && !room.take_key(key.clone()));
        let (mut balances, mut spent, mut keys) = Default::default();
        room.taken_from(&mut balances, &mut spent, &mut keys);
        assert_eq!(balances.get("a"), Some(&-60));
        assert_eq!(spent.get(&place()), Some(&60));
        assert!(keys.contains(&key));
    }
}
