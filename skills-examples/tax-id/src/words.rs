//! The sentences that a merchant reads.

use crate::kind::Kind;
use guildhall_numbers::characters;
use guildhall_numbers::form::Form;
use guildhall_numbers::rule::Rule;

type By<'a> = [(&'a Kind, &'a Rule)];

/// Text of the input inside a sentence: short, and nothing that moves what stands around it.
pub fn quoted(text: &str) -> String {
    text.chars()
        .take(20)
        .map(|character| match character.is_ascii_graphic() {
            true => character,
            false => '?',
        })
        .collect()
}

pub fn out_of_scope(country: &str) -> String {
    format!(
        "There is no rule for numbers of `{country}` here, so nothing is said about this one. Ask the country's tax authority."
    )
}

pub fn too_long(length: usize) -> String {
    format!("It has {length} characters, and no such number is so long: pass the number alone.")
}

pub fn hostile(position: usize, character: char) -> String {
    format!(
        "Character {position} is {}: such numbers are written with the digits 0 to 9 and the letters A to Z. Type the number again \
         by hand.",
        characters::name(character)
    )
}

pub fn well_formed(by: &By<'_>) -> String {
    let (title, issuer) = by
        .first()
        .map_or(("", ""), |(kind, _)| (kind.title, kind.issuer));
    let digit = match by.iter().any(|(_, rule)| !rule.checks.is_empty()) {
        true => "its check digit fits",
        false => "there is no check digit to compute",
    };
    format!(
        "It has the form of this number ({title}), and {digit}. Whether it is registered, and to whom, is not known here: {}.",
        ask(issuer)
    )
}

pub fn bad_checksum(by: &By<'_>) -> String {
    let title = by.first().map_or("", |(kind, _)| kind.title);
    format!(
        "It has the form of this number ({title}), but the check digit does not fit: a character is wrong, or two are swapped. Ask \
         whoever gave it to you for it again."
    )
}

pub fn never(by: &By<'_>, number: &[char], (from, to): (usize, usize), what: &str) -> String {
    let title = by.first().map_or("", |(kind, _)| kind.title);
    if !what.is_empty() {
        return format!("No such number is issued ({title}): {what}. Ask for it again.");
    }
    let part: String = number
        .iter()
        .take(to)
        .skip(from.saturating_sub(1))
        .collect();
    format!(
        "No such number is issued ({title}): `{part}` at place {from} to {to} is none of the values that stand there. Ask for it again."
    )
}

pub fn too_early(by: &By<'_>, day: &str) -> String {
    let title = by.first().map_or("", |(kind, _)| kind.title);
    format!("Numbers of this form ({title}) are issued from {day} on, which lies ahead.")
}

pub fn other_form(country: &str, kinds: &[&Kind], number: &[char]) -> String {
    let own = kinds
        .iter()
        .flat_map(|kind| kind.prefixes)
        .find(|prefix| number.iter().copied().take(prefix.len()).eq(prefix.chars()));
    let length = number.len() - own.map_or(0, |prefix| prefix.len());
    let without = own.map_or_else(String::new, |prefix| format!(" after {prefix}"));
    let described: Vec<String> = kinds.iter().take(3).map(|kind| described(kind)).collect();
    let mut sentence = format!(
        "It is not written as {}. This one has {length}{without}.",
        described.join(", or ")
    );
    let begins: String = number.iter().take(2).collect();
    let other = crate::table::kinds()
        .find(|kind| kind.country != country && kind.prefixes.contains(&begins.as_str()));
    if let Some(other) = other
        && !kinds
            .iter()
            .any(|kind| kind.prefixes.contains(&begins.as_str()))
    {
        sentence.push_str(&format!(
            " It begins like a number of another country ({}).",
            other.title
        ));
    }
    sentence
}

/// A kind with its lengths.
fn described(kind: &Kind) -> String {
    let forms = || kind.rules.iter().map(|rule| Form::read(rule.form));
    let mut lengths: Vec<(usize, usize)> = forms().map(|form| form.lengths()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let lengths: Vec<String> = lengths
        .iter()
        .map(|(least, most)| match least == most {
            true => least.to_string(),
            false => format!("{least} to {most}"),
        })
        .collect();
    let form = forms().next().map_or_else(String::new, |form| form.words());
    format!(
        "{} ({}), which has {} characters, for example {form}",
        kind.title,
        kind.name,
        lengths.join(" or ")
    )
}

/// Whom to ask.
fn ask(issuer: &str) -> String {
    match issuer.contains("VIES") {
        true => "ask VIES of the European Commission".to_owned(),
        false => format!("ask {issuer}"),
    }
}
