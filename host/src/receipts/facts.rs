//! The facts of a receipt, and how they are taken from a run that has ended.

use crate::approvals::SkillIdentity;
use crate::audit::AuditHead;
use crate::effects::{Effect, EffectState};
use crate::grants::Grants;
use crate::invocation::{Sent, Usage};
use crate::journal::{FinishedRun, HostCall, RunStart};
use crate::retention::Retention;
use crate::vault::{Commitment, Commitments};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

/// A signed receipt's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Version of this form: 1.
    pub version: u32,
    /// What was recorded when the guest had ended.
    pub run: RunFacts,
    /// Status of the run when the receipt was made.
    pub status: String,
    /// Its effects, with what became of each.
    pub effects: Vec<EffectFact>,
    /// Who decided.
    pub approval: Option<ApprovalFacts>,
    /// Where the audit log ended when the receipt was made. Kept elsewhere, it shows a log whose tail was cut off.
    pub audit: AuditHead,
}

/// What was recorded of a run when its guest had ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// Identifier of the run.
    pub invocation: String,
    /// Whose run it was.
    pub tenant: String,
    /// Which skill.
    pub skill: SkillIdentity,
    /// Which operation.
    pub operation: String,
    /// The engine that ran it.
    pub engine: String,
    /// The contract that this host serves.
    pub contract: String,
    /// What is kept of the run.
    pub retention: Retention,
    /// What it was granted.
    pub grants: Grants,
    /// Hash of the grants.
    pub grants_hash: Digest,
    /// Commitment to the input, as JSON.
    pub input: Commitment,
    /// Commitment to the output, as JSON.
    pub output: Option<Commitment>,
    /// Commitment to the failure, as JSON.
    pub failure: Option<Commitment>,
    /// Commitment to the seed of the guest's randomness.
    pub seed: Commitment,
    /// Rules that refused something, in order.
    pub refusals: Vec<String>,
    /// Every recorded host call.
    pub calls: Vec<CallFact>,
    /// What left, for each destination.
    pub sent: Vec<Sent>,
    /// Hash of the effect set, if anything was staged.
    pub effect_set: Option<Digest>,
    /// What it cost.
    pub usage: Usage,
    /// When it began, in milliseconds since the Unix epoch.
    pub began_at_ms: i64,
    /// When its guest had ended.
    pub ended_at_ms: i64,
}

/// One host call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFact {
    /// Order within the run.
    pub seq: u64,
    /// Interface and function: `files.read`.
    pub call: String,
    /// `read`, `state`, `staged`, `live-write` or `context`.
    pub class: String,
    /// Rule that refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Commitment to the arguments.
    pub request: Commitment,
    /// Commitment to the answer.
    pub response: Commitment,
    /// Bytes that came in.
    pub bytes_in: u64,
    /// Bytes that left.
    pub bytes_out: u64,
}

/// One effect and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectFact {
    /// The effect, in typed facts; less where the run's retention does not keep them.
    pub effect: Effect,
    /// Where it stands.
    pub state: EffectState,
    /// Why it failed, is void or unknown.
    pub detail: Option<String>,
    /// Whether it was undone afterwards.
    pub undone: bool,
}

/// A decision about an effect set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalFacts {
    /// `approve` or `reject`.
    pub decision: String,
    /// Hash of the effect set that it is bound to.
    pub effect_set: Digest,
    /// Digest of the skill that it is bound to.
    pub skill: Digest,
    /// Who decided.
    pub decider: String,
    /// By which channel.
    pub channel: String,
    /// When, in milliseconds since the Unix epoch.
    pub decided_at_ms: i64,
    /// Until when it could be used.
    pub expires_at_ms: Option<i64>,
    /// The mandates that approved, if no person did.
    pub mandates: Vec<String>,
}

/// What the facts of many runs have in common: all that is known before the guest starts, but the run's own name and its input.
#[derive(Serialize)]
pub(crate) struct KindFacts<'a> {
    tenant: &'a str,
    skill: &'a SkillIdentity,
    operation: &'a str,
    engine: &'static str,
    contract: &'static str,
    retention: Retention,
    grants: &'a Grants,
    grants_hash: Digest,
}

impl<'a> From<&'a RunStart> for KindFacts<'a> {
    fn from(start: &'a RunStart) -> Self {
        Self {
            tenant: &start.tenant,
            skill: &start.skill,
            operation: &start.operation,
            engine: crate::engine::ENGINE,
            contract: crate::engine::CONTRACT,
            retention: start.retention,
            grants: &start.grants,
            grants_hash: start.grants_hash,
        }
    }
}

