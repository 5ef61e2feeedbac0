//! The next move: hold out long, give way late, never below the reserve, and never for less than they have offered and stand by.

use crate::deal::{Deal, Table, WHOLE};
use crate::opponent::Opponent;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Offer this.
    Offer(Deal),
    /// Take their last offer.
    Accept(Deal),
    /// Stop.
    WalkAway,
}

/// Why it is the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody has offered anything yet.
    Opening,
    /// Their offer is less than what we hold out for.
    HoldOut,
    /// Their offer is worth as much as what we would ask for next.
    GoodEnough,
    /// It is the last chance, and their offer is above the reserve.
    LastChance,
    /// Our last offer, as attractive as the reserve allows.
    LastOffer,
    /// No round is left.
    NoRoundLeft,
}

/// A step with what led to it.
pub struct Decision {
    pub step: Step,
    pub why: Why,
    pub target: i128,
    /// Worth of their last offer.
    pub theirs: Option<i128>,
}

/// Where the negotiation stands.
pub struct Standing<'a> {
    pub table: &'a Table,
    /// Our offers, the oldest first.
    pub ours: &'a [Deal],
    /// Theirs.
    pub theirs: &'a [Deal],
    /// Whether they have refused what they had offered themselves.
    pub took_back: bool,
    pub round: u32,
    pub rounds: u32,
    /// Whether the other side answers our last move.
    pub answer_follows: bool,
}

/// Rounds in which the other side makes the same offer before we take it for stubborn.
const STUBBORN: usize = 3;

pub fn decide(standing: &Standing) -> Decision {
    let Standing { table, theirs, .. } = standing;
    let reserve = table.reserve;
    let acceptable = |deal: &Deal| table.worth(deal).filter(|worth| *worth >= reserve);
    let last = theirs.last();
    let last_worth = last.and_then(|deal| table.worth(deal));
    let decision = |step, why, target| Decision {
        step,
        why,
        target,
        theirs: last_worth,
    };
    if standing.round > standing.rounds {
        return decision(Step::WalkAway, Why::NoRoundLeft, reserve);
    }
    // The best that they have offered: they said yes to it once, so we need not go below unless they refuse it.
    let in_hand = theirs
        .iter()
        .filter(|deal| !standing.took_back && acceptable(deal).is_some())
        .max_by_key(|deal| acceptable(deal));
    let target = target(standing, in_hand.and_then(acceptable));
    let is_last = standing.round == standing.rounds;
    let next = match in_hand {
        // What they have offered themselves they will hardly refuse; if they do, there is time for something else.
        Some(best) if standing.round + spare(standing, best) >= last_answered(standing) => {
            best.clone()
        }
        _ => next_offer(standing, target),
    };
    let next_worth = table.worth(&next).unwrap_or(WHOLE);
    if let Some(deal) = last
        && let Some(worth) = acceptable(deal)
    {
        if worth >= target.min(next_worth) {
            return decision(
                Step::Accept(deal.clone()),
                Why::GoodEnough,
                target.min(next_worth),
            );
        }
        if is_last {
            return decision(Step::Accept(deal.clone()), Why::LastChance, target);
        }
    }
    let why = if is_last {
        Why::LastOffer
    } else if last.is_none() {
        Why::Opening
    } else {
        Why::HoldOut
    };
    decision(Step::Offer(next), why, target)
}

/// The last round in which the other side answers.
fn last_answered(standing: &Standing) -> u32 {
    standing.rounds - u32::from(!standing.answer_follows)
}

/// Rounds that are kept for the case that they refuse now what they have offered: none while their offers get better.
fn spare(standing: &Standing, best: &Deal) -> u32 {
    if standing.theirs.last() == Some(best) {
        0
    } else {
        (standing.rounds / 8).clamp(1, 3)
    }
}

/// What we hold out for in this round. Little by little from everything to the least, later the more is in hand, and never more than
/// we have asked for before.
fn target(standing: &Standing, in_hand: Option<i128>) -> i128 {
    let Standing {
        table,
        ours,
        theirs,
        round,
        rounds,
        ..
    } = standing;
    let least = in_hand.unwrap_or(table.reserve);
    let asked = ours
        .last()
        .and_then(|deal| table.worth(deal))
        .unwrap_or(WHOLE);
    let stubborn = theirs
        .last_chunk::<STUBBORN>()
        .is_some_and(|last| last.iter().all(|deal| Some(deal) == last.first()));
    // Some rounds are kept for trying at the reserve what may suit them, a few of them even in a short negotiation.
    let until = |percent: u32, kept: u32| {
        let part = (rounds * percent).div_ceil(100);
        part.min(rounds - kept).min(last_answered(standing))
    };
    let target = match in_hand {
        Some(_) => falling(least, *round, rounds.saturating_sub(1), 5),
        // Who does not move waits for us: we go earlier, and in more steps.
        None if stubborn => falling(least, *round, until(75, (rounds / 2).min(4)), 2),
        None => falling(least, *round, until(90, (rounds / 4).min(2)), 3),
    };
    target.min(asked).max(least)
}

/// From everything to `least`, by a power of the share of time that has passed until the round `until`.
fn falling(least: i128, round: u32, until: u32, late: u32) -> i128 {
    if round >= until {
        return least;
    }
    let passed = i128::from(round.saturating_sub(1));
    let whole = i128::from(until.saturating_sub(1)).max(1);
    let mut share = WHOLE;
    for _ in 0..late {
        share = share * passed / whole;
    }
    WHOLE - (WHOLE - least) * share / WHOLE
}

/// Of all deals that are worth the target to us, the one that they seem to like most: one that we have not offered yet, even if we
/// must give way a little for it. At the last chance it is the best of all, since they may take now what they refused before; but who
/// has refused his own offer will not.
fn next_offer(standing: &Standing, target: i128) -> Deal {
    const LITTLE: i128 = WHOLE / 200;
    let Standing {
        table,
        ours,
        theirs,
        took_back,
        ..
    } = standing;
    let again = standing.round >= last_answered(standing) && !took_back;
    let mut opponent = Opponent::of(table, theirs);
    // At the reserve there is nothing left to give: there each issue in turn is taken for what they care about.
    let at_reserve = |deal: &&Deal| {
        let worth = table.worth(deal);
        worth.is_some_and(|worth| worth < table.reserve + 2 * LITTLE)
    };
    let tried = ours.iter().filter(at_reserve).count();
    if !again && target < table.reserve + LITTLE && tried > 0 {
        opponent.suppose((tried - 1) % table.issues.len());
    }
    let best_new = |target: i128| {
        let enough = |deal: &Deal| table.worth(deal).is_some_and(|worth| worth >= target);
        let offered = theirs.iter().filter(|deal| enough(deal)).cloned();
        let deals = table.deals_worth(target).into_iter().chain(offered);
        let rank = |deal: &Deal| {
            let new = again || !ours.contains(deal);
            (new, opponent.share(table, deal), table.worth(deal))
        };
        deals
            .max_by_key(rank)
            .filter(|deal| again || !ours.contains(deal))
    };
    (0..20)
        .map(|step| (target - step * LITTLE).max(table.reserve))
        .find_map(best_new)
        // Nothing new is left below: something new above still shows that we move, which some wait for.
        .or_else(|| {
            (1..=40)
                .map(|step| target + step * LITTLE)
                .find_map(best_new)
        })
        .or_else(|| ours.last().cloned())
        .unwrap_or_else(|| table.best())
}
