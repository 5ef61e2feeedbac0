//! Rows of publishes. Every change of state names the state before it, so that of two who try one wins.

use guildhall_package::market::PublishState;
use guildhall_package::market::authority::Wider;
use guildhall_package::market::review::Finding;
use guildhall_package::trust::release::oci::Descriptor;
use guildhall_package::{Digest, FolderName, SkillName};
use semver::Version;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, json, parsed, parsed_option};
use crate::facts::Facts;

/// A publish, and the release that it becomes.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Its name in the API.
    pub id: String,
    /// The skill.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// Digest of the image manifest.
    pub release: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Length of the component in bytes.
    pub bytes: i64,
    /// Length of the image manifest in bytes.
    pub manifest_bytes: i64,
    /// Digest of the OCI config.
    pub config: Digest,
    /// Digest of the golden cases.
    pub golden: Option<Digest>,
    /// Digest of the publisher statement.
    pub statement: Digest,
    /// Id of the key that signed it.
    pub key: String,
    /// What bytes and manifest say.
    pub facts: Facts,
    /// Who uploaded it.
    pub account: FolderName,
    /// Where it stands.
    pub state: PublishState,
    /// When it was staged.
    pub staged: i64,
    /// When its state changed last.
    pub changed: i64,
    /// Digest of the review report.
    pub report: Option<Digest>,
    /// What the review found.
    pub findings: Vec<Finding>,
    /// What it may do and its predecessor may not.
    pub wider: Vec<Wider>,
    /// What happened, for `errored` and decisions.
    pub reason: Option<String>,
    /// Whose decision let it pass.
    pub decided_by: Option<FolderName>,
    /// Digest of the review statement.
    pub review: Option<Digest>,
    /// What is attached to the release.
    pub referrers: Vec<Attached>,
    /// Place in the log.
    pub log_index: Option<i64>,
    /// When it was yanked.
    pub yanked: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

/// A manifest that attaches something to a release, and what it attaches.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Attached {
    /// The manifest, as an index names it.
    pub manifest: Descriptor,
    /// Digest of what it attaches.
    pub blob: Digest,
}

/// What makes a release of a publish that passed: stored before it passes.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// Digest of the review statement.
    pub review: Option<Digest>,
    /// What is attached.
    pub referrers: Vec<Attached>,
}

/// What comes of a review or a decision.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Digest of the report.
    pub report: Option<Digest>,
    /// What it found.
    pub findings: Vec<Finding>,
    /// What is wider.
    pub wider: Vec<Wider>,
    /// A sentence.
    pub reason: Option<String>,
    /// For one that passed.
    pub signed: Signed,
}

fn read(row: &AnyRow) -> Result<Publish, StoreError> {
    let state: String = column(row, "state")?;
    Ok(Publish {
        id: column(row, "id")?,
        name: SkillName {
            publisher: parsed(row, "publisher")?,
            skill: parsed(row, "skill")?,
        },
        version: parsed(row, "version")?,
        release: parsed(row, "release")?,
        component: parsed(row, "component")?,
        bytes: column(row, "bytes")?,
        manifest_bytes: column(row, "manifest_bytes")?,
        config: parsed(row, "config")?,
        golden: parsed_option(row, "golden")?,
        statement: parsed(row, "statement")?,
        key: column(row, "key")?,
        facts: json(row, "facts")?,
        account: parsed(row, "account")?,
        state: state
            .parse()
            .map_err(|_| StoreError::Corrupt(format!("column state: `{state}`")))?,
        staged: column(row, "staged")?,
        changed: column(row, "changed")?,
        report: parsed_option(row, "report")?,
        findings: json(row, "findings")?,
        wider: json(row, "wider")?,
        reason: column(row, "reason")?,
        decided_by: parsed_option(row, "decided_by")?,
        review: parsed_option(row, "review")?,
        referrers: json(row, "referrers")?,
        log_index: column(row, "log_index")?,
        yanked: column(row, "yanked")?,
        revoked: column(row, "revoked")?,
    })
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Stages a publish. False: its version is taken by another one, or the same release is there.
pub async fn insert(db: &mut AnyConnection, new: &Publish) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO publishes (id, publisher, skill, version, release, component, bytes, config, golden, statement, \
         key, facts, account, state, staged, changed, findings, wider, referrers, manifest_bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, '[]', '[]', '[]', $16) \
         ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.name.publisher.as_str())
    .bind(new.name.skill.as_str())
    .bind(new.version.to_string())
    .bind(new.release.to_string())
    .bind(new.component.to_string())
    .bind(new.bytes)
    .bind(new.config.to_string())
    .bind(new.golden.map(|digest| digest.to_string()))
    .bind(new.statement.to_string())
    .bind(new.key.as_str())
    .bind(text(&new.facts)?)
    .bind(new.account.as_str())
    .bind(PublishState::Staged.as_str())
    .bind(new.staged)
    .bind(new.manifest_bytes)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The publish with this id.
