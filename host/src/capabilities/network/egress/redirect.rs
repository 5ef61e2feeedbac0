//! Where a redirect leads, and whether it may be followed.

use guildhall_package::authority::{Scheme, Target};

use crate::refusal::{Refusal, RefusalKind};

use super::transport::HopResponse;

const REFUSED: &str = "network.redirect-refused";
const TOO_MANY: &str = "network.too-many-redirects";

/// Whether a response with this status sends the client elsewhere by `location`.
pub(super) const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Whether two requests go to the same scheme, host and port.
pub(super) fn same_origin(a: &Target, b: &Target) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port()
}

/// Scheme, host and port: what may be told about the target of a redirect, whose path and query can be secrets of
/// another skill's user.
pub(super) fn origin(target: &Target) -> String {
    target.url().origin().ascii_serialization()
}

/// The request that `response` to a read of `target` asks for, if any. It is not authorised yet.
pub(super) fn next(target: &Target, response: &HopResponse) -> Option<Result<Target, Refusal>> {
    if !is_redirect(response.status) || !response.headers.iter().any(|(name, _)| name == "location")
    {
        return None;
    }
    let Some(location) = response.single_header("location") else {
        return Some(Err(refused(target, "to several places at once")));
    };
    Some(follow(target, location))
}

fn follow(target: &Target, location: &str) -> Result<Target, Refusal> {
    // It is not quoted: tokens and passwords travel in there.
    let mut url = target
        .url()
        .join(location)
        .map_err(|_| refused(target, "to something that is not a URL"))?;
    // Browsers keep it for themselves.
    url.set_fragment(None);
    let next = Target::parse(target.method().as_str(), url.as_str()).map_err(|error| {
        refused(
            target,
            &format!("to a URL that is refused ({})", error.message),
        )
    })?;
    if target.scheme() == Scheme::Https && next.scheme() == Scheme::Http {
        return Err(refused(
            target,
            &format!("to {}, which is not encrypted", origin(&next)),
        ));
    }
    Ok(next)
}

fn refused(target: &Target, leads: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        REFUSED,
        format!(
            "{} redirects {leads}; the redirect was not followed",
            origin(target)
        ),
    )
    .with_fix("ask for the final URL itself, if it is trusted and granted")
}

/// Rewrites the refusal of a redirect's target so that it names the redirect.
pub(super) fn not_authorised(from: &Target, to: &Target, inner: Refusal) -> Refusal {
    Refusal {
        rule: REFUSED.to_owned(),
        message: format!(
            "{} redirects to {}, and following it is refused: {}",
            origin(from),
            origin(to),
            inner.message
        ),
        ..inner
    }
}

/// More redirects than the limit.
pub(super) fn too_many(first: &Target, limit: usize) -> Refusal {
    Refusal::new(
        RefusalKind::LimitReached,
        TOO_MANY,
        format!("{} redirects more than {limit} times", origin(first)),
    )
    .with_fix("ask for the final URL itself")
}

/// A redirect to where the request has been.
pub(super) fn in_a_loop(first: &Target) -> Refusal {
    Refusal::new(
        RefusalKind::LimitReached,
        TOO_MANY,
        format!("{} redirects in a loop", origin(first)),
    )
    .with_fix("ask for another URL; a page that first wants a cookie does this")
}
