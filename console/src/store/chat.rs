//! Rows of chats: services, bindings, notices and the handles of their buttons.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::{Db, StoreError, column, parsed};
use crate::channels::{Choice, Service};
use crate::people::PersonId;

/// A service as it was set up.
#[derive(Debug, Clone)]
pub struct ServiceRow {
    /// What is no secret of it, as JSON.
    pub settings: String,
    /// Its secrets, sealed.
    pub sealed: String,
    /// When it was changed.
    pub changed: i64,
    /// The first update that was not looked at yet.
    pub next_update: i64,
}

/// Who stands behind a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingRow {
    /// The sender, as the service names them.
    pub sender: String,
    /// The person.
    pub person: PersonId,
    /// When they were bound.
    pub bound: i64,
    /// When the sender last wrote.
    pub heard: i64,
}

/// How far a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// It is being sent, or the process died while it was.
    Sending,
    /// It was sent, and its run waits.
    Open,
    /// It may have been sent: no answer came. It is not sent again.
    Lost,
    /// Its run does not wait any more, and the chat says so.
    Closed,
}

impl NoticeState {
    const fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }
}

impl std::str::FromStr for NoticeState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Sending, Self::Open, Self::Lost, Self::Closed]
            .into_iter()
            .find(|state| state.word() == text)
            .ok_or(())
    }
}

/// One notice to one person.
#[derive(Debug, Clone)]
pub struct NoticeRow {
    /// Which.
    pub id: i64,
    /// The run it is about.
    pub run: String,
    /// Who was told.
    pub person: PersonId,
    /// In which chat.
    pub sender: String,
    /// How far it is.
    pub state: NoticeState,
    /// The message, as the service names it.
    pub message: Option<String>,
    /// When it last changed.
    pub changed: i64,
}

/// A notice before it is sent.
#[derive(Debug)]
pub struct NewNotice<'a> {
    /// The run it is about.
    pub run: &'a str,
    /// Who is told.
    pub person: &'a PersonId,
    /// By which service.
    pub service: Service,
    /// In which chat.
    pub sender: &'a str,
    /// What is decided about.
    pub effect_set: &'a str,
}

/// What a button stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandleRow {
    /// The notice that it is below.
    pub notice: i64,
    /// Whose it is.
    pub person: PersonId,
    /// The run.
    pub run: String,
    /// What was shown.
    pub effect_set: String,
    /// What it does.
    pub choice: Choice,
    /// Until when.
    pub until: i64,
    /// The update that used it.
    pub used_by: Option<i64>,
}

/// A service, if it was set up.
pub async fn service(db: &mut Db, service: Service) -> Result<Option<ServiceRow>, StoreError> {
    let row = sqlx::query(
        "SELECT settings, sealed, changed, next_update FROM chat_services WHERE service = $1",
    )
    .bind(service.word())
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(ServiceRow {
            settings: column(&row, "settings")?,
            sealed: column(&row, "sealed")?,
            changed: column(&row, "changed")?,
            next_update: column(&row, "next_update")?,
        })
    })
    .transpose()
}

/// Sets a service up anew: where to go on asking is forgotten, because it may be another bot.
pub async fn set_service(
    db: &mut Db,
    service: Service,
    settings: &str,
    sealed: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO chat_services (service, settings, sealed, changed) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (service) DO UPDATE SET settings = excluded.settings, sealed = excluded.sealed, \
         changed = excluded.changed, next_update = 0",
    )
    .bind(service.word())
    .bind(settings)
    .bind(sealed)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a service away, with everything that belongs to it.
