//! Chats: which bot and which number, whose chat is whose, and a message to try it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use guildhall_web::error::{ApiError, not_found, refuse};

use super::answer::{Other, see};
use super::frame::{Frame, Section, page, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words::{self, When, when};
use crate::app::App;
use crate::channels::setup::{self, TelegramForm, TelegramSetup, WhatsappForm};
use crate::channels::whatsapp::hook;
use crate::channels::{Health, Service, binding, words as said};
use crate::people::Right;
use crate::store::{chat, people};

const PATH: &str = "/settings/chat";

#[derive(Template)]
#[template(path = "chat.html")]
struct Chat {
    frame: Frame,
    telegram: Option<ShownTelegram>,
    whatsapp: Option<ShownWhatsapp>,
    /// A code that was just made, and for which service.
    code: Option<ShownCode>,
    good: Option<String>,
    problem: Option<String>,
    /// What was typed into the form of Telegram.
    base: String,
    ceilings: String,
}

struct ShownTelegram {
    bot: String,
    ceilings: Vec<String>,
    state: ShownState,
    chats: Vec<ShownChat>,
    own: bool,
}

struct ShownWhatsapp {
    phone: String,
    number: String,
    base: String,
    template: Option<(String, String)>,
    /// For owners only.
    verify: Option<String>,
    hook: String,
    state: ShownState,
    chats: Vec<ShownChat>,
    own: bool,
}

struct ShownState {
    good_at: Option<When>,
    problem: Option<String>,
}

struct ShownChat {
    person: String,
    id: String,
    is_self: bool,
    since: When,
}

struct ShownCode {
    service: &'static str,
    text: String,
    link: Option<String>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(all))
        .route("/settings/chat/telegram", post(telegram))
        .route("/settings/chat/whatsapp", post(whatsapp))
        .route("/settings/chat/{service}/remove", post(remove))
        .route("/settings/chat/{service}/code", post(code))
        .route("/settings/chat/{service}/unbind", post(unbind))
        .route("/settings/chat/{service}/test", post(test))
}

/// What a page says besides.
#[derive(Default)]
struct Said {
    code: Option<ShownCode>,
    good: Option<String>,
    problem: Option<String>,
    base: Option<String>,
    ceilings: Option<String>,
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, PATH)?;
    page(&shown(&app, &visitor, Said::default()).await?)
}

async fn shown(app: &App, visitor: &Visitor, say: Said) -> Result<Chat, Other> {
    let owns = visitor
        .session()
        .is_some_and(|session| session.person().may(Right::Own));
    let setup = setup::telegram_setup(app).await?;
    let telegram = match &setup {
        Some(setup) => Some(of_telegram(app, visitor, setup).await?),
        None => None,
    };
    let whatsapp = match setup::whatsapp(app).await? {
        Some(found) => {
            let chats = chats(app, visitor, Service::Whatsapp).await?;
            Some(ShownWhatsapp {
                phone: found.setup.phone,
                number: found.setup.number,
                base: found.setup.base,
                template: found.setup.template,
                verify: owns.then(|| found.verify.to_string()),
                hook: app.link(hook::PATH),
                state: state(app.chats.health(Service::Whatsapp)),
                own: chats.iter().any(|chat| chat.is_self),
                chats,
            })
        }
        None => None,
    };
    let kept = setup.as_ref();
    Ok(Chat {
        frame: Frame::new(app, visitor, "Chat", Section::Settings),
        telegram,
        whatsapp,
        code: say.code,
        good: say.good,
        problem: say.problem,
        base: say
            .base
            .or_else(|| kept.map(|setup| setup.base.clone()))
            .unwrap_or_else(|| crate::channels::telegram::api::BASE.to_owned()),
        ceilings: say
            .ceilings
            .or_else(|| kept.map(|setup| list(setup).join(", ")))
            .unwrap_or_default(),
    })
}

fn list(setup: &TelegramSetup) -> Vec<String> {
    setup.ceilings.iter().map(ToString::to_string).collect()
}

fn state(health: Health) -> ShownState {
    ShownState {
        good_at: health.good_at.map(when),
        problem: health.problem,
    }
}

async fn of_telegram(
    app: &App,
    visitor: &Visitor,
    setup: &TelegramSetup,
) -> Result<ShownTelegram, Other> {
    let chats = chats(app, visitor, Service::Telegram).await?;
    Ok(ShownTelegram {
        bot: setup.bot.clone(),
        ceilings: list(setup),
        state: state(app.chats.health(Service::Telegram)),
        own: chats.iter().any(|chat| chat.is_self),
        chats,
    })
}

/// Whose chat is bound. Numbers of chats and phones are not shown: they are nobody else's business.
async fn chats(app: &App, visitor: &Visitor, service: Service) -> Result<Vec<ShownChat>, Other> {
    let own = visitor.session().map(|session| session.person().id());
    let mut db = app.store.read().await?;
    let mut shown = Vec::new();
    for binding in chat::bindings(&mut db, service).await? {
        if let Some(row) = people::get(&mut db, &binding.person).await? {
            shown.push(ShownChat {
                is_self: Some(&row.id) == own,
                person: row.name,
                id: row.id.to_string(),
                since: when(binding.bound),
            });
        }
    }
    Ok(shown)
}

