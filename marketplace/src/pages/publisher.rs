//! A publisher: who it is, with which keys, and what it offers.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::FolderName;

use super::card::Card;
use super::frame::{Frame, page};
use super::visitor::Visitor;
use super::words::{self, Day};
use crate::api::extract::At;
use crate::api::publishers::info;
use crate::app::App;
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "publisher.html")]
struct Page {
    frame: Frame,
    publisher: String,
    granted: Day,
    skills: Vec<Card>,
    withdrawn: Vec<(String, String)>,
    keys: Vec<Key>,
}

struct Key {
    key: String,
    granted: Day,
    revoked: Option<Day>,
    is_replaced: bool,
}

/// A publisher.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    At(publisher): At<FolderName>,
) -> Result<Response, ApiError> {
    let info = info(&app, &publisher).await?;
    let (mut skills, mut withdrawn) = (Vec::new(), Vec::new());
    {
        let catalogue = app.shelf.catalogue();
        for name in catalogue.skills_of(&publisher) {
            let found = catalogue.named(&name.to_string());
            let latest = found.and_then(|skill| Some((skill.latest()?, skill.price())));
            match latest {
                Some((release, price)) => skills.push(Card::of_release(&release, &price)),
                None => withdrawn.push((format!("/skills/{name}"), name.skill.to_string())),
            }
        }
    }
    let keys = info.keys.iter().map(|key| Key {
        key: key.key.clone(),
        granted: words::day(key.granted),
        revoked: key.revoked_from.map(words::day),
        is_replaced: key.replaced_by.is_some(),
    });
    let template = Page {
        frame: Frame::new(&app, &visitor, publisher.as_str()),
        publisher: publisher.to_string(),
        granted: words::day(info.granted),
        skills,
        withdrawn,
        keys: keys.collect(),
    };
    page(&app, &visitor, StatusCode::OK, &template)
}
