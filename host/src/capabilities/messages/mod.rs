//! `messages`: staged with what they attach, and sent by a channel after what they announce.

mod channels;
mod effect;
mod glue;

pub use channels::webhook::{
    RequestError as WebhookRequestError, Secret as WebhookSecret,
    SecretError as WebhookSecretError, VerifyError as WebhookError, verify as verify_webhook,
};
pub use channels::{
    Attachment, ChannelConfig, ConfigError as ChannelError, Delivery, Mailbox, MessageChannel,
    Outgoing,
};
pub(crate) use effect::{Post, perform_message, recover_message, try_channel};

use crate::effects::Message;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Channels of the embedder, by name; they come before those that merchants set up.
pub(crate) type Channels = Arc<BTreeMap<String, Arc<dyn MessageChannel>>>;

/// The messages of one run.
#[derive(Debug, Default)]
pub(crate) struct MessagesView {
    staged: Vec<StagedMessage>,
}

/// One staged message.
#[derive(Debug, Clone)]
pub(crate) struct StagedMessage {
    pub(crate) effect: u32,
    pub(crate) requires: Vec<u32>,
    pub(crate) message: Message,
    pub(crate) content: Bytes,
}

/// What a message says and carries. The digest in its facts is that of these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MessageContent {
    pub(crate) body: String,
    pub(crate) attachments: Vec<AttachedContent>,
}

/// One attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttachedContent {
    pub(crate) path: String,
    pub(crate) base64: String,
}

/// The text of a message, from its content.
pub(crate) fn body_of(content: &[u8]) -> Option<String> {
    let content: MessageContent = serde_json::from_slice(content).ok()?;
    Some(content.body)
}

impl MessagesView {
    /// What was staged, in order.
    pub(crate) fn take(&mut self) -> Vec<StagedMessage> {
        std::mem::take(&mut self.staged)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.staged.is_empty()
    }

    pub(crate) fn contains(&self, effect: u32) -> bool {
        self.staged.iter().any(|staged| staged.effect == effect)
    }
}
