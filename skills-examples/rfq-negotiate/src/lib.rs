//! Negotiates a quotation, as a skill: pure and without memory.
//!
//! `deal` knows what can be agreed on and what it is worth, `opponent` guesses what the other side wants, `strategy` decides, `words`
//! explains. This file reads the question and says how far the answer can be trusted.

mod deal;
mod opponent;
mod strategy;
#[cfg(test)]
mod tests;
mod words;

use bindings::{Action, Guest, Invalid, Move, Negotiation, Offer, RfqNegotiateAnswer, Side, Turn};
use guildhall_answer::{Source, Status};
use guildhall_sdk::{Date, context};

use crate::deal::{Deal, Table, WHOLE, invalid};
use crate::strategy::{Decision, Standing, Step, decide};

/// Negotiations of one batch.
const MAX_NEGOTIATIONS: usize = 500;

/// Offers of one history.
const MAX_OFFERS: usize = 400;

const MAX_ROUNDS: u32 = 1_000;

struct RfqNegotiate;

guildhall_sdk::skill!(RfqNegotiate);
guildhall_answer::bind!(bindings);

impl Guest for RfqNegotiate {
    fn next_move(negotiation: Negotiation) -> Result<RfqNegotiateAnswer, Invalid> {
        answer(&negotiation, context::today())
    }

    fn next_moves(negotiations: Vec<Negotiation>) -> Vec<Result<RfqNegotiateAnswer, Invalid>> {
        if negotiations.len() > MAX_NEGOTIATIONS {
            let message = format!("At most {MAX_NEGOTIATIONS} negotiations are answered at once.");
            return vec![Err(invalid("negotiations", message))];
        }
        let today = context::today();
        negotiations
            .iter()
            .map(|negotiation| answer(negotiation, today))
            .collect()
    }
}

fn answer(negotiation: &Negotiation, today: Date) -> Result<RfqNegotiateAnswer, Invalid> {
    let table = Table::of(negotiation)?;
    let Offers {
        ours,
        theirs,
        took_back,
    } = offers(negotiation, &table)?;
    let made = u32::try_from(ours.len()).unwrap_or(u32::MAX);
    let round = negotiation.round.unwrap_or(made.saturating_add(1));
    if negotiation.rounds == 0 || negotiation.rounds > MAX_ROUNDS || round == 0 {
        return Err(invalid(
            "rounds",
            "There are between 1 and 1,000 rounds, counted from 1.",
        ));
    }
    let sources = sources(today, !theirs.is_empty());
    let nothing = |status: Status, reason: String| RfqNegotiateAnswer {
        status: status.into(),
        value: None,
        sources: sources.clone(),
        as_of: today.to_string(),
        reason,
    };
    if ours
        .iter()
        .any(|deal| table.worth(deal).is_none_or(|worth| worth < table.reserve))
    {
        let reason = "You have offered less than your reserve before, so one of the two is wrong. Correct the reserve, or withdraw that offer before you go on.";
        return Ok(nothing(Status::Disputed, reason.to_owned()));
    }
    let decision = decide(&Standing {
        table: &table,
        ours: &ours,
        theirs: &theirs,
        took_back,
        round,
        rounds: negotiation.rounds,
        answer_follows: negotiation.answer_follows == Some(true),
    });
    if let (Step::Accept(_), Some(day)) = (&decision.step, expired(negotiation, today)?) {
        return Ok(nothing(
            Status::Stale,
            format!(
                "Their last offer is good enough, but it held until {day} only. Ask whether it still holds, and accept it then."
            ),
        ));
    }
    let reason = words::reason(&table, &decision, round, negotiation.rounds);
    let status = if theirs.is_empty() {
        Status::SingleSource
    } else {
        Status::Answered
    };
    Ok(RfqNegotiateAnswer {
        status: status.into(),
        value: Some(shown(&table, decision, &ours, negotiation, round)),
        sources,
        as_of: today.to_string(),
        reason,
    })
}

fn shown(
    table: &Table,
    decision: Decision,
    ours: &[Deal],
    negotiation: &Negotiation,
    round: u32,
) -> Move {
    let (deal, action) = match decision.step {
        Step::WalkAway => (None, Action::WalkAway),
        Step::Offer(deal) => {
            let offer = table.offer(&deal);
            (Some(deal), Action::Offer(offer))
        }
        Step::Accept(deal) => {
            let offer = their_last(negotiation).cloned();
            let offer = offer.unwrap_or_else(|| table.offer(&deal));
            (Some(deal), Action::Accept(offer))
        }
    };
    let worth = deal.as_ref().and_then(|deal| table.worth(deal));
    Move {
        changes: match (&deal, ours.last()) {
            (Some(deal), Some(before)) => words::changes(table, before, deal),
            _ => Vec::new(),
        },
        action,
        worth: points(worth.unwrap_or(0)),
        their_worth: decision.theirs.map(points),
        target: points(decision.target),
        reserve: points(table.reserve),
        round,
    }
}

/// Points of 1,000, rounded down.
fn points(worth: i128) -> u32 {
    u32::try_from(worth * 1_000 / WHOLE).unwrap_or(0)
}

/// The offers of a history, the oldest first.
#[derive(Default)]
struct Offers {
    ours: Vec<Deal>,
    theirs: Vec<Deal>,
    /// Whether they have refused what they had offered themselves.
    took_back: bool,
}

fn offers(negotiation: &Negotiation, table: &Table) -> Result<Offers, Invalid> {
    if negotiation.history.len() > MAX_OFFERS {
        return Err(invalid(
            "history",
            format!("At most {MAX_OFFERS} offers are read."),
        ));
    }
    let mut offers = Offers::default();
    for (position, turn) in negotiation.history.iter().enumerate() {
        let field = format!("history, offer {}", position + 1);
        valid_until(&field, &turn.offer)?;
        let deal = table.deal(&field, &turn.offer)?;
        match turn.by {
            Side::Us => {
                offers.took_back |= offers.theirs.contains(&deal);
                offers.ours.push(deal);
            }
            Side::Them => offers.theirs.push(deal),
        }
    }
    Ok(offers)
}

fn valid_until(field: &str, offer: &Offer) -> Result<Option<Date>, Invalid> {
    let parse = |text: &String| {
        text.parse()
            .map_err(|_| invalid(field, "Write the last day of an offer as `YYYY-MM-DD`."))
    };
    offer.valid_until.as_ref().map(parse).transpose()
}

/// Their last offer, as they wrote it.
fn their_last(negotiation: &Negotiation) -> Option<&Offer> {
    let theirs = |turn: &&Turn| turn.by == Side::Them;
    let last = negotiation.history.iter().rfind(theirs);
    last.map(|turn| &turn.offer)
}

/// The last day of their last offer, if it has passed.
fn expired(negotiation: &Negotiation, today: Date) -> Result<Option<Date>, Invalid> {
    let Some(offer) = their_last(negotiation) else {
        return Ok(None);
    };
    Ok(valid_until("history", offer)?.filter(|day| *day < today))
}

fn sources(today: Date, heard: bool) -> Vec<bindings::Source> {
    let source = |name: &'static str| Source {
        name: name.into(),
        date: today.to_string().into(),
        licence: "as you gave it".into(),
    };
    let mut sources = vec![source("Your preferences and reserve")];
    if heard {
        sources.push(source("The offers of the other side"));
    }
    sources.into_iter().map(Into::into).collect()
}
