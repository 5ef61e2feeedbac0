//! What a decision takes, as pure functions over the card: when somebody who is signed in has to prove it again.

use std::collections::BTreeMap;

use guildhall_host::words::{account, sum};
use guildhall_host::{Amount, Card, Currency, EffectFacts, MandateTerms, Payment, Scope, Standing};

/// Up to this many whole units of a currency nothing is asked again, unless something else was configured.
const UNITS: i64 = 1_000;

/// From which amounts on a person is asked to sign in again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// As configured, for each currency. Others: 1,000 units.
    configured: BTreeMap<Currency, Amount>,
    /// Of accounts of the wallet, by name: above it a person is always asked.
    accounts: BTreeMap<String, Amount>,
}

impl Ceilings {
    /// Ceilings that were configured, and those of accounts of the wallet by name. Of several in one currency the lowest counts.
    #[must_use]
    pub fn new(
        configured: &[Amount],
        accounts: impl IntoIterator<Item = (String, Amount)>,
    ) -> Self {
        let mut lowest: BTreeMap<Currency, Amount> = BTreeMap::new();
        for amount in configured {
            lowest
                .entry(amount.currency)
                .and_modify(|known| known.minor = known.minor.min(amount.minor))
                .or_insert(*amount);
        }
        Self {
            configured: lowest,
            accounts: accounts.into_iter().collect(),
        }
    }

    /// Those that were configured, by currency.
    pub fn configured(&self) -> impl Iterator<Item = Amount> {
        self.configured.values().copied()
    }

    /// Those of accounts, by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.accounts
            .iter()
            .map(|(name, amount)| (name.as_str(), *amount))
    }

    /// The most of a currency that is paid without asking again.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Amount {
        let minor = UNITS.saturating_mul(10_i64.saturating_pow(currency.exponent()));
        self.configured
            .get(&currency)
            .copied()
            .unwrap_or(Amount { minor, currency })
    }
}

/// Why somebody has to sign in again before a decision counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The account was never paid before.
    First {
        /// The account, as people compare it.
        payee: String,
    },
    /// Somebody of this name, or one like it, was paid before at another account; or the account was paid under another name.
    Changed {
        /// The account, as people compare it.
        payee: String,
    },
    /// More than is paid without asking again.
    Large {
        /// What is paid, alone or in sum.
        amount: Amount,
        /// The most without asking.
        limit: Amount,
    },
    /// What is paid can't be compared with the limit of its account, because nothing is converted.
    OtherCurrency {
        /// What is paid.
        amount: Amount,
        /// The limit.
        limit: Amount,
    },
    /// More in sum than can be counted.
    Uncountable {
        /// In this currency.
        currency: Currency,
    },
    /// From now on money would be paid without asking.
    Mandate,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::First { payee } => write!(f, "{payee} was never paid before"),
            Self::Changed { payee } => {
                write!(
                    f,
                    "name and account don't belong together as before: {payee}"
                )
            }
            Self::Large { amount, limit } => write!(f, "{amount} is more than {limit}"),
            Self::OtherCurrency { amount, limit } => {
                write!(f, "{amount} can't be compared with the limit of {limit}")
            }
            Self::Uncountable { currency } => {
                write!(f, "it is more {currency} than can be counted")
            }
            Self::Mandate => f.write_str("money would be paid from now on without asking you"),
        }
    }
}

/// Why an approval of these cards takes signing in again; nothing if it does not. `mandates` are given with it. Amounts count
/// together: many small payments are a large one.
#[must_use]
pub fn again(cards: &[&Card], mandates: &[MandateTerms], ceilings: &Ceilings) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |reason: Reason| {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    let mut amounts = Vec::new();
    for shown in cards.iter().flat_map(|card| &card.effects) {
        let EffectFacts::Payment(payment) = &shown.effect.facts else {
            continue;
        };
        amounts.push(payment.amount);
        if let Some(reason) = of_payee(payment, shown.payee.as_ref()) {
            add(reason);
        }
        if let Some(limit) = ceilings.accounts.get(&payment.from).copied()
            && let Some(reason) = above(payment.amount, limit)
        {
            add(reason);
        }
    }
    for (currency, sum) in sum(&amounts) {
        match sum {
            None => add(Reason::Uncountable { currency }),
            Some(amount) => {
                if let Some(reason) = above(amount, ceilings.of(currency)) {
                    add(reason);
                }
            }
        }
    }
    let is_money = |given: &MandateTerms| matches!(given.scope, Scope::Payment { .. });
    if mandates.iter().any(is_money) {
        add(Reason::Mandate);
    }
    reasons
}

fn above(amount: Amount, limit: Amount) -> Option<Reason> {
    if amount.currency != limit.currency {
        return Some(Reason::OtherCurrency { amount, limit });
    }
    (amount.minor > limit.minor).then_some(Reason::Large { amount, limit })
}

