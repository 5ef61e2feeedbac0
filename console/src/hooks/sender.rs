//! How a message leaves: by the host's rules for everything that goes out. Tests put something else here.

use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_host::{Courier, Errand};

use super::pace::{Came, answered};

/// How long one attempt may take.
const WITHIN: Duration = Duration::from_secs(20);
/// What is read of an answer, in bytes: only its status counts.
const READ: u64 = 64 << 10;

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Where to.
    pub url: String,
    /// Header fields besides the type of the body.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// Sends messages of hooks.
pub trait Sender: Send + Sync {
    /// Makes one attempt.
    fn send(&self, attempt: Attempt) -> BoxFuture<'_, Came>;
}

impl Sender for Courier {
    fn send(&self, attempt: Attempt) -> BoxFuture<'_, Came> {
        Box::pin(async move {
            let mut errand = Errand::post(attempt.url, "application/json", attempt.body)
                .within(WITHIN)
                .receiving(READ);
            for (name, value) in attempt.headers {
                errand = errand.header(name, value);
            }
            match Self::send(self, errand).await {
                Ok(reply) => answered(reply.status),
                Err(error) => Came::Not(error.to_string()),
            }
        })
    }
}
