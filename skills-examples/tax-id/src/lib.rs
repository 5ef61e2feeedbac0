//! VAT and company numbers, as a skill: `table` has the rules as data (`guildhall-numbers` computes them), `own` what no table
//! can say, `sources` the packages that state them, `words` the sentences.

mod kind;
mod own;
mod sources;
mod table;
#[cfg(test)]
mod tests;
mod words;

use bindings::{
    Basis, Finding, Guest, Invalid, NumberKind, Status, TaxIdAnswer, TaxNumber, Verdict,
};
use guildhall_sdk::context;

use crate::kind::Kind;
use guildhall_numbers::rule::{Outcome, Rule};

/// Numbers that one run checks.
const MAX_NUMBERS: usize = 2_000;
/// The longest number of the tables has 20 characters; separators may stand between them.
const MAX_LENGTH: usize = 60;

struct TaxId;

guildhall_sdk::skill!(TaxId);
guildhall_answer::bind!(bindings);

impl Guest for TaxId {
    fn check(
        country: Option<String>,
        number: String,
        kind: Option<String>,
    ) -> Result<TaxIdAnswer, Invalid> {
        let number = TaxNumber {
            country,
            number,
            kind,
        };
        answer(&number, &context::today().to_string())
    }

    fn check_all(numbers: Vec<TaxNumber>) -> Result<Vec<TaxIdAnswer>, Invalid> {
        if numbers.len() > MAX_NUMBERS {
            return Err(Invalid::TooMany(format!(
                "There are {} numbers; at most {MAX_NUMBERS} are checked at once. Pass them in several lists.",
                numbers.len()
            )));
        }
        let today = context::today().to_string();
        numbers
            .iter()
            .map(|number| answer(number, &today))
            .collect()
    }

    fn kinds() -> Vec<NumberKind> {
        table::kinds()
            .map(|kind| NumberKind {
                country: kind.country.to_owned(),
                name: kind.name.to_owned(),
                title: kind.title.to_owned(),
                issuer: kind.issuer.to_owned(),
                forms: kind.rules.iter().map(|rule| rule.form.to_owned()).collect(),
                basis: basis(kind.rules.iter()),
            })
            .collect()
    }
}

/// What the best of all rules says of a number.
struct Best<'a> {
    outcome: Outcome,
    /// The rules with that outcome, with their kinds.
    by: Vec<(&'a Kind, &'a Rule)>,
    number: Vec<char>,
}

fn answer(asked: &TaxNumber, today: &str) -> Result<TaxIdAnswer, Invalid> {
    let country = country(asked)?;
    let known: Vec<&Kind> = table::kinds()
        .filter(|kind| kind.country == country)
        .collect();
    let kinds = of_kind(&known, asked.kind.as_deref())?;
    if kinds.is_empty() {
        return Ok(answered(0, false, words::out_of_scope(&country)));
    }
    let also = |character| extra(&country).contains(character);
    let cleaned = match asked.number.chars().count() {
        0..=MAX_LENGTH => guildhall_numbers::characters::clean(&asked.number, &also),
        length => return Ok(malformed(&country, &kinds, true, words::too_long(length))),
    };
    let number = match cleaned {
        Ok(number) => number,
        Err((position, character)) => {
            let reason = words::hostile(position, character);
            return Ok(malformed(&country, &kinds, true, reason));
        }
    };
    let best = judge(&kinds, &number, today);
    Ok(match best.outcome {
        Outcome::Obeys => well_formed(&country, &best),
        Outcome::Checksum => TaxIdAnswer {
            value: Some(finding(Verdict::BadChecksum, &country, &best)),
            ..told(&best, words::bad_checksum(&best.by))
        },
        Outcome::Never(from, to, what) => {
            let reason = words::never(&best.by, &best.number, (from, to), what);
            malformed(&country, &kinds, false, reason)
        }
        Outcome::TooEarly(day) => {
            malformed(&country, &kinds, false, words::too_early(&best.by, day))
        }
        Outcome::OtherForm => {
            let reason = words::other_form(&country, &kinds, &number);
            malformed(&country, &kinds, false, reason)
        }
    })
}

/// The country that is asked for: given, or how the number begins.
fn country(asked: &TaxNumber) -> Result<String, Invalid> {
    let given = asked.country.as_deref().map(str::trim);
    let begins = || asked.number.trim_start().chars().take(2).collect();
    let code = given
        .map_or_else(begins, str::to_owned)
        .to_ascii_uppercase();
    let letters = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    match (letters, given) {
        (true, _) if code == "EL" => Ok("GR".to_owned()),
        (true, _) => Ok(code),
        (false, Some(_)) => Err(Invalid::Country(format!(
            "`{}` is no country: write its two letters, for example `DE`.",
            words::quoted(&code)
        ))),
        (false, None) => Err(Invalid::Country(
            "The number does not begin with the two letters of a country: say which country it is of."
                .to_owned(),
        )),
    }
}

