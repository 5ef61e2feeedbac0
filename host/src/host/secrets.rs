//! Secrets and channels of a tenant.

use super::{Host, HostError};
use crate::capabilities::messages::{ChannelConfig, Delivery, try_channel};
use crate::clock::wall_clock_ms;
use crate::invocation::Tenant;
use crate::secrets::{NewSecret, SecretSummary};
use guildhall_package::FolderName;
use serde_json::json;

impl Host {
    /// Keeps a secret, encrypted, in place of an older one of that name.
    ///
    /// # Errors
    /// If it can't be used as one, or the journal fails.
    pub async fn set_secret(&self, tenant: &Tenant, secret: NewSecret) -> Result<(), HostError> {
        secret.check()?;
        Ok(self
            .inner
            .journal
            .set_secret(tenant.as_str().to_owned(), secret, wall_clock_ms())
            .await?)
    }

    /// Forgets a secret; `false` if there was none.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn remove_secret(&self, tenant: &Tenant, name: &str) -> Result<bool, HostError> {
        Ok(self
            .inner
            .journal
            .remove_secret(tenant.as_str().to_owned(), name.to_owned(), wall_clock_ms())
            .await?)
    }

    /// Secrets of a tenant, without their values.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn secrets(&self, tenant: &Tenant) -> Result<Vec<SecretSummary>, HostError> {
        Ok(self.inner.journal.secrets(tenant.as_str()).await?)
    }

    /// Sets a channel for messages up, or changes it.
    ///
    /// # Errors
    /// If its address can't be used, or the journal fails.
    pub async fn set_channel(
        &self,
        tenant: &Tenant,
        name: &FolderName,
        config: ChannelConfig,
    ) -> Result<(), HostError> {
        let peers = self.inner.plain_peers.clone();
        config.check(&|host, port| {
            peers
                .iter()
                .any(|(peer, peer_port)| peer == host && *peer_port == port)
        })?;
        Ok(self
            .inner
            .journal
            .set_channel(
                tenant.as_str().to_owned(),
                name.to_string(),
                config,
                wall_clock_ms(),
            )
            .await?)
    }

    /// Takes a channel away; `false` if there was none. Messages that wait for it will fail.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn remove_channel(&self, tenant: &Tenant, name: &str) -> Result<bool, HostError> {
        Ok(self
            .inner
            .journal
            .remove_channel(tenant.as_str().to_owned(), name.to_owned(), wall_clock_ms())
            .await?)
    }

    /// Sends a test message by a channel, at once: its words are the host's own, and no skill can ask for it. The log says that it
    /// was tried.
    ///
    /// # Errors
    /// If the journal fails. What became of the message is the [`Delivery`].
    pub async fn try_channel(
        &self,
        tenant: &Tenant,
        name: &FolderName,
        recipient: &str,
    ) -> Result<Delivery, HostError> {
        let post = self.inner.executor.post();
        let delivery = try_channel(post, tenant.as_str(), name, recipient).await?;
        let body = json!({ "channel": name, "sent": matches!(delivery, Delivery::Sent { .. }) });
        let tenant = tenant.as_str().to_owned();
        let journal = &self.inner.journal;
        journal
            .note(tenant, "channel-tried", body, wall_clock_ms())
            .await?;
        Ok(delivery)
    }

    /// Channels of a tenant.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn channels(
        &self,
        tenant: &Tenant,
    ) -> Result<Vec<(String, ChannelConfig)>, HostError> {
        Ok(self.inner.journal.channels(tenant.as_str()).await?)
    }
}
