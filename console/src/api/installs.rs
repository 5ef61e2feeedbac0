//! Installations that are looked at later, or asked for again: begun here, in the console's database from then on, so that every
//! process over it can tell what became of one.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use guildhall_package::market::Problem;
use guildhall_web::error::{ApiError, not_found, wait};
use guildhall_web::extract::At;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::installing::{Changed, Consented, carry_out};
use super::json;
use super::once::{self, Key};
use super::runs::is_identifier;
use super::wire::SkillItem;
use crate::app::App;
use crate::people::{Person, Right};
use crate::store::StoreError;
use crate::store::installs::{self, InstallRow};
use crate::store::requests;

/// Installations at work at once; more are told to come back.
const MOST: i64 = 4;
/// How often a process says that it is at work on one, and for how long that counts, in milliseconds.
const SAY: Duration = Duration::from_secs(10);
const HEARD_MS: i64 = 40_000;
/// How often is looked whether one has ended that somebody waits for.
const LOOK: Duration = Duration::from_millis(50);
/// For how long one can be looked at, in milliseconds: a week.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How often it is tried to write down what came of one, with a pause between that grows by itself.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(1);

/// Where an installation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstallStatus {
    /// It is at work.
    Running,
    /// It is done.
    Done,
    /// Nothing was installed.
    Failed,
    /// Its process ended before it did. Nothing is installed by half: look at the skills, and ask again if it is not there.
    Interrupted,
}

/// An installation, as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InstallJob {
    /// Identifier.
    pub install: String,
    /// Where it stands.
    pub status: InstallStatus,
    /// When it began, in milliseconds since the Unix epoch.
    pub begun_at_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<i64>,
    /// Skills that are installed now as they were not before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<SkillItem>,
    /// Why nothing was installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl InstallJob {
    fn of(row: InstallRow, now: i64) -> Result<Self, ApiError> {
        let skills: Option<Vec<SkillItem>> = read(row.skills.as_deref())?;
        let problem: Option<Problem> = read(row.problem.as_deref())?;
        let status = match (row.ended, &problem) {
            (Some(_), None) => InstallStatus::Done,
            (Some(_), Some(_)) => InstallStatus::Failed,
            (None, _) if row.heard_until > now => InstallStatus::Running,
            (None, _) => InstallStatus::Interrupted,
        };
        Ok(Self {
            install: row.id,
            status,
            begun_at_ms: row.begun,
            ended_at_ms: row.ended,
            skills: skills.unwrap_or_default(),
            problem,
        })
    }
}

fn read<T: for<'de> Deserialize<'de>>(text: Option<&str>) -> Result<Option<T>, ApiError> {
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|error| ApiError::Fault(format!("what came of an installation: {error}")))
}

/// An installation that was asked for with `Prefer: respond-async`, for who began it and for owners.
#[utoipa::path(get, path = "/api/v1/installs/{install}", tag = "skills", responses((status = 200, body = InstallJob)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    At(install): At<String>,
) -> Result<Response, ApiError> {
    let person = caller.person(Right::View)?;
    let found = look(&app, &install).await?;
    let found = found.filter(|row| is_for(row, person));
    let row = found.ok_or_else(|| not_found("installation"))?;
    json(StatusCode::OK, &InstallJob::of(row, app.clock.now())?)
}

fn is_for(row: &InstallRow, person: &Person) -> bool {
    row.person == person.id().as_str() || person.may(Right::Own)
}

async fn look(app: &App, install: &str) -> Result<Option<InstallRow>, ApiError> {
    if !is_identifier(install) {
        return Ok(None);
    }
    let mut db = app.store.read().await?;
    Ok(installs::get(&mut db, install).await?)
}

