//! One request of a skill, from its text to the answer: read, authorise, check, send, follow.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_package::authority::{Method, Target};
use tokio::time::Instant;

use crate::refusal::Refusal;
use crate::secrets::BoundSecret;

use super::config::{EgressConfig, EgressLimits};
use super::http::HttpTransport;
use super::peer::LoopbackPeer;
use super::resolve::{Resolver, SystemResolver};
use super::tls::TlsSetupError;
use super::transport::{EgressError, Hop, HopResponse, MailStream, Meter, Transport};
use super::{headers, redirect, refuse};

/// Says whether a request is within the authority of the invocation. It is asked for the request itself and again
/// for the target of each redirect.
pub type Authorise<'a> = &'a (dyn Fn(&Target) -> Result<(), Refusal> + Sync);

/// The one way out of the host.
#[derive(Clone)]
pub struct Egress {
    limits: EgressLimits,
    transport: Arc<dyn Transport>,
    /// Places on this machine, the only ones for which requests of the program may go without TLS.
    peers: Arc<[LoopbackPeer]>,
}

/// What a skill asks for.
#[derive(Debug, Clone)]
pub struct EgressRequest {
    /// Method in upper case.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body; empty for GET and HEAD.
    pub body: Bytes,
    /// What the invocation may still receive, in bytes of body; `None` leaves it at the host's own limit.
    pub receive_at_most: Option<u64>,
    /// Secrets of the invocation: each goes to its one host, and to no other.
    pub secrets: Vec<BoundSecret>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressResponse {
    /// Status code.
    pub status: u16,
    /// URL that answered, after redirects.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as received.
    pub body: Bytes,
    /// Every request that was made for it, in order.
    pub hops: Vec<HopFact>,
}

/// No answer: why, and what was done nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct EgressFailure {
    /// The refusal for the guest.
    pub refusal: Refusal,
    /// Every request that was made or tried, in order. Empty if nothing was.
    pub hops: Vec<HopFact>,
}

impl From<EgressFailure> for Refusal {
    fn from(failure: EgressFailure) -> Self {
        failure.refusal
    }
}

/// One request as it was made, for the journal and the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HopFact {
    /// Method.
    pub method: Method,
    /// URL as sent, with its query: what a GET carries out is in here.
    pub url: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Bytes of HTTP sent, header included. 0 if no connection came about.
    pub sent_bytes: u64,
    /// Bytes of HTTP received, header included.
    pub received_bytes: u64,
}

impl Egress {
    /// Egress to the network, with the operating system's resolver.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(config: &EgressConfig) -> Result<Self, TlsSetupError> {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    /// Egress to the network, with another resolver.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn with_resolver(
        config: &EgressConfig,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, TlsSetupError> {
        let transport = HttpTransport::new(config, resolver)?;
        Ok(Self::with_transport(config.limits, Arc::new(transport)).naming(&config.peers))
    }

    /// Egress over another transport, such as a recording.
    #[must_use]
    pub fn with_transport(limits: EgressLimits, transport: Arc<dyn Transport>) -> Self {
        Self {
            limits,
            transport,
            peers: Arc::from([]),
        }
    }

    /// The same, with these peers.
    #[must_use]
    pub fn naming(mut self, peers: &[LoopbackPeer]) -> Self {
        self.peers = Arc::from(peers);
        self
    }

    /// Peers on this machine.
    pub(super) fn peers(&self) -> &[LoopbackPeer] {
        &self.peers
    }

    /// Performs `request`. GET and HEAD follow redirects; the answer to a live write is returned as it comes.
    /// Dropping the future closes the connection.
    ///
    /// # Errors
    /// What `authorise` refuses, what the rules and limits of this service refuse (`network.…`), and what goes wrong
    /// on the way. Rule `network.outcome-unknown` is a live write that may have taken effect; after any other rule
    /// it has not.
    pub async fn send(
        &self,
        request: EgressRequest,
        authorise: Authorise<'_>,
    ) -> Result<EgressResponse, EgressFailure> {
        let mut hops = Vec::new();
        match self.follow(request, authorise, &mut hops).await {
            Ok((target, response)) => Ok(EgressResponse {
                status: response.status,
                url: target.url().to_string(),
                headers: response.headers,
                body: response.body,
                hops,
            }),
            Err(refusal) => Err(EgressFailure { refusal, hops }),
        }
    }

