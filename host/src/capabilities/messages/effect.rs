//! Messages as effects: the bridge from a journaled message to the channel that sends it.

use super::channels::{
    Attachment, ChannelConfig, Delivery, Destination, Draft, MessageChannel, Outgoing, chat,
    check_message, file_name, mail, media_type_of, message_id, smtp, webhook,
};
use super::{Channels, MessageContent};
use crate::capabilities::Egress;
use crate::clock::wall_clock_ms;
use crate::effects::{Committed, EffectEvent, Message};
use crate::journal::{ClaimedEffect, EffectOutcome, Journal, JournalError};
use backon::{ExponentialBuilder, Retryable as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use guildhall_package::{Digest, FolderName};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

/// Attempts after the first.
const RETRIES: usize = 2;
/// Pause before the second attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// What is sent to try a channel.
const TRIED: &str =
    "This is a test message of Guildhall. Messages of your skills arrive like this one.";

/// What sending needs beside the message.
#[derive(Clone, Copy)]
pub(crate) struct Post<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) egress: &'a Arc<Egress>,
    /// Channels of the embedder, by name.
    pub(crate) channels: &'a Channels,
}

/// Sends one committed message. Without the token there is no way here.
pub(crate) async fn perform_message(
    post: Post<'_>,
    claimed: &Committed<ClaimedEffect>,
    message: &Message,
) -> EffectOutcome {
    match deliver(post, claimed.get(), message).await {
        Ok(Delivery::Sent { .. }) => outcome(EffectEvent::Succeeded, None),
        Ok(Delivery::Failed { why } | Delivery::NotSent { why }) | Err(why) => {
            outcome(EffectEvent::Failed, Some(why))
        }
        Ok(Delivery::Unknown { why }) => outcome(EffectEvent::Lost, Some(why)),
    }
}

/// Sends one message that no skill asked for, so that a person sees whether a channel works. Its words are the host's own, and it
/// is tried once.
pub(crate) async fn try_channel(
    post: Post<'_>,
    tenant: &str,
    name: &FolderName,
    recipient: &str,
) -> Result<Delivery, JournalError> {
    let failed = |why: String| Ok(Delivery::Failed { why });
    let Some(config) = post.journal.channel(tenant, name.as_str()).await? else {
        return failed(format!("there is no channel `{name}`"));
    };
    let draft = Draft {
        channel: name.as_str(),
        recipient,
        subject: None,
        body: TRIED,
        attachments: &[],
    };
    if let Err(fault) = check_message(&draft, Some(config.kind())) {
        return failed(format!("{fault}; {}", fault.fix()));
    }
    let channel = match set_up(post, tenant, config).await {
        Ok(channel) => channel,
        Err(why) => return failed(why),
    };
    let now = wall_clock_ms();
    let outgoing = Outgoing {
        id: message_id(&uuid::Uuid::now_v7().to_string(), 0),
        channel: name.clone(),
        recipient: recipient.to_owned(),
        subject: None,
        body: TRIED.to_owned(),
        attachments: Vec::new(),
        skill: String::new(),
        sent_at_ms: now,
    };
    Ok(channel.deliver(&outgoing, now).await)
}

/// After a crash: a channel whose receiver recognises a message it has had may be tried again with the same identifier;
/// an e-mail is never repeated by itself.
pub(crate) async fn recover_message(
    post: Post<'_>,
    tenant: &str,
    message: &Message,
) -> EffectOutcome {
    let channel = channel_of(post, tenant, message).await;
    match channel {
        Ok(channel) if channel.repeats_safely() => outcome(EffectEvent::FoundNotDone, None),
        _ => outcome(
            EffectEvent::Lost,
            Some(
                "the process died while the message was being sent; it may have arrived, and is not sent again"
                    .to_owned(),
            ),
        ),
    }
}

async fn deliver(
    post: Post<'_>,
    effect: &ClaimedEffect,
    message: &Message,
) -> Result<Delivery, String> {
    if Digest::of(&effect.content) != message.digest {
        return Err("its content is not the approved one".to_owned());
    }
    let channel = channel_of(post, &effect.tenant, message).await?;
    let outgoing = outgoing(effect, message)?;
    let may_have_arrived = AtomicBool::new(effect.tried_before);
    let attempt = || async {
        let delivery = channel.deliver(&outgoing, wall_clock_ms()).await;
        let delivery = if may_have_arrived.load(Ordering::Relaxed) {
            delivery.after_unknown()
        } else {
            delivery
        };
        if matches!(delivery, Delivery::Unknown { .. }) {
            may_have_arrived.store(true, Ordering::Relaxed);
        }
        if delivery.may_repeat(channel.repeats_safely()) {
            Err(delivery)
        } else {
            Ok(delivery)
        }
    };
    let pauses = ExponentialBuilder::default()
        .with_min_delay(PAUSE)
        .with_max_times(RETRIES);
    Ok(attempt.retry(pauses).await.unwrap_or_else(|last| last))
}

/// The channel of a message: the embedder's, or the one that the merchant had set up when it was staged.
async fn channel_of(
    post: Post<'_>,
    tenant: &str,
    message: &Message,
) -> Result<Arc<dyn MessageChannel>, String> {
    let name = message.channel.as_str();
    let Some(route) = &message.through else {
        let channel = post.channels.get(name).cloned();
        return channel.ok_or_else(|| format!("there is no channel `{name}` any more"));
    };
    let config = post
        .journal
        .channel(tenant, name)
        .await
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no channel `{name}` any more"))?;
    let now = config.route().map_err(|error| error.to_string())?;
    if now.config != route.config {
        return Err(format!("the channel `{name}` does not lead where it did"));
    }
    set_up(post, tenant, config).await
}

