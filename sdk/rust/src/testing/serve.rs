//! The contract's functions, answered by the fake host of this thread. The same signatures as the bindings.

use std::cell::RefMut;

pub(crate) use super::files;

use super::fake::installed;
use super::state::{Effect, State};
use crate::refusal::{Refusal, RefusalKind};

pub(super) fn refuse<T>(kind: RefusalKind, rule: &str, message: String) -> Result<T, Refusal> {
    Err(Refusal::new(kind, rule, message))
}

/// Runs `answer` on the fake host of this thread, or refuses because there is none.
pub(super) fn ask<T>(answer: impl FnOnce(&mut State) -> Result<T, Refusal>) -> Result<T, Refusal> {
    match installed() {
        Some(state) => answer(&mut state.borrow_mut()),
        None => refuse(
            RefusalKind::Unavailable,
            "testing.no-host",
            "No fake host answers on this thread: make one with `FakeHost::new()` and keep it."
                .to_owned(),
        ),
    }
}

/// As [`ask`], for functions that cannot refuse: `T::default()` without a fake host.
pub(super) fn tell<T: Default>(answer: impl FnOnce(RefMut<'_, State>) -> T) -> T {
    installed().map_or_else(T::default, |state| answer(state.borrow_mut()))
}

pub(crate) mod log {
    use super::super::state::LogNote;
    use crate::bindings::guildhall::skill::log::Level;

    pub(crate) fn write(level: Level, message: &str) {
        super::tell(|mut state| {
            state.log.push(LogNote {
                level,
                message: message.to_owned(),
            });
        });
    }
}

pub(crate) mod context {
    use super::{RefusalKind, ask, refuse, tell};
    use crate::bindings::guildhall::skill::context::Instant;
    use crate::refusal::Refusal;

    pub(crate) fn now() -> Instant {
        let (seconds, nanoseconds) = tell(|state| (state.now.seconds, state.now.nanoseconds));
        Instant {
            seconds,
            nanoseconds,
        }
    }

    pub(crate) fn random(length: u32) -> Result<Vec<u8>, Refusal> {
        if length > 4_096 {
            return refuse(
                RefusalKind::Invalid,
                "context.random-too-long",
                format!("{length} random bytes were asked for; at most 4,096 a call."),
            );
        }
        ask(|state| {
            Ok((0..length)
                .map(|_| {
                    // SplitMix64: repeatable, and good enough for a test.
                    state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
                    let mixed =
                        (state.random ^ (state.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                    (mixed >> 56) as u8
                })
                .collect())
        })
    }

    pub(crate) fn locale() -> String {
        tell(|state| state.locale.clone())
    }

    pub(crate) fn setting(name: &str) -> Option<String> {
        tell(|state| state.settings.get(name).cloned())
    }

    pub(crate) fn invocation() -> String {
        "test-invocation".to_owned()
    }
}

pub(crate) mod state {
    use super::{RefusalKind, ask, refuse};
    use crate::refusal::Refusal;

    fn check(key: &str) -> Result<(), Refusal> {
        if key.is_empty() || key.len() > 256 || key.chars().any(char::is_control) {
            return refuse(
                RefusalKind::Invalid,
                "state.invalid-key",
                format!("The key {key:?} is malformed: 1 to 256 bytes without control characters."),
            );
        }
        Ok(())
    }

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Refusal> {
        check(key)?;
        ask(|state| Ok(state.store.get(key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), Refusal> {
        check(key)?;
        ask(|state| {
            state.store.insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }

    pub(crate) fn delete(key: &str) -> Result<(), Refusal> {
        check(key)?;
        ask(|state| {
            state.store.remove(key);
            Ok(())
        })
    }

    pub(crate) fn keys(prefix: &str) -> Result<Vec<String>, Refusal> {
        ask(|state| {
            let keys = state.store.keys().filter(|key| key.starts_with(prefix));
            Ok(keys.cloned().collect())
        })
    }
}

pub(crate) mod network {
    use super::super::state::SentRequest;
    use super::{RefusalKind, ask, refuse};
    use crate::bindings::guildhall::skill::network::{Request, Response};
    use crate::refusal::Refusal;

    pub(crate) fn send(request: &Request) -> Result<Response, Refusal> {
        if matches!(request.method.as_str(), "GET" | "HEAD") && !request.body.is_empty() {
            return refuse(
                RefusalKind::Invalid,
                "network.body-not-allowed",
                format!("A {} request has no body.", request.method),
            );
        }
        let line = format!("{} {}", request.method, request.url);
        ask(|state| {
            let header = |header: &crate::bindings::guildhall::skill::network::Header| {
                (header.name.clone(), header.value.clone())
            };
            state.requests.push(SentRequest {
                line: line.clone(),
                headers: request.headers.iter().map(header).collect(),
                body: request.body.clone(),
            });
            match state.answers.get(&line) {
                Some(answer) => answer.clone(),
                None => refuse(
                    RefusalKind::Unavailable,
                    "network.not-recorded",
                    format!("The test recorded no answer to {line}."),
                ),
            }
        })
    }
}

pub(crate) mod payments {
    use super::{Effect, ask};
    use crate::bindings::guildhall::skill::payments::Order;
    use crate::refusal::{Refusal, RefusalKind};

    pub(crate) fn stage(order: &Order) -> Result<u32, Refusal> {
        ask(|state| {
            if !state.serves_payments {
                return super::not_served("payments");
            }
            if let Some(refusal) = state.refused_orders.get(&order.document) {
                return Err(refusal.clone());
            }
            if order.amount.minor <= 0 {
                return super::refuse(
                    RefusalKind::Invalid,
                    "payments.amount",
                    "A payment must be positive.".to_owned(),
                );
            }
            let same = |effect: &Effect| {
                matches!(effect, Effect::Order(staged)
                    if staged.payee == order.payee && staged.document == order.document)
            };
            if state.effects.iter().any(same) {
                return super::refuse(
                    RefusalKind::Conflict,
                    "payments.duplicate",
                    format!(
                        "Document {} of that account is already staged.",
                        order.document
                    ),
                );
            }
            super::check_requires(state, &order.requires)?;
            state.effects.push(Effect::Order(order.clone()));
            super::handle(state.effects.len() - 1)
        })
    }
}

pub(crate) mod messages {
    use super::{Effect, ask};
    use crate::bindings::guildhall::skill::messages::Message;
    use crate::refusal::Refusal;

    pub(crate) fn stage(message: &Message) -> Result<u32, Refusal> {
        ask(|state| {
            if !state.serves_messages {
                return super::not_served("messages");
            }
            if let Some(refusal) = &state.refused_messages {
                return Err(refusal.clone());
            }
            super::check_requires(state, &message.requires)?;
            state.effects.push(Effect::Message(message.clone()));
            super::handle(state.effects.len() - 1)
        })
    }
}

fn not_served<T>(interface: &str) -> Result<T, Refusal> {
    refuse(
        RefusalKind::Unavailable,
        &format!("{interface}.unavailable"),
        format!(
            "The test's fake host does not serve {interface}: set it up with `.{interface}()`."
        ),
    )
}

/// Handles that name no effect of this run are malformed.
fn check_requires(state: &State, requires: &[u32]) -> Result<(), Refusal> {
    let known =
        |handle: &&u32| usize::try_from(**handle).is_ok_and(|handle| handle < state.effects.len());
    match requires.iter().find(|handle| !known(handle)) {
        None => Ok(()),
        Some(handle) => refuse(
            RefusalKind::Invalid,
            "effects.handle",
            format!("Effect {handle} was not staged in this run."),
        ),
    }
}

pub(super) fn handle(position: usize) -> Result<u32, Refusal> {
    u32::try_from(position).or_else(|_| {
        refuse(
            RefusalKind::LimitReached,
            "effects.count",
            "Too many effects.".to_owned(),
        )
    })
}
