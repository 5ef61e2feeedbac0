//! Installed skills: verified releases with what their merchant consented to, each under its name in the home folder.
//!
//! ```text
//! installed/.lock
//! installed/PUBLISHER/SKILL/record.json          what is installed: replaced as a whole, which is what installs
//! installed/PUBLISHER/SKILL/DIGEST.wasm          the component, by its digest
//! installed/PUBLISHER/SKILL/DIGEST.evidence      what proves the release, by its digest
//! installed/PUBLISHER/SKILL/DIGEST.golden.tar    its golden cases, if it has any
//! ```

mod check;
mod record;
mod store;

pub use check::check;
pub use record::{Format, Record, RevokedFact};
pub use store::{Parts, Store};
