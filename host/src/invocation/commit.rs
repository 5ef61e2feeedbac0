//! The executor: performs the effects of an approved run, each once, and finishes what a crash left open.

use super::RunStatus;
use crate::capabilities::files;
use crate::capabilities::messages::{Channels, Post, perform_message, recover_message};
use crate::capabilities::network::egress::Egress;
use crate::capabilities::payments::{Rails, perform_payment, recover_payment};
use crate::clock::wall_clock_ms;
use crate::effects::{Committed, Effect, EffectEvent, EffectFacts, EffectState};
use crate::journal::{
    Claim, ClaimedEffect, CommitFacts, EffectOutcome, Journal, JournalError, Orphan,
};
use crate::refusal::Refusal;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::Instrument as _;

/// What a commit came to, with what is said once and may not be kept.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) status: RunStatus,
    /// Why effects failed, are unknown, or what is still to come, by handle.
    pub(crate) details: BTreeMap<u32, String>,
    /// Why nothing was performed.
    pub(crate) refusal: Option<Refusal>,
}

/// What performing takes: the journal, the rails, and the one way out.
#[derive(Clone)]
pub(crate) struct Executor {
    pub(crate) journal: Arc<Journal>,
    pub(crate) rails: Rails,
    pub(crate) egress: Arc<Egress>,
    pub(crate) channels: Channels,
    /// Runs that are being performed here.
    pub(crate) at_work: AtWork,
}

/// Runs that somebody is at work on.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashSet<String>>>);

impl AtWork {
    /// Whether a run is among them.
    pub(crate) fn has(&self, run: &str) -> bool {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.contains(run)
    }

    /// Begins with a run, until what is answered is dropped.
    fn begin<'a>(&'a self, run: &'a str) -> Working<'a> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.insert(run.to_owned());
        Working { all: self, run }
    }
}

struct Working<'a> {
    all: &'a AtWork,
    run: &'a str,
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        let mut runs = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.remove(self.run);
    }
}

impl Executor {
    /// Performs every pending effect of a committing run, in order, and settles the run.
    pub(crate) async fn commit(&self, run: &str) -> Result<Performed, JournalError> {
        let _working = self.at_work.begin(run);
        self.finish(run).await
    }

    /// Goes on with a committing run that nobody is at work on.
    pub(crate) async fn go_on(&self, run: &str) -> Result<(), JournalError> {
        let _working = self.at_work.begin(run);
        if self.journal.is_lost(run).await? {
            return self.give_up(run).await;
        }
        self.find_out(run, EffectState::Performing).await?;
        self.finish(run).await.map(drop)
    }

    async fn finish(&self, run: &str) -> Result<Performed, JournalError> {
        let performed = self.perform_all(run).await?;
        self.journal.forget_key(run, performed.status)?;
        Ok(performed)
    }

    async fn perform_all(&self, run: &str) -> Result<Performed, JournalError> {
        let journal = &self.journal;
        let mut details = BTreeMap::new();
        let facts = journal.commit_facts(run).await?;
        let untouched = facts
            .states
            .iter()
            .all(|(_, state)| *state == EffectState::Pending);
        if untouched && let Err(refusal) = check_preconditions(facts.clone()).await {
            let status = journal
                .refuse_commit(run.to_owned(), refusal.clone(), wall_clock_ms())
                .await?;
            return Ok(Performed {
                status,
                details,
                refusal: Some(refusal),
            });
        }
        for (effect, _) in &facts.states {
            let hold = journal.renew().await?;
            let claim = journal
                .claim(run.to_owned(), effect.index, wall_clock_ms())
                .await?;
            if let Claim::Ours(claimed) = claim {
                let span = tracing::info_span!(
                    "effect",
                    run,
                    effect = effect.index,
                    kind = effect.facts.kind()
                );
                let outcome = tokio::select! {
                    outcome = self.perform(claimed).instrument(span) => outcome,
                    () = hold.lost() => cut_off(),
                };
                if let Some(detail) = &outcome.detail {
                    details.insert(effect.index, detail.clone());
                }
                journal
                    .settle_effect(run.to_owned(), effect.index, outcome, wall_clock_ms())
                    .await?;
            }
        }
        let status = journal.settle_run(run.to_owned(), wall_clock_ms()).await?;
        Ok(Performed {
            status,
            details,
            refusal: None,
        })
    }

    /// Finishes a run whose host instance died: ends what was running, resumes what was committing.
    pub(crate) async fn recover(&self, orphan: Orphan) -> Result<(), JournalError> {
        let run = orphan.run.clone();
        match self.journal.take_over(orphan, wall_clock_ms()).await? {
            Some(RunStatus::Committing) => self.go_on(&run).await,
            _ => Ok(()),
        }
    }

    /// Ends a committing run of which nothing can be read any more.
    async fn give_up(&self, run: &str) -> Result<(), JournalError> {
        let (id, grants) = (run.to_owned(), self.journal.file_grants(run).await?);
        let swept = tokio::task::spawn_blocking(move || files::sweep_unfinished(&grants, &id));
        if let Err(error) = swept.await {
            tracing::warn!(%error, "unfinished files were not looked for");
        }
        self.journal
            .abandon_commit(run.to_owned(), wall_clock_ms())
            .await
    }

