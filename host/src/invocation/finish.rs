//! From the guest's end to what the journal records.

use super::run::{GuestEnd, StopReason};
use super::{Failure, RunEvent};
use crate::capabilities::files::StagedWrite;
use crate::effects::{Effect, EffectFacts, EffectSet, FileWrite};
use crate::grants::Authority;
use crate::guest::Guest;
use crate::journal::{FinishedRun, StagedEffect, expiry, revocation};
use crate::limits::Limits;
use crate::refusal::{Refusal, RefusalKind};
use crate::values::{JsonText, to_json};
use guildhall_package::authority::Access;
use guildhall_package::manifest::{MessageDecl, PaymentDecl};
use guildhall_package::{Digest, Operation, Type};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;
use wasmtime::component::Val;

/// What is known about a run when its guest is gone.
pub(crate) struct Ended<'a> {
    pub(crate) end: GuestEnd,
    pub(crate) guest: Guest,
    pub(crate) operation: &'a Operation,
    pub(crate) skill: Digest,
    pub(crate) grants_hash: Digest,
    pub(crate) limits: Limits,
    pub(crate) took: Duration,
    pub(crate) now_ms: i64,
    pub(crate) approval_seconds: u64,
}

/// What the end of a guest means.
struct Meaning {
    event: RunEvent,
    output: Option<JsonText>,
    failure: Option<Failure>,
    refusal: Option<Refusal>,
}

/// Turns the end of a guest into journal facts. Effects and state are kept only if the operation succeeded.
pub(crate) fn finished(ended: Ended<'_>) -> Result<FinishedRun, serde_json::Error> {
    let mut guest = ended.guest;
    let mut usage = guest.record.usage;
    usage.fuel = ended.limits.fuel.saturating_sub(usage.fuel);
    usage.wall_ms = u64::try_from(ended.took.as_millis()).unwrap_or(u64::MAX);
    let mut logs = std::mem::take(&mut guest.record.logs);
    if let Some(wasi) = &guest.wasi {
        let (lines, dropped) = wasi.finish();
        logs.extend(lines);
        usage.log_bytes_dropped += dropped;
    }
    let mut refusals = std::mem::take(&mut guest.record.refusals);
    let staged = guest.files.staged();
    let any = !staged.is_empty() || !guest.payments.is_empty() || !guest.messages.is_empty();
    let meaning = meaning_of(ended.end, ended.operation, &ended.limits, any, &refusals);
    refusals.extend(meaning.refusal);
    let parked = meaning.event == (RunEvent::Returned { effects: true });
    let ended_well = matches!(meaning.event, RunEvent::Returned { .. });
    let effects = if parked {
        effects_of(&mut guest, staged)
    } else {
        Vec::new()
    };
    let set = if parked {
        let set = EffectSet {
            invocation: guest.run.clone(),
            skill: ended.skill,
            operation: ended.operation.name.clone(),
            grants: ended.grants_hash,
            locations: guest.files.locations(),
            inputs: guest.files.pins(),
            effects: effects.iter().map(|e| e.effect.clone()).collect(),
        };
        let hash = set.hash()?;
        Some((set, hash))
    } else {
        None
    };
    let state_skill = guest.state.skill().clone();
    let changes = match ended_well {
        true => guest.state.into_changes(),
        false => Vec::new(),
    };
    Ok(FinishedRun {
        id: std::mem::take(&mut guest.run),
        tenant: guest.tenant.as_ref().to_owned(),
        event: meaning.event,
        output: meaning.output,
        failure: meaning.failure,
        does_not: does_not(&effects, &guest.record.contacted),
        refusals,
        logs,
        usage,
        calls: std::mem::take(&mut guest.record.calls),
        staged: effects,
        set,
        contacted: std::mem::take(&mut guest.record.contacted),
        sent: std::mem::take(&mut guest.record.sent),
        retention: guest.retention,
        facts: String::new(),
        state_skill: if changes.is_empty() {
            String::new()
        } else {
            state_skill.as_ref().to_owned()
        },
        state: changes,
        ended_at: ended.now_ms,
        expires_at: parked.then(|| expiry(ended.now_ms, ended.approval_seconds)),
    })
}

