//! The inside of one run: the store's data, its limits, and the recorder that sees every host call.

mod codec;
mod limiter;
mod recorder;
mod replay;
mod wasi;

pub(crate) use codec::{Json, Recorded};
pub(crate) use limiter::Limiter;
pub(crate) use recorder::{
    CallFacts, CallStop, GuestClock, LimitHit, OpenCall, Opened, Recorder, Traffic, limit_refusal,
};
pub(crate) use replay::{RecordedCall, Replay};
pub(crate) use wasi::{Wasi, add_to_linker as add_wasi_to_linker};

use crate::capabilities::context::Context;
use crate::capabilities::files::FilesView;
use crate::capabilities::messages::{Channels, MessagesView};
use crate::capabilities::network::egress::Egress;
use crate::capabilities::payments::{PaymentsView, Rails};
use crate::capabilities::state::StateBuffer;
use crate::grants::Authority;
use crate::journal::Journal;
use crate::retention::Retention;
use crate::secrets::BoundSecret;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The data of a run's store. One for each invocation, dropped with it.
pub(crate) struct Guest {
    pub(crate) run: String,
    pub(crate) tenant: Arc<str>,
    pub(crate) retention: Retention,
    pub(crate) limiter: Limiter,
    pub(crate) record: Recorder,
    pub(crate) authority: Arc<Authority>,
    pub(crate) context: Context,
    pub(crate) files: FilesView,
    pub(crate) state: StateBuffer,
    pub(crate) payments: PaymentsView,
    pub(crate) messages: MessagesView,
    pub(crate) egress: Arc<Egress>,
    pub(crate) rails: Rails,
    pub(crate) channels: Channels,
    /// Secrets that this invocation is granted. Nothing of them reaches the guest.
    pub(crate) secrets: Vec<BoundSecret>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) wasi: Option<Box<Wasi>>,
    /// Fires when a WASI program has used up its host calls: its calls have no answer that could say so. None for others.
    pub(crate) overrun: Option<CancellationToken>,
    /// Effects staged so far: the next handle.
    pub(crate) effects: u32,
}
