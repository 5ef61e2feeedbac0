//! What a release may do, as data that two releases can be compared by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::authority::{Access, FolderName, Methods, PayeePattern, UrlGrant};
use crate::capability::Capability;
use crate::component::SkillPackage;

/// The most that a release can be allowed: what its bytes import, narrowed by its manifest. A merchant's consent and
/// grants narrow it further.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Authority {
    /// Imported capabilities.
    pub capabilities: Vec<Capability>,
    /// Requests over the network.
    pub network: Vec<UrlGrant>,
    /// Files and folders, with what the bytes can do with them.
    pub files: Vec<FolderUse>,
    /// Accounts that it may propose to pay.
    pub payees: Vec<PayeePattern>,
    /// Channels of its messages.
    pub channels: Vec<FolderName>,
    /// Room for state of its own, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<u64>,
}

/// A file or folder by its name in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FolderUse {
    /// Name by which the skill knows it.
    pub name: FolderName,
    /// What is declared and what the bytes can do.
    pub access: Access,
}

/// One thing that a release may do and another may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Wider {
    /// A capability.
    Capability {
        /// Which one.
        capability: Capability,
    },
    /// Requests over the network: only the methods that are wider.
    Network {
        /// Methods and URLs.
        grant: UrlGrant,
    },
    /// A file or folder: only the access that is wider.
    Files {
        /// Name and access.
        folder: FolderUse,
    },
    /// Accounts that may be paid.
    Payee {
        /// Which.
        payee: PayeePattern,
    },
    /// A channel of messages.
    Channel {
        /// Which.
        channel: FolderName,
    },
}

impl Authority {
    /// The authority of a component with its embedded manifest.
    #[must_use]
    pub fn of(package: &SkillPackage) -> Self {
        let Some(manifest) = &package.manifest else {
            return Self {
                capabilities: package.capabilities().collect(),
                ..Self::default()
            };
        };
        let calls = |function| package.calls(Capability::Files, function);
        // An interface whose functions are not taken gives nothing, whatever is declared.
        let usable = match (
            ["list", "stat", "read", "read-range"]
                .into_iter()
                .any(calls),
            calls("write"),
        ) {
            (true, true) => Some(Access::ReadWrite),
            (true, false) => Some(Access::Read),
            (false, true) => Some(Access::Write),
            (false, false) => None,
        };
        let files = manifest.files.iter().filter_map(|decl| {
            Some(FolderUse {
                name: decl.name.clone(),
                access: decl.access.intersect(usable?)?,
            })
        });
        Self {
            capabilities: package.capabilities().collect(),
            network: manifest.network.iter().map(|d| d.grant.clone()).collect(),
            files: files.collect(),
            payees: each(manifest.payments.iter().map(|d| d.payees.as_slice())),
            channels: each(manifest.messages.iter().map(|d| d.channels.as_slice())),
            state_bytes: manifest.state.as_ref().map(|state| state.max_bytes),
        }
    }

    /// What this one may do and `before` may not. Empty: nobody needs to be asked again. Called the other way round it
    /// tells what was given up.
    ///
    /// A grant counts as covered only by one earlier grant that covers all of it, so that what two together cover is
    /// named too: rather one question too many.
    #[must_use]
    pub fn wider_than(&self, before: &Self) -> Vec<Wider> {
        let mut wider: Vec<Wider> = self
            .capabilities
            .iter()
            .filter(|capability| {
                capability.needs_declaration() && !before.capabilities.contains(capability)
            })
            .map(|capability| Wider::Capability {
                capability: *capability,
            })
            .collect();
        wider.extend(self.network.iter().filter_map(|grant| {
            let methods: Methods = grant
                .methods
                .iter()
                .filter(|method| {
                    !before.network.iter().any(|old| {
                        old.methods.contains(*method)
                            && old.pattern.intersect(&grant.pattern).as_ref()
                                == Some(&grant.pattern)
                    })
                })
                .collect();
            (!methods.is_empty()).then(|| Wider::Network {
                grant: UrlGrant {
                    methods,
                    pattern: grant.pattern.clone(),
                },
            })
        }));
        wider.extend(self.files.iter().filter_map(|folder| {
            let old = |kind: fn(Access) -> bool| {
                before
                    .files
                    .iter()
                    .any(|old| old.name == folder.name && kind(old.access))
            };
            let access = match (
                folder.access.reads() && !old(Access::reads),
                folder.access.writes() && !old(Access::writes),
            ) {
                (true, true) => Access::ReadWrite,
                (true, false) => Access::Read,
                (false, true) => Access::Write,
                (false, false) => return None,
            };
            Some(Wider::Files {
                folder: FolderUse {
                    name: folder.name.clone(),
                    access,
                },
            })
        }));
        let unpaid = |payee: &&PayeePattern| {
            !before
                .payees
                .iter()
                .any(|old| old.intersect(payee).as_ref() == Some(*payee))
        };
        wider.extend(self.payees.iter().filter(unpaid).map(|payee| Wider::Payee {
            payee: payee.clone(),
        }));
        wider.extend(
            self.channels
                .iter()
                .filter(|channel| !before.channels.contains(channel))
                .map(|channel| Wider::Channel {
                    channel: channel.clone(),
                }),
        );
        wider
    }
}

