//! Telling people what waits for them, once, and saying in the chat what became of it.
//!
//! A row stands before a message is sent. What certainly was not sent is taken back and tried again; what may have been sent is
//! not sent again: the inbox of the console has it in any case. When a run does not wait any more, however that came about
//! (decided here, on a page, by a program, by another process, or expired), the message is changed to say so.

use std::collections::BTreeMap;
use std::time::Duration;

use guildhall_host::{Card, PendingApproval, Tenant};
use guildhall_package::text::plain;
use guildhall_web::error::ApiError;
use tokio::time::Instant;

use super::handle::{Choice, Handle};
use super::setup::{self, Telegram, Whatsapp};
use super::telegram::api::{BotError, Buttons};
use super::{Service, rules, words};
use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{self, Desk};
use crate::people::{self, Person, Right};
use crate::store::chat::{self, BindingRow, HandleRow, NewNotice, NoticeRow, NoticeState};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);
/// Pause of a service after it failed.
const PAUSE: Duration = Duration::from_secs(10);
/// A message that has been under way for so long, in milliseconds, was sent or lost.
const UNDER_WAY_MS: i64 = 120_000;
/// What ended so long ago is forgotten, in milliseconds.
const FORGET_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What is to be told and changed by one service.
#[derive(Default)]
struct Work {
    tell: Vec<(Person, BindingRow, PendingApproval)>,
    close: Vec<(NoticeRow, Option<Person>)>,
}

/// When a service is asked again that failed.
type Pauses = BTreeMap<Service, Instant>;

