//! What of the host an agent's door holds.

use super::{Agent, Handles, NotYours};
use crate::chosen::Chosen;
use guildhall_host::{
    Answered, DecideError, GrantedFiles, Host, HostError, Invocation, Observer, Outcome, Refusal,
    RunId, RunStatus, SecretKey32, Skill, Tenant,
};
use guildhall_package::{Capability, ImportKind, Lane, SkillPackage};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a run that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// A host without any way to decide. Cheap to clone.
#[derive(Clone)]
pub struct AgentHost {
    host: Host,
    handles: Handles,
    chosen: Chosen,
}

/// One call of one operation.
pub struct Call {
    /// Operation name.
    pub operation: String,
    /// Input: an object keyed by parameter name.
    pub input: Value,
    /// Ends the run.
    pub cancel: CancellationToken,
    /// Who is told what the run does.
    pub observer: Option<Arc<dyn Observer>>,
    /// Identifier of the run, if it was promised to somebody before the run begins.
    pub run: Option<RunId>,
}

/// A run of an agent's own, as it stands.
#[derive(Debug, Clone)]
pub struct OwnRun {
    /// What it came to, so far.
    pub outcome: Outcome,
    /// The skill's name, if it has one.
    pub skill: Option<String>,
    /// The operation.
    pub operation: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// When it ended, or began if it has not.
    pub changed_at_ms: i64,
}

impl AgentHost {
    /// Closes a host off. `handles` name its runs to agents; their runs have the settings that were chosen.
    #[must_use]
    pub const fn new(host: Host, handles: Handles, chosen: Chosen) -> Self {
        Self {
            host,
            handles,
            chosen,
        }
    }

    /// Runs one operation with what the agent was granted. Nobody is asked: what a standing mandate covers is done, all else
    /// waits for a person.
    ///
    /// # Errors
    /// If no run came of it.
    pub async fn invoke(
        &self,
        agent: &Agent,
        skill: &Skill,
        call: Call,
    ) -> Result<Outcome, HostError> {
        let mut invocation = Invocation::new(call.operation, call.input)
            .retention(agent.retention)
            .cancel_on(call.cancel);
        if computes_only(skill.package()) {
            // What it was granted it could not use; and what it computed can be computed again.
            invocation.answered = Answered::AtOnce;
        } else {
            invocation.grants = agent.grants.clone();
        }
        invocation.settings = self.chosen.of(skill).await?;
        invocation.locale.clone_from(&agent.locale);
        invocation.observer = call.observer;
        invocation.run = call.run;
        self.host.invoke(skill, invocation).await
    }

    /// A key of this console for a purpose of the agent's door, the same after every start.
    #[must_use]
    pub fn key(&self, purpose: &str) -> SecretKey32 {
        self.handles.key(purpose)
    }

    /// The handle by which an agent asks about a run of its own.
    #[must_use]
    pub fn handle(&self, agent: &Agent, run: &str) -> String {
        self.handles.seal(&agent.id, run)
    }

    /// The run's identifier, which people know it by.
    ///
    /// # Errors
    /// [`NotYours`].
    pub fn run_of<'h>(&self, agent: &Agent, handle: &'h str) -> Result<&'h str, NotYours> {
        self.handles.open(&agent.id, handle)
    }

    /// A run of the agent's own.
    ///
    /// # Errors
    /// [`NotYours`], or a failure of the host.
    pub async fn own(
        &self,
        agent: &Agent,
        handle: &str,
    ) -> Result<Result<OwnRun, NotYours>, HostError> {
        let Ok(run) = self.run_of(agent, handle) else {
            return Ok(Err(NotYours));
        };
        let found = self.host.run(&Tenant::local(), run).await?;
        Ok(found
            .map(|detail| OwnRun {
                outcome: detail.outcome,
                skill: detail.summary.skill.name,
                operation: detail.summary.operation,
                created_at_ms: detail.summary.created_at_ms,
                changed_at_ms: detail
                    .summary
                    .ended_at_ms
                    .unwrap_or(detail.summary.created_at_ms),
            })
            .ok_or(NotYours))
    }

    /// A run of the agent's own, when it is over or has been waited for long enough.
    ///
    /// # Errors
    /// As [`AgentHost::own`].
    pub async fn wait(
        &self,
        agent: &Agent,
        handle: &str,
        at_most: Duration,
    ) -> Result<Result<OwnRun, NotYours>, HostError> {
        let deadline = tokio::time::Instant::now() + at_most;
        loop {
            let own = self.own(agent, handle).await?;
            let over = own.as_ref().map_or(true, |own| is_over(own.outcome.status));
            if over || tokio::time::Instant::now() + LOOK > deadline {
                return Ok(own);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Takes back what a run of the agent's own proposes: it is rejected. A run that does not wait any more stays as it is.
    ///
    /// # Errors
    /// [`NotYours`], or a failure of the host.
    pub async fn withdraw(
        &self,
        agent: &Agent,
        handle: &str,
    ) -> Result<Result<(), NotYours>, DecideError> {
        let Ok(run) = self.run_of(agent, handle) else {
            return Ok(Err(NotYours));
        };
        let by = format!("the agent {}", agent.name);
        match self.host.withdraw(&Tenant::local(), run, &by).await {
            Ok(_) | Err(DecideError::NotPending(_) | DecideError::Expired) => Ok(Ok(())),
            Err(DecideError::NotFound(_)) => Ok(Err(NotYours)),
            Err(error) => Err(error),
        }
    }

    /// Stops a run of the agent's own whose guest is at work, in whichever process. One that is not stays as it is.
    ///
    /// # Errors
    /// [`NotYours`], or a failure of the host.
    pub async fn stop(
        &self,
        agent: &Agent,
        handle: &str,
    ) -> Result<Result<(), NotYours>, HostError> {
        let Ok(run) = self.run_of(agent, handle) else {
            return Ok(Err(NotYours));
        };
        self.host.stop(&Tenant::local(), run).await?;
        Ok(Ok(()))
    }

    /// The signed receipt of a run of the agent's own; none while its guest is at work.
    ///
    /// # Errors
    /// [`NotYours`], or a failure of the host.
    pub async fn receipt(
        &self,
        agent: &Agent,
        handle: &str,
    ) -> Result<Result<Option<Vec<u8>>, NotYours>, HostError> {
        let Ok(run) = self.run_of(agent, handle) else {
            return Ok(Err(NotYours));
        };
        Ok(Ok(self.host.receipt(&Tenant::local(), run).await?))
    }

    /// The files that the agent was granted. Touches the disk and may block.
    ///
    /// # Errors
    /// The rule that refuses a grant.
    pub fn files(&self, agent: &Agent, max_file_bytes: u64) -> Result<GrantedFiles, Refusal> {
        self.host.granted_files(&agent.grants.files, max_file_bytes)
    }
}

/// Whether nothing more will become of a run.
#[must_use]
pub const fn is_over(status: RunStatus) -> bool {
    !matches!(
        status,
        RunStatus::Running | RunStatus::AwaitingApproval | RunStatus::Committing
    )
}

/// Whether a skill can do nothing but compute, by its bytes.
#[must_use]
pub fn computes_only(package: &SkillPackage) -> bool {
    package.lane == Lane::Strict
        && package.imports.iter().all(|import| {
            matches!(
                import.kind,
                ImportKind::Types | ImportKind::Skill(Capability::Context | Capability::Log)
            )
        })
}
