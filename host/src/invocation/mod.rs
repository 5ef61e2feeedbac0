//! An invocation is a transaction: run, stage, approve, commit.

mod commit;
mod finish;
mod machine;
mod outcome;
mod request;
mod run;

#[cfg(test)]
mod machine_tests;

pub(crate) use commit::{commit_run, recover_run};
pub(crate) use finish::{Ended, finished};
pub use machine::{RunEvent, RunStatus, Settlement};
pub use outcome::{EffectReport, Failure, LogLevel, LogLine, Outcome, Usage};
pub use request::{InvalidTenant, Invocation, Tenant};
pub(crate) use run::{Call, run_guest};
