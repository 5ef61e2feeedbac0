//! The rules of a market on a day; what they are is in `table::markets`.

use guildhall_sdk::Date;

use crate::bindings::{ValueBasis, VatBasis};
pub use crate::table::markets::{KNOWN, Origin, Rules};
use crate::table::markets::{MEMBERS, OTHERS, Row, row, union};

/// Why there are no rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The table has no such market.
    Market,
    /// Northern Ireland stands between two laws.
    NorthernIreland,
    /// The rules of that day are not in the table.
    Before(&'static str),
}

/// The rules of a market on a day.
pub fn rules(market: &str, day: Date) -> Result<Rules, Unknown> {
    if market == "XI" {
        return Err(Unknown::NorthernIreland);
    }
    // Dates of this form sort as text.
    let day = day.to_string();
    let (from, rules) = known(market, &day).ok_or(Unknown::Market)?;
    if day.as_str() < from {
        return Err(Unknown::Before(from));
    }
    Ok(rules)
}

fn known(market: &str, day: &str) -> Option<Row> {
    if let Some((_, now, before)) = MEMBERS.iter().find(|(code, ..)| *code == market) {
        return Some(match before {
            Some((since, before)) if day < *since => union(before),
            _ => union(now),
        });
    }
    let found = OTHERS.iter().find(|(code, _)| *code == market);
    found.map(|(_, row)| *row)
}

/// Rules that the caller answers for.
pub const fn given(value: ValueBasis, vat: VatBasis) -> Rules {
    Rules {
        currency: None,
        ..row(value, Origin::All, Some(vat), "", &[])
    }
}
