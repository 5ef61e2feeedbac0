//! What became of one attempt to send a message, and whether it may be made again.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Outgoing;

/// How one attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Delivery {
    /// The receiver or its mail server took the message over.
    Sent {
        /// What it can be found by on the other side: the message's id, or what the mail server answered.
        reference: String,
    },
    /// It was refused. Nothing was delivered, and the same attempt would be refused again.
    Failed {
        /// One sentence: what happened, and what to do.
        why: String,
    },
    /// It did not come to that. Nothing was delivered; it may be tried again later, a bounded number of times.
    NotSent {
        /// One sentence: what happened.
        why: String,
    },
    /// It may have been delivered.
    Unknown {
        /// One sentence: what happened, and how to find out.
        why: String,
    },
}

impl Delivery {
    /// This outcome when an *earlier* attempt ended as [`Delivery::Unknown`]: only a success settles it, because a
    /// refusal now (a changed key, say, or "already here") does not undo what may have arrived then.
    #[must_use]
    pub fn after_unknown(self) -> Self {
        match self {
            Self::Sent { .. } | Self::Unknown { .. } => self,
            Self::Failed { why } | Self::NotSent { why } => Self::Unknown {
                why: format!("an earlier attempt may have arrived, and the latest did not: {why}"),
            },
        }
    }

    /// Whether the host may make another attempt by itself. `repeats_safely` is the channel's own answer.
    #[must_use]
    pub const fn may_repeat(&self, repeats_safely: bool) -> bool {
        match self {
            Self::Sent { .. } | Self::Failed { .. } => false,
            Self::NotSent { .. } => true,
            Self::Unknown { .. } => repeats_safely,
        }
    }
}

/// A way to send messages. Its connections come from the egress service of the host.
pub trait MessageChannel: Send + Sync {
    /// Whether a message that may have arrived may be sent again with the same id. True only if the receiver drops
    /// what it has seen.
    fn repeats_safely(&self) -> bool;

    /// Makes one attempt at `now_ms` (milliseconds since 1970 UTC). It ends by itself within bounded time. A future
    /// that is dropped before it is ready, or a process that dies, leaves [`Delivery::Unknown`] behind.
    fn deliver<'a>(&'a self, message: &'a Outgoing, now_ms: i64) -> BoxFuture<'a, Delivery>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why() -> String {
        "x".to_owned()
    }

    #[test]
    fn only_what_certainly_did_not_arrive_is_repeated_on_every_channel() {
        let sent = Delivery::Sent { reference: why() };
        for (delivery, everywhere, where_safe) in [
            (sent, false, false),
            (Delivery::Failed { why: why() }, false, false),
            (Delivery::NotSent { why: why() }, true, true),
            (Delivery::Unknown { why: why() }, false, true),
        ] {
            assert_eq!(delivery.may_repeat(false), everywhere, "{delivery:?}");
            assert_eq!(delivery.may_repeat(true), where_safe, "{delivery:?}");
        }
    }

    #[test]
    fn after_an_unknown_outcome_only_a_success_settles_it() {
        let sent = Delivery::Sent { reference: why() };
        assert_eq!(sent.clone().after_unknown(), sent);
        for later in [
            Delivery::Failed { why: why() },
            Delivery::NotSent { why: why() },
            Delivery::Unknown { why: why() },
        ] {
            assert!(matches!(later.after_unknown(), Delivery::Unknown { .. }));
        }
    }
}
