//! The audit log: a hash chain for each tenant. Pure: entries, their hashes, and what a chain proves.
//!
//! A chain shows that no entry inside it was changed, removed or put in. That its tail was not cut off can be found only
//! against a head that was kept elsewhere: in a receipt, a file, the console.

mod history;
mod standing;

pub(crate) use history::{History, histories, was_pruned};
pub(crate) use standing::Standing;

use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// Whose chain it is in.
    pub tenant: String,
    /// Place in the chain, from 0.
    pub seq: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What happened, as one word: `run-ended`, `approved`, `effect-done`.
    pub kind: String,
    /// The facts. Nothing of an input, an output or a payload is among them.
    pub body: Value,
    /// Hash of the entry before; of the tenant's name for the first.
    pub prev: Digest,
    /// Hash of this entry.
    pub hash: Digest,
}

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Whose chain it is.
    pub tenant: String,
    /// Entries in it.
    pub entries: u64,
    /// Hash of the last one.
    pub hash: Digest,
    /// When the last one was written, in milliseconds since the Unix epoch; 0 for an empty chain.
    pub at_ms: i64,
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// An entry is not at its place.
    #[error(
        "entry {expected} of the audit log is missing: the next one is {found}; entries were removed"
    )]
    Missing {
        /// The place.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// An entry does not follow the one before.
    #[error(
        "entry {0} of the audit log does not follow the one before it; one of them was changed or put in"
    )]
    NotLinked(u64),
    /// An entry is not what its hash says.
    #[error("entry {0} of the audit log was changed after it was written")]
    Changed(u64),
    /// The chain is shorter than a head that was kept.
    #[error(
        "the audit log has {found} entries, and the head that was kept says {kept}; its tail was cut off"
    )]
    Cut {
        /// Entries there are.
        found: u64,
        /// Entries that the head says.
        kept: u64,
    },
    /// At the place of a head that was kept, the chain has another hash.
    #[error("at entry {0} the audit log is not the one whose head was kept; it was written anew")]
    Forked(u64),
    /// A run's record is not what its entry says.
    #[error("the journal's record of run {0} is not what was recorded when it ended: {1}")]
    Record(String, String),
    /// A mandate, a channel or an account stands in the store otherwise than the log says.
    #[error(
        "{0} is not as the audit log says: the store holds it as it was at another time, or without what the log knows of it"
    )]
    Standing(String),
    /// A revocation is in the log and not in force, or the other way round.
    #[error(
        "the skill {0} is revoked in one of the audit log and the journal, and not in the other"
    )]
    Revocation(String),
    /// An entry can't be written as canonical JSON.
    #[error("entry {0} can't be read")]
    Unreadable(u64),
}

/// What the first entry of a tenant's chain follows.
#[must_use]
pub fn genesis(tenant: &str) -> Digest {
    Digest::of(format!("guildhall audit 1\n{tenant}").as_bytes())
}

/// The hash of an entry with these facts: over its canonical JSON (RFC 8785) without the hash itself.
///
/// # Errors
/// If the body can't be written as canonical JSON.
pub fn entry_hash(
    tenant: &str,
    seq: u64,
    at_ms: i64,
    kind: &str,
    body: &Value,
    prev: Digest,
) -> Result<Digest, serde_json::Error> {
    let body = serde_json_canonicalizer::to_string(body)?;
    entry_hash_of(tenant, seq, at_ms, kind, &body, prev)
}

/// The same, of a body that is in its canonical form already.
pub(crate) fn entry_hash_of(
    tenant: &str,
    seq: u64,
    at_ms: i64,
    kind: &str,
    body: &str,
    prev: Digest,
) -> Result<Digest, serde_json::Error> {
    entry_text(tenant, seq, at_ms, kind, body, prev).map(|text| Digest::of(&text))
}

/// The canonical JSON of an entry's facts. Its fields stand in their order here already; sorting them again and copying the body
/// for it is what a host that records thousands of runs a second would feel.
fn entry_text(
    tenant: &str,
    seq: u64,
    at_ms: i64,
    kind: &str,
    body: &str,
    prev: Digest,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::with_capacity(512);
    add(&mut text, "{\"at_ms\":", &at_ms)?;
    text.extend_from_slice(b",\"body\":");
    text.extend_from_slice(body.as_bytes());
    add(&mut text, ",\"kind\":", kind)?;
    add(&mut text, ",\"prev\":", &prev)?;
    add(&mut text, ",\"seq\":", &seq)?;
    add(&mut text, ",\"tenant\":", tenant)?;
    text.push(b'}');
    Ok(text)
}

fn add<T: Serialize + ?Sized>(
    text: &mut Vec<u8>,
    name: &str,
    value: &T,
) -> Result<(), serde_json::Error> {
    text.extend_from_slice(name.as_bytes());
    serde_json_canonicalizer::to_writer(&value, text)
}

