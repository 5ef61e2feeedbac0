//! Finding skills in the marketplace that is connected.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use guildhall_package::market::search::{Hit, SearchQuery};
use guildhall_package::text::plain;
use guildhall_web::fields::Query;

use super::authority::icon;
use super::market;
use crate::app::App;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, page};
use crate::pages::hints;
use crate::pages::visitor::Visitor;
use crate::pages::words::sentence;
use crate::people::Right;

/// Skills of one page.
const SHOWN: u32 = 20;

#[derive(Template)]
#[template(path = "skills/find.html")]
struct Find {
    frame: Frame,
    q: String,
    hits: Vec<Row>,
    total: u64,
    /// Query of the next page.
    next: Option<String>,
    /// Why nothing can be looked for.
    problem: Option<(String, String)>,
    /// Whether no marketplace is connected.
    is_alone: bool,
}

struct Row {
    path: String,
    name: String,
    version: String,
    description: String,
    category: String,
    price: String,
    touches: Vec<Touch>,
    is_installed: bool,
}

struct Touch {
    icon: &'static str,
    name: &'static str,
}

/// The page.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query,
) -> Result<Response, Other> {
    visitor.person(Right::Operate, "/skills/find")?;
    let q = plain(asked.text("q").trim(), 200);
    let query = SearchQuery {
        q: (!q.is_empty()).then(|| q.clone()),
        cursor: asked.get("cursor").map(str::to_owned),
        limit: Some(SHOWN),
        ..SearchQuery::default()
    };
    let installed = app.shelf.installed().await?;
    let mut find = Find {
        frame: Frame::new(&app, &visitor, "Find skills", Section::Skills),
        hits: Vec::new(),
        total: 0,
        next: None,
        problem: None,
        is_alone: false,
        q,
    };
    match market(&app)?.search(&query).await {
        Ok(found) => {
            find.total = found.total;
            find.next = found.next.map(|next| {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("q", &find.q).append_pair("cursor", &next);
                query.finish()
            });
            find.hits = found
                .items
                .into_iter()
                .map(|hit| {
                    let is_installed = installed.iter().any(|one| one.name == hit.name);
                    row(hit, is_installed)
                })
                .collect();
        }
        Err(error) => {
            find.is_alone = error.rule == "no-marketplace";
            find.problem = Some((
                sentence(&error.message),
                hints::of_shelf(&error).unwrap_or_default(),
            ));
        }
    }
    page(&find)
}

fn row(hit: Hit, is_installed: bool) -> Row {
    Row {
        path: if is_installed {
            format!("/skills/{}", hit.name)
        } else {
            format!("/skills/find/{}", hit.name)
        },
        name: hit.name.to_string(),
        version: hit.version.to_string(),
        description: plain(&hit.description, 400),
        category: plain(&hit.category, 60),
        price: hit.price.to_string(),
        touches: hit
            .capabilities
            .iter()
            .filter(|capability| capability.needs_declaration())
            .map(|capability| Touch {
                icon: icon(*capability),
                name: capability.name(),
            })
            .collect(),
        is_installed,
    }
}
