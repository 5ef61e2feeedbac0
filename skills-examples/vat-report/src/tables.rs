//! The report as files.
//!
//! Sellers, numbers and categories are what strangers wrote. A spreadsheet takes a cell that begins with `=`, `+`, `-` or
//! `@` for a formula, so such text gets an apostrophe in front; amounts that were computed here do not need it.

use csv::{Terminator, WriterBuilder};
use guildhall_sdk::Money;
use guildhall_vat::Reason;
use serde::Serialize;

use crate::bindings::VatSummary;
use crate::collect::{Claims, Entry};

/// The sums as CSV.
pub fn sums(summary: &VatSummary) -> Result<Vec<u8>, String> {
    let head = [
        "currency",
        "category",
        "rate",
        "documents",
        "taxable",
        "vat",
        "total",
    ];
    let rows = summary.rows.iter().map(|row| {
        [
            harmless(&row.currency),
            harmless(&row.category),
            row.rate.clone(),
            row.documents.to_string(),
            decimal(&row.taxable),
            decimal(&row.vat),
            decimal(&row.total),
        ]
    });
    table(head, rows)
}

/// Every document as CSV.
pub fn documents(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let head = [
        "file", "kind", "seller", "number", "date", "currency", "taxable", "vat", "total",
        "counted", "remarks",
    ];
    let rows = entries.iter().map(|entry| {
        let claim = |pick: fn(&Claims) -> &str| {
            entry
                .claims
                .as_ref()
                .map(|claims| harmless(pick(claims)))
                .unwrap_or_default()
        };
        let totals = entry
            .claims
            .as_ref()
            .and_then(|claims| claims.totals.as_ref());
        let total = |index: usize| {
            totals
                .and_then(|totals| totals.get(index))
                .map(decimal)
                .unwrap_or_default()
        };
        let currency = totals
            .and_then(|totals| totals.first())
            .map(|money| money.currency.clone());
        [
            harmless(&entry.path),
            claim(|claims| claims.kind),
            claim(|claims| &claims.seller),
            claim(|claims| &claims.number),
            claim(|claims| &claims.date),
            currency.unwrap_or_default(),
            total(0),
            total(1),
            total(2),
            if entry.left_out.is_none() {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            harmless(&remarks(entry)),
        ]
    });
    table(head, rows)
}

fn remarks(entry: &Entry) -> String {
    let why = entry.left_out.iter().map(|(_, message)| message.clone());
    why.chain(entry.errors.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn table<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, String> {
    // RFC 4180 ends lines so, and spreadsheets expect it.
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer
        .write_record(head)
        .map_err(|error| error.to_string())?;
    for row in rows {
        writer
            .write_record(row)
            .map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

/// Text that no spreadsheet takes for a formula, on one line.
pub fn harmless(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // Full-width forms count too: some spreadsheets fold them.
    let formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%'
        )
    };
    if line.trim_start().starts_with(formula) {
        line.insert(0, '\'');
    }
    line
}

/// An amount in major units. Its currency was checked when it was summed.
fn decimal(money: &Money) -> String {
    money.amount().unwrap_or_else(|_| money.minor.to_string())
}

#[derive(Serialize)]
struct Json<'r> {
    rows: Vec<JsonRow<'r>>,
    vat_in_tax_currency: Vec<JsonMoney<'r>>,
    documents: Vec<JsonDocument<'r>>,
}

#[derive(Serialize)]
struct JsonRow<'r> {
    currency: &'r str,
    category: &'r str,
    rate: &'r str,
    documents: u32,
    taxable: String,
    vat: String,
    total: String,
}

#[derive(Serialize)]
struct JsonMoney<'r> {
    currency: &'r str,
    vat: String,
}

#[derive(Serialize)]
struct JsonDocument<'r> {
    file: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seller: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taxable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<String>,
    counted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    errors: &'r [String],
}

/// Everything as JSON. Amounts are decimal text, exact in every reader.
pub fn json(summary: &VatSummary, entries: &[Entry]) -> Result<Vec<u8>, String> {
    let report = Json {
        rows: summary
            .rows
            .iter()
            .map(|row| JsonRow {
                currency: &row.currency,
                category: &row.category,
                rate: &row.rate,
                documents: row.documents,
                taxable: decimal(&row.taxable),
                vat: decimal(&row.vat),
                total: decimal(&row.total),
            })
            .collect(),
        vat_in_tax_currency: summary
            .vat_in_tax_currency
            .iter()
            .map(|money| JsonMoney {
                currency: &money.currency,
                vat: decimal(money),
            })
            .collect(),
        documents: entries.iter().map(json_document).collect(),
    };
    let mut text = serde_json::to_vec_pretty(&report).map_err(|error| error.to_string())?;
    text.push(b'\n');
    Ok(text)
}

fn json_document(entry: &Entry) -> JsonDocument<'_> {
    let claims = entry.claims.as_ref();
    let claim = |pick: fn(&Claims) -> &str| claims.map(pick).filter(|text| !text.is_empty());
    let totals = claims.and_then(|claims| claims.totals.as_ref());
    let total = |index: usize| totals.and_then(|totals| totals.get(index)).map(decimal);
    JsonDocument {
        file: &entry.path,
        kind: claim(|claims| claims.kind),
        seller: claim(|claims| &claims.seller),
        number: claim(|claims| &claims.number),
        date: claim(|claims| &claims.date),
        currency: totals
            .and_then(|totals| totals.first())
            .map(|money| money.currency.as_str()),
        taxable: total(0),
        vat: total(1),
        total: total(2),
        counted: entry.left_out.is_none(),
        reason: entry.left_out.as_ref().map(|(reason, _)| word(*reason)),
        message: entry.left_out.as_ref().map(|(_, message)| message.as_str()),
        errors: &entry.errors,
    }
}

fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreadable => "unreadable",
        Reason::Refused => "refused",
        Reason::UnclearVat => "unclear-vat",
        Reason::UnknownCurrency => "unknown-currency",
        Reason::Duplicate => "duplicate",
        Reason::Contradiction => "contradiction",
        Reason::TooLarge => "too-large",
    }
}