fn meaning_of(
    end: GuestEnd,
    operation: &Operation,
    limits: &Limits,
    effects: bool,
    refusals: &[Refusal],
) -> Meaning {
    match end {
        GuestEnd::Returned(values) => match result_of(operation, &values) {
            Some(Ok(output)) => succeeded(output, limits, effects),
            // A typed failure is bounded as an output is.
            Some(Err(failure)) if too_long(&failure, limits) => {
                limit_reached("output-bytes", limits)
            }
            Some(Err(failure)) => match failure.value() {
                Ok(failure) => operation_failed(failure, refusals),
                Err(error) => trapped(format!("the operation's failure can't be read: {error}")),
            },
            None => trapped("the operation returned a value that is not of its type".to_owned()),
        },
        GuestEnd::Exited(0) => succeeded(JsonText::null(), limits, effects),
        GuestEnd::Exited(code) => {
            operation_failed(serde_json::json!({ "exit_code": code }), refusals)
        }
        GuestEnd::Limit(limit) => limit_reached(limit, limits),
        GuestEnd::Trapped(message) => trapped(message),
        GuestEnd::Stopped(reason) => stopped(reason),
    }
}

/// What a guest answered, for a comparison with what was recorded.
pub(crate) enum Answer {
    /// The operation's output.
    Output(JsonText),
    /// Its typed failure.
    Failure(Value),
    /// Something else, in a sentence.
    Other(String),
}

/// What the end of a guest answers.
pub(crate) fn answer_of(end: GuestEnd, operation: &Operation) -> Answer {
    match end {
        GuestEnd::Returned(values) => match result_of(operation, &values) {
            Some(Ok(output)) => Answer::Output(output),
            Some(Err(failure)) => match failure.value() {
                Ok(failure) => Answer::Failure(failure),
                Err(error) => Answer::Other(format!("its failure can't be read: {error}")),
            },
            None => Answer::Other("it returned a value that is not of its type".to_owned()),
        },
        GuestEnd::Exited(0) => Answer::Output(JsonText::null()),
        GuestEnd::Exited(code) => Answer::Failure(serde_json::json!({ "exit_code": code })),
        GuestEnd::Limit(limit) => Answer::Other(format!("it ran into the limit `{limit}`")),
        GuestEnd::Trapped(message) => Answer::Other(format!("it trapped: {message}")),
        GuestEnd::Stopped(_) => Answer::Other("it was stopped".to_owned()),
    }
}

/// Output or typed failure. `None` if the value does not fit the operation's type.
fn result_of(operation: &Operation, values: &[Val]) -> Option<Result<JsonText, JsonText>> {
    let result = &operation.result;
    let payload = |ty: Option<&Type>, value: Option<&Val>| match (ty, value) {
        (Some(ty), Some(value)) => to_json(ty, value),
        (None, None) => Some(JsonText::null()),
        _ => None,
    };
    match (&result.err, values) {
        (None, [] | [_]) => payload(result.ok.as_ref(), values.first()).map(Ok),
        (Some(_), [Val::Result(Ok(value))]) => {
            payload(result.ok.as_ref(), value.as_deref()).map(Ok)
        }
        (Some(err), [Val::Result(Err(value))]) => payload(err.as_ref(), value.as_deref()).map(Err),
        _ => None,
    }
}

fn too_long(text: &JsonText, limits: &Limits) -> bool {
    text.as_str().len() as u64 > limits.output_bytes
}

fn succeeded(output: JsonText, limits: &Limits, effects: bool) -> Meaning {
    if too_long(&output, limits) {
        return limit_reached("output-bytes", limits);
    }
    Meaning {
        event: RunEvent::Returned { effects },
        output: Some(output),
        failure: None,
        refusal: None,
    }
}

/// A failure of an operation that met a rule is a refusal: what is missing is a grant, not an input.
fn operation_failed(value: Value, refusals: &[Refusal]) -> Meaning {
    let by_rule = refusals.iter().any(|refusal| {
        matches!(
            refusal.kind,
            RefusalKind::Denied | RefusalKind::LimitReached
        )
    });
    Meaning {
        event: if by_rule {
            RunEvent::RefusedByRule
        } else {
            RunEvent::OperationFailed
        },
        output: None,
        failure: Some(Failure::Operation { value }),
        refusal: None,
    }
}

fn limit_reached(limit: &str, limits: &Limits) -> Meaning {
    let amount = match limit {
        "fuel" => format!("{} instructions", limits.fuel),
        "wall-ms" => format!("{} ms", limits.wall_ms),
        "memory-bytes" => format!("{} bytes of memory", limits.memory_bytes),
        "table-elements" => format!("{} table elements", limits.table_elements),
        "instances" => format!("{} instances", limits.instances),
        "host-calls" => format!("{} host calls", limits.host_calls),
        "output-bytes" => format!("{} bytes of output", limits.output_bytes),
        "stack" => "the guest's stack".to_owned(),
        other => other.to_owned(),
    };
    let advice = if Limits::NAMES.iter().any(|(name, _)| *name == limit) {
        format!("; raise it with --limit {limit}=N, within the host's own limit")
    } else {
        "; it can't be raised".to_owned()
    };
    Meaning {
        event: RunEvent::Trapped,
        output: None,
        failure: Some(Failure::Limit {
            limit: limit.to_owned(),
            message: format!("the run used up {amount}; nothing was staged{advice}"),
        }),
        refusal: None,
    }
}

