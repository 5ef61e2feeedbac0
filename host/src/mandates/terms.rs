//! What a person adds to a proposed mandate on the command line: `--until`, `--limit`, `--per`.

use super::calendar::{MandateError, Period, time_zone};
use super::mandate::Scope;
use crate::money::{Amount, MoneyError};
use guildhall_package::text::plain;
use jiff::civil::Date;

/// The most files or messages of one mandate in a period.
const MOST: u64 = 1_000_000;

/// Terms that a person sets for a mandate. What is none stays as proposed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// The first moment at which it counts no more, in milliseconds since the Unix epoch.
    pub until_ms: Option<i64>,
    /// The most in sum for each period; also the most at once.
    pub limit: Option<Amount>,
    /// The period.
    pub per: Option<Period>,
    /// The most files in each folder and messages to each recipient for each period.
    pub count: Option<u64>,
}

/// Why terms can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// `--until` is not a date. The text, made plain.
    #[error("`--until {0}`: write a date as `2027-03-31`; that day is the last one")]
    Date(String),
    /// `--until` is in the past. The date.
    #[error("`--until {0}`: that day is over; choose a later one")]
    Over(String),
    /// `--limit` is not a positive amount.
    #[error("`--limit`: {0}")]
    Limit(#[from] MoneyError),
    /// `--per` is not a period. The text, made plain.
    #[error("`--per {0}`: write `day`, `week`, `month` or `in-all`")]
    Per(String),
    /// The zone is unknown.
    #[error(transparent)]
    Zone(#[from] MandateError),
    /// `--limit` is in another currency than the payment.
    #[error("`--limit` is {limit}, but the payment is in {currency}; nothing is converted")]
    OtherCurrency {
        /// The limit.
        limit: Amount,
        /// Code of the payment's currency.
        currency: &'static str,
    },
    /// Nothing, or more than can be counted.
    #[error("a number of files or messages is from 1 to {MOST}")]
    Count,
    /// `--limit` for something that costs no money.
    #[error("`--limit` is an amount of money; files and messages are counted, leave it out")]
    NotMoney,
}

impl Terms {
    /// Reads the three options; what is not given is none. Days are those of `zone`; `now_ms` is the current time in
    /// milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The first option that can't be used, and how to write it.
    pub fn parse(
        until: Option<&str>,
        limit: Option<&str>,
        per: Option<&str>,
        zone: &str,
        now_ms: i64,
    ) -> Result<Self, TermsError> {
        let until_ms = match until {
            Some(date) => {
                let end = until_ms(date, zone)?;
                if end <= now_ms {
                    return Err(TermsError::Over(plain(date, 20)));
                }
                Some(end)
            }
            None => None,
        };
        let limit = limit
            .map(|text| text.parse::<Amount>()?.ensure_positive())
            .transpose()?;
        let per = per
            .map(|word| Period::from_word(word).ok_or_else(|| TermsError::Per(plain(word, 20))))
            .transpose()?;
        Ok(Self {
            until_ms,
            limit,
            per,
            count: None,
        })
    }

    /// A proposed scope under these terms. A limit that a person states takes the place of the proposed limit in sum
    /// and at once.
    ///
    /// # Errors
    /// A limit in money for files or messages, or in another currency; a count that is none.
    pub fn apply(&self, scope: &Scope) -> Result<Scope, TermsError> {
        let mut scope = scope.clone();
        match (&mut scope, self.limit) {
            (_, None) => {}
            (
                Scope::Payment {
                    currency,
                    limit_minor,
                    each_minor,
                    ..
                },
                Some(limit),
            ) => {
                if *currency != limit.currency {
                    let currency = currency.code();
                    return Err(TermsError::OtherCurrency { limit, currency });
                }
                *limit_minor = limit.minor;
                *each_minor = None;
            }
            _ => return Err(TermsError::NotMoney),
        }
        if self.count.is_some_and(|count| !(1..=MOST).contains(&count)) {
            return Err(TermsError::Count);
        }
        if let (Some(wanted), Scope::FileWrite { count, .. } | Scope::Message { count, .. }) =
            (self.count, &mut scope)
        {
            *count = wanted;
        }
        if let Some(wanted) = self.per {
            match &mut scope {
                Scope::Payment { per, .. }
                | Scope::FileWrite { per, .. }
                | Scope::Message { per, .. } => *per = wanted,
            }
        }
        Ok(scope)
    }
}

/// The end of a day in a zone: the first moment of the day after it, in milliseconds since the Unix epoch.
///
/// # Errors
/// No date as `2027-03-31`, or an unknown zone.
pub fn until_ms(date: &str, zone: &str) -> Result<i64, TermsError> {
    let wrong = || TermsError::Date(plain(date, 20));
    let zone = time_zone(zone)?;
    let day: Date = date.parse().map_err(|_| wrong())?;
    // The library reads other spellings, too.
    if day.to_string() != date {
        return Err(wrong());
    }
    let next = day.tomorrow().map_err(|_| wrong())?;
    let start = next
        .to_zoned(zone.clone())
        .map_err(|_| wrong())?
        .timestamp();
    // Where clocks skip midnight, the day begins with the change.
    let change = zone
        .preceding(start)
        .next()
        .map(|change| change.timestamp())
        .filter(|change| change.to_zoned(zone.clone()).date() > day);
    Ok(change.unwrap_or(start).as_millisecond())
}
