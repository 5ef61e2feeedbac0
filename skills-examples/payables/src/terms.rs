//! Discounts for early payment, as payment terms (BT-20) write them for machines.
//!
//! Two notations are read, wherever they stand in the text:
//! - `#SKONTO#TAGE=14#PROZENT=2.00#` with an optional `BASISBETRAG=357.93#`: the German XRechnung (KoSIT, rule BR-DE-18);
//! - `2/10 net 30` or `2/10, n/30`: two percent within ten days.
//!
//! Anything else is prose. Prose is never computed with: a person is told that it is there.

use std::fmt;
use std::str::FromStr;

use guildhall_sdk::{Date, Money};

/// A percentage of two decimal places at most, below one hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

/// The text is no percentage below one hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no percentage: write 2 or 2.50, below 100")]
pub struct NotAPercentage;

/// Reads `2`, `2.5` or `2.50` and nothing else.
impl FromStr for Percent {
    type Err = NotAPercentage;

    fn from_str(text: &str) -> Result<Self, NotAPercentage> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let tenths = if fraction.len() == 1 { 10 } else { 1 };
        let (whole, fraction) = (whole_number(whole, 2), whole_number(fraction, 2));
        let hundredths = whole
            .zip(fraction)
            .map(|(whole, f)| whole * 100 + f * tenths);
        hundredths.map(Percent).ok_or(NotAPercentage)
    }
}

/// With two decimal places: `2.00`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Percent {
    /// The percentage of an amount in minor units, half a unit rounded up, as sellers compute it; zero of a negative amount.
    pub fn of(self, minor: i64) -> i64 {
        let exact = i128::from(minor.max(0)) * i128::from(self.0);
        i64::try_from((exact + 5_000) / 10_000).unwrap_or(i64::MAX)
    }
}

/// A discount as terms of payment grant it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much.
    pub percent: Percent,
    /// Days after the day of issue.
    pub days: u32,
    /// Amount that the percentage is of, as written; none for the amount due.
    pub base: Option<String>,
}

/// Longest time that is believed: a year.
pub const MAX_DAYS: u32 = 366;

const SKONTO: &str = "#SKONTO#";

impl Terms {
    /// Every discount in the payment terms of one document.
    pub fn read(terms: &[String]) -> Vec<Terms> {
        let mut found = Vec::new();
        for text in terms {
            // Some systems lose the line breaks between the entries, so they are looked for anywhere.
            found.extend(text.split(SKONTO).skip(1).filter_map(skonto));
            found.extend(slashed(text));
        }
        found.retain(|terms| terms.percent > Percent(0) && terms.days <= MAX_DAYS);
        found
    }
}

/// Whether payment terms speak of a discount in words.
pub fn speaks_of_discount(terms: &[String]) -> bool {
    const WORDS: [&str; 7] = [
        "skonto",
        "discount",
        "escompte",
        "sconto",
        "korting",
        "descuento",
        "skonta",
    ];
    terms.iter().any(|text| {
        let text = text.to_ascii_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    })
}

/// What stands behind `#SKONTO#`.
fn skonto(rest: &str) -> Option<Terms> {
    let mut parts = rest.split('#');
    let days = parts.next()?.strip_prefix("TAGE=")?;
    let percent = parts.next()?.strip_prefix("PROZENT=")?;
    let next = parts.next();
    // The closing `#` must be there, or the number before it may be cut off.
    let base = next?.strip_prefix("BASISBETRAG=");
    if base.is_some() && parts.next().is_none() {
        return None;
    }
    Some(Terms {
        percent: percent.parse().ok()?,
        days: whole_number(days, 3)?,
        base: base.map(str::to_owned),
    })
}

/// `2/10` before `net` or `n/30`.
fn slashed(text: &str) -> Option<Terms> {
    let lower = text.to_ascii_lowercase();
    let mut words = lower
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|word| !word.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        let net = words
            .peek()
            .is_some_and(|next| *next == "net" || next.starts_with("n/"));
        if let Some((percent, days)) = word.split_once('/')
            && net
        {
            let percent = percent.strip_suffix('%').unwrap_or(percent);
            return Some(Terms {
                percent: percent.parse().ok()?,
                days: whole_number(days, 3)?,
                base: None,
            });
        }
    }
    None
}