/// What of the facts each run has for itself.
#[derive(Serialize)]
pub(crate) struct OwnFacts<'a> {
    input: Commitment,
    output: Option<Commitment>,
    failure: Option<Commitment>,
    seed: Commitment,
    refusals: Vec<&'a str>,
    calls: Vec<CallFact>,
    sent: &'a [Sent],
    effect_set: Option<Digest>,
    usage: Usage,
    began_at_ms: i64,
    ended_at_ms: i64,
}

impl<'a> OwnFacts<'a> {
    /// Of a run that has ended.
    pub(crate) fn of(
        start: &RunStart,
        run: &'a FinishedRun,
        commitments: &Commitments,
    ) -> Result<Self, serde_json::Error> {
        let failure = run.failure.as_ref().map(serde_json::to_vec).transpose()?;
        let output = run.output.as_ref();
        Ok(Self {
            input: commitments.commit("input", &start.input),
            output: output.map(|output| commitments.commit("output", output.as_bytes())),
            failure: failure.map(|failure| commitments.commit("failure", &failure)),
            seed: commitments.commit("seed", &start.seed),
            refusals: run.refusals.iter().map(|r| r.rule.as_str()).collect(),
            calls: run
                .calls
                .iter()
                .map(|call| call_fact(call, commitments))
                .collect(),
            sent: &run.sent,
            effect_set: run.set.as_ref().map(|(_, hash)| *hash),
            usage: run.usage,
            began_at_ms: start.created_at,
            ended_at_ms: run.ended_at,
        })
    }

    /// Of a run that computed, and of which there is nothing else to say.
    pub(crate) fn of_computed(
        made: Computed,
        usage: Usage,
        (began_at_ms, ended_at_ms): (i64, i64),
    ) -> Self {
        Self {
            input: made.input,
            output: Some(made.output),
            failure: None,
            seed: made.seed,
            refusals: Vec::new(),
            calls: Vec::new(),
            sent: &[],
            effect_set: None,
            usage,
            began_at_ms,
            ended_at_ms,
        }
    }

    /// As text, for [`facts_text`].
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The commitments of a run that computed, and of which there is nothing else to say; none of any other.
    pub(crate) fn computed(&self) -> Option<Computed> {
        let nothing_else = self.failure.is_none()
            && self.refusals.is_empty()
            && self.calls.is_empty()
            && self.sent.is_empty()
            && self.effect_set.is_none();
        Some(Computed {
            input: self.input,
            output: self.output.filter(|_| nothing_else)?,
            seed: self.seed,
        })
    }
}

/// What a run that computed commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Computed {
    input: Commitment,
    output: Commitment,
    seed: Commitment,
}

impl Computed {
    /// As it stands in the journal.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let parts = [self.input, self.output, self.seed];
        parts
            .iter()
            .flat_map(Commitment::as_bytes)
            .copied()
            .collect()
    }

    /// From the journal; none if it can't have been written by [`Computed::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (parts, []) = bytes.as_chunks::<32>() else {
            return None;
        };
        let [input, output, seed] = *<&[_; 3]>::try_from(parts).ok()?;
        Some(Self {
            input: Commitment::from_bytes(input),
            output: Commitment::from_bytes(output),
            seed: Commitment::from_bytes(seed),
        })
    }
}

