//! What the API says and takes, as JSON.

use guildhall_host::{
    AuditEntry, Card, EffectState, JsonText, PendingApproval, Refusal, RunStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// An installed skill.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SkillItem {
    /// `publisher/skill`.
    pub name: String,
    /// Version of the installed release.
    pub version: String,
    /// Digest of its bytes.
    pub digest: String,
    /// What it says of itself: untrusted text.
    pub description: String,
    /// Its operations.
    pub operations: Vec<String>,
    /// Whether what it does may wait for a person.
    pub needs_approval: bool,
    /// Why it can't be run: it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<String>,
}

/// An installed skill with its operations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SkillDetail {
    /// The skill in short.
    #[serde(flatten)]
    pub skill: SkillItem,
    /// What it could do besides computing, at most.
    pub reaches: Vec<String>,
    /// Its operations with their types.
    pub schemas: Vec<OperationDetail>,
}

/// One operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationDetail {
    /// Its name.
    pub name: String,
    /// What its author says: untrusted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// JSON Schema of `input`.
    #[schema(value_type = Object)]
    pub input: Value,
    /// JSON Schema of `output`.
    #[schema(value_type = Object)]
    pub output: Value,
    /// Why it can't be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
}

/// What is asked for: one operation of an installed skill.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// `publisher/skill`.
    #[schema(min_length = 3, max_length = 200)]
    pub skill: String,
    /// Which operation.
    #[schema(min_length = 1, max_length = 200)]
    pub operation: String,
    /// Its input, by parameter.
    #[schema(value_type = Object)]
    pub input: Map<String, Value>,
}

/// A run, as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Run {
    /// Identifier.
    pub run: String,
    /// Name of the skill, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// Which operation.
    pub operation: String,
    /// Where it stands: `running`, `awaiting_approval`, `committing`, or how it ended.
    #[schema(value_type = String)]
    pub status: RunStatus,
    /// Whether nothing more will become of it.
    pub ended: bool,
    /// What the operation returned. Not there if the run keeps only hashes, unless it has just ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub output: Option<JsonText>,
    /// Why it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Value>,
    /// What it would do, or did.
    pub effects: Vec<EffectLine>,
    /// Rules that refused something.
    pub refusals: Vec<RefusalLine>,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// Until when a person can decide, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// Where a person decides about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_at: Option<String>,
}

/// One effect.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EffectLine {
    /// One line, from facts.
    pub summary: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: EffectState,
    /// Why it failed, or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One refusal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusalLine {
    /// The rule.
    pub rule: String,
    /// What happened.
    pub message: String,
    /// What would allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl From<Refusal> for RefusalLine {
    fn from(refusal: Refusal) -> Self {
        Self {
            rule: refusal.rule,
            message: refusal.message,
            fix: refusal.fix,
        }
    }
}

/// A run in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunItem {
    /// Identifier.
    pub run: String,
    /// Name of the skill, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// Which operation.
    pub operation: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub status: RunStatus,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
}

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditItem {
    /// Place in the chain, from 0.
    pub seq: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What happened, as one word.
    pub kind: String,
    /// The facts.
    #[schema(value_type = Object)]
    pub body: Value,
    /// Hash of the entry before.
    pub prev: String,
    /// Hash of this entry.
    pub hash: String,
}

impl From<AuditEntry> for AuditItem {
    fn from(entry: AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            at_ms: entry.at_ms,
            kind: entry.kind,
            body: entry.body,
            prev: entry.prev.to_string(),
            hash: entry.hash.to_string(),
        }
    }
}

/// A page of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditPage {
    /// Entries, oldest first.
    pub entries: Vec<AuditItem>,
    /// Entries in the whole log.
    pub size: u64,
    /// Give this as `from` for what comes next; not there at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Which part of the audit log.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// First entry wanted. Default: 0.
    #[param(minimum = 0, maximum = 9007199254740991_u64)]
    pub from: Option<u64>,
    /// How many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Where to go on: `next` of the page before.
    #[param(pattern = "^[0-9a-f-]{36}$")]
    pub cursor: Option<String>,
    /// Items wanted: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Which part of the list of skills.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SkillsQuery {
    /// Where to go on: `next` of the page before.
    pub cursor: Option<String>,
    /// Items wanted: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// What waits for a person, in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalItem {
    /// The run.
    pub run: String,
    /// Name of the skill, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// Which operation.
    pub operation: String,
    /// One line, from facts.
    pub summary: String,
    /// How many effects.
    pub effects: u64,
    /// What a decision binds to.
    pub effect_set: String,
    /// When the run began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expires_at_ms: i64,
}

impl From<PendingApproval> for ApprovalItem {
    fn from(waiting: PendingApproval) -> Self {
        Self {
            run: waiting.invocation,
            skill: waiting.skill.name,
            operation: waiting.operation,
            summary: waiting.summary,
            effects: waiting.effects,
            effect_set: waiting.effect_set.to_string(),
            created_at_ms: waiting.created_at_ms,
            expires_at_ms: waiting.expires_at_ms,
        }
    }
}

/// A card, with everything that a decision rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardAnswer {
    /// What a decision binds to.
    pub effect_set: String,
    /// Where a person sees it.
    pub link: String,
    /// The card, in facts. Texts of the skill in it are untrusted.
    #[schema(value_type = Object)]
    pub card: Card,
}

/// An approval: of exactly the effects with this hash.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// `effect_set` of the card that was looked at.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub effect_set: String,
}

/// A rejection.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// `effect_set` of the card that was looked at.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub effect_set: String,
    /// Why, for the journal: one line.
    #[schema(min_length = 1, max_length = 300)]
    pub reason: String,
}
