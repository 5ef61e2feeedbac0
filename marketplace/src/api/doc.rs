//! The routes of the API and the document that describes them: one list makes both, so that none is left out.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use guildhall_package::market::Problem;
use guildhall_package::market::money::PriceModel;
use guildhall_web::openapi::complete;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    accounting, accounts, admin, events, evidence, money, operating, publishers, publishes,
    releases, review, skills,
};
use crate::app::App;

/// What the document says besides its paths.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Guildhall marketplace",
        description = "Publishes, reviews, logs and distributes skills. Errors are problem+json with a code and a fix. Lists are paged: give `next` as `cursor`. Releases are pulled by OCI distribution 1.1 under /v2/.",
        license(name = "Apache-2.0")
    ),
    components(schemas(Problem, PriceModel))
)]
struct Head;

/// Routes of the JSON API, the log and the operator, with their document.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(accounts::create))
        .routes(routes!(accounts::log_in))
        .routes(routes!(accounts::own))
        .routes(routes!(accounts::change_password))
        .routes(routes!(accounts::tokens, accounts::new_token))
        .routes(routes!(accounts::revoke_current))
        .routes(routes!(accounts::revoke_token))
        .routes(routes!(publishers::create))
        .routes(routes!(publishers::get))
        .routes(routes!(publishers::members))
        .routes(routes!(publishers::set_member, publishers::remove_member))
        .routes(routes!(publishers::challenge))
        .routes(routes!(publishers::add_key))
        .routes(routes!(publishers::revoke_key))
        .routes(routes!(publishes::create, publishes::list))
        .routes(routes!(publishes::get))
        .routes(routes!(publishes::report))
        .routes(routes!(publishes::retry))
        .routes(routes!(review::queue))
        .routes(routes!(review::get))
        .routes(routes!(review::report))
        .routes(routes!(review::decision))
        .routes(routes!(skills::search))
        .routes(routes!(skills::get))
        .routes(routes!(skills::list))
        .routes(routes!(releases::get))
        .routes(routes!(releases::report))
        .routes(routes!(evidence::get))
        .routes(routes!(releases::yank))
        .routes(routes!(releases::unyank))
        .routes(routes!(releases::revoke))
        .routes(routes!(money::set_price))
        .routes(routes!(money::order))
        .routes(routes!(money::payment))
        .routes(routes!(money::refund))
        .routes(routes!(money::list))
        .routes(routes!(money::renew))
        .routes(routes!(money::cancel))
        .routes(routes!(accounting::statement))
        .routes(routes!(accounting::table))
        .routes(routes!(events::checkpoint))
        .routes(routes!(events::tile))
        .routes(routes!(events::root))
        .routes(routes!(events::root_version))
        .routes(routes!(events::signed_status))
        .routes(routes!(events::events))
        .routes(routes!(admin::set_roles))
        .routes(routes!(admin::grant_publisher))
        .routes(routes!(accounting::settlement))
        .routes(routes!(accounting::payout))
        .routes(routes!(accounting::credit))
        .routes(routes!(accounting::debts))
        .routes(routes!(operating::openapi))
        .routes(routes!(operating::healthz))
        .routes(routes!(operating::readyz))
        .routes(routes!(operating::metrics))
}

/// The routes. Bodies are limited where they are read.
pub fn router() -> Router<App> {
    let (router, _) = described().split_for_parts();
    router.layer(DefaultBodyLimit::disable())
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = described().into_openapi();
    let token = "A token of an account: ghm_…";
    complete(&mut document, token, |_| None, |_, _| {});
    document
}
