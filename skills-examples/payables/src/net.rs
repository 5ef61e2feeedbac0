//! Setting credits off against invoices, in minor units of one currency.
//!
//! **One payment for each invoice, also where credits reduce it.** The host knows an order by account and document, and pays it
//! once. If several invoices shared one order (`A+B`), the host could not see that it contains `A`: another run, another skill, or
//! the same invoices in another combination would be new documents to it and be paid again. With one order for each invoice and its
//! own number as the reference, every invoice is recognised whatever it is paid together with.
//!
//! So an invoice is never paid by credits alone, because then no order would carry its number: each keeps at least one minor unit to
//! pay. Where all invoices together are no more than the credits, none is paid.

use crate::order;

/// A credit that is to be set off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// What is open of it.
    pub minor: i64,
    /// Position of the invoice that it refers to.
    pub preferred: Option<usize>,
}

/// Distributes credits over invoices (amounts above zero) of one seller, account and currency: for each invoice the credits that
/// reduce it, as (position of the credit, minor units). What is missing of a credit is left. None if the seller owes as much as the
/// invoices ask for, or more.
///
/// A credit reduces the invoice that it refers to, otherwise the largest. One that is larger than each of them is spread over all, in
/// proportion.
pub fn net(invoices: &[i64], credits: &[Credit]) -> Option<Vec<Vec<(usize, i64)>>> {
    let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.map(i128::from).sum::<i128>();
    let credited = sum(&mut credits.iter().map(|credit| credit.minor));
    if sum(&mut invoices.iter().copied()) <= credited {
        return None;
    }
    let mut rest = invoices.to_vec();
    let mut portions: Vec<Vec<(usize, i64)>> = vec![Vec::new(); invoices.len()];
    let open = |(_, credit): &(usize, &Credit)| credit.minor > 0;
    let mut by_size: Vec<_> = credits.iter().enumerate().filter(open).collect();
    // Large ones first: small ones still fit somewhere afterwards.
    order::sort(&mut by_size, |(_, a), (_, b)| a.minor > b.minor);
    for (position, credit) in by_size {
        for (invoice, minor) in shares(&rest, credit) {
            if let (Some(rest), Some(portions)) = (rest.get_mut(invoice), portions.get_mut(invoice))
            {
                *rest -= minor;
                portions.push((position, minor));
            }
        }
    }
    Some(portions)
}

/// Which invoices one credit reduces, and by how much; nothing if it cannot be done.
fn shares(rest: &[i64], credit: &Credit) -> Vec<(usize, i64)> {
    let takes = |invoice: &usize| rest.get(*invoice).is_some_and(|rest| *rest > credit.minor);
    let largest = || {
        let (position, _) = rest
            .iter()
            .enumerate()
            .max_by_key(|(position, rest)| (**rest, std::cmp::Reverse(*position)))?;
        Some(position)
    };
    let whole = credit
        .preferred
        .filter(takes)
        .or_else(|| largest().filter(takes));
    match whole {
        Some(invoice) => vec![(invoice, credit.minor)],
        None => spread(rest, credit.minor).unwrap_or_default(),
    }
}

