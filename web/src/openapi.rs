//! What every operation of an API has in common, so that no service leaves it out of its document: the parameters of its path, how
//! it fails, and the token.

use guildhall_package::market::problem::PROBLEM_JSON;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

/// Completes a document. `token` says what the bearer token is; `pattern` what a parameter of a path looks like, by its name; and
/// `also` sees each operation with its path.
pub fn complete(
    document: &mut OpenApi,
    token: &str,
    pattern: impl Fn(&str) -> Option<&'static str>,
    also: impl Fn(&str, &mut Operation),
) {
    if let Some(components) = &mut document.components {
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(token))
                    .build(),
            ),
        );
    }
    for (path, item) in &mut document.paths.paths {
        let names: Vec<String> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| name.trim_start_matches('*').to_owned())
            .collect();
        for operation in operations(item) {
            for name in &names {
                name_it(operation, name, pattern(name));
            }
            fails(operation);
            also(path, operation);
        }
    }
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

/// Adds a parameter of the path, unless the operation names it itself.
fn name_it(operation: &mut Operation, name: &str, pattern: Option<&'static str>) {
    let parameters = operation.parameters.get_or_insert_with(Vec::new);
    let known = parameters
        .iter()
        .any(|parameter| matches!(parameter, RefOr::T(Parameter { name: it, .. }) if it == name));
    if known {
        return;
    }
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(pattern)
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

fn fails(operation: &mut Operation) {
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
