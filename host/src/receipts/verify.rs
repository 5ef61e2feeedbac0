//! Reading a receipt, and comparing it with a journal. Pure.

use super::facts::{request_label, response_label};
use super::{DsseError, PublicKey, RECEIPT_TYPE, Receipt, RunFacts, dsse};
use crate::invocation::Failure;
use crate::journal::ReplayRows;
use crate::vault::Commitments;

/// Why a receipt is not good.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The envelope or its signature.
    #[error(transparent)]
    Envelope(#[from] DsseError),
    /// The payload is signed and is no receipt of this form.
    #[error("the signed content is not a receipt of version 1: {0}")]
    Content(String),
    /// It is not about a run of this journal.
    #[error(
        "the journal has no run {0}; a receipt can be compared only where its run was journaled"
    )]
    NoRun(String),
    /// The journal's record is not what was signed.
    #[error(
        "{what} of the run is not what the receipt says; the journal was changed after it was signed"
    )]
    Differs {
        /// Which part.
        what: String,
    },
    /// The audit log does not hold what the receipt says.
    #[error("{0}")]
    Audit(#[from] crate::audit::AuditError),
    /// The run does not do again what its journal says.
    #[error("executed again, the run differs from its journal: {0}")]
    Replay(String),
    /// The run can't be executed again.
    #[error("the run can't be executed again: {0}")]
    NotReplayable(String),
}

/// Checks the signature of a receipt and reads it.
///
/// # Errors
/// If one byte of it is not what was signed, or it was signed by none of these keys.
pub fn read_receipt(envelope: &[u8], trusted: &[PublicKey]) -> Result<Receipt, ReceiptError> {
    let verified = dsse::verify(envelope, trusted, RECEIPT_TYPE)?;
    let receipt: Receipt = serde_json::from_slice(&verified.payload)
        .map_err(|error| ReceiptError::Content(error.to_string()))?;
    if receipt.version != 1 {
        return Err(ReceiptError::Content(format!(
            "it has version {}",
            receipt.version
        )));
    }
    Ok(receipt)
}

/// Compares what a journal holds of a run with what a receipt commits to.
pub(crate) fn compare(
    run: &RunFacts,
    rows: &ReplayRows,
    commitments: &Commitments,
) -> Result<(), ReceiptError> {
    let json = |value: &serde_json::Value| {
        serde_json::to_vec(value).map_err(|error| ReceiptError::Content(error.to_string()))
    };
    let input = json(&rows.input)?;
    let output = rows.output.as_ref().map(json).transpose()?;
    let differs = |what: &str| ReceiptError::Differs {
        what: what.to_owned(),
    };
    if run.skill.digest != rows.skill || run.operation != rows.operation {
        return Err(differs("the skill or the operation"));
    }
    if run.grants != rows.grants {
        return Err(differs("the grants"));
    }
    if !commitments.verify(&run.input, "input", &input) {
        return Err(differs("the input"));
    }
    match (&run.output, &output) {
        (None, None) => {}
        (Some(commitment), Some(output)) if commitments.verify(commitment, "output", output) => {}
        _ => return Err(differs("the output")),
    }
    let failed = match &rows.failure {
        Some(
            failure @ (Failure::Operation { .. } | Failure::Trap { .. } | Failure::Limit { .. }),
        ) => Some(
            serde_json::to_vec(failure)
                .map_err(|error| ReceiptError::Content(error.to_string()))?,
        ),
        // Written when it was rejected or interrupted, after the guest had ended.
        _ => None,
    };
    match (&run.failure, &failed) {
        (Some(commitment), Some(failed)) if !commitments.verify(commitment, "failure", failed) => {
            return Err(differs("the failure"));
        }
        (None, Some(_)) => return Err(differs("the failure")),
        _ => {}
    }
    if !commitments.verify(&run.seed, "seed", &rows.seed) {
        return Err(differs("the seed"));
    }
    if run.calls.len() != rows.calls.len() {
        return Err(differs("the number of host calls"));
    }
    for (fact, call) in run.calls.iter().zip(&rows.calls) {
        let name = format!("{}.{}", call.interface, call.function);
        let same = fact.seq == call.seq
            && fact.call == name
            && fact.refused.is_some() == call.refused
            && commitments.verify(&fact.request, &request_label(call.seq), &call.request)
            && commitments.verify(&fact.response, &response_label(call.seq), &call.response);
        if !same {
            return Err(differs(&format!("host call {} ({name})", call.seq)));
        }
    }
    Ok(())
}
