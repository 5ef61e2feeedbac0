//! Channels that messages of skills leave by: webhooks, mail, and chats of Telegram and WhatsApp. The secret of a channel is set
//! with it, and never shown again.

mod form;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_host::{ChannelConfig, Delivery, Tenant};
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use guildhall_web::error::not_found;
use guildhall_web::fields::{Fields, Query};

use super::answer::{Other, see};
use super::frame::{Frame, Section, with_status};
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
        .route("/settings/channels/{name}/test", post(test))
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
    kind: String,
    name: String,
    url: String,
    server: String,
    from: String,
    user: String,
    base: String,
    number: String,
}

impl Typed {
    /// What was typed into a field of the form of this kind; nothing into those of other forms.
    fn of<'a>(&self, kind: &str, text: &'a str) -> &'a str {
        if self.kind == kind { text } else { "" }
    }
}

struct Shown {
    name: String,
    kind: &'static str,
    goes_to: String,
    secret: Option<String>,
    /// Whether the secret is there; without it messages fail.
    is_ready: bool,
    /// To whom a test message can go.
    to: &'static str,
}

/// Who is written to by a channel, as a label.
const fn to(config: &ChannelConfig) -> &'static str {
    match config {
        ChannelConfig::Webhook { .. } => "Recipient, as the receiver knows it",
        ChannelConfig::Smtp { .. } => "E-mail address",
        ChannelConfig::Telegram { .. } => "Number of a chat, or @ and the name of a channel",
        ChannelConfig::Whatsapp { .. } => "Phone number, as +4930123456",
    }
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
    let (host, tenant) = (app.host.for_person(person), Tenant::local());
    let channels = host.channels(&tenant).await?;
    let known = host.secrets(&tenant).await?;
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let text = |name: &str| fields.text(name).chars().take(500).collect();
    let typed = match problem {
        None => Typed::default(),
        Some(_) => Typed {
            kind: text("kind"),
            name: text("name"),
            url: text("url"),
            server: text("server"),
            from: text("from"),
            user: text("user"),
            base: text("base"),
            number: text("number"),
        },
    };
    let template = Page {
        frame: Frame::new(app, visitor, "Channels", Section::Settings),
        channels: channels
            .into_iter()
            .map(|(name, config)| {
                let (kind, goes_to) = said(&config);
                let secret = config.secret().map(ToString::to_string);
                let is_ready = secret
                    .as_ref()
                    .is_none_or(|secret| known.iter().any(|one| one.name == *secret));
                Shown {
                    name,
                    kind,
                    goes_to,
                    secret,
                    is_ready,
                    to: to(&config),
                }
            })
            .collect(),
        done: match fields.get("done") {
            Some("set") => Some("The channel is set up."),
            Some("removed") => Some("The channel is removed. Messages that wait for it will fail."),
            Some("sent") => Some("The test message was sent. Look whether it arrived."),
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
    match form::kept(&app, app.host.for_person(person), &fields).await? {
        None => {
            tracing::info!(person = %person.id(), "set a channel up");
            app.live.bump();
            Ok(see("/settings/channels?done=set"))
        }
        Some(told) => {
            let told = format!("No channel was set up. {told}");
            shown(&app, &visitor, &fields, Some(told)).await
        }
    }
}

/// Sends a test message by a channel.
async fn test(
    State(app): State<App>,
    Path(name): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let name: FolderName = name.parse().map_err(|_| not_found("channel"))?;
    let host = app.host.for_person(person);
    let to = fields.text("recipient").trim();
    let told = match host.try_channel(&Tenant::local(), &name, to).await? {
        Delivery::Sent { .. } => return Ok(see("/settings/channels?done=sent")),
        Delivery::Failed { why } | Delivery::NotSent { why } => {
            format!(
                "The test message was not sent. {}",
                sentence(&plain(&why, 600))
            )
        }
        Delivery::Unknown { why } => format!(
            "The test message may have been sent. {}",
            sentence(&plain(&why, 600))
        ),
    };
    shown(&app, &visitor, &fields, Some(told)).await
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