/// [`RunFacts`] as they stand in the journal and in a receipt, in the order of its fields. `kind` is [`KindFacts`] as text, and `own` is
/// [`OwnFacts`]; of anything that is no JSON object, no facts come of it that could be read.
///
/// # Errors
/// None that a name can have.
pub(crate) fn facts_text(
    invocation: &str,
    kind: &str,
    own: &str,
) -> Result<String, serde_json::Error> {
    let mut text = String::with_capacity(1_536);
    text.push_str(r#"{"invocation":"#);
    text.push_str(&serde_json::to_string(invocation)?);
    text.push(',');
    text.push_str(unbraced(kind));
    text.push(',');
    text.push_str(unbraced(own));
    text.push('}');
    Ok(text)
}

/// Whether a text is [`OwnFacts`], and not the whole.
pub(crate) fn is_own(text: &str) -> bool {
    text.starts_with(r#"{"input":"#)
}

/// An object's members.
fn unbraced(object: &str) -> &str {
    let members = object.strip_prefix('{');
    members
        .and_then(|members| members.strip_suffix('}'))
        .unwrap_or(object)
}

/// The facts of a run that has ended, as text.
pub(crate) fn facts_of(
    start: &RunStart,
    run: &FinishedRun,
    commitments: &Commitments,
) -> Result<String, serde_json::Error> {
    let kind = serde_json::to_string(&KindFacts::from(start))?;
    let own = OwnFacts::of(start, run, commitments)?.text()?;
    facts_text(&start.id, &kind, &own)
}

fn call_fact(call: &HostCall, commitments: &Commitments) -> CallFact {
    CallFact {
        seq: call.seq,
        call: format!("{}.{}", call.interface, call.function),
        class: call.class.word().to_owned(),
        refused: call.refused.clone(),
        request: commitments.commit(&request_label(call.seq), &call.request),
        response: commitments.commit(&response_label(call.seq), &call.response),
        bytes_in: call.bytes_in,
        bytes_out: call.bytes_out,
    }
}

pub(super) fn request_label(seq: u64) -> String {
    format!("call/{seq}/request")
}

pub(super) fn response_label(seq: u64) -> String {
    format!("call/{seq}/response")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::approvals::Trust;
    use crate::invocation::{Failure, RunEvent};
    use crate::journal::CallClass;
    use crate::keys::SecretKey32;
    use crate::refusal::{Refusal, RefusalKind};
    use crate::vault::Vault;
    use std::collections::BTreeMap;

    fn start() -> RunStart {
        RunStart {
            id: "r".to_owned(),
            tenant: "t\u{1}".to_owned(),
            skill: std::sync::Arc::new(SkillIdentity {
                name: Some("a/b".to_owned()),
                version: None,
                digest: Digest::of(b"skill"),
                trust: Trust::UnsignedLocalFile,
            }),
            operation: "do".to_owned(),
            input: b"[1]".to_vec(),
            grants: Grants::none(),
            grants_hash: Digest::of(b"grants"),
            seed: [7; 32],
            settings: BTreeMap::new(),
            locale: "en".to_owned(),
            limits: crate::limits::Limits::default(),
            retention: Retention::Hashes,
            started_now_ms: 1,
            clock_fixed: false,
            chosen: false,
            created_at: 1,
        }
    }

    fn commitments() -> Commitments {
        let vault = Vault::new(SecretKey32::from_bytes(&[3; 32]));
        vault.commitments("receipt", "r").unwrap()
    }

    #[test]
    fn written_facts_are_read_and_written_again_to_the_letter() {
        let start = start();
        let mut run = FinishedRun::bare("r", "t\u{1}", Retention::Hashes, RunEvent::RefusedByRule);
        let refusal = Refusal::new(RefusalKind::NotFound, "rule.of-it", "why".to_owned());
        run.refusals.push(refusal);
        run.output = Some("null".parse().unwrap());
        run.failure = Some(Failure::Trap {
            message: "it trapped".to_owned(),
        });
        run.calls.push(HostCall {
            seq: 1,
            interface: "files",
            function: "read",
            class: CallClass::Read,
            summary: String::new(),
            request: b"a".to_vec(),
            response: b"b".to_vec(),
            refused: Some("rule.of-it".to_owned()),
            bytes_in: 2,
            bytes_out: 3,
            micros: 4,
            at: 5,
        });
        let commitments = commitments();
        let text = facts_of(&start, &run, &commitments).unwrap();
        let facts: RunFacts = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&facts).unwrap(), text);
        assert_eq!(
            (facts.invocation.as_str(), facts.tenant.as_str()),
            ("r", "t\u{1}")
        );
        assert!(commitments.verify(&facts.input, "input", b"[1]"));
    }

    #[test]
    fn facts_of_a_run_that_computed_come_back_from_its_commitments() {
        let start = start();
        let event = RunEvent::Returned { effects: false };
        let mut run = FinishedRun::bare("r", "t\u{1}", Retention::Hashes, event);
        run.output = Some("[2]".parse().unwrap());
        run.usage.fuel = 12;
        let commitments = commitments();
        let own = OwnFacts::of(&start, &run, &commitments).unwrap();
        let bytes = own.computed().unwrap().to_bytes();
        let read = Computed::from_bytes(&bytes).unwrap();
        let again = OwnFacts::of_computed(read, run.usage, (start.created_at, run.ended_at));
        let kind = serde_json::to_string(&KindFacts::from(&start)).unwrap();
        assert_eq!(
            facts_text("r", &kind, &again.text().unwrap()).unwrap(),
            facts_of(&start, &run, &commitments).unwrap()
        );
        assert_eq!(Computed::from_bytes(&bytes[1..]), None);
        // Whatever else there is to say of a run has no place in them.
        let mut others = vec![run.clone(), run.clone(), run.clone(), run];
        others[0].output = None;
        others[1].failure = Some(Failure::Trap {
            message: String::new(),
        });
        others[2].refusals = vec![Refusal::new(RefusalKind::NotFound, "a.rule", String::new())];
        others[3].sent = vec![Sent {
            method: "GET".to_owned(),
            host: "a.example".to_owned(),
            port: 443,
            requests: 1,
            bytes_out: 1,
            bytes_in: 1,
        }];
        for run in &others {
            let own = OwnFacts::of(&start, run, &commitments).unwrap();
            assert_eq!(own.computed(), None);
        }
    }
}
