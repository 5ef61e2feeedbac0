//! The contract's `network` interface.

use super::egress::{EgressFailure, EgressRequest, EgressResponse, HopFact};
use crate::capabilities::bindings::guildhall::skill::network;
use crate::capabilities::bindings::guildhall::skill::types;
use crate::capabilities::{to_guest, trap};
use crate::guest::{CallFacts, Guest, OpenCall};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::text::plain;
use serde::Serialize;

impl network::Host for Guest {
    async fn send(
        &mut self,
        request: network::Request,
    ) -> wasmtime::Result<Result<network::Response, types::Refusal>> {
        let open = self.record.begin().map_err(trap)?;
        let (class, facts) = describe(&request);
        let facts = CallFacts {
            class,
            request: facts,
            interface: "network",
            function: "send",
            summary: format!(
                "{} {}",
                plain(&request.method, 16),
                plain(&request.url, 300)
            ),
            response: Vec::new(),
            bytes_in: 0,
            bytes_out: 0,
        };
        match self.send_checked(request, &open, &facts).await {
            Ok(response) => {
                let facts = self.account(facts, &response.hops, Some(&response));
                self.record.end(open, facts, None);
                Ok(Ok(to_contract(response)))
            }
            Err(EgressFailure { refusal, hops }) => {
                let facts = self.account(facts, &hops, None);
                let answer = to_guest(&refusal);
                self.record.end(open, facts, Some(&refusal));
                Ok(Err(answer))
            }
        }
    }
}

impl Guest {
    /// Limits first, then the durable intent of a live write, then the wire.
    async fn send_checked(
        &mut self,
        request: network::Request,
        open: &OpenCall,
        facts: &CallFacts,
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
        if facts.class == CallClass::LiveWrite {
            // Checked before the intent is written, so that what is never sent leaves no open intent.
            self.check_live_write(&request).map_err(refuse)?;
            let sent = self.record.as_sent(open, facts);
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

    /// Counts what really went over the wire and completes the call's facts.
    fn account(
        &mut self,
        mut facts: CallFacts,
        hops: &[HopFact],
        response: Option<&EgressResponse>,
    ) -> CallFacts {
        for hop in hops.iter().filter(|hop| hop.sent_bytes > 0) {
            self.record.note_contact(format!(
                "{} {}:{}",
                hop.method,
                plain(&hop.host, 253),
                hop.port
            ));
        }
        facts.bytes_out = hops.iter().map(|hop| hop.sent_bytes).sum();
        self.record.usage.bytes_out += facts.bytes_out;
        facts.bytes_in = hops.iter().map(|hop| hop.received_bytes).sum();
        if let Some(response) = response {
            // Within what was left, because the egress service was told to receive no more.
            self.record.usage.bytes_in += response.body.len() as u64;
            facts.response = encode(response);
        }
        facts
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

/// Class and record of a request. The body is recorded by digest: a secret may be in it.
fn describe(request: &network::Request) -> (CallClass, Vec<u8>) {
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
    (class, serde_json::to_vec(&record).unwrap_or_default())
}

/// One line of JSON for status, URL and header, then the body as received.
fn encode(response: &EgressResponse) -> Vec<u8> {
    let head = serde_json::json!({
        "status": response.status,
        "url": response.url,
        "headers": response.headers,
    });
    let mut bytes = head.to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(&response.body);
    bytes
}

fn to_contract(response: EgressResponse) -> network::Response {
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
