//! Channels that messages of skills leave by: webhooks and mail. The secret of a channel is set with it, and never shown again.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{ChannelConfig, Host, NewSecret, Tenant};
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use guildhall_web::error::not_found;
use guildhall_web::fields::{Fields, Query};

use super::answer::{Other, see};
use super::frame::{Frame, Section, with_status};
use super::money::words::refused;
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::sentence;
use crate::app::App;
use crate::people::Right;

const PATH: &str = "/settings/channels";

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(page).post(set))
        .route("/settings/channels/{name}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "channels.html")]
struct Page {
    frame: Frame,
    channels: Vec<Shown>,
    done: Option<&'static str>,
    problem: Option<String>,
    /// What was typed, but for secrets.
    typed: Typed,
}

/// Fields of the forms, without secrets.
#[derive(Default)]
struct Typed {
    is_mail: bool,
    name: String,
    url: String,
    server: String,
    from: String,
    user: String,
}

struct Shown {
    name: String,
    kind: &'static str,
    goes_to: String,
    secret: Option<String>,
}

/// The kind of a channel and where it leads. The rest of a webhook's address may be confidential.
fn said(config: &ChannelConfig) -> (&'static str, String) {
    if let ChannelConfig::Webhook { url, .. } = config {
        let host = url::Url::parse(url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        return ("webhook", host.unwrap_or_default());
    }
    if let ChannelConfig::Smtp {
        server, port, from, ..
    } = config
    {
        return (
            "mail",
            plain(&format!("{from}, through {server}:{port}"), 300),
        );
    }
    match config {
        ChannelConfig::Whatsapp { number, .. } => (
            "WhatsApp",
            format!("phones, from number {}", plain(number, 40)),
        ),
        _ => ("Telegram", "chats, from your bot".to_owned()),
    }
}

async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    shown(&app, &visitor, &fields, None).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    fields: &Fields,
    problem: Option<String>,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let channels = app
        .host
        .for_person(person)
        .channels(&Tenant::local())
        .await?;
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let text = |name: &str| fields.text(name).chars().take(500).collect();
    let typed = match problem {
        None => Typed::default(),
        Some(_) => Typed {
            is_mail: fields.text("kind") == "mail",
            name: text("name"),
            url: text("url"),
            server: text("server"),
            from: text("from"),
            user: text("user"),
        },
    };
    let template = Page {
        frame: Frame::new(app, visitor, "Channels", Section::Settings),
        channels: channels
            .into_iter()
            .map(|(name, config)| {
                let (kind, goes_to) = said(&config);
                let secret = config.secret().map(ToString::to_string);
                Shown {
                    name,
                    kind,
                    goes_to,
                    secret,
                }
            })
            .collect(),
        done: match fields.get("done") {
            Some("set") => Some("The channel is set up."),
            Some("removed") => Some("The channel is removed. Messages that wait for it will fail."),
            _ => None,
        },
        problem,
        typed,
    };
    with_status(status, &template)
}

async fn set(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    match kept(app.host.for_person(person), &fields).await? {
        None => {
            tracing::info!(person = %person.id(), "set a channel up");
            app.live.bump();
            Ok(see("/settings/channels?done=set"))
        }
        told => shown(&app, &visitor, &fields, told).await,
    }
}

/// Keeps a channel and its secret; or says why not.
async fn kept(host: &Host, fields: &Fields) -> Result<Option<String>, Other> {
    let tenant = Tenant::local();
    let (name, config, secret) = match new_channel(fields) {
        Ok(new) => new,
        Err(problem) => return Ok(Some(problem)),
    };
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
    }
    match host.set_channel(&tenant, &name, config).await {
        Ok(()) => Ok(None),
        Err(error) => refused(error).map(Some),
    }
}

type NewChannel = (FolderName, ChannelConfig, Option<NewSecret>);

fn new_channel(fields: &Fields) -> Result<NewChannel, String> {
    let name: FolderName = fields
        .text("name")
        .trim()
        .parse()
        .map_err(|error| sentence(&format!("the name can't be used: {error}")))?;
    let secret_name: FolderName = format!("channel-{name}")
        .parse()
        .map_err(|_| "The name is too long.".to_owned())?;
    let value = fields.get("secret").map(|value| NewSecret {
        name: secret_name.clone(),
        bound: None,
        value: value.to_owned().into(),
    });
    if fields.text("kind") != "mail" {
        let config = ChannelConfig::Webhook {
            url: fields.text("url").trim().to_owned(),
            secret: secret_name,
        };
        return Ok((name, config, value));
    }
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
    let config = ChannelConfig::Smtp {
        server: server.to_owned(),
        port,
        from,
        secret: user.is_some().then_some(secret_name),
        user,
    };
    let value = value.filter(|_| config.secret().is_some());
    Ok((name, config, value))
}

async fn remove(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    if !host.remove_channel(&tenant, &name).await? {
        return Err(not_found("channel").into());
    }
    // The secret that was set with it is of no use to anything else.
    let secret = format!("channel-{name}");
    let known = host.secrets(&tenant).await?;
    if known.iter().any(|one| one.name == secret) {
        let _ = host.remove_secret(&tenant, &secret).await?;
    }
    tracing::info!(person = %person.id(), "removed a channel");
    app.live.bump();
    Ok(see("/settings/channels?done=removed"))
}