fn of_payee(payment: &Payment, standing: Option<&Standing>) -> Option<Reason> {
    let payee = || account(&payment.scheme, &payment.account);
    match standing {
        Some(Standing::Known {
            name_before: None, ..
        }) => None,
        Some(
            Standing::Known { .. } | Standing::AccountChanged { .. } | Standing::Imitates { .. },
        ) => Some(Reason::Changed { payee: payee() }),
        Some(Standing::First) | None => Some(Reason::First { payee: payee() }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{card, changed, first, imitated, known, payment, renamed};
    use super::*;
    use guildhall_host::Period;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn reasons(cards: &[Card], ceilings: &Ceilings) -> Vec<Reason> {
        let cards: Vec<&Card> = cards.iter().collect();
        again(&cards, &[], ceilings)
    }

    #[test]
    fn a_small_payment_to_a_known_account_asks_nothing_and_every_other_payee_does() {
        let of = |standing| {
            reasons(
                &[card(vec![payment("EUR 10.00", standing)])],
                &Ceilings::default(),
            )
        };
        assert_eq!(of(known()), []);
        let payee = "IBAN DE89 3704 0044 0532 0130 00".to_owned();
        assert_eq!(
            of(first()),
            [Reason::First {
                payee: payee.clone()
            }]
        );
        for loud in [changed(), imitated(), renamed()] {
            assert_eq!(
                of(loud),
                [Reason::Changed {
                    payee: payee.clone()
                }]
            );
        }
        assert_eq!(of(serde_json::Value::Null), [Reason::First { payee }]);
    }

    #[test]
    fn amounts_are_held_against_the_configured_ceiling_and_against_that_of_the_account() {
        let of =
            |text, ceilings: &Ceilings| reasons(&[card(vec![payment(text, known())])], ceilings);
        let plain = Ceilings::default();
        assert_eq!(of("EUR 1000.00", &plain), []);
        assert_eq!(of("EUR 1000.01", &plain).len(), 1);
        // A yen has no cents.
        assert_eq!(of("JPY 1000", &plain), []);
        assert_eq!(of("JPY 1001", &plain).len(), 1);
        let configured = Ceilings::new(&[amount("EUR 90.00"), amount("EUR 50.00")], []);
        assert_eq!(of("EUR 50.00", &configured), []);
        assert_eq!(
            of("EUR 50.01", &configured),
            [Reason::Large {
                amount: amount("EUR 50.01"),
                limit: amount("EUR 50.00")
            }]
        );
        let account = |limit| Ceilings::new(&[], [("main".to_owned(), amount(limit))]);
        assert_eq!(of("EUR 20.01", &account("EUR 20.00")).len(), 1);
        assert_eq!(of("EUR 20.00", &account("EUR 20.00")), []);
        assert!(matches!(
            &of("EUR 1.00", &account("USD 20.00"))[..],
            [Reason::OtherCurrency { .. }]
        ));
        let other = Ceilings::new(&[], [("other".to_owned(), amount("EUR 1.00"))]);
        assert_eq!(of("EUR 20.00", &other), []);
    }

    #[test]
    fn many_small_payments_are_a_large_one_over_one_card_and_over_several() {
        let small = || payment("EUR 600.00", known());
        let large = Reason::Large {
            amount: amount("EUR 1200.00"),
            limit: amount("EUR 1000.00"),
        };
        let one = [card(vec![small(), small()])];
        assert_eq!(
            reasons(&one, &Ceilings::default()),
            std::slice::from_ref(&large)
        );
        let two = [card(vec![small()]), card(vec![small()])];
        assert_eq!(reasons(&two, &Ceilings::default()), [large]);
        let most = || payment("EUR 92233720368547758.07", known());
        assert!(matches!(
            &reasons(&[card(vec![most(), most()])], &Ceilings::default())[..],
            [Reason::Uncountable { .. }]
        ));
    }

    #[test]
    fn a_mandate_of_money_asks_again_and_one_of_files_does_not() {
        let terms = |scope| MandateTerms {
            scope,
            zone: "UTC".to_owned(),
            until_ms: None,
        };
        let money = terms(Scope::Payment {
            scheme: "book".to_owned(),
            account: "a".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            limit_minor: 1,
            per: Period::Day,
            each_minor: None,
        });
        let files = terms(Scope::FileWrite {
            folder: "/o".into(),
            replace: false,
            per: Period::Day,
            count: 1,
        });
        assert_eq!(
            again(&[], std::slice::from_ref(&files), &Ceilings::default()),
            []
        );
        assert_eq!(
            again(&[], &[files, money], &Ceilings::default()),
            [Reason::Mandate]
        );
    }

    proptest! {
        /// Whatever was configured: more money never asks for less.
        #[test]
        fn more_money_never_asks_less(a in 1_i64..1_000_000, b in 1_i64..1_000_000, limit in 1_i64..1_000_000) {
            let euro = Currency::parse("EUR").unwrap();
            let ceilings = Ceilings::new(&[Amount { minor: limit, currency: euro }], []);
            let asks = |minor: i64| {
                let text = Amount { minor, currency: euro }.plain();
                !reasons(&[card(vec![payment(&text, known())])], &ceilings).is_empty()
            };
            prop_assert!(!asks(a.min(b)) || asks(a.max(b)));
            prop_assert_eq!(asks(a), a > limit);
        }
    }
}
