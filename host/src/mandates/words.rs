//! Mandates in the words in which a person approves them.

use super::calendar::local;
use super::mandate::{Mandate, Scope};
use crate::money::{Amount, Currency};
use guildhall_package::text::plain;

/// Longest account or address shown.
const ADDRESS: usize = 120;
/// Longest path shown.
const PATH: usize = 300;

impl Scope {
    /// One line: what will be done without asking.
    #[must_use]
    pub fn words(&self) -> String {
        let per = self.per().phrase();
        match self {
            Self::Payment {
                scheme,
                account,
                currency,
                limit_minor,
                each_minor,
                ..
            } => {
                let to = plain(&format!("{scheme}:{account}"), ADDRESS);
                let limit = shown(*limit_minor, Some(*currency));
                let each = match each_minor {
                    Some(each) if each < limit_minor => {
                        format!(" (each at most {})", shown(*each, Some(*currency)))
                    }
                    _ => String::new(),
                };
                format!("Pay {to} up to {limit} {per}{each} without asking")
            }
            Self::FileWrite {
                folder,
                replace,
                count,
                ..
            } => {
                let what = if *replace {
                    format!("Write or replace {}", counted(*count, "file"))
                } else {
                    format!("Write {}", counted(*count, "new file"))
                };
                let folder = plain(&folder.display().to_string(), PATH);
                format!("{what} {per} directly in {folder} without asking")
            }
            Self::Message {
                channel,
                recipient,
                count,
                ..
            } => {
                let (to, by) = (plain(recipient, ADDRESS), plain(channel, ADDRESS));
                let what = counted(*count, "message");
                format!("Send {what} {per} to {to} by {by} without asking")
            }
        }
    }
}

impl Mandate {
    /// One line: what will be done without asking, by which calendar and until when.
    #[must_use]
    pub fn words(&self) -> String {
        let until = match self.until_ms {
            // The last day that is in it.
            Some(until) => match local(&self.zone, until.saturating_sub(1)) {
                Ok(last) => format!("until {}", last.date()),
                Err(_) => format!("until {until} milliseconds since 1970"),
            },
            None => "until revoked".to_owned(),
        };
        let zone = plain(&self.zone, 40);
        format!("{}, by the calendar of {zone}, {until}", self.scope.words())
    }
}

/// Minor units as an amount; without a currency, a number.
pub(super) fn shown(minor: i64, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => Amount { minor, currency }.to_string(),
        None => minor.to_string(),
    }
}

fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        n => format!("up to {n} {noun}s"),
    }
}
