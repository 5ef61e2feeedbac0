//! What a skill asks for, each part with a name by which it can be declined.

use crate::pages::runs::words::number as number_words;
use guildhall_host::Consent;
use guildhall_package::text::plain;
use guildhall_package::{
    Access, Capability, FolderName, Manifest, PayeePattern, SkillPackage, UrlGrant,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part that can't be declined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclineError {
    /// There is none of this name.
    #[error("there is nothing called `{name}` to decline; {optional}")]
    Unknown {
        /// What was given, made plain.
        name: String,
        /// Which parts are optional, in words.
        optional: String,
    },
    /// The skill needs it.
    #[error("the skill can't do without `{name}`; {optional}")]
    Required {
        /// Which part.
        name: String,
        /// Which parts are optional, in words.
        optional: String,
    },
}

impl DeclineError {
    /// A word for the kind.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "consent.unknown",
            Self::Required { .. } => "consent.required",
        }
    }

    /// What to do, where there is something.
    #[must_use]
    pub const fn fix(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { .. } => None,
            Self::Required { .. } => Some("leave it out, or don't install the skill"),
        }
    }
}

/// One part of what a skill asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Name by which it is declined: `network:api.example.com`, `files:archive`.
    pub id: String,
    /// The capability that it belongs to.
    pub capability: Capability,
    /// What, in words.
    pub what: String,
    /// Why: the author's words, made plain.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
    /// The part itself.
    #[serde(skip)]
    pub part: Part,
}

/// A part of a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Requests.
    Network(UrlGrant),
    /// A file or folder.
    Files(FolderName, Access),
    /// Accounts to pay.
    Payees(Vec<PayeePattern>),
    /// Channels of messages.
    Channels(Vec<FolderName>),
    /// State of its own.
    State,
}

impl Part {
    /// Whether a consent has all of it already.
    #[must_use]
    pub fn is_in(&self, consent: &Consent) -> bool {
        match self {
            Self::Network(grant) => grant.methods.iter().all(|method| {
                consent.network.iter().any(|old| {
                    old.methods.contains(method)
                        && old.pattern.intersect(&grant.pattern).as_ref() == Some(&grant.pattern)
                })
            }),
            Self::Files(name, access) => {
                let has = |kind: fn(Access) -> bool| {
                    consent
                        .files
                        .iter()
                        .any(|(known, access)| known == name && kind(*access))
                };
                (!access.reads() || has(Access::reads)) && (!access.writes() || has(Access::writes))
            }
            Self::Payees(payees) => payees.iter().all(|payee| {
                consent
                    .payees
                    .iter()
                    .any(|old| old.intersect(payee).as_ref() == Some(payee))
            }),
            Self::Channels(channels) => channels
                .iter()
                .all(|channel| consent.channels.contains(channel)),
            Self::State => consent.state,
        }
    }
}

/// Everything that a component asks for: what its manifest declares of what its bytes import.
#[must_use]
pub fn asks(package: &SkillPackage) -> Vec<Ask> {
    let imported = |capability| package.import_of(capability).is_some();
    match &package.manifest {
        Some(manifest) => asks_of(manifest, imported),
        None => Vec::new(),
    }
}

/// The same of a manifest alone, for those capabilities that the bytes import.
#[must_use]
pub fn asks_of(manifest: &Manifest, imported: impl Fn(Capability) -> bool) -> Vec<Ask> {
    let mut asks = Vec::new();
    if imported(Capability::Network) {
        network(manifest, &mut asks);
    }
    if imported(Capability::Files) {
        files(manifest, &mut asks);
    }
    if imported(Capability::Payments) {
        payments(manifest, &mut asks);
    }
    if imported(Capability::Messages) {
        messages(manifest, &mut asks);
    }
    if imported(Capability::State)
        && let Some(state) = &manifest.state
    {
        let what = format!(
            "keep up to {} bytes of its own between runs",
            number_words(state.max_bytes)
        );
        let ask = ask(
            Capability::State,
            "",
            what,
            &state.reason,
            false,
            Part::State,
        );
        asks.push(ask);
    }
    number(&mut asks);
    asks
}

