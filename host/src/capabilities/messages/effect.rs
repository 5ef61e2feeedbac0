//! Messages as effects: the bridge from a journaled message to the channel that sends it.

use super::MessageContent;
use super::channels::{
    Attachment, ChannelConfig, Delivery, Destination, Outgoing, file_name, mail, media_type_of,
    message_id, smtp, webhook,
};
use crate::capabilities::network::egress::Egress;
use crate::effects::{Committed, EffectEvent, Message};
use crate::guest::wall_clock_ms;
use crate::journal::{ClaimedEffect, EffectOutcome, Journal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::Digest;

/// What sending needs beside the message.
#[derive(Clone, Copy)]
pub(crate) struct Post<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) egress: &'a Egress,
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

/// After a crash: a channel whose receiver recognises a message it has had may be tried again with the same identifier;
/// an e-mail is never repeated by itself.
pub(crate) async fn recover_message(
    journal: &Journal,
    tenant: &str,
    message: &Message,
) -> EffectOutcome {
    match journal.channel(tenant, &message.channel).await {
        Ok(Some(ChannelConfig::Webhook { .. })) => outcome(EffectEvent::FoundNotDone, None),
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
    let config = post
        .journal
        .channel(&effect.tenant, &message.channel)
        .await
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no channel `{}` any more", message.channel))?;
    let outgoing = outgoing(effect, message)?;
    match &config {
        ChannelConfig::Webhook { url, secret } => {
            let secret = secret_of(post, effect, secret.as_str()).await?;
            let secret = webhook::Secret::parse(&secret).map_err(|error| error.to_string())?;
            let request = webhook::request(&outgoing, url, &secret, outgoing.sent_at_ms / 1_000)
                .map_err(|error| error.to_string())?;
            let answer = post
                .egress
                .post_webhook(&request.url, request.headers, request.body.into())
                .await;
            let answer = match answer {
                Ok(response) => webhook::Answer::Status(response.status),
                Err((why, false)) => webhook::Answer::NothingLeft { why },
                Err((why, true)) => webhook::Answer::NoAnswer { why },
            };
            Ok(webhook::interpret(&outgoing.id, &answer))
        }
        ChannelConfig::Smtp {
            from, user, secret, ..
        } => {
            let password = match secret {
                Some(name) => Some(secret_of(post, effect, name.as_str()).await?),
                None => None,
            };
            let login = match (user, &password) {
                (Some(user), Some(password)) => Some(smtp::Login { user, password }),
                _ => None,
            };
            let mail = mail::compose(&outgoing, from).map_err(|error| error.to_string())?;
            // Whether plain text may be spoken there is for the egress service to say.
            let place = config
                .check(&|_, _| true)
                .map_err(|error| error.to_string())?;
            let Destination::Smtp { host, port, tls } = place else {
                return Err("the channel is no mail server".to_owned());
            };
            Ok(match post.egress.mail_stream(&host, port, tls).await {
                Ok(stream) => {
                    smtp::send(stream, HELLO, login, &mail, &smtp::SmtpLimits::default()).await
                }
                Err(why) => Delivery::NotSent { why },
            })
        }
    }
}

/// How this host greets: it has no name of its own that would mean something to a mail server.
const HELLO: &str = "localhost";

async fn secret_of(
    post: Post<'_>,
    effect: &ClaimedEffect,
    name: &str,
) -> Result<zeroize::Zeroizing<String>, String> {
    post.journal
        .secret_value(&effect.tenant, name)
        .await
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no secret `{name}` any more"))
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
