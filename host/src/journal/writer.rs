//! One writer: what arrives together is one transaction, and no one is told that it is durable before it is.

use super::JournalError;
use super::booked::{self, QueuedBooking, World};
use super::db::{Connection, Pen};
use super::record::{self, QueuedRun, RecordWriter};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// Entries in one transaction at most.
const BATCH: usize = 256;
/// As many are taken together however many wait; of more, only half: what is written keeps its askers waiting, and those of one half
/// can compute on another core while the other half is written.
const FEW: usize = 32;
/// Records in one transaction at most, as long as nothing else is among them: nobody waits for them.
const RECORDS: usize = 1_024;
/// How long records that nobody waits for may gather, so that one transaction takes many and nobody has to wake the writer for
/// each: so many looks, with so much time before each.
const LOOKS: usize = 8;
const PAUSE: Duration = Duration::from_millis(1);

/// Hands work to the writing task.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Entry>,
    awaited: Arc<Notify>,
    fallen_behind: Arc<AtomicBool>,
}

/// What is written: by a job of its own, or together with others of its kind.
enum Entry {
    Job(Box<dyn Job>),
    Run(Box<QueuedRun>),
    Booking(Box<QueuedBooking>),
}

trait Job: Send {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool>;
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
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, JournalError>> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool> {
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
    pub(super) fn start(pen: Pen, queue: usize, records: RecordWriter) -> Self {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let fallen_behind = Arc::new(AtomicBool::new(false));
        let awaited = Arc::new(Notify::new());
        let task = WritingTask {
            pen,
            records,
            awaited: awaited.clone(),
            world: World::default(),
            fallen_behind: fallen_behind.clone(),
        };
        tokio::spawn(task.run(receiver));
        Self {
            queue: sender,
            awaited,
            fallen_behind,
        }
    }

    /// Runs `work` inside the next transaction and waits until that is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, JournalError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, JournalError>>
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
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, JournalError>>
            + Send
            + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Typed {
            work: Some(work),
            result: None,
            reply,
        };
        self.send(Entry::Job(Box::new(job))).await?;
        self.awaited.notify_one();
        Ok(answer)
    }

    /// Queues the record of a run, which is written soon, or at once when somebody waits for it.
    pub(super) async fn record(&self, run: Box<QueuedRun>) -> Result<(), JournalError> {
        self.send(Entry::Run(run)).await
    }

    /// Queues a run that may be booked. Somebody waits for it.
    pub(super) async fn book(&self, booking: Box<QueuedBooking>) -> Result<(), JournalError> {
        self.send(Entry::Booking(booking)).await?;
        self.awaited.notify_one();
        Ok(())
    }

    /// What to tell when somebody begins to wait for a record.
    pub(super) fn awaited(&self) -> Arc<Notify> {
        self.awaited.clone()
    }

    /// Whether the last records could not be written.
    pub(super) fn has_fallen_behind(&self) -> bool {
        self.fallen_behind.load(Ordering::Relaxed)
    }

    async fn send(&self, entry: Entry) -> Result<(), JournalError> {
        let sent = self.queue.send(entry).await;
        sent.map_err(|_| JournalError::Stopped)
    }
}

struct WritingTask {
    pen: Pen,
    records: RecordWriter,
    awaited: Arc<Notify>,
    /// What bookings rest on.
    world: World,
    fallen_behind: Arc<AtomicBool>,
}

/// How many of those that wait are taken now.
fn share_of(waiting: usize) -> usize {
    (waiting / 2).clamp(FEW, BATCH)
}

/// What is done one after the other: bookings that follow each other together.
enum Step {
    Job(Box<dyn Job>),
    #[allow(clippy::vec_box, reason = "as they come from the queue")]
    Bookings(Vec<Box<QueuedBooking>>),
}

