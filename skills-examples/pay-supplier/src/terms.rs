//! Early-payment discounts, as payment terms (BT-20) write them for machines.
//!
//! Two notations are read, wherever they stand in the text:
//! - `#SKONTO#TAGE=14#PROZENT=2.00#` with an optional `BASISBETRAG=357.93#`: the German XRechnung (KoSIT, rule BR-DE-18);
//! - `2/10 net 30` or `2/10, n/30`: two percent within ten days.
//!
//! Anything else is prose. Prose is never computed with: a person is told that it is there.

use crate::text;

/// A discount that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Hundredths of a percent, above 0 and below 10,000.
    pub percent: u32,
    /// Days after the day of issue.
    pub days: u32,
    /// Amount that the percentage is of, as written; none for the amount due.
    pub base: Option<String>,
}

/// Longest time that is believed: a year.
pub const MAX_DAYS: u32 = 366;

const SKONTO: &str = "#SKONTO#";

/// Every discount in the terms of one document.
pub fn read(terms: &[String]) -> Vec<Terms> {
    let mut found = Vec::new();
    for text in terms {
        // Some systems lose the line breaks between the entries, so they are looked for anywhere.
        found.extend(text.split(SKONTO).skip(1).filter_map(skonto));
        found.extend(slashed(text));
    }
    found.retain(|terms| terms.percent > 0 && terms.days <= MAX_DAYS);
    found
}

/// Whether the text speaks of a discount in words.
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
        percent: text::percent(percent)?,
        days: whole(days)?,
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
                percent: text::percent(percent)?,
                days: whole(days)?,
                base: None,
            });
        }
    }
    None
}

fn whole(digits: &str) -> Option<u32> {
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

/// The percentage of an amount in minor units, half a unit rounded up, as sellers compute it.
pub fn of(percent: u32, minor: i64) -> i64 {
    let exact = i128::from(minor.max(0)) * i128::from(percent);
    i64::try_from((exact + 5_000) / 10_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_one(text: &str) -> Vec<(u32, u32, Option<String>)> {
        read(&[text.to_owned()])
            .into_iter()
            .map(|terms| (terms.percent, terms.days, terms.base))
            .collect()
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
        assert_eq!(of(200, 56_630), 1_133);
        assert_eq!(of(250, 20), 1, "0.5");
        assert_eq!(of(249, 20), 0);
        assert_eq!(of(9_999, i64::MAX), 9_222_449_699_651_090_329);
        assert_eq!(of(200, -100), 0);
    }

    proptest! {
        #[test]
        fn no_terms_panic(text in ".{0,80}|(#SKONTO#|TAGE=|PROZENT=|BASISBETRAG=|[0-9.]{1,4}|#|/| net ){0,12}") {
            for terms in read(&[text]) {
                prop_assert!(terms.percent > 0 && terms.percent < 10_000 && terms.days <= MAX_DAYS);
            }
        }
    }
}
