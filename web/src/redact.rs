//! Text for logs, without what opens doors. Nothing that is logged on purpose holds a secret; this is for what is not: a library
//! that tells of a request, an address in an error.

use std::borrow::Cow;

/// Shortest run of letters that is taken for a secret. Those of the house have 43 and more; 35 is what a chat's bot has.
const LEAST: usize = 32;
/// What stands in place of one.
const HIDDEN: &str = "(hidden)";

fn of_a_secret(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

/// Random bytes as text have letters of both cases; names, identifiers and digests have not.
fn is_secret(run: &str) -> bool {
    run.len() >= LEAST
        && run.bytes().any(|byte| byte.is_ascii_uppercase())
        && run.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The text with everything hidden that looks like random bytes written in Base64: cookies, tokens, keys of links.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    let mut hidden = false;
    while let Some(begin) = rest.find(of_a_secret) {
        let (before, run) = rest.split_at(begin);
        let end = run.find(|c| !of_a_secret(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        shown.push_str(before);
        if is_secret(run) {
            shown.push_str(HIDDEN);
            hidden = true;
        } else {
            shown.push_str(run);
        }
        rest = after;
    }
    if !hidden {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::cookie::Secret;
    use axum::http::HeaderMap;
    use proptest::prelude::*;

    #[test]
    fn what_opens_doors_is_hidden_and_what_helps_stays() {
        let key = "Zx8kP2mQ-7_bVn4LtR9sWc1yHd6gJf3uKe5oAi0pXqM";
        for (text, shown) in [
            (format!("GET /start?key={key}"), "GET /start?key=(hidden)"),
            (format!("Bearer gha_{key}, sent"), "Bearer (hidden), sent"),
            (
                "POST /bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe".to_owned(),
                "POST /bot123456:(hidden)/getMe",
            ),
            (
                format!("guildhall-console={key}; a=b"),
                "guildhall-console=(hidden); a=b",
            ),
        ] {
            assert_eq!(redact(&text), shown);
        }
        for plain in [
            "request=0198c0de-f00d-7000-8000-000000000001 route=/settings/people/{id}",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "a_function_with_quite_a_long_name_in_a_stack_trace",
            "",
        ] {
            assert!(matches!(redact(plain), Cow::Borrowed(_)), "{plain}");
        }
    }

    proptest! {
        /// Whatever stands around it: no secret of ours comes through.
        #[test]
        fn no_cookie_comes_through(before in "\\PC{0,10}", after in "\\PC{0,10}") {
            let secret = Secret::new().unwrap();
            let set = crate::cookie::Cookie::new("x", false).set(&secret, 1);
            let mut headers = HeaderMap::new();
            headers.insert("set-cookie", set);
            let text = headers["set-cookie"].to_str().unwrap();
            let value = text.split(['=', ';']).nth(1).unwrap();
            let line = format!("{before}{value}{after}");
            let shown = redact(&line);
            prop_assert!(!shown.contains(value));
            prop_assert!(shown.contains(HIDDEN));
        }
    }
}
