//! E-mail addresses, read more strictly than any mail server reads them.

use std::fmt;
use std::str::FromStr;

use guildhall_package::text::{is_unsafe, plain};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Octets of a local part and of a domain (RFC 5321 section 4.5.3.1).
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 253;

/// Characters of a display name.
const NAME_MAX: usize = 100;

/// One address, `local@domain`: ASCII, the local part without quotes, the domain a name of two labels or more.
///
/// Quoted local parts, comments, groups, address literals and letters outside ASCII are refused: two readers could
/// understand them differently, and none of them is needed to reach a business.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailAddress {
    text: String,
    at: usize,
}

/// Sender of mail: an address, and the name shown with it. Written `Example Ltd <billing@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Name that is shown, if any: one line of at most 100 characters.
    pub name: Option<String>,
    /// The address.
    pub address: MailAddress,
}

/// Why a text is no address or no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not of the shape `local@domain`.
    #[error(
        "`{0}` is not one plain e-mail address; write it like name@example.com, without a name, quotes or spaces"
    )]
    Shape(String),
    /// Letters outside ASCII.
    #[error(
        "`{0}` is not written in ASCII, and letters that look alike can name another place; write the domain in its \
         registered (xn--) form"
    )]
    NotAscii(String),
    /// The part before `@`.
    #[error(
        "the part before @ in `{0}` is not usable; use up to 64 letters, digits and the signs of plain addresses"
    )]
    Local(String),
    /// The part after `@`.
    #[error("the part after @ in `{0}` is not a full domain name; write it like example.com")]
    Domain(String),
    /// The name shown with a sender.
    #[error(
        "the name `{0}` cannot stand before an address; use one line of up to 100 characters without quotes or < >"
    )]
    Name(String),
}

impl MailAddress {
    /// The part before `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The part after `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for MailAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || plain(text, 80);
        let Some((local, domain)) = text.split_once('@') else {
            return Err(AddressError::Shape(shown()));
        };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) || domain.contains('@') {
            return Err(AddressError::Shape(shown()));
        }
        if !text.is_ascii() {
            return Err(AddressError::NotAscii(shown()));
        }
        if local.len() > LOCAL_MAX || !local.split('.').all(is_atom) {
            return Err(AddressError::Local(shown()));
        }
        if !is_host_name(domain) || !domain.contains('.') {
            return Err(AddressError::Domain(shown()));
        }
        Ok(Self {
            text: text.to_owned(),
            at: local.len(),
        })
    }
}

/// RFC 5322 `atext`, at least one.
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// Whether `text` is a host name of one label or more; the last label has a letter, so that it is no IP address.
pub(super) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= DOMAIN_MAX
        && text.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
}

impl FromStr for Mailbox {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_suffix('>') else {
            return Ok(Self {
                name: None,
                address: text.parse()?,
            });
        };
        let Some((name, address)) = rest.split_once('<') else {
            return Err(AddressError::Shape(plain(text, 80)));
        };
        let address = address.parse()?;
        let name = name.trim_matches(' ');
        let bare = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
            .unwrap_or(name);
        if bare.trim().is_empty()
            || bare.chars().count() > NAME_MAX
            || bare.contains(['"', '\\', '<', '>'])
            || bare.chars().any(is_unsafe)
        {
            return Err(AddressError::Name(plain(name, 80)));
        }
        Ok(Self {
            name: Some(bare.to_owned()),
            address,
        })
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl Serialize for Mailbox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mailbox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_addresses_are_read_in_two_parts() {
        for (text, local, domain) in [
            ("a@b.co", "a", "b.co"),
            ("Anna.Müller@example.com", "", ""),
            (
                "anna.m+inv=4@mail.example.com",
                "anna.m+inv=4",
                "mail.example.com",
            ),
            (
                "o'neil@xn--mller-kva.example",
                "o'neil",
                "xn--mller-kva.example",
            ),
        ] {
            match text.parse::<MailAddress>() {
                Ok(address) => assert_eq!((address.local(), address.domain()), (local, domain)),
                Err(error) => assert!(
                    matches!(error, AddressError::NotAscii(_)),
                    "{text}: {error}"
                ),
            }
        }
        let longest = format!(
            "{}@{}.example.com",
            "a".repeat(64),
            vec!["b".repeat(60); 3].join(".")
        );
        assert!(longest.parse::<MailAddress>().is_ok());
    }

