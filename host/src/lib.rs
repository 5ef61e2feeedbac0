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
mod audit;
mod capabilities;
mod clock;
mod effects;
mod engine;
mod fsutil;
mod grants;
mod guest;
mod host;
mod invocation;
mod journal;
mod keys;
mod ledger;
mod limits;
mod mandates;
mod money;
mod payees;
mod receipts;
mod refusal;
mod retention;
mod secrets;
pub mod values;
mod vault;
mod wallet;

pub use approvals::words;
pub use approvals::{
    Approver, Card, CardEffect, CardInput, Decision, MandateTerms, Preview, SkillIdentity, Trust,
};
pub use audit::{AuditEntry, AuditError, AuditHead, check_chain};
pub use capabilities::files::{
    Entry, EntryKind, FileGrant, FolderIdentity, GrantLocation, Pin, RelPath,
};
pub use capabilities::messages::{
    Attachment, ChannelConfig, ChannelError, Delivery, Mailbox, MessageChannel, Outgoing,
    WebhookError, WebhookRequestError, WebhookSecret, WebhookSecretError, verify_webhook,
};
pub use capabilities::network::egress::{
    Connection, Courier, CourierError, EgressConfig, EgressError, EgressLimits, Errand, Hop,
    HopResponse, LoopbackPeer, MailStream, Meter, PeerError, RecordedTransport, Reply, Transport,
};
pub use capabilities::payments::{Pain001Error, PaymentRail, RailOrder, RailReply};
pub use clock::ClockError;
pub use effects::{
    Attached, Effect, EffectEvent, EffectFacts, EffectSet, EffectState, FileWrite, Message,
    Payment, Route,
};
pub use engine::{
    CompileError, Compiler, ENGINE, EngineError, InProcessCompiler, compile_component,
};
pub use grants::{Authority, Consent, Grants, MessageGrant, MessageGrantError};
pub use host::{
    AuditReport, Credited, ExportError, GrantedFiles, Host, HostBuilder, HostError, LoadError,
    OwnPayment, Payable, Purpose, Refund, Release, RunCount, SignedHead, Skill, UndoLine,
    UndoReport, VerifyError,
};
pub use invocation::{
    Answered, EffectReport, Failure, InvalidTenant, Invocation, LogLevel, LogLine, Observer,
    Outcome, Progress, RunEvent, RunId, RunStatus, Sent, Settlement, Tenant, Usage,
};
pub use journal::{
    DatabaseUrl, DecideError, HostCallRecord, InvalidDatabaseUrl, JournalError, MandateSummary,
    PendingApproval, RunDetail, RunFilter, RunPage, RunQuery, RunSummary, SkillUsage,
};
pub use keys::{KeyError, KeyFolder, KeySource, RunKeys, SecretKey32};
pub use ledger::Hold;
pub use limits::{HostLimits, Limits};
pub use mandates::{Mandate, MandateError, Period, Proposal, Scope, Terms, TermsError};
pub use money::{Amount, Currency, MoneyError, PayGrant, PayGrantError};
pub use payees::Standing;
pub use receipts::{
    ApprovalFacts, CallFact, DsseError, EffectFact, PublicKey, PublicKeyError, Receipt,
    ReceiptError, RunFacts, read_receipt,
};
pub use refusal::{AuthoritySet, Refusal, RefusalKind};
pub use retention::{
    ERASURE_TYPE, Erased, Erasure, Remaining, Remains, Retention, RetentionError, Stored,
    StoredKind, StoredWhat, read_erasure,
};
pub use secrets::{Binding, NewSecret, SecretError, SecretSummary};
pub use values::JsonText;
pub use vault::{Commitment, CommitmentError, Sealer, Vault, VaultError};
pub use wallet::{
    AccountError, AccountSummary, BankFile, BankFileSummary, BankOrder, DaySpend, HoldSummary,
    NewAccount, PayeeSpend, SkillSpend, SpendFilter, SpendLimit, Spending, StatementLine,
};
