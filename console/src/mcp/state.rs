//! What a client carries between two rounds of one call: sealed, for one agent and one request, good once and not for long.

use crate::agents::Agent;
use futures::future::BoxFuture;
use guildhall_host::SecretKey32;
use rmcp::model::{JsonObject, RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a client may take between two rounds.
const VALID: Duration = Duration::from_secs(60 * 60);

/// What is carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// Arguments were asked for; nothing has run.
    Arguments {
        /// What was answered so far.
        given: JsonObject,
    },
    /// A run waits for a person.
    Waits {
        /// Its handle.
        run: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    carried: Carried,
    nonce: Uuid,
}

/// It was not made here for this agent and this request, is too old, or was used before. Which of them is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the requestState is not valid any more; call the tool again without it")]
pub struct NotValid;

/// Remembers what was used.
pub trait Once: Send + Sync {
    /// Whether this is the first time. What can't be remembered is not the first time.
    fn first(&self, nonce: Uuid, valid: Duration) -> BoxFuture<'_, bool>;
}

/// Seals and opens.
#[derive(Clone)]
pub struct States {
    codec: Arc<RequestStateCodec>,
    once: Arc<dyn Once>,
}

impl States {
    /// With a key that every process has that shall open what another one sealed; `once` must be shared by them, too. None if the
    /// key can't be used, which none of 32 bytes is.
    #[must_use]
    pub fn new(key: &SecretKey32, once: Arc<dyn Once>) -> Option<Self> {
        let codec = RequestStateCodec::try_new(key.expose().to_vec()).ok()?;
        Some(Self {
            codec: Arc::new(codec),
            once,
        })
    }

    /// For one process: what it sealed is good for as long as it lives.
    #[must_use]
    pub fn of_this_process() -> Option<Self> {
        let key = SecretKey32::random().ok()?;
        Self::new(&key, Arc::new(Memory::default()))
    }

    /// Seals.
    #[must_use]
    pub fn seal(&self, agent: &Agent, request: &Request<'_>, carried: Carried) -> Option<String> {
        let sealed = Sealed {
            carried,
            nonce: Uuid::new_v4(),
        };
        let bound = request.bound_to(agent);
        let options = SealOptions::new().associated_data(&bound).ttl(VALID);
        self.codec.seal_json_with(&sealed, &options).ok()
    }

    /// Opens, once.
    ///
    /// # Errors
    /// If it is not valid, for whatever reason.
    pub async fn open(
        &self,
        agent: &Agent,
        request: &Request<'_>,
        sealed: &str,
    ) -> Result<Carried, NotValid> {
        let bound = request.bound_to(agent);
        let opened: Sealed = self
            .codec
            .open_json_with(sealed, &bound)
            .map_err(|_| NotValid)?;
        if self.once.first(opened.nonce, VALID).await {
            Ok(opened.carried)
        } else {
            Err(NotValid)
        }
    }
}

/// A call, as far as its rounds must agree.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Its arguments, as the client sent them.
    pub arguments: Option<&'a JsonObject>,
}

impl Request<'_> {
    /// One digest for one agent and one request, however its members are ordered.
    fn bound_to(&self, agent: &Agent) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in ["guildhall request 1", &agent.id, self.tool] {
            add(&mut hash, part.as_bytes());
        }
        match self.arguments {
            Some(arguments) => object(&mut hash, arguments),
            None => object(&mut hash, &JsonObject::new()),
        }
        hash.finalize().into()
    }
}

fn add(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn object(hash: &mut Sha256, members: &JsonObject) {
    let mut names: Vec<&String> = members.keys().collect();
    names.sort_unstable();
    hash.update(b"{");
    hash.update((names.len() as u64).to_le_bytes());
    for name in names {
        add(hash, name.as_bytes());
        members
            .get(name)
            .into_iter()
            .for_each(|value| self::value(hash, value));
    }
}

/// As deep as the parser let it come.
fn value(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => object(hash, members),
        Value::Array(items) => {
            hash.update(b"[");
            hash.update((items.len() as u64).to_le_bytes());
            for item in items {
                self::value(hash, item);
            }
        }
        other => {
            hash.update(b"=");
            add(hash, other.to_string().as_bytes());
        }
    }
}

