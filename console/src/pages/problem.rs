//! Pages for what went wrong. Whatever refuses a request says so as a [`Problem`]; for a person in a browser a page is made
//! of it here, outermost, so that no part in front of the pages is left out.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use guildhall_package::market::Problem;
use guildhall_web::trouble::{self, headline};

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

/// Makes pages of problems.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    if !trouble::is_for_a_person(request.headers(), request.uri().path(), &FOR_PROGRAMS) {
        return next.run(request).await;
    }
    let back = trouble::back_to(&request);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    shown(&app, &problem, response.headers(), back.as_deref()).unwrap_or(response)
}

/// The page. Who reads it is not looked up: the database may be what went wrong.
fn shown(app: &App, problem: &Problem, old: &HeaderMap, back: Option<&str>) -> Option<Response> {
    let status = StatusCode::from_u16(problem.status).ok()?;
    let visitor = Visitor::unknown();
    let template = Shown {
        frame: Frame::new(app, &visitor, headline(problem.status), Section::None),
        status: problem.status,
        headline: headline(problem.status),
        detail: words::sentence(&problem.detail),
        fix: words::sentence(&problem.fix),
        code: problem.code.clone(),
        request: trouble::request_of(old).to_owned(),
        sign_in: (problem.status == 401).then(|| sign_in(back)),
    };
    let mut response = with_status(status, &template).ok()?;
    trouble::takes_over(&mut response, old);
    protect(&mut response);
    Some(response)
}

/// The path of the page to sign in at, from which one comes back.
#[must_use]
pub fn sign_in(back: Option<&str>) -> String {
    trouble::sign_in(back.filter(|next| *next != "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_comes_back() {
        assert_eq!(
            sign_in(Some("/approvals?a=b")),
            "/sign-in?next=%2Fapprovals%3Fa%3Db"
        );
        // The first page is where one comes to anyway.
        assert_eq!(sign_in(Some("/")), "/sign-in");
    }
}