pub async fn remove_service(db: &mut Db, service: Service) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM chat_handles WHERE notice IN (SELECT id FROM chat_notices WHERE service = $1)",
    )
    .bind(service.word())
    .execute(&mut *db)
    .await?;
    for table in [
        "chat_notices",
        "chat_bindings",
        "chat_codes",
        "chat_seen",
        "chat_services",
    ] {
        let text = format!("DELETE FROM {table} WHERE service = $1");
        sqlx::query(AssertSqlSafe(text))
            .bind(service.word())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Takes or keeps the turn to ask for updates. False: another process has it.
pub async fn lease(
    db: &mut Db,
    service: Service,
    by: &str,
    (now, until): (i64, i64),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE chat_services SET leased_by = $2, leased_until = $4 \
         WHERE service = $1 AND (leased_by IS NULL OR leased_by = $2 OR leased_until <= $3)",
    )
    .bind(service.word())
    .bind(by)
    .bind(now)
    .bind(until)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Goes on behind an update, unless the service was set up anew meanwhile.
pub async fn looked_at(
    db: &mut Db,
    service: Service,
    changed: i64,
    next: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE chat_services SET next_update = $3 WHERE service = $1 AND changed = $2")
        .bind(service.word())
        .bind(changed)
        .bind(next)
        .execute(db)
        .await?;
    Ok(())
}

/// Gives a person a code; codes from before are nothing any more.
pub async fn offer_code(
    db: &mut Db,
    hash: &[u8; 32],
    service: Service,
    person: &PersonId,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM chat_codes WHERE expires <= $1 OR (person = $2 AND service = $3)")
        .bind(now)
        .bind(person.as_str())
        .bind(service.word())
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO chat_codes (hash, service, person, expires) VALUES ($1, $2, $3, $4)")
        .bind(hash.to_vec())
        .bind(service.word())
        .bind(person.as_str())
        .bind(expires)
        .execute(db)
        .await?;
    Ok(())
}

/// Uses a code up, and binds who sent it. None: it is no code that counts.
pub async fn bind(
    db: &mut Db,
    hash: &[u8; 32],
    service: Service,
    sender: &str,
    now: i64,
) -> Result<Option<PersonId>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM chat_codes WHERE hash = $1 AND service = $2 AND expires > $3 \
         AND person IN (SELECT id FROM people WHERE removed IS NULL) RETURNING person",
    )
    .bind(hash.to_vec())
    .bind(service.word())
    .bind(now)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let person: PersonId = parsed(&row, "person")?;
    // One chat for each person, and one person for each chat: the newest code counts.
    sqlx::query("DELETE FROM chat_bindings WHERE service = $1 AND (sender = $2 OR person = $3)")
        .bind(service.word())
        .bind(sender)
        .bind(person.as_str())
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO chat_bindings (service, sender, person, bound, heard) VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(service.word())
    .bind(sender)
    .bind(person.as_str())
    .bind(now)
    .execute(db)
    .await?;
    Ok(Some(person))
}

/// Takes a person's chat away. Buttons that were sent to it do nothing any more.
pub async fn unbind(db: &mut Db, service: Service, person: &PersonId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM chat_bindings WHERE service = $1 AND person = $2")
        .bind(service.word())
        .bind(person.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn binding(row: &AnyRow) -> Result<BindingRow, StoreError> {
    Ok(BindingRow {
        sender: column(row, "sender")?,
        person: parsed(row, "person")?,
        bound: column(row, "bound")?,
        heard: column(row, "heard")?,
    })
}

/// Everybody who is bound by a service and still here.
pub async fn bindings(db: &mut Db, service: Service) -> Result<Vec<BindingRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT sender, person, bound, heard FROM chat_bindings WHERE service = $1 \
         AND person IN (SELECT id FROM people WHERE removed IS NULL) ORDER BY bound",
    )
    .bind(service.word())
    .fetch_all(db)
    .await?;
    rows.iter().map(binding).collect()
}

/// Who stands behind a sender.
pub async fn bound(
    db: &mut Db,
    service: Service,
    sender: &str,
) -> Result<Option<BindingRow>, StoreError> {
    let row = sqlx::query(
        "SELECT sender, person, bound, heard FROM chat_bindings WHERE service = $1 AND sender = $2",
    )
    .bind(service.word())
    .bind(sender)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(binding).transpose()
}

