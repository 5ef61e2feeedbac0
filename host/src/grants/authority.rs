//! The four sets, intersected. Pure.

use super::Grants;
use crate::capabilities::files::FileGrant;
use crate::refusal::{AuthoritySet, Refusal};
use guildhall_package::authority::{Access, FolderName, PayeePattern, Target, UrlGrant};
use guildhall_package::{Capability, ImportKind, SkillPackage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a merchant consented to when installing; may be narrower than the manifest.
///
/// A local file has none: its author runs it with what the command line grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Hosts, methods and paths.
    pub network: Vec<UrlGrant>,
    /// Files and folders by name.
    pub files: Vec<(FolderName, Access)>,
    /// Whether the skill may keep state.
    pub state: bool,
    /// Whom it may propose to pay.
    #[serde(default)]
    pub payees: Vec<PayeePattern>,
    /// By which channels it may propose messages.
    #[serde(default)]
    pub channels: Vec<FolderName>,
}

/// The effective authority of one invocation.
#[derive(Debug, Clone)]
pub struct Authority {
    imports: BTreeSet<Capability>,
    package: Arc<SkillPackage>,
    consent: Option<Arc<Consent>>,
    grants: Grants,
    /// The intersection, computed once: what the hot path asks.
    network: Vec<UrlGrant>,
    files: Vec<FileGrant>,
}

impl Authority {
    /// Intersects what the bytes import, what the manifest declares, what was consented to and what is granted.
    ///
    /// A component without a manifest is bound by its imports, consent and grants alone.
    #[must_use]
    pub fn new(package: Arc<SkillPackage>, consent: Option<Arc<Consent>>, grants: Grants) -> Self {
        let imports: BTreeSet<Capability> = package
            .imports
            .iter()
            .filter_map(|import| match import.kind {
                ImportKind::Skill(capability) => Some(capability),
                _ => None,
            })
            .collect();
        let mut network = if imports.contains(&Capability::Network) {
            grants.network.clone()
        } else {
            Vec::new()
        };
        if let Some(manifest) = &package.manifest {
            let declared: Vec<&UrlGrant> = manifest.network.iter().map(|n| &n.grant).collect();
            network = intersect_all(&network, &declared);
        }
        if let Some(consent) = &consent {
            let consented: Vec<&UrlGrant> = consent.network.iter().collect();
            network = intersect_all(&network, &consented);
        }
        let files = grants
            .files
            .iter()
            .filter_map(|grant| effective_file(&imports, &package, consent.as_deref(), grant))
            .collect();
        Self {
            imports,
            package,
            consent,
            grants,
            network,
            files,
        }
    }

    /// Whether a request is covered. Does not allocate when it is.
    ///
    /// # Errors
    /// The refusal names the first set that does not cover it and what would.
    pub fn network(&self, target: &Target) -> Result<(), Refusal> {
        if self.network.iter().any(|grant| grant.allows(target)) {
            return Ok(());
        }
        Err(self.why_not_network(target))
    }

    /// The network grants in effect.
    #[must_use]
    pub fn network_grants(&self) -> &[UrlGrant] {
        &self.network
    }

    /// The files and folders in effect, with the access that all sets allow.
    #[must_use]
    pub fn file_grants(&self) -> &[FileGrant] {
        &self.files
    }

    /// The manifest, if the component carries one.
    #[must_use]
    pub fn manifest(&self) -> Option<&guildhall_package::Manifest> {
        self.package.manifest.as_ref()
    }

    /// Whether a capability is imported, and thus can be used at all.
    #[must_use]
    pub fn imports(&self, capability: Capability) -> bool {
        self.imports.contains(&capability)
    }

