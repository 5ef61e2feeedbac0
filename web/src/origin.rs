//! Where a request comes from, as far as a browser says it.

use axum::http::HeaderMap;

use crate::contact::Public;

/// Whether the browser says that what it sends is of a page of ours. A browser that says nothing is judged by the token of the
/// form. `any_host`: the service was given no address of its own, so whatever address people came by is its own.
#[must_use]
pub fn is_from_here(headers: &HeaderMap, public: &Public, any_host: bool) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    match text("origin") {
        None => true,
        Some(origin) => {
            origin == public.url()
                || (!public.is_https()
                    && any_host
                    && text("host").is_some_and(|host| origin == format!("http://{host}")))
        }
    }
}