/// The channel that a merchant has set up like this, with its secret.
async fn set_up(
    post: Post<'_>,
    tenant: &str,
    config: ChannelConfig,
) -> Result<Arc<dyn MessageChannel>, String> {
    match config {
        ChannelConfig::Webhook { url, secret } => {
            let secret = secret_of(post, tenant, secret.as_str()).await?;
            let secret = webhook::Secret::parse(&secret).map_err(|error| error.to_string())?;
            Ok(Arc::new(Webhook {
                egress: post.egress.clone(),
                url,
                secret,
            }))
        }
        ChannelConfig::Smtp { ref secret, .. } => {
            let password = match secret {
                Some(name) => Some(secret_of(post, tenant, name.as_str()).await?),
                None => None,
            };
            Ok(Arc::new(Smtp {
                egress: post.egress.clone(),
                config,
                password,
            }))
        }
        ChannelConfig::Telegram { ref secret, .. } | ChannelConfig::Whatsapp { ref secret, .. } => {
            let secret = secret_of(post, tenant, secret.as_str()).await?;
            Ok(Arc::new(chat::Chat::new(
                post.egress.clone(),
                config,
                secret,
            )))
        }
    }
}

async fn secret_of(post: Post<'_>, tenant: &str, name: &str) -> Result<Zeroizing<String>, String> {
    post.journal
        .secret_value(tenant, name)
        .await
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no secret `{name}` any more"))
}

/// A signed webhook. Its receiver drops an identifier that it has seen, as the specification asks.
struct Webhook {
    egress: Arc<Egress>,
    url: String,
    secret: webhook::Secret,
}

impl MessageChannel for Webhook {
    fn repeats_safely(&self) -> bool {
        true
    }

    fn deliver<'a>(&'a self, message: &'a Outgoing, now_ms: i64) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            let now_s = now_ms.div_euclid(1_000);
            let request = match webhook::request(message, &self.url, &self.secret, now_s) {
                Ok(request) => request,
                Err(error) => {
                    return Delivery::Failed {
                        why: error.to_string(),
                    };
                }
            };
            let answer = self
                .egress
                .post_webhook(&request.url, request.headers, request.body.into())
                .await;
            let answer = match answer {
                Ok(response) => webhook::Answer::Status(response.status),
                Err((why, false)) => webhook::Answer::NothingLeft { why },
                Err((why, true)) => webhook::Answer::Unanswered { why },
            };
            webhook::interpret(&message.id, &answer)
        })
    }
}

/// Mail. What may have arrived is never sent again.
struct Smtp {
    egress: Arc<Egress>,
    config: ChannelConfig,
    password: Option<Zeroizing<String>>,
}

/// How this host greets: it has no name of its own that would mean something to a mail server.
const HELLO: &str = "localhost";

impl MessageChannel for Smtp {
    fn repeats_safely(&self) -> bool {
        false
    }

    fn deliver<'a>(&'a self, message: &'a Outgoing, _: i64) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            self.send(message)
                .await
                .unwrap_or_else(|why| Delivery::Failed { why })
        })
    }
}

impl Smtp {
    async fn send(&self, message: &Outgoing) -> Result<Delivery, String> {
        // Whether plain text may be spoken there is for the egress service to say.
        let place = self
            .config
            .check(&|_, _| true)
            .map_err(|error| error.to_string())?;
        let (ChannelConfig::Smtp { from, user, .. }, Destination::Smtp { host, port, tls }) =
            (&self.config, place)
        else {
            return Err("the channel is no mail server".to_owned());
        };
        let mail = mail::compose(message, from).map_err(|error| error.to_string())?;
        let login = match (user, &self.password) {
            (Some(user), Some(password)) => Some(smtp::Login { user, password }),
            _ => None,
        };
        Ok(match self.egress.mail_stream(&host, port, tls).await {
            Ok(stream) => {
                smtp::send(stream, HELLO, login, &mail, &smtp::SmtpLimits::default()).await
            }
            Err(why) => Delivery::NotSent { why },
        })
    }
}

fn outgoing(effect: &ClaimedEffect, message: &Message) -> Result<Outgoing, String> {
    let content: MessageContent =
        serde_json::from_slice(&effect.content).map_err(|error| error.to_string())?;
    let attachments = content
        .attachments
        .into_iter()
        .map(|attached| {
            let bytes = STANDARD
                .decode(attached.base64)
                .map_err(|error| error.to_string())?;
            let name = file_name(&attached.path);
            Ok(Attachment {
                name: name.to_owned(),
                media_type: media_type_of(name, &bytes).to_owned(),
                bytes,
            })
        })
        .collect::<Result<_, String>>()?;
    Ok(Outgoing {
        id: message_id(&effect.run, effect.effect.index),
        channel: message
            .channel
            .parse()
            .map_err(|_| "the channel's name is none".to_owned())?,
        recipient: message.recipient.clone(),
        subject: message.subject.clone(),
        body: content.body,
        attachments,
        skill: effect.skill.clone(),
        sent_at_ms: wall_clock_ms(),
    })
}

const fn outcome(event: EffectEvent, detail: Option<String>) -> EffectOutcome {
    EffectOutcome { event, detail }
}