/// Notes that a sender wrote.
pub async fn heard(
    db: &mut Db,
    service: Service,
    sender: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE chat_bindings SET heard = $3 WHERE service = $1 AND sender = $2")
        .bind(service.word())
        .bind(sender)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether something that a service tells is new. Said once: the second time it is not.
pub async fn is_new(
    db: &mut Db,
    service: Service,
    id: &str,
    (now, forget): (i64, i64),
) -> Result<bool, StoreError> {
    sqlx::query("DELETE FROM chat_seen WHERE at <= $1")
        .bind(forget)
        .execute(&mut *db)
        .await?;
    let done = sqlx::query(
        "INSERT INTO chat_seen (service, id, at) VALUES ($1, $2, $3) ON CONFLICT (service, id) DO NOTHING",
    )
    .bind(service.word())
    .bind(id)
    .bind(now)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes a notice before it is sent. None: this person was told already.
pub async fn begin_notice(
    db: &mut Db,
    new: &NewNotice<'_>,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO chat_notices (run, person, service, sender, effect_set, state, changed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (run, person, service) DO NOTHING RETURNING id",
    )
    .bind(new.run)
    .bind(new.person.as_str())
    .bind(new.service.word())
    .bind(new.sender)
    .bind(new.effect_set)
    .bind(NoticeState::Sending.word())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.map(|row| column(&row, "id")).transpose()
}

/// Says how far a notice is.
pub async fn set_notice(
    db: &mut Db,
    id: i64,
    state: NoticeState,
    message: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE chat_notices SET state = $2, message = COALESCE($3, message), changed = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(state.word())
    .bind(message.map(str::to_owned))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes back a notice that certainly was not sent, so that it is sent later.
pub async fn take_back(db: &mut Db, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM chat_handles WHERE notice = $1")
        .bind(id)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM chat_notices WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

fn notice(row: &AnyRow) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        id: column(row, "id")?,
        run: column(row, "run")?,
        person: parsed(row, "person")?,
        sender: column(row, "sender")?,
        state: parsed(row, "state")?,
        message: column(row, "message")?,
        changed: column(row, "changed")?,
    })
}

/// Notices whose chat does not know the end of their run yet.
pub async fn not_closed(db: &mut Db, service: Service) -> Result<Vec<NoticeRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, run, person, sender, state, message, changed FROM chat_notices \
         WHERE service = $1 AND state <> 'closed' ORDER BY id LIMIT 500",
    )
    .bind(service.word())
    .fetch_all(db)
    .await?;
    rows.iter().map(notice).collect()
}

/// Runs of which a person was told by a service.
pub async fn told(
    db: &mut Db,
    service: Service,
    person: &PersonId,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT run FROM chat_notices WHERE service = $1 AND person = $2")
        .bind(service.word())
        .bind(person.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| column(row, "run")).collect()
}

/// Forgets what ended long ago.
pub async fn forget(db: &mut Db, before: i64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM chat_handles WHERE notice IN \
         (SELECT id FROM chat_notices WHERE state = 'closed' AND changed <= $1)",
    )
    .bind(before)
    .execute(&mut *db)
    .await?;
    sqlx::query("DELETE FROM chat_notices WHERE state = 'closed' AND changed <= $1")
        .bind(before)
        .execute(db)
        .await?;
    Ok(())
}

/// Keeps a handle of a button.
pub async fn insert_handle(
    db: &mut Db,
    hash: &[u8; 32],
    row: &HandleRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO chat_handles (hash, notice, person, run, effect_set, choice, until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hash.to_vec())
    .bind(row.notice)
    .bind(row.person.as_str())
    .bind(row.run.as_str())
    .bind(row.effect_set.as_str())
    .bind(row.choice.word())
    .bind(row.until)
    .execute(db)
    .await?;
    Ok(())
}

/// What a handle stands for.
pub async fn handle(db: &mut Db, hash: &[u8; 32]) -> Result<Option<HandleRow>, StoreError> {
    let row = sqlx::query(
        "SELECT notice, person, run, effect_set, choice, until, used_by FROM chat_handles WHERE hash = $1",
    )
    .bind(hash.to_vec())
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(HandleRow {
            notice: column(&row, "notice")?,
            person: parsed(&row, "person")?,
            run: column(&row, "run")?,
            effect_set: column(&row, "effect_set")?,
            choice: parsed(&row, "choice")?,
            until: column(&row, "until")?,
            used_by: column(&row, "used_by")?,
        })
    })
    .transpose()
}

/// Uses up all buttons of a notice for one update. False: another update was first.
pub async fn use_handles(
    db: &mut Db,
    hash: &[u8; 32],
    notice: i64,
    update: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE chat_handles SET used_by = $2 WHERE hash = $1 AND (used_by IS NULL OR used_by = $2)",
    )
    .bind(hash.to_vec())
    .bind(update)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query("UPDATE chat_handles SET used_by = $2 WHERE notice = $1 AND used_by IS NULL")
        .bind(notice)
        .bind(update)
        .execute(db)
        .await?;
    Ok(true)
}
