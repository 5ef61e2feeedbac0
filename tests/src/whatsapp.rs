//! WhatsApp's Cloud API as a test plays it: what it is asked to send is kept, and it calls a console's webhook as Meta does.

use crate::peer::{Peer, Reply};
use crate::wire::{self, Answer};
use crate::{Value, json, proof};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where a console finds it, as a peer on this machine.
pub const PLACE: &str = "http://graph.test:8082";
/// The address of the API, with its version.
pub const BASE: &str = "http://graph.test:8082/v23.0";
/// Identifier of the number that sends.
pub const NUMBER: &str = "106540352242922";
/// The access token, and the app's secret.
pub const TOKEN: &str = "EAAGm0PX4ZCpsBAaccesstoken";
/// See [`TOKEN`].
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Longest wait for something to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service. It ends when it is dropped.
pub struct Whatsapp {
    peer: Peer,
    held: Arc<AtomicBool>,
}

impl Default for Whatsapp {
    fn default() -> Self {
        Self::new()
    }
}

impl Whatsapp {
    /// Starts it.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn new() -> Self {
        let held = Arc::new(AtomicBool::new(false));
        let (count, silent) = (AtomicUsize::new(1), held.clone());
        let peer = Peer::plain(move |_| {
            if silent.load(Ordering::SeqCst) {
                return Reply::Silence;
            }
            let id = format!("wamid.{}", count.fetch_add(1, Ordering::SeqCst));
            Reply::text(
                json!({"messaging_product": "whatsapp", "messages": [{"id": id}]}).to_string(),
            )
        });
        Self { peer, held }
    }

    /// Where [`PLACE`] leads.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.peer.address()
    }

    /// From now on it takes messages and does not answer.
    pub fn holds(&self) {
        self.held.store(true, Ordering::SeqCst);
    }

    /// What it was asked to send, in order.
    ///
    /// # Panics
    /// If something is not asked for as the API wants it.
    #[must_use]
    pub fn sent(&self) -> Vec<Value> {
        let all = self.peer.received();
        all.iter()
            .map(|request| {
                assert_eq!(request.target, format!("/v23.0/{NUMBER}/messages"));
                let bearer = format!("Bearer {TOKEN}");
                assert_eq!(request.header("authorization"), Some(bearer.as_str()));
                serde_json::from_slice(&request.body).expect("JSON")
            })
            .collect()
    }

    /// The message in which this stands, as soon as there is one.
    ///
    /// # Panics
    /// If it does not come.
    #[track_caller]
    #[must_use]
    pub fn says(&self, words: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sent = self.sent();
            if let Some(found) = sent.iter().find(|one| one.to_string().contains(words)) {
                return found.clone();
            }
            assert!(Instant::now() < deadline, "no `{words}` in {sent:#?}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

/// Somebody writes to the number: the body of the call that tells it.
#[must_use]
pub fn wrote(id: &str, from: &str, text: &str) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
        "messages": [{"id": id, "from": from, "timestamp": "1", "type": "text", "text": {"body": text}}]}}]}]})
    .to_string()
}

/// Calls the webhook of a console with this signature.
#[must_use]
pub fn calls(console: &str, body: &str, signature: &str) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("x-hub-signature-256", signature),
    ];
    wire::ask(console, "POST /hooks/whatsapp", &headers, body.as_bytes())
}

/// Calls it as the service does.
#[must_use]
pub fn tells(console: &str, body: &str) -> Answer {
    calls(console, body, &proof::hub(APP_SECRET, body.as_bytes()))
}