/// One to `most` digits and nothing else.
fn whole_number(digits: &str, most: usize) -> Option<u32> {
    let fits =
        (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

/// A discount on one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How much.
    pub percent: Percent,
    /// Last day on which it may be taken.
    pub last_day: Date,
    /// What the percentage is of, in minor units; none for the amount due.
    pub base: Option<i64>,
}

impl Offer {
    /// What terms come to for a document of this day and currency, the best first. A discount of zero percent is none.
    pub fn all(terms: &[Terms], issued: Date, currency: &str) -> Vec<Offer> {
        let offer = |terms: &Terms| Offer {
            percent: terms.percent,
            last_day: Date::from_days_since_epoch(
                issued.days_since_epoch() + i64::from(terms.days),
            ),
            // Of a base that cannot be read nothing is taken off.
            base: terms
                .base
                .as_deref()
                .map(|base| Money::parse(base, currency).map_or(0, |money| money.minor.max(0))),
        };
        let granted = terms.iter().filter(|terms| terms.percent > Percent(0));
        let mut offers: Vec<_> = granted.map(offer).collect();
        crate::sort(&mut offers, |a, b| a.percent > b.percent);
        offers
    }

    /// What is taken off an amount due of which a part is credited. The credited part earns no discount, so that never more is taken
    /// than the seller grants.
    pub fn amount(&self, due: i64, credited: i64) -> i64 {
        self.percent
            .of(self.base.unwrap_or(due).min(due) - credited)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_one(text: &str) -> Vec<(u32, u32, Option<String>)> {
        Terms::read(&[text.to_owned()])
            .into_iter()
            .map(|terms| (terms.percent.0, terms.days, terms.base))
            .collect()
    }

    #[test]
    fn percentages_are_exact_and_below_one_hundred() {
        for (text, expected) in [
            ("2", 200),
            ("2.5", 250),
            ("2.50", 250),
            ("0", 0),
            ("99.99", 9999),
        ] {
            assert_eq!(text.parse(), Ok(Percent(expected)), "{text}");
        }
        for text in [
            "", "100", "2.", ".5", "-1", "+1", "2,5", "2.555", "1e1", "٢",
        ] {
            assert_eq!(text.parse::<Percent>(), Err(NotAPercentage), "{text}");
        }
        assert_eq!(Percent(305).to_string(), "3.05");
    }

    #[test]
    fn the_notation_of_xrechnung_is_read_with_what_stands_around_it() {
        assert_eq!(read_one("#SKONTO#TAGE=14#PROZENT=2.00#"), [(200, 14, None)]);
        assert_eq!(
            read_one(
                "Zahlbar bis 16.12.\n#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=357.93#\n#VERZUG#TAGE=14#PROZENT=1.00#"
            ),
            [(300, 7, None), (225, 14, Some("357.93".to_owned()))]
        );
        assert_eq!(
            read_one("#SKONTO#TAGE=7#PROZENT=3.00# #SKONTO#TAGE=14#PROZENT=2.00#").len(),
            2,
            "line breaks lost"
        );
    }

    #[test]
    fn the_notation_with_a_slash_needs_what_follows_it() {
        assert_eq!(read_one("2/10 net 30"), [(200, 10, None)]);
        assert_eq!(read_one("Terms: 1.5%/10, n/30"), [(150, 10, None)]);
        for prose in ["12/10 delivered", "2026/11 net", "2/10", "order 4/2; net"] {
            assert!(
                read_one(prose).iter().all(|(percent, ..)| *percent == 400),
                "{prose}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_or_absurd_is_no_discount() {
        for text in [
            "#SKONTO#TAGE=14#PROZENT=2.00",
            "#SKONTO#TAGE=14#",
            "#SKONTO#TAGE=#PROZENT=2.00#",
            "#SKONTO#TAGE=14#PROZENT=100.00#",
            "#SKONTO#TAGE=14#PROZENT=0.00#",
            "#SKONTO#TAGE=-1#PROZENT=2.00#",
            "#SKONTO#TAGE=999#PROZENT=2.00#",
            "#SKONTO#PROZENT=2.00#TAGE=14#",
            "#SKONTO#TAGE=14#PROZENT=2,00#",
            "#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1",
            "2 % Skonto innerhalb von 14 Tagen",
        ] {
            assert_eq!(read_one(text), [], "{text}");
        }
        assert!(speaks_of_discount(&[
            "2 % SKONTO innerhalb von 14 Tagen".to_owned()
        ]));
        assert!(!speaks_of_discount(&["30 Tage netto".to_owned()]));
    }

    #[test]
    fn a_percentage_is_rounded_half_up_and_never_overflows() {
        let of = |hundredths, minor| Percent(hundredths).of(minor);
        assert_eq!(of(200, 56_630), 1_133);
        assert_eq!(of(250, 20), 1, "0.5");
        assert_eq!(of(249, 20), 0);
        assert_eq!(of(9_999, i64::MAX), 9_222_449_699_651_090_329);
        assert_eq!(of(200, -100), 0);
    }

    #[test]
    fn the_best_offer_comes_first_and_is_of_its_base_without_what_is_credited() {
        let terms = Terms::read(&[
            "#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=50.00#"
                .to_owned(),
        ]);
        let offers = Offer::all(&terms, Date::new(2026, 11, 25).unwrap(), "EUR");
        let days: Vec<_> = offers
            .iter()
            .map(|offer| offer.last_day.to_string())
            .collect();
        assert_eq!(days, ["2026-12-02", "2026-12-09"]);
        let amounts: Vec<_> = offers
            .iter()
            .map(|offer| offer.amount(10_000, 4_000))
            .collect();
        assert_eq!(amounts, [30, 120]);
    }

    proptest! {
        #[test]
        fn no_terms_panic(text in ".{0,80}|(#SKONTO#|TAGE=|PROZENT=|BASISBETRAG=|[0-9.]{1,4}|#|/| net ){0,12}") {
            let _ = text.parse::<Percent>();
            for terms in Terms::read(&[text]) {
                prop_assert!(terms.percent.0 > 0 && terms.percent.0 < 10_000 && terms.days <= MAX_DAYS);
            }
        }
    }
}