fn network(manifest: &Manifest, asks: &mut Vec<Ask>) {
    for decl in &manifest.network {
        let writes = decl.grant.methods.iter().any(|method| !method.is_read());
        let note = if writes {
            " (can change data there)"
        } else {
            ""
        };
        asks.push(ask(
            Capability::Network,
            &decl.grant.pattern.host(),
            format!("{}{note}", decl.grant),
            &decl.reason,
            decl.optional,
            Part::Network(decl.grant.clone()),
        ));
    }
}

fn files(manifest: &Manifest, asks: &mut Vec<Ask>) {
    for decl in &manifest.files {
        let verb = match decl.access {
            Access::Read => "read",
            Access::Write => "propose files for",
            Access::ReadWrite => "read and propose files for",
        };
        asks.push(ask(
            Capability::Files,
            decl.name.as_str(),
            format!("{verb} what you grant as \"{}\"", decl.name),
            &decl.reason,
            decl.optional,
            Part::Files(decl.name.clone(), decl.access),
        ));
    }
}

fn payments(manifest: &Manifest, asks: &mut Vec<Ask>) {
    for decl in &manifest.payments {
        let payees: Vec<String> = decl.payees.iter().map(payee_words).collect();
        asks.push(ask(
            Capability::Payments,
            "",
            format!("propose payments to {}", payees.join(", ")),
            &decl.reason,
            decl.optional,
            Part::Payees(decl.payees.clone()),
        ));
    }
}

fn payee_words(payee: &PayeePattern) -> String {
    match (payee.scheme().as_str(), payee.account()) {
        ("iban", None) => "any bank account".to_owned(),
        ("book", None) => "any account of this host's book".to_owned(),
        _ => payee.to_string(),
    }
}

fn messages(manifest: &Manifest, asks: &mut Vec<Ask>) {
    for decl in &manifest.messages {
        let channels: Vec<&str> = decl.channels.iter().map(FolderName::as_str).collect();
        asks.push(ask(
            Capability::Messages,
            &channels.join("+"),
            format!("prepare messages by {}", channels.join(", ")),
            &decl.reason,
            decl.optional,
            Part::Channels(decl.channels.clone()),
        ));
    }
}

fn ask(
    capability: Capability,
    name: &str,
    what: String,
    reason: &str,
    optional: bool,
    part: Part,
) -> Ask {
    Ask {
        id: match name {
            "" => capability.name().to_owned(),
            name => format!("{capability}:{name}"),
        },
        capability,
        what,
        reason: plain(reason, 300),
        optional,
        part,
    }
}

/// Gives those after the first of the same name a number.
fn number(asks: &mut [Ask]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for ask in asks {
        let count = seen.entry(ask.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            ask.id = format!("{}#{count}", ask.id);
        }
    }
}

/// The consent to all parts but those of these names.
#[must_use]
pub fn consent(asks: &[Ask], declined: &[String]) -> Consent {
    let mut consent = Consent::default();
    for ask in asks {
        if declined.contains(&ask.id) {
            continue;
        }
        match &ask.part {
            Part::Network(grant) => consent.network.push(grant.clone()),
            Part::Files(name, access) => consent.files.push((name.clone(), *access)),
            Part::Payees(payees) => consent.payees.extend(payees.iter().cloned()),
            Part::Channels(channels) => consent.channels.extend(channels.iter().cloned()),
            Part::State => consent.state = true,
        }
    }
    consent
}

