//! Kinds of runs: what runs that came whole have in common stands once for all of them.

use super::common::Shared;
use super::db::{Connection, Query, Row, query};
use super::many::{ManyRows, insert_many};
use super::{JournalError, columns};
use crate::receipts::{Computed, KindFacts, OwnFacts, facts_text, is_own};
use guildhall_package::Digest;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A kind as it is known in its rows.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) id: [u8; 32],
    /// What the facts of its runs have in common.
    pub(super) facts: Arc<str>,
}

impl Kind {
    /// The kind of runs that share these values and facts.
    pub(super) fn of(shared: &Shared, facts: &KindFacts<'_>) -> Result<Self, serde_json::Error> {
        let facts = serde_json::to_string(facts)?;
        let all = serde_json::to_vec(&(
            (&*shared.tenant, &*shared.digest, &shared.version.as_deref()),
            (&*shared.trust, &*shared.operation, &*shared.grants),
            (&*shared.grants_hash, &*shared.does_not, &*shared.locale),
            (&*shared.limits, shared.clock_fixed, &facts),
        ))?;
        Ok(Self {
            id: *Digest::of(&all).as_bytes(),
            facts: facts.into(),
        })
    }
}

/// A row of `run_kinds`.
struct KindRow<'a> {
    shared: &'a Shared,
    until: i64,
}

/// Sees to it that kinds are there, some of whose runs began at these times.
pub(super) async fn keep(
    connection: &mut Connection,
    kinds: impl Iterator<Item = (&Shared, i64)>,
) -> Result<(), JournalError> {
    // A kind that was forgotten within a batch comes twice, and one statement must not write a row twice.
    let mut rows: BTreeMap<[u8; 32], KindRow<'_>> = BTreeMap::new();
    for (shared, began) in kinds {
        let until = end_of_day(began);
        let row = rows
            .entry(shared.kind.id)
            .or_insert(KindRow { shared, until });
        row.until = row.until.max(until);
    }
    let rows: Vec<KindRow<'_>> = rows.into_values().collect();
    insert_many(connection, &KINDS, &rows, KindRow::bind)
        .await
        .map(drop)
}

/// A kind is seldom written again: what is noted is only the day.
fn end_of_day(at: i64) -> i64 {
    at.div_euclid(DAY).saturating_add(1).saturating_mul(DAY)
}

impl KindRow<'_> {
    /// In the order of [`KINDS`].
    fn bind<'q>(query: Query<'q>, row: &'q KindRow<'_>) -> Query<'q> {
        let shared = row.shared;
        query
            .bind(shared.kind.id.as_slice())
            .bind(&shared.tenant)
            .bind(&shared.digest)
            .bind(&shared.version)
            .bind(&shared.trust)
            .bind(&shared.operation)
            .bind(&shared.grants)
            .bind(&shared.grants_hash)
            .bind(&shared.does_not)
            .bind(&shared.locale)
            .bind(&shared.limits)
            .bind(i64::from(shared.clock_fixed))
            .bind(&shared.kind.facts)
            .bind(row.until)
    }
}

static KINDS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO run_kinds (id, tenant, skill_digest, skill_version, trust, operation, grants, grants_hash, does_not,
             locale, limits, clock_fixed, facts, until)",
        14,
        " ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE excluded.until > run_kinds.until",
    )
});

/// Removes the kinds of a tenant whose runs all began before a time, but for those of runs that are still there.
pub(super) async fn prune(
    connection: &mut Connection,
    tenant: &str,
    before: i64,
) -> Result<(), JournalError> {
    query(
        "DELETE FROM run_kinds WHERE tenant = $1 AND until <= $2
         AND id NOT IN (SELECT kind FROM runs WHERE tenant = $1 AND created_at < $2 AND kind IS NOT NULL)",
    )
        .bind(tenant)
        .bind(before)
        .execute(connection)
        .await?;
    Ok(())
}

/// The facts in a row of `whole_runs`; none if its guest is still at work.
pub(super) fn facts_of_row(row: &Row) -> Result<Option<String>, JournalError> {
    let kind: Option<String> = row.try_get("kind_facts")?;
    let commitments: Option<Vec<u8>> = row.try_get("commitments")?;
    let corrupt = || JournalError::Corrupt("the kind of a run".to_owned());
    if let (None, None) = (&kind, &commitments) {
        let facts: Option<String> = row.try_get("facts")?;
        // Without its kind, what is a run's own is no more than a part.
        return match facts {
            Some(part) if is_own(&part) => Err(corrupt()),
            facts => Ok(facts),
        };
    }
    let own = match commitments {
        Some(commitments) => computed(row, &commitments)?.ok_or_else(corrupt)?,
        None => row
            .try_get::<Option<String>, _>("facts")?
            .ok_or_else(corrupt)?,
    };
    let run: String = row.try_get("id")?;
    Ok(Some(facts_text(&run, &kind.ok_or_else(corrupt)?, &own)?))
}

/// The own facts of a run of which nothing but commitments stands there.
fn computed(row: &Row, commitments: &[u8]) -> Result<Option<String>, JournalError> {
    let Some(made) = Computed::from_bytes(commitments) else {
        return Ok(None);
    };
    let ended: Option<i64> = row.try_get("ended_at")?;
    let times = (row.try_get("created_at")?, ended.unwrap_or_default());
    let own = OwnFacts::of_computed(made, columns::usage(row)?, times);
    Ok(Some(own.text()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_day_is_after_all_of_it() {
        for (at, end) in [(0, DAY), (DAY - 1, DAY), (DAY, 2 * DAY), (-1, 0)] {
            assert_eq!(end_of_day(at), end, "{at}");
        }
        assert_eq!(end_of_day(i64::MAX), i64::MAX);
    }
}
