//! `guildhall messages`

use crate::args::{
    AddSmtpArgs, AddTelegramArgs, AddWebhookArgs, AddWhatsappArgs, MessagesArgs, MessagesCommand,
};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host;
use crate::output;
use guildhall_host::{ChannelConfig, EgressConfig, Host, Tenant};
use guildhall_package::text::plain;
use guildhall_package::{FolderName, Target};
use serde_json::{Value, json};

/// Lists channels, sets one up, or takes one away.
///
/// # Errors
/// If a channel can't be used as it is written, or the journal fails.
pub async fn run(home: &Home, args: MessagesArgs) -> Result<Exit, CliError> {
    let command = args
        .command
        .unwrap_or(MessagesCommand::List { json: args.json });
    let host = host::open(home, EgressConfig::default()).await?;
    let exit = match command {
        MessagesCommand::List { json } => list(&host, json).await,
        MessagesCommand::AddWebhook(args) => add_webhook(&host, home, args).await,
        MessagesCommand::AddSmtp(args) => add_smtp(&host, home, args).await,
        MessagesCommand::AddTelegram(args) => add_telegram(&host, home, args).await,
        MessagesCommand::AddWhatsapp(args) => add_whatsapp(&host, home, args).await,
        MessagesCommand::Remove { name, json } => remove(&host, &name, json).await,
    }?;
    host.shutdown().await;
    Ok(exit)
}

async fn list(host: &Host, as_json: bool) -> Result<Exit, CliError> {
    let channels = host
        .channels(&Tenant::local())
        .await
        .map_err(host::host_error)?;
    if as_json {
        let channels = channels
            .iter()
            .map(|(name, channel)| -> Result<Value, CliError> {
                Ok(json!({ "name": name, "channel": super::to_json(channel)? }))
            })
            .collect::<Result<Vec<_>, _>>()?;
        output::json(&json!({ "channels": channels }));
        return Ok(Exit::Done);
    }
    if channels.is_empty() {
        output::note("There is no channel, so no message can be sent.");
        return Ok(Exit::Done);
    }
    output::line(output::table(
        ["NAME", "KIND", "GOES TO", "SECRET"],
        channels.iter().map(|(name, channel)| {
            let secret = channel
                .secret()
                .map_or_else(|| "none".to_owned(), ToString::to_string);
            [
                name.clone(),
                kind(channel).to_owned(),
                goes_to(channel),
                secret,
            ]
        }),
    ));
    Ok(Exit::Done)
}

const fn kind(channel: &ChannelConfig) -> &'static str {
    match channel {
        ChannelConfig::Webhook { .. } => "webhook",
        ChannelConfig::Smtp { .. } => "e-mail",
        ChannelConfig::Telegram { .. } => "telegram",
        ChannelConfig::Whatsapp { .. } => "whatsapp",
    }
}

/// Where its messages go. The rest of a webhook's address may be what makes it confidential.
fn goes_to(channel: &ChannelConfig) -> String {
    match channel {
        ChannelConfig::Webhook { url, .. } => match Target::parse("POST", url) {
            Ok(target) => format!("https://{}/…", target.host()),
            Err(_) => "an address that can't be used".to_owned(),
        },
        ChannelConfig::Smtp {
            server, port, from, ..
        } => format!("{server}:{port}, from {from}"),
        ChannelConfig::Telegram { base, .. } => format!("chats at {}", host_of(base)),
        ChannelConfig::Whatsapp { base, number, .. } => {
            format!("phones by {}, from number {number}", host_of(base))
        }
    }
}

fn host_of(base: &str) -> String {
    match Target::parse("POST", base) {
        Ok(target) => target.host().to_owned(),
        Err(_) => "an address that can't be used".to_owned(),
    }
}

async fn add_telegram(host: &Host, home: &Home, args: AddTelegramArgs) -> Result<Exit, CliError> {
    let channel = ChannelConfig::Telegram {
        base: args.base,
        secret: args.secret,
    };
    add(host, home, args.name, channel, args.json).await
}

async fn add_whatsapp(host: &Host, home: &Home, args: AddWhatsappArgs) -> Result<Exit, CliError> {
    let channel = ChannelConfig::Whatsapp {
        base: args.base,
        number: args.number,
        secret: args.secret,
    };
    add(host, home, args.name, channel, args.json).await
}

async fn add_webhook(host: &Host, home: &Home, args: AddWebhookArgs) -> Result<Exit, CliError> {
    let channel = ChannelConfig::Webhook {
        url: args.url,
        secret: args.secret,
    };
    add(host, home, args.name, channel, args.json).await
}

async fn add_smtp(host: &Host, home: &Home, args: AddSmtpArgs) -> Result<Exit, CliError> {
    let channel = ChannelConfig::Smtp {
        server: args.server,
        port: args.port,
        from: args.from,
        user: args.user,
        secret: args.secret,
    };
    add(host, home, args.name, channel, args.json).await
}

async fn add(
    host: &Host,
    home: &Home,
    name: FolderName,
    channel: ChannelConfig,
    as_json: bool,
) -> Result<Exit, CliError> {
    let tenant = Tenant::local();
    host.set_channel(&tenant, &name, channel.clone())
        .await
        .map_err(host::host_error)?;
    if as_json {
        output::json(&json!({ "name": name, "channel": super::to_json(&channel)? }));
        return Ok(Exit::Done);
    }
    output::note(format_args!(
        "`{name}` is set up: {} to {}, for runs with --message {name}.",
        kind(&channel),
        plain(&goes_to(&channel), 600)
    ));
    if let Some(secret) = channel.secret() {
        let secrets = host.secrets(&tenant).await.map_err(host::host_error)?;
        if !secrets.iter().any(|known| known.name == secret.as_str()) {
            output::warning(format_args!(
                "there is no secret `{secret}` yet; until there is, messages by this channel fail"
            ));
            output::hint(format_args!(
                "{} secrets set {secret}",
                super::program(home)
            ));
        }
    }
    Ok(Exit::Done)
}

async fn remove(host: &Host, name: &str, as_json: bool) -> Result<Exit, CliError> {
    let removed = host
        .remove_channel(&Tenant::local(), name)
        .await
        .map_err(host::host_error)?;
    if as_json && removed {
        output::json(&json!({ "name": name, "removed": true }));
    } else if removed {
        output::note(format_args!(
            "`{}` is taken away; messages that wait for it will fail.",
            plain(name, 80)
        ));
    } else {
        return Err(
            CliError::usage(format!("there is no channel `{}`", plain(name, 80)))
                .kind("not-found")
                .fix("`guildhall messages` lists them"),
        );
    }
    Ok(Exit::Done)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_confidential_part_of_an_address_is_not_listed() {
        let hook = ChannelConfig::Webhook {
            url: "https://hooks.example.com/T0/B0/secret-token".to_owned(),
            secret: "hook-key".parse().unwrap(),
        };
        assert_eq!(goes_to(&hook), "https://hooks.example.com/…");
        let mail = ChannelConfig::Smtp {
            server: "mail.example.com".to_owned(),
            port: 465,
            from: "Acme <billing@acme.example>".parse().unwrap(),
            user: None,
            secret: None,
        };
        assert_eq!(
            goes_to(&mail),
            "mail.example.com:465, from Acme <billing@acme.example>"
        );
    }
}
