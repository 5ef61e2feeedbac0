//! What other host instances over the same journal do, looked at as long as this one lives: what they revoked, what they want
//! stopped, and what those that are gone left behind.

use super::{Host, HostError, Inner, lock};
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often is looked whether another process has revoked something.
const REVOCATION_POLL: Duration = Duration::from_millis(40);
/// Of so many looks one asks for runs to stop: a person can wait that long.
const STOPS: u32 = 5;
/// How often is looked for runs of instances that are gone.
const ORPHANS: Duration = Duration::from_secs(2);
/// For so many of these looks an erasure is left to who has begun it.
const ERASES: u32 = 10;
/// Of so many looks one asks for keys of runs that another host has ended.
const SWEEPS: u32 = 5;
/// A run that is only beginning has a key and no row yet: for a minute when a host starts, as nothing of its own is on its way. While
/// it is at work itself, one that waits for the database may take much longer.
pub(super) const AT_START: Duration = Duration::from_secs(60);
const AT_WORK: Duration = Duration::from_secs(3_600);

/// Ends or resumes the runs of host instances that are gone, and voids what expired meanwhile.
pub(super) async fn finish_what_was_left(inner: &Arc<Inner>) -> Result<(), HostError> {
    take_over(inner).await?;
    inner.journal.expire(wall_clock_ms()).await?;
    inner.journal.sweep_keys(AT_START).await?;
    for tenant in inner.journal.erasing().await? {
        end_erasure(inner, &tenant).await;
    }
    Ok(())
}

/// What is deleted stays deleted; the rest is tried again later.
async fn end_erasure(inner: &Inner, tenant: &str) {
    if let Err(error) = inner.end_erasure(tenant).await {
        tracing::error!(tenant, %error, "an erasure was not ended");
    }
}

/// Ends erasures that were seen for so many looks: whoever has begun them is gone, or was kept from ending them.
async fn end_erasures(
    inner: &Inner,
    mut seen: HashMap<String, u32>,
) -> Result<HashMap<String, u32>, HostError> {
    let mut still = HashMap::new();
    for tenant in inner.journal.erasing().await? {
        let looks = seen.remove(&tenant).unwrap_or_default().saturating_add(1);
        if looks.is_multiple_of(ERASES) {
            end_erasure(inner, &tenant).await;
        }
        still.insert(tenant, looks);
    }
    Ok(still)
}

/// Ends or resumes the runs of host instances that are gone. Of several that look at once, one gets each run.
async fn take_over(inner: &Arc<Inner>) -> Result<(), HostError> {
    for orphan in inner.journal.orphans().await? {
        let executor = inner.executor.clone();
        let run = orphan.run.clone();
        let task = async move { executor.recover(orphan).await };
        let done = inner.threads.service().spawn(task).await;
        // One run that can't be finished must not keep all others waiting: as one that stands still it is tried again.
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(run, %error, "an interrupted run was not finished"),
            Err(error) => tracing::error!(run, %error, "an interrupted run was not finished"),
        }
    }
    Ok(())
}

/// Begins to look.
pub(super) fn begin(inner: &Arc<Inner>) {
    let service = inner.threads.service();
    service.spawn(watch_words(Arc::downgrade(inner)));
    // Nobody else can be over a journal in memory.
    if inner.journal.is_shared() {
        service.spawn(watch_orphans(Arc::downgrade(inner)));
    }
}