/// Takes `credit` from all invoices in proportion, and leaves each at least one minor unit; none if that cannot be done.
fn spread(rest: &[i64], credit: i64) -> Option<Vec<(usize, i64)>> {
    let sum: i128 = rest.iter().copied().map(i128::from).sum();
    let credit = i128::from(credit);
    if rest.is_empty() || sum - i128::try_from(rest.len()).ok()? < credit {
        return None;
    }
    // Less than the whole sum is taken, so rounding down leaves each at least one unit.
    let mut taken: Vec<i128> = rest
        .iter()
        .map(|rest| i128::from(*rest) * credit / sum)
        .collect();
    let mut missing = credit - taken.iter().sum::<i128>();
    for (taken, rest) in taken.iter_mut().zip(rest) {
        let more = missing.min(i128::from(*rest) - 1 - *taken);
        *taken += more;
        missing -= more;
    }
    taken
        .into_iter()
        .enumerate()
        .filter(|(_, taken)| *taken > 0)
        .map(|(position, taken)| Some((position, i64::try_from(taken).ok()?)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn credit(minor: i64) -> Credit {
        Credit {
            minor,
            preferred: None,
        }
    }

    /// What is left to pay of each invoice, and of each credit.
    fn left(invoices: &[i64], credits: &[Credit]) -> Option<(Vec<i64>, Vec<i64>)> {
        let portions = net(invoices, credits)?;
        let mut invoices = invoices.to_vec();
        let mut credits: Vec<_> = credits.iter().map(|credit| credit.minor).collect();
        for (invoice, portions) in portions.iter().enumerate() {
            for (credit, minor) in portions {
                invoices[invoice] -= minor;
                credits[*credit] -= minor;
            }
        }
        Some((invoices, credits))
    }

    #[test]
    fn a_credit_reduces_the_largest_invoice_or_the_one_it_refers_to() {
        let none = || left(&[500, 900, 100], &[credit(200)]);
        assert_eq!(none(), Some((vec![500, 700, 100], vec![0])));
        let named = Credit {
            minor: 200,
            preferred: Some(0),
        };
        assert_eq!(
            left(&[500, 900, 100], &[named]),
            Some((vec![300, 900, 100], vec![0]))
        );
        let too_small = Credit {
            minor: 200,
            preferred: Some(2),
        };
        assert_eq!(
            left(&[500, 900, 100], &[too_small]),
            Some((vec![500, 700, 100], vec![0]))
        );
    }

    #[test]
    fn several_credits_share_one_invoice() {
        assert_eq!(
            left(&[1_000], &[credit(300), credit(600)]),
            Some((vec![100], vec![0, 0]))
        );
    }

    #[test]
    fn a_credit_larger_than_each_invoice_is_spread_and_leaves_each_something() {
        assert_eq!(
            left(&[10_000, 5_000], &[credit(12_000)]),
            Some((vec![2_000, 1_000], vec![0]))
        );
        assert_eq!(
            left(&[3, 3, 3], &[credit(6)]),
            Some((vec![1, 1, 1], vec![0]))
        );
    }

    #[test]
    fn where_the_seller_owes_as_much_nothing_is_paid() {
        assert_eq!(left(&[100], &[credit(100)]), None);
        assert_eq!(left(&[100, 50], &[credit(151)]), None);
        assert_eq!(left(&[], &[credit(1)]), None);
        assert_eq!(left(&[i64::MAX, i64::MAX], &[credit(i64::MAX); 3]), None);
    }

    #[test]
    fn what_cannot_be_set_off_without_a_payment_of_nothing_is_left() {
        // Three invoices need three units; only two would remain.
        assert_eq!(
            left(&[3, 3, 3], &[credit(7)]),
            Some((vec![3, 3, 3], vec![7]))
        );
    }

    #[test]
    fn a_credit_that_is_used_up_reduces_nothing() {
        assert_eq!(net(&[100], &[credit(0)]), Some(vec![vec![]]));
    }

    proptest! {
        #[test]
        fn every_payment_is_positive_and_nothing_is_set_off_twice(
            invoices in prop::collection::vec(1_i64..2_000, 1..6),
            credits in prop::collection::vec((1_i64..2_000, prop::option::of(0_usize..7)), 0..5),
        ) {
            let credits: Vec<_> = credits.into_iter().map(|(minor, preferred)| Credit { minor, preferred }).collect();
            let owed: i64 = invoices.iter().sum::<i64>() - credits.iter().map(|credit| credit.minor).sum::<i64>();
            match left(&invoices, &credits) {
                None => prop_assert!(owed <= 0),
                Some((payments, rest)) => {
                    prop_assert!(owed > 0);
                    prop_assert!(payments.iter().all(|payment| *payment > 0));
                    prop_assert!(rest.iter().zip(&credits).all(|(rest, credit)| *rest == 0 || *rest == credit.minor), "all or nothing");
                    prop_assert_eq!(payments.iter().sum::<i64>(), owed + rest.iter().sum::<i64>());
                }
            }
        }
    }
}
