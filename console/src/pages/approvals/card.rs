//! One card: everything that is known about what a run wants to do, and the ways to answer.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::words::NOTHING_DONE;
use guildhall_host::{Card, Period, Scope, Tenant, Terms};
use guildhall_web::error::not_found;
use guildhall_web::fields::Query;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::over::{After, Done};
use super::step_up::Ask;
use crate::app::App;
use crate::approvals::card::View;
use crate::approvals::desk::{MAX_REASON, over, waiting};
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, with_status};
use crate::pages::visitor::Visitor;
use crate::people::Right;
use crate::uploads::Outputs;

/// How long a mandate is proposed to count.
const MONTHS: i32 = 3;

/// What was written into the forms of a card, to be shown again when something was wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) reason: String,
    pub(super) limit: String,
    pub(super) per: String,
    pub(super) count: String,
    pub(super) until: Option<String>,
    /// Which form it was.
    pub(super) decision: String,
}

/// What went wrong with a decision.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) words: String,
    /// How loudly it is said: `warn` or `bad`.
    pub(super) class: &'static str,
}

/// A period to choose.
struct Choice {
    word: &'static str,
    phrase: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "card.html")]
struct Page {
    frame: Frame,
    view: View,
    nothing_done: &'static str,
    problem: Option<Problem>,
    once: Ask,
    always: Ask,
    said: Said,
    /// Code of the currency of a limit that can be set; none if there are several, or no money is proposed.
    currency: Option<&'static str>,
    /// What is proposed as a limit.
    proposed: String,
    /// How many files or messages are proposed at most; none if neither is.
    counted: Option<u64>,
    periods: Vec<Choice>,
    zone: String,
    max_reason: usize,
}

/// The page of a run: its card, or what became of it.
pub(super) async fn card(
    State(app): State<App>,
    visitor: Visitor,
    Path(run): Path<String>,
    Query(fields): Query,
) -> Result<Response, Other> {
    let path = super::path_of(&run);
    let person = visitor.person(Right::View, &path)?;
    let host = app.host.for_person(person);
    match waiting(&app, host, &run).await? {
        Some(card) => shown(&app, &visitor, &card, Said::default(), None).await,
        None => {
            let done = match fields.text("done") {
                "1" => Done::Now,
                _ => Done::Before,
            };
            became(&app, &visitor, &run, done, None).await
        }
    }
}

/// What became of a run.
pub(super) async fn became(
    app: &App,
    visitor: &Visitor,
    run: &str,
    done: Done,
    problem: Option<Problem>,
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, &super::path_of(run))?;
    let host = app.host.for_person(person);
    let tenant = Tenant::local();
    let Some(detail) = host.run(&tenant, run).await? else {
        return Err(not_found("card").into());
    };
    let over = over(host, &tenant, run, Some(person)).await?;
    let facts = host.decision(&tenant, run).await?;
    let after = After::of(
        &detail.summary.skill,
        &detail.outcome,
        over,
        facts.as_ref(),
        done,
    );
    super::over::page(app, visitor, after, problem)
}

/// A card, with what went wrong with a decision about it.
pub(super) async fn shown(
    app: &App,
    visitor: &Visitor,
    card: &Card,
    said: Said,
    problem: Option<Problem>,
) -> Result<Response, Other> {
    let view = View::of(card, &Outputs::of(&app.config), app.clock.now());
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let title = format!("{} wants to act", view.who.name);
    let as_proposed = card.mandates(&Terms::default()).unwrap_or_default();
    let (currency, proposed) = limit(card);
    let chosen = Period::from_word(&said.per);
    let offered = card.proposals.first().map(|offer| offer.scope.per());
    let template = Page {
        frame: Frame::new(app, visitor, title, Section::Approvals),
        nothing_done: NOTHING_DONE,
        problem,
        once: Ask::of(app, visitor, &[card], &[]).await?,
        always: Ask::of(app, visitor, &[card], &as_proposed).await?,
        said: Said {
            until: Some(
                said.until
                    .unwrap_or_else(|| in_months(app.clock.now(), &card.zone)),
            ),
            ..said
        },
        currency,
        proposed,
        counted: counted(card),
        periods: Period::ALL
            .into_iter()
            .map(|period| Choice {
                word: period.word(),
                phrase: period.phrase(),
                chosen: Some(period) == chosen.or(offered),
            })
            .collect(),
        zone: guildhall_package::text::plain(&card.zone, 40),
        max_reason: MAX_REASON,
        view,
    };
    with_status(status, &template)
}

/// The currency in which a limit can be set, and what is proposed in it.
fn limit(card: &Card) -> (Option<&'static str>, String) {
    let mut code = None;
    let mut amounts = Vec::new();
    for offer in &card.proposals {
        let Scope::Payment {
            currency,
            limit_minor,
            ..
        } = &offer.scope
        else {
            continue;
        };
        if code.is_some_and(|known| known != currency.code()) {
            return (None, String::new());
        }
        code = Some(currency.code());
        amounts.push(guildhall_host::Amount {
            minor: *limit_minor,
            currency: *currency,
        });
    }
    let proposed = match amounts.as_slice() {
        [only] => only
            .plain()
            .split_once(' ')
            .map(|(_, figure)| figure.to_owned())
            .unwrap_or_default(),
        _ => String::new(),
    };
    (code, proposed)
}

/// The most files or messages that are proposed for a period.
fn counted(card: &Card) -> Option<u64> {
    let counts = card.proposals.iter().filter_map(|offer| match offer.scope {
        Scope::FileWrite { count, .. } | Scope::Message { count, .. } => Some(count),
        Scope::Payment { .. } => None,
    });
    counts.max()
}

/// The day in some months, by the calendar of a zone.
pub(in crate::pages) fn in_months(now_ms: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(now_ms)
        .ok()
        .map(|now| now.to_zoned(zone).date())
        .and_then(|day| day.checked_add(Span::new().months(MONTHS)).ok())
        .map_or_else(String::new, |day| day.to_string())
}
