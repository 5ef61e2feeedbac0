//! What may be decided in a chat: payments, each to an account that was paid before under the same name, in sum not above the
//! ceiling of their currency. Pure. Everything else needs the card.

use guildhall_host::{Amount, Card, EffectFacts, Standing};

/// Most payments of one card that is decided in a chat.
const MOST: usize = 8;

/// Why a card is not decided in a chat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotHere {
    /// Something else than payments, or nothing.
    #[error("it does more than pay")]
    MoreThanPayments,
    /// More payments than one looks at in a chat.
    #[error("it pays more often than fits into a message")]
    TooMany,
    /// A payee that nobody should pay without looking.
    #[error("a payee is new, or is not paid as before")]
    Payee,
    /// No ceiling for this currency.
    #[error("no ceiling is set for {0}")]
    NoCeiling(String),
    /// Above it.
    #[error("it is more than {0}")]
    Above(Amount),
}

/// Whether a chat may decide about this card. `ceilings`: at most one for each currency; none: no payment in it.
///
/// # Errors
/// [`NotHere`].
pub fn decides(card: &Card, ceilings: &[Amount]) -> Result<(), NotHere> {
    if card.effects.is_empty() {
        return Err(NotHere::MoreThanPayments);
    }
    if card.effects.len() > MOST {
        return Err(NotHere::TooMany);
    }
    let mut sums: Vec<Amount> = Vec::new();
    for shown in &card.effects {
        let EffectFacts::Payment(payment) = &shown.effect.facts else {
            return Err(NotHere::MoreThanPayments);
        };
        if !matches!(
            shown.payee,
            Some(Standing::Known {
                name_before: None,
                ..
            })
        ) {
            return Err(NotHere::Payee);
        }
        let amount = payment.amount;
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(amount.minor),
            None => sums.push(amount),
        }
    }
    for sum in sums {
        let ceiling = ceilings
            .iter()
            .filter(|ceiling| ceiling.currency == sum.currency)
            .min_by_key(|ceiling| ceiling.minor)
            .ok_or_else(|| NotHere::NoCeiling(sum.currency.to_string()))?;
        if sum.minor > ceiling.minor {
            return Err(NotHere::Above(*ceiling));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::approvals::testing::{
        card, changed, file, first, imitated, known, message, payment, renamed,
    };
    use proptest::prelude::*;

    fn euros(text: &str) -> Vec<Amount> {
        vec![format!("EUR {text}").parse().unwrap()]
    }

    #[test]
    fn small_payments_to_accounts_that_were_paid_before_are_decided_in_a_chat() {
        let one = card(vec![payment("EUR 10.00", known())]);
        assert_eq!(decides(&one, &euros("10.00")), Ok(()));
        assert!(matches!(
            decides(&one, &euros("9.99")),
            Err(NotHere::Above(_))
        ));
        assert!(matches!(decides(&one, &[]), Err(NotHere::NoCeiling(_))));
        // They count together.
        let two = card(vec![
            payment("EUR 10.00", known()),
            payment("EUR 10.00", known()),
        ]);
        assert!(matches!(
            decides(&two, &euros("19.99")),
            Err(NotHere::Above(_))
        ));
        assert_eq!(decides(&two, &euros("20.00")), Ok(()));
        // Each currency has its own ceiling, and none is worth nothing.
        let mixed = card(vec![
            payment("EUR 1.00", known()),
            payment("USD 1.00", known()),
        ]);
        assert!(matches!(
            decides(&mixed, &euros("20.00")),
            Err(NotHere::NoCeiling(_))
        ));
    }

    #[test]
    fn everything_else_needs_the_card() {
        let ceiling = euros("100.00");
        for loud in [
            first(),
            changed(),
            imitated(),
            renamed(),
            serde_json::Value::Null,
        ] {
            let new = card(vec![payment("EUR 1.00", loud)]);
            assert_eq!(decides(&new, &ceiling), Err(NotHere::Payee));
        }
        for other in [message("hi"), file(None, "a")] {
            let more = card(vec![payment("EUR 1.00", known()), other]);
            assert_eq!(decides(&more, &ceiling), Err(NotHere::MoreThanPayments));
        }
        assert_eq!(
            decides(&card(Vec::new()), &ceiling),
            Err(NotHere::MoreThanPayments)
        );
        let many = card((0..=MOST).map(|_| payment("EUR 1.00", known())).collect());
        assert_eq!(decides(&many, &ceiling), Err(NotHere::TooMany));
    }

    proptest! {
        /// More money is never easier.
        #[test]
        fn a_larger_amount_is_never_decided_where_a_smaller_is_not(
            a in 1_i64..100_000, b in 1_i64..100_000, ceiling in 1_i64..100_000,
        ) {
            let of = |minor: i64| Amount { minor, currency: euros("1.00")[0].currency };
            let may = |minor| decides(&card(vec![payment(&of(minor).to_string(), known())]), &[of(ceiling)]).is_ok();
            prop_assert!(may(a.min(b)) || !may(a.max(b)));
            prop_assert_eq!(may(a), a <= ceiling);
        }

        /// Sums that no number holds are above every ceiling that is not as large.
        #[test]
        fn a_sum_that_can_not_be_counted_is_not_small(n in 2_usize..5) {
            let most = "EUR 92233720368547758.07";
            let many = card((0..n).map(|_| payment(most, known())).collect());
            prop_assert!(decides(&many, &euros("1000.00")).is_err());
        }
    }
}
