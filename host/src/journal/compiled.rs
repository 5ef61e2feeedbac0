//! Which machine code each component was compiled to here. What is loaded from disk has to be exactly that.

use super::bound::COMPILED;
use super::db::query;
use super::{Journal, JournalError, parse_digest};
use guildhall_package::Digest;

impl Journal {
    /// Digest of the artefact that was compiled for a component, if any.
    pub(crate) async fn compiled(
        &self,
        engine: &str,
        digest: Digest,
    ) -> Result<Option<Digest>, JournalError> {
        let row = query("SELECT * FROM compiled WHERE engine = $1 AND digest = $2")
            .bind(engine)
            .bind(digest.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            COMPILED.check(&self.sealing, &row)?;
            parse_digest(row.try_get("artefact")?)
        })
        .transpose()
    }

    /// Records the digest of a compiled artefact.
    pub(crate) async fn record_compiled(
        &self,
        engine: &str,
        digest: Digest,
        artefact: Digest,
    ) -> Result<(), JournalError> {
        let (engine, digest) = (engine.to_owned(), digest.to_string());
        let artefact = artefact.to_string();
        let cells = [(&engine).into(), (&digest).into(), (&artefact).into()];
        let mac = COMPILED.mac(&self.sealing, &cells);
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    query(
                        "INSERT INTO compiled (engine, digest, artefact, mac) VALUES ($1, $2, $3, $4)
                         ON CONFLICT (engine, digest) DO UPDATE SET artefact = excluded.artefact, mac = excluded.mac",
                    )
                    .bind(engine)
                    .bind(digest)
                    .bind(artefact)
                    .bind(mac)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}
