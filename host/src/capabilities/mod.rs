//! One folder for each capability: the contract's glue, the policy check, the effect.
//!
//! A new capability is a new folder, one line here, and one line in [`add_to_linker`].

pub(crate) mod context;
pub mod files;
pub(crate) mod log;
pub(crate) mod messages;
pub mod network;
pub(crate) mod payments;
pub(crate) mod state;

use crate::guest::{CallFacts, CallStop, Guest, LimitHit, OpenCall, Opened, Recorded, Traffic};
use crate::refusal::{Refusal, RefusalKind};

use bindings::guildhall::skill;
/// The one way out, which messages take too.
pub(crate) use network::egress::{Courier, CourierError, Egress, Errand, Reply};
use wasmtime::component::{HasSelf, Linker};

/// Host-side bindings of the contract, version 1.
#[allow(missing_docs, clippy::all, clippy::pedantic, clippy::restriction)]
pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit/guildhall-skill-1",
        world: "guildhall:skill/imports",
        imports: { default: async | trappable },
    });
}

/// Links every interface of the contract. The one list of capabilities.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    skill::network::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::files::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::payments::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::messages::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::state::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::context::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    skill::log::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest)?;
    Ok(())
}

/// A refusal as the guest sees it: the message says also what would allow it.
pub(crate) fn to_guest(refusal: &Refusal) -> skill::types::Refusal {
    use skill::types::RefusalKind as Kind;
    skill::types::Refusal {
        kind: match refusal.kind {
            RefusalKind::Denied => Kind::Denied,
            RefusalKind::Invalid => Kind::Invalid,
            RefusalKind::LimitReached => Kind::LimitReached,
            RefusalKind::NotFound => Kind::NotFound,
            RefusalKind::Conflict => Kind::Conflict,
            RefusalKind::Unavailable => Kind::Unavailable,
            RefusalKind::Failed => Kind::Failed,
        },
        rule: refusal.rule.clone(),
        message: match &refusal.fix {
            Some(fix) => format!("{}; {fix}", refusal.message),
            None => refusal.message.clone(),
        },
    }
}

/// A limit as the error that ends the guest.
pub(crate) fn trap(limit: LimitHit) -> wasmtime::Error {
    wasmtime::Error::from(limit)
}

impl Guest {
    /// Begins a recorded call: a replay answers it at once.
    fn open<T: Recorded>(&mut self, facts: CallFacts) -> wasmtime::Result<Opened<T>> {
        self.record.open(facts).map_err(|stop| match stop {
            CallStop::Limit(limit) => trap(limit),
            CallStop::Diverged => wasmtime::Error::from(stop),
        })
    }

    /// Ends a recorded call with its answer.
    fn close<T: Recorded>(
        &mut self,
        open: OpenCall,
        result: Result<T, Refusal>,
        traffic: Traffic,
    ) -> Result<T, skill::types::Refusal> {
        self.record.close(open, &result, traffic);
        result.map_err(|refusal| to_guest(&refusal))
    }
}

/// Effects that must come first: staged before, in this run, and of a kind that is committed before (`earlier` says which).
pub(crate) fn requirements(
    requires: &[u32],
    staged: u32,
    earlier: impl Fn(u32) -> bool,
) -> Result<(), Refusal> {
    for required in requires {
        if *required >= staged {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "effects.unknown",
                format!("this run has staged no effect {required}"),
            )
            .with_fix("give handles that staging has answered"));
        }
        if !earlier(*required) {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "effects.order",
                format!(
                    "effect {required} is performed later: files come first, then money, then messages"
                ),
            )
            .with_fix("let the message wait for the payment, not the payment for the message"));
        }
    }
    Ok(())
}

/// The next effect handle, within the limit.
pub(crate) fn next_effect(staged: &mut u32, limit: u64) -> Result<u32, Refusal> {
    if u64::from(*staged) >= limit {
        return Err(crate::guest::limit_refusal(
            "limit.effects",
            format!("this run may stage {limit} effects and this would be one more"),
            "effects",
        ));
    }
    let handle = *staged;
    *staged += 1;
    Ok(handle)
}
