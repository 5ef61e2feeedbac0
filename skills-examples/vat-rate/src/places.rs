//! Markets, and the parts of countries whose tax is not that of the country.

use guildhall_sdk::Date;

use crate::table::places::{EU, PARTS, Part, WITHOUT_A_RATE};

/// A market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// ISO 3166 code, of a country or a part of it. Where ISO has none, one of its form.
    pub code: &'a str,
    /// The row of [`PARTS`], if it is a part with a tax of its own.
    pub part: Option<&'static Part>,
}

/// What is wrong with how a place is written, as a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl<'a> Place<'a> {
    /// The place that a code and, if given, a postal code name.
    pub fn find(code: &'a str, postal: Option<&str>) -> Result<Place<'a>, Unreadable> {
        let code = match code {
            // As the EU and the British write it.
            "EL" => "GR",
            "UK" => "GB",
            "FI-01" => "AX",
            "ES-GC" | "ES-TF" => "ES-CN",
            _ => code,
        };
        if !is_code(code) {
            return Err(Unreadable(format!(
                "`{}` is no ISO 3166 code: write two capital letters, for example `DE`, or a part such as `CA-ON`.",
                shown(code)
            )));
        }
        let postal = postal.map(readable_postal).transpose()?;
        let by_postal = PARTS.iter().find(|part| {
            let begins =
                |postal: &String| part.postal.iter().any(|begin| postal.starts_with(begin));
            part.country == code && postal.as_ref().is_some_and(begins)
        });
        let part = by_postal.or_else(|| PARTS.iter().find(|part| part.code == code));
        Ok(Place {
            code: part.map_or(code, |part| part.code),
            part,
        })
    }

    /// Why it has no one rate, if that is so.
    pub fn without_a_rate(&self) -> Option<&'static str> {
        let found = WITHOUT_A_RATE.iter().find(|(code, _)| *code == self.code);
        found.map(|(_, why)| *why)
    }

    /// The territory that it belongs to for VAT.
    pub fn territory(&self) -> &'a str {
        match self.part {
            Some(part) => part.within.unwrap_or(part.code),
            // One territory by the treaty of 1994.
            None if self.code == "LI" => "CH",
            None => self.country(),
        }
    }

    /// The state that it is a part of.
    pub fn country(&self) -> &'a str {
        match (self.code.split_once('-'), self.part) {
            (Some((country, _)), _) => country,
            (None, Some(part)) => part.country,
            (None, None) => self.code,
        }
    }

    /// Whether EU law on VAT applies on that day. Northern Ireland belongs to it for goods.
    pub fn in_eu(&self, date: Date, goods: bool) -> bool {
        let day = date.to_string();
        match self.territory() {
            // The transition ended with 2020.
            "GB" if day.as_str() < "2021-01-01" => true,
            "GB" => goods && self.code == "XI",
            "HR" => day.as_str() >= "2013-07-01",
            territory => EU.contains(&territory),
        }
    }

    /// Parts of this country that the answer is not for, as a sentence; none if a postal code has decided.
    pub fn exceptions(&self) -> Option<String> {
        if self.part.is_some() {
            return None;
        }
        let mut names = PARTS
            .iter()
            .filter(|part| part.country == self.code)
            .map(|part| part.name);
        let first = names.next()?;
        let names = names.fold(first.to_owned(), |all, name| format!("{all}, {name}"));
        Some(format!(
            "Other rules hold in: {names}. Give the postal code to be sure."
        ))
    }
}

fn is_code(code: &str) -> bool {
    let (country, part) = match code.split_once('-') {
        Some((country, part)) => (country, Some(part)),
        None => (code, None),
    };
    let part_is_one = |part: &str| {
        (1..=3).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && part.is_none_or(part_is_one)
}

/// Capital letters and digits; how people group them does not matter.
fn readable_postal(text: &str) -> Result<String, Unreadable> {
    let plain: String = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .collect();
    let right =
        (2..=10).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_alphanumeric());
    right.then(|| plain.to_ascii_uppercase()).ok_or_else(|| {
        Unreadable(format!(
            "`{}` is no postal code: write its digits and letters as on the address.",
            shown(text)
        ))
    })
}

/// Text of a stranger for a sentence: short, and nothing that turns or hides what stands beside it.
pub fn shown(text: &str) -> String {
    let visible = |character: &char| character.is_ascii_graphic() || *character == ' ';
    let plain: String = text
        .chars()
        .take(24)
        .map(|character| if visible(&character) { character } else { '?' })
        .collect();
    plain.replace('`', "'")
}