/// What was typed is shown again beside what is wrong with it; what is no refusal is a page of its own.
async fn told(
    app: &App,
    visitor: &Visitor,
    error: ApiError,
    said: Said,
) -> Result<Response, Other> {
    let problem = error.problem();
    if !matches!(problem.status, 403 | 409 | 422) {
        return Err(error.into());
    }
    let said = Said {
        problem: Some(words::problem(&problem)),
        ..said
    };
    let template = shown(app, visitor, said).await?;
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    with_status(status, &template)
}

async fn telegram(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let form = TelegramForm {
        base: fields.text("base"),
        token: fields.text("token"),
        ceilings: fields.text("ceilings"),
    };
    match setup::set_telegram(&app, by, form).await {
        Ok(()) => Ok(see(PATH)),
        Err(error) => {
            let said = Said {
                base: Some(form.base.to_owned()),
                ceilings: Some(form.ceilings.to_owned()),
                ..Said::default()
            };
            told(&app, &visitor, error, said).await
        }
    }
}

async fn whatsapp(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    let form = WhatsappForm {
        base: fields.text("base"),
        number: fields.text("number"),
        phone: fields.text("phone"),
        token: fields.text("token"),
        app_secret: fields.text("app_secret"),
        template: fields.text("template"),
        language: fields.text("language"),
    };
    match setup::set_whatsapp(&app, by, form).await {
        Ok(()) => Ok(see(PATH)),
        Err(error) => told(&app, &visitor, error, Said::default()).await,
    }
}

async fn remove(
    State(app): State<App>,
    Path(service): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::Own, PATH)?;
    setup::remove(&app, by, of(&service)?).await?;
    Ok(see(PATH))
}

async fn code(
    State(app): State<App>,
    Path(service): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::View, PATH)?;
    let service = of(&service)?;
    let Some(session) = visitor.session() else {
        return Err(not_found("page").into());
    };
    let code = match binding::offer(&app, session, service).await {
        Ok(code) => code,
        Err(error) => return told(&app, &visitor, error, Said::default()).await,
    };
    let link = match service {
        Service::Telegram => setup::telegram_setup(&app)
            .await?
            .filter(|setup| setup.base == crate::channels::telegram::api::BASE)
            .map(|setup| format!("https://t.me/{}?start={}", setup.bot, code.text())),
        Service::Whatsapp => None,
    };
    let said = Said {
        code: Some(ShownCode {
            service: service.word(),
            text: code.text(),
            link,
        }),
        ..Said::default()
    };
    page(&shown(&app, &visitor, said).await?)
}

async fn unbind(
    State(app): State<App>,
    Path(service): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let by = visitor.person(Right::View, PATH)?;
    let whose = match fields.text("person") {
        "" => by.id().clone(),
        id => id.parse().map_err(|_| not_found("person"))?,
    };
    binding::unbind(&app, by, &whose, of(&service)?).await?;
    Ok(see(PATH))
}

/// Sends a message to one's own chat.
async fn test(
    State(app): State<App>,
    Path(service): Path<String>,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let service = of(&service)?;
    let own = {
        let mut db = app.store.read().await?;
        chat::bindings(&mut db, service)
            .await?
            .into_iter()
            .find(|binding| binding.person == *person.id())
    };
    let Some(own) = own else {
        return Err(not_found("chat").into());
    };
    let failed = |error: &dyn std::fmt::Display| {
        refuse(
            StatusCode::CONFLICT,
            "chat.not-sent",
            format!("the test message was not sent: {error}"),
            "check what is set up here, and try again",
        )
    };
    let sent = match service {
        Service::Telegram => match setup::telegram(&app).await? {
            Some(telegram) => match own.sender.parse() {
                Ok(chat) => telegram
                    .bot
                    .send(chat, said::TEST, None)
                    .await
                    .map(|_| ())
                    .map_err(|error| failed(&error)),
                Err(_) => Err(not_found("chat")),
            },
            None => Err(not_found("chat")),
        },
        Service::Whatsapp => match setup::whatsapp(&app).await? {
            Some(found) => {
                let link = app.link("/approvals");
                match found
                    .api
                    .body(&own.sender, said::TEST, &link, own.heard, app.clock.now())
                {
                    Some(body) => found
                        .api
                        .send(body)
                        .await
                        .map(|_| ())
                        .map_err(|error| failed(&error)),
                    None => Err(failed(
                        &"you wrote more than 24 hours ago, and no template is set up",
                    )),
                }
            }
            None => Err(not_found("chat")),
        },
    };
    match sent {
        Ok(()) => {
            let said = Said {
                good: Some(format!("The test message was sent by {service}.")),
                ..Said::default()
            };
            page(&shown(&app, &visitor, said).await?)
        }
        Err(error) => told(&app, &visitor, error, Said::default()).await,
    }
}

fn of(service: &str) -> Result<Service, ApiError> {
    service.parse().map_err(|()| not_found("chat service"))
}