/// Kinds of that name; all, if none is named.
fn of_kind<'a>(known: &[&'a Kind], name: Option<&str>) -> Result<Vec<&'a Kind>, Invalid> {
    let Some(name) = name else {
        return Ok(known.to_vec());
    };
    let found: Vec<&Kind> = known
        .iter()
        .filter(|kind| kind.name.eq_ignore_ascii_case(name.trim()))
        .copied()
        .collect();
    if found.is_empty() && !known.is_empty() {
        let names: Vec<&str> = known.iter().map(|kind| kind.name).collect();
        return Err(Invalid::Kind(format!(
            "`{}` is no kind of number of this country; it has {}.",
            words::quoted(name),
            names.join(", ")
        )));
    }
    Ok(found)
}

/// What numbers of a country may hold besides digits and the letters of ASCII.
fn extra(country: &str) -> &'static str {
    match country {
        "IE" => "+*",
        "MX" => "&Ñ",
        _ => "",
    }
}

/// The best outcome of all rules, in this order: obeyed, wrong check digit, never issued, another form.
fn judge<'a>(kinds: &[&'a Kind], number: &[char], today: &str) -> Best<'a> {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Obeys => 0,
        Outcome::Checksum => 1,
        Outcome::Never(..) => 2,
        Outcome::TooEarly(_) => 3,
        Outcome::OtherForm => 4,
    };
    let mut best = Best {
        outcome: Outcome::OtherForm,
        by: Vec::new(),
        number: number.to_vec(),
    };
    for kind in kinds {
        for spelled in spellings(kind, number) {
            let issued = kind
                .exceptions
                .iter()
                .any(|issued| issued.chars().eq(spelled.iter().copied()));
            for rule in kind.rules {
                let outcome = match issued {
                    true => Outcome::Obeys,
                    false => rule.judge(spelled, today),
                };
                // A rule that is disputed counts where no other is obeyed.
                let disputed = |rule: &Rule| !rule.disputed.is_empty();
                let better = rank(&outcome) < rank(&best.outcome)
                    || (outcome == Outcome::Obeys
                        && best.by.iter().all(|(_, rule)| disputed(rule))
                        && !disputed(rule));
                if better {
                    best = Best {
                        outcome,
                        by: vec![(kind, rule)],
                        number: spelled.to_vec(),
                    };
                } else if rank(&outcome) == rank(&best.outcome)
                    && outcome != Outcome::OtherForm
                    && !disputed(rule)
                {
                    best.by.push((kind, rule));
                }
            }
        }
    }
    best
}

/// The number as it stands, and without what may stand before it.
fn spellings<'a>(kind: &Kind, number: &'a [char]) -> impl Iterator<Item = &'a [char]> {
    let without = kind.prefixes.iter().filter_map(move |prefix| {
        let (start, rest) = number.split_at_checked(prefix.len())?;
        start.iter().copied().eq(prefix.chars()).then_some(rest)
    });
    std::iter::once(number).chain(without)
}

fn basis<'a>(mut rules: impl Iterator<Item = &'a Rule>) -> Basis {
    match rules.any(|rule| !rule.checks.is_empty()) {
        true => Basis::CheckDigit,
        false => Basis::Form,
    }
}

fn finding(verdict: Verdict, country: &str, best: &Best<'_>) -> Finding {
    Finding {
        verdict,
        basis: basis(best.by.iter().map(|(_, rule)| *rule)),
        country: country.to_owned(),
        kinds: names(best.by.iter().map(|(kind, _)| *kind)),
        canonical: Some(best.number.iter().collect()),
    }
}

fn names<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Vec<String> {
    let mut names: Vec<String> = kinds.map(|kind| kind.name.to_owned()).collect();
    names.dedup();
    names
}

/// An answer without a finding yet, by the rules that decided.
fn told(best: &Best<'_>, reason: String) -> TaxIdAnswer {
    let stated_by = best
        .by
        .iter()
        .fold(0, |all, (kind, _)| all | kind.stated_by);
    let proved = best.by.iter().any(|(_, rule)| !rule.checks.is_empty());
    answered(stated_by, proved, reason)
}

fn answered(stated_by: u8, proved: bool, reason: String) -> TaxIdAnswer {
    let judged = sources::judged(stated_by, proved);
    TaxIdAnswer {
        status: judged.status.into(),
        value: None,
        sources: judged.sources.into_iter().map(Into::into).collect(),
        as_of: judged.as_of,
        reason,
    }
}

fn well_formed(country: &str, best: &Best<'_>) -> TaxIdAnswer {
    if let Some((_, rule)) = best.by.iter().find(|(_, rule)| !rule.disputed.is_empty()) {
        return TaxIdAnswer {
            status: Status::Disputed,
            ..told(best, rule.disputed.to_owned())
        };
    }
    TaxIdAnswer {
        value: Some(finding(Verdict::WellFormedUnverified, country, best)),
        ..told(best, words::well_formed(&best.by))
    }
}

/// `proved`: no rule of any country allows it.
fn malformed(country: &str, kinds: &[&Kind], proved: bool, reason: String) -> TaxIdAnswer {
    let stated_by = kinds.iter().fold(0, |all, kind| all | kind.stated_by);
    TaxIdAnswer {
        value: Some(Finding {
            verdict: Verdict::Malformed,
            basis: Basis::Form,
            country: country.to_owned(),
            kinds: names(kinds.iter().copied()),
            canonical: None,
        }),
        ..answered(stated_by, proved, reason)
    }
}
