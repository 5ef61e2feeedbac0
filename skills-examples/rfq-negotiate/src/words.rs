//! Each move in plain words.

use guildhall_sdk::Money;

use crate::deal::{Deal, Table, WHOLE};
use crate::strategy::{Decision, Step, Why};

/// Why this is the next move.
pub fn reason(table: &Table, decision: &Decision, round: u32, rounds: u32) -> String {
    let points = |worth: i128| match worth * 1_000 / WHOLE {
        1_000 => "1,000".to_owned(),
        points => points.to_string(),
    };
    let theirs = match decision.theirs {
        None => "lies beyond the worst that you put up with".to_owned(),
        Some(worth) if worth < table.reserve => format!(
            "is worth {} of 1,000 points to you, less than your reserve of {}",
            points(worth),
            points(table.reserve)
        ),
        Some(worth) => format!("is worth {} of 1,000 points to you", points(worth)),
    };
    let target = points(decision.target);
    let worth = match &decision.step {
        Step::Offer(deal) | Step::Accept(deal) => points(table.worth(deal).unwrap_or(0)),
        Step::WalkAway => points(0),
    };
    match decision.why {
        Why::Opening => format!(
            "Round {round} of {rounds}: nobody has offered you anything yet, so ask for {worth} of 1,000 points and leave room to give way."
        ),
        Why::HoldOut => format!(
            "Round {round} of {rounds}: their last offer {theirs}. Hold out for {target}; of what is worth that to you, this seems to suit them best."
        ),
        Why::GoodEnough => format!(
            "Round {round} of {rounds}: their last offer {theirs}, as much as you would ask for next ({target}). Accept it."
        ),
        Why::LastChance => format!(
            "Round {round} of {rounds} is the last: their offer {theirs}, not less than your reserve of {}. Accept it; there is nothing to win by refusing.",
            points(table.reserve)
        ),
        Why::LastOffer => format!(
            "Round {round} of {rounds} is the last, and what they offer {theirs}. This last offer is worth {worth} to you; if they refuse it, walk away."
        ),
        Why::NoRoundLeft => format!(
            "All {rounds} rounds are over without a deal that is worth your reserve of {} points. Walk away, or allow more rounds.",
            points(table.reserve)
        ),
    }
}

/// What changes from one offer to the next.
pub fn changes(table: &Table, before: &Deal, now: &Deal) -> Vec<String> {
    let issues = table.issues.iter().zip(before.iter().zip(now));
    issues
        .filter(|(_, (before, now))| before != now)
        .map(|(issue, (before, now))| {
            let (what, unit) = match issue.name {
                0 => ("Price", ""),
                1 => ("Quantity", ""),
                2 => ("Delivery", " days"),
                _ => ("Payment", " days"),
            };
            let show = |value: i128| match (issue.name, i64::try_from(value)) {
                (0, Ok(minor)) => Money {
                    minor,
                    currency: table.currency.clone(),
                }
                .to_string(),
                _ => format!("{value}{unit}"),
            };
            let better = (now - before).signum() == (issue.best - issue.worst).signum();
            let direction = if better {
                "in your favour"
            } else {
                "in theirs"
            };
            format!(
                "{what}: {} instead of {}, {direction}.",
                show(*now),
                show(*before)
            )
        })
        .collect()
}
