//! The summary per rate: sales and purchases by themselves, and a balance for each currency.

use std::collections::BTreeMap;

use guildhall_sdk::Money;
use guildhall_vat::Sums;

use crate::bindings::{Balance, Direction, RateRow, VatSummary};
use crate::collect::{Fit, Out, from_share, too_large};

/// Sums under way.
#[derive(Default)]
pub struct Summing {
    sales: Sums,
    purchases: Sums,
    /// VAT of sales and reclaimed VAT of purchases, by currency.
    balances: BTreeMap<String, (i64, i64)>,
}

impl Summing {
    /// Adds a document whole, or not at all.
    pub fn add(&mut self, fit: &Fit<'_>) -> Result<(), Out> {
        let mut balances = self.balances.clone();
        for ((currency, ..), sum) in &fit.share.rows {
            let (output, input) = balances.entry(currency.clone()).or_default();
            let side = match fit.direction {
                Direction::Sale => output,
                Direction::Purchase if fit.reclaimed => input,
                Direction::Purchase => continue,
            };
            *side = side.checked_add(sum.vat).ok_or_else(too_large)?;
        }
        let sums = match fit.direction {
            Direction::Sale => &mut self.sales,
            Direction::Purchase => &mut self.purchases,
        };
        sums.add(fit.share).map_err(from_share)?;
        self.balances = balances;
        Ok(())
    }

    /// The summary; none if a balance gets too large.
    pub fn finish(&self) -> Option<VatSummary> {
        let rows = |direction: Direction, sums: &Sums| {
            let row = move |row: guildhall_vat::Row| RateRow {
                direction,
                currency: row.currency,
                category: row.category,
                rate: row.rate,
                documents: row.documents,
                taxable: row.taxable,
                vat: row.vat,
            };
            sums.rows().into_iter().map(row).collect::<Vec<_>>()
        };
        let balance = |(currency, (output, input)): (&String, &(i64, i64))| {
            Some(Balance {
                output: Money::new(*output, currency).ok()?,
                input: Money::new(*input, currency).ok()?,
                difference: Money::new(output.checked_sub(*input)?, currency).ok()?,
            })
        };
        Some(VatSummary {
            rows: [
                rows(Direction::Sale, &self.sales),
                rows(Direction::Purchase, &self.purchases),
            ]
            .concat(),
            balances: self.balances.iter().map(balance).collect::<Option<_>>()?,
        })
    }
}
