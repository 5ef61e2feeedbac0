//! The routes of the API and the document that describes them: one list makes both, so that none is left out.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::market::Problem;
use guildhall_web::error::{ApiError, not_found};
use guildhall_web::openapi::complete;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{approvals, audit, events, installing, installs, invoke, other_method, runs, skills};
use crate::app::App;

/// Where the document is. Everybody may read it.
pub const OPENAPI: &str = "/api/v1/openapi.json";

/// What identifiers of runs and installations look like, and a part of a skill's name.
const RUN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$";
const NAME: &str = "^[a-z][a-z0-9-]{1,30}$";

/// What the document says besides its paths.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Guildhall console",
        description = "Runs installed skills, and tells what became of it. An agent's token proposes and sees its own runs; a token of the approver kind, which a person makes, decides as that person. Errors are problem+json with a code and a fix. Lists are paged: give `next` as `cursor`. A request with an `Idempotency-Key` is done once in a day, however often it is sent.",
        license(name = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Head;

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(skills::list, installing::install))
        .routes(routes!(skills::get, installing::uninstall))
        .routes(routes!(installing::offer))
        .routes(routes!(installs::get))
        .routes(routes!(runs::list, invoke::create))
        .routes(routes!(runs::get))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::receipt))
        .routes(routes!(events::events))
        .routes(routes!(audit::list))
        .routes(routes!(audit::head))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::get))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::reject))
        .routes(routes!(openapi))
}

/// The routes. Bodies are limited where they are read.
pub fn router() -> Router<App> {
    let (router, _) = described().split_for_parts();
    router
        .route("/api/{*rest}", axum::routing::any(nowhere))
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::disable())
}

async fn nowhere() -> ApiError {
    not_found("path")
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "about", responses((status = 200, body = Object)))]
async fn openapi() -> Result<Response, ApiError> {
    let text = document()
        .to_json()
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((StatusCode::OK, kind, text).into_response())
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = described().into_openapi();
    let pattern = |name: &str| {
        Some(if matches!(name, "run" | "install") {
            RUN
        } else {
            NAME
        })
    };
    let token = "A token that a person made in the console";
    complete(&mut document, token, pattern, |path, operation| {
        if path != OPENAPI {
            let needs = SecurityRequirement::new::<_, [&str; 0], &str>("token", []);
            operation.security = Some(vec![needs]);
        }
    });
    document
}
