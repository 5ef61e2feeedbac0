//! Requests of the program that embeds the host: to chat services, to the webhooks that a merchant names.
//!
//! They go out by the rules that hold for skills (one look-up, public addresses or a named peer, TLS, caps), but nobody grants
//! them and no run records them. What tells them apart: no redirect is followed, a request may wait longer than a
//! skill's (for long polling), and its URL may itself be secret, so that none of it but scheme, host and port is ever told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use guildhall_package::authority::{Scheme, Target};
use zeroize::Zeroizing;

use super::config::EgressLimits;
use super::redirect::origin;
use super::send::Egress;
use super::{headers, refuse};
use crate::refusal::Refusal;
use crate::vault::redact;

/// Longest that one request may take.
const LONGEST: Duration = Duration::from_secs(90);

/// Sends requests of the program itself. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    egress: Arc<Egress>,
}

/// One request of the program itself.
#[derive(Clone)]
pub struct Errand {
    method: &'static str,
    url: Zeroizing<String>,
    headers: Vec<(String, String)>,
    body: Bytes,
    within: Option<Duration>,
    receive_at_most: Option<u64>,
    cuts: bool,
    hidden: Vec<Zeroizing<String>>,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status code. A redirect is one of them: it is not followed.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as received, with what [`Errand::hiding`] names taken out.
    pub body: Bytes,
}

/// Why an errand has no reply. Tells no part of the URL but scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// The URL, a header field or the body can't be sent; nothing was.
    #[error("{why} ({rule})")]
    NotSendable {
        /// Stable word for the rule.
        rule: String,
        /// One sentence.
        why: String,
    },
    /// Plain text to somewhere else than this machine; nothing was sent.
    #[error(
        "{place} does not begin with https://, so what is sent could be read on the way; use https, or name it as a \
         loopback peer if it runs on this machine"
    )]
    NotPrivate {
        /// Scheme, host and port.
        place: String,
    },
    /// It was sent, or tried, and no whole answer came.
    #[error("{why} ({rule})")]
    NoReply {
        /// Stable word for the rule.
        rule: String,
        /// One sentence.
        why: String,
        /// Whether the other side may have had the request.
        may_have_arrived: bool,
    },
}

impl CourierError {
    /// Whether the other side may have had the request, so that to send it again could do it twice.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(
            self,
            Self::NoReply {
                may_have_arrived: true,
                ..
            }
        )
    }
}

impl Errand {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url.into(), Bytes::new())
    }

    /// A POST of a body of this media type.
    pub fn post(url: impl Into<String>, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self::new("POST", url.into(), body.into()).header("content-type", media_type)
    }

    fn new(method: &'static str, url: String, body: Bytes) -> Self {
        Self {
            method,
            url: Zeroizing::new(url),
            headers: Vec::new(),
            body,
            within: None,
            receive_at_most: None,
            cuts: false,
            hidden: Vec::new(),
        }
    }

    /// Sends this header field too.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Gives the whole request this long, at most 90 s. Default: the host's limit for a request, 30 s.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time.min(LONGEST));
        self
    }

    /// Takes at most so many bytes of body. Default and most: the host's limit, 16 MiB.
    #[must_use]
    pub const fn receiving(mut self, bytes: u64) -> Self {
        self.receive_at_most = Some(bytes);
        self
    }

    /// Leaves what is behind the bytes that are taken, in place of refusing the answer: for who can use a part of it.
    #[must_use]
    pub const fn cutting(mut self) -> Self {
        self.cuts = true;
        self
    }

    /// Takes this secret out of whatever comes back, errors included.
    #[must_use]
    pub fn hiding(mut self, secret: &str) -> Self {
        self.hidden.push(Zeroizing::new(secret.to_owned()));
        self
    }

    fn conceal(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.concealed(text.as_bytes())).into_owned()
    }

    fn concealed(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for secret in &self.hidden {
            let (clean, found) = redact(&out, secret.as_bytes());
            if found > 0 {
                out = clean;
            }
        }
        out
    }
}

impl fmt::Debug for Errand {
    /// Neither URL nor header fields nor body: each may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errand({}, {} bytes, ..)", self.method, self.body.len())
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Courier(..)")
    }
}

impl Courier {
    pub(crate) const fn new(egress: Arc<Egress>) -> Self {
        Self { egress }
    }

    /// Says whether an errand could be sent to `url` as far as its form goes. Nothing is looked up or sent.
    ///
    /// # Errors
    /// [`CourierError::NotSendable`] and [`CourierError::NotPrivate`].
    pub fn check(&self, url: &str) -> Result<(), CourierError> {
        self.target("POST", url).map(|_| ())
    }

    /// Sends one request, once. Dropping the future closes the connection.
    ///
    /// # Errors
    /// If it can't be sent, or no whole answer came. An answer with an error status is a [`Reply`].
    pub async fn send(&self, errand: Errand) -> Result<Reply, CourierError> {
        let target = self.target(errand.method, &errand.url)?;
        let ours = self.egress.limits();
        let headers = headers::checked(&errand.headers, ours.max_header_bytes)
            .map_err(|refusal| not_sendable(&errand, &refusal))?;
        if errand.body.len() as u64 > ours.max_request_bytes {
            let refusal = refuse::body_too_large(errand.body.len(), ours.max_request_bytes);
            return Err(not_sendable(&errand, &refusal));
        }
        let limits = EgressLimits {
            total_timeout: errand.within.unwrap_or(ours.total_timeout),
            max_response_bytes: errand
                .receive_at_most
                .map_or(ours.max_response_bytes, |most| {
                    most.min(ours.max_response_bytes)
                }),
            ..ours
        };
        let place = origin(&target);
        let sent = self
            .egress
            .carry(target, headers, errand.body.clone(), (limits, errand.cuts))
            .await;
        match sent {
            Ok(response) => Ok(Reply {
                status: response.status,
                headers: response
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name, errand.conceal(&value)))
                    .collect(),
                body: errand.concealed(&response.body).into(),
            }),
            Err((refusal, may_have_arrived)) => Err(CourierError::NoReply {
                // The one error that names the whole request.
                why: if refusal.rule == "network.not-recorded" {
                    format!("there is no recorded answer of {place}")
                } else {
                    errand.conceal(&refusal.message)
                },
                rule: refusal.rule,
                may_have_arrived,
            }),
        }
    }

    fn target(&self, method: &str, url: &str) -> Result<Target, CourierError> {
        // What a parser says about a URL may quote it.
        let target = Target::parse(method, url).map_err(|error| CourierError::NotSendable {
            rule: error.rule.to_owned(),
            why: "the address can't be used; write it like https://api.example.com/path".to_owned(),
        })?;
        let private = target.scheme() == Scheme::Https
            || self.egress.peers().iter().any(|peer| peer.serves(&target));
        if private {
            Ok(target)
        } else {
            Err(CourierError::NotPrivate {
                place: origin(&target),
            })
        }
    }
}

fn not_sendable(errand: &Errand, refusal: &Refusal) -> CourierError {
    CourierError::NotSendable {
        rule: refusal.rule.clone(),
        why: errand.conceal(&refusal.message),
    }
}
