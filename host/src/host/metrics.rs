//! Numbers for embedders, in the text form that Prometheus reads.

use super::Host;
use crate::invocation::{Outcome, RunStatus};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::fmt;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByStatus {
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByRule {
    rule: String,
}

/// What a host counts since it was started.
pub(super) struct Metrics {
    registry: Registry,
    runs: Family<ByStatus, Counter>,
    /// Those of `runs`, looked up once.
    by_status: Vec<(RunStatus, Counter)>,
    commits: Family<ByStatus, Counter>,
    refusals: Family<ByRule, Counter>,
    seconds: Histogram,
    fuel: Counter,
    host_calls: Counter,
    bytes_out: Counter,
}

/// Rules that are told apart; a guest can't make up more.
const RULES: usize = 200;

impl Metrics {
    pub(super) fn new() -> Self {
        let runs = Family::<ByStatus, Counter>::default();
        let counter = |status: RunStatus| {
            let of_status = ByStatus {
                status: status.word(),
            };
            (status, runs.get_or_create(&of_status).clone())
        };
        let metrics = Self {
            registry: Registry::with_prefix("guildhall"),
            by_status: RunStatus::ALL.into_iter().map(counter).collect(),
            runs,
            commits: Family::default(),
            refusals: Family::default(),
            // From 0.1 ms to about 100 s.
            seconds: Histogram::new(exponential_buckets(0.000_1, 4.0, 11)),
            fuel: Counter::default(),
            host_calls: Counter::default(),
            bytes_out: Counter::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "runs",
            "Runs whose guest has ended, by status then",
            self.runs.clone(),
        );
        registry.register(
            "commits",
            "Approved runs that were carried out, by status",
            self.commits.clone(),
        );
        registry.register(
            "refusals",
            "Refusals that guests and runs met, by rule",
            self.refusals.clone(),
        );
        registry.register_with_unit(
            "run",
            "Time of a run, its guest's end included",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register("fuel", "Fuel burned by guests", self.fuel.clone());
        registry.register(
            "host_calls",
            "Host calls made by guests",
            self.host_calls.clone(),
        );
        registry.register_with_unit(
            "sent",
            "What left by network for guests",
            Unit::Bytes,
            self.bytes_out.clone(),
        );
        self
    }

    pub(super) fn ran(&self, outcome: &Outcome) {
        if let Some((_, runs)) = self
            .by_status
            .iter()
            .find(|(status, _)| *status == outcome.status)
        {
            runs.inc();
        }
        for refusal in outcome.refusals.iter().take(RULES) {
            let rule = refusal.rule.clone();
            self.refusals.get_or_create(&ByRule { rule }).inc();
        }
        let seconds = std::time::Duration::from_millis(outcome.usage.wall_ms).as_secs_f64();
        self.seconds.observe(seconds);
        self.fuel.inc_by(outcome.usage.fuel);
        self.host_calls.inc_by(outcome.usage.host_calls);
        self.bytes_out.inc_by(outcome.usage.bytes_out);
    }

    pub(super) fn committed(&self, status: RunStatus) {
        let status = status.word();
        self.commits.get_or_create(&ByStatus { status }).inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(..)")
    }
}

impl Host {
    /// What this host has counted since it was started, in the OpenMetrics text form that Prometheus scrapes: runs and commits
    /// by status, refusals by rule, time, fuel, host calls and bytes sent. Nothing of a tenant is in it.
    #[must_use]
    pub fn metrics(&self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = text::encode(&mut out, &self.inner.metrics.registry);
        out
    }
}
