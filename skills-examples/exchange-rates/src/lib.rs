//! Euro foreign exchange reference rates of the European Central Bank, as a skill.
//!
//! `ecb` reads the bank's file, `exact` computes; this file asks the host and says "unavailable" when there is no rate.

mod ecb;
mod exact;
#[cfg(test)]
mod tests;

use bindings::{
    Conversion, Guest, Money, NoRate, NoRateReason, RateTable, RatesError, ReferenceRate, Rounding,
};
use guildhall_sdk::network::Request;
use guildhall_sdk::{Currency, Refusal, RefusalKind, context, log};

use crate::ecb::Table;
use crate::exact::Rate;

/// The only page this skill reads.
const PAGE: &str = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml";

/// The daily file has about 1,600 bytes.
const MAX_PAGE_BYTES: usize = 64 * 1024;

/// Rates appear on working days; the longest usual gap, over Easter, is five days.
const DEFAULT_MAX_AGE_DAYS: i64 = 7;

struct ExchangeRates;

guildhall_sdk::skill!(ExchangeRates);

impl Guest for ExchangeRates {
    fn convert(amount: Money, to: String) -> Result<Conversion, RatesError> {
        let from = currency(&amount.currency)?;
        let to = currency(&to)?;
        let (table, source) = newest_table()?;
        let from_rate = listed(&table, from)?;
        let to_rate = listed(&table, to)?;
        let converted = exact::convert(
            amount.minor,
            (from_rate, from.exponent()),
            (to_rate, to.exponent()),
        )
        .ok_or_else(|| {
            RatesError::InvalidRequest("The amount is too large to be converted exactly.".into())
        })?;
        let rate = exact::cross_rate(from_rate, to_rate)
            .ok_or_else(|| unreadable("two of its rates lie too far apart"))?;
        Ok(Conversion {
            amount: Money::of(converted.minor, to),
            rate,
            rounding: if converted.exact {
                Rounding::None
            } else {
                Rounding::HalfEven
            },
            date: table.date.to_string(),
            source,
            based_on: [(from, from_rate), (to, to_rate)]
                .iter()
                .filter(|(currency, _)| currency.code() != "EUR")
                .map(|(currency, rate)| reference(currency.code(), *rate))
                .collect(),
        })
    }

    fn rates() -> Result<RateTable, RatesError> {
        let (table, source) = newest_table()?;
        Ok(RateTable {
            date: table.date.to_string(),
            source,
            rates: table
                .rates
                .iter()
                .map(|(code, rate)| reference(code, *rate))
                .collect(),
        })
    }
}

fn reference(code: &str, rate: Rate) -> ReferenceRate {
    ReferenceRate {
        currency: code.to_owned(),
        per_euro: rate.to_string(),
    }
}

fn currency(code: &str) -> Result<Currency, RatesError> {
    Currency::new(code).map_err(|error| {
        RatesError::InvalidRequest(format!(
            "{error}: write the three capital letters of ISO 4217, for example `USD`."
        ))
    })
}

fn listed(table: &Table, currency: Currency) -> Result<Rate, RatesError> {
    if currency.code() == "EUR" {
        return Ok(Rate::ONE);
    }
    table.rates.get(currency.code()).copied().ok_or_else(|| {
        no_rate(
            NoRateReason::NotListed,
            format!(
                "The European Central Bank publishes no reference rate for {currency} on {}.",
                table.date
            ),
        )
    })
}

/// Reads the bank's page and refuses what is no table, not of these days, or from the future.
fn newest_table() -> Result<(Table, String), RatesError> {
    let max_age = max_age_days()?;
    let response = Request::get(PAGE)
        .header("accept", "application/xml, text/xml")
        .send()
        .and_then(|response| response.success())
        .map_err(not_answered)?;
    let source = response.url().to_owned();
    if response.body().len() > MAX_PAGE_BYTES {
        return Err(unreadable(
            "it is larger than 64 KiB, and the daily table is not",
        ));
    }
    let text = response
        .text()
        .map_err(|_| unreadable("it is not UTF-8 text"))?;
    let table = ecb::read(text).map_err(|what| unreadable(what.0))?;

    let age = context::today().days_since(table.date);
    // The bank's day may have begun before UTC's.
    if age < -1 {
        return Err(unreadable(&format!(
            "it is dated {}, which lies in the future",
            table.date
        )));
    }
    if age > max_age {
        return Err(no_rate(
            NoRateReason::Outdated,
            format!(
                "The newest reference rates are of {}, which is {age} days ago; the setting `max-age-days` \
                 allows {max_age}.",
                table.date
            ),
        ));
    }
    log::debug!("{} rates of {}", table.rates.len(), table.date);
    Ok((table, source))
}

fn max_age_days() -> Result<i64, RatesError> {
    let Some(setting) = context::setting("max-age-days") else {
        return Ok(DEFAULT_MAX_AGE_DAYS);
    };
    match setting.parse::<u16>() {
        Ok(days) => Ok(i64::from(days)),
        Err(_) => Err(RatesError::InvalidRequest(format!(
            "The setting `max-age-days` is `{setting}`: set it to a number of days, for example 7."
        ))),
    }
}

fn not_answered(refusal: Refusal) -> RatesError {
    let reason = match refusal.kind {
        RefusalKind::Denied => NoRateReason::NotGranted,
        _ => NoRateReason::NoAnswer,
    };
    no_rate(reason, refusal.to_string())
}

fn unreadable(what: &str) -> RatesError {
    no_rate(
        NoRateReason::Unreadable,
        format!("The page of the European Central Bank could not be used: {what}."),
    )
}

fn no_rate(reason: NoRateReason, message: String) -> RatesError {
    log::warn!("no rate: {message}");
    RatesError::Unavailable(NoRate { reason, message })
}
