//! One invocation, from its request to its outcome.

use super::{Host, HostError, Inner, Skill, lock};
use crate::capabilities::context::Context;
use crate::capabilities::files::{FileGrant, FileLimits, FilesView};
use crate::capabilities::messages::MessagesView;
use crate::capabilities::payments::PaymentsView;
use crate::capabilities::state::StateBuffer;
use crate::effects::canonical_digest;
use crate::grants::Authority;
use crate::guest::{Guest, GuestClock, Limiter, Recorder, limit_refusal, wall_clock_ms};
use crate::invocation::{
    Call, Ended, Invocation, Outcome, RunEvent, RunStatus, Usage, finished, run_guest,
};
use crate::journal::{FinishedRun, JournalError, RunStart, revocation};
use crate::limits::Limits;
use crate::money::Purse;
use crate::receipts::{RunSource, facts_of};
use crate::refusal::{Refusal, RefusalKind};
use crate::retention::Retention;
use crate::secrets::BoundSecret;
use guildhall_package::manifest::SettingKind;
use guildhall_package::{Digest, Operation};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use wasmtime::component::Val;

impl Host {
    /// Runs one operation. Whatever rules, limits and people say is an [`Outcome`].
    ///
    /// If the future is dropped, the run is cancelled.
    ///
    /// # Errors
    /// If no run came of it: an unknown operation, an input that does not fit, or a failure of the host.
    pub async fn invoke(
        &self,
        skill: &Skill,
        invocation: Invocation,
    ) -> Result<Outcome, HostError> {
        let operation = skill.operation(&invocation.operation)?.clone();
        let arguments = crate::values::arguments(&operation.params, &invocation.input)?;
        let settings = settings(skill, &invocation.settings)?;
        let approver = invocation.approver.clone();
        let tenant = invocation.tenant.clone();
        let (retention, use_mandates) = (invocation.retention, invocation.use_mandates);
        let cancel = invocation.cancel.child_token();
        let _stops_when_dropped = cancel.clone().drop_guard();
        let transaction = Transaction {
            host: self.inner.clone(),
            skill: skill.clone(),
            operation,
            arguments,
            settings,
            invocation,
            cancel,
        };
        let span = tracing::info_span!(
            "run",
            skill = %skill.digest().short(),
            operation = %transaction.operation.name,
            tenant = tenant.as_str(),
            invocation = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        let task = transaction.run().instrument(span.clone());
        let outcome = self
            .inner
            .threads
            .guests()
            .spawn(task)
            .await
            .map_err(|error| HostError::Internal(error.to_string()))??;
        span.record("invocation", outcome.invocation.as_str());
        span.record("status", outcome.status.word());
        self.inner.metrics.ran(&outcome);
        if outcome.status != RunStatus::AwaitingApproval {
            return Ok(outcome);
        }
        let outcome = if use_mandates {
            self.by_mandate(&tenant, outcome).await?
        } else {
            outcome
        };
        let outcome = match approver {
            Some(approver) if outcome.status == RunStatus::AwaitingApproval => {
                self.ask(&tenant, outcome, &*approver).await?
            }
            _ => outcome,
        };
        if retention == Retention::None && outcome.status == RunStatus::AwaitingApproval {
            return self.can_not_wait(&tenant, outcome).await;
        }
        Ok(outcome)
    }
}

/// Values of all declared settings: the merchant's, or the defaults.
fn settings(
    skill: &Skill,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, HostError> {
    let empty = BTreeMap::new();
    let declared = skill
        .package()
        .manifest
        .as_ref()
        .map_or(&empty, |manifest| &manifest.settings);
    let mut values = BTreeMap::new();
    for (name, setting) in declared {
        if let Some(default) = &setting.default {
            values.insert(name.clone(), default.clone());
        }
    }
    for (name, value) in given {
        let Some(setting) = declared.get(name) else {
            let known: Vec<&str> = declared.keys().map(String::as_str).collect();
            return Err(HostError::Setting(format!(
                "the skill declares no setting `{}`; it has: {}",
                guildhall_package::text::plain(name, 64),
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                },
            )));
        };
        check_setting(&setting.kind, value)
            .map_err(|problem| HostError::Setting(format!("the setting `{name}`: {problem}")))?;
        values.insert(name.clone(), value.clone());
    }
    Ok(values)
}

fn check_setting(kind: &SettingKind, value: &str) -> Result<(), String> {
    match kind {
        SettingKind::String if value.chars().count() > 1_000 => {
            Err("at most 1,000 characters".to_owned())
        }
        SettingKind::String => Ok(()),
        SettingKind::Integer => match value.parse::<i64>() {
            Ok(_) => Ok(()),
            Err(_) => Err("a whole number is needed".to_owned()),
        },
        SettingKind::Boolean if matches!(value, "true" | "false") => Ok(()),
        SettingKind::Boolean => Err("`true` or `false` is needed".to_owned()),
        SettingKind::Choice { choices } if choices.iter().any(|choice| choice == value) => Ok(()),
        SettingKind::Choice { choices } => Err(format!("one of {} is needed", choices.join(", "))),
    }
}

/// One invocation on its way through the host.
struct Transaction {
    host: Arc<Inner>,
    skill: Skill,
    operation: Operation,
    arguments: Vec<Val>,
    settings: BTreeMap<String, String>,
    invocation: Invocation,
    cancel: CancellationToken,
}

/// Facts that are fixed before the guest starts.
struct Opening {
    run: String,
    grants_hash: Digest,
    limits: Limits,
    seed: [u8; 32],
    now_ms: i64,
}

impl Transaction {
    async fn run(self) -> Result<Outcome, HostError> {
        let room = self.host.room(&self.invocation.tenant);
        // Closed never; a run that is cancelled while it waits is recorded like any other.
        let _turn = tokio::select! {
            turn = room.runs.acquire() => turn.ok(),
            () = self.cancel.cancelled() => None,
        };
        let input = serde_json::to_vec(&self.invocation.input)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let opening = self.opening()?;
        let input_bytes = input.len() as u64;
        let start = self.start(&opening, input, input_bytes);
        let (input, began) = (start.input.clone(), start.created_at);
        let begun = self.host.journal.begin(start).await?;
        let facts = match self.prepare(&opening, input_bytes).await {
            Ok(guest) => self.call(&opening, guest).await?,
            Err(refusal) => self.refused(&opening, refusal),
        };
        begun.durable().await?;
        let source = RunSource {
            skill: self.skill.identity(),
            operation: &self.operation.name,
            grants: &self.invocation.grants,
            grants_hash: opening.grants_hash,
            input: &input,
            seed: &opening.seed,
            began_at_ms: began,
        };
        self.record(facts, &source).await
    }

