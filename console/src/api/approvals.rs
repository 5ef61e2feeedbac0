//! Decisions, by programs that stand in for people. No handler here takes an agent.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use guildhall_host::{RunStatus, Tenant};
use guildhall_package::Digest;
use guildhall_package::market::Page;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, invalid, not_found, refuse};
use guildhall_web::extract::{Asked, At, Body};

use super::caller::Caller;
use super::once::{self, Key};
use super::runs::{is_identifier, limit, look, no_cursor, paged};
use super::wire::{ApprovalItem, Approve, CardAnswer, ListQuery, Reject, Run};
use super::{json, of_host};
use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{Choice, Desk, MAX_REASON, NotDecided, waiting};
use crate::approvals::proof::Proof;
use crate::people::Right;
use crate::store::requests;

/// What waits for a person, oldest first.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", params(ListQuery),
    responses((status = 200, body = Page<ApprovalItem>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListQuery>,
) -> Result<Response, ApiError> {
    let person = caller.person(Right::View)?;
    let limit = limit(query.limit)?;
    let host = app.host.for_person(person);
    let mut waiting = host
        .pending(&Tenant::local())
        .await
        .map_err(|error| of_host(&error))?;
    if let Some(cursor) = query.cursor {
        if !is_identifier(&cursor) {
            return Err(no_cursor());
        }
        waiting.retain(|one| one.invocation > cursor);
    }
    let page = paged(waiting, limit, |one| one.invocation.clone());
    let page = Page {
        items: page.items.into_iter().map(ApprovalItem::from).collect(),
        next: page.next,
    };
    json(StatusCode::OK, &page)
}

/// The card of a run that waits.
#[utoipa::path(get, path = "/api/v1/approvals/{run}", tag = "approvals", responses((status = 200, body = CardAnswer)))]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    At(run): At<String>,
) -> Result<Response, ApiError> {
    let person = caller.person(Right::View)?;
    let card = waiting(&app, app.host.for_person(person), &run)
        .await
        .map_err(|error| of_host(&error))?
        .ok_or_else(|| not_found("card"))?;
    let answer = CardAnswer {
        effect_set: card.effect_set.to_string(),
        link: app.link(&format!("/approvals/{}", card.invocation)),
        card,
    };
    json(StatusCode::OK, &answer)
}

/// Approves exactly what the card shows, and performs it. What takes signing in again is refused: only a session can.
#[utoipa::path(post, path = "/api/v1/approvals/{run}/approve", tag = "approvals", request_body = Approve,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once", min_length = 1, max_length = 200, pattern = "^[!-~]{1,200}$")),
    responses((status = 200, body = Run)))]
pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    At(run): At<String>,
    Body(wanted): Body<Approve>,
) -> Result<Response, ApiError> {
    caller.person(Right::Approve)?;
    is_there(&app, &caller, &run).await?;
    let request = once::hash_of(&format!("approve {run}"), &wanted)?;
    let decision = Decision {
        app: &app,
        caller: &caller,
        run: &run,
        effect_set: effect_set(&wanted.effect_set)?,
    };
    decision.made(&headers, request, Choice::Once).await
}

/// Rejects what the card shows: it never happens.
#[utoipa::path(post, path = "/api/v1/approvals/{run}/reject", tag = "approvals", request_body = Reject,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once", min_length = 1, max_length = 200, pattern = "^[!-~]{1,200}$")),
    responses((status = 200, body = Run)))]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    At(run): At<String>,
    Body(wanted): Body<Reject>,
) -> Result<Response, ApiError> {
    // Before anything is looked at: who may not decide learns nothing of what is wrong.
    caller.person(Right::Approve)?;
    is_there(&app, &caller, &run).await?;
    if !(1..=MAX_REASON).contains(&wanted.reason.chars().count()) {
        return Err(invalid(
            "reason",
            format!("write 1 to {MAX_REASON} characters"),
        ));
    }
    // What can't be shown does not keep anybody from saying no.
    let reason = match plain(&wanted.reason, MAX_REASON).trim() {
        "" => "no reason that can be shown".to_owned(),
        reason => reason.to_owned(),
    };
    let request = once::hash_of(&format!("reject {run}"), &wanted)?;
    let decision = Decision {
        app: &app,
        caller: &caller,
        run: &run,
        effect_set: effect_set(&wanted.effect_set)?,
    };
    let choice = Choice::Reject { reason };
    decision.made(&headers, request, choice).await
}

