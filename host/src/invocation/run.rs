//! The guest's part of an invocation: a fresh store, one call, and the reasons it can end.

use crate::guest::{Guest, LimitHit};
use crate::limits::Limits;
use futures::poll;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{ComponentExportIndex, InstancePre, Val};
use wasmtime::{Store, Trap, UpdateDeadline};

/// How the guest ended.
#[derive(Debug)]
pub(crate) enum GuestEnd {
    /// The call returned.
    Returned(Vec<Val>),
    /// A WASI program ended itself with this exit code.
    Exited(i32),
    /// A limit ended it: its name.
    Limit(&'static str),
    /// It trapped by itself.
    Trapped(String),
    /// It was stopped from outside.
    Stopped(StopReason),
}

/// Who stopped a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The caller.
    Cancelled,
    /// Its digest was revoked.
    Revoked,
    /// The host shuts down.
    Shutdown,
}

/// What a call needs besides the store's data.
pub(crate) struct Call<'a> {
    pub(crate) pre: &'a InstancePre<Guest>,
    pub(crate) export: ComponentExportIndex,
    pub(crate) arguments: Vec<Val>,
    pub(crate) results: usize,
    pub(crate) limits: Limits,
    pub(crate) stops: StopTokens<'a>,
}

/// Who can stop a guest. Borrowed: a token counts its owners under a lock.
pub(crate) struct StopTokens<'a> {
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) revoked: &'a CancellationToken,
    pub(crate) shutdown: &'a CancellationToken,
}

/// Runs one call in a store of its own and gives back the store's data. The store is dropped, never reused. The data comes in a
/// box: what a future takes as an argument it holds twice.
pub(crate) async fn run_guest(call: Box<Call<'_>>, guest: Box<Guest>) -> (GuestEnd, Guest) {
    let overrun = guest.overrun.clone();
    let mut store = Store::new(call.pre.engine(), *guest);
    store.limiter(|guest| &mut guest.limiter);
    // At each tick a spinning guest gives way, so that the deadline and the stop tokens below are looked at.
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    // The first tick may come at once, and a guest that gives way has its beginning written and goes on elsewhere: nobody does
    // before he has had a whole one.
    store.set_epoch_deadline(2);
    let end = if store.set_fuel(call.limits.fuel).is_ok() {
        let stops = Stops {
            deadline: call.limits.wall(),
            tokens: &call.stops,
            overrun: overrun.as_ref(),
        };
        stop_or(stops, call_export(&call, &mut store)).await
    } else {
        GuestEnd::Trapped("fuel is not configured".to_owned())
    };
    let fuel_left = store.get_fuel().unwrap_or_default();
    let end = if overrun.is_some_and(|overrun| overrun.is_cancelled()) {
        GuestEnd::Limit("host-calls")
    } else {
        end
    };
    let end = match (end, store.data().limiter.refused) {
        // A guest that is refused memory usually gives up by a trap of its own.
        (GuestEnd::Trapped(_), Some(hit)) => GuestEnd::Limit(hit.limit),
        (end, _) => end,
    };
    let peak = store.data().limiter.peak_memory;
    let usage = &mut store.data_mut().record.usage;
    usage.memory_bytes = peak;
    usage.fuel = fuel_left;
    (end, store.into_data())
}

/// What can stop a guest from outside.
struct Stops<'a> {
    deadline: Duration,
    tokens: &'a StopTokens<'a>,
    overrun: Option<&'a CancellationToken>,
}

impl Stops<'_> {
    /// Who has stopped the guest, if anybody.
    fn fired(&self) -> Option<GuestEnd> {
        let who = [
            (
                Some(self.tokens.revoked),
                GuestEnd::Stopped(StopReason::Revoked),
            ),
            (
                Some(self.tokens.cancel),
                GuestEnd::Stopped(StopReason::Cancelled),
            ),
            (
                Some(self.tokens.shutdown),
                GuestEnd::Stopped(StopReason::Shutdown),
            ),
            (self.overrun, GuestEnd::Limit("host-calls")),
        ];
        who.into_iter()
            .find_map(|(token, end)| token?.is_cancelled().then_some(end))
    }

    /// Waits for whatever stops the guest first.
    async fn wait(&self) -> GuestEnd {
        tokio::select! {
            biased;
            () = self.tokens.revoked.cancelled() => GuestEnd::Stopped(StopReason::Revoked),
            () = self.tokens.cancel.cancelled() => GuestEnd::Stopped(StopReason::Cancelled),
            () = self.tokens.shutdown.cancelled() => GuestEnd::Stopped(StopReason::Shutdown),
            () = fires(self.overrun) => GuestEnd::Limit("host-calls"),
            () = tokio::time::sleep(self.deadline) => GuestEnd::Limit("wall-ms"),
        }
    }
}

/// Ends when it is polled again, which it asks for.
async fn polled_again() {
    let mut before = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut before, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn fires(token: Option<&CancellationToken>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Timers and tokens are registered only for a call that gives way, and not before it is polled again: by then it may have been
/// moved to another runtime. What has fired by then counts all the same, and so it does when the call is done.
async fn stop_or(stops: Stops<'_>, call: impl Future<Output = GuestEnd>) -> GuestEnd {
    if let Some(stopped) = stops.fired() {
        return stopped;
    }
    let mut call = pin!(call);
    let end = match poll!(call.as_mut()) {
        Poll::Ready(end) => end,
        Poll::Pending => {
            polled_again().await;
            tokio::select! {
                biased;
                end = call => end,
                end = stops.wait() => end,
            }
        }
    };
    stops.fired().unwrap_or(end)
}

async fn call_export(call: &Call<'_>, store: &mut Store<Guest>) -> GuestEnd {
    match try_call(call, store).await {
        Ok(results) => GuestEnd::Returned(results),
        Err(error) => classify(&error),
    }
}

async fn try_call(call: &Call<'_>, store: &mut Store<Guest>) -> wasmtime::Result<Vec<Val>> {
    let instance = call.pre.instantiate_async(&mut *store).await?;
    let function = instance
        .get_func(&mut *store, call.export)
        .ok_or_else(|| wasmtime::Error::msg("the export has gone"))?;
    let mut results = vec![Val::Bool(false); call.results];
    function
        .call_async(&mut *store, &call.arguments, &mut results)
        .await?;
    Ok(results)
}

fn classify(error: &wasmtime::Error) -> GuestEnd {
    if let Some(hit) = error.downcast_ref::<LimitHit>() {
        return GuestEnd::Limit(hit.limit);
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return GuestEnd::Exited(exit.0);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => GuestEnd::Limit("fuel"),
        Some(Trap::StackOverflow) => GuestEnd::Limit("stack"),
        Some(trap) => GuestEnd::Trapped(trap.to_string()),
        None => limit_in_words(&format!("{error:#}")),
    }
}

/// wasmtime reports some limits as text only.
fn limit_in_words(message: &str) -> GuestEnd {
    const LIMITS: [(&str, &str); 4] = [
        ("resource limit exceeded", "instances"),
        ("maximum concurrent", "instances"),
        ("fuel allocated for hostcalls", "host-call-bytes"),
        ("forcing trap when growing memory", "memory-bytes"),
    ];
    for (words, limit) in LIMITS {
        if message.contains(words) {
            return GuestEnd::Limit(limit);
        }
    }
    GuestEnd::Trapped(message.to_owned())
}