    fn opening(&self) -> Result<Opening, HostError> {
        let asked = self
            .invocation
            .limits
            .unwrap_or_else(|| self.skill.default_limits());
        let seed = match self.invocation.seed {
            Some(seed) => seed,
            None => fresh_seed()?,
        };
        Ok(Opening {
            run: uuid::Uuid::now_v7().to_string(),
            grants_hash: canonical_digest(&self.invocation.grants)
                .map_err(|error| HostError::Internal(error.to_string()))?,
            limits: asked.min(self.host.run_limits),
            seed,
            now_ms: self.invocation.now_ms.unwrap_or_else(wall_clock_ms),
        })
    }

    fn start(&self, opening: &Opening, input: Vec<u8>, input_bytes: u64) -> RunStart {
        RunStart {
            id: opening.run.clone(),
            tenant: self.invocation.tenant.as_str().to_owned(),
            skill: self.skill.identity().clone(),
            operation: self.operation.name.clone(),
            // An input over the limit is not kept: the run is refused for it.
            input: if input_bytes > opening.limits.input_bytes {
                b"null".to_vec()
            } else {
                input
            },
            grants: self.invocation.grants.clone(),
            grants_hash: opening.grants_hash,
            seed: opening.seed,
            settings: self.settings.clone(),
            locale: self.invocation.locale.clone(),
            limits: opening.limits,
            retention: self.invocation.retention,
            started_now_ms: opening.now_ms,
            clock_fixed: self.invocation.now_ms.is_some(),
            created_at: wall_clock_ms(),
        }
    }

