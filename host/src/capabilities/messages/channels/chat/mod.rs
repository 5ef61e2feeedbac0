//! Messages to chats: Telegram's Bot API and WhatsApp's Cloud API. A request is made and an answer read here; the egress
//! service carries both. Neither service drops what it has had before, so that what may have arrived is never sent again.

mod telegram;
mod whatsapp;

use std::sync::Arc;

use futures::future::BoxFuture;
use guildhall_package::text::plain;
use zeroize::Zeroizing;

use super::{ChannelConfig, Delivery, MessageChannel, Outgoing};
use crate::capabilities::{Courier, CourierError, Egress, Errand, Reply};

pub use telegram::{BASE as TELEGRAM, is_chat};
pub use whatsapp::{BASE as WHATSAPP, is_number, is_number_id};

/// Longest message in UTF-16 units, as both services count them.
pub const TEXT_MAX_UNITS: usize = 4_096;
/// Bytes of an answer that are read.
const ANSWER_MAX: u64 = 256 << 10;

/// The text of a message: its subject is the first line.
#[must_use]
pub fn text_of(subject: Option<&str>, body: &str) -> String {
    match subject {
        Some(subject) => format!("{subject}\n\n{body}"),
        None => body.to_owned(),
    }
}

/// Whether a text fits into one message of a chat. An empty one does not: no service takes it.
#[must_use]
pub fn fits(subject: Option<&str>, body: &str) -> bool {
    let text = text_of(subject, body);
    !text.trim().is_empty() && text.encode_utf16().count() <= TEXT_MAX_UNITS
}

/// A chat service, with the secret that it asks for.
pub struct Chat {
    courier: Courier,
    config: ChannelConfig,
    secret: Zeroizing<String>,
}

impl Chat {
    /// The channel that `config` describes.
    pub fn new(egress: Arc<Egress>, config: ChannelConfig, secret: Zeroizing<String>) -> Self {
        Self {
            courier: Courier::new(egress),
            config,
            secret,
        }
    }

    fn errand(&self, message: &Outgoing) -> Result<Errand, String> {
        let text = text_of(message.subject.as_deref(), &message.body);
        match &self.config {
            ChannelConfig::Telegram { base, .. } => {
                telegram::errand(base, &self.secret, &message.recipient, &text)
            }
            ChannelConfig::Whatsapp { base, number, .. } => {
                whatsapp::errand(base, number, &self.secret, &message.recipient, &text)
            }
            ChannelConfig::Webhook { .. } | ChannelConfig::Smtp { .. } => {
                Err("the channel is no chat".to_owned())
            }
        }
    }

    fn interpret(&self, answer: &Reply) -> Delivery {
        match self.config {
            ChannelConfig::Whatsapp { .. } => whatsapp::interpret(answer.status, &answer.body),
            _ => telegram::interpret(answer.status, &answer.body),
        }
    }
}

impl MessageChannel for Chat {
    fn repeats_safely(&self) -> bool {
        false
    }

    fn deliver<'a>(&'a self, message: &'a Outgoing, _: i64) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            if !message.attachments.is_empty() {
                let why =
                    "a chat carries no files; send the message without attachments".to_owned();
                return Delivery::Failed { why };
            }
            let errand = match self.errand(message) {
                Ok(errand) => errand.hiding(&self.secret).receiving(ANSWER_MAX),
                Err(why) => return Delivery::Failed { why },
            };
            match self.courier.send(errand).await {
                Ok(answer) => self.interpret(&answer),
                Err(error) if error.may_have_arrived() => Delivery::Unknown {
                    why: format!(
                        "the chat service was asked and did not answer: {error}; look into the chat"
                    ),
                },
                Err(error @ CourierError::NoReply { .. }) => Delivery::NotSent {
                    why: format!("the chat service was not reached: {error}"),
                },
                Err(error) => Delivery::Failed {
                    why: error.to_string(),
                },
            }
        })
    }
}

/// What a service says about a message that it did not take.
fn refused(service: &str, status: u16, says: &str) -> Delivery {
    let says = plain(says, 200);
    let says = if says.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{says}`")
    };
    match status {
        429 => Delivery::NotSent {
            why: format!("{service} answered {status}: too many messages for now"),
        },
        401 => Delivery::Failed {
            why: format!(
                "{service} answered {status} ({says}): it does not take the channel's secret; set it again"
            ),
        },
        400..=499 => Delivery::Failed {
            why: format!(
                "{service} answered {status} and says {says}; check the recipient, who may have to write first"
            ),
        },
        _ => Delivery::Unknown {
            why: format!("{service} answered {status} and says {says}; look into the chat"),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