    /// Whether a payee is covered by bytes, manifest and consent. How much may be paid is for the grants to say.
    ///
    /// # Errors
    /// The refusal names the first set that does not cover it.
    pub fn payment(&self, scheme: &str, account: &str) -> Result<(), Refusal> {
        let payee = format!("{scheme}:{account}");
        if !self.imports.contains(&Capability::Payments) {
            return Err(not_imported("payments"));
        }
        if let Some(manifest) = self.manifest() {
            let mut declared = manifest.payments.iter().flat_map(|decl| &decl.payees);
            if !declared.any(|pattern| pattern.allows(scheme, account)) {
                return Err(Refusal::denied(
                    AuthoritySet::Manifest,
                    "payments.not-declared",
                    format!("{payee}: the skill's manifest does not declare this payee"),
                )
                .with_fix("the author has to add it as [[capabilities.payments]] to skill.toml"));
            }
        }
        if let Some(consent) = &self.consent
            && !consent
                .payees
                .iter()
                .any(|pattern| pattern.allows(scheme, account))
        {
            return Err(Refusal::denied(
                AuthoritySet::Consent,
                "payments.not-consented",
                format!("{payee}: you have not allowed this skill to propose paying it"),
            )
            .with_fix("allow it in the skill's consent"));
        }
        Ok(())
    }

    /// Whether a message is covered.
    ///
    /// # Errors
    /// The refusal names the first set that does not cover it and what would.
    pub fn message(&self, channel: &str, recipient: &str) -> Result<(), Refusal> {
        let shown = guildhall_package::text::plain(channel, 64);
        if !self.imports.contains(&Capability::Messages) {
            return Err(not_imported("messages"));
        }
        if let Some(manifest) = self.manifest() {
            let mut declared = manifest.messages.iter().flat_map(|decl| &decl.channels);
            if !declared.any(|name| name.as_str() == channel) {
                return Err(Refusal::denied(
                    AuthoritySet::Manifest,
                    "messages.not-declared",
                    format!("the skill's manifest does not declare the channel `{shown}`"),
                )
                .with_fix("the author has to add it as [[capabilities.messages]] to skill.toml"));
            }
        }
        if let Some(consent) = &self.consent
            && !consent.channels.iter().any(|name| name.as_str() == channel)
        {
            return Err(Refusal::denied(
                AuthoritySet::Consent,
                "messages.not-consented",
                format!("you have not allowed this skill to send by `{shown}`"),
            )
            .with_fix("allow it in the skill's consent"));
        }
        let granted = self.grants.messages.iter().any(|grant| {
            grant.channel.as_str() == channel
                && grant.recipient.as_deref().is_none_or(|to| to == recipient)
        });
        if granted {
            return Ok(());
        }
        let to = guildhall_package::text::plain(recipient, 320);
        Err(Refusal::denied(
            AuthoritySet::Grants,
            "messages.not-granted",
            format!("a message by `{shown}` to {to}: this invocation does not grant it"),
        )
        .with_fix(format!("run it with --message '{shown} to {to}'")))
    }

    /// Whether the skill may keep state, and how much, in bytes.
    ///
    /// # Errors
    /// If consent to keep state was not given.
    pub fn state_bytes(&self) -> Result<u64, Refusal> {
        if self.consent.as_ref().is_some_and(|consent| !consent.state) {
            return Err(Refusal::denied(
                AuthoritySet::Consent,
                "state.not-consented",
                "you have not allowed this skill to keep data of its own",
            )
            .with_fix("allow it in the skill's consent"));
        }
        let declared = self
            .package
            .manifest
            .as_ref()
            .and_then(|m| m.state.as_ref());
        Ok(declared.map_or(DEFAULT_STATE_BYTES, |state| {
            state.max_bytes.min(MAX_STATE_BYTES)
        }))
    }

    /// Names why a file grant is not in effect, for `name` with `wanted` access.
    #[must_use]
    pub fn why_not_file(&self, name: &str, wanted: Access) -> Option<Refusal> {
        let granted = self
            .grants
            .files
            .iter()
            .any(|grant| grant.name.as_str() == name);
        if !granted {
            return None;
        }
        if let Some(manifest) = &self.package.manifest {
            let declared = manifest
                .files
                .iter()
                .filter(|decl| decl.name.as_str() == name)
                .any(|decl| decl.access.intersect(wanted).is_some());
            if !declared {
                return Some(
                    Refusal::denied(
                        AuthoritySet::Manifest,
                        "files.not-declared",
                        format!("the manifest does not declare {wanted} access to `{name}`"),
                    )
                    .with_fix(format!(
                        "the author has to add [[capabilities.files]] name = \"{name}\", access = \"{wanted}\" to skill.toml"
                    )),
                );
            }
        }
        if let Some(consent) = &self.consent {
            let consented = consent
                .files
                .iter()
                .any(|(n, access)| n.as_str() == name && access.intersect(wanted).is_some());
            if !consented {
                return Some(
                    Refusal::denied(
                        AuthoritySet::Consent,
                        "files.not-consented",
                        format!("you have not allowed this skill {wanted} access to `{name}`"),
                    )
                    .with_fix("allow it in the skill's consent"),
                );
            }
        }
        None
    }

