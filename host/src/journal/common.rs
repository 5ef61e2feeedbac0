//! What many rows of one batch have in common, written once and shared: most runs that are recorded together are of a few skills,
//! with the same grants and limits.

use super::facts::RunStart;
use super::kinds::Kind;
use crate::approvals::SkillIdentity;
use crate::grants::Grants;
use crate::invocation::RunStatus;
use crate::limits::Limits;
use crate::receipts::KindFacts;
use crate::retention::Retention;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// Kinds of runs that are remembered within a batch.
const REMEMBERED: usize = 16;

/// An empty list.
static NOTHING: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("[]"));

/// The kinds of runs that a batch has had so far.
#[derive(Default)]
pub(super) struct Common(Vec<(Alike, Arc<Shared>)>);

/// What tells runs with the same shared values from others.
struct Alike {
    skill: Arc<SkillIdentity>,
    status: RunStatus,
    retention: Retention,
    tenant: String,
    operation: String,
    locale: String,
    clock_fixed: bool,
    limits: Limits,
    grants: Grants,
    does_not: Vec<Cow<'static, str>>,
}

/// Values that the rows of several runs share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) tenant: Arc<str>,
    pub(super) owner: Arc<str>,
    pub(super) digest: Arc<str>,
    pub(super) name: Option<Arc<str>>,
    pub(super) version: Option<Arc<str>>,
    pub(super) trust: Arc<str>,
    pub(super) operation: Arc<str>,
    pub(super) status: RunStatus,
    pub(super) retention: Retention,
    pub(super) grants: Arc<str>,
    pub(super) grants_hash: Arc<str>,
    pub(super) does_not: Arc<str>,
    pub(super) locale: Arc<str>,
    pub(super) limits: Arc<str>,
    pub(super) clock_fixed: bool,
    /// The kind of those of them that computed and did nothing else.
    pub(super) kind: Kind,
}

impl Common {
    /// The values of a run that ended so, of this host, and does not do these things.
    pub(super) fn of(
        &mut self,
        owner: &Arc<str>,
        start: &RunStart,
        status: RunStatus,
        does_not: &Vec<Cow<'static, str>>,
    ) -> Result<Arc<Shared>, serde_json::Error> {
        let Self(known) = self;
        let found = known
            .iter()
            .rev()
            .find(|(alike, _)| alike.is_of(start, status, does_not));
        if let Some((_, shared)) = found {
            return Ok(shared.clone());
        }
        let shared = Arc::new(Shared::new(owner, start, status, does_not)?);
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        known.push((Alike::new(start, status, does_not), shared.clone()));
        Ok(shared)
    }
}

impl Alike {
    fn new(start: &RunStart, status: RunStatus, does_not: &[Cow<'static, str>]) -> Self {
        Self {
            skill: start.skill.clone(),
            status,
            retention: start.retention,
            tenant: start.tenant.clone(),
            operation: start.operation.clone(),
            locale: start.locale.clone(),
            clock_fixed: start.clock_fixed,
            limits: start.limits,
            grants: start.grants.clone(),
            does_not: does_not.to_vec(),
        }
    }

    fn is_of(
        &self,
        start: &RunStart,
        status: RunStatus,
        does_not: &Vec<Cow<'static, str>>,
    ) -> bool {
        (Arc::ptr_eq(&self.skill, &start.skill) || self.skill == start.skill)
            && self.status == status
            && self.retention == start.retention
            && self.clock_fixed == start.clock_fixed
            && self.tenant == start.tenant
            && self.operation == start.operation
            && self.locale == start.locale
            && self.limits == start.limits
            && self.grants == start.grants
            && self.does_not == *does_not
    }
}

impl Shared {
    fn new(
        owner: &Arc<str>,
        start: &RunStart,
        status: RunStatus,
        does_not: &[Cow<'static, str>],
    ) -> Result<Self, serde_json::Error> {
        let skill = &start.skill;
        let mut shared = Self {
            tenant: start.tenant.as_str().into(),
            owner: owner.clone(),
            digest: skill.digest.to_string().into(),
            name: skill.name.as_deref().map(Arc::from),
            version: skill.version.as_deref().map(Arc::from),
            trust: serde_json::to_string(&skill.trust)?.into(),
            operation: start.operation.as_str().into(),
            status,
            retention: start.retention,
            grants: serde_json::to_string(&start.grants)?.into(),
            grants_hash: start.grants_hash.to_string().into(),
            does_not: serde_json::to_string(does_not)?.into(),
            locale: start.locale.as_str().into(),
            limits: serde_json::to_string(&start.limits)?.into(),
            clock_fixed: start.clock_fixed,
            kind: Kind::default(),
        };
        shared.kind = Kind::of(&shared, &KindFacts::from(start))?;
        Ok(shared)
    }
}

/// A list as JSON; most are empty.
pub(super) fn list<T: Serialize>(items: &[T]) -> Result<Arc<str>, serde_json::Error> {
    match items {
        [] => Ok(nothing()),
        _ => Ok(serde_json::to_string(items)?.into()),
    }
}

/// An empty list as JSON.
pub(super) fn nothing() -> Arc<str> {
    NOTHING.clone()
}
