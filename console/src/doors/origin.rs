//! From which page a request was sent, as far as the browser says it. A browser that says nothing is judged by the token of the
//! form, and a program by its own token.

use axum::http::{HeaderMap, Method, StatusCode};
use guildhall_web::error::{ApiError, refuse};

use super::names::Names;

/// Refuses what a page elsewhere sends: changes always, and everything else but a link that a person followed. `name` is by
/// which name the request came.
///
/// # Errors
/// 403.
pub fn check(
    method: &Method,
    headers: &HeaderMap,
    name: &str,
    names: &Names,
) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site");
    if method.is_safe() {
        // Typed, from a bookmark, or of a page of ours.
        if site.is_none_or(|site| site == "none" || site == "same-origin") {
            return Ok(());
        }
        // A link may lead here from anywhere. A picture, a frame or a script of another page learns nothing.
        let link = text("sec-fetch-mode") == Some("navigate")
            && text("sec-fetch-dest").is_none_or(|to| to == "document");
        return if link { Ok(()) } else { Err(foreign()) };
    }
    let own = site.is_none_or(|site| site == "same-origin")
        && headers.get_all("origin").iter().count() < 2
        && text("origin").is_none_or(|origin| names.own(origin, name));
    if own { Ok(()) } else { Err(foreign()) }
}

fn foreign() -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "form.foreign",
        "the request was not accepted: it was sent from another site",
        "open the console itself and do it there",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_web::contact::Public;

    const NAME: &str = "localhost:8470";

    fn ask(method: Method, sent: &[(&'static str, &str)]) -> bool {
        let url = "http://localhost:8470".parse().unwrap();
        let public = Public::of(Some(&url), "127.0.0.1:8470".parse().unwrap());
        let names = Names::new(&public, 8470, false);
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        check(&method, &headers, NAME, &names).is_ok()
    }

    #[test]
    fn only_own_pages_change_something() {
        assert!(ask(Method::POST, &[]));
        assert!(ask(Method::POST, &[("origin", "http://localhost:8470")]));
        assert!(ask(
            Method::POST,
            &[
                ("origin", "http://localhost:8470"),
                ("sec-fetch-site", "same-origin")
            ]
        ));
        for foreign in [
            "http://evil.test",
            "null",
            "",
            "http://localhost:8471",
            "https://localhost:8470",
            // Of this machine, but not of the page that the request is for.
            "http://127.0.0.1:8470",
            "http://localhost:8470.evil.test",
            "http://localhost:8470/",
        ] {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                assert!(!ask(method, &[("origin", foreign)]), "{foreign}");
            }
        }
        for site in ["cross-site", "same-site", "none", "?"] {
            assert!(!ask(Method::POST, &[("sec-fetch-site", site)]), "{site}");
        }
        assert!(!ask(
            Method::POST,
            &[
                ("origin", "http://localhost:8470"),
                ("origin", "http://evil.test")
            ]
        ));
    }

    #[test]
    fn a_link_leads_here_and_nothing_else_of_another_page() {
        let site = ("sec-fetch-site", "cross-site");
        let mode = ("sec-fetch-mode", "navigate");
        assert!(ask(Method::GET, &[]));
        assert!(ask(Method::GET, &[("sec-fetch-site", "none")]));
        assert!(ask(
            Method::GET,
            &[site, mode, ("sec-fetch-dest", "document")]
        ));
        for (mode, to) in [
            ("navigate", "iframe"),
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("cors", "empty"),
        ] {
            let sent = [site, ("sec-fetch-mode", mode), ("sec-fetch-dest", to)];
            assert!(!ask(Method::GET, &sent), "{mode} {to}");
        }
        // Another port of this machine is another site's page as well.
        assert!(!ask(
            Method::GET,
            &[
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-mode", "no-cors")
            ]
        ));
    }
}
