//! Sums by currency, category and rate, in whole minor units.

use std::collections::BTreeMap;

use guildhall_invoice::{Amount, Decimal, Document, Kind};
use guildhall_sdk::rust_decimal::RoundingStrategy;
use guildhall_sdk::{Currency, Money};

/// Why a document adds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is no invoice that can be read.
    Unreadable,
    /// The host does not let it be read.
    Refused,
    /// It has no VAT breakdown, or rows that cannot be summed.
    UnclearVat,
    /// Its currency is missing or unknown.
    UnknownCurrency,
    /// It is the same document as another one.
    Duplicate,
    /// It has the seller and number of another one, but says something else.
    Contradiction,
    /// The sums would become too large.
    TooLarge,
}

/// A row of sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// ISO 4217 code.
    pub currency: String,
    /// Category.
    pub category: String,
    /// Rate in percent.
    pub rate: String,
    /// Documents with such a row.
    pub documents: u32,
    /// Taxable amount.
    pub taxable: Money,
    /// VAT.
    pub vat: Money,
    /// Both.
    pub total: Money,
}

/// What one row is about: currency, category, rate.
pub type Key = (String, String, Decimal);

/// Sums of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Documents with such a row.
    pub documents: u32,
    /// Minor units.
    pub taxable: i64,
    /// Minor units.
    pub vat: i64,
}

/// What one document adds: its rows, and its VAT in the currency of the tax authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Rows of the document; rows of one category and rate are one.
    pub rows: BTreeMap<Key, Sum>,
    /// VAT in the currency of the tax authority.
    pub in_tax_currency: Option<Money>,
}

/// Why a document adds nothing, with the sentence for a person.
pub type NotSummed = (Reason, String);

/// Reads what a document adds. A credit note takes away.
pub fn share(document: &Document) -> Result<Share, NotSummed> {
    let code = document.currency.as_deref().unwrap_or_default();
    let currency = Currency::new(code).map_err(|error| {
        let message = match &document.currency {
            None => "The document names no currency.".to_owned(),
            Some(_) => format!("{error}."),
        };
        (Reason::UnknownCurrency, message)
    })?;
    if document.vat_breakdown.is_empty() {
        return Err(unclear("The document has no VAT breakdown.".to_owned()));
    }
    let mut share = Share::default();
    for (position, group) in document.vat_breakdown.iter().enumerate() {
        let row = format!("VAT row {}", position + 1);
        let category = group
            .tax
            .code
            .clone()
            .ok_or_else(|| unclear(format!("{row} has no category.")))?;
        let rate = match &group.tax.rate {
            None => Decimal::ZERO,
            Some(rate) => rate
                .value
                .ok_or_else(|| unclear(format!("{row} has a rate that is no number.")))?
                .normalize(),
        };
        let taxable = minor(document.kind, currency, group.taxable.as_ref(), &row)?;
        let vat = minor(document.kind, currency, group.vat.as_ref(), &row)?;
        let sum = share
            .rows
            .entry((currency.code().to_owned(), category, rate))
            .or_default();
        sum.documents = 1;
        sum.taxable = sum.taxable.checked_add(taxable).ok_or_else(too_large)?;
        sum.vat = sum.vat.checked_add(vat).ok_or_else(too_large)?;
    }
    if let Some(amount) = &document.totals.vat_in_tax_currency
        && let Some(currency) = amount
            .currency
            .as_deref()
            .and_then(|code| Currency::new(code).ok())
    {
        let minor = minor(
            document.kind,
            currency,
            Some(amount),
            "The VAT in the currency of the tax authority",
        )?;
        share.in_tax_currency = Some(Money::of(minor, currency));
    }
    Ok(share)
}

/// An amount in minor units, with the sign that it adds with.
fn minor(
    kind: Kind,
    currency: Currency,
    amount: Option<&Amount>,
    row: &str,
) -> Result<i64, NotSummed> {
    let amount = amount.ok_or_else(|| unclear(format!("{row} lacks an amount.")))?;
    let value = amount
        .value()
        .ok_or_else(|| unclear(format!("{row} has an amount that is no number.")))?;
    if amount.currency.as_deref() != Some(currency.code()) {
        return Err(unclear(format!(
            "{row} has an amount that is not in {currency}."
        )));
    }
    if value.normalize().scale() > u32::from(currency.exponent()) {
        return Err(unclear(format!(
            "{row} has an amount with more decimal places than {currency} has."
        )));
    }
    let money = Money::from_decimal(value, currency.code(), RoundingStrategy::ToZero)
        .map_err(|_| too_large())?;
    match kind {
        Kind::Invoice => Ok(money.minor),
        Kind::CreditNote => money.minor.checked_neg().ok_or_else(too_large),
    }
}

fn unclear(message: String) -> NotSummed {
    (Reason::UnclearVat, message)
}

fn too_large() -> NotSummed {
    (
        Reason::TooLarge,
        "The sums would become too large to be exact.".to_owned(),
    )
}

/// Sums of many documents.
#[derive(Default)]
pub struct Sums {
    rows: BTreeMap<Key, Sum>,
    in_tax_currency: BTreeMap<String, i64>,
}

impl Sums {
    /// Adds a document whole, or not at all.
    pub fn add(&mut self, share: &Share) -> Result<(), NotSummed> {
        let mut changed = Vec::new();
        for (key, add) in &share.rows {
            let old = self.rows.get(key).copied().unwrap_or_default();
            let new = Sum {
                documents: old
                    .documents
                    .checked_add(add.documents)
                    .ok_or_else(too_large)?,
                taxable: old.taxable.checked_add(add.taxable).ok_or_else(too_large)?,
                vat: old.vat.checked_add(add.vat).ok_or_else(too_large)?,
            };
            // Their total must fit too.
            new.taxable.checked_add(new.vat).ok_or_else(too_large)?;
            changed.push((key.clone(), new));
        }
        if let Some(money) = &share.in_tax_currency {
            let sum = self
                .in_tax_currency
                .get(&money.currency)
                .copied()
                .unwrap_or_default();
            let sum = sum.checked_add(money.minor).ok_or_else(too_large)?;
            self.in_tax_currency.insert(money.currency.clone(), sum);
        }
        self.rows.extend(changed);
        Ok(())
    }

    /// The rows, by currency, category and rate.
    pub fn rows(&self) -> Vec<Row> {
        self.rows
            .iter()
            .map(|((currency, category, rate), sum)| {
                let money = |minor| Money {
                    minor,
                    currency: currency.clone(),
                };
                Row {
                    currency: currency.clone(),
                    category: category.clone(),
                    rate: rate.to_string(),
                    documents: sum.documents,
                    taxable: money(sum.taxable),
                    vat: money(sum.vat),
                    total: money(sum.taxable.saturating_add(sum.vat)),
                }
            })
            .collect()
    }

    /// VAT in the currencies of tax authorities.
    pub fn in_tax_currency(&self) -> Vec<Money> {
        let money = |(currency, minor): (&String, &i64)| Money {
            minor: *minor,
            currency: currency.clone(),
        };
        self.in_tax_currency.iter().map(money).collect()
    }
}
