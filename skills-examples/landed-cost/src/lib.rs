//! Landed cost, as a skill: duty, VAT, total, and who pays what.
//!
//! `question` checks what is asked, `terms` knows Incoterms 2020, `markets` what duty and VAT are computed on, `compute` computes.
//! This file judges the rates and says how far the answer can be trusted.

mod compute;
mod markets;
mod question;
mod table;
mod terms;
#[cfg(test)]
mod tests;

use bindings::{
    Guest, Incoterm, Invalid, LandedCost as Value, LandedCostAnswer, Shipment, Transport,
};
use guildhall_answer::{Source, Status};
use guildhall_sdk::{Currency, Date, context};

use crate::compute::Stop;
use crate::markets::Rules;
use crate::question::{Question, Said, invalid};

/// Shipments of one batch.
const MAX_SHIPMENTS: usize = 200;

/// Rates older than that on the day of import are not used, unless the question says otherwise. Tariffs change every year.
const MAX_AGE_DAYS: u32 = 366;

struct LandedCost;

guildhall_sdk::skill!(LandedCost);
guildhall_answer::bind!(bindings);

impl Guest for LandedCost {
    fn landed_cost(shipment: Shipment) -> Result<LandedCostAnswer, Invalid> {
        answer(shipment, context::today())
    }

    fn landed_costs(shipments: Vec<Shipment>) -> Vec<Result<LandedCostAnswer, Invalid>> {
        if shipments.len() > MAX_SHIPMENTS {
            let message = format!("At most {MAX_SHIPMENTS} shipments are computed at once.");
            return vec![Err(invalid("shipments", message))];
        }
        let today = context::today();
        shipments
            .into_iter()
            .map(|shipment| answer(shipment, today))
            .collect()
    }

    fn decimal_places(currencies: Vec<String>) -> Vec<Option<u8>> {
        let places = |code: &String| Currency::new(code).ok().map(|known| known.exponent());
        currencies.iter().map(places).collect()
    }
}

fn answer(shipment: Shipment, today: Date) -> Result<LandedCostAnswer, Invalid> {
    let question = Question::read(shipment, today)?;
    let rules = match covered(&question) {
        Ok(rules) => rules,
        Err(reason) => return Ok(nothing(Status::OutOfScope, &question, None, reason)),
    };
    let own_rules = question.shipment.rules.is_some();
    if let Err((status, reason)) = usable(&question, &rules) {
        return Ok(nothing(status, &question, Some(&rules), reason));
    }
    let (Some(duty), vat) = (question.duty.first(), question.vat.first()) else {
        return Err(invalid("duty", "Give the rate of duty."));
    };
    let mut value = match compute::landed_cost(&question, &rules, duty, vat) {
        Ok(value) => value,
        Err(Stop::Wrong(invalid)) => return Err(invalid),
        Err(Stop::Unclear(reason)) => {
            return Ok(nothing(Status::OutOfScope, &question, Some(&rules), reason));
        }
    };
    value.notes = notes(&question, &rules);
    let two = families(&question.duty) > 1 && (rules.vat.is_none() || families(&question.vat) > 1);
    let (status, reason) = verdict(&value, two, own_rules);
    Ok(LandedCostAnswer {
        status: status.into(),
        value: Some(value),
        sources: sources(&question, Some(&rules)),
        as_of: as_of(&question),
        reason,
    })
}

fn verdict(value: &Value, two: bool, own_rules: bool) -> (Status, String) {
    let (status, next) = match (own_rules, two) {
        (true, _) => (
            Status::SingleSource,
            " What duty and VAT are computed on is what you said: check it with a customs agent.",
        ),
        (false, true) => (Status::Answered, ""),
        (false, false) => (
            Status::SingleSource,
            " A rate comes from one source only: look it up in a second one before you rely on it.",
        ),
    };
    let reason = format!(
        "The goods cost {} in the end: the buyer pays {} himself, the seller {}.{next}",
        value.total, value.buyer, value.seller
    );
    (status, reason)
}

/// The rules of the market, or why there are none.
fn covered(question: &Question) -> Result<Rules, String> {
    let shipment = &question.shipment;
    if let Some(instead) = terms::instead(shipment.incoterm, shipment.transport) {
        return Err(format!(
            "{} is for ships only, and these goods do not travel by ship: agree on {instead} with the seller.",
            terms::code(shipment.incoterm)
        ));
    }
    let market = shipment.market.as_str();
    let known = markets::rules(market, question.day);
    if let Some(given) = &shipment.rules {
        return match known {
            Err(_) => Ok(markets::given(given.value_basis, given.vat_basis)),
            Ok(_) => Err(format!(
                "This skill knows the rules of {market}: leave `rules` out, or ask a customs agent if yours differ."
            )),
        };
    }
    let rules = known?;
    match rules.currency {
        Some(currency) if currency != question.currency.code() => Err(format!(
            "Customs of {market} counts in {currency} on {}: convert the amounts at the rate of customs on that day.",
            question.day
        )),
        _ => Ok(rules),
    }
}

