//! What the host says and does about what it has bought: how often it ran, and money that comes back.

use super::pay::key_of;
use super::{Host, HostError};
use crate::approvals::Trust;
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::journal::{NewRefund, Refunded};
use crate::money::Amount;
use serde::{Deserialize, Serialize};

/// Money that comes back for a payment of the host's own user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Account that was paid, in the host's book.
    pub payee: String,
    /// Document that was paid.
    pub document: String,
    /// Identifier of what says that it comes back. It is credited once, whoever asks how often.
    pub note: String,
    /// How much; positive, and no more than was paid.
    pub amount: Amount,
}

/// Where a refund went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "credited", rename_all = "kebab-case")]
pub enum Credited {
    /// To this account, by name.
    Now {
        /// The account that had paid.
        account: String,
    },
    /// To this account, by an earlier call with the same note.
    Before {
        /// The account that had paid.
        account: String,
    },
    /// Nowhere: this journal knows of no such payment, so that there is nothing to give back here. It may have been restored
    /// from a backup.
    NotPaidHere,
}

/// How often an installed skill ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCount {
    /// Runs whose guest began. At least 1 where runs of that time were removed from the journal: they may have been of this one.
    pub runs: u64,
    /// When the last one began, in milliseconds since the Unix epoch.
    pub last_ms: Option<i64>,
}

impl Host {
    /// Credits money that comes back to the account that had paid, from the one it was paid to.
    ///
    /// # Errors
    /// If more would come back than was paid, or the journal fails.
    pub async fn credit_refund(
        &self,
        tenant: &Tenant,
        refund: &Refund,
    ) -> Result<Credited, HostError> {
        let new = NewRefund {
            tenant: tenant.as_str().to_owned(),
            key: key_of(&refund.payee, &refund.document)?,
            note: refund.note.clone(),
            amount: refund.amount,
            now: wall_clock_ms(),
        };
        Ok(match self.inner.journal.refund(new).await? {
            Refunded::To {
                account,
                before: false,
            } => Credited::Now { account },
            Refunded::To {
                account,
                before: true,
            } => Credited::Before { account },
            Refunded::NotPaid => Credited::NotPaidHere,
        })
    }

    /// How often a skill from a marketplace ran since a time (milliseconds since the Unix epoch), whichever release of it.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn run_count(
        &self,
        tenant: &Tenant,
        name: &str,
        marketplace: &str,
        since_ms: i64,
    ) -> Result<RunCount, HostError> {
        let trust = Trust::SignedRelease {
            marketplace: marketplace.to_owned(),
        };
        let trust = serde_json::to_string(&trust)
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let counted = self
            .inner
            .journal
            .runs_of(tenant.as_str(), name, &trust, since_ms)
            .await?;
        Ok(RunCount {
            runs: counted.runs.max(u64::from(counted.pruned)),
            last_ms: counted.last_ms,
        })
    }

    /// The latest time at which something was recorded of a tenant, in milliseconds since the Unix epoch: a clock that shows less
    /// was set back. None before anything was.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn latest_time(&self, tenant: &Tenant) -> Result<Option<i64>, HostError> {
        Ok(self.inner.journal.latest(tenant.as_str()).await?)
    }
}
