//! Which chat service.

use std::fmt;
use std::str::FromStr;

/// A chat service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Telegram's Bot API.
    Telegram,
    /// WhatsApp's Cloud API.
    Whatsapp,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Telegram, Self::Whatsapp];

    /// The word in tables and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Telegram => "Telegram",
            Self::Whatsapp => "WhatsApp",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Service {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|service| service.word() == text)
            .ok_or(())
    }
}
