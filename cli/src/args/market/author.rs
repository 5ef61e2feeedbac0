//! Arguments of what authors do.

use super::From;
use crate::market::{NameVersion, Place};
use clap::{Args, Subcommand, ValueHint};
use guildhall_package::Digest;
use guildhall_package::FolderName;
use guildhall_package::trust::PublicKey;
use std::path::PathBuf;

/// Log in to a marketplace
///
/// The password is asked for without being shown; it becomes a token that ends after a time, which is kept in the home
/// folder for this user alone. At the first contact the marketplace's root is pinned and its fingerprint shown: compare it
/// with the one that its operator has published elsewhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall login https://market.example --account ann
  guildhall login https://market.example --account ann --new
  guildhall login http://127.0.0.1:8080 --account ann --password-stdin < password.txt")]
pub struct LoginArgs {
    /// Address of the marketplace
    #[arg(value_name = "URL")]
    pub place: Place,
    /// Name of the account [default: asked for]
    #[arg(long, value_name = "NAME")]
    pub account: Option<FolderName>,
    /// Make the account first
    #[arg(long)]
    pub new: bool,
    /// Read the password from standard input, up to the end of its first line
    #[arg(long)]
    pub password_stdin: bool,
    /// Life of the token in days
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
    /// Ask for what a reviewer or an admin may do, too; only who has the role gets it
    #[arg(long)]
    pub staff: bool,
    /// Insist on this fingerprint of the marketplace's root
    #[arg(long, value_name = "DIGEST")]
    pub root: Option<Digest>,
    /// Print one JSON object: marketplace, account, expires, root
    #[arg(long)]
    pub json: bool,
}

/// Log out: the token is revoked at the marketplace and forgotten here
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall logout")]
pub struct LogoutArgs {
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Publisher keys: make, list, rotate or revoke them
///
/// A release is signed with a key of its publisher; the marketplace's log says which keys a publisher has. The secret stays
/// in the home folder. A key that may be in other hands is revoked: nothing that it signs from then on is believed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall keys new acme
  guildhall keys list acme
  guildhall keys rotate acme
  guildhall keys revoke acme ed25519:… --since 2026-11-20T08:00:00Z")]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and register it; the publisher's name is taken, if it is free
    New {
        /// Name of the publisher
        #[arg(value_name = "PUBLISHER")]
        publisher: FolderName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: publisher, key
        #[arg(long)]
        json: bool,
    },
    /// List the keys of a publisher, and which of them are on this machine
    List {
        /// Name of the publisher
        #[arg(value_name = "PUBLISHER")]
        publisher: FolderName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: publisher, keys
        #[arg(long)]
        json: bool,
    },
    /// Make a new key in the place of the one on this machine, which signs nothing new from then on
    Rotate {
        /// Name of the publisher
        #[arg(value_name = "PUBLISHER")]
        publisher: FolderName,
        #[command(flatten)]
        from: From,
        /// Print one JSON object: publisher, key, replaces
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: releases that were logged from a time on are void, wherever they are installed
    Revoke {
        /// Name of the publisher
        #[arg(value_name = "PUBLISHER")]
        publisher: FolderName,
        /// The public key, as `guildhall keys list` prints it
        #[arg(value_name = "KEY")]
        key: PublicKey,
        /// When the key was lost, not when that was noticed [default: now]
        #[arg(long, value_name = "YYYY-MM-DDTHH:MM:SSZ")]
        since: Option<String>,
        #[command(flatten)]
        from: From,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Publish a skill: build it, sign it, have it reviewed
///
/// Builds the skill, packs its golden cases with what they read, and shows which files leave this machine. The
/// marketplace reviews the bytes, runs the golden cases, and releases what it found nothing against; findings are shown
/// with what to do. Asking for more than the last release of the same major version is decided by a person.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall publish --dry-run
  guildhall publish skills/vat-report
  guildhall publish skills/vat-report --no-wait --json")]
pub struct PublishArgs {
    /// Folder with Cargo.toml, skill.toml and golden/
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Publish this component instead of building the folder first
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub component: Option<PathBuf>,
    /// Review it on this machine as the marketplace would, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Don't wait for the review
    #[arg(long, conflicts_with = "dry_run")]
    pub no_wait: bool,
    /// Sign with this key of the publisher [default: the newest that is on this machine]
    #[arg(long, value_name = "KEY")]
    pub key: Option<PublicKey>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: name, version, release, files, state, findings
    #[arg(long)]
    pub json: bool,
}

/// Take a release off the shelf: it is not offered any more, and runs on where it is installed
///
/// With --revoke it must not run any more: it stops wherever it is installed, for good, and what waits for approval is void.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall yank acme/vat-report@1.2.0 --reason 'rounds wrongly'
  guildhall yank acme/vat-report@1.2.0 --reason 'sends data elsewhere' --revoke")]
pub struct YankArgs {
    /// The release
    #[arg(value_name = "NAME@VERSION")]
    pub release: NameVersion,
    /// Why; it is public and stays in the log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Not only take it off the shelf: stop it wherever it runs, for good
    #[arg(long)]
    pub revoke: bool,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: name, version, what, tree_size
    #[arg(long)]
    pub json: bool,
}

/// Put a yanked release back on the shelf
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall unyank acme/vat-report@1.2.0 --reason 'it was the invoice'"
)]
pub struct UnyankArgs {
    /// The release
    #[arg(value_name = "NAME@VERSION")]
    pub release: NameVersion,
    /// Why; it is public and stays in the log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: name, version, what, tree_size
    #[arg(long)]
    pub json: bool,
}

/// Releases of a skill, or your own publishes and where they stand
///
/// With the name of a skill: its releases, yanked and revoked ones too. Without: what you have sent, with the state of its
/// review; `guildhall releases ID` shows the findings of one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall releases acme/vat-report
  guildhall releases
  guildhall releases 0198c0de-f00d --json")]
pub struct ReleasesArgs {
    /// A skill, or the identifier of a publish
    #[arg(value_name = "NAME|ID")]
    pub what: Option<String>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: releases, or publishes
    #[arg(long)]
    pub json: bool,
}

impl KeysArgs {
    /// Whether to print JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        match &self.command {
            KeysCommand::New { json, .. }
            | KeysCommand::List { json, .. }
            | KeysCommand::Rotate { json, .. }
            | KeysCommand::Revoke { json, .. } => *json,
        }
    }
}
