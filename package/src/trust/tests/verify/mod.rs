//! What a client demands: one release that passes, and for each check what makes it fail.

use crate::trust::TrustError;
use crate::trust::evidence::*;
use crate::trust::root::{RootFile, TrustedRoot};
use crate::trust::testing::*;
use crate::trust::verify::*;

/// A log with some releases, and the one that is asked for.
pub fn market() -> (Market, Released) {
    let mut market = Market::new();
    market.release(component("acme/rates", "1.0.0"), PUBLISHER_KEY);
    let released = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    market.release(component("other/tools", "1.0.0"), OTHER_PUBLISHER_KEY);
    (market, released)
}

pub fn wanted() -> Wanted {
    Wanted {
        name: Some("acme/rates".parse().unwrap()),
        version: Some("1.2.0".parse().unwrap()),
        release: None,
    }
}

pub fn verify(trust: &TrustState, evidence: &Evidence) -> Result<Verified, TrustError> {
    verify_release(trust, &wanted(), evidence, NOW)
}

pub fn refused(evidence: &Evidence) -> TrustError {
    verify(&client(), evidence).unwrap_err()
}

/// Asserts which check failed, and that its message says so, and what to do.
macro_rules! assert_refused {
    ($error:expr, $check:literal, $pattern:pat $(if $guard:expr)?) => {{
        let error = $error;
        assert!(matches!(&error, $pattern $(if $guard)?), "{error:?}");
        assert_eq!(error.check(), $check);
        let shown = error.to_string();
        assert!(shown.contains(": ") && shown.len() > 40, "{shown}");
    }};
}
/// A client that pinned this root file.
pub fn client_of(file: &RootFile) -> TrustState {
    let root = TrustedRoot::pin(&signed_root(file, &ROOT_KEYS)).unwrap();
    TrustState::first_contact(root)
}

mod bytes;
mod keys;
mod log;
mod release;
