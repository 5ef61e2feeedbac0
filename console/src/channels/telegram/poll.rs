//! Listening to a bot: a question that the service holds open until there is something. One process at a time asks, because
//! the service tells each update once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use guildhall_package::text::plain;
use guildhall_web::error::ApiError;

use super::api::{Bot, BotError};
use super::tap;
use super::update::{Heard, Update};
use crate::app::App;
use crate::channels::code::Code;
use crate::channels::setup::{self, Telegram};
use crate::channels::{Service, binding, words};
use crate::people::Right;
use crate::store::chat;

/// While nothing is set up, or another process listens.
const IDLE: Duration = Duration::from_secs(3);
/// A service that answers at once is asked no more often than that.
const PACE: Duration = Duration::from_millis(500);
/// Longest pause after failures.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a turn counts, in milliseconds, and how often it is renewed.
const TURN_MS: i64 = 15_000;
const RENEW: Duration = Duration::from_secs(5);
/// How often one update is tried that can't be looked at.
const TRIES: u32 = 5;
/// Strangers who are answered in one round. Whoever taps a button does not wait for all of them.
const STRANGERS: usize = 10;

/// How a round ended.
enum Round {
    /// There is nothing to listen to, or it is not our turn.
    Idle,
    /// So many updates.
    Heard(usize),
    /// Something was set up anew, or the console stops.
    Again,
}

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Ours(#[from] ApiError),
    #[error(transparent)]
    Theirs(#[from] BotError),
}

impl From<guildhall_web::store::StoreError> for Failure {
    fn from(error: guildhall_web::store::StoreError) -> Self {
        Self::Ours(error.into())
    }
}

/// Listens until the console stops.
pub(crate) async fn listen(app: App) {
    let me = uuid::Uuid::now_v7().to_string();
    let mut failures: u32 = 0;
    let mut stuck = Stuck::default();
    while !app.stop.is_cancelled() {
        let begun = Instant::now();
        let pause = match round(&app, &me, &mut stuck).await {
            Ok(Round::Idle) => IDLE,
            Ok(Round::Again) => Duration::ZERO,
            Ok(Round::Heard(count)) => {
                failures = 0;
                if count == 0 {
                    PACE.saturating_sub(begun.elapsed())
                } else {
                    Duration::ZERO
                }
            }
            Err(failure) => {
                failures = failures.saturating_add(1);
                told_of(&app, &failure);
                after(&failure, failures)
            }
        };
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = app.chats.was_set_up() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    // Whoever starts next need not wait for the turn to end.
    if let Err(error) = turn(&app, &me, 0).await {
        tracing::debug!(%error, "the turn to listen was not given back");
    }
}

fn told_of(app: &App, failure: &Failure) {
    match failure {
        Failure::Ours(error) => {
            tracing::error!(%error, "what Telegram told could not be looked at");
        }
        Failure::Theirs(error) => {
            let words = match error {
                BotError::Refused {
                    status: 401 | 404, ..
                } => "Telegram does not know the bot's token any more. Set it again.".to_owned(),
                BotError::Refused { status: 409, .. } => {
                    "Another program listens to this bot, or a webhook is set for it. Only one can."
                        .to_owned()
                }
                other => plain(&format!("{other}."), 300),
            };
            tracing::warn!(service = "telegram", "{words}");
            app.chats.is_ill(Service::Telegram, words);
        }
    }
}

/// The pause after so many failures in a row: what the service asks for, or one that doubles.
fn after(failure: &Failure, failures: u32) -> Duration {
    if let Failure::Theirs(BotError::Refused {
        retry_after: Some(seconds),
        ..
    }) = failure
    {
        return Duration::from_secs(*seconds).min(LONGEST * 5);
    }
    Duration::from_secs(1_u64 << failures.min(6).saturating_sub(1)).min(LONGEST)
}

async fn turn(app: &App, me: &str, until: i64) -> Result<bool, ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let ours = chat::lease(tx.connection(), Service::Telegram, me, (now, until)).await?;
    tx.commit().await?;
    Ok(ours)
}

async fn keep_turn(app: &App, me: &str) -> Result<bool, ApiError> {
    turn(app, me, app.clock.now().saturating_add(TURN_MS)).await
}

async fn round(app: &App, me: &str, stuck: &mut Stuck) -> Result<Round, Failure> {
    let Some(telegram) = setup::telegram(app).await? else {
        return Ok(Round::Idle);
    };
    if !keep_turn(app, me).await? {
        return Ok(Round::Idle);
    }
    let mut asking = std::pin::pin!(telegram.bot.updates(telegram.next));
    let updates = loop {
        tokio::select! {
            updates = &mut asking => break updates?,
            () = app.stop.cancelled() => return Ok(Round::Again),
            () = app.chats.was_set_up() => return Ok(Round::Again),
            () = tokio::time::sleep(RENEW) => {
                if !keep_turn(app, me).await? {
                    return Ok(Round::Idle);
                }
            }
        }
    };
    app.chats.is_well(Service::Telegram, app.clock.now());
    let count = updates.len();
    let mut strangers = Strangers::default();
    for update in updates {
        let id = update.id;
        match hear(app, &telegram, update, &mut strangers).await {
            Ok(()) => {}
            // It is told again, a few times.
            Err(error) if stuck.again(id) => return Err(error.into()),
            Err(error) => tracing::error!(%error, update = id, "an update is left out"),
        }
        let mut tx = app.store.write().await?;
        let next = id.saturating_add(1);
        chat::looked_at(tx.connection(), Service::Telegram, telegram.changed, next).await?;
        tx.commit().await?;
    }
    Ok(Round::Heard(count))
}

/// An update that can't be looked at must not keep all others waiting.
#[derive(Default)]
struct Stuck {
    update: i64,
    tries: u32,
}

impl Stuck {
    fn again(&mut self, update: i64) -> bool {
        if self.update != update {
            *self = Self { update, tries: 0 };
        }
        self.tries += 1;
        self.tries < TRIES
    }
}

/// Chats that were answered in a round, without having been asked for: each once, and not too many.
#[derive(Default)]
struct Strangers(BTreeSet<i64>);

impl Strangers {
    fn is_due(&mut self, chat: i64) -> bool {
        self.0.len() < STRANGERS && self.0.insert(chat)
    }
}

async fn hear(
    app: &App,
    telegram: &Telegram,
    update: Update,
    strangers: &mut Strangers,
) -> Result<(), ApiError> {
    let bot = &telegram.bot;
    match update.heard {
        Heard::Nothing | Heard::Group { asked: false, .. } => Ok(()),
        Heard::Group { chat, asked: true } => {
            if strangers.is_due(chat) {
                say(bot, chat, words::NO_GROUPS).await;
            }
            Ok(())
        }
        Heard::Words { from } => {
            if strangers.is_due(from) {
                say(bot, from, words::HOW_TO_BIND).await;
            }
            Ok(())
        }
        Heard::Code { from, text } => {
            let answer = bind(app, from, &text).await?;
            if answer.is_ok() || strangers.is_due(from) {
                let (Ok(words) | Err(words)) = answer;
                say(bot, from, &words).await;
            }
            Ok(())
        }
        Heard::Tap(tap) => {
            let told = tap::settle(app, update.id, &tap).await?;
            if let Err(error) = bot.answer(&tap.query, &told.text, told.alert).await {
                tracing::info!(%error, "a tap was not answered");
            }
            Ok(())
        }
    }
}

/// Binds who sent a code. What they are told, or what somebody is told whose code does not count.
async fn bind(app: &App, from: i64, text: &str) -> Result<Result<String, String>, ApiError> {
    let Some(code) = Code::parse(text) else {
        return Ok(Err(words::HOW_TO_BIND.to_owned()));
    };
    let (sender, now) = (from.to_string(), app.clock.now());
    let mut tx = app.store.write().await?;
    let from = (Service::Telegram, sender.as_str());
    let bound = binding::bind(app, tx.connection(), &code, from, now).await?;
    tx.commit().await?;
    let Some(person) = bound else {
        return Ok(Err(words::NO_CODE.to_owned()));
    };
    app.live.bump();
    app.chats.look();
    Ok(Ok(words::bound(person.name(), person.may(Right::Approve))))
}

/// An answer that is lost is lost: it may be asked for again.
async fn say(bot: &Bot, chat: i64, text: &str) {
    if let Err(error) = bot.send(chat, text, None).await {
        tracing::info!(%error, "an answer in a chat was not sent");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_what_the_service_asks_for_counts() {
        let broken = Failure::Theirs(BotError::Broken(502));
        assert_eq!(after(&broken, 1), Duration::from_secs(1));
        assert_eq!(after(&broken, 3), Duration::from_secs(4));
        assert!(after(&broken, u32::MAX) <= LONGEST);
        let busy = Failure::Theirs(BotError::Refused {
            status: 429,
            says: String::new(),
            retry_after: Some(17),
        });
        assert_eq!(after(&busy, 1), Duration::from_secs(17));
    }

    #[test]
    fn a_stranger_is_answered_once_a_round_and_not_all_of_them_are() {
        let mut strangers = Strangers::default();
        assert!(strangers.is_due(1));
        assert!(!strangers.is_due(1));
        assert_eq!(
            (2..500).filter(|chat| strangers.is_due(*chat)).count(),
            STRANGERS - 1
        );
    }

    #[test]
    fn an_update_that_can_not_be_looked_at_is_left_out_in_the_end() {
        let mut stuck = Stuck::default();
        let tries = (0..20).take_while(|_| stuck.again(7)).count();
        assert_eq!(tries, 4);
        assert!(stuck.again(8));
    }
}
