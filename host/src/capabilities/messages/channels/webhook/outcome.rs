//! What an answer, or none, means for the message.

use super::super::Delivery;

/// How the egress service ended one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The receiver answered with this status.
    Status(u16),
    /// No byte of the request left: no name, no connection, no TLS, or the time was over before that.
    NothingLeft {
        /// Why, as a clause.
        why: String,
    },
    /// Some of the request left, and no whole answer came back.
    Unanswered {
        /// Why, as a clause.
        why: String,
    },
}

/// What `answer` means for the message `id`.
///
/// | answer | outcome | because |
/// |---|---|---|
/// | 2xx | sent | |
/// | 408, 425, 429, 500, 503 and other 5xx | not sent | the receiver itself did not take it; it may be tried again |
/// | 502, 504 | unknown | a gateway speaks: the receiver behind it may have taken it. Repeating is safe |
/// | 409 | failed | ids are unique, so a *first* attempt that conflicts was refused; on a repeated one, [`Delivery::after_unknown`] keeps it unknown, because "already here" and "refused" look alike |
/// | 410 | failed | the receiver wants no more messages; the channel should be taken down |
/// | 3xx | failed | a signed message follows no redirect; the URL has to be corrected |
/// | other 4xx | failed | |
/// | anything else | unknown | |
/// | none, nothing left | not sent | |
/// | none, something left | unknown | repeating is safe: the receiver drops an id that it has seen |
#[must_use]
pub fn interpret(id: &str, answer: &Answer) -> Delivery {
    let status = match answer {
        Answer::Status(status) => *status,
        Answer::NothingLeft { why } => {
            return Delivery::NotSent {
                why: format!("the webhook was not reached: {why}"),
            };
        }
        Answer::Unanswered { why } => {
            return Delivery::Unknown {
                why: format!(
                    "the webhook was called and did not answer: {why}; it may be called again, and drops the id {id} if \
                     it has seen it"
                ),
            };
        }
    };
    match status {
        200..=299 => Delivery::Sent {
            reference: id.to_owned(),
        },
        300..=399 => failed(
            status,
            "it points to another place, which signed messages do not follow; set the final URL in the channel",
        ),
        401 | 403 => failed(
            status,
            "it does not accept the signature; check that both sides have the same secret",
        ),
        404 => failed(
            status,
            "there is no webhook at this URL; correct the URL of the channel",
        ),
        409 => failed(
            status,
            "it says that the message conflicts with what it has; look there",
        ),
        410 => failed(
            status,
            "it takes no more messages; remove the channel, or set up a new one",
        ),
        413 => failed(status, "the message is too large for it; attach less"),
        408 | 425 | 429 => not_sent(status),
        502 | 504 => Delivery::Unknown {
            why: format!(
                "a gateway before the webhook answered {status}, and the webhook may have received the message; it may be \
                 called again, and drops the id {id} if it has seen it"
            ),
        },
        400..=499 => failed(status, "it refused the message; look into its log"),
        500..=599 => not_sent(status),
        _ => Delivery::Unknown {
            why: format!(
                "the webhook answered {status}, which is no HTTP status with a meaning; look into its log"
            ),
        },
    }
}

fn failed(status: u16, what: &str) -> Delivery {
    Delivery::Failed {
        why: format!("the webhook answered {status}: {what}"),
    }
}

fn not_sent(status: u16) -> Delivery {
    Delivery::NotSent {
        why: format!("the webhook answered {status}: it did not take the message now"),
    }
}
