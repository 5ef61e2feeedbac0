//! Channels as a merchant sets them up.

use guildhall_package::authority::{FolderName, Scheme, Target};
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};

use super::{Mailbox, chat};
use crate::effects::{Route, canonical_digest};

/// Name of a secret in the host's store.
pub type SecretName = FolderName;

/// The one port on which mail is taken over TLS from the first byte (RFC 8314).
const IMPLICIT_TLS: u16 = 465;

/// One channel. No secret is in here, only its name; a webhook's URL may still be confidential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChannelConfig {
    /// Messages go to one URL, signed after Standard Webhooks.
    Webhook {
        /// Where they go: an absolute `https` URL.
        url: String,
        /// Secret that signs them: see [`super::webhook::Secret`].
        secret: SecretName,
    },
    /// Messages go out as e-mail through one mail server.
    Smtp {
        /// Host name of the mail server.
        server: String,
        /// Its port. Default 465, which speaks TLS from the first byte; another one only towards a loopback peer.
        #[serde(default = "default_port")]
        port: u16,
        /// Who sends.
        from: Mailbox,
        /// User name at the server. Default none: the server then asks for none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// Secret with that user's password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<SecretName>,
    },
    /// Messages go to chats of Telegram, from a bot.
    Telegram {
        /// Where bots are reached: an absolute `https` address. Default Telegram itself.
        #[serde(default = "telegram")]
        base: String,
        /// Secret with the bot's token.
        secret: SecretName,
    },
    /// Messages go to phone numbers by WhatsApp's Cloud API.
    Whatsapp {
        /// Where it is reached, with the version of the API: an absolute `https` address. Default Meta itself.
        #[serde(default = "whatsapp")]
        base: String,
        /// Identifier of the number that sends: digits.
        number: String,
        /// Secret with the access token.
        secret: SecretName,
    },
}

fn telegram() -> String {
    chat::TELEGRAM.to_owned()
}

fn whatsapp() -> String {
    chat::WHATSAPP.to_owned()
}

const fn default_port() -> u16 {
    IMPLICIT_TLS
}

/// What kind of channel it is, as far as the rules for recipients go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// The receiver gives recipients a meaning.
    Webhook,
    /// A recipient is an e-mail address.
    Smtp,
    /// A recipient is a chat of Telegram.
    Telegram,
    /// A recipient is a phone number.
    Whatsapp,
}

/// Where a checked channel connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A POST to this target.
    Webhook(Box<Target>),
    /// A POST below this target, which is the base of a service.
    Chat(Box<Target>),
    /// A connection to a mail server.
    Smtp {
        /// Host in its one normal spelling, as [`Target::host`].
        host: String,
        /// Port.
        port: u16,
        /// Whether TLS is spoken from the first byte. False only towards a loopback peer.
        tls: bool,
    },
}

/// Why a channel cannot be used as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The URL of a webhook.
    #[error("the URL of the webhook cannot be used: {0}")]
    Url(String),
    /// The URL of a webhook is not https.
    #[error(
        "the URL of the webhook does not begin with https://, so what is sent could be read on the way; use https"
    )]
    NotHttps,
    /// The name of the mail server.
    #[error("the mail server `{server}` cannot be used: {why}")]
    Server {
        /// As written.
        server: String,
        /// Why.
        why: String,
    },
    /// A port that would not be protected.
    #[error(
        "mail to {server}:{port} would travel unprotected; use port 465 (TLS from the first byte; STARTTLS is not \
         spoken), or name {server}:{port} as a loopback peer if it runs on this machine"
    )]
    NotProtected {
        /// Host of the mail server.
        server: String,
        /// The port.
        port: u16,
    },
    /// One of user and secret is missing.
    #[error(
        "a mail server that asks for a password needs both `user` and `secret`; give both, or neither"
    )]
    HalfLogin,
    /// The user name.
    #[error(
        "the user name at the mail server is empty, longer than 320 bytes or has control characters; correct it"
    )]
    User,
    /// The base address of a chat service.
    #[error(
        "the address of the chat service cannot be used: {0}; write it like https://api.example.com, without `?`"
    )]
    Base(String),
    /// The base address of a chat service is not https.
    #[error(
        "the address of the chat service does not begin with https://, so the channel's secret could be read on the way; \
         use https, or name it as a loopback peer if it runs on this machine"
    )]
    BaseNotHttps,
    /// The sending number.
    #[error(
        "the identifier of the sending number is not 1 to 32 digits; copy it from the app's page at Meta"
    )]
    Number,
}

