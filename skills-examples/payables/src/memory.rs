//! What earlier runs have seen and paid, in the skill's own store.
//!
//! Keys are hashes, so that the store lists neither sellers nor numbers nor accounts in plain text; whoever guesses them can still
//! confirm them. The host keeps what is written in a run with effects only once they are approved.

use std::fmt;

use guildhall_sdk::{Refusal, context, state};
use sha2::{Digest as _, Sha256};

/// Accounts that are remembered of one seller; the oldest is forgotten first.
const MAX_ACCOUNTS: usize = 16;

/// SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            for half in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(half), 16));
            }
        }
        Digest(hex)
    }

    /// 64 hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.0
    }
}

/// `sha256:` and 64 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

/// What is remembered of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Digest of its file, as it was written down.
    pub digest: String,
    /// When it was written down.
    pub when: String,
    /// What the skill adds, for example the path.
    pub note: String,
}

impl Record {
    fn from(value: &str) -> Self {
        let mut parts = value.splitn(3, '\n').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        Record {
            digest: part(),
            when: part(),
            note: part(),
        }
    }
}

/// Documents, remembered by each of their [identities](guildhall_invoice::Document::identities), so that a copy that leaves one out
/// is recognised by another.
#[derive(Clone, Copy, Debug)]
pub struct Documents {
    prefix: &'static str,
}

impl Documents {
    /// Those below this first part of a key, such as `seen`.
    pub const fn below(prefix: &'static str) -> Self {
        Documents { prefix }
    }

    /// What was remembered of a document.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn find(&self, identities: &[String]) -> Result<Option<Record>, Refusal> {
        for identity in identities {
            if let Some(value) = state::get_string(&self.key(identity))? {
                return Ok(Some(Record::from(&value)));
            }
        }
        Ok(None)
    }

    /// Remembers a document, instead of what was remembered of it.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn put(&self, identities: &[String], digest: &str, note: &str) -> Result<(), Refusal> {
        let value = value(digest, note);
        identities
            .iter()
            .try_for_each(|identity| state::set(&self.key(identity), &value))
    }

    /// What was remembered of a document first; if nothing was, it is remembered now. What was remembered stays, and is found by
    /// each of its identities from now on.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn first(
        &self,
        identities: &[String],
        digest: &str,
        note: &str,
    ) -> Result<Option<Record>, Refusal> {
        let (mut known, mut new) = (None, Vec::new());
        for key in identities.iter().map(|identity| self.key(identity)) {
            match state::get_string(&key)? {
                Some(value) => known = known.or(Some(value)),
                None => new.push(key),
            }
        }
        let kept = known.clone().unwrap_or_else(|| value(digest, note));
        for key in new {
            state::set(&key, &kept)?;
        }
        Ok(known.as_deref().map(Record::from))
    }

    fn key(&self, identity: &str) -> String {
        format!("{}/{}", self.prefix, Digest::of(identity).hex())
    }
}

fn value(digest: &str, note: &str) -> String {
    format!("{digest}\n{}\n{note}", context::now())
}

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// The seller was not paid before.
    FirstPayment,
    /// The seller was paid at this account before.
    Known,
    /// The seller was paid before, but at another account.
    Changed,
}

/// Accounts at which sellers were paid.
#[derive(Clone, Copy, Debug)]
pub struct Accounts {
    prefix: &'static str,
}

impl Accounts {
    /// Those below this first part of a key, such as `paid`.
    pub const fn below(prefix: &'static str) -> Self {
        Accounts { prefix }
    }

    /// What is known of an account of a seller.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn history(&self, sellers: &[String], account: &str) -> Result<History, Refusal> {
        let mut history = History::FirstPayment;
        for seller in sellers {
            let known = self.of(seller)?;
            if known.contains(&account_hash(seller, account)) {
                return Ok(History::Known);
            }
            if !known.is_empty() {
                history = History::Changed;
            }
        }
        Ok(history)
    }

    /// Remembers that a seller is paid at an account.
    ///
    /// # Errors
    /// The host's refusal.
    pub fn remember(&self, sellers: &[String], account: &str) -> Result<(), Refusal> {
        for seller in sellers {
            let mut known = self.of(seller)?;
            let hash = account_hash(seller, account);
            if known.contains(&hash) {
                continue;
            }
            known.push(hash);
            let excess = known.len().saturating_sub(MAX_ACCOUNTS);
            known.drain(..excess);
            state::set(&self.key(seller), known.join("\n"))?;
        }
        Ok(())
    }

    fn of(&self, seller: &str) -> Result<Vec<String>, Refusal> {
        let value = state::get_string(&self.key(seller))?.unwrap_or_default();
        Ok(value.lines().map(str::to_owned).collect())
    }

    fn key(&self, seller: &str) -> String {
        format!("{}/{}", self.prefix, Digest::of(seller).hex())
    }
}

/// Hashed with the seller, so that the same account at two sellers does not look the same.
fn account_hash(seller: &str, account: &str) -> String {
    Digest::of(format!("{seller}\n{account}")).0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use guildhall_sdk::testing::FakeHost;

    use super::*;

    const SEEN: Documents = Documents::below("seen");
    const PAID: Accounts = Accounts::below("paid");

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        assert_eq!(
            Digest::of("abc").to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_was_seen_first_stays_and_is_found_by_each_identity() {
        let _host = FakeHost::new().now("2026-11-24T09:00:00Z");
        assert_eq!(SEEN.first(&ids(&["a", "b"]), "1", "one").unwrap(), None);
        let first = Record {
            digest: "1".to_owned(),
            when: "2026-11-24T09:00:00Z".to_owned(),
            note: "one".to_owned(),
        };
        let again = SEEN.first(&ids(&["c", "b"]), "2", "two").unwrap();
        assert_eq!(again, Some(first.clone()));
        assert_eq!(SEEN.find(&ids(&["x", "c"])).unwrap(), Some(first));
        assert_eq!(SEEN.find(&ids(&["x"])).unwrap(), None);
        SEEN.put(&ids(&["a"]), "3", "a\nb").unwrap();
        assert_eq!(SEEN.find(&ids(&["a"])).unwrap().unwrap().note, "a\nb");
    }

    #[test]
    fn an_account_is_new_then_known_and_another_one_has_changed() {
        let _host = FakeHost::new();
        let seller = ids(&["DE1", "HRB1"]);
        assert_eq!(PAID.history(&seller, "A").unwrap(), History::FirstPayment);
        PAID.remember(&seller, "A").unwrap();
        assert_eq!(PAID.history(&seller, "A").unwrap(), History::Known);
        let other = ids(&["HRB1"]);
        assert_eq!(PAID.history(&other, "B").unwrap(), History::Changed);
        assert_eq!(
            PAID.history(&ids(&["DE2"]), "A").unwrap(),
            History::FirstPayment
        );
        for number in 0..MAX_ACCOUNTS {
            PAID.remember(&seller, &number.to_string()).unwrap();
        }
        assert_eq!(PAID.history(&seller, "A").unwrap(), History::Changed);
        assert_eq!(PAID.history(&seller, "0").unwrap(), History::Known);
    }
}
