//! What an invocation asks for.

use crate::approvals::Approver;
use crate::grants::Grants;
use crate::invocation::Observer;
use crate::limits::Limits;
use crate::retention::Retention;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Name of a tenant. Runs, approvals and state of one tenant are invisible to every other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

/// A tenant name that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tenant name has 1 to 64 characters out of a-z, A-Z, 0-9, '.', '_' and '-'")]
pub struct InvalidTenant;

impl Tenant {
    /// The tenant used when there is only one: `local`.
    #[must_use]
    pub fn local() -> Self {
        Self("local".into())
    }

    /// A tenant by name.
    ///
    /// # Errors
    /// If the name is empty, longer than 64 characters or has other characters than letters, digits, `.`, `_`, `-`.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidTenant> {
        let name = name.into();
        let good = !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if good {
            Ok(Self(name.into()))
        } else {
            Err(InvalidTenant)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, without a copy of it.
    pub(crate) fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

/// Identifier of a run that has not begun. It orders by time like those that the host gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// One that nobody has.
    #[must_use]
    pub fn new() -> Self {
        Self(crate::clock::new_id())
    }
}

impl Default for RunId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// When the caller of a run has its outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answered {
    /// When the run's record is on the disk.
    #[default]
    WhenDurable,
    /// When the guest has ended, while the record is on its way to the disk: a power cut can lose the record of a run that
    /// was answered, as a rule the last few milliseconds. Only for runs that can do nothing but compute; all others are
    /// answered when durable. After a record could not be written, runs wait for the disk again until one was.
    AtOnce,
}

/// One call of one operation, with everything it may touch.
#[derive(Clone)]
pub struct Invocation {
    /// Operation name, as [`guildhall_package::Operation::name`].
    pub operation: String,
    /// Input: an object keyed by parameter name.
    pub input: Value,
    /// What this invocation is granted. Default: nothing.
    pub grants: Grants,
    /// Tenant. Default: `local`.
    pub tenant: Tenant,
    /// Limits; the host's own apply where they are stricter. Default: those of [`crate::Skill::default_limits`].
    pub limits: Option<Limits>,
    /// Values of settings that the manifest declares.
    pub settings: BTreeMap<String, String>,
    /// Language tag the guest sees. Default: `en`.
    pub locale: String,
    /// Who decides about staged effects while the caller waits. Default: nobody, the run awaits approval.
    pub approver: Option<Arc<dyn Approver>>,
    /// Whether standing mandates may approve what they cover before anybody is asked. Default: yes.
    pub use_mandates: bool,
    /// What is kept of the run. Default: everything.
    pub retention: Retention,
    /// Whether the caller waits until the run is recorded. Default: yes.
    pub answered: Answered,
    /// Cancels the run. Default: only dropping the future of [`Host::invoke`](crate::Host::invoke) does.
    pub cancel: Option<CancellationToken>,
    /// Who is told what the run does, as it does it. Default: nobody.
    pub observer: Option<Arc<dyn Observer>>,
    /// Seed of the guest's randomness. Default: fresh for each run.
    pub seed: Option<[u8; 32]>,
    /// Start of the guest's time in milliseconds since the Unix epoch. Default: the host's clock. Set by golden cases.
    pub now_ms: Option<i64>,
    /// Identifier of the run, if it must be known before the run begins: by whoever writes down that it was asked for, so that
    /// the same request finds it later. A second run with the same one is refused by the rule `run.taken` before anything of it
    /// begins. Such a run is written before its guest starts, even if it can only compute. Default: one that nobody has.
    pub run: Option<RunId>,
}

impl Invocation {
    /// Calls `operation` with `input` (an object keyed by parameter name) and no grants.
    pub fn new(operation: impl Into<String>, input: Value) -> Self {
        Self {
            operation: operation.into(),
            input,
            grants: Grants::none(),
            tenant: Tenant::local(),
            limits: None,
            settings: BTreeMap::new(),
            locale: "en".to_owned(),
            approver: None,
            use_mandates: true,
            retention: Retention::Full,
            answered: Answered::WhenDurable,
            cancel: None,
            observer: None,
            seed: None,
            now_ms: None,
            run: None,
        }
    }

    /// Sets the grants.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// Sets the tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Sets who decides about staged effects.
    #[must_use]
    pub fn approver(mut self, approver: impl Approver + 'static) -> Self {
        self.approver = Some(Arc::new(approver));
        self
    }

    /// Sets what is kept of the run.
    #[must_use]
    pub const fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets whether the caller waits until the run is recorded.
    #[must_use]
    pub const fn answered(mut self, answered: Answered) -> Self {
        self.answered = answered;
        self
    }

    /// Asks a person even where a mandate would cover it.
    #[must_use]
    pub const fn without_mandates(mut self) -> Self {
        self.use_mandates = false;
        self
    }

    /// Sets the value of a setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// Sets who is told what the run does, as it does it.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sets the identifier of the run.
    #[must_use]
    pub const fn run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets the token that cancels the run.
    #[must_use]
    pub fn cancel_on(mut self, token: CancellationToken) -> Self {
        self.cancel = Some(token);
        self
    }
}
