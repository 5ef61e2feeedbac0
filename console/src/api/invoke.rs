//! Running an operation: at once, or as a run that is looked at later.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use guildhall_host::{Invocation, Outcome, RunId, RunStatus, Skill, Tenant};
use guildhall_package::SkillName;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, not_found, refuse};
use guildhall_web::extract::Body;
use serde_json::Value;

use super::caller::Caller;
use super::once::{self, Key};
use super::wire::{NewRun, Run};
use super::work::{self, Asked, Failed, Reins};
use super::{json, of_host, of_shelf, runs};
use crate::agents::{Call, Scope, computes_only, is_over};
use crate::app::App;
use crate::people::Right;
use crate::store::requests::{self, RequestRow};

/// How long an answer is waited for if nothing else is asked, and at most.
const PATIENCE: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(60);

/// How somebody wants to be answered (RFC 7240).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefer {
    /// How long to wait for the end.
    wait: Duration,
    /// What of it was asked for.
    applied: Option<&'static str>,
}

impl Prefer {
    /// By the header `Prefer`: `respond-async`, `wait=SECONDS`. What is not understood does not count.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self {
            wait: PATIENCE,
            applied: None,
        };
        let wishes = headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .map(str::trim);
        let mut later = false;
        for wish in wishes {
            if wish.eq_ignore_ascii_case("respond-async") {
                later = true;
            } else if let Some(seconds) = wish
                .split_once('=')
                .filter(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
                .and_then(|(_, seconds)| seconds.trim().parse::<u64>().ok())
            {
                prefer.wait = Duration::from_secs(seconds).min(LONGEST);
                prefer.applied = Some("wait");
            }
        }
        if later {
            // With both, it may take so long before it is answered as one that goes on.
            if prefer.applied.is_none() {
                prefer.wait = Duration::ZERO;
            }
            prefer.applied = Some("respond-async");
        }
        prefer
    }

    /// How long to wait for the end.
    pub(super) const fn patience(self) -> Duration {
        self.wait
    }

    /// Whether the answer shall come before the work is done.
    pub(super) fn is_later(self) -> bool {
        self.applied == Some("respond-async")
    }
}

/// Runs an operation of an installed skill. What waits for a person, and what takes longer than was waited for, is looked at
/// later: `Location` says where.
#[utoipa::path(post, path = "/api/v1/runs", tag = "runs", request_body = NewRun,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once", min_length = 1, max_length = 200, pattern = "^[!-~]{1,200}$"),
        ("Prefer" = Option<String>, Header, description = "`respond-async`, `wait=SECONDS`")),
    responses(
        (status = 200, description = "It has ended, or waits for a person", body = Run, headers(("Location" = String, description = "The run"))),
        (status = 202, description = "It is at work", body = Run, headers(("Location" = String, description = "The run")))))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(wanted): Body<NewRun>,
) -> Result<Response, ApiError> {
    caller.is_for(Scope::CallTools)?;
    if let Caller::Person(_) = &caller {
        caller.person(Right::Operate)?;
    }
    let prefer = Prefer::of(&headers);
    let asking = Asking {
        app: &app,
        caller: &caller,
        wanted: &wanted,
        key: Key::of(&headers)?,
    };
    let (run, again) = asking.begun(prefer.wait).await?;
    let ended = match &run {
        At::Work(run, job) => (run, job.wait(prefer.wait).await),
        At::Journal(run) => {
            runs::settle(&app, &caller, run, prefer.wait).await?;
            (run, None)
        }
    };
    let told = match ended {
        (run, Some(Err(Failed::Error(error)))) => {
            asking.forget(run).await?;
            return Err(of_host(&error));
        }
        (run, Some(Ok(outcome))) => asking.told(run, Some(&outcome)).await?,
        (run, _) => asking.told(run, None).await?,
    };
    let goes_on = !told.ended && told.status != RunStatus::AwaitingApproval;
    let status = if goes_on {
        StatusCode::ACCEPTED
    } else {
        asking.answered().await?;
        StatusCode::OK
    };
    let mut response = json(status, &told)?;
    let place = format!("/api/v1/runs/{}", told.run);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    if let Some(applied) = prefer.applied {
        let applied = HeaderValue::from_static(applied);
        response.headers_mut().insert("preference-applied", applied);
    }
    if again {
        once::replayed(&mut response);
    }
    Ok(response)
}

