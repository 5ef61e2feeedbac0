//! The way from a person to the host. Nothing else in the console hands out a host that can decide: who has none of these
//! doors can't approve.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use guildhall_host::{AuditEntry, Courier, Host, HostError, RunFilter, RunId, RunStatus, Tenant};

use crate::approvals::decider::name_of;
use crate::people::Person;

/// Newest runs that are looked at for changes.
const LOOKED_AT: u32 = 50;

/// The host, for people only.
pub struct HostDoor(Host);

impl HostDoor {
    /// Puts a door before a host.
    #[must_use]
    pub const fn new(host: Host) -> Self {
        Self(host)
    }

    /// The host, for somebody who is there.
    #[must_use]
    pub const fn for_person(&self, _person: &Person) -> &Host {
        &self.0
    }

    /// For requests of the console itself.
    #[must_use]
    pub(crate) fn courier(&self) -> Courier {
        self.0.outgoing()
    }

    /// Entries of the audit log from a place on: what happened, in any process. It tells and decides nothing.
    pub(crate) async fn audit_since(
        &self,
        tenant: &Tenant,
        from: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, HostError> {
        let (entries, _) = self.0.audit_page(tenant, from, limit).await?;
        Ok(entries)
    }

    /// Writes into the log what the console changed of its own, and in whose name. It decides nothing.
    pub(crate) async fn note(&self, by: &Person, what: &str, about: &str) -> Result<(), HostError> {
        self.0
            .note(&Tenant::local(), &name_of(by), what, about)
            .await
    }

    /// How many there are.
    pub(crate) async fn audit_size(&self, tenant: &Tenant) -> Result<u64, HostError> {
        let (_, head) = self.0.audit_page(tenant, 0, 0).await?;
        Ok(head.entries)
    }

    /// Identifiers of runs that wait for a person.
    pub(crate) async fn waiting(&self, tenant: &Tenant) -> Result<HashSet<String>, HostError> {
        let waiting = self.0.pending(tenant).await?;
        Ok(waiting.into_iter().map(|one| one.invocation).collect())
    }

    /// Whether a run is over; none if there is no such run.
    pub(crate) async fn is_over(
        &self,
        tenant: &Tenant,
        run: &str,
    ) -> Result<Option<bool>, HostError> {
        let found = self.0.run(tenant, run).await?;
        Ok(found.map(|run| {
            !matches!(
                run.summary.status,
                RunStatus::Running | RunStatus::AwaitingApproval | RunStatus::Committing
            )
        }))
    }

    /// Whether a run that is not there may have been removed. It tells nothing else.
    pub(crate) async fn may_be_removed(
        &self,
        tenant: &Tenant,
        run: RunId,
    ) -> Result<bool, HostError> {
        self.0.may_be_removed(tenant, run).await
    }

    /// Whether everything was deleted since a time. It tells nothing else.
    pub(crate) async fn erased_since(
        &self,
        tenant: &Tenant,
        at_ms: i64,
    ) -> Result<bool, HostError> {
        let statements = self.0.erasures(tenant).await?;
        let key = self.0.receipt_key();
        Ok(statements.iter().any(|(_, statement)| {
            guildhall_host::read_erasure(statement, &[key])
                .is_ok_and(|erasure| erasure.done_at_ms >= at_ms)
        }))
    }

    /// A number that is another one when runs or approvals changed, also by another process. It tells nothing else.
    pub(crate) async fn shape(&self, tenant: &Tenant) -> Result<u64, HostError> {
        let mut hash = DefaultHasher::new();
        for waiting in self.0.pending(tenant).await? {
            waiting.invocation.hash(&mut hash);
        }
        let filter = RunFilter {
            status: None,
            limit: LOOKED_AT,
        };
        for run in self.0.runs(tenant, filter).await? {
            run.invocation.hash(&mut hash);
            format!("{:?}", run.status).hash(&mut hash);
        }
        Ok(hash.finish())
    }
}
