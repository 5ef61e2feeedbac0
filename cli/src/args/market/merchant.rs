//! Arguments of what merchants do.

use super::From;
use crate::market::NameVersion;
use clap::{Args, ValueHint};
use guildhall_package::{Capability, Digest, SkillName};
use std::path::PathBuf;

/// Find skills
///
/// Words are found also when they are misspelt a little. What each hit can touch stands beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall search invoice
  guildhall search vat report --capability files --without network")]
pub struct SearchArgs {
    /// What to look for; nothing lists everything, newest first
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Only skills that have this capability
    #[arg(long, value_name = "NAME")]
    pub capability: Option<Capability>,
    /// Only skills that don't
    #[arg(long, value_name = "NAME")]
    pub without: Option<Capability>,
    /// Only skills of this category
    #[arg(long, value_name = "NAME")]
    pub category: Option<String>,
    /// Only skills of this publisher
    #[arg(long, value_name = "NAME")]
    pub publisher: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub limit: u32,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: total, items, facets
    #[arg(long)]
    pub json: bool,
}

/// Show a skill: what it does, what it can and cannot touch, its releases
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall info acme/vat-report\n  guildhall info acme/vat-report@1.2.0 --json"
)]
pub struct InfoArgs {
    /// The skill, at its latest release or at the one named
    #[arg(value_name = "NAME[@VERSION]")]
    pub skill: NameVersion,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: skill, release
    #[arg(long)]
    pub json: bool,
}

/// Install a skill from a marketplace, or from a bundle file
///
/// Verifies publisher, review, the place in the log and that nothing was revoked; then shows what the skill asks for, from
/// its bytes, and installs it if you consent. A bundle file is verified the same way without a network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall install acme/vat-report
  guildhall install acme/vat-report@1.2.0 --yes --decline network
  guildhall install vat-report.bundle --from https://market.example --root sha256:9f86…0f00a08")]
pub struct InstallArgs {
    /// The skill, at its latest release or at the one named; or a bundle file
    #[arg(value_name = "NAME[@VERSION]|FILE", value_hint = ValueHint::FilePath)]
    pub what: String,
    /// Consent to everything that it asks for and that is not declined, without being asked
    #[arg(long)]
    pub yes: bool,
    /// Decline an optional part, by the name that the page shows, or all optional parts of a capability; may be repeated
    #[arg(long, value_name = "NAME")]
    pub decline: Vec<String>,
    /// Insist on this fingerprint of the marketplace's root; needed for a bundle of a marketplace that is not known here
    #[arg(long, value_name = "DIGEST")]
    pub root: Option<Digest>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: installed, consent, warnings
    #[arg(long)]
    pub json: bool,
}

/// Update installed skills
///
/// A release that asks for more than you consented to is installed only if you consent again; otherwise the old one stays.
/// The difference is shown in both directions. Pinned skills are left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall update --dry-run
  guildhall update
  guildhall update acme/vat-report --yes")]
pub struct UpdateArgs {
    /// The skill [default: all that are installed]
    #[arg(value_name = "NAME")]
    pub name: Option<SkillName>,
    /// Show what there is, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Consent to what is asked for anew, without being asked
    #[arg(long)]
    pub yes: bool,
    /// Decline an optional part; may be repeated
    #[arg(long, value_name = "NAME")]
    pub decline: Vec<String>,
    /// Print one JSON object: updates
    #[arg(long)]
    pub json: bool,
}

/// Take an installed skill away
///
/// What it has waiting for approval is void. Its past runs and their receipts stay. Charges for it stop at this moment, with or
/// without a network: only this host pays.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall uninstall acme/vat-report")]
pub struct UninstallArgs {
    /// The skill
    #[arg(value_name = "NAME")]
    pub name: SkillName,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Keep an installed skill at its release
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  guildhall pin acme/vat-report\n  guildhall pin acme/vat-report --off"
)]
pub struct PinArgs {
    /// The skill
    #[arg(value_name = "NAME")]
    pub name: SkillName,
    /// Let updates change it again
    #[arg(long)]
    pub off: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// See what you consented to, take an optional part back, or give it
///
/// What was taken back holds from the next run on; what is waiting for approval and needs it is void.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall consent acme/vat-report
  guildhall consent acme/vat-report --revoke network:api.example.com
  guildhall consent acme/vat-report --give network:api.example.com")]
pub struct ConsentArgs {
    /// The skill
    #[arg(value_name = "NAME")]
    pub name: SkillName,
    /// Take this optional part back; may be repeated
    #[arg(long, value_name = "PART")]
    pub revoke: Vec<String>,
    /// Give this optional part; may be repeated
    #[arg(long, value_name = "PART", conflicts_with = "revoke")]
    pub give: Vec<String>,
    /// Print one JSON object: name, version, asks
    #[arg(long)]
    pub json: bool,
}

/// List what is installed
///
/// With --check, what is on the disk is compared with what was verified when it was installed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall installed\n  guildhall installed --check --json")]
pub struct InstalledArgs {
    /// Compare files, record and the publisher's signature; exits with 5 if something was changed
    #[arg(long)]
    pub check: bool,
    /// Print one JSON object: installed
    #[arg(long)]
    pub json: bool,
}

/// Write a release with everything that proves it into one file, for a machine without a network
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guildhall bundle acme/vat-report -o vat-report.bundle
  guildhall bundle acme/vat-report@1.2.0 -o vat-report.bundle --since 4711")]
pub struct BundleArgs {
    /// The skill, at its latest release or at the one named
    #[arg(value_name = "NAME[@VERSION]")]
    pub skill: NameVersion,
    /// File to write, which must not be there yet
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Show also that the log only grew from this many entries, which the other machine saw last; may be repeated
    #[arg(long, value_name = "ENTRIES")]
    pub since: Vec<u64>,
    #[command(flatten)]
    pub from: From,
    /// Print one JSON object: file, name, version, release
    #[arg(long)]
    pub json: bool,
}

/// Listen for revocations, and stop what is revoked within a second
///
/// Every command that opens the host asks the marketplaces of installed skills what was revoked; this one goes on
/// listening. Runs until it is interrupted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guildhall watch\n  guildhall watch --once")]
pub struct WatchArgs {
    /// Ask once, and end
    #[arg(long)]
    pub once: bool,
    /// Print one JSON object for each thing that happened, or with --once one for all
    #[arg(long)]
    pub json: bool,
}
