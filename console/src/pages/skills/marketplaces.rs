//! Marketplaces that are connected: where skills come from. One is trusted after a person has compared its fingerprint.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::text::plain;
use guildhall_web::error::invalid;

use super::market;
use crate::app::App;
use crate::market::{Known, Root};
use crate::pages::answer::{Other, see};
use crate::pages::frame::{Frame, Section, with_status};
use crate::pages::hints;
use crate::pages::posted::Posted;
use crate::pages::visitor::Visitor;
use crate::pages::words::sentence;
use crate::people::Right;

const PATH: &str = "/settings/marketplaces";

#[derive(Template)]
#[template(path = "skills/marketplaces.html")]
struct Marketplaces {
    frame: Frame,
    known: Vec<Known>,
    address: String,
    /// What was served, to be confirmed.
    root: Option<Root>,
    problem: Option<String>,
}

/// The ones that are known.
pub async fn get(State(app): State<App>, visitor: Visitor) -> Result<Response, Other> {
    visitor.person(Right::View, PATH)?;
    shown(&app, &visitor, String::new(), None, None).await
}

/// Looks at one that is to be connected.
pub async fn look(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    visitor.person(Right::Own, PATH)?;
    let address = plain(fields.text("address").trim(), 300);
    match market(&app)?.look(&address).await {
        Ok(root) => shown(&app, &visitor, address, Some(root), None).await,
        Err(error) => {
            let fix = hints::of_shelf(&error).unwrap_or_default();
            let problem = format!("{} {fix}", sentence(&error.message));
            shown(&app, &visitor, address, None, Some(problem)).await
        }
    }
}

/// Connects it, if it still serves what was confirmed.
pub async fn connect(
    State(app): State<App>,
    Posted { visitor, fields }: Posted,
) -> Result<Response, Other> {
    let person = visitor.person(Right::Own, PATH)?;
    let fingerprint = fields
        .text("fingerprint")
        .parse()
        .map_err(|_| invalid("fingerprint", "it is none"))?;
    let address = fields.text("address");
    market(&app)?.connect(address, fingerprint, person).await?;
    tracing::info!(address, person = %person.id(), "a marketplace was connected");
    Ok(see("/skills/find"))
}

async fn shown(
    app: &App,
    visitor: &Visitor,
    address: String,
    root: Option<Root>,
    problem: Option<String>,
) -> Result<Response, Other> {
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = Marketplaces {
        frame: Frame::new(app, visitor, "Marketplaces", Section::Settings),
        known: market(app)?.known().await?,
        address,
        root,
        problem,
    };
    with_status(status, &page)
}
