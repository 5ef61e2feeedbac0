//! How something is taxed: category and rate, and why there is no VAT.

use guildhall_ubl::{Draft, Exact, Field};

use crate::bindings::Vat;
use crate::table::*;

/// Category and rate: what the rows of the VAT breakdown are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tax {
    /// Category.
    pub category: &'static Category,
    /// Rate; none where the category has none.
    pub rate: Option<Exact>,
}

/// Why there is no VAT: a code of the list VATEX, and words.
pub type Reason = (Option<&'static str>, Option<String>);

impl Tax {
    /// Reads how something is taxed.
    pub fn read(draft: &mut Draft, field: Field, vat: &Vat) -> Option<Tax> {
        let category = category(vat.category);
        let [_, rule, _] = category.rules;
        let text = vat.rate.as_ref().filter(|rate| !rate.trim().is_empty());
        let percent = |rate: &Exact| !rate.is_negative() && rate.at_most(Exact::HUNDRED);
        let read = |text: &str| Exact::parse(text).filter(percent);
        let given = draft.parse(Field { rule, ..field }, text, RATE, read);
        if text.is_some() && given.is_none() {
            return None;
        }
        let zero = given.is_none_or(|rate| rate.is_zero());
        let (known, wanted) = match category.rate {
            Rate::Positive => (given.filter(|_| !zero).map(Some), "a rate above 0"),
            Rate::Any => (given.map(Some), "a rate"),
            Rate::Zero => (zero.then_some(Some(Exact::ZERO)), "the rate 0 or none"),
            Rate::None => (given.is_none().then_some(None), "no rate"),
        };
        let given = given.map_or("none".to_owned(), |rate| rate.to_string());
        let code = category.code;
        let what = format_args!("is {given}, but VAT category {code} takes {wanted}.");
        draft.check(known.is_some(), field, rule, what);
        known.map(|rate| Tax { category, rate })
    }

    /// Writes it, with why there is no VAT.
    pub fn write(tax: Option<Tax>, draft: &mut Draft, path: &'static str, reason: Option<&Reason>) {
        let (code, words) = reason.cloned().unwrap_or_default();
        draft.group(path, |draft| {
            draft.leaf("ID", tax.map(|tax| tax.category.code));
            draft.leaf("Percent", tax.and_then(|tax| tax.rate));
            draft.leaf("TaxExemptionReasonCode", code);
            draft.leaf("TaxExemptionReason", words);
            draft.leaf("TaxScheme/ID", tax.map(|_| "VAT"));
        });
    }

    /// Why there is no VAT: what was given, or what the category says itself.
    pub fn reason(self, draft: &mut Draft, given: Option<String>, seller_country: &str) -> Reason {
        let category = self.category;
        let [_, _, rule] = category.rules;
        let may = category.reasoned || given.is_none();
        draft.require(may, TAXED_WITH_REASON.named(rule), &[&category.code]);
        let said = !category.reasoned || given.is_some() || category.reason.is_some();
        draft.require(said, EXEMPT_WITHOUT_REASON.named(rule), &[]);
        match category.reason {
            Some((code, words)) if given.is_none() => {
                let in_union = UNION.split(' ').any(|country| country == seller_country);
                (in_union.then_some(code), Some(words.to_owned()))
            }
            _ => (None, given),
        }
    }
}
