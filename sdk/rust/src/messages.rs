//! Outgoing messages. Staged, and sent after what they announce.

use crate::bindings::guildhall::skill::messages as raw;
use crate::refusal::Refusal;
use crate::types::Effect;

/// One message to one recipient, built step by step and staged once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a message does nothing until it is staged"]
pub struct Message {
    raw: raw::Message,
}

impl Message {
    /// A message on a channel that the merchant has set up, for example `email`.
    pub fn new(
        channel: impl Into<String>,
        recipient: impl Into<String>,
        body: impl Into<String>,
    ) -> Self {
        Message {
            raw: raw::Message {
                channel: channel.into(),
                recipient: recipient.into(),
                subject: None,
                body: body.into(),
                attachments: Vec::new(),
                requires: Vec::new(),
            },
        }
    }

    /// Subject line, where the channel has one. Default: none.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.raw.subject = Some(subject.into());
        self
    }

    /// Attaches a file, granted or staged in this run, by its path.
    pub fn attach(mut self, path: impl Into<String>) -> Self {
        self.raw.attachments.push(path.into());
        self
    }

    /// An effect of this run that must be done before the message is sent.
    pub fn after(mut self, effect: Effect) -> Self {
        self.raw.requires.push(effect);
        self
    }

    /// Effects of this run, all of which must be done before the message is sent.
    pub fn after_all(mut self, effects: &[Effect]) -> Self {
        self.raw.requires.extend(effects);
        self
    }

    /// Stages the message.
    ///
    /// # Errors
    /// The host's refusal: not granted, an unknown channel, or not served yet.
    pub fn stage(&self) -> Result<Effect, Refusal> {
        crate::host::messages::stage(&self.raw)
    }
}