impl ConfigError {
    /// Stable word for the rule.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Url(_) | Self::NotHttps | Self::Base(_) | Self::BaseNotHttps => {
                "messages.channel-url"
            }
            Self::Number => "messages.channel-number",
            Self::Server { .. } => "messages.channel-server",
            Self::NotProtected { .. } => "messages.channel-not-protected",
            Self::HalfLogin | Self::User => "messages.channel-login",
        }
    }
}

impl ChannelConfig {
    /// What kind of channel it is.
    #[must_use]
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::Webhook { .. } => ChannelKind::Webhook,
            Self::Smtp { .. } => ChannelKind::Smtp,
            Self::Telegram { .. } => ChannelKind::Telegram,
            Self::Whatsapp { .. } => ChannelKind::Whatsapp,
        }
    }

    /// Where it leads. The path of a webhook is left out of what is shown: it may be confidential.
    pub(crate) fn route(&self) -> Result<Route, serde_json::Error> {
        let address = match self {
            Self::Webhook { url, .. } => match webhook(url) {
                Ok(Destination::Webhook(target)) => {
                    format!("https://{}:{}", target.host(), target.port())
                }
                _ => "nowhere".to_owned(),
            },
            Self::Smtp {
                server, port, from, ..
            } => format!("{server}:{port} as {from}"),
            Self::Telegram { base, .. } => format!("Telegram at {}", place(base)),
            Self::Whatsapp { base, number, .. } => {
                format!("WhatsApp at {}, from number {number}", place(base))
            }
        };
        Ok(Route {
            address,
            config: canonical_digest(self)?,
        })
    }

    /// The secret that it needs, if any.
    #[must_use]
    pub const fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Webhook { secret, .. }
            | Self::Telegram { secret, .. }
            | Self::Whatsapp { secret, .. } => Some(secret),
            Self::Smtp { secret, .. } => secret.as_ref(),
        }
    }

    /// Checks the channel, when it is set up and again before each use. `plain_peer` says whether a host and port are
    /// named as a loopback peer that speaks plain text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(
        &self,
        plain_peer: &dyn Fn(&str, u16) -> bool,
    ) -> Result<Destination, ConfigError> {
        match self {
            Self::Webhook { url, .. } => webhook(url),
            Self::Smtp {
                server,
                port,
                user,
                secret,
                from: _,
            } => {
                match (user, secret) {
                    (None, None) => {}
                    (Some(user), Some(_)) => check_user(user)?,
                    _ => return Err(ConfigError::HalfLogin),
                }
                smtp(server, *port, plain_peer)
            }
            Self::Telegram { base, .. } => service(base, plain_peer),
            Self::Whatsapp { base, number, .. } => {
                if !chat::is_number_id(number) {
                    return Err(ConfigError::Number);
                }
                service(base, plain_peer)
            }
        }
    }
}

/// The base of a chat service: what is asked for there is put behind it.
fn service(base: &str, plain_peer: &dyn Fn(&str, u16) -> bool) -> Result<Destination, ConfigError> {
    let target = Target::parse("POST", base).map_err(|error| ConfigError::Base(error.message))?;
    if target.url().query().is_some() || base.contains(['?', '#']) {
        return Err(ConfigError::Base("it has a query".to_owned()));
    }
    let private = target.scheme() == Scheme::Https || plain_peer(target.host(), target.port());
    if private {
        Ok(Destination::Chat(Box::new(target)))
    } else {
        Err(ConfigError::BaseNotHttps)
    }
}

/// Scheme, host and port of a base, for people.
fn place(base: &str) -> String {
    match Target::parse("POST", base) {
        Ok(target) => format!("{}://{}:{}", target.scheme(), target.host(), target.port()),
        Err(_) => "nowhere".to_owned(),
    }
}

fn webhook(url: &str) -> Result<Destination, ConfigError> {
    let target = Target::parse("POST", url).map_err(|error| ConfigError::Url(error.message))?;
    match target.scheme() {
        Scheme::Https => Ok(Destination::Webhook(Box::new(target))),
        Scheme::Http => Err(ConfigError::NotHttps),
    }
}

