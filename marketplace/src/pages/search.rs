//! Finding skills.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::Capability;
use guildhall_package::market::search::{MAX_QUERY, SearchQuery, SearchResults};
use guildhall_package::text::plain;

use super::card::Card;
use super::frame::{Frame, page};
use super::post::{Fields, Query};
use super::visitor::Visitor;
use super::words;
use crate::app::App;
use crate::error::{ApiError, invalid};

/// Skills on one page.
const ON_A_PAGE: u32 = 20;
/// What a search can be narrowed by, as it stands in the address.
const NARROW: [&str; 5] = ["category", "capability", "without", "price", "publisher"];

#[derive(Template)]
#[template(path = "search.html")]
struct Found {
    frame: Frame,
    asked: String,
    headline: String,
    cards: Vec<Card>,
    facets: Vec<Facet>,
    chosen: Vec<Chosen>,
    hidden: Vec<(&'static str, String)>,
    next: Option<String>,
    all: String,
}

/// One way to narrow a search.
struct Facet {
    title: &'static str,
    choices: Vec<Choice>,
}

struct Choice {
    text: String,
    number: String,
    link: String,
    is_chosen: bool,
}

/// What narrows the search now, and where one gets without it.
struct Chosen {
    text: String,
    without: String,
}

/// Finds. It keeps a core busy for milliseconds: not on the threads that answer everybody.
///
/// # Errors
/// A refusal for a query that can't be, or a fault.
pub async fn find(app: &App, query: SearchQuery) -> Result<SearchResults, ApiError> {
    let worker = app.clone();
    tokio::task::spawn_blocking(move || worker.shelf.index.search(&query))
        .await
        .map_err(|error| ApiError::Fault(error.to_string()))?
}

/// The search.
pub async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Query(fields): Query,
) -> Result<Response, ApiError> {
    let asked = plain(fields.text("q"), MAX_QUERY);
    let found = find(&app, query(&fields, &asked)?).await?;
    let mut frame = Frame::new(&app, &visitor, title(&asked));
    frame.q.clone_from(&asked);
    let template = Found {
        frame,
        headline: headline(&asked, found.total),
        cards: found.items.iter().map(Card::of).collect(),
        facets: facets(&fields, &found),
        chosen: chosen(&fields),
        hidden: NARROW
            .iter()
            .filter_map(|name| Some((*name, fields.get(name)?.to_owned())))
            .collect(),
        next: found
            .next
            .as_ref()
            .map(|next| link(&fields, &[("cursor", Some(next))])),
        all: "/search".to_owned(),
        asked,
    };
    page(&app, &visitor, StatusCode::OK, &template)
}

fn title(asked: &str) -> String {
    if asked.is_empty() {
        "All skills".to_owned()
    } else {
        format!("Search: {asked}")
    }
}

fn headline(asked: &str, total: u64) -> String {
    let number = words::count(total, "skill", "skills");
    match (asked.is_empty(), total) {
        (true, 0) => "No skill fits".to_owned(),
        (true, _) => format!("{number}, newest first"),
        (false, 0) => format!("Nothing found for \u{201c}{asked}\u{201d}"),
        (false, _) => format!("{number} for \u{201c}{asked}\u{201d}, best first"),
    }
}

fn query(fields: &Fields, asked: &str) -> Result<SearchQuery, ApiError> {
    let capability = |name: &str| -> Result<Option<Capability>, ApiError> {
        fields
            .get(name)
            .map(str::parse)
            .transpose()
            .map_err(|error| invalid(name, error))
    };
    let price = fields
        .get("price")
        .map(str::parse)
        .transpose()
        .map_err(|error| invalid("price", error))?;
    Ok(SearchQuery {
        q: Some(asked.to_owned()).filter(|asked| !asked.is_empty()),
        capability: capability("capability")?,
        without: capability("without")?,
        price,
        category: fields.get("category").map(str::to_owned),
        publisher: fields.get("publisher").map(str::to_owned),
        cursor: fields.get("cursor").map(str::to_owned),
        limit: Some(ON_A_PAGE),
    })
}

