//! A channel as its form gives it, checked before anything is kept: a bot is asked who it is.

use guildhall_host::{ChannelConfig, Host, NewSecret, Tenant};
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use guildhall_web::fields::Fields;

use crate::app::App;
use crate::channels::telegram::api::{self as telegram, Bot, Token};
use crate::channels::whatsapp::api as whatsapp;
use crate::pages::answer::Other;
use crate::pages::money::words::refused;
use crate::pages::words::sentence;

/// Name, settings, and the secret if one was given.
type NewChannel = (FolderName, ChannelConfig, Option<NewSecret>);

/// Keeps a channel and its secret; or says why not.
pub(super) async fn kept(app: &App, host: &Host, fields: &Fields) -> Result<Option<String>, Other> {
    let tenant = Tenant::local();
    let (name, config, secret) = match new_channel(fields) {
        Ok(new) => new,
        Err(problem) => return Ok(Some(problem)),
    };
    let given = fields.text("secret").trim();
    if let Err(problem) = answers(app, &config, given).await {
        return Ok(Some(problem));
    }
    // The secret first: a channel without one fails, a secret without a channel does nothing. One that is left empty stays as it is.
    if let Some(secret) = secret {
        if let Err(error) = host.set_secret(&tenant, secret).await {
            return refused(error).map(Some);
        }
    } else if let Some(needed) = config.secret() {
        let known = host.secrets(&tenant).await?;
        if !known.iter().any(|one| one.name == needed.as_str()) {
            return Ok(Some("Give the secret of the channel.".to_owned()));
        }
        let before = host.channels(&tenant).await?;
        let before = before.iter().find(|(known, _)| *known == name.as_str());
        if !before.is_some_and(|(_, before)| goes_as_before(before, &config)) {
            return Ok(Some(
                "The secret that is kept is for another address. Give the one for this address."
                    .to_owned(),
            ));
        }
    }
    match host.set_channel(&tenant, &name, config).await {
        Ok(()) => Ok(None),
        Err(error) => refused(error).map(Some),
    }
}

/// Whether a secret that was given for one may go where the other leads. What signs a webhook is not sent.
fn goes_as_before(before: &ChannelConfig, now: &ChannelConfig) -> bool {
    match (before, now) {
        (ChannelConfig::Webhook { .. }, ChannelConfig::Webhook { .. }) => true,
        (
            ChannelConfig::Smtp { server, port, .. },
            ChannelConfig::Smtp {
                server: to,
                port: at,
                ..
            },
        ) => server == to && port == at,
        (ChannelConfig::Telegram { base, .. }, ChannelConfig::Telegram { base: to, .. })
        | (ChannelConfig::Whatsapp { base, .. }, ChannelConfig::Whatsapp { base: to, .. }) => {
            base == to
        }
        _ => false,
    }
}

/// Asks a bot who it is, if its token was given: what can't be used is not kept.
async fn answers(app: &App, config: &ChannelConfig, token: &str) -> Result<(), String> {
    match config {
        ChannelConfig::Telegram { base, .. } if !token.is_empty() => {
            let token = Token::parse(token).ok_or_else(|| {
                "Copy all of the token from BotFather: digits, a colon, letters.".to_owned()
            })?;
            let courier = app.chats.courier().clone();
            let me = Bot::new(courier, base, token).me().await;
            me.map(drop).map_err(|error| {
                let why = plain(&error.to_string(), 300);
                sentence(&format!(
                    "the bot can't be used: {why}. Check the token, which BotFather shows, and the address"
                ))
            })
        }
        ChannelConfig::Whatsapp { .. } if !token.is_empty() && !is_access_token(token) => {
            Err("Copy all of the access token from the app's page at Meta.".to_owned())
        }
        _ => Ok(()),
    }
}

fn is_access_token(token: &str) -> bool {
    (16..=1024).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn text(fields: &Fields, name: &str, default: &str) -> String {
    match fields.text(name).trim() {
        "" => default.to_owned(),
        given => given.trim_end_matches('/').to_owned(),
    }
}

fn new_channel(fields: &Fields) -> Result<NewChannel, String> {
    let name: FolderName = fields
        .text("name")
        .trim()
        .parse()
        .map_err(|error| sentence(&format!("the name can't be used: {error}")))?;
    let secret_name: FolderName = format!("channel-{name}")
        .parse()
        .map_err(|_| "The name is too long.".to_owned())?;
    let kind = fields.text("kind");
    let value = fields.get("secret").map(|value| NewSecret {
        name: secret_name.clone(),
        bound: None,
        // A password may end with a blank; a token that was copied with one does not.
        value: match kind {
            "telegram" | "whatsapp" => value.trim(),
            _ => value,
        }
        .to_owned()
        .into(),
    });
    let config = match kind {
        "mail" => mail(fields, secret_name)?,
        "telegram" => ChannelConfig::Telegram {
            base: text(fields, "base", telegram::BASE),
            secret: secret_name,
        },
        "whatsapp" => ChannelConfig::Whatsapp {
            base: text(fields, "base", whatsapp::BASE),
            number: text(fields, "number", ""),
            secret: secret_name,
        },
        _ => ChannelConfig::Webhook {
            url: fields.text("url").trim().to_owned(),
            secret: secret_name,
        },
    };
    let value = value.filter(|_| config.secret().is_some());
    Ok((name, config, value))
}

fn mail(fields: &Fields, secret_name: FolderName) -> Result<ChannelConfig, String> {
    let server = fields.text("server").trim();
    let (server, port) = match server.rsplit_once(':') {
        Some((server, port)) => (
            server,
            port.parse()
                .map_err(|_| "The port of the mail server is no number.".to_owned())?,
        ),
        None => (server, 465),
    };
    let from = fields
        .text("from")
        .trim()
        .parse()
        .map_err(|error| sentence(&format!("the sender can't be used: {error}")))?;
    let user = fields
        .get("user")
        .map(str::trim)
        .filter(|user| !user.is_empty())
        .map(str::to_owned);
    Ok(ChannelConfig::Smtp {
        server: server.to_owned(),
        port,
        from,
        secret: user.is_some().then_some(secret_name),
        user,
    })
}
