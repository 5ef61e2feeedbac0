//! The contract's `network` interface.

use super::egress::{EgressFailure, EgressRequest, EgressResponse, HopFact};
use crate::capabilities::bindings::guildhall::skill::network;
use crate::capabilities::bindings::guildhall::skill::types;
use crate::capabilities::to_guest;
use crate::guest::{CallFacts, Guest, OpenCall, Opened, Recorded, Traffic};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use bytes::Bytes;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use serde_json::json;

impl network::Host for Guest {
    async fn send(
        &mut self,
        request: network::Request,
    ) -> wasmtime::Result<Result<network::Response, types::Refusal>> {
        let open = match self.open::<Answer>(describe(&request))? {
            Opened::Replayed(result) => {
                return Ok(result
                    .map(to_contract)
                    .map_err(|refusal| to_guest(&refusal)));
            }
            Opened::Live(open) => open,
        };
        let sent = self.send_checked(request, &open).await;
        let (result, hops) = match sent {
            Ok(response) => {
                // Within what was left, because the egress service was told to receive no more.
                self.record.usage.bytes_in += response.body.len() as u64;
                let answer = Answer {
                    status: response.status,
                    url: response.url,
                    headers: response.headers,
                    body: response.body,
                };
                (Ok(answer), response.hops)
            }
            Err(EgressFailure { refusal, hops }) => (Err(refusal), hops),
        };
        let traffic = self.account(&hops);
        Ok(self.close(open, result, traffic).map(to_contract))
    }
}

impl Guest {
    /// Limits first, then the durable intent of a live write, then the wire.
    async fn send_checked(
        &mut self,
        request: network::Request,
        open: &OpenCall,
    ) -> Result<EgressResponse, EgressFailure> {
        let refuse = |refusal| EgressFailure {
            refusal,
            hops: Vec::new(),
        };
        let headers: usize = request
            .headers
            .iter()
            .map(|header| header.name.len() + header.value.len() + 4)
            .sum();
        let leaving = (request.url.len() + request.body.len() + headers) as u64;
        self.record.check_bytes_out(leaving).map_err(refuse)?;
        if open.facts().class == CallClass::LiveWrite {
            // Checked before the intent is written, so that what is never sent leaves no open intent.
            self.check_live_write(&request).map_err(refuse)?;
            let sent = self.record.as_sent(open);
            self.journal
                .intend_live_write(self.run.clone(), sent)
                .await
                .map_err(|error| refuse(not_recorded(&error.to_string())))?;
        }
        let egress_request = EgressRequest {
            method: request.method,
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|header| (header.name, header.value))
                .collect(),
            body: request.body.into(),
            receive_at_most: Some(self.record.bytes_in_left()),
            secrets: self.secrets.clone(),
        };
        let authority = self.authority.clone();
        self.egress
            .send(egress_request, &move |target| authority.network(target))
            .await
    }

    fn check_live_write(&self, request: &network::Request) -> Result<(), Refusal> {
        let target = guildhall_package::Target::parse(&request.method, &request.url)
            .map_err(|error| super::egress::invalid_target(&error))?;
        self.authority.network(&target)
    }

    /// Counts what really went over the wire.
    fn account(&mut self, hops: &[HopFact]) -> Traffic {
        for hop in hops.iter().filter(|hop| hop.sent_bytes > 0) {
            self.record.note_contact(format!(
                "{} {}:{}",
                hop.method,
                plain(&hop.host, 253),
                hop.port
            ));
            self.record.note_sent(hop);
        }
        let traffic = Traffic {
            bytes_in: hops.iter().map(|hop| hop.received_bytes).sum(),
            bytes_out: hops.iter().map(|hop| hop.sent_bytes).sum(),
        };
        self.record.usage.bytes_out += traffic.bytes_out;
        traffic
    }
}

/// One whole answer, as it is recorded: a line of JSON for status, URL and header, then the body as received.
struct Answer {
    status: u16,
    url: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

#[derive(Serialize, Deserialize)]
struct AnswerHead {
    status: u16,
    url: String,
    headers: Vec<(String, String)>,
}

impl Recorded for Answer {
    fn to_record(&self) -> Vec<u8> {
        let head = json!({ "status": self.status, "url": self.url, "headers": self.headers });
        let mut bytes = head.to_string().into_bytes();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn from_record(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let head: AnswerHead = serde_json::from_slice(bytes.get(..end)?).ok()?;
        Some(Self {
            status: head.status,
            url: head.url,
            headers: head.headers,
            body: Bytes::copy_from_slice(bytes.get(end + 1..)?),
        })
    }
}

fn not_recorded(why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "network.intent-not-recorded",
        format!("the write was not sent, because its intent could not be recorded first: {why}"),
    )
    .with_fix("`guildhall doctor` checks the state folder")
}

#[derive(Serialize)]
struct RequestRecord<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body_bytes: usize,
    body_digest: String,
}

/// A request as a call. The body is recorded by digest: it may be bulk.
fn describe(request: &network::Request) -> CallFacts {
    let class = match request.method.as_str() {
        "GET" | "HEAD" => CallClass::Read,
        _ => CallClass::LiveWrite,
    };
    let record = RequestRecord {
        method: &request.method,
        url: &request.url,
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.as_str(), header.value.as_str()))
            .collect(),
        body_bytes: request.body.len(),
        body_digest: guildhall_package::Digest::of(&request.body).to_string(),
    };
    CallFacts {
        interface: "network",
        function: "send",
        class,
        summary: format!(
            "{} {}",
            plain(&request.method, 16),
            plain(&request.url, 300)
        ),
        request: serde_json::to_vec(&record).unwrap_or_default(),
    }
}

fn to_contract(response: Answer) -> network::Response {
    network::Response {
        status: response.status,
        url: response.url,
        headers: response
            .headers
            .into_iter()
            .map(|(name, value)| network::Header { name, value })
            .collect(),
        body: response.body.into(),
    }
}
