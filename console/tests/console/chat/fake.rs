//! Telegram and WhatsApp, as a test plays them.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use guildhall_host::{EgressError, Hop, HopResponse, Transport};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// One question to a service.
#[derive(Debug, Clone)]
pub struct Call {
    /// The URL.
    pub url: String,
    /// Last part of its path.
    pub method: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// The number of the message that it made.
    pub message: Option<i64>,
}

impl Call {
    pub fn chat(&self) -> i64 {
        self.body["chat_id"].as_i64().unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }

    /// What the buttons carry, from left to right.
    pub fn buttons(&self) -> Vec<String> {
        let row = &self.body["reply_markup"]["inline_keyboard"][0];
        let of = |button: &Value| button["callback_data"].as_str().unwrap().to_owned();
        row.as_array()
            .map(|row| row.iter().map(of).collect())
            .unwrap_or_default()
    }
}

type Ending = Result<(u16, String), EgressError>;

#[derive(Default)]
pub struct Fake {
    calls: Mutex<Vec<Call>>,
    updates: Mutex<Vec<Value>>,
    numbers: AtomicI64,
    news: Notify,
    /// Endings of the next questions of a kind, in place of the usual one.
    endings: Mutex<VecDeque<(&'static str, Ending)>>,
}

impl Fake {
    fn number(&self) -> i64 {
        self.numbers.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The next question of this kind ends otherwise.
    pub fn next(&self, method: &'static str, ending: Ending) {
        self.endings.lock().unwrap().push_back((method, ending));
    }

    /// Everything that was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub fn count(&self, wanted: impl Fn(&Call) -> bool) -> usize {
        self.calls().iter().filter(|call| wanted(call)).count()
    }

    /// The first question of a kind, as soon as it is there.
    pub async fn call(&self, what: &str, wanted: impl Fn(&Call) -> bool) -> Call {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.calls().into_iter().find(&wanted) {
                return found;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(15),
                "no {what} among {:#?}",
                self.calls()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn update(&self, mut update: Value) -> i64 {
        let id = self.number();
        update["update_id"] = json!(id);
        self.updates.lock().unwrap().push(update);
        self.news.notify_waiters();
        id
    }

    /// Somebody writes in a chat of their own.
    pub fn write(&self, from: i64, text: &str) {
        self.update(
            json!({"message": {"message_id": self.number(), "from": {"id": from, "is_bot": false},
            "chat": {"id": from, "type": "private"}, "text": text}}),
        );
    }

    /// Somebody taps. Gives the query.
    pub fn tap(
        &self,
        from: i64,
        chat: i64,
        kind: &str,
        message: Option<i64>,
        data: &str,
    ) -> String {
        let query = format!("q{}", self.number());
        self.update(json!({"callback_query": {"id": query, "from": {"id": from, "is_bot": false}, "data": data,
            "message": {"message_id": message, "chat": {"id": chat, "type": kind}}}}));
        query
    }

    fn ending(&self, method: &str) -> Option<Ending> {
        let mut endings = self.endings.lock().unwrap();
        let at = endings.iter().position(|(known, _)| *known == method)?;
        endings.remove(at).map(|(_, ending)| ending)
    }

    /// Holds the question open until there is something at or behind `offset`; what is before it was looked at.
    async fn told(&self, offset: i64) -> Value {
        loop {
            let news = self.news.notified();
            {
                let mut updates = self.updates.lock().unwrap();
                updates.retain(|update| update["update_id"].as_i64().unwrap() >= offset);
                if !updates.is_empty() {
                    return json!(*updates);
                }
            }
            // A word may come between looking and waiting.
            let _ = tokio::time::timeout(Duration::from_millis(50), news).await;
        }
    }

    async fn answer(&self, hop: Hop) -> Result<HopResponse, EgressError> {
        let url = hop.target.url().to_string();
        let method = url.rsplit('/').next().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&hop.body).unwrap_or_default();
        let message = (method == "sendMessage").then(|| self.number());
        let offset = body["offset"].as_i64().unwrap_or_default();
        hop.meter.begin();
        self.calls.lock().unwrap().push(Call {
            url,
            method: method.clone(),
            headers: hop.headers,
            body,
            message,
        });
        let of = |status: u16, body: String| HopResponse {
            status,
            ..HopResponse::ok(body)
        };
        if let Some(ending) = self.ending(&method) {
            return ending.map(|(status, body)| of(status, body));
        }
        let result = match method.as_str() {
            "getMe" => json!({"id": 1, "is_bot": true, "username": "acme_bot"}),
            "getUpdates" => self.told(offset).await,
            "sendMessage" => json!({"message_id": message}),
            "messages" => {
                let id = format!("wamid.{}", self.number());
                return Ok(of(200, json!({"messages": [{"id": id}]}).to_string()));
            }
            // Some stand-ins say no more than that.
            _ => Value::Null,
        };
        Ok(of(200, json!({"ok": true, "result": result}).to_string()))
    }
}

impl Transport for Fake {
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>> {
        Box::pin(self.answer(hop))
    }
}
