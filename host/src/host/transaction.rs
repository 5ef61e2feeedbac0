//! One invocation inside the host: opened, run, recorded.

use super::ending::{Ended, Ending, begin, refused, whole};
use super::granted::open_files;
use super::skill::{Prepared, Reach};
use super::watch::AtWork;
use super::{HostError, Inner, Skill, TenantRoom};
use crate::capabilities::context::Context;
use crate::capabilities::files::{FileGrant, FileLimits, FilesView};
use crate::capabilities::messages::MessagesView;
use crate::capabilities::payments::PaymentsView;
use crate::capabilities::state::StateBuffer;
use crate::clock::{self, wall_clock_ms};
use crate::effects::canonical_digest;
use crate::grants::{Authority, Grants};
use crate::guest::{Guest, GuestClock, Limiter, Recorder, limit_refusal};
use crate::invocation::{
    Call, Ended as GuestEnded, Invocation, RunEvent, StopTokens, finished, run_guest,
};
use crate::journal::{Begun, FinishedRun, RunStart, revocation};
use crate::limits::Limits;
use crate::money::Purse;
use crate::refusal::{Refusal, RefusalKind};
use crate::secrets::BoundSecret;
use futures::poll;
use guildhall_package::Digest;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Val;

/// One invocation on its way through the host.
pub(super) struct Transaction {
    pub(super) host: Arc<Inner>,
    pub(super) skill: Skill,
    pub(super) prepared: Arc<Prepared>,
    pub(super) arguments: Vec<Val>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) invocation: Box<Invocation>,
    pub(super) cancel: CancellationToken,
}

/// Facts that are fixed before the guest starts.
struct Opening {
    grants_hash: Digest,
    limits: Limits,
    seed: [u8; 32],
    /// What the clock showed.
    opened_ms: i64,
    /// Time of the guest when it starts.
    now_ms: i64,
    /// Length of the input as JSON.
    input_bytes: u64,
}

impl Transaction {
    /// A run that reaches further than payments is in the journal before its guest starts. One that does not is written when it
    /// is over, or, if it can only compute, when its guest first gives way: one that is lost with its process before that has
    /// done nothing. One whose identifier was chosen
    /// is always written first.
    ///
    /// Not an `async fn`: that would hold what it is given twice, and its future is moved for every run.
    pub(super) fn run(mut self) -> impl Future<Output = Result<Ended, HostError>> + Send {
        let arguments = std::mem::take(&mut self.arguments);
        async move {
            let room = self.host.room(&self.invocation.tenant);
            // Closed never; a run that is cancelled while it waits is recorded like any other.
            let turn = tokio::select! {
                biased;
                turn = room.runs.acquire() => turn.ok(),
                () = self.cancel.cancelled() => None,
            };
            let (opening, start) = self.open()?;
            let reach = self.skill.reach();
            let mut begun = match reach {
                Reach::Computes | Reach::Orders if !start.chosen => None,
                Reach::Computes | Reach::Orders | Reach::Further => Some(self.begin(&start).await?),
            };
            let mut at_work = begun.as_ref().map(|_| self.at_work(&start));
            let run = match self.prepare(&opening, &start.id, &room).await {
                Err(refusal) => self.refused(&start.id, refusal),
                Ok(guest) => {
                    let mut call = pin!(self.call(&opening, guest, arguments));
                    match reach {
                        Reach::Computes => match poll!(call.as_mut()) {
                            Poll::Ready(run) => run?,
                            Poll::Pending => {
                                begun = Some(self.begin(&start).await?);
                                at_work.get_or_insert_with(|| self.at_work(&start));
                                call.await?
                            }
                        },
                        Reach::Orders | Reach::Further => call.await?,
                    }
                }
            };
            drop((turn, at_work));
            let ending = Ending {
                host: &self.host,
                use_mandates: self.invocation.use_mandates,
            };
            let parked = run.event == RunEvent::Returned { effects: true };
            if parked && ending.may_be_booked(&run) {
                return Box::pin(ending.book(begun, start, run, room)).await;
            }
            match begun {
                None if parked => {
                    let begun = self.begin(&start).await?;
                    Box::pin(ending.record_end(begun, &start, run, &room)).await
                }
                None => {
                    let (record, outcome) = whole(start, run, room)?;
                    let recording = Some(self.host.journal.record(record).await?);
                    Ok(Ended { outcome, recording })
                }
                Some(begun) => Box::pin(ending.record_end(begun, &start, run, &room)).await,
            }
        }
    }

    async fn begin(&self, start: &RunStart) -> Result<Begun, HostError> {
        begin(&self.host, start).await
    }

    /// From now on others see it, and may stop it.
    fn at_work(&self, start: &RunStart) -> AtWork {
        self.host.at_work(&start.id, &self.cancel)
    }

