//! The interfaces of the contract through which a skill gets authority, and what each means to a merchant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Major version of `guildhall:skill` that this host speaks. Minor versions only add.
pub const CONTRACT_MAJOR: u64 = 1;

/// The contract version whose interfaces and functions are listed here.
pub const CONTRACT_VERSION: &str = "1.0.0";

/// One capability: one interface of `guildhall:skill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// HTTP to granted hosts.
    Network,
    /// Granted files and folders.
    Files,
    /// Payment orders, staged.
    Payments,
    /// Outgoing messages, staged.
    Messages,
    /// The skill's own key-value store.
    State,
    /// Time, randomness, language and settings.
    Context,
    /// Notes for the author and the merchant.
    Log,
}

/// The name is not one of a capability.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no capability of this name; use one of network, files, payments, messages, state, context, log"
)]
pub struct UnknownCapability;

impl Capability {
    /// All capabilities, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Network,
        Self::Files,
        Self::Payments,
        Self::Messages,
        Self::State,
        Self::Context,
        Self::Log,
    ];

    /// Short name, as in the manifest: `network`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Files => "files",
            Self::Payments => "payments",
            Self::Messages => "messages",
            Self::State => "state",
            Self::Context => "context",
            Self::Log => "log",
        }
    }

    /// Full interface name without a version: `guildhall:skill/network`.
    #[must_use]
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Network => "guildhall:skill/network",
            Self::Files => "guildhall:skill/files",
            Self::Payments => "guildhall:skill/payments",
            Self::Messages => "guildhall:skill/messages",
            Self::State => "guildhall:skill/state",
            Self::Context => "guildhall:skill/context",
            Self::Log => "guildhall:skill/log",
        }
    }

    /// Functions of the interface in contract version [`CONTRACT_VERSION`].
    #[must_use]
    pub const fn functions(self) -> &'static [&'static str] {
        match self {
            Self::Network => &["send"],
            Self::Files => &["granted", "list", "stat", "read", "read-range", "write"],
            Self::Payments | Self::Messages => &["stage"],
            Self::State => &["get", "set", "delete", "keys"],
            Self::Context => &["now", "random", "locale", "setting", "invocation"],
            Self::Log => &["write"],
        }
    }

    /// Whether the manifest must declare it with a reason. `context` and `log` need no declaration.
    #[must_use]
    pub const fn needs_declaration(self) -> bool {
        !matches!(self, Self::Context | Self::Log)
    }

    /// What a skill with this capability can do, as one sentence for a merchant.
    #[must_use]
    pub const fn can(self) -> &'static str {
        match self {
            Self::Network => "It can contact the internet addresses that you grant, and no others.",
            Self::Files => {
                "It can use the files and folders that you grant. What it wants to write is shown to you first and written only after you approve."
            }
            Self::Payments => {
                "It can propose payments. No money moves before you have seen payee and amount and approved."
            }
            Self::Messages => {
                "It can prepare messages. None is sent before you have seen recipient and text and approved."
            }
            Self::State => {
                "It can remember things of its own between runs. No other skill can read them."
            }
            Self::Context => "It can read the date and time, your language and its own settings.",
            Self::Log => "It can write notes about its work that you can read.",
        }
    }

    /// What a skill without this capability cannot do, as one sentence for a merchant.
    #[must_use]
    pub const fn cannot(self) -> &'static str {
        match self {
            Self::Network => "It cannot reach the internet or your local network.",
            Self::Files => "It cannot read or write any of your files.",
            Self::Payments => "It cannot make or propose payments.",
            Self::Messages => "It cannot send messages.",
            Self::State => "It cannot remember anything from one run to the next.",
            Self::Context => "It cannot read the date and time, your language or any settings.",
            Self::Log => "It cannot write notes about its work.",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.name() == text)
            .ok_or(UnknownCapability)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_is_found_by_its_name_and_lies_in_the_contract() {
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse(), Ok(capability));
            assert_eq!(
                capability.interface(),
                format!("guildhall:skill/{}", capability.name())
            );
            assert_eq!(
                serde_json::to_value(capability).unwrap(),
                serde_json::Value::from(capability.name())
            );
        }
        assert_eq!("Network".parse::<Capability>(), Err(UnknownCapability));
    }

    #[test]
    fn the_functions_listed_here_are_those_of_the_contract() {
        for capability in Capability::ALL {
            let path = format!(
                "{}/../wit/guildhall-skill-1/{}.wit",
                env!("CARGO_MANIFEST_DIR"),
                capability.name()
            );
            let wit = std::fs::read_to_string(path).unwrap();
            let functions: Vec<String> = wit
                .lines()
                .filter(|line| !line.trim_start().starts_with("///"))
                .filter_map(|line| line.split_once(": func("))
                .map(|(name, _)| name.trim().trim_start_matches('%').to_owned())
                .collect();
            assert_eq!(functions, capability.functions(), "{capability}");
        }
    }
}