/// The address of the same search with some fields changed; none takes one out. Pages begin anew.
fn link(fields: &Fields, changes: &[(&str, Option<&str>)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q"].into_iter().chain(NARROW).chain(["cursor"]) {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        let value = match change {
            Some((_, value)) => *value,
            None if name == "cursor" => None,
            None => fields.get(name),
        };
        if let Some(value) = value {
            text.append_pair(name, value);
        }
    }
    let text = text.finish();
    if text.is_empty() {
        "/search".to_owned()
    } else {
        format!("/search?{text}")
    }
}

fn capability_words(name: &str) -> String {
    name.parse::<Capability>()
        .map_or_else(|_| plain(name, 40), |it| words::capability(it).to_owned())
}

fn words_of(field: &str, value: &str) -> String {
    match field {
        "category" => words::category(&plain(value, 40)),
        "capability" => format!("Touches: {}", capability_words(value)),
        "without" => format!("Does not touch: {}", capability_words(value)),
        "price" => words::price_kind(&plain(value, 40)),
        _ => format!("By {}", plain(value, 64)),
    }
}

fn chosen(fields: &Fields) -> Vec<Chosen> {
    NARROW
        .iter()
        .filter_map(|name| {
            Some(Chosen {
                text: words_of(name, fields.get(name)?),
                without: link(fields, &[(name, None)]),
            })
        })
        .collect()
}

fn facets(fields: &Fields, found: &SearchResults) -> Vec<Facet> {
    let facet = |title, field: &'static str, counts: Vec<(String, String, u64)>| Facet {
        title,
        choices: counts
            .into_iter()
            .map(|(value, text, number)| {
                let is_chosen = fields.get(field) == Some(value.as_str());
                let to = (!is_chosen).then_some(value.as_str());
                Choice {
                    text,
                    number: words::figure(number),
                    link: link(fields, &[(field, to)]),
                    is_chosen,
                }
            })
            .collect(),
    };
    let counted = |counts: &std::collections::BTreeMap<String, u64>, say: fn(&str) -> String| {
        let mut all: Vec<_> = counts
            .iter()
            .map(|(value, number)| (value.clone(), say(value), *number))
            .collect();
        all.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
        all
    };
    let f = &found.facets;
    let touched: Vec<_> = counted(&f.capability, capability_words)
        .into_iter()
        .filter(|(value, ..)| {
            value
                .parse::<Capability>()
                .is_ok_and(Capability::needs_declaration)
        })
        .collect();
    let untouched = touched
        .iter()
        .filter(|(_, _, number)| *number < found.total)
        .map(|(value, text, number)| (value.clone(), text.clone(), found.total - number))
        .collect();
    [
        facet(
            "Category",
            "category",
            counted(&f.category, words::category),
        ),
        facet("Price", "price", counted(&f.price, words::price_kind)),
        facet("Can touch", "capability", touched),
        facet("Cannot touch", "without", untouched),
        facet(
            "Publisher",
            "publisher",
            counted(&f.publisher, str::to_owned),
        ),
    ]
    .into_iter()
    .filter(|facet| !facet.choices.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_one_field_keeps_the_others_and_begins_at_the_first_page() {
        let fields = Fields::parse(b"q=vat+check&category=tax&cursor=20&evil=%22");
        assert_eq!(
            link(&fields, &[("price", Some("free"))]),
            "/search?q=vat+check&category=tax&price=free"
        );
        assert_eq!(link(&fields, &[("category", None)]), "/search?q=vat+check");
        assert_eq!(
            link(&fields, &[("cursor", Some("40"))]),
            "/search?q=vat+check&category=tax&cursor=40"
        );
        assert_eq!(link(&Fields::default(), &[]), "/search");
        let odd = Fields::parse(b"q=%22%3E%3Cscript%3E");
        assert_eq!(link(&odd, &[]), "/search?q=%22%3E%3Cscript%3E");
    }

    #[test]
    fn what_is_no_capability_is_refused_and_not_left_out() {
        assert!(query(&Fields::parse(b"capability=files"), "").is_ok());
        assert!(query(&Fields::parse(b"capability=everything"), "").is_err());
        assert!(query(&Fields::parse(b"price=cheap"), "").is_err());
    }
}