/// Begins to install what a person has consented to, and says where to look. Asked again under the same key, it says so of what
/// was begun then.
///
/// # Errors
/// 409 if something else was asked under the key; 503 if too many are at work; the database's error.
pub(super) async fn begin(
    app: &App,
    caller: &Caller,
    consented: Consented,
    asked: Option<(Key, [u8; 32])>,
) -> Result<Response, ApiError> {
    let (id, again) = begun(app, caller, consented, asked.as_ref(), false).await?;
    let mut response = told(app, &id, Some("respond-async")).await?;
    if again {
        once::replayed(&mut response);
    }
    Ok(response)
}

/// Installs what a person has consented to, once under its key, and waits for the end. What was broken off begins anew; what was
/// refused did nothing, so that its key may be used again.
///
/// # Errors
/// As [`begin`], and why nothing was installed.
pub(super) async fn finish(
    app: &App,
    caller: &Caller,
    consented: Consented,
    asked: (Key, [u8; 32]),
    patience: Duration,
) -> Result<Response, ApiError> {
    let (id, again) = begun(app, caller, consented, Some(&asked), true).await?;
    let job = ended(app, &id, patience).await?;
    let mut response = match (job.status, job.problem) {
        (InstallStatus::Done, _) => json(StatusCode::OK, &Changed { skills: job.skills })?,
        (InstallStatus::Failed, Some(problem)) => {
            let mut tx = app.store.write().await?;
            requests::forget(tx.connection(), asked.0.place(&caller.asker()), &id).await?;
            tx.commit().await?;
            return Err(ApiError::Refused(Box::new(problem)));
        }
        _ => told(app, &id, None).await?,
    };
    if again {
        once::replayed(&mut response);
    }
    Ok(response)
}

