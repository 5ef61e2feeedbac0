//! What a person says to a card.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::{Card, Retention, Terms};
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::extract::Client;
use guildhall_web::fields::Fields;

use super::card::{Problem, Said, became, shown};
use super::over::{After, Done};
use super::step_up::{effect_set, proof};
use crate::app::App;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{Choice, Desk, NotDecided, over, waiting};
use crate::approvals::proof::Subject;
use crate::pages::answer::{Other, see, shown_again};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::words::{self, sentence};
use crate::people::Right;

/// The decision that a form carries.
pub(super) async fn decide(
    State(app): State<App>,
    Client(client): Client,
    Path(run): Path<String>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let path = super::path_of(&run);
    let person = visitor.person(Right::Approve, &path)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(path));
    };
    let desk = Desk::of(&app, person, Channel::Console)?;
    let effects = effect_set(fields.text("effects"))?;
    let said = said(&fields);
    let host = app.host.for_person(person);
    let Some(card) = waiting(&app, host, &run).await? else {
        return told(&app, &visitor, &run).await;
    };
    let choice = match choice(&said, &card, app.clock.now()) {
        Ok(choice) => choice,
        Err(problem) => return shown(&app, &visitor, &card, said, Some(problem)).await,
    };
    let subject = Subject::card(&run, effects);
    let proof = match proof(&app, client, session, &fields, subject).await {
        Ok(proof) => proof,
        Err(error) => {
            let problem = wrong(error)?;
            return shown(&app, &visitor, &card, said, Some(problem)).await;
        }
    };
    match desk.say(&run, effects, choice, &proof).await {
        Ok(outcome) if outcome.retention == Retention::Full => Ok(see(&format!("{path}?done=1"))),
        // What is not kept is told once, to who decided.
        Ok(outcome) => {
            let tenant = guildhall_host::Tenant::local();
            let over = over(host, &tenant, &run, Some(person)).await?;
            let facts = host.decision(&tenant, &run).await?;
            let after = After::of(&card.skill, &outcome, over, facts.as_ref(), Done::Now);
            super::over::page(&app, &visitor, after, None)
        }
        Err(NotDecided::Over(_)) => told(&app, &visitor, &run).await,
        Err(error) => {
            let problem = problem(error)?;
            // As it is now: it may be another one.
            match waiting(&app, host, &run).await? {
                Some(card) => shown(&app, &visitor, &card, said, Some(problem)).await,
                None => became(&app, &visitor, &run, Done::Before, Some(problem)).await,
            }
        }
    }
}

/// What became of it, for who came too late.
async fn told(
    app: &App,
    visitor: &crate::pages::visitor::Visitor,
    run: &str,
) -> Result<Response, Other> {
    let problem = Problem {
        status: StatusCode::CONFLICT,
        words: "Your decision was not taken: this card does not wait any more.".to_owned(),
        class: "warn",
    };
    became(app, visitor, run, Done::Before, Some(problem)).await
}

fn said(fields: &Fields) -> Said {
    let short = |name: &str, most: usize| fields.text(name).chars().take(most).collect::<String>();
    Said {
        reason: short("reason", 2_000),
        limit: short("limit", 40),
        per: short("per", 20),
        count: short("count", 20),
        until: Some(short("until", 20)),
        decision: short("decision", 20),
    }
}

fn choice(said: &Said, card: &Card, now_ms: i64) -> Result<Choice, Problem> {
    let some = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    match said.decision.as_str() {
        "once" => Ok(Choice::Once),
        "always" => {
            let limit = some(&said.limit).map(|limit| with_currency(&limit, card));
            let terms = Terms::parse(
                said.until.as_deref().and_then(some).as_deref(),
                limit.as_deref(),
                some(&said.per).as_deref(),
                &card.zone,
                now_ms,
            );
            let count = match some(&said.count).map(|count| count.parse::<u64>()) {
                None => None,
                Some(Ok(count)) => Some(count),
                Some(Err(_)) => {
                    return Err(unusable("a number of files or messages is a whole number"));
                }
            };
            terms
                .map(|terms| Choice::Always(Terms { count, ..terms }))
                .map_err(|error| unusable(&hints::of_terms(&error)))
        }
        "reject" => match some(&said.reason) {
            Some(reason) => Ok(Choice::Reject { reason }),
            None => Err(unusable(
                "a rejection needs a reason, in a few words: it is kept with the run",
            )),
        },
        _ => Err(unusable("the form does not say what to do")),
    }
}

/// `200` as `EUR 200`: the form says the currency beside the field.
fn with_currency(limit: &str, card: &Card) -> String {
    let starts_with_figure = limit.chars().next().is_some_and(|c| c.is_ascii_digit());
    let code = card.proposals.iter().find_map(|offer| match &offer.scope {
        guildhall_host::Scope::Payment { currency, .. } => Some(currency.code()),
        _ => None,
    });
    match code {
        Some(code) if starts_with_figure => format!("{code} {limit}"),
        _ => limit.to_owned(),
    }
}

fn unusable(words: &str) -> Problem {
    Problem {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        words: sentence(&format!(
            "nothing was done: {}",
            guildhall_package::text::plain(words, 600)
        )),
        class: "bad",
    }
}

/// What was wrong with a password or a passkey, beside the form. Faults of the console stay faults.
fn wrong(error: ApiError) -> Result<Problem, Other> {
    let (status, problem) = shown_again(error)?;
    Ok(Problem {
        status,
        words: format!("Nothing was done. {}", words::problem(&problem)),
        class: "bad",
    })
}

pub(super) fn problem(error: NotDecided) -> Result<Problem, Other> {
    let (status, words, class) = match error {
        NotDecided::NotFound => {
            return Err(guildhall_web::error::not_found("card").into());
        }
        NotDecided::Over(over) => (StatusCode::CONFLICT, over.words, "warn"),
        NotDecided::Changed => (
            StatusCode::CONFLICT,
            "nothing was done: what this run would do is not what you were shown. This is the card as it is now; look at it again"
                .to_owned(),
            "bad",
        ),
        NotDecided::SignInAgain(_) => (
            StatusCode::FORBIDDEN,
            "nothing was done yet: sign in again below to approve this".to_owned(),
            "warn",
        ),
        NotDecided::Terms(error) => return Ok(unusable(&hints::of_terms(&error))),
        error @ (NotDecided::NoProposal | NotDecided::Tampered(_)) => {
            (StatusCode::CONFLICT, error.to_string(), "bad")
        }
        NotDecided::Refused(refusal) => {
            let words = format!("nothing was done. {}", hints::told(&refusal));
            (StatusCode::CONFLICT, words, "bad")
        }
        NotDecided::Fault(error) => {
            return Err(Other::Problem(ApiError::Part(error)));
        }
    };
    Ok(Problem {
        status,
        words: sentence(&words),
        class,
    })
}

/// A form that carries no run.
pub(super) fn nothing_chosen() -> ApiError {
    refuse(
        StatusCode::UNPROCESSABLE_ENTITY,
        "approvals.form",
        "no card was chosen",
        "go back and choose the cards to approve",
    )
}
