//! Everything of a tenant deleted: what was, what stays and why, as a signed statement. Pure.

use crate::audit::AuditHead;
use crate::receipts::{PublicKey, ReceiptError, dsse_verify};
use serde::{Deserialize, Serialize};

/// Type of the payload of a signed statement about an erasure.
pub const ERASURE_TYPE: &str = "application/vnd.guildhall.erasure.v1+json";

/// What an erasure deleted, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// Runs, with their inputs, outputs, logs, settings and the decisions about them.
    pub runs: u64,
    /// Of them, those that waited for a decision: they were rejected, and nothing of them was performed.
    pub rejected: u64,
    /// What runs asked the host, and its answers.
    pub host_calls: u64,
    /// Staged effects, with contents.
    pub effects: u64,
    /// Entries of what skills remembered.
    pub state: u64,
    /// Names, documents and reasons of payment orders.
    pub payment_words: u64,
    /// Payees that were known. The next payment to each of them is a first one again.
    pub payees: u64,
    /// Mandates; those in force were revoked.
    pub mandates: u64,
    /// Secrets.
    pub secrets: u64,
    /// Channels for messages.
    pub channels: u64,
}

impl Erased {
    /// Both together: an erasure that was interrupted and went on.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self {
            runs: self.runs.saturating_add(more.runs),
            rejected: self.rejected.saturating_add(more.rejected),
            host_calls: self.host_calls.saturating_add(more.host_calls),
            effects: self.effects.saturating_add(more.effects),
            state: self.state.saturating_add(more.state),
            payment_words: self.payment_words.saturating_add(more.payment_words),
            payees: self.payees.saturating_add(more.payees),
            mandates: self.mandates.saturating_add(more.mandates),
            secrets: self.secrets.saturating_add(more.secrets),
            channels: self.channels.saturating_add(more.channels),
        }
    }
}

/// What stays after an erasure, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remains {
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// Accounts of the wallet.
    pub accounts: u64,
    /// Payment orders, without their words.
    pub payments: u64,
    /// Postings of the ledger.
    pub postings: u64,
    /// Files that were made for the bank, without payees' names.
    pub bank_files: u64,
}

/// What a thing that stays is, and why it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remaining {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// A statement about an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Version of this form: 1.
    pub version: u32,
    /// Whose things were deleted.
    pub tenant: String,
    /// Who asked for it.
    pub by: String,
    /// When it began, in milliseconds since the Unix epoch: everything from before is deleted.
    pub began_at_ms: i64,
    /// When the last byte of it was overwritten in the store; of a store on a server, when its rows and keys were gone.
    pub done_at_ms: i64,
    /// What was deleted.
    pub erased: Erased,
    /// How much of what stays.
    pub remains: Remains,
    /// What stays, in words.
    pub why: Vec<Remaining>,
    /// Where the audit log ended with it.
    pub audit: AuditHead,
}

/// What the audit log says about an erasure that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasedEntry {
    pub(crate) by: String,
    pub(crate) began_at_ms: i64,
    pub(crate) erased: Erased,
    pub(crate) remains: Remains,
    /// Whether the store is on a server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) on_server: bool,
}

impl Erasure {
    /// The statement that an entry of the audit log stands for.
    pub(crate) fn of(entry: ErasedEntry, audit: AuditHead) -> Self {
        Self {
            version: 1,
            tenant: audit.tenant.clone(),
            by: entry.by,
            began_at_ms: entry.began_at_ms,
            done_at_ms: audit.at_ms,
            erased: entry.erased,
            remains: entry.remains,
            why: why(entry.on_server),
            audit,
        }
    }
}

/// Files of a server are its operator's.
const OF_SERVER: (&str, &str) = (
    "what deleted rows left in the files of the database server: tables that were not written anew since, its write-ahead log, its replicas and its backups; and,      for an hour at most, keys of runs that waited at another machine",
    "this program can't reach them: have the server's operator run VACUUM FULL on this database, and let logs and backups from before run out",
);

/// What stays, and why: the same for every erasure of a store of this kind.
fn why(on_server: bool) -> Vec<Remaining> {
    let of_server = on_server.then_some(OF_SERVER);
    [
        (
            "the audit log: what happened, when, by whom, for which skill and under which identifiers, with hashes in place of inputs and outputs; names of \
             secrets and channels with where they led; terms of mandates with payees, folders and recipients",
            "each entry follows from the one before it; with one missing, nobody could tell any more that nothing else was changed",
        ),
        (
            "the ledger: accounts of the wallet with IBAN and holder, amounts, times, accounts of payees, files for the bank without payees' names",
            "money has to add up, and the law asks merchants to keep their books",
        ),
        (
            "a fingerprint of each document that was paid",
            "so that no document is paid a second time",
        ),
        (
            "files, payments and messages that runs have written, made or sent",
            "they are in your folders, at your bank and with their receivers, not in this store",
        ),
        (
            "installed skills, their compiled code and revocations",
            "they are programs and no record of yours; uninstall them one by one",
        ),
        (
            "people of the console, their sign-in, the tokens of agents and programs, and identifiers and times of runs that its doors were asked for",
            "somebody has to be able to come for this statement; remove them under People and Agents",
        ),
        (
            "copies that were made before: backups, exports, receipts, and blocks that the disk itself keeps",
            "this program can't reach them",
        ),
    ]
    .into_iter()
    .chain(of_server)
    .map(|(what, why)| Remaining {
        what: what.split_whitespace().collect::<Vec<_>>().join(" "),
        why: why.to_owned(),
    })
    .collect()
}

/// Checks the signature of a statement about an erasure and reads it.
///
/// # Errors
/// If one byte of it is not what was signed, or it was signed by none of these keys.
pub fn read_erasure(envelope: &[u8], trusted: &[PublicKey]) -> Result<Erasure, ReceiptError> {
    let verified = dsse_verify(envelope, trusted, ERASURE_TYPE)?;
    let erasure: Erasure = serde_json::from_slice(&verified.payload)
        .map_err(|error| ReceiptError::Content(error.to_string()))?;
    if erasure.version != 1 {
        return Err(ReceiptError::Content(format!(
            "it has version {}",
            erasure.version
        )));
    }
    Ok(erasure)
}
