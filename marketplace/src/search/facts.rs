//! What is counted of each document that fits, in one number of the index: one look-up for each instead of four, and one count
//! for each kind of document instead of one for each of its properties.

use guildhall_package::Capability;
use guildhall_package::market::money::PriceModel;
use guildhall_package::market::search::CATEGORIES;

/// Number of capabilities.
pub(super) const CAPABILITIES: usize = Capability::ALL.len();
/// Number of ways in which a skill is sold.
pub(super) const PRICES: usize = PriceModel::ALL.len();
/// Number of categories, with the one of those without one.
pub(super) const ALL_CATEGORIES: usize = CATEGORIES.len() + 1;

/// Kinds of documents: those of one kind have the same capabilities, category and price.
pub(super) const KINDS: usize = (1 << CAPABILITIES) * ALL_CATEGORIES * PRICES;
/// Where the publisher's number begins in the packed one.
const PUBLISHER: u32 = 32;

/// A counter for each kind must stay small: this does not compile when they are more than so many.
const _: usize = (1 << 20) - KINDS;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// A bit for each capability, in the order of [`Capability::ALL`].
    pub capabilities: usize,
    /// Place of the category.
    pub category: usize,
    /// Place of the price's model in [`PriceModel::ALL`].
    pub price: usize,
}

impl Facts {
    /// With the publisher's number, which has 32 bits.
    pub fn pack(self, publisher: u64) -> u64 {
        let kind = (self.capabilities * ALL_CATEGORIES + self.category) * PRICES + self.price;
        (publisher << PUBLISHER) | u64::try_from(kind).unwrap_or(0)
    }

    /// Kind and publisher of a packed number.
    pub fn unpack(packed: u64) -> (usize, usize) {
        let kind = packed & ((1 << PUBLISHER) - 1);
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        (number(kind), number(packed >> PUBLISHER))
    }

    /// What all documents of a kind have.
    pub const fn of(kind: usize) -> Self {
        Self {
            capabilities: kind / PRICES / ALL_CATEGORIES,
            category: kind / PRICES % ALL_CATEGORIES,
            price: kind % PRICES,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            capabilities in 0..(1_usize << CAPABILITIES),
            category in 0..ALL_CATEGORIES,
            price in 0..PRICES,
            publisher in 0..=u32::MAX,
        ) {
            let facts = Facts { capabilities, category, price };
            let (kind, number) = Facts::unpack(facts.pack(u64::from(publisher)));
            prop_assert!(kind < KINDS);
            prop_assert_eq!(Facts::of(kind), facts);
            prop_assert_eq!(number, usize::try_from(publisher).unwrap());
        }
    }
}
