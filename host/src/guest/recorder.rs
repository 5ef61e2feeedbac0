//! What a run does, as it does it: host calls, refusals, logs, byte counts, and the limits on each.

use crate::invocation::{LogLevel, LogLine, Usage};
use crate::journal::{CallClass, HostCall};
use crate::limits::Limits;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// A limit that ended the run, carried out of the guest as a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit `{limit}` was reached")]
pub(crate) struct LimitHit {
    /// Name of the limit, as [`Limits::set`] takes it.
    pub(crate) limit: &'static str,
}

/// The guest's time in milliseconds: that of the last recorded event.
#[derive(Debug, Clone)]
pub(crate) struct GuestClock {
    now: Arc<AtomicI64>,
    fixed: bool,
}

impl GuestClock {
    pub(crate) fn new(start_ms: i64, fixed: bool) -> Self {
        Self {
            now: Arc::new(AtomicI64::new(start_ms)),
            fixed,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn advance(&self, to_ms: i64) {
        if !self.fixed {
            self.now.fetch_max(to_ms, Ordering::Relaxed);
        }
    }
}

/// The record of one run.
pub(crate) struct Recorder {
    limits: Limits,
    clock: GuestClock,
    pub(crate) calls: Vec<HostCall>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) contacted: Vec<String>,
    pub(crate) usage: Usage,
    log_bytes: u64,
}

/// Longest request that is recorded as it is, in bytes. A guest chooses its arguments, and may call thousands of times.
const MAX_RECORDED_REQUEST: usize = 16 << 10;

/// A request as it is recorded: whole, or by digest and length.
fn recorded(request: Vec<u8>) -> Vec<u8> {
    if request.len() <= MAX_RECORDED_REQUEST {
        return request;
    }
    by_digest(&request).into_bytes()
}

/// Digest and length of what is too large, or not ours, to keep.
pub(crate) fn by_digest(bytes: &[u8]) -> String {
    serde_json::json!({ "digest": Digest::of(bytes), "bytes": bytes.len() }).to_string()
}

/// One host call that has begun.
pub(crate) struct OpenCall {
    seq: u64,
    started: Instant,
}

/// What is known of a host call when it ends.
pub(crate) struct CallFacts {
    pub(crate) interface: &'static str,
    pub(crate) function: &'static str,
    pub(crate) class: CallClass,
    pub(crate) summary: String,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

impl Recorder {
    pub(crate) const fn new(limits: Limits, clock: GuestClock) -> Self {
        Self {
            limits,
            clock,
            calls: Vec::new(),
            refusals: Vec::new(),
            logs: Vec::new(),
            contacted: Vec::new(),
            usage: Usage {
                fuel: 0,
                wall_ms: 0,
                memory_bytes: 0,
                host_calls: 0,
                bytes_in: 0,
                bytes_out: 0,
                log_bytes_dropped: 0,
            },
            log_bytes: 0,
        }
    }

    /// Counts a host call; the one over the limit ends the run.
    pub(crate) fn begin(&mut self) -> Result<OpenCall, LimitHit> {
        if self.usage.host_calls >= self.limits.host_calls {
            return Err(LimitHit {
                limit: "host-calls",
            });
        }
        let seq = self.usage.host_calls;
        self.usage.host_calls += 1;
        Ok(OpenCall {
            seq,
            started: Instant::now(),
        })
    }

    /// Bytes that may still come in.
    pub(crate) const fn bytes_in_left(&self) -> u64 {
        self.limits.bytes_in.saturating_sub(self.usage.bytes_in)
    }

    /// Refuses what would bring in more bytes than the run may take.
    pub(crate) fn take_bytes_in(&mut self, bytes: u64) -> Result<(), Refusal> {
        if bytes > self.bytes_in_left() {
            return Err(limit_refusal(
                "limit.bytes-in",
                format!(
                    "the run may take in {} bytes and this would be more",
                    self.limits.bytes_in
                ),
                "bytes-in",
            ));
        }
        self.usage.bytes_in += bytes;
        Ok(())
    }

    /// Refuses what would send more bytes than the run may. Counted when it was sent.
    pub(crate) fn check_bytes_out(&self, bytes: u64) -> Result<(), Refusal> {
        if bytes > self.limits.bytes_out.saturating_sub(self.usage.bytes_out) {
            return Err(limit_refusal(
                "limit.bytes-out",
                format!(
                    "the run may send {} bytes and this would be more",
                    self.limits.bytes_out
                ),
                "bytes-out",
            ));
        }
        Ok(())
    }

    /// The call as it would be recorded if its answer never came.
    pub(crate) fn as_sent(&self, open: &OpenCall, facts: &CallFacts) -> HostCall {
        HostCall {
            seq: open.seq,
            interface: facts.interface,
            function: facts.function,
            class: facts.class,
            summary: facts.summary.clone(),
            request: recorded(facts.request.clone()),
            response: Vec::new(),
            refused: None,
            bytes_in: 0,
            bytes_out: facts.bytes_out,
            micros: 0,
            at: self.clock.now_ms(),
        }
    }

    /// Records the end of a call; a refusal is recorded with it.
    pub(crate) fn end(&mut self, open: OpenCall, facts: CallFacts, refusal: Option<&Refusal>) {
        if facts.class != CallClass::Context {
            self.clock.advance(super::wall_clock_ms());
        }
        if let Some(refusal) = refusal {
            self.refusals.push(refusal.clone());
        }
        self.calls.push(HostCall {
            seq: open.seq,
            interface: facts.interface,
            function: facts.function,
            class: facts.class,
            summary: facts.summary,
            request: recorded(facts.request),
            response: facts.response,
            refused: refusal.map(|refusal| refusal.rule.clone()),
            bytes_in: facts.bytes_in,
            bytes_out: facts.bytes_out,
            micros: u64::try_from(open.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            at: self.clock.now_ms(),
        });
    }

    /// Keeps a log line within the limit; what is over is dropped and counted.
    pub(crate) fn log(&mut self, level: LogLevel, message: String) {
        // A line costs something even when it is empty.
        let size = message.len() as u64 + 8;
        if self.log_bytes.saturating_add(size) > self.limits.log_bytes {
            self.usage.log_bytes_dropped += message.len() as u64;
            return;
        }
        self.log_bytes += size;
        self.logs.push(LogLine { level, message });
    }

    /// Notes where a request went, once for each method and origin.
    pub(crate) fn note_contact(&mut self, contact: String) {
        if !self.contacted.contains(&contact) {
            self.contacted.push(contact);
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn clock(&self) -> &GuestClock {
        &self.clock
    }
}

/// A refusal because a limit of the run is used up.
pub(crate) fn limit_refusal(rule: &str, message: String, limit: &str) -> Refusal {
    Refusal::new(RefusalKind::LimitReached, rule, message).with_fix(format!(
        "raise it with --limit {limit}=N, within the host's own limit"
    ))
}
