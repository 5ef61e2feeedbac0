//! The executor: performs the effects of an approved run, each once, and finishes what a crash left open.

use super::RunStatus;
use crate::capabilities::files;
use crate::effects::{Committed, Effect, EffectEvent, EffectFacts, EffectState};
use crate::guest::wall_clock_ms;
use crate::journal::{
    Claim, ClaimedEffect, CommitFacts, EffectOutcome, Journal, JournalError, Orphan,
};
use crate::refusal::Refusal;

/// Performs every pending effect of a committing run, in order, and settles the run.
pub(crate) async fn commit_run(journal: &Journal, run: &str) -> Result<RunStatus, JournalError> {
    let facts = journal.commit_facts(run).await?;
    let untouched = facts
        .states
        .iter()
        .all(|(_, state)| *state == EffectState::Pending);
    if untouched && let Err(refusal) = check_preconditions(facts.clone()).await {
        return journal
            .refuse_commit(run.to_owned(), refusal, wall_clock_ms())
            .await;
    }
    for (effect, _) in &facts.states {
        if let Claim::Ours(claimed) = journal.claim(run.to_owned(), effect.index).await? {
            let outcome = perform(claimed).await;
            journal
                .settle_effect(run.to_owned(), effect.index, outcome)
                .await?;
        }
    }
    journal.settle_run(run.to_owned(), wall_clock_ms()).await
}

/// Finishes a run whose host instance died: ends what was running, resumes what was committing.
pub(crate) async fn recover_run(journal: &Journal, orphan: Orphan) -> Result<(), JournalError> {
    if !journal.adopt(orphan.run.clone(), orphan.owner).await? {
        return Ok(());
    }
    match orphan.status {
        RunStatus::Running => journal
            .interrupt(orphan.run, wall_clock_ms())
            .await
            .map(drop),
        RunStatus::Committing => {
            find_out(journal, &orphan.run).await?;
            commit_run(journal, &orphan.run).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Asks the far side what became of each effect whose claim was durable and whose outcome was not.
async fn find_out(journal: &Journal, run: &str) -> Result<(), JournalError> {
    for (effect, state) in journal.commit_facts(run).await?.states {
        if state != EffectState::Performing {
            continue;
        }
        let content = journal.content(run, effect.index).await?;
        let (id, index) = (run.to_owned(), effect.index);
        let outcome = blocking(move || recover(&id, &effect, content)).await;
        journal
            .settle_effect(run.to_owned(), index, outcome)
            .await?;
    }
    Ok(())
}

fn recover(run: &str, effect: &Effect, content: Vec<u8>) -> EffectOutcome {
    match &effect.facts {
        EffectFacts::FileWrite(write) => files::recover_write(run, effect.index, write, content),
        EffectFacts::Payment(_) | EffectFacts::Message(_) => not_served(EffectEvent::Lost),
    }
}

async fn perform(claimed: Box<Committed<ClaimedEffect>>) -> EffectOutcome {
    blocking(move || {
        let facts = claimed.get().effect.facts.clone();
        match facts {
            EffectFacts::FileWrite(write) => files::perform_write(&claimed, &write),
            EffectFacts::Payment(_) | EffectFacts::Message(_) => not_served(EffectEvent::Failed),
        }
    })
    .await
}

/// No run can stage these today; a journal from a newer host could hold them.
fn not_served(event: EffectEvent) -> EffectOutcome {
    EffectOutcome {
        event,
        detail: Some("this version of the host does not perform this kind of effect".to_owned()),
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
