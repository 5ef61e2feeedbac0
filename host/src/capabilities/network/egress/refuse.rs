//! Every way in which a request can end without an answer, as a refusal with a stable rule.

use guildhall_package::authority::{Target, TargetError};

use crate::refusal::{Refusal, RefusalKind};

use super::redirect::origin;
use super::transport::EgressError;

pub(super) const TOO_LARGE: &str = "network.request-too-large";

/// A method or URL that is refused before any grant is looked at. Its own rule is kept: `network.url-…`.
pub(crate) fn invalid_target(error: &TargetError) -> Refusal {
    // The message of a target ends with what to do, behind its last semicolon.
    match error.message.rsplit_once("; ") {
        Some((what, fix)) => Refusal::new(RefusalKind::Invalid, error.rule, what).with_fix(fix),
        None => Refusal::new(RefusalKind::Invalid, error.rule, error.message.clone())
            .with_fix("send a plain absolute URL with a method that grants can name"),
    }
}

/// A body where none may be.
pub(super) fn body_not_allowed(target: &Target) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "network.body-not-allowed",
        format!("a {} request has no body", target.method()),
    )
    .with_fix("leave the body empty, or use POST with a grant that names it")
}

/// A body over the limit.
pub(super) fn body_too_large(bytes: usize, limit: u64) -> Refusal {
    Refusal::new(
        RefusalKind::LimitReached,
        TOO_LARGE,
        format!("the request body has {bytes} bytes; at most {limit} are sent"),
    )
    .with_fix("send less, or in several requests")
}

/// A live write that may have reached the server, but whose outcome is not known.
pub(super) fn outcome_unknown(target: &Target, cause: &EgressError) -> Refusal {
    Refusal::new(
        RefusalKind::Failed,
        "network.outcome-unknown",
        format!(
            "{} was sent to {}, but {cause}: whether it took effect is not known",
            target.method(),
            origin(target)
        ),
    )
    .with_fix(
        "ask the server whether it arrived before sending it again; the host never repeats it",
    )
}

/// A request that failed before a live write reached the server, or a read that failed at any time.
pub(super) fn failed(target: &Target, cause: &EgressError) -> Refusal {
    use RefusalKind::{Denied, Failed, LimitReached, Unavailable};
    let (kind, rule, fix) = match cause {
        EgressError::AddressNotPublic { .. } => (
            Denied,
            "network.address-not-public",
            "skills reach public addresses only; a service on this machine has to be named as a loopback peer by who runs \
             the host",
        ),
        EgressError::NameNotFound { .. } => (
            Unavailable,
            "network.name-not-found",
            "check the spelling of the host and that this machine is online",
        ),
        EgressError::Unreachable { .. } | EgressError::Other { .. } => {
            (Unavailable, "network.unreachable", "try again later")
        }
        EgressError::Tls { .. } => (
            Failed,
            "network.tls",
            "check the host and the clock of this machine; certificates cannot be waived",
        ),
        EgressError::Timeout { .. } => (
            Unavailable,
            "network.timeout",
            "try again later, or ask for less at a time",
        ),
        EgressError::HeaderTooLarge { .. } | EgressError::ResponseTooLarge { .. } => (
            LimitReached,
            "network.response-too-large",
            "ask for less at a time",
        ),
        EgressError::BrokenResponse { .. } => {
            (Failed, "network.broken-response", "try again later")
        }
        EgressError::NotRecorded { .. } => (
            Unavailable,
            "network.not-recorded",
            "add the request and its answer to the golden case",
        ),
    };
    let sent = if target.method().is_read() {
        ""
    } else {
        "; nothing was sent"
    };
    Refusal::new(kind, rule, format!("{cause}{sent}")).with_fix(fix)
}
