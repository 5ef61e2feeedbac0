//! A fake host for unit tests, so that `cargo test` runs a skill's code without a component and without a host.
//!
//! It exists on every target but WebAssembly, answers on the thread that made it until it is dropped, and follows
//! the contract: paths, grants, staged writes seen by later reads, state. It grants what the test sets up and
//! refuses the rest as the host does. What it does not do: limits, approval, the merchant's grants. Golden cases
//! (`guildhall test`) run the built component on the real host for those.
//!
//! ```
//! use guildhall_sdk::{files, testing::FakeHost};
//!
//! let host = FakeHost::new()
//!     .file("invoices/a.xml", "<Invoice/>")
//!     .writable("reports")
//!     .now("2026-11-24T12:00:00Z");
//!
//! let text = files::read_to_string("invoices/a.xml")?;
//! files::write("reports/copy.xml", text)?;
//!
//! assert_eq!(host.written_text("reports/copy.xml").as_deref(), Some("<Invoice/>"));
//! assert!(files::read("elsewhere/b.xml").is_err_and(|refusal| refusal.is_denied()));
//! # Ok::<(), guildhall_sdk::Refusal>(())
//! ```

mod fake;
pub(crate) mod files;
mod paths;
pub(crate) mod serve;
mod state;

pub use fake::FakeHost;
pub use state::{LogNote, SentRequest, StagedMessage, StagedOrder};

/// Runs a documentation example against a fake host with one recorded answer.
#[doc(hidden)]
pub fn doc(example: impl FnOnce() -> Result<(), crate::Refusal>) {
    let _host = FakeHost::new().answer("GET https://rates.example.org/today.xml", 200, "<rates/>");
    assert_eq!(example(), Ok(()));
}