/// Where a run is to be found.
enum At {
    /// This process is at work on it.
    Work(String, std::sync::Arc<work::Job>),
    /// It is over, or another process's.
    Journal(String),
}

struct Asking<'a> {
    app: &'a App,
    caller: &'a Caller,
    wanted: &'a NewRun,
    key: Option<Key>,
}

impl Asking<'_> {
    /// The run of this request, begun or found, and whether it was asked for before.
    async fn begun(&self, wait: Duration) -> Result<(At, bool), ApiError> {
        let asker = self.caller.asker();
        let run = RunId::new();
        let Some(key) = &self.key else {
            let skill = self.open().await?;
            let mut tx = self.app.store.write().await?;
            let now = self.app.clock.now();
            requests::asked(tx.connection(), &asker, &run.to_string(), now).await?;
            tx.commit().await?;
            return Ok((self.start(run, skill)?, false));
        };
        let request = once::hash_of("POST /api/v1/runs", self.wanted)?;
        let text = run.to_string();
        let before = once::take(self.app, key.place(&asker), &request, &text, Some(&asker)).await?;
        match before {
            Some(before) => Ok((self.resume(before, wait).await?, true)),
            None => match self.open().await {
                Ok(skill) => Ok((self.start(run, skill)?, false)),
                Err(error) => {
                    self.forget(&text).await?;
                    Err(error)
                }
            },
        }
    }

    /// Goes on with what was asked before, wherever that stopped.
    async fn resume(&self, before: RequestRow, wait: Duration) -> Result<At, ApiError> {
        if let Some(job) = self.app.work.find(&before.run) {
            return Ok(At::Work(before.run, job));
        }
        let mut found = runs::look(self.app, self.caller, &before.run).await?;
        if found
            .as_ref()
            .is_some_and(|found| found.status == RunStatus::Running)
        {
            // Another process is at work on it, or was: then somebody takes it over soon.
            runs::settle(self.app, self.caller, &before.run, wait).await?;
            found = runs::look(self.app, self.caller, &before.run).await?;
        }
        let run: RunId = before
            .run
            .parse()
            .map_err(|error| ApiError::Fault(format!("a run's identifier: {error}")))?;
        match found {
            None if before.answered || self.may_be_removed(run).await? => Err(refuse(
                StatusCode::GONE,
                "request.deleted",
                "what was asked under this key was deleted meanwhile, and is not done again",
                "send a new key if it shall be done once more",
            )),
            // The process ended before the run began: nothing of it was done.
            None => Ok(self.start(run, self.open().await?)?),
            Some(found) if found.status == RunStatus::Cancelled && !before.answered => {
                // The process ended while it ran. What only computes is computed again.
                let skill = self.open().await?;
                if !computes_only(skill.package()) {
                    return Ok(At::Journal(before.run));
                }
                self.anew(&before.run, skill).await
            }
            Some(_) => Ok(At::Journal(before.run)),
        }
    }

    async fn may_be_removed(&self, run: RunId) -> Result<bool, ApiError> {
        let removed = self.app.host.may_be_removed(&Tenant::local(), run).await;
        removed.map_err(|error| of_host(&error))
    }

    async fn anew(&self, before: &str, skill: Skill) -> Result<At, ApiError> {
        let (asker, run) = (self.caller.asker(), RunId::new());
        let Some(key) = &self.key else {
            return Ok(At::Journal(before.to_owned()));
        };
        let text = run.to_string();
        let mut tx = self.app.store.write().await?;
        let place = key.place(&asker);
        if !requests::begin_anew(tx.connection(), place, before, &text).await? {
            // Somebody else has begun it meanwhile.
            return Ok(At::Journal(before.to_owned()));
        }
        requests::asked(tx.connection(), &asker, &text, self.app.clock.now()).await?;
        tx.commit().await?;
        self.start(run, skill)
    }

    /// The skill, if it is there for who asks.
    async fn open(&self) -> Result<Skill, ApiError> {
        let name: SkillName = self.wanted.skill.parse().map_err(|_| not_found("skill"))?;
        if let Caller::Agent(agent) = self.caller
            && !agent.may_use(&name)
        {
            return Err(not_found("skill"));
        }
        self.app.shelf.open(&name).await.map_err(of_shelf)
    }

    fn start(&self, run: RunId, skill: Skill) -> Result<At, ApiError> {
        let asked = Asked {
            asker: self.caller.asker(),
            skill: plain(&self.wanted.skill, 200),
            operation: plain(&self.wanted.operation, 200),
        };
        let (operation, input) = (
            self.wanted.operation.clone(),
            Value::Object(self.wanted.input.clone()),
        );
        let text = run.to_string();
        let (app, caller) = (self.app.clone(), self.caller.clone());
        let make = |reins: Reins| async move {
            match caller {
                Caller::Agent(agent) => {
                    let call = Call {
                        operation,
                        input,
                        cancel: reins.cancel,
                        observer: Some(reins.observer),
                        run: Some(run),
                    };
                    app.agents.invoke(&agent, &skill, call).await
                }
                // Nothing is granted: what a program may touch in a person's name is that person's to say, on a page.
                Caller::Person(stand) => {
                    let mut invocation = Invocation::new(operation, input)
                        .run(run)
                        .cancel_on(reins.cancel);
                    invocation.observer = Some(reins.observer);
                    invocation.settings = app.chosen.of(&skill).await?;
                    let host = app.host.for_person(&stand.person).clone();
                    host.invoke(&skill, invocation).await
                }
            }
        };
        let job = work::begin(self.app, &text, asked, make)?;
        Ok(At::Work(text, job))
    }

    /// The run as it is told. What the journal does not keep is told once, by who has it.
    async fn told(&self, run: &str, outcome: Option<&Outcome>) -> Result<Run, ApiError> {
        let mut told = match runs::look(self.app, self.caller, run).await? {
            Some(told) => told,
            None => return Err(not_found("run")),
        };
        if let Some(outcome) = outcome
            && told.output.is_none()
            && is_over(outcome.status)
        {
            told.output.clone_from(&outcome.output);
        }
        Ok(told)
    }

    /// No run came of it: its key may be used again.
    async fn forget(&self, run: &str) -> Result<(), ApiError> {
        let asker = self.caller.asker();
        let mut tx = self.app.store.write().await?;
        if let Some(key) = &self.key {
            requests::forget(tx.connection(), key.place(&asker), run).await?;
        }
        requests::unask(tx.connection(), &asker, run).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn answered(&self) -> Result<(), ApiError> {
        let Some(key) = &self.key else {
            return Ok(());
        };
        let asker = self.caller.asker();
        let mut tx = self.app.store.write().await?;
        requests::answered(tx.connection(), key.place(&asker)).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_as_its_standard_says_and_never_waits_for_ever() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("prefer", value.parse().unwrap());
            }
            let Prefer { wait, applied } = Prefer::of(&headers);
            (wait.as_secs(), applied)
        };
        assert_eq!(of(&[]), (30, None));
        assert_eq!(of(&["respond-async"]), (0, Some("respond-async")));
        assert_eq!(of(&["Respond-Async, wait=5"]), (5, Some("respond-async")));
        assert_eq!(of(&["wait=7"]), (7, Some("wait")));
        assert_eq!(of(&["wait=999999999999"]), (60, Some("wait")));
        assert_eq!(of(&["wait=-1", "return=minimal", "wait=x"]), (30, None));
    }
}