/// Stops runs whose digest another process has revoked, and runs that another process was asked to stop.
async fn watch_words(inner: Weak<Inner>) {
    let mut looks = 0_u32;
    loop {
        tokio::time::sleep(REVOCATION_POLL).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        if inner.has_loaded() {
            match inner.journal.revocations().await {
                Ok(revoked) => {
                    for (digest, _) in revoked {
                        inner.stop_if_loaded(digest);
                    }
                }
                Err(error) => tracing::warn!(%error, "revocations could not be read"),
            }
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(STOPS) && !lock(&inner.at_work).is_empty() {
            match inner.journal.asked_to_stop().await {
                Ok(runs) => {
                    for run in runs {
                        inner.stop_run(&run);
                    }
                }
                Err(error) => tracing::warn!(%error, "what shall be stopped could not be read"),
            }
        }
    }
}

async fn watch_orphans(inner: Weak<Inner>) {
    let (mut stalled, mut looks) = (HashSet::new(), 0_u32);
    let mut erasing = HashMap::new();
    loop {
        tokio::time::sleep(ORPHANS).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        if inner.shutdown.is_cancelled() {
            return;
        }
        if let Err(error) = take_over(&inner).await {
            tracing::warn!(%error, "runs of processes that are gone could not be looked for");
        }
        erasing = match end_erasures(&inner, erasing).await {
            Ok(still) => still,
            Err(error) => {
                tracing::warn!(%error, "erasures that were not ended could not be looked for");
                HashMap::new()
            }
        };
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(SWEEPS)
            && let Err(error) = inner.journal.sweep_keys(AT_WORK).await
        {
            tracing::warn!(%error, "keys of runs that have ended could not be looked for");
        }
        match finish_stalled(&inner, &stalled).await {
            Ok(found) => stalled = found,
            Err(error) => {
                tracing::warn!(%error, "runs that stand still could not be looked for")
            }
        }
    }
}

/// Goes on with runs of this host that nobody is at work on, because the database was away or could not be written when it was
/// their turn, if that was so at the last look as well. Says which there are.
async fn finish_stalled(
    inner: &Arc<Inner>,
    before: &HashSet<String>,
) -> Result<HashSet<String>, HostError> {
    let mut stalled = HashSet::new();
    for run in inner.journal.committing_here().await? {
        if inner.executor.at_work.has(&run) {
            continue;
        }
        if !before.contains(&run) {
            stalled.insert(run);
            continue;
        }
        let (executor, id) = (inner.executor.clone(), run.clone());
        let task = async move { executor.go_on(&id).await };
        match inner.threads.service().spawn(task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(run, %error, "an interrupted run was not finished"),
            Err(error) => tracing::error!(run, %error, "an interrupted run was not finished"),
        }
    }
    Ok(stalled)
}

impl Host {
    /// Stops a run whose guest is at work, in whichever process over this journal. Returns whether there was one: it ends soon,
    /// as cancelled if nothing else ended it before.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn stop(&self, tenant: &Tenant, run: &str) -> Result<bool, HostError> {
        let asked = self
            .inner
            .journal
            .ask_to_stop(tenant.as_str().to_owned(), run.to_owned())
            .await?;
        if asked {
            self.inner.stop_run(run);
        }
        Ok(asked)
    }
}

impl Inner {
    fn stop_if_loaded(&self, digest: guildhall_package::Digest) {
        let token = lock(&self.revoked).get(&digest).cloned();
        if token.is_some_and(|token| !token.is_cancelled()) {
            self.stop_digest(digest);
        }
    }

    /// Stops a run, if this instance is at work on it.
    fn stop_run(&self, run: &str) {
        let token = lock(&self.at_work).get(run).cloned();
        if let Some(token) = token
            && !token.is_cancelled()
        {
            token.cancel();
            self.engine.engine.increment_epoch();
        }
    }

    /// Notes what stops a run that is in the journal, until what is returned is dropped.
    pub(super) fn at_work(self: &Arc<Self>, run: &str, cancel: &CancellationToken) -> AtWork {
        lock(&self.at_work).insert(run.to_owned(), cancel.clone());
        AtWork {
            host: Arc::clone(self),
            run: run.to_owned(),
        }
    }
}

/// A run that can be stopped by others.
pub(super) struct AtWork {
    host: Arc<Inner>,
    run: String,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        lock(&self.host.at_work).remove(&self.run);
    }
}
