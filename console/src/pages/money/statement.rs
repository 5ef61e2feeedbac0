//! A statement of a time, for people and for spreadsheets. Pure.

use guildhall_host::{Amount, Currency, StatementLine};
use guildhall_web::error::ApiError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::words::state;

/// Days of an account's calendar, the first and the last both in it. None: from the beginning, until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Time {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl Time {
    /// As it was typed. What is no date counts as not given.
    #[must_use]
    pub fn typed(from: Option<&str>, to: Option<&str>) -> Self {
        let date = |text: &str| text.parse::<Date>().ok();
        Self {
            from: from.and_then(date),
            to: to.and_then(date),
        }
    }

    /// The moments at which it begins and has ended, by a calendar.
    fn span(self, zone: &TimeZone) -> (i64, i64) {
        let begin = |date: Date| {
            date.to_zoned(zone.clone())
                .map(|at| at.timestamp().as_millisecond())
        };
        let from = self.from.and_then(|date| begin(date).ok());
        let until = self
            .to
            .and_then(|date| date.checked_add(1.day()).ok())
            .and_then(|date| begin(date).ok());
        (from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX))
    }
}

/// Lines of a time, oldest first, and what the account had before and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The lines.
    pub lines: Vec<StatementLine>,
    /// In minor units, before the first of them.
    pub before: i64,
    /// After the last.
    pub after: i64,
}

impl Statement {
    /// Of all lines of an account, those of a time.
    #[must_use]
    pub fn of(all: Vec<StatementLine>, time: Time, zone: &TimeZone) -> Self {
        let (from, until) = time.span(zone);
        let before = all
            .iter()
            .rfind(|line| line.at_ms < from)
            .map_or(0, |line| line.balance);
        let lines: Vec<StatementLine> = all
            .into_iter()
            .filter(|line| line.at_ms >= from && line.at_ms < until)
            .collect();
        Self {
            after: lines.last().map_or(before, |line| line.balance),
            before,
            lines,
        }
    }

    /// As a table for a spreadsheet: the columns of `guildhall wallet statement --csv`.
    ///
    /// # Errors
    /// A fault of the writer.
    pub fn csv(&self) -> Result<Vec<u8>, ApiError> {
        let fault = |error: csv::Error| ApiError::Fault(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record([
                "time", "kind", "amount", "currency", "other", "state", "run", "balance",
            ])
            .map_err(fault)?;
        for line in &self.lines {
            writer.write_record(record(line)).map_err(fault)?;
        }
        writer
            .into_inner()
            .map_err(|error| ApiError::Fault(error.to_string()))
    }
}

fn record(line: &StatementLine) -> [String; 8] {
    let time = Timestamp::from_millisecond(line.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    [
        time.to_string(),
        safe(&line.kind),
        number(line, line.minor),
        safe(&line.currency),
        safe(&line.other),
        state(line).to_owned(),
        safe(line.run.as_deref().unwrap_or_default()),
        number(line, line.balance),
    ]
}

/// `-1234.50`, without the currency, which has a column of its own.
fn number(line: &StatementLine, minor: i64) -> String {
    let Ok(currency) = Currency::parse(&line.currency) else {
        return "?".to_owned();
    };
    let plain = Amount { minor, currency }.plain();
    plain
        .split_once(' ')
        .map_or(plain.clone(), |(_, number)| number.to_owned())
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use jiff::tz::TimeZoneDatabase;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;

    fn berlin() -> TimeZone {
        TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap()
    }

    fn line(at_ms: i64, minor: i64, balance: i64, other: &str) -> StatementLine {
        StatementLine {
            at_ms,
            kind: "hold".to_owned(),
            minor,
            currency: "EUR".to_owned(),
            other: other.to_owned(),
            run: None,
            state: None,
            balance,
        }
    }

    #[test]
    fn a_time_is_whole_days_of_the_accounts_calendar() {
        // 28 November 2026, 00:00 in Berlin.
        let start = 1_795_820_400_000;
        let all: Vec<StatementLine> = (0..4)
            .map(|day| line(start + day * DAY, 100, (day + 1) * 100, "x"))
            .collect();
        let of = |from, to| Statement::of(all.clone(), Time::typed(from, to), &berlin());
        let some = of(Some("2026-11-29"), Some("2026-11-30"));
        assert_eq!((some.lines.len(), some.before, some.after), (2, 100, 300));
        assert_eq!(of(None, None).lines.len(), 4);
        assert_eq!(of(Some("nonsense"), None).lines.len(), 4);
        let late = of(Some("2027-01-01"), None);
        assert_eq!((late.lines.len(), late.before, late.after), (0, 400, 400));
        assert_eq!(of(Some("2026-11-30"), Some("2026-11-29")).lines.len(), 0);
    }

    #[test]
    fn no_cell_of_the_table_is_a_formula_and_numbers_are_plain() {
        let list = vec![
            line(0, -123_450, 5, "=HYPERLINK(\"x\")"),
            line(1, 1, 6, "@SUM(A1),\n+1"),
        ];
        let statement = Statement::of(list, Time::default(), &TimeZone::UTC);
        let text = String::from_utf8(statement.csv().unwrap()).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(rows.headers().unwrap().get(4), Some("other"));
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows[0][0], *"1970-01-01T00:00:00Z");
        assert_eq!(rows[0][2], *"-1234.50");
        assert_eq!(rows[0][4], *"'=HYPERLINK(\"x\")");
        assert_eq!(rows[1][4], *"'@SUM(A1),\n+1");
    }

    proptest! {
        #[test]
        fn no_text_becomes_a_formula_and_no_date_panics(text in ".{0,30}", other in "[=+@\t\r-].{0,10}") {
            let _ = Time::typed(Some(&text), Some(&other)).span(&berlin());
            for text in [&text, &other] {
                prop_assert!(!safe(text).starts_with(['=', '+', '-', '@', '\t', '\r']));
            }
        }
    }
}