fn check_user(user: &str) -> Result<(), ConfigError> {
    let fits = (1..=320).contains(&user.len()) && !user.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(ConfigError::User) }
}

fn smtp(
    server: &str,
    port: u16,
    plain_peer: &dyn Fn(&str, u16) -> bool,
) -> Result<Destination, ConfigError> {
    let bad = |why: String| ConfigError::Server {
        server: plain(server, 80),
        why,
    };
    // An IPv6 address is written in brackets, so every other colon would begin a port.
    let outside = server.rsplit(']').next().unwrap_or(server);
    if server.contains(['/', '?', '#', '@', '\\']) || outside.contains(':') {
        return Err(bad(
            "write the host name alone; the port has its own field".to_owned()
        ));
    }
    // The one reading of host names, so that a channel and a peer cannot be spelt differently.
    let target = Target::parse("GET", &format!("https://{server}:{port}/"))
        .map_err(|error| bad(error.message))?;
    let host = target.host().to_owned();
    let tls = port == IMPLICIT_TLS;
    if !tls && !plain_peer(&host, port) {
        return Err(ConfigError::NotProtected { server: host, port });
    }
    Ok(Destination::Smtp { host, port, tls })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO_PEER: &dyn Fn(&str, u16) -> bool = &|_, _| false;
    const PEER: &dyn Fn(&str, u16) -> bool =
        &|host, port| host == "mail.example.com" && port == 2525;

    fn read(json: &str) -> Result<ChannelConfig, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn hook(url: &str) -> ChannelConfig {
        ChannelConfig::Webhook {
            url: url.to_owned(),
            secret: "hook-key".parse().unwrap(),
        }
    }

    fn mail(server: &str, port: u16) -> ChannelConfig {
        ChannelConfig::Smtp {
            server: server.to_owned(),
            port,
            from: "Shop <shop@example.com>".parse().unwrap(),
            user: None,
            secret: None,
        }
    }

    #[test]
    fn both_kinds_are_read_and_written_in_the_same_words() {
        let hook = r#"{"kind":"webhook","url":"https://example.com/in","secret":"hook-key"}"#;
        let mail = r#"{"kind":"smtp","server":"mail.example.com","port":465,"from":"Shop <shop@example.com>","user":"shop","secret":"mail-key"}"#;
        for json in [hook, mail] {
            let config = read(json).unwrap();
            assert_eq!(serde_json::to_string(&config).unwrap(), json);
            assert!(config.check(NO_PEER).is_ok());
        }
        let short =
            read(r#"{"kind":"smtp","server":"mail.example.com","from":"shop@example.com"}"#)
                .unwrap();
        assert!(matches!(
            short,
            ChannelConfig::Smtp {
                port: 465,
                user: None,
                secret: None,
                ..
            }
        ));
        assert_eq!((short.kind(), short.secret()), (ChannelKind::Smtp, None));
    }

    #[test]
    fn unknown_words_and_bad_names_are_not_read() {
        for bad in [
            r#"{"kind":"pigeon"}"#,
            r#"{"url":"https://example.com/","secret":"a"}"#,
            r#"{"kind":"webhook","url":"https://example.com/"}"#,
            r#"{"kind":"webhook","url":"https://example.com/","secret":"Not A Name"}"#,
            r#"{"kind":"webhook","url":"https://example.com/","secret":"a","insecure":true}"#,
            r#"{"kind":"smtp","server":"a","from":"nobody"}"#,
            r#"{"kind":"smtp","server":"a","port":70000,"from":"a@b.co"}"#,
            r#"{"kind":"smtp","server":"a","from":"a@b.co","tls":false}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_webhook_is_https_without_a_password_in_its_url() {
        assert!(
            hook("https://example.com:8443/in?x=1")
                .check(NO_PEER)
                .is_ok()
        );
        assert_eq!(
            hook("http://example.com/in").check(PEER),
            Err(ConfigError::NotHttps)
        );
        for bad in [
            "",
            "example.com",
            "https://",
            "https://u:p@example.com/",
            "ftp://example.com/",
            "https://a b/",
        ] {
            assert!(
                matches!(hook(bad).check(NO_PEER), Err(ConfigError::Url(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn mail_travels_over_tls_or_to_a_named_peer_on_this_machine() {
        assert_eq!(
            mail("MAIL.example.com", 465).check(NO_PEER),
            Ok(Destination::Smtp {
                host: "mail.example.com".to_owned(),
                port: 465,
                tls: true
            })
        );
        assert_eq!(
            mail("mail.example.com", 2525).check(PEER),
            Ok(Destination::Smtp {
                host: "mail.example.com".to_owned(),
                port: 2525,
                tls: false
            })
        );
        for port in [25, 587, 2525] {
            let error = mail("mail.example.com", port).check(NO_PEER).unwrap_err();
            assert_eq!(error.rule(), "messages.channel-not-protected");
        }
        assert!(mail("other.example.com", 2525).check(PEER).is_err());
    }

    #[test]
    fn a_mail_server_is_named_by_its_host_alone() {
        for bad in [
            "",
            "a@b.co",
            "mail.example.com/x",
            "mail.example.com:25",
            "mail example",
            "a\r\nb",
            "[::1]:25",
            "mäil.example",
        ] {
            let error = mail(bad, 465).check(NO_PEER).unwrap_err();
            assert_eq!(error.rule(), "messages.channel-server", "{bad}");
        }
        assert!(mail("[2001:db8::1]", 465).check(NO_PEER).is_ok());
        assert!(mail("mail.example.com", 0).check(NO_PEER).is_err());
    }

    #[test]
    fn a_login_has_a_user_and_a_secret() {
        let with = |user: Option<&str>, secret: Option<&str>| ChannelConfig::Smtp {
            server: "mail.example.com".to_owned(),
            port: 465,
            from: "a@b.co".parse().unwrap(),
            user: user.map(str::to_owned),
            secret: secret.map(|name| name.parse().unwrap()),
        };
        assert!(with(Some("shop"), Some("key")).check(NO_PEER).is_ok());
        for (user, secret) in [(Some("shop"), None), (None, Some("key"))] {
            assert_eq!(
                with(user, secret).check(NO_PEER),
                Err(ConfigError::HalfLogin)
            );
        }
        for user in ["", "a\0b", "a\r\nb", &"u".repeat(321)] {
            assert_eq!(
                with(Some(user), Some("key")).check(NO_PEER),
                Err(ConfigError::User)
            );
        }
    }

    fn bot(base: &str) -> ChannelConfig {
        ChannelConfig::Telegram {
            base: base.to_owned(),
            secret: "bot".parse().unwrap(),
        }
    }

    #[test]
    fn a_chat_service_is_reached_over_https_or_at_a_named_peer() {
        let read = read(r#"{"kind":"telegram","secret":"bot"}"#).unwrap();
        assert_eq!(read, bot("https://api.telegram.org"));
        assert!(read.check(NO_PEER).is_ok());
        assert_eq!(read.kind(), ChannelKind::Telegram);
        assert_eq!(
            read.route().unwrap().address,
            "Telegram at https://api.telegram.org:443"
        );
        let local = bot("http://mail.example.com:2525");
        assert!(local.check(PEER).is_ok());
        assert_eq!(local.check(NO_PEER), Err(ConfigError::BaseNotHttps));
        for bad in [
            "",
            "api.telegram.org",
            "https://a.example/?x=1",
            "https://u:p@a.example",
        ] {
            assert!(
                matches!(bot(bad).check(PEER), Err(ConfigError::Base(_))),
                "{bad}"
            );
        }
        let number = |number: &str| ChannelConfig::Whatsapp {
            base: "https://graph.facebook.com/v23.0".to_owned(),
            number: number.to_owned(),
            secret: "wa".parse().unwrap(),
        };
        assert!(number("10654").check(NO_PEER).is_ok());
        for bad in ["", "1/2", "a", "+1"] {
            assert_eq!(number(bad).check(NO_PEER), Err(ConfigError::Number));
        }
    }

    proptest! {
        #[test]
        fn no_configuration_makes_the_check_panic(text in "\\PC*|.*", port: u16, json in ".*") {
            let _ = hook(&text).check(NO_PEER);
            let _ = mail(&text, port).check(&|_, _| true);
            let _ = bot(&text).check(&|_, _| true);
            let _ = bot(&text).route();
            let _ = read(&json);
        }
    }
}