pub async fn get(db: &mut AnyConnection, id: &str) -> Result<Option<Publish>, StoreError> {
    let row = sqlx::query("SELECT * FROM publishes WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The publish of this release.
pub async fn of_release(
    db: &mut AnyConnection,
    release: &Digest,
) -> Result<Option<Publish>, StoreError> {
    let row = sqlx::query("SELECT * FROM publishes WHERE release = $1")
        .bind(release.to_string())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The publish that keeps a version from being published again.
pub async fn of_version(
    db: &mut AnyConnection,
    name: &SkillName,
    version: &Version,
) -> Result<Option<Publish>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM publishes WHERE publisher = $1 AND skill = $2 AND version = $3 \
         AND state IN ('staged', 'reviewing', 'passed', 'held', 'released')",
    )
    .bind(name.publisher.as_str())
    .bind(name.skill.as_str())
    .bind(version.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Publishes of publishers of which an account is a member, newest first, before an id if one is given.
pub async fn of_account(
    db: &mut AnyConnection,
    account: &str,
    publisher: Option<&str>,
    state: Option<PublishState>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Publish>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.* FROM publishes p JOIN members m ON m.publisher = p.publisher \
         WHERE m.account = $1 AND ($2 = '' OR p.id < $2) AND ($3 = '' OR p.publisher = $3) AND ($4 = '' OR p.state = $4) \
         ORDER BY p.id DESC LIMIT $5",
    )
    .bind(account)
    .bind(before.unwrap_or_default())
    .bind(publisher.unwrap_or_default())
    .bind(state.map_or("", PublishState::as_str))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Publishes in a state, oldest first, after the id `after`.
pub async fn in_state(
    db: &mut AnyConnection,
    state: PublishState,
    after: &str,
    limit: i64,
) -> Result<Vec<Publish>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM publishes WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(state.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await?;
    rows.iter().map(read).collect()
}

/// All releases of a skill that have a place in the log.
pub async fn releases(
    db: &mut AnyConnection,
    name: &SkillName,
) -> Result<Vec<Publish>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM publishes WHERE publisher = $1 AND skill = $2 AND state IN ('passed', 'released')",
    )
    .bind(name.publisher.as_str())
    .bind(name.skill.as_str())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Whether a publisher has released anything.
pub async fn any_release(db: &mut AnyConnection, publisher: &str) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS one FROM publishes WHERE publisher = $1 AND state IN ('passed', 'released') LIMIT 1",
    )
    .bind(publisher)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Releases with a place in the log from `from` on, below `to`, in order.
pub async fn logged(
    db: &mut AnyConnection,
    from: i64,
    to: i64,
) -> Result<Vec<Publish>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM publishes WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index",
    )
    .bind(from)
    .bind(to)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Whether a publish waits for its review, or its reviewer is no longer there.
pub async fn unclaimed(db: &mut AnyConnection, now: i64) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM publishes WHERE state = 'staged' OR (state = 'reviewing' AND claimed_until < $1) LIMIT 1",
    )
    .bind(now)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Publishes of a publisher that are not settled, or not for good.
pub async fn open(db: &mut AnyConnection, publisher: &str) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM publishes WHERE publisher = $1 \
         AND state IN ('staged', 'reviewing', 'held', 'errored')",
    )
    .bind(publisher)
    .fetch_one(db)
    .await?;
    column(&row, "number")
}

/// Takes the oldest publish that waits for its review, or whose reviewer is no longer there.
pub async fn claim(
    db: &mut AnyConnection,
    who: &str,
    now: i64,
    until: i64,
) -> Result<Option<Publish>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM publishes WHERE state = 'staged' OR (state = 'reviewing' AND claimed_until < $1) \
         ORDER BY id LIMIT 1",
    )
    .bind(now)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id: String = column(&row, "id")?;
    let done = sqlx::query(
        "UPDATE publishes SET state = 'reviewing', changed = $3, claimed_by = $2, claimed_until = $4 \
         WHERE id = $1 AND (state = 'staged' OR (state = 'reviewing' AND claimed_until < $3))",
    )
    .bind(id.as_str())
    .bind(who)
    .bind(now)
    .bind(until)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    get(db, &id).await
}