fn trapped(message: String) -> Meaning {
    Meaning {
        event: RunEvent::Trapped,
        output: None,
        failure: Some(Failure::Trap { message }),
        refusal: None,
    }
}

fn stopped(reason: StopReason) -> Meaning {
    let (message, refusal) = match reason {
        StopReason::Cancelled => ("the caller stopped it; nothing was staged", None),
        StopReason::Shutdown => ("the host was shut down; nothing was staged", None),
        StopReason::Revoked => (
            "the skill was revoked while it ran; nothing was staged",
            Some(revocation("it was stopped while it ran")),
        ),
    };
    Meaning {
        event: RunEvent::Cancelled,
        output: None,
        failure: Some(Failure::Stopped {
            message: message.to_owned(),
        }),
        refusal,
    }
}

fn effects_of(guest: &mut Guest, staged: Vec<StagedWrite>) -> Vec<StagedEffect> {
    let mut effects: Vec<StagedEffect> = staged
        .into_iter()
        .filter_map(|write| file_effect(guest, write))
        .collect();
    effects.extend(
        guest
            .payments
            .take()
            .into_iter()
            .map(|staged| StagedEffect {
                reason: guest.authority.manifest().and_then(|manifest| {
                    let (scheme, account) = (&staged.payment.scheme, &staged.payment.account);
                    let covers = |decl: &&PaymentDecl| {
                        decl.payees
                            .iter()
                            .any(|pattern| pattern.allows(scheme, account))
                    };
                    manifest
                        .payments
                        .iter()
                        .find(covers)
                        .map(|decl| decl.reason.clone())
                }),
                effect: Effect {
                    index: staged.effect,
                    requires: staged.requires,
                    facts: EffectFacts::Payment(staged.payment),
                },
                content: None,
                previous: None,
            }),
    );
    effects.extend(
        guest
            .messages
            .take()
            .into_iter()
            .map(|staged| StagedEffect {
                reason: guest.authority.manifest().and_then(|manifest| {
                    let channel = staged.message.channel.as_str();
                    let covers = |decl: &&MessageDecl| {
                        decl.channels.iter().any(|name| name.as_str() == channel)
                    };
                    manifest
                        .messages
                        .iter()
                        .find(covers)
                        .map(|decl| decl.reason.clone())
                }),
                effect: Effect {
                    index: staged.effect,
                    requires: staged.requires,
                    facts: EffectFacts::Message(staged.message),
                },
                content: Some(staged.content),
                previous: None,
            }),
    );
    effects.sort_by_key(|staged| staged.effect.index);
    effects
}

fn file_effect(guest: &Guest, write: StagedWrite) -> Option<StagedEffect> {
    // A staged write always has its grant; without one there would be nothing to perform.
    let location = guest.files.location(&write.grant)?.clone();
    let path = match &write.inside {
        Some(inside) => format!("{}/{inside}", write.grant),
        None => write.grant.to_string(),
    };
    Some(StagedEffect {
        reason: reason_for(&guest.authority, write.grant.as_str()),
        effect: Effect {
            index: write.effect,
            requires: Vec::new(),
            facts: EffectFacts::FileWrite(FileWrite {
                path,
                location,
                inside: write.inside,
                digest: write.digest,
                bytes: write.content.len() as u64,
                replaces: write.replaces,
            }),
        },
        content: Some(write.content),
        previous: write.previous,
    })
}

/// The manifest's reason for writing to a name.
fn reason_for(authority: &Authority, name: &str) -> Option<String> {
    let manifest = authority.manifest()?;
    manifest
        .files
        .iter()
        .find(|decl| decl.name.as_str() == name && decl.access.intersect(Access::Write).is_some())
        .map(|decl| decl.reason.clone())
}

/// What a run does not do, from its facts.
fn does_not(effects: &[StagedEffect], contacted: &[String]) -> Vec<Cow<'static, str>> {
    let has = |kind: &str| {
        effects
            .iter()
            .any(|staged| staged.effect.facts.kind() == kind)
    };
    let mut sentences = Vec::new();
    if !has("payment") {
        sentences.push(Cow::Borrowed("It moves no money."));
    }
    if !has("message") {
        sentences.push(Cow::Borrowed("It sends no message."));
    }
    if contacted.is_empty() {
        sentences.push(Cow::Borrowed("It contacted nobody over the network."));
    }
    sentences.push(if has("file-write") {
        Cow::Borrowed("It changes no file but those above.")
    } else {
        Cow::Borrowed("It changes no file.")
    });
    sentences
}
