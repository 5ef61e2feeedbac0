//! Services as an owner set them up. Their secrets are sealed under the console's own key, and read only to be used.

use axum::http::StatusCode;
use guildhall_host::Amount;
use guildhall_web::error::{ApiError, invalid, refuse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::code::Code;
use super::telegram::api::{Bot, BotError, Token};
use super::{Service, whatsapp};
use crate::app::App;
use crate::people::{Person, Right};
use crate::store::chat::{self, ServiceRow};

/// Currencies with a ceiling.
const MAX_CEILINGS: usize = 20;

/// What is no secret of Telegram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelegramSetup {
    /// Where bots are reached.
    pub base: String,
    /// Name of the bot, without `@`.
    pub bot: String,
    /// Up to which amounts payments are decided in the chat: at most one for each currency.
    pub ceilings: Vec<Amount>,
}

/// Telegram, ready to be used.
#[derive(Debug, Clone)]
pub struct Telegram {
    /// What is no secret of it.
    pub setup: TelegramSetup,
    /// The bot.
    pub bot: Bot,
    /// When it was set up.
    pub changed: i64,
    /// The first update that was not looked at.
    pub next: i64,
}

/// What is no secret of WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatsappSetup {
    /// Where the API is reached, with its version.
    pub base: String,
    /// Identifier of the number that sends.
    pub number: String,
    /// The number itself, for people who write to it.
    pub phone: String,
    /// Name and language of a template with one variable, the link. None: people hear of a run only within 24 hours after
    /// they wrote.
    pub template: Option<(String, String)>,
}

/// Secrets of WhatsApp, as they are sealed.
#[derive(Serialize, Deserialize)]
struct WhatsappSecrets {
    token: String,
    app_secret: String,
    verify: String,
}

/// WhatsApp, ready to be used.
#[derive(Clone)]
pub struct Whatsapp {
    /// What is no secret of it.
    pub setup: WhatsappSetup,
    /// The way there.
    pub api: whatsapp::api::Api,
    /// Signs what the service tells us.
    pub(crate) app_secret: Zeroizing<String>,
    /// What the service proves itself with when the hook is set up. An owner copies it.
    pub verify: Zeroizing<String>,
}

/// Telegram, if it was set up.
///
/// # Errors
/// [`ApiError`] of the database, or if the secrets can't be opened.
pub async fn telegram(app: &App) -> Result<Option<Telegram>, ApiError> {
    let Some(row) = row(app, Service::Telegram).await? else {
        return Ok(None);
    };
    let setup: TelegramSetup = read(&row)?;
    let token = open(app, Service::Telegram, &row)?;
    let token =
        Token::parse(&token).ok_or_else(|| ApiError::Fault("the kept token is none".to_owned()))?;
    Ok(Some(Telegram {
        bot: Bot::new(app.chats.courier().clone(), &setup.base, token),
        setup,
        changed: row.changed,
        next: row.next_update,
    }))
}

/// Telegram without its token.
///
/// # Errors
/// [`ApiError`] of the database.
pub async fn telegram_setup(app: &App) -> Result<Option<TelegramSetup>, ApiError> {
    let row = row(app, Service::Telegram).await?;
    row.as_ref().map(read).transpose()
}

/// WhatsApp, if it was set up.
///
/// # Errors
/// [`ApiError`] of the database, or if the secrets can't be opened.
pub async fn whatsapp(app: &App) -> Result<Option<Whatsapp>, ApiError> {
    let Some(row) = row(app, Service::Whatsapp).await? else {
        return Ok(None);
    };
    let setup: WhatsappSetup = read(&row)?;
    let text = open(app, Service::Whatsapp, &row)?;
    let secrets: WhatsappSecrets = serde_json::from_str(&text)
        .map_err(|_| ApiError::Fault("the kept secrets of WhatsApp can't be read".to_owned()))?;
    Ok(Some(Whatsapp {
        api: whatsapp::api::Api::new(
            app.chats.courier().clone(),
            &setup,
            Zeroizing::new(secrets.token),
        ),
        setup,
        app_secret: Zeroizing::new(secrets.app_secret),
        verify: Zeroizing::new(secrets.verify),
    }))
}

pub(super) async fn row(app: &App, service: Service) -> Result<Option<ServiceRow>, ApiError> {
    let mut db = app.store.read().await?;
    Ok(chat::service(&mut db, service).await?)
}

fn read<T: DeserializeOwned>(row: &ServiceRow) -> Result<T, ApiError> {
    serde_json::from_str(&row.settings)
        .map_err(|error| ApiError::Fault(format!("the settings of a chat service: {error}")))
}

