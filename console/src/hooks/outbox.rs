//! Events on their way: read from the audit log, which every process writes, into rows, and from there to hooks. What was
//! written down is sent, whatever ends in between; a receiver may get a message twice, under the same identifier.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use guildhall_host::{HostError, KeyFolder, SecretKey32, Tenant};
use guildhall_web::error::ApiError;

use super::event::{self, Event, Kind};
use super::pace::{self, Came};
use super::secret;
use super::sender::{Attempt, Sender};
use crate::app::App;
use crate::store::hooks::{self, Hook, Message};

/// How often it is looked for events and for what is due, while there is a hook; and while there is none.
const TICK: Duration = Duration::from_millis(500);
const REST: Duration = Duration::from_secs(5);
/// Entries of the audit log that are read at once.
const ENTRIES: u32 = 500;
/// Messages that are sent at once.
const AT_ONCE: i64 = 16;
/// What was taken to be sent is due again after this, in milliseconds, if nobody says what came of it.
const AGAIN_MS: i64 = 60_000;
/// Name of the key from which secrets are made.
const KEY: &str = "webhooks";
/// Longest words about an attempt that are kept.
const SAID: usize = 300;

/// The key from which secrets of hooks are made, beside the host's own.
///
/// # Errors
/// If it can't be read or made.
pub fn key(app: &App) -> Result<SecretKey32, ApiError> {
    KeyFolder::open(&app.config.state.join("keys"))
        .and_then(|keys| guildhall_host::KeySource::secret(&keys, KEY))
        .map_err(|error| ApiError::Part(Box::new(error)))
}

/// Does its work until the console stops.
pub(crate) async fn run(app: App, sender: Arc<dyn Sender>) {
    loop {
        let pause = match turn(&app, &*sender).await {
            Ok(true) => TICK,
            Ok(false) => REST,
            Err(error) => {
                tracing::warn!(%error, "webhooks can't be told now");
                REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Reads what happened, and sends what is due. Says whether there is a hook.
///
/// # Errors
/// Of the database, the journal or the key.
pub async fn turn(app: &App, sender: &dyn Sender) -> Result<bool, ApiError> {
    if !gather(app).await? {
        return Ok(false);
    }
    while deliver(app, sender).await? > 0 {}
    Ok(true)
}

/// Puts into the outbox what happened since it was looked last. Says whether there is a hook.
async fn gather(app: &App) -> Result<bool, ApiError> {
    let (hooks, place) = {
        let mut db = app.store.read().await?;
        (hooks::all(&mut db).await?, hooks::place(&mut db).await?)
    };
    if hooks.is_empty() {
        return Ok(false);
    }
    let tenant = Tenant::local();
    let mut from = u64::try_from(place.unwrap_or(0)).unwrap_or(0);
    loop {
        let entries = app
            .host
            .audit_since(&tenant, from, ENTRIES)
            .await
            .map_err(part)?;
        let Some(last) = entries.last() else {
            return Ok(true);
        };
        from = last.seq.saturating_add(1);
        let mut events: Vec<Event> = entries.iter().filter_map(event::of).collect();
        if events.iter().any(|event| event.kind == Kind::Awaiting) {
            // What a mandate approved in the same moment waits for nobody.
            let waiting = app.host.waiting(&tenant).await.map_err(part)?;
            events.retain(|event| event.kind != Kind::Awaiting || waiting.contains(&event.run));
        }
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        for event in &events {
            let told = |hook: &&Hook| hook.disabled.is_none() && hook.created <= event.at;
            for hook in hooks.iter().filter(told) {
                let what = (event.kind.name(), event.run.as_str(), event.status.as_str());
                hooks::put(tx.connection(), &hook.id, what, (event.at, now)).await?;
            }
        }
        hooks::set_place(tx.connection(), i64::try_from(from).unwrap_or(i64::MAX)).await?;
        tx.commit().await?;
    }
}

/// Sends what is due now, and says how much that was.
async fn deliver(app: &App, sender: &dyn Sender) -> Result<usize, ApiError> {
    let now = app.clock.now();
    let (due, hooks) = {
        let mut tx = app.store.write().await?;
        let times = (now, now.saturating_add(AGAIN_MS));
        let due = hooks::take_due(tx.connection(), times, AT_ONCE).await?;
        let hooks = hooks::all(tx.connection()).await?;
        tx.commit().await?;
        (due, hooks)
    };
    if due.is_empty() {
        return Ok(0);
    }
    let key = key(app)?;
    let sent = due.into_iter().filter_map(|message| {
        let hook = hooks.iter().find(|hook| hook.id == message.hook)?;
        let key = &key;
        Some(async move {
            let came = match attempt(app, key, hook, &message, now) {
                Ok(attempt) => sender.send(attempt).await,
                Err(why) => Came::Not(why),
            };
            (hook, message, came)
        })
    });
    let sent = join_all(sent).await;
    let count = sent.len();
    for (hook, message, came) in sent {
        note(app, hook, &message, came).await?;
    }
    Ok(count)
}

fn attempt(
    app: &App,
    key: &SecretKey32,
    hook: &Hook,
    message: &Message,
    now: i64,
) -> Result<Attempt, String> {
    let link = if message.event == Kind::Awaiting.name() {
        app.link(&format!("/approvals/{}", message.run))
    } else if message.run.is_empty() {
        app.link("/settings/webhooks")
    } else {
        app.link(&format!("/runs/{}", message.run))
    };
    // A test has an identifier of its own in the place of a status, so that there may be many.
    let status = if message.event == Kind::Test.name() {
        ""
    } else {
        &message.status
    };
    let about = (message.run.as_str(), status);
    let body =
        event::body(&message.event, about, message.at, &link).map_err(|error| error.to_string())?;
    let secrets = (hook.id.as_str(), hook.generation, hook.old_until);
    let headers = secret::headers(key, secrets, (&message.id, &body), now)?;
    Ok(Attempt {
        url: hook.url.clone(),
        headers,
        body,
    })
}

/// Writes down what came of an attempt, for the message and for the hook.
async fn note(app: &App, hook: &Hook, message: &Message, came: Came) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    // As it is by now: other messages were sent meanwhile.
    let Some(hook) = hooks::get(tx.connection(), &hook.id).await? else {
        return Ok(());
    };
    match came {
        Came::Taken => {
            let ends = (None, Some(now));
            hooks::said(tx.connection(), &message.id, ends, "it was taken").await?;
            if hook.failing_since.is_some() {
                hooks::set_failing(tx.connection(), &hook.id, None).await?;
            }
            hooks::sweep(tx.connection(), &hook.id).await?;
        }
        Came::Gone => {
            let said = "it answered 410: it wants no more messages";
            hooks::said(tx.connection(), &message.id, (None, None), said).await?;
            hooks::set_disabled(tx.connection(), &hook.id, Some(now)).await?;
        }
        Came::Not(why) => {
            let salt = message.id.bytes().fold(0_u8, u8::wrapping_add);
            let due = pace::next(message.attempts, now, salt);
            let why = guildhall_package::text::plain(&why, SAID);
            hooks::said(tx.connection(), &message.id, (due, None), &why).await?;
            let since = hook.failing_since.unwrap_or(now);
            if pace::is_over(since, now) {
                hooks::set_disabled(tx.connection(), &hook.id, Some(now)).await?;
                tracing::warn!(
                    hook = hook.id,
                    "a webhook took nothing for days and is switched off"
                );
            } else if hook.failing_since.is_none() {
                hooks::set_failing(tx.connection(), &hook.id, Some(since)).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

fn part(error: HostError) -> ApiError {
    ApiError::Part(Box::new(error))
}
