//! Undoing a run: what can be taken back is, and what can't is said.

use super::{Host, HostError};
use crate::capabilities::files;
use crate::clock::wall_clock_ms;
use crate::effects::{EffectFacts, EffectState, FileWrite};
use crate::invocation::Tenant;
use crate::journal::Undoable;
use serde::{Deserialize, Serialize};

/// What came of an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoReport {
    /// The run.
    pub invocation: String,
    /// Each effect, last performed first.
    pub effects: Vec<UndoLine>,
    /// Requests of the run that changed something elsewhere, each in a sentence: they can't be taken back.
    pub sent: Vec<String>,
}

/// What became of one effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoLine {
    /// Handle of the effect.
    pub effect: u32,
    /// What it was.
    pub summary: String,
    /// Whether it is as if it had not been: now, or since an earlier undo.
    pub undone: bool,
    /// What was done, or why it can't be undone.
    pub detail: String,
}

impl UndoReport {
    /// Whether everything is undone.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.sent.is_empty() && self.effects.iter().all(|line| line.undone)
    }
}

impl Host {
    /// Undoes a run: files that are as the run left them get back what they held, orders that the bank does not have yet are
    /// withdrawn. Messages and money that have left can't be taken back. May be repeated; none if there is no such run.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn undo(&self, tenant: &Tenant, run: &str) -> Result<Option<UndoReport>, HostError> {
        let journal = &self.inner.journal;
        let Some(outcome) = journal.outcome(tenant.as_str(), run).await? else {
            return Ok(None);
        };
        // One at a time: two would move the same file.
        let _turn = self.undo_turn().await?;
        let sent = outcome
            .sent
            .iter()
            .filter(|sent| !matches!(sent.method.as_str(), "GET" | "HEAD"))
            .map(|sent| {
                format!(
                    "{} {} to {}:{} went out while it ran; ask there",
                    sent.requests, sent.method, sent.host, sent.port
                )
            })
            .collect();
        let mut lines = Vec::new();
        for undoable in journal.undoable(run).await? {
            lines.push(self.undo_one(tenant, run, undoable).await?);
        }
        Ok(Some(UndoReport {
            invocation: run.to_owned(),
            effects: lines,
            sent,
        }))
    }

    /// Waits until nobody else undoes anything in this state folder.
    async fn undo_turn(&self) -> Result<UndoTurn<'_>, HostError> {
        let here = self.inner.undoing.lock().await;
        let Some(folder) = &self.inner.state_dir else {
            return Ok(UndoTurn {
                _here: here,
                _file: None,
            });
        };
        let path = folder.join("undo.lock");
        let file = tokio::task::spawn_blocking(move || crate::fsutil::lock_and_wait(&path))
            .await
            .map_err(|error| HostError::Internal(error.to_string()))?
            .map_err(|error| HostError::Internal(format!("the lock of undo: {error}")))?;
        Ok(UndoTurn {
            _here: here,
            _file: Some(file),
        })
    }

    async fn undo_one(
        &self,
        tenant: &Tenant,
        run: &str,
        undoable: Undoable,
    ) -> Result<UndoLine, HostError> {
        let index = undoable.effect.index;
        let line = |undone: bool, detail: String| UndoLine {
            effect: index,
            summary: undoable.effect.facts.summary(),
            undone,
            detail,
        };
        match undoable.state {
            EffectState::Done => {}
            EffectState::Void | EffectState::Failed => {
                return Ok(line(true, "it was never done".to_owned()));
            }
            EffectState::Pending | EffectState::Performing => {
                return Ok(line(
                    false,
                    "it is not over yet; reject its card instead".to_owned(),
                ));
            }
            EffectState::Unknown => {
                return Ok(line(
                    false,
                    "nobody knows whether it was done; look, then `guildhall runs resolve`"
                        .to_owned(),
                ));
            }
        }
        if undoable.undo.as_deref() == Some("undone") {
            return Ok(line(true, "it was undone before".to_owned()));
        }
        let (undone, detail) = match &undoable.effect.facts {
            EffectFacts::FileWrite(write) => {
                let found =
                    undo_write(run, index, write.clone(), undoable.previous.clone()).await?;
                self.inner
                    .journal
                    .record_undo(
                        tenant.as_str().to_owned(),
                        run.to_owned(),
                        index,
                        found.0,
                        wall_clock_ms(),
                    )
                    .await?;
                found
            }
            EffectFacts::Payment(_) => self.undo_payment(tenant, run, &undoable).await?,
            EffectFacts::Message(_) => (false, "it has been sent".to_owned()),
            EffectFacts::Forgotten { .. } => (
                false,
                "what it did is not known any more: the run did not keep it".to_owned(),
            ),
        };
        Ok(line(undone, detail))
    }

    async fn undo_payment(
        &self,
        tenant: &Tenant,
        run: &str,
        undoable: &Undoable,
    ) -> Result<(bool, String), HostError> {
        let withdrawn = match undoable.bank.as_deref() {
            Some("queued") => {
                self.inner
                    .journal
                    .withdraw(
                        tenant.as_str().to_owned(),
                        run.to_owned(),
                        undoable.effect.index,
                        wall_clock_ms(),
                    )
                    .await?
            }
            _ => false,
        };
        if withdrawn {
            return Ok((
                true,
                "the order was withdrawn before it went to the bank; its money is free again"
                    .to_owned(),
            ));
        }
        Ok((
            false,
            match undoable.bank.as_deref() {
                Some(_) => "the order is in a file for the bank: ask the bank to recall it",
                None => "the money has been paid: ask the payee to send it back",
            }
            .to_owned(),
        ))
    }
}

/// Held while something is undone.
struct UndoTurn<'a> {
    _here: tokio::sync::MutexGuard<'a, ()>,
    _file: Option<std::fs::File>,
}

async fn undo_write(
    run: &str,
    index: u32,
    write: FileWrite,
    previous: Option<Vec<u8>>,
) -> Result<(bool, String), HostError> {
    if write.replaces.is_some() && previous.is_none() {
        return Ok((false, "what it replaced was not kept".to_owned()));
    }
    let tag = format!("{run}-{index}-undo");
    let undone =
        tokio::task::spawn_blocking(move || files::undo_write(&write, previous, &tag)).await;
    match undone.map_err(|error| HostError::Internal(error.to_string()))? {
        Ok(detail) => Ok((true, detail.to_owned())),
        Err(why) => Ok((false, why.to_string())),
    }
}
