//! What this machine trusts of a marketplace: pinned at the first contact, moved on only by what was verified.

use super::http::Http;
use super::place::Place;
use super::state::{self, Kept, State};
use crate::commands::program;
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::output;
use crate::when::now_ms;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_package::trust::TrustError;
use guildhall_package::trust::evidence::{Policy, TrustState};
use guildhall_package::trust::log::SignedCheckpoint;
use guildhall_package::trust::root::{MAX_ROOT_BYTES, RootError, TrustedRoot};
use guildhall_package::trust::status::Status;

/// A marketplace that is asked, and what is known of it.
#[derive(Debug, Clone)]
pub struct Market {
    /// The connection.
    pub http: Http,
    /// What is remembered.
    pub state: State,
}

impl Market {
    /// The marketplace at a place, asked as nobody in particular.
    ///
    /// # Errors
    /// If no connection could be set up.
    pub fn at(home: &Home, place: Place) -> Result<Self, CliError> {
        Ok(Self {
            http: Http::new(place.clone())?,
            state: State::of(home, place),
        })
    }

    /// The marketplace that was named, or the one that is asked otherwise; with the token of whoever is logged in.
    ///
    /// # Errors
    /// If none is known.
    pub fn open(home: &Home, from: Option<&Place>) -> Result<Self, CliError> {
        let place = match from {
            Some(place) => place.clone(),
            None => state::default(home)?,
        };
        let market = Self::at(home, place)?;
        Ok(match market.state.logged_in()? {
            Some(who) => Self {
                http: market.http.with_token(&who.token)?,
                ..market
            },
            None => market,
        })
    }

    /// The same, for what only somebody who is logged in may do.
    ///
    /// # Errors
    /// If nobody is.
    pub fn logged_in(home: &Home, from: Option<&Place>) -> Result<Self, CliError> {
        let market = Self::open(home, from)?;
        if market.http.has_token() {
            return Ok(market);
        }
        Err(
            CliError::refused(format!("you are not logged in at {}", market.place()))
                .kind("not-logged-in")
                .fix(format!("{} login {}", program(home), market.place())),
        )
    }

    /// The marketplace.
    #[must_use]
    pub const fn place(&self) -> &Place {
        self.state.place()
    }

    /// What is trusted, as it was pinned and moved on; none before the first contact.
    ///
    /// # Errors
    /// If what was kept is not what was written.
    pub fn pinned(&self) -> Result<Option<TrustState>, CliError> {
        let Some(root) = self.state.read(Kept::Root)? else {
            return Ok(None);
        };
        let damaged = |what: &str, problem: &dyn std::fmt::Display| {
            CliError::unverified(plain(
                &format!(
                    "what was kept of {} is damaged: {what}: {problem}",
                    self.place()
                ),
                1_000,
            ))
            .kind("kept-state")
            .fix(format!(
                "compare the fingerprint again: guildhall marketplace root {} --pin",
                self.place()
            ))
        };
        let root = TrustedRoot::pin(&root).map_err(|error| damaged("root.json", &error))?;
        let mut trust = TrustState::first_contact(root);
        trust.policy = Policy::default();
        if let Some(note) = self.state.read(Kept::Checkpoint)? {
            let checkpoint =
                SignedCheckpoint::parse(&note).map_err(|error| damaged("checkpoint", &error))?;
            trust.seen = Some(checkpoint.unverified().head);
        }
        if let Some(text) = self.state.read(Kept::Status)? {
            let status: Status =
                serde_json::from_slice(&text).map_err(|error| damaged("status.json", &error))?;
            trust.status = Some(status);
        }
        Ok(Some(trust))
    }

    /// What is trusted. At the first contact the root is fetched and pinned, and its fingerprint shown; with `expected` it
    /// must be that one.
    ///
    /// # Errors
    /// If the marketplace does not answer, its root can't be used, or is another one than expected.
    pub async fn trusted(&self, expected: Option<Digest>) -> Result<TrustState, CliError> {
        if let Some(trust) = self.pinned()? {
            return match expected {
                Some(expected) if expected != trust.root.fingerprint() => {
                    Err(self.other_root(expected, trust.root.fingerprint()))
                }
                _ => Ok(trust),
            };
        }
        let root = self.http.bytes("/root.json", MAX_ROOT_BYTES as u64).await?;
        let root = TrustedRoot::pin(&root).map_err(|error| root_error(&error))?;
        root.check_fresh(now_ms())
            .map_err(|error| root_error(&error))?;
        if let Some(expected) = expected
            && expected != root.fingerprint()
        {
            return Err(self.other_root(expected, root.fingerprint()));
        }
        self.state.keep(Kept::Root, root.envelope())?;
        self.state.remember()?;
        output::note(format_args!(
            "First contact with {}: its root is pinned from now on.",
            plain(&self.place().label(), 200)
        ));
        output::note(format_args!("  fingerprint  {}", root.fingerprint()));
        output::note(format_args!(
            "  log          {}",
            plain(&root.file().origin, 200)
        ));
        output::note(format_args!("  witnesses    {}", witnesses(&root)));
        output::hint(
            "compare the fingerprint with the one that its operator has published elsewhere",
        );
        Ok(TrustState::first_contact(root))
    }

    fn other_root(&self, expected: Digest, found: Digest) -> CliError {
        CliError::unverified(format!(
            "root: the marketplace {} has the root {found}, and {expected} was expected: it may be another marketplace, or \
             somebody stands between",
            self.place()
        ))
        .kind("root")
        .fix("ask its operator for the fingerprint by another way; nothing was changed here")
    }

    /// Keeps what was verified. `checkpoint` is the note that the state was read from.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep(&self, trust: &TrustState, checkpoint: &[u8]) -> Result<(), CliError> {
        // The root first: with an older one the others would not be understood, the other way round they are only older.
        self.state.keep(Kept::Root, trust.root.envelope())?;
        self.state.keep(Kept::Checkpoint, checkpoint)?;
        if let Some(status) = &trust.status {
            let text = serde_json::to_vec(status).map_err(crate::host::fault)?;
            self.state.keep(Kept::Status, &text)?;
        }
        Ok(())
    }
}

/// Who vouches for the log, in words.
#[must_use]
pub fn witnesses(root: &TrustedRoot) -> String {
    let file = root.file();
    let names: Vec<String> = file
        .witnesses
        .iter()
        .map(|key| plain(key.name(), 100))
        .collect();
    match (file.witness_threshold, names.as_slice()) {
        (0, _) => {
            "no witness is needed: whoever runs the log could show you another history than others"
                .to_owned()
        }
        (needed, names) => format!("{needed} of {}", names.join(", ")),
    }
}

/// A check that failed, in the command's voice: which one, what it could mean, what to do.
#[must_use]
pub fn trust_error(error: &TrustError) -> CliError {
    let text = plain(&error.to_string(), 1_500);
    let refused = match error {
        TrustError::Revoked { .. } | TrustError::KeyRevoked { .. } => CliError::refused(text),
        _ => CliError::unverified(text),
    };
    refused
        .kind(error.check())
        .details(["nothing was installed and nothing was changed here".to_owned()])
}

/// The same for a root file alone.
#[must_use]
pub fn root_error(error: &RootError) -> CliError {
    CliError {
        exit: Exit::Unverified,
        ..CliError::unverified(plain(&format!("root: {error}"), 1_500))
    }
    .kind("root")
}
