//! One writer: jobs that arrive together are one transaction, and no one is answered before it is durable.

use super::JournalError;
use futures::future::BoxFuture;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

/// Jobs in one transaction at most.
const BATCH: usize = 256;

/// Hands jobs to the writing task.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

trait Job: Send {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;
    fn answer(self: Box<Self>, committed: Result<(), JournalError>);
}

struct Typed<T, F> {
    work: Option<F>,
    result: Option<Result<T, JournalError>>,
    reply: oneshot::Sender<Result<T, JournalError>>,
}

impl<T, F> Job for Typed<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, JournalError>> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return false;
            };
            let result = work(connection).await;
            let good = result.is_ok();
            self.result = Some(result);
            good
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), JournalError>) {
        let this = *self;
        let result = match (committed, this.result) {
            (_, Some(Err(own))) => Err(own),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(JournalError::Stopped),
        };
        // Whoever asked may have gone; what was written stays written.
        let _ = this.reply.send(result);
    }
}

impl Writer {
    /// Starts the writing task on the current runtime. It ends when every `Writer` is gone.
    pub(super) fn start(connection: SqliteConnection, queue: usize) -> Self {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        tokio::spawn(write_batches(connection, receiver));
        Self { queue: sender }
    }

    /// Runs `work` inside the next transaction and waits until that is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, JournalError>>
            + Send
            + 'static,
    {
        let answer = self.enqueue(work).await?;
        answer.await.map_err(|_| JournalError::Stopped)?
    }

    /// Queues `work` and returns at once; order with later writes is kept.
    pub(super) async fn enqueue<T, F>(
        &self,
        work: F,
    ) -> Result<oneshot::Receiver<Result<T, JournalError>>, JournalError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, JournalError>>
            + Send
            + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed {
            work: Some(work),
            result: None,
            reply,
        };
        self.queue
            .send(Box::new(job))
            .await
            .map_err(|_| JournalError::Stopped)?;
        Ok(answer)
    }
}

async fn write_batches(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let outcome = write_batch(&mut connection, &mut batch)
            .await
            .map_err(JournalError::from);
        for job in batch.drain(..) {
            job.answer(outcome.clone());
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the journal did not close cleanly");
    }
}

/// One transaction; a job that fails is undone alone.
async fn write_batch(
    connection: &mut SqliteConnection,
    batch: &mut [Box<dyn Job>],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for job in batch.iter_mut() {
        transaction.execute("SAVEPOINT job").await?;
        if !job.run(&mut transaction).await {
            transaction.execute("ROLLBACK TO job").await?;
        }
        transaction.execute("RELEASE job").await?;
    }
    transaction.commit().await
}
