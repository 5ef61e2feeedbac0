//! Figures for the operator, in OpenMetrics.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of the histogram of requests, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What requests are counted by: few values each, none that a client can choose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Request {
    /// The route, as a pattern.
    pub route: String,
    /// The class of the status: `2xx`.
    pub status: Class,
}

/// The hundreds of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Class(pub u16);

impl prometheus_client::encoding::EncodeLabelValue for Class {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        std::fmt::Write::write_fmt(encoder, format_args!("{}xx", self.0))
    }
}

/// What a review came to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reviewed {
    /// The state after it.
    pub state: &'static str,
}

/// The figures of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests.
    pub requests: Family<Request, Counter>,
    /// Time of requests in seconds.
    pub request_seconds: Histogram,
    /// Requests turned away because too many were at work.
    pub shed: Counter,
    /// Wrong passwords.
    pub failed_logins: Counter,
    /// Reviews.
    pub reviews: Family<Reviewed, Counter>,
    /// Orders that were signed.
    pub orders: Counter,
    /// Orders that were paid.
    pub purchases: Counter,
    /// Orders that were paid back.
    pub refunds: Counter,
    /// Orders that were paid back, and that the status has no room for.
    pub refunds_unlisted: Gauge<i64, AtomicI64>,
    /// Entries of the log.
    pub log_size: Gauge<i64, AtomicI64>,
    /// Entries of the published log that this process shows.
    pub published_size: Gauge<i64, AtomicI64>,
    /// Times that the log did not go on.
    pub log_failures: Counter,
    /// Times that a witness did not cosign.
    pub witness_failures: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at nothing.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("guildhall_marketplace");
        let metrics = Self {
            requests: Family::default(),
            request_seconds: Histogram::new(BOUNDS),
            shed: Counter::default(),
            failed_logins: Counter::default(),
            reviews: Family::default(),
            orders: Counter::default(),
            purchases: Counter::default(),
            refunds: Counter::default(),
            refunds_unlisted: Gauge::default(),
            log_size: Gauge::default(),
            published_size: Gauge::default(),
            log_failures: Counter::default(),
            witness_failures: Counter::default(),
            registry: Registry::default(),
        };
        registry.register(
            "requests",
            "Requests by route and status",
            metrics.requests.clone(),
        );
        registry.register(
            "request_seconds",
            "Time of requests in seconds",
            metrics.request_seconds.clone(),
        );
        registry.register(
            "shed",
            "Requests turned away at the bound",
            metrics.shed.clone(),
        );
        registry.register(
            "failed_logins",
            "Wrong passwords",
            metrics.failed_logins.clone(),
        );
        registry.register(
            "reviews",
            "Reviews by what they came to",
            metrics.reviews.clone(),
        );
        let sales = [
            ("orders", "Orders that were signed", &metrics.orders),
            ("purchases", "Orders that were paid", &metrics.purchases),
            ("refunds", "Orders that were paid back", &metrics.refunds),
        ];
        for (name, help, counter) in sales {
            registry.register(name, help, counter.clone());
        }
        registry.register(
            "refunds_unlisted",
            "Orders that were paid back, and that the status has no room for",
            metrics.refunds_unlisted.clone(),
        );
        registry.register("log_size", "Entries of the log", metrics.log_size.clone());
        registry.register(
            "published_size",
            "Entries of the published log that this process shows",
            metrics.published_size.clone(),
        );
        registry.register(
            "log_failures",
            "Times that the log did not go on",
            metrics.log_failures.clone(),
        );
        registry.register(
            "witness_failures",
            "Times that a witness did not cosign",
            metrics.witness_failures.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    /// Counts a request.
    pub fn request(&self, route: &str, status: u16, time: Duration) {
        self.requests
            .get_or_create(&Request {
                route: route.to_owned(),
                status: Class(status / 100),
            })
            .inc();
        self.request_seconds.observe(time.as_secs_f64());
    }

    /// Counts a review.
    pub fn review(&self, state: &'static str) {
        self.reviews.get_or_create(&Reviewed { state }).inc();
    }

    /// All figures as text.
    ///
    /// # Errors
    /// What the encoder says, which does not happen.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