    async fn follow(
        &self,
        request: EgressRequest,
        authorise: Authorise<'_>,
        hops: &mut Vec<HopFact>,
    ) -> Result<(Target, HopResponse), Refusal> {
        let first = Target::parse(&request.method, &request.url)
            .map_err(|error| refuse::invalid_target(&error))?;
        authorise(&first)?;
        let mut headers = headers::checked(&request.headers, self.limits.max_header_bytes)?;
        self.check_body(&first, &request.body)?;
        let limits = EgressLimits {
            max_response_bytes: request
                .receive_at_most
                .map_or(self.limits.max_response_bytes, |left| {
                    left.min(self.limits.max_response_bytes)
                }),
            ..self.limits
        };
        let deadline = Instant::now() + limits.total_timeout;
        let mut target = first.clone();
        let mut seen = vec![first.clone()];
        loop {
            let hop = Hop {
                target: target.clone(),
                headers: with_secrets(&headers, &target, &request.secrets),
                body: request.body.clone(),
                follows_redirects: target.method().is_read(),
                limits,
                cuts: false,
                meter: Arc::new(Meter::default()),
            };
            let mut response = self.one_hop(hop, deadline, hops).await?;
            for secret in &request.secrets {
                secret.redact(&mut response.headers, &mut response.body);
            }
            if !target.method().is_read() {
                return Ok((target, response));
            }
            let Some(next) = redirect::next(&target, &response) else {
                return Ok((target, response));
            };
            let next = next?;
            if seen.contains(&next) {
                return Err(redirect::in_a_loop(&first));
            }
            if seen.len() > limits.max_redirects {
                return Err(redirect::too_many(&first, limits.max_redirects));
            }
            authorise(&next).map_err(|inner| redirect::not_authorised(&target, &next, inner))?;
            if !redirect::same_origin(&target, &next) {
                headers::keep_carried(&mut headers);
            }
            seen.push(next.clone());
            target = next;
        }
    }

    /// Sends one webhook of the host itself, to the URL that the merchant has set up. No redirect is followed.
    ///
    /// # Errors
    /// If there is no answer; the second part says whether the receiver may have had the request.
    pub async fn post_webhook(
        &self,
        url: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
    ) -> Result<HopResponse, (String, bool)> {
        let target = Target::parse("POST", url).map_err(|error| (error.to_string(), false))?;
        let mut all = headers::checked(&[], self.limits.max_header_bytes)
            .map_err(|refusal| (refusal.to_string(), false))?;
        all.extend(headers);
        self.carry(target, all, body, (self.limits, false))
            .await
            .map_err(|(refusal, begun)| (refusal.message, begun))
    }

    /// Sends one request that was checked elsewhere, within these limits; `cuts` says whether a body over them is cut off, in
    /// place of being refused. No redirect is followed.
    ///
    /// # Errors
    /// If there is no answer; the second part says whether the receiver may have had the request.
    pub(super) async fn carry(
        &self,
        target: Target,
        headers: Vec<(String, String)>,
        body: Bytes,
        (limits, cuts): (EgressLimits, bool),
    ) -> Result<HopResponse, (Refusal, bool)> {
        let meter = Arc::new(Meter::default());
        let hop = Hop {
            target,
            headers,
            body,
            follows_redirects: false,
            limits,
            cuts,
            meter: Arc::clone(&meter),
        };
        let deadline = Instant::now() + limits.total_timeout;
        self.one_hop(hop, deadline, &mut Vec::new())
            .await
            .map_err(|refusal| (refusal, meter.begun()))
    }

    /// Limits of each request.
    pub(super) const fn limits(&self) -> EgressLimits {
        self.limits
    }

    /// Opens a connection to a mail server that the merchant has set up, by the same rules as every other.
    ///
    /// # Errors
    /// If it can't be reached, in a sentence.
    pub async fn mail_stream(
        &self,
        host: &str,
        port: u16,
        tls: bool,
    ) -> Result<MailStream, String> {
        let connecting = self.transport.connect_mail(host.to_owned(), port, tls);
        tokio::time::timeout(self.limits.connect_timeout, connecting)
            .await
            .map_err(|_| format!("{host} did not accept a connection in time"))?
            .map_err(|error| error.to_string())
    }

    fn check_body(&self, target: &Target, body: &Bytes) -> Result<(), Refusal> {
        if target.method().is_read() && !body.is_empty() {
            return Err(refuse::body_not_allowed(target));
        }
        let limit = self.limits.max_request_bytes;
        if body.len() as u64 > limit {
            return Err(refuse::body_too_large(body.len(), limit));
        }
        Ok(())
    }

    /// One hop within `deadline`; what it did is noted however it ends.
    async fn one_hop(
        &self,
        hop: Hop,
        deadline: Instant,
        hops: &mut Vec<HopFact>,
    ) -> Result<HopResponse, Refusal> {
        let target = hop.target.clone();
        let meter = Arc::clone(&hop.meter);
        let limit = hop.limits.total_timeout;
        let outcome = tokio::time::timeout_at(deadline, self.transport.send(hop))
            .await
            .unwrap_or_else(|_| {
                Err(EgressError::Timeout {
                    host: target.host().to_owned(),
                    what: "answer in full",
                    limit,
                })
            });
        hops.push(HopFact {
            method: target.method(),
            url: target.url().to_string(),
            host: target.host().to_owned(),
            port: target.port(),
            sent_bytes: meter.sent(),
            received_bytes: meter.received(),
        });
        outcome.map_err(|error| {
            if meter.begun() && !target.method().is_read() {
                refuse::outcome_unknown(&target, &error)
            } else {
                refuse::failed(&target, &error)
            }
        })
    }
}

/// The fields of one hop: those of the request, with the secrets that are bound to its target in the place of what the skill
/// may have set there.
fn with_secrets(
    headers: &[(String, String)],
    target: &Target,
    secrets: &[BoundSecret],
) -> Vec<(String, String)> {
    let mut all = headers.to_vec();
    for (name, value) in secrets
        .iter()
        .filter_map(|secret| secret.header_for(target))
    {
        all.retain(|(other, _)| *other != name);
        all.push((name, value));
    }
    all
}
