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

/// What is known of a run before its guest starts.
pub(crate) struct RunSource<'a> {
    pub(crate) skill: &'a SkillIdentity,
    pub(crate) operation: &'a str,
    pub(crate) grants: &'a Grants,
    pub(crate) grants_hash: Digest,
    pub(crate) input: &'a [u8],
    pub(crate) seed: &'a [u8],
    pub(crate) began_at_ms: i64,
}

impl<'a> From<&'a RunStart> for RunSource<'a> {
    fn from(start: &'a RunStart) -> Self {
        Self {
            skill: &start.skill,
            operation: &start.operation,
            grants: &start.grants,
            grants_hash: start.grants_hash,
            input: &start.input,
            seed: &start.seed,
            began_at_ms: start.created_at,
        }
    }
}

/// [`RunFacts`] on their way into the journal, borrowed from what is known of the run. Written in the same order.
#[derive(Serialize)]
pub(crate) struct WrittenFacts<'a> {
    invocation: &'a str,
    tenant: &'a str,
    skill: &'a SkillIdentity,
    operation: &'a str,
    engine: &'static str,
    contract: &'static str,
    retention: Retention,
    grants: &'a Grants,
    grants_hash: Digest,
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

/// Takes the facts of a run that has ended.
pub(crate) fn facts_of<'a>(
    source: &RunSource<'a>,
    run: &'a FinishedRun,
    commitments: &Commitments,
) -> Result<WrittenFacts<'a>, serde_json::Error> {
    let failure = run.failure.as_ref().map(serde_json::to_vec).transpose()?;
    Ok(WrittenFacts {
        invocation: &run.id,
        tenant: &run.tenant,
        skill: source.skill,
        operation: source.operation,
        engine: crate::engine::ENGINE,
        contract: crate::engine::CONTRACT,
        retention: run.retention,
        grants: source.grants,
        grants_hash: source.grants_hash,
        input: commitments.commit("input", source.input),
        output: run
            .output
            .as_ref()
            .map(|output| commitments.commit("output", output)),
        failure: failure.map(|failure| commitments.commit("failure", &failure)),
        seed: commitments.commit("seed", source.seed),
        refusals: run.refusals.iter().map(|r| r.rule.as_str()).collect(),
        calls: run
            .calls
            .iter()
            .map(|call| call_fact(call, commitments))
            .collect(),
        sent: &run.sent,
        effect_set: run.set.as_ref().map(|(_, hash)| *hash),
        usage: run.usage,
        began_at_ms: source.began_at_ms,
        ended_at_ms: run.ended_at,
    })
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::approvals::Trust;
    use crate::invocation::{Failure, RunEvent};
    use crate::journal::CallClass;
    use crate::keys::SecretKey32;
    use crate::refusal::{Refusal, RefusalKind};
    use crate::vault::Vault;

    #[test]
    fn written_facts_are_read_and_written_again_to_the_letter() {
        let skill = SkillIdentity {
            name: Some("a/b".to_owned()),
            version: None,
            digest: Digest::of(b"skill"),
            trust: Trust::UnsignedLocalFile,
        };
        let source = RunSource {
            skill: &skill,
            operation: "do",
            grants: &Grants::none(),
            grants_hash: Digest::of(b"grants"),
            input: b"[1]",
            seed: &[7; 32],
            began_at_ms: 1,
        };
        let mut run = FinishedRun::bare("r", "t\u{1}", Retention::Hashes, RunEvent::RefusedByRule);
        let refusal = Refusal::new(RefusalKind::NotFound, "rule.of-it", "why".to_owned());
        run.refusals.push(refusal);
        run.output = Some(b"null".to_vec());
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
        let commitments = Vault::new(SecretKey32::from_bytes(&[3; 32]))
            .commitments("receipt", "r")
            .unwrap();
        let text = serde_json::to_string(&facts_of(&source, &run, &commitments).unwrap()).unwrap();
        let facts: RunFacts = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&facts).unwrap(), text);
        assert_eq!(
            (facts.invocation.as_str(), facts.tenant.as_str()),
            ("r", "t\u{1}")
        );
        assert!(commitments.verify(&facts.input, "input", b"[1]"));
    }
}
