//! Runs that are looked for: page by page, by skill, status, time and words.

use super::columns::count;
use super::db::{Search, query};
use super::reads::{RunSummary, summary_of_row};
use super::{Journal, JournalError};
use crate::invocation::RunStatus;
use serde::{Deserialize, Serialize};

/// Most runs of one page.
const MAX_LIMIT: u32 = 200;

/// What a list shows of a run: nothing of what it was given and answered.
const COLUMNS: &str =
    "id, skill_digest, skill_name, skill_version, trust, operation, status, fuel, wall_ms, effects,
    created_at, ended_at";

/// Which runs are looked for. What is none is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuery {
    /// Only runs in this status.
    pub status: Option<RunStatus>,
    /// Only runs of the skill with this name, `publisher/skill`.
    pub skill: Option<String>,
    /// Only runs that have this text in their skill, operation, identifier, or in the facts of an effect, as far as these
    /// are kept readable: a payee, an account, a path. Letters A to Z count in either case.
    pub text: Option<String>,
    /// Only runs that began at this time or later, in milliseconds since the Unix epoch.
    pub since_ms: Option<i64>,
    /// Only runs that began before this time.
    pub until_ms: Option<i64>,
    /// Only runs before this one in the list: [`RunPage::next`] of the page before.
    pub before: Option<String>,
    /// At most this many. 0 means 50; never more than 200.
    pub limit: u32,
}

/// Runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunSummary>,
    /// What to give as [`RunQuery::before`] for older ones; none if there are no more.
    pub next: Option<String>,
}

/// What a skill has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillUsage {
    /// Runs that are kept.
    pub runs: u64,
    /// Those of them that did not end well.
    pub failed: u64,
    /// When the last one began, in milliseconds since the Unix epoch; 0 if there was none.
    pub last_ms: u64,
    /// Fuel burned by all.
    pub fuel: u64,
    /// Wall clock of all in milliseconds.
    pub wall_ms: u64,
}

impl Journal {
    /// Runs of a tenant.
    pub(crate) async fn search(
        &self,
        tenant: &str,
        query: &RunQuery,
    ) -> Result<RunPage, JournalError> {
        let limit = match query.limit {
            0 => 50,
            more => more.min(MAX_LIMIT),
        };
        let mut rows = built(tenant, query, limit.saturating_add(1))
            .build()
            .fetch_all(&self.readers)
            .await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let runs: Vec<RunSummary> = rows.iter().map(summary_of_row).collect::<Result<_, _>>()?;
        let next = runs
            .last()
            .filter(|_| more)
            .map(|run| run.invocation.clone());
        Ok(RunPage { runs, next })
    }

    /// What a skill of this name has used of a tenant.
    pub(crate) async fn usage_of(
        &self,
        tenant: &str,
        skill: &str,
    ) -> Result<SkillUsage, JournalError> {
        let row = query(
            "SELECT COUNT(*) AS runs, COALESCE(MAX(created_at), 0) AS last,
                 CAST(COALESCE(SUM(fuel), 0) AS BIGINT) AS fuel, CAST(COALESCE(SUM(wall_ms), 0) AS BIGINT) AS wall_ms,
                 COALESCE(SUM(CASE WHEN status IN ('failed', 'refused', 'trapped', 'partial', 'unknown') THEN 1 ELSE 0 END), 0)
                     AS failed
             FROM runs WHERE tenant = $1 AND skill_name = $2",
        )
        .bind(tenant)
        .bind(skill)
        .fetch_one(&self.readers)
        .await?;
        let last: i64 = row.try_get("last")?;
        Ok(SkillUsage {
            runs: count(&row, "runs")?,
            failed: count(&row, "failed")?,
            last_ms: u64::try_from(last).unwrap_or(0),
            fuel: count(&row, "fuel")?,
            wall_ms: count(&row, "wall_ms")?,
        })
    }
}

/// Only the conditions that are there: so each has the index that fits.
fn built<'q>(tenant: &'q str, query: &'q RunQuery, limit: u32) -> Search<'q> {
    let mut sql = Search::new(format!("SELECT {COLUMNS} FROM whole_runs WHERE tenant = "));
    sql.push_bind(tenant);
    if let Some(skill) = &query.skill {
        sql.push(" AND skill_name = ").push_bind(skill);
    }
    if let Some(status) = query.status {
        push_status(&mut sql, status);
    }
    if let Some(before) = &query.before {
        sql.push(" AND id < ").push_bind(before);
    }
    if let Some(since) = query.since_ms {
        sql.push(" AND created_at >= ").push_bind(since);
    }
    if let Some(until) = query.until_ms {
        sql.push(" AND created_at < ").push_bind(until);
    }
    if let Some(text) = &query.text {
        let like = like(&text.to_ascii_lowercase());
        sql.push(" AND (lower(operation) LIKE ")
            .push_bind(like.clone());
        for column in ["skill_name", "id"] {
            sql.push(&format!(" ESCAPE '\\' OR lower({column}) LIKE "))
                .push_bind(like.clone());
        }
        sql.push(
            " ESCAPE '\\' OR EXISTS (SELECT 1 FROM effects WHERE effects.run = whole_runs.id AND lower(effects.effect) LIKE ",
        )
        .push_bind(like)
        .push(" ESCAPE '\\'))");
    }
    sql.push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::from(limit));
    sql
}

/// The condition on a status, in the words of the index of those that are not completed.
pub(super) fn push_status(sql: &mut Search<'_>, status: RunStatus) {
    if status != RunStatus::Completed {
        sql.push(" AND status <> 'completed'");
    }
    sql.push(" AND status = ").push_bind(status.word());
}

/// A text anywhere in another, each of its letters for itself.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A text that is looked for is found as it is and means nothing else.
        #[test]
        fn no_letter_of_a_text_stands_for_others(text in "[a%_\\\\é]{0,8}") {
            let pattern = like(&text);
            let mut meant = String::new();
            let inner = &pattern[1..pattern.len() - 1];
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                prop_assert!(!matches!(letter, '%' | '_'));
                meant.push(if letter == '\\' { letters.next().unwrap_or('!') } else { letter });
            }
            prop_assert_eq!(meant, text);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod plan_tests {
    use super::*;
    use crate::journal::{LEASE, Place, tests::sealing};

    #[tokio::test]
    async fn a_page_of_runs_reads_none_but_those_of_its_status() {
        let journal = Journal::open(Place::Memory, 64, sealing(), LEASE);
        let journal = journal.await.unwrap();
        for (status, index) in [
            (
                Some(RunStatus::Failed),
                "runs_unusual (tenant=? AND status=?)",
            ),
            (
                Some(RunStatus::AwaitingApproval),
                "runs_unusual (tenant=? AND status=?)",
            ),
            (Some(RunStatus::Completed), "runs_by_tenant (tenant=?)"),
            (None, "runs_by_tenant (tenant=?)"),
        ] {
            let query = RunQuery {
                status,
                ..RunQuery::default()
            };
            let question = built("t", &query, 50).explained().build();
            let plan = question.fetch_all(&journal.readers).await.unwrap();
            let steps: Vec<String> = plan
                .iter()
                .map(|row| row.try_get("detail").unwrap())
                .collect();
            assert_eq!(
                steps,
                [
                    format!("SEARCH r USING INDEX {index}"),
                    "SEARCH k USING INDEX sqlite_autoindex_run_kinds_1 (id=?) LEFT-JOIN".to_owned()
                ],
                "{status:?}"
            );
        }
    }
}