    /// Everything that can refuse a run before its guest starts.
    async fn prepare(&self, opening: &Opening, input_bytes: u64) -> Result<Guest, Refusal> {
        if self.skill.revoked().is_cancelled() {
            return Err(revocation(&self.revocation_reason().await));
        }
        if self
            .invocation
            .grants
            .expires_at_ms
            .is_some_and(|at| at <= wall_clock_ms())
        {
            return Err(Refusal::denied(
                crate::refusal::AuthoritySet::Grants,
                "grants.expired",
                "the grants of this invocation have expired",
            )
            .with_fix("grant again"));
        }
        if input_bytes > opening.limits.input_bytes {
            return Err(limit_refusal(
                "limit.input-bytes",
                format!(
                    "the input has {input_bytes} bytes; the limit is {}",
                    opening.limits.input_bytes
                ),
                "input-bytes",
            ));
        }
        self.check_journal_room().await?;
        let authority = Authority::new(
            self.skill.package_arc(),
            self.skill.consent(),
            self.invocation.grants.clone(),
        );
        self.check_own_folder(authority.file_grants())?;
        let file_limits = FileLimits {
            max_input_bytes: opening.limits.bytes_in,
            max_write_bytes: opening.limits.staged_bytes,
            max_writes: usize::try_from(opening.limits.effects).unwrap_or(usize::MAX),
            ..FileLimits::default()
        };
        let files =
            tokio::task::block_in_place(|| FilesView::open(authority.file_grants(), file_limits))?;
        let clock = GuestClock::new(opening.now_ms, self.invocation.now_ms.is_some());
        let secrets = self.secrets().await?;
        Ok(Guest {
            run: opening.run.clone(),
            tenant: self.invocation.tenant.as_str().to_owned(),
            retention: self.invocation.retention,
            payments: PaymentsView::new(Purse::new(self.invocation.grants.payments.clone())),
            messages: MessagesView::default(),
            rails: self.host.executor.rails.clone(),
            channels: self.host.executor.channels.clone(),
            secrets,
            limiter: Limiter::new(&opening.limits),
            record: Recorder::new(opening.limits, clock),
            authority: Arc::new(authority),
            context: Context::new(
                opening.seed,
                self.invocation.locale.clone(),
                self.settings.clone(),
            ),
            files,
            state: StateBuffer::new(
                self.invocation.tenant.as_str().to_owned(),
                self.skill.state_key(),
            ),
            egress: self.host.egress.clone(),
            journal: self.host.journal.clone(),
            wasi: None,
            overrun: CancellationToken::new(),
            effects: 0,
        })
    }

    /// The secrets that are granted, each of which has to exist.
    async fn secrets(&self) -> Result<Vec<BoundSecret>, Refusal> {
        let mut secrets = Vec::new();
        for name in &self.invocation.grants.secrets {
            let found = self
                .host
                .journal
                .bound_secret(self.invocation.tenant.as_str(), name.as_str())
                .await
                .map_err(|error| {
                    Refusal::new(
                        RefusalKind::Unavailable,
                        "secrets.unavailable",
                        error.to_string(),
                    )
                })?;
            match found {
                Some(secret) => secrets.push(secret),
                None => {
                    return Err(Refusal::new(
                        RefusalKind::NotFound,
                        "secrets.not-found",
                        format!("there is no secret `{name}` that is bound to a host"),
                    )
                    .with_fix("add it: guildhall secrets set NAME --host HOST --header HEADER"));
                }
            }
        }
        Ok(secrets)
    }

    async fn revocation_reason(&self) -> String {
        let revocations = self.host.journal.revocations().await.unwrap_or_default();
        revocations
            .into_iter()
            .find(|(digest, _)| *digest == self.skill.digest())
            .map_or_else(|| "no reason is recorded".to_owned(), |(_, reason)| reason)
    }

    /// A grant that leads into the host's own folder, or holds it, would give away the journal of every skill, and who
    /// can write there can approve.
    fn check_own_folder(&self, grants: &[FileGrant]) -> Result<(), Refusal> {
        let Some(own) = &self.host.state_dir else {
            return Ok(());
        };
        for grant in grants {
            // What can't be found is refused when it is opened.
            let Ok(path) = tokio::task::block_in_place(|| grant.path.canonicalize()) else {
                continue;
            };
            if path.starts_with(own) || own.starts_with(&path) {
                return Err(Refusal::new(
                    RefusalKind::Denied,
                    "files.own-folder",
                    format!("`{}` holds the host's own folder or lies in it", grant.name),
                )
                .with_fix("grant a folder that has nothing to do with the host's state folder"));
            }
        }
        Ok(())
    }

