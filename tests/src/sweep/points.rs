//! Where a command is killed. The places come from the product's own state machines: each state of a run, of each kind of
//! effect and of a hold that a sweep can reach is one, at the moment in which the journal is about to make it durable, or
//! some changes of the disk later.

use super::Seed;
use crate::watch::Watch;
use guildhall_faults::{Action, Event, Plan};
use guildhall_host::{EffectEvent, EffectState, Hold, RunEvent, RunStatus, Settlement};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Kinds of effects, in the order of the prober's operation: an order, a file, a message.
const KINDS: [&str; 3] = ["payment", "file", "message"];

/// A place to be killed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The run has this status.
    Run(RunStatus),
    /// The effect of this index has this state.
    Effect(usize, EffectState),
    /// The hold of its payment has this state.
    Hold(Hold),
    /// Before this change of the disk, whatever it is.
    Change(u64),
    /// After this part of the time that it takes, in thousandths.
    Moment(u64),
    /// Right after the command has said that it is done.
    Done,
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(status) => write!(formatter, "run {}", status.word()),
            Self::Effect(index, state) => {
                write!(formatter, "{} {}", KINDS[*index], state.word())
            }
            Self::Hold(hold) => write!(formatter, "hold {}", hold.word()),
            Self::Change(_) => formatter.write_str("any change of the disk"),
            Self::Moment(_) => formatter.write_str("any moment"),
            Self::Done => formatter.write_str("after it was said to be done"),
        }
    }
}

/// What can happen to a run in a sweep; the rest of the machine's events needs guests that fail.
const RUN_EVENTS: [RunEvent; 4] = [
    RunEvent::Returned { effects: true },
    RunEvent::Approved,
    RunEvent::Rejected,
    RunEvent::Settled(Settlement::All),
];

/// The same for an effect.
const EFFECT_EVENTS: [EffectEvent; 5] = [
    EffectEvent::Claim,
    EffectEvent::Succeeded,
    EffectEvent::FoundDone,
    EffectEvent::FoundNotDone,
    EffectEvent::Void,
];

/// States that a machine reaches from one by these events.
fn reached<S: Copy + PartialEq, E: Copy>(
    start: S,
    events: &[E],
    after: impl Fn(S, E) -> Option<S>,
) -> Vec<S> {
    let mut found = vec![start];
    let mut next = 0;
    while let Some(state) = found.get(next).copied() {
        for event in events {
            if let Some(state) = after(state, *event)
                && !found.contains(&state)
            {
                found.push(state);
            }
        }
        next += 1;
    }
    found
}

/// Every place that the state machines name.
#[must_use]
pub fn of_the_machines() -> Vec<Point> {
    let runs = reached(RunStatus::Running, &RUN_EVENTS, RunStatus::after);
    let effects = reached(EffectState::Pending, &EFFECT_EVENTS, EffectState::after);
    let holds = Hold::ALL
        .into_iter()
        // Nothing runs out here, and no bank sends anything back.
        .filter(|hold| !matches!(hold, Hold::Expired | Hold::Returned));
    let mut points: Vec<Point> = runs.into_iter().map(Point::Run).collect();
    for index in 0..KINDS.len() {
        points.extend(effects.iter().map(|state| Point::Effect(index, *state)));
    }
    points.extend(holds.map(Point::Hold));
    points
}

/// One of these, or any other place among so many changes of the disk.
pub(super) fn any(seed: &mut Seed, points: &[Point], changes: u64) -> Point {
    let index = seed.below(u64::try_from(points.len()).unwrap_or(0).max(1));
    let named = usize::try_from(index).ok().and_then(|at| points.get(at));
    match (seed.below(10), named) {
        (0..5, Some(point)) => *point,
        // Other commands than whole runs make about half as many.
        (0..6, _) => Point::Change(seed.below(changes / 2)),
        (6..8, _) => Point::Change(seed.below(changes)),
        (8, _) => Point::Moment(seed.below(1_000)),
        _ => Point::Done,
    }
}

impl Point {
    /// Whether only a rejection comes there.
    pub(super) const fn is_of_rejection(self) -> bool {
        matches!(
            self,
            Self::Run(RunStatus::Rejected)
                | Self::Effect(_, EffectState::Void)
                | Self::Hold(Hold::Void)
        )
    }

    /// Whether the newest run, after `after`, is there.
    fn is_reached(self, home: &std::path::Path, after: &str) -> bool {
        let mut watch = Watch::copy_of(home);
        let (query, wanted) = match self {
            Self::Run(status) => (
                "SELECT status FROM runs WHERE id > $1 ORDER BY id",
                status.word(),
            ),
            Self::Effect(index, state) => {
                let query = match index {
                    0 => "SELECT state FROM effects WHERE run > $1 AND idx = 0 ORDER BY run",
                    1 => "SELECT state FROM effects WHERE run > $1 AND idx = 1 ORDER BY run",
                    _ => "SELECT state FROM effects WHERE run > $1 AND idx = 2 ORDER BY run",
                };
                (query, state.word())
            }
            Self::Hold(hold) => (
                "SELECT hold FROM payments WHERE run > $1 ORDER BY run",
                hold.word(),
            ),
            _ => return false,
        };
        let found = watch.texts(query, after).unwrap_or_default();
        found.last().is_some_and(|word| word == wanted)
    }

    /// The plan that ends a command there, `more` changes later where the place is a state. `after` is the run before those
    /// that count.
    pub(super) fn plan(self, home: PathBuf, after: String, more: u64) -> Plan {
        match self {
            Self::Change(index) => Plan::cut_at(index),
            Self::Moment(_) | Self::Done => Plan::none(),
            _ => {
                let mut left: Option<u64> = None;
                Plan::new(move |event| {
                    if left.is_none() && is_commit(event) && self.is_reached(&home, &after) {
                        left = Some(more);
                    }
                    match &mut left {
                        Some(0) => Action::Cut,
                        Some(left) => {
                            *left -= 1;
                            Action::Go
                        }
                        None => Action::Go,
                    }
                })
            }
        }
    }

    /// How long it may run, of a whole time.
    pub(super) fn within(self, whole: Duration) -> Option<Duration> {
        match self {
            Self::Moment(thousandths) => {
                Some(whole * u32::try_from(thousandths).unwrap_or(0) / 1_000)
            }
            _ => None,
        }
    }
}

/// The journal has written a transaction and is about to sync it.
fn is_commit(event: &Event) -> bool {
    event.what == "sync" && event.path.ends_with("state/journal.sqlite-wal")
}
