//! Several cards of one kind in one table. Each is decided by itself, with its own hash; what changed meanwhile is left
//! waiting.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::words::{self as host_words, counted};
use guildhall_host::{Amount, Card, EffectFacts, Tenant};
use guildhall_package::Digest;
use guildhall_web::error::{ApiError, not_found};
use guildhall_web::extract::Client;
use guildhall_web::fields::{Fields, Query};

use super::card::Problem;
use super::decide::{nothing_chosen, problem as problem_of};
use super::inbox::path_of;
use super::over::brief;
use super::step_up::{Ask, effect_set, proof};
use crate::app::App;
use crate::approvals::batch::{CARDS, Group, Kind, Row, group, rows};
use crate::approvals::card::Who;
use crate::approvals::decider::Channel;
use crate::approvals::desk::{Choice, Desk, waiting};
use crate::approvals::proof::Subject;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page, with_status};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, when};
use crate::people::Right;

/// What is said of a card that waits on.
const NOT_DECIDED: &str = "Not decided";

/// One card of a table.
struct Item {
    run: String,
    effect_set: String,
    rows: Vec<Row>,
    expires: When,
    left: String,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct Table {
    frame: Frame,
    who: Who,
    operation: String,
    heading: &'static str,
    items: Vec<Item>,
    totals: String,
    path: String,
    ask: Ask,
    problem: Option<Problem>,
}

/// What became of one of them.
struct Line {
    run: String,
    words: String,
    class: &'static str,
    detail: Option<String>,
}

#[derive(Template)]
#[template(path = "batch_done.html")]
struct Decided {
    frame: Frame,
    title: String,
    lines: Vec<Line>,
}

/// The table.
pub(super) async fn table(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    visitor.person(Right::View, super::PATH)?;
    let wanted = wanted(&fields)?;
    let cards = cards_of(&app, &visitor, &wanted).await?;
    shown(&app, &visitor, &wanted, &cards, None).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    wanted: &Group,
    cards: &[Card],
    problem: Option<Problem>,
) -> Result<Response, Other> {
    let Some(first) = cards.first() else {
        return Err(Other::At(super::PATH.to_owned()));
    };
    let now = app.clock.now();
    let all: Vec<&Card> = cards.iter().collect();
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let template = Table {
        frame: Frame::new(app, visitor, "Decide together", Section::Approvals),
        who: Who::of(&first.skill),
        operation: guildhall_package::text::plain(&first.operation, 130),
        heading: wanted.kind.heading(),
        totals: totals(cards),
        items: cards.iter().map(|card| item(card, now)).collect(),
        path: path_of(wanted),
        ask: Ask::of(app, visitor, &all, &[]).await?,
        problem,
    };
    with_status(status, &template)
}

fn item(card: &Card, now_ms: i64) -> Item {
    Item {
        run: card.invocation.clone(),
        effect_set: card.effect_set.to_string(),
        rows: rows(card),
        expires: when(card.expires_at_ms),
        left: host_words::relative(card.expires_at_ms, now_ms),
    }
}

fn totals(cards: &[Card]) -> String {
    let amounts: Vec<Amount> = cards
        .iter()
        .flat_map(|card| &card.effects)
        .filter_map(|shown| match &shown.effect.facts {
            EffectFacts::Payment(payment) => Some(payment.amount),
            _ => None,
        })
        .collect();
    let count = counted(cards.len(), "card");
    if amounts.is_empty() {
        count
    } else {
        format!("{count}, {}", host_words::sums(&amounts))
    }
}

/// What the form says: cards that were ticked, each with the hash of what was shown.
pub(super) fn taken(fields: &Fields) -> Result<Vec<(String, Digest)>, ApiError> {
    let mut taken = Vec::new();
    // The runs of the table, so that none is looked for that was not in it.
    for run in fields.text("runs").split(' ').take(CARDS) {
        if let Some(hash) = fields.get(&format!("take.{run}")) {
            taken.push((run.to_owned(), effect_set(hash)?));
        }
    }
    if taken.is_empty() {
        return Err(nothing_chosen());
    }
    Ok(taken)
}

fn wanted(fields: &Fields) -> Result<Group, ApiError> {
    let kind = [Kind::Payments, Kind::Messages, Kind::Files]
        .into_iter()
        .find(|kind| kind.word() == fields.text("kind"));
    match (kind, fields.text("skill").parse()) {
        (Some(kind), Ok(skill)) => Ok(Group {
            kind,
            skill,
            operation: fields.text("operation").to_owned(),
        }),
        _ => Err(not_found("table")),
    }
}

/// The cards of a group that wait, newest first.
async fn cards_of(app: &App, visitor: &Visitor, wanted: &Group) -> Result<Vec<Card>, Other> {
    let person = visitor.person(Right::View, super::PATH)?;
    let host = app.host.for_person(person);
    let mut pending = host.pending(&Tenant::local()).await?;
    pending.reverse();
    let of_skill = pending
        .iter()
        .filter(|line| line.skill.digest == wanted.skill && line.operation == wanted.operation);
    let mut cards = Vec::new();
    for line in of_skill {
        if cards.len() == CARDS {
            break;
        }
        if let Some(card) = waiting(app, host, &line.invocation).await?
            && group(&card).as_ref() == Some(wanted)
        {
            cards.push(card);
        }
    }
    Ok(cards)
}

/// The decision about those that were ticked.
pub(super) async fn decide(
    State(app): State<App>,
    Client(client): Client,
    Query(query): Query,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Approve, super::PATH)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(super::PATH.to_owned()));
    };
    let wanted = wanted(&query)?;
    let desk = Desk::of(&app, person, Channel::Console)?;
    let cards = cards_of(&app, &visitor, &wanted).await?;
    let taken = match taken(&fields) {
        Ok(taken) => taken,
        Err(error) => return again(&app, &visitor, &wanted, &cards, error).await,
    };
    let choice = match (fields.text("decision"), fields.get("reason")) {
        ("approve", _) => Choice::Once,
        ("reject", Some(reason)) => Choice::Reject {
            reason: reason.to_owned(),
        },
        _ => {
            let error = guildhall_web::error::refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "approvals.reason",
                "a rejection needs a reason, in a few words",
                "write one",
            );
            return again(&app, &visitor, &wanted, &cards, error).await;
        }
    };
    let subject = Subject::cards(taken.iter().cloned());
    let proof = match proof(&app, client, session, &fields, subject).await {
        Ok(proof) => proof,
        Err(error) => return again(&app, &visitor, &wanted, &cards, error).await,
    };
    let among: Vec<&Card> = cards
        .iter()
        .filter(|card| taken.iter().any(|(run, _)| *run == card.invocation))
        .collect();
    let mut lines = Vec::with_capacity(taken.len());
    let mut asked_again = None;
    for (run, effects) in &taken {
        let in_table = among.iter().any(|card| card.invocation == *run);
        // Waits, and is no card of this table: somebody made the form up.
        if !in_table
            && waiting(&app, app.host.for_person(person), run)
                .await?
                .is_some()
        {
            lines.push(Line {
                run: run.clone(),
                words: NOT_DECIDED.to_owned(),
                class: "warn",
                detail: Some("It has to be looked at by itself.".to_owned()),
            });
            continue;
        }
        let decided = desk
            .say_among(run, *effects, choice.clone(), &proof, &among)
            .await;
        lines.push(match decided {
            Ok(outcome) => {
                let (words, class) = brief(outcome.status);
                Line {
                    run: run.clone(),
                    words: words.to_owned(),
                    class,
                    detail: outcome.effects.iter().find_map(hints::of_effect),
                }
            }
            Err(error) => {
                let problem = problem_of(error)?;
                if in_table && problem.status == StatusCode::FORBIDDEN {
                    asked_again = Some(problem.clone());
                }
                Line {
                    run: run.clone(),
                    words: NOT_DECIDED.to_owned(),
                    class: problem.class,
                    detail: Some(problem.words),
                }
            }
        });
    }
    let nothing_done = lines.iter().all(|line| line.words == NOT_DECIDED);
    if let (Some(problem), true) = (asked_again, nothing_done) {
        return shown(&app, &visitor, &wanted, &cards, Some(problem)).await;
    }
    let title = format!("{} decided", counted(lines.len(), "card"));
    page(&Decided {
        frame: Frame::new(&app, &visitor, title.clone(), Section::Approvals),
        title,
        lines,
    })
}

/// The table again, with what was wrong with the form.
async fn again(
    app: &App,
    visitor: &Visitor,
    wanted: &Group,
    cards: &[Card],
    error: ApiError,
) -> Result<Response, Other> {
    let told = error.problem();
    if told.status >= 500 {
        return Err(error.into());
    }
    let status = match told.status {
        401 => StatusCode::FORBIDDEN,
        status => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
    };
    let problem = Problem {
        status,
        words: format!("Nothing was done. {}", crate::pages::words::problem(&told)),
        class: "bad",
    };
    shown(app, visitor, wanted, cards, Some(problem)).await
}
