//! The rules of a market on a day; what they are is in `table::markets`.

use guildhall_sdk::Date;

use crate::bindings::{ValueBasis, VatBasis};
use crate::table::markets::{KNOWN, MEMBERS, OTHERS, Row, row, union};
pub use crate::table::markets::{Origin, Rules};

/// The rules of a market on a day, or why there are none.
pub fn rules(market: &str, day: Date) -> Result<Rules, String> {
    if market == "XI" {
        return Err("Goods for Northern Ireland fall under the law of the Union or of the United Kingdom, depending on where they stay. Ask a customs agent.".to_owned());
    }
    // Dates of this form sort as text.
    let day = day.to_string();
    let (from, rules) = known(market, &day).ok_or_else(|| {
        format!("The rules of {market} are not known here; known are {KNOWN}. Give them in `rules`, with their source.")
    })?;
    if day.as_str() < from {
        return Err(format!("The rules of {market} are known from {from} on."));
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
