//! What stands before pages: nobody without a session passes, and who may only look changes nothing. A page that forgot to ask
//! for its right is still no way in.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use guildhall_web::error::refuse;

use super::answer::Other;
use super::visitor::Visitor;
use crate::app::App;
use crate::people::{Person, Right};

/// Before pages about oneself.
pub async fn own(State(app): State<App>, request: Request, next: Next) -> Response {
    pass(&app, request, next, |_| true).await
}

/// Before the rooms.
pub async fn room(State(app): State<App>, request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    pass(&app, request, next, |person| {
        looks || does_something(person)
    })
    .await
}

fn does_something(person: &Person) -> bool {
    [Right::Operate, Right::Approve, Right::Own]
        .into_iter()
        .any(|right| person.may(right))
}

async fn pass(
    app: &App,
    request: Request,
    next: Next,
    may: impl FnOnce(&Person) -> bool,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let visitor = match Visitor::of(&parts, app).await {
        Ok(visitor) => visitor,
        Err(error) => return Other::from(error).into_response(),
    };
    let back = (parts.method == Method::GET)
        .then(|| parts.uri.path_and_query().map(|asked| asked.as_str()))
        .flatten();
    match visitor.person(Right::View, back.unwrap_or("/")) {
        Err(other) => return other.into_response(),
        Ok(person) if !may(person) => {
            return refuse(
                StatusCode::FORBIDDEN,
                "people.right",
                "you may look at everything here, and change nothing",
                "ask an owner of this console for another role",
            )
            .into_response();
        }
        Ok(_) => {}
    }
    parts.extensions.insert(visitor);
    next.run(Request::from_parts(parts, body)).await
}
