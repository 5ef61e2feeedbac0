//! An invocation is a transaction: run, stage, approve, commit.

mod commit;
mod finish;
mod machine;
mod observer;
mod outcome;
mod request;
mod run;

#[cfg(test)]
mod machine_tests;

pub(crate) use commit::{AtWork, Executor, Performed};
pub(crate) use finish::{Answer, Ended, answer_of, finished};
pub use machine::{RunEvent, RunStatus, Settlement};
pub use observer::{Observer, Progress};
pub use outcome::{EffectReport, Failure, LogLevel, LogLine, Outcome, Sent, Usage};
pub use request::{Answered, InvalidTenant, Invocation, RunId, Tenant};
pub(crate) use run::{Call, StopTokens, run_guest};
