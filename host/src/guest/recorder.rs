//! What a run does, as it does it: host calls, refusals, logs, byte counts, and the limits on each.

use super::codec::Recorded;
use super::replay::Replay;
use crate::capabilities::network::egress::HopFact;
use crate::invocation::Sent;
use crate::invocation::{LogLevel, LogLine, Observer, Progress, Usage};
use crate::journal::{CallClass, HostCall};
use crate::limits::Limits;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use guildhall_package::text::plain;
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

    /// Puts the clock where a replayed event had it.
    fn set(&self, to_ms: i64) {
        self.now.store(to_ms, Ordering::Relaxed);
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
    pub(crate) sent: Vec<Sent>,
    pub(crate) usage: Usage,
    log_bytes: u64,
    /// The journal that answers instead of the world.
    pub(crate) replay: Option<Replay>,
    /// Who looks on.
    pub(crate) observer: Option<Arc<dyn Observer>>,
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
fn by_digest(bytes: &[u8]) -> String {
    serde_json::json!({ "digest": Digest::of(bytes), "bytes": bytes.len() }).to_string()
}

/// One host call that has begun.
pub(crate) struct OpenCall {
    seq: u64,
    started: Instant,
    facts: CallFacts,
}

impl OpenCall {
    /// What was asked.
    pub(crate) const fn facts(&self) -> &CallFacts {
        &self.facts
    }
}

/// What a host call is, before it is made.
#[derive(Debug, Clone)]
pub(crate) struct CallFacts {
    pub(crate) interface: &'static str,
    pub(crate) function: &'static str,
    pub(crate) class: CallClass,
    /// One line, made plain: what is asked.
    pub(crate) summary: String,
    /// The arguments in full, or by digest where they are bulk: what a replay compares.
    pub(crate) request: Vec<u8>,
}

/// Bytes that a call moved.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// A call that was begun: to be made, or answered from the journal of the run that is replayed.
pub(crate) enum Opened<T> {
    Live(OpenCall),
    Replayed(Result<T, Refusal>),
}

/// Why a call can't be made, and the guest ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallStop {
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] LimitHit),
    /// The run that is replayed made another call here.
    #[error("the replayed run differs from its journal")]
    Diverged,
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
            sent: Vec::new(),
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
            replay: None,
            observer: None,
        }
    }

    /// Begins a call: counted, and answered at once if the run is a replay.
    pub(crate) fn open<T: Recorded>(&mut self, facts: CallFacts) -> Result<Opened<T>, CallStop> {
        let (seq, started) = self.begin()?;
        let facts = CallFacts {
            request: recorded(facts.request),
            ..facts
        };
        let Some(replay) = &mut self.replay else {
            return Ok(Opened::Live(OpenCall {
                seq,
                started,
                facts,
            }));
        };
        let answer = replay.answer(seq, &facts).ok_or(CallStop::Diverged)?;
        let at = answer.at;
        let result = answer.result().ok_or_else(|| {
            replay.unreadable(seq, &facts);
            CallStop::Diverged
        })?;
        self.clock.set(at);
        if let Err(refusal) = &result {
            self.refusals.push(refusal.clone());
        }
        Ok(Opened::Replayed(result))
    }

    /// Counts a host call; the one over the limit ends the run.
    pub(crate) fn begin(&mut self) -> Result<(u64, Instant), LimitHit> {
        if self.usage.host_calls >= self.limits.host_calls {
            return Err(LimitHit {
                limit: "host-calls",
            });
        }
        let seq = self.usage.host_calls;
        self.usage.host_calls += 1;
        Ok((seq, Instant::now()))
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
    pub(crate) fn as_sent(&self, open: &OpenCall) -> HostCall {
        HostCall {
            seq: open.seq,
            interface: open.facts.interface,
            function: open.facts.function,
            class: open.facts.class,
            summary: open.facts.summary.clone(),
            request: open.facts.request.clone(),
            response: Vec::new(),
            refused: None,
            bytes_in: 0,
            bytes_out: 0,
            micros: 0,
            at: self.clock.now_ms(),
        }
    }

    /// Records the end of a call with its answer; a refusal is an answer too.
    pub(crate) fn close<T: Recorded>(
        &mut self,
        open: OpenCall,
        result: &Result<T, Refusal>,
        traffic: Traffic,
    ) {
        let facts = open.facts;
        if facts.class != CallClass::Context {
            self.clock.advance(crate::clock::wall_clock_ms());
        }
        let (response, refused) = match result {
            Ok(value) => (value.to_record(), None),
            Err(refusal) => {
                self.refusals.push(refusal.clone());
                (
                    serde_json::to_vec(refusal).unwrap_or_default(),
                    Some(refusal.rule.clone()),
                )
            }
        };
        if let Some(observer) = &self.observer {
            observer.noted(Progress::Call {
                summary: &facts.summary,
                refused: refused.as_deref(),
            });
        }
        self.calls.push(HostCall {
            seq: open.seq,
            interface: facts.interface,
            function: facts.function,
            class: facts.class,
            summary: facts.summary,
            request: facts.request,
            response,
            refused,
            bytes_in: traffic.bytes_in,
            bytes_out: traffic.bytes_out,
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
        if let Some(observer) = &self.observer {
            observer.noted(Progress::Log {
                level,
                message: &message,
            });
        }
        self.logs.push(LogLine { level, message });
    }

    /// Notes where a request went, once for each method and origin.
    pub(crate) fn note_contact(&mut self, contact: String) {
        if !self.contacted.contains(&contact) {
            self.contacted.push(contact);
        }
    }

    /// Adds what one request sent to what left for its destination.
    pub(crate) fn note_sent(&mut self, hop: &HopFact) {
        let method = hop.method.to_string();
        let known = self.sent.iter_mut().find(|sent| {
            (sent.method.as_str(), sent.host.as_str(), sent.port)
                == (method.as_str(), hop.host.as_str(), hop.port)
        });
        match known {
            Some(sent) => {
                sent.requests += 1;
                sent.bytes_out += hop.sent_bytes;
                sent.bytes_in += hop.received_bytes;
            }
            None => self.sent.push(Sent {
                method,
                host: plain(&hop.host, 253),
                port: hop.port,
                requests: 1,
                bytes_out: hop.sent_bytes,
                bytes_in: hop.received_bytes,
            }),
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
