//! The routes of the API and the document that describes them: one list makes both, so that none is left out.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::market::Problem;
use guildhall_package::market::problem::PROBLEM_JSON;
use guildhall_web::error::{ApiError, not_found};
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};
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
    if let Some(components) = &mut document.components {
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("A token that a person made in the console"))
                    .build(),
            ),
        );
    }
    for (path, item) in &mut document.paths.paths {
        let names: Vec<String> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        for operation in operations(item) {
            complete(operation, &names);
            if path != OPENAPI {
                let needs = SecurityRequirement::new::<_, [&str; 0], &str>("token", []);
                operation.security = Some(vec![needs]);
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

/// What all operations have in common: the parameters of their path, and how they fail.
fn complete(operation: &mut Operation, names: &[String]) {
    let parameters = operation.parameters.get_or_insert_with(Vec::new);
    for name in names {
        let known = parameters.iter().any(
            |parameter| matches!(parameter, RefOr::T(Parameter { name: it, .. }) if it == name),
        );
        if !known {
            let pattern = match name.as_str() {
                "run" | "install" => RUN,
                _ => NAME,
            };
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(pattern))
                .build();
            parameters.push(RefOr::T(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(text))
                    .build(),
            ));
        }
    }
    let problem = ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
        .build();
    let response = ResponseBuilder::new()
        .description("why it was refused or failed")
        .content(PROBLEM_JSON, problem)
        .build();
    operation
        .responses
        .responses
        .entry("default".to_owned())
        .or_insert(RefOr::T(response));
}
