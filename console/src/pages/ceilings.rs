//! From which amounts on an approval asks again who it is. Owners set it; to raise one takes the password or a passkey.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use guildhall_host::{Amount, Currency};
use guildhall_web::error::{ApiError, invalid};
use guildhall_web::extract::Client;
use guildhall_web::fields::{Fields, Query};

use super::answer::{Other, see, shown_again};
use super::frame::{Frame, Section, with_status};
use super::posted::Posted;
use super::visitor::Visitor;
use super::words;
use crate::app::App;
use crate::approvals::asking;
use crate::people::Right;
use crate::people::confirm::{self, Confirmed, Deed};
use crate::people::passkeys::{self, Asked};

const PATH: &str = "/settings/ceilings";

#[derive(Template)]
#[template(path = "ceilings.html")]
struct Page {
    frame: Frame,
    /// Amounts that are set, one for each currency.
    ceilings: Vec<String>,
    /// Amounts of accounts: which, and how much.
    accounts: Vec<(String, String)>,
    currency: String,
    amount: String,
    passkeys: bool,
    done: bool,
    problem: Option<String>,
}

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(all).post(set))
        .route("/settings/ceilings/challenge", post(challenge))
}

async fn all(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, Other> {
    let done = fields.get("done").is_some();
    shown(&app, &visitor, ("", ""), (StatusCode::OK, done, None)).await
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    (currency, amount): (&str, &str),
    (status, done, problem): (StatusCode, bool, Option<String>),
) -> Result<Response, Other> {
    let person = visitor.person(Right::View, PATH)?;
    let ceilings = asking::ceilings(app, app.host.for_person(person)).await?;
    let template = Page {
        frame: Frame::new(app, visitor, "Asking again", Section::Settings),
        ceilings: ceilings
            .configured()
            .map(|amount| amount.to_string())
            .collect(),
        accounts: ceilings
            .accounts()
            .map(|(name, amount)| (name.to_owned(), amount.to_string()))
            .collect(),
        currency: currency.chars().take(3).collect(),
        amount: amount.chars().take(30).collect(),
        passkeys: passkeys::has(app, person).await?,
        done,
        problem,
    };
    with_status(status, &template)
}

/// What a form says.
fn asked(fields: &Fields) -> Result<Amount, ApiError> {
    let code = fields.text("currency").trim().to_ascii_uppercase();
    let currency = Currency::parse(&code).map_err(|error| invalid("currency", error))?;
    let figure = fields.text("amount").trim();
    let amount: Amount = format!("{} {figure}", currency.code())
        .parse()
        .map_err(|error| invalid("amount", error))?;
    if amount.minor < 0 {
        return Err(invalid("amount", "it is less than nothing"));
    }
    Ok(amount)
}

async fn set(
    State(app): State<App>,
    Client(client): Client,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(PATH.to_owned()));
    };
    let done = async {
        let amount = asked(&fields)?;
        let deed = Deed::raise(amount);
        let has_shown = fields.get("passkey.id").is_some() || !fields.text("password").is_empty();
        let confirmed = match Confirmed::by_session(&app, session, deed) {
            None if has_shown => {
                Some(Confirmed::by_form(&app, client, session, &fields, deed).await?)
            }
            by_session => by_session,
        };
        asking::set(&app, person, amount, confirmed.as_ref()).await
    };
    let error = match done.await {
        Ok(()) => {
            app.live.bump();
            return Ok(see("/settings/ceilings?done=1"));
        }
        Err(error) => error,
    };
    let (status, problem) = shown_again(error)?;
    let typed = (fields.text("currency"), fields.text("amount"));
    let told = Some(words::problem(&problem));
    shown(&app, &visitor, typed, (status, false, told)).await
}

async fn challenge(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Json<Asked>, Other> {
    visitor.person(Right::Own, PATH)?;
    let Some(session) = visitor.session() else {
        return Err(Other::At(PATH.to_owned()));
    };
    let deed = Deed::raise(asked(&fields)?);
    Ok(Json(confirm::ask(&app, session, deed).await?))
}