impl WritingTask {
    async fn run(mut self, mut queue: mpsc::Receiver<Entry>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut batch, share_of(queue.len())).await > 0 {
            self.gather(&mut batch, &mut queue).await;
            // A run that is recorded whole has nothing to do with what other jobs of the batch are about: going first changes
            // nothing for them.
            let (mut runs, mut steps) = (Vec::new(), Vec::new());
            for entry in batch.drain(..) {
                match (entry, steps.last_mut()) {
                    (Entry::Job(job), _) => steps.push(Step::Job(job)),
                    (Entry::Run(run), _) => runs.push(run),
                    (Entry::Booking(booking), Some(Step::Bookings(list))) => list.push(booking),
                    (Entry::Booking(booking), _) => steps.push(Step::Bookings(vec![booking])),
                }
            }
            let written = self.write(&mut runs, &mut steps).await;
            if written.is_err() {
                self.world.forget();
            }
            let (recorded, done) = match written {
                Ok(recorded) => (recorded, Ok(())),
                Err(error) => {
                    let error = JournalError::from(error);
                    (Err(error.clone()), Err(error))
                }
            };
            if !runs.is_empty() {
                self.fallen_behind
                    .store(recorded.is_err(), Ordering::Relaxed);
                if let Err(error) = &recorded {
                    tracing::error!(%error, runs = runs.len(), "runs that have ended could not be recorded");
                }
            }
            for run in runs {
                run.answer(recorded.clone());
            }
            for step in steps {
                match step {
                    Step::Job(job) => job.answer(done.clone()),
                    Step::Bookings(list) => {
                        for booking in list {
                            booking.answer(done.clone());
                        }
                    }
                }
            }
        }
        if let Err(error) = self.pen.close().await {
            tracing::warn!(%error, "the journal did not close cleanly");
        }
    }

    /// Lets records come together, as long as nobody waits for any of them.
    async fn gather(&self, batch: &mut Vec<Entry>, queue: &mut mpsc::Receiver<Entry>) {
        if !batch.iter().all(|entry| matches!(entry, Entry::Run(_))) {
            return;
        }
        for _ in 0..LOOKS {
            // A queue that is full has callers behind it.
            if batch.len().saturating_add(queue.len()) >= RECORDS || queue.capacity() == 0 {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.awaited.notified() => break,
            }
        }
        let mut most = RECORDS;
        while batch.len() < most
            && let Ok(entry) = queue.try_recv()
        {
            if !matches!(entry, Entry::Run(_)) {
                most = BATCH;
            }
            batch.push(entry);
        }
    }

    /// One transaction; what fails in it is undone alone. Says what became of the records.
    async fn write(
        &mut self,
        runs: &mut [Box<QueuedRun>],
        steps: &mut [Step],
    ) -> Result<Result<(), JournalError>, sqlx::Error> {
        self.pen.begin().await?;
        match self.write_all(runs, steps).await {
            Ok((recorded, good)) => {
                match good {
                    true => self.pen.commit().await?,
                    false => self.pen.roll_back().await?,
                }
                Ok(recorded)
            }
            Err(error) => {
                // That it can't be written comes first.
                let _ = self.pen.roll_back().await;
                Err(error)
            }
        }
    }

    /// What is done inside the transaction, and whether any of it is to stay.
    async fn write_all(
        &mut self,
        runs: &mut [Box<QueuedRun>],
        steps: &mut [Step],
    ) -> Result<(Result<(), JournalError>, bool), sqlx::Error> {
        let booked = { steps.iter() }.any(|step| matches!(step, Step::Bookings(_)));
        let version = if booked { self.pen.version().await? } else { 0 };
        let (connection, records) = (self.pen.connection()?, &self.records);
        let mut world = (&mut self.world, version);
        if let (true, [step]) = (runs.is_empty(), &mut *steps) {
            // With nobody else in it, the transaction itself is what is undone: a savepoint would copy every page.
            let good = Self::take(&mut world, records, connection, step).await;
            return Ok((Ok(()), good));
        }
        if steps.is_empty() {
            let recorded = record::insert(connection, records, runs).await;
            let good = recorded.is_ok();
            return Ok((recorded, good));
        }
        let mut recorded = Ok(());
        if !runs.is_empty() {
            connection.mark().await?;
            recorded = record::insert(connection, records, runs).await;
            connection.end_mark(recorded.is_ok()).await?;
        }
        for step in steps {
            connection.mark().await?;
            let good = Self::take(&mut world, records, connection, step).await;
            connection.end_mark(good).await?;
        }
        Ok((recorded, true))
    }

    /// Takes one step; says whether it is to stay.
    async fn take(
        (world, version): &mut (&mut World, i64),
        records: &RecordWriter,
        connection: &mut Connection,
        step: &mut Step,
    ) -> bool {
        match step {
            Step::Job(job) => {
                world.forget();
                job.run(connection).await
            }
            Step::Bookings(list) => {
                match booked::book_all(connection, records, (&mut **world, *version), list).await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::warn!(%error, "runs could not be booked together; each goes its own way");
                        world.forget();
                        false
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_taken_together_and_of_many_half() {
        for (waiting, taken) in [(0, 32), (40, 32), (64, 32), (100, 50), (9_000, 256)] {
            assert_eq!(share_of(waiting), taken, "{waiting}");
        }
    }
}
