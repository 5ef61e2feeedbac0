//! Model tests of both state machines: every path that events can take, not only the happy one.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{RunEvent, RunStatus, Settlement};
use crate::effects::{EffectEvent, EffectState};
use proptest::prelude::*;
use std::collections::BTreeSet;

const EFFECT_EVENTS: [EffectEvent; 8] = [
    EffectEvent::Claim,
    EffectEvent::Succeeded,
    EffectEvent::Failed,
    EffectEvent::Lost,
    EffectEvent::FoundDone,
    EffectEvent::FoundNotDone,
    EffectEvent::FoundFailed,
    EffectEvent::Void,
];

fn run_events() -> Vec<RunEvent> {
    let mut events = vec![
        RunEvent::OperationFailed,
        RunEvent::RefusedByRule,
        RunEvent::Trapped,
        RunEvent::Cancelled,
        RunEvent::Approved,
        RunEvent::Rejected,
        RunEvent::Voided,
        RunEvent::PreconditionFailed,
    ];
    for flag in [false, true] {
        events.push(RunEvent::Returned { effects: flag });
        events.push(RunEvent::Interrupted {
            live_write_open: flag,
        });
    }
    for settlement in [
        Settlement::All,
        Settlement::None,
        Settlement::Some,
        Settlement::Unknown,
    ] {
        events.push(RunEvent::Settled(settlement));
    }
    events
}

#[test]
fn an_effect_is_performed_only_from_pending_and_ends_only_from_performing_or_unknown() {
    for state in EffectState::ALL {
        for event in EFFECT_EVENTS {
            match (state, event, state.after(event)) {
                (_, _, None) => {}
                (before, EffectEvent::Claim, Some(after)) => {
                    assert_eq!(
                        (before, after),
                        (EffectState::Pending, EffectState::Performing)
                    );
                }
                (before, _, Some(EffectState::Done)) => {
                    assert!(matches!(
                        before,
                        EffectState::Performing | EffectState::Unknown
                    ));
                }
                (before, _, Some(EffectState::Void)) => assert_eq!(before, EffectState::Pending),
                _ => {}
            }
        }
    }
}

#[test]
fn done_failed_and_void_effects_never_change_again() {
    for state in [EffectState::Done, EffectState::Failed, EffectState::Void] {
        for event in EFFECT_EVENTS {
            assert_eq!(state.after(event), None, "{state:?} {event:?}");
        }
    }
}

#[test]
fn an_unknown_outcome_is_never_tried_again() {
    let next: Vec<_> = EFFECT_EVENTS
        .iter()
        .filter_map(|event| EffectState::Unknown.after(*event))
        .collect();
    assert_eq!(next, [EffectState::Done, EffectState::Failed]);
}

#[test]
fn every_run_status_but_running_is_reached_and_every_final_one_stays() {
    let mut reached = BTreeSet::new();
    let mut open = vec![RunStatus::Running];
    while let Some(status) = open.pop() {
        for event in run_events() {
            if let Some(next) = status.after(event)
                && reached.insert(next.word())
            {
                open.push(next);
            }
        }
    }
    assert_eq!(reached.len(), RunStatus::ALL.len() - 1);
    for status in RunStatus::ALL {
        if status.is_final() && status != RunStatus::Unknown {
            for event in run_events() {
                assert_eq!(status.after(event), None, "{status:?} {event:?}");
            }
        }
    }
}

#[test]
fn nothing_is_committed_without_an_approval() {
    for status in RunStatus::ALL {
        for event in run_events() {
            if status.after(event) == Some(RunStatus::Committing) {
                assert_eq!(
                    (status, event),
                    (RunStatus::AwaitingApproval, RunEvent::Approved)
                );
            }
        }
    }
}

#[test]
fn words_and_states_are_one_to_one() {
    for status in RunStatus::ALL {
        assert_eq!(RunStatus::from_word(status.word()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.word());
    }
    for state in EffectState::ALL {
        assert_eq!(EffectState::from_word(state.word()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.word());
    }
}

fn effect_event() -> impl Strategy<Value = EffectEvent> {
    proptest::sample::select(EFFECT_EVENTS.to_vec())
}

proptest! {
    /// Counts what the outside world sees: an effect is performed at most once, whatever happens in whatever order.
    #[test]
    fn random_events_never_perform_an_effect_twice(events in prop::collection::vec(effect_event(), 0..40)) {
        let mut state = EffectState::Pending;
        let mut performed = 0;
        for event in events {
            if let Some(next) = state.after(event) {
                // What the far side shows is the truth; a claim whose write did not happen may be claimed again.
                match event {
                    EffectEvent::Succeeded | EffectEvent::FoundDone => performed += 1,
                    _ => {}
                }
                state = next;
            }
        }
        prop_assert!(performed <= 1);
    }

    /// The status of a run says exactly what its effects say.
    #[test]
    fn a_settlement_counts_what_was_done(words in prop::collection::vec(0..EffectState::ALL.len(), 1..8)) {
        let states: Vec<EffectState> = words.iter().filter_map(|i| EffectState::ALL.get(*i).copied()).collect();
        let settled = states.iter().all(|state| state.is_settled());
        let settlement = Settlement::of(&states);
        prop_assert_eq!(settlement.is_some(), settled);
        let done = states.iter().filter(|state| **state == EffectState::Done).count();
        let unknown = states.contains(&EffectState::Unknown);
        match settlement {
            Some(Settlement::All) => prop_assert!(done == states.len()),
            Some(Settlement::None) => prop_assert!(done == 0 && !unknown),
            Some(Settlement::Some) => prop_assert!(done > 0 && done < states.len() && !unknown),
            Some(Settlement::Unknown) => prop_assert!(unknown),
            None => prop_assert!(!settled),
        }
    }
}
