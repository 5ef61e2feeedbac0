//! Reading what was given: checked, and written where its field stands. A person sees in the document what is there.

use std::fmt::{self, Display, Write as _};

use guildhall_sdk::{Date, Money};

use crate::codes::{is_country, is_unit};
use crate::draft::Draft;
use crate::element::Value;
use crate::exact::Exact;
use crate::field::{Field, Rule};
use crate::scale::{Scale, within};

/// Longest text of one element, in characters.
pub const MAX_TEXT: usize = 2_000;
/// Longest identifier.
const MAX_IDENTIFIER: usize = 100;

impl Draft {
    /// A text that must be there.
    pub fn required(&mut self, field: Field, given: &str) -> String {
        let text = self.cleaned(field, given);
        if text.is_empty() {
            self.refuse(field, field.rule, "is missing: write it.");
        }
        self.read(field, &text);
        text
    }

    /// A text that may be left out; an empty one counts as left out.
    pub fn optional<'g>(
        &mut self,
        field: Field,
        given: impl Into<Option<&'g String>>,
    ) -> Option<String> {
        let text = Some(self.cleaned(field, given.into()?)).filter(|text| !text.is_empty());
        self.read(field, &text);
        text
    }

    /// An identifier or code: printable ASCII, so that no character of it imitates another.
    pub fn code<'g>(
        &mut self,
        field: Field,
        given: impl Into<Option<&'g String>>,
    ) -> Option<String> {
        let code = given.into()?.trim();
        if let Some(wrong) = code.chars().find(|c| !matches!(c, ' '..='~')) {
            let wrong = u32::from(wrong);
            let message = format!(
                "has the character U+{wrong:04X}, which no such number has: write it in plain Latin letters and digits."
            );
            self.refuse(field, "", &message);
            return None;
        }
        if code.len() > MAX_IDENTIFIER {
            self.too_long(field, MAX_IDENTIFIER);
            return None;
        }
        let code = Some(code.to_owned()).filter(|code| !code.is_empty());
        self.read(field, &code);
        code
    }

    /// A code that a list has. `rule` is broken by another one, and `hint` says what to write.
    pub fn listed<'g>(
        &mut self,
        field: Field,
        rule: &str,
        given: impl Into<Option<&'g String>>,
        is_listed: impl FnOnce(&str) -> bool,
        hint: &str,
    ) -> Option<String> {
        let code = self.code(field, given)?;
        self.check(
            is_listed(&code),
            field,
            rule,
            format_args!("is {}{hint}", shown(&code)),
        );
        Some(code)
    }

    /// A country of ISO 3166-1.
    pub fn country<'g>(
        &mut self,
        field: Field,
        rule: &str,
        given: impl Into<Option<&'g String>>,
    ) -> Option<String> {
        let hint = ": write two capital letters of ISO 3166-1, for example DE.";
        self.listed(field, rule, given, is_country, hint)
    }

    /// Something that must be there, whatever it is; `hint` says what to write.
    pub fn must(&mut self, field: Field, given: &str, hint: &str) {
        let there = !given.trim().is_empty();
        self.check(there, field, field.rule, format_args!("is missing: {hint}"));
    }

    /// A day that is written as one.
    pub fn day<'g>(&mut self, field: Field, given: impl Into<Option<&'g String>>) -> Option<Date> {
        let hint = ": write an existing day as YYYY-MM-DD.";
        // Year 0 is what empty templates write.
        let day = |text: &str| text.parse::<Date>().ok().filter(|day| day.year() > 0);
        self.parse(field, given, hint, day)
    }

    /// Whatever `parse` makes of a text; `hint` says what to write if that is nothing.
    pub fn parse<'g, V: Value>(
        &mut self,
        field: Field,
        given: impl Into<Option<&'g String>>,
        hint: &str,
        parse: impl FnOnce(&str) -> Option<V>,
    ) -> Option<V> {
        let text = given.into()?.trim();
        let value = parse(text);
        let what = format_args!("is {}{hint}", shown(text));
        self.check(value.is_some(), field, field.rule, what);
        self.read(field, &value);
        value
    }

    /// An amount of the document's currency, without decimal places that are not written. What is refused counts as nothing, as
    /// everything does without a currency.
    pub fn money(&mut self, field: Field, given: &Money) -> i128 {
        self.scale()
            .map_or(0, |scale| self.money_in(scale, field, given))
    }

    /// An amount of another currency.
    pub fn money_in(&mut self, scale: Scale, field: Field, given: &Money) -> i128 {
        let code = scale.code();
        if given.currency != code {
            let other = shown(&given.currency);
            let what =
                format_args!("is in {other}, but the document is in {code}: write it in {code}.");
            self.check(false, field, "", what);
        } else if let Some(amount) = scale.amount(given.minor) {
            return self.bounded(field, amount);
        } else {
            let places = scale.places();
            let what = format_args!(
                "is {given}, but the document has {places} decimal places at most: round it."
            );
            self.check(false, field, field.rule, what);
        }
        0
    }

    /// `one` × `other` ÷ `by`, rounded once to the currency's places. What gets too large counts as nothing.
    pub fn product(&mut self, field: Field, one: Exact, other: Exact, by: Exact) -> i128 {
        let product = self.scale().map(|scale| scale.product(one, other, by));
        self.fits(field, product.unwrap_or(Some(0)))
    }

    /// So much per cent of an amount.
    pub fn share(&mut self, field: Field, amount: i128, percent: Exact) -> i128 {
        let share = self.scale();
        let share = share.map(|scale| scale.product(scale.exact(amount), percent, Exact::HUNDRED));
        self.fits(field, share.unwrap_or(Some(0)))
    }

    /// An amount, unless it is too large: that counts as nothing.
    pub fn bounded(&mut self, field: Field, amount: i128) -> i128 {
        self.fits(field, within(amount))
    }

    /// An amount as money, unless it is too large.
    pub fn in_money(&mut self, field: Field, amount: i128) -> Option<Money> {
        let amount = self.bounded(field, amount);
        self.scale()?.money(amount)
    }

    /// Two days in this order.
    pub fn in_order(
        &mut self,
        (first, start): (Field, Option<Date>),
        (last, end): (Field, Option<Date>),
        rule: &str,
    ) {
        if let (Some(start), Some(end)) = (start, end) {
            let mut before = first.name.to_owned();
            if let Some(initial) = before.get_mut(..1) {
                initial.make_ascii_lowercase();
            }
            let what =
                format!("is {end} and lies before {before}, {start}: correct one of the two.");
            self.check(start <= end, last, rule, what);
        }
    }

    /// A first and a last day in this order.
    pub fn period<'g>(
        &mut self,
        [first, last]: [Field; 2],
        rule: &str,
        given: Option<(&'g String, &'g String)>,
    ) {
        if let Some((start, end)) = given {
            let start = self.day(first, start);
            let end = self.day(last, end);
            self.in_order((first, start), (last, end), rule);
        }
    }

    /// A VAT identifier, letters and digits with its country in front, and its tax scheme.
    pub fn vat_id<'g>(
        &mut self,
        field: Field,
        rule: &str,
        given: impl Into<Option<&'g String>>,
    ) -> Option<String> {
        let id = self.code(field, given)?.replace([' ', '.', '-'], "");
        let prefix = id.get(..2).unwrap_or_default();
        // Greece writes EL, Northern Ireland XI.
        let country = is_country(prefix) || matches!(prefix, "EL" | "XI");
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '+' | '*');
        let good = country && id.len() >= 4 && id.chars().all(fits);
        let hint = ": write it with its country in front, in capital letters and digits, for example DE123456789.";
        self.check(good, field, rule, format_args!("is {}{hint}", shown(&id)));
        self.tax_scheme("VAT", &id);
        Some(id)
    }

    /// An address: street, what else belongs to it, city, postal code, region, and the country, which must be there.
    pub fn address(
        &mut self,
        path: &'static str,
        (parts, country, rule): (Field, Field, &str),
        [street, additional, city, postcode, region]: [&Option<String>; 5],
        given: &String,
    ) -> Option<String> {
        self.group(path, |draft| {
            draft.optional(parts.to("StreetName"), street);
            draft.optional(parts.to("AdditionalStreetName"), additional);
            draft.optional(parts.to("CityName"), city);
            draft.optional(parts.to("PostalZone"), postcode);
            draft.optional(parts.to("CountrySubentity"), region);
            draft.must(country, given, "write two capital letters, for example DE.");
            draft.country(country.to("Country/IdentificationCode"), rule, given)
        })
    }

    /// A unit of measure; `unknown` is said of one that is not in the list.
    pub fn unit(&mut self, field: Field, given: &String, unknown: Rule<'_>) -> String {
        let hint = "write C62 for pieces, KGM for kilograms, HUR for hours.";
        self.must(field, given, hint);
        let unit = self.code(field, given).unwrap_or_default();
        let known = unit.is_empty() || is_unit(&unit);
        self.support(known, unknown, &[&shown(&unit)]);
        unit
    }

    fn fits(&mut self, field: Field, amount: Option<i128>) -> i128 {
        let what = "is too large: make several documents of it.";
        self.check(amount.is_some(), field, "", what);
        amount.unwrap_or_default()
    }

    fn cleaned(&mut self, field: Field, text: &str) -> String {
        let text = text.trim();
        if let Some(wrong) = text.chars().find(|c| is_hidden(*c)) {
            let wrong = u32::from(wrong);
            let message = format!(
                "has the invisible character U+{wrong:04X}: take it out, so that what is read is what is there."
            );
            self.refuse(field, "", &message);
        } else if text.chars().count() > MAX_TEXT {
            self.too_long(field, MAX_TEXT);
        } else {
            return text.to_owned();
        }
        // Something stands there, so it is not missing too.
        "?".to_owned()
    }

    fn too_long(&mut self, field: Field, most: usize) {
        let message = format!("is longer than {most} characters: shorten it.");
        self.refuse(field, "", &message);
    }

    fn refuse(&mut self, field: Field, rule: &str, what: &str) {
        let message = format!("{} ({}) {what}", self.placed(field.name), field.term);
        self.add(field.term, rule, message);
    }

    fn read(&mut self, field: Field, value: impl Value) {
        if !field.path.is_empty() {
            self.leaf(field.path, value);
        }
    }
}

/// Whether something is written there.
pub fn is_given(text: &Option<String>) -> bool {
    text.as_ref().is_some_and(|text| !text.trim().is_empty())
}

/// Text of the caller, for a sentence.
pub fn shown(text: &str) -> impl Display {
    const SHOWN: usize = 40;
    let short = |f: &mut fmt::Formatter<'_>| {
        let seen = text.chars().filter(|c| !c.is_control());
        f.write_str("`")?;
        for character in seen.take(SHOWN) {
            f.write_char(character)?;
        }
        f.write_str("`")
    };
    fmt::from_fn(short)
}

/// Characters that cannot be seen, or that turn the order of those that can. The joiners stay: Persian and Hindi need them.
fn is_hidden(character: char) -> bool {
    let layout = matches!(character, '\t' | '\n');
    (character.is_control() && !layout)
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        )
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(character, '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}')
        || matches!(character, '\u{e0000}'..)
}
