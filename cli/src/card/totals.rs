//! What all effects of a card come to.

use super::layout::{bytes, counted};
use guildhall_host::{Amount, CardEffect, Currency, EffectFacts};
use std::collections::BTreeMap;

/// `2 files would be written (1 new, 1 replaced), 1,204 bytes`, for each kind of effect that there is.
#[must_use]
pub fn totals(effects: &[CardEffect]) -> String {
    let mut files = 0;
    let mut replaced = 0;
    let mut size = 0_u64;
    let mut payments = Vec::new();
    let mut messages = 0;
    let mut unknown = 0;
    for effect in effects {
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => {
                files += 1;
                replaced += usize::from(write.replaces.is_some());
                size = size.saturating_add(write.bytes);
            }
            EffectFacts::Payment(payment) => payments.push(payment.amount),
            EffectFacts::Message(_) => messages += 1,
            EffectFacts::Forgotten { .. } => unknown += 1,
        }
    }
    let mut parts = Vec::new();
    if files > 0 {
        parts.push(format!(
            "{} would be written ({} new, {replaced} replaced), {}",
            counted(files, "file"),
            files - replaced,
            bytes(size)
        ));
    }
    if !payments.is_empty() {
        parts.push(format!(
            "{} would be made, {}",
            counted(payments.len(), "payment"),
            sums(&payments)
        ));
    }
    if messages > 0 {
        parts.push(format!("{} would be sent", counted(messages, "message")));
    }
    if unknown > 0 {
        parts.push(format!(
            "{} whose facts were not kept",
            counted(unknown, "effect")
        ));
    }
    parts.join("; ")
}

/// `EUR 1,234.50 and USD 12.00 in all`: nothing is converted.
#[must_use]
pub fn sums(amounts: &[Amount]) -> String {
    let mut sums: BTreeMap<Currency, Option<Amount>> = BTreeMap::new();
    for amount in amounts {
        sums.entry(amount.currency)
            .and_modify(|sum| *sum = sum.and_then(|sum| sum.checked_add(*amount).ok()))
            .or_insert(Some(*amount));
    }
    let shown: Vec<String> = sums
        .into_iter()
        .map(|(currency, sum)| match sum {
            Some(sum) => sum.to_string(),
            None => format!("more {currency} than can be counted"),
        })
        .collect();
    format!("{} in all", shown.join(" and "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(amounts: &[&str]) -> String {
        let amounts: Vec<Amount> = amounts.iter().map(|text| text.parse().unwrap()).collect();
        sums(&amounts)
    }

    #[test]
    fn sums_are_for_each_currency_and_never_wrap() {
        assert_eq!(
            all(&["EUR 1000.00", "USD 5.00", "EUR 234.50"]),
            "EUR 1,234.50 and USD 5.00 in all"
        );
        let most = "EUR 92233720368547758.07";
        assert_eq!(
            all(&[most, "EUR 0.01", "EUR 1.00"]),
            "more EUR than can be counted in all"
        );
    }
}
