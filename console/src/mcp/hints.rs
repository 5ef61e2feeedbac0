//! What MCP's four hints say of a skill, by the written table below. Pure.
//!
//! They describe what a call can lead to, whether or not somebody is asked first: that effects are staged softens nothing. The
//! source is what a skill may do in effect: its bytes, narrowed by its manifest, narrowed by the merchant's consent. All four are
//! always given, because a client takes the worst for what is missing.
//!
//! | # | may do | read-only | destructive | open world | idempotent |
//! |---|---|---|---|---|---|
//! | 1 | nothing, or `log` | yes | no | no | yes |
//! | 2 | `context`: `now`, `random`; inert WASI | yes | no | no | no |
//! | 3 | `context`: only `locale`, `setting`, `invocation` | yes | no | no | yes |
//! | 4 | `network`: only GET and HEAD | yes | no | yes | no |
//! | 5 | `network`: POST | no | yes | yes | no |
//! | 6 | `network`: PUT, PATCH, DELETE | no | yes | yes | no |
//! | 7 | `files`: reading | yes | no | no | no |
//! | 8 | `files`: writing | no | yes | no | no |
//! | 9 | `payments`: other than to the book | no | yes | yes | no |
//! | 10 | `payments`: only to the book | no | yes | no | no |
//! | 11 | `messages` | no | yes | yes | no |
//! | 12 | `state`: only reading | yes | no | no | yes |
//! | 13 | `state`: writing | no | no | no | no |
//! | 14 | what was declined in the consent | as without it | | | |
//! | 15 | what no row knows | no | yes | yes | no |
//! | 16 | the helper that tells of one's own run | yes | no | no | yes |

use guildhall_host::Consent;
use guildhall_package::authority::PayeeScheme;
use guildhall_package::{Access, Capability, ImportKind, SkillPackage, UrlGrant};

/// The four hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// Changes nothing anywhere.
    pub read_only: bool,
    /// May replace or spend what is there.
    pub destructive: bool,
    /// Reaches what lies outside this host.
    pub open_world: bool,
    /// The same call again changes nothing more and answers the same.
    pub idempotent: bool,
}

impl Hints {
    /// A row of the table.
    const fn row(read_only: bool, destructive: bool, open_world: bool, idempotent: bool) -> Self {
        Self {
            read_only,
            destructive,
            open_world,
            idempotent,
        }
    }

    /// Row 1: only computes.
    pub const PURE: Self = Self::row(true, false, false, true);
    /// Row 2: its answer may differ.
    const VARIES: Self = Self::row(true, false, false, false);
    /// Row 4.
    const FETCHES: Self = Self::row(true, false, true, false);
    /// Rows 5, 6, 9 and 11.
    const REACHES: Self = Self::row(false, true, true, false);
    /// Row 7.
    const READS: Self = Self::VARIES;
    /// Rows 8 and 10.
    const CHANGES: Self = Self::row(false, true, false, false);
    /// Row 13.
    const REMEMBERS: Self = Self::row(false, false, false, false);
    /// Row 15.
    const UNKNOWN: Self = Self::REACHES;

    /// Both together: the worse of each.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self {
            read_only: self.read_only && other.read_only,
            destructive: self.destructive || other.destructive,
            open_world: self.open_world || other.open_world,
            idempotent: self.idempotent && other.idempotent,
        }
    }
}

/// The hints of a skill, and whether what it does may wait for a person.
#[must_use]
pub fn hints(package: &SkillPackage, consent: Option<&Consent>) -> (Hints, bool) {
    let mut all = Hints::PURE;
    let mut needs_approval = false;
    for import in &package.imports {
        let row = match &import.kind {
            ImportKind::Types => Hints::PURE,
            ImportKind::InertWasi => Hints::VARIES,
            ImportKind::Refused { .. } => Hints::UNKNOWN,
            ImportKind::Skill(capability) => {
                let (row, asks) = of(*capability, &import.functions, package, consent);
                needs_approval |= asks;
                row
            }
        };
        all = all.with(row);
    }
    (all, needs_approval)
}

