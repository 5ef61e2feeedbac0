//! What the fake host holds: what a test set up, and what the skill did.

use std::collections::BTreeMap;

use crate::bindings::guildhall::skill as raw;
use crate::refusal::Refusal;

/// One note that the skill wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogNote {
    /// How much it matters.
    pub level: crate::log::Level,
    /// The text.
    pub message: String,
}

/// One request that the skill sent, whatever the answer was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// `METHOD URL`, as [`super::FakeHost::answer`] names it.
    pub line: String,
    /// Header fields as (name, value).
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One payment order that the skill staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedOrder {
    /// `SCHEME:ID` of the payee's account.
    pub payee: String,
    /// Name of the payee.
    pub payee_name: String,
    /// Amount.
    pub amount: crate::Money,
    /// Reference of the document that is paid.
    pub document: String,
    /// Requested execution date.
    pub requested_date: Option<String>,
    /// Why it is paid.
    pub reason: String,
}

/// One message that the skill staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedMessage {
    /// Channel.
    pub channel: String,
    /// Address in that channel.
    pub recipient: String,
    /// Subject line.
    pub subject: Option<String>,
    /// Text.
    pub body: String,
    /// Paths of attached files.
    pub attachments: Vec<String>,
    /// Effects that must be done before it is sent.
    pub after: Vec<crate::types::Effect>,
}

/// What a grant allows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Grant {
    pub read: bool,
    pub write: bool,
    /// A folder, or one single file of that name.
    pub folder: bool,
}

/// An effect of the run, in the order of the handles.
pub(crate) enum Effect {
    Write(String),
    Order(raw::payments::Order),
    Message(raw::messages::Message),
}

/// Everything of one fake host.
pub(crate) struct State {
    pub grants: BTreeMap<String, Grant>,
    pub disk: BTreeMap<String, Vec<u8>>,
    pub staged: BTreeMap<String, Vec<u8>>,
    pub effects: Vec<Effect>,
    pub answers: BTreeMap<String, Result<raw::network::Response, Refusal>>,
    pub requests: Vec<SentRequest>,
    pub store: BTreeMap<String, Vec<u8>>,
    pub settings: BTreeMap<String, String>,
    pub now: raw::context::Instant,
    pub locale: String,
    pub random: u64,
    pub serves_payments: bool,
    pub serves_messages: bool,
    /// Refusals of orders, by document.
    pub refused_orders: BTreeMap<String, Refusal>,
    pub refused_messages: Option<Refusal>,
    pub log: Vec<LogNote>,
}

impl Default for State {
    fn default() -> Self {
        State {
            grants: BTreeMap::new(),
            disk: BTreeMap::new(),
            staged: BTreeMap::new(),
            effects: Vec::new(),
            answers: BTreeMap::new(),
            requests: Vec::new(),
            store: BTreeMap::new(),
            settings: BTreeMap::new(),
            now: raw::context::Instant {
                seconds: 0,
                nanoseconds: 0,
            },
            locale: "en".to_owned(),
            random: 0,
            serves_payments: false,
            serves_messages: false,
            refused_orders: BTreeMap::new(),
            refused_messages: None,
            log: Vec::new(),
        }
    }
}
