//! Channels that a merchant has set up for messages.

use super::bound::CHANNELS;
use super::db::{Connection, Row, query};
use super::{Journal, JournalError, Sealing, audit};
use crate::capabilities::messages::ChannelConfig;
use crate::effects::Message;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::text::plain;
use serde_json::json;

impl Journal {
    /// Sets a channel up, or changes it.
    pub(crate) async fn set_channel(
        &self,
        tenant: String,
        name: String,
        config: ChannelConfig,
        now: i64,
    ) -> Result<(), JournalError> {
        let text = serde_json::to_string(&config)?;
        let cells = [(&tenant).into(), (&name).into(), (&text).into()];
        let mac = CHANNELS.mac(&self.sealing, &cells);
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    query(
                        "INSERT INTO channels (tenant, name, config, created_at, mac) VALUES ($1, $2, $3, $4, $5)
                         ON CONFLICT (tenant, name) DO UPDATE SET config = excluded.config, mac = excluded.mac",
                    )
                    .bind(&tenant)
                    .bind(&name)
                    .bind(&text)
                    .bind(now)
                    .bind(mac)
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "channel": name, "config": config });
                    audit::append(connection, &tenant, "channel-set", body, now).await
                })
            })
            .await
    }

    /// Takes a channel away; `false` if there was none.
    pub(crate) async fn remove_channel(
        &self,
        tenant: String,
        name: String,
        now: i64,
    ) -> Result<bool, JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let removed = query("DELETE FROM channels WHERE tenant = $1 AND name = $2")
                        .bind(&tenant)
                        .bind(&name)
                        .execute(&mut *connection)
                        .await?
                        .rows_affected();
                    let body = json!({ "channel": name });
                    audit::append(connection, &tenant, "channel-removed", body, now).await?;
                    Ok(removed == 1)
                })
            })
            .await
    }

    /// One channel.
    pub(crate) async fn channel(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<ChannelConfig>, JournalError> {
        let row = query("SELECT * FROM channels WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| config_of(&self.sealing, &row)).transpose()
    }

    /// Every channel of a tenant, by name.
    pub(crate) async fn channels(
        &self,
        tenant: &str,
    ) -> Result<Vec<(String, ChannelConfig)>, JournalError> {
        query("SELECT * FROM channels WHERE tenant = $1 ORDER BY name")
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("name")?, config_of(&self.sealing, row)?)))
            .collect()
    }
}

/// Whether a message would go elsewhere than where the card said. That a channel is gone is told when it is used.
pub(super) async fn leads_elsewhere(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    message: &Message,
) -> Result<Option<Refusal>, JournalError> {
    let Some(route) = &message.through else {
        return Ok(None);
    };
    let row = query("SELECT * FROM channels WHERE tenant = $1 AND name = $2")
        .bind(tenant)
        .bind(&message.channel)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    if config_of(sealing, &row)?.route()?.config == route.config {
        return Ok(None);
    }
    let (name, address) = (plain(&message.channel, 64), plain(&route.address, 200));
    let why = format!(
        "the channel `{name}` was changed after the card said that this message goes to {address}"
    );
    let refusal = Refusal::new(RefusalKind::Conflict, "messages.channel-changed", why)
        .with_fix("run the skill again, and look where its message goes");
    Ok(Some(refusal))
}

fn config_of(sealing: &Sealing, row: &Row) -> Result<ChannelConfig, JournalError> {
    CHANNELS.check(sealing, row)?;
    Ok(serde_json::from_str(&row.try_get::<String, _>("config")?)?)
}