    /// Asks the far side again about the effects of a run whose outcome is unknown, and settles the run if that is known now.
    pub(crate) async fn resolve(&self, run: &str) -> Result<RunStatus, JournalError> {
        // What it did is not known here any more.
        if self.journal.is_unreadable(run).await? {
            return Ok(RunStatus::Unknown);
        }
        self.find_out(run, EffectState::Unknown).await?;
        let status = self
            .journal
            .settle_run(run.to_owned(), wall_clock_ms())
            .await?;
        self.journal.forget_key(run, status)?;
        Ok(status)
    }

    /// Asks the far side what became of each effect in this state: claimed with no outcome recorded, or unknown.
    async fn find_out(&self, run: &str, wanted: EffectState) -> Result<(), JournalError> {
        let facts = self.journal.commit_facts(run).await?;
        for (effect, state) in facts.states {
            if state != wanted {
                continue;
            }
            let content = self.journal.content(run, effect.index).await?;
            let hold = self.journal.hold_on(run.to_owned()).await?;
            let outcome = tokio::select! {
                outcome = self.look(run, &facts.tenant, &effect, content, wanted) => outcome,
                // It is asked again as soon as the database is back, by whoever the run belongs to then.
                () = hold.lost() => return Err(JournalError::Away),
            };
            // An unknown outcome that stays so is no step.
            if wanted == EffectState::Unknown && outcome.event == EffectEvent::Lost {
                continue;
            }
            self.journal
                .settle_effect(run.to_owned(), effect.index, outcome, wall_clock_ms())
                .await?;
        }
        Ok(())
    }

    async fn look(
        &self,
        run: &str,
        tenant: &str,
        effect: &Effect,
        content: Vec<u8>,
        state: EffectState,
    ) -> EffectOutcome {
        let first_look = state == EffectState::Performing;
        let outcome = match &effect.facts {
            EffectFacts::FileWrite(write) => {
                let (run, index, write) = (run.to_owned(), effect.index, write.clone());
                blocking(move || files::recover_write(&run, index, &write, content)).await
            }
            EffectFacts::Payment(payment) => {
                recover_payment(&self.rails, tenant, payment, first_look).await
            }
            EffectFacts::Message(message) => recover_message(self.post(), tenant, message).await,
            EffectFacts::Forgotten { .. } => forgotten(EffectEvent::Lost),
        };
        // What is unknown and turns out not to be done is not tried again by itself.
        if !first_look && outcome.event == EffectEvent::FoundNotDone {
            return EffectOutcome {
                event: match effect.facts {
                    EffectFacts::Message(_) => EffectEvent::Lost,
                    _ => EffectEvent::FoundFailed,
                },
                ..outcome
            };
        }
        outcome
    }

    /// What sending a message needs.
    pub(crate) fn post(&self) -> Post<'_> {
        Post {
            journal: &self.journal,
            egress: &self.egress,
            channels: &self.channels,
        }
    }

    async fn perform(&self, claimed: Box<Committed<ClaimedEffect>>) -> EffectOutcome {
        let facts = claimed.get().effect.facts.clone();
        match facts {
            EffectFacts::FileWrite(write) => {
                blocking(move || files::perform_write(&claimed, &write)).await
            }
            EffectFacts::Payment(payment) => perform_payment(&self.rails, &claimed, &payment).await,
            EffectFacts::Message(message) => perform_message(self.post(), &claimed, &message).await,
            EffectFacts::Forgotten { .. } => forgotten(EffectEvent::Failed),
        }
    }
}

/// The database was away for so long that another host may go on with the run.
fn cut_off() -> EffectOutcome {
    EffectOutcome {
        event: EffectEvent::Lost,
        detail: Some("the database was away while it was performed".to_owned()),
    }
}

fn forgotten(event: EffectEvent) -> EffectOutcome {
    EffectOutcome {
        event,
        detail: Some("its facts were not kept".to_owned()),
    }
}

/// What was read must be unchanged, and what is replaced must be what the card showed.
async fn check_preconditions(facts: CommitFacts) -> Result<(), Refusal> {
    let checked = tokio::task::spawn_blocking(move || {
        files::check_inputs(&facts.set.locations, &facts.set.inputs)?;
        for effect in &facts.set.effects {
            if let EffectFacts::FileWrite(write) = &effect.facts {
                files::check_write(write)?;
            }
        }
        Ok(())
    });
    checked.await.unwrap_or_else(|error| Err(broken(&error)))
}

async fn blocking(work: impl FnOnce() -> EffectOutcome + Send + 'static) -> EffectOutcome {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| EffectOutcome {
            event: EffectEvent::Lost,
            detail: Some(error.to_string()),
        })
}

fn broken(error: &tokio::task::JoinError) -> Refusal {
    Refusal::new(
        crate::refusal::RefusalKind::Failed,
        "host.check-failed",
        format!("the state of the files could not be checked: {error}"),
    )
}
