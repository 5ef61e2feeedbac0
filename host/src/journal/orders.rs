//! Which payment keys are in force. Guests that stage payments at the same time ask together: one statement answers all that
//! came while another was answered.

use super::db::{Connection, Text, query};
use super::payments::{Taken, hold_column};
use super::{Journal, JournalError};
use guildhall_package::Digest;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use tokio::sync::oneshot;

/// A tenant and a payment key.
type Key = (String, String);
type Answer = Result<Option<Taken>, JournalError>;

/// Keys that one statement asks about.
const KEYS: usize = 16;

/// Guests that wait to be told.
#[derive(Default)]
pub(super) struct Asked {
    waiting: Mutex<Vec<(Key, oneshot::Sender<Answer>)>>,
    /// Whoever has it asks for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl Asked {
    fn wait(&self, key: Key) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((key, reply));
        answer
    }

    fn take(&self) -> Vec<(Key, oneshot::Sender<Answer>)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Journal {
    /// The order that is in force under a payment key, if any.
    pub(crate) async fn payment_taken(&self, tenant: &str, key: Digest) -> Answer {
        let key = (tenant.to_owned(), key.to_string());
        loop {
            let mut answer = self.asked.wait(key.clone());
            let _turn = tokio::select! {
                biased;
                told = &mut answer => match told {
                    Ok(told) => return told,
                    // Who asked for all was dropped.
                    Err(_) => continue,
                },
                turn = self.asked.turn.lock() => turn,
            };
            self.answer_all().await;
            if let Ok(told) = answer.await {
                return told;
            }
        }
    }

    async fn answer_all(&self) {
        let asked = self.asked.take();
        if asked.is_empty() {
            return;
        }
        let keys: Vec<Key> = asked.iter().map(|(key, _)| key.clone()).collect();
        let mut found = self.find_taken(&keys).await;
        for (key, reply) in asked {
            let answer = match &mut found {
                Ok(found) => Ok(found.get(&key).cloned()),
                Err(error) => Err(error.clone()),
            };
            // Who asked may have gone.
            let _ = reply.send(answer);
        }
    }

    async fn find_taken(&self, keys: &[Key]) -> Result<HashMap<Key, Taken>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        taken(&mut reader, keys).await
    }
}

/// The question about [`KEYS`] of them, for SQLite and for PostgreSQL.
static TAKEN: LazyLock<(String, String)> = LazyLock::new(|| {
    let with = |pair: fn(usize) -> String| {
        let pairs: Vec<String> = (0..KEYS).map(pair).collect();
        format!(
            "SELECT tenant, key, hold FROM payments WHERE hold IN ('none', 'held', 'captured') AND (tenant, key) IN (VALUES {})",
            pairs.join(", ")
        )
    };
    (
        with(|_| "(?, ?)".to_owned()),
        with(|at| format!("(${}, ${})", 2 * at + 1, 2 * at + 2)),
    )
});

/// Which of these payment keys, each with its tenant, are in force.
pub(super) async fn taken(
    connection: &mut Connection,
    keys: &[Key],
) -> Result<HashMap<Key, Taken>, JournalError> {
    let mut found = HashMap::new();
    for some in keys.chunks(KEYS) {
        let mut query = query(Text::Each {
            sqlite: &TAKEN.0,
            postgres: &TAKEN.1,
        });
        for at in 0..KEYS {
            let (tenant, key) = some
                .get(at)
                .map_or(("", ""), |(tenant, key)| (tenant.as_str(), key.as_str()));
            query = query.bind(tenant).bind(key);
        }
        for row in query.fetch_all(&mut *connection).await? {
            let key = (row.try_get("tenant")?, row.try_get("key")?);
            let hold = hold_column(&row)?;
            found.insert(key, Taken { hold });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::journal;
    use futures::future::join_all;

    #[tokio::test]
    async fn many_who_ask_at_once_are_each_answered_also_when_one_of_them_goes_away() {
        let journal = journal().await;
        let key = |n: usize| Digest::of(&n.to_le_bytes());
        let asking = (0..200).map(|n| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let question = journal.payment_taken("tenant", key(n));
                if n % 3 == 0 {
                    // Dropped at its first wait, whether or not it asks for others too.
                    let _ =
                        futures::future::select(Box::pin(question), std::future::ready(())).await;
                    return true;
                }
                question.await == Ok(None)
            })
        });
        assert!(
            join_all(asking)
                .await
                .into_iter()
                .all(|answered| answered.unwrap_or(false))
        );
    }
}
