//! Receipts: what a run did, signed.
//!
//! A receipt proves that the run is consistent with the journal of the host that signed it. It does not prove that a remote
//! server told the truth. Inputs, outputs and host calls are in it as keyed commitments: who has the journal can check them,
//! and nobody can find them by trying.

mod facts;
mod verify;

use guildhall_package::trust::dsse;

use crate::keys::SecretKey32;

pub use dsse::{DsseError, Envelope};
pub(crate) use dsse::{sign, verify as dsse_verify};
pub use facts::{ApprovalFacts, CallFact, EffectFact, Receipt, RunFacts};
pub(crate) use facts::{Computed, KindFacts, OwnFacts, facts_of, facts_text, is_own};
pub use guildhall_package::market::money::receipt::RECEIPT_TYPE;
pub(crate) use guildhall_package::trust::keys::SigningKey;
pub use guildhall_package::trust::keys::{PublicKey, PublicKeyError};
pub(crate) use verify::compare;
pub use verify::{ReceiptError, read_receipt};

/// Type of the payload of a signed head of the audit log.
pub const HEAD_TYPE: &str = "application/vnd.guildhall.audit-head.v1+json";

/// The key that signs, from its secret seed.
pub(crate) fn signing_key(seed: &SecretKey32) -> SigningKey {
    SigningKey::from_seed(seed.expose())
}