/// The installation when it has ended, or as it stands when that takes longer than somebody waits.
async fn ended(app: &App, id: &str, patience: Duration) -> Result<InstallJob, ApiError> {
    let until = Instant::now() + patience;
    loop {
        let job = stands(app, id).await?;
        if job.status != InstallStatus::Running || Instant::now() >= until {
            return Ok(job);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The installation that is asked for, begun or found, and whether it was asked for before. With `anew`, one that was broken off
/// begins again.
async fn begun(
    app: &App,
    caller: &Caller,
    consented: Consented,
    asked: Option<&(Key, [u8; 32])>,
    anew: bool,
) -> Result<(String, bool), ApiError> {
    // Before anything is written down.
    let person = caller.person(Right::Own)?;
    let id = uuid::Uuid::now_v7().to_string();
    let now = app.clock.now();
    let asker = caller.asker();
    let mut tx = app.store.write().await?;
    if let Some((key, request)) = asked {
        let place = key.place(&asker);
        if let Some(before) = once::taken(tx.connection(), place, request, &id, now).await? {
            let row = installs::get(tx.connection(), &before.run).await?;
            let is_broken_off =
                row.is_some_and(|row| row.ended.is_none() && row.heard_until <= now);
            if !(anew && is_broken_off) {
                return Ok((before.run, true));
            }
            requests::begin_anew(tx.connection(), place, &before.run, &id).await?;
        }
    }
    if installs::at_work(tx.connection(), now).await? >= MOST {
        return Err(wait(
            StatusCode::SERVICE_UNAVAILABLE,
            "installs.full",
            "too many installations are at work",
            5,
        ));
    }
    let times = (
        now,
        now.saturating_add(HEARD_MS),
        now.saturating_sub(KEPT_MS),
    );
    installs::insert(tx.connection(), (&id, person.id().as_str()), times).await?;
    tx.commit().await?;
    let (task, caller, install) = (app.clone(), caller.clone(), id.clone());
    tokio::spawn(async move {
        if let Err(error) = work(&task, &caller, &install, consented).await {
            tracing::error!(install, %error, "what came of an installation was not written down");
        }
    });
    Ok((id, false))
}

/// An installation, as it stands.
async fn stands(app: &App, id: &str) -> Result<InstallJob, ApiError> {
    let row = look(app, id).await?;
    let row = row.ok_or_else(|| not_found("installation"))?;
    InstallJob::of(row, app.clock.now())
}

/// Where an installation is to be looked at, and what of a wish that follows.
async fn told(app: &App, id: &str, applied: Option<&'static str>) -> Result<Response, ApiError> {
    let mut response = json(StatusCode::ACCEPTED, &stands(app, id).await?)?;
    let headers = response.headers_mut();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/installs/{id}")) {
        headers.insert(header::LOCATION, place);
    }
    if let Some(applied) = applied {
        headers.insert("preference-applied", HeaderValue::from_static(applied));
    }
    Ok(response)
}

/// Installs, and says meanwhile that somebody is at work.
async fn work(
    app: &App,
    caller: &Caller,
    install: &str,
    consented: Consented,
) -> Result<(), ApiError> {
    let came = saying(carry_out(app, caller, &consented), SAY, || {
        heard(app, install)
    });
    let came = came.await;
    let text = |text: Result<String, serde_json::Error>| {
        text.map_err(|error| ApiError::Fault(error.to_string()))
    };
    let came = match came {
        Ok(skills) => Ok(text(serde_json::to_string(&skills))?),
        Err(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                // Whoever asks is told less.
                tracing::error!(install, %error, "nothing was installed");
            }
            Err(text(serde_json::to_string(&problem))?)
        }
    };
    Ok(trying(PAUSE, || end(app, install, &came)).await?)
}

async fn heard(app: &App, install: &str) -> Result<(), StoreError> {
    let until = app.clock.now().saturating_add(HEARD_MS);
    let mut tx = app.store.write().await?;
    installs::heard(tx.connection(), install, until).await?;
    tx.commit().await
}

async fn end(app: &App, install: &str, came: &Result<String, String>) -> Result<(), StoreError> {
    let came = match came {
        Ok(skills) => Ok(skills.as_str()),
        Err(problem) => Err(problem.as_str()),
    };
    let mut tx = app.store.write().await?;
    installs::end(tx.connection(), install, app.clock.now(), came).await?;
    tx.commit().await
}

/// Works, and says meanwhile that somebody is at work. What can't be said stops nothing.
async fn saying<T, S: Future<Output = Result<(), StoreError>>>(
    work: impl Future<Output = T>,
    every: Duration,
    say: impl Fn() -> S,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            came = &mut work => return came,
            () = tokio::time::sleep(every) => {
                if let Err(error) = say().await {
                    tracing::warn!(%error, "that an installation is at work could not be written down");
                }
            }
        }
    }
}

/// Tries again, a few times: what was done is done, and only its end is missing.
async fn trying<S: Future<Output = Result<(), StoreError>>>(
    mut pause: Duration,
    write: impl Fn() -> S,
) -> Result<(), StoreError> {
    for _ in 1..TRIES {
        match write().await {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "what came of an installation could not be written down yet");
            }
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
    write().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn an_installation_goes_on_where_no_sign_of_life_can_be_written() {
        let said = AtomicU32::new(0);
        let work = async {
            // Longer than three signs take, however long that is.
            while said.load(Ordering::Relaxed) < 3 {
                tokio::task::yield_now().await;
            }
            "installed"
        };
        let came = saying(work, Duration::from_millis(1), || {
            said.fetch_add(1, Ordering::Relaxed);
            ready(Err(StoreError::Busy))
        });
        assert_eq!(came.await, "installed");
    }

    #[tokio::test]
    async fn what_came_of_it_is_written_down_when_the_database_is_back() {
        let tries = AtomicU32::new(0);
        let write = |fails: u32| {
            let tries = &tries;
            tries.store(0, Ordering::Relaxed);
            trying(Duration::ZERO, move || {
                ready(match tries.fetch_add(1, Ordering::Relaxed) < fails {
                    true => Err(StoreError::Busy),
                    false => Ok(()),
                })
            })
        };
        assert!(write(3).await.is_ok());
        assert!(write(TRIES).await.is_err());
    }
}