async fn is_there(app: &App, caller: &Caller, run: &str) -> Result<(), ApiError> {
    let found = look(app, caller, run).await?;
    found.map(drop).ok_or_else(|| not_found("card"))
}

fn effect_set(text: &str) -> Result<Digest, ApiError> {
    text.parse().map_err(|error| invalid("effect_set", error))
}

struct Decision<'a> {
    app: &'a App,
    caller: &'a Caller,
    run: &'a str,
    effect_set: Digest,
}

impl Decision<'_> {
    async fn made(
        &self,
        headers: &HeaderMap,
        request: [u8; 32],
        choice: Choice,
    ) -> Result<Response, ApiError> {
        let person = self.caller.person(Right::Approve)?;
        let desk = Desk::of(self.app, person, Channel::Api)?;
        let asker = self.caller.asker();
        let key = Key::of(headers)?;
        let before = match &key {
            None => None,
            Some(key) => once::take(self.app, key.place(&asker), &request, self.run, None).await?,
        };
        if before.as_ref().is_some_and(|before| before.answered) {
            return self.again().await;
        }
        let rejects = matches!(choice, Choice::Reject { .. });
        let decided = desk
            .say(self.run, self.effect_set, choice, &Proof::nothing())
            .await;
        // Asked before, and not answered then: it was decided as was asked.
        let done_before = match &decided {
            Err(NotDecided::Over(over)) => {
                before.is_some() && rejects == (over.status == RunStatus::Rejected)
            }
            _ => false,
        };
        if let Some(key) = &key {
            let place = key.place(&asker);
            let mut tx = self.app.store.write().await?;
            if decided.is_ok() || done_before {
                requests::answered(tx.connection(), place).await?;
            } else if before.is_none() {
                requests::forget(tx.connection(), place, self.run).await?;
            }
            tx.commit().await?;
        }
        match decided {
            Ok(_) => self.told().await,
            Err(_) if done_before => self.again().await,
            Err(error) => Err(self.refused(error)),
        }
    }

    async fn again(&self) -> Result<Response, ApiError> {
        let mut response = self.told().await?;
        once::replayed(&mut response);
        Ok(response)
    }

    async fn told(&self) -> Result<Response, ApiError> {
        let run = look(self.app, self.caller, self.run).await?;
        json(StatusCode::OK, &run.ok_or_else(|| not_found("run"))?)
    }

    fn refused(&self, error: NotDecided) -> ApiError {
        let link = self
            .app
            .link(&format!("/approvals/{}", plain(self.run, 40)));
        match error {
            NotDecided::NotFound => not_found("card"),
            NotDecided::Over(over) => refuse(
                StatusCode::CONFLICT,
                "approval.over",
                over.words,
                "look at the run",
            ),
            error @ NotDecided::Changed => refuse(
                StatusCode::CONFLICT,
                "approval.changed",
                error.to_string(),
                "get the card again, and look at it again",
            ),
            NotDecided::SignInAgain(reasons) => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                refuse(
                    StatusCode::FORBIDDEN,
                    "approval.sign-in-again",
                    format!(
                        "a person has to decide this: {}",
                        plain(&reasons.join("; "), 500)
                    ),
                    format!("decide it at {link}"),
                )
            }
            NotDecided::Refused(refusal) => refuse(
                StatusCode::CONFLICT,
                &refusal.rule,
                refusal.message,
                refusal
                    .fix
                    .unwrap_or_else(|| format!("look at the card at {link}")),
            ),
            error => ApiError::Part(error.to_string().into()),
        }
    }
}
