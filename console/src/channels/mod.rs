//! Chats: people hear there of what waits for a decision. By Telegram a person may decide about small payments to payees who
//! were paid before; everything else is a link to the card. WhatsApp tells and never decides.
//!
//! What a chat says is worth nothing by itself: a button carries a random handle, of which the hash is stored, and counts only
//! from the sender who is bound to the person that it was sent to. The decision goes the way of every other, by
//! [`crate::approvals::desk::Desk`].

pub mod binding;
pub mod code;
mod follow;
pub mod handle;
pub mod rules;
mod service;
pub mod setup;
pub mod telegram;
pub mod whatsapp;
pub mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use guildhall_host::{Courier, KeyFolder, Sealer, Vault};
use guildhall_web::error::ApiError;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::app::App;

pub use handle::Choice;
pub use service::Service;

/// Folder of keys in the state folder, and the console's own key in it.
const KEYS: (&str, &str) = ("keys", "console");
/// What its secrets are sealed for.
const PURPOSE: &str = "console chats";

/// What the chats of one console share.
#[derive(Debug)]
pub struct Chats {
    courier: Courier,
    state: PathBuf,
    /// Wakes what tells people, because something was decided.
    look: Notify,
    /// Wakes what listens, because a service was set up anew.
    changed: Notify,
    health: Mutex<BTreeMap<Service, Health>>,
}

/// How a service does, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// When it last answered as it should.
    pub good_at: Option<i64>,
    /// What went wrong since, as a sentence.
    pub problem: Option<String>,
}

impl Chats {
    /// Over the host's egress, with secrets sealed by a key of the state folder.
    #[must_use]
    pub fn new(courier: Courier, state: &Path) -> Self {
        Self {
            courier,
            state: state.to_owned(),
            look: Notify::new(),
            changed: Notify::new(),
            health: Mutex::default(),
        }
    }

    /// The way out.
    #[must_use]
    pub const fn courier(&self) -> &Courier {
        &self.courier
    }

    /// Seals and opens the secrets of services. The key is read each time: it is seldom needed.
    pub(crate) fn sealer(&self) -> Result<Sealer, ApiError> {
        let fault =
            |error: &dyn std::fmt::Display| ApiError::Fault(format!("the console's key: {error}"));
        let folder = KeyFolder::open(&self.state.join(KEYS.0)).map_err(|error| fault(&error))?;
        let key = folder.secret(KEYS.1).map_err(|error| fault(&error))?;
        Vault::new(key)
            .sealer(PURPOSE)
            .map_err(|error| fault(&error))
    }

    /// How a service does.
    #[must_use]
    pub fn health(&self, service: Service) -> Health {
        self.lock().get(&service).cloned().unwrap_or_default()
    }

    pub(crate) fn is_well(&self, service: Service, now: i64) {
        self.lock().insert(
            service,
            Health {
                good_at: Some(now),
                problem: None,
            },
        );
    }

    pub(crate) fn is_ill(&self, service: Service, problem: String) {
        self.lock().entry(service).or_default().problem = Some(problem);
    }

    /// Looks at once whether there is something to tell.
    pub(crate) fn look(&self) {
        self.look.notify_one();
    }

    pub(crate) async fn told_to_look(&self) {
        self.look.notified().await;
    }

    /// A service was set up anew.
    pub(crate) fn set_up(&self) {
        self.changed.notify_one();
        self.look.notify_one();
    }

    pub(crate) async fn was_set_up(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Service, Health>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts what listens to chats and tells people there. It ends when the console stops.
pub fn start(app: &App) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(telegram::poll::listen(app.clone())),
        tokio::spawn(follow::follow(app.clone())),
    ]
}
