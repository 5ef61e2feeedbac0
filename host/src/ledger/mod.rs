//! The ledger's rules, pure: what a hold may become, and the legs of each transfer.
//!
//! Double entry: every transfer takes from one account what it gives to another, in one currency. Funds that an
//! approved payment waits for are on a holding account beside the payer's own.

use serde::{Deserialize, Serialize};

/// Where the hold of one payment stands.
///
/// ```text
/// none --hold--> held --capture--> captured --return--> returned
///   |              |----void-----> void
///   |              \----expire---> expired
///   \--void--> void
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Ordered, not approved: no funds are held, but the document is taken.
    None,
    /// Approved: the amount is set aside and counts against every limit.
    Held,
    /// Paid.
    Captured,
    /// Will not be paid; the document may be ordered again.
    Void,
    /// The approval ran out before it was used.
    Expired,
    /// Paid, and sent back by the bank; the document may be ordered again.
    Returned,
}

/// What can happen to a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldEvent {
    /// The payment was approved.
    Hold,
    /// The rail has carried it out.
    Capture,
    /// It will not be carried out.
    Void,
    /// Its approval ran out.
    Expire,
    /// The bank sent it back.
    Return,
}

impl Hold {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Held,
        Self::Captured,
        Self::Void,
        Self::Expired,
        Self::Returned,
    ];

    /// The state after an event; `None` if it is not allowed here. A hold is resolved once.
    #[must_use]
    pub const fn after(self, event: HoldEvent) -> Option<Self> {
        match (self, event) {
            (Self::None, HoldEvent::Hold) => Some(Self::Held),
            (Self::Held, HoldEvent::Capture) => Some(Self::Captured),
            (Self::None | Self::Held, HoldEvent::Void) => Some(Self::Void),
            (Self::None | Self::Held, HoldEvent::Expire) => Some(Self::Expired),
            (Self::Captured, HoldEvent::Return) => Some(Self::Returned),
            _ => None,
        }
    }

    /// The word in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Held => "held",
            Self::Captured => "captured",
            Self::Void => "void",
            Self::Expired => "expired",
            Self::Returned => "returned",
        }
    }

    /// The state of a word; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.word() == word)
    }

    /// Whether it counts against limits: spent or held.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Held | Self::Captured)
    }
}

/// One leg of a transfer: a positive amount is a credit of the account, a negative one a debit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Account in the ledger.
    pub account: String,
    /// Minor units.
    pub minor: i64,
}

/// A transfer of a positive amount as its two legs, which sum to zero.
#[must_use]
pub fn transfer(from: &str, to: &str, minor: i64) -> [Leg; 2] {
    [
        Leg {
            account: from.to_owned(),
            minor: -minor,
        },
        Leg {
            account: to.to_owned(),
            minor,
        },
    ]
}

/// The holding account beside an account.
#[must_use]
pub fn holding(account: &str) -> String {
    format!("held:{account}")
}

/// The ledger's account for what left to a bank account.
#[must_use]
pub fn paid_out(tenant: &str, payee: &str) -> String {
    format!("paid:{tenant}/iban:{payee}")
}

/// The ledger's account of a book account.
#[must_use]
pub fn book(name: &str) -> String {
    format!("book:{name}")
}

/// The ledger's account of a tenant's bank account. It is a mirror: what left from there, not what is there.
#[must_use]
pub fn bank(tenant: &str, name: &str) -> String {
    format!("bank:{tenant}/{name}")
}

/// Where the money of a deposit comes from.
pub const OUTSIDE: &str = "outside";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hold_is_resolved_once() {
        for hold in [Hold::Returned, Hold::Void, Hold::Expired] {
            for event in [
                HoldEvent::Hold,
                HoldEvent::Capture,
                HoldEvent::Void,
                HoldEvent::Expire,
                HoldEvent::Return,
            ] {
                assert_eq!(hold.after(event), None, "{hold:?} {event:?}");
            }
        }
        for event in [HoldEvent::Capture, HoldEvent::Void, HoldEvent::Expire] {
            assert_eq!(Hold::Captured.after(event), None, "{event:?}");
        }
        assert_eq!(Hold::None.after(HoldEvent::Capture), None);
    }

    #[test]
    fn every_state_is_read_back_from_its_word() {
        for hold in Hold::ALL {
            assert_eq!(Hold::from_word(hold.word()), Some(hold));
        }
    }

    proptest! {
        #[test]
        fn the_legs_of_a_transfer_sum_to_zero(minor in 1..i64::MAX) {
            let [a, b] = transfer("x", "y", minor);
            prop_assert_eq!(i128::from(a.minor) + i128::from(b.minor), 0);
        }
    }
}
