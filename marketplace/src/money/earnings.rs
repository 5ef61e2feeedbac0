//! What a publisher earned in a month, as pages and as a table for a spreadsheet.

use guildhall_package::FolderName;
use guildhall_package::market::money::{Earning, Earnings, EarningsQuery};
use guildhall_package::market::page::{DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT};
use guildhall_package::money::Amount;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::app::App;
use crate::clock::stored;
use crate::error::{ApiError, invalid};
use crate::store::earnings::{Place, lines, totals};

/// Lines that are read at once for a table.
const BATCH: i64 = 1_000;

/// A month of the calendar, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// `2026-11`.
    pub name: String,
    /// Its first millisecond, and the first of the next month.
    pub span: (i64, i64),
}

impl Month {
    /// Reads `2026-11`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str, len| {
            (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then_some(())
        };
        digits(year, 4)?;
        digits(month, 2)?;
        Self::of(Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?)
    }

    /// The month of a moment.
    #[must_use]
    pub fn at(now: i64) -> Option<Self> {
        let now = Timestamp::from_millisecond(now).ok()?;
        let day = now.to_zoned(TimeZone::UTC).date();
        Self::of(date(day.year(), day.month(), 1))
    }

    fn of(first: Date) -> Option<Self> {
        let start = |day: Date| {
            let start = day.to_zoned(TimeZone::UTC).ok()?;
            Some(start.timestamp().as_millisecond())
        };
        Some(Self {
            name: first.strftime("%Y-%m").to_string(),
            span: (start(first)?, start(first.checked_add(1.month()).ok()?)?),
        })
    }
}

/// The month that is asked for.
///
/// # Errors
/// A refusal for what is none.
pub fn month(app: &App, query: &EarningsQuery) -> Result<Month, ApiError> {
    let month = match &query.month {
        Some(text) => Month::parse(text),
        None => Month::at(app.clock.now()),
    };
    month.ok_or_else(|| invalid("month", "write a month as 2026-11"))
}

/// A page of the statement of a month.
///
/// # Errors
/// A refusal for a cursor that is none.
pub async fn statement(
    app: &App,
    publisher: &FolderName,
    query: &EarningsQuery,
) -> Result<Earnings, ApiError> {
    let month = month(app, query)?;
    let after = query.cursor.as_deref().map_or(Ok(Place::start()), |text| {
        place(text).ok_or_else(|| invalid("cursor", "it is none that was given"))
    })?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let mut db = app.store.read().await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = lines(&mut db, publisher, month.span, &after, i64::from(limit) + 1).await?;
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|line| {
        let Place { at, kind, id } = Place::of(line);
        format!("{at} {kind} {id}")
    });
    Ok(Earnings {
        publisher: publisher.clone(),
        totals: totals(&mut db, publisher, month.span).await?,
        month: month.name,
        items,
        next,
    })
}

fn place(text: &str) -> Option<Place> {
    if text.len() > MAX_CURSOR {
        return None;
    }
    let mut parts = text.splitn(3, ' ');
    Some(Place {
        at: parts.next()?.parse().ok()?,
        kind: parts.next()?.parse().ok()?,
        id: parts.next()?.to_owned(),
    })
}

/// The whole month as CSV.
///
/// # Errors
/// A refusal for a month that is none.
pub async fn table(
    app: &App,
    publisher: &FolderName,
    query: &EarningsQuery,
) -> Result<(Month, Vec<u8>), ApiError> {
    let month = month(app, query)?;
    let fault = |error: csv::Error| ApiError::Fault(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "time",
            "kind",
            "skill",
            "order",
            "currency",
            "amount",
            "share",
            "settled",
            "reference",
            "note",
        ])
        .map_err(fault)?;
    let mut db = app.store.read().await?;
    let mut after = Place::start();
    loop {
        let batch = lines(&mut db, publisher, month.span, &after, BATCH).await?;
        for line in &batch {
            writer.write_record(record(line)).map_err(fault)?;
        }
        match batch.last() {
            Some(last) if i64::try_from(batch.len()) == Ok(BATCH) => after = Place::of(last),
            _ => break,
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    Ok((month, bytes))
}

fn record(line: &Earning) -> [String; 10] {
    let text = |text: Option<&String>| text.map_or_else(String::new, |text| safe(text));
    let time = Timestamp::from_millisecond(stored(line.at)).unwrap_or(Timestamp::UNIX_EPOCH);
    [
        time.to_string(),
        line.kind.as_str().to_owned(),
        text(line.skill.as_ref().map(ToString::to_string).as_ref()),
        line.order.map_or_else(String::new, |it| it.to_string()),
        line.amount.currency.code().to_owned(),
        number(line.amount),
        number(line.share),
        if line.settled { "yes" } else { "no" }.to_owned(),
        text(line.reference.as_ref()),
        text(line.note.as_ref()),
    ]
}

/// An amount without its currency: `-12.50`.
fn number(amount: Amount) -> String {
    let plain = amount.plain();
    plain
        .split_once(' ')
        .map_or(plain.clone(), |(_, number)| number.to_owned())
}

/// A text that no spreadsheet takes for a formula. Names can't begin so by their own rule; this does not rely on it.
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(month.name, "2026-12");
        let (from, until) = month.span;
        assert_eq!((until - from) / 86_400_000, 31);
        assert_eq!(Month::at(from), Some(month.clone()));
        assert_eq!(Month::at(until - 1), Some(month));
        assert_eq!(Month::at(until).unwrap().name, "2027-01");
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-0",
            "26-01",
            "2026-1",
            "+026-01",
            "2026-01-01",
            "=1+1",
        ] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(safe(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(safe("acme/shop"), "acme/shop");
    }

    proptest! {
        #[test]
        fn no_cursor_or_month_panics(text in ".{0,80}") {
            let _ = place(&text);
            let _ = Month::parse(&text);
        }

        #[test]
        fn every_amount_is_a_plain_number(minor: i64) {
            let currency = guildhall_package::money::Currency::parse("EUR").unwrap();
            let text = number(Amount { minor, currency });
            prop_assert!(text.strip_prefix('-').unwrap_or(&text).bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        }
    }
}
