//! Sums up an invoice. Benchmarks measure it: made as authors make theirs, with text and records going in and out.

use bindings::{Guest, Line, Totals};

struct Sums;

guildhall_sdk::skill!(Sums);

impl Guest for Sums {
    fn total(currency: String, lines: Vec<Line>) -> Result<Totals, String> {
        if currency.len() != 3 {
            return Err(format!("`{currency}` is no currency"));
        }
        let too_large = |line: &Line| format!("{}: the sum is too large", line.description);
        let mut totals = Totals {
            net: 0,
            vat: 0,
            gross: 0,
            lines: 0,
        };
        for line in &lines {
            let net = line
                .price_minor
                .checked_mul(i64::from(line.quantity))
                .ok_or_else(|| too_large(line))?;
            let vat = net
                .checked_mul(i64::from(line.vat_rate))
                .and_then(|product| product.checked_add(5_000))
                .ok_or_else(|| too_large(line))?
                .div_euclid(10_000);
            totals.net = totals.net.checked_add(net).ok_or_else(|| too_large(line))?;
            totals.vat = totals.vat.checked_add(vat).ok_or_else(|| too_large(line))?;
            totals.lines += 1;
        }
        totals.gross = totals
            .net
            .checked_add(totals.vat)
            .ok_or("the sum is too large")?;
        Ok(totals)
    }
}