/// Names of the parts that `given` declines: names of parts, or of capabilities for all optional parts of one.
///
/// # Errors
/// If there is no such part, or the skill can't do without it.
pub fn declined(asks: &[Ask], given: &[String]) -> Result<Vec<String>, DeclineError> {
    let optional: Vec<&str> = asks
        .iter()
        .filter(|ask| ask.optional)
        .map(|ask| ask.id.as_str())
        .collect();
    let mut out: Vec<String> = Vec::new();
    for name in given {
        let meant: Vec<&Ask> = match name.parse::<Capability>() {
            Ok(capability) if asks.iter().all(|ask| ask.id != *name) => asks
                .iter()
                .filter(|ask| ask.capability == capability && ask.optional)
                .collect(),
            _ => asks.iter().filter(|ask| ask.id == *name).collect(),
        };
        let list = if optional.is_empty() {
            "none of its parts is optional".to_owned()
        } else {
            format!("optional are {}", optional.join(", "))
        };
        if meant.is_empty() {
            return Err(DeclineError::Unknown {
                name: plain(name, 80),
                optional: list,
            });
        }
        if let Some(needed) = meant.iter().find(|ask| !ask.optional) {
            return Err(DeclineError::Required {
                name: needed.id.clone(),
                optional: list,
            });
        }
        for ask in meant {
            if !out.contains(&ask.id) {
                out.push(ask.id.clone());
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    /// What a manifest with these tables asks for, whatever the bytes would import.
    pub fn of(tables: &str) -> Vec<Ask> {
        let head =
            "name = \"acme/x\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";
        let manifest = Manifest::parse(&format!("{head}{tables}")).unwrap();
        asks_of(&manifest, |_| true)
    }

    pub const TABLES: &str = "\
        [[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://a.example/x/*\"\nreason = \"R1.\"\n\
        [[capabilities.network]]\nmethods = [\"POST\"]\nurl = \"https://a.example/y\"\nreason = \"R2.\"\noptional = true\n\
        [[capabilities.files]]\nname = \"inbox\"\naccess = \"read\"\nreason = \"R3.\"\n\
        [[capabilities.files]]\nname = \"archive\"\naccess = \"read-write\"\nreason = \"R4.\"\noptional = true\n\
        [[capabilities.payments]]\npayees = [\"iban:*\", \"book:fees\"]\nreason = \"R5.\"\n\
        [[capabilities.messages]]\nchannels = [\"email\", \"chat\"]\nreason = \"R6.\"\noptional = true\n";

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn each_part_has_a_name_of_its_own() {
        let ids: Vec<String> = of(TABLES).into_iter().map(|ask| ask.id).collect();
        assert_eq!(
            ids,
            [
                "network:a.example",
                "network:a.example#2",
                "files:inbox",
                "files:archive",
                "payments",
                "messages:email+chat",
            ]
        );
        let what: Vec<String> = of(TABLES).into_iter().map(|ask| ask.what).collect();
        assert!(
            what.contains(&"POST https://a.example/y (can change data there)".to_owned()),
            "{what:?}"
        );
        assert!(
            what.contains(&"propose payments to any bank account, book:fees".to_owned()),
            "{what:?}"
        );
    }

    #[test]
    fn a_consent_has_every_part_that_was_not_declined() {
        let asks = of(TABLES);
        let all = consent(&asks, &[]);
        assert!(asks.iter().all(|ask| ask.part.is_in(&all)));
        assert_eq!(
            (
                all.network.len(),
                all.files.len(),
                all.payees.len(),
                all.channels.len()
            ),
            (2, 2, 2, 2)
        );
        let less = consent(&asks, &names(&["files:archive", "messages:email+chat"]));
        for ask in &asks {
            let without = ask.id == "files:archive" || ask.id == "messages:email+chat";
            assert_eq!(ask.part.is_in(&less), !without, "{}", ask.id);
        }
        assert!(!less.state);
    }

    #[test]
    fn only_what_is_optional_can_be_declined() {
        let asks = of(TABLES);
        assert_eq!(
            declined(&asks, &names(&["files:archive"])).unwrap(),
            ["files:archive"]
        );
        // A capability stands for its optional parts, and there may be others.
        assert_eq!(
            declined(&asks, &names(&["network", "network"])).unwrap(),
            ["network:a.example#2"]
        );
        let error = declined(&asks, &names(&["files:inbox"])).unwrap_err();
        assert_eq!(error.rule(), "consent.required");
        for unknown in ["files:nothing", "state", "nonsense", ""] {
            let error = declined(&asks, &names(&[unknown])).unwrap_err();
            assert_eq!(error.rule(), "consent.unknown", "{unknown}");
            assert!(error.to_string().contains("files:archive"), "{error}");
        }
        assert_eq!(
            declined(&asks, &names(&["payments"])).unwrap_err().rule(),
            "consent.required"
        );
    }
}