fn open(app: &App, service: Service, row: &ServiceRow) -> Result<Zeroizing<String>, ApiError> {
    app.chats
        .sealer()?
        .open_text(service.word(), &row.sealed)
        .map_err(|error| ApiError::Fault(format!("the secrets of {service}: {error}")))
}

async fn keep(
    app: &App,
    by: &Person,
    service: Service,
    setup: &impl Serialize,
    secrets: &str,
) -> Result<(), ApiError> {
    let settings =
        serde_json::to_string(setup).map_err(|error| ApiError::Fault(error.to_string()))?;
    let sealed = app
        .chats
        .sealer()?
        .seal_text(service.word(), secrets)
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    let mut tx = app.store.write().await?;
    chat::set_service(
        tx.connection(),
        service,
        &settings,
        &sealed,
        app.clock.now(),
    )
    .await?;
    noted(app, by, "chat-set", service.name()).await?;
    tx.commit().await?;
    app.chats.set_up();
    Ok(())
}

/// Says in the audit log what is about to count: a log that tells too much is better than one that tells too little.
pub(super) async fn noted(app: &App, by: &Person, what: &str, about: &str) -> Result<(), ApiError> {
    app.host
        .note(by, what, about)
        .await
        .map_err(|error| ApiError::Part(Box::new(error)))
}

/// What an owner writes about Telegram.
#[derive(Debug, Clone, Copy)]
pub struct TelegramForm<'a> {
    /// Where bots are reached; empty: Telegram itself.
    pub base: &'a str,
    /// The token; empty: the one from before, for the same address.
    pub token: &'a str,
    /// Amounts such as `EUR 50.00`, separated by commas; empty: nothing is decided in the chat.
    pub ceilings: &'a str,
}

/// Sets Telegram up. The bot is asked who it is before anything is kept.
///
/// # Errors
/// If `by` is no owner, a value can't be used, or the bot does not answer.
pub async fn set_telegram(app: &App, by: &Person, form: TelegramForm<'_>) -> Result<(), ApiError> {
    owns(by)?;
    let base = base_of(app, form.base, super::telegram::api::BASE)?;
    let ceilings = ceilings_of(form.ceilings)?;
    let token = if form.token.trim().is_empty() {
        // Kept for the same address only: nobody gets it sent elsewhere without knowing it.
        let before = row(app, Service::Telegram).await?;
        let before = before
            .filter(|row| read::<TelegramSetup>(row).is_ok_and(|setup| setup.base == base))
            .ok_or_else(|| invalid("token", "give the token of the bot, from BotFather"))?;
        open(app, Service::Telegram, &before)?
    } else {
        Zeroizing::new(form.token.trim().to_owned())
    };
    let token = Token::parse(&token).ok_or_else(|| {
        invalid(
            "token",
            "copy all of it from BotFather: digits, a colon, letters",
        )
    })?;
    let bot = Bot::new(app.chats.courier().clone(), &base, token.clone());
    let me = bot.me().await.map_err(|error| no_bot(&error))?;
    if me.username.is_empty() || me.username.len() > 64 {
        return Err(no_bot(&BotError::Broken(200)));
    }
    let setup = TelegramSetup {
        base,
        bot: me.username,
        ceilings,
    };
    keep(app, by, Service::Telegram, &setup, token.text()).await?;
    app.chats.is_well(Service::Telegram, app.clock.now());
    Ok(())
}

fn no_bot(error: &BotError) -> ApiError {
    refuse(
        StatusCode::UNPROCESSABLE_ENTITY,
        "chat.bot",
        format!("the bot can't be used: {error}"),
        "check token and address; the token is what BotFather shows",
    )
}

/// What an owner writes about WhatsApp.
#[derive(Debug, Clone, Copy)]
pub struct WhatsappForm<'a> {
    /// Where the API is reached; empty: Meta itself.
    pub base: &'a str,
    /// Identifier of the number that sends.
    pub number: &'a str,
    /// The number itself.
    pub phone: &'a str,
    /// Access token; empty: the one from before, for the same address.
    pub token: &'a str,
    /// The app's secret; empty: the one from before, for the same address.
    pub app_secret: &'a str,
    /// Name of the template; empty: none.
    pub template: &'a str,
    /// Language of the template.
    pub language: &'a str,
}

