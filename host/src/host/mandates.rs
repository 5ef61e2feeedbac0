//! Standing mandates of a tenant.

use super::decide::new_mandate;
use super::{Host, HostError};
use crate::approvals::MandateTerms;
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::journal::MandateSummary;
use guildhall_package::Digest;

impl Host {
    /// Mandates of a tenant, newest first, with what is used of each.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn mandates(&self, tenant: &Tenant) -> Result<Vec<MandateSummary>, HostError> {
        Ok(self
            .inner
            .journal
            .mandates(tenant.as_str(), wall_clock_ms())
            .await?)
    }

    /// Gives a mandate to a skill, by its digest. Returns its identifier.
    ///
    /// # Errors
    /// If its terms can't be used, or the journal fails.
    pub async fn give_mandate(
        &self,
        tenant: &Tenant,
        skill: Digest,
        terms: MandateTerms,
        decider: &str,
        channel: &str,
    ) -> Result<String, HostError> {
        let now = wall_clock_ms();
        let new = new_mandate(skill, terms, now);
        let id = new.mandate.id.clone();
        self.inner
            .journal
            .add_mandate(
                tenant.as_str().to_owned(),
                new,
                decider.to_owned(),
                channel.to_owned(),
                now,
            )
            .await?;
        Ok(id)
    }

    /// Revokes a mandate. What it approved and has not been performed is void. `false` if none counts under this identifier.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn revoke_mandate(
        &self,
        tenant: &Tenant,
        id: &str,
        by: &str,
    ) -> Result<bool, HostError> {
        Ok(self
            .inner
            .journal
            .revoke_mandate(
                tenant.as_str().to_owned(),
                id.to_owned(),
                by.to_owned(),
                wall_clock_ms(),
            )
            .await?)
    }
}
