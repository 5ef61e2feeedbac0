//! Runs Guildhall skills: a fresh sandbox for each invocation, authority granted for it alone, effects staged and
//! performed only after a person's approval, everything journaled.
//!
//! ```no_run
//! # async fn example(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! use guildhall_host::{Host, Invocation};
//! let host = Host::builder().build().await?;
//! let skill = host.load(bytes).await?;
//! let input = serde_json::json!({ "amount": "100.00", "from": "EUR", "to": "USD" });
//! let outcome = host.invoke(&skill, Invocation::new("convert", input)).await?;
//! println!("{:?}", outcome.status);
//! # Ok(()) }
//! ```
//!
//! The host never prints, never reads the environment, never panics on outside data.

mod approvals;
mod capabilities;
mod effects;
mod engine;
mod fsutil;
mod grants;
mod guest;
mod host;
mod invocation;
mod journal;
mod limits;
mod refusal;
pub mod values;

pub use approvals::{
    Approver, Card, CardEffect, CardInput, Decision, Preview, SkillIdentity, Trust,
};
pub use capabilities::files::{FileGrant, FolderIdentity, GrantLocation, Pin, RelPath};
pub use capabilities::network::egress::{
    EgressConfig, EgressError, EgressLimits, Hop, HopResponse, LoopbackPeer, Meter, PeerError,
    RecordedTransport, Transport,
};
pub use effects::{
    Effect, EffectEvent, EffectFacts, EffectSet, EffectState, FileWrite, Message, Payment,
};
pub use engine::{CompileError, Compiler, EngineError, InProcessCompiler, compile_component};
pub use grants::{Authority, Consent, Grants};
pub use host::{Host, HostBuilder, HostError, LoadError, Skill};
pub use invocation::{
    EffectReport, Failure, InvalidTenant, Invocation, LogLevel, LogLine, Outcome, RunEvent,
    RunStatus, Settlement, Tenant, Usage,
};
pub use journal::{
    DecideError, HostCallRecord, JournalError, PendingApproval, RunDetail, RunFilter, RunSummary,
};
pub use limits::{HostLimits, Limits};
pub use refusal::{AuthoritySet, Refusal, RefusalKind};
