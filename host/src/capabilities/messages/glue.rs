//! The contract's `messages` interface.

use super::channels::{ChannelConfig, Draft, MessageFault, check_attachment_bytes, check_message};
use super::{AttachedContent, MessageContent, StagedMessage};
use crate::capabilities::bindings::guildhall::skill::{messages, types};
use crate::capabilities::{next_effect, requirements, to_guest};
use crate::effects::{Attached, Message};
use crate::guest::{CallFacts, Guest, Json, Opened, Traffic};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde_json::json;

impl messages::Host for Guest {
    async fn stage(
        &mut self,
        message: messages::Message,
    ) -> wasmtime::Result<Result<u32, types::Refusal>> {
        let facts = CallFacts {
            interface: "messages",
            function: "stage",
            class: CallClass::Staged,
            summary: format!(
                "stage a message to {} by {}",
                plain(&message.recipient, 64),
                plain(&message.channel, 16)
            ),
            request: json!({
                "channel": message.channel, "recipient": message.recipient, "subject": message.subject,
                "body": Digest::of(message.body.as_bytes()), "attachments": message.attachments,
                "requires": message.requires,
            })
            .to_string()
            .into_bytes(),
        };
        let open = match self.open::<Json<u32>>(facts)? {
            Opened::Replayed(result) => {
                return Ok(result
                    .map(|Json(handle)| handle)
                    .map_err(|refusal| to_guest(&refusal)));
            }
            Opened::Live(open) => open,
        };
        let staged = self.stage_message(message).await.map(Json);
        Ok(self
            .close(open, staged, Traffic::default())
            .map(|Json(handle)| handle))
    }
}

impl Guest {
    async fn stage_message(&mut self, message: messages::Message) -> Result<u32, Refusal> {
        let config = self.channel_config(&message.channel).await?;
        let kind = config.as_ref().map(ChannelConfig::kind);
        let draft = Draft {
            channel: &message.channel,
            recipient: &message.recipient,
            subject: message.subject.as_deref(),
            body: &message.body,
            attachments: &message.attachments,
        };
        check_message(&draft, kind).map_err(|fault| refusal(&fault))?;
        requirements(&message.requires, self.effects, |_| true)?;
        self.authority
            .message(&message.channel, &message.recipient)?;
        let through = match config {
            // The embedder's come first, and are not the merchant's to change.
            _ if self.channels.contains_key(&message.channel) => None,
            None => return Err(no_channel(&message.channel)),
            Some(config) => Some(config.route().map_err(|error| {
                Refusal::new(RefusalKind::Failed, "messages.channel", error.to_string())
            })?),
        };
        let (content, attachments) = self.content_of(&message)?;
        let limit = self.record.limits().effects;
        let effect = next_effect(&mut self.effects, limit)?;
        self.messages.staged.push(StagedMessage {
            effect,
            requires: message.requires,
            message: Message {
                channel: message.channel,
                through,
                recipient: message.recipient,
                subject: message.subject,
                digest: Digest::of(&content),
                attachments,
            },
            content,
        });
        Ok(effect)
    }

    /// A channel that the merchant has set up, if it is one.
    async fn channel_config(&mut self, channel: &str) -> Result<Option<ChannelConfig>, Refusal> {
        self.journal
            .channel(&self.tenant, channel)
            .await
            .map_err(|error| {
                Refusal::new(
                    RefusalKind::Unavailable,
                    "messages.unavailable",
                    error.to_string(),
                )
            })
    }

    /// Text and attachments as they are now: what is sent later is what was there when it was staged.
    fn content_of(
        &mut self,
        message: &messages::Message,
    ) -> Result<(Bytes, Vec<Attached>), Refusal> {
        let mut attachments = Vec::with_capacity(message.attachments.len());
        let mut facts = Vec::with_capacity(message.attachments.len());
        for path in &message.attachments {
            let bytes = tokio::task::block_in_place(|| self.files.read(path))?;
            self.record.take_bytes_in(bytes.len() as u64)?;
            facts.push(Attached {
                path: path.clone(),
                bytes: bytes.len() as u64,
                digest: Digest::of(&bytes),
            });
            attachments.push(AttachedContent {
                path: path.clone(),
                base64: STANDARD.encode(&bytes),
            });
        }
        let attached = facts.iter().map(|fact: &Attached| fact.bytes).sum();
        check_attachment_bytes(attached).map_err(|fault| refusal(&fault))?;
        let content = MessageContent {
            body: message.body.clone(),
            attachments,
        };
        let bytes = serde_json::to_vec(&content).map_err(|error| {
            Refusal::new(RefusalKind::Failed, "messages.content", error.to_string())
        })?;
        let staged: u64 = self
            .messages
            .staged
            .iter()
            .map(|staged| staged.content.len() as u64)
            .sum();
        let limit = self.record.limits().staged_bytes;
        if staged.saturating_add(bytes.len() as u64) > limit {
            return Err(crate::guest::limit_refusal(
                "limit.staged-bytes",
                format!("the messages of this run may have {limit} bytes and this would be more"),
                "staged-bytes",
            ));
        }
        Ok((bytes.into(), facts))
    }
}

fn refusal(fault: &MessageFault) -> Refusal {
    let kind = if fault.is_limit() {
        RefusalKind::LimitReached
    } else {
        RefusalKind::Invalid
    };
    Refusal::new(kind, fault.rule(), fault.to_string()).with_fix(fault.fix())
}

fn no_channel(channel: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "messages.no-channel",
        format!("you have set up no channel `{}`", plain(channel, 64)),
    )
    .with_fix("add it with `guildhall messages add-smtp` or `guildhall messages add-webhook`")
}
