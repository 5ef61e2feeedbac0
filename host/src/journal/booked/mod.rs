//! Runs that are recorded with their approval and their postings at once: every effect is a payment that this host keeps the book
//! of, and standing mandates approve them all.
//!
//! To perform such a payment is to post it, so there is nothing between the approval and the end that a crash could leave open:
//! one transaction holds the run, the decision, the postings and the audit lines, for all that came together. Whatever does not
//! fit goes the ordinary way, step by step; this one never says why.

mod account;
mod room;
mod rows;
mod world;

pub(super) use world::World;

use super::db::Connection;
use super::record::RecordWriter;
use super::{Journal, JournalError, RunRecord};
use crate::clock::wall_clock_ms;
use crate::invocation::RunStatus;
use rows::Rows;
use tokio::sync::oneshot;
use world::Plan;

/// A run that may be booked.
pub(crate) struct Booking {
    pub(crate) record: RunRecord,
    /// The run's own part of its facts, as text: made by those who wait, who are many, and not by the one writer.
    pub(crate) own_facts: String,
    /// How long an approval may be used, in milliseconds.
    pub(crate) valid_ms: i64,
    /// Whether its beginning was recorded, and so has a key to forget.
    pub(crate) begun: bool,
}

/// What came of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Booked {
    /// Mandates approved it, and all of it is done and durable.
    Done,
    /// Nothing was written.
    NotDone,
}

/// A booking in the writer's queue.
pub(super) struct QueuedBooking {
    booking: Booking,
    reply: oneshot::Sender<(RunRecord, Result<Booked, JournalError>)>,
    result: Result<Booked, JournalError>,
}

impl QueuedBooking {
    /// Says what became of it, and gives the run back. Whoever asked may have gone.
    pub(super) fn answer(self, committed: Result<(), JournalError>) {
        let result = committed.and(self.result);
        let _ = self.reply.send((self.booking.record, result));
    }
}

impl Journal {
    /// Records a run that has staged nothing but payments on the host's own rails as approved and carried out, if mandates cover
    /// them and every limit leaves room. Gives the run back with what came of it.
    pub(crate) async fn book(&self, booking: Booking) -> Result<(RunRecord, Booked), JournalError> {
        let begun = booking.begun;
        let (reply, answer) = oneshot::channel();
        let queued = QueuedBooking {
            booking,
            reply,
            result: Ok(Booked::NotDone),
        };
        self.writer.book(Box::new(queued)).await?;
        let (record, result) = answer.await.map_err(|_| JournalError::Stopped)?;
        let booked = result?;
        if booked == Booked::Done && begun {
            self.forget_key(&record.start.id, RunStatus::Committed)?;
        }
        Ok((record, booked))
    }
}

/// Books what can be booked, inside the caller's transaction. If this fails, nothing of it may stay.
pub(super) async fn book_all(
    connection: &mut Connection,
    writer: &RecordWriter,
    (world, version): (&mut World, i64),
    bookings: &mut [Box<QueuedBooking>],
) -> Result<(), JournalError> {
    world.look(version);
    let now = wall_clock_ms();
    let mut plans: Vec<Option<Plan>> = Vec::with_capacity(bookings.len());
    world
        .see_keys(
            connection,
            bookings
                .iter()
                .map(|queued| &queued.booking.record.finished),
        )
        .await?;
    for queued in bookings.iter() {
        let run = &queued.booking.record.finished;
        let plan = world.plan(connection, &writer.sealing, run, now).await;
        // The ordinary way finds the same, and says so.
        plans.push(plan.unwrap_or_default());
    }
    let mut rows = Rows::default();
    for (queued, plan) in bookings.iter().zip(&plans) {
        if let Some(plan) = plan {
            rows.take(writer, &queued.booking, plan, now)?;
        }
    }
    rows.insert(connection, &writer.sealing, world, now).await?;
    for (queued, plan) in bookings.iter_mut().zip(plans) {
        if plan.is_some() {
            queued.result = Ok(Booked::Done);
        }
    }
    Ok(())
}