/// Checks a whole chain from its first entry, and that `kept` heads lie on it. Returns its head.
///
/// # Errors
/// [`AuditError`] names the first entry that is wrong.
pub fn check_chain<'a>(
    tenant: &str,
    entries: impl IntoIterator<Item = &'a AuditEntry>,
    kept: &[AuditHead],
) -> Result<AuditHead, AuditError> {
    let mut head = AuditHead {
        tenant: tenant.to_owned(),
        entries: 0,
        hash: genesis(tenant),
        at_ms: 0,
    };
    check_kept(&head, kept)?;
    for entry in entries {
        if entry.seq != head.entries {
            return Err(AuditError::Missing {
                expected: head.entries,
                found: entry.seq,
            });
        }
        if entry.prev != head.hash || entry.tenant != tenant {
            return Err(AuditError::NotLinked(entry.seq));
        }
        let hash = entry_hash(
            tenant,
            entry.seq,
            entry.at_ms,
            &entry.kind,
            &entry.body,
            entry.prev,
        )
        .map_err(|_| AuditError::Unreadable(entry.seq))?;
        if hash != entry.hash {
            return Err(AuditError::Changed(entry.seq));
        }
        head = AuditHead {
            tenant: tenant.to_owned(),
            entries: entry.seq.saturating_add(1),
            hash,
            at_ms: entry.at_ms,
        };
        check_kept(&head, kept)?;
    }
    match kept.iter().find(|kept| kept.entries > head.entries) {
        Some(kept) => Err(AuditError::Cut {
            found: head.entries,
            kept: kept.entries,
        }),
        None => Ok(head),
    }
}

fn check_kept(head: &AuditHead, kept: &[AuditHead]) -> Result<(), AuditError> {
    let forked = kept
        .iter()
        .any(|kept| kept.entries == head.entries && kept.hash != head.hash);
    if forked {
        return Err(AuditError::Forked(head.entries));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn chain(length: u64) -> Vec<AuditEntry> {
        let mut prev = genesis("t");
        (0..length)
            .map(|seq| {
                let body = json!({ "run": seq });
                let hash = entry_hash("t", seq, 5, "k", &body, prev).unwrap();
                let entry = AuditEntry {
                    tenant: "t".to_owned(),
                    seq,
                    at_ms: 5,
                    kind: "k".to_owned(),
                    body,
                    prev,
                    hash,
                };
                prev = hash;
                entry
            })
            .collect()
    }

    #[test]
    fn an_untouched_chain_is_good_and_a_kept_head_lies_on_it() {
        let entries = chain(5);
        let head = check_chain("t", &entries, &[]).unwrap();
        assert_eq!(head.entries, 5);
        let early = check_chain("t", &entries[..2], &[]).unwrap();
        assert_eq!(check_chain("t", &entries, &[early, head.clone()]), Ok(head));
    }

    #[test]
    fn a_cut_tail_is_found_only_against_a_head_that_was_kept() {
        let entries = chain(5);
        let head = check_chain("t", &entries, &[]).unwrap();
        assert!(check_chain("t", &entries[..3], &[]).is_ok());
        assert_eq!(
            check_chain("t", &entries[..3], &[head]),
            Err(AuditError::Cut { found: 3, kept: 5 })
        );
    }

    #[test]
    fn a_chain_that_was_written_anew_is_not_the_one_whose_head_was_kept() {
        let head = check_chain("t", &chain(3), &[]).unwrap();
        let mut other = chain(2);
        let body = json!("other");
        let hash = entry_hash("t", 2, 5, "k", &body, other[1].hash).unwrap();
        other.push(AuditEntry {
            body,
            prev: other[1].hash,
            hash,
            seq: 2,
            ..other[0].clone()
        });
        assert!(check_chain("t", &other, &[]).is_ok());
        assert_eq!(
            check_chain("t", &other, &[head]),
            Err(AuditError::Forked(3))
        );
    }

    proptest! {
        #[test]
        fn an_entry_is_hashed_over_its_canonical_json(
            tenant in any::<String>(), seq in any::<u64>(), at_ms in any::<i64>(), kind in any::<String>(),
            names in proptest::collection::vec(any::<String>(), 0..4), number in any::<f64>(),
        ) {
            let mut body: serde_json::Map<String, Value> =
                names.iter().map(|name| (name.clone(), json!([name, number]))).collect();
            body.insert("\u{fb33}".to_owned(), json!({"z": null, "a": names}));
            body.insert("\u{1f600}".to_owned(), json!(seq));
            let (body, prev) = (Value::Object(body), Digest::of(kind.as_bytes()));
            let whole = serde_json_canonicalizer::to_vec(&json!({
                "tenant": tenant, "seq": seq, "at_ms": at_ms, "kind": kind, "body": body, "prev": prev,
            }));
            let body = serde_json_canonicalizer::to_string(&body).unwrap();
            let text = entry_text(&tenant, seq, at_ms, &kind, &body, prev);
            prop_assert_eq!(text.unwrap(), whole.unwrap());
        }

        #[test]
        fn one_change_anywhere_is_found(at in 0usize..6, what in 0..6) {
            let mut entries = chain(6);
            match what {
                0 => entries[at].body = json!("changed"),
                1 => entries[at].at_ms += 1,
                2 => entries[at].kind.push('x'),
                3 => entries[at].hash = Digest::of(b"x"),
                4 => entries[at].prev = Digest::of(b"x"),
                _ if at == 5 => return Ok(()),
                _ => drop(entries.remove(at)),
            }
            prop_assert!(check_chain("t", &entries, &[]).is_err());
        }
    }
}
