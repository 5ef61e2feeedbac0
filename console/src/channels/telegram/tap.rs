//! A button that was tapped: what comes of it. The handle is used up before anything is decided, so that a second tap finds it
//! used; the decision itself binds to the effects that were shown, and the journal lets one decision win.

use guildhall_host::{Host, Tenant};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_web::error::ApiError;

use super::machine::{Verdict, judge};
use super::update::Tap;
use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{self, Desk, NotDecided};
use crate::approvals::proof::Proof;
use crate::channels::handle::Handle;
use crate::channels::{Choice, Service, rules, setup, words};
use crate::pages::words::sentence;
use crate::people::{self, Person};
use crate::store::chat::{self, HandleRow};

/// What who tapped is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The words.
    pub text: String,
    /// Whether they must be read: nothing was done.
    pub alert: bool,
}

fn no(text: impl Into<String>) -> Told {
    Told {
        text: text.into(),
        alert: true,
    }
}

/// Settles a tap of one update. Told again for the same update, it goes on where it stopped.
///
/// # Errors
/// [`ApiError`] of the database: nothing was decided, and the update can be looked at again.
pub(super) async fn settle(app: &App, update: i64, tap: &Tap) -> Result<Told, ApiError> {
    let (verdict, row) = used_up(app, update, tap).await?;
    if let Some(words) = verdict.words() {
        return Ok(no(words));
    }
    let (Verdict::Worth(choice), Some(row)) = (verdict, row) else {
        return Ok(no("Nothing was decided."));
    };
    let sender = tap.from.to_string();
    let Some(person) = people::chat::bound(app, Service::Telegram, &sender).await? else {
        return Ok(no("This chat belongs to nobody here any more."));
    };
    let told = decide(app, &person, &row, choice).await;
    app.chats.look();
    Ok(told)
}

/// What the tap is worth; if it is worth something, its buttons are used up.
async fn used_up(
    app: &App,
    update: i64,
    tap: &Tap,
) -> Result<(Verdict, Option<HandleRow>), ApiError> {
    let Some(handle) = Handle::parse(&tap.data) else {
        return Ok((Verdict::Unknown, None));
    };
    let hash = handle.hash();
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let row = chat::handle(db, &hash).await?;
    let sender = chat::bound(db, Service::Telegram, &tap.from.to_string()).await?;
    let sender = sender.map(|binding| binding.person);
    let verdict = judge(tap, update, row.as_ref(), sender.as_ref(), app.clock.now());
    if let (Verdict::Worth(_), Some(row)) = (&verdict, &row) {
        if !chat::use_handles(db, &hash, row.notice, update).await? {
            return Ok((Verdict::Used, None));
        }
        tx.commit().await?;
    }
    Ok((verdict, row))
}

async fn decide(app: &App, person: &Person, row: &HandleRow, choice: Choice) -> Told {
    match try_decide(app, person, row, choice).await {
        Ok(told) => told,
        Err(NotDecided::Over(over)) => no(sentence(&over.words)),
        Err(NotDecided::Fault(error)) => {
            tracing::error!(run = row.run, %error, "a decision from a chat failed");
            no("Something failed. Look at your console before you try again.")
        }
        Err(NotDecided::SignInAgain(_)) => no(ON_THE_CARD),
        Err(error) => no(sentence(&plain(&error.to_string(), 170))),
    }
}

const ON_THE_CARD: &str = "This can't be decided in a chat. Open the card by its link.";
const CHANGED: &str =
    "What would be done is not what this message showed. Open the card by its link.";

async fn try_decide(
    app: &App,
    person: &Person,
    row: &HandleRow,
    choice: Choice,
) -> Result<Told, NotDecided> {
    let host: &Host = app.host.for_person(person);
    let fault = |error: guildhall_host::HostError| NotDecided::Fault(Box::new(error));
    let Some(card) = desk::waiting(app, host, &row.run).await.map_err(fault)? else {
        let over = desk::over(host, &Tenant::local(), &row.run, Some(person))
            .await
            .map_err(fault)?;
        return Err(over.map_or(NotDecided::NotFound, NotDecided::Over));
    };
    let Ok(shown) = row.effect_set.parse::<Digest>() else {
        return Ok(no(CHANGED));
    };
    if card.effect_set != shown {
        return Ok(no(CHANGED));
    }
    let Ok(desk) = Desk::of(app, person, Channel::Telegram) else {
        return Ok(no("You may not decide here any more."));
    };
    let asked = match choice {
        Choice::Reject => desk::Choice::Reject {
            reason: "rejected in the chat".to_owned(),
        },
        Choice::Approve => {
            // Again, as things are now: the payee may have changed since, or the ceiling.
            let setup = setup::telegram_setup(app)
                .await
                .map_err(|error| NotDecided::Fault(Box::new(error)))?;
            let ceilings = setup.map(|setup| setup.ceilings).unwrap_or_default();
            if rules::decides(&card, &ceilings).is_err() {
                return Ok(no(ON_THE_CARD));
            }
            desk::Choice::Once
        }
    };
    // Nothing is proved here: what takes more than a tap is refused by the desk.
    desk.say(&row.run, shown, asked, &Proof::nothing()).await?;
    Ok(Told {
        text: words::done(choice).to_owned(),
        alert: false,
    })
}
