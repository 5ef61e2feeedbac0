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
        // Waiting here could be on a thread that must not block, so others wait. `shutdown_background` would detach threads while
        // they end, which glibc 2.36 answers with a segmentation fault once in a great many times.
        for runtime in [self.guests.take(), self.service.take()]
            .into_iter()
            .flatten()
        {
            let ending = Ending(Some(runtime));
            let waits = std::thread::Builder::new().name("guildhall-end".to_owned());
            if let Err(error) = waits.spawn(move || ending.wait()) {
                tracing::warn!(%error, "the host's threads end, and nobody waits for them");
            }
        }
    }
}

/// A runtime that is to end.
struct Ending(Option<Runtime>);

impl Ending {
    /// Waits until its threads have ended.
    fn wait(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // There only if no thread could be had to wait on.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
