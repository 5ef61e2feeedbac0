//! The first page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::market::search::SearchQuery;

use super::card::Card;
use super::frame::{Frame, page};
use super::visitor::Visitor;
use super::{search, words};
use crate::app::App;
use crate::error::ApiError;

/// Skills that are shown.
const NEWEST: u32 = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    total: String,
    publishers: String,
    categories: Vec<(String, String, String)>,
    newest: Vec<Card>,
    witnesses: String,
}

/// The first page.
pub async fn get(State(app): State<App>, visitor: Visitor) -> Result<Response, ApiError> {
    let query = SearchQuery {
        limit: Some(NEWEST),
        ..SearchQuery::default()
    };
    let found = search::find(&app, query).await?;
    let publishers = {
        let catalogue = app.shelf.catalogue();
        catalogue.log().publishers().count()
    };
    let (_, needed) = app.shelf.roots().witnesses();
    let witnesses = match needed {
        0 => "No witness is asked yet.".to_owned(),
        1 => "One witness signs that it only grows.".to_owned(),
        many => format!("{many} witnesses sign that it only grows."),
    };
    let template = Home {
        frame: Frame::new(&app, &visitor, ""),
        total: words::count(found.total, "skill", "skills"),
        publishers: words::count(
            u64::try_from(publishers).unwrap_or(u64::MAX),
            "publisher",
            "publishers",
        ),
        categories: found
            .facets
            .category
            .iter()
            .map(|(name, number)| (name.clone(), words::category(name), words::figure(*number)))
            .collect(),
        newest: found.items.iter().map(Card::of).collect(),
        witnesses,
    };
    page(&app, &visitor, StatusCode::OK, &template)
}
