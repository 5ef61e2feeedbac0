//! VAT categories: what each needs, by EN 16931-1 (rules BR-S-… to BR-O-…).

use guildhall_ubl::{Exact, Problems};

use crate::bindings::{Vat, VatCategory};
use crate::scale::shown;

/// Member states of the European Union, whose list of exemption reasons (VATEX) is meant for their sellers.
const UNION: &str =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// What rate a category has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rate {
    Positive,
    Any,
    Zero,
    None,
}

/// What EN 16931 says of a category.
struct Rules {
    code: &'static str,
    /// Letters of its rules.
    letters: &'static str,
    rate: Rate,
    /// Code and words why there is no VAT, where the category says it itself.
    reason: Option<(&'static str, &'static str)>,
    /// Whether a reason may be given.
    reasoned: bool,
}

const fn taxed(code: &'static str, letters: &'static str, rate: Rate) -> Rules {
    Rules {
        code,
        letters,
        rate,
        reason: None,
        reasoned: false,
    }
}

const fn untaxed(
    code: &'static str,
    letters: &'static str,
    rate: Rate,
    reason: Option<(&'static str, &'static str)>,
) -> Rules {
    Rules {
        code,
        letters,
        rate,
        reason,
        reasoned: true,
    }
}

fn rules(category: VatCategory) -> Rules {
    match category {
        VatCategory::Standard => taxed("S", "S", Rate::Positive),
        VatCategory::Zero => taxed("Z", "Z", Rate::Zero),
        VatCategory::Igic => taxed("L", "AF", Rate::Any),
        VatCategory::Ipsi => taxed("M", "AG", Rate::Any),
        VatCategory::Exempt => untaxed("E", "E", Rate::Zero, None),
        VatCategory::ReverseCharge => untaxed(
            "AE",
            "AE",
            Rate::Zero,
            Some(("VATEX-EU-AE", "Reverse charge")),
        ),
        VatCategory::IntraCommunity => untaxed(
            "K",
            "IC",
            Rate::Zero,
            Some(("VATEX-EU-IC", "Intra-Community supply")),
        ),
        VatCategory::Exported => untaxed(
            "G",
            "G",
            Rate::Zero,
            Some(("VATEX-EU-G", "Export outside the EU")),
        ),
        VatCategory::NotSubject => untaxed(
            "O",
            "O",
            Rate::None,
            Some(("VATEX-EU-O", "Not subject to VAT")),
        ),
    }
}

/// Category and rate: what the rows of the VAT breakdown are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tax {
    /// Code.
    pub code: &'static str,
    /// Rate; none where the category has none.
    pub rate: Option<Exact>,
}

impl Tax {
    /// Reads how something is taxed. `place` begins the sentence: "Line 2", "Allowance 1".
    pub fn read(problems: &mut Problems, place: &str, rate_term: &str, vat: &Vat) -> Option<Tax> {
        let rules = rules(vat.category);
        let code = rules.code;
        let broken = format!("BR-{}-05", rules.letters);
        let given = match vat
            .rate
            .as_deref()
            .map(str::trim)
            .filter(|rate| !rate.is_empty())
        {
            None => None,
            Some(text) => {
                let rate = Exact::parse(text).filter(|rate| {
                    !rate.is_negative() && rate.units() <= 100 * 10_i128.pow(rate.places())
                });
                if rate.is_none() {
                    problems.add(
                        rate_term,
                        broken.as_str(),
                        format!(
                            "{place} has the VAT rate {} ({rate_term}): write percent as a number from 0 to 100, for example 19 or 5.5.",
                            shown(text)
                        ),
                    );
                    return None;
                }
                rate
            }
        };
        let rate = match (rules.rate, given) {
            (Rate::Positive, Some(rate)) if !rate.is_zero() => Some(rate),
            (Rate::Any, Some(rate)) => Some(rate),
            (Rate::Zero, None) => Some(Exact::ZERO),
            (Rate::Zero, Some(rate)) if rate.is_zero() => Some(Exact::ZERO),
            (Rate::None, None) => None,
            (wanted, _) => {
                let wanted = match wanted {
                    Rate::Positive => "a rate above 0",
                    Rate::Any => "a rate",
                    Rate::Zero => "the rate 0 or none",
                    Rate::None => "no rate",
                };
                let given = given.map_or("none".to_owned(), |rate| rate.to_string());
                problems.add(
                    rate_term,
                    broken.as_str(),
                    format!("{place} has VAT category {code}, which takes {wanted} ({rate_term}); given is {given}."),
                );
                return None;
            }
        };
        Some(Tax { code, rate })
    }

    /// Letters that rules about the category are named with.
    pub fn letters(&self) -> &'static str {
        match self.code {
            "K" => "IC",
            "L" => "AF",
            "M" => "AG",
            code => code,
        }
    }
}

/// Why there is no VAT: a code of the list VATEX, and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Code.
    pub code: Option<&'static str>,
    /// Words.
    pub words: Option<String>,
}

/// The reason of a row, out of what was given for its lines and what the category says itself.
pub fn reason(
    problems: &mut Problems,
    category: VatCategory,
    given: Option<String>,
    seller_country: &str,
) -> Reason {
    let rules = rules(category);
    let rule = format!("BR-{}-10", rules.letters);
    if !rules.reasoned {
        if given.is_some() {
            problems.add(
                "BT-120",
                rule,
                format!(
                    "VAT category {} is taxed, so it takes no reason for an exemption (BT-120): leave the reason out.",
                    rules.code
                ),
            );
        }
        return Reason::default();
    }
    if given.is_none() && rules.reason.is_none() {
        problems.add(
            "BT-120",
            rule,
            "What is exempt needs the reason in words (BT-120): write the law that exempts it.",
        );
    }
    let in_union = UNION
        .split_ascii_whitespace()
        .any(|country| country == seller_country);
    Reason {
        code: rules
            .reason
            .filter(|_| in_union && given.is_none())
            .map(|(code, _)| code),
        words: given.or_else(|| rules.reason.map(|(_, words)| words.to_owned())),
    }
}
