//! Secrets at rest: sealed under the store's key, bound to their tenant and name.

use super::db::{Row, query};
use super::{Journal, JournalError, audit};
use crate::secrets::{Binding, BoundSecret, NewSecret, SecretSummary};
use serde_json::json;
use zeroize::Zeroizing;

/// What a value is bound to: it does not open under another binding.
fn context(tenant: &str, name: &str, bound: Option<&Binding>) -> String {
    let bound = bound.map(|bound| (&bound.host, &bound.header, &bound.prefix));
    serde_json::json!(["secret", tenant, name, bound]).to_string()
}

impl Journal {
    /// Keeps a secret, in place of an older one of that name.
    pub(crate) async fn set_secret(
        &self,
        tenant: String,
        secret: NewSecret,
        now: i64,
    ) -> Result<(), JournalError> {
        let name = secret.name.to_string();
        let bound = secret.bound;
        let place = context(&tenant, &name, bound.as_ref());
        let value = self.sealing.seal(&place, &secret.value)?;
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let empty = String::new();
                    let (host, header, prefix) = match &bound {
                        Some(bound) => (&bound.host, &bound.header, &bound.prefix),
                        None => (&empty, &empty, &empty),
                    };
                    query(
                        "INSERT INTO secrets (tenant, name, host, header, prefix, value, created_at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)
                         ON CONFLICT (tenant, name) DO UPDATE SET host = excluded.host, header = excluded.header,
                             prefix = excluded.prefix, value = excluded.value, created_at = excluded.created_at",
                    )
                    .bind(&tenant)
                    .bind(&name)
                    .bind(host)
                    .bind(header)
                    .bind(prefix)
                    .bind(value)
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "secret": name, "host": host, "header": header });
                    audit::append(connection, &tenant, "secret-set", body, now).await
                })
            })
            .await
    }

    /// Forgets a secret; `false` if there was none.
    pub(crate) async fn remove_secret(
        &self,
        tenant: String,
        name: String,
        now: i64,
    ) -> Result<bool, JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let removed = query("DELETE FROM secrets WHERE tenant = $1 AND name = $2")
                        .bind(&tenant)
                        .bind(&name)
                        .execute(&mut *connection)
                        .await?
                        .rows_affected();
                    let body = json!({ "secret": name });
                    audit::append(connection, &tenant, "secret-removed", body, now).await?;
                    Ok(removed == 1)
                })
            })
            .await
    }

    /// A tenant's secrets, without their values.
    pub(crate) async fn secrets(&self, tenant: &str) -> Result<Vec<SecretSummary>, JournalError> {
        query("SELECT * FROM secrets WHERE tenant = $1 ORDER BY name")
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                Ok(SecretSummary {
                    name: row.try_get("name")?,
                    bound: binding(row)?,
                    created_at_ms: row.try_get("created_at")?,
                })
            })
            .collect()
    }

    /// A secret for the requests of a run; none if there is no such secret, or it is one of a channel.
    pub(crate) async fn bound_secret(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<BoundSecret>, JournalError> {
        let row = query("SELECT * FROM secrets WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(bound) = binding(&row)? else {
            return Ok(None);
        };
        let place = context(tenant, name, Some(&bound));
        let value = self
            .sealing
            .open(&place, &row.try_get::<String, _>("value")?)?;
        Ok(Some(BoundSecret {
            bound,
            value: Zeroizing::new(value),
        }))
    }

    /// The value of a secret, for a channel.
    pub(crate) async fn secret_value(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<Zeroizing<String>>, JournalError> {
        let row = query("SELECT * FROM secrets WHERE tenant = $1 AND name = $2")
            .bind(tenant)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            let sealed: String = row.try_get("value")?;
            Ok(Zeroizing::new(self.sealing.open(
                &context(tenant, name, binding(&row)?.as_ref()),
                &sealed,
            )?))
        })
        .transpose()
    }
}

fn binding(row: &Row) -> Result<Option<Binding>, JournalError> {
    let host: String = row.try_get("host")?;
    if host.is_empty() {
        return Ok(None);
    }
    Ok(Some(Binding {
        host,
        header: row.try_get("header")?,
        prefix: row.try_get("prefix")?,
    }))
}
