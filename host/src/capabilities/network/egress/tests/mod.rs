//! Against servers on loopback that behave, and servers that do not.

mod address;
mod courier;
mod environment;
mod headers;
mod limits;
mod live_writes;
mod peers;
mod redirects;
mod requests;
mod resolving;
mod server;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use guildhall_package::authority::Target;

use super::{Egress, EgressConfig, EgressFailure, EgressLimits, EgressRequest, EgressResponse};
use crate::refusal::{AuthoritySet, Refusal};
use server::Server;

/// Limits that make a failing test end soon.
fn quick() -> EgressLimits {
    EgressLimits {
        connect_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(5),
        ..EgressLimits::default()
    }
}

/// Egress that knows `server` as each of `hosts`, port 80, and nothing else.
fn egress_to(server: &Server, hosts: &[&str], limits: EgressLimits) -> Egress {
    let peers = hosts
        .iter()
        .map(|host| {
            format!("http://{host}:80={}", server.address)
                .parse()
                .unwrap()
        })
        .collect();
    Egress::with_resolver(
        &EgressConfig { limits, peers },
        Arc::new(resolving::Nothing),
    )
    .unwrap()
}

fn request(method: &str, url: &str) -> EgressRequest {
    EgressRequest {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        receive_at_most: None,
        secrets: Vec::new(),
    }
}

#[allow(clippy::unnecessary_wraps)]
fn anything(_: &Target) -> Result<(), Refusal> {
    Ok(())
}

/// Grants one host only.
fn only(host: &'static str) -> impl Fn(&Target) -> Result<(), Refusal> + Sync {
    move |target| {
        if target.host() == host {
            return Ok(());
        }
        Err(Refusal::denied(
            AuthoritySet::Grants,
            "network.not-granted",
            format!("{} is not granted", target.host()),
        ))
    }
}

async fn get(egress: &Egress, url: &str) -> Result<EgressResponse, EgressFailure> {
    egress.send(request("GET", url), &anything).await
}

#[track_caller]
fn rule(outcome: Result<EgressResponse, EgressFailure>) -> String {
    outcome.expect_err("a refusal").refusal.rule
}