    fn why_not_network(&self, target: &Target) -> Refusal {
        let shown = shown(target);
        if !self.imports.contains(&Capability::Network) {
            return Refusal::denied(
                AuthoritySet::Bytes,
                "network.not-imported",
                "the component does not import guildhall:skill/network",
            )
            .with_fix("build the skill with the network interface of the contract");
        }
        if let Some(manifest) = &self.package.manifest
            && !manifest.network.iter().any(|n| n.grant.allows(target))
        {
            return Refusal::denied(
                AuthoritySet::Manifest,
                "network.not-declared",
                format!("{shown}: the skill's manifest does not declare it"),
            )
            .with_fix("the author has to add it as [[capabilities.network]] to skill.toml");
        }
        if let Some(consent) = &self.consent
            && !consent.network.iter().any(|grant| grant.allows(target))
        {
            return Refusal::denied(
                AuthoritySet::Consent,
                "network.not-consented",
                format!("{shown}: you have not allowed this skill to go there"),
            )
            .with_fix("allow it in the skill's consent");
        }
        Refusal::denied(
            AuthoritySet::Grants,
            "network.not-granted",
            format!("{shown}: this invocation does not grant it"),
        )
        .with_fix(format!("run it with --allow-net '{shown}'"))
    }
}

fn not_imported(interface: &str) -> Refusal {
    Refusal::denied(
        AuthoritySet::Bytes,
        format!("{interface}.not-imported"),
        format!("the component does not import guildhall:skill/{interface}"),
    )
    .with_fix(format!(
        "build the skill with the {interface} interface of the contract"
    ))
}

/// Room for state where the manifest does not say: 1 MiB.
const DEFAULT_STATE_BYTES: u64 = 1 << 20;
/// Room for state at most: 16 MiB.
const MAX_STATE_BYTES: u64 = 16 << 20;

/// Method and URL without the query, as a grant would name it.
fn shown(target: &Target) -> String {
    let url = target.url();
    let whole = url.as_str();
    let end = whole.find('?').unwrap_or(whole.len());
    let bare = whole.get(..end).unwrap_or(whole);
    format!(
        "{} {}",
        target.method(),
        guildhall_package::text::plain(bare, 300)
    )
}

fn intersect_all(left: &[UrlGrant], right: &[&UrlGrant]) -> Vec<UrlGrant> {
    left.iter()
        .flat_map(|l| right.iter().filter_map(|r| l.intersect(r)))
        .collect()
}

fn effective_file(
    imports: &BTreeSet<Capability>,
    package: &SkillPackage,
    consent: Option<&Consent>,
    grant: &FileGrant,
) -> Option<FileGrant> {
    if !imports.contains(&Capability::Files) {
        return None;
    }
    let mut access = grant.access;
    if let Some(manifest) = &package.manifest {
        access = union_for(
            manifest
                .files
                .iter()
                .filter(|decl| decl.name == grant.name)
                .map(|decl| decl.access),
            access,
        )?;
    }
    if let Some(consent) = consent {
        access = union_for(
            consent
                .files
                .iter()
                .filter(|(name, _)| *name == grant.name)
                .map(|(_, access)| *access),
            access,
        )?;
    }
    Some(FileGrant {
        access,
        ..grant.clone()
    })
}

/// What `wanted` keeps of all that `allowed` says about one name: read and write may be declared apart.
fn union_for(allowed: impl Iterator<Item = Access>, wanted: Access) -> Option<Access> {
    let (mut reads, mut writes) = (false, false);
    for access in allowed {
        reads |= access.reads();
        writes |= access.writes();
    }
    match (reads && wanted.reads(), writes && wanted.writes()) {
        (true, true) => Some(Access::ReadWrite),
        (true, false) => Some(Access::Read),
        (false, true) => Some(Access::Write),
        (false, false) => None,
    }
}
