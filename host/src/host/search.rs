//! Looking for runs.

use super::{Host, HostError};
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::journal::{RunPage, RunQuery, SkillUsage};

impl Host {
    /// Runs of a tenant that fit, newest first, page by page.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn search_runs(
        &self,
        tenant: &Tenant,
        query: &RunQuery,
    ) -> Result<RunPage, HostError> {
        self.inner.journal.expire(wall_clock_ms()).await?;
        Ok(self.inner.journal.search(tenant.as_str(), query).await?)
    }

    /// What the runs of a skill have used, by its name, over all its releases. Only runs that are kept count.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn skill_usage(&self, tenant: &Tenant, skill: &str) -> Result<SkillUsage, HostError> {
        Ok(self.inner.journal.usage_of(tenant.as_str(), skill).await?)
    }
}
