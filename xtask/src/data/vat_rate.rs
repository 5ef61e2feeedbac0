//! The tables of `vat-rate`: what each package says about which days.
//!
//! A snapshot speaks from its day on until the next one; a package that answers for any day speaks since the oldest of its
//! releases that says the same.

use super::packages::{Packages, Pin};
use crate::error::TaskError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// sales-tax keeps former rates since this release; what it says about earlier days is not meant.
const SALES_TAX_KEEPS_HISTORY: &str = "2020-06-11";

/// vatrates writes "0000-01-01" for what was so when it began.
const VATRATES_BEGAN: &str = "2015-01-01";

/// One line: market, percentage, first and last day, package. Without a last day it still speaks.
type Row = [String; 5];

/// Name, family, date and licence of each package.
pub fn sources(packages: &Packages) -> Result<String, TaskError> {
    let mut text = String::from("package,family,date,licence\n");
    for name in ["eu-vat-rates-data", "eurovat", "sales-tax", "vatrates"] {
        for pin in packages.named(name) {
            let named = pin.name_and_version();
            let _ = writeln!(text, "{named},{},{},{}", pin.family, pin.date, pin.licence);
        }
    }
    Ok(text)
}

/// Standard rates of all packages.
pub fn standard(packages: &Packages) -> Result<String, TaskError> {
    let mut rows = Vec::new();
    tedb(packages, &mut rows)?;
    sales_tax(packages, &mut rows)?;
    vatrates(packages, &mut rows)?;
    Ok(csv(rows))
}

fn csv(mut rows: Vec<Row>) -> String {
    rows.sort();
    rows.dedup();
    let mut text = String::from("market,percent,from,to,package\n");
    for row in rows {
        let _ = writeln!(text, "{}", row.join(","));
    }
    text
}

fn one<'a>(packages: &'a Packages, name: &str) -> Result<&'a Pin, TaskError> {
    let pins = packages.named(name);
    pins.first()
        .copied()
        .ok_or_else(|| TaskError::check(format!("data.toml has no package {name}")))
}

fn row(market: &str, percent: &str, from: &str, to: &str, pin: &Pin) -> Row {
    let texts = [market, percent, from, to].map(ToOwned::to_owned);
    let [market, percent, from, to] = texts;
    [market, percent, from, to, pin.name_and_version()]
}

/// A percentage as the tables write it: `25.5`, `19`. The packages write fractions and percentages as floats; six
/// decimal places are more than any of them has.
fn percent(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Deserialize)]
struct EuVatRates {
    rates: BTreeMap<String, EuVatRate>,
}

#[derive(Deserialize)]
struct EuVatRate {
    standard: f64,
}

#[derive(Deserialize)]
struct EurovatRate {
    reduced: bool,
    rate: String,
    category: Option<String>,
    situation_on: Option<f64>,
}

type Eurovat = BTreeMap<String, Vec<EurovatRate>>;

const EUROVAT: &str = "eurovat/data/vat_rules.json";

/// The Commission's database on two days. That both say the same does not say that it was so in between: Luxembourg had
/// 17 % on both, and 16 % in 2023.
fn tedb(packages: &Packages, rows: &mut Vec<Row>) -> Result<(), TaskError> {
    let pin = one(packages, "eu-vat-rates-data")?;
    let now: EuVatRates = packages.json(pin, "eu_vat_rates_data/eu_vat_rates_data.json")?;
    for (market, rate) in &now.rates {
        rows.push(row(market, &percent(rate.standard), &pin.date, "", pin));
    }
    let pin = one(packages, "eurovat")?;
    let then: Eurovat = packages.json(pin, EUROVAT)?;
    for (market, rates) in &then {
        // Germany's 16 % of 2020 and the former rates of the United Kingdom are of other days.
        let of_the_day = rates
            .iter()
            .filter(|rate| !rate.reduced && day_of(rate).as_ref() == Some(&pin.date));
        for rate in of_the_day {
            let rate = percent(rate.rate.parse().map_err(|_| not_a_rate(&rate.rate))?);
            rows.push(row(market, &rate, &pin.date, &pin.date, pin));
        }
    }
    Ok(())
}

