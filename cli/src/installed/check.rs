//! Whether what is installed is still what was verified when it was installed.

use super::{Record, Store};
use crate::error::CliError;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use guildhall_package::trust::log::{Entry, Event};
use guildhall_package::trust::{Artifact, PublisherStatement, bundle};

/// Compares the files with their record, and the record with what the publisher signed. Needs no network and no clock:
/// revocations and the log's growth are not looked at.
///
/// # Errors
/// Names the first thing that does not fit.
pub fn check(store: &Store, record: &Record) -> Result<(), CliError> {
    let component = store.component(record)?;
    let golden = store.golden(record)?;
    let evidence = store.evidence(record)?;
    let differs = |what: &str| {
        CliError::unverified(format!(
            "{} {}: {what} is not what was verified when it was installed",
            record.name, record.version
        ))
        .kind("installed-changed")
        .fix(format!(
            "install it again: guildhall install {}",
            record.name
        ))
    };
    let broken = |error: &dyn std::fmt::Display| {
        differs(&format!(
            "its evidence ({})",
            plain(&error.to_string(), 300)
        ))
    };
    let evidence = bundle::read(&evidence).map_err(|error| broken(&error))?;
    let entry = Entry::parse(&evidence.release.entry).map_err(|error| broken(&error))?;
    let Event::Release(entry) = entry.event else {
        return Err(differs("its log entry"));
    };
    let named = entry.name == record.name
        && entry.version == record.version
        && entry.release == record.release
        && entry.component == record.component
        && entry.key.to_string() == record.key
        && evidence.release.index == record.log_index;
    if !named {
        return Err(differs("its record"));
    }
    let publisher = PublisherStatement::verify(&evidence.publisher_statement, &[entry.key])
        .map_err(|error| broken(&error))?;
    let artifact = Artifact::check(&evidence.manifest, &evidence.config, &component)
        .map_err(|error| broken(&error))?;
    let signed = &publisher.statement;
    if signed.release != record.release
        || artifact.release != record.release
        || publisher.digest != entry.publisher_statement
    {
        return Err(differs("its release"));
    }
    if let Some(golden) = golden
        && signed.claim.golden != Some(Digest::of(&golden))
    {
        return Err(differs("its golden cases"));
    }
    Ok(())
}