/// One capability: its row, and whether it stages effects.
fn of(
    capability: Capability,
    functions: &[String],
    package: &SkillPackage,
    consent: Option<&Consent>,
) -> (Hints, bool) {
    let known = capability.functions();
    if functions.iter().any(|name| !known.contains(&name.as_str())) {
        return (Hints::UNKNOWN, true);
    }
    let takes = |names: &[&str]| functions.iter().any(|name| names.contains(&name.as_str()));
    match capability {
        Capability::Log => (Hints::PURE, false),
        Capability::Context if takes(&["now", "random"]) => (Hints::VARIES, false),
        Capability::Context => (Hints::PURE, false),
        Capability::Network => (network(package, consent), false),
        Capability::Files => {
            let (reads, writes) = files(package, consent);
            let reads = reads && takes(&["granted", "list", "stat", "read", "read-range"]);
            let writes = writes && takes(&["write"]);
            match (reads, writes) {
                (_, true) => (Hints::CHANGES, true),
                (true, false) => (Hints::READS, false),
                (false, false) => (Hints::PURE, false),
            }
        }
        Capability::Payments => match payees(package, consent) {
            Payees::None => (Hints::PURE, false),
            Payees::Book => (Hints::CHANGES, true),
            Payees::Any => (Hints::REACHES, true),
        },
        Capability::Messages if has_channel(package, consent) => (Hints::REACHES, true),
        Capability::Messages => (Hints::PURE, false),
        Capability::State if consent.is_some_and(|consent| !consent.state) => (Hints::PURE, false),
        Capability::State if takes(&["set", "delete"]) => (Hints::REMEMBERS, false),
        Capability::State => (Hints::PURE, false),
    }
}

/// Rows 4 to 6. Without a manifest nothing narrows what may be granted.
fn network(package: &SkillPackage, consent: Option<&Consent>) -> Hints {
    let declared: Option<Vec<UrlGrant>> = package
        .manifest
        .as_ref()
        .map(|manifest| manifest.network.iter().map(|d| d.grant.clone()).collect());
    let consented = consent.map(|consent| &consent.network);
    let grants: Vec<UrlGrant> = match (declared, consented) {
        (None, None) => return Hints::REACHES,
        (Some(declared), None) => declared,
        (None, Some(consented)) => consented.clone(),
        (Some(declared), Some(consented)) => declared
            .iter()
            .flat_map(|d| consented.iter().filter_map(|c| d.intersect(c)))
            .collect(),
    };
    if grants.is_empty() {
        Hints::PURE
    } else if grants.iter().all(|grant| grant.methods.is_read_only()) {
        Hints::FETCHES
    } else {
        Hints::REACHES
    }
}

/// Whether reading and writing are left by manifest and consent.
fn files(package: &SkillPackage, consent: Option<&Consent>) -> (bool, bool) {
    let has = |kind: fn(Access) -> bool| {
        let declared = |name| {
            package.manifest.as_ref().is_none_or(|manifest| {
                manifest
                    .files
                    .iter()
                    .any(|decl| name == Some(&decl.name) && kind(decl.access))
            })
        };
        match consent {
            Some(consent) => consent
                .files
                .iter()
                .any(|(name, access)| kind(*access) && declared(Some(name))),
            None => package
                .manifest
                .as_ref()
                .is_none_or(|manifest| manifest.files.iter().any(|decl| kind(decl.access))),
        }
    };
    (has(Access::reads), has(Access::writes))
}

/// Whom a skill may propose to pay.
enum Payees {
    None,
    Book,
    Any,
}

fn payees(package: &SkillPackage, consent: Option<&Consent>) -> Payees {
    let declared = package.manifest.as_ref().map(|manifest| {
        manifest
            .payments
            .iter()
            .flat_map(|decl| decl.payees.iter().cloned())
            .collect::<Vec<_>>()
    });
    let left = match (declared, consent.map(|consent| &consent.payees)) {
        (None, None) => return Payees::Any,
        (Some(declared), None) => declared,
        (None, Some(consented)) => consented.clone(),
        (Some(declared), Some(consented)) => declared
            .iter()
            .flat_map(|d| consented.iter().filter_map(|c| d.intersect(c)))
            .collect(),
    };
    if left.is_empty() {
        Payees::None
    } else if left.iter().all(|payee| payee.scheme() == PayeeScheme::Book) {
        Payees::Book
    } else {
        Payees::Any
    }
}

fn has_channel(package: &SkillPackage, consent: Option<&Consent>) -> bool {
    let declared = |channel| {
        package.manifest.as_ref().is_none_or(|manifest| {
            manifest
                .messages
                .iter()
                .any(|decl| decl.channels.contains(channel))
        })
    };
    match consent {
        Some(consent) => consent.channels.iter().any(declared),
        None => package
            .manifest
            .as_ref()
            .is_none_or(|manifest| !manifest.messages.is_empty()),
    }
}

#[cfg(test)]
mod tests;
