//! `guildhall verify` of a statement about a deletion: signed by the console when everything was deleted.

use crate::args::VerifyArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use crate::when::Clock;
use guildhall_host::{ERASURE_TYPE, EgressConfig, Erasure, Tenant, VerifyError, read_erasure};
use guildhall_package::text::plain;
use guildhall_package::trust::dsse::Envelope;
use serde_json::json;
use std::path::PathBuf;

/// Whether a file says that it is such a statement. What it says is not believed yet.
pub fn is_erasure(bytes: &[u8]) -> bool {
    Envelope::parse(bytes).is_ok_and(|envelope| envelope.payload_type() == ERASURE_TYPE)
}

/// Verifies a statement, and says what was checked.
///
/// # Errors
/// If the host can't be opened. A statement that is not good is no error but the answer.
pub async fn run(home: Option<PathBuf>, args: &VerifyArgs, bytes: &[u8]) -> Result<Exit, CliError> {
    let verified = match &args.key {
        Some(key) => read_erasure(bytes, &[*key]).map_err(VerifyError::from),
        None => {
            let host = host::open(&Home::find(home)?, EgressConfig::default()).await?;
            let verified = host.verify_erasure(&Tenant::local(), bytes).await;
            host.shutdown().await;
            verified
        }
    };
    match verified {
        Ok(erasure) => {
            if args.json {
                output::json(&json!({ "verified": true, "deletion": super::to_json(&erasure)? }));
            } else {
                print(&erasure, args.key.is_some());
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            let error = host::verify_error(error);
            if error.exit != Exit::Unverified || !args.json {
                return Err(error);
            }
            let mut object = error.to_json();
            if let Some(object) = object.as_object_mut() {
                object.insert("verified".to_owned(), false.into());
            }
            output::json(&object);
            Ok(Exit::Unverified)
        }
    }
}

fn print(erasure: &Erasure, by_key: bool) {
    let clock = Clock::system();
    let erased = &erasure.erased;
    super::fact("by", plain(&erasure.by, 200));
    super::fact("began", clock.date(erasure.began_at_ms));
    super::fact("done", clock.date(erasure.done_at_ms));
    for (name, many) in [
        ("runs", erased.runs),
        ("host calls", erased.host_calls),
        ("effects", erased.effects),
        ("remembered", erased.state),
        ("words", erased.payment_words),
        ("payees", erased.payees),
        ("mandates", erased.mandates),
        ("secrets", erased.secrets),
        ("channels", erased.channels),
    ] {
        super::fact(name, format!("{many} deleted"));
    }
    for stays in &erasure.why {
        output::note(format_args!(
            "Stays: {}; {}.",
            plain(&stays.what, 600),
            plain(&stays.why, 600)
        ));
    }
    output::note(if by_key {
        "The signature is good. The audit log and the journal of the machine that signed it were not looked at."
    } else {
        "The signature is good, the audit log says the same at this place, and no run from before is in the journal."
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use guildhall_host::Host;

    #[tokio::test]
    async fn a_statement_is_told_from_a_receipt_and_verified_by_its_key_alone() {
        let host = Host::builder().build().await.unwrap();
        let bytes = host.erase(&Tenant::local(), "Ann").await.unwrap();
        assert!(is_erasure(&bytes));
        let args = VerifyArgs {
            file: PathBuf::new(),
            replay: false,
            key: Some(host.receipt_key()),
            json: false,
        };
        assert_eq!(run(None, &args, &bytes).await.unwrap(), Exit::Done);
        let mut other = bytes.clone();
        let middle = other.len() / 2;
        other[middle] = if other[middle] == b'A' { b'B' } else { b'A' };
        let error = run(None, &args, &other).await.unwrap_err();
        assert_eq!(error.exit, Exit::Unverified);
        host.shutdown().await;
    }

    #[test]
    fn what_is_no_statement_goes_the_way_of_receipts() {
        for bytes in [&b""[..], b"{}", b"\xff"] {
            assert!(!is_erasure(bytes));
        }
    }
}
