//! What the host hands to the journal.

use crate::approvals::SkillIdentity;
use crate::clock::wall_clock_ms;
use crate::effects::{Effect, EffectSet, EffectState};
use crate::grants::Grants;
use crate::invocation::{
    EffectReport, Failure, LogLine, Outcome, RunEvent, RunStatus, Sent, Usage,
};
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::retention::Retention;
use crate::values::JsonText;
use bytes::Bytes;
use guildhall_package::Digest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts that are known when a run begins.
#[derive(Debug, Clone)]
pub(crate) struct RunStart {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) skill: Arc<SkillIdentity>,
    pub(crate) operation: String,
    pub(crate) input: Vec<u8>,
    pub(crate) grants: Grants,
    pub(crate) grants_hash: Digest,
    pub(crate) seed: [u8; 32],
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) locale: String,
    pub(crate) limits: Limits,
    pub(crate) retention: Retention,
    pub(crate) started_now_ms: i64,
    /// Whether the guest's time stands still.
    pub(crate) clock_fixed: bool,
    /// Whether somebody chose the identifier, and another run may have it.
    pub(crate) chosen: bool,
    pub(crate) created_at: i64,
}

/// Facts that are known when the guest is gone.
#[derive(Debug, Clone)]
pub(crate) struct FinishedRun {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) event: RunEvent,
    pub(crate) output: Option<JsonText>,
    pub(crate) failure: Option<Failure>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) usage: Usage,
    pub(crate) calls: Vec<HostCall>,
    pub(crate) staged: Vec<StagedEffect>,
    pub(crate) set: Option<(EffectSet, Digest)>,
    pub(crate) contacted: Vec<String>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) retention: Retention,
    /// Commitments to all of this, as JSON.
    pub(crate) facts: String,
    pub(crate) does_not: Vec<Cow<'static, str>>,
    pub(crate) state_skill: String,
    pub(crate) state: Vec<super::StateChange>,
    pub(crate) ended_at: i64,
    pub(crate) expires_at: Option<i64>,
}

impl FinishedRun {
    /// A run that ended now and of which nothing else is to be said yet.
    pub(crate) fn bare(run: &str, tenant: &str, retention: Retention, event: RunEvent) -> Self {
        Self {
            id: run.to_owned(),
            tenant: tenant.to_owned(),
            event,
            output: None,
            failure: None,
            refusals: Vec::new(),
            logs: Vec::new(),
            usage: Usage::default(),
            calls: Vec::new(),
            staged: Vec::new(),
            set: None,
            contacted: Vec::new(),
            sent: Vec::new(),
            retention,
            facts: String::new(),
            does_not: Vec::new(),
            state_skill: String::new(),
            state: Vec::new(),
            ended_at: wall_clock_ms(),
            expires_at: None,
        }
    }
}

/// When a run that waits from a time on is no longer waited for, in milliseconds.
pub(crate) fn expiry(from_ms: i64, approval_seconds: u64) -> i64 {
    let wait = i64::try_from(approval_seconds).unwrap_or(i64::MAX / 1_000);
    from_ms.saturating_add(wait.saturating_mul(1_000))
}

/// One staged effect with its content.
#[derive(Debug, Clone)]
pub(crate) struct StagedEffect {
    pub(crate) effect: Effect,
    pub(crate) reason: Option<String>,
    pub(crate) content: Option<Bytes>,
    /// What a file write replaces.
    pub(crate) previous: Option<Bytes>,
}

/// One host call, as recorded.
#[derive(Debug, Clone)]
pub(crate) struct HostCall {
    pub(crate) seq: u64,
    pub(crate) interface: &'static str,
    pub(crate) function: &'static str,
    pub(crate) class: CallClass,
    /// One line, made plain: what was asked.
    pub(crate) summary: String,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) refused: Option<String>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) micros: u64,
    pub(crate) at: i64,
}

/// Classes of host calls, as the design names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallClass {
    /// Live, journaled.
    Read,
    /// The skill's own store.
    State,
    /// Recorded now, performed at commit.
    Staged,
    /// Live, recorded before it is sent.
    LiveWrite,
    /// Time, randomness, settings.
    Context,
}

impl CallClass {
    /// The word in the journal.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::State => "state",
            Self::Staged => "staged",
            Self::LiveWrite => "live-write",
            Self::Context => "context",
        }
    }
}

impl FinishedRun {
    /// The run as it ends when the journal refuses what it staged: nothing of it is kept.
    pub(crate) fn refused(mut self, refusal: Refusal) -> Self {
        self.event = RunEvent::RefusedByRule;
        self.refusals.push(refusal);
        self.output = None;
        self.staged.clear();
        self.set = None;
        self.state.clear();
        self.expires_at = None;
        self
    }

    /// The outcome as it will be read back. The status is the journal's to say.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome {
            invocation: self.id.clone(),
            status: RunStatus::Running,
            output: self.output.clone(),
            failure: self.failure.clone(),
            effects: self
                .staged
                .iter()
                .map(|staged| EffectReport {
                    summary: staged.effect.facts.summary(),
                    effect: staged.effect.clone(),
                    state: EffectState::Pending,
                    detail: None,
                    undone: false,
                })
                .collect(),
            refusals: self.refusals.clone(),
            usage: self.usage,
            logs: self.logs.clone(),
            effect_set: self.set.as_ref().map(|(_, hash)| *hash),
            expires_at_ms: self.expires_at,
            contacted: self.contacted.clone(),
            sent: self.sent.clone(),
            does_not: self.does_not.clone(),
            retention: self.retention,
            asks: Vec::new(),
        }
    }
}