/// Follows what waits until the console stops.
pub(super) async fn follow(app: App) {
    let mut pauses = Pauses::new();
    loop {
        for service in Service::ALL {
            if pauses
                .get(&service)
                .is_some_and(|until| *until > Instant::now())
            {
                continue;
            }
            if let Err(error) = round(&app, service, &mut pauses).await {
                tracing::warn!(%error, service = service.word(), "notices could not be looked after");
                pauses.insert(service, Instant::now() + PAUSE);
            }
        }
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = app.chats.told_to_look() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn round(app: &App, service: Service, pauses: &mut Pauses) -> Result<(), ApiError> {
    let work = work(app, service).await?;
    if work.tell.is_empty() && work.close.is_empty() {
        return Ok(());
    }
    let paused = match service {
        Service::Telegram => match setup::telegram(app).await? {
            Some(telegram) => by_telegram(app, &telegram, work).await?,
            None => None,
        },
        Service::Whatsapp => match setup::whatsapp(app).await? {
            Some(whatsapp) => by_whatsapp(app, &whatsapp, work).await?,
            None => None,
        },
    };
    if let Some(pause) = paused {
        pauses.insert(service, Instant::now() + pause);
    }
    Ok(())
}

/// Looks what there is to do. What people may see is read in their name.
async fn work(app: &App, service: Service) -> Result<Work, ApiError> {
    let mut work = Work::default();
    let (bindings, open) = {
        let mut db = app.store.read().await?;
        (
            chat::bindings(&mut db, service).await?,
            chat::not_closed(&mut db, service).await?,
        )
    };
    if bindings.is_empty() && open.is_empty() {
        return Ok(work);
    }
    let mut people = Vec::new();
    for binding in bindings {
        if let Some(person) = people::chat::bound(app, service, &binding.sender).await? {
            people.push((person, binding));
        }
    }
    let waiting = match people.first() {
        Some((person, _)) => app
            .host
            .for_person(person)
            .pending(&Tenant::local())
            .await
            .map_err(part)?,
        None => Vec::new(),
    };
    let now = app.clock.now();
    for notice in open {
        let own = people
            .iter()
            .find(|(person, binding)| {
                *person.id() == notice.person && binding.sender == notice.sender
            })
            .map(|(person, _)| person.clone());
        let waits = waiting.iter().any(|run| run.invocation == notice.run);
        let under_way = notice.state == NoticeState::Sending
            && now.saturating_sub(notice.changed) < UNDER_WAY_MS;
        if (!waits || own.is_none()) && !under_way {
            work.close.push((notice, own));
        }
    }
    for (person, binding) in people {
        if !person.may(Right::Approve) {
            continue;
        }
        let told = {
            let mut db = app.store.read().await?;
            chat::told(&mut db, service, person.id()).await?
        };
        // One for each person and round: services take about one a second.
        let next = waiting
            .iter()
            .find(|run| run.expires_at_ms > now && !told.contains(&run.invocation));
        if let Some(next) = next {
            work.tell.push((person, binding, next.clone()));
        }
    }
    Ok(work)
}

fn part(error: guildhall_host::HostError) -> ApiError {
    ApiError::Part(Box::new(error))
}

fn link(app: &App, run: &str) -> String {
    app.link(&format!("/approvals/{run}"))
}

async fn by_telegram(
    app: &App,
    telegram: &Telegram,
    work: Work,
) -> Result<Option<Duration>, ApiError> {
    for (notice, person) in work.close {
        let (Some(person), Some(message)) = (&person, &notice.message) else {
            set(app, notice.id, NoticeState::Closed, None).await?;
            continue;
        };
        let (Ok(chat), Ok(message)) = (notice.sender.parse(), message.parse()) else {
            set(app, notice.id, NoticeState::Closed, None).await?;
            continue;
        };
        let text = ended(app, person, &notice.run).await?;
        match telegram.bot.edit(chat, message, &text).await {
            Ok(()) => {}
            // The message is gone, or the bot was put out: there is nothing to change.
            Err(error) if error.is_final() => {
                tracing::info!(%error, "a message could not be changed");
            }
            Err(error) => return Ok(Some(ill(app, &error))),
        }
        set(app, notice.id, NoticeState::Closed, None).await?;
    }
    for (person, binding, run) in work.tell {
        if let Some(pause) = tell(app, telegram, &person, &binding, &run).await? {
            return Ok(Some(pause));
        }
    }
    Ok(None)
}

/// Notes that a service failed, and says how long to leave it alone.
fn ill(app: &App, error: &BotError) -> Duration {
    app.chats
        .is_ill(Service::Telegram, plain(&format!("{error}."), 300));
    match error {
        BotError::Refused {
            retry_after: Some(seconds),
            ..
        } => Duration::from_secs((*seconds).min(600)),
        _ => PAUSE,
    }
}

/// What became of a run, for the chat of a person.
async fn ended(app: &App, person: &Person, run: &str) -> Result<String, ApiError> {
    let (host, tenant) = (app.host.for_person(person), Tenant::local());
    let over = desk::over(host, &tenant, run, Some(person))
        .await
        .map_err(part)?;
    let detail = host.run(&tenant, run).await.map_err(part)?;
    let name = detail.map_or_else(
        || "A run".to_owned(),
        |detail| words::skill(&detail.summary.skill),
    );
    let became = over.map_or_else(|| "this run was deleted".to_owned(), |over| over.words);
    Ok(words::over(
        &name,
        &became,
        &app.link(&format!("/runs/{run}")),
    ))
}

/// Tells one person of one run by Telegram.
async fn tell(
    app: &App,
    telegram: &Telegram,
    person: &Person,
    binding: &BindingRow,
    waiting: &PendingApproval,
) -> Result<Option<Duration>, ApiError> {
    let host = app.host.for_person(person);
    let Some(card) = desk::waiting(app, host, &waiting.invocation)
        .await
        .map_err(part)?
    else {
        return Ok(None);
    };
    let Ok(chat) = binding.sender.parse::<i64>() else {
        return Ok(None);
    };
    let link = link(app, &waiting.invocation);
    let small = rules::decides(&card, &telegram.setup.ceilings).is_ok()
        && asks_no_more(app, person, &card).await?;
    let buttons = small
        .then(|| {
            Ok::<_, ApiError>(Buttons {
                approve: Handle::new()?,
                reject: Handle::new()?,
            })
        })
        .transpose()?;
    let text = if small {
        words::with_buttons(&card, &link)
    } else {
        words::with_link(waiting, &link)
    };
    let effect_set = card.effect_set.to_string();
    let new = NewNotice {
        run: &waiting.invocation,
        person: person.id(),
        service: Service::Telegram,
        sender: &binding.sender,
        effect_set: &effect_set,
    };
    let Some(notice) = begin(app, &new, buttons.as_ref(), card.expires_at_ms).await? else {
        return Ok(None);
    };
    match telegram.bot.send(chat, &text, buttons.as_ref()).await {
        Ok(message) => {
            let message = message.map(|message| message.to_string());
            set(app, notice, NoticeState::Open, message.as_deref()).await?;
            app.chats.is_well(Service::Telegram, app.clock.now());
            Ok(None)
        }
        Err(error) if error.may_be_done() => {
            set(app, notice, NoticeState::Lost, None).await?;
            Ok(Some(ill(app, &error)))
        }
        // Blocked by its person, for example: not tried again for this run.
        Err(error) if error.is_final() => {
            set(app, notice, NoticeState::Closed, None).await?;
            Ok(Some(ill(app, &error)))
        }
        Err(error) => {
            take_back(app, notice).await?;
            Ok(Some(ill(app, &error)))
        }
    }
}

/// Whether the desk takes an approval of this card from a person who proves nothing more.
async fn asks_no_more(app: &App, person: &Person, card: &Card) -> Result<bool, ApiError> {
    let desk = Desk::of(app, person, Channel::Telegram)?;
    let reasons = desk.again(&[card], &[]).await?;
    Ok(reasons.is_empty())
}

async fn begin(
    app: &App,
    new: &NewNotice<'_>,
    buttons: Option<&Buttons>,
    until: i64,
) -> Result<Option<i64>, ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let now = app.clock.now();
    chat::forget(db, now.saturating_sub(FORGET_MS)).await?;
    let Some(notice) = chat::begin_notice(db, new, now).await? else {
        return Ok(None);
    };
    if let Some(buttons) = buttons {
        for (handle, choice) in [
            (&buttons.approve, Choice::Approve),
            (&buttons.reject, Choice::Reject),
        ] {
            let row = HandleRow {
                notice,
                person: new.person.clone(),
                run: new.run.to_owned(),
                effect_set: new.effect_set.to_owned(),
                choice,
                until,
                used_by: None,
            };
            chat::insert_handle(db, &handle.hash(), &row).await?;
        }
    }
    tx.commit().await?;
    Ok(Some(notice))
}

async fn set(
    app: &App,
    notice: i64,
    state: NoticeState,
    message: Option<&str>,
) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    chat::set_notice(tx.connection(), notice, state, message, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn take_back(app: &App, notice: i64) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    chat::take_back(tx.connection(), notice).await?;
    tx.commit().await?;
    Ok(())
}

/// WhatsApp tells, and never decides: no button, no handle. What was sent there can't be changed later.
async fn by_whatsapp(
    app: &App,
    whatsapp: &Whatsapp,
    work: Work,
) -> Result<Option<Duration>, ApiError> {
    for (notice, _) in work.close {
        set(app, notice.id, NoticeState::Closed, None).await?;
    }
    for (person, binding, waiting) in work.tell {
        let link = link(app, &waiting.invocation);
        let text = words::with_link(&waiting, &link);
        let Some(body) = whatsapp.api.body(
            &binding.sender,
            &text,
            &link,
            binding.heard,
            app.clock.now(),
        ) else {
            // Outside of 24 hours and without a template: told as soon as the person writes.
            continue;
        };
        let effect_set = waiting.effect_set.to_string();
        let new = NewNotice {
            run: &waiting.invocation,
            person: person.id(),
            service: Service::Whatsapp,
            sender: &binding.sender,
            effect_set: &effect_set,
        };
        let Some(notice) = begin(app, &new, None, waiting.expires_at_ms).await? else {
            continue;
        };
        match whatsapp.api.send(body).await {
            Ok(id) => {
                set(app, notice, NoticeState::Open, id.as_deref()).await?;
                app.chats.is_well(Service::Whatsapp, app.clock.now());
            }
            Err(error) => {
                app.chats
                    .is_ill(Service::Whatsapp, plain(&format!("{error}."), 300));
                if error.may_be_done() {
                    set(app, notice, NoticeState::Lost, None).await?;
                } else if error.is_final() {
                    set(app, notice, NoticeState::Closed, None).await?;
                } else {
                    take_back(app, notice).await?;
                }
                return Ok(Some(PAUSE));
            }
        }
    }
    Ok(None)
}