impl fmt::Display for Wider {
    /// One line for a person: `GET https://example.com/**`, `write what is granted as "reports"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability { capability } => write!(f, "the capability `{}`", capability.name()),
            Self::Network { grant } => write!(f, "requests {grant}"),
            Self::Files { folder } => {
                write!(
                    f,
                    "{} what is granted as \"{}\"",
                    folder.access, folder.name
                )
            }
            Self::Payee { payee } => write!(f, "propose payments to {payee}"),
            Self::Channel { channel } => write!(f, "prepare messages by {channel}"),
        }
    }
}

/// All items of all lists, each once, in order.
fn each<'a, T: Clone + PartialEq + 'a>(lists: impl Iterator<Item = &'a [T]>) -> Vec<T> {
    let mut out = Vec::new();
    for item in lists.flatten() {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::section::embed;
    use crate::testing::component;

    const HEAD: &str =
        "name = \"acme/x\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";

    fn network(methods: &str, url: &str) -> Authority {
        Authority {
            capabilities: vec![Capability::Network],
            network: vec![format!("{methods} {url}").parse().unwrap()],
            ..Authority::default()
        }
    }

    fn said(wider: &[Wider]) -> Vec<String> {
        wider.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_folder_is_as_wide_as_the_bytes_and_the_manifest_both_allow() {
        let of = |functions: &str, access: &str| {
            let bytes = component(&format!(
                "package local:test;
                 package guildhall:skill@1.0.0 {{ interface files {{ {functions} }} }}
                 world skill {{ import guildhall:skill/files@1.0.0; }}"
            ));
            let manifest = format!(
                "{HEAD}[[capabilities.files]]\nname = \"in\"\naccess = \"{access}\"\nreason = \"R.\"\n"
            );
            Authority::of(&SkillPackage::read(&embed(&bytes, &manifest, None).unwrap()).unwrap())
        };
        let read = "read: func(path: string) -> list<u8>;";
        let write = "write: func(path: string);";
        assert_eq!(of(read, "read-write").files[0].access, Access::Read);
        assert_eq!(of(write, "read-write").files[0].access, Access::Write);
        assert_eq!(of(write, "read").files, []);
        // The same manifest over bytes that now write as well: wider.
        let both = of(&format!("{read} {write}"), "read-write");
        assert_eq!(
            said(&both.wider_than(&of(read, "read-write"))),
            ["write what is granted as \"in\""]
        );
        assert!(of(read, "read-write").wider_than(&both).is_empty());
    }

    #[test]
    fn a_narrower_pattern_is_not_wider_and_a_broader_one_is() {
        let all = network("GET,POST", "https://*.h.example.test/**");
        let one = network("GET", "https://a.h.example.test/reports/*");
        assert!(one.wider_than(&all).is_empty());
        assert_eq!(
            said(&all.wider_than(&one)),
            ["requests GET,POST https://*.h.example.test/**"]
        );
        let post = network("GET,POST", "https://a.h.example.test/reports/*");
        assert_eq!(
            said(&post.wider_than(&one)),
            ["requests POST https://a.h.example.test/reports/*"]
        );
        assert_eq!(
            said(&one.wider_than(&Authority::default())),
            [
                "the capability `network`",
                "requests GET https://a.h.example.test/reports/*"
            ]
        );
    }

    #[test]
    fn payees_and_channels_count_and_what_needs_no_declaration_does_not() {
        let authority = |payee: &str, channel: &str| Authority {
            capabilities: vec![Capability::Payments, Capability::Messages],
            payees: vec![payee.parse().unwrap()],
            channels: vec![channel.parse().unwrap()],
            ..Authority::default()
        };
        let any = authority("iban:*", "email");
        let one = authority("iban:DE89370400440532013000", "sms");
        assert_eq!(
            said(&any.wider_than(&one)),
            ["propose payments to iban:*", "prepare messages by email"]
        );
        assert_eq!(said(&one.wider_than(&any)), ["prepare messages by sms"]);
        let notes = Authority {
            capabilities: vec![Capability::Log, Capability::Context],
            ..Authority::default()
        };
        assert!(notes.wider_than(&Authority::default()).is_empty());
    }

    #[test]
    fn it_travels_as_json() {
        let mut authority = network("GET", "https://a.h.example.test/x");
        authority.files.push(FolderUse {
            name: "in".parse().unwrap(),
            access: Access::ReadWrite,
        });
        let text = serde_json::to_string(&authority).unwrap();
        assert_eq!(serde_json::from_str::<Authority>(&text).unwrap(), authority);
    }
}