/// Whether the rates can be used: enough, of that day, in agreement, not too old.
fn usable(question: &Question, rules: &Rules) -> Result<(), (Status, String)> {
    let market = &question.shipment.market;
    let out = |reason: String| Err((Status::OutOfScope, reason));
    match rules.vat {
        Some(_) if question.vat.is_empty() => {
            return out(format!(
                "{market} charges VAT or GST on import: give its rate, with its source."
            ));
        }
        None if !question.vat.is_empty() => {
            return out(format!(
                "{market} charges no VAT on import; what a state charges on the sale is not computed. Leave `vat` empty."
            ));
        }
        _ => {}
    }
    for (what, said) in [("duty", &question.duty), ("VAT", &question.vat)] {
        if let Some(later) = said.iter().find(|said| said.date > question.day) {
            return out(format!(
                "The rate of {what} is of {}, after the day of import {}: find the rate of that day.",
                later.date, question.day
            ));
        }
        let first = said.first().map(|first| first.millionths);
        if said.iter().any(|one| Some(one.millionths) != first) {
            let each: Vec<_> = said
                .iter()
                .map(|said| format!("{} says {} % ({})", said.source, said.percent, said.date))
                .collect();
            return Err((
                Status::Disputed,
                format!(
                    "The sources disagree about {what}: {}. Ask the customs office before you order.",
                    each.join(", ")
                ),
            ));
        }
        let max_age = i64::from(question.shipment.rates_max_age_days.unwrap_or(MAX_AGE_DAYS));
        if let Some(newest) = said.iter().map(|said| said.date).max()
            && question.day.days_since(newest) > max_age
        {
            return Err((
                Status::Stale,
                format!(
                    "The newest rate of {what} is of {newest}, more than {max_age} days before the import on {}: look it up again.",
                    question.day
                ),
            ));
        }
    }
    Ok(())
}

/// How many of them there are, whatever they agree on.
fn families(said: &[Said]) -> usize {
    let first =
        |(at, one): &(usize, &Said)| !said.iter().take(*at).any(|said| said.family == one.family);
    said.iter().enumerate().filter(first).count()
}

fn notes(question: &Question, rules: &Rules) -> Vec<String> {
    let term = question.shipment.incoterm;
    let of_term = match term {
        _ if question.shipment.transport == Transport::SeaContainer && terms::for_ships(term) => {
            Some(format!(
                "{} does not fit containers, which are handed over before the ship: FCA, CPT or CIP do.",
                terms::code(term)
            ))
        }
        Incoterm::Ddp => Some("Under DDP the seller must be able to clear for import and to pay the VAT there; he may not get it back.".to_owned()),
        Incoterm::Exw => Some("Under EXW the buyer must clear for export in the seller's country; FCA leaves that to the seller.".to_owned()),
        _ => None,
    };
    let always = "Duty and VAT are rounded to the minor unit, half a unit up. Customs may round an entry of many lines otherwise. Anti-dumping and excise duties are not in it.";
    let mut notes = vec![always.to_owned()];
    notes.extend(rules.note.map(str::to_owned));
    notes.extend(of_term);
    notes
}

fn nothing(
    status: Status,
    question: &Question,
    rules: Option<&Rules>,
    reason: String,
) -> LandedCostAnswer {
    LandedCostAnswer {
        status: status.into(),
        value: None,
        sources: sources(question, rules),
        as_of: as_of(question),
        reason,
    }
}

/// What the answer rests on: the rates, the rules, and Incoterms.
fn sources(question: &Question, rules: Option<&Rules>) -> Vec<bindings::Source> {
    const ICC: Source = Source::new(
        "Incoterms 2020, ICC publication 723E, articles A9 and B9",
        "2020-01-01",
        "protected; facts only",
    );
    let rates = question
        .rates()
        .map(|said| (&said.source, said.date.to_string()));
    let given = question.shipment.rules.iter();
    let given = given.map(|given| (&given.source, given.date.clone()));
    let mut sources: Vec<Source> = Vec::new();
    let mut add = |source: Source| {
        if !sources.contains(&source) {
            sources.push(source);
        }
    };
    for (name, date) in rates.chain(given) {
        add(Source {
            name: name.clone().into(),
            date: date.into(),
            licence: "as you gave it".into(),
        });
    }
    for law in rules.map(|rules| rules.laws).unwrap_or_default() {
        add(law.clone());
    }
    add(ICC);
    sources.into_iter().map(Into::into).collect()
}

fn as_of(question: &Question) -> String {
    let newest = question.rates().map(|said| said.date).max();
    newest.map_or_else(String::new, |date| date.to_string())
}