/// Remembers in this process.
#[derive(Default)]
struct Memory(Mutex<HashMap<Uuid, Instant>>);

impl Once for Memory {
    fn first(&self, nonce: Uuid, valid: Duration) -> BoxFuture<'_, bool> {
        let now = Instant::now();
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until > now);
        let first = used.insert(nonce, now + valid).is_none();
        Box::pin(std::future::ready(first))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::agents::Scopes;
    use guildhall_host::{Grants, Retention};
    use serde_json::json;

    fn agent(id: &str) -> Agent {
        Agent {
            id: id.to_owned(),
            name: "test".to_owned(),
            skills: None,
            grants: Grants::none(),
            retention: Retention::Full,
            locale: "en".to_owned(),
            scopes: Scopes::all(),
        }
    }

    fn arguments(value: Value) -> JsonObject {
        value.as_object().unwrap().clone()
    }

    fn waits() -> Carried {
        Carried::Waits {
            run: "0198.code".to_owned(),
        }
    }

    #[tokio::test]
    async fn it_is_good_once_for_its_agent_and_its_request() {
        let states = States::of_this_process().unwrap();
        let one = arguments(json!({"a": {"x": 1, "y": [1, 2]}, "b": "c"}));
        let same = arguments(json!({"b": "c", "a": {"y": [1, 2], "x": 1}}));
        let request = |arguments| Request {
            tool: "pay",
            arguments: Some(arguments),
        };
        let ann = agent("token:ann");
        let seal = || states.seal(&ann, &request(&one), waits()).unwrap();

        let sealed = seal();
        assert_eq!(
            states.open(&ann, &request(&same), &sealed).await,
            Ok(waits())
        );
        assert_eq!(
            states.open(&ann, &request(&same), &sealed).await,
            Err(NotValid)
        );

        let other = agent("token:bob");
        assert_eq!(
            states.open(&other, &request(&one), &seal()).await,
            Err(NotValid)
        );
        let different = [
            json!({}),
            json!({"a": {"x": 1, "y": [2, 1]}, "b": "c"}),
            json!({"a": {"x": "1", "y": [1, 2]}, "b": "c"}),
        ]
        .map(arguments);
        for different in &different {
            assert_eq!(
                states.open(&ann, &request(different), &seal()).await,
                Err(NotValid)
            );
        }
        let tool = Request {
            tool: "pays",
            ..request(&one)
        };
        assert_eq!(states.open(&ann, &tool, &seal()).await, Err(NotValid));
        let elsewhere = States::of_this_process().unwrap();
        assert_eq!(
            elsewhere.open(&ann, &request(&one), &seal()).await,
            Err(NotValid)
        );
        // An attempt that failed used nothing up.
        let sealed = seal();
        let _ = states.open(&other, &request(&one), &sealed).await;
        assert_eq!(
            states.open(&ann, &request(&one), &sealed).await,
            Ok(waits())
        );
    }

    #[tokio::test]
    async fn no_byte_of_it_can_be_changed() {
        let states = States::of_this_process().unwrap();
        let (ann, empty) = (agent("token:ann"), JsonObject::new());
        let request = Request {
            tool: "pay",
            arguments: Some(&empty),
        };
        let sealed = states.seal(&ann, &request, waits()).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            let byte = changed.get_mut(at).unwrap();
            *byte = if *byte == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character of a base64 text carries bits that mean nothing; what they are is not signed, but checked.
            assert_eq!(
                states.open(&ann, &request, &changed).await,
                Err(NotValid),
                "{at}"
            );
        }
        assert_eq!(states.open(&ann, &request, "").await, Err(NotValid));
    }
}