    /// A tenant whose journal is full runs nothing more until it is pruned.
    async fn check_journal_room(&self) -> Result<(), Refusal> {
        let tenant = &self.invocation.tenant;
        let room = self.host.room(tenant);
        let known = *lock(&room.stored_bytes);
        let stored = match known {
            Some(stored) => stored,
            None => self
                .host
                .journal
                .stored_bytes(tenant.as_str())
                .await
                .map_err(|error| {
                    Refusal::new(
                        RefusalKind::Unavailable,
                        "journal.unavailable",
                        error.to_string(),
                    )
                })?,
        };
        *lock(&room.stored_bytes) = Some(stored);
        let limit = self.host.limits.journal_bytes_per_tenant;
        if u64::try_from(stored).unwrap_or_default() < limit {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::LimitReached,
            "journal.full",
            format!("the journal keeps {stored} bytes of your runs; its limit is {limit}"),
        )
        .with_fix("remove old runs with `guildhall runs prune --older-than DAYS`"))
    }

    async fn call(&self, opening: &Opening, guest: Guest) -> Result<FinishedRun, HostError> {
        let started = Instant::now();
        let export = self.skill.export(&self.operation.name).ok_or_else(|| {
            HostError::Internal(format!(
                "the export of `{}` is missing",
                self.operation.name
            ))
        })?;
        let result = &self.operation.result;
        let call = Call {
            pre: self.skill.pre().clone(),
            export,
            arguments: self.arguments.clone(),
            results: usize::from(result.ok.is_some() || result.err.is_some()),
            limits: opening.limits,
            cancel: self.cancel.clone(),
            revoked: self.skill.revoked().clone(),
            shutdown: self.host.shutdown.clone(),
        };
        let (end, guest) = run_guest(call, guest).await;
        let ended = Ended {
            end,
            guest,
            operation: &self.operation,
            skill: self.skill.digest(),
            grants_hash: opening.grants_hash,
            limits: opening.limits,
            took: started.elapsed(),
            now_ms: wall_clock_ms(),
            approval_seconds: self.host.limits.approval_seconds,
        };
        finished(ended).map_err(|error| HostError::Internal(error.to_string()))
    }

    fn refused(&self, opening: &Opening, refusal: Refusal) -> FinishedRun {
        let stopped = self.cancel.is_cancelled();
        FinishedRun {
            id: opening.run.clone(),
            tenant: self.invocation.tenant.as_str().to_owned(),
            event: if stopped {
                RunEvent::Cancelled
            } else {
                RunEvent::RefusedByRule
            },
            output: None,
            failure: None,
            refusals: vec![refusal],
            logs: Vec::new(),
            usage: Usage::default(),
            calls: Vec::new(),
            staged: Vec::new(),
            set: None,
            contacted: Vec::new(),
            sent: Vec::new(),
            retention: self.invocation.retention,
            facts: String::new(),
            does_not: Vec::new(),
            state_skill: String::new(),
            state: Vec::new(),
            ended_at: wall_clock_ms(),
            expires_at: None,
        }
    }

    async fn record(
        &self,
        mut run: FinishedRun,
        source: &RunSource<'_>,
    ) -> Result<Outcome, HostError> {
        let tenant = self.invocation.tenant.clone();
        run.facts = self.facts(&run, source)?;
        let (status, stored, mut outcome) = match self.finish(run.clone()).await {
            // What it staged was ordered by another run meanwhile: it ends as that rule says, and stages nothing.
            Err(HostError::Journal(JournalError::Refused(refusal))) => {
                let mut run = run.refused(*refusal);
                run.facts = self.facts(&run, source)?;
                self.finish(run).await?
            }
            other => other?,
        };
        outcome.status = status;
        *lock(&self.host.room(&tenant).stored_bytes) = Some(stored);
        Ok(outcome)
    }

    async fn finish(&self, run: FinishedRun) -> Result<(RunStatus, i64, Outcome), HostError> {
        let outcome = run
            .outcome()
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let (status, stored) = self.host.journal.finish(run).await?;
        Ok((status, stored, outcome))
    }

    /// Commitments to everything that was recorded.
    fn facts(&self, run: &FinishedRun, source: &RunSource<'_>) -> Result<String, HostError> {
        let commitments = self.host.journal.sealing().commitments(&run.id)?;
        facts_of(source, run, &commitments)
            .and_then(|facts| serde_json::to_string(&facts))
            .map_err(|error| HostError::Internal(error.to_string()))
    }
}

/// A seed from the operating system.
fn fresh_seed() -> Result<[u8; 32], HostError> {
    let mut seed = [0; 32];
    rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())
        .map_err(|error| HostError::Internal(format!("no randomness: {error}")))?;
    Ok(seed)
}