    fn open(&self) -> Result<(Opening, RunStart), HostError> {
        let opened_ms = clock::checked_ms()?;
        let input = serde_json::to_vec(&self.invocation.input)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let asked = self
            .invocation
            .limits
            .unwrap_or_else(|| self.skill.default_limits());
        let seed = match self.invocation.seed {
            Some(seed) => seed,
            None => self.host.seeds.next(),
        };
        let opening = Opening {
            grants_hash: digest_of(&self.invocation.grants)?,
            limits: asked.min(self.host.run_limits),
            seed,
            opened_ms,
            now_ms: self.invocation.now_ms.unwrap_or(opened_ms),
            input_bytes: input.len() as u64,
        };
        let start = RunStart {
            id: match self.invocation.run {
                Some(run) => run.to_string(),
                None => clock::id_at(opened_ms).to_string(),
            },
            tenant: self.invocation.tenant.as_str().to_owned(),
            skill: self.skill.shared_identity(),
            operation: self.prepared.operation.name.clone(),
            // An input over the limit is not kept: the run is refused for it.
            input: if opening.input_bytes > opening.limits.input_bytes {
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
            chosen: self.invocation.run.is_some(),
            created_at: opened_ms,
        };
        Ok((opening, start))
    }

    /// Everything that can refuse a run before its guest starts.
    async fn prepare(
        &self,
        opening: &Opening,
        run: &str,
        room: &TenantRoom,
    ) -> Result<Box<Guest>, Refusal> {
        if self.skill.revoked().is_cancelled() {
            return Err(revocation(&Box::pin(self.revocation_reason()).await));
        }
        if self
            .invocation
            .grants
            .expires_at_ms
            .is_some_and(|at| at <= opening.opened_ms)
        {
            return Err(Refusal::denied(
                crate::refusal::AuthoritySet::Grants,
                "grants.expired",
                "the grants of this invocation have expired",
            )
            .with_fix("grant again"));
        }
        if opening.input_bytes > opening.limits.input_bytes {
            return Err(limit_refusal(
                "limit.input-bytes",
                format!(
                    "the input has {} bytes; the limit is {}",
                    opening.input_bytes, opening.limits.input_bytes
                ),
                "input-bytes",
            ));
        }
        self.host
            .check_journal_room(&self.invocation.tenant, room)
            .await?;
        let authority = Authority::new(
            self.skill.package_arc(),
            self.skill.consent(),
            self.invocation.grants.clone(),
        );
        let file_limits = FileLimits {
            max_input_bytes: opening.limits.bytes_in,
            max_write_bytes: opening.limits.staged_bytes,
            max_writes: usize::try_from(opening.limits.effects).unwrap_or(usize::MAX),
            ..FileLimits::default()
        };
        let files = self.open_files(authority.file_grants(), file_limits)?;
        let clock = GuestClock::new(opening.now_ms, self.invocation.now_ms.is_some());
        let mut record = Recorder::new(opening.limits, clock);
        record.observer = self.invocation.observer.clone();
        let secrets = match self.invocation.grants.secrets.is_empty() {
            true => Vec::new(),
            false => Box::pin(self.secrets()).await?,
        };
        Ok(Box::new(Guest {
            run: run.to_owned(),
            tenant: self.invocation.tenant.shared(),
            retention: self.invocation.retention,
            payments: PaymentsView::new(Purse::new(self.invocation.grants.payments.clone())),
            messages: MessagesView::default(),
            rails: self.host.executor.rails.clone(),
            channels: self.host.executor.channels.clone(),
            secrets,
            limiter: Limiter::new(&opening.limits),
            record,
            authority: Arc::new(authority),
            context: Context::new(
                opening.seed,
                self.invocation.locale.clone(),
                self.settings.clone(),
            ),
            files,
            state: StateBuffer::new(self.invocation.tenant.shared(), self.skill.state_key()),
            egress: self.host.egress.clone(),
            journal: self.host.journal.clone(),
            wasi: None,
            overrun: self.skill.overrun(),
            effects: 0,
        }))
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

    /// Opening touches the disk, which only threads of guests may wait for: who has no file to open does not need one.
    fn open_files(&self, grants: &[FileGrant], limits: FileLimits) -> Result<FilesView, Refusal> {
        if grants.is_empty() {
            return FilesView::open(grants, limits);
        }
        tokio::task::block_in_place(|| open_files(&self.host, grants, limits))
    }

    async fn call(
        &self,
        opening: &Opening,
        guest: Box<Guest>,
        arguments: Vec<Val>,
    ) -> Result<FinishedRun, HostError> {
        let started = Instant::now();
        let operation = &self.prepared.operation;
        let result = &operation.result;
        let call = Box::new(Call {
            pre: self.skill.pre(),
            export: self.prepared.export,
            arguments,
            results: usize::from(result.ok.is_some() || result.err.is_some()),
            limits: opening.limits,
            stops: StopTokens {
                cancel: &self.cancel,
                revoked: self.skill.revoked(),
                shutdown: &self.host.shutdown,
            },
        });
        let (end, guest) = run_guest(call, guest).await;
        let ended = GuestEnded {
            end,
            guest,
            operation,
            skill: self.skill.digest(),
            grants_hash: opening.grants_hash,
            limits: opening.limits,
            took: started.elapsed(),
            now_ms: wall_clock_ms(),
            approval_seconds: self.host.limits.approval_seconds,
        };
        finished(ended).map_err(|error| HostError::Internal(error.to_string()))
    }

    fn refused(&self, run: &str, refusal: Refusal) -> FinishedRun {
        let event = if self.cancel.is_cancelled() {
            RunEvent::Cancelled
        } else {
            RunEvent::RefusedByRule
        };
        let tenant = self.invocation.tenant.as_str();
        refused(run, tenant, self.invocation.retention, event, refusal)
    }
}

/// Hash of the grants. Most runs have none.
pub(super) fn digest_of(grants: &Grants) -> Result<Digest, HostError> {
    static OF_NONE: OnceLock<Digest> = OnceLock::new();
    let nothing = *grants == Grants::none();
    if nothing && let Some(digest) = OF_NONE.get() {
        return Ok(*digest);
    }
    let digest =
        canonical_digest(grants).map_err(|error| HostError::Internal(error.to_string()))?;
    Ok(if nothing {
        *OF_NONE.get_or_init(|| digest)
    } else {
        digest
    })
}