/// Sets WhatsApp up.
///
/// # Errors
/// If `by` is no owner, or a value can't be used.
pub async fn set_whatsapp(app: &App, by: &Person, form: WhatsappForm<'_>) -> Result<(), ApiError> {
    owns(by)?;
    let base = base_of(app, form.base, whatsapp::api::BASE)?;
    let number = form.number.trim();
    if !whatsapp::api::is_number_id(number) {
        return Err(invalid(
            "number",
            "give the identifier of the number: digits only",
        ));
    }
    let phone = whatsapp::api::phone(form.phone)
        .ok_or_else(|| invalid("phone", "write it with its country, as +4930123456"))?;
    let template = match form.template.trim() {
        "" => None,
        name => {
            let language = form.language.trim();
            let word = |text: &str| {
                (1..=512).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            if !word(name) || !word(language) {
                return Err(invalid(
                    "template",
                    "name and language have letters, digits and `_` only, as decision_waits and en",
                ));
            }
            Some((name.to_owned(), language.to_owned()))
        }
    };
    let before = row(app, Service::Whatsapp).await?;
    let before = match before {
        Some(row) if read::<WhatsappSetup>(&row).is_ok_and(|setup| setup.base == base) => {
            let text = open(app, Service::Whatsapp, &row)?;
            serde_json::from_str::<WhatsappSecrets>(&text).ok()
        }
        _ => None,
    };
    let secret = |field: &str, given: &str, before: Option<String>| {
        let given = given.trim();
        let value = if given.is_empty() {
            before.unwrap_or_default()
        } else {
            given.to_owned()
        };
        if (16..=1024).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(value)
        } else {
            Err(invalid(field, "copy all of it from the app's page at Meta"))
        }
    };
    let (old_token, old_secret, verify) = match before {
        Some(before) => (Some(before.token), Some(before.app_secret), before.verify),
        None => (None, None, Code::new()?.text()),
    };
    let secrets = WhatsappSecrets {
        token: secret("token", form.token, old_token)?,
        app_secret: secret("app_secret", form.app_secret, old_secret)?,
        verify,
    };
    let setup = WhatsappSetup {
        base,
        number: number.to_owned(),
        phone,
        template,
    };
    let text = serde_json::to_string(&secrets).map_err(|_| ApiError::Fault("JSON".to_owned()))?;
    keep(app, by, Service::Whatsapp, &setup, &Zeroizing::new(text)).await
}

/// Takes a service away, with its bindings and handles.
///
/// # Errors
/// If `by` is no owner.
pub async fn remove(app: &App, by: &Person, service: Service) -> Result<(), ApiError> {
    owns(by)?;
    let mut tx = app.store.write().await?;
    chat::remove_service(tx.connection(), service).await?;
    noted(app, by, "chat-removed", service.name()).await?;
    tx.commit().await?;
    app.chats.set_up();
    Ok(())
}

pub(super) fn owns(by: &Person) -> Result<(), ApiError> {
    if by.may(Right::Own) {
        return Ok(());
    }
    Err(refuse(
        StatusCode::FORBIDDEN,
        "people.right",
        Right::Own.missing(),
        "ask an owner of this console",
    ))
}

fn base_of(app: &App, given: &str, default: &str) -> Result<String, ApiError> {
    let base = match given.trim() {
        "" => default,
        given => given.trim_end_matches('/'),
    };
    if base.len() > 200 || base.contains(['?', '#']) {
        return Err(invalid("base", "write it like https://api.example.com"));
    }
    app.chats
        .courier()
        .check(base)
        .map_err(|error| invalid("base", error))?;
    Ok(base.to_owned())
}

/// Reads amounts such as `EUR 50.00, USD 60.00`.
fn ceilings_of(text: &str) -> Result<Vec<Amount>, ApiError> {
    let mut ceilings: Vec<Amount> = Vec::new();
    for part in text
        .split([',', '\n', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let amount = part
            .parse::<Amount>()
            .ok()
            .and_then(|amount| amount.ensure_positive().ok())
            .ok_or_else(|| {
                invalid(
                    "ceilings",
                    "write amounts like EUR 50.00, with commas between them",
                )
            })?;
        if ceilings
            .iter()
            .any(|known| known.currency == amount.currency)
        {
            return Err(invalid(
                "ceilings",
                format!("{} is there twice", amount.currency),
            ));
        }
        ceilings.push(amount);
    }
    if ceilings.len() > MAX_CEILINGS {
        return Err(invalid(
            "ceilings",
            format!("at most {MAX_CEILINGS} are kept"),
        ));
    }
    Ok(ceilings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ceilings_are_read_as_people_write_them() {
        let read = |text: &str| -> Option<Vec<String>> {
            let all = ceilings_of(text).ok()?;
            Some(all.iter().map(ToString::to_string).collect())
        };
        assert_eq!(read(""), Some(Vec::new()));
        assert_eq!(
            read("EUR 50.00, USD 60.00").unwrap(),
            ["EUR 50.00", "USD 60.00"]
        );
        for bad in [
            "50",
            "EUR",
            "EUR 0.00",
            "EUR -1.00",
            "EUR 1.00, EUR 2.00",
            "EUR 1.001",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = ceilings_of(&text);
        }
    }
}
