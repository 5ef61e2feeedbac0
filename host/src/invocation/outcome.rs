//! What an invocation came to.

use super::machine::RunStatus;
use crate::effects::{Effect, EffectState};
use crate::refusal::Refusal;
use crate::retention::Retention;
use crate::values::JsonText;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// The result of an invocation, also of one that waits, was refused or trapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Identifier of the run.
    pub invocation: String,
    /// Where the run stands.
    pub status: RunStatus,
    /// What the operation returned, if it ended well.
    pub output: Option<JsonText>,
    /// The operation's own typed failure, or what ended the run.
    pub failure: Option<Failure>,
    /// What was staged, and what became of each.
    pub effects: Vec<EffectReport>,
    /// Each refusal that the guest or the run met, in order.
    pub refusals: Vec<Refusal>,
    /// What the run used.
    pub usage: Usage,
    /// What the guest logged, within the limit.
    pub logs: Vec<LogLine>,
    /// Hash of the effect set, if anything was staged: what an approval binds to.
    pub effect_set: Option<guildhall_package::Digest>,
    /// When a pending effect set expires, in milliseconds since the Unix epoch.
    pub expires_at_ms: Option<i64>,
    /// Where requests went: `GET https://host`, each once.
    pub contacted: Vec<String>,
    /// What left, for each destination.
    pub sent: Vec<Sent>,
    /// What the run did not do, in sentences; shown on its card.
    pub does_not: Vec<Cow<'static, str>>,
    /// What is kept of the run.
    pub retention: Retention,
    /// Why a person is asked although there are mandates, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
}

/// Why a run did not end well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Failure {
    /// The operation's typed failure, as JSON.
    Operation {
        /// The failure value.
        value: Value,
    },
    /// A limit ended the run.
    Limit {
        /// Name of the limit, as [`crate::Limits::set`] takes it, or `stack`.
        limit: String,
        /// What happened and what to do.
        message: String,
    },
    /// The guest trapped by itself.
    Trap {
        /// wasmtime's word for it.
        message: String,
    },
    /// Stopped from outside.
    Stopped {
        /// Who or what stopped it.
        message: String,
    },
    /// A person rejected it, or it expired.
    Rejected {
        /// The reason given.
        reason: String,
    },
}

/// What left for one destination, by one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Method.
    pub method: String,
    /// Host asked for.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Requests that left, also those that got no answer.
    pub requests: u64,
    /// Bytes of HTTP that left.
    pub bytes_out: u64,
    /// Bytes of HTTP that came back.
    pub bytes_in: u64,
}

/// One effect and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectReport {
    /// The effect.
    #[serde(flatten)]
    pub effect: Effect,
    /// One line for a person.
    pub summary: String,
    /// Where it stands.
    pub state: EffectState,
    /// Why it failed or is unknown.
    pub detail: Option<String>,
    /// Whether it was done and taken back since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

/// What a run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Fuel burned. Of a run that was stopped from outside (wall clock, cancellation, revocation) only what the engine
    /// had counted at its last call.
    pub fuel: u64,
    /// Wall clock in milliseconds.
    pub wall_ms: u64,
    /// Peak linear memory in bytes, summed over all memories.
    pub memory_bytes: u64,
    /// Host calls made.
    pub host_calls: u64,
    /// Bytes that came in from files, state and network.
    pub bytes_in: u64,
    /// Bytes that left by network.
    pub bytes_out: u64,
    /// Log bytes dropped because the limit was reached.
    pub log_bytes_dropped: u64,
}

/// One log line of a guest. Untrusted text: make it plain before printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: LogLevel,
    /// The text as the guest gave it.
    pub message: String,
}

/// Level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// What is going on.
    Info,
    /// Something to look at.
    Warn,
    /// Something went wrong.
    Error,
}
