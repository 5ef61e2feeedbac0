//! Pages for what went wrong. Whatever refuses a request says so as a [`Problem`]; for a person in a browser a page is made
//! of it here, outermost, so that no part in front of the pages is left out.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use guildhall_package::market::Problem;
use guildhall_web::fields::local;

use super::frame::{Frame, Section, with_status};
use super::visitor::Visitor;
use super::{protect, words};
use crate::app::App;

/// What programs ask for, and no person.
const FOR_PROGRAMS: [&str; 6] = [
    "/api/",
    "/mcp",
    "/.well-known/",
    "/hooks/",
    "/events",
    "/oauth/token",
];

#[derive(Template)]
#[template(path = "problem.html")]
struct Shown<'a> {
    frame: Frame,
    status: u16,
    headline: &'a str,
    detail: String,
    fix: String,
    code: String,
    request: String,
    sign_in: Option<String>,
}

/// Whether a person waits for the answer.
fn is_for_a_person(headers: &HeaderMap, path: &str) -> bool {
    let takes_pages = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    takes_pages && !FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix))
}

/// Makes pages of problems.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !is_for_a_person(request.headers(), path) {
        return next.run(request).await;
    }
    let asked = request
        .uri()
        .path_and_query()
        .map_or_else(|| path.to_owned(), |asked| asked.as_str().to_owned());
    let back = (request.method() == Method::GET).then_some(asked);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    shown(&app, &problem, response.headers(), back.as_deref()).unwrap_or(response)
}

fn headline(status: u16) -> &'static str {
    match status {
        401 => "Please sign in",
        403 => "That is not allowed",
        404 => "There is nothing here",
        405 => "This page works differently",
        409 => "That has changed meanwhile",
        413 => "That was too much at once",
        429 => "A little slower, please",
        400..=499 => "That did not work",
        503 => "Back in a moment",
        _ => "Something went wrong on our side",
    }
}

/// The page. Who reads it is not looked up: the database may be what went wrong.
fn shown(app: &App, problem: &Problem, old: &HeaderMap, back: Option<&str>) -> Option<Response> {
    let status = StatusCode::from_u16(problem.status).ok()?;
    let visitor = Visitor::unknown();
    let request = old
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let template = Shown {
        frame: Frame::new(app, &visitor, headline(problem.status), Section::None),
        status: problem.status,
        headline: headline(problem.status),
        detail: words::sentence(&problem.detail),
        fix: words::sentence(&problem.fix),
        code: problem.code.clone(),
        request: request.to_owned(),
        sign_in: (problem.status == 401).then(|| sign_in(back)),
    };
    let mut response = with_status(status, &template).ok()?;
    for (name, value) in old {
        let replaced = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::VARY];
        if !replaced.contains(name) {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    protect(&mut response);
    Some(response)
}

/// The path of the page to sign in at, from which one comes back.
#[must_use]
pub fn sign_in(back: Option<&str>) -> String {
    let next: String = back
        .and_then(local)
        .filter(|next| *next != "/")
        .map(|next| url::form_urlencoded::byte_serialize(next.as_bytes()).collect())
        .unwrap_or_default();
    if next.is_empty() {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={next}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_comes_back_to_this_site_only() {
        assert_eq!(
            sign_in(Some("/approvals?a=b&c")),
            "/sign-in?next=%2Fapprovals%3Fa%3Db%26c"
        );
        assert_eq!(sign_in(Some("//evil.test")), "/sign-in");
        assert_eq!(sign_in(None), "/sign-in");
    }
}
