//! A receiver of webhooks as the Standard Webhooks specification wants one: it keeps each message once, by its
//! `webhook-id`. It can hold its answers back, so that a sender is caught between sending and hearing.

use crate::Value;
use crate::peer::{Peer, Received, Reply};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The host name that its certificate is for.
pub const HOST: &str = "sink.test";

#[derive(Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn closed(&self) -> MutexGuard<'_, bool> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self) {
        let mut closed = self.closed();
        while *closed {
            closed = self
                .opened
                .wait(closed)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn set(&self, closed: bool) {
        *self.closed() = closed;
        self.opened.notify_all();
    }
}

/// A running receiver. It stops when dropped.
pub struct Sink {
    peer: Peer,
    gate: Arc<Gate>,
}

impl Default for Sink {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink {
    /// One that answers at once.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn new() -> Self {
        let gate = Arc::new(Gate::default());
        let held = gate.clone();
        let peer = Peer::tls(&[HOST], move |_| {
            held.pass();
            Reply::text("")
        });
        Self { peer, gate }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.peer.address()
    }

    /// From now on it takes messages and does not answer.
    pub fn hold(&self) {
        self.gate.set(true);
    }

    /// Answers again, also those who wait.
    pub fn release(&self) {
        self.gate.set(false);
    }

    /// How many messages have arrived, repeated ones counted again.
    #[must_use]
    pub fn arrivals(&self) -> usize {
        self.peer.received().len()
    }

    /// Waits until so many messages have arrived.
    ///
    /// # Panics
    /// If they don't within 30 seconds.
    #[track_caller]
    pub fn wait_for(&self, arrivals: usize) {
        self.peer.wait_for(arrivals);
    }

    /// Each message once, by its id.
    ///
    /// # Panics
    /// If one is not signed, or two under one id differ in any byte.
    #[track_caller]
    #[must_use]
    pub fn messages(&self) -> BTreeMap<String, Value> {
        let mut first: BTreeMap<String, Received> = BTreeMap::new();
        for request in self.peer.received() {
            assert_eq!(request.method, "POST", "{request:?}");
            for header in ["webhook-timestamp", "webhook-signature"] {
                assert!(request.header(header).is_some(), "{request:?}");
            }
            let id = request.header("webhook-id").expect("an id").to_owned();
            let known = first.entry(id).or_insert_with(|| request.clone());
            assert_eq!(known.body, request.body, "one id, two messages");
        }
        let value = |request: &Received| serde_json::from_slice(&request.body).expect("JSON");
        first
            .iter()
            .map(|(id, request)| (id.clone(), value(request)))
            .collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Those who wait must not wait for ever.
        self.release();
    }
}