    #[test]
    fn whatever_two_readers_could_understand_differently_is_no_address() {
        for bad in [
            "",
            "@",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a@b@c.co",
            "a@b.co,c@d.co",
            "a@b.co;c@d.co",
            "<a@b.co>",
            "A <a@b.co>",
            "\"a b\"@c.co",
            "\"a\"@c.co",
            "a(comment)@b.co",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b..co",
            "a@.b.co",
            "a@b.co.",
            "a@-b.co",
            "a@b-.co",
            "a@b_c.co",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a b@c.co",
            " a@b.co",
            "a@b.co ",
            "a@b.co\r\n",
            "a@b.co\r\nRCPT TO:<x@y.zz>",
            "a\n@b.co",
            "a\0@b.co",
            "a@b.co> SIZE=1",
            "ä@b.co",
            "a@ex\u{430}mple.com",
            &format!("{}@b.co", "a".repeat(65)),
            &format!("a@{}.co", "b".repeat(64)),
            &format!("a@{}co", "b.".repeat(130)),
        ] {
            assert!(bad.parse::<MailAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_sender_may_carry_a_name() {
        let sender: Mailbox = "Müller & Söhne <billing@example.com>".parse().unwrap();
        assert_eq!(sender.name.as_deref(), Some("Müller & Söhne"));
        assert_eq!(sender.address.as_str(), "billing@example.com");
        let quoted: Mailbox = "\"Müller, Anna\" <a@b.co>".parse().unwrap();
        assert_eq!(quoted.name.as_deref(), Some("Müller, Anna"));
        assert_eq!("a@b.co".parse::<Mailbox>().unwrap().name, None);
        for sender in [sender, quoted] {
            assert_eq!(sender.to_string().parse::<Mailbox>().unwrap(), sender);
        }
    }

    #[test]
    fn a_sender_with_anything_else_around_it_is_refused() {
        for bad in [
            "",
            "<a@b.co>",
            "A <a@b.co> x",
            "A <a@b.co>, B <c@d.co>",
            "A <<a@b.co>>",
            "A\r\nBcc: x@y.zz <a@b.co>",
            "A\" <a@b.co>",
            "a@b.co <c@d>",
            "A\u{202e} <a@b.co>",
            &format!("{} <a@b.co>", "n".repeat(101)),
        ] {
            assert!(bad.parse::<Mailbox>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic_and_no_address_breaks_a_line(text in "\\PC*|.*|[a-z@.<>\"\r\n -]{0,40}") {
            if let Ok(address) = text.parse::<MailAddress>() {
                prop_assert!(text.is_ascii() && !text.contains(['\r', '\n', ' ', '<', '>', '"', ',']));
                prop_assert_eq!(format!("{}@{}", address.local(), address.domain()), text.clone());
                prop_assert!(lettre::Address::new(address.local(), address.domain()).is_ok());
            }
            if let Ok(sender) = text.parse::<Mailbox>() {
                prop_assert!(!sender.to_string().contains(['\r', '\n']));
            }
        }

        #[test]
        fn every_accepted_address_is_one_for_the_mail_library_too(
            local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\\.[a-z0-9]{1,5}){0,3}",
            domain in "([a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?\\.){1,3}[a-z]{2,8}",
        ) {
            let address: MailAddress = format!("{local}@{domain}").parse().unwrap();
            prop_assert!(lettre::Address::new(address.local(), address.domain()).is_ok());
        }
    }
}
