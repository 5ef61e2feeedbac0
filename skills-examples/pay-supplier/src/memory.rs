//! What earlier runs have ordered, in the skill's own store. Only hashes, times and open amounts are kept.
//!
//! - `done/HASH` for each identity of a document (seller and number): digest of the file, time, and how much of it is still open: zero
//!   but for a credit of which only a part was set off.
//! - `paid/HASH` for each identifier of a seller: hashes of the accounts that it was paid at.
//!
//! Entries are written for what was staged, and the host keeps them only once that is approved.

use std::fmt;

use guildhall_sdk::{Refusal, context, state};
use sha2::{Digest as _, Sha256};

use crate::bindings::AccountHistory;
use crate::claim::Claim;

/// Accounts that are remembered of one seller; the oldest is forgotten first.
const MAX_ACCOUNTS: usize = 16;

/// SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(half), 16));
            }
        }
        Digest(text)
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document that was ordered, or set off, before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Whether it was this very file.
    pub same_file: bool,
    /// When.
    pub when: String,
    /// What is still open of it, in minor units.
    pub open: i64,
}

/// The document as an earlier run has left it; none if it is new.
pub fn earlier(claim: &Claim) -> Result<Option<Earlier>, Refusal> {
    for identity in &claim.identities {
        let Some(value) = state::get_string(&document_key(identity))? else {
            continue;
        };
        let mut parts = value.split('\n');
        let digest = parts.next().unwrap_or_default();
        return Ok(Some(Earlier {
            same_file: digest == claim.digest.0,
            when: parts.next().unwrap_or_default().to_owned(),
            open: parts.next().and_then(|open| open.parse().ok()).unwrap_or(0),
        }));
    }
    Ok(None)
}

/// Remembers that a document was ordered or set off, and how much of it is still open.
pub fn remember(claim: &Claim, open: i64) -> Result<(), Refusal> {
    let value = format!("{}\n{}\n{open}", claim.digest, context::now());
    for identity in &claim.identities {
        state::set(&document_key(identity), &value)?;
    }
    Ok(())
}

/// What is known of an account of a seller.
pub fn history(sellers: &[String], account: &str) -> Result<AccountHistory, Refusal> {
    let mut history = AccountHistory::FirstPayment;
    for seller in sellers {
        let known = accounts(seller)?;
        if known.contains(&account_hash(seller, account)) {
            return Ok(AccountHistory::Known);
        }
        if !known.is_empty() {
            history = AccountHistory::Changed;
        }
    }
    Ok(history)
}

/// Remembers that a seller is paid at an account.
pub fn remember_account(sellers: &[String], account: &str) -> Result<(), Refusal> {
    for seller in sellers {
        let mut known = accounts(seller)?;
        let hash = account_hash(seller, account);
        if known.contains(&hash) {
            continue;
        }
        known.push(hash);
        let excess = known.len().saturating_sub(MAX_ACCOUNTS);
        known.drain(..excess);
        state::set(&seller_key(seller), known.join("\n"))?;
    }
    Ok(())
}

fn accounts(seller: &str) -> Result<Vec<String>, Refusal> {
    let value = state::get_string(&seller_key(seller))?.unwrap_or_default();
    Ok(value.lines().map(str::to_owned).collect())
}

fn document_key(identity: &str) -> String {
    format!("done/{}", Digest::of(identity.as_bytes()))
}

fn seller_key(seller: &str) -> String {
    format!("paid/{}", Digest::of(seller.as_bytes()))
}

/// Hashed with the seller, so that the same account at two sellers does not look the same.
fn account_hash(seller: &str, account: &str) -> String {
    Digest::of(format!("{seller}\n{account}").as_bytes()).0
}
