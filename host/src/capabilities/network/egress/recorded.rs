//! Answers from a recording, for golden cases: no socket, no name look-up.

use bytes::Bytes;
use futures::future::BoxFuture;
use guildhall_package::authority::{Target, TargetError};

use super::transport::{EgressError, Hop, HopResponse, Transport};

/// A transport that answers listed requests and calls everything else unavailable. Limits apply as on the wire.
#[derive(Debug, Clone, Default)]
pub struct RecordedTransport {
    answers: Vec<(Target, HopResponse)>,
}

impl RecordedTransport {
    /// An empty recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `method` to `url` with `response`. A later answer to the same request replaces an earlier one.
    ///
    /// # Errors
    /// If no skill could send that request.
    pub fn answer(
        mut self,
        method: &str,
        url: &str,
        response: HopResponse,
    ) -> Result<Self, TargetError> {
        let target = Target::parse(method, url)?;
        let headers = response
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let response = HopResponse {
            headers,
            ..response
        };
        match self.answers.iter_mut().find(|(known, _)| *known == target) {
            Some((_, known)) => *known = response,
            None => self.answers.push((target, response)),
        }
        Ok(self)
    }

    fn find(&self, hop: &Hop) -> Result<HopResponse, EgressError> {
        let Some((_, response)) = self
            .answers
            .iter()
            .find(|(target, _)| *target == hop.target)
        else {
            return Err(EgressError::NotRecorded {
                request: format!("{} {}", hop.target.method(), hop.target.url()),
            });
        };
        hop.meter.add_sent(hop.body.len() as u64);
        let size = response.body.len() as u64;
        hop.meter.add_received(size);
        if size > hop.limits.max_response_bytes && !hop.cuts {
            return Err(EgressError::ResponseTooLarge {
                host: hop.target.host().to_owned(),
                limit: hop.limits.max_response_bytes,
            });
        }
        let mut response = response.clone();
        response
            .body
            .truncate(usize::try_from(hop.limits.max_response_bytes).unwrap_or(usize::MAX));
        Ok(response)
    }
}

impl Transport for RecordedTransport {
    fn send(&self, hop: Hop) -> BoxFuture<'_, Result<HopResponse, EgressError>> {
        let answer = self.find(&hop);
        Box::pin(async move { answer })
    }
}

impl HopResponse {
    /// A response with status 200 and this body.
    #[must_use]
    pub fn ok(body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }
}
