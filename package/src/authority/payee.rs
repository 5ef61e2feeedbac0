//! Payees that a manifest or a grant names. The account is the payee; names are claims.

use std::fmt;
use std::str::FromStr;

use super::serde_as_text;

/// Kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayeeScheme {
    /// A bank account by IBAN.
    Iban,
    /// An account of this host's own book.
    Book,
}

impl PayeeScheme {
    /// As in the contract: `iban`, `book`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iban => "iban",
            Self::Book => "book",
        }
    }
}

/// Which accounts may be paid: `iban:*`, `iban:DE89370400440532013000`, `book:*` or `book:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayeePattern {
    scheme: PayeeScheme,
    /// None: any account of the scheme.
    account: Option<String>,
}

/// Why a text is not a [`PayeePattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayeeError {
    /// Unknown scheme or no scheme.
    #[error(
        "this is not a payee; write `iban:*` for any bank account, `iban:` and one IBAN, or `book:` and an account name"
    )]
    Scheme,
    /// The IBAN is malformed or its check digits are wrong.
    #[error(
        "this IBAN cannot be right (length, characters or check digits); write it in capitals without spaces and compare it with the invoice"
    )]
    Iban,
    /// The book account name is malformed.
    #[error("this is not a book account name; use 1 to 64 small letters, digits, `-`, `.` and `/`")]
    Book,
}

impl PayeePattern {
    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> PayeeScheme {
        self.scheme
    }

    /// The one account, or none for any account of the scheme.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Whether the account `id` of `scheme` (both as in the contract's `account` record) is covered. Does not allocate.
    #[must_use]
    pub fn allows(&self, scheme: &str, id: &str) -> bool {
        self.scheme.as_str() == scheme
            && self.account.as_deref().is_none_or(|account| account == id)
    }

    /// What both cover, or none if that is nothing.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        if self.scheme != other.scheme {
            return None;
        }
        match (&self.account, &other.account) {
            (_, None) => Some(self.clone()),
            (None, _) => Some(other.clone()),
            (Some(a), Some(b)) => (a == b).then(|| self.clone()),
        }
    }
}

impl FromStr for PayeePattern {
    type Err = PayeeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, account) = text.split_once(':').ok_or(PayeeError::Scheme)?;
        let scheme = match scheme {
            "iban" => PayeeScheme::Iban,
            "book" => PayeeScheme::Book,
            _ => return Err(PayeeError::Scheme),
        };
        if account == "*" {
            return Ok(Self {
                scheme,
                account: None,
            });
        }
        match scheme {
            PayeeScheme::Iban if !is_iban(account) => Err(PayeeError::Iban),
            PayeeScheme::Book if !is_book_account(account) => Err(PayeeError::Book),
            _ => Ok(Self {
                scheme,
                account: Some(account.to_owned()),
            }),
        }
    }
}

impl fmt::Display for PayeePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_deref().unwrap_or("*");
        write!(f, "{}:{account}", self.scheme.as_str())
    }
}

serde_as_text!(PayeePattern);

/// Structure and check digits of ISO 13616: the IBAN read as a number, its first four characters last, is 1 modulo 97.
fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [c1, c2, d1, d2, rest @ ..] = bytes else {
        return false;
    };
    let head = [*c1, *c2, *d1, *d2];
    let shape = (15..=34).contains(&bytes.len())
        && c1.is_ascii_uppercase()
        && c2.is_ascii_uppercase()
        && d1.is_ascii_digit()
        && d2.is_ascii_digit()
        && rest
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let remainder = rest.iter().chain(&head).fold(0_u32, |sum, &b| {
        if b.is_ascii_digit() {
            (sum * 10 + u32::from(b - b'0')) % 97
        } else {
            (sum * 100 + u32::from(b.wrapping_sub(b'A')) + 10) % 97
        }
    });
    shape && remainder == 1
}

fn is_book_account(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'/')
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    // Example IBANs of the IBAN registry (SWIFT, public).
    const DE: &str = "iban:DE89370400440532013000";
    const GB: &str = "iban:GB29NWBK60161331926819";

    #[test]
    fn payees_are_read_checked_and_printed() {
        for good in [DE, GB, "iban:*", "book:*", "book:acme/skills"] {
            assert_eq!(good.parse::<PayeePattern>().unwrap().to_string(), good);
        }
        for bad in [
            "iban:DE88370400440532013000",
            "iban:de89370400440532013000",
            "iban:DE89 3704 0044 0532 0130 00",
            "iban:",
            "iban:DE*",
            "iban:ÄÄ89370400440532013000",
            "book:",
            "book:A",
            "paypal:x",
            "*",
            "",
        ] {
            assert!(bad.parse::<PayeePattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_payee_covers_its_account_only() {
        let de: PayeePattern = DE.parse().unwrap();
        let any: PayeePattern = "iban:*".parse().unwrap();
        assert!(de.allows("iban", "DE89370400440532013000"));
        assert!(!de.allows("iban", "GB29NWBK60161331926819"));
        assert!(!any.allows("book", "x"));
        assert_eq!(any.intersect(&de), Some(de.clone()));
        assert_eq!(de.intersect(&GB.parse().unwrap()), None);
        assert_eq!(any.intersect(&"book:*".parse().unwrap()), None);
    }
}
