//! The host's own threads: some for guests, one for the journal. They end with the host.

use super::HostError;
use tokio::runtime::{Builder, Handle, Runtime};

/// Guests compute on threads of their own, so that four spinning ones don't make the embedder wait.
pub(crate) struct Threads {
    guests: Option<Runtime>,
    service: Option<Runtime>,
    guests_handle: Handle,
    service_handle: Handle,
}

impl Threads {
    pub(super) fn start(guest_threads: usize) -> Result<Self, HostError> {
        let guests = runtime("guildhall-guest", guest_threads.max(1))?;
        let service = runtime("guildhall-service", 1)?;
        Ok(Self {
            guests_handle: guests.handle().clone(),
            service_handle: service.handle().clone(),
            guests: Some(guests),
            service: Some(service),
        })
    }

    pub(super) const fn guests(&self) -> &Handle {
        &self.guests_handle
    }

    pub(super) const fn service(&self) -> &Handle {
        &self.service_handle
    }
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, HostError> {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(|error| HostError::Setup(format!("no threads: {error}")))
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting here could be on a thread that must not block.
        for runtime in [self.guests.take(), self.service.take()]
            .into_iter()
            .flatten()
        {
            runtime.shutdown_background();
        }
    }
}
