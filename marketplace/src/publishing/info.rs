//! A publish as it is told.

use guildhall_package::market::PublishInfo;

use crate::clock::wire;
use crate::store::publishes::Publish;

/// What is told of a publish.
#[must_use]
pub fn info(publish: &Publish) -> PublishInfo {
    PublishInfo {
        id: publish.id.clone(),
        name: publish.name.clone(),
        version: publish.version.clone(),
        release: publish.release,
        component: publish.component,
        golden: publish.golden,
        state: publish.state,
        by: publish.account.clone(),
        staged: wire(publish.staged),
        changed: wire(publish.changed),
        findings: publish.findings.clone(),
        wider: publish.wider.clone(),
        reason: publish.reason.clone(),
        log_index: publish.log_index.map(wire),
    }
}