/// The package writes local midnight in Europe, in seconds.
fn day_of(rate: &EurovatRate) -> Option<String> {
    let instant = jiff::Timestamp::from_second(rate.situation_on? as i64).ok()?;
    let local = instant + jiff::SignedDuration::from_hours(3);
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

fn not_a_rate(text: &str) -> TaskError {
    TaskError::check(format!("`{text}` in a package is no rate"))
}

#[derive(Deserialize)]
struct SalesTax {
    rate: f64,
    #[serde(default)]
    before: BTreeMap<String, SalesTaxBefore>,
    #[serde(default)]
    states: BTreeMap<String, SalesTax>,
}

#[derive(Deserialize)]
struct SalesTaxBefore {
    rate: f64,
}

type SalesTaxes = BTreeMap<String, SalesTax>;

const SALES_TAX: &str = "package/res/sales_tax_rates.json";

fn sales_tax(packages: &Packages, rows: &mut Vec<Row>) -> Result<(), TaskError> {
    let mut releases: Vec<(&Pin, SalesTaxes)> = Vec::new();
    for pin in packages.named("sales-tax") {
        releases.push((pin, packages.json(pin, SALES_TAX)?));
    }
    let Some((newest, taxes)) = releases.first() else {
        return Err(TaskError::check("data.toml has no package sales-tax"));
    };
    for (market, tax) in taxes {
        // Sales taxes of the United States depend on the address: there is no rate of the market.
        if market == "US" {
            continue;
        }
        let said = |taxes: &SalesTaxes| taxes.get(market).map(|tax| percent_of(tax.rate));
        let said: Vec<_> = releases
            .iter()
            .map(|(pin, taxes)| (pin.date.as_str(), said(taxes)))
            .collect();
        windows(market, tax, 0.0, &said, newest, rows)?;
        for (part, on_top) in &tax.states {
            let said = |taxes: &SalesTaxes| {
                let tax = taxes.get(market)?;
                Some(percent_of(tax.rate + tax.states.get(part)?.rate))
            };
            let said: Vec<_> = releases
                .iter()
                .map(|(pin, taxes)| (pin.date.as_str(), said(taxes)))
                .collect();
            let place = match (market.as_str(), part.as_str()) {
                // The two provinces of the Canary Islands.
                ("ES", "GC" | "TF") => "ES-CN".to_owned(),
                _ => format!("{market}-{part}"),
            };
            windows(&place, on_top, tax.rate, &said, newest, rows)?;
        }
    }
    Ok(())
}

fn percent_of(fraction: f64) -> String {
    percent(fraction * 100.0)
}

/// The rates of one market with their days. `said` is what each release says, newest first.
fn windows(
    market: &str,
    tax: &SalesTax,
    base: f64,
    said: &[(&str, Option<String>)],
    pin: &Pin,
    rows: &mut Vec<Row>,
) -> Result<(), TaskError> {
    let now = percent_of(base + tax.rate);
    let mut formers = BTreeMap::new();
    for (instant, former) in &tax.before {
        formers.insert(local_day(instant)?, percent_of(base + former.rate));
    }
    let mut from = match formers.values().next() {
        // Since the oldest release that says so, without a break.
        None => said
            .iter()
            .take_while(|(_, said)| said.as_ref() == Some(&now))
            .last()
            .map_or(pin.date.as_str(), |(date, _)| date),
        Some(first) => said
            .iter()
            .rfind(|(date, said)| *date < SALES_TAX_KEEPS_HISTORY && said.as_ref() == Some(first))
            .map_or(SALES_TAX_KEEPS_HISTORY, |(date, _)| date),
    }
    .to_owned();
    for (change, former) in formers {
        if change > from {
            rows.push(row(market, &former, &from, &day_before(&change)?, pin));
            from = change;
        }
    }
    rows.push(row(market, &now, &from, "", pin));
    Ok(())
}

/// The package writes local midnight in UTC, of zones at most three hours ahead.
fn local_day(instant: &str) -> Result<String, TaskError> {
    let instant: jiff::Timestamp = instant.parse().map_err(|_| not_a_day(instant))?;
    let local = instant + jiff::SignedDuration::from_hours(3);
    Ok(local.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

fn day_before(day: &str) -> Result<String, TaskError> {
    let date: jiff::civil::Date = day.parse().map_err(|_| not_a_day(day))?;
    date.yesterday()
        .map(|date| date.to_string())
        .map_err(|_| not_a_day(day))
}

fn not_a_day(text: &str) -> TaskError {
    TaskError::check(format!("`{text}` in a package is no day"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VatRatesFile {
    rates: Vec<VatRatesMarket>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VatRatesMarket {
    country_code: String,
    periods: Vec<VatRatesPeriod>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VatRatesPeriod {
    effective_from: String,
    rates: VatRatesRates,
}

#[derive(Deserialize)]
struct VatRatesRates {
    standard: f64,
}

fn vatrates(packages: &Packages, rows: &mut Vec<Row>) -> Result<(), TaskError> {
    let pin = one(packages, "vatrates")?;
    let file: VatRatesFile = packages.json(pin, "package/src/json/vatrates.json")?;
    for market in &file.rates {
        // Newest first in the package. A change that was announced when it was made speaks for its first day.
        let mut to = pin.date.clone();
        for period in &market.periods {
            let from = period.effective_from.as_str().max(VATRATES_BEGAN);
            let rate = percent(period.rates.standard);
            rows.push(row(&market.country_code, &rate, from, from.max(&to), pin));
            if from == VATRATES_BEGAN {
                break;
            }
            to = day_before(from)?;
        }
    }
    Ok(())
}

/// The goods that have one reduced rate in a member state, as the Commission's database of 2021 said on its day. That a
/// rate still exists today does not say for what: a row speaks for its day alone.
pub fn reduced(packages: &Packages) -> Result<String, TaskError> {
    let pin = one(packages, "eurovat")?;
    let file: Eurovat = packages.json(pin, EUROVAT)?;
    let mut text = String::from("market,goods,percent,from,to,package\n");
    for (market, rates) in &file {
        for (goods, category) in GOODS {
            let of_goods: BTreeSet<String> = rates
                .iter()
                .filter(|rate| {
                    rate.category
                        .as_deref()
                        .is_some_and(|of| of.starts_with(category))
                })
                .filter_map(|rate| rate.rate.parse().ok().map(percent))
                .collect();
            // Two rates: what it is in detail decides, and that is no class of goods.
            if let (Some(rate), 1) = (of_goods.first(), of_goods.len()) {
                let [market, percent, from, to, package] =
                    row(market, rate, &pin.date, &pin.date, pin);
                let _ = writeln!(text, "{market},{goods},{percent},{from},{to},{package}");
            }
        }
    }
    Ok(text)
}

/// Our names, and how the categories of Annex III of the VAT Directive begin.
const GOODS: [(&str, &str); 2] = [
    ("accommodation", "Accommodation provided in hotels"),
    ("books", "Supply, including on loan by libraries, of books"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        toml::from_str(
            "name = 'sales-tax'\nversion = '2'\nregistry = 'npm'\nfile = 'f'\nsha256 = '0'\nlicence = 'MIT'\n\
             date = '2026-05-19'\nfamily = 'sales-tax'",
        )
        .unwrap()
    }

    fn windows_of(tax: &str, said: &[(&str, Option<&str>)]) -> Vec<String> {
        let tax: SalesTax = serde_json::from_str(tax).unwrap();
        let said: Vec<_> = said
            .iter()
            .map(|(day, said)| (*day, said.map(ToOwned::to_owned)))
            .collect();
        let mut rows = Vec::new();
        windows("XX", &tax, 0.0, &said, &pin(), &mut rows).unwrap();
        rows.iter().map(|row| row[1..4].join(" ")).collect()
    }

    #[test]
    fn a_rate_speaks_since_the_oldest_release_that_says_the_same_without_a_break() {
        let said = [
            ("2026-05-19", Some("10")),
            ("2023-03-03", Some("10")),
            ("2017-10-27", Some("8")),
        ];
        assert_eq!(windows_of("{\"rate\": 0.1}", &said), ["10 2023-03-03 "]);
    }

    #[test]
    fn former_rates_begin_on_the_local_day_of_their_midnight() {
        let tax = r#"{"rate": 0.255, "before": {"2024-08-31T21:00:00.000Z": {"rate": 0.24}}}"#;
        let said = [("2026-05-19", Some("25.5")), ("2017-10-27", Some("24"))];
        assert_eq!(
            windows_of(tax, &said),
            ["24 2017-10-27 2024-08-31", "25.5 2024-09-01 "]
        );
        let other = [("2026-05-19", Some("25.5")), ("2017-10-27", Some("23"))];
        assert_eq!(
            windows_of(tax, &other),
            ["24 2020-06-11 2024-08-31", "25.5 2024-09-01 "]
        );
    }

    #[test]
    fn a_float_is_written_as_the_decimal_that_was_meant() {
        assert_eq!(percent_of(0.21 - 0.14), "7");
        assert_eq!(percent_of(0.05 + 0.09975), "14.975");
        assert_eq!(percent(0.7 + 1.4), "2.1");
        assert_eq!(percent(0.0), "0");
        assert_eq!(percent(20.0), "20");
    }
}