/// Says that the reviewer is still at work. False: somebody else has it.
pub async fn renew(
    db: &mut AnyConnection,
    id: &str,
    who: &str,
    until: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publishes SET claimed_until = $3 WHERE id = $1 AND claimed_by = $2 AND state = 'reviewing'",
    )
    .bind(id)
    .bind(who)
    .bind(until)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a review. False: somebody else has it, and nothing is changed.
pub async fn settle(
    db: &mut AnyConnection,
    id: &str,
    who: &str,
    to: PublishState,
    outcome: &Outcome,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publishes SET state = $3, changed = $4, report = $5, findings = $6, wider = $7, reason = $8, \
         review = $9, referrers = $10, claimed_by = NULL, claimed_until = NULL \
         WHERE id = $1 AND claimed_by = $2 AND state = 'reviewing'",
    )
    .bind(id)
    .bind(who)
    .bind(to.as_str())
    .bind(now)
    .bind(outcome.report.map(|digest| digest.to_string()))
    .bind(text(&outcome.findings)?)
    .bind(text(&outcome.wider)?)
    .bind(outcome.reason.as_deref())
    .bind(outcome.signed.review.map(|digest| digest.to_string()))
    .bind(text(&outcome.signed.referrers)?)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Decides a held publish. False: it is not held any more.
pub async fn decide(
    db: &mut AnyConnection,
    id: &str,
    to: PublishState,
    (by, reason): (&str, &str),
    signed: &Signed,
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publishes SET state = $2, changed = $3, decided_by = $4, reason = $5, review = $6, referrers = $7 \
         WHERE id = $1 AND state = 'held'",
    )
    .bind(id)
    .bind(to.as_str())
    .bind(now)
    .bind(by)
    .bind(reason)
    .bind(signed.review.map(|digest| digest.to_string()))
    .bind(text(&signed.referrers)?)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts an errored publish back in front of the reviewers: `reviewing`, with nobody at work yet. False: it is not errored,
/// or its version is taken meanwhile.
pub async fn retry(db: &mut AnyConnection, id: &str, now: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publishes SET state = 'reviewing', changed = $2, reason = NULL, claimed_by = NULL, claimed_until = 0 \
         WHERE id = $1 AND state = 'errored' AND NOT EXISTS ( \
             SELECT 1 FROM publishes o WHERE o.publisher = publishes.publisher AND o.skill = publishes.skill \
             AND o.version = publishes.version AND o.id <> publishes.id \
             AND o.state IN ('staged', 'reviewing', 'passed', 'held', 'released'))",
    )
    .bind(id)
    .bind(now)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Yanks (`at`) or unyanks (none) a release. False: it is so already, or revoked, or no release.
pub async fn set_yanked(
    db: &mut AnyConnection,
    id: &str,
    at: Option<i64>,
) -> Result<bool, StoreError> {
    let sql = match at {
        Some(_) => {
            "UPDATE publishes SET yanked = $2 WHERE id = $1 AND state = 'released' AND revoked IS NULL AND yanked IS NULL"
        }
        None => {
            "UPDATE publishes SET yanked = $2 WHERE id = $1 AND state = 'released' AND revoked IS NULL AND yanked IS NOT NULL"
        }
    };
    let done = sqlx::query(sql).bind(id).bind(at).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes a release for good. False: it is revoked, or no release.
pub async fn set_revoked(db: &mut AnyConnection, id: &str, at: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE publishes SET revoked = $2 WHERE id = $1 AND state = 'released' AND revoked IS NULL",
    )
    .bind(id)
    .bind(at)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a passed publish its place in the log.
pub async fn set_index(db: &mut AnyConnection, id: &str, index: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishes SET log_index = $2 WHERE id = $1")
        .bind(id)
        .bind(index)
        .execute(db)
        .await?;
    Ok(())
}

/// Makes releases of the passed publishes whose place in the log is published.
pub async fn set_released(db: &mut AnyConnection, size: i64, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE publishes SET state = 'released', changed = $2 WHERE state = 'passed' AND log_index < $1",
    )
    .bind(size)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// How many publishes are in each state.
pub async fn count(db: &mut AnyConnection) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT state, CAST(COUNT(*) AS BIGINT) AS number FROM publishes GROUP BY state",
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| Ok((column(row, "state")?, column(row, "number")?)))
        .collect()
}
